-- name: stage_batch
-- One row per row of a normalised file, with what is to become of it: new, same, stale, changed, conflict, or conflict_before when the
-- same conflict of the same row has been in quarantine already. `content` covers all that a case shows. Files kept by earlier versions lack some columns.
CREATE OR REPLACE TEMP TABLE arriving AS
WITH rows AS (
    SELECT *, $prefix || '-' || external_id AS numbered,
        md5_number_lower(row(
            epoch_us(reported_at), epoch_us(due_at), epoch_us(closed_at), status, source_status, source_type, category_kind, category_code,
            title, description, address, district, street, community, department, channel, outcome, round(lon, 6), round(lat, 6),
            location_quality, urgency, steps, extensions, reached, solved, satisfied, time_limit)::TEXT) AS content,
        to_json(struct_pack(external_id, status, source_status, closed_at, due_at, outcome, department))::TEXT AS told
    FROM (
        FROM read_parquet($file)
        UNION ALL BY NAME SELECT NULL::INTEGER AS extensions, NULL::BOOLEAN AS reached, NULL::BOOLEAN AS solved, NULL::BOOLEAN AS satisfied, NULL::TEXT AS time_limit
        WHERE false
    )
)
SELECT r.* EXCLUDE (numbered), coalesce(k.case_id, r.numbered) AS case_id,
    c.version AS acts, c.acted_at, c.reports, c.hops,
    CASE
        WHEN k.case_id IS NULL THEN 'new'
        WHEN k.content = r.content THEN 'same'
        WHEN r.updated_at < k.updated_at THEN 'stale'
        WHEN (r.updated_at IS NULL OR k.updated_at IS NULL) AND $horizon::TIMESTAMPTZ < k.horizon THEN 'stale'
        WHEN c.version > 0 AND coalesce(r.updated_at <= c.acted_at, true) THEN
            CASE WHEN r.told IN (SELECT row FROM quarantine WHERE source = $source AND reason = 'conflict') THEN 'conflict_before' ELSE 'conflict' END
        ELSE 'changed'
    END AS verdict
FROM rows r
LEFT JOIN (SELECT * FROM incident WHERE source = $source) k USING (external_id)
LEFT JOIN (SELECT case_id, version, acted_at, reports, hops FROM every_case WHERE source = $source) c ON c.case_id = k.case_id;

-- name: stage_rejected
-- One row per rejected row of a file; `seen` where the same row of this source waits in quarantine already, or has been mended or dropped.
CREATE OR REPLACE TEMP TABLE turned_away AS
SELECT t.*, EXISTS (FROM quarantine q WHERE q.source = $source AND q.row = t.row AND NOT list_contains($mends::TEXT[], q.quarantine_id)) AS seen
FROM read_parquet($file) t;

-- name: stage_nothing_rejected
-- A file without rejected rows.
CREATE OR REPLACE TEMP TABLE turned_away (row_number BIGINT, reason TEXT, reason_values TEXT, row TEXT, seen BOOLEAN);

-- name: verdicts
-- How many rows of the staged file meet each verdict.
SELECT verdict, count(*) AS rows FROM arriving GROUP BY verdict
UNION ALL SELECT CASE WHEN seen THEN 'rejected_before' ELSE 'rejected' END, count(*) FROM turned_away GROUP BY seen;

-- name: insert_new
-- New matters of the staged file.
INSERT INTO incident BY NAME
SELECT case_id, $source AS source, external_id, $sequence AS sequence, row_number, reported_at, updated_at,
    $horizon::TIMESTAMPTZ AS horizon, content, source_type, source_status, channel, flags
FROM arriving WHERE verdict = 'new' ORDER BY reported_at;

-- name: update_changed
-- Matters of which the staged file knows something newer.
UPDATE incident SET updated_at = a.updated_at, horizon = $horizon::TIMESTAMPTZ, content = a.content, sequence = $sequence,
    source_status = a.source_status, flags = a.flags
FROM arriving a WHERE a.verdict = 'changed' AND incident.source = $source AND incident.external_id = a.external_id;

-- name: quarantine_conflicts
-- Rows that would have overridden a newer act of a person.
INSERT INTO quarantine BY NAME
SELECT $sequence || '-' || row_number AS quarantine_id, $source AS source, $sequence AS sequence, row_number, 'conflict' AS reason,
    json_object('case', case_id, 'acted_at', acted_at) AS reason_values,
    told AS row, 'open' AS state, $moment::TIMESTAMPTZ AS kept_at, NULL::TIMESTAMPTZ AS settled_at
FROM arriving WHERE verdict = 'conflict';

-- name: quarantine_rejected
-- Rejected rows of the staged file that are not waiting already.
INSERT INTO quarantine BY NAME
SELECT $sequence || '-' || row_number AS quarantine_id, $source AS source, $sequence AS sequence, row_number, reason, reason_values, row,
    'open' AS state, $moment::TIMESTAMPTZ AS kept_at, NULL::TIMESTAMPTZ AS settled_at
FROM turned_away WHERE NOT seen;

-- name: settle
-- Quarantine entries that have been mended or dropped.
UPDATE quarantine SET state = $state, settled_at = $moment::TIMESTAMPTZ WHERE list_contains($ids::TEXT[], quarantine_id) AND state = 'open';

-- name: keep_batch
-- The batch itself.
INSERT INTO batch VALUES ($sequence, $source, $file_name, $file_sha256, $parquet, $rejected, $moment, $actor, $horizon,
    $read, $taken, $known, $updated, $quarantined, $quality, $flags);

-- name: keep_source
-- A source seen for the first time.
INSERT INTO source SELECT $source, $title_zh, $title_en, $prefix, $profile, $timezone, $datum, $licence, $simulated, 0, 0, 0, 0, 0, NULL;

-- name: count_source
-- Add to the counters of a source; the answer is how many sources of that name there are.
UPDATE source SET read = read + $read, taken = taken + $taken, known = known + $known, updated = updated + $updated,
    quarantined = quarantined + $quarantined, last_arrival = greatest(last_arrival, $moment::TIMESTAMPTZ)
WHERE source = $source;

-- name: new_kinds
-- Kinds of matter that the staged file brings and the picture has not got.
SELECT DISTINCT source_type, category_kind, category_code FROM arriving a
WHERE NOT EXISTS (FROM kind k WHERE k.kind = coalesce(a.source_type, a.category_kind || '-' || a.category_code));

-- name: keep_kinds
-- Kinds with their names.
INSERT INTO kind BY NAME FROM given;

-- name: known_kinds
-- Those of some kinds that are there.
SELECT kind FROM kind WHERE list_contains($kinds::TEXT[], kind);

-- name: keep_departments_seen
-- Departments that only the staged file names.
INSERT INTO department SELECT DISTINCT department, department, department FROM arriving a
WHERE department IS NOT NULL AND NOT EXISTS (FROM department d WHERE d.department = a.department);

-- name: keep_districts_seen
-- Districts that only the staged file names.
INSERT INTO area (level, name, name_zh, name_en) SELECT DISTINCT 'district', district, district, district FROM arriving a
WHERE district IS NOT NULL AND NOT EXISTS (FROM area d WHERE d.level = 'district' AND d.name = a.district);

-- name: keep_streets_seen
-- Streets and towns (administrative) that only the staged file names.
INSERT INTO area (level, name, name_zh, name_en, parent) SELECT 'street', street, street, street, any_value(district) FROM arriving a
WHERE street IS NOT NULL AND NOT EXISTS (FROM area d WHERE d.level = 'street' AND d.name = a.street) GROUP BY street;

-- name: keep_communities_seen
-- Communities that only the staged file names.
INSERT INTO area (level, name, name_zh, name_en, parent) SELECT 'community', community, community, community, any_value(street) FROM arriving a
WHERE community IS NOT NULL AND NOT EXISTS (FROM area d WHERE d.level = 'community' AND d.name = a.community) GROUP BY community;

-- name: keep_reports
-- Matters reported one at a time.
INSERT INTO incident BY NAME FROM given;

-- name: case_of
-- The case of a matter that is known already.
SELECT case_id FROM incident WHERE external_id = $external_id AND source = $source LIMIT 1;

-- name: name_city
-- The city the picture is of.
INSERT INTO city VALUES ($name_zh, $name_en, $timezone, $lon, $lat, $zoom, $simulated, $town);

-- name: forget_city
-- Make room for another name.
DELETE FROM city;

-- name: city
-- One row: the city.
SELECT * FROM city;

-- name: centre
-- One row: the centre of the city's grid.
SELECT lon, lat FROM city;

-- name: areas
-- One row per area with its outline, where there is one.
SELECT level, name, name_zh, name_en, parent, code, label_lon, label_lat, outline FROM area WHERE level = $level ORDER BY name;

-- name: outlined
-- How many areas of a level have an outline.
SELECT count(*) FROM area WHERE outline IS NOT NULL;

-- name: keep_outlines
-- Areas with outlines, in place of the same areas without.
INSERT INTO area BY NAME FROM given;

-- name: forget_areas
-- Areas that are about to be replaced.
DELETE FROM area WHERE level || '/' || name IN (SELECT unnest($keys::TEXT[]));

-- name: keep_features
-- Lines and surfaces of the offline base map.
INSERT INTO feature BY NAME FROM given;

-- name: features
-- One row per line or surface of the offline base map.
SELECT kind, name_zh, name_en, outline, schematic FROM feature;

-- name: forget_features
-- The base map of another city.
DELETE FROM feature;

-- name: forget_outlines
-- The areas of another city.
DELETE FROM area;

-- name: simulated_sources
-- Names of simulated sources.
SELECT source FROM source WHERE simulated;

-- name: real_sources
-- How many sources are real.
SELECT count(*) FROM source WHERE NOT simulated;

-- name: forget_incidents
-- Incidents of sources that leave the picture (they stay in the record).
DELETE FROM incident WHERE source IN (SELECT source FROM source WHERE simulated);

-- name: forget_batches
-- Batches of sources that leave the picture.
DELETE FROM batch WHERE source IN (SELECT source FROM source WHERE simulated);

-- name: forget_quarantine
-- Quarantined rows of sources that leave the picture.
DELETE FROM quarantine WHERE source IN (SELECT source FROM source WHERE simulated);

-- name: forget_sources
-- Sources that leave the picture.
DELETE FROM source WHERE simulated;

-- name: sources
-- One row per source: counters, and how many of its cases have a point or only an area.
WITH placed AS (
    SELECT source, count(*) AS cases, count(*) FILTER (location = 'point') AS located, count(*) FILTER (location = 'area') AS in_area,
        count(*) FILTER (location NOT IN ('point', 'area')) AS unplaced, count(*) FILTER (location = 'default_point') AS default_point,
        count(*) FILTER (kind IS NULL OR category_code IS NULL) AS unmapped, max(reported_at) AS last_reported
    FROM every_case GROUP BY source
)
SELECT s.*, coalesce(p.cases, 0) AS cases, coalesce(p.located, 0) AS located, coalesce(p.in_area, 0) AS in_area, coalesce(p.unplaced, 0) AS unplaced,
    coalesce(p.default_point, 0) AS default_point, coalesce(p.unmapped, 0) AS unmapped, p.last_reported
FROM source s LEFT JOIN placed p USING (source) ORDER BY s.source;

-- name: source
-- One source.
SELECT * FROM source WHERE source = $source;

-- name: batches
-- One row per file taken in, newest first.
SELECT * EXCLUDE (quality, flags) FROM batch ORDER BY sequence DESC LIMIT $size;

-- name: batch_of
-- The batch that brought or last changed a case of a file.
SELECT b.file_name, b.loaded_at, b.parquet, i.row_number, i.source_type, i.source_status, i.external_id, i.flags
FROM incident i LEFT JOIN batch b USING (sequence) WHERE i.case_id = $case_id ORDER BY i.reported_at LIMIT 1;

-- name: as_it_came
-- The source's own columns of one row of a file.
SELECT attributes FROM read_parquet($file) WHERE row_number = $row_number LIMIT 1;

-- name: quarantine_reasons
-- One row per source and reason: how many rows wait.
SELECT source, reason, count(*) AS rows, min(kept_at) AS since FROM quarantine WHERE state = 'open' GROUP BY source, reason ORDER BY rows DESC, source, reason;

-- name: quarantine
-- Rows that wait in quarantine, in order of their file.
SELECT quarantine_id, source, sequence, row_number, reason, reason_values, row, kept_at FROM quarantine
WHERE state = 'open' AND ($source::TEXT IS NULL OR source = $source) AND ($reason::TEXT IS NULL OR reason = $reason)
    AND ($ids::TEXT[] IS NULL OR list_contains($ids, quarantine_id))
ORDER BY sequence, row_number LIMIT $size;

-- name: batch_files
-- Checksums of every file the record refers to.
SELECT sequence, file_name, parquet, rejected FROM batch ORDER BY sequence;

-- name: count_incidents
-- How many incidents each source has.
SELECT source, count(*) AS incidents FROM incident GROUP BY source;

-- name: kinds
-- Names of kinds of matter.
SELECT * FROM kind;

-- name: has_department
-- Whether a department is known.
SELECT count(*) > 0 FROM department WHERE department = $department;

-- name: departments
-- Names of departments.
SELECT * FROM department;

-- name: forget_reference
-- The department table is written anew from the project's own table at each start.
DELETE FROM department WHERE list_contains($departments::TEXT[], department);

-- name: keep_departments
-- Departments of the project's own table.
INSERT INTO department BY NAME FROM given;

-- name: forget_categories
-- The catalogue is written anew at each start.
DELETE FROM category;

-- name: keep_categories
-- The national catalogue.
INSERT INTO category BY NAME FROM given;

-- name: area_names
-- Names of the areas of a level.
SELECT name, name_zh, name_en FROM area WHERE level = $level;

-- name: numbers
-- Case numbers of every incident.
SELECT case_id FROM incident;
