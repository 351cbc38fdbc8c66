-- name: surge
-- One row per kind and cell of 1 km with at least half as many cases in the window as the rule asks for. Expected is its usual count (of the 28
-- days before the window, plus half a case for what is not known), as much larger as the whole city is busier than usual.
WITH counted AS (
    SELECT kind, cell_x >> 2 AS x, cell_y >> 2 AS y, reported_at >= $moment::TIMESTAMPTZ - to_seconds($window_s) AS now, district, lon, lat
    FROM every_case
    WHERE reported_at >= $moment::TIMESTAMPTZ - to_seconds($window_s) - INTERVAL 28 DAYS AND reported_at <= $moment::TIMESTAMPTZ
        AND cell_x IS NOT NULL AND kind IS NOT NULL AND merged_into IS NULL AND source <> 'alert_rules'
), pace AS (
    SELECT greatest(1, count(*) FILTER (now) / ((count(*) FILTER (NOT now) + 1) * $window_s / (28 * 86400))) AS busier FROM counted
), known AS (
    SELECT coalesce(date_diff('second', min(reported_at), $moment::TIMESTAMPTZ), 0) >= 7 * 86400 + $window_s AS enough FROM every_case
)
SELECT 'cell' AS scope, '1000:' || x || ':' || y AS place, kind, mode(district) FILTER (now) AS district, x AS cell_x, y AS cell_y, 1000 AS edge_m,
    avg(lon) FILTER (now) AS lon, avg(lat) FILTER (now) AS lat, count(*) FILTER (now) AS observed,
    (count(*) FILTER (NOT now) + 0.5) * $window_s / (28 * 86400) * any_value(busier) AS expected
FROM counted, pace, known WHERE enough GROUP BY kind, x, y HAVING count(*) FILTER (now) * 2 >= $threshold;

-- name: silent
-- One row per source that sends by itself, with the minutes since it sent last. What is usual is its own: the longest gap but for one in two
-- hundred, of its arrivals in the last 28 days. A source with fewer than twenty arrivals is not known well enough to be missed.
WITH arrival AS (
    SELECT source, reported_at AS arrived_at FROM incident WHERE row_number IS NULL AND source <> 'alert_rules' AND source <> 'by_hand'
    UNION SELECT source, loaded_at FROM batch
), gap AS (
    SELECT source, arrived_at, epoch(arrived_at) - epoch(lag(arrived_at) OVER (PARTITION BY source ORDER BY arrived_at)) AS gap_s
    FROM arrival WHERE arrived_at > $moment::TIMESTAMPTZ - INTERVAL 28 DAYS AND arrived_at <= $moment::TIMESTAMPTZ
)
SELECT 'source' AS scope, source AS place, (epoch($moment::TIMESTAMPTZ) - epoch(max(arrived_at))) / 60 AS observed,
    quantile_cont(gap_s, 0.995) / 60 AS expected
FROM gap GROUP BY source HAVING count(*) >= 20;

-- name: readings
-- One row per sensor: its latest reading of the window, where that is in the unit of the rule.
SELECT 'sensor' AS scope, sensor AS place, max_by(value, read_at) AS observed, any_value(lon) AS lon, any_value(lat) AS lat, any_value(district) AS district
FROM reading WHERE unit = $unit AND read_at > $moment::TIMESTAMPTZ - to_seconds($window_s) AND read_at <= $moment::TIMESTAMPTZ GROUP BY sensor;

-- name: queues
-- One row per post of the centre: how many unfinished cases wait for it.
SELECT 'post' AS scope, holder AS place, count(*) AS observed FROM open_case
WHERE reported_at <= $moment::TIMESTAMPTZ AND holder IN (SELECT holder FROM step WHERE holder <> 'department') GROUP BY holder;

-- name: has_forecast
-- Whether there is a forecast that is in force.
SELECT count(*) > 0 FROM risk_issue WHERE issued_at <= $moment::TIMESTAMPTZ;

-- name: forecast
-- One row per kind and cell of 250 m of the forecast issued last for the present, the shortest there is, with the cases that have come in its
-- time so far; expected is the share of the forecast that this time is of its horizon. A forecast of a day begins with the day of the city.
WITH issued AS (
    SELECT * EXCLUDE (from_day), timezone((SELECT any_value(timezone) FROM city), from_day::DATE::TIMESTAMP) AS since FROM risk_forecast
    WHERE issued_at <= $moment::TIMESTAMPTZ
), present AS (
    SELECT *, (epoch($moment::TIMESTAMPTZ) - epoch(since)) AS passed_s FROM issued WHERE since <= $moment::TIMESTAMPTZ AND since + to_days(horizon_days) > $moment::TIMESTAMPTZ
    QUALIFY rank() OVER (PARTITION BY kind ORDER BY issued_at DESC, horizon_days) = 1
), counted AS (
    SELECT p.kind, p.cell_x, p.cell_y, p.since, p.passed_s, any_value(p.expected) AS whole, any_value(p.horizon_days) AS horizon_days, count(*) AS cases,
        any_value(c.district) AS district, avg(c.lon) AS lon, avg(c.lat) AS lat
    FROM present p JOIN every_case c ON c.kind = p.kind AND c.cell_x = p.cell_x AND c.cell_y = p.cell_y
    WHERE c.reported_at >= p.since AND c.reported_at <= $moment::TIMESTAMPTZ AND c.merged_into IS NULL AND c.source <> 'alert_rules'
    GROUP BY ALL HAVING count(*) * 2 >= $threshold
)
SELECT 'cell' AS scope, '250:' || cell_x || ':' || cell_y AS place, kind, district, cell_x, cell_y, 250 AS edge_m, lon, lat, cases AS observed, passed_s AS window_s,
    whole * passed_s / (horizon_days * 86400) AS expected
FROM counted;

-- name: standing
-- The alerts that are not over, the oldest first.
FROM alerts_at($moment::TIMESTAMPTZ) WHERE over_at IS NULL ORDER BY sequence, alert_id;

-- name: settings
-- What managers have set of each rule, the last one last.
FROM alert_rule ORDER BY sequence;

-- name: alert
-- One alert as it stood at a moment.
FROM alerts_at($moment::TIMESTAMPTZ) WHERE alert_id = $alert_id;

-- name: keep
-- Alerts as they were raised.
INSERT INTO alert BY NAME FROM given;

-- name: keep_events
-- What happened to alerts.
INSERT INTO alert_event BY NAME FROM given;

-- name: keep_setting
-- A rule as a manager has set it.
INSERT INTO alert_rule BY NAME FROM given;

-- name: keep_readings
-- Readings of sensors.
INSERT INTO reading BY NAME FROM given;

-- name: forget_alerts
-- The alerts of a city that has left the picture.
DELETE FROM alert;

-- name: forget_events
-- What happened to them.
DELETE FROM alert_event;

-- name: forget_readings
-- Its readings.
DELETE FROM reading;

-- name: desk
-- Alerts of the desk: what waits for a decision, and what was raised since a moment; those nobody has answered first, newest first within each.
-- Cases made of them come with their step. `others` counts the unresolved ones of the same group.
WITH shown AS (
    SELECT * FROM alerts_at($moment::TIMESTAMPTZ)
    WHERE list_contains($unresolved::TEXT[], state) OR raised_at >= $since::TIMESTAMPTZ
)
SELECT s.*, c.step AS case_step, verdict_of(s.judgement, c.step, c.accepted_at) AS verdict,
    count(*) FILTER (list_contains($unresolved::TEXT[], s.state)) OVER (PARTITION BY s.group_id)
        - list_contains($unresolved::TEXT[], s.state)::INTEGER AS others
FROM shown s LEFT JOIN every_case c ON c.case_id = s.case_id
ORDER BY CASE s.state WHEN 'raised' THEN 0 WHEN 'acknowledged' THEN 1 WHEN 'shelved' THEN 2 ELSE 3 END, s.raised_at DESC, s.alert_id LIMIT $size;

-- name: one
-- One alert as it stood at a moment, with the case made of it.
SELECT a.*, c.step AS case_step, verdict_of(a.judgement, c.step, c.accepted_at) AS verdict
FROM alerts_at($moment::TIMESTAMPTZ) a LEFT JOIN every_case c ON c.case_id = a.case_id WHERE a.alert_id = $alert_id;

-- name: history
-- What happened to an alert up to a moment, in order.
SELECT move, state, happened_at, actor, observed, until, judgement, case_id, reason FROM alert_event
WHERE alert_id = $alert_id AND happened_at <= $moment::TIMESTAMPTZ ORDER BY sequence;

-- name: group
-- The other alerts of a group, newest first.
SELECT alert_id, rule, severity, kind, district, state, scope, place, observed, raised_at FROM alerts_at($moment::TIMESTAMPTZ)
WHERE group_id = $group_id AND alert_id <> $alert_id ORDER BY raised_at DESC, alert_id LIMIT $size;

-- name: of_case
-- The alert of which a case was made.
SELECT a.* FROM alerts_at($moment::TIMESTAMPTZ) a WHERE a.case_id = $case_id;

-- name: behind
-- The cases that an alert of a cell has counted, newest first; `all` is how many there are.
SELECT case_id, kind, step, reported_at, district, address, lon, lat, closed_at, urgency, due_at, exempt,
    CASE WHEN closed_at IS NULL THEN mark(urgency, late_at(due_at, exempt), $moment::TIMESTAMPTZ) ELSE 'closed' END AS state, count(*) OVER () AS "all"
FROM every_case WHERE kind = $kind AND cell_x >> $bits = $cell_x AND cell_y >> $bits = $cell_y AND merged_into IS NULL AND source <> 'alert_rules'
    AND reported_at > $since::TIMESTAMPTZ AND reported_at <= $until::TIMESTAMPTZ ORDER BY reported_at DESC, case_id LIMIT $size;

-- name: behind_named
-- The same for an alert that names its cases.
SELECT case_id, kind, step, reported_at, district, address, lon, lat, closed_at, urgency, due_at, exempt,
    CASE WHEN closed_at IS NULL THEN mark(urgency, late_at(due_at, exempt), $moment::TIMESTAMPTZ) ELSE 'closed' END AS state, count(*) OVER () AS "all"
FROM every_case WHERE list_contains($cases::TEXT[], case_id) ORDER BY reported_at DESC, case_id LIMIT $size;

-- name: load
-- How often the desk was called in each ten minutes that had a call: alerts raised, and shelved ones that came back. One per group and ten minutes.
SELECT time_bucket(INTERVAL 10 MINUTES, e.happened_at) AS bucket, count(DISTINCT a.group_id) AS calls FROM alert_event e JOIN alert a USING (alert_id)
WHERE e.move IN ('raise', 'wake') AND e.happened_at > $since::TIMESTAMPTZ AND e.happened_at <= $moment::TIMESTAMPTZ GROUP BY bucket ORDER BY bucket;

-- name: counts
-- One row: alerts nobody has answered, those taken on, shelved ones, and how often the desk was called in the last ten minutes.
SELECT count(*) FILTER (state = 'raised') AS raised, count(*) FILTER (state = 'acknowledged') AS acknowledged, count(*) FILTER (state = 'shelved') AS shelved,
    count(*) FILTER (state = 'raised' AND severity = 'high') AS loud, min(raised_at) FILTER (state = 'raised') AS oldest,
    count(*) FILTER (raised_at > $since::TIMESTAMPTZ) AS lately, count(*) AS "all",
    median(epoch(answered_at) - epoch(raised_at)) FILTER (raised_at > $since::TIMESTAMPTZ) AS answered_s
FROM alerts_at($moment::TIMESTAMPTZ);

-- name: calls
-- How often the desk was called since a moment, one per group.
SELECT count(DISTINCT a.group_id) FROM alert_event e JOIN alert a USING (alert_id)
WHERE e.move IN ('raise', 'wake') AND e.happened_at > $since::TIMESTAMPTZ AND e.happened_at <= $moment::TIMESTAMPTZ;

-- name: precision
-- Per rule: alerts raised since a moment, those whose truth is known (by judgement, or by what became of the case), and those that were true.
SELECT a.rule, count(*) AS raised, count(verdict) AS judged, count(*) FILTER (verdict = 'true') AS correct, count(*) FILTER (a.case_id IS NOT NULL) AS cases,
    max(a.raised_at) AS last_at
FROM (
    SELECT a.*, verdict_of(a.judgement, c.step, c.accepted_at) AS verdict
    FROM alerts_at($moment::TIMESTAMPTZ) a LEFT JOIN every_case c ON c.case_id = a.case_id WHERE a.raised_at > $since::TIMESTAMPTZ
) a GROUP BY a.rule ORDER BY a.rule;

-- name: sensors
-- How many sensors have been read in the last day.
SELECT count(DISTINCT sensor) FROM reading WHERE read_at > $moment::TIMESTAMPTZ - INTERVAL 1 DAY AND read_at <= $moment::TIMESTAMPTZ;

-- name: category
-- The category of a kind of matter.
SELECT category_kind, category_code FROM kind WHERE kind = $kind AND category_code IS NOT NULL LIMIT 1;

-- name: ever
-- Whether any alert was ever raised.
SELECT count(*) > 0 FROM alert;

-- name: waiting
-- Unresolved alerts that were raised before a moment, and cleared ones nobody has judged, the oldest first.
SELECT alert_id, rule, state, kind, cell_x, cell_y, edge_m, lon, lat, district, raised_at, touched_at FROM alerts_at($moment::TIMESTAMPTZ)
WHERE raised_at <= $before::TIMESTAMPTZ AND (list_contains($unresolved::TEXT[], state) OR state = 'cleared') ORDER BY raised_at, alert_id LIMIT $size;
