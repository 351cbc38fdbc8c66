"""The table of states and moves of an alert: every state, move and role; exactly the listed ones pass."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from city_brain.alerts import lifecycle
from city_brain.alerts.lifecycle import LONGEST_SHELF, MOVES, Move, State, take
from city_brain.errors import Fault, NotAllowed, Stale
from city_brain.roles import Role

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
FILLED = {"until": (NOW + timedelta(hours=2)).isoformat(), "reason": "known works", "judgement": "true", "case_id": "A-1"}


def filled(move: Move) -> dict[str, str | None]:
    return {name: FILLED[name] for name in move.requires}


def test_the_table_is_whole() -> None:
    assert lifecycle.faults() == []


@pytest.mark.parametrize(("state", "move", "role"), list(product(State, MOVES, Role)), ids=lambda value: getattr(value, "name", str(value)))
def test_exactly_what_is_listed_can_be_done(state: State, move: Move, role: Role) -> None:
    if state not in move.sources:
        with pytest.raises(Stale) as stale:
            take(state, move.name, role, filled(move), NOW)
        assert move.name not in str(stale.value.values["alert_moves"]).split(", ")
    elif role not in move.roles:
        with pytest.raises(NotAllowed):
            take(state, move.name, role, filled(move), NOW)
    else:
        assert take(state, move.name, role, filled(move), NOW) is move
        assert move in lifecycle.moves_from(state, role)


@pytest.mark.parametrize(
    ("move", "field"), [(move, field) for move in MOVES for field in move.requires], ids=lambda value: getattr(value, "name", value)
)
def test_what_a_move_asks_for_must_be_there(move: Move, field: str) -> None:
    role = min(move.roles)
    for empty in ({}, {field: ""}, {field: "  "}):
        with pytest.raises(Fault) as fault:
            take(move.sources[0], move.name, role, filled(move) | {field: None} | empty, NOW)
        assert (fault.value.key, fault.value.values["alert_field"]) == ("alert_field", field)


def test_fields_that_a_move_does_not_know_are_refused() -> None:
    with pytest.raises(Fault, match="alert_field_unknown"):
        take(State.RAISED, "acknowledge", Role.WATCH_OFFICER, {"reason": "x"}, NOW)


@pytest.mark.parametrize(
    "until", ["soon", NOW.isoformat(), (NOW + LONGEST_SHELF + timedelta(seconds=1)).isoformat(), "2026-05-04T14:00:00"]
)
def test_a_shelf_ends_and_not_in_the_past(until: str) -> None:
    with pytest.raises(Fault, match="alert_until"):
        take(State.RAISED, "shelve", Role.WATCH_OFFICER, {"until": until, "reason": "works"}, NOW)


def test_a_judgement_is_true_or_false() -> None:
    with pytest.raises(Fault, match="alert_judgement"):
        take(State.RAISED, "dismiss", Role.MANAGER, {"judgement": "perhaps", "reason": "x"}, NOW)
