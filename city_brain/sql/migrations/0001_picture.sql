-- The picture: everything here is derived from the record and can be rebuilt from it.

-- One row per recorded event: the picture's own copy, from which a damaged journal is restored.
CREATE TABLE event (
    sequence BIGINT NOT NULL, stream TEXT NOT NULL, version INTEGER NOT NULL, kind TEXT NOT NULL, actor TEXT NOT NULL,
    happened_at TIMESTAMPTZ NOT NULL, recorded_at TIMESTAMPTZ NOT NULL, payload TEXT NOT NULL, key TEXT,
    previous TEXT NOT NULL, hash TEXT NOT NULL
);

-- One row: the city this picture is of. Its centre fixes the grid and is never changed once cases have cells.
CREATE TABLE city (
    name_zh TEXT, name_en TEXT, timezone TEXT NOT NULL, lon DOUBLE, lat DOUBLE, zoom DOUBLE, simulated BOOLEAN NOT NULL, town TEXT
);

-- One row per district, street or community. `name` is the word the sources use; `outline` is GeoJSON, WGS-84.
CREATE TABLE area (
    level TEXT NOT NULL, name TEXT NOT NULL, name_zh TEXT, name_en TEXT, parent TEXT, code TEXT,
    label_lon DOUBLE, label_lat DOUBLE, outline TEXT
);

-- One row per line or surface of the offline base map (river, lake, road), GeoJSON, WGS-84.
CREATE TABLE feature (kind TEXT NOT NULL, name_zh TEXT, name_en TEXT, outline TEXT NOT NULL, schematic BOOLEAN NOT NULL);

-- One row per component or matter of the national catalogue.
CREATE TABLE category (
    kind TEXT NOT NULL, code TEXT NOT NULL, major TEXT NOT NULL, major_zh TEXT, major_en TEXT,
    name_zh TEXT NOT NULL, name_en TEXT NOT NULL, urgent BOOLEAN NOT NULL, limit_hours INTEGER, department TEXT
);

-- One row per kind of matter as it is filtered and shown: a foreign city's own type, or a catalogue entry.
CREATE TABLE kind (kind TEXT NOT NULL, name_zh TEXT, name_en TEXT, category_kind TEXT, category_code TEXT);

-- One row per department that handles cases, of the project's own table or named by a file.
CREATE TABLE department (department TEXT NOT NULL, name_zh TEXT, name_en TEXT);

-- One row per step of the lifecycle, written from its table.
CREATE TABLE step (step TEXT NOT NULL, position INTEGER NOT NULL, phase TEXT NOT NULL);

-- One row per source of data; the counters grow with each batch and each live report.
CREATE TABLE source (
    source TEXT NOT NULL, title_zh TEXT, title_en TEXT, prefix TEXT, profile TEXT, timezone TEXT, datum TEXT, licence TEXT,
    simulated BOOLEAN NOT NULL, read BIGINT NOT NULL, taken BIGINT NOT NULL, known BIGINT NOT NULL, updated BIGINT NOT NULL,
    quarantined BIGINT NOT NULL, last_arrival TIMESTAMPTZ
);

-- One row per file taken in.
CREATE TABLE batch (
    sequence BIGINT NOT NULL, source TEXT NOT NULL, file_name TEXT, file_sha256 TEXT, parquet TEXT NOT NULL, rejected TEXT,
    loaded_at TIMESTAMPTZ NOT NULL, actor TEXT NOT NULL, horizon TIMESTAMPTZ, read BIGINT NOT NULL, taken BIGINT NOT NULL,
    known BIGINT NOT NULL, updated BIGINT NOT NULL, quarantined BIGINT NOT NULL, quality TEXT, flags TEXT
);

-- One row per rejected row of a file, with the row itself; state is open, mended or dropped.
CREATE TABLE quarantine (
    quarantine_id TEXT NOT NULL, source TEXT NOT NULL, sequence BIGINT NOT NULL, row_number BIGINT, reason TEXT NOT NULL,
    reason_values TEXT, row TEXT NOT NULL, state TEXT NOT NULL, kept_at TIMESTAMPTZ NOT NULL, settled_at TIMESTAMPTZ
);

-- One row per matter as it was reported. Several incidents may belong to one case.
CREATE TABLE incident (
    case_id TEXT NOT NULL, source TEXT NOT NULL, external_id TEXT NOT NULL, sequence BIGINT NOT NULL, row_number BIGINT,
    reported_at TIMESTAMPTZ NOT NULL, updated_at TIMESTAMPTZ, horizon TIMESTAMPTZ, content UBIGINT,
    source_type TEXT, source_status TEXT, channel TEXT, flags TEXT
);

-- One row per unfinished case: everything the map, the queue and the board need.
CREATE TABLE open_case (
    case_id TEXT NOT NULL, source TEXT NOT NULL, step TEXT NOT NULL, holder TEXT, step_at TIMESTAMPTZ NOT NULL,
    urgency TEXT NOT NULL, kind TEXT, category_kind TEXT, category_code TEXT, title TEXT, description TEXT, address TEXT, outcome TEXT,
    department TEXT, district TEXT, street TEXT, community TEXT, channel TEXT,
    lon DOUBLE, lat DOUBLE, location TEXT NOT NULL, cell_x INTEGER, cell_y INTEGER,
    reported_at TIMESTAMPTZ NOT NULL, due_at TIMESTAMPTZ, closed_at TIMESTAMPTZ, acted_at TIMESTAMPTZ,
    flags TEXT, hops INTEGER NOT NULL, reports INTEGER NOT NULL, version INTEGER NOT NULL, sequence BIGINT NOT NULL
);

-- One row per finished case, same columns.
CREATE TABLE closed_case AS FROM open_case WITH NO DATA;

-- One row per stay of a case in a step that has ended; the present stay is in the case itself.
CREATE TABLE case_stage (
    case_id TEXT NOT NULL, step TEXT NOT NULL, holder TEXT, from_at TIMESTAMPTZ NOT NULL, to_at TIMESTAMPTZ NOT NULL, sequence BIGINT NOT NULL
);

-- One row per act on a case: who, when, what, from, to, why.
CREATE TABLE case_event (
    case_id TEXT NOT NULL, version INTEGER NOT NULL, sequence BIGINT NOT NULL, happened_at TIMESTAMPTZ NOT NULL, actor TEXT NOT NULL,
    move TEXT NOT NULL, from_step TEXT, to_step TEXT NOT NULL, holder TEXT, reason TEXT, payload TEXT
);

-- Both, unfinished and finished.
CREATE VIEW every_case AS FROM open_case UNION ALL FROM closed_case;

-- What the map shows a case as: overdue, urgent, due (within two hours) or normal.
CREATE MACRO mark(urgency, due_at, moment) AS CASE
    WHEN due_at < moment THEN 'overdue'
    WHEN urgency = 'urgent' THEN 'urgent'
    WHEN due_at < moment + INTERVAL 2 HOURS THEN 'due'
    ELSE 'normal'
END;

-- Order of attention: urgent first, then overdue, then due soon; the earlier deadline first within each.
CREATE MACRO attention(urgency, due_at, moment) AS CASE
    WHEN urgency = 'urgent' THEN 0
    WHEN due_at < moment THEN 1
    WHEN due_at < moment + INTERVAL 2 HOURS THEN 2
    ELSE 3
END;

-- Lambert cylindrical equal-area projection on the WGS-84 ellipsoid (a = 6378137 m, e² = 0.0066943799901413165),
-- true at latitude `ts`: metres east of `lon_0`, metres north of the equator. Snyder (1987), eqs. 3-12, 10-13 to 10-15.
CREATE MACRO cea_scale(ts) AS cos(radians(ts)) / sqrt(1 - 0.0066943799901413165 * sin(radians(ts)) ** 2);
CREATE MACRO cea_q(s) AS 0.9933056200098587 * (
    s / (1 - 0.0066943799901413165 * s * s)
    - ln((1 - 0.08181919084262149 * s) / (1 + 0.08181919084262149 * s)) / (2 * 0.08181919084262149)
);
CREATE MACRO east_m(lon, lon_0, ts) AS 6378137 * cea_scale(ts) * radians(lon - lon_0);
CREATE MACRO north_m(lat, ts) AS 6378137 * cea_q(sin(radians(lat))) / (2 * cea_scale(ts));

-- Column and row of the 250 m cell of a point in the city whose centre is (lon_0, lat_0); none for a point that is not one of its own
-- or lies beyond 200 km.
CREATE MACRO cell_x(lon, location, lon_0, lat_0) AS CASE
    WHEN location = 'point' AND abs(east_m(lon, lon_0, lat_0)) < 200000 THEN floor(east_m(lon, lon_0, lat_0) / 250)::INTEGER
END;
CREATE MACRO cell_y(lat, location, lon_0, lat_0) AS CASE
    WHEN location = 'point' AND abs(north_m(lat, lat_0) - north_m(lat_0, lat_0)) < 200000
    THEN floor((north_m(lat, lat_0) - north_m(lat_0, lat_0)) / 250)::INTEGER
END;

-- Whether one of a case's texts contains some words, whatever their capitals. Words that have none (Chinese) are looked for as they are, which takes half the time.
CREATE MACRO has_words(words, case_id, kind, title, description, address) AS CASE WHEN lower(words) = upper(words)
    THEN contains(description, words) OR contains(address, words) OR contains(title, words) OR contains(case_id, words) OR contains(kind, words)
    ELSE contains(lower(description), lower(words)) OR contains(lower(address), lower(words)) OR contains(lower(title), lower(words))
        OR contains(lower(case_id), lower(words)) OR contains(lower(kind), lower(words))
END;

-- The filters of the map, the queue and the board; a NULL filter lets everything through. `state` is the mark, or closed.
CREATE MACRO wanted_open(kinds, departments, steps, marks, districts, since, until, words, moment) AS TABLE
SELECT *, mark(urgency, due_at, moment) AS state, attention(urgency, due_at, moment) AS rank FROM open_case
WHERE (kinds IS NULL OR list_contains(kinds, kind)) AND (departments IS NULL OR list_contains(departments, department))
    AND (steps IS NULL OR list_contains(steps, step)) AND (districts IS NULL OR list_contains(districts, district))
    AND (since IS NULL OR reported_at >= since) AND (until IS NULL OR reported_at < until)
    AND (marks IS NULL OR list_contains(marks, mark(urgency, due_at, moment)))
    AND (words IS NULL OR has_words(words, case_id, kind, title, description, address));

CREATE MACRO wanted_closed(kinds, departments, steps, marks, districts, since, until, words, moment) AS TABLE
SELECT *, 'closed' AS state, 4 AS rank FROM closed_case
WHERE (kinds IS NULL OR list_contains(kinds, kind)) AND (departments IS NULL OR list_contains(departments, department))
    AND (steps IS NULL OR list_contains(steps, step)) AND (districts IS NULL OR list_contains(districts, district))
    AND (since IS NULL OR reported_at >= since) AND (until IS NULL OR reported_at < until)
    AND (marks IS NULL OR list_contains(marks, 'closed'))
    AND (words IS NULL OR has_words(words, case_id, kind, title, description, address));

-- Metres between two points of one city (exact in the grid's projection, within a thousandth on the ground near its centre).
CREATE MACRO metres_between(lon_a, lat_a, lon_b, lat_b) AS sqrt(east_m(lon_a, lon_b, lat_b) ** 2 + (north_m(lat_a, lat_b) - north_m(lat_b, lat_b)) ** 2);
