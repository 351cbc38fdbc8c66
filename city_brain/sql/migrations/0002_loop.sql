-- The closed loop: what the moves of a case change, who passed it to whom, disputes, reminders, responsibilities.
-- The shape of the cases changes, so a picture that has events is derived anew from the record after this.

DROP VIEW every_case;
DROP TABLE open_case;
DROP TABLE closed_case;
DROP TABLE case_stage;
DROP TABLE case_event;
DROP TABLE step;

-- One row: whether this picture was made with an older shape and has to be derived anew.
CREATE TABLE reshaped AS SELECT count(*) > 0 AS wanted FROM event;

-- One row per step of the lifecycle, written from its table. `of` is which of the seven it belongs to; `limit_s` its own limit in clock
-- seconds, where it counts those.
CREATE TABLE step (step TEXT NOT NULL, position INTEGER NOT NULL, phase TEXT NOT NULL, "of" TEXT NOT NULL, holder TEXT, limit_s DOUBLE, rest BOOLEAN NOT NULL);

-- One row per unfinished case: what was reported (to `cell_y` and `flags`, `reports`), and how it stands (`cases.standing`).
CREATE TABLE open_case (
    case_id TEXT NOT NULL, source TEXT NOT NULL, step TEXT NOT NULL, holder TEXT, step_at TIMESTAMPTZ NOT NULL,
    urgency TEXT NOT NULL, kind TEXT, category_kind TEXT, category_code TEXT, title TEXT, description TEXT, address TEXT, outcome TEXT,
    department TEXT, district TEXT, street TEXT, community TEXT, channel TEXT,
    lon DOUBLE, lat DOUBLE, location TEXT NOT NULL, cell_x INTEGER, cell_y INTEGER,
    reported_at TIMESTAMPTZ NOT NULL, due_at TIMESTAMPTZ, closed_at TIMESTAMPTZ, acted_at TIMESTAMPTZ,
    flags TEXT, hops INTEGER NOT NULL DEFAULT 0, reports INTEGER NOT NULL DEFAULT 1, version INTEGER NOT NULL, sequence BIGINT NOT NULL,
    step_due_at TIMESTAMPTZ, first_department TEXT, received_at TIMESTAMPTZ, rule TEXT, time_limit TEXT,
    accepted_at TIMESTAMPTZ, filed_at TIMESTAMPTZ, dispatched_at TIMESTAMPTZ, handled_at TIMESTAMPTZ,
    send_backs INTEGER NOT NULL DEFAULT 0, reworks INTEGER NOT NULL DEFAULT 0, unanswered TEXT,
    extensions INTEGER NOT NULL DEFAULT 0, asked TEXT, asked_until TIMESTAMPTZ, suspended_until TIMESTAMPTZ, left_s DOUBLE,
    exempt BOOLEAN NOT NULL DEFAULT false, reopenings INTEGER NOT NULL DEFAULT 0, self_handled BOOLEAN NOT NULL DEFAULT false,
    merged_into TEXT, called_at TIMESTAMPTZ, reached BOOLEAN, solved BOOLEAN, satisfied BOOLEAN, grade TEXT,
    supervised BOOLEAN NOT NULL DEFAULT false
);

-- One row per finished case, same columns.
CREATE TABLE closed_case AS FROM open_case WITH NO DATA;

-- Both, unfinished and finished.
CREATE VIEW every_case AS FROM open_case UNION ALL FROM closed_case;

-- One row per stay of a case in a step that has ended, with the step's own deadline where it was known; the present stay is in the case itself.
CREATE TABLE case_stage (
    case_id TEXT NOT NULL, step TEXT NOT NULL, holder TEXT, from_at TIMESTAMPTZ NOT NULL, to_at TIMESTAMPTZ NOT NULL, sequence BIGINT NOT NULL,
    due_at TIMESTAMPTZ
);

-- One row per act on a case: who, when, what, from, to, why; `detail` is the kind of a send-back; the deadline of the case before and after.
CREATE TABLE case_event (
    case_id TEXT NOT NULL, version INTEGER NOT NULL, sequence BIGINT NOT NULL, happened_at TIMESTAMPTZ NOT NULL, actor TEXT NOT NULL,
    move TEXT NOT NULL, from_step TEXT, to_step TEXT NOT NULL, holder TEXT, reason TEXT, payload TEXT,
    detail TEXT, due_was TIMESTAMPTZ, due_at TIMESTAMPTZ
);

-- One row per time a case left one department for another: `lost_s` is how long it lay with the first and on its way, clock seconds.
CREATE TABLE passing (
    case_id TEXT NOT NULL, sequence BIGINT NOT NULL, from_department TEXT NOT NULL, to_department TEXT NOT NULL,
    received_at TIMESTAMPTZ NOT NULL, passed_at TIMESTAMPTZ NOT NULL, lost_s DOUBLE NOT NULL, ruled BOOLEAN NOT NULL, comes_back BOOLEAN NOT NULL
);

-- One row per dispute over who is responsible. `verdict` is reassigned, upheld or given_in; empty while nobody has ruled.
CREATE TABLE dispute (
    case_id TEXT NOT NULL, sequence BIGINT NOT NULL, asked_at TIMESTAMPTZ NOT NULL, department TEXT, instead TEXT, reason TEXT,
    due_at TIMESTAMPTZ, ruled_at TIMESTAMPTZ, verdict TEXT, ruled_department TEXT, ruled_by TEXT, ruled_reason TEXT
);

-- One row per reminder or escalation of a case's or a step's clock, and per supervision by a manager: to whom, at which share of the limit.
CREATE TABLE notice (
    case_id TEXT NOT NULL, sequence BIGINT NOT NULL, clock TEXT NOT NULL, percent INTEGER NOT NULL, addressee TEXT NOT NULL,
    due_at TIMESTAMPTZ, reached_at TIMESTAMPTZ NOT NULL, noticed_at TIMESTAMPTZ NOT NULL
);

-- One row per rule of who is responsible for what and where; `basis` is catalogue, class or ruling. A retired one stays with `until_at`.
CREATE TABLE responsibility (
    kind TEXT, code TEXT, source_type TEXT, area TEXT, lead TEXT NOT NULL, helpers TEXT, basis TEXT NOT NULL, since_at TIMESTAMPTZ,
    until_at TIMESTAMPTZ, sequence BIGINT, accepted_by TEXT
);

-- One row per day that is not as its weekday says: holidays and make-up days, of the State Council's table or set by a person.
CREATE TABLE holiday (day DATE NOT NULL, working BOOLEAN NOT NULL, name TEXT, basis TEXT NOT NULL);

-- One row per year whose holidays are known.
CREATE TABLE holiday_year (year INTEGER NOT NULL, basis TEXT NOT NULL);

-- One row per picture of a case, by its checksum under batches/.
CREATE TABLE evidence (checksum TEXT NOT NULL, case_id TEXT NOT NULL, sequence BIGINT NOT NULL);

-- One row per measure that counts in the composite score, with its weight, once a manager has set them.
CREATE TABLE score_weight (measure TEXT NOT NULL, weight DOUBLE NOT NULL);

-- One row per person or post: until when they have seen what changed for them.
CREATE TABLE desk (signature TEXT NOT NULL, seen_at TIMESTAMPTZ NOT NULL);

-- The deadline by which a case counts as overdue: none once an appeal was granted.
CREATE MACRO late_at(due_at, exempt) AS CASE WHEN NOT exempt THEN due_at END;

-- Whether a case waits for somebody: its step is one of theirs and (where told) they hold it, or they have to answer what is asked.
CREATE MACRO is_mine(step, holder, asked, steps, holders, asks) AS
    list_contains(steps, step) AND (holders IS NULL OR list_contains(holders, holder)) OR coalesce(list_contains(asks, asked), false);

-- The filters of the map, the queue and the board; a NULL filter lets everything through. `state` is the mark, or closed.
CREATE OR REPLACE MACRO wanted_open(kinds, departments, steps, marks, districts, since, until, words, moment) AS TABLE
SELECT *, mark(urgency, late_at(due_at, exempt), moment) AS state, attention(urgency, late_at(due_at, exempt), moment) AS rank FROM open_case
WHERE (kinds IS NULL OR list_contains(kinds, kind)) AND (departments IS NULL OR list_contains(departments, department))
    AND (steps IS NULL OR list_contains(steps, step)) AND (districts IS NULL OR list_contains(districts, district))
    AND (since IS NULL OR reported_at >= since) AND (until IS NULL OR reported_at < until)
    AND (marks IS NULL OR list_contains(marks, mark(urgency, late_at(due_at, exempt), moment)))
    AND (words IS NULL OR has_words(words, case_id, kind, title, description, address));
