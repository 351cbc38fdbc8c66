-- name: unfinished_near
-- Unfinished cases near a case or at its address, of its kind first, then the nearest.
SELECT case_id, kind, address, step, reported_at, CASE WHEN near THEN round(metres) END AS distance_m FROM (
    SELECT *, CASE WHEN lon = $lon AND lat = $lat THEN 0 ELSE metres_between(lon, lat, $lon, $lat) END AS metres,
        coalesce(cell_x BETWEEN $cell_x::INTEGER - 2 AND $cell_x::INTEGER + 2 AND cell_y BETWEEN $cell_y::INTEGER - 2 AND $cell_y::INTEGER + 2
            AND metres <= $radius_m, false) AS near
    FROM open_case WHERE case_id <> $case_id AND reported_at <= $moment::TIMESTAMPTZ
) WHERE near OR ($lon IS NULL AND address = $address::TEXT)
ORDER BY kind IS DISTINCT FROM $kind::TEXT, distance_m NULLS LAST, reported_at DESC LIMIT $size;

-- name: passings
-- How a case went from one department to another, in order; `lost_s` is how long it lay with the first and on its way.
SELECT from_department, to_department, received_at, passed_at, lost_s, ruled, comes_back FROM passing
WHERE case_id = $case_id AND passed_at <= $moment::TIMESTAMPTZ ORDER BY passed_at;

-- name: merged
-- The cases that were merged into a case, in the order they were reported.
SELECT case_id, kind, reported_at FROM every_case WHERE merged_into = $case_id ORDER BY reported_at, case_id;

-- name: pictures
-- The pictures of a case, each with the act that brought it.
SELECT e.checksum, e.sequence FROM evidence e JOIN case_event a USING (case_id, sequence) WHERE e.case_id = $case_id ORDER BY e.sequence, e.checksum;

-- name: loads
-- How many unfinished cases lie with each holder in some steps, most first.
SELECT holder, count(*) AS cases FROM open_case WHERE list_contains($steps::TEXT[], step) AND holder IS NOT NULL GROUP BY holder ORDER BY cases DESC, holder;
