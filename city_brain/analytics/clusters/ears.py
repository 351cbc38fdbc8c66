"""EARS: the rules C1, C2 and C3 for the daily count of each district.

Hutwagner, L., Thompson, W., Seeman, G. M., Treadwell, T. (2003), The bioterrorism preparedness and response Early Aberration Reporting
System (EARS), Journal of Urban Health 80, i89-i96.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt

from city_brain.analytics.clusters.boxes import Boxes, boxes
from city_brain.analytics.clusters.field import Counts, Floats, Integers

BASE = 7
"""Days that make the mean and the standard deviation."""
GAP = 2
"""Days between those and the day looked at, for C2 and C3."""
SUMMED = 3
"""Days that C3 sums over."""
REACH = BASE + GAP + SUMMED
"""Days that C3 looks at, the last one with them."""
LEAST_SD = 0.5
"""Standard deviation below which a district's is taken as this in the detector: seven equal days would make any count infinitely rare."""


class Rule(StrEnum):
    """Which of the three."""

    C1 = "c1"
    C2 = "c2"
    C3 = "c3"


def ears(counts: npt.ArrayLike, rule: Rule, *, least_sd: float = 0.0) -> Floats:
    """The statistic of a rule for every day.

    ``C1 = (y - mean) / sd`` of the 7 days before; ``C2`` the same with a gap of 2 days; ``C3 = Σ max(0, C2 - 1)`` over three days.

    Parameters
    ----------
    counts : array_like, shape (days, …)
        Daily counts, one column per district.
    rule : Rule
    least_sd : float
        Standard deviations (n - 1) below this are taken as this.

    Returns
    -------
    array, shape as given
        NaN where too few days lie before. With a standard deviation of 0: infinite above the mean, 0 at it, minus infinity below.
    """
    y = np.asarray(counts, dtype=float)
    gap = 0 if rule is Rule.C1 else GAP
    found = np.full(y.shape, np.nan)
    if len(y) > BASE + gap:
        base = np.moveaxis(np.lib.stride_tricks.sliding_window_view(y, BASE, axis=0), -1, 0)[:, : len(y) - BASE - gap]
        away = y[BASE + gap :] - base.mean(axis=0)
        sd = np.maximum(base.std(axis=0, ddof=1), least_sd)
        with np.errstate(divide="ignore", invalid="ignore"):
            found[BASE + gap :] = np.where(away == 0, 0.0, away / sd)
    if rule is not Rule.C3:
        return found
    excess = np.where(np.isnan(found), np.nan, np.maximum(0.0, found - 1))
    summed = np.full(y.shape, np.nan)
    summed[SUMMED - 1 :] = sum(excess[back : len(y) - SUMMED + 1 + back] for back in range(SUMMED)) if len(y) >= SUMMED else np.nan
    return summed


class Ears:
    """A rule as a detector: a box stands for a district, whose number is its row.

    Parameters
    ----------
    rule : Rule
    districts : int64, shape (rows, columns)
        The number of each cell's district, from 0; -1 where there is none.
    """

    def __init__(self, rule: Rule, districts: Integers) -> None:
        self.name = f"ears_{rule}"
        self.first = REACH
        self._rule, self._districts, self._known = rule, districts, districts >= 0
        self._number = int(districts.max(initial=-1)) + 1

    def __call__(self, counts: Counts, day: int) -> Boxes:
        """One box per district that has more than it usually has."""
        last = counts[day - REACH + 1 : day + 1][:, self._known]
        daily = np.stack([np.bincount(self._districts[self._known], one, minlength=self._number) for one in last])
        found = ears(daily, self._rule, least_sd=LEAST_SD)[-1]
        out = np.flatnonzero(found > 0)
        gap = 0 if self._rule is Rule.C1 else GAP
        expected = daily[-1 - gap - BASE : -1 - gap].mean(axis=0)
        return boxes(
            until=day, days=1, row=out, column=0, edge=1, observed=daily[-1, out], expected=expected[out], statistic=found[out]
        )  # fmt: skip

    def touches(self, found: Boxes, rows: Integers, columns: Integers) -> npt.NDArray[np.bool_]:
        """Whether each box holds one of the cells given."""
        return np.isin(found["row"], self._districts[rows, columns])
