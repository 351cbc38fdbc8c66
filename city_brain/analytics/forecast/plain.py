"""The map to beat: how often it happened before, over all history."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from city_brain.analytics.forecast.history import History
from city_brain.analytics.forecast.level import UNSEEN

Floats = npt.NDArray[np.float64]

CANDIDATES = np.geomspace(0.001, 3, 40)
"""Events added to each cell that are tried."""


@dataclass(frozen=True, slots=True)
class AllHistory:
    """The plain count, scaled to the mean rate of the whole record."""

    horizon: int
    added: Floats
    """Events added to each cell, (series,)."""
    name: str = "all_history"

    def expected(self, past: History) -> Floats:
        """Expected events of the days after `past`, (cells, series)."""
        counts = past.counts(past.first, past.end)
        share = counts + self.added
        rate = (counts.sum(axis=0) + UNSEEN) / max(past.days, 1)
        return np.asarray(share / share.sum(axis=0) * rate * self.horizon)


def fit(history: History, horizon: int) -> AllHistory:
    """Choose what is added to each cell by the log score of the later half of the record, foreseen from the earlier one.

    A count of nothing is no proof of safety, and without anything added its log score would be −∞. The amount is learned, so that the
    baseline is as good as a count can be. It changes no order of cells.
    """
    middle = history.first + history.days // 2
    before, after = history.counts(history.first, middle), history.counts(middle, history.end)
    cells = max(len(before), 1)
    scores = []
    for added in CANDIDATES:
        log_share = np.log(before + added) - np.log(before.sum(axis=0) + added * cells)
        scores.append((after * log_share).sum(axis=0))
    return AllHistory(horizon, CANDIDATES[np.argmax(scores, axis=0)])
