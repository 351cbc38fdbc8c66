-- name: keep_forecast
-- The cells of an issue, from its kept file.
INSERT INTO risk_forecast BY NAME
SELECT $sequence::BIGINT AS sequence, $issued_at::TIMESTAMPTZ AS issued_at, $from_day::DATE AS from_day, * EXCLUDE (model) FROM read_parquet($file);

-- name: keep_choices
-- Which model serves which kind.
INSERT INTO risk_choice BY NAME FROM given;

-- name: keep_issue
-- How an issue was made.
INSERT INTO risk_issue BY NAME FROM given;

-- name: forget_old_chronic
-- Chronic addresses of issues long over.
DELETE FROM risk_chronic WHERE sequence IN (SELECT sequence FROM risk_issue WHERE from_day < $before::DATE);

-- name: keep_chronic
-- Where one kind is reported again and again.
INSERT INTO risk_chronic BY NAME FROM given;

-- name: forget_old_forecasts
-- Cells of issues long over: their files keep them.
DELETE FROM risk_forecast WHERE from_day < $before::DATE;

-- name: keep_scores
-- What became of issues whose days are over.
INSERT INTO risk_score BY NAME FROM given;

-- name: keep_look
-- That clusters and outbreaks were looked for.
INSERT INTO outbreak_look BY NAME FROM given;

-- name: forget_forecasts
-- The cells of a city that has left the picture.
DELETE FROM risk_forecast;

-- name: forget_choices
-- Which models served it.
DELETE FROM risk_choice;

-- name: forget_issues
-- How its forecasts were made.
DELETE FROM risk_issue;

-- name: forget_chronic
-- Its chronic addresses.
DELETE FROM risk_chronic;

-- name: forget_scores
-- What became of its forecasts.
DELETE FROM risk_score;

-- name: forget_looks
-- The days for which its outbreaks were looked for.
DELETE FROM outbreak_look;

-- name: keep_classes
-- Thresholds of the classes, as set.
INSERT INTO risk_class BY NAME FROM given;

-- name: classes
-- The thresholds in force at a moment.
SELECT name, least, set_at, set_by, reason FROM risk_class WHERE set_at <= $moment::TIMESTAMPTZ
QUALIFY sequence = max(sequence) OVER () ORDER BY least;

-- name: classes_set
-- Every setting of thresholds up to a moment, the newest first.
SELECT sequence, set_at, set_by, reason, list(least ORDER BY least) AS leasts FROM risk_class WHERE set_at <= $moment::TIMESTAMPTZ
GROUP BY ALL ORDER BY sequence DESC;

-- name: issue
-- The last issue that was known at a moment.
SELECT * FROM risk_issue WHERE issued_at <= $moment::TIMESTAMPTZ ORDER BY sequence DESC LIMIT 1;

-- name: issue_of
-- The issue of a day.
SELECT sequence FROM risk_issue WHERE from_day = $day::DATE LIMIT 1;

-- name: looked
-- Whether clusters and outbreaks were looked for on the eve of a day.
SELECT count(*) > 0 FROM outbreak_look WHERE day = $day::DATE;

-- name: choices
-- Which model serves which kind in an issue, and how it was chosen; most expected first.
SELECT * FROM risk_choice WHERE sequence = $sequence ORDER BY horizon_days, expected DESC, kind;

-- name: foreseen
-- The listed cells of an issue for one kind and horizon, the most expected first.
SELECT cell_x, cell_y, expected, all_history, own_long, near_long, own_recent, near_recent, other_kinds, background, calendar
FROM risk_forecast WHERE sequence = $sequence AND horizon_days = $horizon_days AND kind = $kind ORDER BY expected DESC, cell_x, cell_y;

-- name: file_of
-- The kept file of an issue.
SELECT checksum FROM risk_issue WHERE sequence = $sequence;

-- name: foreseen_kept
-- The same from the kept file of an issue that the picture has let go.
SELECT cell_x, cell_y, expected, all_history, own_long, near_long, own_recent, near_recent, other_kinds, background, calendar
FROM read_parquet($file) WHERE horizon_days = $horizon_days AND kind = $kind ORDER BY expected DESC, cell_x, cell_y;

-- name: observed
-- Cases reported in a period by cell of 250 m, as forecasts count them: merged reports are one, and what a rule of ours raised was not
-- reported by anybody. Of one kind, or of all.
SELECT cell_x, cell_y, count(*) AS observed FROM every_case
WHERE cell_x IS NOT NULL AND merged_into IS NULL AND source <> 'alert_rules' AND reported_at >= $since::TIMESTAMPTZ AND reported_at < $until::TIMESTAMPTZ
    AND ($kind = '' OR forecast_kind(kind, $apart::TEXT[]) = $kind)
GROUP BY ALL;

-- name: districts
-- In which district and street most cases of a cell lie.
SELECT cell_x, cell_y, mode(district) AS district, mode(street) AS street FROM every_case
WHERE cell_x IS NOT NULL AND reported_at >= $since::TIMESTAMPTZ GROUP BY ALL;

-- name: cases_of_cell
-- The cases of a cell as forecasts count them, the newest first.
SELECT case_id, kind, address, district, department, holder, step, state_of(step, urgency, due_at, exempt, $moment::TIMESTAMPTZ) AS state, due_at, step_due_at,
    reported_at, closed_at, hops
FROM every_case WHERE cell_x = $cell_x AND cell_y = $cell_y AND merged_into IS NULL AND source <> 'alert_rules' AND reported_at <= $moment::TIMESTAMPTZ
    AND ($kind = '' OR forecast_kind(kind, $apart::TEXT[]) = $kind)
ORDER BY reported_at DESC, case_id LIMIT $size;

-- name: by_week
-- Cases of a cell per week before a moment, 0 the latest.
SELECT date_diff('day', reported_at, $moment::TIMESTAMPTZ) // 7 AS weeks_ago, count(*) AS cases FROM every_case
WHERE cell_x = $cell_x AND cell_y = $cell_y AND merged_into IS NULL AND source <> 'alert_rules' AND reported_at <= $moment::TIMESTAMPTZ
    AND reported_at > $moment::TIMESTAMPTZ - to_days($weeks * 7) AND ($kind = '' OR forecast_kind(kind, $apart::TEXT[]) = $kind)
GROUP BY weeks_ago ORDER BY weeks_ago;

-- name: chronic
-- Where one kind is reported again and again as an issue found it, the busiest first.
SELECT lon, lat, kind, events FROM risk_chronic WHERE sequence = $sequence ORDER BY events DESC, kind, lon, lat;

-- name: due
-- Issues whose days are over by a day of the city and that have not been scored.
SELECT i.sequence, i.from_day, c.horizon_days, c.kind, c.rest_expected, c.rest_all_history, c.rest_cells FROM risk_issue i JOIN risk_choice c USING (sequence)
WHERE c.from_day + c.horizon_days <= $until::DATE
    AND NOT EXISTS (FROM risk_score s WHERE s.from_day = c.from_day AND s.horizon_days = c.horizon_days AND s.kind = c.kind)
ORDER BY i.sequence, c.horizon_days, c.kind;

-- name: scores
-- What became of the issues for one horizon, the oldest first.
SELECT from_day, kind, sums, plain_sums, predicted, observed FROM risk_score WHERE horizon_days = $horizon_days AND scored_at <= $moment::TIMESTAMPTZ ORDER BY kind, from_day;

-- name: every_foreseen
-- The listed cells of an issue for one horizon, of every kind.
SELECT kind, cell_x, cell_y, expected, all_history FROM risk_forecast WHERE sequence = $sequence AND horizon_days = $horizon_days;

-- name: came
-- What came in a period by kind and cell; matters as forecasts count them.
SELECT coalesce(kind, '') AS kind, cell_x, cell_y, count(*) AS events FROM every_case
WHERE cell_x IS NOT NULL AND merged_into IS NULL AND source <> 'alert_rules' AND reported_at >= $since::TIMESTAMPTZ AND reported_at < $until::TIMESTAMPTZ
GROUP BY ALL;

-- name: span
-- One row: how many placed matters were reported before a day of the city, the first and the last such day.
SELECT count(*) AS events, min((reported_at AT TIME ZONE $timezone)::DATE) AS first, max((reported_at AT TIME ZONE $timezone)::DATE) AS last
FROM every_case WHERE merged_into IS NULL AND source <> 'alert_rules' AND cell_x IS NOT NULL AND reported_at < timezone($timezone, $until::DATE::TIMESTAMP);

-- name: events
-- Matters for forecasts, in order of day: merged reports are one matter, what a rule of ours raised was reported by nobody. `day` counts
-- from 1970-01-01 on the city's calendar, `patrol` is what an inspector found on the round. From a day on and before another, where given.
SELECT date_diff('day', DATE '1970-01-01', (reported_at AT TIME ZONE $timezone)::DATE) AS day,
    coalesce(kind, '') AS kind, lon, lat, location, coalesce(channel = 'inspector', false) AS patrol
FROM every_case WHERE merged_into IS NULL AND source <> 'alert_rules'
    AND ($since::DATE IS NULL OR reported_at >= timezone($timezone, $since::DATE::TIMESTAMP))
    AND ($until::DATE IS NULL OR reported_at < timezone($timezone, $until::DATE::TIMESTAMP))
ORDER BY day, case_id;
