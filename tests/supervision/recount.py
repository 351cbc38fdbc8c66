"""Every measure counted again, slowly and in plain Python, from the rows of the cases and of their stays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from city_brain.storage.city import City

Row = dict[str, Any]
VOID, CLOSED = ("rejected", "merged", "withdrawn"), ("evaluate", "archived")
FRONT = ("collect", "confirm", "file")
POSTS = ("acceptance", "dispatcher", "inspector")


class Counted(NamedTuple):
    """One case (or stay) on one side of one measure, at the moment it counts."""

    measure: str
    part: str
    at: datetime
    amount: int
    row: Row
    first: bool = False
    """Whether it counts for the department that was sent the case first."""


def rows_of(city: City, kind: str | None = None) -> tuple[list[Row], list[Row]]:
    """The cases and the ended stays, as the picture has them; of one kind, or of all."""
    cases = "FROM every_case WHERE $1 IS NULL OR kind = $1"
    with city.read() as cursor:
        return _rows(cursor, cases, kind), _rows(cursor, f"FROM case_stage WHERE $1 IS NULL OR case_id IN (SELECT case_id {cases})", kind)


def _rows(cursor: Any, statement: str, kind: str | None) -> list[Row]:
    answer = cursor._cursor.execute(statement, [kind])
    return [dict(zip([column[0] for column in answer.description], row, strict=True)) for row in answer.fetchall()]


def counted(city: City, moment: datetime, kind: str | None = None) -> list[Counted]:
    """Everything there is to count by a moment; of one kind, or of all."""
    cases, stays = rows_of(city, kind)
    stays = [stay for stay in stays if stay["to_at"] <= moment]
    cases = [case for case in cases if case["reported_at"] <= moment]
    by_case = defaultdict(list)
    for stay in stays:
        by_case[stay["case_id"]].append(stay)
    found = [one for case in cases for one in of_case(case, by_case[case["case_id"]], moment)]
    found += repeats(cases)
    numbered = {case["case_id"]: case for case in cases}
    for stay in stays:
        if stay["holder"] in POSTS:
            row, due = numbered[stay["case_id"]] | {"post": stay["holder"]}, stay["due_at"]
            found += sides("step_in_time", stay["to_at"], due and stay["to_at"] <= due, row, unknown=due is None)
    return found


def sides(measure: str, at: datetime, numerator: Any, row: Row, *, unknown: bool = False, first: bool = False) -> Iterator[Counted]:
    if unknown:
        yield Counted(measure, "unknown", at, 1, row, first)
        return
    yield Counted(measure, "denominator", at, 1, row, first)
    if numerator:
        yield Counted(measure, "numerator", at, int(numerator), row, first)


def of_case(case: Row, stays: list[Row], moment: datetime) -> Iterator[Counted]:
    step, reported = case["step"], case["reported_at"]
    end = case["closed_at"] if case["closed_at"] and case["closed_at"] <= moment else None
    end = max(end, reported) if end else None
    void, closed = step in VOID, step in CLOSED

    def come(name: str) -> datetime | None:
        at = case[name]
        if at is None or at > moment:
            return None
        return max(reported, min(at, end) if end else at)

    accepted, filed, dispatched, handled, called = map(come, ("accepted_at", "filed_at", "dispatched_at", "handled_at", "called_at"))
    called = max(case["called_at"], reported) if case["called_at"] and case["called_at"] <= moment else None
    knows = accepted is not None or step == "collect" or void
    undated = closed and end is None
    if handled is None and not void:
        handled = end

    yield from front(case, stays, knows, accepted, filed, dispatched)
    deadline = None if case["exempt"] else case["due_at"]
    passed = max(deadline, reported) if deadline and deadline < moment and step != "suspended" else None
    has_clock = case["due_at"] is not None or case["exempt"]

    sent = not void and not case["self_handled"] and (not knows or dispatched is not None) and not undated
    if sent and handled:
        yield from sides("dispatch_right", handled, case["first_department"] == case["department"], case,
                         unknown=case["first_department"] is None, first=True)  # fmt: skip
    if sent and has_clock:
        at = min(filter(None, (handled, passed)), default=None)
        if at:
            yield from sides("handled", at, handled is not None, case)
            yield from sides("handled_in_time", at, handled and (deadline is None or handled <= deadline), case)
            yield from sides("waiting_late", at, handled is None, case)
            yield from sides("extension", at, case["extensions"] > 0, case, unknown=not knows)
    elif undated or (sent and (handled or step in ("handle", "dispute"))):
        for measure in ("handled", "handled_in_time", "waiting_late", "extension"):
            yield from sides(measure, handled or reported, 0, case, unknown=True)

    kept = not void and not undated and (not knows or filed is not None)
    if kept and (has_clock or case["self_handled"]):
        at = min(filter(None, (end, passed)), default=None)
        if at:
            yield from sides("closed", at, end is not None, case)
            yield from sides("closed_in_time", at, end and (deadline is None or end <= deadline), case)
            yield from sides("rework", at, case["reworks"] > 0, case, unknown=not knows)
    elif undated or (kept and (end or step in ("handle", "dispute", "report_back", "verify"))):
        for measure in ("closed", "closed_in_time", "rework"):
            yield from sides(measure, end or reported, 0, case, unknown=True)

    if called:
        yield from sides("reached", called, case["reached"], case)
        yield from sides("solved", called, case["solved"], case, unknown=case["solved"] is None)
        yield from sides("satisfied", called, case["satisfied"], case, unknown=case["satisfied"] is None)


def front(
    case: Row, stays: list[Row], knows: bool, accepted: datetime | None, filed: datetime | None, dispatched: datetime | None
) -> Iterator[Counted]:
    """What is counted up to the dispatch."""
    reported, rejected = case["reported_at"], case["step"] == "rejected"
    if not knows:
        for measure in ("valid_reports", "filed", "filed_in_time"):
            yield from sides(measure, reported, 0, case, unknown=True)
        for measure in ("dispatched_in_time", "send_back", "hops"):
            yield from sides(measure, reported, 0, case, unknown=True, first=True)
        return
    if accepted or rejected:
        yield from sides("valid_reports", reported, accepted is not None, case)
    if accepted and (filed or rejected):
        yield from sides("filed", accepted, filed is not None, case)
    if filed:
        ends = [stay for stay in stays if stay["step"] in FRONT and stay["to_at"] == case["filed_at"]]
        late = any(stay["to_at"] > stay["due_at"] for stay in ends)
        yield from sides("filed_in_time", filed, not late, case, unknown=filed != case["filed_at"])
    if dispatched:
        ends = [stay for stay in stays if stay["step"] == "dispatch" and stay["to_at"] == case["dispatched_at"]]
        late = any(stay["to_at"] > stay["due_at"] for stay in ends)
        yield from sides("dispatched_in_time", dispatched, not late, case, unknown=dispatched != case["dispatched_at"], first=True)
        yield from sides("send_back", dispatched, case["send_backs"] - case["reworks"] > 0, case, first=True)
        yield from sides("hops", dispatched, case["hops"], case, first=True)


def repeats(cases: list[Row]) -> Iterator[Counted]:
    public = [case for case in cases if case["channel"] not in ("inspector", "video", "sensor", "superior")]
    public.sort(key=lambda case: (case["reported_at"], case["case_id"]))
    last: dict[tuple[str, str], datetime] = {}
    for case in public:
        if case["kind"] is None or case["address"] is None:
            yield from sides("repeat", case["reported_at"], 0, case, unknown=True)
            continue
        spot = case["kind"], case["address"]
        before = last.get(spot)
        again = before is not None and case["reported_at"] - before <= timedelta(days=30)
        yield from sides("repeat", case["reported_at"], again, case)
        last[spot] = case["reported_at"]


Figures = dict[tuple[str, str], tuple[int, int, int]]


def figures(found: list[Counted], since: datetime, until: datetime, by: str | None = None) -> Figures:
    """(group, measure) → numerator, denominator, unknown, of what falls in a period."""
    totals: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in found:
        if since <= one.at < until and (by == "post") == (one.measure == "step_in_time"):
            place = ("numerator", "denominator", "unknown").index(one.part)
            totals[group_of(one, by), one.measure][place] += one.amount
    return {key: tuple(counts) for key, counts in totals.items() if counts[1] or counts[2]}  # type: ignore[misc]


def group_of(one: Counted, by: str | None) -> str:
    if by is None:
        return ""
    if by == "department" and one.first:
        return one.row["first_department"] or one.row["department"] or ""
    if by == "cell":
        return "" if one.row["cell_x"] is None else f"{one.row['cell_x'] // 2},{one.row['cell_y'] // 2}"
    return one.row[by] or ""
