-- name: keep
-- Keep which pictures an act has added to a case.
INSERT INTO evidence BY NAME FROM given;

-- name: of_case
-- One row per picture of a case, in the order they were added.
SELECT checksum, sequence FROM evidence WHERE case_id = $case_id ORDER BY sequence, checksum;

-- name: stands
-- Whether a picture belongs to a case.
SELECT count(*) > 0 FROM evidence WHERE checksum = $checksum;

-- name: all
-- One row per picture, with the suffix of its file and the first event that names it.
SELECT checksum, '.jpg' AS suffix, min(sequence) AS sequence FROM evidence GROUP BY checksum ORDER BY sequence, checksum;
