"""The simulated alert desk: rules over the demo's history, answers by what was drawn, and none of it in a real city."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from city_brain import clock
from city_brain.alerts import actions, queries
from city_brain.alerts.model import Raised, Scope
from city_brain.cases.model import Look
from city_brain.settings import Settings
from city_brain.simulator import feed, geography, watch
from city_brain.simulator.days import BURST_MIN, burst
from city_brain.simulator.kinds import kinds
from city_brain.simulator.places import pool
from city_brain.start import open_city
from city_brain.storage.city import City

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[City, Settings]]:
    """A small demo city whose history the rules have been run over, at a fixed moment."""
    settings = Settings(home=tmp_path_factory.mktemp("watched"), demo_cases=3000, demo_days=40)
    city = open_city(settings)
    with clock.held(NOW):
        feed.build(city, settings, lambda stage, done, total: None)
        watch.catch_up(city, settings, NOW)
    yield city, settings
    city.close()


def test_the_past_of_the_demo_has_the_alerts_its_cases_speak_for(lived: tuple[City, Settings]) -> None:
    city, settings = lived
    found = queries.precision(city, Look(NOW)).set_index("rule").loc["surge"]
    assert found["raised"] >= 3, "a burst or two in every nine days, and each is seen"
    assert found["judged"] >= found["raised"] - 1
    assert found["correct"] > found["judged"] / 2, "mostly true"
    shown = queries.desk(city, Look(NOW))
    judged = shown[(shown["rule"] == "surge") & shown["verdict"].notna()].to_dict("records")
    assert judged
    for alert in judged:
        assert alert["observed"] >= alert["threshold"]
        assert (alert["verdict"] == "true") == watch.is_right(alert, geography.town("wuhan"), settings)


def test_it_is_done_once(lived: tuple[City, Settings]) -> None:
    city, settings = lived
    before = city.version
    assert watch.catch_up(city, settings, NOW) == 0 and city.version == before


def test_alerts_are_left_to_people_first(lived: tuple[City, Settings]) -> None:
    city, settings = lived
    town = geography.town("wuhan")
    places, minute = pool(town, settings.demo_seed), int(NOW.timestamp()) // 60
    bursts = (burst(places, settings.demo_seed, at, settings.demo_arrival_seconds) for at in range(minute - BURST_MIN, minute))
    kind, address, _ = next(found for found in bursts if found[2])
    code = kinds().kinds[kind].category.code
    true = Raised("cluster", 9, Scope.CELL, "1", f"matter-{code}", lon=places.lon[address], lat=places.lat[address], district="武昌区")
    with clock.held(NOW):
        actions.raise_alert(city, true)
        actions.raise_alert(city, replace(true, place="2", lon=114.0, lat=30.3))
        assert watch.work(city, settings, NOW + watch.PATIENCE - timedelta(seconds=1)) == 0
    later = NOW + watch.PATIENCE
    with clock.held(later):
        assert watch.work(city, settings, later) == 2
        assert watch.work(city, settings, later) == 2
    found = {row["place"]: row for row in queries.desk(city, Look(later)).to_dict("records")}
    assert (found["1"]["state"], found["2"]["state"], found["2"]["verdict"]) == ("case_made", "dismissed", "false")
    with clock.held(later):
        assert watch.work(city, settings, later) == 0


def test_a_real_city_has_no_simulated_officer(settings: Settings, city: City) -> None:
    actions.raise_alert(city, Raised("queue", 90, Scope.POST, "dispatcher"), moment=NOW)
    assert watch.work(city, settings, NOW + timedelta(days=1)) == watch.catch_up(city, settings, NOW) == 0
