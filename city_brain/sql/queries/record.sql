-- name: head
-- One row: sequence and hash of the last event the picture has.
SELECT sequence, hash FROM event ORDER BY sequence DESC LIMIT 1;

-- name: reshaped
-- Whether this picture was made with an older shape and has to be derived anew.
SELECT wanted FROM reshaped;

-- name: keep
-- Keep the picture's copy of events.
INSERT INTO event BY NAME SELECT * RENAME (payload_text AS payload) FROM given;

-- name: copies
-- One row per event after a sequence, in order.
SELECT * RENAME (payload AS payload_text) FROM event WHERE sequence > $after ORDER BY sequence LIMIT $size;

-- name: copy_hash
-- The hash of one event.
SELECT hash FROM event WHERE sequence = $sequence;

-- name: count
-- How many events the picture keeps.
SELECT count(*) FROM event;

-- name: tables
-- One row per table of the picture.
SELECT table_name AS name FROM duckdb_tables() WHERE database_name = current_database() AND NOT internal AND NOT temporary ORDER BY name;

-- name: fingerprint
-- One row: how many rows a table has, and a sum that depends on every value of it. Reads every block of the table.
SELECT count(*) AS rows, coalesce(sum(hash(t)), 0) AS digest FROM query_table($table) t;

-- name: kept_files
-- One row per file that the record speaks of, with the first event that does.
SELECT checksum, suffix, min(sequence) AS sequence FROM (
    SELECT sequence, payload ->> 'parquet' AS checksum, '.parquet' AS suffix FROM event WHERE kind = 'batch.loaded'
    UNION ALL SELECT sequence, payload ->> 'rejected', '.parquet' FROM event WHERE kind = 'batch.loaded'
    UNION ALL SELECT sequence, payload ->> 'geojson', '.geojson' FROM event WHERE kind = 'places.drawn'
    UNION ALL SELECT sequence, payload ->> 'cells', '.parquet' FROM event WHERE kind = 'risk.issued'
) WHERE checksum IS NOT NULL GROUP BY checksum, suffix ORDER BY sequence, checksum;
