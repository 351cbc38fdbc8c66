-- A made-up city of any size, drawn by arithmetic alone: the same size gives the same rows on every machine.
-- Run once for each stretch of numbers [first, last) of `cases` in all; they cover the three years before `end`.

-- An even draw in [0, 1) for a number and a purpose.
CREATE OR REPLACE TEMP MACRO chance(number, purpose) AS hash(number * 100 + purpose) / 18446744073709551616.0;

-- One row per case: what it is, where, when it came, how long it takes, who answers.
CREATE OR REPLACE TEMP TABLE drawn AS
WITH matters AS (
    SELECT row_number() OVER (ORDER BY code) - 1 AS rank, kind || '-' || code AS kind, kind AS category_kind, code, name_zh, urgent, limit_hours, department
    FROM category WHERE kind = 'matter'
), numbered AS (
    SELECT i, floor(250 * chance(i, 1) ** 3)::INTEGER AS rank, floor(1500 * chance(i, 2) ** 1.5)::INTEGER AS community,
        $end::TIMESTAMPTZ - to_microseconds(floor(94608e9 * (1 - (i + chance(i, 3)) / $cases))::BIGINT) AS reported_at,
        CASE WHEN chance(i, 4) < 0.01 THEN 1e5 ELSE 400 ** chance(i, 4) END AS life_h,
        CASE WHEN chance(i, 5) < 0.95 THEN 'point' WHEN chance(i, 5) < 0.99 THEN 'area' ELSE 'none' END AS location,
        floor(20 * chance(i, 6)) AS wording, floor(900 * chance(i, 7)) AS house, chance(i, 8) < 0.03 AS sent_back, floor(3 * chance(i, 9)) AS channel
    FROM range($first::BIGINT, $last::BIGINT) t(i)
)
SELECT i, 'BEN-' || lpad((i + 1)::TEXT, 9, '0') AS case_id, m.kind, m.category_kind, m.code AS category_code, m.department, m.urgent,
    m.name_zh || '，市民来电反映第 ' || (wording + 1)::INTEGER || ' 次，请尽快处理' AS description,
    '第 ' || (community % 160 + 1) || ' 街 ' || house::INTEGER || ' 号' AS address,
    'd' || (community % 13) AS district, 's' || (community % 160) AS street, 'c' || community AS community,
    ['phone', 'app', 'inspector'][channel::INTEGER + 1] AS channel, location, sent_back::INTEGER AS hops, chance(i, 10) < 0.05 AS redone, chance(i, 15) AS told, reported_at,
    reported_at + to_hours(m.limit_hours) AS due_at, reported_at + to_seconds(life_h * 3600) AS handled_at, life_h,
    CASE WHEN location = 'point' THEN $lon + 0.5 * (chance(community, 11) - 0.5) + 0.02 * (chance(i, 12) - 0.5) END AS lon,
    CASE WHEN location = 'point' THEN $lat + 0.4 * (chance(community, 13) - 0.5) + 0.02 * (chance(i, 14) - 0.5) END AS lat
FROM numbered JOIN matters m USING (rank) WHERE reported_at < $end::TIMESTAMPTZ;

-- One row per stay that has begun: the seven steps take fixed shares of a case's life; evaluation a day more.
CREATE OR REPLACE TEMP TABLE stay AS
SELECT case_id, i, place, step, move, coalesce(post, department) AS holder, step_at AS from_at, next_at AS to_at
FROM (
    SELECT d.*, s.*, reported_at + to_seconds(life_h * 3600 * share) AS step_at,
        CASE step WHEN 'evaluate' THEN handled_at + INTERVAL 1 DAY ELSE reported_at + to_seconds(life_h * 3600 * until) END AS next_at
    FROM drawn d CROSS JOIN (VALUES
        (1, 'collect', 'accept', 'acceptance', 0, 0.01), (2, 'file', 'file', 'acceptance', 0.01, 0.02), (3, 'dispatch', 'dispatch', 'dispatcher', 0.02, 0.05),
        (4, 'handle', 'finish', NULL, 0.05, 0.80), (5, 'report_back', 'report_back', 'dispatcher', 0.80, 0.82), (6, 'verify', 'close', 'inspector', 0.82, 1),
        (7, 'evaluate', 'evaluate', 'manager', 1, 1)
    ) s(place, step, move, post, share, until)
)
WHERE step_at <= $end::TIMESTAMPTZ;

-- One row per case as it is at the end: its present step and since when.
CREATE OR REPLACE TEMP TABLE finished AS
SELECT d.case_id, 'benchmark' AS source, coalesce(s.step, 'archived') AS step, coalesce(s.holder, d.department) AS holder,
    coalesce(s.from_at, handled_at + INTERVAL 1 DAY) AS step_at, CASE WHEN urgent THEN 'urgent' ELSE 'normal' END AS urgency, kind, category_kind,
    category_code, NULL::TEXT AS title, description, address, CASE WHEN handled_at <= $end::TIMESTAMPTZ THEN '已处置' END AS outcome, department, district,
    street, community, channel, lon, lat, location, cell_x(lon, location, $lon, $lat) AS cell_x, cell_y(lat, location, $lon, $lat) AS cell_y, reported_at,
    due_at, CASE WHEN handled_at <= $end::TIMESTAMPTZ THEN handled_at END AS closed_at, coalesce(s.from_at, reported_at) AS acted_at, NULL::TEXT AS flags,
    hops, 1 AS reports, coalesce(s.place, 8) AS version, 0 AS sequence,
    s.from_at + to_seconds(p.limit_s) AS step_due_at, CASE WHEN hops > 0 THEN 'd_other' ELSE department END AS first_department,
    reported_at + to_seconds(life_h * 180) AS received_at, NULL::TEXT AS rule, '8 working_hours' AS time_limit,
    CASE WHEN begun > 1 THEN reported_at + to_seconds(life_h * 36) END AS accepted_at, CASE WHEN begun > 2 THEN reported_at + to_seconds(life_h * 72) END AS filed_at,
    CASE WHEN begun > 3 THEN reported_at + to_seconds(life_h * 180) END AS dispatched_at, CASE WHEN begun > 4 THEN reported_at + to_seconds(life_h * 2880) END AS handled_at,
    hops + redone::INTEGER AS send_backs, redone::INTEGER AS reworks, NULL::TEXT AS unanswered, (told > 0.97)::INTEGER AS extensions, NULL::TEXT AS asked,
    NULL::TIMESTAMPTZ AS asked_until, NULL::TIMESTAMPTZ AS suspended_until, NULL::DOUBLE AS left_s, false AS exempt, 0 AS reopenings, false AS self_handled,
    NULL::TEXT AS merged_into, CASE WHEN begun = 8 AND channel <> 'inspector' THEN d.handled_at END AS called_at,
    CASE WHEN begun = 8 AND channel <> 'inspector' THEN told < 0.92 END AS reached, CASE WHEN begun = 8 AND channel <> 'inspector' AND told < 0.92 THEN told < 0.8 END AS solved,
    CASE WHEN begun = 8 AND channel <> 'inspector' AND told < 0.92 THEN told < 0.83 END AS satisfied, NULL::TEXT AS grade, false AS supervised
FROM drawn d LEFT JOIN (FROM stay WHERE to_at > $end::TIMESTAMPTZ) s USING (case_id) LEFT JOIN step p ON p.step = s.step
CROSS JOIN LATERAL (SELECT coalesce(s.place, 8) AS begun) ORDER BY reported_at;

INSERT INTO open_case BY NAME FROM finished WHERE closed_at IS NULL;

INSERT INTO closed_case BY NAME FROM finished WHERE closed_at IS NOT NULL;

INSERT INTO case_stage SELECT case_id, s.step, s.holder, from_at, to_at, 0, from_at + to_seconds(p.limit_s) FROM stay s JOIN step p ON p.step = s.step
WHERE to_at <= $end::TIMESTAMPTZ ORDER BY to_at;

INSERT INTO passing SELECT case_id, 0, 'd_other', department, reported_at + to_seconds(life_h * 180), reported_at + to_seconds(life_h * 720), life_h * 540, i % 2 = 0, i % 9 = 0
FROM drawn WHERE hops > 0 AND reported_at + to_seconds(life_h * 720) <= $end::TIMESTAMPTZ ORDER BY reported_at;

INSERT INTO dispute BY NAME SELECT case_id, 0 AS sequence, reported_at + to_seconds(life_h * 360) AS asked_at, 'd_other' AS department, department AS instead,
    reported_at + to_seconds(life_h * 720) AS ruled_at, 'reassigned' AS verdict, department AS ruled_department
FROM drawn WHERE hops > 0 AND i % 2 = 0 AND reported_at + to_seconds(life_h * 720) <= $end::TIMESTAMPTZ ORDER BY reported_at;

INSERT INTO case_event BY NAME SELECT * FROM (
    SELECT case_id, 1 AS version, 0 AS sequence, reported_at AS happened_at, 'department:simulator' AS actor, 'report' AS move, NULL AS from_step,
        'collect' AS to_step, 'acceptance' AS holder, description AS reason, '{}' AS payload FROM drawn
    UNION ALL
    SELECT case_id, place + 1, 0, to_at, 'department:simulator', move, step, coalesce(lead(step) OVER (PARTITION BY case_id ORDER BY place), 'archived'),
        holder, NULL, '{}' FROM stay WHERE to_at <= $end::TIMESTAMPTZ
) ORDER BY happened_at;

INSERT INTO incident BY NAME SELECT case_id, 'benchmark' AS source, lpad((i + 1)::TEXT, 9, '0') AS external_id, 0 AS sequence, i + 1 AS row_number, reported_at,
    hash(i) AS content, kind AS source_type, channel FROM drawn ORDER BY reported_at;
