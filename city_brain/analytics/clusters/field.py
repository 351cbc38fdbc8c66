"""Events as counts by day and cell: what every detector looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Counts = npt.NDArray[np.uint16]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

SPARED = 0.001
"""Share of the events that may lie beyond each side of the field: single far points would make it mostly empty."""


@dataclass(frozen=True, slots=True)
class Field:
    """Counts of one kind group in one city.

    Attributes
    ----------
    counts : uint16, shape (days, rows, columns)
        Row 0 is the southernmost, column 0 the westernmost. Complete days only.
    first_day : date
        The day of ``counts[0]``.
    south, west : int
        `cell_y` of row 0 and `cell_x` of column 0 on the city's grid.
    cell_m : float
        Edge of a cell, metres.
    left_out : int
        Events beyond the sides of the field.
    """

    counts: Counts
    first_day: date
    south: int
    west: int
    cell_m: float
    left_out: int = 0

    @property
    def days(self) -> int:
        """How many days there are."""
        return len(self.counts)

    @property
    def events(self) -> int:
        """How many events there are."""
        return int(self.counts.sum(dtype=np.int64))

    def day(self, number: int) -> date:
        """The date of a day by its number."""
        return self.first_day + timedelta(days=int(number))


def field_of(events: pd.DataFrame, *, cell_m: float, spared: float = SPARED) -> Field:
    """Count events.

    Parameters
    ----------
    events : pandas.DataFrame
        day (date or midnight, on the city's clock), cell_x, cell_y (integers of the city's grid); one row per event.
    cell_m : float
        Edge of a cell, metres.
    spared : float
        Share of the events that may lie beyond each of the four sides.

    Raises
    ------
    ValueError
        There are no events.
    """
    if events.empty:
        raise ValueError("no events: there is nothing to count")
    days = pd.to_datetime(events["day"])
    first = days.min()
    when = (days - first).dt.days.to_numpy(np.int64)
    x, y = events["cell_x"].to_numpy(np.int64), events["cell_y"].to_numpy(np.int64)
    (west, east), (south, north) = _span(x, spared), _span(y, spared)
    within = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    counts = np.zeros((int(when.max()) + 1, north - south + 1, east - west + 1), np.uint16)
    np.add.at(counts, (when[within], y[within] - south, x[within] - west), 1)
    return Field(counts, first.date(), south, west, cell_m, left_out=int((~within).sum()))


def _span(values: Integers, spared: float) -> tuple[int, int]:
    low, high = np.quantile(values, [spared, 1 - spared], method="nearest")
    return int(low), int(high)


def thinned(field: Field, per_day: float, rng: np.random.Generator) -> Field:
    """A field with each event kept at random, so that `per_day` remain a day on average: a less dense city of the same form."""
    keep = min(1.0, per_day * field.days / max(field.events, 1))
    counts = rng.binomial(field.counts, keep).astype(np.uint16)
    return Field(counts, field.first_day, field.south, field.west, field.cell_m, field.left_out)


def row_of(field: Field) -> dict[str, Any]:
    """What a field is like, in plain values: days, events, per_day, cells (with an event), dispersion (variance / mean of the days)."""
    daily = field.counts.sum(axis=(1, 2), dtype=np.int64)
    mean = float(daily.mean())
    return {
        "days": field.days,
        "events": field.events,
        "per_day": round(mean, 2),
        "cells": int(field.counts.any(axis=0).sum()),
        "dispersion": round(float(daily.var()) / mean, 2) if mean else None,
    }
