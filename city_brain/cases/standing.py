"""How a case stands, and what a move makes of it: the one place where clocks, counts and requests change.

A standing is what the record keeps of a case after every move, so that a replay needs no rule and a
changed rule never rewrites what has happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any

from city_brain.cases import lifecycle
from city_brain.cases.calendars import Calendar, Limit, Unit
from city_brain.cases.filing_rules import FilingRule
from city_brain.cases.lifecycle import MOST_EXTENSIONS, PHASES, PLACE, Ask, Clock, Move, Need, Phase, Step


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything about a case that its moves change. Times are aware; a column of the picture each."""

    step: Step
    step_at: datetime
    holder: str | None = None
    step_due_at: datetime | None = None
    """When the step's own clock runs out."""
    department: str | None = None
    first_department: str | None = None
    """Who was sent the case first."""
    received_at: datetime | None = None
    """Since when the present department has it."""
    rule: str | None = None
    """The filing rule it was filed under."""
    time_limit: str | None = None
    """The limit of that rule, such as ``2 working_hours``; where only a deadline was stated, what an extension of it added."""
    due_at: datetime | None = None
    accepted_at: datetime | None = None
    filed_at: datetime | None = None
    dispatched_at: datetime | None = None
    handled_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: str | None = None
    hops: int = 0
    """How often it went from one department to another."""
    send_backs: int = 0
    """How often it went back from where it was worked on: from its department (sent back, disputed, recalled) or to it, as rework. Steps
    alone tell it, so that a case of a file counts as one that was moved here."""
    reworks: int = 0
    """Of these: work that was not good enough."""
    unanswered: Step | None = None
    """The step that has to answer a send-back."""
    extensions: int = 0
    asked: Ask | None = None
    asked_until: datetime | None = None
    suspended_until: datetime | None = None
    """Until when it is suspended; stays afterwards, for a case is suspended once."""
    left_s: float | None = None
    """Seconds of the limit that are kept while the clock is stopped."""
    exempt: bool = False
    """Whether an appeal was granted: it is not counted as overdue."""
    reopenings: int = 0
    self_handled: bool = False
    merged_into: str | None = None
    called_at: datetime | None = None
    """When the reporter was called back."""
    reached: bool | None = None
    solved: bool | None = None
    satisfied: bool | None = None
    grade: str | None = None
    supervised: bool = False
    """Whether a manager watches it."""

    @property
    def whose(self) -> str | None:
        """The department whose case it is."""
        return lifecycle.whose(self.step, self.holder, self.department)

    @property
    def finished(self) -> bool:
        """Whether its step is one of the done ones."""
        return PHASES[self.step] is Phase.DONE

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Standing:
        """The standing in a row of the picture."""
        said = {field.name: row[field.name] for field in fields(cls) if field.name in row}
        return cls(**(said | _parsed(said)))

    @classmethod
    def reported(cls, at: datetime, calendar: Calendar) -> Standing:
        """How a case stands when it is reported."""
        return cls(Step.COLLECT, at, lifecycle.holder(Step.COLLECT, None), step_due(Step.COLLECT, at, calendar))

    def kept(self) -> dict[str, Any]:
        """What the record keeps: the fields that are not as they always begin."""
        plain = {field.name: None if field.default is MISSING else field.default for field in fields(self)}
        return {name: value for name, value in asdict(self).items() if value != plain[name]}

    @classmethod
    def restored(cls, kept: Mapping[str, Any]) -> Standing:
        """The standing that `kept` gave, read back from the record (times are texts there)."""
        times = {name: datetime.fromisoformat(kept[name]) for name in _TIMES & kept.keys() if isinstance(kept[name], str)}
        said = {name: value for name, value in kept.items() if name in cls.__dataclass_fields__} | times
        return cls(**(said | _parsed(said)))


_TIMES = frozenset(field.name for field in fields(Standing) if field.name.endswith(("_at", "_until")))
COLUMNS = tuple(field.name for field in fields(Standing))


def _parsed(said: Mapping[str, Any]) -> dict[str, Any]:
    closed = {"step": Step, "unanswered": Step, "asked": Ask}
    return {name: kind(said[name]) for name, kind in closed.items() if said.get(name) is not None}


def step_due(step: Step, at: datetime, calendar: Calendar) -> datetime | None:
    """When the step's own clock runs out for a case that enters it at a moment."""
    limit = PLACE[step].limit
    return calendar.after(at, limit) if limit else None


def unmet(standing: Standing, moment: datetime, *, named: str | None = None) -> frozenset[Need]:
    """What is not so at present. `named` is the department that a dispute or a ruling names."""
    overdue = standing.due_at is not None and standing.due_at < (standing.handled_at or standing.closed_at or moment)
    date = standing.suspended_until if standing.step is Step.SUSPENDED else standing.step_due_at
    so = {
        Need.BEFORE_DUE: standing.due_at is None or moment <= standing.due_at,
        Need.AFTER_DUE: overdue,
        Need.NOTHING_ASKED: standing.asked is None,
        Need.EXTENSION_ASKED: standing.asked is Ask.EXTENSION,
        Need.SUSPENSION_ASKED: standing.asked is Ask.SUSPENSION,
        Need.APPEAL_ASKED: standing.asked is Ask.APPEAL,
        Need.EXTENSION_LEFT: standing.due_at is not None and standing.extensions < MOST_EXTENSIONS,
        Need.NEVER_SUSPENDED: standing.suspended_until is None,
        Need.NOT_EXEMPT: not standing.exempt,
        Need.DATE_REACHED: date is not None and date <= moment,
        Need.OTHER_DEPARTMENT: named is None or named != standing.department,
    }
    return frozenset(need for need, met in so.items() if not met)


def moved(
    before: Standing, move: Move, given: Mapping[str, str], at: datetime, calendar: Calendar, rule: FilingRule | None = None,
    until: datetime | None = None,
) -> Standing:  # fmt: skip
    """What a move makes of a case.

    Parameters
    ----------
    given : mapping
        The fields of the move, checked.
    rule : FilingRule, optional
        The filing rule chosen, or the ordinary one of the kind: that counts only where the case has none yet.
    until : datetime, optional
        The date a suspension is asked for.
    """
    after = _counted(before, move, given, at)
    after = _asked(after, move, until)
    if move.target is not None:
        after = _placed(before, after, move, at, calendar)
    return _clocked(before, after, move, given, at, calendar, rule)


def _counted(before: Standing, move: Move, given: Mapping[str, str], at: datetime) -> Standing:
    """Departments, counts and what the fields say."""
    after = replace(before, outcome=given.get("outcome") or before.outcome)
    if given.get("department") and move.name in ("dispatch", "reassign"):
        other = before.department is not None and given["department"] != before.department
        anew = other or before.received_at is None
        after = replace(
            after, department=given["department"], first_department=before.first_department or given["department"],
            hops=before.hops + other, received_at=at if anew else before.received_at,
        )  # fmt: skip
    if goes_back(before.step, move.target):
        after = replace(after, send_backs=after.send_backs + 1, reworks=after.reworks + (move.target is Step.HANDLE))
    if move.kinds:
        after = replace(after, unanswered=move.target)
    elif move.forward and (before.unanswered is before.step or after.department != before.department):
        after = replace(after, unanswered=None)
    if move.name == "call_back":
        told = {name: given[name] == "yes" if given.get(name) else None for name in ("reached", "solved", "satisfied")}
        after = replace(after, called_at=at, **told)  # type: ignore[arg-type]
    return replace(
        after, grade=given.get("grade") or after.grade, merged_into=given.get("into") if move.name == "merge" else None,
        supervised=after.supervised or move.name == "supervise",
        self_handled=move.name == "self_handle" or (after.self_handled and after.step is not Step.HANDLE),
    )  # fmt: skip


def goes_back(source: Step, target: Step | None) -> bool:
    """Whether a change of step is counted as a case sent back: away from its department undone, or back to it as rework."""
    if source is Step.HANDLE:
        return target in (Step.DISPATCH, Step.DISPUTE)
    return source in (Step.REPORT_BACK, Step.VERIFY) and target is Step.HANDLE


def _asked(after: Standing, move: Move, until: datetime | None) -> Standing:
    if move.asks:
        return replace(after, asked=move.asks, asked_until=until)
    if move.answers:
        granted = after.asked_until if move.clock is Clock.PAUSES else after.suspended_until
        return replace(after, asked=None, asked_until=None, suspended_until=granted)
    if move.target is not None and after.asked is not Ask.APPEAL:
        return replace(after, asked=None, asked_until=None)  # what was asked of a step ends with it
    return after


def _placed(before: Standing, after: Standing, move: Move, at: datetime, calendar: Calendar) -> Standing:
    """The new step, its holder, its clock, and the milestones it stands for."""
    target = move.leads(before.step)
    after = replace(
        after, step=target, step_at=at, holder=lifecycle.holder(target, after.department), step_due_at=step_due(target, at, calendar)
    )
    if move.self_ends:
        after = replace(after, accepted_at=after.accepted_at or at, filed_at=after.filed_at or at, handled_at=at)
    if target in (Step.FILE, Step.CONFIRM, Step.DISPATCH):
        after = replace(after, accepted_at=after.accepted_at or at)
    if target is Step.DISPATCH:
        after = replace(after, filed_at=after.filed_at or at)
    if target is Step.HANDLE:
        after = replace(after, dispatched_at=after.dispatched_at or at, handled_at=None)
    if target is Step.REPORT_BACK:
        after = replace(after, handled_at=at)
    return after


def _clocked(
    before: Standing, after: Standing, move: Move, given: Mapping[str, str], at: datetime, calendar: Calendar, rule: FilingRule | None
) -> Standing:
    """What the move does to the limit of the case."""
    after = _ruled(after, move, rule, chosen="rule" in given, calendar=calendar)
    limit = Limit.parse(after.time_limit) if after.time_limit else None
    works = limit is not None and limit.works
    if move.clock is Clock.STARTS and after.due_at is None and limit is not None:
        after = replace(after, due_at=calendar.after(at, limit))
    elif move.clock is Clock.EXTENDS and after.due_at is not None:
        limit = limit or _stated(after, after.due_at)
        due_at = calendar.after_seconds(after.due_at, calendar.seconds(limit), works)
        after = replace(after, due_at=due_at, time_limit=str(limit), extensions=after.extensions + 1)
    elif move.clock is Clock.PAUSES and after.due_at is not None:
        after = replace(after, left_s=calendar.left(at, after.due_at, works), due_at=None)
    elif move.clock is Clock.RESUMES and after.left_s is not None:
        after = replace(after, due_at=calendar.resumed(at, after.left_s, works), left_s=None)
    elif move.clock is Clock.EXEMPTS:
        after = replace(after, exempt=True)
    elif move.clock is Clock.RESTARTS:
        after = replace(
            after, due_at=None, left_s=None, handled_at=None, exempt=False, extensions=0, reopenings=after.reopenings + 1,
            self_handled=False, received_at=None, suspended_until=None, unanswered=None, asked=None, asked_until=None,
            called_at=None, reached=None, solved=None, satisfied=None, grade=None,
        )  # fmt: skip
    if after.finished and not before.finished:
        return replace(after, closed_at=at)
    return after if after.finished else replace(after, closed_at=None)


def _ruled(after: Standing, move: Move, rule: FilingRule | None, *, chosen: bool, calendar: Calendar) -> Standing:
    """The filing rule. One that is chosen holds; the ordinary one where there is none yet, and a deadline that a source stated stays. A
    case that is filed anew under another rule has the limit of that one from the moment its clock began."""
    if rule is None or not (move.name == "file" or move.clock is Clock.STARTS) or (after.rule is not None and not chosen):
        return after
    corrected = after.rule not in (None, rule.rule) and after.due_at is not None and after.time_limit is not None
    if corrected:
        old, times = Limit.parse(after.time_limit), 1 + after.extensions  # type: ignore[arg-type]
        began = calendar.after_seconds(after.due_at, -calendar.seconds(old) * times, old.works)  # type: ignore[arg-type]
        after = replace(after, due_at=calendar.after_seconds(began, calendar.seconds(rule.limit) * times, rule.limit.works))
    stated = move.name != "file" and after.due_at is not None
    return replace(after, rule=rule.rule, time_limit=after.time_limit if stated else str(rule.limit))


def _stated(standing: Standing, due_at: datetime) -> Limit:
    """The original limit where a source stated only the deadline: the clock time up to it, of which every extension has added one."""
    whole = (due_at - (standing.dispatched_at or standing.step_at)).total_seconds()
    return Limit(whole / (1 + standing.extensions) / 3600, Unit.URGENT_HOURS)


def grade(standing: Standing) -> str:
    """What the course of a closed case speaks for: good is in time, without rework and nobody dissatisfied; poor is late and reworked, or
    unsolved in the reporter's words; else fair."""
    end = standing.handled_at or standing.closed_at
    late = not standing.exempt and None not in (standing.due_at, end) and end > standing.due_at  # type: ignore[operator]
    if standing.solved is False or (late and standing.reworks):
        return "poor"
    return "fair" if late or standing.reworks or standing.satisfied is False else "good"
