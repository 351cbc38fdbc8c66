-- How much faster than the clock limits run, as it was last said; without a row they run as they are written. Only the copy of a drill says so.
CREATE TABLE limit_pace (sequence BIGINT NOT NULL, pace DOUBLE NOT NULL);

-- The clocks of the assignments made since a moment, as they stood at a later one, seconds, each with the group it counts in. What a team is
-- for is told as it was last entered: what teams did before is often entered with them.
CREATE MACRO clocks_at(moment, earliest, grouping) AS TABLE
SELECT a.assignment_id, a.case_id, a.team_id, a.assigned_at, c.kind,
    CASE grouping WHEN 'kind' THEN c.kind WHEN 'district' THEN c.district WHEN 'team' THEN a.team_id WHEN 'function' THEN t.function
        WHEN 'urgency' THEN c.urgency ELSE '' END AS "group",
    epoch(a.assigned_at) - epoch(c.reported_at) AS waiting, epoch(a.en_route_at) - epoch(a.assigned_at) AS turnout,
    epoch(a.on_scene_at) - epoch(a.en_route_at) AS travel, epoch(a.cleared_at) - epoch(a.on_scene_at) AS on_scene,
    epoch(a.on_scene_at) - epoch(c.reported_at) AS total
FROM assignments_at(moment) a JOIN every_case c USING (case_id)
LEFT JOIN (FROM team QUALIFY row_number() OVER (PARTITION BY team_id ORDER BY sequence DESC) = 1) t USING (team_id)
WHERE a.assigned_at >= earliest;
