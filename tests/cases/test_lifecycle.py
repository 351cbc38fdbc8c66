"""The tables of steps and moves: exactly what is listed passes, for exactly whom it is listed, with exactly what must be said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from typing import Any

import pytest

from city_brain.cases import diagram, lifecycle
from city_brain.cases.lifecycle import FIELDS, MOVES, PLACE, PLACES, POSTS, RESTS, SEVEN, Ask, Clock, Move, Need, Phase, Step, faults
from city_brain.cases.standing import Standing, unmet
from city_brain.errors import Fault, NotAllowed, Stale
from city_brain.roles import Actor, Role
from city_brain.text import LANGUAGES, messages

OURS, THEIRS = "roads", "water"
NAMES = [move.name for move in MOVES]
BY_NAME = {move.name: move for move in MOVES}
SEND_BACKS = [move for move in MOVES if move.kinds]
ONE_OF_FEW = [(move, field) for move in MOVES for field in (*move.requires, *move.takes) if lifecycle.choices(move, field)]
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def actor(role: Role, department: str | None = OURS) -> Actor:
    return Actor("somebody", role, department=department if role is Role.DEPARTMENT else None)


def filled(move: Move) -> dict[str, str]:
    """What a move must be given, each field with something that it can be."""
    return {field: (*lifecycle.choices(move, field), "something")[0] for field in move.requires}


def take(
    step: Step, name: str, who: Actor, fields: dict[str, Any], *, unanswered: bool = False, missing: frozenset[Need] = frozenset(),
) -> Move:  # fmt: skip
    """The move from a step, in a case that our department has."""
    return lifecycle.take(step, name, who, fields, holder=OURS, unanswered=unanswered, unmet=missing)


def refused(key: str, *given: Any, **known: Any) -> dict[str, Any]:
    """Take a move that is refused with a fault: its values."""
    with pytest.raises(Fault) as told:
        take(*given, **known)
    assert told.value.key == key
    return told.value.values


def test_the_tables_have_no_faults() -> None:
    assert faults() == []


@pytest.mark.parametrize(("step", "name"), list(product(Step, NAMES)))
def test_exactly_what_is_listed_passes(step: Step, name: str) -> None:
    move = BY_NAME[name]
    for role in Role:
        if step not in move.sources:
            with pytest.raises(Stale, match="illegal_move") as told:
                take(step, name, actor(role), filled(move))
            possible = ", ".join(other.name for other in MOVES if step in other.sources)
            assert told.value.values == {"move": name, "step": step, "possible": possible or "—"}
        elif role is not move.role:
            with pytest.raises(NotAllowed, match="move_role") as told:
                take(step, name, actor(role), filled(move))
            assert told.value.values == {"move": name, "role": role, "needs": move.role}
        else:
            assert take(step, name, actor(role), filled(move)) is move


def test_a_move_that_does_not_exist_is_refused_with_what_does() -> None:
    assert refused("illegal_move", Step.REJECTED, "shout", actor(Role.MANAGER), {})["possible"] == "reconsider"


@pytest.mark.parametrize("move", [move for move in MOVES if move.role is Role.DEPARTMENT], ids=lambda move: move.name)
def test_a_department_moves_its_own_cases_alone(move: Move) -> None:
    held = move.sources
    assert held
    for step, other in product(held, (THEIRS, None)):
        values = refused("not_yours", step, move.name, actor(Role.DEPARTMENT, other), filled(move))
        assert values == {"move": move.name, "holder": OURS, "department": other or "—"}
        assert take(step, move.name, actor(Role.DEPARTMENT), filled(move)) is move


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
@pytest.mark.parametrize("empty", [None, "", "  "], ids=["none", "nothing", "blanks"])
def test_what_must_be_filled_must_be_filled(move: Move, empty: str | None) -> None:
    for step, missing in product(move.sources, move.requires):
        for fields in (filled(move) | {missing: empty}, {name: said for name, said in filled(move).items() if name != missing}):
            assert refused("field_required", step, move.name, actor(move.role), fields) == {"field": missing, "move": move.name}


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
def test_a_move_carries_the_fields_it_is_listed_with_and_no_other(move: Move) -> None:
    step, who = move.sources[0], actor(move.role)
    for field in FIELDS:
        given = filled(move) | {field: filled(move).get(field) or (*lifecycle.choices(move, field), "something")[0]}
        if field in (*move.requires, *move.takes, "answer"):
            assert take(step, move.name, who, given) is move
        else:
            assert refused("field_unknown", step, move.name, who, given)["field"] == field
            assert take(step, move.name, who, given | {field: ""}) is move, "an empty field says nothing"


@pytest.mark.parametrize(("move", "field"), ONE_OF_FEW, ids=lambda value: getattr(value, "name", value))
def test_a_field_of_a_few_values_has_one_of_them(move: Move, field: str) -> None:
    step, who = move.sources[0], actor(move.role)
    for value in lifecycle.choices(move, field):
        assert take(step, move.name, who, filled(move) | {field: value}) is move
    values = refused("field_choice", step, move.name, who, filled(move) | {field: "purple"})
    assert (values["field"], values["value"]) == (field, "purple")
    assert values["allowed"].split(", ") == list(lifecycle.choices(move, field))


@pytest.mark.parametrize("move", SEND_BACKS, ids=lambda move: move.name)
def test_whoever_receives_a_send_back_answers_it_before_the_case_goes_on(move: Move) -> None:
    assert move.target is not None
    forward = [other for other in lifecycle.moves_from(move.target) if other.forward]
    assert forward
    for other in lifecycle.moves_from(move.target):
        who, fields = actor(other.role), filled(other)
        if other in forward:
            assert refused("field_required", move.target, other.name, who, fields, unanswered=True)["field"] == "answer"
        else:
            assert take(move.target, other.name, who, fields, unanswered=True) is other
        assert take(move.target, other.name, who, fields | {"answer": "done"}, unanswered=True) is other


def test_every_send_back_is_a_way_back_that_says_its_kind_and_its_reason() -> None:
    assert [move.name for move in SEND_BACKS] == ["return_to_filing", "send_back", "return_work", "rework"]
    for move in SEND_BACKS:
        assert move.back and {"kind", "reason"} <= set(move.requires) and len(set(move.kinds)) == len(move.kinds) > 1


def test_every_way_back_says_why() -> None:
    assert [move.name for move in MOVES if move.back and "reason" not in move.requires] == ["merge"], "the case it is merged into says it"


def stands(step: Step = Step.HANDLE, **fields: Any) -> Standing:
    return replace(Standing(step, NOW - HOUR, holder=OURS, department=OURS, due_at=NOW + HOUR), **fields)


STANDINGS: dict[Need, tuple[Standing, Standing]] = {
    Need.BEFORE_DUE: (stands(due_at=NOW), stands(due_at=NOW - HOUR)),
    Need.AFTER_DUE: (stands(due_at=NOW - HOUR), stands(due_at=NOW)),
    Need.NOTHING_ASKED: (stands(), stands(asked=Ask.APPEAL)),
    Need.EXTENSION_ASKED: (stands(asked=Ask.EXTENSION), stands(asked=Ask.SUSPENSION)),
    Need.SUSPENSION_ASKED: (stands(asked=Ask.SUSPENSION), stands(asked=Ask.EXTENSION)),
    Need.APPEAL_ASKED: (stands(asked=Ask.APPEAL), stands()),
    Need.EXTENSION_LEFT: (stands(extensions=1), stands(extensions=2)),
    Need.NEVER_SUSPENDED: (stands(), stands(suspended_until=NOW - HOUR)),
    Need.NOT_EXEMPT: (stands(), stands(exempt=True)),
    Need.DATE_REACHED: (stands(Step.SUSPENDED, suspended_until=NOW), stands(Step.SUSPENDED, suspended_until=NOW + HOUR)),
    Need.OTHER_DEPARTMENT: (stands(department=THEIRS), stands(department="something")),
}
"""By need: how a case stands that has it, and how one stands that has not."""


@pytest.mark.parametrize("need", Need)
def test_what_a_move_needs_is_checked_and_named(need: Need) -> None:
    having, lacking = STANDINGS[need]
    assert need not in unmet(having, NOW, named="something")
    missing = unmet(lacking, NOW, named="something")
    assert need in missing
    assert any(need in move.needs for move in MOVES)
    for move in MOVES:
        for step in move.sources:
            asked, only = (step, move.name, actor(move.role), filled(move)), missing & {need}
            if need in move.needs:
                assert refused(f"need_{need}", *asked, missing=only) == {"move": move.name}
            else:
                assert take(*asked, missing=only) is move


def test_a_case_without_a_limit_is_never_late_and_has_none_to_extend() -> None:
    without = unmet(Standing(Step.HANDLE, NOW, due_at=None), NOW)
    assert {Need.AFTER_DUE, Need.EXTENSION_LEFT} <= without
    assert Need.BEFORE_DUE not in without


def test_work_handed_in_before_the_limit_is_not_late() -> None:
    handed_in = Standing(Step.VERIFY, NOW, due_at=NOW - HOUR, handled_at=NOW - 2 * HOUR)
    assert Need.AFTER_DUE in unmet(handed_in, NOW)


@pytest.mark.parametrize("ask", Ask)
def test_whatever_is_asked_is_granted_or_refused_by_another_role_where_it_is_asked(ask: Ask) -> None:
    (asking,) = [move for move in MOVES if move.asks is ask]
    grants, refusals = ([move for move in MOVES if move.answers is ask and (move.clock is Clock.KEEPS) is kept] for kept in (False, True))
    assert [move.name for move in (*grants, *refusals)] == [f"grant_{ask}", f"refuse_{ask}"]
    assert asking.target is None and "reason" in asking.requires and Need.NOTHING_ASKED in asking.needs
    for move in (*grants, *refusals):
        assert move.sources == asking.sources and move.role is not asking.role and Need(f"{ask}_asked") in move.needs
    assert "reason" in refusals[0].requires


def test_the_straight_way_goes_through_the_seven_steps() -> None:
    assert SEVEN == (Step.COLLECT, Step.FILE, Step.DISPATCH, Step.HANDLE, Step.REPORT_BACK, Step.VERIFY, Step.EVALUATE)
    for here, there in pairwise((*SEVEN, Step.ARCHIVED)):
        assert any(move.target is there and not move.back for move in lifecycle.moves_from(here)), here


@pytest.mark.parametrize("step", [place.step for place in PLACES if place.holder])
def test_whoever_has_a_case_can_bring_it_on(step: Step) -> None:
    who = {POSTS[PLACE[step].holder or ""], PLACE[step].judge} - {None}
    for role in who:
        onward = [move for move in lifecycle.moves_from(step, role) if move.target not in (None, step) and not move.back]
        assert onward, (step, role)


@pytest.mark.parametrize("step", Step)
def test_every_case_can_be_closed(step: Step) -> None:
    reached, fresh = {step}, {step}
    while fresh:
        fresh = {move.leads(here) for here in fresh for move in lifecycle.moves_from(here)} - reached
        reached |= fresh
    assert Step.ARCHIVED in reached


def test_places_beside_the_seven_steps_belong_to_one_of_them() -> None:
    assert {place.step: place.of for place in PLACES if place.step is not place.of and place.holder} == {
        Step.CONFIRM: Step.FILE, Step.DISPUTE: Step.HANDLE, Step.SUSPENDED: Step.HANDLE,
    }  # fmt: skip
    assert all(lifecycle.PHASES[place.of] is place.phase for place in PLACES if place.step not in RESTS)


def test_phases_and_rests() -> None:
    assert set(lifecycle.PHASES) == set(Step)
    assert set(Step) - set(lifecycle.UNFINISHED) == {Step.EVALUATE, *RESTS}
    assert RESTS == (Step.ARCHIVED, Step.REJECTED, Step.MERGED, Step.WITHDRAWN)
    assert all(lifecycle.PHASES[step] is Phase.DONE for step in RESTS)


def test_whoever_holds_a_case() -> None:
    for step in Step:
        assert lifecycle.holder(step, OURS) == (None if step in RESTS else lifecycle.HOLDERS.get(step, OURS))
    assert lifecycle.holder(Step.HANDLE, None) is None


def test_queues() -> None:
    assert {role: lifecycle.queue(role) for role in Role} == {
        Role.WATCH_OFFICER: (Step.COLLECT, Step.FILE), Role.DISPATCHER: (Step.DISPATCH, Step.REPORT_BACK),
        Role.DEPARTMENT: (Step.HANDLE, Step.DISPUTE, Step.SUSPENDED), Role.INSPECTOR: (Step.CONFIRM, Step.VERIFY),
        Role.MANAGER: (Step.DISPUTE,), Role.LEADER: (), Role.ADMINISTRATOR: (), Role.SYSTEM: (),
    }  # fmt: skip
    assert {step for role in Role for step in lifecycle.queue(role)} == set(lifecycle.UNFINISHED), "no unfinished case waits for nobody"


def test_who_answers_what_departments_ask() -> None:
    answering = {role: lifecycle.asked_of(role) for role in Role if lifecycle.asked_of(role)}
    assert answering == {Role.DISPATCHER: (Ask.EXTENSION,), Role.MANAGER: (Ask.SUSPENSION, Ask.APPEAL)}


def test_the_diagram_shows_every_way() -> None:
    drawn = diagram.as_mermaid()
    for move in MOVES:
        for source in move.sources:
            assert (f"    {source} --> {move.target}: {move.name} ({move.role})" in drawn) is (move.target is not None)
    assert [line.split()[0] for line in drawn.splitlines() if line.endswith("--> [*]")] == list(RESTS)


def test_the_tables_show_every_move_and_every_step() -> None:
    moves, steps = diagram.as_markdown().splitlines(), diagram.steps_as_markdown().splitlines()
    for move, line in zip(MOVES, moves[2:], strict=True):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert cells[0] == f"`{move.name}`" + (" (way back)" if move.back else "")
        assert cells[1:4] == [", ".join(move.sources), move.target or "stays", move.role]
        assert all(kind in cells[4] for kind in move.kinds) and all(field in cells[4] for field in move.requires)
        assert cells[5:] == [", ".join(move.takes) or "–", "–" if move.clock is Clock.KEEPS else move.clock, ", ".join(move.needs) or "–"]
    for place, line in zip(PLACES, steps[2:], strict=True):
        assert line.startswith(f"| `{place.step}` | {place.phase} | {place.of} | {place.holder or '–'} | ")


def test_rows_of_the_tables_are_complete() -> None:
    assert [(row["move"], row["source"], row["target"]) for row in diagram.moves()] == [
        (move.name, source, move.leads(source)) for move in MOVES for source in move.sources
    ]
    assert [row["step"] for row in diagram.steps()] == [place.step for place in PLACES]
    assert {row["step"] for row in diagram.steps() if row["rest"]} == set(RESTS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_has_its_words(language: str) -> None:
    kinds = {value for values in (*lifecycle.CHOICES.values(), *(move.kinds for move in MOVES)) for value in values}
    wanted = {
        *(f"step.{step}" for step in Step), *(f"move.{name}" for name in NAMES), *(f"field.{name}" for name in FIELDS),
        *(f"choice.{value}" for value in kinds), *(f"fault.need_{need}" for need in Need), *(f"clock.{clock}" for clock in Clock),
        *(f"role.{role}" for role in Role), *(f"post.{post}" for post in POSTS),
    }  # fmt: skip
    assert sorted(wanted - messages(language).keys()) == []


def _without(*names: str) -> tuple[Move, ...]:
    return tuple(move for move in MOVES if move.name not in names)


def _shout(**said: tuple[str, ...]) -> Move:
    return Move("shout", (Step.FILE,), None, Role.MANAGER, **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ((*MOVES, MOVES[0]), "duplicate move accept"),
        (_without("report_back", "recheck"), "verify is never reached"),
        (_without("close", "rework"), "verify is a dead end"),
        ((*MOVES, _shout(requires=("volume",))), "shout asks for unknown volume"),
        ((*MOVES, _shout(takes=("volume",))), "shout asks for unknown volume"),
        ((*MOVES, _shout(requires=("kind",))), "shout: kinds and the field kind belong together"),
        ((*MOVES, _shout(kinds=("loud", "soft"))), "shout: kinds and the field kind belong together"),
        (_without("grant_appeal", "refuse_appeal"), "ask_appeal asks and nobody answers"),
    ],
)
def test_a_broken_table_is_found_out(broken: tuple[Move, ...], says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "MOVES", broken)
    assert says in faults()


def test_a_step_without_a_place_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    placed = {step: place for step, place in PLACE.items() if step is not Step.CONFIRM}
    monkeypatch.setattr(lifecycle, "PLACE", placed)
    assert faults() == ["confirm has no place"]
