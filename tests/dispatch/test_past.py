"""What is known of teams at another moment, and what is left of them when the demo city has ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pandas as pd

from city_brain import clock
from city_brain.cases import queries as cases
from city_brain.cases.actions import advance as move
from city_brain.cases.model import Look
from city_brain.dispatch import actions, queries, rounds
from city_brain.dispatch.model import Position
from city_brain.incidents.actions import take_delivery
from city_brain.settings import Settings
from city_brain.storage.city import City
from tests.deliveries import DISPATCHER, OFFICER, PLACE, SIMULATED, delivery, row
from tests.dispatch.conftest import NOW, SYSTEM, case, state, team


def test_when_the_demo_city_ends_nobody_is_left_behind(city: City, settings: Settings) -> None:
    """A team of the demo city leaves the real case it was at; a team of the city's own is free of the demo case it was at."""
    place = replace(PLACE, simulated=True)
    with clock.held(NOW):
        take_delivery(city, delivery(settings.batches, [row(1), row(2)], source=SIMULATED), SYSTEM, place=place)
        actions.enter(city, [team(1, simulated=True), team(2), team(3)], SYSTEM)
        demo = cases.open_for_staff(city)[0]["case_id"]
        real = case(city, "real", step="handle")
        for name, person, fields in (
            ("accept", OFFICER, {}),
            ("file", OFFICER, {}),
            ("dispatch", DISPATCHER, {"department": "city_management"}),
        ):
            if cases.case(city, Look(NOW), demo)["step"] != "handle":
                move(city, demo, name, person, fields)
        actions.assign(city, real, "L-1", DISPATCHER, same_checked=True)
        actions.assign(city, demo, "L-2", DISPATCHER, same_checked=True)
        take_delivery(city, delivery(settings.batches, [row(9, location_quality="none", lon=None, lat=None)]), SYSTEM, place=PLACE)
        assert list(queries.teams(city, Look(NOW))["team_id"]) == ["L-2", "L-3"] and state(city, "L-2")["state"] == "available"
        assert real in set(queries.waiting(city, Look(NOW))["case_id"])
        assert actions.assign(city, real, "L-2", DISPATCHER) and rounds.follow(city) == 0
        (old,) = queries.assignments(city, Look(NOW), case_id=real, team_id="L-1").to_dict("records")
        assert old["ended"] == "passed" and list(city.verify()) == []


def test_what_is_played_back_knows_only_positions_that_had_come_in(here: City) -> None:
    with clock.held(NOW + timedelta(minutes=30)):
        actions.locate(here, [Position("L-1", 114.4, 30.6, NOW + timedelta(minutes=1))], SYSTEM)

    def lon(minutes: int) -> float:
        then = NOW + timedelta(minutes=minutes)
        return float(queries.teams(here, Look(then, then)).set_index("team_id").at["L-1", "lon"])

    assert pd.isna(lon(5)) and lon(30) == 114.4


def test_what_is_played_back_names_only_teams_that_were_there_then(here: City) -> None:
    one, other = case(here, "a", step="handle"), case(here, "b", step="handle", lon=114.3105)
    with clock.held(NOW + timedelta(minutes=10)):
        sent = actions.assign(here, one, "L-1", DISPATCHER)
    with clock.held(NOW + timedelta(minutes=20)):
        actions.advance(here, sent, "recalled", DISPATCHER, reason="over")

    def there(minutes: int) -> list[str | None]:
        then = NOW + timedelta(minutes=minutes)
        return [row["team_id"] for row in queries.alike(here, Look(then, then), other)]

    assert (there(5), there(15), there(25)) == ([None], ["L-1"], [None])
