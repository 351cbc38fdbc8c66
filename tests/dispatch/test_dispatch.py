"""Teams and assignments: who may what, nobody sent twice, states that follow, a picture that can be derived anew."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from itertools import product
from typing import Any

import pandas as pd
import pytest

from city_brain import clock
from city_brain.cases import queries as cases
from city_brain.cases.actions import advance as move
from city_brain.cases.model import Look
from city_brain.dispatch import actions, lifecycle, model, queries, rounds
from city_brain.dispatch.lifecycle import BACK_AFTER, BY_HAND, STEPS, Stage, State
from city_brain.dispatch.model import Function, Position
from city_brain.errors import Fault, NotAllowed, NotFound, Stale
from city_brain.incidents.catalogue import categories
from city_brain.roles import Actor, Role
from city_brain.simulator.crews import FLEET
from city_brain.storage.city import City
from tests.deliveries import CREW, DISPATCHER, MANAGER, OFFICER
from tests.dispatch.conftest import NOW, SYSTEM, case, state, team


def later(minutes: float) -> Any:
    return clock.held(NOW + timedelta(minutes=minutes))


def test_a_team_is_sent_and_the_case_goes_to_its_department_in_one_act(here: City) -> None:
    number = case(here, "a")
    before = here.record_sequence
    sent = actions.assign(here, number, "L-1", DISPATCHER, recommended="L-1", eta_s=300, distance_m=2000)
    found = cases.case(here, Look(NOW), number)
    assert (found["step"], found["department"]) == ("handle", "city_management") and here.record_sequence == before + 2
    (told,) = queries.assignments(here, Look(NOW), case_id=number).to_dict("records")
    assert told["assignment_id"] == sent and pd.isna(told["ended"]) and not told["overruled"] and told["eta_s"] == 300
    assert state(here)["state"] == "dispatched" and state(here)["case_id"] == number


def test_the_state_of_a_team_follows_its_assignment(here: City) -> None:
    sent = actions.assign(here, case(here, "a", step="handle"), "L-1", DISPATCHER)
    ways = [("en_route", "en_route"), ("on_scene", "on_scene"), ("cleared", "clear")]
    for minute, (stage, then) in enumerate(ways, start=1):
        with later(minute):
            actions.advance(here, sent, stage, SYSTEM)
            assert state(here)["state"] == then and state(here)["since"] == clock.now()
    with later(4), pytest.raises(Stale) as over:
        actions.advance(here, sent, "recalled", DISPATCHER, reason="x")
    assert over.value.key == "assignment_over"
    with later(4):
        assert pd.isna(state(here)["case_id"]) and rounds.follow(here) == 0
    with clock.held(NOW + timedelta(minutes=3) + BACK_AFTER):
        assert rounds.follow(here) == 1 and state(here)["state"] == "available"
    told = queries.teams(here, Look(NOW + timedelta(minutes=2, seconds=1))).set_index("team_id")
    assert told.loc["L-1"]["state"] == "on_scene", "as it was then"


@pytest.mark.parametrize(("stage", "role", "at"), list(product(Stage, Role, State)))
def test_every_stage_of_every_role_in_every_state(stage: Stage, role: Role, at: State) -> None:
    row_of = next(step for step in STEPS if step.stage == stage)
    may = role in row_of.roles and at in row_of.sources
    assert (stage in lifecycle.possible(at, role)) == may
    if may:
        assert lifecycle.take(stage, at, role, "because").target is row_of.target
    else:
        with pytest.raises((NotAllowed, Stale)):
            lifecycle.take(stage, at, role, "because")


def test_thirty_two_dispatchers_on_the_same_ten_teams(here: City) -> None:
    """Each team is sent once, no case is lost, and whoever was late hears who was first."""
    numbers = [case(here, f"c{number}", step="handle", lon=114.2 + number / 100) for number in range(40)]

    def dispatch(person: int) -> list[tuple[str, str, Fault | None]]:
        me, told = Actor(f"D{person}", Role.DISPATCHER), list[tuple[str, str, Fault | None]]()
        for turn in range(10):
            chosen, whom = numbers[(person + turn) % 40], f"L-{(person * 7 + turn) % 10}"
            try:
                actions.assign(here, chosen, whom, me)
                told.append((chosen, whom, None))
            except Fault as fault:
                told.append((chosen, whom, fault))
        return told

    with ThreadPoolExecutor(32) as pool:
        results = [one for person in pool.map(dispatch, range(32)) for one in person]
    won = [(chosen, whom) for chosen, whom, fault in results if fault is None]
    live = queries.assignments(here, Look(NOW), live=True)
    assert len(won) == 10 == len({whom for _, whom in won}) and len(results) == 320
    assert sorted(won) == sorted(zip(live["case_id"], live["team_id"], strict=True))
    first = {whom: chosen for chosen, whom in won}
    for _, whom, fault in results:
        if fault is not None:
            assert isinstance(fault, Stale) and fault.key == "team_taken" and fault.values["case"] == first[whom] and fault.values["by"]
    waiting = set(queries.waiting(here, Look(NOW))["case_id"])
    assert waiting == set(numbers) - set(first.values())
    here.rebuild()
    assert list(here.verify()) == [] and len(queries.assignments(here, Look(NOW), live=True)) == 10


def test_a_case_that_goes_on_sets_its_team_free(here: City) -> None:
    number = case(here, "a", step="handle")
    actions.assign(here, number, "L-1", DISPATCHER)
    move(here, number, "finish", CREW, {"outcome": "lamp replaced"})
    assert rounds.follow(here) == 1
    (told,) = queries.assignments(here, Look(NOW), case_id=number).to_dict("records")
    assert told["ended"] == "passed" and state(here)["state"] == "clear"
    assert actions.assign(here, case(here, "b", step="handle", lon=114.5), "L-1", DISPATCHER), "and it can be sent again"


def test_another_team_than_was_proposed_needs_a_reason_and_is_counted(here: City) -> None:
    number = case(here, "a", step="handle")
    with pytest.raises(Fault) as caught:
        actions.assign(here, number, "L-2", DISPATCHER, recommended="L-1")
    assert caught.value.key == "overrule_reason"
    actions.assign(here, number, "L-2", DISPATCHER, recommended="L-1", reason="knows the place")
    (told,) = queries.overrules(here, Look(NOW), NOW - timedelta(days=1)).to_dict("records")
    assert (told["recommended"], told["team_id"], told["reason"], told["times"]) == ("L-1", "L-2", "knows the place", 1)


def test_whom_people_prefer_is_known_once_it_was_often_and_mostly_the_same(here: City) -> None:
    def overrule(number: int, team_id: str) -> None:
        made = case(here, f"o{number}", step="handle", district="Wuchang", lon=114.31 + number / 100)
        sent = actions.assign(here, made, team_id, DISPATCHER, recommended="L-0", reason="knows the place")
        actions.advance(here, sent, "recalled", DISPATCHER, reason="over")

    since = NOW - timedelta(days=1)
    for number in range(2):
        overrule(number, "L-2")
    assert queries.preferred(here, Look(NOW), since).empty
    overrule(2, "L-2")
    overrule(3, "L-3")
    (told,) = queries.preferred(here, Look(NOW), since).to_dict("records")
    assert (told["function"], told["district"], told["team_id"], told["times"], told["overrules"]) == ("lighting", "Wuchang", "L-2", 3, 4)
    for number in range(4, 6):
        overrule(number, "L-3")
    assert queries.preferred(here, Look(NOW), since).empty, "three of six is no preference"
    assert queries.overrules(here, Look(NOW), since)["proposals"].tolist() == [6, 6]


def test_no_reason_for_something_else_sends_a_second_team(here: City) -> None:
    number = case(here, "a", step="handle")
    actions.assign(here, number, "L-1", DISPATCHER)
    with pytest.raises(Stale) as caught:
        actions.assign(here, number, "L-2", DISPATCHER, recommended="L-3", reason="knows the street", alone=True)
    assert caught.value.key == "case_served" and caught.value.values["team"] == "L-1"
    assert actions.assign(here, number, "L-2", DISPATCHER, recommended="L-3", reason="two are needed")


def test_the_same_matter_is_asked_for_first(here: City) -> None:
    one, other = case(here, "a", step="handle"), case(here, "b", step="handle", lon=114.3105)
    actions.assign(here, one, "L-1", DISPATCHER)
    assert [row["case_id"] for row in queries.alike(here, Look(NOW), other)] == [one]
    with pytest.raises(Fault) as caught:
        actions.assign(here, other, "L-2", DISPATCHER)
    assert caught.value.key == "same_matter" and caught.value.values["case"] == one
    assert actions.assign(here, other, "L-2", DISPATCHER, same_checked=True)


@pytest.mark.parametrize("role", list(Role))
def test_who_may_send(here: City, role: Role) -> None:
    number, person = case(here, "a", step="handle"), Actor("X", role, department="city_management")
    if role in lifecycle.DESK:
        assert actions.assign(here, number, "L-1", person)
    else:
        with pytest.raises(NotAllowed):
            actions.assign(here, number, "L-1", person)
        assert state(here)["state"] == "available"
    with pytest.raises(NotAllowed, match="playback"):
        actions.assign(here, number, "L-2", Actor("X", role, playback=True))


def test_a_watch_officer_cannot_dispatch_a_case_by_sending_a_team(here: City) -> None:
    number = case(here, "a")
    with pytest.raises(Fault):
        actions.assign(here, number, "L-1", OFFICER)
    assert cases.case(here, Look(NOW), number)["step"] == "dispatch" and state(here)["state"] == "available", "all or nothing"


def test_teams_are_put_off_duty_by_those_who_may_and_never_from_a_case(here: City) -> None:
    actions.put(here, ["L-1", "L-2"], "off_duty", DISPATCHER, reason="end of shift")
    assert state(here)["state"] == state(here, "L-2")["state"] == "off_duty"
    number = case(here, "a", step="handle")
    with pytest.raises(Fault) as caught:
        actions.assign(here, number, "L-1", DISPATCHER)
    assert caught.value.key == "team_not_free"
    actions.put(here, ["L-1"], "available", CREW)
    actions.assign(here, number, "L-1", DISPATCHER)
    with pytest.raises(Stale):
        actions.put(here, ["L-1"], "off_duty", MANAGER)
    with pytest.raises(NotAllowed):
        actions.put(here, ["L-3"], "off_duty", Actor("Wu", Role.DEPARTMENT, department="roads"))
    for wrong in set(State) - set(BY_HAND):
        with pytest.raises(NotFound):
            actions.put(here, ["L-3"], wrong, MANAGER)


def test_positions_come_in_batches_and_old_ones_change_nothing(here: City) -> None:
    def at(minutes: float, lon: float = 114.33, team_id: str = "L-1") -> Position:
        return Position(team_id, lon, 30.61, NOW + timedelta(minutes=minutes))

    assert actions.locate(here, [at(-5), at(-4, team_id="L-2")], SYSTEM) == 2
    assert actions.locate(here, [at(-6, lon=114.9), at(-1, lon=114.34)], SYSTEM) == 1
    assert state(here)["lon"] == 114.34 and state(here)["located_at"] == NOW - timedelta(minutes=1)
    before = here.record_sequence
    wrong = {"position_time": at(6), "team_place": Position("L-1", 0.0, 0.0, NOW), "no_team": at(0, team_id="nobody")}
    for key, one in wrong.items():
        with pytest.raises(Fault) as caught:
            actions.locate(here, [at(0), one], SYSTEM)
        assert caught.value.key == key
    assert here.record_sequence == before, "all or none"
    with pytest.raises(NotAllowed):
        actions.locate(here, [at(0)], OFFICER)


def test_pins_stand_first_until_they_are_let_go(here: City) -> None:
    first, second = case(here, "a", step="handle"), case(here, "b", step="handle", lon=114.5, urgency="urgent")
    assert list(queries.waiting(here, Look(NOW))["case_id"]) == [second, first]
    actions.pin(here, first, DISPATCHER, reason="a school")
    found = queries.waiting(here, Look(NOW))
    assert list(found["case_id"]) == [first, second] and found["pin_reason"][0] == "a school" and set(found["function"]) == {"sanitation"}
    with later(1):
        actions.pin(here, first, DISPATCHER, reason="", pinned=False)
        assert list(queries.waiting(here, Look(clock.now()))["case_id"]) == [second, first]
    with pytest.raises(Fault):
        actions.pin(here, first, DISPATCHER, reason=" ")


def test_response_figures_by_hand_and_hidden_where_there_are_few(here: City) -> None:
    for number in range(10):
        with later(number * 60):
            sent_for = case(here, f"r{number}", step="handle", lon=114.2 + number / 100)
        with later(number * 60 + 10 + number):
            sent = actions.assign(here, sent_for, f"L-{number}", DISPATCHER)
        for stage, minute in (("en_route", 12), ("on_scene", 20), ("cleared", 50)):
            with later(number * 60 + minute + number):
                actions.advance(here, sent, stage, SYSTEM)
    look = Look(NOW + timedelta(hours=12))
    (whole,) = queries.response(here, look, NOW).to_dict("records")
    minutes = {name: (whole[f"{name}_p50"] / 60, whole[f"{name}_p90"] / 60, whole[f"{name}_n"]) for name in queries.CLOCKS}
    assert minutes["waiting"] == pytest.approx((14.5, 18.1, 10)) and minutes["turnout"] == pytest.approx((2, 2, 10))
    assert minutes["travel"] == pytest.approx((8, 8, 10)) and minutes["on_scene"] == pytest.approx((30, 30, 10))
    assert minutes["total"] == pytest.approx((24.5, 28.1, 10))
    by_team = queries.response(here, look, NOW, by="team")
    assert len(by_team) == 10 and by_team["total_p50"].isna().all() and set(by_team["n"]) == {1}
    early = queries.response(here, Look(NOW + timedelta(minutes=100)), NOW)
    assert early["n"].iloc[0] == 2, "of what was known then"


def test_what_cannot_be_a_team_is_refused(here: City) -> None:
    wrong = [("team_id", ""), ("team_id", "a b"), ("function", "clowns"), ("size", 0), ("home_lon", 200), ("shift_from", "25:00")]
    for field, value in wrong:
        with pytest.raises(Fault):
            team(1, **{field: value})
    with pytest.raises(Fault) as caught:
        actions.enter(here, [team(1), team(1)], SYSTEM)
    assert caught.value.key == "team_twice"
    with pytest.raises(Fault):
        actions.enter(here, [team(11, department="nobody")], SYSTEM)
    assert actions.enter(here, [team(1, size=5)], SYSTEM) == 0 and state(here)["size"] == 5


def test_shifts_past_midnight() -> None:
    night, day = ("19:00", "07:00"), ("07:00", "19:00")
    assert [model.on_shift(*night, time(hour)) for hour in (23, 3, 7)] == [True, True, False]
    assert [model.on_shift(*day, time(hour)) for hour in (7, 18, 19)] == [True, True, False] and model.on_shift(None, None, time(3))


def test_every_category_calls_for_a_function() -> None:
    found = {model.function_of(kind, code) for kind, code in categories()}
    assert found <= set(Function) and len(found) >= 9
    assert {row.department for row in categories().values()} <= model.CALLS_FOR.keys()
    assert model.function_of(None, None) is model.OTHERWISE


def test_a_skill_is_asked_for_by_categories_whose_teams_can_have_it() -> None:
    codes = [code for of in model.SKILLS.values() for code in of]
    assert len(codes) == len(set(codes)), "a category asks for one skill"
    for skill, of in model.SKILLS.items():
        for code in of:
            functions = {model.function_of(kind, code) for kind, known in categories() if known == code}
            assert functions and all(skill in FLEET[function][4] for function in functions), (skill, code)
    assert model.skill_of("01004") == "pump" and model.skill_of("06010") is None and model.skill_of(None) is None


def test_a_waiting_case_says_what_it_calls_for(here: City) -> None:
    case(here, 2, category_kind="component", category_code="01037")
    (told,) = queries.waiting(here, Look(NOW)).to_dict("records")
    assert (told["function"], told["skill"]) == ("lighting", "lift")


def served(case_id: str, team_id: str = "L-1", *, minutes: tuple[float, ...] = (-40, -39, -30, -10)) -> model.Served:
    return model.Served(case_id, team_id, *(NOW + timedelta(minutes=minute) for minute in minutes), 500.0, 4000.0)


def test_what_teams_have_done_before_is_taken_in_and_changes_nothing_of_today(here: City) -> None:
    number = case(here, "a")
    assert actions.remember(here, [served(number), served(number, "L-2")], SYSTEM) == 2
    told = queries.assignments(here, Look(NOW), case_id=number)
    assert set(told["team_id"]) == {"L-1", "L-2"} and (told["ended"] == "cleared").all() and (told["eta_s"] == 500).all()
    assert (told["on_scene_at"] - told["en_route_at"] == timedelta(minutes=9)).all()
    assert queries.assignments(here, Look(NOW - timedelta(minutes=35)), case_id=number)["on_scene_at"].isna().all()
    assert state(here)["state"] == "available" and queries.assignments(here, Look(NOW), live=True).empty
    actions.assign(here, number, "L-1", DISPATCHER)


@pytest.mark.parametrize("minutes", [(-10, -39, -30, -10), (-40, -39, -30, 5)])
def test_a_past_that_cannot_be_is_refused_whole(here: City, minutes: tuple[float, ...]) -> None:
    number = case(here, "a")
    with pytest.raises(Fault, match="served_times"):
        actions.remember(here, [served(number), served(number, "L-2", minutes=minutes)], SYSTEM)
    for wrong in (served("NO-1"), served(number, "L-99")):
        with pytest.raises(NotFound):
            actions.remember(here, [served(number), wrong], SYSTEM)
    with pytest.raises(NotAllowed):
        actions.remember(here, [served(number)], OFFICER)
    assert queries.assignments(here, Look(NOW), case_id=number).empty


def test_response_is_told_by_urgency(here: City) -> None:
    number = case(here, "a", urgency="urgent")
    actions.remember(here, [served(number, f"L-{one}", minutes=(-40, -39, -30, -10)) for one in range(10)], SYSTEM)
    (row,) = queries.response(here, Look(NOW), NOW - timedelta(days=1), by="urgency").to_dict("records")
    assert (row["group"], row["n"], row["travel_p50"], row["turnout_p90"]) == ("urgent", 10, 540, 60)
