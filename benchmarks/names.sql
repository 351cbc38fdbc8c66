-- The made-up city itself, once its cases are drawn.
INSERT INTO city VALUES ('基准城', 'Benchmark city', 'Asia/Shanghai', $lon, $lat, 11, true, NULL);

INSERT INTO source SELECT 'benchmark', '基准', 'Benchmark', 'BEN', 'benchmark', 'Asia/Shanghai', 'wgs84', '', true, n, n, 0, 0, 0, $end::TIMESTAMPTZ
FROM (SELECT count(*) AS n FROM incident);

INSERT INTO kind SELECT kind || '-' || code, name_zh, name_en, kind, code FROM category;

INSERT INTO area (level, name, name_zh, name_en) SELECT DISTINCT 'district', district, district, district FROM closed_case WHERE district IS NOT NULL;

CHECKPOINT;
