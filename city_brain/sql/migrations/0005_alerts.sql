-- Alerts: what the rules have raised, what became of it, the rules as the city has set them, readings of sensors.
-- Nothing here is ever updated: how an alert stands at a moment follows from its events up to then.

-- One row per alert as it was raised. `place` names where: a cell of `edge_m` metres (`cell_x`, `cell_y`), a district, a source, a post or a sensor.
-- `expected` is what was usual or forecast, `threshold` what had to be reached then; `group_id` is the first alert of the same matter nearby.
-- `cases` are the cases it counted, where it names them; `box` the square that was found (column, row and side in cells of 250 m) where that is
-- no analysis cell.
CREATE TABLE alert (
    alert_id TEXT NOT NULL, sequence BIGINT NOT NULL, raised_at TIMESTAMPTZ NOT NULL, raised_by TEXT NOT NULL, rule TEXT NOT NULL, severity TEXT NOT NULL,
    kind TEXT, scope TEXT NOT NULL, place TEXT NOT NULL, district TEXT, cell_x INTEGER, cell_y INTEGER, edge_m INTEGER, lon DOUBLE, lat DOUBLE,
    unit TEXT NOT NULL, threshold DOUBLE NOT NULL, expected DOUBLE, window_s DOUBLE, group_id TEXT NOT NULL, note TEXT,
    cases TEXT[] NOT NULL, box INTEGER[]
);

-- One row per thing that happened to an alert: raised, seen again, over, or a move of a person; `state` is where that left it.
CREATE TABLE alert_event (
    alert_id TEXT NOT NULL, sequence BIGINT NOT NULL, happened_at TIMESTAMPTZ NOT NULL, actor TEXT NOT NULL, move TEXT NOT NULL, state TEXT NOT NULL,
    observed DOUBLE, until TIMESTAMPTZ, judgement TEXT, case_id TEXT, reason TEXT
);

-- One row per time a manager set an alert rule; the last one of a rule is in force.
CREATE TABLE alert_rule (
    rule TEXT NOT NULL, sequence BIGINT NOT NULL, set_at TIMESTAMPTZ NOT NULL, set_by TEXT NOT NULL, threshold DOUBLE NOT NULL, times DOUBLE NOT NULL,
    severity TEXT NOT NULL, enabled BOOLEAN NOT NULL, reason TEXT NOT NULL
);

-- One row per reading of a sensor.
CREATE TABLE reading (
    sensor TEXT NOT NULL, sequence BIGINT NOT NULL, read_at TIMESTAMPTZ NOT NULL, value DOUBLE NOT NULL, unit TEXT NOT NULL, lon DOUBLE, lat DOUBLE, district TEXT
);

-- Every alert as it stood at a moment. `over_at` is when what it says was no longer so.
CREATE MACRO alerts_at(moment) AS TABLE
SELECT a.*, e.* EXCLUDE (alert_id) FROM alert a JOIN (
    SELECT alert_id, max_by(state, sequence) AS state, max(observed) AS observed, max(sequence) AS last_sequence,
        max(happened_at) FILTER (move IN ('raise', 'again')) AS last_at, count(*) FILTER (move IN ('raise', 'again')) AS repeats,
        max(happened_at) FILTER (move IN ('clear', 'over')) AS over_at, max(happened_at) AS touched_at,
        min(happened_at) FILTER (move NOT IN ('raise', 'again', 'wake', 'clear', 'over')) AS answered_at,
        max_by(until, sequence) AS shelved_until, max_by(judgement, sequence) AS judgement, max_by(case_id, sequence) AS case_id,
        max_by(reason, sequence) AS reason, max_by(actor, sequence) FILTER (move NOT IN ('raise', 'again', 'wake', 'clear', 'over')) AS held_by
    FROM alert_event WHERE happened_at <= moment GROUP BY alert_id
) e USING (alert_id);

-- What a case made of an alert says of it: it was right once the case was accepted, wrong where it was turned away.
CREATE MACRO verdict_of(judgement, step, accepted_at) AS CASE
    WHEN judgement IS NOT NULL THEN judgement WHEN step = 'rejected' THEN 'false' WHEN accepted_at IS NOT NULL THEN 'true' END;

-- Whether a report came from the public: neither from those who work for the city nor from its own rules.
CREATE OR REPLACE MACRO is_public(channel) AS channel IS NULL OR channel NOT IN ('inspector', 'video', 'sensor', 'superior', 'rule');
