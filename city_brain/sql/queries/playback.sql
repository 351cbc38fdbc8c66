-- name: moment
-- The moment this cursor looks at.
SET VARIABLE as_of = $moment::TIMESTAMPTZ;

-- name: changed_cases
-- Cases that were unfinished at the moment or are now, in the step they were in then: one that was reopened since was finished. A case of a
-- file whose steps are unknown was being handled.
CREATE TEMP VIEW changed_case AS
WITH alive AS (
    SELECT *, step_at <= getvariable('as_of') AS unmoved FROM city.main.open_case WHERE reported_at <= getvariable('as_of')
    UNION ALL
    SELECT *, false FROM city.main.closed_case WHERE reported_at <= getvariable('as_of') AND closed_at > getvariable('as_of')
), stay AS (
    SELECT case_id, last(step ORDER BY from_at) AS step, last(holder ORDER BY from_at) AS holder, max(from_at) AS from_at
    FROM city.main.case_stage WHERE from_at <= getvariable('as_of') AND to_at > getvariable('as_of') GROUP BY case_id
), deadline AS (
    SELECT case_id, bool_or(happened_at <= getvariable('as_of')) AS known, last(due_at ORDER BY sequence) FILTER (happened_at <= getvariable('as_of')) AS due_at,
        first(due_was ORDER BY sequence) FILTER (happened_at > getvariable('as_of')) AS due_was
    FROM city.main.case_event WHERE case_id IN (SELECT case_id FROM alive WHERE acted_at > getvariable('as_of'))
    GROUP BY case_id HAVING bool_or(happened_at > getvariable('as_of'))
)
SELECT a.* EXCLUDE (unmoved) REPLACE (
    CASE WHEN a.unmoved THEN a.step ELSE coalesce(s.step, 'handle') END AS step,
    CASE WHEN a.unmoved THEN a.holder WHEN s.step IS NULL THEN a.department ELSE s.holder END AS holder,
    CASE WHEN a.unmoved THEN a.step_at ELSE coalesce(s.from_at, a.reported_at) END AS step_at,
    CASE WHEN NOT a.unmoved AND s.step IN ('collect', 'confirm', 'file', 'dispatch') THEN NULL ELSE a.department END AS department,
    CASE WHEN d.case_id IS NULL THEN a.due_at WHEN d.known THEN d.due_at ELSE d.due_was END AS due_at,
    CASE WHEN a.unmoved THEN a.step_due_at END AS step_due_at,
    CASE WHEN NOT a.unmoved AND s.step IN (SELECT step FROM city.main.step WHERE phase = 'done') THEN s.from_at END AS closed_at,
    CASE WHEN a.unmoved THEN a.outcome END AS outcome,
    a.exempt AND a.case_id NOT IN (SELECT case_id FROM city.main.case_event WHERE move = 'grant_appeal' AND happened_at > getvariable('as_of')) AS exempt
)
FROM alive a LEFT JOIN stay s USING (case_id) LEFT JOIN deadline d USING (case_id);

-- name: settled_cases
-- Cases that were finished at the moment and have stayed so; one that has been archived since was still being evaluated.
CREATE TEMP VIEW settled_case AS
SELECT * REPLACE (
    CASE WHEN step = 'archived' AND step_at > getvariable('as_of') THEN 'evaluate' ELSE step END AS step,
    CASE WHEN step = 'archived' AND step_at > getvariable('as_of') THEN coalesce(closed_at, reported_at) ELSE step_at END AS step_at
)
FROM city.main.closed_case WHERE coalesce(closed_at, reported_at) <= getvariable('as_of');

-- name: open_cases
-- Cases that were unfinished at the moment.
CREATE TEMP VIEW open_case AS FROM temp.main.changed_case WHERE step NOT IN (SELECT step FROM city.main.step WHERE phase = 'done');

-- name: closed_cases
-- Cases that were finished at the moment.
CREATE TEMP VIEW closed_case AS FROM temp.main.settled_case
UNION ALL FROM temp.main.changed_case WHERE step IN (SELECT step FROM city.main.step WHERE phase = 'done');

-- name: every_case
-- Both, as they were.
CREATE TEMP VIEW every_case AS FROM temp.main.open_case UNION ALL FROM temp.main.closed_case;

-- name: case_stages
-- Stays that had ended by then, and those that ran then (their end unknown at the time: the moment itself).
CREATE TEMP VIEW case_stage AS
SELECT * FROM city.main.case_stage WHERE to_at <= getvariable('as_of');

-- name: case_events
-- Acts up to the moment.
CREATE TEMP VIEW case_event AS SELECT * FROM city.main.case_event WHERE happened_at <= getvariable('as_of');
