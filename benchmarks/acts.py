"""How long acts take, in a copy of a built city: one after the other, beside readers, and from many hands at once."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.build import END, city_of
from benchmarks.measure import Timing, timing
from benchmarks.reads import case_number
from city_brain import clock
from city_brain.cases import queries as queries_of_cases
from city_brain.cases.actions import advance
from city_brain.cases.lifecycle import Step, moves_from
from city_brain.cases.model import Look, Wanted
from city_brain.incidents import queries
from city_brain.incidents.actions import report
from city_brain.incidents.model import Source
from city_brain.roles import Actor, Role
from city_brain.settings import Settings
from city_brain.start import open_city
from city_brain.storage.city import City

SYSTEM = Actor("benchmark", Role.SYSTEM)
HANDS = 32
READERS = 8
PAUSE_S = 0.5
"""Between two looks of one reader."""


def acts(cases: int, folder: Path, repeat: int) -> tuple[list[Timing], float]:
    """Milliseconds of reporting and of advancing, and acts a second when many hands report at once."""
    with _copied(cases, folder) as settings:
        city = open_city(settings)
        try:
            with clock.held(END):
                source = queries.source(city, "benchmark")
                reporting = _timed(repeat * 5, lambda run: _report(city, source, f"one-{run}"))
                waiting = iter(_waiting(city))
                advancing = _timed(repeat * 5, lambda run: _advance(city, next(waiting)))
                with _read_meanwhile(city, cases):
                    beside = _timed(repeat * 5, lambda run: _advance(city, next(waiting)))
                began = time.perf_counter()
                with ThreadPoolExecutor(HANDS) as hands:
                    list(hands.map(lambda run: _report(city, source, f"many-{run}"), range(repeat * 100)))
                rate = repeat * 100 / (time.perf_counter() - began)
        finally:
            city.close()
    told = (("act: report", 50, reporting), ("act: advance", 20, advancing), (f"act: advance beside {READERS} readers", 20, beside))
    return [timing(*one) for one in told], rate


@contextmanager
def _read_meanwhile(city: City, cases: int) -> Iterator[None]:
    """Readers that ask what the board, the map and a case file ask, as people do: a look, then a pause."""
    stop = threading.Event()

    def look(number: int) -> None:
        run = number
        stop.wait(PAUSE_S * number / READERS)  # people do not look all at once
        while not stop.wait(PAUSE_S):
            queries_of_cases.board(city, Look(END), Wanted(), finished=False, size=50, skip=0)
            queries_of_cases.marks(city, Look(END), Wanted(districts=(f"d{run % 13}",)))
            queries_of_cases.case(city, Look(END), case_number(cases, run))
            run += READERS

    with ThreadPoolExecutor(READERS) as people:
        looking = [people.submit(look, number) for number in range(READERS)]
        try:
            yield
        finally:
            stop.set()
    for one in looking:
        one.result()


def _waiting(city: City) -> list[dict[str, Any]]:
    """Unfinished cases, as an export gives them."""
    rows: list[dict[str, Any]] = queries_of_cases.export(city, Look(END), Wanted(), finished=False).to_dict("records")
    return [row for row in rows if row["step"] in ("collect", "file", "dispatch", "handle", "report_back", "verify")]


def _report(city: City, source: Source, external_id: str) -> None:
    matter = {
        "external_id": external_id, "reported_at": END, "category_kind": "matter", "category_code": "01037", "description": "路灯不亮",
        "district": "d1", "lon": 114.31, "lat": 30.58, "channel": "phone",
    }  # fmt: skip
    report(city, source, matter, SYSTEM)


def _advance(city: City, found: dict[str, Any]) -> None:
    move = next(move for move in moves_from(Step(found["step"])) if move.forward)
    actor = Actor("benchmark", move.role, department=found["holder"] if move.role is Role.DEPARTMENT else None)
    advance(city, found["case_id"], move.name, actor, dict.fromkeys(move.requires, "water"), seen=found["sequence"])


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
    os.sync()  # else the journal's own writes wait behind the copy's
    try:
        yield copy
    finally:
        shutil.rmtree(copy.home)
