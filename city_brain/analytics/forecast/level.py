"""How many events a day or a week brings to the whole city: level, weekday, holiday."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from city_brain.analytics.forecast.history import History

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

HALF_LIVES = (7.0, 14.0, 28.0, 56.0, 182.0, float("inf"))
"""Memories of the level that are tried, days."""
WORSE_AT_MOST = 0.004
"""Nats per event that a faster memory may score below the best one: it costs little in calm times and follows when times change."""
CALM = 50.0
"""Events by which a weekday of one kind is held to the weekday of all kinds, and that to an even week."""
HELD = 2.0
"""Events by which a level is held to that of the whole record: a rare kind that was silent for a while is not gone."""
UNSEEN = 0.5
"""Events added to what was seen of a series in all: what never happened is rare, not impossible."""
_LATEST = 730
"""Days of the record that the calendar is learned on."""
_SETTLED = 14
"""Days before the level is judged."""


@dataclass(frozen=True, slots=True)
class Level:
    """The calendar of each series, and how fast its level forgets."""

    weekday: Floats
    """Factors Monday to Sunday, (7, series), mean 1."""
    holiday: Floats
    """Factor of a day without work, (series,)."""
    half_life: Floats
    """Of the level, (series,)."""

    def factors(self, days: Ints, holidays: frozenset[int]) -> Floats:
        """The calendar's factor of some days, (days, series)."""
        free = np.array([int(day) in holidays for day in days], bool)
        return self.weekday[weekdays(days)] * np.where(free[:, None], self.holiday, 1.0)

    def total(self, past: History, horizon: int) -> tuple[Floats, Floats]:
        """Expected events of the next days, and the calendar's factor against an ordinary day.

        Returns
        -------
        (expected, calendar) : (series,) arrays
            The level alone is `expected / (calendar * horizon)`.
        """
        ahead = self.factors(np.arange(past.end, past.end + horizon), past.holidays).mean(axis=0)
        days = np.arange(past.first, past.end)
        even = past.daily() / np.maximum(self.factors(days, past.holidays), 0.05)
        if not len(days):
            return np.zeros(len(past.series)), ahead
        fading = 0.5 ** ((past.end - 1 - days)[:, None] / self.half_life)
        long_run = (even.sum(axis=0) + UNSEEN) / len(days)
        level = ((even * fading).sum(axis=0) + HELD) / (fading.sum(axis=0) + HELD / long_run)
        return level * ahead * horizon, ahead


def weekdays(days: Ints) -> Ints:
    """0 for Monday to 6; 1970-01-01 was a Thursday."""
    return np.asarray((np.asarray(days) + 3) % 7, np.int64)


def fit(history: History, horizon: int) -> Level:
    """Learn the calendar and, by the Poisson log score of the sums ahead, the fastest memory of the level that foresaw them about best."""
    since = max(history.first, history.end - _LATEST)
    counts, days = history.daily()[since - history.first :], np.arange(since, history.end)
    weekday, holiday = _calendar(counts, days, history.holidays)
    calendar = Level(weekday, holiday, np.full(counts.shape[1], np.inf))
    factors = np.maximum(calendar.factors(days, history.holidays), 0.05)
    scores = np.stack([_score(counts, factors, half_life, horizon) for half_life in HALF_LIVES])
    good = scores >= scores.max(axis=0) - WORSE_AT_MOST * horizon * counts.sum(axis=0)
    return Level(weekday, holiday, np.array(HALF_LIVES)[good.argmax(axis=0)])


def _calendar(counts: Floats, days: Ints, holidays: frozenset[int]) -> tuple[Floats, Floats]:
    """Ratios of seen to expected, shrunk: (seen + calm) / (expected + calm), the kinds towards all of them."""
    which = weekdays(days)
    free = np.array([int(day) in holidays for day in days], bool)
    ordinary = np.where(free[:, None], 0.0, 1.0)
    mean = (counts * ordinary).sum(axis=0) / np.maximum(ordinary.sum(axis=0), 1)
    seen = np.stack([(counts * ordinary)[which == day].sum(axis=0) for day in range(7)])
    due = np.stack([ordinary[which == day].sum() * mean for day in range(7)])
    shared = (seen[:, -1:] + CALM) / (due[:, -1:] + CALM)
    weekday = (seen + CALM * shared) / (due + CALM)
    weekday /= np.maximum(weekday.mean(axis=0), 1e-9)
    expected = (weekday[which] * mean * free[:, None]).sum(axis=0)
    came = (counts * free[:, None]).sum(axis=0)
    in_all = (came[-1] + CALM) / (expected[-1] + CALM)
    return weekday, (came + CALM * in_all) / (expected + CALM)


def _score(counts: Floats, factors: Floats, half_life: float, horizon: int) -> Floats:
    """Poisson log score of the sums over the horizon, issued each morning after the first days, (series,)."""
    length, series = counts.shape
    fade = 0.5 ** (1 / half_life)
    level, seen, weight, score = np.zeros(series), np.zeros(series), 0.0, np.zeros(series)
    for day in range(length - horizon + 1):
        if day >= min(_SETTLED, length // 2):
            long_run = (seen + UNSEEN) / max(day, 1)
            due = (level + HELD) / (weight + HELD / long_run) * factors[day : day + horizon].sum(axis=0)
            score += counts[day : day + horizon].sum(axis=0) * np.log(due) - due
        level = level * fade + counts[day] / factors[day]
        seen += counts[day] / factors[day]
        weight = weight * fade + 1
    return score
