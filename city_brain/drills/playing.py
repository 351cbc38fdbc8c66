"""A drill runs: its clock brings the reports of the scenario in by the ordinary actions, and lets the simulated staff work on the copy."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from city_brain import clock
from city_brain.alerts.actions import evaluate
from city_brain.dispatch.rounds import follow
from city_brain.drills import figures
from city_brain.drills.figures import SOURCE, Figures
from city_brain.errors import Fault
from city_brain.incidents import actions, queries
from city_brain.incidents.model import Source
from city_brain.notices.actions import round_of_the_clock
from city_brain.roles import Actor, Role
from city_brain.settings import Settings
from city_brain.simulator import crews, geography, plan, staff
from city_brain.simulator.geography import District, Town, View
from city_brain.simulator.scenarios import Scenario
from city_brain.simulator.unfolding import Report, events
from city_brain.storage.city import City

TICK_S, ROUND = 1.0, 20
"""Seconds between two looks, and every so many of them the clock makes its round (reminders, alert rules)."""
SIMULATOR = Actor("simulator", Role.SYSTEM)
PREFIX = "DRILL"
"""Of the numbers of its cases, so that nobody takes one for a real one."""
_KEPT = ("reported_at", "category_kind", "category_code", "description", "address", "district", "street", "community", "channel",
         "lon", "lat", "urgency")  # fmt: skip
LOG = logging.getLogger("city_brain")


@dataclass(slots=True)
class Drill:
    """A running drill. Only its own thread changes it."""

    number: str
    scenario: Scenario
    begun_by: str
    begun_at: datetime
    seed: int
    city: City
    settings: Settings
    """Of the copy: its home is the copy's folder."""
    copied_at: int
    """The last sequence of the live record that the copy has."""
    copied_s: float
    """How long it took to have the copy open."""
    town: Town
    simulated_town: bool
    reports: tuple[Report, ...]
    stop: threading.Event = field(default_factory=threading.Event)
    begun: list[tuple[float, str, str | None]] = field(default_factory=list)
    """What has happened so far: minute of the scenario, happening, what set it off."""
    led: set[str] = field(default_factory=set)
    """Cases that a demonstration follows: the simulated staff leaves them to it."""
    _next: int = 0
    _arrived: datetime | None = None
    _ticks: int = 0

    def minute(self, moment: datetime) -> float:
        """The minute of the scenario at a moment, its last one at most."""
        return min((moment - self.begun_at).total_seconds() / 60 * self.scenario.speed, float(self.scenario.minutes))

    @property
    def ends_at(self) -> datetime:
        """When its time is up."""
        return self.begun_at + timedelta(minutes=self.scenario.minutes / self.scenario.speed)

    def figures(self) -> Figures:
        """What it has raised so far, and what became of it."""
        return figures.figures(self.city, clock.now(), self.copied_at)

    def run(self, over: Callable[[], None]) -> None:
        """Play until the time is up or somebody stops it; `over` is called where the time is up."""
        while not self.stop.wait(TICK_S):
            moment = clock.now()
            for duty in self.duties(moment):
                try:
                    duty()
                except Fault as fault:  # the copy may be closing
                    LOG.info("a duty of the drill paused: %s", fault)
                except Exception:  # a bug of one duty is logged; the drill and above all the console go on
                    LOG.exception("a duty of the drill failed")
            if moment >= self.ends_at:
                over()
                return

    def duties(self, moment: datetime) -> list[Callable[[], object]]:
        """What there is to do at a moment, in order."""
        self._ticks += 1
        found: list[Callable[[], object]] = [
            lambda: self.report_due(moment), lambda: self._arrivals(moment),
            lambda: staff.work(self.city, moment, self.begun_at, self.scenario.speed, self.led),
        ]  # fmt: skip
        if self._ticks % ROUND == 0:
            found += [
                lambda: round_of_the_clock(self.city), lambda: evaluate(self.city), lambda: follow(self.city, moment),
                lambda: crews.work(self.city, moment),
            ]  # fmt: skip
        return found

    def report_due(self, moment: datetime) -> None:
        """Report what the scenario has for the minutes up to now."""
        minute = self.minute(moment)
        while self._next < len(self.reports) and self.reports[self._next].minute <= minute:
            report = self.reports[self._next]
            self._next += 1
            if all(name != report.happening for _, name, _ in self.begun):
                self.begun.append((report.minute, report.happening, report.because))
            self._report(f"{self._next:04d}", report.matter | {"reported_at": moment})

    def _arrivals(self, moment: datetime) -> None:
        """The everyday reports, so many times the usual, in a simulated city."""
        since, self._arrived = self._arrived or self.begun_at, moment
        if not self.simulated_town or not self.scenario.arrivals:
            return
        gap, minute = self.settings.demo_arrival_seconds / self.scenario.arrivals, since.replace(second=0, microsecond=0)
        while minute <= moment:
            for matter in plan.arrivals(self.town, seed=self.settings.demo_seed, minute=minute, mean_gap_s=gap).to_pylist():
                if since < matter["reported_at"] <= moment:
                    self._report(matter["external_id"], {name: matter[name] for name in _KEPT})
            minute += timedelta(minutes=1)

    def _report(self, number: str, matter: dict[str, Any]) -> None:
        actions.report(self.city, source(self.town.timezone), matter | {"external_id": number}, SIMULATOR)


def source(timezone: str) -> Source:
    """The source of a drill's reports: simulated, and called what it is."""
    return Source(SOURCE, "演练", "Drill", PREFIX, "simulated", timezone, "wgs84", "", simulated=True)


def town_of(city: City) -> tuple[Town, bool]:
    """The town a city is simulated by, or one made of the city's own districts; and whether it is the former.

    Raises
    ------
    Fault
        The city has no place yet.
    """
    named = queries.city(city)
    if named is None or named["lon"] is None:
        raise Fault("drill_no_city")
    if named["simulated"] and named["town"]:
        return geography.town(named["town"]), True
    areas = queries.areas(city).dropna(subset=["label_lon", "label_lat"])
    districts = tuple(
        District(str(row["code"] or ""), row["name"], row["name_en"] or row["name"], row["label_lon"], row["label_lat"], 1.0, (), (), {})
        for row in areas.to_dict("records")
    )
    lon, lat = named["lon"], named["lat"]
    names = (named["name_zh"] or named["name_en"] or "", named["name_en"] or named["name_zh"] or "")
    view = View(lon, lat, named["zoom"] or 11.0)
    if not districts:
        districts = (District("", *names, lon, lat, 1.0, (), (), {}),)
    return Town("own", *names, PREFIX, named["timezone"], lon, lat, view, districts, (), ()), False


def unfolded(scenario: Scenario, town: Town, seed: int, settings: Settings) -> tuple[Report, ...]:
    """The reports of a scenario in the city."""
    return events(scenario, town, seed, addresses=settings.demo_seed)


def folder_of(settings: Settings) -> Path:
    """Where the copies of a home lie."""
    return settings.home / "drills"
