"""Forecasts are issued and outbreaks looked for as soon as a day of the city begins; what is over is counted."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from city_brain.backtesting import LEAST_DAYS, LEAST_EVENTS, holidays
from city_brain.cases.model import Look
from city_brain.forecasting import desk, outbreaks
from city_brain.forecasting.scoring import tallies
from city_brain.incidents import queries as incidents
from city_brain.incidents.model import Location
from city_brain.risk import actions, queries
from city_brain.risk.model import HORIZONS
from city_brain.settings import ROOT
from city_brain.storage.city import City

SEED = 1
"""Of what is random in a fit: the same record gives the same forecast."""
REMEMBERED = 1096
"""Days of the past that a forecast is made from."""
STALE_DAYS = 7
"""A record that ended so long ago is forecast from its end on, once."""
PAUSE = timedelta(minutes=10)
"""Between two looks whether a forecast is due, and before another attempt after one that failed."""
WORKER, OUTBREAKS = "city_brain.forecasting.worker", "city_brain.forecasting.outbreaks"
LOG = logging.getLogger("city_brain")
_EPOCH = date(1970, 1, 1)


@dataclass(slots=True)
class _Running:
    """A process at work."""

    module: str
    process: subprocess.Popen[bytes]
    folder: TemporaryDirectory[str]
    day: date
    of: Mapping[str, Any] | None
    """The city it is about, as `incidents.queries.city` tells it."""


class Forecaster:
    """Starts the processes that forecast and look for outbreaks, records what they found, and has what is over counted."""

    def __init__(self, alarm_budget: float) -> None:
        self._budget = alarm_budget
        self._running: _Running | None = None
        self._next: datetime | None = None

    @property
    def busy(self) -> bool:
        """Whether a process runs."""
        return self._running is not None

    def look(self, city: City, moment: datetime) -> None:
        """Take what is finished; begin what is due. Quick: the work is done elsewhere."""
        if self._running is not None:
            if self._running.process.poll() is not None:
                self._take(city, moment)
            return
        if self._next is not None and moment < self._next:
            return
        self._next = moment + PAUSE
        count(city, moment)
        day = due(city, moment)
        if day is not None:
            self._begin(city, WORKER, day, lambda folder: request(city, day, folder))
        elif (eve := self._unwatched(city, moment)) is not None:
            self._begin(city, OUTBREAKS, eve, lambda folder: outbreaks.request(city, eve, folder, self._budget))

    def _unwatched(self, city: City, moment: datetime) -> date | None:
        """The day forecast last, where nobody has looked for outbreaks on its eve: they are looked for once the forecast is there.

        Not of a record that ended long ago: nobody is called for what was news then.
        """
        issued = queries.issue(city, Look(moment)) if self._budget > 0 else None
        if issued is None or (moment.date() - issued["from_day"]).days >= STALE_DAYS or queries.looked(city, issued["from_day"]):
            return None
        day: date = issued["from_day"]
        return day

    def stop(self) -> None:
        """End the process, if one runs."""
        if self._running is not None:
            self._running.process.kill()
            self._running.process.wait()
            self._running.folder.cleanup()
            self._running = None

    def _begin(self, city: City, module: str, day: date, ask: Callable[[Path], None]) -> None:
        folder = TemporaryDirectory(prefix="forecast-")
        ask(Path(folder.name))
        self._running = _Running(module, start(Path(folder.name), module), folder, day, incidents.city(city))

    def _take(self, city: City, moment: datetime) -> None:
        running, self._running = self._running, None
        assert running is not None
        folder = Path(running.folder.name)
        with running.folder:
            if running.process.returncode:
                said = (folder / desk.LOG).read_text(encoding="utf-8", errors="replace")
                LOG.error("%s of %s failed:\n%s", running.module, running.day, said[-4000:])
            elif running.of != incidents.city(city):
                LOG.info("%s of %s is about a city that has left", running.module, running.day)
            elif running.module == WORKER:
                record(city, running.day, *desk.answered(folder))
                self._next = None  # and at once to what waits for the forecast
            else:
                found = outbreaks.answered(folder)
                outbreaks.raise_all(city, found, moment)
                actions.note_look(city, running.day, len(found))


def due(city: City, moment: datetime) -> date | None:
    """The first day to forecast, on the city's calendar; None while that of the day is in force, or there is too little to learn from."""
    named = incidents.city(city)
    if named is None or named["lon"] is None:
        return None
    today = moment.astimezone(ZoneInfo(named["timezone"])).date()
    span = queries.span(city, today, named["timezone"])
    if span["events"] < LEAST_EVENTS or (span["last"] - span["first"]).days < LEAST_DAYS:
        return None
    day = today if (today - span["last"]).days <= STALE_DAYS else span["last"] + timedelta(days=1)
    issued = queries.issue(city, Look(moment))
    return None if issued is not None and issued["from_day"] >= day else day


def request(city: City, day: date, folder: Path) -> None:
    """Lay down what a forecast from a day on may know."""
    named = incidents.city(city)
    assert named is not None
    end = (day - _EPOCH).days
    events = queries.events(city, named["timezone"], since=day - timedelta(days=REMEMBERED), until=day)
    known = tuple(sorted(holidays(named["timezone"])))
    placed = events["location"] == Location.POINT
    aside = {str(name): int(count) for name, count in events.loc[~placed, "location"].value_counts().items()}
    asked = desk.Request(end, named["lon"], named["lat"], known, HORIZONS, SEED, aside)
    desk.ask(folder, events[placed].drop(columns="location"), asked)


def start(folder: Path, module: str = WORKER) -> subprocess.Popen[bytes]:
    """Start the process that answers a request; what it says goes into `desk.LOG`."""
    command = [sys.executable, "-m", module, str(folder)]
    with (folder / desk.LOG).open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)


def record(city: City, day: date, cells: bytes, told: dict[str, Any]) -> int:
    """Record a forecast that was made."""
    return actions.issue(city, actions.Issued(cells=cells, from_day=day, **told))


def count(city: City, moment: datetime) -> int:
    """Count what became of forecasts whose days are over, as far as the record reaches. Returns how many kinds and horizons were counted.

    A day is over once something of a later one has been reported: a source that comes late must not make its days look empty.
    """
    named = incidents.city(city)
    if named is None:
        return 0
    zone = ZoneInfo(named["timezone"])
    reached = queries.span(city, moment.astimezone(zone).date() + timedelta(days=1), named["timezone"])["last"]
    if reached is None:
        return 0
    waiting = queries.due(city, reached)
    scores: list[dict[str, Any]] = []
    for (sequence, day, horizon), of in waiting.groupby(["sequence", "from_day", "horizon_days"]):
        since = datetime.combine(pd.Timestamp(day), datetime.min.time(), zone)
        came = queries.came(city, since, since + timedelta(days=int(horizon)))
        foreseen = queries.every_foreseen(city, int(sequence), int(horizon))
        scores += tallies(foreseen, came, of, from_day=pd.Timestamp(day).date(), horizon_days=int(horizon))
    actions.note_scores(city, scores)
    return len(scores)
