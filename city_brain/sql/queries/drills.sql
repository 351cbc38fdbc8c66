-- name: figures
-- What a drill has raised and what became of it: cases, those closed (not rejected, merged or withdrawn), those past their deadline;
-- median seconds from report to dispatch, to having been handled and to closing (of those that came so far).
SELECT count(*) AS raised, count(*) FILTER (WHERE urgency = 'urgent') AS urgent,
    count(*) FILTER (WHERE closed_at IS NOT NULL AND NOT list_contains($void::TEXT[], step)) AS closed,
    count(*) FILTER (WHERE NOT coalesce(exempt, false) AND due_at < coalesce(handled_at, closed_at, $moment::TIMESTAMPTZ)) AS late,
    count(dispatched_at) AS dispatched, median(epoch(dispatched_at - reported_at)) AS dispatch_s,
    median(epoch(handled_at - reported_at)) AS handle_s,
    median(epoch(closed_at - reported_at)) FILTER (WHERE NOT list_contains($void::TEXT[], step)) AS close_s
FROM every_case WHERE source = $source;

-- name: acts
-- How many acts people have taken on cases since the copy was made; the simulated staff's and the clock's are not counted.
SELECT count(*) FROM case_event WHERE sequence > $after AND actor NOT LIKE '%:simulator' AND actor NOT LIKE '%:clock';
