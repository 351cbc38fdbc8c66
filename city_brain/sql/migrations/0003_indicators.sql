-- What is counted about cases: one row per case and period, for the figures and for the rows behind them alike.

-- Unfinished cases as they are known at the moment looked at; playback puts another view in its place.
CREATE VIEW known_open AS FROM open_case;

-- The same of finished cases.
CREATE VIEW known_closed AS FROM closed_case;

-- Whether a report came from the public. Other words than the project's own are those of hotlines and apps.
CREATE MACRO is_public(channel) AS channel IS NULL OR channel NOT IN ('inspector', 'video', 'sensor', 'superior');

-- A moment of a case: none while it lies ahead, and never outside the time between its report and its closing, whatever a file says.
CREATE MACRO come(told, earliest, latest, moment) AS CASE
    WHEN told > moment THEN NULL WHEN told < earliest THEN earliest WHEN told > latest THEN latest ELSE told
END;

-- A moment, where it lies in a period.
CREATE MACRO falls(told, since, until) AS CASE WHEN told >= since AND told < until THEN told END;

-- Which stretch of some seconds since a first moment a moment lies in, from 0.
CREATE MACRO stretch(told, first, seconds) AS (epoch_us(told) - epoch_us(first)) // (seconds * 1000000);

-- What a case is shown as, unfinished or finished.
CREATE MACRO state_of(step, urgency, due_at, exempt, moment) AS CASE
    WHEN step IN ('evaluate', 'archived', 'rejected', 'merged', 'withdrawn') THEN 'closed' ELSE mark(urgency, late_at(due_at, exempt), moment)
END;

-- What a case is grouped by; what is not known of it is the group ''. `first_department` is who a case was sent to first (whoever has it,
-- where that is not known), `cell` one of the cells of 500 m.
CREATE MACRO group_of(grouping, department, first_department, district, street, kind, channel, cell_x, cell_y) AS CASE grouping
    WHEN 'department' THEN coalesce(department, '') WHEN 'first_department' THEN coalesce(first_department, department, '')
    WHEN 'district' THEN coalesce(district, '') WHEN 'street' THEN coalesce(street, '') WHEN 'kind' THEN coalesce(kind, '')
    WHEN 'channel' THEN coalesce(channel, '') WHEN 'cell' THEN coalesce((cell_x >> 1) || ',' || (cell_y >> 1), '')
END;

-- Whether a case is among the groups asked for: `among` has a list of groups by what cases are grouped by, or NULL where all are meant.
CREATE MACRO is_among(among, department, first_department, district, street, kind, channel, cell_x, cell_y) AS
    (among.department IS NULL OR list_contains(among.department::TEXT[], coalesce(department, '')))
    AND (among.first_department IS NULL OR list_contains(among.first_department::TEXT[], coalesce(first_department, department, '')))
    AND (among.district IS NULL OR list_contains(among.district::TEXT[], coalesce(district, '')))
    AND (among.street IS NULL OR list_contains(among.street::TEXT[], coalesce(street, '')))
    AND (among.kind IS NULL OR list_contains(among.kind::TEXT[], coalesce(kind, '')))
    AND (among.channel IS NULL OR list_contains(among.channel::TEXT[], coalesce(channel, '')))
    AND (among.cell IS NULL OR list_contains(among.cell::TEXT[], coalesce((cell_x >> 1) || ',' || (cell_y >> 1), '')));

-- Cases that may have something to count in a period. Finished before it are only those that a file says were closed before they were
-- reported, those without a time of closing, and those called back later: a branch each, so that every one of them skips what is far away.
CREATE MACRO countable(since, until, moment, among) AS TABLE FROM (
    FROM known_open WHERE reported_at < until AND reported_at <= moment
    UNION ALL FROM known_closed WHERE reported_at < until AND reported_at <= moment AND closed_at >= since
    UNION ALL FROM known_closed WHERE reported_at < until AND reported_at <= moment AND closed_at < since AND reported_at >= since
    UNION ALL FROM known_closed WHERE reported_at < since AND closed_at < since AND called_at >= since AND called_at < until
    UNION ALL FROM known_closed WHERE reported_at < until AND reported_at <= moment AND closed_at IS NULL
) WHERE is_among(among, department, first_department, district, street, kind, channel, cell_x, cell_y);

-- One row per case that may have something to count in a period, with every count of it: `<moment>__<count>` is how much the case adds to
-- a count in this period, and `<moment>_in` is the one moment this count of it belongs to, where that falls in the period. What each is
-- stands in `supervision.measures`. Nothing is read that was not known at the moment looked at.
-- A case of a file that does not tell its steps (`silent`) is unknown where they are needed, as of its report; what has no known deadline
-- is unknown as of its handling or closing (of its report while it lasts); `undated` says that it is closed, but not when.
-- `late` has the front steps that ended beyond their own clock (or without one), by case: the step that ended with the filing or the dispatch
-- says whether that was in time. `sent` are those a department has to handle, `kept` those that have to be closed; for both `timed` are those with a deadline, and those
-- exempt from it. `passed` is a deadline that has passed.
CREATE MACRO counted(since, until, moment, among) AS TABLE
WITH late AS (
    SELECT case_id, list(to_at) FILTER (step <> 'dispatch' AND due_at IS NOT NULL) AS filings, list(to_at) FILTER (due_at IS NULL) AS untimed,
        list(to_at) FILTER (step = 'dispatch' AND due_at IS NOT NULL) AS dispatches
    FROM case_stage
    WHERE to_at >= since AND to_at < until AND to_at <= moment AND step IN ('collect', 'confirm', 'file', 'dispatch') AND (due_at IS NULL OR to_at > due_at)
    GROUP BY case_id
), ended AS (
    SELECT *, step IN ('rejected', 'merged', 'withdrawn') AS void, late_at(due_at, exempt) AS deadline, due_at IS NOT NULL OR exempt AS timed,
        CASE WHEN closed_at <= moment THEN greatest(closed_at, reported_at) END AS closed
    FROM countable(since, until, moment, among)
), gone AS (
    SELECT *, step IN ('evaluate', 'archived') AND closed IS NULL AS undated, CASE WHEN deadline < moment AND step <> 'suspended' THEN greatest(deadline, reported_at) END AS passed,
        come(accepted_at, reported_at, closed, moment) AS accepted, come(filed_at, reported_at, closed, moment) AS filed,
        come(dispatched_at, reported_at, closed, moment) AS dispatched, come(called_at, reported_at, NULL, moment) AS called,
        coalesce(come(handled_at, reported_at, closed, moment), CASE WHEN NOT void THEN closed END) AS handled
    FROM ended
), told AS (SELECT *, accepted IS NULL AND step <> 'collect' AND NOT void AS silent FROM gone
), owed AS (
    SELECT *, NOT void AND NOT undated AND NOT self_handled AND (silent OR dispatched IS NOT NULL) AS sent,
        NOT void AND NOT undated AND (silent OR filed IS NOT NULL) AS kept
    FROM told
), dated AS (
    SELECT *, sent AND timed AS sent_timed, kept AND (timed OR self_handled) AS kept_timed, falls(reported_at, since, until) AS reported_in,
        falls(CASE WHEN silent THEN reported_at ELSE accepted END, since, until) AS accepted_in,
        falls(CASE WHEN silent THEN reported_at ELSE filed END, since, until) AS filed_in,
        falls(CASE WHEN silent THEN reported_at ELSE dispatched END, since, until) AS dispatched_in,
        falls(CASE WHEN sent THEN handled END, since, until) AS handled_in,
        falls(CASE
            WHEN sent_timed THEN least(handled, passed)
            WHEN undated OR sent AND (handled IS NOT NULL OR step IN ('handle', 'dispute')) THEN coalesce(handled, reported_at)
        END, since, until) AS judged_in,
        falls(CASE
            WHEN kept_timed THEN least(closed, passed)
            WHEN undated OR kept AND (closed IS NOT NULL OR step IN ('handle', 'dispute', 'report_back', 'verify')) THEN coalesce(closed, reported_at)
        END, since, until) AS closing_in,
        falls(called, since, until) AS called_in
    FROM owed
), timed AS (
    SELECT d.*, NOT silent AND filed = filed_at AND NOT coalesce(list_contains(l.untimed, filed_at), false) AS filing_timed,
        NOT silent AND dispatched = dispatched_at AND NOT coalesce(list_contains(l.untimed, dispatched_at), false) AS dispatch_timed,
        coalesce(list_contains(l.filings, filed_at), false) AS filing_late, coalesce(list_contains(l.dispatches, dispatched_at), false) AS dispatch_late
    FROM dated d LEFT JOIN late l USING (case_id)
)
SELECT *,
    (reported_in IS NOT NULL)::INTEGER AS reported__reports,
    (reported_in IS NOT NULL AND silent)::INTEGER AS reported__untold_reports,
    (reported_in IS NOT NULL AND NOT silent AND (accepted IS NOT NULL OR step = 'rejected'))::INTEGER AS reported__decided,
    (reported_in IS NOT NULL AND NOT silent AND accepted IS NOT NULL)::INTEGER AS reported__valid,
    (accepted_in IS NOT NULL AND silent)::INTEGER AS accepted__untold_accepted,
    (accepted_in IS NOT NULL AND NOT silent AND (filed IS NOT NULL OR step = 'rejected'))::INTEGER AS accepted__filing_decided,
    (accepted_in IS NOT NULL AND NOT silent AND filed IS NOT NULL)::INTEGER AS accepted__filed,
    (filed_in IS NOT NULL AND NOT filing_timed)::INTEGER AS filed__untimed_filings,
    (filed_in IS NOT NULL AND filing_timed)::INTEGER AS filed__filings,
    (filed_in IS NOT NULL AND filing_timed AND NOT filing_late)::INTEGER AS filed__filed_in_time,
    (dispatched_in IS NOT NULL AND silent)::INTEGER AS dispatched__untold_dispatches,
    (dispatched_in IS NOT NULL AND NOT silent)::INTEGER AS dispatched__dispatched,
    (dispatched_in IS NOT NULL AND NOT silent AND send_backs > reworks)::INTEGER AS dispatched__sent_back,
    CASE WHEN dispatched_in IS NOT NULL AND NOT silent THEN hops ELSE 0 END AS dispatched__hops,
    CASE WHEN dispatched_in IS NOT NULL AND NOT silent THEN hops * hops ELSE 0 END AS dispatched__hops_squared,
    (dispatched_in IS NOT NULL AND NOT dispatch_timed)::INTEGER AS dispatched__untimed_dispatches,
    (dispatched_in IS NOT NULL AND dispatch_timed)::INTEGER AS dispatched__dispatches,
    (dispatched_in IS NOT NULL AND dispatch_timed AND NOT dispatch_late)::INTEGER AS dispatched__dispatched_in_time,
    (handled_in IS NOT NULL AND first_department IS NULL)::INTEGER AS handled__untold_handled,
    (handled_in IS NOT NULL AND first_department IS NOT NULL)::INTEGER AS handled__told_handled,
    (handled_in IS NOT NULL AND first_department = department)::INTEGER AS handled__right_first,
    (judged_in IS NOT NULL AND NOT sent_timed)::INTEGER AS judged__unlimited_handling,
    (judged_in IS NOT NULL AND sent_timed)::INTEGER AS judged__to_handle,
    (judged_in IS NOT NULL AND sent_timed AND handled IS NOT NULL)::INTEGER AS judged__handled,
    (judged_in IS NOT NULL AND sent_timed AND (exempt OR handled <= deadline))::INTEGER AS judged__handled_in_time,
    (judged_in IS NOT NULL AND sent_timed AND handled IS NULL)::INTEGER AS judged__waiting_late,
    (judged_in IS NOT NULL AND (silent OR NOT sent_timed))::INTEGER AS judged__untold_handling,
    (judged_in IS NOT NULL AND NOT silent AND sent_timed)::INTEGER AS judged__told_to_handle,
    (judged_in IS NOT NULL AND NOT silent AND sent_timed AND extensions > 0)::INTEGER AS judged__extended,
    (closing_in IS NOT NULL AND NOT kept_timed)::INTEGER AS closing__unlimited_closing,
    (closing_in IS NOT NULL AND kept_timed)::INTEGER AS closing__to_close,
    (closing_in IS NOT NULL AND kept_timed AND closed IS NOT NULL)::INTEGER AS closing__closed,
    (closing_in IS NOT NULL AND kept_timed AND (deadline IS NULL AND closed IS NOT NULL OR closed <= deadline))::INTEGER AS closing__closed_in_time,
    (closing_in IS NOT NULL AND (silent OR NOT kept_timed))::INTEGER AS closing__untold_closing,
    (closing_in IS NOT NULL AND NOT silent AND kept_timed)::INTEGER AS closing__told_to_close,
    (closing_in IS NOT NULL AND NOT silent AND kept_timed AND reworks > 0)::INTEGER AS closing__reworked,
    (called_in IS NOT NULL)::INTEGER AS called__called,
    (called_in IS NOT NULL AND reached)::INTEGER AS called__reached,
    (called_in IS NOT NULL AND solved IS NULL)::INTEGER AS called__solved_unanswered,
    (called_in IS NOT NULL AND solved IS NOT NULL)::INTEGER AS called__solved_answers,
    (called_in IS NOT NULL AND solved)::INTEGER AS called__solved,
    (called_in IS NOT NULL AND satisfied IS NULL)::INTEGER AS called__satisfied_unanswered,
    (called_in IS NOT NULL AND satisfied IS NOT NULL)::INTEGER AS called__satisfied_answers,
    (called_in IS NOT NULL AND satisfied)::INTEGER AS called__satisfied
FROM timed;

-- The same of reports from the public: whether one of the same kind at the same address came within 30 days before it, in the words of the
-- reports. Which places were heard of twice is found by their hash, so that only those are put in order.
CREATE MACRO counted_repeats(since, until, moment, among) AS TABLE
WITH heard AS (
    SELECT *, hash(kind, address) AS spot FROM known_open
    WHERE reported_at >= since - INTERVAL 30 DAYS AND reported_at < until AND reported_at <= moment AND is_public(channel)
    UNION ALL SELECT *, hash(kind, address) AS spot FROM known_closed
    WHERE reported_at >= since - INTERVAL 30 DAYS AND reported_at < until AND reported_at <= moment AND is_public(channel)
), twice AS (SELECT spot FROM heard GROUP BY spot HAVING count(*) > 1
), again AS (
    SELECT case_id FROM (
        SELECT case_id, reported_at, lag(reported_at) OVER (PARTITION BY kind, address ORDER BY reported_at, case_id) AS before
        FROM heard WHERE spot IN (FROM twice) AND kind IS NOT NULL AND address IS NOT NULL
    ) WHERE reported_at >= since AND before >= reported_at - INTERVAL 30 DAYS
)
SELECT h.*, reported_at AS reported_in, (kind IS NULL OR address IS NULL)::INTEGER AS reported__unplaced,
    (kind IS NOT NULL AND address IS NOT NULL)::INTEGER AS reported__heard, (a.case_id IS NOT NULL)::INTEGER AS reported__repeated
FROM heard h LEFT JOIN again a USING (case_id)
WHERE reported_at >= since AND is_among(among, department, first_department, district, street, kind, channel, cell_x, cell_y);

-- One row per stay of a case with one of the posts that ended in a period, with the case; `due_at` of the stay is `stay_due_at`.
CREATE MACRO counted_stays(since, until, moment, among) AS TABLE
SELECT c.*, s.holder AS post, s.step AS stay_step, s.from_at AS stay_from_at, s.to_at AS ended_in, s.due_at AS stay_due_at,
    (s.due_at IS NULL)::INTEGER AS ended__untimed_steps, (s.due_at IS NOT NULL)::INTEGER AS ended__steps, coalesce(s.to_at <= s.due_at, false)::INTEGER AS ended__steps_in_time
FROM case_stage s JOIN countable(since, until, moment, among) c USING (case_id)
WHERE s.to_at >= since AND s.to_at < until AND s.to_at <= moment AND s.holder IN ('acceptance', 'dispatcher', 'inspector');
