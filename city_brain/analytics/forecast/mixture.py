"""The additive mixture: what a cell may expect is a sum of maps of the past, with shares learned by EM.

    expected(cell) = total × calendar × Σ share_j · map_j(cell)      (then gently bent, see `Mixture.power`)

The shares of a kind maximise the log score of its events in past windows, Σ log Σ_j share_j · map_j(cell of the event), where the
maps of a window know only what came before it: expectation maximisation for mixtures of known components (Dempster, Laird and Rubin
1977, Maximum likelihood from incomplete data via the EM algorithm, JRSS B 39, 1-38). The score is concave in the shares: there is one best.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from city_brain.analytics.forecast import level as levels
from city_brain.analytics.forecast.components import BACKGROUND, COMPONENTS, PART_OF, PARTS, at_hand, maps
from city_brain.analytics.forecast.history import History
from city_brain.analytics.forecast.lattice import Ring, rings
from city_brain.analytics.forecast.memory import walk

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BURN_IN = 0.35
"""Part of the record that is only remembered before the first window is foreseen."""
MOST_WINDOWS = 120
"""The latest windows that shares are learned on, where these hold enough events."""
ENOUGH = 5_000
"""Events that are enough. In a quiet city windows reach back until they hold so many, but no further than `FURTHER` times as far."""
FURTHER = 5
HELD = 30.0
"""Events by which the shares of a kind are held to those of all kinds."""
ALIKE = 500
"""Events that each kind has a say with in the shares of all kinds, at most: the many of one kind do not speak for the few of another."""
MOST_EVENTS = 20_000
"""Latest events that the shares of a series are learned on, at most."""
FLOOR = 0.001
"""Share of the background at least, so that no cell is impossible."""
POWERS = (0.7, 1.4)
"""Powers that a map may be bent by."""
_BENT_WINDOWS = 6
_STEPS, _STILL = 200, 1e-5


@dataclass(frozen=True, slots=True)
class Mixture:
    """A fitted mixture."""

    horizon: int
    shares: Floats
    """(components, series), columns sum to 1."""
    power: Floats
    """(series,): the map is raised to this power and scaled back; above 1 where busy cells stay busier than the sum says."""
    level: levels.Level
    rings: tuple[Ring, Ring, Ring]
    name: str = "mixture"

    def expected(self, past: History) -> Floats:
        """Expected events of the days after `past`, (cells, series)."""
        return np.asarray(self.parts(past).sum(axis=0))

    def parts(self, past: History) -> Floats:
        """The same by `PARTS`, (parts, cells, series): what makes a figure up, in events; the sum is the figure."""
        return self.parts_of(maps(next(walk(past, [past.end])), self.rings), past)

    def parts_of(self, found: Floats, past: History) -> Floats:
        """`parts` where the maps of the day are known already."""
        total, _ = self.level.total(past, self.horizon)
        portions = at_hand(self.shares, found)[:, None, :] * found
        share = portions.sum(axis=0)
        bent = bend(share, self.power)
        scale = np.divide(bent, share, out=np.zeros_like(share), where=share > 0) * total
        parts = np.stack([portions[part == PART_OF].sum(axis=0) * scale for part in range(len(PARTS))])
        return _all_together(parts)


def _all_together(parts: Floats) -> Floats:
    """All kinds together: the mean of their own mixture and of the sum of the kinds', at the level of the former (two views err apart)."""
    own, of_kinds = parts[:, :, -1], parts[:, :, :-1].sum(axis=2)
    total, other = own.sum(), of_kinds.sum()
    if total > 0 and other > 0:
        parts[:, :, -1] = (own + of_kinds * (total / other)) / 2
    return parts


def bend(share: Floats, power: Floats) -> Floats:
    """Shares of cells (cells, series) raised to a power (series,) and scaled to sum to 1 again."""
    raised: Floats = share**power
    total = raised.sum(axis=0)
    return np.asarray(np.divide(raised, total, out=np.zeros_like(raised), where=total > 0))


def windows(history: History, horizon: int, most: int = MOST_WINDOWS, enough: int = 0) -> list[int]:
    """First days of the latest windows of the past, one after the other, the last one ending with the record.

    So many at most, or `FURTHER` times as many until they hold `enough` events.
    """
    earliest = history.first + max(1, int(BURN_IN * history.days))
    days = range(history.end - horizon, earliest - 1, -horizon)
    since = int(history.day[-enough]) if 0 < enough <= len(history.day) else history.first
    wanted = -(-(history.end - since) // horizon) if enough else 0
    return sorted(list(days)[: max(most, min(wanted, FURTHER * most))])


def fit(history: History, horizon: int) -> Mixture:
    """Learn shares, power and level on the windows of the past."""
    near = rings(history.cells)
    seen = _seen(history, horizon, near)
    shares = _shares(seen, len(history.kinds))
    power = _power(history, horizon, near, shares)
    return Mixture(horizon, shares, power, levels.fit(history, horizon), near)


def em(seen: Floats, prior: Floats | None = None, start: Floats | None = None) -> Floats:
    """Shares of known components that make events most likely.

    Parameters
    ----------
    seen : (events, components) array
        What each component gave to the place where the event then happened; rows of zeros say nothing.
    prior : (components,) array, optional
        Events seen beforehand for each component (a Dirichlet prior with parameters prior + 1).

    Returns
    -------
    (components,) array
        Sums to 1.
    """
    told = seen[seen.sum(axis=1) > 0]
    held = np.zeros(seen.shape[1]) if prior is None else prior
    share = np.full(seen.shape[1], 1 / seen.shape[1]) if start is None else start
    if len(told) + held.sum() == 0:
        return share
    for _ in range(_STEPS):
        mine = told * share
        mine /= np.maximum(mine.sum(axis=1, keepdims=True), 1e-300)
        better = mine.sum(axis=0) + held
        better /= better.sum()
        moved = np.abs(better - share).max()
        share = better
        if moved < _STILL:
            break
    return share


def _seen(history: History, horizon: int, near: tuple[Ring, Ring, Ring]) -> list[Floats]:
    """Per series, what each component gave to the events of all windows: arrays (events, components)."""
    found: list[list[Floats]] = [[] for _ in history.series]
    days = windows(history, horizon, enough=ENOUGH)
    for memory in walk(history, days):
        came = history.between(memory.day, memory.day + horizon)
        inside = came.cell >= 0
        rows, event = np.unique(came.cell[inside], return_inverse=True)
        given = maps(memory, near, rows)
        kind = came.kind[inside]
        for series in range(len(history.kinds)):
            found[series].append(given[:, event[kind == series], series].T)
        found[-1].append(given[:, event, -1].T)
    return [np.concatenate([np.empty((0, len(COMPONENTS))), *one]) for one in found]


def _shares(seen: list[Floats], kinds: int) -> Floats:
    """EM per kind, held to the shares of all kinds' events together; the last series stands for itself."""
    background = np.zeros(len(COMPONENTS))
    background[BACKGROUND] = 1.0
    pooled = em(np.concatenate([latest(one, ALIKE) for one in seen[:kinds]]) if kinds else seen[-1], background)
    own = [em(latest(one, MOST_EVENTS), HELD * pooled + background, pooled) for one in seen[:kinds]]
    shares = np.stack([*own, em(latest(seen[-1], MOST_EVENTS), background)], axis=1)
    shares *= 1 - FLOOR
    shares[BACKGROUND] += FLOOR
    return np.asarray(shares)


def latest(seen: Floats, most: int) -> Floats:
    """The last rows, so many at most."""
    return seen[-most:]


def _power(history: History, horizon: int, near: tuple[Ring, Ring, Ring], shares: Floats) -> Floats:
    """The power per series with the best log score on the latest windows, held to 1 as by `HELD` events."""
    days = windows(history, horizon)[-_BENT_WINDOWS:]
    maps_of: list[Floats] = []
    counts: list[Floats] = []
    for memory in walk(history, days):
        found = maps(memory, near)
        maps_of.append((at_hand(shares, found)[:, None, :] * found).sum(axis=0))
        counts.append(history.counts(memory.day, memory.day + horizon))

    def loss(power: float, series: int) -> float:
        value = HELD * (power - 1) ** 2
        for share, count in zip(maps_of, counts, strict=True):
            logs = power * np.log(share[:, series])
            value -= float(count[:, series] @ logs) - float(count[:, series].sum()) * float(np.log(np.exp(logs).sum()))
        return value

    if not days:
        return np.ones(shares.shape[1])
    given = {"bounds": POWERS, "method": "bounded", "options": {"xatol": 0.02}}
    return np.array([minimize_scalar(loss, args=(one,), **given).x for one in range(shares.shape[1])])
