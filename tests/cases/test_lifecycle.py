"""The table of steps and moves: exactly what is listed passes, for exactly the role that is listed."""

from __future__ import annotations

from itertools import product

import pytest

from city_brain.cases import lifecycle
from city_brain.cases.lifecycle import FIELDS, HOLDERS, MOVES, PHASES, SEVEN, UNFINISHED, Move, Phase, Step, as_markdown, as_mermaid, faults
from city_brain.errors import Fault, NotAllowed, Stale
from city_brain.roles import Role
from city_brain.text import LANGUAGES, messages

NAMES = sorted({move.name for move in MOVES})
FILLED = dict.fromkeys(FIELDS, "something")


def test_the_table_has_no_faults() -> None:
    assert faults() == []


@pytest.mark.parametrize(("step", "name", "role"), list(product(Step, NAMES, Role)))
def test_exactly_what_is_listed_passes(step: Step, name: str, role: Role) -> None:
    listed = [move for move in MOVES if (move.source, move.name) == (step, name)]
    if not listed:
        with pytest.raises(Stale) as told:
            lifecycle.take(step, name, role, FILLED)
        assert told.value.values["possible"] == (", ".join(move.name for move in MOVES if move.source is step) or "—")
    elif listed[0].role is not role:
        with pytest.raises(NotAllowed) as refused:
            lifecycle.take(step, name, role, FILLED)
        assert refused.value.values["needs"] is listed[0].role
    else:
        assert lifecycle.take(step, name, role, FILLED) is listed[0]


@pytest.mark.parametrize("move", MOVES, ids=lambda move: f"{move.source}-{move.name}")
@pytest.mark.parametrize("empty", [None, "", "  "])
def test_what_must_be_filled_must_be_filled(move: Move, empty: str | None) -> None:
    assert lifecycle.take(move.source, move.name, move.role, dict.fromkeys(move.requires, "x")) is move
    for missing in move.requires:
        with pytest.raises(Fault, match="field_required") as told:
            lifecycle.take(move.source, move.name, move.role, FILLED | {missing: empty})
        assert told.value.values["field"] == missing


def test_the_straight_way_goes_through_the_seven_steps() -> None:
    step, way = Step.COLLECT, [Step.COLLECT]
    while forward := [move for move in lifecycle.moves_from(step) if not move.back]:
        (move,) = forward
        step = move.target
        way.append(step)
    assert tuple(way) == (*SEVEN, Step.ARCHIVED)


def test_ways_back_ask_for_a_reason() -> None:
    assert all("reason" in move.requires for move in MOVES if move.back)


def test_phases() -> None:
    assert set(PHASES) == set(Step)
    assert UNFINISHED == (Step.COLLECT, Step.FILE, Step.DISPATCH, Step.HANDLE, Step.REPORT_BACK, Step.VERIFY)
    assert all(lifecycle.moves_from(step) for step in Step if PHASES[step] is not Phase.DONE)


def test_whoever_holds_a_case() -> None:
    assert lifecycle.holder(Step.HANDLE, "city_management") == "city_management"
    assert lifecycle.holder(Step.VERIFY, "city_management") == HOLDERS[Step.VERIFY]
    assert lifecycle.holder(Step.HANDLE, None) is None


def test_the_diagram_and_the_table_show_every_move() -> None:
    diagram, table = as_mermaid(), as_markdown()
    for move in MOVES:
        assert f"{move.source} --> {move.target}: {move.name} ({move.role})" in diagram
        assert f"| `{move.name}`" in table
    assert len(table.splitlines()) == len(MOVES) + 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_has_its_words(language: str) -> None:
    known = messages(language)
    wanted = {f"step.{step}" for step in Step} | {f"move.{name}" for name in NAMES} | {f"field.{name}" for name in FIELDS}
    assert wanted <= known.keys()


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ((*MOVES, MOVES[0]), "duplicate move accept from collect"),
        (tuple(move for move in MOVES if move.target is not Step.VERIFY), "verify is never reached"),
        (tuple(move for move in MOVES if move.source is not Step.VERIFY), "verify is a dead end"),
        ((*MOVES, Move("shout", Step.FILE, Step.FILE, Role.MANAGER, ("volume",))), "shout asks for unknown volume"),
    ],
    ids=["duplicate", "unreached", "dead end", "unknown field"],
)
def test_a_broken_table_is_found_out(broken: tuple[Move, ...], says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "MOVES", broken)
    assert says in faults()
