"""THE table of states and moves of an alert. Buttons, rights, forms and checks are read from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from city_brain.errors import Fault, NotAllowed, Stale
from city_brain.roles import Role


class State(StrEnum):
    """How an alert stands. Text ``alert_state.<value>``."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    SHELVED = "shelved"
    CASE_MADE = "case_made"
    CLEARED = "cleared"
    """What it said was over before anybody decided."""
    DISMISSED = "dismissed"


class Judgement(StrEnum):
    """Whether an alert was right. Text ``judgement.<value>``."""

    TRUE = "true"
    FALSE = "false"


@dataclass(frozen=True, slots=True)
class Move:
    """One move. Its label is the text ``alert_move.<name>``."""

    name: str
    sources: tuple[State, ...]
    target: State
    roles: frozenset[Role]
    requires: tuple[str, ...] = ()
    """Fields that must be filled."""
    takes: tuple[str, ...] = ()
    """Fields that may be filled."""


UNRESOLVED = (State.RAISED, State.ACKNOWLEDGED, State.SHELVED)
"""States that wait for somebody's decision."""
LONGEST_SHELF = timedelta(days=7)
SHELVES = (timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8), timedelta(days=1), LONGEST_SHELF)
"""For how long an alert is shelved, as the form offers it."""
_DESK = frozenset({Role.WATCH_OFFICER, Role.DISPATCHER, Role.MANAGER})
_JUDGES = frozenset({Role.WATCH_OFFICER, Role.MANAGER})
_CLOCK = frozenset({Role.SYSTEM})

MOVES: tuple[Move, ...] = (
    Move("acknowledge", (State.RAISED,), State.ACKNOWLEDGED, _DESK),
    Move("make_case", UNRESOLVED, State.CASE_MADE, _DESK, ("case_id",)),
    Move("shelve", (State.RAISED, State.ACKNOWLEDGED), State.SHELVED, _JUDGES, ("until", "reason")),
    Move("unshelve", (State.SHELVED,), State.ACKNOWLEDGED, _JUDGES),
    Move("dismiss", (*UNRESOLVED, State.CLEARED), State.DISMISSED, _JUDGES, ("judgement", "reason")),
    Move("wake", (State.SHELVED,), State.RAISED, _CLOCK),
    Move("clear", UNRESOLVED, State.CLEARED, _CLOCK),
)  # fmt: skip
FIELDS = ("until", "reason", "judgement", "case_id")
"""Every field a move may ask for."""


def moves_from(state: State, role: Role | None = None) -> tuple[Move, ...]:
    """The moves that lead on from a state, for a role or for anyone."""
    return tuple(move for move in MOVES if state in move.sources and (role is None or role in move.roles))


def take(state: State, name: str, role: Role, fields: Mapping[str, str | None], moment: datetime) -> Move:
    """The move `name` from `state`, when this role may take it and its fields are filled as they should be.

    Parameters
    ----------
    fields : mapping
        ``until`` is an aware time (ISO 8601), ``judgement`` true or false.
    moment : datetime
        Now.

    Raises
    ------
    Stale
        No such move from here, because somebody was first; the values name what is possible.
    NotAllowed
        Another role takes it.
    Fault
        A field is missing or cannot be.
    """
    found = next((move for move in moves_from(state) if move.name == name), None)
    if found is None:
        possible = ", ".join(move.name for move in moves_from(state) if move.roles - _CLOCK) or "—"
        raise Stale("alert_move", alert_move=name, alert_state=state, alert_moves=possible)
    if role not in found.roles:
        raise NotAllowed("alert_role", alert_move=name, role=role)
    for field in found.requires:
        if not (fields.get(field) or "").strip():
            raise Fault("alert_field", alert_field=field)
    for field, value in fields.items():
        if value and field not in (*found.requires, *found.takes):
            raise Fault("alert_field_unknown", alert_field=field)
    if fields.get("judgement") and fields["judgement"] not in list(Judgement):
        raise Fault("alert_judgement", value=fields["judgement"])
    if until := fields.get("until"):
        _check_until(until, moment)
    return found


def _check_until(text: str, moment: datetime) -> None:
    try:
        until = datetime.fromisoformat(text)
        fits = moment < until <= moment + LONGEST_SHELF
    except (ValueError, TypeError):  # no time at all, or one without a zone
        fits = False
    if not fits:
        raise Fault("alert_until", value=text, days=LONGEST_SHELF.days)


def faults() -> list[str]:
    """What is wrong with the table: duplicate moves, states never reached, states nobody can lead on, unknown fields."""
    names = [move.name for move in MOVES]
    found = [f"duplicate move {name}" for name in sorted(set(names)) if names.count(name) > 1]
    reached = {State.RAISED} | {move.target for move in MOVES}
    found += [f"{state} is never reached" for state in State if state not in reached]
    found += [f"{state} waits for nobody" for state in UNRESOLVED if not any(move.roles - _CLOCK for move in moves_from(state))]
    found += [f"{move.name} asks for unknown {field}" for move in MOVES for field in (*move.requires, *move.takes) if field not in FIELDS]
    return found
