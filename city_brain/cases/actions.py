"""The moves of a case: decided against what is now, then recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from city_brain import clock
from city_brain.cases import evidence, filing_rules, lifecycle, reading
from city_brain.cases.calendars import Calendar
from city_brain.cases.filing_rules import FilingRule
from city_brain.cases.lifecycle import LONGEST_SUSPENSION_DAYS, Move, Step
from city_brain.cases.standing import Standing, moved, step_due, unmet
from city_brain.errors import Fault, Stale
from city_brain.incidents import catalogue
from city_brain.incidents.model import check_written
from city_brain.record.events import Draft
from city_brain.roles import Actor, Right, refuse_in_playback, require
from city_brain.storage.city import Act, City
from city_brain.storage.cursor import Cursor

CLOCKS_DIFFER_S = 300
"""How far ahead of ours another clock may be, seconds."""
MOST_PICTURES = 6
REMINDED_FOR = timedelta(days=1)
"""How long a reminder by hand stands for a case."""


def advance(
    city: City,
    case_id: str,
    move: str,
    actor: Actor,
    fields: Mapping[str, str | None] | None = None,
    *,
    seen: int | None = None,
    happened_at: datetime | None = None,
) -> int:
    """Take one move with a case.

    Parameters
    ----------
    fields : mapping, optional
        What the move asks for, such as ``department``, ``kind``, ``reason``, ``outcome``; ``until`` is a date (2026-12-31) of the city,
        ``pictures`` are checksums of kept pictures, separated by blanks.
    seen : int, optional
        The `sequence` of the case the actor looked at: if somebody was faster, the act is refused.
    happened_at : datetime, optional
        When it was done, aware; now when not given.

    Returns
    -------
    int
        Sequence of the act.

    Raises
    ------
    NotFound, Stale, NotAllowed, Fault
        There is no such case; somebody was first; the role or the department may not; a field is missing, unknown or impossible; something
        the move needs is not so; the time cannot be.
    """
    refuse_in_playback(actor)
    given = {name: value.strip() for name, value in (fields or {}).items() if value and value.strip()}

    def decide(cursor: Cursor) -> Sequence[Draft]:
        decided = _decided(cursor, case_id, move, actor, given, seen=seen, happened_at=happened_at)
        return [decided.draft, *decided.beside]

    about = None if move in ("merge", "reconsider") else f"case:{case_id}"  # these touch another case too
    return city.record(Act(actor.signature, decide, about=about))


def drafted(
    cursor: Cursor, case_id: str, move: str, actor: Actor, fields: Mapping[str, str], *, seen: int | None = None
) -> Sequence[Draft]:
    """The events of a move, for an act that does something else beside it, all or nothing. Checks and faults are those of `advance`."""
    refuse_in_playback(actor)
    decided = _decided(cursor, case_id, move, actor, dict(fields), seen=seen)
    return [decided.draft, *decided.beside]


def advance_all(
    city: City, cases: Sequence[tuple[str, int | None]], move: str, actor: Actor, fields: Mapping[str, str | None] | None = None
) -> list[tuple[str, Fault | None]]:
    """Take one move with each of some cases, each for itself.

    Parameters
    ----------
    cases : sequence of (case_id, seen)

    Returns
    -------
    list of (case_id, Fault or None)
        What became of each, in the order given.
    """
    results: list[tuple[str, Fault | None]] = []
    for case_id, seen in cases:
        try:
            advance(city, case_id, move, actor, fields, seen=seen)
            results.append((case_id, None))
        except Fault as refused:
            results.append((case_id, refused))
    return results


def foresee(city: City, case_id: str, move: str, actor: Actor, fields: Mapping[str, str | None] | None = None) -> Standing:
    """How a case would stand after a move, without taking it.

    Raises
    ------
    NotFound, Stale, NotAllowed, Fault
        As `advance`.
    """
    refuse_in_playback(actor)
    given = {name: value.strip() for name, value in (fields or {}).items() if value and value.strip()}
    with city.read() as cursor:
        return _decided(cursor, case_id, move, actor, given).after


def set_pace(city: City, pace: float, actor: Actor) -> int:
    """Let limits that begin from now on run so much faster than the clock: for the copy of a drill. Returns the sequence of the act.

    Raises
    ------
    NotAllowed
        The role may not begin drills.
    """
    require(actor, Right.DRILL)
    return city.record(Act(actor.signature, lambda cursor: [Draft("calendar", "pace.set", clock.now(), {"pace": pace})]))


def set_days(city: City, days: Sequence[tuple[date, bool, str]], actor: Actor) -> int:
    """Say which days of the city are working days against their weekday: (day, working, name).

    Deadlines that stand already stay as they are. Returns the sequence of the act.
    """
    require(actor, Right.RULE)
    said = [{"day": day.isoformat(), "working": working, "name": name} for day, working, name in days]

    def decide(cursor: Cursor) -> Sequence[Draft]:
        return [Draft("calendar", "days.set", clock.now(), {"days": said})] if said else ()

    return city.record(Act(actor.signature, decide))


@dataclass(frozen=True, slots=True)
class _Decided:
    after: Standing
    draft: Draft
    beside: tuple[Draft, ...] = ()


def _decided(
    cursor: Cursor, case_id: str, move: str, actor: Actor, given: dict[str, str], *,
    seen: int | None = None, happened_at: datetime | None = None,
) -> _Decided:  # fmt: skip
    found = reading.case(cursor, case_id)
    if seen is not None and found["sequence"] != seen:
        raise _first_was(cursor, case_id, found["sequence"])
    moment, days = happened_at or clock.now(), reading.calendar(cursor)
    if moment.tzinfo is None:
        raise Fault("time_without_zone", at=moment.isoformat())
    before = _with_clock(Standing.of(found), days)
    missing = unmet(before, moment, named=given.get("instead") or given.get("department"))
    try:
        taken = lifecycle.take(
            before.step, move, actor, given, holder=before.whose, unanswered=before.unanswered is before.step, unmet=missing
        )
    except Stale as refused:
        raise _came_late(cursor, case_id, refused) from None
    _check_time(moment, before.step_at if happened_at else None)
    for field, value in given.items():
        check_written(field, value)
    rule = _rule(found, given)
    _check_departments(cursor, given)
    _check_again(cursor, case_id, taken, before, moment)
    pictures = _check_pictures(cursor, given)
    after = moved(before, taken, given, moment, days, rule, _until(given, moment, days))
    payload: dict[str, Any] = {
        "case_id": case_id, "move": taken.name, "from": before.step, "to": after.step, "holder": after.holder, "fields": given,
        "due_was": before.due_at, "after": after.kept(),
    } | ({"stay": {"holder": before.holder, "from_at": before.step_at, "due_at": before.step_due_at}} if taken.target else {})  # fmt: skip
    if pictures:
        payload["pictures"] = pictures
    if taken.name == "dispute":
        payload["ruling_due_at"] = after.step_due_at
    draft = Draft(f"case:{case_id}", "case.moved", moment, payload)
    return _Decided(after, draft, _beside(cursor, taken, found, given, moment))


def _with_clock(standing: Standing, days: Calendar) -> Standing:
    """A case that a file brought has no clock of its step yet."""
    return replace(standing, step_due_at=standing.step_due_at or step_due(standing.step, standing.step_at, days))


def _rule(found: Mapping[str, Any], given: Mapping[str, str]) -> FilingRule | None:
    if "rule" in given:
        chosen = filing_rules.rule(given["rule"])
        if chosen is None:
            raise Fault("no_rule", rule=given["rule"])
        possible = filing_rules.rules_of(found["category_kind"], found["category_code"])
        if chosen not in possible:
            raise Fault("rule_of_another", rule=given["rule"], rules=", ".join(one.rule for one in possible))
        return chosen
    return filing_rules.ordinary(found["category_kind"], found["category_code"])


def _check_departments(cursor: Cursor, given: Mapping[str, str]) -> None:
    for field in ("department", "instead"):
        if (
            field in given
            and given[field] not in catalogue.departments()
            and not cursor.value("incidents.has_department", department=given[field])
        ):
            raise Fault("no_department", department=given[field])


def _check_again(cursor: Cursor, case_id: str, taken: Move, before: Standing, moment: datetime) -> None:
    """What is not done twice: a dispute over a dispatch that was upheld, a reminder within a day."""
    if taken.name == "dispute":
        upheld = cursor.value("cases.upheld_at", case_id=case_id, department=before.department)
        if upheld is not None and (before.received_at is None or upheld >= before.received_at):
            raise Fault("dispute_upheld", at=upheld.isoformat(timespec="seconds"))
    if taken.name == "remind":
        reminded = cursor.value("cases.reminded_at", case_id=case_id)
        if reminded is not None and moment - reminded < REMINDED_FOR:
            raise Fault("reminded_already", at=reminded.isoformat(timespec="seconds"))


def _check_pictures(cursor: Cursor, given: Mapping[str, str]) -> list[str]:
    """Pictures that a move names are kept ones: the record never speaks of a file that is not there."""
    pictures = given.get("pictures", "").split()
    if len(pictures) > MOST_PICTURES:
        raise Fault("pictures_many", most=MOST_PICTURES)
    for name in pictures:
        if len(name) != 64 or set(name) - set("0123456789abcdef"):
            raise Fault("picture_unknown")
        cursor.kept_file(name, evidence.SUFFIX)
    return pictures


def _until(given: Mapping[str, str], moment: datetime, days: Calendar) -> datetime | None:
    """The end of a suspension: the morning of the day named, in the city."""
    if "until" not in given:
        return None
    try:
        end = datetime.combine(date.fromisoformat(given["until"]), time(8), days.zone)
    except ValueError:
        raise Fault("date_unreadable", value=given["until"]) from None
    if not moment < end <= moment + timedelta(days=LONGEST_SUSPENSION_DAYS):
        raise Fault("suspension_date", until=given["until"], days=LONGEST_SUSPENSION_DAYS)
    return end


def _beside(cursor: Cursor, taken: Move, found: Mapping[str, Any], given: Mapping[str, str], moment: datetime) -> tuple[Draft, ...]:
    """What else a move says of another case: its reports go over to the case it is merged into, and come back."""
    if taken.name == "merge":
        other = reading.case(cursor, given["into"])
        if given["into"] == found["case_id"] or Standing.of(other).finished:
            raise Fault("merge_into", case=given["into"])
        return (_joined(given["into"], found, found["reports"], moment),)
    if taken.name == "reconsider" and Step(found["step"]) is Step.MERGED:
        return tuple(_joined(into, found, -found["reports"], moment) for into in _merged_into(cursor, found))
    return ()


def _merged_into(cursor: Cursor, found: Mapping[str, Any]) -> Iterator[str]:
    """The cases that have the reports of a merged one: what it was merged into, what that was merged into since, and so on."""
    seen = {found["case_id"]}
    while Step(found["step"]) is Step.MERGED and found["merged_into"] and found["merged_into"] not in seen:
        found = reading.case(cursor, found["merged_into"])
        seen.add(found["case_id"])
        yield found["case_id"]


def _joined(into: str, found: Mapping[str, Any], reports: int, moment: datetime) -> Draft:
    return Draft(f"case:{into}", "case.joined", moment, {"case_id": into, "with": found["case_id"], "reports": reports})


def _check_time(moment: datetime, since: datetime | None) -> None:
    """A time that somebody states lies after the case came into its step, and not in the future."""
    if (moment - clock.now()).total_seconds() > CLOCKS_DIFFER_S:
        raise Fault("time_in_future", at=moment.isoformat())
    if since is not None and moment < since:
        raise Fault("time_before_step", at=moment.isoformat(), since=since.isoformat())


def _came_late(cursor: Cursor, case_id: str, refused: Stale) -> Stale:
    """The refusal of a move that is not possible any more, with who did what last."""
    last = cursor.one("cases.last_act", case_id=case_id)
    if last is None:  # only a file speaks of the case
        return refused
    at = last["happened_at"].isoformat(timespec="seconds")
    return Stale("illegal_move_after", **refused.values, actor=last["actor"], last=last["move"], at=at)


def _first_was(cursor: Cursor, case_id: str, present: int) -> Stale:
    last = cursor.one("cases.last_act", case_id=case_id)
    if last is None or last["sequence"] != present:  # a file changed it
        return Stale("case_changed", case=case_id)
    return Stale("case_moved", case=case_id, actor=last["actor"], move=last["move"], at=last["happened_at"].isoformat(timespec="seconds"))
