"""Who can be sent, in which order and why; what is short; what is covered and what a team's going costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from city_brain.analytics.dispatch import coverage, travel
from city_brain.analytics.dispatch.ranking import Ranking, Shortfall, ranked

NOW = datetime(2026, 6, 10, 8, tzinfo=UTC)


def team(team_id: str, minutes: float, **more: Any) -> dict[str, Any]:
    return {"team_id": team_id, "function": "drainage", "skills": [], "state": "available", "on_shift": True,
            "located_at": NOW - timedelta(minutes=2), "seconds": 60.0 * minutes} | more  # fmt: skip


def ranking(*rows: dict[str, Any], **more: Any) -> Ranking:
    frame = pd.DataFrame(rows)
    frame["located_at"] = pd.to_datetime(frame["located_at"], utc=True)
    seconds = frame.pop("seconds").to_numpy(float)
    return ranked(frame, seconds * 8, seconds, NOW, function="drainage", **more)


def test_the_soonest_comes_first_and_says_why() -> None:
    found = ranking(
        team("D-2", 9), team("D-1", 4, state="clear"), team("D-3", 12, located_at=None), team("L-1", 1, function="lighting")
    ).candidates
    assert list(found["team_id"]) == ["D-1", "D-2", "D-3"] and list(found["metres"]) == [4 * 480, 9 * 480, 12 * 480]
    assert found["reasons"][0] == [("function", {"function": "drainage"}), ("on_the_way_back", {}), ("position", {"minutes": 2})]
    assert found["reasons"][2][-1] == ("from_home", {})


def test_of_two_as_soon_the_one_goes_that_leaves_less_uncovered() -> None:
    rows = [team("D-1", 4.1), team("D-2", 4.9), team("D-3", 5.1)]
    assert list(ranking(*rows, coverage_lost=np.array([0.2, 0.0, 0.0])).candidates["team_id"]) == ["D-2", "D-1", "D-3"]


def test_whom_people_prefer_is_told_and_goes_first_within_a_minute_alone() -> None:
    rows = [team("D-1", 4.1), team("D-2", 4.9), team("D-3", 5.1)]
    found = ranking(*rows, coverage_lost=np.array([0.0, 0.2, 0.0]), preferred={"D-2": (4, 5), "D-3": (3, 3)}).candidates
    assert list(found["team_id"]) == ["D-2", "D-1", "D-3"], "never beyond the minute"
    assert found["reasons"][0][-1] == ("chosen_here", {"times": 4, "of": 5}) and found["reasons"][1][-1][0] == "position"


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"state": "on_scene"}, Shortfall.ALL_BUSY), ({"state": "out_of_service"}, Shortfall.OUT_OF_SERVICE),
        ({"state": "off_duty"}, Shortfall.OFF_SHIFT), ({"on_shift": False}, Shortfall.OFF_SHIFT),
        ({"located_at": NOW - timedelta(minutes=31)}, Shortfall.POSITION_STALE), ({"seconds": 46 * 60.0}, Shortfall.TOO_FAR),
        ({"seconds": float("nan")}, Shortfall.TOO_FAR),
    ],
)  # fmt: skip
def test_what_is_short_has_a_type_and_a_nearest_miss(change: dict[str, Any], kind: Shortfall) -> None:
    found = ranking(team("D-1", 4) | change, team("D-2", 6) | change, team("L-1", 1, function="lighting"))
    assert found.candidates.empty
    (short,) = found.shortfalls
    assert (short.kind, short.teams, short.nearest) == (kind, 2, "D-1")


def test_a_skill_is_asked_for_before_all_else() -> None:
    found = ranking(team("D-1", 4, state="on_scene"), team("D-2", 6, skills=["pump"]), skill="pump")
    assert list(found.candidates["team_id"]) == ["D-2"] and [one.kind for one in found.shortfalls] == [Shortfall.NO_SKILL]
    assert found.candidates["reasons"][0][1] == ("skill", {"skill": "pump"})


def test_nobody_at_all() -> None:
    found = ranking(team("L-1", 1, function="lighting"))
    assert found.candidates.empty and found.shortfalls == []


def test_coverage_and_what_it_costs_to_send() -> None:
    seconds = np.array([[100.0, 700.0, 900.0], [900.0, 500.0, 900.0], [300.0, 900.0, 900.0]])
    risk = [5.0, 3.0, 2.0]
    found = coverage.covered(seconds, risk, 600)
    assert found.share == pytest.approx(0.8) and found.reached.tolist() == [True, True, False]
    assert coverage.cost_of_sending(seconds, risk, 600) == pytest.approx([0.0, 0.3, 0.0]), "the first cell has two teams"
    assert coverage.covered(seconds[:0], risk, 600).share == 0 and len(coverage.cost_of_sending(seconds[:0], risk, 600)) == 0
    assert np.isnan(coverage.covered(seconds, [0.0, 0.0, 0.0], 600).share)


def test_each_cost_is_the_coverage_without_that_team() -> None:
    rng = np.random.default_rng(2)
    seconds, risk = rng.uniform(0, 2000, (9, 60)), rng.random(60)
    whole = coverage.covered(seconds, risk, 600).share
    without = [whole - coverage.covered(np.delete(seconds, team, axis=0), risk, 600).share for team in range(9)]
    assert coverage.cost_of_sending(seconds, risk, 600) == pytest.approx(without)


def test_travel_is_the_straight_line_made_longer_at_the_speed_of_the_hour() -> None:
    assert travel.straight_m(114.0, 30.0, 114.0, 31.0) == pytest.approx(111_195, rel=1e-4)
    assert travel.straight_m(114.0, 30.5, 115.0, 30.5) == pytest.approx(95_806, rel=2e-4)
    metres, seconds = travel.estimated([114.0, 114.1], 30.0, 114.0, 30.1, hour=8)
    assert metres[0] == pytest.approx(1.35 * 11_119.5, rel=1e-4)
    assert seconds[0] == pytest.approx(60 + metres[0] / (22 / 3.6)) and seconds[1] > seconds[0]
    _, quick = travel.estimated(114.0, 30.0, 114.0, 30.1, hour=8, urgent=True)
    _, free = travel.estimated(114.0, 30.0, 114.0, 30.1, hour=8, free=True)
    assert quick < seconds[0] and free < seconds[0]
    assert np.isnan(travel.estimated(np.nan, 30.0, 114.0, 30.1, hour=8)[1])
    table = travel.estimated(np.zeros((500, 1)), 0.0, np.zeros((1, 2000)), 0.0, hour=3)[1]
    assert table.shape == (500, 2000) and (table == travel.START_S).all()
