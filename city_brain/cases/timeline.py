"""The story of a case: what the record knows of it, in order, whatever it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from city_brain.cases.lifecycle import MOVES, PLACE, RESTS, SEVEN, Step

_BACK = {move.name for move in MOVES if move.back}
_MOVE_BETWEEN = {(source, move.target): move.name for move in reversed(MOVES) for source in move.sources if move.target is not None}
"""Which move leads from one step to another, where only the steps are known: of several the first of the table."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: text key ``entry.<kind>`` or, for a move, ``move.<move>``."""

    happened_at: datetime
    kind: str
    move: str | None = None
    actor: str | None = None
    holder: str | None = None
    why: str | None = None
    """What was said; of a step without a move, the step; of a report that joined, the case it came from."""
    back: bool = False
    detail: str | None = None
    """The kind of a send-back; of a reminder, whose clock it was (case or step)."""
    due_was: datetime | None = None
    due_at: datetime | None = None
    """The limit of the case before and after the act."""
    percent: int | None = None
    """Of a reminder: how much of the limit had gone."""
    sequence: int | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    """What the move was given."""

    @property
    def clock_moved(self) -> bool:
        """Whether the limit of the case is another one after this act."""
        return self.move not in (None, "report", "join") and self.due_was != self.due_at


def entries(
    case: Mapping[str, Any],
    stages: Sequence[Mapping[str, Any]],
    acts: Sequence[Mapping[str, Any]],
    notices: Sequence[Mapping[str, Any]] = (),
) -> list[Entry]:
    """The story, newest first.

    Parameters
    ----------
    case, stages, acts
        As `cases.queries.case` and `cases.queries.history` give them. Steps that a file brought have no
        act of their own: the change of step is told without a name.
    notices
        Reminders and escalations: clock, percent, addressee, due_at, noticed_at.
    """
    told = [_of_act(act) for act in acts]
    told += [
        Entry(told_of["noticed_at"], "notice", holder=told_of["addressee"], detail=told_of["clock"], percent=told_of["percent"])
        for told_of in notices
    ]
    acted = {act["happened_at"] for act in acts}
    steps = [(stage["step"], stage["holder"], stage["from_at"]) for stage in stages]
    if not steps or steps[-1][0] != case["step"] or steps[-1][2] != case["step_at"]:
        steps.append((case["step"], case["holder"], case["step_at"]))
    for before, (step, holder, at) in zip([None, *steps], steps, strict=False):
        if at in acted or (before is not None and at < case["reported_at"]):
            continue
        if before is None:
            continue
        move = _between(before, (step, holder))
        told.append(Entry(at, "move" if move else "step", move=move, holder=holder, back=move in _BACK, why=step if move is None else None))
    if not any(act["move"] == "report" for act in acts):
        told.append(Entry(case["reported_at"], "reported", why=case["description"]))
    if case["closed_at"] is not None and case["closed_at"] not in acted and not stages:
        told.append(Entry(case["closed_at"], "closed", why=case["outcome"]))
    return sorted(told, key=lambda entry: (entry.happened_at, entry.kind != "reported", entry.sequence or 0), reverse=True)


def _between(before: tuple[str, str | None, datetime], after: tuple[str, str | None]) -> str | None:
    """The move that a change of step must have been. Who won a dispute is told by who has the case after it."""
    if (Step(before[0]), Step(after[0])) == (Step.DISPUTE, Step.HANDLE):
        return "uphold" if before[1] == after[1] else "reassign"
    return _MOVE_BETWEEN.get((Step(before[0]), Step(after[0])))


def _of_act(act: Mapping[str, Any]) -> Entry:
    return Entry(
        act["happened_at"], "reported" if act["move"] == "report" else "move", act["move"], act["actor"], act["holder"], act["reason"],
        back=act["move"] in _BACK, detail=act.get("detail"), due_was=act.get("due_was"), due_at=act.get("due_at"),
        sequence=act.get("sequence"), fields=fields_of(act.get("payload")),
    )  # fmt: skip


def fields_of(payload: str | None) -> dict[str, str]:
    """What a move was given, from the text that keeps it."""
    found = orjson.loads(payload) if payload else {}
    return {name: value for name, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}


_LATER: dict[str, Any] = {
    "unanswered": None, "asked": None, "asked_until": None, "suspended_until": None, "left_s": None, "extensions": 0, "exempt": False,
    "send_backs": 0, "reworks": 0, "reopenings": 0, "self_handled": False, "merged_into": None, "called_at": None, "reached": None,
    "solved": None, "satisfied": None, "grade": None, "supervised": False,
}  # fmt: skip


def as_known(case: Mapping[str, Any], moment: datetime) -> dict[str, Any]:
    """A case as it may be told of a moment: what a later act may have said is left out, not shown too early."""
    told = dict(case)
    if case["acted_at"] is not None and case["acted_at"] > moment:
        told |= _LATER
    if case["filed_at"] is not None and case["filed_at"] > moment:
        told |= {"rule": None, "time_limit": None}
    if case["dispatched_at"] is not None and case["dispatched_at"] > moment:
        told |= {"first_department": None, "dispatched_at": None}
    return told


def last_act(acts: Sequence[Mapping[str, Any]], *moves: str) -> dict[str, Any] | None:
    """The last act that was one of some moves, with what it was given as ``fields``."""
    last = next((act for act in reversed(acts) if act["move"] in moves), None)
    return {**last, "fields": fields_of(last["payload"])} if last else None


def progress(case: Mapping[str, Any], stages: Sequence[Mapping[str, Any]]) -> list[tuple[Step, str, datetime | None]]:
    """The seven steps, each with past, now, ahead or unknown (a source that does not tell its steps), and when it was last entered.

    A place beside the seven (confirming, a dispute, a suspension) counts as the step it belongs to; a case at rest has none that is now.
    """
    here = Step(case["step"])
    entered: dict[Step, datetime] = {}
    latest: Step | None = None
    for step, at in [*((Step(stage["step"]), stage["from_at"]) for stage in stages), (here, case["step_at"])]:
        if PLACE[step].of is not latest and step not in RESTS:
            entered[PLACE[step].of] = at
            latest = PLACE[step].of
    place = len(SEVEN) if here is Step.ARCHIVED else SEVEN.index(PLACE[here].of)
    found = []
    for number, step in enumerate(SEVEN):
        now = step is PLACE[here].of and here not in RESTS
        when = "now" if now else "ahead" if number > place and here not in RESTS else "past" if step in entered else "unknown"
        found.append((step, when, entered.get(step) if when != "ahead" else None))
    return found
