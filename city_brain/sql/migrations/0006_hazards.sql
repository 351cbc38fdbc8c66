-- The risk register: hazards, how often each class is inspected, their history, the cases they raise, what closed cases propose.

-- One row per hazard (风险源) as it stands. `next_on` is the day by which it has to be inspected, a day of the city; `inspections` counts those
-- recorded here. `person` and `phone` are personal: queries mask them.
CREATE TABLE hazard (
    hazard_id TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, risk_class TEXT NOT NULL, state TEXT NOT NULL,
    lon DOUBLE NOT NULL, lat DOUBLE NOT NULL, district TEXT, street TEXT, address TEXT, department TEXT NOT NULL, person TEXT, phone TEXT,
    last_on DATE, next_on DATE NOT NULL, notes TEXT, source TEXT, last_result TEXT, inspections INTEGER NOT NULL, simulated BOOLEAN NOT NULL,
    sequence BIGINT NOT NULL, changed_at TIMESTAMPTZ NOT NULL
);

-- One row per class of risk whose cycle a manager has set, days from one inspection to the next.
CREATE TABLE hazard_cycle (risk_class TEXT NOT NULL, days INTEGER NOT NULL, set_at TIMESTAMPTZ NOT NULL, set_by TEXT NOT NULL);

-- One row per kind of hazard and code of the catalogue that tells of it, written from the project's table; `position` orders the kinds.
CREATE TABLE hazard_code (kind TEXT NOT NULL, code TEXT NOT NULL, position INTEGER NOT NULL);

-- One row per thing that happened to a hazard; `told` is JSON: what was found, changed, asked or given as a reason.
CREATE TABLE hazard_event (
    hazard_id TEXT NOT NULL, sequence BIGINT NOT NULL, happened_at TIMESTAMPTZ NOT NULL, actor TEXT NOT NULL, what TEXT NOT NULL, told TEXT NOT NULL
);

-- One row per case that a hazard raised: `why` is missed (an inspection, the `number`-th) or findings. `cleared_at`: the hazard was inspected since.
CREATE TABLE hazard_link (
    hazard_id TEXT NOT NULL, case_id TEXT NOT NULL, why TEXT NOT NULL, number INTEGER NOT NULL, raised_at TIMESTAMPTZ NOT NULL,
    cleared_at TIMESTAMPTZ, sequence BIGINT NOT NULL
);

-- One row per change that closed cases propose: raise or lower the class of a hazard, or enter a new one. `verdict` is accepted or declined.
CREATE TABLE hazard_proposal (
    proposal_id TEXT NOT NULL, change TEXT NOT NULL, hazard_id TEXT, kind TEXT NOT NULL, risk_class TEXT NOT NULL, lon DOUBLE NOT NULL,
    lat DOUBLE NOT NULL, district TEXT, address TEXT, cases TEXT[] NOT NULL, proposed_at TIMESTAMPTZ NOT NULL, simulated BOOLEAN NOT NULL,
    verdict TEXT, ruled_at TIMESTAMPTZ, ruled_by TEXT, reason TEXT, sequence BIGINT NOT NULL
);

-- How the inspection of a hazard stands on a day: closed, overdue, due (within seven days) or in_time.
CREATE MACRO condition(state, next_on, today) AS CASE
    WHEN state = 'closed' THEN 'closed' WHEN next_on < today THEN 'overdue' WHEN next_on <= today + INTERVAL 7 DAYS THEN 'due' ELSE 'in_time'
END;
