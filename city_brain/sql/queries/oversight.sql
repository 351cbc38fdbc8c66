-- name: funnel
-- Cases in each step that is not at rest, in order: how many, how many beyond the step's own clock and beyond their limit, how long so far.
WITH present AS (
    SELECT step, step_at, step_due_at, late_at(due_at, exempt) < $moment::TIMESTAMPTZ AS overdue FROM open_case
    UNION ALL SELECT step, step_at, step_due_at, false FROM closed_case WHERE step = 'evaluate'
)
SELECT s.step, s."of", count(p.step) AS cases, count(*) FILTER (coalesce(p.step_due_at, p.step_at + to_seconds(s.limit_s)) < $moment::TIMESTAMPTZ) AS late,
    count(*) FILTER (p.overdue) AS overdue, median(epoch($moment::TIMESTAMPTZ) - epoch(p.step_at)) AS waiting_s,
    max(epoch($moment::TIMESTAMPTZ) - epoch(p.step_at)) AS longest_s
FROM step s LEFT JOIN present p USING (step) WHERE NOT s.rest GROUP BY s.step, s."of", s.position ORDER BY s.position;

-- name: overdue
-- Overdue cases by who has them and by class of lateness, which some hours divide.
WITH late AS (
    SELECT coalesce(holder, department, '') AS holder, epoch($moment::TIMESTAMPTZ) - epoch(due_at) AS late_s FROM open_case
    WHERE late_at(due_at, exempt) < $moment::TIMESTAMPTZ
)
SELECT holder, len(list_filter($hours::INTEGER[], lambda hours: late_s >= hours * 3600))::INTEGER AS lateness, count(*) AS cases
FROM late GROUP BY holder, lateness ORDER BY sum(count(*)) OVER (PARTITION BY holder) DESC, holder, lateness;

-- name: stuck
-- Unfinished cases that have been in their step the longest, against what is usual or at all. Usual is the median of the stays in the step
-- that ended since a moment; with the departments that of handling cases of this kind, where enough were closed.
WITH usual AS (
    SELECT step, median(epoch(to_at) - epoch(from_at)) AS step_s FROM case_stage
    WHERE to_at >= $since::TIMESTAMPTZ AND to_at <= $moment::TIMESTAMPTZ GROUP BY step
), usual_handling AS (
    SELECT 'handle' AS step, kind, median(epoch(handled_at) - epoch(dispatched_at)) AS kind_s FROM closed_case
    WHERE closed_at >= $since::TIMESTAMPTZ AND handled_at > dispatched_at GROUP BY kind HAVING count(*) >= $least
), waiting AS (
    SELECT *, epoch($moment::TIMESTAMPTZ) - epoch(step_at) AS waiting_s, coalesce(kind_s, step_s) AS usual_s
    FROM open_case LEFT JOIN usual USING (step) LEFT JOIN usual_handling USING (step, kind) WHERE step <> 'suspended'
)
SELECT case_id, kind, address, district, department, holder, step, state_of(step, urgency, due_at, exempt, $moment::TIMESTAMPTZ) AS state,
    due_at, step_due_at, reported_at, closed_at, hops, waiting_s, usual_s, waiting_s / nullif(usual_s, 0) AS ratio
FROM waiting ORDER BY CASE WHEN $relative THEN ratio ELSE waiting_s END DESC NULLS LAST, waiting_s DESC, case_id LIMIT $size;

-- name: pairs
-- Who passed cases on to whom in a period.
SELECT from_department, to_department, count(*) AS passes, count(DISTINCT case_id) AS cases, median(lost_s) AS lost_s, sum(lost_s) AS lost_total_s,
    count(*) FILTER (comes_back) AS comes_back
FROM passing WHERE passed_at >= $since::TIMESTAMPTZ AND passed_at < $until::TIMESTAMPTZ AND passed_at <= $moment::TIMESTAMPTZ
GROUP BY from_department, to_department ORDER BY passes DESC, lost_total_s DESC, from_department, to_department;

-- name: pair_rows
-- The passes from one department to another in a period, those that lost most first, with their cases. Which are shown is found first, so
-- that only those cases are read.
WITH shown AS (
    SELECT case_id, received_at, passed_at, lost_s, ruled, comes_back FROM passing
    WHERE passed_at >= $since::TIMESTAMPTZ AND passed_at < $until::TIMESTAMPTZ AND passed_at <= $moment::TIMESTAMPTZ
        AND from_department = $from_department AND to_department = $to_department
    ORDER BY lost_s DESC, case_id, passed_at LIMIT $size
)
SELECT case_id, c.kind, c.address, c.district, c.department, c.holder, c.step, state_of(c.step, c.urgency, c.due_at, c.exempt, $moment::TIMESTAMPTZ) AS state,
    c.due_at, c.step_due_at, c.reported_at, c.closed_at, c.hops, p.received_at, p.passed_at, p.lost_s, p.ruled, p.comes_back
FROM shown p JOIN every_case c USING (case_id) ORDER BY p.lost_s DESC, case_id, p.passed_at;

-- name: passed_on
-- One row: what was passed on in a period, how many cases of it came back to a department, and the time it took.
SELECT count(*) AS passes, count(DISTINCT case_id) AS cases, count(DISTINCT case_id) FILTER (comes_back) AS back_and_forth,
    coalesce(sum(lost_s), 0) AS lost_s
FROM passing WHERE passed_at >= $since::TIMESTAMPTZ AND passed_at < $until::TIMESTAMPTZ AND passed_at <= $moment::TIMESTAMPTZ;

-- name: dispatched
-- One row: the cases dispatched in a period, how many were passed on, the sum of their passes and of its squares.
SELECT coalesce(sum(dispatched__dispatched), 0)::BIGINT AS dispatched, count(*) FILTER (dispatched__hops > 0) AS passed_on,
    coalesce(sum(dispatched__hops), 0)::BIGINT AS total, coalesce(sum(dispatched__hops_squared), 0)::BIGINT AS squares
FROM counted($since::TIMESTAMPTZ, $until::TIMESTAMPTZ, $moment::TIMESTAMPTZ, $among);

-- name: disputes_open
-- Disputes that waited for a ruling at a moment, those to be ruled first on top.
SELECT d.case_id, c.kind, c.district, d.department, d.instead, d.reason, d.asked_at, d.due_at, NULL::TIMESTAMPTZ AS ruled_at, NULL::TEXT AS verdict,
    NULL::TEXT AS ruled_department, NULL::TEXT AS ruled_by
FROM dispute d JOIN open_case c USING (case_id)
WHERE d.asked_at <= $moment::TIMESTAMPTZ AND (d.ruled_at IS NULL OR d.ruled_at > $moment::TIMESTAMPTZ)
    AND ($since::TIMESTAMPTZ IS NULL OR d.asked_at >= $since)
ORDER BY d.due_at NULLS LAST, d.asked_at, d.case_id;

-- name: disputes_ruled
-- Disputes that had been ruled by a moment, newest first. Nobody disputes over a finished case: those that ended before need not be read.
SELECT d.case_id, c.kind, c.district, d.department, d.instead, d.reason, d.asked_at, d.due_at, d.ruled_at, d.verdict, d.ruled_department, d.ruled_by
FROM dispute d JOIN (
    SELECT case_id, kind, district FROM open_case
    UNION ALL SELECT case_id, kind, district FROM closed_case WHERE closed_at >= coalesce($since::TIMESTAMPTZ, '-infinity')
    UNION ALL SELECT case_id, kind, district FROM closed_case WHERE closed_at IS NULL
) c USING (case_id)
WHERE d.ruled_at <= $moment::TIMESTAMPTZ AND ($since::TIMESTAMPTZ IS NULL OR d.ruled_at >= $since)
ORDER BY d.ruled_at DESC, d.case_id;

-- name: weights
-- What counts how much in the composite score, as set last.
SELECT measure, weight FROM score_weight ORDER BY weight DESC, measure;
