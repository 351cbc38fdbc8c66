"""Teams and cases in time: a case waits, a team drives, works and goes back to where it waits; on the way back it can be sent again."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np
import simpy

from city_brain.analytics.dispatch.matching import Floats, Ints
from city_brain.analytics.dispatch.travel import estimated
from city_brain.simulator.policies.events import DAY_S, Cases
from city_brain.simulator.policies.rules import Moment, Rule

Drive = Callable[..., Floats]
"""(lon, lat, to_lon, to_lat, moment_s, urgent) -> seconds."""


@dataclass(frozen=True)
class Course:
    """What became of the cases, in their order: seconds of the start and of the arrival, the team."""

    sent_s: Floats
    arrived_s: Floats
    cleared_s: Floats
    team: Ints


def by_road(lon: Floats, lat: Floats, to_lon: Floats, to_lat: Floats, moment_s: float, urgent: object) -> Floats:
    """Seconds on the road at that hour; urgent drives have right of way."""
    day, second = divmod(moment_s, DAY_S)
    return estimated(lon, lat, to_lon, to_lat, hour=int(second // 3600), free=day % 7 >= 5, urgent=np.asarray(urgent, bool))[1]


class World:
    """One run of a rule over cases.

    Parameters
    ----------
    cases : Cases
    start, rest : (teams, 2) arrays
        Degrees: where teams are at first, and where they go when idle.
    rule : Rule
    drive : Drive
    """

    def __init__(self, cases: Cases, start: Floats, rest: Floats, rule: Rule, drive: Drive = by_road) -> None:
        self.cases, self.rest, self.rule, self.drive = cases, rest, rule, drive
        self.left, self.left_at = start.copy(), np.zeros(len(start))
        self.back_s = np.maximum(drive(*start.T, *rest.T, 0.0, False), 1e-9)
        self.idle = np.ones(len(start), bool)
        self.waiting: list[int] = []
        self.env = simpy.Environment()
        shape = len(cases)
        self.course = Course(np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, -1))

    def run(self) -> Course:
        """Until the last case is cleared."""
        self.env.process(self._reports())
        self.env.run()
        return self.course

    def _reports(self) -> Generator[simpy.Event]:
        for case, at in enumerate(self.cases.reported_s):
            yield self.env.timeout(max(0.0, at - self.env.now))
            self.waiting.append(case)
            self._send()

    def _send(self) -> None:
        teams = np.flatnonzero(self.idle)
        if not len(teams) or not self.waiting:
            return
        queue, now = np.array(self.waiting), self.env.now
        share = np.clip((now - self.left_at[teams]) / self.back_s[teams], 0, 1)[:, None]
        lon, lat = (self.left[teams] + share * (self.rest[teams] - self.left[teams])).T
        urgent = self.cases.urgent[queue]
        seconds = self.drive(lon[None], lat[None], self.cases.lon[queue, None], self.cases.lat[queue, None], now, urgent[:, None])
        for place, whose in zip(*self.rule(Moment(seconds, now - self.cases.reported_s[queue], urgent)), strict=True):
            case, team = int(queue[place]), int(teams[whose])
            self.waiting.remove(case)
            self.idle[team] = False
            self.env.process(self._serve(case, team, float(seconds[place, whose])))

    def _serve(self, case: int, team: int, drive_s: float) -> Generator[simpy.Event]:
        self.course.sent_s[case], self.course.team[case] = self.env.now, team
        yield self.env.timeout(drive_s)
        self.course.arrived_s[case] = self.env.now
        yield self.env.timeout(self.cases.service_s[case])
        now = self.course.cleared_s[case] = self.env.now
        here = self.left[team] = self.cases.lon[case], self.cases.lat[case]
        self.left_at[team], self.idle[team] = now, True
        self.back_s[team] = max(float(self.drive(*here, *self.rest[team], now, False)), 1e-9)
        self._send()
