"""How long acts take, in a copy of a built city: one after the other, and from many hands at once."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.build import END, city_of
from benchmarks.measure import Timing, timing
from city_brain import clock
from city_brain.cases.actions import advance
from city_brain.cases.lifecycle import Step, moves_from
from city_brain.cases.queries import open_for_staff
from city_brain.incidents import queries
from city_brain.incidents.actions import report
from city_brain.incidents.model import Source
from city_brain.roles import Actor, Role
from city_brain.settings import Settings
from city_brain.start import open_city
from city_brain.storage.city import City

SYSTEM = Actor("benchmark", Role.SYSTEM)
HANDS = 32


def acts(cases: int, folder: Path, repeat: int) -> tuple[list[Timing], float]:
    """Milliseconds of reporting and of advancing, and acts a second when many hands report at once."""
    with _copied(cases, folder) as settings:
        city = open_city(settings)
        try:
            with clock.held(END):
                source = queries.source(city, "benchmark")
                reporting = _timed(repeat * 5, lambda run: _report(city, source, f"one-{run}"))
                waiting = iter(open_for_staff(city))
                advancing = _timed(repeat * 5, lambda run: _advance(city, next(waiting)))
                began = time.perf_counter()
                with ThreadPoolExecutor(HANDS) as hands:
                    list(hands.map(lambda run: _report(city, source, f"many-{run}"), range(repeat * 100)))
                rate = repeat * 100 / (time.perf_counter() - began)
        finally:
            city.close()
    return [timing("act: report", 50, reporting), timing("act: advance", 50, advancing)], rate


def _report(city: City, source: Source, external_id: str) -> None:
    matter = {
        "external_id": external_id, "reported_at": END, "category_kind": "matter", "category_code": "01037", "description": "路灯不亮",
        "district": "d1", "lon": 114.31, "lat": 30.58, "channel": "phone",
    }  # fmt: skip
    report(city, source, matter, SYSTEM)


def _advance(city: City, found: dict[str, Any]) -> None:
    move = next(move for move in moves_from(Step(found["step"])) if not move.back)
    advance(city, found["case_id"], move.name, Actor("benchmark", move.role), dict.fromkeys(move.requires, "power"), seen=found["sequence"])


def _timed(runs: int, act: Callable[[int], None]) -> list[float]:
    taken = []
    for run in range(runs):
        began = time.perf_counter()
        act(run)
        taken.append((time.perf_counter() - began) * 1000)
    return taken


@contextmanager
def _copied(cases: int, folder: Path) -> Iterator[Settings]:
    """A copy of a built home, so that the built one stays as it is."""
    settings, _ = city_of(cases, folder)
    copy = Settings(home=folder / "acts", demo="off")
    shutil.rmtree(copy.home, ignore_errors=True)
    shutil.copytree(settings.home, copy.home)
    try:
        yield copy
    finally:
        shutil.rmtree(copy.home)
