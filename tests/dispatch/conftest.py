"""A city with ten teams, and cases that wait for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from city_brain import clock
from city_brain.cases.actions import advance as move
from city_brain.cases.model import Look
from city_brain.dispatch import actions, model, queries
from city_brain.dispatch.model import Team
from city_brain.incidents.actions import report, take_delivery
from city_brain.roles import operator
from city_brain.settings import Settings
from city_brain.storage.city import City
from tests.deliveries import DISPATCHER, OFFICER, PLACE, SOURCE, delivery, matter, row

NOW = datetime(2026, 6, 10, 2, tzinfo=UTC)
SYSTEM = operator("test")


def team(number: int, **more: Any) -> Team:
    said = {"team_id": f"L-{number}", "name_zh": f"照明{number}队", "function": "lighting", "department": "city_management", "size": 3,
            "home_lon": 114.3 + number / 1000, "home_lat": 30.6}  # fmt: skip
    return model.team(said | more)


@pytest.fixture
def here(city: City, settings: Settings) -> Iterator[City]:
    """A city with ten teams."""
    with clock.held(NOW):
        take_delivery(city, delivery(settings.batches, [row(1, location_quality="none", lon=None, lat=None)]), SYSTEM, place=PLACE)
        assert actions.enter(city, [team(number) for number in range(10)], SYSTEM) == 10
        yield city


def case(city: City, number: int | str, *, step: str = "dispatch", **more: Any) -> str:
    """A case that waits to be dispatched, or is with its department."""
    made = report(city, SOURCE, matter(number, reported_at=clock.now(), **more), OFFICER)
    move(city, made, "accept", OFFICER)
    move(city, made, "file", OFFICER)
    if step == "handle":
        move(city, made, "dispatch", DISPATCHER, {"department": "city_management"})
    return made


def state(city: City, team_id: str = "L-1") -> dict[str, Any]:
    found = queries.teams(city, Look(clock.now())).set_index("team_id").loc[team_id]
    return {str(name): value for name, value in found.items()}
