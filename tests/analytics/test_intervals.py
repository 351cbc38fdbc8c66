"""Intervals against numbers that others have published, and against scipy where it is installed."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

from city_brain.analytics.intervals import mean_bounds, poisson, wilson

NEWCOMBE = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
"""Newcombe (1998), Two-sided confidence intervals for the single proportion, Statistics in Medicine 17, table I, method 3."""
CHALLENGE = [(10, 90, 0.05522854161313612, 0.1743673043676654), (1, 10, 0.016231752262825982, 0.3773646254862038)]
"""Published cases at z = 1.96: successes and failures."""


@pytest.mark.parametrize(("hits", "total", "low", "high"), NEWCOMBE)
def test_wilson_is_what_newcombe_published(hits: int, total: int, low: float, high: float) -> None:
    found = wilson(hits, total)
    assert (round(float(found[0]), 4), round(float(found[1]), 4)) == (low, high)


@pytest.mark.parametrize(("hits", "misses", "low", "high"), CHALLENGE)
def test_wilson_to_many_digits(hits: int, misses: int, low: float, high: float) -> None:
    found = wilson(hits, hits + misses, confidence=math.erf(1.96 / math.sqrt(2)))
    assert found == pytest.approx((low, high), rel=1e-12)


def test_wilson_is_the_root_of_its_equation() -> None:
    """At a bound the share is exactly z standard errors (of the bound) away."""
    totals = np.repeat([1, 2, 7, 30, 1_000, 200_000], 5)
    hits = np.floor(totals * np.tile([0.1, 0.35, 0.5, 0.8, 0.99], 6))
    for bound in wilson(hits, totals):
        inner = (bound > 0) & (bound < 1)
        away = np.abs(hits / totals - bound)[inner] / np.sqrt(bound * (1 - bound) / totals)[inner]
        assert away == pytest.approx(1.959963984540054, rel=1e-6)


def test_wilson_at_the_ends_and_without_cases() -> None:
    low, high = wilson([0, 5, 0], [5, 5, 0])
    assert (low[0], high[1]) == (0, 1)
    assert 0 < low[1] < 1 and 0 < high[0] < 1
    assert np.isnan([low[2], high[2]]).all()


def test_no_warning_however_empty() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert wilson([], [])[0].shape == (0,)
        assert np.isnan(mean_bounds([0, 3], [0, 9], [0, 1])).all()


def test_bounds_of_a_mean() -> None:
    values = np.random.default_rng(5).poisson(1.3, 400)
    low, high = mean_bounds(values.sum(), (values**2).sum(), 400)
    half = 1.959963984540054 * values.std(ddof=1) / 20
    assert (float(low), float(high)) == pytest.approx((values.mean() - half, values.mean() + half), rel=1e-12)
    assert mean_bounds(8, 32, 2) == (4.0, 4.0), "all alike"


def test_poisson_is_what_garwood_published() -> None:
    low, high = poisson([0, 1, 5, 20, 50])
    assert low == pytest.approx([0, 0.0253, 1.623, 12.217, 37.111], abs=1e-3)
    assert high == pytest.approx([3.689, 5.572, 11.668, 30.888, 65.919], abs=1e-3)


def test_against_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    for hits, total in [(0, 20), (1, 29), (15, 148), (81, 263), (60, 60)]:
        found = stats.binomtest(hits, total).proportion_ci(0.95, method="wilson")
        assert wilson(hits, total) == pytest.approx((found.low, found.high), rel=1e-9, abs=1e-12)
