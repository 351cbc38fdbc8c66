-- name: stage_cases
-- One row per new or changed matter of the staged file, as the case it makes.
CREATE OR REPLACE TEMP TABLE staged_case AS
SELECT case_id, $source AS source,
    coalesce(steps[-1].step, CASE WHEN status = 'open' THEN 'handle' ELSE 'archived' END) AS step,
    coalesce(steps[-1].holder, department) AS holder,
    coalesce(steps[-1].from_at, CASE WHEN status = 'open' THEN reported_at ELSE closed_at END, reported_at) AS step_at,
    urgency, coalesce(source_type, category_kind || '-' || category_code) AS kind, category_kind, category_code,
    title, description, address, outcome, department, district, street, community, channel,
    lon, lat, location_quality AS location, cell_x(lon, location_quality, $lon, $lat) AS cell_x,
    cell_y(lat, location_quality, $lon, $lat) AS cell_y, reported_at, due_at, closed_at, acted_at, flags,
    coalesce(hops, greatest(0, len(list_filter(steps, lambda s: s.step = 'dispatch')) - 1), 0) AS hops,
    coalesce(reports, 1) AS reports, coalesce(acts, 0) AS version, $sequence AS sequence, status
FROM arriving WHERE verdict IN ('new', 'changed') ORDER BY reported_at;

-- name: insert_staged_open
-- Unfinished cases of the staged file.
INSERT INTO open_case BY NAME SELECT * EXCLUDE (status) FROM staged_case WHERE status = 'open';

-- name: insert_staged_closed
-- Finished cases of the staged file.
INSERT INTO closed_case BY NAME SELECT * EXCLUDE (status) FROM staged_case WHERE status <> 'open';

-- name: insert_stages_from_batch
-- Ended stays of the cases of the staged file whose steps are known.
INSERT INTO case_stage
SELECT case_id, s.step, s.holder, s.from_at, s.to_at, $sequence
FROM (SELECT case_id, unnest(steps) AS s FROM arriving WHERE verdict IN ('new', 'changed') AND steps IS NOT NULL)
WHERE s.to_at IS NOT NULL ORDER BY s.from_at;

-- name: forget_changed_open
-- Cases about to be written anew.
DELETE FROM open_case WHERE case_id IN (SELECT case_id FROM arriving WHERE verdict = 'changed');

-- name: forget_changed_closed
-- Cases about to be written anew.
DELETE FROM closed_case WHERE case_id IN (SELECT case_id FROM arriving WHERE verdict = 'changed');

-- name: forget_changed_stages
-- Stays about to be written anew.
DELETE FROM case_stage WHERE case_id IN (SELECT case_id FROM arriving WHERE verdict = 'changed' AND steps IS NOT NULL);

-- name: unfinished
-- What a move needs to know of an unfinished case.
SELECT step, holder, step_at, department, sequence FROM open_case WHERE case_id = $case_id;

-- name: finished
-- The same of a finished one.
SELECT step, holder, step_at, department, sequence FROM closed_case WHERE case_id = $case_id;

-- name: forget_open
-- Cases about to be written anew.
DELETE FROM open_case WHERE case_id IN (SELECT unnest($case_ids::TEXT[]));

-- name: forget_closed
-- Cases about to be written anew.
DELETE FROM closed_case WHERE case_id IN (SELECT unnest($case_ids::TEXT[]));

-- name: keep_reported
-- Matters reported one at a time, as the cases they make.
INSERT INTO open_case BY NAME SELECT *, NULL AS outcome, NULL AS closed_at, NULL AS flags, 0 AS hops, 1 AS reports FROM given;

-- name: move_open
-- What the moves of a run make of unfinished cases. Where a case was finished and stays so, its closing time stays.
UPDATE open_case SET step = g.step, holder = g.holder, step_at = g.step_at, acted_at = g.step_at, department = coalesce(g.department, open_case.department),
    outcome = coalesce(g.outcome, open_case.outcome), hops = open_case.hops + g.hops, version = g.version, sequence = g.sequence,
    closed_at = CASE WHEN g.keeps_closing THEN open_case.closed_at ELSE g.closed_at END
FROM given g WHERE open_case.case_id = g.case_id;

-- name: move_closed
-- What the moves of a run make of finished cases.
UPDATE closed_case SET step = g.step, holder = g.holder, step_at = g.step_at, acted_at = g.step_at, department = coalesce(g.department, closed_case.department),
    outcome = coalesce(g.outcome, closed_case.outcome), hops = closed_case.hops + g.hops, version = g.version, sequence = g.sequence,
    closed_at = CASE WHEN g.keeps_closing THEN closed_case.closed_at ELSE g.closed_at END
FROM given g WHERE closed_case.case_id = g.case_id;

-- name: close
-- Cases that the moves of a run have finished go over to the finished ones; `forget_open` follows.
INSERT INTO closed_case BY NAME FROM open_case WHERE case_id IN (SELECT unnest($case_ids::TEXT[]));

-- name: reopen
-- Cases that the moves of a run have taken up again come back; `forget_closed` follows.
INSERT INTO open_case BY NAME FROM closed_case WHERE case_id IN (SELECT unnest($case_ids::TEXT[]));

-- name: keep_stages
-- Stays that have ended.
INSERT INTO case_stage BY NAME FROM given;

-- name: keep_acts
-- Acts on cases.
INSERT INTO case_event BY NAME FROM given;

-- name: last_act
-- Who acted last on a case, when and what.
SELECT actor, happened_at, move, to_step, sequence FROM case_event WHERE case_id = $case_id ORDER BY sequence DESC LIMIT 1;

-- name: forget_simulated_open
-- Simulated cases leave the picture (they stay in the record).
DELETE FROM open_case WHERE source IN (SELECT source FROM source WHERE simulated);

-- name: forget_simulated_closed
-- Simulated cases leave the picture.
DELETE FROM closed_case WHERE source IN (SELECT source FROM source WHERE simulated);

-- name: forget_orphan_stages
-- Stays of cases that have left the picture.
DELETE FROM case_stage WHERE case_id NOT IN (SELECT case_id FROM every_case);

-- name: forget_orphan_acts
-- Acts on cases that have left the picture.
DELETE FROM case_event WHERE case_id NOT IN (SELECT case_id FROM every_case);

-- name: forget_steps
-- The lifecycle is written anew from its table at each start.
DELETE FROM step;

-- name: keep_steps
-- The steps of the lifecycle.
INSERT INTO step BY NAME FROM given;

-- name: totals
-- One row: how many cases there are, how many unfinished, and when data last came in.
SELECT (SELECT count(*) FROM open_case) AS open, (SELECT count(*) FROM open_case) + (SELECT count(*) FROM closed_case) AS cases,
    (SELECT max(last_arrival) FROM source) AS last_arrival;

-- name: points
-- Unfinished cases with a point of their own: the most pressing ones, least pressing first so that they are drawn last on top.
SELECT * FROM (
    SELECT case_id, lon, lat, state, kind, step, rank, sequence
    FROM wanted_open($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
        $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ)
    WHERE location = 'point' ORDER BY rank, due_at, case_id LIMIT $size
) ORDER BY CASE state WHEN 'urgent' THEN 4 WHEN 'overdue' THEN 3 WHEN 'due' THEN 2 ELSE 1 END, case_id;

-- name: marks
-- How many unfinished cases carry each mark, and how many of them have no point.
SELECT state, count(*) AS cases, count(*) FILTER (location <> 'point') AS unplaced, min(due_at) AS first_due, min(reported_at) AS oldest
FROM wanted_open($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], NULL, $districts::TEXT[],
    $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ) GROUP BY state;

-- name: queue
-- The most pressing unfinished cases, in order of attention.
SELECT case_id, kind, address, district, state, due_at, reported_at, step, location
FROM wanted_open($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
    $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ)
ORDER BY rank, due_at NULLS LAST, reported_at DESC, case_id LIMIT $size;

-- name: board_open
-- A page of unfinished cases, in order of attention.
SELECT case_id, kind, address, district, department, holder, step, state, due_at, reported_at, closed_at, hops
FROM wanted_open($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
    $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ)
ORDER BY CASE state WHEN 'overdue' THEN 0 WHEN 'urgent' THEN 1 WHEN 'due' THEN 2 ELSE 3 END, due_at NULLS LAST, reported_at DESC, case_id
LIMIT $size OFFSET $skip;

-- name: board_closed
-- A page of finished cases, newest first.
SELECT case_id, kind, address, district, department, holder, step, state, due_at, reported_at, closed_at, hops
FROM wanted_closed($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
    $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ)
WHERE ($closed_since::TIMESTAMPTZ IS NULL OR closed_at >= $closed_since)
ORDER BY reported_at DESC, case_id LIMIT $size OFFSET $skip;

-- name: count_open
-- How many unfinished cases pass the filter.
SELECT count(*) FROM wanted_open($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
    $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ);

-- name: count_closed
-- How many finished cases pass the filter.
SELECT count(*) FROM wanted_closed($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
    $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ)
WHERE ($closed_since::TIMESTAMPTZ IS NULL OR closed_at >= $closed_since);

-- name: export_open
-- Unfinished cases that pass the filter, for a download.
SELECT * EXCLUDE (rank) FROM wanted_open($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
    $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ) ORDER BY reported_at DESC, case_id LIMIT $size;

-- name: export_closed
-- Finished cases that pass the filter, for a download.
SELECT * EXCLUDE (rank) FROM wanted_closed($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
    $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ)
WHERE ($closed_since::TIMESTAMPTZ IS NULL OR closed_at >= $closed_since) ORDER BY reported_at DESC, case_id LIMIT $size;

-- name: board_all
-- A page of unfinished and finished cases together, newest first. With `judged_since`: those whose deadline or closing fell between it and now.
SELECT case_id, kind, address, district, department, holder, step, state, due_at, reported_at, closed_at, hops FROM (
    FROM wanted_open($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
        $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ)
    UNION ALL BY NAME FROM wanted_closed($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
        $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ)
)
WHERE $judged_since::TIMESTAMPTZ IS NULL OR (due_at >= $judged_since AND due_at < $moment)
    OR (due_at IS NOT NULL AND closed_at >= $judged_since AND closed_at < $moment)
ORDER BY reported_at DESC, case_id LIMIT $size OFFSET $skip;

-- name: count_all
-- How many cases, finished or not, pass the filter.
SELECT count(*) FROM (
    FROM wanted_open($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
        $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ)
    UNION ALL BY NAME FROM wanted_closed($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
        $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ)
)
WHERE $judged_since::TIMESTAMPTZ IS NULL OR (due_at >= $judged_since AND due_at < $moment)
    OR (due_at IS NOT NULL AND closed_at >= $judged_since AND closed_at < $moment);

-- name: export_all
-- Cases, finished or not, that pass the filter, for a download.
SELECT * EXCLUDE (rank) FROM (
    FROM wanted_open($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
        $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ)
    UNION ALL BY NAME FROM wanted_closed($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
        $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ)
)
WHERE $judged_since::TIMESTAMPTZ IS NULL OR (due_at >= $judged_since AND due_at < $moment)
    OR (due_at IS NOT NULL AND closed_at >= $judged_since AND closed_at < $moment)
ORDER BY reported_at DESC, case_id LIMIT $size;

-- name: steps
-- How many cases are in each step that is not yet at rest, how many of them overdue, and how long they have been there (median, seconds).
SELECT step, count(*) AS cases, count(*) FILTER (closed_at IS NULL AND due_at < $moment::TIMESTAMPTZ) AS overdue,
    median(epoch($moment::TIMESTAMPTZ) - epoch(step_at)) AS waiting_s
FROM (
    SELECT step, step_at, due_at, closed_at FROM open_case
    UNION ALL SELECT step, step_at, due_at, coalesce(closed_at, step_at) FROM closed_case WHERE step = 'evaluate'
) GROUP BY step;

-- name: choices
-- Values that the filters offer, with how many unfinished cases each has.
SELECT 'kind' AS field, kind AS value, count(*) AS cases FROM open_case WHERE kind IS NOT NULL GROUP BY kind
UNION ALL SELECT 'department', department, count(*) FROM open_case WHERE department IS NOT NULL GROUP BY department
UNION ALL SELECT 'district', district, count(*) FROM open_case WHERE district IS NOT NULL GROUP BY district
ORDER BY field, cases DESC, value;

-- name: cells
-- Cases reported in a period, by analysis cell of the edge that the shift gives.
SELECT cell_x >> $shift AS cell_x, cell_y >> $shift AS cell_y, count(*) AS cases
FROM every_case WHERE cell_x IS NOT NULL AND reported_at >= $since::TIMESTAMPTZ AND reported_at < $moment::TIMESTAMPTZ
    AND ($kinds::TEXT[] IS NULL OR list_contains($kinds, kind)) AND ($districts::TEXT[] IS NULL OR list_contains($districts, district))
GROUP BY ALL;

-- name: case
-- One case.
SELECT *, CASE WHEN step IN (SELECT step FROM step WHERE phase = 'done') THEN 'closed' ELSE mark(urgency, due_at, $moment::TIMESTAMPTZ) END AS state
FROM every_case WHERE case_id = $case_id;

-- name: stages
-- The stays of a case that have ended, in order.
SELECT step, holder, from_at, to_at, sequence FROM case_stage WHERE case_id = $case_id ORDER BY from_at;

-- name: acts
-- The acts on a case, in order.
SELECT version, sequence, happened_at, actor, move, from_step, to_step, holder, reason, payload FROM case_event WHERE case_id = $case_id ORDER BY sequence;

-- name: same_place
-- Other cases within some metres, newest first. The few that count are found by cell and place alone; only they are then read whole.
WITH near AS (
    SELECT reported_at FROM every_case
    WHERE cell_x BETWEEN $cell_x::INTEGER - 1 AND $cell_x::INTEGER + 1 AND cell_y BETWEEN $cell_y::INTEGER - 1 AND $cell_y::INTEGER + 1
        AND reported_at <= $moment::TIMESTAMPTZ AND metres_between(lon, lat, $lon, $lat) <= $radius_m
    ORDER BY reported_at DESC LIMIT $size + 1
)
SELECT case_id, kind, address, step, reported_at, closed_at, due_at, lon, lat,
    CASE WHEN closed_at IS NOT NULL THEN 'closed' ELSE mark(urgency, due_at, $moment::TIMESTAMPTZ) END AS state,
    CASE WHEN lon = $lon AND lat = $lat THEN 0 ELSE metres_between(lon, lat, $lon, $lat) END AS distance_m
FROM every_case WHERE reported_at IN (FROM near) AND case_id <> $case_id
    AND cell_x BETWEEN $cell_x::INTEGER - 1 AND $cell_x::INTEGER + 1 AND cell_y BETWEEN $cell_y::INTEGER - 1 AND $cell_y::INTEGER + 1
    AND metres_between(lon, lat, $lon, $lat) <= $radius_m
ORDER BY reported_at DESC, case_id LIMIT $size;

-- name: hours
-- Cases reported and closed in each hour of a period (UTC hour).
SELECT hour, sum(reported)::BIGINT AS reported, sum(closed)::BIGINT AS closed FROM (
    SELECT date_trunc('hour', reported_at) AS hour, count(*) AS reported, 0 AS closed FROM every_case
    WHERE reported_at >= $since::TIMESTAMPTZ AND reported_at < $moment::TIMESTAMPTZ GROUP BY 1
    UNION ALL
    SELECT date_trunc('hour', closed_at), 0, count(*) FROM closed_case
    WHERE closed_at >= $since::TIMESTAMPTZ AND closed_at < $moment::TIMESTAMPTZ GROUP BY 1
) GROUP BY hour ORDER BY hour;

-- name: between
-- One row: cases reported, closed and closed late between two moments.
SELECT (SELECT count(*) FROM every_case WHERE reported_at >= $since::TIMESTAMPTZ AND reported_at < $until::TIMESTAMPTZ) AS reported,
    count(*) AS closed, count(*) FILTER (closed_at > due_at) AS late
FROM closed_case WHERE closed_at >= $since::TIMESTAMPTZ AND closed_at < $until::TIMESTAMPTZ;

-- name: stock
-- One row: how many cases were open and how many of them overdue at a moment.
SELECT count(*) AS open, count(*) FILTER (due_at < $at::TIMESTAMPTZ) AS overdue FROM (
    SELECT due_at FROM open_case WHERE reported_at <= $at::TIMESTAMPTZ
    UNION ALL SELECT due_at FROM closed_case WHERE reported_at <= $at::TIMESTAMPTZ AND closed_at > $at::TIMESTAMPTZ
);

-- name: stocks
-- Open and overdue at each of some moments.
SELECT t.at_moment, count(*) FILTER (c.reported_at <= t.at_moment) AS open,
    count(*) FILTER (c.reported_at <= t.at_moment AND c.due_at < t.at_moment) AS overdue
FROM (SELECT unnest($moments::TIMESTAMPTZ[]) AS at_moment) t
JOIN (
    SELECT reported_at, due_at, NULL::TIMESTAMPTZ AS closed_at FROM open_case
    UNION ALL SELECT reported_at, due_at, closed_at FROM closed_case WHERE closed_at > list_min($moments::TIMESTAMPTZ[])
) c ON c.closed_at IS NULL OR c.closed_at > t.at_moment
GROUP BY t.at_moment ORDER BY t.at_moment;

-- name: top_kinds
-- The kinds reported most in a period, with the same period a week before.
SELECT kind, count(*) FILTER (reported_at >= $since::TIMESTAMPTZ) AS cases,
    count(*) FILTER (reported_at < $since::TIMESTAMPTZ) AS before
FROM every_case WHERE kind IS NOT NULL AND ((reported_at >= $since::TIMESTAMPTZ AND reported_at < $moment::TIMESTAMPTZ)
    OR (reported_at >= $since::TIMESTAMPTZ - INTERVAL 7 DAYS AND reported_at < $moment::TIMESTAMPTZ - INTERVAL 7 DAYS))
GROUP BY kind HAVING cases > 0 ORDER BY cases DESC, kind LIMIT $size;

-- name: district_closing
-- Share closed in time by district over a period: cases whose deadline fell in it or that were closed in it.
SELECT district, count(*) AS cases, count(*) FILTER (closed_at <= due_at) AS in_time FROM (
    SELECT district, closed_at, due_at FROM closed_case
    WHERE due_at IS NOT NULL AND ((closed_at >= $since::TIMESTAMPTZ AND closed_at < $moment::TIMESTAMPTZ) OR (due_at >= $since::TIMESTAMPTZ AND due_at < $moment::TIMESTAMPTZ))
    UNION ALL SELECT district, NULL, due_at FROM open_case WHERE due_at >= $since::TIMESTAMPTZ AND due_at < $moment::TIMESTAMPTZ
) WHERE district IS NOT NULL GROUP BY district HAVING cases >= $least ORDER BY in_time / cases DESC, cases DESC;

-- name: newest
-- The cases reported last.
SELECT case_id, kind, address, district, step, state, due_at, reported_at, department, holder
FROM wanted_open(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, $moment::TIMESTAMPTZ) ORDER BY reported_at DESC, case_id LIMIT $size;

-- name: busiest_week
-- The week (from its Monday, UTC) with the most reports, and the whole period of the record. Weeks are counted from Monday 1969-12-29.
SELECT to_timestamp(arg_max(week, (cases, week)) * 604800 - 259200) AS week, min(first) AS first, max(last) AS last FROM (
    SELECT (epoch_us(reported_at) + 259200000000) // 604800000000 AS week, count(*) AS cases, min(reported_at) AS first, max(reported_at) AS last
    FROM every_case GROUP BY 1
);

-- name: weeks
-- Cases reported in each week of the record (from its Monday, UTC); weeks without any are missing.
SELECT date_trunc('week', reported_at) AS week, count(*) AS reported FROM every_case GROUP BY week ORDER BY week;

-- name: same_times
-- Cases reported and closed in each of some stretches of time, such as today so far and the same weekdays before; `place` is the stretch's number.
SELECT s.place, count(*) FILTER (c.reported_at >= s.since AND c.reported_at < s.until) AS reported,
    count(*) FILTER (c.closed_at >= s.since AND c.closed_at < s.until) AS closed
FROM (SELECT unnest($places::INTEGER[]) AS place, unnest($sinces::TIMESTAMPTZ[]) AS since, unnest($untils::TIMESTAMPTZ[]) AS until) s
LEFT JOIN every_case c ON c.reported_at >= s.since AND c.reported_at < s.until OR c.closed_at >= s.since AND c.closed_at < s.until
GROUP BY s.place ORDER BY s.place;

-- name: freshness
-- The last moment of which the data speak, up to now: the last report, closing or act.
SELECT max(latest) FROM (
    SELECT max(reported_at) AS latest FROM every_case WHERE reported_at <= $moment::TIMESTAMPTZ
    UNION ALL SELECT max(closed_at) FROM closed_case WHERE closed_at <= $moment::TIMESTAMPTZ
    UNION ALL SELECT max(acted_at) FROM every_case WHERE acted_at <= $moment::TIMESTAMPTZ
);

-- name: pressing
-- Urgent and overdue cases, urgent first; within each the newest first. No word of the report: it may name people.
SELECT case_id, kind, district, state, step, due_at, reported_at
FROM wanted_open(NULL, NULL, NULL, ['urgent', 'overdue'], NULL, NULL, NULL, NULL, $moment::TIMESTAMPTZ)
ORDER BY rank, CASE WHEN rank = 0 THEN reported_at ELSE due_at END DESC, case_id LIMIT $size;

-- name: open_for_staff
-- Simulated cases that somebody has to move, with the department the catalogue proposes.
SELECT o.case_id, o.step, o.step_at, o.version, o.sequence, coalesce(o.department, c.department) AS proposed
FROM open_case o JOIN source s USING (source)
LEFT JOIN category c ON c.kind = o.category_kind AND c.code = o.category_code
WHERE s.simulated;
