-- When a position came in: what is played back shows those that were known then.

ALTER TABLE team_position ADD COLUMN taken_at TIMESTAMPTZ;
UPDATE team_position SET taken_at = measured_at;

-- Teams as they stood at a moment, with the latest position that was known then.
CREATE OR REPLACE MACRO teams_at(moment) AS TABLE
SELECT t.*, s.state, s.since, s.assignment_id, p.lon, p.lat, p.measured_at AS located_at
FROM (SELECT * FROM team WHERE entered_at <= moment QUALIFY row_number() OVER (PARTITION BY team_id ORDER BY sequence DESC) = 1) t
JOIN (SELECT * FROM team_state WHERE since <= moment QUALIFY row_number() OVER (PARTITION BY team_id ORDER BY sequence DESC) = 1) s USING (team_id)
LEFT JOIN (
    SELECT team_id, max_by(lon, measured_at) AS lon, max_by(lat, measured_at) AS lat, max(measured_at) AS measured_at
    FROM team_position WHERE measured_at <= moment AND taken_at <= moment GROUP BY team_id
) p USING (team_id);
