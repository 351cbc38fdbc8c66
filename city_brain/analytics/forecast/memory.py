"""What is remembered of the past on the morning of a day, per cell and series."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from city_brain.analytics.forecast.history import History, with_all
from city_brain.analytics.forecast.level import weekdays

Floats = npt.NDArray[np.float64]

FOR_EVER = float("inf")
HALF_LIVES = (FOR_EVER, 365.0, 90.0, 30.0, 7.0, 2.0)
"""Days after which an event counts half. Which of them matter is learned, not set."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Weighted events before a day: an event of yesterday counts its weight, one a half-life older half of it."""

    day: int
    kept: dict[float, Floats]
    """By half-life, (cells, series)."""
    weekday: Floats
    """All events of the same weekday as `day`, (cells, series)."""


def walk(history: History, days: Sequence[int]) -> Iterator[Memory]:
    """The memory of each of some ascending days, in one pass over the events.

    An exponential memory is a recursion: what is remembered tomorrow is what is remembered today, faded by a day, and what comes today.
    """
    shape = (len(history.cells), len(history.kinds))
    state = {half_life: np.zeros(shape) for half_life in HALF_LIVES}
    same = np.zeros((7, *shape))
    reached = history.first
    for day in days:
        news = history.between(reached, day)
        inside = news.cell >= 0
        flat, age = news.cell[inside] * shape[1] + news.kind[inside], day - 1 - news.day[inside]
        for half_life, kept in state.items():
            fresh = np.bincount(flat, news.weight[inside] * 0.5 ** (age / half_life), minlength=kept.size).reshape(shape)
            state[half_life] = kept * 0.5 ** ((day - reached) / half_life) + fresh
        which = weekdays(news.day[inside])
        same += np.bincount(which * kept.size + flat, news.weight[inside], minlength=same.size).reshape(same.shape)
        reached = day
        today = with_all(same[weekdays(np.array([day]))[0]])
        yield Memory(day, {half_life: with_all(kept) for half_life, kept in state.items()}, today)
