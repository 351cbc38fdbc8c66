"""What the clock does: a missed inspection raises one case, which inspecting handles; closed cases become proposals, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from city_brain import clock
from city_brain.cases import queries as cases
from city_brain.cases.actions import advance
from city_brain.cases.model import Look
from city_brain.errors import Fault, NotAllowed, Stale
from city_brain.hazards import actions, queries, rounds
from city_brain.hazards.model import Inspection, Result, State
from city_brain.hazards.proposals import ENTER_FROM, LOOKED_BACK, RAISE_FROM
from city_brain.incidents import actions as incidents
from city_brain.storage.city import City
from tests.hazards.conftest import DISPATCHER, INSPECTOR, MANAGER, NOW, SPOT, WATER, closed

LATER = NOW + timedelta(days=31)
"""The inspection of an orange hazard is overdue for a day."""
DAY = timedelta(days=1)
PONDING = {"category_kind": "matter", "category_code": "01004"}


@pytest.fixture
def spot(here: City) -> City:
    """The city with one hazard, to be inspected within thirty days."""
    with clock.held(NOW):
        actions.enter(here, SPOT, MANAGER)
    return here


def case_of(city: City, case_id: str) -> dict[str, Any]:
    return cases.case(city, Look(clock.now()), case_id)


# -- missed inspections ----------------------------------------------------------------------------


def test_a_missed_inspection_raises_exactly_one_case_of_its_owner(spot: City) -> None:
    with clock.held(LATER - DAY):
        assert rounds.raise_missed(spot) == 0, "the day itself is in time"
    for hours in (0, 1, 30):
        with clock.held(LATER + timedelta(hours=hours)):
            rounds.raise_missed(spot)
    with clock.held(LATER + 2 * DAY):
        (link,) = queries.links(spot, "F-1")
        case = case_of(spot, link["case_id"])
        assert (case["step"], case["holder"], case["category_code"]) == ("handle", "water", "01004")
        assert (case["lon"], case["lat"], case["district"]) == (SPOT["lon"], SPOT["lat"], "江岸区")
        assert "F-1" in case["description"] and "2026-06-10" in case["description"]
        found = queries.of_case(spot, link["case_id"])
        assert found is not None and (found["hazard_id"], found["why"]) == ("F-1", "missed")
        assert queries.hazard(spot, Look(clock.now()), "F-1")["case_id"] == link["case_id"]


def test_inspecting_clears_it_and_handles_the_case_and_the_next_missed_one_is_another(spot: City) -> None:
    with clock.held(LATER):
        rounds.raise_missed(spot)
        rounds.inspect(spot, "F-1", Inspection(Result.CLEAR), WATER)
        (link,) = queries.links(spot, "F-1")
        assert link["cleared_at"] is not None
        assert case_of(spot, link["case_id"])["step"] == "report_back"
        assert queries.hazard(spot, Look(LATER), "F-1")["case_id"] is None
        assert rounds.raise_missed(spot) == 0
    with clock.held(LATER + timedelta(days=31)):
        assert rounds.raise_missed(spot) == 1
        assert len({row["case_id"] for row in queries.links(spot, "F-1")}) == 2


def test_a_case_that_somebody_else_has_is_left_alone(spot: City) -> None:
    with clock.held(LATER):
        rounds.raise_missed(spot)
        case_id = queries.links(spot, "F-1")[0]["case_id"]
        advance(spot, case_id, "recall", DISPATCHER, {"reason": "wrong one"})
        rounds.inspect(spot, "F-1", Inspection(Result.CLEAR), INSPECTOR)
        assert case_of(spot, case_id)["step"] == "dispatch"


def test_a_round_that_was_cut_short_is_taken_up(spot: City, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise ConnectionError

    with clock.held(LATER):
        with monkeypatch.context() as broken:
            broken.setattr(rounds, "_send", gone)
            with pytest.raises(ConnectionError):
                rounds.raise_missed(spot)
        assert queries.links(spot, "F-1") == []
        rounds.raise_missed(spot)
        (link,) = queries.links(spot, "F-1")
        assert case_of(spot, link["case_id"])["step"] == "handle"
        with spot.read() as cursor:
            assert [row["case_id"] for row in cursor.rows("incidents.numbers")].count(link["case_id"]) == 1


def test_a_closed_hazard_raises_nothing(spot: City) -> None:
    with clock.held(NOW):
        actions.close(spot, "F-1", "gone", MANAGER)
    with clock.held(LATER):
        assert rounds.raise_missed(spot) == 0


@pytest.mark.parametrize(("result", "raises", "cases_made"), [("findings", True, 1), ("findings", False, 0), ("clear", True, 0)])
def test_findings_become_a_case_where_that_is_wanted(spot: City, result: str, raises: bool, cases_made: int) -> None:
    with clock.held(NOW):
        made = rounds.inspect(spot, "F-1", Inspection(Result(result), "gully blocked"), INSPECTOR, raises=raises)
        assert [row["case_id"] for row in queries.links(spot, "F-1")] == ([made] if cases_made else [])
        if made:
            assert "gully blocked" in case_of(spot, made)["description"]
            assert case_of(spot, made)["holder"] == "water"


# -- proposals -------------------------------------------------------------------------------------


def near(city: City, count: int, *, first: int = 1, days_ago: float = 10, **more: Any) -> list[str]:
    """Cases closed within 100 m of the spot."""
    where = {"lon": SPOT["lon"] + 0.0006, "lat": SPOT["lat"]} | PONDING | more
    return [closed(city, first + number, NOW - days_ago * DAY + number * timedelta(hours=2), **where) for number in range(count)]


def proposed(city: City, *, ruled: bool = False) -> list[dict[str, Any]]:
    return queries.proposals(city, ruled=ruled)


def test_closed_cases_near_a_hazard_propose_a_graver_class_once(spot: City) -> None:
    numbers = near(spot, RAISE_FROM)
    assert (rounds.propose(spot, NOW), rounds.propose(spot, NOW)) == (1, 0)
    (proposal,) = proposed(spot)
    assert (proposal["change"], proposal["hazard_id"], proposal["risk_class"]) == ("raise", "F-1", "red")
    assert set(proposal["cases"]) == set(numbers)


@pytest.mark.parametrize(
    "more", [{"category_code": "06010"}, {"lon": SPOT["lon"] + 0.002}, {"days_ago": LOOKED_BACK.days + 2}], ids=["kind", "far", "old"]
)
def test_other_cases_propose_nothing(spot: City, more: dict[str, Any]) -> None:
    near(spot, RAISE_FROM, **more)
    assert rounds.propose(spot, NOW) == 0


def test_one_case_is_not_enough(spot: City) -> None:
    near(spot, RAISE_FROM - 1)
    assert rounds.propose(spot, NOW) == 0


def test_an_accepted_proposal_changes_the_register_in_one_act(spot: City) -> None:
    near(spot, RAISE_FROM)
    rounds.propose(spot, NOW)
    number = proposed(spot)[0]["proposal_id"]
    for actor in (INSPECTOR, WATER):
        with pytest.raises(NotAllowed):
            actions.rule(spot, number, True, "yes", actor)
    with pytest.raises(Fault, match="hazard_missing"):
        actions.rule(spot, number, True, " ", MANAGER)
    with clock.held(NOW):
        assert actions.rule(spot, number, True, "floods every week", MANAGER) == "F-1"
    found = queries.hazard(spot, Look(NOW), "F-1")
    assert (found["risk_class"], found["next_on"]) == ("red", (NOW + timedelta(days=7)).date())
    assert (proposed(spot), proposed(spot, ruled=True)[0]["reason"]) == ([], "floods every week")
    with pytest.raises(Stale, match="hazard_ruled"):
        actions.rule(spot, number, False, "no", MANAGER)


def test_what_was_declined_comes_again_with_new_cases_alone(spot: City) -> None:
    near(spot, RAISE_FROM)
    rounds.propose(spot, NOW)
    with clock.held(NOW):
        actions.rule(spot, proposed(spot)[0]["proposal_id"], False, "works are under way", MANAGER)
    assert queries.hazard(spot, Look(NOW), "F-1")["risk_class"] == "orange"
    assert rounds.propose(spot, NOW + DAY) == 0
    near(spot, RAISE_FROM, first=50, days_ago=-2)
    assert rounds.propose(spot, NOW + 5 * DAY) == 1


def test_treatment_that_has_held_proposes_a_lesser_class(spot: City) -> None:
    with clock.held(NOW):
        made = rounds.inspect(spot, "F-1", Inspection(Result.FINDINGS, "gully blocked"), INSPECTOR, raises=True)
        assert made
        actions.change(spot, "F-1", {"state": State.UNDER_TREATMENT}, MANAGER)
    for hours, (move, actor, fields) in enumerate(
        (("finish", WATER, {"outcome": "cleaned"}), ("report_back", DISPATCHER, {}), ("close", INSPECTOR, {"note": "seen"})), start=1
    ):
        with clock.held(NOW + timedelta(hours=hours)):
            advance(spot, made, move, actor, fields)
    assert rounds.propose(spot, NOW + DAY) == 0, "nobody has been there since"
    with clock.held(NOW + 2 * DAY):
        actions.inspect(spot, "F-1", Inspection(Result.CLEAR), INSPECTOR)
        assert rounds.propose(spot) == 1
        (proposal,) = proposed(spot)
        assert (proposal["change"], proposal["risk_class"], proposal["cases"]) == ("lower", "yellow", [made])
        actions.rule(spot, proposal["proposal_id"], True, "it holds", MANAGER)
        found = queries.hazard(spot, Look(clock.now()), "F-1")
        assert (found["risk_class"], found["state"]) == ("yellow", "in_force")


def test_repeated_cases_at_one_place_propose_a_new_hazard(here: City) -> None:
    numbers = near(here, ENTER_FROM)
    closed(here, 40, NOW - 5 * DAY, **PONDING, lon=SPOT["lon"] + 0.004, lat=SPOT["lat"])
    assert rounds.propose(here, NOW) == 1
    (proposal,) = proposed(here)
    assert (proposal["change"], proposal["kind"], set(proposal["cases"])) == ("enter", "ponding", set(numbers))
    with clock.held(NOW):
        number = actions.rule(here, proposal["proposal_id"], True, "three times in ten days", MANAGER)
    assert number
    made = queries.hazard(here, Look(NOW), number)
    assert (made["kind"], made["department"], made["risk_class"], made["district"]) == ("ponding", "water", "yellow", "江岸区")
    assert rounds.propose(here, NOW) == 0, "it is registered now"


def test_a_place_that_is_registered_is_not_proposed_again(spot: City) -> None:
    near(spot, ENTER_FROM)
    rounds.propose(spot, NOW)
    assert {row["change"] for row in proposed(spot)} == {"raise"}


def test_the_picture_built_anew_has_the_same_links_and_proposals(spot: City) -> None:
    near(spot, RAISE_FROM)
    rounds.propose(spot, NOW)
    with clock.held(LATER):
        rounds.raise_missed(spot)
        rounds.inspect(spot, "F-1", Inspection(Result.CLEAR), INSPECTOR)
    with clock.held(LATER + timedelta(days=40)):
        rounds.raise_missed(spot)
        before = queries.links(spot, "F-1"), proposed(spot), queries.history(spot, "F-1")
        spot.rebuild()
        assert (queries.links(spot, "F-1"), proposed(spot), queries.history(spot, "F-1")) == before


def test_a_simulated_register_leaves_with_its_city(here: City) -> None:
    with clock.held(NOW):
        actions.enter(here, SPOT, MANAGER)
        actions.take_in(here, [(1, SPOT | {"hazard_id": "S-1"})], MANAGER, source="simulated", simulated=True, moment=NOW - 40 * DAY)
        rounds.raise_missed(here)
        link = queries.links(here, "S-1")[0]
        assert case_of(here, link["case_id"])["source"] == "simulated_register"
        incidents.end_demo(here, rounds.CLOCK)
        assert [row["hazard_id"] for row in queries.rows(here, Look(NOW))] == ["F-1"]
        assert (queries.links(here, "S-1"), queries.history(here, "S-1")) == ([], [])
