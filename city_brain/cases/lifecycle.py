"""The lifecycle of a case: ONE table of steps and moves, and the readers of it.

Checks in actions, buttons and their forms, the order of the board and of the funnel, the Open311
status, the diagram and ``docs/lifecycle.md`` all derive from `MOVES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from city_brain.errors import Fault, NotAllowed, Stale
from city_brain.roles import Role


class Phase(StrEnum):
    """What everything else asks a step for, never for a list of names."""

    OPEN = "open"
    WORKING = "working"
    DONE = "done"


class Step(StrEnum):
    """Where a case is: the seven steps, and the two ways to rest."""

    COLLECT = "collect"
    FILE = "file"
    DISPATCH = "dispatch"
    HANDLE = "handle"
    REPORT_BACK = "report_back"
    VERIFY = "verify"
    EVALUATE = "evaluate"
    ARCHIVED = "archived"
    REJECTED = "rejected"


PHASES: dict[Step, Phase] = {
    Step.COLLECT: Phase.OPEN,
    Step.FILE: Phase.OPEN,
    Step.DISPATCH: Phase.OPEN,
    Step.HANDLE: Phase.WORKING,
    Step.REPORT_BACK: Phase.WORKING,
    Step.VERIFY: Phase.WORKING,
    Step.EVALUATE: Phase.DONE,
    Step.ARCHIVED: Phase.DONE,
    Step.REJECTED: Phase.DONE,
}
SEVEN: tuple[Step, ...] = tuple(Step)[:7]
"""The seven steps in their order."""
UNFINISHED: tuple[Step, ...] = tuple(step for step, phase in PHASES.items() if phase is not Phase.DONE)

HOLDERS: dict[Step, str] = {
    Step.COLLECT: "acceptance",
    Step.FILE: "acceptance",
    Step.DISPATCH: "dispatcher",
    Step.VERIFY: "inspector",
    Step.EVALUATE: "system",
}
"""Who holds a case in a step; where none is named the case's department holds it."""


@dataclass(frozen=True, slots=True)
class Move:
    """One move. Its label in both languages is the text ``move.<name>``."""

    name: str
    source: Step
    target: Step
    role: Role
    requires: tuple[str, ...] = ()
    """Fields that must be filled."""
    back: bool = False
    """Whether it is a way back."""


MOVES: tuple[Move, ...] = (
    Move("accept", Step.COLLECT, Step.FILE, Role.WATCH_OFFICER),
    Move("reject", Step.COLLECT, Step.REJECTED, Role.WATCH_OFFICER, ("reason",), back=True),
    Move("file", Step.FILE, Step.DISPATCH, Role.WATCH_OFFICER),
    Move("dispatch", Step.DISPATCH, Step.HANDLE, Role.DISPATCHER, ("department",)),
    Move("finish", Step.HANDLE, Step.REPORT_BACK, Role.DEPARTMENT, ("outcome",)),
    Move("send_back", Step.HANDLE, Step.DISPATCH, Role.DEPARTMENT, ("reason",), back=True),
    Move("report_back", Step.REPORT_BACK, Step.VERIFY, Role.DEPARTMENT),
    Move("close", Step.VERIFY, Step.EVALUATE, Role.INSPECTOR),
    Move("rework", Step.VERIFY, Step.HANDLE, Role.INSPECTOR, ("reason",), back=True),
    Move("evaluate", Step.EVALUATE, Step.ARCHIVED, Role.MANAGER),
)
FIELDS = ("department", "reason", "outcome")
"""Every field a move may ask for; its label is the text ``field.<name>``."""


def moves_from(step: Step, role: Role | None = None) -> tuple[Move, ...]:
    """The moves that are possible from a step, for a role or for anyone."""
    return tuple(move for move in MOVES if move.source is step and role in (None, move.role))


def take(step: Step, name: str, role: Role, fields: Mapping[str, str | None]) -> Move:
    """The move `name` from `step`, when this role may take it and its fields are filled.

    Raises
    ------
    Stale
        No such move from here; the values name what is possible.
    NotAllowed
        Another role takes it.
    Fault
        A required field is empty.
    """
    found = next((move for move in moves_from(step) if move.name == name), None)
    if found is None:
        possible = ", ".join(move.name for move in moves_from(step)) or "—"
        raise Stale("illegal_move", move=name, step=step, possible=possible)
    if found.role is not role:
        raise NotAllowed("move_role", move=name, role=role, needs=found.role)
    for field in found.requires:
        if not (fields.get(field) or "").strip():
            raise Fault("field_required", field=field, move=name)
    return found


def holder(step: Step, department: str | None) -> str | None:
    """Who holds a case in a step."""
    return HOLDERS.get(step, department)


def faults() -> list[str]:
    """What is wrong with the table: duplicate moves, steps never reached, dead ends, unknown fields."""
    found = []
    names = [(move.source, move.name) for move in MOVES]
    found += [f"duplicate move {name} from {step}" for step, name in set(names) if names.count((step, name)) > 1]
    reached = {Step.COLLECT} | {move.target for move in MOVES}
    found += [f"{step} is never reached" for step in Step if step not in reached]
    rests = {Step.ARCHIVED, Step.REJECTED}
    found += [f"{step} is a dead end" for step in Step if step not in rests and not moves_from(step)]
    found += [f"{move.name} asks for unknown {field}" for move in MOVES for field in move.requires if field not in FIELDS]
    return found


def as_mermaid() -> str:
    """The table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    [*] --> collect"]
    lines += [f"    {move.source} --> {move.target}: {move.name} ({move.role})" for move in MOVES]
    return "\n".join([*lines, "    archived --> [*]", "    rejected --> [*]"])


def as_markdown() -> str:
    """The table as a Markdown table."""
    lines = ["| move | from | to | role | must be filled |", "|---|---|---|---|---|"]
    for move in MOVES:
        name, required = f"`{move.name}`{' (way back)' if move.back else ''}", ", ".join(move.requires) or "–"
        lines.append(f"| {name} | {move.source} | {move.target} | {move.role} | {required} |")
    return "\n".join(lines)
