"""Time limits, and the working time they count in.

A limit counts clock time (紧急工作时, 紧急工作日) or only working time (工作时, 工作日). The working time up to a moment grows inside
the slots and rests outside; a deadline is its inverse. Both are a search in the sorted slots, in whole microseconds (ticks),
so that what was counted forwards counts back to the same number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import ArrayLike, NDArray

from city_brain.errors import Fault

SLOTS: tuple[tuple[time, time], ...] = ((time(8), time(12)), (time(14), time(18)))
"""When a working day works, local wall time."""
YEARS = range(1900, 2201)
"""Years that can be counted in: a mistyped year must not make slots for millennia."""
LONGEST_S = 100 * 366 * 86_400.0
"""The longest limit, in seconds of either kind."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_YEAR = 31_556_952 * _SECOND  # the mean Gregorian year
_MARGIN = 5 * _DAY  # more than zones and leap days move New Year away from the mean year
_REACH = 5  # clock time is about 4.4 times the working time of a year; only a first guess

Ticks = NDArray[np.int64]


class Unit(StrEnum):
    """What a limit counts."""

    URGENT_HOURS = "urgent_hours"
    URGENT_DAYS = "urgent_days"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"


SECONDS: dict[Unit, int] = {Unit.URGENT_HOURS: 3_600, Unit.URGENT_DAYS: 86_400, Unit.WORKING_HOURS: 3_600, Unit.WORKING_DAYS: 28_800}


@dataclass(frozen=True, slots=True)
class Limit:
    """How long something may take; more than nothing, else the fault ``limit_unclear``."""

    amount: float
    unit: Unit

    def __post_init__(self) -> None:
        if not (self.amount > 0 and self.amount * SECONDS[self.unit] <= LONGEST_S):
            raise Fault("limit_unclear", limit=str(self))

    def __str__(self) -> str:
        return f"{str(float(self.amount)).removesuffix('.0')} {self.unit}"

    @property
    def seconds(self) -> float:
        """Clock seconds of the urgent units, working seconds of the working units."""
        return self.amount * SECONDS[self.unit]

    @property
    def works(self) -> bool:
        """Whether only working time counts."""
        return self.unit in (Unit.WORKING_HOURS, Unit.WORKING_DAYS)

    @classmethod
    def parse(cls, text: str) -> Limit:
        """The limit that `str` wrote, such as ``2 working_hours``; else the fault ``limit_unclear``."""
        amount, _, unit = text.strip().partition(" ")
        try:
            return cls(float(amount), Unit(unit.strip()))
        except ValueError:
            raise Fault("limit_unclear", limit=text) from None


@dataclass(frozen=True, slots=True)
class Day:
    """An exception to "Monday to Friday work"; its name is that of the holiday it is or makes up for, in Chinese."""

    day: date
    working: bool
    name: str


def known_days() -> tuple[Day, ...]:
    """Holidays on weekdays and working weekends of the State Council's table, in their order."""
    return _published()[0]


def known_years() -> frozenset[int]:
    """The years whose table has been published, as far as the installed package knows."""
    return _published()[1]


@lru_cache(maxsize=1)
def _published() -> tuple[tuple[Day, ...], frozenset[int]]:
    import chinese_calendar as table  # type: ignore[import-untyped]  # here, because it is slow and rarely needed

    named = sorted({*table.constants.holidays, *table.constants.workdays})
    # a holiday that falls on a weekend changes nothing and is left out
    differ = [day for day in named if table.is_workday(day) != (day.weekday() < 5)]
    days = tuple(Day(day, table.is_workday(day), table.Holiday(table.get_holiday_detail(day)[1]).chinese) for day in differ)
    years = set()
    for year in {day.year for day in named}:
        with suppress(NotImplementedError):
            table.is_workday(date(year, 12, 31))
            years.add(year)
    return days, frozenset(years)


class Calendar:
    """The working time of a city.

    Parameters
    ----------
    zone : str
        IANA name; slots are wall time there.
    exceptions : iterable of Day, or mapping of date to whether it works
        What differs from Monday to Friday. The last word on a date holds, so a city's own days may follow `known_days`.
    years : frozenset of int
        Years whose exceptions are complete. In other years Monday to Friday work, and `is_sure` says so.
    pace : float
        How much faster than the clock limits run: above 1, as in a drill, every hour counts, and a limit has so much less of them.

    Notes
    -----
    Faults: ``time_without_zone``, ``time_out_of_range`` (of `YEARS`), ``limit_unclear`` (no number, or beyond `LONGEST_S`); in
    columns one such row refuses all. Slots are kept by zone and exceptions, so that making a calendar again is cheap.
    """

    def __init__(self, zone: str, exceptions: Iterable[Day] | Mapping[date, bool], years: frozenset[int], pace: float = 1.0) -> None:
        pairs = exceptions.items() if isinstance(exceptions, Mapping) else map(attrgetter("day", "working"), exceptions)
        self._slots = _slots(zone, tuple(pairs))
        self.zone, self.years, self.pace = self._slots.zone, years, pace

    def seconds(self, limit: Limit) -> float:
        """Counted seconds that a limit gives."""
        return limit.seconds / self.pace

    def _waits(self, works: bool) -> bool:
        """Whether only working time counts."""
        return works and self.pace == 1

    def after(self, start: datetime, limit: Limit) -> datetime:
        """When a limit that begins at `start` runs out (UTC): the end of a slot where it is just used up, not the next slot."""
        return self.after_seconds(start, self.seconds(limit), limit.works)

    def after_seconds(self, start: datetime, seconds: float, works: bool) -> datetime:
        """The moment (UTC) until which `seconds` are counted from `start`; less than nothing counts backwards, 0 is `start`.

        Of several such moments (a night, a weekend) it is the first, the end of the slot, in both directions.
        """
        at, amount = _ticks(start), _amount(seconds)
        due = at + amount
        if self._waits(works) and amount:
            span = self._slots.reaching(at, at, max(-amount, 0), max(amount, 0))
            due = int(span.when(span.worked(at) + amount))
        _years(due, due)
        return _moment(due)

    def between(self, start: datetime, end: datetime, works: bool) -> float:
        """Counted seconds from `start` to `end`, negative where `end` is earlier."""
        first, last = _ticks(start), _ticks(end)
        if self._waits(works):
            span = self._slots.covering(min(first, last), max(first, last))
            first, last = int(span.worked(first)), int(span.worked(last))
        return (last - first) / _SECOND

    def left(self, moment: datetime, due: datetime, works: bool) -> float:
        """Seconds to keep while the clock is stopped at `moment`; negative when it was overdue, and it stays so."""
        return self.between(moment, due, works)

    def resumed(self, moment: datetime, left: float, works: bool) -> datetime:
        """The deadline (UTC) when the clock goes on at `moment` with `left` seconds; before `moment` when `left` is negative."""
        return self.after_seconds(moment, left, works)

    def is_sure(self, start: datetime, end: datetime) -> bool:
        """Whether the exceptions of every local year from `start` to `end` are known; if not, a page must say so."""
        low, high = (_moment(at).astimezone(self._slots.zone).year for at in sorted((_ticks(start), _ticks(end))))
        return self.years.issuperset(range(low, high + 1))

    def working_now(self, moment: datetime) -> bool:
        """Whether `moment` is in a working slot; its end is not."""
        return self.between(moment, moment.astimezone(UTC) + _TICK, works=True) > 0

    def after_many(self, starts: ArrayLike, seconds: ArrayLike, works: ArrayLike) -> Ticks:
        """`after_seconds` for columns: Unix seconds, counted seconds, whether only working time counts; to the nearest second."""
        at, amount, working = np.broadcast_arrays(_ticks_many(starts), _amounts(seconds), np.asarray(works, dtype=bool))
        due = np.array(at + amount)
        rows = np.flatnonzero(working & (amount != 0) & (self.pace == 1))
        if rows.size:
            at, amount = at[rows], amount[rows]
            span = self._slots.reaching(int(at.min()), int(at.max()), max(-int(amount.min()), 0), max(int(amount.max()), 0))
            due[rows] = span.when(span.worked(at) + amount)
        return (due + _SECOND // 2) // _SECOND

    def between_many(self, starts: ArrayLike, ends: ArrayLike, works: ArrayLike) -> NDArray[np.float64]:
        """`between` for columns: Unix seconds twice, whether only working time counts; counted seconds."""
        first, last, working = np.broadcast_arrays(_ticks_many(starts), _ticks_many(ends), np.asarray(works, dtype=bool))
        counted: Ticks = last - first
        if working.any() and self.pace == 1:
            span = self._slots.covering(int(min(first.min(), last.min())), int(max(first.max(), last.max())))
            counted = np.where(working, span.worked(last) - span.worked(first), counted)
        return counted / _SECOND


class _Span:
    """The slots of neighbouring years, in ticks since 1970, behind an empty slot before all time so that a search never misses."""

    def __init__(self, years: range, slots: list[tuple[int, int]]) -> None:
        self.years = years
        self.starts: Ticks = np.array([-(2**62), *(start for start, _ in slots)])
        self.ends: Ticks = np.array([-(2**62), *(end for _, end in slots)])
        self.upto: Ticks = np.cumsum(self.ends - self.starts)  # working ticks up to the end of each slot
        self.before = self.upto - (self.ends - self.starts)

    def worked(self, at: Ticks | int) -> Ticks:
        slot = np.searchsorted(self.starts, at, side="right") - 1
        return self.before[slot] + np.minimum(at, self.ends[slot]) - self.starts[slot]

    def when(self, worked: Ticks) -> Ticks:
        slot = np.searchsorted(self.upto, worked, side="left")
        return self.starts[slot] + worked - self.before[slot]


class _Slots:
    """The slots of one zone and table, made for the years that are asked for and kept."""

    def __init__(self, zone: str, exceptions: Iterable[tuple[date, bool]]) -> None:
        self.zone = ZoneInfo(zone)
        self._exceptions = dict(exceptions)
        self._span: _Span | None = None

    def covering(self, low: int, high: int) -> _Span:
        wanted, span = _years(low, high), self._span
        if span is None or wanted.start < span.years.start or wanted.stop > span.years.stop:
            years = range(min(wanted.start, span.years.start), max(wanted.stop, span.years.stop)) if span else wanted
            # put in place as a whole: another thread sees the old one or the new one
            self._span = span = _Span(years, [slot for year in years for slot in self._of_year(year)])
        return span

    def _of_year(self, year: int) -> Iterable[tuple[int, int]]:
        day = date(year, 1, 1)
        while day.year == year:
            if self._exceptions.get(day, day.weekday() < 5):
                slots = [tuple(_ticks(datetime.combine(day, edge, self.zone)) for edge in slot) for slot in SLOTS]
                # islands have moved over the date line: the day they left out has no slots
                if _moment(slots[0][0]).astimezone(self.zone).date() == day:
                    yield from ((start, end) for start, end in slots)
            day += timedelta(days=1)

    def reaching(self, low: int, high: int, back: int, ahead: int) -> _Span:
        """The slots around `low` to `high` with so much working time before and behind."""
        rest = 30 * _DAY  # holidays may follow each other
        while True:
            span = self.covering(low - _REACH * back - rest, high + _REACH * ahead + rest)
            if span.worked(low) > back and span.worked(high) + ahead <= span.upto[-1]:
                return span
            rest *= 4


_slots = lru_cache(maxsize=32)(_Slots)


def _years(low: int, high: int) -> range:
    """The years that surely hold both ticks, or the fault that no calendar reaches there."""
    first, last = 1970 + (low - _MARGIN) // _YEAR, 1970 + (high + _MARGIN) // _YEAR
    if first < YEARS.start or last >= YEARS.stop:
        raise Fault("time_out_of_range", year=first if first < YEARS.start else last)
    return range(first, last + 1)


def _ticks(moment: datetime) -> int:
    if moment.utcoffset() is None:
        raise Fault("time_without_zone", at=moment.isoformat())
    return (moment - _EPOCH) // _TICK


def _moment(ticks: int) -> datetime:
    return _EPOCH + timedelta(microseconds=ticks)


def _amount(seconds: float) -> int:
    if not abs(seconds) <= LONGEST_S:  # nor is NaN
        raise Fault("limit_unclear", limit=seconds)
    return round(seconds * _SECOND)


def _ticks_many(seconds: ArrayLike) -> Ticks:
    column = np.asarray(seconds, dtype=np.int64)
    _years(int(column.min(initial=0)) * _SECOND, int(column.max(initial=0)) * _SECOND)
    return column * _SECOND


def _amounts(seconds: ArrayLike) -> Ticks:
    column = np.asarray(seconds, dtype=np.float64)
    _amount(float(np.abs(column).max(initial=0.0)))  # the longest speaks for all
    return np.rint(column * _SECOND).astype(np.int64)
