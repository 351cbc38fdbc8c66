"""The story of a case: what the record knows of it, in order, whatever it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from city_brain.cases.lifecycle import MOVES, SEVEN, Step

_BACK = {move.name for move in MOVES if move.back}
_MOVE_BETWEEN = {(move.source, move.target): move.name for move in MOVES}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: text key ``entry.<kind>`` or, for a move, ``move.<move>``."""

    happened_at: datetime
    kind: str
    move: str | None = None
    actor: str | None = None
    holder: str | None = None
    why: str | None = None
    back: bool = False


def entries(case: Mapping[str, Any], stages: Sequence[Mapping[str, Any]], acts: Sequence[Mapping[str, Any]]) -> list[Entry]:
    """The story, newest first.

    Parameters
    ----------
    case, stages, acts
        As `cases.queries.case` and `cases.queries.history` give them. Steps that a file brought have no
        act of their own: the change of step is told without a name.
    """
    told = [_of_act(act) for act in acts]
    acted = {act["happened_at"] for act in acts}
    steps = [(stage["step"], stage["holder"], stage["from_at"]) for stage in stages]
    if not steps or steps[-1][0] != case["step"]:
        steps.append((case["step"], case["holder"], case["step_at"]))
    for before, (step, holder, at) in zip([None, *steps], steps, strict=False):
        if at in acted or (before is not None and at < case["reported_at"]):
            continue
        if before is None:
            continue
        move = _MOVE_BETWEEN.get((Step(before[0]), Step(step)))
        told.append(Entry(at, "move" if move else "step", move=move, holder=holder, back=move in _BACK, why=step if move is None else None))
    if not any(act["move"] == "report" for act in acts):
        told.append(Entry(case["reported_at"], "reported", why=case["description"]))
    if case["closed_at"] is not None and case["closed_at"] not in acted and not stages:
        told.append(Entry(case["closed_at"], "closed", why=case["outcome"]))
    return sorted(told, key=lambda entry: (entry.happened_at, entry.kind != "reported"), reverse=True)


def _of_act(act: Mapping[str, Any]) -> Entry:
    kind = "reported" if act["move"] == "report" else "move"
    return Entry(act["happened_at"], kind, act["move"], act["actor"], act["holder"], act["reason"], back=act["move"] in _BACK)


def progress(case: Mapping[str, Any], stages: Sequence[Mapping[str, Any]]) -> list[tuple[Step, str, datetime | None]]:
    """The seven steps, each with past, now, ahead or unknown (a source that does not tell its steps), and when it was last entered."""
    entered = {stage["step"]: stage["from_at"] for stage in stages} | {case["step"]: case["step_at"]}
    here = Step(case["step"])
    place = SEVEN.index(here) if here in SEVEN else len(SEVEN) if here is Step.ARCHIVED else 0
    found = []
    for number, step in enumerate(SEVEN):
        when = "now" if step is here else "ahead" if number > place else "past" if step in entered else "unknown"
        found.append((step, when, entered.get(step) if number <= place else None))
    return found
