"""How good a map was: hits at equal area, nats per event, deviance, reliability, each with what a week more or less would change.

Every metric is a ratio of two sums over issues, so that the same few sums give the value, its bootstrap and its difference to a baseline.

* hit rate at x = n / N: share of the events in the x % of the area rated highest; events outside the area count in N.
* PAI = (n / N) / (a / A) (Chainey, Tompson and Uhlig 2008, The utility of hotspot mapping for predicting spatial patterns of crime,
  Security Journal 21, 4-28). PEI = n / n*, n* the most that this area could hold (Hunt 2016, used by NIJ's challenge of 2017).
* information gain = Σ y ln(p · cells) / N: log score over an even map, in nats per event. Both maps are scaled to what came, so that it
  speaks of where alone; how many is spoken of by the deviance.
* Poisson deviance = 2 Σ [y ln(y / λ) − (y − λ)] per 1,000 cell-periods.
* top decile ratio = predicted / observed in the cells that hold the first tenth of the predicted mass.

Ties share alike: cells of one figure give what they hold in proportion to the area (or mass) taken of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SUMS = (
    "hits_1", "hits_5", "hits_10", "events", "best_1", "gain", "located", "deviance", "cell_periods", "top_predicted", "top_observed",
)  # fmt: skip
AREAS = (0.01, 0.05, 0.10)
TOP_MASS = 0.1
ROUNDS = 1_000
"""Bootstrap rounds."""
LEAST_BLOCKS = 6
"""Below so many weeks single issues are drawn instead: their dependence is lost, and the bounds are somewhat narrow."""
FEWEST = 3
"""Below so many blocks nothing is drawn, and there are no bounds."""
LEAST_EVENTS = 20
"""Below so many events there are no bounds either: what they could have been cannot be drawn from what they were."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A ratio of two sums."""

    above: str
    below: str
    times: float = 1.0

    def of(self, sums: Floats) -> Floats:
        """The metric of sums (..., SUMS); NaN where there is nothing to divide by."""
        above, below = sums[..., SUMS.index(self.above)], sums[..., SUMS.index(self.below)]
        return np.divide(above * self.times, below, out=np.full_like(above, np.nan), where=below > 0)


METRICS = {
    "hit_rate_1": Metric("hits_1", "events"), "hit_rate_5": Metric("hits_5", "events"), "hit_rate_10": Metric("hits_10", "events"),
    "pai_1": Metric("hits_1", "events", 100), "pei_1": Metric("hits_1", "best_1"), "information_gain": Metric("gain", "located"),
    "deviance": Metric("deviance", "cell_periods", 1_000), "top_decile_ratio": Metric("top_predicted", "top_observed"),
}  # fmt: skip


def curve(figure: Floats, came: Floats) -> tuple[Floats, Floats, Floats]:
    """What the cells hold when they are taken from the highest figure down, at the ends of each group of equal figures.

    Returns
    -------
    (cells, mass, events) : arrays (groups + 1,)
        Running sums from 0; a straight line between two points is what chance takes out of a group of equals.
    """
    order = np.argsort(-figure, kind="stable")
    rated = figure[order]
    ends = np.append(np.flatnonzero(np.diff(rated)) + 1, len(rated)) if len(rated) else np.array([], int)
    running = [np.concatenate([[0.0], np.cumsum(values)[ends - 1]]) for values in (rated, came[order])]
    return np.concatenate([[0.0], ends.astype(float)]), running[0], running[1]


def hits(figure: Floats, came: Floats, area: float) -> float:
    """Events in a share of the area, rated highest first; expected hits where the line cuts through equals."""
    cells, _, events = curve(figure, came)
    return float(np.interp(area * len(figure), cells, events))


def deviance(came: Floats, expected: Floats) -> Floats:
    """Poisson deviance summed over the first axis; y ln(y / λ) is 0 where nothing came."""
    return np.asarray(2 * (xlogy(came, came) - xlogy(came, expected) - (came - expected)).sum(axis=0))


def gain(came: Floats, expected: Floats) -> Floats:
    """Nats over an even map, summed over the first axis: Σ y ln(p · cells)."""
    total = expected.sum(axis=0)
    share = np.divide(expected, total, out=np.full_like(expected, 1 / max(len(expected), 1)), where=total > 0)
    return np.asarray(xlogy(came, share * len(expected)).sum(axis=0))


def tally(expected: Floats, came: Floats, outside: Floats) -> Floats:
    """The sums of one issue.

    Parameters
    ----------
    expected, came : (cells, series) arrays
        Events foreseen and seen.
    outside : (series,) array
        Events outside the area.

    Returns
    -------
    (series, SUMS) array
    """
    cells, series = came.shape
    found = np.zeros((series, len(SUMS)))
    located = came.sum(axis=0)
    for one in range(series):
        order, mass, events = curve(expected[:, one], came[:, one])
        found[one, :3] = np.interp([area * cells for area in AREAS], order, events)
        found[one, 4] = hits(came[:, one], came[:, one], AREAS[0])
        found[one, 9] = TOP_MASS * mass[-1]
        found[one, 10] = np.interp(TOP_MASS * mass[-1], mass, events)
    found[:, 3], found[:, 5], found[:, 6] = located + outside, gain(came, expected), located
    found[:, 7], found[:, 8] = deviance(came, expected), cells
    return found


def reliability(expected: Floats, came: Floats, parts: int = 10) -> tuple[Floats, Floats]:
    """Predicted and observed events by equal parts of the predicted mass, from the busiest cells down, (parts,) each."""
    _, mass, events = curve(expected, came)
    steps = np.linspace(0, mass[-1], parts + 1)
    return np.diff(steps), np.diff(np.interp(steps, mass, events))


def reliabilities(expected: Floats, came: Floats) -> Floats:
    """The reliability of each series of an issue by tenths of its foreseen mass, (series, 2, 10): predicted, observed."""
    return np.array([reliability(*both) for both in zip(expected.T, came.T, strict=True)])


def blocks(days: Ints) -> Ints:
    """Which block each issue belongs to: its week, or itself where there are too few weeks."""
    weeks = (np.asarray(days) - days[0]) // 7 if len(days) else np.asarray(days)
    return weeks if len(np.unique(weeks)) >= LEAST_BLOCKS else np.arange(len(days))


def resampled(tallies: Floats, days: Ints, *, seed: int, rounds: int = ROUNDS) -> Floats:
    """Sums over as many blocks drawn with replacement, (rounds, ...); NaN where there are fewer than `FEWEST`.

    Models are drawn together, so that differences are paired.

    Parameters
    ----------
    tallies : (issues, ...) array
    days : (issues,) array
        First day of each issue, ascending.
    """
    _, block = np.unique(blocks(days), return_inverse=True)
    count = int(block.max()) + 1
    if count < FEWEST:
        return np.full((1, *tallies.shape[1:]), np.nan)
    by_block = np.zeros((count, *tallies.shape[1:]))
    np.add.at(by_block, block, tallies)
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=rounds)
    return np.tensordot(drawn.astype(float), by_block, axes=1)


def bounds(values: Floats) -> tuple[Floats, Floats]:
    """2.5th and 97.5th percentile over the first axis; NaN where every round is."""
    known = ~np.isnan(values).all(axis=0)
    low, high = np.full(values.shape[1:], np.nan), np.full(values.shape[1:], np.nan)
    if known.any():
        low[known], high[known] = np.nanquantile(values[:, known], [0.025, 0.975], axis=0)
    return low, high
