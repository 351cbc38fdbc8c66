"""The space-time scan: squares of many sizes over 1 to 7 days, compared with what was forecast for them.

Kulldorff, M. (2001), Prospective time periodic geographical disease surveillance using a scan statistic, JRSS A 164, 61-72; in its
expectation-based form: Neill, D. B. (2009), Expectation-based scan statistics for monitoring spatial time series data, International
Journal of Forecasting 25, 498-517.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from city_brain.analytics.clusters.boxes import Boxes, boxes, holds, joined
from city_brain.analytics.clusters.field import Counts, Floats
from city_brain.analytics.clusters.forecast import Expected, discounted

EDGES = (1, 2, 3, 4, 5, 6, 8, 10)
"""Cells along a side: 0.25 to 2.5 km on cells of 250 m."""
WINDOW = 7
"""Days of the longest window."""
LEAST_EVENTS = 3
"""Fewer events than this are no cluster."""
CALM = 20.0
"""Events added to both sides when the rest of the city is compared with its forecast: a handful of events says little about its level."""
FLOOR = 5.0
"""A statistic below this is of no interest: on any day of any city there are some."""


def statistic(observed: npt.ArrayLike, expected: npt.ArrayLike) -> Floats:
    """``c ln(c / b) - (c - b)`` where c > b, else 0: the log likelihood ratio of a Poisson count.

    Parameters
    ----------
    observed, expected : array_like
        c ≥ 0 and b > 0, of the same shape.
    """
    c, b = np.broadcast_arrays(np.asarray(observed, dtype=float), np.asarray(expected, dtype=float))
    above = c > b
    ratio = np.divide(c, b, out=np.ones(c.shape), where=above)
    return np.where(above, c * np.log(ratio) - (c - b), 0.0)


class Scan:
    """The scan as a detector.

    Parameters
    ----------
    expected : Expected
        The forecast.
    first : int
        First day with a forecast.
    edges : tuple of int
        Sides of the squares, cells.
    window : int
        Days of the longest window.
    floor : float
        Only squares above this statistic are given.
    repeats : float
        How many times more often than by chance events share a cell and a day (`forecast.repeats` of the past); 1 counts each in full.
    """

    name = "scan"
    touches = staticmethod(holds)

    def __init__(
        self,
        expected: Expected,
        first: int,
        *,
        edges: tuple[int, ...] = EDGES,
        window: int = WINDOW,
        floor: float = FLOOR,
        repeats: float = 1.0,
    ) -> None:
        self._expected, self._edges, self._window, self._floor, self.repeats = expected, edges, window, floor, repeats
        self.first = first + window - 1
        """First day that can be scanned."""

    def __call__(self, counts: Counts, day: int) -> Boxes:
        """All squares and windows that end with `day` and stand out. Looks at `counts` up to that day only."""
        days = range(day, day - self._window, -1)
        expected = np.stack([self._expected(one) for one in days])
        observed = np.stack([discounted(counts[one], b, self.repeats) for one, b in zip(days, expected, strict=True)])
        c, b = _from_south_west(observed), _from_south_west(expected)
        return joined([_squares(c, b, edge, day, self._floor) for edge in self._edges if edge <= min(counts.shape[1:])])


def _from_south_west(cells: Floats) -> Floats:
    """Sums over windows of 1, 2, … days and everything south-west of a corner: shape (window, rows + 1, columns + 1)."""
    sums = np.zeros((len(cells), cells.shape[1] + 1, cells.shape[2] + 1))
    sums[:, 1:, 1:] = cells.cumsum(axis=0).cumsum(axis=1).cumsum(axis=2)
    return sums


def _squares(c: Floats, b: Floats, edge: int, day: int, floor: float) -> Boxes:
    """The squares of one size that stand out; expected counts are only worked out where there are enough events.

    Where the rest of the city has more than was forecast for it, what is expected is raised in proportion: a stormy day is no cluster.
    """
    observed = c[:, edge:, edge:] - c[:, :-edge, edge:] - c[:, edge:, :-edge] + c[:, :-edge, :-edge]
    days, row, column = np.nonzero(observed > LEAST_EVENTS - 0.5)
    seen = observed[days, row, column]
    east, north = column + edge, row + edge
    due = np.maximum(b[days, north, east] - b[days, row, east] - b[days, north, column] + b[days, row, column], 1e-6)
    rest, rest_due = c[days, -1, -1] - seen, b[days, -1, -1] - due
    due *= np.maximum(1.0, (rest + CALM) / (np.maximum(rest_due, 0.0) + CALM))
    found = statistic(seen, due)
    out = found > floor
    return boxes(
        until=day, days=days[out] + 1, row=row[out], column=column[out], edge=edge,
        observed=seen[out], expected=due[out], statistic=found[out],
    )  # fmt: skip
