"""Teams in simulated time: a case asks for one, waits, a rule sends one, it drives, works and goes back to where it waits.

On the way back it can be sent again. A team off duty ends what it is at and then stays at home.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import simpy

from city_brain.analytics.dispatch import matching
from city_brain.analytics.dispatch.matching import Floats, Ints
from city_brain.analytics.dispatch.travel import estimated

DAY_S = 86_400.0
LOOKED_AT = 200
"""Waiting cases that a rule looks at in one moment: the first urgent ones, then the first of the others."""
Flags = npt.NDArray[np.bool_]
Drive = Callable[..., Floats]
"""(lon, lat, to_lon, to_lat, moment_s, urgent) -> seconds."""


@dataclass(frozen=True)
class Moment:
    """Who waits, in the order in which they asked, and who is idle."""

    seconds: Floats
    """(cases, teams): drives from where the teams are now."""
    waited_s: Floats
    urgent: Flags

    @property
    def weight(self) -> Floats:
        """What a minute of lateness of each case weighs."""
        return np.where(self.urgent, matching.WEIGHT["urgent"], matching.WEIGHT["normal"])

    @property
    def target_s(self) -> Floats:
        """Seconds from the asking to the arrival that are in time."""
        return np.where(self.urgent, matching.TARGET_S["urgent"], matching.TARGET_S["normal"])


Rule = Callable[[Moment], tuple[Ints, Ints]]
"""Places of cases and of teams that belong together."""


class Visit(NamedTuple):
    """A team at a case: seconds from the beginning."""

    case: int
    team: int
    sent_s: float
    arrived_s: float
    cleared_s: float


@dataclass(frozen=True)
class Matters:
    """Where cases are, WGS-84 degrees, and whether they are urgent; (cases,) each."""

    lon: Floats
    lat: Floats
    urgent: Flags


@dataclass(frozen=True)
class Teams:
    """Where teams are at first and where they wait, (teams, 2) longitude and latitude; and in which hours of the day they work."""

    start: Floats
    rest: Floats
    duty: Flags | None = None
    """(teams, 24); none is round the clock."""


def by_road(lon: Floats, lat: Floats, to_lon: Floats, to_lat: Floats, moment_s: float, urgent: object) -> Floats:
    """Seconds on the road, `moment_s` after a Monday's midnight; urgent drives have right of way."""
    day, second = divmod(moment_s, DAY_S)
    return estimated(lon, lat, to_lon, to_lat, hour=int(second // 3600), free=day % 7 >= 5, urgent=np.asarray(urgent, bool))[1]


@dataclass
class Fleet:
    """Teams of one function, and who waits for them.

    Parameters
    ----------
    env : simpy.Environment
        Its time is seconds from a Monday's midnight on the clock of the city.
    matters : Matters
        Every case that may ask.
    teams : Teams
    rule : Rule
    drive : Drive
    """

    env: simpy.Environment
    matters: Matters
    teams: Teams
    rule: Rule
    drive: Drive = by_road
    visits: list[Visit] = field(default_factory=list)

    def __post_init__(self) -> None:
        start, rest = self.teams.start, self.teams.rest
        self._left, self._left_s = start.copy(), np.zeros(len(start))
        self._back_s = np.maximum(self.drive(*start.T, *rest.T, 0.0, False), 1e-9)
        self._idle = np.ones(len(start), bool)
        self._waiting: dict[int, tuple[float, float, simpy.Event]] = {}
        if self.teams.duty is not None:
            self.env.process(self._shifts())

    def ask(self, case: int, work_s: float) -> simpy.Event:
        """Ask for a team that works so long; what is given comes true when it has left again."""
        done = self.env.event()
        self._waiting[case] = (self.env.now, work_s, done)
        self._send()
        return done

    def _shifts(self) -> Generator[simpy.Event]:
        """Those who come on duty look at once who waits. It never ends: whoever runs the world says until when."""
        while True:
            yield self.env.timeout(3600 - self.env.now % 3600)
            self._send()

    def _send(self) -> None:
        hour = int(self.env.now % DAY_S // 3600)
        teams = np.flatnonzero(self._idle if self.teams.duty is None else self._idle & self.teams.duty[:, hour])
        if not len(teams) or not self._waiting:
            return
        queue, now = self._looked_at(), self.env.now
        share = np.clip((now - self._left_s[teams]) / self._back_s[teams], 0, 1)[:, None]
        lon, lat = (self._left[teams] + share * (self.teams.rest[teams] - self._left[teams])).T
        urgent = self.matters.urgent[queue]
        seconds = self.drive(lon[None], lat[None], self.matters.lon[queue, None], self.matters.lat[queue, None], now, urgent[:, None])
        waited = now - np.array([self._waiting[case][0] for case in queue.tolist()])
        for place, whose in zip(*self.rule(Moment(seconds, waited, urgent)), strict=True):
            case, team = int(queue[place]), int(teams[whose])
            self._idle[team] = False
            self.env.process(self._serve(case, team, float(seconds[place, whose]), *self._waiting.pop(case)[1:]))

    def _looked_at(self) -> Ints:
        """Who waits, in the order of asking; of a long queue the urgent ones and the first of the others."""
        queue = np.fromiter(self._waiting, np.int64, len(self._waiting))
        if len(queue) <= LOOKED_AT:
            return queue
        return queue[np.sort(np.argsort(~self.matters.urgent[queue], kind="stable")[:LOOKED_AT])]

    def _serve(self, case: int, team: int, drive_s: float, work_s: float, done: simpy.Event) -> Generator[Any]:
        sent = self.env.now
        yield self.env.timeout(drive_s)
        arrived = self.env.now
        yield self.env.timeout(work_s)
        now = self.env.now
        self.visits.append(Visit(case, team, sent, arrived, now))
        here = self._left[team] = self.matters.lon[case], self.matters.lat[case]
        self._left_s[team], self._idle[team] = now, True
        self._back_s[team] = max(float(self.drive(*here, *self.teams.rest[team], now, False)), 1e-9)
        done.succeed()
        self._send()
