"""What is given before a life begins: what is reported where, whose it is, how long it may take, and all the chance of it.

Every number that is assumed stands here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np

from city_brain.dispatch.model import CALLS_FOR, OTHERWISE, Function
from city_brain.simulator.curves import Floats
from city_brain.simulator.days import Draws, Ints, drawn_day, joined
from city_brain.simulator.engine.citizens import Reports, told
from city_brain.simulator.engine.fleet import Flags, Matters, Teams
from city_brain.simulator.engine.offices import Hours
from city_brain.simulator.geography import Town
from city_brain.simulator.limits import Limits, limits, urgent
from city_brain.simulator.lives import channels
from city_brain.simulator.pace import CLOSES_S, OPENS_S
from city_brain.simulator.places import Pool, pool
from city_brain.simulator.responsible import department_names, held

INTAKE_S, DISPATCH_S, LOOK_S, CHECK_S = 260.0, 330.0, 900.0, 1_500.0
"""Mean time that a hand needs for one case."""
CENTRE_BUSY, CHECK_BUSY = 0.6, 0.7
"""How busy the hands of the centre, and the inspectors that verify, are to be: their number follows from it."""
DEPARTMENT_BUSY, MOST_BUSY = 0.62, 0.93
"""The same of a usual department; one that is often late (`data/demo_kinds.toml`) has as much fewer hands."""
CREWS = Hours(OPENS_S, CLOSES_S)
"""When departments and inspectors take what is not urgent."""
TEAMS_BUSY, DRIVE_S, LEAST_TEAMS, BY_DAY = 0.4, 1_500.0, 12, 0.7
"""How busy teams are to be, the drive that their number is reckoned with, the least number of a function, and how many work by day."""
DAY = (7, 19)
WORK_S = 1_500.0
"""Work at the place."""
CONFIRM_S, DISPUTE_S, REPORT_BACK_S, REDO_S = 2_100.0, 4_600.0, 1_000.0, 9_000.0
"""Medians of what takes its time without anybody's hands."""
SPREAD, PRESSING = 0.7, 0.3
"""All times are lognormal with this spread; urgent cases need this share of them."""
PLANNED, AT_ONCE = 0.3, 0.03
"""When a department means to go: median share of the limit, and that of an urgent case."""
MERGED, REJECTED_AT_ONCE, CONFIRMED = 0.9, 0.5, 0.06
"""How often a second report is seen to be one, a report of nothing is seen at the desk, and an honest one is looked at first."""
MISTAKEN, DISPUTED, UNCLEAR = 0.07, 0.9, 0.018
"""How often a case goes to the wrong department, that department says so, and the right one sends it back as unclear."""
REWORKED, REWORKED_AGAIN = 0.05, 0.3
"""How often work is not good enough, and once more."""
PRESSED, EXTENDED = 0.7, 0.3
"""Who means to need more than this share of the limit asks so often for as much again."""
CHANCES = ("merge", "reject", "confirm", "mistake", "dispute", "unclear", "extend", "rework", "rework_again")
SPREADS = ("intake", "confirm", "dispatch", "look", "dispute", "plan", "work", "back", "check", "redo", "work_again", "check_again")
OFF_M = 40.0
"""A report stands so far from its address, either way."""
_STREAM, _TEAM_STREAM = 11, 12


@dataclass(frozen=True)
class Given:
    """What is drawn (rows of `draws`) and what is reported of it (rows of `reports`)."""

    town: Town
    seed: int
    places: Pool
    begins: int
    """Unix seconds of the Monday's midnight."""
    draws: Draws
    channel: Ints
    limits: Limits
    urgent: Flags
    right: Ints
    """The department responsible, index into `department_names()`."""
    other: Ints
    """One that may get it by mistake."""
    contested: Flags
    reports: Reports
    matters: Matters
    """Of the reports."""
    chance: dict[str, Floats]
    """By `CHANCES`, of the reports, in [0, 1)."""
    spread: dict[str, Floats]
    """By `SPREADS`, of the reports: factors with the median 1."""

    @cached_property
    def planned(self) -> Floats:
        """Share of the limit after which a department means to go, of the reports."""
        return np.asarray(np.where(self.matters.urgent, AT_ONCE, PLANNED) * self.spread["plan"])

    def teams(self, function: Function, a_day: float) -> Teams:
        """A fleet that serves so many cases a day, at home where cases are."""
        count = max(LEAST_TEAMS, int(np.ceil(a_day * (WORK_S + DRIVE_S) / (12 * 3600 * TEAMS_BUSY))))
        rng = np.random.default_rng(np.random.SeedSequence([self.seed, self.places.town_key, _TEAM_STREAM, list(Function).index(function)]))
        at, hours = rng.integers(0, len(self.places.lon), count), np.arange(24)
        day = (hours >= DAY[0]) & (hours < DAY[1])
        home = np.column_stack([self.places.lon[at], self.places.lat[at]])
        return Teams(home, home, np.where(np.arange(count)[:, None] < BY_DAY * count, day, ~day))


def given(town: Town, seed: int, monday: date, days: int, per_day: float) -> Given:
    """Draw it all. The same seed draws the same on every machine."""
    zone, places = ZoneInfo(town.timezone), pool(town, seed)
    begins = int(datetime.combine(monday, time(), zone).timestamp())
    every = (monday + timedelta(days=day) for day in range(days))
    draws = joined([drawn_day(places, day, seed=seed, per_day=per_day, zone=zone) for day in every])
    rng = np.random.default_rng(np.random.SeedSequence([seed, monday.toordinal(), places.town_key, _STREAM]))
    channel, drawn = channels(draws), limits(draws)
    pressing = urgent(draws, drawn)
    reports = told(draws, channel, begins, rng)
    size, here = len(reports), draws.place[reports.of]
    off = town.plane.degrees((rng.random((size, 2)) * 2 - 1) * OFF_M) - (town.lon, town.lat)
    return Given(
        town, seed, places, begins, draws, channel, drawn, pressing, *held(draws, places), reports,
        Matters(places.lon[here] + off[:, 0], places.lat[here] + off[:, 1], pressing[reports.of]),
        dict(zip(CHANCES, rng.random((len(CHANCES), size)), strict=True)),
        dict(zip(SPREADS, np.exp(SPREAD * rng.standard_normal((len(SPREADS), size))), strict=True)),
    )  # fmt: skip


def function_of(department: int) -> Function:
    """The function of the teams that work for a department."""
    return CALLS_FOR.get(department_names()[department], OTHERWISE)
