"""How many events each cell is to be expected to have on a day, told from the days before it alone.

Any forecast will do for the detectors: `Expected` is all they ask for. `LongMemory` is the default.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from city_brain.analytics.clusters.field import Counts, Floats

Expected = Callable[[int], Floats]
"""Day by its number → expected counts, shape (rows, columns), from the days before it. Sum over the cells: events expected in the city."""

REFIT = 7
"""Days between two fits of the shares."""
WARM_UP = 28
"""Days that make the first forecast, where there are four times as many; else a quarter of them, in whole weeks."""
RECENT = 28
"""Days that are called recent."""
LEARN = 56
"""Days, at most, on which the shares are learned: the last ones, told from what lies before them."""
STEPS = 25
"""Steps of the EM; the shares do not move in the second decimal after that."""
LEVEL_HALF_LIFE = 14.0
"""Days after which a day counts half for the level of the city."""
PSEUDO_WEEKS = 4.0
"""Weeks without any difference between weekdays, which are added to those seen."""
SPREAD = 3.0
"""Standard deviations above what is expected up to which a count of one cell and day is believed."""


class LongMemory:
    """Cell shares by long memory, times weekday, times the level of the city of late.

    The share of a cell is a mixture: its own history, that of its surroundings (3, 5 and 11 cells wide), the recent days (3 and 7 wide),
    and an even share for places without a history. Weights are learned by EM on the last days as told from those before them, so that a
    sparse city leans on the surroundings and a dense one on the cells themselves. It is fitted on counts that `believed` has capped.

    Parameters
    ----------
    counts : uint16, shape (days, rows, columns)
        Only days before `n` are looked at for day `n`.
    """

    def __init__(self, counts: Counts) -> None:
        days = len(counts)
        self.first = max(REFIT, min(WARM_UP, days // 4 // REFIT * REFIT))
        """First day that has a forecast."""
        self._shapes: list[Floats] = []
        self._levels = np.full(days, np.nan)
        tamed = _warm_up(counts[: self.first])
        daily, total, totals = tamed.sum(axis=(1, 2)), tamed.sum(axis=0), [np.zeros(counts.shape[1:])]
        recent = list(tamed)
        totals += [np.sum(recent[: REFIT * week], axis=0) for week in range(1, self.first // REFIT + 1)]
        for start in range(self.first, days, REFIT):
            shape = _shape(totals, np.sum(recent[-RECENT:], axis=0))
            self._shapes.append(shape.astype(np.float32))
            for day in range(start, min(start + REFIT, days)):
                self._levels[day] = _level(daily)
                tamed_day = believed(counts[day], self._levels[day] * shape)
                daily = np.append(daily, tamed_day.sum())
                total = total + tamed_day
                recent = [*recent[1 - RECENT :], tamed_day]
            totals.append(total)

    def __call__(self, day: int) -> Floats:
        """Expected counts of a day, shape (rows, columns)."""
        if not self.first <= day < len(self._levels):
            raise IndexError(f"no forecast for day {day}: there are days {self.first} to {len(self._levels) - 1}")
        shape = self._shapes[(day - self.first) // REFIT]
        return np.asarray(self._levels[day] * shape, dtype=np.float64)


def believed(counts: Counts | Floats, expected: Floats) -> Floats:
    """Counts of cells on one day, none above what `expected` makes likely: at least 1, at most ``⌈b + 3 √b⌉``.

    Ten reports of one lamp, or an inspector's walk down one street, are one happening many times told; without the cap they are the
    largest clusters of every city. Counts of a Poisson cell are hardly touched by it.
    """
    return np.minimum(counts, np.maximum(1.0, np.ceil(expected + SPREAD * np.sqrt(expected))))


def repeats(counts: Counts, expected: Expected, first: int, until: int) -> float:
    """How many times more often than by chance two events share a cell and a day: ``Σ n (n - 1) / Σ b²``, at least 1.

    Near 2 in a city whose events come singly, 5 and more where one thing is reported again and again or crews work street by street.
    """
    pairs = chance = 0.0
    for day in range(first, until):
        busy = counts[day][counts[day] > 1].astype(float)
        pairs += float((busy * (busy - 1)).sum())
        chance += float((expected(day) ** 2).sum())
    return max(1.0, pairs / chance) if chance else 1.0


def discounted(counts: Counts, expected: Floats, repeated: float) -> Floats:
    """Counts of cells on one day in which what is not believed weighs ``1 / repeated``."""
    full = believed(counts, expected)
    return np.asarray(full + (counts - full) / repeated)


def blurred(cells: Floats, reach: int) -> Floats:
    """Mean over the square of cells within `reach` of each, shape as given; beyond the sides there is nothing."""
    sums = np.pad(cells, ((reach + 1, reach), (reach + 1, reach))).cumsum(axis=0).cumsum(axis=1)
    edge = 2 * reach + 1
    square = sums[edge:, edge:] - sums[:-edge, edge:] - sums[edge:, :-edge] + sums[:-edge, :-edge]
    return np.asarray(np.maximum(square, 0.0) / edge**2)  # differences of sums may end a hair below 0


def _warm_up(counts: Counts) -> Floats:
    """The first days, capped by their own mean: nothing lies before them."""
    mean = counts.mean(axis=0) if len(counts) else np.zeros(counts.shape[1:])
    return believed(counts, (mean + blurred(mean, 1)) / 2)


def _components(total: Floats, recent: Floats) -> Floats:
    """Shares of the cells by each part of the mixture, shape (parts, rows, columns); each sums to 1, or is 0 where there is nothing."""
    parts = [total, blurred(total, 1), blurred(total, 2), blurred(total, 5), blurred(recent, 1), blurred(recent, 3), np.ones_like(total)]
    return np.stack([part / max(part.sum(), 1.0) for part in parts])


def _shape(totals: list[Floats], recent: Floats) -> Floats:
    """Shares of the cells; `totals` are sums of all counts up to the end of each `REFIT`."""
    back = max(1, min(LEARN // REFIT, len(totals) // 4))
    before, seen = totals[-1 - back], totals[-1] - totals[-1 - back]
    weights = _weights(_components(before, before - totals[max(0, len(totals) - 1 - back - RECENT // REFIT)]), seen)
    return np.asarray(np.tensordot(weights, _components(totals[-1], recent), axes=1))


def _weights(components: Floats, seen: Floats) -> Floats:
    """Weights of the parts under which the events seen are likeliest, by EM; shape (parts,), sum 1."""
    here = seen > 0
    shares, events = components[:, here], seen[here]
    weights = np.full(len(components), 1 / len(components))
    for _ in range(STEPS if len(events) else 0):
        claims = weights[:, None] * shares
        weights = (claims / claims.sum(axis=0)) @ events / events.sum()
    return weights


def _level(daily: Floats) -> float:
    """Events expected in the city on the day after `daily`: that weekday, at the level of late."""
    days = len(daily)
    weekday = np.arange(days) % 7
    year = slice(max(0, days - 364), days)
    mean = daily[year].mean()
    if mean == 0:
        return 0.0
    sums = np.bincount(weekday[year], daily[year], minlength=7) + PSEUDO_WEEKS * mean
    factors = sums / (np.bincount(weekday[year], minlength=7) + PSEUDO_WEEKS) / mean
    weights = 0.5 ** (np.arange(days)[::-1] / LEVEL_HALF_LIFE)
    return float(factors[days % 7] * (weights @ (daily / factors[weekday])) / weights.sum())
