-- name: keep_teams
-- Teams as they were entered or changed.
INSERT INTO team BY NAME FROM given;

-- name: keep_states
-- States that teams took on.
INSERT INTO team_state BY NAME FROM given;

-- name: keep_positions
-- Where teams were.
INSERT INTO team_position BY NAME FROM given;

-- name: forget_old_positions
-- Positions of more than a day before the latest.
DELETE FROM team_position WHERE measured_at < $latest::TIMESTAMPTZ - INTERVAL 1 DAY;

-- name: keep_assignments
-- Teams that were sent.
INSERT INTO assignment BY NAME FROM given;

-- name: keep_live
-- The same while they are at their case.
INSERT INTO live_assignment BY NAME FROM given;

-- name: end_live
-- Assignments that have ended.
DELETE FROM live_assignment WHERE assignment_id IN (SELECT unnest($assignments::TEXT[]));

-- name: keep_stages
-- How assignments went on.
INSERT INTO assignment_event BY NAME FROM given;

-- name: keep_pins
-- Cases pinned, or let go.
INSERT INTO case_pin BY NAME FROM given;

-- name: forget_assignments
-- Assignments of cases that have left with the demo city.
DELETE FROM assignment WHERE NOT EXISTS (FROM every_case c WHERE c.case_id = assignment.case_id);

-- name: forget_live
-- Those of them that were live.
DELETE FROM live_assignment WHERE NOT EXISTS (FROM assignment a WHERE a.assignment_id = live_assignment.assignment_id);

-- name: forget_stages
-- What became of them.
DELETE FROM assignment_event WHERE NOT EXISTS (FROM assignment a WHERE a.assignment_id = assignment_event.assignment_id);

-- name: forget_pins
-- Pins of cases that have left.
DELETE FROM case_pin WHERE NOT EXISTS (FROM every_case c WHERE c.case_id = case_pin.case_id);

-- name: forget_teams
-- Simulated teams.
DELETE FROM team WHERE simulated;

-- name: orphans
-- Live assignments whose team has left with the demo city, while their case stays.
SELECT assignment_id FROM live_assignment WHERE NOT EXISTS (FROM team t WHERE t.team_id = live_assignment.team_id) ORDER BY assignment_id;

-- name: stranded
-- Teams that count as at a case which has left.
SELECT team_id FROM (FROM team_state QUALIFY row_number() OVER (PARTITION BY team_id ORDER BY sequence DESC) = 1) s
WHERE state IN ('dispatched', 'en_route', 'on_scene') AND NOT EXISTS (FROM live_assignment l WHERE l.assignment_id = s.assignment_id) ORDER BY team_id;

-- name: forget_states
-- Their states.
DELETE FROM team_state WHERE NOT EXISTS (FROM team t WHERE t.team_id = team_state.team_id);

-- name: forget_positions
-- Their positions.
DELETE FROM team_position WHERE NOT EXISTS (FROM team t WHERE t.team_id = team_position.team_id);

-- name: timezone
-- The zone of the city.
SELECT timezone FROM city LIMIT 1;

-- name: team
-- One team as it stood at a moment.
FROM teams_at($moment::TIMESTAMPTZ) WHERE team_id = $team_id;

-- name: teams
-- Every team as it stood at a moment, with the case it was at.
SELECT t.* EXCLUDE (sequence, entered_at, assignment_id), CASE WHEN t.state IN ('dispatched', 'en_route', 'on_scene') THEN t.assignment_id END AS assignment_id,
    CASE WHEN t.state IN ('dispatched', 'en_route', 'on_scene') THEN a.case_id END AS case_id
FROM teams_at($moment::TIMESTAMPTZ) t LEFT JOIN assignment a USING (assignment_id) ORDER BY t.function, t.team_id;

-- name: counts
-- How many teams were in each state at a moment.
SELECT state, count(*) AS teams FROM teams_at($moment::TIMESTAMPTZ) GROUP BY state;

-- name: live_of_team
-- The case that a team is at now.
FROM live_assignment WHERE team_id = $team_id;

-- name: live_of_case
-- The teams that are at a case now.
SELECT team_id FROM live_assignment WHERE case_id = $case_id ORDER BY team_id;

-- name: live
-- Every team that is at a case now, with the step of the case.
SELECT l.assignment_id, l.case_id, l.team_id, c.step FROM live_assignment l LEFT JOIN every_case c USING (case_id) ORDER BY l.assignment_id;

-- name: assignment
-- One assignment as it stood at a moment.
FROM assignments_at($moment::TIMESTAMPTZ) WHERE assignment_id = $assignment_id;

-- name: assignments
-- Assignments as they stood at a moment, the newest first; of one case, one team, or those that were live.
SELECT * EXCLUDE (sequence) FROM assignments_at($moment::TIMESTAMPTZ)
WHERE ($case_id IS NULL OR case_id = $case_id) AND ($team_id IS NULL OR team_id = $team_id) AND (NOT $live OR ended_at IS NULL)
ORDER BY assigned_at DESC, assignment_id LIMIT $size;

-- name: news
-- Assignments of which something happened between two moments, as they stood at the later one: sent, arrived, ended.
SELECT assignment_id, case_id, team_id, assigned_at, assigned_by, on_scene_at, ended_at, ended FROM assignments_at($moment::TIMESTAMPTZ)
WHERE assigned_at > $since::TIMESTAMPTZ OR on_scene_at > $since::TIMESTAMPTZ OR ended_at > $since::TIMESTAMPTZ
ORDER BY greatest(assigned_at, on_scene_at, ended_at) DESC, assignment_id;

-- name: clear_teams
-- Teams that have been on their way back since before a moment.
SELECT team_id FROM teams_at($moment::TIMESTAMPTZ) WHERE state = 'clear' AND since <= $before::TIMESTAMPTZ ORDER BY team_id;

-- name: waiting
-- Unfinished cases with a point that are to be sent to somebody or are with a department, to which no team is sent and where none has done
-- its work since the case came to its step: that one waits for its department's report, and comes back when it is sent back.
SELECT c.case_id, c.kind, c.category_kind, c.category_code, c.urgency, c.step, c.holder, c.department, c.reported_at, c.due_at, c.lon, c.lat, c.district,
    c.address, c.step_at, c.sequence, p.pinned_at, p.pinned_by, p.pin_reason
FROM open_case c LEFT JOIN pins_at($moment::TIMESTAMPTZ) p USING (case_id) LEFT JOIN (
    SELECT case_id, bool_or(ended_at IS NULL) AS live, max(ended_at) FILTER (ended = 'cleared') AS cleared_at
    FROM assignments_at($moment::TIMESTAMPTZ) GROUP BY case_id
) a USING (case_id)
WHERE c.step IN ('dispatch', 'handle') AND c.location = 'point' AND c.reported_at <= $moment::TIMESTAMPTZ
    AND a.live IS NOT TRUE AND (a.cleared_at >= c.step_at) IS NOT TRUE
ORDER BY p.pinned_at NULLS LAST, c.urgency DESC, c.due_at NULLS LAST, c.reported_at, c.case_id LIMIT $size;

-- name: places
-- Where cases are.
SELECT case_id, lon, lat FROM every_case WHERE list_contains($case_ids::TEXT[], case_id) AND location = 'point';

-- name: unknown
-- Of some teams and cases the first that is not there.
SELECT 'team' AS what, number FROM (SELECT unnest($teams::TEXT[]) AS number) WHERE number NOT IN (SELECT team_id FROM team)
UNION ALL SELECT 'case', number FROM (SELECT unnest($cases::TEXT[]) AS number) WHERE number NOT IN (SELECT case_id FROM every_case) LIMIT 1;

-- name: handled
-- Cases of simulated sources with a point that were handled between two moments, as they were sent to their department.
SELECT c.case_id, c.category_kind, c.category_code, c.urgency, c.dispatched_at, c.handled_at, c.lon, c.lat
FROM every_case c JOIN source s USING (source)
WHERE s.simulated AND c.location = 'point' AND c.handled_at BETWEEN $since::TIMESTAMPTZ AND $until::TIMESTAMPTZ AND c.dispatched_at IS NOT NULL
ORDER BY c.handled_at, c.case_id;

-- name: alike
-- Open cases of the same kind reported within so many seconds and metres of a case, the nearest first, with a team that is there.
SELECT o.case_id, metres_between(o.lon, o.lat, c.lon, c.lat) AS distance_m, any_value(l.team_id) AS team_id
FROM open_case o JOIN every_case c ON c.case_id = $case_id AND o.kind = c.kind AND o.case_id <> c.case_id LEFT JOIN live_assignment l ON l.case_id = o.case_id
WHERE o.location = 'point' AND c.location = 'point' AND abs(epoch(o.reported_at) - epoch(c.reported_at)) <= $within_s
    AND metres_between(o.lon, o.lat, c.lon, c.lat) <= $radius_m
GROUP BY ALL ORDER BY distance_m, o.case_id;

-- name: response
-- Times of the assignments since a moment by group, seconds: median and 90th percentile, with how many are known.
SELECT "group", count(*) AS n,
    count(waiting) AS waiting_n, median(waiting) AS waiting_p50, quantile_cont(waiting, 0.9) AS waiting_p90,
    count(turnout) AS turnout_n, median(turnout) AS turnout_p50, quantile_cont(turnout, 0.9) AS turnout_p90,
    count(travel) AS travel_n, median(travel) AS travel_p50, quantile_cont(travel, 0.9) AS travel_p90,
    count(on_scene) AS on_scene_n, median(on_scene) AS on_scene_p50, quantile_cont(on_scene, 0.9) AS on_scene_p90,
    count(total) AS total_n, median(total) AS total_p50, quantile_cont(total, 0.9) AS total_p90
FROM clocks_at($moment::TIMESTAMPTZ, $since::TIMESTAMPTZ, $by) GROUP BY "group" ORDER BY n DESC, "group";

-- name: served
-- The assignments behind the times of one group, the last made first.
SELECT case_id, team_id, kind, assigned_at, waiting, turnout, travel, on_scene, total
FROM clocks_at($moment::TIMESTAMPTZ, $since::TIMESTAMPTZ, $by) WHERE "group" IS NOT DISTINCT FROM $group
ORDER BY assigned_at DESC, assignment_id;

-- name: overrules
-- How often another team was sent than was proposed since a moment, by whom and why, with how often any was proposed (`proposals`).
WITH told AS (FROM assignments_at($moment::TIMESTAMPTZ) WHERE recommended IS NOT NULL AND assigned_at >= $since::TIMESTAMPTZ)
SELECT recommended, team_id, reason, assigned_by, count(*) AS times, max(assigned_at) AS last_at, (SELECT count(*) FROM told) AS proposals
FROM told WHERE overruled GROUP BY ALL ORDER BY times DESC, last_at DESC, recommended, team_id, assigned_by;

-- name: preferred
-- Which team of a function was sent in a district against what was proposed, with a reason, and of how many such times.
SELECT t.function, c.district, a.team_id, count(*) AS times, sum(count(*)) OVER (PARTITION BY t.function, c.district) AS overrules
FROM assignments_at($moment::TIMESTAMPTZ) a JOIN every_case c USING (case_id) JOIN teams_at($moment::TIMESTAMPTZ) t USING (team_id)
WHERE a.overruled AND a.reason IS NOT NULL AND a.assigned_at >= $since::TIMESTAMPTZ
GROUP BY t.function, c.district, a.team_id ORDER BY t.function, c.district, times DESC, a.team_id;
