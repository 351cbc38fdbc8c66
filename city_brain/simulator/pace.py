"""How long each stay of a case takes, and the walk of cases along their ways.

Times are seconds since the midnight of the day of the report, on the city's clock; "crew time" counts the crews' hours alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from city_brain.cases.calendars import Calendar
from city_brain.cases.lifecycle import Step
from city_brain.simulator import ways
from city_brain.simulator.curves import Floats
from city_brain.simulator.days import Draws, Ints
from city_brain.simulator.kinds import CHANNELS, public
from city_brain.simulator.limits import Flags
from city_brain.simulator.ways import WAYS, Part, Stay

DAY_S = 86_400
OPENS_S, CLOSES_S = 23_400, 84_600
"""Working hours of the crews, seconds since midnight in the city."""
CREW_DAY_S = CLOSES_S - OPENS_S
WAKES_S = 8 * 3_600
"""When suspended cases go on."""
SHORTEST_S = 5
"""No stay is shorter."""
_NIGHT_S = (6 * 3_600, 23 * 3_600)
_NIGHT = 2.1
"""How much longer the centre takes at night."""
_LOOK_S, _SUSPENDED_LOOK_S = 1_900.0, 25_000.0
_SUSPENDED_DAYS = (10, 45)


def worked(moment: Floats) -> Floats:
    """Crew time since the first midnight."""
    day, second = np.divmod(moment, DAY_S)
    return np.asarray(day * CREW_DAY_S + np.clip(second - OPENS_S, 0, CREW_DAY_S), dtype=float)


def moment_of(work: Floats) -> Floats:
    """The moment at which so much crew time has passed; the inverse of `worked`."""
    day, second = np.divmod(work, CREW_DAY_S)
    return np.asarray(day * DAY_S + OPENS_S + second)


class Pace:
    """How long the stays of each case take.

    Parameters
    ----------
    draws : Draws
    channel : (rows,) int
        Index into `CHANNELS`.
    always : (rows,) bool
        Whether somebody works on it around the clock.
    """

    def __init__(self, draws: Draws, channel: Ints, urgent: Flags, always: Flags, way: Ints, days: Calendar) -> None:
        self._midnight, self._urgent, self._always, self._days = draws.reported - draws.local, urgent, always, days
        self._redo, self._suspended = draws.chance("redo"), draws.chance("suspended")
        self.took = _took(draws, channel, urgent, way)
        self.work = np.zeros(len(way))
        self.span = np.full(len(way), np.inf)

    def counted(self, moment: Floats) -> Floats:
        """Time that counts for the work up to a moment: crew time, or all of it where somebody works around the clock."""
        return np.where(self._always, moment, worked(moment))

    def moment(self, counted: Floats) -> Floats:
        """The moment at which so much has been counted."""
        return np.where(self._always, counted, moment_of(counted))

    def aim(self, work: Floats, span: Floats) -> None:
        """Give the work its end (moment) and how long it takes to get there (counted seconds)."""
        self.work, self.span = work, span

    def end(self, stay: Stay, again: int, rows: Ints, now: Floats) -> Floats:
        """When a stay ends for some rows that begin it now; `again` is how often they were in that step before."""
        if stay.step is Step.HANDLE:
            return self._handled(stay, again, rows, now)
        if stay.step is Step.SUSPENDED:
            least, most = _SUSPENDED_DAYS
            return (now // DAY_S + np.floor(least + (most - least) * self._suspended[rows])) * DAY_S + WAKES_S
        took = self.took[stay.step][min(again, len(self.took[stay.step]) - 1)][rows]
        if stay.step is Step.DISPUTE:
            return self._ruled(rows, now, took)
        return self._on(rows, now, took) if stay.step in (Step.CONFIRM, Step.VERIFY) else now + took

    def _handled(self, stay: Stay, again: int, rows: Ints, now: Floats) -> Floats:
        span = self.span[rows]
        if stay.part is Part.WORK:  # what was lost before it is partly made up for
            return np.maximum(self.work[rows], self._on(rows, now, np.where(now > self.work[rows] - 60, 0.35, 0.25) * span))
        if stay.part is Part.REDO:
            return self._on(rows, now, np.clip((0.1 + 0.25 * self._redo[rows]) * span, 900, 1.5 * CREW_DAY_S))
        looks = self.took[Step.HANDLE]
        return self._on(rows, now, np.minimum(looks[min(again, len(looks) - 1)][rows], 0.25 * span))

    def _ruled(self, rows: Ints, now: Floats, took: Floats) -> Floats:
        """Managers rule in working time; on urgent cases at once."""
        midnight, pressing = self._midnight[rows], self._always[rows]
        ends = self._days.after_many((midnight + now).astype(np.int64), np.where(pressing, 0.3 * took, took), ~pressing)
        return np.asarray(ends - midnight, dtype=float)

    def _on(self, rows: Ints, now: Floats, took: Floats) -> Floats:
        """Where so much counted time leads to."""
        return np.where(self._always[rows], now + took, moment_of(worked(now) + took))


class Journey:
    """Cases on their ways: when each stay begins, and where in time they are."""

    def __init__(self, draws: Draws, way: Ints, pace: Pace) -> None:
        self.begins = np.zeros((len(way), ways.WIDEST), dtype=np.int64)
        self.now = draws.local.astype(float)
        self._midnight, self._pace = draws.reported - draws.local, pace
        self._rows = [np.flatnonzero(way == index) for index in range(len(WAYS))]

    def unix(self) -> Ints:
        """Where they are, Unix seconds."""
        return np.asarray(self._midnight + self.now.astype(np.int64), dtype=np.int64)

    def go(self, first: Sequence[int], until: Sequence[int]) -> None:
        """Go on from one stay up to, not including, another, both of each way."""
        for way, rows, begin, end in zip(WAYS, self._rows, first, until, strict=True):
            if len(rows):
                self._along(way, rows, begin, end)

    def _along(self, way: tuple[Stay, ...], rows: Ints, first: int, until: int) -> None:
        now, midnight = self.now[rows], self._midnight[rows]
        seen = Counter((stay.step, stay.part) for stay in way[:first])
        for place in range(first, until):
            stay = way[place]
            self.begins[rows, place] = midnight + now.astype(np.int64)
            if place < len(way) - 1:
                ends = self._pace.end(stay, seen[stay.step, stay.part], rows, now)
                now = np.maximum(np.rint(ends), now + SHORTEST_S)
            seen[stay.step, stay.part] += 1
        self.now[rows] = now


def _took(draws: Draws, channel: Ints, urgent: Flags, way: Ints) -> dict[Step, tuple[Floats, ...]]:
    """Seconds of each stay, the first time and again. Work itself is not among them."""
    spread = draws.spread
    night = np.where((draws.local < _NIGHT_S[0]) | (draws.local >= _NIGHT_S[1]), _NIGHT, 1.0)
    machine = channel == CHANNELS.index("sensor")
    rests = ways.has_ending("rejected")[way], ways.has_ending("self_handled")[way]
    collect = np.select([*rests, urgent, machine], [720, 660, 110, 60], 380) * np.exp(0.72 * spread("collect"))
    file = np.where(urgent, 170, np.where(public(channel), 570, 430))
    dispatch = np.where(urgent, 130, 470)
    look = np.where(ways.has("suspended")[way], _SUSPENDED_LOOK_S, _LOOK_S)
    return {
        Step.COLLECT: (collect * night,),
        Step.CONFIRM: (2_100 * np.exp(0.55 * spread("confirm")),),
        Step.FILE: (file * night * np.exp(0.65 * spread("file")), file * night * np.exp(0.65 * spread("file_again"))),
        Step.DISPATCH: (dispatch * night * np.exp(0.65 * spread("dispatch")), dispatch * np.exp(0.65 * spread("dispatch_again"))),
        Step.HANDLE: (look * np.exp(0.8 * spread("look")), look * np.exp(0.8 * spread("look_again"))),
        Step.DISPUTE: (4_600 * np.exp(0.7 * spread("dispute")), 4_600 * np.exp(0.7 * spread("dispute_again"))),
        Step.REPORT_BACK: (1_000 * np.exp(0.7 * spread("report_back")), 900 * np.exp(0.7 * spread("report_back_again"))),
        Step.VERIFY: (2_500 * np.exp(0.75 * spread("verify")), 2_100 * np.exp(0.75 * spread("verify_again"))),
        Step.EVALUATE: (DAY_S * (0.4 + 1.9 * draws.chance("evaluated")),),
    }
