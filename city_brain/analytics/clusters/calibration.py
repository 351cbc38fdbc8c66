"""The statistic above which a detector rings as often as its budget allows: from the city's own past, not from a model of chance.

A city's counts vary more than Poisson counts do (days by a factor of about 2, single places by far more), so that thresholds from a
simulated Poisson city ring too often. Here the highest independent boxes of the past days are taken as they were, and
their tail is smoothed: peaks over a threshold follow a generalised Pareto distribution (Pickands 1975), fitted by probability-weighted
moments (Hosking, J. R. M., Wallis, J. R. (1987), Parameter and quantile estimation for the generalized Pareto distribution,
Technometrics 29, 339-349).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from city_brain.analytics.clusters.boxes import Boxes, independent
from city_brain.analytics.clusters.field import Floats

YEAR = 365.25
TAIL = 3.0
"""The tail is made of so many times the peaks that the budget allows …"""
LEAST_TAIL = 20
"""… and of at least so many, where there are."""
BOUNDS = (-0.5, 0.5)
"""Shapes outside are what few peaks do, not what a city does."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A threshold, and what it was made from.

    Attributes
    ----------
    threshold : float
        Statistics above it are alarms.
    budget : float
        Alarms a year.
    years : float
        Length of the past that was looked at.
    peaks : float64
        The highest independent statistics of that past, the highest first.
    shape, scale : float
        Of the generalised Pareto tail above the lowest of `peaks`; NaN where there were too few for one.
    """

    threshold: float
    budget: float
    years: float
    peaks: Floats
    shape: float = np.nan
    scale: float = np.nan

    def rank(self, statistic: float) -> int:
        """How many of the past peaks were at least as high, plus one: 1 is unheard of."""
        return 1 + int((self.peaks >= statistic).sum())

    def yearly(self, statistic: float) -> float:
        """How often a year something at least as high is there: by the tail that made the threshold, so that the threshold itself gives
        the budget; by the rank (itself counted among the past) below the tail or where there was none.
        """
        excess = statistic - self.peaks[-1] if len(self.peaks) else 0.0
        if not self.scale > 0 or excess <= 0:
            return self.rank(statistic) / self.years
        return (len(self.peaks) - 1) / self.years * _exceeding(excess, self.shape, self.scale)


def calibrate(past: Boxes, days: int, budget: float) -> Calibration:
    """The threshold for a budget.

    Parameters
    ----------
    past : Boxes
        What stood out on the days looked at; real boxes of the city's own past, each day's independent ones.
    days : int
        How many days that were, those without a box with them.
    budget : float
        Alarms a year, > 0.

    Returns
    -------
    Calibration
        Where the past has no more peaks than the budget allows, the threshold is the lowest of them, or infinite without any.
    """
    years = days / YEAR
    allowed = budget * years
    tail = max(LEAST_TAIL, round(TAIL * allowed))
    peaks = independent(past, tail + 1)["statistic"].astype(float)
    if len(peaks) <= allowed:
        return Calibration(float(peaks.min(initial=np.inf)), budget, years, peaks)
    base, excess = peaks[-1], peaks[:-1] - peaks[-1]
    if len(excess) < LEAST_TAIL / 2:
        # too few for a tail: halfway between the last that may ring and the first that may not
        at = max(1, round(allowed))
        return Calibration(float(peaks[at - 1 : at + 1].mean()), budget, years, peaks)
    shape, scale = _pareto(excess)
    return Calibration(float(base + _exceeded(allowed / len(excess), shape, scale)), budget, years, peaks, shape, scale)


def _pareto(excess: Floats) -> tuple[float, float]:
    """Shape ξ and scale σ by probability-weighted moments; σ fits the mean when ξ is held at a bound."""
    ordered = np.sort(excess)
    n = len(ordered)
    mean = float(ordered.mean())
    if mean <= 0:
        return 0.0, 0.0
    weighted = float((ordered * (1 - (np.arange(1, n + 1) - 0.35) / n)).mean())
    shape = float(np.clip(2 - mean / max(mean - 2 * weighted, 1e-12), *BOUNDS))
    return shape, mean * (1 - shape)


def _exceeding(excess: float, shape: float, scale: float) -> float:
    """The share of the tail that exceeds a value."""
    if abs(shape) < 1e-6:
        return float(np.exp(-excess / scale))
    return float(max(0.0, 1 + shape * excess / scale) ** (-1 / shape))


def _exceeded(share: float, shape: float, scale: float) -> float:
    """The value that a share of the tail exceeds."""
    return float(-scale * np.log(share) if abs(shape) < 1e-6 else scale / shape * (share**-shape - 1))
