"""The teams of a demo city: placed the same by the same seed, sent, driving, working, and never in two places."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from city_brain import clock
from city_brain.cases.model import Look
from city_brain.dispatch import queries, rounds
from city_brain.dispatch.model import Function
from city_brain.incidents.actions import end_demo
from city_brain.roles import operator
from city_brain.settings import Settings
from city_brain.simulator import crews, feed
from city_brain.simulator.geography import town
from city_brain.start import Home


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A small demo city with its teams."""
    found = Home(Settings(home=tmp_path / "home", demo_cases=1500, demo_days=30))
    found.open("test")
    feed.build(found.city, found.settings, found.tell)
    yield found
    found.close()


def test_the_same_seed_places_the_same_teams_of_every_function() -> None:
    wuhan = town("wuhan")
    fleet = crews.teams(wuhan, 1)
    assert fleet == crews.teams(wuhan, 1) != crews.teams(wuhan, 2)
    assert {team.function for team in fleet} == set(Function) and len({team.team_id for team in fleet}) == len(fleet) > 100
    assert len({team.name_zh for team in fleet}) == len(fleet)


def test_their_past_is_told_and_nobody_was_in_two_places(home: Home) -> None:
    told = queries.assignments(home.city, Look(clock.now()), size=5000)
    assert len(told) > 50 and (told["ended"] == "cleared").all() and (told["cleared_at"] <= clock.now()).all()
    assert (told["assigned_at"] < told["en_route_at"]).all() and (told["en_route_at"] < told["on_scene_at"]).all()
    for _, mine in told.sort_values("assigned_at").groupby("team_id"):
        assert (mine["assigned_at"].to_numpy()[1:] >= mine["cleared_at"].to_numpy()[:-1]).all()
    response = queries.response(home.city, Look(clock.now()), clock.now() - crews.PAST, by="urgency").set_index("group")
    assert response.loc["urgent", "total_p50"] < response.loc["normal", "total_p50"]


def test_an_hour_of_their_work(home: Home) -> None:
    began, moved = clock.now(), set[str]()
    first = queries.teams(home.city, Look(began)).set_index("team_id")
    assert len(first) == len(crews.teams(town("wuhan"), home.settings.demo_seed)) and first["located_at"].isna().all()
    for half in range(1, 121):
        at = began + timedelta(seconds=30 * half)
        with clock.held(at):
            crews.work(home.city, at)
            rounds.follow(home.city, at)
            live = queries.assignments(home.city, Look(at), live=True)
            assert live["team_id"].is_unique and live["case_id"].is_unique
            now = queries.teams(home.city, Look(at)).set_index("team_id")
            moved |= set(now.index[(now["lon"] - first["home_lon"]).abs() > 0.001])
            assert ((at - now["located_at"]).dt.total_seconds() <= 1200).all(), "nobody is lost"
    done = queries.assignments(home.city, Look(at), size=1000)
    done = done[done["assigned_at"] >= began]
    assert len(done) >= 5 and (done["ended"] == "cleared").sum() >= 2 and moved
    there = done[done["on_scene_at"].notna()]
    assert ((there["on_scene_at"] - there["en_route_at"]).dt.total_seconds() >= there["eta_s"] - 1).all()
    spent = [event for page in home.city.journal.read() for event in page if event.kind == "teams.located"]
    assert len(spent) <= 121, "positions come in batches"
    end_demo(home.city, operator("test"))
    assert queries.teams(home.city, Look(at)).empty and queries.assignments(home.city, Look(at)).empty
