"""The challenger: boosted trees that correct the mixture where the past says that a sum of maps is not enough.

Trees are grown with the Poisson loss on the ratio of what came to what the mixture expected, each cell and window weighted by that
expectation (an exposure, as in actuarial tables): then λ = mixture · exp(trees) maximises the Poisson log score. Starting from the
mixture, they cannot unlearn what is known of a cell; they learn where it is too bold or too timid.
They are grown on one processor: they are small, threads that wait for each other cost more than they bring, and the pages need one too.
scikit-learn's HistGradientBoostingRegressor: Friedman (2001), Greedy function approximation, Annals of Statistics 29, 1189-1232.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from city_brain.analytics.forecast import mixture as mixtures
from city_brain.analytics.forecast.components import maps
from city_brain.analytics.forecast.history import History
from city_brain.analytics.forecast.level import weekdays
from city_brain.analytics.forecast.memory import FOR_EVER, Memory, walk
from city_brain.analytics.forecast.mixture import Mixture

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MOST_WINDOWS = 40
"""The latest windows that trees learn from, at most."""
ROWS = 150_000
"""Rows that trees learn from, about."""
LEAST_EVENTS = 500
"""Below so many events in the windows there are no trees: the mixture stands."""
_FADING = (30.0, 7.0, 2.0)
"""Half-lives of the counts that trees see, days."""
_LOGS = (-9.0, 3.0)
BOUND = 3.0
"""Trees change a figure by this factor at most."""


@dataclass(frozen=True, slots=True)
class Boosting:
    """The mixture and the trees that correct it."""

    mixture: Mixture
    trees: HistGradientBoostingRegressor | None
    name: str = "boosting"

    def expected(self, past: History) -> Floats:
        """Expected events of the days after `past`, (cells, series)."""
        memory = next(walk(past, [past.end]))
        found = maps(memory, self.mixture.rings)
        parts = self.mixture.parts_of(found, past)
        return self.corrected(memory, found, parts, past)

    def corrected(self, memory: Memory, found: Floats, parts: Floats, past: History) -> Floats:
        """`expected` where memory, maps and the mixture's parts of the day are known already."""
        base = parts.sum(axis=0)
        if self.trees is None:
            return np.asarray(base)
        cells, series = np.indices(base.shape).reshape(2, -1)
        seen = features(memory, found, parts, cells, series)
        with threadpool_limits(1, "openmp"):
            ratio = self.trees.predict(seen).reshape(base.shape)
        figure = base * np.clip(ratio, 1 / BOUND, BOUND)
        total = figure.sum(axis=0)
        return np.asarray(np.divide(figure * base.sum(axis=0), total, out=np.zeros_like(figure), where=total > 0))


def features(memory: Memory, found: Floats, parts: Floats, cells: Ints, series: Ints) -> Floats:
    """What the trees see of some cells and series, (rows, features): all of it known before the day.

    Logs of the mixture's figure, of its density against an even map, and of each map against the figure; of fading counts of the cell,
    of the series and of all kinds; which series, which weekday. Logs are rounded to tenths, so that every value has a bin of its own.
    """
    count = memory.kept[FOR_EVER].shape[0]
    whole = parts.sum(axis=0)
    figure = whole[cells, series]
    share = figure / np.maximum(whole.sum(axis=0)[series], 1e-12)
    against = [np.log((one[cells, series] + 0.05 / count) / (share + 0.05 / count)) for one in found[:-1]]
    counts = [np.log1p(memory.kept[life][cells, which]) for life in _FADING for which in (series, -1)]
    logs = np.column_stack([np.log(np.maximum(figure, 1e-5)), np.log(np.maximum(share * count, 1e-2)), *against, *counts])
    known = [series, np.full(len(cells), weekdays(np.array([memory.day]))[0])]
    return np.column_stack([np.round(np.clip(logs, *_LOGS), 1), *known])


def fit(history: History, horizon: int, *, seed: int, mixture: Mixture | None = None) -> Boosting:
    """Grow the trees on the latest windows of the past; every map of a window knows only what came before it."""
    base = mixture or mixtures.fit(history, horizon)
    days = mixtures.windows(history, horizon, MOST_WINDOWS)
    rng = np.random.default_rng(seed)
    rows, targets, weights, events = [], [], [], 0
    per_window = ROWS // max(len(days), 1)
    for memory in walk(history, days):
        past = history.until(memory.day)
        found = maps(memory, base.rings)
        parts = base.parts_of(found, past)
        expected, came = parts.sum(axis=0), history.counts(memory.day, memory.day + horizon)
        cells, series, exposure = _drawn(expected, came, per_window, rng)
        rows.append(features(memory, found, parts, cells, series))
        targets.append(came[cells, series] / expected[cells, series])
        weights.append(exposure)
        events += int(came[:, -1].sum())
    if events < LEAST_EVENTS:
        return Boosting(base, None)
    seen = np.concatenate(rows)
    trees = HistGradientBoostingRegressor(
        loss="poisson", max_iter=60, learning_rate=0.08, max_leaf_nodes=8, min_samples_leaf=200, l2_regularization=50.0,
        max_bins=128, categorical_features=[seen.shape[1] - 2] if len(history.series) <= 100 else None, early_stopping=False,
        random_state=seed,
    )  # fmt: skip
    with threadpool_limits(1, "openmp"):
        trees.fit(seen, np.concatenate(targets), sample_weight=np.concatenate(weights))
    return Boosting(base, trees)


def _drawn(expected: Floats, came: Floats, most: int, rng: np.random.Generator) -> tuple[Ints, Ints, Floats]:
    """Cells to learn from: all with events, and of the others a sample whose exposures sum to theirs.

    The empty ones are drawn in proportion to what is expected in them, so each carries the same exposure.
    """
    cell, series = np.nonzero((came > 0) & (expected > 0))
    empty = np.where(came > 0, 0.0, expected)
    total = float(empty.sum())
    size = max(0, min(most - len(cell), int((empty > 0).sum())))
    if not total or not size:
        return cell, series, expected[cell, series]
    drawn = rng.choice(empty.size, size, p=empty.ravel() / total)
    more_cell, more_series = np.divmod(drawn, empty.shape[1])
    exposure = np.concatenate([expected[cell, series], np.full(size, total / size)])
    return np.concatenate([cell, more_cell]), np.concatenate([series, more_series]), exposure
