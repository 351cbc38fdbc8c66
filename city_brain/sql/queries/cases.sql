-- name: stage_cases
-- One row per new or changed matter of the staged file, as the case it makes. What its steps tell of departments and ways back is counted
-- here: `handled` are its stays with departments, `turns` those that began with another department than the one before, `spot_at` when it
-- was handled on the spot.
CREATE OR REPLACE TEMP TABLE staged_case AS
WITH told AS (
    SELECT *, list_filter(steps, lambda s: s.step = 'handle') AS handled, list_transform(steps, lambda s: s.step) AS way FROM arriving
    WHERE verdict IN ('new', 'changed')
), turned AS (
    SELECT *, CASE WHEN list_contains(way, 'evaluate') AND NOT list_contains(way, 'handle') THEN list_filter(steps, lambda s: s.step = 'evaluate')[1].from_at END AS spot_at,
        list_filter(handled, lambda s, i: i = 1 OR s.holder <> handled[i - 1].holder) AS turns,
        list_filter(way, lambda w, i: way[i - 1] = 'verify' AND w = 'handle' OR way[i - 1] = 'report_back' AND w = 'handle') AS redone FROM told
)
SELECT case_id, $source AS source,
    coalesce(steps[-1].step, CASE WHEN status = 'open' THEN 'handle' ELSE 'archived' END) AS step,
    coalesce(steps[-1].holder, CASE WHEN steps IS NULL THEN department END) AS holder,
    coalesce(steps[-1].from_at, CASE WHEN status = 'open' THEN reported_at ELSE closed_at END, reported_at) AS step_at,
    urgency, coalesce(source_type, category_kind || '-' || category_code) AS kind, category_kind, category_code,
    title, description, address, outcome, department, district, street, community, channel,
    lon, lat, location_quality AS location, cell_x(lon, location_quality, $lon, $lat) AS cell_x,
    cell_y(lat, location_quality, $lon, $lat) AS cell_y, reported_at, due_at, closed_at, acted_at, flags,
    coalesce(hops, greatest(0, len(turns) - 1), 0) AS hops,
    coalesce(reports, 1) AS reports, coalesce(acts, 0) AS version, $sequence AS sequence, status,
    CASE WHEN status = 'open' THEN steps[-1].from_at + to_seconds(($limits_s::DOUBLE[])[list_position($limited::TEXT[], steps[-1].step)]) END AS step_due_at,
    handled[1].holder AS first_department, turns[-1].from_at AS received_at, NULL::TEXT AS rule, time_limit,
    coalesce(list_filter(steps, lambda s: s.step IN ('confirm', 'file', 'dispatch'))[1].from_at, spot_at) AS accepted_at,
    coalesce(list_filter(steps, lambda s: s.step = 'dispatch')[1].from_at, spot_at) AS filed_at, handled[1].from_at AS dispatched_at,
    CASE WHEN steps[-1].step NOT IN ('handle', 'dispute', 'suspended', 'dispatch')
        THEN coalesce(list_filter(steps, lambda s: s.step = 'report_back')[-1].from_at, spot_at) END AS handled_at,
    coalesce(len(redone) + len(list_filter(way, lambda w, i: way[i - 1] = 'handle' AND w IN ('dispatch', 'dispute'))), 0) AS send_backs,
    coalesce(len(redone), 0) AS reworks, NULL::TEXT AS unanswered, coalesce(extensions, 0) AS extensions, NULL::TEXT AS asked,
    NULL::TIMESTAMPTZ AS asked_until, NULL::TIMESTAMPTZ AS suspended_until, NULL::DOUBLE AS left_s, false AS exempt, 0 AS reopenings,
    spot_at IS NOT NULL AS self_handled, NULL::TEXT AS merged_into, CASE WHEN reached IS NOT NULL THEN closed_at END AS called_at, reached, solved, satisfied,
    NULL::TEXT AS grade, false AS supervised
FROM turned ORDER BY reported_at;

-- name: insert_staged_open
-- Unfinished cases of the staged file.
INSERT INTO open_case BY NAME SELECT * EXCLUDE (status) FROM staged_case WHERE status = 'open';

-- name: insert_staged_closed
-- Finished cases of the staged file.
INSERT INTO closed_case BY NAME SELECT * EXCLUDE (status) FROM staged_case WHERE status <> 'open';

-- name: insert_stages_from_batch
-- Ended stays of the cases of the staged file whose steps are known.
INSERT INTO case_stage BY NAME
SELECT case_id, s.step AS step, s.holder AS holder, s.from_at AS from_at, s.to_at AS to_at, $sequence AS sequence,
    s.from_at + to_seconds(($limits_s::DOUBLE[])[list_position($limited::TEXT[], s.step)]) AS due_at
FROM (SELECT case_id, unnest(steps) AS s FROM arriving WHERE verdict IN ('new', 'changed') AND steps IS NOT NULL)
WHERE s.to_at IS NOT NULL ORDER BY s.from_at;

-- name: insert_passings_from_batch
-- What the steps of the staged file tell of cases that went from one department to another.
INSERT INTO passing BY NAME
WITH stay AS (
    SELECT case_id, unnest(list_filter(steps, lambda s: s.step = 'handle')) AS s, list_transform(list_filter(steps, lambda s: s.step = 'dispute'), lambda s: s.to_at) AS rulings
    FROM arriving WHERE verdict IN ('new', 'changed') AND len(list_filter(steps, lambda s: s.step = 'handle')) > 1
), ordered AS (
    SELECT case_id, s.holder AS to_department, lag(s.holder) OVER before AS from_department, lag(s.from_at) OVER before AS received_at,
        s.from_at AS passed_at, list_contains(rulings, s.from_at) AS ruled, list(s.holder) OVER (before ROWS BETWEEN UNBOUNDED PRECEDING AND 2 PRECEDING) AS earlier
    FROM stay WINDOW before AS (PARTITION BY case_id ORDER BY s.from_at)
)
SELECT case_id, $sequence AS sequence, from_department, to_department, received_at, passed_at,
    epoch(passed_at) - epoch(received_at) AS lost_s, coalesce(ruled, false) AS ruled, coalesce(list_contains(earlier, to_department), false) AS comes_back
FROM ordered WHERE from_department <> to_department ORDER BY passed_at;

-- name: insert_disputes_from_batch
-- What the steps of the staged file tell of disputes. Who was named in them, and who ruled, no file says.
INSERT INTO dispute BY NAME
WITH stay AS (
    SELECT case_id, unnest(list_filter(steps, lambda s: s.step = 'dispute')) AS s, list_filter(steps, lambda s: s.step = 'handle') AS handled
    FROM arriving WHERE verdict IN ('new', 'changed') AND list_contains(list_transform(steps, lambda s: s.step), 'dispute')
), ruled AS (SELECT *, list_filter(handled, lambda h: h.from_at = s.to_at)[1].holder AS ruled_for FROM stay)
SELECT case_id, $sequence AS sequence, s.from_at AS asked_at, s.holder AS department, s.to_at AS ruled_at, ruled_for AS ruled_department,
    CASE WHEN s.to_at IS NULL THEN NULL WHEN ruled_for = s.holder THEN 'upheld' ELSE 'reassigned' END AS verdict
FROM ruled ORDER BY asked_at;

-- name: forget_changed_open
-- Cases about to be written anew.
DELETE FROM open_case WHERE case_id IN (SELECT case_id FROM arriving WHERE verdict = 'changed');

-- name: forget_changed_closed
-- Cases about to be written anew.
DELETE FROM closed_case WHERE case_id IN (SELECT case_id FROM arriving WHERE verdict = 'changed');

-- name: forget_changed_stages
-- Stays about to be written anew.
DELETE FROM case_stage WHERE case_id IN (SELECT case_id FROM arriving WHERE verdict = 'changed' AND steps IS NOT NULL);

-- name: forget_changed_passings
-- Passings about to be written anew.
DELETE FROM passing WHERE case_id IN (SELECT case_id FROM arriving WHERE verdict = 'changed' AND steps IS NOT NULL);

-- name: forget_changed_disputes
-- Disputes about to be written anew.
DELETE FROM dispute WHERE case_id IN (SELECT case_id FROM arriving WHERE verdict = 'changed' AND steps IS NOT NULL);

-- name: unfinished
-- What a move needs to know of an unfinished case.
FROM open_case WHERE case_id = $case_id;

-- name: finished
-- The same of a finished one.
FROM closed_case WHERE case_id = $case_id;

-- name: standing_open
-- Unfinished ones of some cases, as they stand.
FROM open_case WHERE list_contains($case_ids::TEXT[], case_id);

-- name: standing_closed
-- Finished ones of some cases, as they stand.
FROM closed_case WHERE list_contains($case_ids::TEXT[], case_id);

-- name: calendar
-- One row: the zone of the city, the days in it that are not as their weekday says, the years whose holidays are known, and how much faster
-- than the clock limits run. The State Council's table counts in China alone.
WITH here AS (SELECT coalesce((SELECT any_value(timezone) FROM city), 'UTC') AS zone),
    counted AS (SELECT basis FROM (VALUES ('city'), ('state_council')) t(basis), here
        WHERE basis = 'city' OR zone IN ('Asia/Shanghai', 'Asia/Urumqi', 'Asia/Chongqing', 'Asia/Harbin'))
SELECT zone, (SELECT list(day ORDER BY day) FROM holiday WHERE basis IN (FROM counted)) AS days,
    (SELECT list(working ORDER BY day) FROM holiday WHERE basis IN (FROM counted)) AS working,
    (SELECT list(DISTINCT year) FROM holiday_year WHERE basis IN (FROM counted)) AS years,
    coalesce((SELECT max_by(pace, sequence) FROM limit_pace), 1.0) AS pace
FROM here;

-- name: keep_pace
-- How much faster than the clock limits run from then on.
INSERT INTO limit_pace BY NAME FROM given;

-- name: holidays
-- Days that are not as their weekday says, of the State Council's table or set by a person.
SELECT day, working, name, basis FROM holiday WHERE day >= $since::DATE AND day < $until::DATE ORDER BY day;

-- name: forget_holidays
-- Days about to be written anew.
DELETE FROM holiday WHERE basis = $basis;

-- name: forget_days
-- Days about to be set by a person, whatever said them before.
DELETE FROM holiday WHERE list_contains($days::DATE[], day);

-- name: keep_holidays
-- Days that are not as their weekday says. What a person has set stays.
INSERT INTO holiday BY NAME SELECT * FROM given g WHERE NOT EXISTS (FROM holiday h WHERE h.day = g.day);

-- name: forget_holiday_years
-- Years about to be written anew.
DELETE FROM holiday_year WHERE basis = $basis;

-- name: keep_holiday_years
-- Years whose holidays are known.
INSERT INTO holiday_year BY NAME FROM given;

-- name: forget_open
-- Cases about to be written anew.
DELETE FROM open_case WHERE case_id IN (SELECT unnest($case_ids::TEXT[]));

-- name: forget_closed
-- Cases about to be written anew.
DELETE FROM closed_case WHERE case_id IN (SELECT unnest($case_ids::TEXT[]));

-- name: keep_reported
-- Matters reported one at a time, as the cases they make.
INSERT INTO open_case BY NAME FROM given;

-- name: move_open
-- How the moves of a run leave unfinished cases: what changes with nearly every move.
UPDATE open_case SET step = g.step, holder = g.holder, step_at = g.step_at, step_due_at = g.step_due_at, department = g.department, due_at = g.due_at,
    accepted_at = g.accepted_at, filed_at = g.filed_at, dispatched_at = g.dispatched_at, handled_at = g.handled_at, closed_at =
    g.closed_at, outcome = g.outcome, acted_at = g.acted_at, version = g.version, sequence = g.sequence
FROM given g WHERE open_case.case_id = g.case_id;

-- name: mark_open
-- The rest of it, where any of it has changed.
UPDATE open_case SET first_department = g.first_department, received_at = g.received_at, rule = g.rule, time_limit = g.time_limit, hops = g.hops,
    send_backs = g.send_backs, reworks = g.reworks, unanswered = g.unanswered, extensions = g.extensions, asked = g.asked, asked_until
    = g.asked_until, suspended_until = g.suspended_until, left_s = g.left_s, exempt = g.exempt, reopenings = g.reopenings,
    self_handled = g.self_handled, merged_into = g.merged_into, called_at = g.called_at, reached = g.reached, solved = g.solved,
    satisfied = g.satisfied, grade = g.grade, supervised = g.supervised
FROM given g WHERE open_case.case_id = g.case_id;

-- name: move_closed
-- How the moves of a run leave finished cases: what changes with nearly every move.
UPDATE closed_case SET step = g.step, holder = g.holder, step_at = g.step_at, step_due_at = g.step_due_at, department = g.department, due_at = g.due_at,
    accepted_at = g.accepted_at, filed_at = g.filed_at, dispatched_at = g.dispatched_at, handled_at = g.handled_at, closed_at =
    g.closed_at, outcome = g.outcome, acted_at = g.acted_at, version = g.version, sequence = g.sequence
FROM given g WHERE closed_case.case_id = g.case_id;

-- name: mark_closed
-- The rest of it, where any of it has changed.
UPDATE closed_case SET first_department = g.first_department, received_at = g.received_at, rule = g.rule, time_limit = g.time_limit, hops = g.hops,
    send_backs = g.send_backs, reworks = g.reworks, unanswered = g.unanswered, extensions = g.extensions, asked = g.asked, asked_until
    = g.asked_until, suspended_until = g.suspended_until, left_s = g.left_s, exempt = g.exempt, reopenings = g.reopenings,
    self_handled = g.self_handled, merged_into = g.merged_into, called_at = g.called_at, reached = g.reached, solved = g.solved,
    satisfied = g.satisfied, grade = g.grade, supervised = g.supervised
FROM given g WHERE closed_case.case_id = g.case_id;

-- name: join_open
-- Reports that came to unfinished cases with another case that was merged into them (or went with it, a negative number).
UPDATE open_case SET reports = open_case.reports + g.reports, acted_at = g.acted_at, version = g.version, sequence = g.sequence
FROM given g WHERE open_case.case_id = g.case_id;

-- name: join_closed
-- The same of finished ones.
UPDATE closed_case SET reports = closed_case.reports + g.reports, acted_at = g.acted_at, version = g.version, sequence = g.sequence
FROM given g WHERE closed_case.case_id = g.case_id;

-- name: keep_passings
-- Cases that went from one department to another.
INSERT INTO passing BY NAME FROM given;

-- name: departments_before
-- Departments some cases have been with, in order of time.
SELECT case_id, from_department FROM passing WHERE list_contains($case_ids::TEXT[], case_id) ORDER BY passed_at;

-- name: disputes_of
-- The disputes of a case, in order.
SELECT asked_at, department, instead, reason, due_at, ruled_at, verdict, ruled_department, ruled_by, ruled_reason FROM dispute
WHERE case_id = $case_id ORDER BY asked_at;

-- name: keep_disputes
-- Disputes over who is responsible.
INSERT INTO dispute BY NAME FROM given;

-- name: rule_disputes
-- What became of them.
UPDATE dispute SET ruled_at = g.ruled_at, verdict = g.verdict, ruled_department = g.ruled_department, ruled_by = g.ruled_by, ruled_reason = g.ruled_reason
FROM given g WHERE dispute.case_id = g.case_id AND dispute.ruled_at IS NULL;

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

-- name: upheld_at
-- When a dispute of a department over a case was last decided against it.
SELECT max(ruled_at) FROM dispute WHERE case_id = $case_id AND department = $department::TEXT AND verdict = 'upheld';

-- name: reminded_at
-- When somebody last reminded of a case by hand.
SELECT max(happened_at) FROM case_event WHERE case_id = $case_id AND move = 'remind';

-- name: forget_simulated_open
-- Simulated cases leave the picture (they stay in the record).
DELETE FROM open_case WHERE source IN (SELECT source FROM source WHERE simulated);

-- name: forget_simulated_closed
-- Simulated cases leave the picture.
DELETE FROM closed_case WHERE source IN (SELECT source FROM source WHERE simulated);

-- name: forget_orphan_passings
-- Passings of cases that have left the picture.
DELETE FROM passing WHERE case_id NOT IN (SELECT case_id FROM every_case);

-- name: forget_orphan_disputes
-- Disputes of cases that have left the picture.
DELETE FROM dispute WHERE case_id NOT IN (SELECT case_id FROM every_case);

-- name: forget_orphan_pictures
-- Pictures of cases that have left the picture.
DELETE FROM evidence WHERE case_id NOT IN (SELECT case_id FROM every_case);

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
SELECT case_id, kind, address, district, department, holder, step, state, due_at, step_due_at, reported_at, closed_at, hops,
    step_at, sequence, category_kind, category_code, handled_at, asked, unanswered, extensions, suspended_until, exempt, supervised
FROM wanted_open($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
    $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ)
ORDER BY CASE state WHEN 'overdue' THEN 0 WHEN 'urgent' THEN 1 WHEN 'due' THEN 2 ELSE 3 END, due_at NULLS LAST, reported_at DESC, case_id
LIMIT $size OFFSET $skip;

-- name: board_mine
-- A page of somebody's own queue, the nearer of the step's clock and the limit first; what is asked of them may concern finished cases.
SELECT case_id, kind, address, district, department, holder, step, state, due_at, step_due_at, reported_at, closed_at, hops,
    step_at, sequence, category_kind, category_code, handled_at, asked, unanswered, extensions, suspended_until, exempt, supervised,
    least(late_at(due_at, exempt), step_due_at) AS clock_at FROM (
    FROM wanted_open($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
        $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ)
    UNION ALL BY NAME FROM wanted_closed($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
        $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ) WHERE asked IS NOT NULL
) WHERE is_mine(step, holder, asked, $my_steps::TEXT[], $my_holders::TEXT[], $my_asks::TEXT[])
ORDER BY clock_at NULLS LAST, reported_at, case_id LIMIT $size OFFSET $skip;

-- name: board_closed
-- A page of finished cases, newest first.
SELECT case_id, kind, address, district, department, holder, step, state, due_at, step_due_at, reported_at, closed_at, hops,
    step_at, sequence, category_kind, category_code, handled_at, asked, unanswered, extensions, suspended_until, exempt, supervised
FROM wanted_closed($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
    $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ)
WHERE ($closed_since::TIMESTAMPTZ IS NULL OR closed_at >= $closed_since)
ORDER BY reported_at DESC, case_id LIMIT $size OFFSET $skip;

-- name: count_open
-- How many unfinished cases pass the filter.
SELECT count(*) FROM wanted_open($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
    $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ);

-- name: count_mine
-- How many cases are in somebody's own queue and pass the filter.
SELECT (SELECT count(*) FROM wanted_open($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
        $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ)
    WHERE is_mine(step, holder, asked, $my_steps::TEXT[], $my_holders::TEXT[], $my_asks::TEXT[]))
    + (SELECT count(*) FROM wanted_closed($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
        $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ) WHERE list_contains($my_asks::TEXT[], asked));

-- name: count_closed
-- How many finished cases pass the filter.
SELECT count(*) FROM wanted_closed($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
    $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ)
WHERE ($closed_since::TIMESTAMPTZ IS NULL OR closed_at >= $closed_since);

-- name: export_open
-- Unfinished cases that pass the filter, for a download.
SELECT * EXCLUDE (rank) FROM wanted_open($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
    $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ) ORDER BY reported_at DESC, case_id LIMIT $size;

-- name: export_mine
-- The cases of somebody's own queue that pass the filter, for a download.
SELECT * EXCLUDE (rank) FROM (
    FROM wanted_open($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
        $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ)
    UNION ALL BY NAME FROM wanted_closed($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
        $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ) WHERE asked IS NOT NULL
) WHERE is_mine(step, holder, asked, $my_steps::TEXT[], $my_holders::TEXT[], $my_asks::TEXT[])
ORDER BY least(late_at(due_at, exempt), step_due_at) NULLS LAST, reported_at, case_id LIMIT $size;

-- name: export_closed
-- Finished cases that pass the filter, for a download.
SELECT * EXCLUDE (rank) FROM wanted_closed($kinds::TEXT[], $departments::TEXT[], $steps::TEXT[], $marks::TEXT[], $districts::TEXT[],
    $since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $words::TEXT, $moment::TIMESTAMPTZ)
WHERE ($closed_since::TIMESTAMPTZ IS NULL OR closed_at >= $closed_since) ORDER BY reported_at DESC, case_id LIMIT $size;

-- name: board_all
-- A page of unfinished and finished cases together, newest first. With `judged_since`: those whose deadline or closing fell between it and now.
SELECT case_id, kind, address, district, department, holder, step, state, due_at, step_due_at, reported_at, closed_at, hops,
    step_at, sequence, category_kind, category_code, handled_at, asked, unanswered, extensions, suspended_until, exempt, supervised FROM (
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
SELECT step, count(*) AS cases, count(*) FILTER (closed_at IS NULL AND late_at(due_at, exempt) < $moment::TIMESTAMPTZ) AS overdue,
    median(epoch($moment::TIMESTAMPTZ) - epoch(step_at)) AS waiting_s
FROM (
    SELECT step, step_at, due_at, exempt, closed_at FROM open_case
    UNION ALL SELECT step, step_at, due_at, exempt, coalesce(closed_at, step_at) FROM closed_case WHERE step = 'evaluate'
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
SELECT *, CASE WHEN step IN (SELECT step FROM step WHERE phase = 'done') THEN 'closed' ELSE mark(urgency, late_at(due_at, exempt), $moment::TIMESTAMPTZ) END AS state
FROM every_case WHERE case_id = $case_id;

-- name: stages
-- The stays of a case that have ended, in order.
SELECT step, holder, from_at, to_at, sequence, due_at FROM case_stage WHERE case_id = $case_id ORDER BY from_at;

-- name: acts
-- The acts on a case, in order.
SELECT version, sequence, happened_at, actor, move, from_step, to_step, holder, reason, payload, detail, due_was, due_at FROM case_event WHERE case_id = $case_id ORDER BY sequence;

-- name: same_place
-- Other cases within some metres, newest first. The few that count are found by cell and place alone; only they are then read whole.
WITH near AS (
    SELECT reported_at FROM every_case
    WHERE cell_x BETWEEN $cell_x::INTEGER - 1 AND $cell_x::INTEGER + 1 AND cell_y BETWEEN $cell_y::INTEGER - 1 AND $cell_y::INTEGER + 1
        AND reported_at <= $moment::TIMESTAMPTZ AND metres_between(lon, lat, $lon, $lat) <= $radius_m
    ORDER BY reported_at DESC LIMIT $size + 1
)
SELECT case_id, kind, address, step, reported_at, closed_at, due_at, lon, lat,
    CASE WHEN closed_at IS NOT NULL THEN 'closed' ELSE mark(urgency, late_at(due_at, exempt), $moment::TIMESTAMPTZ) END AS state,
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
    count(*) AS closed, count(*) FILTER (closed_at > late_at(due_at, exempt)) AS late
FROM closed_case WHERE closed_at >= $since::TIMESTAMPTZ AND closed_at < $until::TIMESTAMPTZ;

-- name: stock
-- One row: how many cases were open and how many of them overdue at a moment.
SELECT count(*) AS open, count(*) FILTER (due_at < $at::TIMESTAMPTZ) AS overdue FROM (
    SELECT late_at(due_at, exempt) AS due_at FROM open_case WHERE reported_at <= $at::TIMESTAMPTZ
    UNION ALL SELECT late_at(due_at, exempt) FROM closed_case WHERE reported_at <= $at::TIMESTAMPTZ AND closed_at > $at::TIMESTAMPTZ
);

-- name: stocks
-- Open and overdue at each of some moments.
SELECT t.at_moment, count(*) FILTER (c.reported_at <= t.at_moment) AS open,
    count(*) FILTER (c.reported_at <= t.at_moment AND c.due_at < t.at_moment) AS overdue
FROM (SELECT unnest($moments::TIMESTAMPTZ[]) AS at_moment) t
JOIN (
    SELECT reported_at, late_at(due_at, exempt) AS due_at, NULL::TIMESTAMPTZ AS closed_at FROM open_case
    UNION ALL SELECT reported_at, late_at(due_at, exempt), closed_at FROM closed_case WHERE closed_at > list_min($moments::TIMESTAMPTZ[])
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
    SELECT district, closed_at, late_at(due_at, exempt) AS due_at FROM closed_case
    WHERE due_at IS NOT NULL AND ((closed_at >= $since::TIMESTAMPTZ AND closed_at < $moment::TIMESTAMPTZ) OR (due_at >= $since::TIMESTAMPTZ AND due_at < $moment::TIMESTAMPTZ))
    UNION ALL SELECT district, NULL, late_at(due_at, exempt) FROM open_case WHERE due_at >= $since::TIMESTAMPTZ AND due_at < $moment::TIMESTAMPTZ
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
-- Simulated cases that somebody has to move: unfinished ones, and closed ones that wait for their evaluation. `twin` is an earlier
-- unfinished case of the same kind within 150 m and two hours, for cases just reported.
WITH twin AS (
    SELECT o.case_id, arg_min(t.case_id, t.reported_at) AS twin FROM open_case o JOIN open_case t ON t.source = o.source AND t.kind = o.kind
        AND t.reported_at < o.reported_at AND t.reported_at >= o.reported_at - INTERVAL 2 HOURS
        AND metres_between(t.lon, t.lat, o.lon, o.lat) <= 150
    WHERE o.step = 'collect' GROUP BY o.case_id
)
SELECT c.case_id, c.step, c.step_at, c.received_at, c.acted_at, c.version, c.sequence, c.holder, c.department, c.district, c.channel, c.urgency, c.kind,
    c.category_kind, c.category_code, c.due_at, c.handled_at, c.closed_at, c.hops, c.send_backs, c.reworks, c.reopenings, c.extensions, c.asked,
    c.unanswered, c.suspended_until, c.exempt, c.supervised, c.called_at, c.reached, c.solved, c.satisfied, t.twin
FROM (FROM open_case UNION ALL FROM closed_case WHERE step = 'evaluate') c JOIN source s USING (source) LEFT JOIN twin t USING (case_id)
WHERE s.simulated ORDER BY c.closed_at NULLS FIRST, c.step_at, c.case_id;
