-- name: forget
-- Hazards about to be written anew.
DELETE FROM hazard WHERE hazard_id IN (SELECT unnest($hazard_ids::TEXT[]));

-- name: keep
-- Hazards as the last act on each leaves them.
INSERT INTO hazard BY NAME FROM given;

-- name: keep_events
-- What happened to hazards.
INSERT INTO hazard_event BY NAME FROM given;

-- name: keep_links
-- Cases that hazards raised.
INSERT INTO hazard_link BY NAME FROM given;

-- name: clear_links
-- The missed inspections of hazards that have been inspected.
UPDATE hazard_link SET cleared_at = g.happened_at FROM given g
WHERE hazard_link.hazard_id = g.hazard_id AND hazard_link.why = 'missed' AND hazard_link.cleared_at IS NULL;

-- name: keep_proposals
-- What closed cases propose.
INSERT INTO hazard_proposal BY NAME FROM given;

-- name: keep_rulings
-- What became of proposals.
UPDATE hazard_proposal SET verdict = g.verdict, ruled_at = g.ruled_at, ruled_by = g.ruled_by, reason = g.reason
FROM given g WHERE hazard_proposal.proposal_id = g.proposal_id;

-- name: forget_cycles
-- Cycles about to be set.
DELETE FROM hazard_cycle;

-- name: keep_cycles
-- The days between two inspections of each class.
INSERT INTO hazard_cycle BY NAME FROM given;

-- name: move_next
-- The next inspections of hazards whose cycle has changed.
UPDATE hazard SET next_on = g.next_on FROM given g WHERE hazard.hazard_id = g.hazard_id;

-- name: forget_codes
-- The codes of the kinds, written anew at each start.
DELETE FROM hazard_code;

-- name: keep_codes
-- The codes of the kinds, from the project's own table.
INSERT INTO hazard_code BY NAME FROM given;

-- name: forget_simulated
-- Simulated hazards leave the picture with their city (they stay in the record).
DELETE FROM hazard WHERE simulated;

-- name: forget_orphan_events
-- What happened to hazards that have left the picture.
DELETE FROM hazard_event WHERE hazard_id NOT IN (SELECT hazard_id FROM hazard);

-- name: forget_orphan_links
-- Cases raised by hazards that have left the picture.
DELETE FROM hazard_link WHERE hazard_id NOT IN (SELECT hazard_id FROM hazard);

-- name: forget_simulated_proposals
-- Proposals of a simulated city.
DELETE FROM hazard_proposal WHERE simulated;

-- name: standing
-- Some hazards, whole.
FROM hazard WHERE hazard_id IN (SELECT unnest($hazard_ids::TEXT[]));

-- name: in_force
-- Every hazard that is not closed: what its next inspection depends on.
SELECT hazard_id, risk_class, last_on, next_on FROM hazard WHERE state <> 'closed' ORDER BY hazard_id;

-- name: cycles
-- The cycles a manager has set.
SELECT risk_class, days, set_at, set_by FROM hazard_cycle;

-- name: missed
-- Hazards whose inspection is overdue and has not raised its case, the gravest and then the latest first.
SELECT h.* FROM hazard h
WHERE h.state <> 'closed' AND h.next_on < $today::DATE AND NOT EXISTS (
    FROM hazard_link l WHERE l.hazard_id = h.hazard_id AND l.why = 'missed' AND l.cleared_at IS NULL)
ORDER BY list_position(['red', 'orange', 'yellow', 'blue'], h.risk_class), h.next_on, h.hazard_id LIMIT $size;

-- name: missed_numbers
-- How many inspections of a hazard have been missed so far.
SELECT count(*) FROM hazard_link WHERE hazard_id = $hazard_id AND why = $why;

-- name: waiting_links
-- Cases of missed inspections of a hazard that has not been inspected since.
SELECT case_id FROM hazard_link WHERE hazard_id = $hazard_id AND why = 'missed' AND cleared_at IS NULL;

-- name: proposal
-- One proposal.
FROM hazard_proposal WHERE proposal_id = $proposal_id;

-- name: register
-- Hazards of a filter with the condition of their inspection, in order of attention; a NULL filter lets everything through. `case_id` is the
-- case of a missed inspection, while nobody has inspected since.
WITH raised AS (SELECT hazard_id, max(case_id) AS case_id FROM hazard_link WHERE why = 'missed' AND cleared_at IS NULL GROUP BY hazard_id)
SELECT h.*, condition(h.state, h.next_on, $today::DATE) AS condition, r.case_id FROM hazard h LEFT JOIN raised r USING (hazard_id)
WHERE ($hazard_id::TEXT IS NULL OR h.hazard_id = $hazard_id)
    AND ($states::TEXT[] IS NULL OR list_contains($states, h.state)) AND ($classes::TEXT[] IS NULL OR list_contains($classes, h.risk_class))
    AND ($kinds::TEXT[] IS NULL OR list_contains($kinds, h.kind)) AND ($departments::TEXT[] IS NULL OR list_contains($departments, h.department))
    AND ($districts::TEXT[] IS NULL OR list_contains($districts, h.district))
    AND ($conditions::TEXT[] IS NULL OR list_contains($conditions, condition(h.state, h.next_on, $today::DATE)))
    AND ($day::DATE IS NULL OR h.next_on = $day AND h.state <> 'closed')
    AND ($words::TEXT IS NULL OR contains(lower(concat_ws(' ', h.hazard_id, h.name, h.address, h.notes)), lower($words)))
ORDER BY list_position(['overdue', 'due', 'in_time', 'closed'], condition(h.state, h.next_on, $today::DATE)), h.next_on,
    list_position(['red', 'orange', 'yellow', 'blue'], h.risk_class), h.hazard_id;

-- name: summary
-- One row: the figures of the register on a day.
SELECT count(*) FILTER (state <> 'closed') AS in_force, count(*) FILTER (condition(state, next_on, $today::DATE) = 'overdue') AS overdue,
    count(*) FILTER (condition(state, next_on, $today::DATE) = 'due') AS due,
    count(*) FILTER (state <> 'closed' AND risk_class IN ('red', 'orange')) AS grave, count(*) FILTER (state = 'under_treatment') AS under_treatment,
    count(*) FILTER (state = 'closed') AS closed, (SELECT count(*) FROM hazard_proposal WHERE verdict IS NULL) AS proposed,
    (SELECT count(*) FROM hazard_event WHERE what = 'inspected' AND happened_at > $moment::TIMESTAMPTZ - INTERVAL 30 DAYS AND happened_at <= $moment) AS inspected
FROM hazard;

-- name: days
-- Inspections that fall due on each day and class of a stretch of days.
SELECT next_on AS day, risk_class, count(*) AS hazards FROM hazard
WHERE state <> 'closed' AND next_on >= $since::DATE AND next_on < $until::DATE GROUP BY ALL ORDER BY ALL;

-- name: choices
-- What the filters offer: each kind, department and district with its hazards that are not closed.
SELECT 'kind' AS field, kind AS value, count(*) AS hazards FROM hazard WHERE state <> 'closed' GROUP BY ALL
UNION ALL SELECT 'department', department, count(*) FROM hazard WHERE state <> 'closed' GROUP BY ALL
UNION ALL SELECT 'district', district, count(*) FROM hazard WHERE state <> 'closed' AND district IS NOT NULL GROUP BY ALL
ORDER BY field, hazards DESC, value;

-- name: history
-- What happened to a hazard, newest first.
SELECT happened_at, actor, what, told, sequence FROM hazard_event WHERE hazard_id = $hazard_id ORDER BY happened_at DESC, sequence DESC;

-- name: links
-- The cases a hazard raised, newest first.
SELECT l.case_id, l.why, l.raised_at, l.cleared_at, c.step FROM hazard_link l LEFT JOIN every_case c USING (case_id)
WHERE l.hazard_id = $hazard_id ORDER BY l.raised_at DESC;

-- name: of_case
-- The hazard that raised a case.
SELECT h.hazard_id, h.name, h.kind, h.risk_class, l.why FROM hazard_link l JOIN hazard h USING (hazard_id) WHERE l.case_id = $case_id;

-- name: cases_near
-- Cases reported within some metres of a hazard since a moment, but for those it raised itself, newest first; `tells` whether its kind of case
-- tells of the hazard.
WITH spot AS (SELECT h.kind, h.lon, h.lat, cell_x(h.lon, 'point', c.lon, c.lat) AS x, cell_y(h.lat, 'point', c.lon, c.lat) AS y
    FROM hazard h, city c WHERE h.hazard_id = $hazard_id)
SELECT k.case_id, k.kind, k.district, k.address, k.lon, k.lat, k.step, k.reported_at, k.closed_at, k.due_at,
    CASE WHEN k.closed_at IS NOT NULL THEN 'closed' ELSE mark(k.urgency, late_at(k.due_at, k.exempt), $moment::TIMESTAMPTZ) END AS state,
    metres_between(k.lon, k.lat, s.lon, s.lat) AS distance_m, EXISTS (FROM hazard_code g WHERE g.kind = s.kind AND g.code = k.category_code) AS tells
FROM every_case k, spot s
WHERE k.cell_x BETWEEN s.x - 1 AND s.x + 1 AND k.cell_y BETWEEN s.y - 1 AND s.y + 1 AND k.reported_at >= $since::TIMESTAMPTZ
    AND k.reported_at <= $moment::TIMESTAMPTZ AND metres_between(k.lon, k.lat, s.lon, s.lat) <= $radius_m
    AND NOT EXISTS (FROM hazard_link l WHERE l.case_id = k.case_id)
ORDER BY k.reported_at DESC, k.case_id LIMIT $size;

-- name: proposals
-- What closed cases propose and nobody has ruled on, of registered hazards first, or what was ruled; newest first.
SELECT p.*, h.name AS hazard_name, h.risk_class AS present_class FROM hazard_proposal p LEFT JOIN hazard h USING (hazard_id)
WHERE (p.verdict IS NOT NULL) = $ruled ORDER BY NOT $ruled AND p.hazard_id IS NULL, coalesce(p.ruled_at, p.proposed_at) DESC, len(p.cases) DESC, p.proposal_id LIMIT $size;

-- name: closed_near
-- Cases closed since a moment that tell of a hazard: near it and of its kinds, or raised by what an inspection found. Cases before the last ruling on
-- the hazard, or of the proposal that entered it, have been ruled on; a hazard with an open proposal has none. `found` are those of an
-- inspection's findings.
WITH spot AS (
    SELECT h.hazard_id, h.kind, h.lon, h.lat, cell_x(h.lon, 'point', c.lon, c.lat) + dx AS cell_x, cell_y(h.lat, 'point', c.lon, c.lat) + dy AS cell_y
    FROM hazard h, city c, (SELECT unnest([-1, 0, 1]) AS dx), (SELECT unnest([-1, 0, 1]) AS dy) WHERE h.state <> 'closed'
), told AS (
    SELECT s.hazard_id, k.case_id, k.closed_at, k.step, false AS found FROM spot s JOIN hazard_code g ON g.kind = s.kind
    JOIN closed_case k ON k.cell_x = s.cell_x AND k.cell_y = s.cell_y AND k.category_code = g.code
    WHERE k.closed_at > $since::TIMESTAMPTZ AND metres_between(k.lon, k.lat, s.lon, s.lat) <= $radius_m
        AND NOT EXISTS (FROM hazard_link l WHERE l.case_id = k.case_id)
    UNION ALL SELECT l.hazard_id, k.case_id, k.closed_at, k.step, true FROM hazard_link l JOIN closed_case k USING (case_id) WHERE l.why = 'findings'
), ruled AS (SELECT hazard_id, max(ruled_at) AS at, bool_or(verdict IS NULL) AS waits FROM hazard_proposal GROUP BY hazard_id)
SELECT t.hazard_id, t.case_id, t.closed_at, t.found FROM told t LEFT JOIN ruled r USING (hazard_id)
WHERE t.closed_at > $since::TIMESTAMPTZ AND t.closed_at <= $moment::TIMESTAMPTZ AND t.step IN ('evaluate', 'archived')
    AND NOT coalesce(r.waits, false) AND (r.at IS NULL OR t.closed_at > r.at)
    AND t.case_id NOT IN (SELECT unnest(cases) FROM hazard_proposal WHERE change = 'enter' AND verdict IS NOT NULL)
ORDER BY t.hazard_id, t.closed_at DESC, t.case_id;

-- name: closed_elsewhere
-- Cases closed since a moment that tell of a kind of hazard where the register has none: metres east and north in the city's grid. Cases by
-- a proposal for the same place are left out, unless they were closed after it was declined.
WITH told AS (
    SELECT k.case_id, k.closed_at, k.lon, k.lat, k.cell_x, k.cell_y, k.district, k.address, g.kind FROM closed_case k
    JOIN (SELECT code, arg_min(kind, position) AS kind FROM hazard_code GROUP BY code) g ON g.code = k.category_code
    WHERE k.closed_at > $since::TIMESTAMPTZ AND k.closed_at <= $moment::TIMESTAMPTZ AND k.step IN ('evaluate', 'archived') AND k.cell_x IS NOT NULL
        AND NOT EXISTS (FROM hazard_link l WHERE l.case_id = k.case_id)
), taken AS (
    SELECT kind, lon, lat, NULL AS until FROM hazard WHERE state <> 'closed'
    UNION ALL SELECT kind, lon, lat, ruled_at FROM hazard_proposal WHERE change = 'enter' AND coalesce(verdict, '') <> 'accepted'
), near AS (
    SELECT t.*, dx, dy, cell_x(t.lon, 'point', c.lon, c.lat) + dx AS cell_x, cell_y(t.lat, 'point', c.lon, c.lat) + dy AS cell_y
    FROM taken t, city c, (SELECT unnest([-1, 0, 1]) AS dx), (SELECT unnest([-1, 0, 1]) AS dy)
)
SELECT t.kind, t.case_id, t.closed_at, t.lon, t.lat, t.district, t.address, east_m(t.lon, c.lon, c.lat) AS east, north_m(t.lat, c.lat) AS north
FROM told t, city c WHERE NOT EXISTS (
    FROM near n WHERE n.kind = t.kind AND n.cell_x = t.cell_x AND n.cell_y = t.cell_y AND (n.until IS NULL OR t.closed_at <= n.until)
        AND metres_between(n.lon, n.lat, t.lon, t.lat) <= $radius_m)
ORDER BY t.kind, t.closed_at DESC, t.case_id;

-- name: due_simulated
-- Simulated hazards to be inspected by a day, the longest waiting first.
SELECT hazard_id, next_on FROM hazard WHERE simulated AND state <> 'closed' AND next_on <= $today::DATE ORDER BY next_on, hazard_id;
