"""What is served: of the maps that the past has tried, the mixture of them that foresaw it best, or the plain count where none did better.

The last windows of the past are foreseen by models fitted before them. The weights of the maps (count, mixture, boosting) maximise the
log score of the events of those windows, held by a few events to the weights of all kinds: stacking of densities (Yao, Vehtari, Simpson and
Gelman 2018, Using stacking to average Bayesian predictive distributions, Bayesian Analysis 13, 917-1007). Where that gains nothing on the
plain count, the plain count's map serves. A kind with too few events to tell goes half by what all kinds tell and half by the count, which
costs at most ln 2 nats, whichever is right. A mean of maps is more timid than each of them (Ranjan and Gneiting 2010, Combining probability
forecasts, JRSS B 72, 71-91): it is bent by a power learned on the same windows. The level is the mixture's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from city_brain.analytics.forecast import boosting as trees
from city_brain.analytics.forecast import mixture as mixtures
from city_brain.analytics.forecast import plain, scores
from city_brain.analytics.forecast.components import maps
from city_brain.analytics.forecast.history import History
from city_brain.analytics.forecast.memory import walk

Floats = npt.NDArray[np.float64]

Models = tuple[plain.AllHistory, mixtures.Mixture, trees.Boosting]
NAMES = ("all_history", "mixture", "boosting")
"""The maps that are weighted."""
TRIED_SHARE = 0.25
"""Part of the record that the maps are tried on."""
MOST_TRIED = {1: 28, 7: 8}
"""The latest windows they are tried on reach back so many, by horizon, where these hold enough events."""
ENOUGH = 1_000
"""Events that are enough (see `mixture.windows`)."""
EVERY = {1: 2, 7: 1}
"""Of these windows one in so many is tried, by horizon."""
HELD = 10.0
"""Events by which the weights of a kind are held to those of all kinds, and those to equal ones."""
LEAST_EVENTS = 20
"""Below so many events in the windows a kind tells nothing by itself."""
POWERS = np.linspace(0.8, 1.3, 26)
"""Powers that the blend may be bent by."""
ALONE = 0.9
"""From this weight on a map is said to serve alone."""


@dataclass(frozen=True, slots=True)
class Served:
    """The maps, their weights, and the record that gave the weights."""

    models: Models
    weights: Floats
    """(maps, series), columns sum to 1."""
    power: Floats
    """(series,): the blend is bent by it (`mixture.bend`): a mean of maps is more timid than each of them."""
    record: pd.DataFrame
    """See `_record`; and predicted and observed, lists of ten: the reliability of what serves over the windows, by tenths of its mass."""
    name: str = "served"

    def expected(self, past: History) -> Floats:
        """Expected events of the days after `past`, (cells, series)."""
        return self.blended(figures(self.models, past)[0])

    def blended(self, of: list[Floats]) -> Floats:
        """The same where the maps' figures (`figures`) are known already."""
        return np.asarray(mixtures.bend(mean_share(of, self.weights), self.power) * of[1].sum(axis=0))


def figures(models: Models, past: History) -> tuple[list[Floats], Floats]:
    """What each map expects, in the order of `NAMES`, and the parts of the mixture; memory and maps of the day are made once."""
    count, mixture, boosting = models
    memory = next(walk(past, [past.end]))
    found = maps(memory, mixture.rings)
    parts = mixture.parts_of(found, past)
    return [count.expected(past), parts.sum(axis=0), boosting.corrected(memory, found, parts, past)], parts


def mean_share(of: list[Floats], weights: Floats) -> Floats:
    """Weighted mean of the maps' shares, (cells, series)."""
    shares = [np.divide(one, one.sum(axis=0), out=np.zeros_like(one), where=one.sum(axis=0) > 0) for one in of]
    return np.asarray(sum(weight * share for weight, share in zip(weights, shares, strict=True)))


def fit(history: History, horizon: int, *, seed: int) -> Served:
    """Try the maps on the last windows of the past, weigh them, and fit each on all of the past."""
    days = _windows(history, horizon)
    if not days:
        weights, power = _count_alone(len(history.series))
        tried = np.zeros((0, 2, len(history.series), len(scores.SUMS)))
        tenths = np.zeros((len(history.series), 2, 0))
    else:
        weights, power, tried, tenths = _tried(history, horizon, days, seed)
    record = _record(history, horizon, weights, tried, days, seed).assign(predicted=tenths[:, 0].tolist(), observed=tenths[:, 1].tolist())
    return Served(_fitted(history, horizon, seed), weights, power, record)


def _count_alone(series: int) -> tuple[Floats, Floats]:
    """Weights and powers with which the plain count's map serves."""
    weights = np.zeros((len(NAMES), series))
    weights[0] = 1.0
    return weights, np.ones(series)


def _fitted(history: History, horizon: int, seed: int) -> Models:
    mixture = mixtures.fit(history, horizon)
    return plain.fit(history, horizon), mixture, trees.fit(history, horizon, seed=seed, mixture=mixture)


def _tried(history: History, horizon: int, days: list[int], seed: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Weights (maps, series), powers (series,), the tallies (windows, 2, series, `scores.SUMS`) of the plain count and the blend, and the
    reliability of the blend over all windows (series, 2, 10).
    """
    models = _fitted(history.until(days[0]), horizon, seed)
    foreseen = [figures(models, history.until(day))[0] for day in days]
    came = [history.counts(day, day + horizon) for day in days]
    events = np.asarray(sum(seen.sum(axis=0) for seen in came))
    told = events >= LEAST_EVENTS
    count, straight = _count_alone(len(told))
    learned = _weighed(foreseen, came)
    weights = np.where(told, learned, (learned + count) / 2)
    shares = [mean_share(tried, weights) for tried in foreseen]
    power = _power(shares, came)
    bent = [mixtures.bend(share, power) for share in shares]
    gains = np.asarray(
        sum(scores.gain(seen, one) - scores.gain(seen, tried[0]) for tried, one, seen in zip(foreseen, bent, came, strict=True))
    )
    better = np.where(told, gains > 0, told.any() & (gains[:-1].sum() > 0))
    weights, power = np.where(better, weights, count), np.where(better, power, straight)
    blend = Served(models, weights, power, pd.DataFrame())
    blended = [blend.blended(tried) for tried in foreseen]
    tallies = [
        [scores.tally(figure, seen, history.outside(day, day + horizon)) for figure in (tried[0], one)]
        for day, tried, one, seen in zip(days, foreseen, blended, came, strict=True)
    ]
    tenths = sum(scores.reliabilities(one, seen) for one, seen in zip(blended, came, strict=True))
    return weights, power, np.array(tallies), np.asarray(tenths)


def _power(shares: list[Floats], came: list[Floats]) -> Floats:
    """One power for all kinds and one for all together, each believed by half (its root), (series,).

    It is the power whose busiest cells, those with the first tenth of the foreseen mass, held a tenth of the events. Not one for each
    kind: that would follow what a few weeks happened to hold, where days of one crew's round look like a place that stays.
    """
    events = sum(seen.sum(axis=0) for seen in came)
    held = np.zeros((len(POWERS), came[0].shape[1]))
    for place, power in enumerate(POWERS):
        for share, seen in zip(shares, came, strict=True):
            for series, bent in enumerate(mixtures.bend(share, np.full(share.shape[1], power)).T):
                held[place, series] += scores.reliability(bent, seen[:, series])[1][0]
    groups = [slice(0, -1), slice(-1, None)]
    apart = [np.abs(held[:, one].sum(axis=1) - scores.TOP_MASS * np.sum(np.asarray(events)[one])) for one in groups]
    kinds, together = (float(POWERS[one.argmin()]) if one.any() else 1.0 for one in apart)
    return np.asarray(np.sqrt(np.append(np.full(held.shape[1] - 1, kinds), together)))


def _windows(history: History, horizon: int) -> list[int]:
    """First days of the windows that are tried, the latest among them."""
    reached = mixtures.windows(history, horizon, MOST_TRIED.get(horizon, 8), ENOUGH)
    most = int(TRIED_SHARE * history.days / horizon)
    return reached[-most:][:: -EVERY.get(horizon, 1)][::-1] if most else []


def _weighed(foreseen: list[list[Floats]], came: list[Floats]) -> Floats:
    """EM over what each map gave to the events of the windows, (maps, series): each kind held to all kinds, all together for itself."""
    given = []
    for series in range(came[0].shape[1]):
        one = []
        for tried, seen in zip(foreseen, came, strict=True):
            cells = np.repeat(np.arange(len(seen)), seen[:, series].astype(int))
            one.append(np.column_stack([figure[cells, series] / max(figure[:, series].sum(), 1e-300) for figure in tried]))
        given.append(np.concatenate(one))
    even = np.full(len(NAMES), HELD / len(NAMES))
    pooled = (
        mixtures.em(np.concatenate([mixtures.latest(one, mixtures.ALIKE) for one in given[:-1]]), even) if len(given) > 1 else even / HELD
    )
    return np.stack([*(mixtures.em(one, HELD * pooled) for one in given[:-1]), mixtures.em(given[-1], even)], axis=1)


def _record(history: History, horizon: int, weights: Floats, tallies: Floats, days: list[int], seed: int) -> pd.DataFrame:
    """One row per series: what serves, and how it did against the plain count in the windows tried.

    Columns: kind, horizon_days, model (a map's name, or blend), weight_<map> (sum to 1), windows, events, gain (nats per event over the
    plain count) with gain_low and gain_high (95 %, weeks drawn again), and each metric of `scores.METRICS` with baseline_<metric>, the
    plain count's. The weights were learned on the same windows: three free numbers per kind, which flatters the gain a little.
    """
    names = np.array([NAMES[best] if weights[best, one] >= ALONE else "blend" for one, best in enumerate(weights.argmax(axis=0))])
    told = {"kind": list(history.series), "horizon_days": horizon, "model": names} | {
        f"weight_{name}": weights[place] for place, name in enumerate(NAMES)
    }
    sums = tallies.sum(axis=0)
    metric = scores.METRICS["information_gain"]
    rounds = scores.resampled(tallies, np.array(days), seed=seed) if days else sums[None]
    low, high = scores.bounds(metric.of(rounds[:, 1]) - metric.of(rounds[:, 0]))
    values = metric.of(sums)
    frame = pd.DataFrame(told | {"windows": len(days), "events": sums[1, :, scores.SUMS.index("events")].astype(int),
                                 "gain": values[1] - values[0], "gain_low": low, "gain_high": high})  # fmt: skip
    for name, one in scores.METRICS.items():
        baseline, value = one.of(sums)
        frame[name], frame[f"baseline_{name}"] = value, baseline
    return frame
