"""A home with a small, eventful history, to be copied, damaged and opened again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from city_brain.cases.actions import advance
from city_brain.incidents.actions import report, take_delivery
from city_brain.record.events import Event
from city_brain.roles import operator
from city_brain.settings import Settings
from city_brain.start import open_city
from city_brain.storage.city import City
from city_brain.storage.compare import fingerprints
from tests.deliveries import PLACE, SOURCE, WAY, delivery, matter, row

CASES = 40


@dataclass(frozen=True)
class Known:
    """A home as it was when it was whole: every event, and a fingerprint of every table."""

    home: Path
    events: tuple[Event, ...]
    tables: dict[str, tuple[int, int]]

    @property
    def journal(self) -> Path:
        return self.home / "journal.sqlite"

    @property
    def picture(self) -> Path:
        return self.home / "city.duckdb"

    def open(self) -> City:
        return open_city(Settings(home=self.home, demo="off"))

    def open_with_tail(self, events: int) -> City:
        """Open as a home with so long a record that only its tail is checked."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("city_brain.storage.reconcile.TAIL", events)
            return self.open()

    def lost(self, city: City) -> list[str]:
        """What of this home a city has not got, or has otherwise: empty when everything is there, once."""
        found = [event for page in city.journal.read() for event in page]
        faults = [] if tuple(found) == self.events else [f"journal: {len(found)} events"]
        with city.read() as cursor:
            tables = tables_of(cursor)
        return faults + [
            f"picture: {name} is {tables[name]}, was {self.tables[name]}" for name in tables if tables[name] != self.tables[name]
        ]


def tables_of(cursor: object) -> dict[str, tuple[int, int]]:
    """Fingerprints of the tables that derive from the record."""
    found = fingerprints(cursor)  # type: ignore[arg-type]
    del found["migration"]
    return found


def fill(city: City, batches: Path) -> None:
    """A file of ten matters with two rejected rows, reports, and cases moved to every step, interleaved."""
    take_delivery(
        city, delivery(batches, [row(number) for number in range(1, 11)], rejected=['{"a": 1}', '{"a": 2}']), operator("test"), place=PLACE
    )
    for number in range(100, 100 + CASES):
        report(city, SOURCE, matter(number), operator("test"))
        for other in range(100, number):
            done = (number - other) - 1
            if done < min(len(WAY), other % 10):
                move, actor, fields = WAY[done]
                advance(city, f"H-{other}", move, actor, fields)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Known:
    home = tmp_path_factory.mktemp("built") / "home"
    city = open_city(Settings(home=home, demo="off"))
    fill(city, home / "batches")
    events = tuple(event for page in city.journal.read() for event in page)
    with city.read() as cursor:
        tables = tables_of(cursor)
    city.close()
    return Known(home, events, tables)


@pytest.fixture
def known(built: Known, tmp_path: Path) -> Known:
    """A copy of the home, to be damaged."""
    return copy(built, tmp_path / "home")


@pytest.fixture
def again(built: Known, tmp_path: Path) -> Callable[[], Known]:
    """Makes copy after copy."""
    numbers = iter(range(10_000))
    return lambda: copy(built, tmp_path / f"home-{next(numbers)}")


def copy(known: Known, home: Path) -> Known:
    shutil.copytree(known.home, home)
    return Known(home, known.events, known.tables)
