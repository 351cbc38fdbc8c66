-- Each query is a check of the picture; its rows are what is wrong, and a whole picture gives none.

-- name: source_counts
-- Sources whose rows do not add up.
SELECT source, read, taken, known, quarantined FROM source WHERE read <> taken + known + quarantined ORDER BY source LIMIT 20;

-- name: source_incidents
-- Sources with more or fewer incidents than were taken.
SELECT source, taken, count(i.source) AS incidents FROM source s LEFT JOIN incident i USING (source)
GROUP BY source, taken HAVING incidents <> taken ORDER BY source LIMIT 20;

-- name: incident_sources
-- Sources that have incidents and are not known.
SELECT source, count(*) AS incidents FROM incident WHERE source NOT IN (SELECT source FROM source) GROUP BY source ORDER BY source LIMIT 20;

-- name: batch_counts
-- Files whose rows do not add up.
SELECT sequence, file_name AS file, read, taken, known, quarantined FROM batch WHERE read <> taken + known + quarantined ORDER BY sequence LIMIT 20;

-- name: quarantine_counts
-- Files with more or fewer rows in quarantine than were turned away.
SELECT b.sequence, b.file_name AS file, b.quarantined, count(q.sequence) AS rows FROM batch b LEFT JOIN quarantine q USING (sequence)
GROUP BY b.sequence, b.file_name, b.quarantined HAVING rows <> b.quarantined ORDER BY b.sequence LIMIT 20;

-- name: case_without_incident
-- Cases that nobody reported.
SELECT case_id AS "case" FROM every_case WHERE case_id NOT IN (SELECT case_id FROM incident) ORDER BY 1 LIMIT 20;

-- name: incident_without_case
-- Reports that have no case.
SELECT case_id AS "case" FROM incident WHERE case_id NOT IN (SELECT case_id FROM every_case) ORDER BY 1 LIMIT 20;

-- name: case_twice
-- Cases that are there more than once.
SELECT case_id AS "case", count(*) AS times FROM every_case GROUP BY case_id HAVING times > 1 ORDER BY 1 LIMIT 20;

-- name: case_misplaced
-- Unfinished cases among the finished ones, and the other way round.
SELECT case_id AS "case", c.step FROM (
    SELECT case_id, step, 'done' AS wrong FROM open_case UNION ALL SELECT case_id, step, NULL FROM closed_case
) c JOIN step s USING (step) WHERE (s.phase = 'done') = (c.wrong IS NOT NULL) ORDER BY 1 LIMIT 20;

-- name: case_of_no_event
-- Cases and files that speak of an event that the picture has no copy of.
SELECT sequence, count(*) AS cases FROM every_case WHERE sequence NOT IN (SELECT sequence FROM event) GROUP BY sequence ORDER BY sequence LIMIT 20;
