-- Teams, where they are, who was sent where, and what became of it. Rows are only added: how it stood at a moment follows from what was known
-- then. `live_assignment` alone follows the present, so that nobody is ever sent twice.

-- One row per time a team was entered or changed; the last one is in force. Shifts are HH:MM on the clock of the city.
CREATE TABLE team (
    team_id TEXT NOT NULL, sequence BIGINT NOT NULL, entered_at TIMESTAMPTZ NOT NULL, name_zh TEXT NOT NULL, name_en TEXT NOT NULL,
    function TEXT NOT NULL, department TEXT NOT NULL, size INTEGER NOT NULL, home_lon DOUBLE NOT NULL, home_lat DOUBLE NOT NULL,
    skills TEXT[] NOT NULL, shift_from TEXT, shift_until TEXT, simulated BOOLEAN NOT NULL
);

-- One row per state of a team, from the moment it took it on.
CREATE TABLE team_state (
    team_id TEXT NOT NULL, sequence BIGINT NOT NULL, since TIMESTAMPTZ NOT NULL, state TEXT NOT NULL, assignment_id TEXT, actor TEXT NOT NULL, reason TEXT
);

-- One row per position of a team in the last day, WGS-84 degrees.
CREATE TABLE team_position (team_id TEXT NOT NULL, sequence BIGINT NOT NULL, measured_at TIMESTAMPTZ NOT NULL, lon DOUBLE NOT NULL, lat DOUBLE NOT NULL);

-- One row per team sent to a case. `recommended` is the team that was proposed, where one was; `eta_s` and `distance_m` what was foreseen.
CREATE TABLE assignment (
    assignment_id TEXT NOT NULL, sequence BIGINT NOT NULL, case_id TEXT NOT NULL, team_id TEXT NOT NULL, assigned_at TIMESTAMPTZ NOT NULL,
    assigned_by TEXT NOT NULL, recommended TEXT, reason TEXT, eta_s DOUBLE, distance_m DOUBLE, travel TEXT
);

-- One row per stage of an assignment: en_route, on_scene, and how it ended (cleared, recalled, passed).
CREATE TABLE assignment_event (
    assignment_id TEXT NOT NULL, sequence BIGINT NOT NULL, stage TEXT NOT NULL, happened_at TIMESTAMPTZ NOT NULL, actor TEXT NOT NULL, reason TEXT
);

-- One row per team that is at a case now.
CREATE TABLE live_assignment (assignment_id TEXT NOT NULL, case_id TEXT NOT NULL, team_id TEXT NOT NULL, assigned_by TEXT NOT NULL);

-- One row per time a case was pinned to the top of the queue or let go; the last one is in force.
CREATE TABLE case_pin (case_id TEXT NOT NULL, sequence BIGINT NOT NULL, pinned BOOLEAN NOT NULL, pinned_at TIMESTAMPTZ NOT NULL, pinned_by TEXT NOT NULL, reason TEXT);

-- Assignments as they stood at a moment.
CREATE MACRO assignments_at(moment) AS TABLE
SELECT a.*, recommended IS NOT NULL AND recommended <> team_id AS overruled, e.* EXCLUDE (assignment_id) FROM assignment a LEFT JOIN (
    SELECT assignment_id, min(happened_at) FILTER (stage = 'en_route') AS en_route_at, min(happened_at) FILTER (stage = 'on_scene') AS on_scene_at,
        min(happened_at) FILTER (stage = 'cleared') AS cleared_at, max(happened_at) FILTER (stage NOT IN ('en_route', 'on_scene')) AS ended_at,
        max(stage) FILTER (stage NOT IN ('en_route', 'on_scene')) AS ended
    FROM assignment_event WHERE happened_at <= moment GROUP BY assignment_id
) e USING (assignment_id) WHERE a.assigned_at <= moment;

-- Teams as they stood at a moment, with their latest position.
CREATE MACRO teams_at(moment) AS TABLE
SELECT t.*, s.state, s.since, s.assignment_id, p.lon, p.lat, p.measured_at AS located_at
FROM (SELECT * FROM team WHERE entered_at <= moment QUALIFY row_number() OVER (PARTITION BY team_id ORDER BY sequence DESC) = 1) t
JOIN (SELECT * FROM team_state WHERE since <= moment QUALIFY row_number() OVER (PARTITION BY team_id ORDER BY sequence DESC) = 1) s USING (team_id)
LEFT JOIN (
    SELECT team_id, max_by(lon, measured_at) AS lon, max_by(lat, measured_at) AS lat, max(measured_at) AS measured_at
    FROM team_position WHERE measured_at <= moment GROUP BY team_id
) p USING (team_id);

-- Pins as they stood at a moment.
CREATE MACRO pins_at(moment) AS TABLE
SELECT case_id, pinned_at, pinned_by, reason AS pin_reason FROM (
    SELECT * FROM case_pin WHERE pinned_at <= moment QUALIFY row_number() OVER (PARTITION BY case_id ORDER BY sequence DESC) = 1
) WHERE pinned;
