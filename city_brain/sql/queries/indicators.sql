-- name: counts
-- How much there is of each count in a period, by group: one row and the group NULL for the whole. `sent_first` is the group of what counts
-- for the department that a case was sent to first, where departments are asked for.
SELECT group_of($grouping::TEXT, department, first_department, district, street, kind, channel, cell_x, cell_y) AS grouped,
    CASE WHEN $grouping::TEXT = 'department' THEN coalesce(first_department, department, '') END AS sent_first,
    coalesce(sum(COLUMNS($columns)), 0)::BIGINT
FROM counted($since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $moment::TIMESTAMPTZ, $among) GROUP BY ALL;

-- name: counts_repeats
-- The same of reports that repeat an earlier one, by group.
SELECT group_of($grouping::TEXT, department, first_department, district, street, kind, channel, cell_x, cell_y) AS grouped,
    coalesce(sum(COLUMNS($columns)), 0)::BIGINT
FROM counted_repeats($since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $moment::TIMESTAMPTZ, $among) GROUP BY grouped;

-- name: counts_stays
-- The same of the stays with the posts, by post or by a group of their cases.
SELECT CASE WHEN $grouping::TEXT = 'post' THEN post
    ELSE group_of($grouping::TEXT, department, first_department, district, street, kind, channel, cell_x, cell_y) END AS grouped,
    coalesce(sum(COLUMNS($columns)), 0)::BIGINT
FROM counted_stays($since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $moment::TIMESTAMPTZ, $among) GROUP BY grouped;

-- name: series
-- How much there is of some counts in each stretch of some seconds since a moment; all of them go by the same moment of a case.
SELECT stretch(COLUMNS($goes_by), $first::TIMESTAMPTZ, $seconds::BIGINT) AS place, sum(COLUMNS($columns))::BIGINT
FROM counted($since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $moment::TIMESTAMPTZ, $among) WHERE COLUMNS($goes_by) IS NOT NULL GROUP BY place;

-- name: series_repeats
-- The same of reports that repeat an earlier one.
SELECT stretch(COLUMNS($goes_by), $first::TIMESTAMPTZ, $seconds::BIGINT) AS place, sum(COLUMNS($columns))::BIGINT
FROM counted_repeats($since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $moment::TIMESTAMPTZ, $among) GROUP BY place;

-- name: series_stays
-- The same of the stays with the posts.
SELECT stretch(COLUMNS($goes_by), $first::TIMESTAMPTZ, $seconds::BIGINT) AS place, sum(COLUMNS($columns))::BIGINT
FROM counted_stays($since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $moment::TIMESTAMPTZ, $among) GROUP BY place;

-- name: rows
-- A page of the cases behind one count, reported last first, with how much each adds to it. The counts are made before any is left out:
-- DuckDB would look for them in the tables with the whole of their formulas, several times over.
WITH counts AS MATERIALIZED (
    SELECT case_id, kind, address, district, department, holder, step, state_of(step, urgency, due_at, exempt, $moment::TIMESTAMPTZ) AS state,
        due_at, step_due_at, reported_at, closed_at, hops, COLUMNS($column) AS amount
    FROM counted($since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $moment::TIMESTAMPTZ, $among)
)
FROM counts WHERE amount > 0 ORDER BY reported_at DESC, case_id LIMIT $size OFFSET $skip;

-- name: rows_repeats
-- The same of reports that repeat an earlier one.
WITH counts AS MATERIALIZED (
    SELECT case_id, kind, address, district, department, holder, step, state_of(step, urgency, due_at, exempt, $moment::TIMESTAMPTZ) AS state,
        due_at, step_due_at, reported_at, closed_at, hops, COLUMNS($column) AS amount
    FROM counted_repeats($since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $moment::TIMESTAMPTZ, $among)
)
FROM counts WHERE amount > 0 ORDER BY reported_at DESC, case_id LIMIT $size OFFSET $skip;

-- name: rows_stays
-- A page of the stays behind one count, ended last first, each with its case as it is now; of one post, or of all.
WITH counts AS MATERIALIZED (
    SELECT case_id, kind, address, district, department, holder, step, state_of(step, urgency, due_at, exempt, $moment::TIMESTAMPTZ) AS state,
        due_at, step_due_at, reported_at, closed_at, hops, COLUMNS($column) AS amount, post, stay_step,
        stay_from_at, ended_in AS stay_to_at, stay_due_at
    FROM counted_stays($since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $moment::TIMESTAMPTZ, $among)
    WHERE $post::TEXT IS NULL OR post = $post
)
FROM counts WHERE amount > 0 ORDER BY stay_to_at DESC, case_id LIMIT $size OFFSET $skip;

-- name: count_rows
-- How many cases are behind one count.
SELECT count(*) FILTER (COLUMNS($column) > 0) FROM counted($since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $moment::TIMESTAMPTZ, $among);

-- name: count_rows_repeats
-- The same of reports that repeat an earlier one.
SELECT count(*) FILTER (COLUMNS($column) > 0) FROM counted_repeats($since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $moment::TIMESTAMPTZ, $among);

-- name: count_rows_stays
-- How many stays are behind one count, of one post or of all.
SELECT count(*) FILTER (COLUMNS($column) > 0) FROM counted_stays($since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $moment::TIMESTAMPTZ, $among)
WHERE $post::TEXT IS NULL OR post = $post;

-- name: look_back_changed
-- Cases that were there at the moment of the playback and have changed since.
CREATE OR REPLACE TEMP TABLE changed_since AS
SELECT case_id, reported_at FROM city.main.open_case
WHERE reported_at <= getvariable('as_of') AND (step_at > getvariable('as_of') OR acted_at > getvariable('as_of'))
UNION ALL SELECT case_id, reported_at FROM city.main.closed_case
WHERE reported_at <= getvariable('as_of') AND (closed_at > getvariable('as_of') OR acted_at > getvariable('as_of'));

-- name: look_back_since
-- When the first of them was reported: no older stay needs to be read.
SET VARIABLE told_since = (SELECT min(reported_at) FROM temp.main.changed_since);

-- name: look_back_stood
-- How the last move up to the moment left each of them, as its event says. Cases that a file brought have none before their first move.
CREATE OR REPLACE TEMP TABLE stood AS
SELECT case_id, unnest(from_json(after, '{"department": "VARCHAR", "first_department": "VARCHAR", "due_at": "TIMESTAMPTZ", "accepted_at": "TIMESTAMPTZ",
    "filed_at": "TIMESTAMPTZ", "dispatched_at": "TIMESTAMPTZ", "handled_at": "TIMESTAMPTZ", "closed_at": "TIMESTAMPTZ", "hops": "INTEGER",
    "send_backs": "INTEGER", "reworks": "INTEGER", "extensions": "INTEGER", "exempt": "BOOLEAN", "self_handled": "BOOLEAN",
    "called_at": "TIMESTAMPTZ", "reached": "BOOLEAN", "solved": "BOOLEAN", "satisfied": "BOOLEAN"}'))
FROM (
    SELECT substr(stream, 6) AS case_id, arg_max(payload, sequence)::JSON -> 'after' AS after FROM city.main.event
    WHERE kind = 'case.moved' AND happened_at >= getvariable('told_since') AND happened_at <= getvariable('as_of')
        AND substr(stream, 6) IN (SELECT case_id FROM temp.main.changed_since)
    GROUP BY stream
) WHERE after IS NOT NULL;

-- name: look_back_open
-- Cases that were unfinished at the moment of the playback or are now, with what their stays and acts tell of them up to then: the picture has what
-- became of them since. What is counted of a case when it is taken from a file (`cases.stage_cases`) is counted the same way here.
CREATE TEMP VIEW known_open AS
WITH stay AS (
    SELECT case_id, step, holder, from_at, to_at FROM city.main.case_stage
    WHERE from_at >= getvariable('told_since') AND from_at <= getvariable('as_of') AND case_id IN (SELECT case_id FROM temp.main.changed_since)
    UNION ALL SELECT case_id, step, holder, step_at, NULL FROM city.main.open_case
    WHERE step_at <= getvariable('as_of') AND case_id IN (SELECT case_id FROM temp.main.changed_since)
), way AS (
    SELECT case_id, list({'step': step, 'holder': holder, 'from_at': from_at} ORDER BY from_at, to_at NULLS LAST) AS stays FROM stay GROUP BY case_id
), told AS (
    SELECT *, list_filter(stays, lambda s: s.step = 'handle') AS handled, list_transform(stays, lambda s: s.step) AS steps FROM way
), turned AS (
    SELECT *, list_filter(handled, lambda s, i: i = 1 OR s.holder <> handled[i - 1].holder) AS turns,
        len(list_filter(steps, lambda s, i: s = 'handle' AND steps[i - 1] IN ('verify', 'report_back'))) AS redone,
        len(list_filter(steps, lambda s, i: s IN ('dispatch', 'dispute') AND steps[i - 1] = 'handle')) AS returned
    FROM told
), act AS (
    SELECT case_id,
        count(*) FILTER (move = 'grant_extension' AND happened_at > getvariable('as_of')) AS extended_since,
        bool_or(move = 'grant_appeal' AND happened_at <= getvariable('as_of')) AS exempted
    FROM city.main.case_event WHERE happened_at >= getvariable('told_since') AND case_id IN (SELECT case_id FROM temp.main.changed_since)
        AND move IN ('grant_extension', 'grant_appeal')
    GROUP BY case_id
)
SELECT o.* REPLACE (
    CASE WHEN w.case_id IS NOT NULL THEN w.department WHEN t.case_id IS NULL THEN o.department ELSE coalesce(t.handled[-1].holder, o.department) END AS department,
    CASE WHEN w.case_id IS NOT NULL THEN w.first_department WHEN o.dispatched_at <= getvariable('as_of') THEN o.first_department END AS first_department,
    CASE WHEN w.case_id IS NOT NULL THEN w.due_at ELSE o.due_at END AS due_at,
    CASE WHEN w.case_id IS NOT NULL THEN w.accepted_at ELSE o.accepted_at END AS accepted_at,
    CASE WHEN w.case_id IS NOT NULL THEN w.filed_at ELSE o.filed_at END AS filed_at,
    CASE WHEN w.case_id IS NOT NULL THEN w.dispatched_at ELSE o.dispatched_at END AS dispatched_at,
    CASE WHEN w.case_id IS NOT NULL THEN coalesce(w.hops, 0) WHEN t.case_id IS NULL THEN o.hops ELSE greatest(0, len(t.turns) - 1) END AS hops,
    CASE WHEN w.case_id IS NOT NULL THEN coalesce(w.reworks, 0) ELSE coalesce(t.redone, o.reworks) END AS reworks,
    CASE WHEN w.case_id IS NOT NULL THEN coalesce(w.send_backs, 0) ELSE coalesce(t.redone + t.returned, o.send_backs) END AS send_backs,
    CASE WHEN w.case_id IS NOT NULL THEN coalesce(w.extensions, 0) ELSE greatest(0, o.extensions - coalesce(a.extended_since, 0)) END AS extensions,
    CASE WHEN w.case_id IS NOT NULL THEN coalesce(w.exempt, false) ELSE o.exempt AND (t.case_id IS NULL OR coalesce(a.exempted, false)) END AS exempt,
    CASE WHEN w.case_id IS NOT NULL THEN w.handled_at WHEN t.case_id IS NULL THEN o.handled_at WHEN o.step IN ('report_back', 'verify', 'evaluate', 'archived') THEN
        coalesce(list_filter(t.stays, lambda s: s.step = 'report_back')[-1].from_at, CASE WHEN o.handled_at <= getvariable('as_of') THEN o.handled_at END)
    END AS handled_at,
    CASE WHEN w.case_id IS NOT NULL THEN w.closed_at
        WHEN o.step IN ('evaluate', 'archived') THEN coalesce(list_filter(t.stays, lambda s: s.step = 'evaluate')[-1].from_at, o.step_at)
        WHEN o.step IN ('rejected', 'merged', 'withdrawn') THEN o.step_at END AS closed_at,
    CASE WHEN w.case_id IS NOT NULL THEN coalesce(w.self_handled, false) ELSE o.self_handled AND (t.case_id IS NULL OR o.step IN ('evaluate', 'archived')) END AS self_handled,
    CASE WHEN w.case_id IS NOT NULL THEN w.called_at ELSE o.called_at END AS called_at,
    CASE WHEN w.case_id IS NOT NULL THEN w.reached ELSE o.reached END AS reached,
    CASE WHEN w.case_id IS NOT NULL THEN w.solved ELSE o.solved END AS solved,
    CASE WHEN w.case_id IS NOT NULL THEN w.satisfied ELSE o.satisfied END AS satisfied
)
FROM temp.main.changed_case o LEFT JOIN turned t USING (case_id) LEFT JOIN act a USING (case_id) LEFT JOIN temp.main.stood w USING (case_id);

-- name: look_back_closed
-- Cases that were finished at the moment of the playback and have stayed so: an appeal that was granted since did not exempt them then, and who was called back
-- again had answered otherwise.
CREATE TEMP VIEW known_closed AS
SELECT c.* REPLACE (
    c.exempt AND c.case_id IN (SELECT case_id FROM temp.main.case_event WHERE move = 'grant_appeal') AS exempt,
    CASE WHEN w.case_id IS NOT NULL THEN w.called_at ELSE c.called_at END AS called_at,
    CASE WHEN w.case_id IS NOT NULL THEN w.reached ELSE c.reached END AS reached,
    CASE WHEN w.case_id IS NOT NULL THEN w.solved ELSE c.solved END AS solved,
    CASE WHEN w.case_id IS NOT NULL THEN w.satisfied ELSE c.satisfied END AS satisfied
)
FROM temp.main.settled_case c LEFT JOIN temp.main.stood w USING (case_id);
