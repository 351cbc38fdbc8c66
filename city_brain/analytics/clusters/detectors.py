"""The detectors of one field, made from its past alone."""

from __future__ import annotations

import numpy as np

from city_brain.analytics.clusters.alarms import Detector
from city_brain.analytics.clusters.ears import Ears, Rule
from city_brain.analytics.clusters.field import Counts, Integers
from city_brain.analytics.clusters.forecast import LongMemory, repeats
from city_brain.analytics.clusters.residuals import Residuals
from city_brain.analytics.clusters.scan import Scan

DISTRICT = 10
"""Cells along a side of the squares that stand for districts where a file names none."""
LEAST_DAYS = 42
"""Days without which nothing is said about a field."""


def scan_of(counts: Counts, forecast: LongMemory, until: int) -> Scan:
    """The scan, with the repeats of the days before `until`."""
    return Scan(forecast, forecast.first, repeats=repeats(counts, forecast, forecast.first, until))


def rivals_of(forecast: LongMemory, districts: Integers) -> list[Detector]:
    """What the scan is measured against: residuals of single squares, and EARS by district."""
    return [Residuals(forecast, forecast.first), *(Ears(rule, districts) for rule in Rule)]


def squares(shape: tuple[int, int]) -> Integers:
    """Squares in place of districts: the number of each cell's, shape (rows, columns)."""
    rows, columns = np.indices(shape) // DISTRICT
    return np.asarray(rows * (columns.max() + 1) + columns)


def districts_of(rows: Integers, columns: Integers, names: Integers, shape: tuple[int, int]) -> Integers:
    """The district of each cell: that of most of its events, else that of the nearest cell that has one.

    Parameters
    ----------
    rows, columns, names : int64
        Cell and district of each event; a negative district is unknown.
    shape : (rows, columns)

    Returns
    -------
    int64, shape (rows, columns)
        `squares` where no event has a district.
    """
    known = names >= 0
    if not known.any():
        return squares(shape)
    votes = np.zeros((*shape, int(names.max()) + 1), np.int32)
    np.add.at(votes, (rows[known], columns[known], names[known]), 1)
    found = np.where(votes.any(axis=2), votes.argmax(axis=2), -1)
    row, column = np.nonzero(found >= 0)
    for empty in np.argwhere(found < 0):
        nearest = np.argmin((row - empty[0]) ** 2 + (column - empty[1]) ** 2)
        found[tuple(empty)] = found[row[nearest], column[nearest]]
    return np.asarray(found, dtype=np.int64)
