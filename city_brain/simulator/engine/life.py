"""A town lives for some days: reports, the centre, departments, teams, checks, and what became of every report.

What departments do with their time is assumed (`given` has the numbers), not fitted; docs/simulated_city.md shows how far it agrees with
real cities. The same seed gives the same life on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
import simpy

from city_brain.dispatch.model import Function
from city_brain.simulator.curves import Floats
from city_brain.simulator.engine import given as assumed
from city_brain.simulator.engine.fleet import DAY_S, Fleet, Rule
from city_brain.simulator.engine.given import Given, function_of, given
from city_brain.simulator.engine.offices import Office, Steps
from city_brain.simulator.geography import Town
from city_brain.simulator.kinds import CHANNELS, kinds, public
from city_brain.simulator.limits import working_days
from city_brain.simulator.pace import moment_of, worked
from city_brain.simulator.responsible import department_names

CREW_HOURS = {True: 1.9, False: 0.7}
"""Hours of crews in an hour of a limit, by whether it counts working time: a crew's day has 17, a working day 8, a day 24."""
Progress = Callable[[int, int], object]


class Ended(StrEnum):
    """What became of a report."""

    CLOSED = "closed"
    MERGED = "merged"
    REJECTED = "rejected"


def lived(town: Town, *, seed: int, start: date, days: int, per_day: float, rule: Rule, progress: Progress) -> pd.DataFrame:
    """What becomes of the reports of some days, to the last one's end.

    Parameters
    ----------
    town : Town
    seed : int
    start : date
        The Monday of its week is where the world begins.
    days : int
    per_day : float
        Mean number of first reports of a day over the year.
    rule : Rule
        Of dispatch.
    progress : callable
        Told how many days of how many have gone.

    Returns
    -------
    pandas.DataFrame
        A row per report in order of time: happened_at, reported_at, sent_at (to a department first), team_sent_at, arrived_at (of the first
        team), cleared_at (of the last one), closed_at, due_at (UTC; missing where it did not come to that); code, district, department,
        function, channel (text); lon, lat (WGS-84 degrees); urgent, again, wrong (bool); passes (departments that passed it on), reworks,
        extended (int); ended (`Ended`).
    """
    return _World(given(town, seed, start - timedelta(days=start.weekday()), days, per_day), days, rule).run(progress)


class _World:
    """One life. Times are seconds from a Monday's midnight on the clock of the city."""

    def __init__(self, known: Given, days: int, rule: Rule) -> None:
        self.given, self.days, self.env = known, days, simpy.Environment()
        size = self._left = len(known.reports)
        self.sent, self.closed = np.full(size, np.nan), np.full(size, np.nan)
        self.passes, self.reworks, self.extended = (np.zeros(size, np.int64) for _ in range(3))
        self.department = known.right[known.reports.of].copy()
        self.ended: list[Ended] = [Ended.CLOSED] * size
        self._settled = np.zeros(len(known.right), bool)
        self._over = self.env.event()
        self._open(size / days)
        called = np.bincount(self.department, minlength=len(department_names())) / days
        loads = dict.fromkeys(Function, 0.0)
        for department, cases in enumerate(called.tolist()):
            loads[function_of(department)] += cases
        self.fleets = {name: Fleet(self.env, known.matters, known.teams(name, load), rule) for name, load in loads.items()}

    def _open(self, a_day: float) -> None:
        """The offices, with as many hands as their work asks for."""
        names, late = department_names(), kinds().lateness
        self.intake = Office(self.env, a_day, assumed.INTAKE_S, assumed.CENTRE_BUSY)
        self.dispatch = Office(self.env, a_day, assumed.DISPATCH_S, assumed.CENTRE_BUSY)
        self.check = Office(self.env, a_day, assumed.CHECK_S, assumed.CHECK_BUSY, assumed.CREWS)
        shares = np.bincount(self.department, minlength=len(names)) / max(1, len(self.department))
        busy = [min(assumed.MOST_BUSY, assumed.DEPARTMENT_BUSY * late.get(name, 1.0)) for name in names]
        self.departments = [
            Office(self.env, a_day * share, assumed.LOOK_S, most, assumed.CREWS) for share, most in zip(shares, busy, strict=True)
        ]

    def run(self, progress: Progress) -> pd.DataFrame:
        """Live until the last report has its end."""
        self.env.process(self._arrive())
        self.env.process(self._count(progress))
        if self._left:
            self.env.run(until=self._over)
        return _frame(self)

    def _count(self, progress: Progress) -> Steps:
        for day in range(self.days + 1):
            progress(day, self.days)
            yield self.env.timeout(DAY_S)

    def _arrive(self) -> Steps:
        for case, (at, matter) in enumerate(zip(self.given.reports.reported_s.tolist(), self.given.reports.of.tolist(), strict=True)):
            yield self.env.timeout(max(0.0, at - self.env.now))
            self.env.process(self._live(case, matter))

    def _live(self, case: int, matter: int) -> Steps:
        """One report, from the desk to its end."""
        pressing = bool(self.given.urgent[matter])
        yield from self.intake.take(self._takes(assumed.INTAKE_S, "intake", case), pressing)
        self.ended[case] = yield from self._accepted(case, matter)
        if self.ended[case] is Ended.CLOSED:
            yield from self._sent(case, matter, pressing)
            yield from self._handled(case, matter, pressing)
            self.closed[case], self._settled[matter] = self.env.now, True
        self._left -= 1
        if not self._left:
            self._over.succeed()

    def _accepted(self, case: int, matter: int) -> Generator[Any, Any, Ended]:
        """Whether it becomes a case of its own."""
        reports = self.given.reports
        if reports.again[case] and not self._settled[matter] and self._comes("merge", assumed.MERGED, case):
            return Ended.MERGED
        wrong = bool(reports.wrong[case])
        if wrong and self._comes("reject", assumed.REJECTED_AT_ONCE, case):
            return Ended.REJECTED
        if wrong or (public(self.given.channel[matter]) and self._comes("confirm", assumed.CONFIRMED, case)):
            yield self.env.timeout(self._takes(assumed.CONFIRM_S, "confirm", case))
        return Ended.REJECTED if wrong else Ended.CLOSED

    def _sent(self, case: int, matter: int, pressing: bool) -> Steps:
        """To departments, until one keeps it."""
        right = int(self.given.right[matter])
        mistaken = self.given.contested[matter] or self._comes("mistake", assumed.MISTAKEN, case)
        to = int(self.given.other[matter]) if mistaken else right
        unclear, quick = self._comes("unclear", assumed.UNCLEAR, case), assumed.PRESSING if pressing else 1.0
        while True:
            yield from self.dispatch.take(self._takes(assumed.DISPATCH_S, "dispatch", case), pressing)
            if np.isnan(self.sent[case]):
                self.sent[case] = self.env.now
            yield from self.departments[to].take(quick * self._takes(assumed.LOOK_S, "look", case), pressing)
            if to != right and self._comes("dispute", assumed.DISPUTED, case):
                yield self.env.timeout(self._takes(assumed.DISPUTE_S, "dispute", case))
                to = right
            elif unclear:
                unclear = False
            else:
                self.department[case] = to
                return
            self.passes[case] += 1

    def _handled(self, case: int, matter: int, pressing: bool) -> Steps:
        """Planned, worked on by a team, verified, and done again where it was not good enough."""
        quick, planned = assumed.PRESSING if pressing else 1.0, float(self.given.planned[case])
        if planned > assumed.PRESSED and not pressing and self._comes("extend", assumed.EXTENDED, case):
            self.extended[case] = 1
        yield self.env.timeout(self._rest(planned * float(self.given.limits.seconds[matter]), matter, pressing))
        fleet, again = self.fleets[function_of(int(self.department[case]))], ""
        while True:
            yield fleet.ask(case, self._takes(assumed.WORK_S, "work" + again, case))
            yield self.env.timeout(quick * self._takes(assumed.REPORT_BACK_S, "back", case))
            yield from self.check.take(quick * self._takes(assumed.CHECK_S, "check" + again, case), pressing)
            careless = self._comes("rework" + again, assumed.REWORKED_AGAIN if again else assumed.REWORKED, case)
            if not careless or self.reworks[case] > 1:
                return
            self.reworks[case] += 1
            again = "_again"
            yield self.env.timeout(self._rest(self._takes(assumed.REDO_S, "redo", case), matter, pressing))

    def _takes(self, seconds: float, what: str, case: int) -> float:
        return float(seconds * self.given.spread[what][case])

    def _comes(self, what: str, share: float, case: int) -> bool:
        return bool(self.given.chance[what][case] < share)

    def _rest(self, seconds: float, matter: int, pressing: bool) -> float:
        """How long so much time of a limit is by the clock, while crews work."""
        if pressing:
            return seconds
        now = np.array([self.env.now])
        return max(0.0, float((moment_of(worked(now) + seconds * CREW_HOURS[bool(self.given.limits.works[matter])]) - now)[0]))


def _frame(world: _World) -> pd.DataFrame:
    """The life as rows."""
    known, reports, of = world.given, world.given.reports, world.given.reports.of
    visits = pd.DataFrame(
        [visit for fleet in world.fleets.values() for visit in fleet.visits], columns=["case", "team", "sent", "came", "left"]
    )
    of_case, rows = visits.groupby("case"), pd.RangeIndex(len(reports))
    had, due = ~np.isnan(world.sent), np.full(len(reports), np.nan)
    given_s = known.limits.seconds[of[had]] * (1 + world.extended[had])
    sent = (world.sent[had] + known.begins).astype(np.int64)
    due[had] = working_days(known.town.timezone).after_many(sent, given_s, known.limits.works[of[had]]) - known.begins
    moments = {
        "happened_at": reports.happened_s, "reported_at": reports.reported_s, "sent_at": world.sent,
        "team_sent_at": of_case["sent"].min().reindex(rows).to_numpy(), "arrived_at": of_case["came"].min().reindex(rows).to_numpy(),
        "cleared_at": of_case["left"].max().reindex(rows).to_numpy(), "closed_at": world.closed, "due_at": due,
    }  # fmt: skip
    names = [*department_names(), None]
    department = np.where(had, world.department, -1)
    functions = [*(str(function_of(number)) for number in range(len(names) - 1)), None]
    return pd.DataFrame({
        **{name: _moments(known.begins, seconds) for name, seconds in moments.items()},
        "code": np.array([kind.category.code for kind in kinds().kinds], object)[known.draws.kind[of]],
        "district": np.array(known.places.districts, object)[known.places.district_of[known.draws.place[of]]],
        "department": np.array(names, object)[department], "function": np.array(functions, object)[department],
        "channel": np.array(CHANNELS, object)[known.channel[of]], "lon": known.matters.lon, "lat": known.matters.lat,
        "urgent": known.matters.urgent, "again": reports.again, "wrong": reports.wrong, "passes": world.passes, "reworks": world.reworks,
        "extended": world.extended, "ended": [str(one) for one in world.ended],
    })  # fmt: skip


def _moments(begins: int, seconds: Floats) -> pd.Series[pd.Timestamp]:
    return pd.to_datetime(pd.Series(seconds).round() + begins, unit="s", utc=True)
