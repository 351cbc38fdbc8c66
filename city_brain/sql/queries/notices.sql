-- name: running
-- Unfinished cases whose clocks run, with what is needed to say how far they are. A case that was suspended is told nothing of before it
-- came where it is: it had that already.
SELECT case_id, step, holder, step_at, step_due_at, coalesce(dispatched_at, reported_at) AS since,
    CASE WHEN step IN ('handle', 'dispute') THEN late_at(due_at, exempt) END AS due_at, time_limit, extensions,
    CASE WHEN suspended_until IS NOT NULL THEN step_at END AS resumed_at
FROM open_case WHERE (step_due_at IS NOT NULL OR due_at IS NOT NULL) AND step <> 'suspended' AND reported_at <= $moment::TIMESTAMPTZ;

-- name: given
-- The highest rung that each clock of some cases has had, by its deadline.
SELECT case_id, clock, due_at, max(percent) AS highest FROM notice WHERE list_contains($case_ids::TEXT[], case_id) GROUP BY ALL;

-- name: keep
-- Notices.
INSERT INTO notice BY NAME FROM given;

-- name: asleep
-- Suspended cases whose date has come.
SELECT case_id, sequence FROM open_case WHERE step = 'suspended' AND suspended_until <= $moment::TIMESTAMPTZ ORDER BY suspended_until LIMIT $size;

-- name: unevaluated
-- Closed cases that wait for their evaluation, the longest first. A case that only a file speaks of is nobody's to evaluate here.
FROM closed_case WHERE step = 'evaluate' ORDER BY step_at LIMIT $size;

-- name: forget_desks
-- Desks about to be written anew.
DELETE FROM desk WHERE list_contains($desks::TEXT[], signature);

-- name: keep_desks
-- Until when each desk has seen what changed for it.
INSERT INTO desk BY NAME FROM given;

-- name: forget_orphans
-- Notices of cases that have left the picture.
DELETE FROM notice WHERE case_id NOT IN (SELECT case_id FROM every_case);

-- name: of_case
-- The notices of a case, in order.
SELECT clock, percent, addressee, due_at, reached_at, noticed_at FROM notice WHERE case_id = $case_id AND noticed_at <= $moment::TIMESTAMPTZ
ORDER BY noticed_at, percent;

-- name: lately
-- Notices given since a moment, newest first.
SELECT n.case_id, c.kind, c.district, c.department, c.step, n.clock, n.percent, n.addressee, n.due_at, n.noticed_at
FROM notice n JOIN every_case c USING (case_id)
WHERE n.noticed_at >= $since::TIMESTAMPTZ AND n.noticed_at <= $moment::TIMESTAMPTZ ORDER BY n.noticed_at DESC, n.percent DESC LIMIT $size;

-- name: counts
-- How many notices were given since a moment, by rung and addressee, and how many of their cases are still unfinished.
SELECT percent, addressee, count(*) AS notices, count(DISTINCT case_id) AS cases, count(DISTINCT o.case_id) AS still_open
FROM notice n LEFT JOIN open_case o USING (case_id)
WHERE noticed_at >= $since::TIMESTAMPTZ AND noticed_at <= $moment::TIMESTAMPTZ GROUP BY percent, addressee ORDER BY percent DESC, notices DESC;

-- name: seen_at
-- Until when a desk has seen what changed for it.
SELECT seen_at FROM desk WHERE signature = $desk;

-- name: news
-- What changed for somebody since they last looked: acts of others that brought a case to them, took it from them or answered them (also
-- where the case lies with somebody else by then), and notices to them.
WITH act AS (
    SELECT case_id, happened_at, actor, move, NULL AS percent, CASE
        WHEN list_contains($asking::TEXT[], move) THEN 'asked'
        WHEN list_contains($answering::TEXT[], move) THEN 'answered'
        WHEN list_contains($back::TEXT[], move) THEN 'sent_back' ELSE 'arrived' END AS what
    FROM case_event
    WHERE happened_at > $since::TIMESTAMPTZ AND happened_at <= $moment::TIMESTAMPTZ AND actor <> $me
        AND (list_contains($holders::TEXT[], holder) AND (from_step IS DISTINCT FROM to_step
                OR list_contains($answering, move) AND NOT list_contains($judging::TEXT[], move) OR move IN ('remind', 'supervise'))
            OR list_contains($asking, move))
), lost AS (
    SELECT e.case_id, e.happened_at, e.actor, e.move, NULL AS percent, CASE WHEN list_contains($answering, e.move) THEN 'answered' ELSE 'taken' END AS what
    FROM case_event e JOIN case_stage s ON s.case_id = e.case_id AND s.sequence = e.sequence
    WHERE e.happened_at > $since::TIMESTAMPTZ AND e.happened_at <= $moment::TIMESTAMPTZ AND s.to_at > $since::TIMESTAMPTZ AND e.actor <> $me
        AND list_contains($taking::TEXT[], e.move) AND list_contains($holders, s.holder) AND NOT coalesce(list_contains($holders, e.holder), false)
    UNION ALL SELECT e.case_id, e.happened_at, e.actor, e.move, NULL, 'answered'
    FROM case_event e JOIN every_case c USING (case_id)
    WHERE e.happened_at > $since::TIMESTAMPTZ AND e.happened_at <= $moment::TIMESTAMPTZ AND e.actor <> $me
        AND list_contains($judging, e.move) AND list_contains($holders, c.department)
), told AS (
    SELECT case_id, noticed_at AS happened_at, 'system:clock' AS actor, NULL AS move, percent, 'noticed' AS what FROM notice
    WHERE noticed_at > $since::TIMESTAMPTZ AND noticed_at <= $moment::TIMESTAMPTZ AND list_contains($holders::TEXT[], addressee)
)
SELECT n.case_id, c.kind, c.district, n.what, n.move, n.percent, n.actor, n.happened_at
FROM (FROM act UNION ALL BY NAME FROM lost UNION ALL BY NAME FROM told) n JOIN every_case c USING (case_id) ORDER BY n.happened_at DESC, n.case_id LIMIT $size;
