"""The simplest rival: each square kilometre alone, by how many standard deviations it is above its forecast."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from city_brain.analytics.clusters.boxes import Boxes, boxes, holds
from city_brain.analytics.clusters.field import Counts
from city_brain.analytics.clusters.forecast import Expected

EDGE = 4
"""Cells along a side: 1 km on cells of 250 m, the size at which this does best."""
DAYS = 3
"""Days summed over."""
LEAST_EXPECTED = 0.1
"""Expected counts below this are taken as this: the root of nothing would make any event a wonder."""


class Residuals:
    """Fixed squares of the grid as a detector; the statistic is ``(c - b) / √b``.

    Parameters
    ----------
    expected : Expected
    first : int
        First day with a forecast.
    """

    name = "residuals"
    touches = staticmethod(holds)

    def __init__(self, expected: Expected, first: int) -> None:
        self._expected = expected
        self.first = first + DAYS - 1

    def __call__(self, counts: Counts, day: int) -> Boxes:
        """Every square with more than expected over the last days."""
        days = range(day - DAYS + 1, day + 1)
        c = _squares(counts[day - DAYS + 1 : day + 1].sum(axis=0, dtype=float))
        b = np.maximum(_squares(np.sum([self._expected(one) for one in days], axis=0)), LEAST_EXPECTED)
        found = (c - b) / np.sqrt(b)
        row, column = np.nonzero(found > 1)
        return boxes(
            until=day, days=DAYS, row=row * EDGE, column=column * EDGE, edge=EDGE,
            observed=c[row, column], expected=b[row, column], statistic=found[row, column],
        )  # fmt: skip


def _squares(cells: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    rows, columns = (-cells.shape[0]) % EDGE, (-cells.shape[1]) % EDGE
    whole = np.pad(cells, ((0, rows), (0, columns)))
    return np.asarray(whole.reshape(whole.shape[0] // EDGE, EDGE, whole.shape[1] // EDGE, EDGE).sum(axis=(1, 3)))
