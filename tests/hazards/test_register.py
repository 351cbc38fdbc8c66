"""Acts on the register on a real city: entering, cycles by class, inspecting, changing, closing, rights, masking, replay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from city_brain import clock
from city_brain.cases.model import Look
from city_brain.errors import Fault, NotAllowed, NotFound, Stale
from city_brain.hazards import actions, model, queries
from city_brain.hazards.model import CYCLES, Condition, Inspection, Result, RiskClass, State
from city_brain.hazards.queries import Wanted
from city_brain.roles import Actor, Role
from city_brain.storage.city import City
from tests.hazards.conftest import INSPECTOR, MANAGER, NOW, OFFICER, ROADS, SPOT, WATER

TODAY = NOW.date()
SEEN = Inspection(Result.CLEAR)


@pytest.fixture(autouse=True)
def _at_nine() -> Iterator[None]:
    with clock.held(NOW):
        yield


def found(city: City, number: str = "F-1") -> dict[str, Any]:
    return queries.hazard(city, Look(clock.now()), number)


def kinds(city: City) -> list[str]:
    return [event.kind for page in city.journal.read() for event in page if event.kind.startswith("hazard")]


def test_the_first_inspection_follows_from_the_class(here: City) -> None:
    for risk_class, days in CYCLES.items():
        actions.enter(here, SPOT | {"hazard_id": risk_class, "risk_class": risk_class}, MANAGER)
        assert found(here, risk_class)["next_on"] == TODAY + timedelta(days=days)


def test_the_district_is_where_the_point_lies_whatever_is_said(here: City) -> None:
    actions.enter(here, SPOT | {"district": "somewhere"}, MANAGER)
    assert found(here)["district"] == "江岸区"
    actions.change(here, "F-1", {"lon": 114.4}, MANAGER)
    assert found(here)["district"] == "武昌区"


def test_persons_are_masked_everywhere_until_somebody_says_what_for(here: City) -> None:
    actions.enter(here, SPOT, MANAGER)
    look = Look(clock.now())
    for row in (found(here), *queries.rows(here, look), *queries.register(here, look).to_dict("records")):
        assert (row["person"], row["phone"]) == ("王*", "138****5678")
    with pytest.raises(Fault, match="hazard_missing"):
        actions.disclose(here, ["F-1"], " ", INSPECTOR)
    assert actions.disclose(here, ["F-1"], "call out", INSPECTOR) == {"F-1": ("王芳", "13812345678")}
    assert kinds(here)[-1] == "hazard.disclosed"
    last = queries.history(here, "F-1")[0]
    assert (last["what"], last["actor"], last["told"]["purpose"]) == ("disclosed", INSPECTOR.signature, "call out")


@pytest.mark.parametrize(("plain", "shown"), [("张伟", "张*"), ("欧阳修文", "欧阳*"), ("Smith", "S*"), ("", ""), (None, None)])
def test_masks_of_names(plain: str | None, shown: str | None) -> None:
    assert model.masked_person(plain) == shown


@pytest.mark.parametrize(("plain", "shown"), [("13812345678", "138****5678"), ("8812345", "****45"), ("110", "****"), (None, None)])
def test_masks_of_numbers(plain: str | None, shown: str | None) -> None:
    assert model.masked_phone(plain) == shown


def test_the_history_does_not_tell_personal_data(here: City) -> None:
    actions.enter(here, SPOT, MANAGER)
    actions.change(here, "F-1", {"phone": "13900001111", "notes": "pump renewed"}, MANAGER, reason="new duty phone")
    told = str(queries.history(here, "F-1"))
    assert "pump renewed" in told and "new duty phone" in told
    assert "13900001111" not in told and "13812345678" not in told and "王芳" not in told


# -- inspecting ------------------------------------------------------------------------------------


def test_an_inspection_moves_the_next_one_by_the_cycle(here: City) -> None:
    actions.enter(here, SPOT, MANAGER)
    actions.inspect(here, "F-1", Inspection(Result.FINDINGS, "leaves in the gully", "Zhou", TODAY - timedelta(days=2)), INSPECTOR)
    row = found(here)
    assert (row["last_on"], row["last_result"], row["inspections"]) == (TODAY - timedelta(days=2), "findings", 1)
    assert row["next_on"] == TODAY - timedelta(days=2) + timedelta(days=CYCLES[RiskClass.ORANGE])
    told = queries.history(here, "F-1")[0]["told"]
    assert (told["findings"], told["inspector"]) == ("leaves in the gully", "Zhou")


@pytest.mark.parametrize(
    ("inspection", "why"),
    [
        (Inspection(Result.FINDINGS), "hazard_missing"),
        (Inspection(Result.CLEAR, inspected_on=TODAY + timedelta(days=1)), "hazard_future"),
        (Inspection(Result.CLEAR, inspected_on=TODAY - timedelta(days=9)), "hazard_before"),
    ],
)
def test_an_inspection_that_cannot_be_leaves_nothing(here: City, inspection: Inspection, why: str) -> None:
    actions.enter(here, SPOT | {"last_on": TODAY - timedelta(days=5)}, MANAGER)
    before = here.version
    with pytest.raises(Fault, match=why):
        actions.inspect(here, "F-1", inspection, INSPECTOR)
    assert here.version == before


def test_condition_by_day(here: City) -> None:
    days = {Condition.OVERDUE: -1, Condition.DUE: model.DUE_DAYS, Condition.IN_TIME: model.DUE_DAYS + 1}
    for condition, days_left in days.items():
        actions.enter(here, SPOT | {"hazard_id": condition, "next_on": TODAY + timedelta(days=days_left)}, MANAGER)
        assert found(here, condition)["condition"] == condition
    assert [row["hazard_id"] for row in queries.rows(here, Look(clock.now()))] == list(days)
    figures = queries.summary(here, Look(clock.now()))
    assert (figures["in_force"], figures["overdue"], figures["due"]) == (3, 1, 1)


# -- classes and cycles ----------------------------------------------------------------------------


def test_a_graver_class_brings_the_inspection_forward_but_makes_nobody_late(here: City) -> None:
    actions.enter(here, SPOT | {"risk_class": "blue", "last_on": TODAY - timedelta(days=20)}, MANAGER)
    actions.change(here, "F-1", {"risk_class": "orange"}, MANAGER)
    assert found(here)["next_on"] == TODAY + timedelta(days=10)
    actions.change(here, "F-1", {"risk_class": "red"}, MANAGER)
    assert found(here)["next_on"] == TODAY


def test_new_cycles_move_what_they_concern(here: City) -> None:
    actions.enter(here, SPOT | {"last_on": TODAY - timedelta(days=10)}, MANAGER)
    actions.enter(here, SPOT | {"hazard_id": "late", "next_on": TODAY - timedelta(days=1)}, MANAGER)
    actions.enter(here, SPOT | {"hazard_id": "other", "risk_class": "blue"}, MANAGER)
    other = found(here, "other")["next_on"]
    actions.set_cycles(here, {"red": 7, "orange": 14, "yellow": 90, "blue": 180}, MANAGER)
    assert found(here)["next_on"] == TODAY + timedelta(days=4)
    assert found(here, "late")["next_on"] == TODAY - timedelta(days=1), "what is overdue stays so"
    assert found(here, "other")["next_on"] == other
    assert queries.cycles(here)["orange"] == 14
    actions.inspect(here, "late", SEEN, INSPECTOR)
    assert found(here, "late")["next_on"] == TODAY + timedelta(days=14)


@pytest.mark.parametrize("days", [{"red": 7}, {"red": 0, "orange": 30, "yellow": 90, "blue": 180}])
def test_cycles_that_cannot_be(here: City, days: dict[str, int]) -> None:
    with pytest.raises(Fault, match="hazard_cycle"):
        actions.set_cycles(here, days, MANAGER)


# -- rights ----------------------------------------------------------------------------------------


def test_who_may_do_what(here: City) -> None:
    actions.enter(here, SPOT, MANAGER)
    for actor in (OFFICER, INSPECTOR, WATER):
        with pytest.raises(NotAllowed):
            actions.enter(here, SPOT | {"hazard_id": "F-2"}, actor)
        with pytest.raises(NotAllowed):
            actions.close(here, "F-1", "gone", actor)
        with pytest.raises(NotAllowed):
            actions.set_cycles(here, dict.fromkeys(map(str, RiskClass), 5), actor)
    for actor in (OFFICER, ROADS):
        with pytest.raises(NotAllowed):
            actions.inspect(here, "F-1", SEEN, actor)
        with pytest.raises(NotAllowed):
            actions.disclose(here, ["F-1"], "curious", actor)
    actions.inspect(here, "F-1", SEEN, WATER)


def test_a_department_changes_some_things_of_its_own_alone(here: City) -> None:
    actions.enter(here, SPOT, MANAGER)
    actions.change(here, "F-1", {"person": "李军", "state": State.UNDER_TREATMENT}, WATER)
    assert found(here)["state"] == State.UNDER_TREATMENT
    for actor, fields in ((WATER, {"risk_class": "blue"}), (WATER, {"department": "roads"}), (ROADS, {"person": "x"})):
        with pytest.raises(NotAllowed):
            actions.change(here, "F-1", fields, actor)


def test_nothing_is_done_in_playback(here: City) -> None:
    actions.enter(here, SPOT, MANAGER)
    past = Actor("Sun", Role.MANAGER, playback=True)
    for act in (
        lambda: actions.enter(here, SPOT | {"hazard_id": "F-2"}, past), lambda: actions.change(here, "F-1", {"notes": "x"}, past),
        lambda: actions.inspect(here, "F-1", SEEN, past), lambda: actions.close(here, "F-1", "gone", past),
    ):  # fmt: skip
        with pytest.raises(NotAllowed, match="playback"):
            act()


# -- changing and closing --------------------------------------------------------------------------


def test_the_second_of_two_is_told(here: City) -> None:
    actions.enter(here, SPOT, MANAGER)
    seen = found(here)["sequence"]
    actions.change(here, "F-1", {"notes": "first"}, MANAGER, seen=seen)
    with pytest.raises(Stale, match="hazard_changed"):
        actions.change(here, "F-1", {"notes": "second"}, MANAGER, seen=seen)
    assert found(here)["notes"] == "first"


def test_a_change_of_nothing_or_of_what_is_fixed_is_refused(here: City) -> None:
    actions.enter(here, SPOT, MANAGER)
    for fields, why in (
        ({"name": SPOT["name"]}, "hazard_nothing"),
        ({"hazard_id": "F-9"}, "hazard_fixed"),
        ({"state": "closed"}, "hazard_fixed"),
    ):
        with pytest.raises(Fault, match=why):
            actions.change(here, "F-1", fields, MANAGER)


def test_a_closed_hazard_rests(here: City) -> None:
    actions.enter(here, SPOT, MANAGER)
    with pytest.raises(Fault, match="hazard_missing"):
        actions.close(here, "F-1", "  ", MANAGER)
    actions.close(here, "F-1", "pump station built", MANAGER)
    assert found(here)["condition"] == Condition.CLOSED
    assert queries.rows(here, Look(clock.now())) == []
    assert len(queries.rows(here, Look(clock.now()), Wanted(closed=True))) == 1
    for act in (lambda: actions.inspect(here, "F-1", SEEN, INSPECTOR), lambda: actions.close(here, "F-1", "again", MANAGER)):
        with pytest.raises(Stale, match="hazard_gone"):
            act()


def test_what_is_not_there_is_said(here: City) -> None:
    with pytest.raises(NotFound):
        actions.inspect(here, "F-404", SEEN, INSPECTOR)
    actions.enter(here, SPOT, MANAGER)
    with pytest.raises(Stale, match="hazard_known"):
        actions.enter(here, SPOT, MANAGER)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"name": ""}, "hazard_missing"), ({"kind": "volcano"}, "hazard_unknown"), ({"department": "navy"}, "no_department"),
        ({"lon": float("nan")}, "hazard_range"), ({"lat": 95.0}, "hazard_range"),
        ({"lon": 30.59, "lat": 114.31}, "hazard_swapped"),
        ({"lon": 116.4, "lat": 39.9}, "hazard_far"), ({"notes": "x" * 501}, "hazard_long"),
        ({"last_on": date(2027, 1, 1)}, "hazard_future"),
        ({"phone": "138****5678"}, "hazard_masked"),
    ],
)  # fmt: skip
def test_what_cannot_be_entered(here: City, said: dict[str, Any], why: str) -> None:
    with pytest.raises(Fault, match=why):
        actions.enter(here, SPOT | said, MANAGER)
    assert kinds(here) == []


def test_filters(here: City) -> None:
    actions.enter(here, SPOT, MANAGER)
    actions.enter(
        here,
        SPOT | {"hazard_id": "F-2", "name": "East bridge", "kind": "bridge", "risk_class": "red", "department": "roads", "lon": 114.5},
        MANAGER,
    )
    asked = {
        Wanted(): {"F-1", "F-2"}, Wanted(classes=("red",)): {"F-2"}, Wanted(kinds=("ponding",)): {"F-1"},
        Wanted(departments=("roads",)): {"F-2"},
        Wanted(districts=("江岸区",)): {"F-1"}, Wanted(words="EAST"): {"F-2"}, Wanted(conditions=("overdue",)): set(),
        Wanted(day=TODAY + timedelta(days=7)): {"F-2"}, Wanted(states=("closed",)): set(),
    }  # fmt: skip
    for wanted, numbers in asked.items():
        assert {row["hazard_id"] for row in queries.rows(here, Look(clock.now()), wanted)} == numbers, wanted


def test_events_replay_to_the_same_register(here: City) -> None:
    actions.enter(here, SPOT, MANAGER)
    actions.enter(here, SPOT | {"hazard_id": "F-2"}, MANAGER)
    actions.inspect(here, "F-1", Inspection(Result.FINDINGS, "leaves"), INSPECTOR)
    actions.change(here, "F-1", {"risk_class": "red", "person": "李军"}, MANAGER)
    actions.set_cycles(here, {"red": 3, "orange": 14, "yellow": 60, "blue": 120}, MANAGER)
    actions.close(here, "F-2", "gone", MANAGER)
    before = everything(here)
    here.rebuild()
    assert everything(here) == before
    assert here.verify() == []


def everything(city: City) -> tuple[object, ...]:
    with city.read() as cursor:
        rows = cursor.rows("hazards.standing", hazard_ids=["F-1", "F-2"])
    return sorted(rows, key=lambda row: row["hazard_id"]), queries.history(city, "F-1"), queries.cycles(city)
