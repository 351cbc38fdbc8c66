-- name: forget_shipped
-- Shipped rules about to be written anew.
DELETE FROM responsibility WHERE basis <> 'ruling';

-- name: keep
-- Rules of who is responsible.
INSERT INTO responsibility BY NAME FROM given;

-- name: end
-- A rule of the city ends where another takes its place.
UPDATE responsibility SET until_at = $moment::TIMESTAMPTZ WHERE basis = 'ruling' AND until_at IS NULL
    AND kind IS NOT DISTINCT FROM $kind::TEXT AND code IS NOT DISTINCT FROM $code::TEXT
    AND source_type IS NOT DISTINCT FROM $source_type::TEXT AND area IS NOT DISTINCT FROM $area::TEXT;

-- name: own
-- The city's own rule for a matter, if there is one.
SELECT lead FROM responsibility WHERE basis = 'ruling' AND until_at IS NULL
    AND kind IS NOT DISTINCT FROM $kind::TEXT AND code IS NOT DISTINCT FROM $code::TEXT
    AND source_type IS NOT DISTINCT FROM $source_type::TEXT AND area IS NOT DISTINCT FROM $area::TEXT;

-- name: own_in_force
-- The city's own rules that are in force.
SELECT kind, code, source_type, area, lead, helpers FROM responsibility WHERE basis = 'ruling' AND until_at IS NULL ORDER BY since_at;

-- name: own_rules
-- Every rule the city has set for itself, newest first.
SELECT kind, code, source_type, area, lead, helpers, since_at, until_at, accepted_by FROM responsibility WHERE basis = 'ruling' ORDER BY since_at DESC;

-- name: accuracy
-- One row: how many finished cases of a kind in a district some department handled in the end, and how many there were.
SELECT count(*) FILTER (department = $lead::TEXT) AS "right", count(*) AS "of" FROM closed_case
WHERE kind = $kind::TEXT AND ($district::TEXT IS NULL OR district = $district) AND reported_at >= $since::TIMESTAMPTZ AND department IS NOT NULL;

-- name: combinations
-- Kinds and districts that have cases, with how many.
SELECT category_kind, category_code, kind, district, count(*) AS cases, count(*) FILTER (closed_at IS NULL) AS open
FROM every_case GROUP BY ALL ORDER BY cases DESC, kind, district;

-- name: rulings
-- What rulings say of a kind in a district, and of a kind in the whole city where several districts were ruled alike.
WITH ruled AS (
    SELECT c.category_kind, c.category_code, c.kind, c.district, d.ruled_department, d.ruled_at
    FROM dispute d JOIN every_case c USING (case_id)
    WHERE d.verdict = 'reassigned' AND d.ruled_at <= $moment::TIMESTAMPTZ AND d.ruled_at > $moment::TIMESTAMPTZ - INTERVAL 180 DAYS
), counted AS (
    SELECT category_kind, category_code, kind, district AS area, ruled_department AS lead, count(*) AS rulings, min(ruled_at) AS first_at, max(ruled_at) AS last_at
    FROM ruled WHERE district IS NOT NULL GROUP BY ALL
    UNION ALL BY NAME
    SELECT category_kind, category_code, kind, NULL AS area, ruled_department AS lead, count(*) AS rulings, min(ruled_at) AS first_at, max(ruled_at) AS last_at
    FROM ruled GROUP BY ALL HAVING count(DISTINCT district) > 1
), alone AS (
    SELECT *, sum(rulings) OVER (PARTITION BY kind, area) AS "of" FROM counted
)
SELECT category_kind, category_code, kind, area, lead, rulings, "of"::BIGINT AS "of", first_at, last_at FROM alone
WHERE rulings >= $least AND rulings * 3 >= "of" * 2 ORDER BY rulings DESC, kind, area NULLS FIRST;

-- name: effects
-- What each rule of the city has done: how often cases of its matter changed departments, of those dispatched some days before it and since.
SELECT r.kind, r.code, r.source_type, r.area, r.lead, r.since_at, r.until_at,
    count(*) FILTER (c.dispatched_at < r.since_at) AS cases_before, avg(c.hops) FILTER (c.dispatched_at < r.since_at) AS hops_before,
    count(*) FILTER (c.dispatched_at >= r.since_at) AS cases_after, avg(c.hops) FILTER (c.dispatched_at >= r.since_at) AS hops_after
FROM responsibility r LEFT JOIN every_case c ON (r.area IS NULL OR c.district = r.area)
    AND (c.category_kind = r.kind AND c.category_code = r.code OR r.source_type = c.kind)
    AND c.dispatched_at >= r.since_at - to_days($days) AND c.dispatched_at < coalesce(r.until_at, $moment::TIMESTAMPTZ)
WHERE r.basis = 'ruling' AND r.since_at <= $moment::TIMESTAMPTZ
GROUP BY ALL ORDER BY r.since_at DESC;
