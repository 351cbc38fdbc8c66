"""Offices in simulated time: so many hands at so many hours; who comes waits until one is free, urgent cases first."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Any, NamedTuple

import simpy

from city_brain.simulator.engine.fleet import DAY_S

Steps = Generator[Any, Any, None]


class Hours(NamedTuple):
    """When an office works: seconds of the day."""

    opens_s: float = 0.0
    closes_s: float = DAY_S

    @property
    def share(self) -> float:
        """Of the day."""
        return (self.closes_s - self.opens_s) / DAY_S

    def opening(self, moment_s: float) -> float:
        """The first moment from then on at which it works, seconds from a midnight."""
        day, second = divmod(moment_s, DAY_S)
        if second >= self.closes_s:
            day, second = day + 1, 0.0
        return day * DAY_S + max(second, self.opens_s)


ROUND_THE_CLOCK = Hours()


class Office:
    """Hands that take one case after the other.

    Parameters
    ----------
    env : simpy.Environment
    a_day : float
        Cases to be expected in a day.
    takes_s : float
        Mean time that a hand needs for one.
    busy : float
        Share of their time that the hands are to be busy: their number follows from it.
    hours : Hours
        Urgent cases are taken at any hour.
    """

    def __init__(self, env: simpy.Environment, a_day: float, takes_s: float, busy: float, hours: Hours = ROUND_THE_CLOCK) -> None:
        self.hands = max(1, math.ceil(a_day * takes_s / (DAY_S * hours.share * busy)))
        self._env, self._hours = env, hours
        self._desk = simpy.PriorityResource(env, self.hands)

    def take(self, takes_s: float, urgent: bool) -> Steps:
        """Wait for a hand, then for it to be done."""
        if not urgent and (wait := self._hours.opening(self._env.now) - self._env.now) > 0:
            yield self._env.timeout(wait)
        with self._desk.request(priority=0 if urgent else 1) as hand:
            yield hand
            yield self._env.timeout(takes_s)
