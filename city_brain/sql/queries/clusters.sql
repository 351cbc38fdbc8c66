-- name: events
-- One row per matter with a cell of its own that was reported before a moment, and since one where it is given, in the order of their
-- reports: what clusters are looked for in. Merged reports are one matter, and what a rule of ours raised was reported by nobody.
-- `kind_group` is the major class of the catalogue, or the source's own type where there is none.
SELECT case_id AS id, reported_at, cell_x, cell_y, district, coalesce(left(category_code, 2), kind) AS kind_group, kind
FROM every_case WHERE cell_x IS NOT NULL AND merged_into IS NULL AND source <> 'alert_rules' AND reported_at < $until::TIMESTAMPTZ
    AND ($since::TIMESTAMPTZ IS NULL OR reported_at >= $since)
ORDER BY reported_at, case_id;
