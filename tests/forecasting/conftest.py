"""A small simulated city with ten days ahead of the moment from which it is forecast, so that what came is known."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from city_brain import clock
from city_brain.forecasting import desk, keeping
from city_brain.incidents import queries
from city_brain.settings import Settings
from city_brain.simulator import feed
from city_brain.start import Home, open_city
from city_brain.storage.city import City

AHEAD = timedelta(days=10)


@pytest.fixture(scope="session")
def built_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with about 2,000 simulated cases of forty days, closed again: to be copied."""
    home = Home(Settings(home=tmp_path_factory.mktemp("forecast") / "home", demo_cases=2000, demo_days=40))
    feed.build(home.open("test"), home.settings, home.tell)
    home.close()
    return home.settings.home


@pytest.fixture
def lively(built_city: Path, tmp_path: Path) -> Iterator[City]:
    """A city of its own, as it is now."""
    shutil.copytree(built_city, tmp_path / "lively")
    opened = open_city(Settings(home=tmp_path / "lively", demo="off"))
    yield opened
    opened.close()


def earlier() -> datetime:
    """The moment from which forecasts are made in tests."""
    return clock.now() - AHEAD


def day_of(city: City, moment: datetime) -> date:
    """The day of the city."""
    named = queries.city(city)
    assert named is not None
    return moment.astimezone(ZoneInfo(named["timezone"])).date()


def issued(city: City, folder: Path, moment: datetime) -> date:
    """Forecast from a moment on, and record it; gives the first day that is forecast."""
    day = keeping.due(city, moment)
    assert day is not None
    folder.mkdir()
    keeping.request(city, day, folder)
    assert keeping.start(folder).wait() == 0, (folder / desk.LOG).read_text()
    with clock.held(moment):
        keeping.record(city, day, *desk.answered(folder))
    return day
