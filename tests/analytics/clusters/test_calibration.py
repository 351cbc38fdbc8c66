"""Thresholds: the tail against its own distribution, and the budget on made-up cities whose days vary more than chance."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.made_city import made
from city_brain.analytics.clusters.alarms import calibrations, ringing, watch
from city_brain.analytics.clusters.boxes import boxes, independent
from city_brain.analytics.clusters.calibration import YEAR, calibrate
from city_brain.analytics.clusters.detectors import scan_of
from city_brain.analytics.clusters.forecast import LongMemory
from city_brain.analytics.clusters.trials import held_out


def apart(statistics: np.ndarray) -> np.ndarray:
    """Boxes that have nothing to do with each other."""
    return boxes(statistic=statistics, until=3 * np.arange(len(statistics)), days=1, row=0, column=0, edge=1)


@pytest.mark.parametrize("shape", [-0.2, 0.0, 0.3])
def test_the_tail_finds_the_quantile_of_a_pareto_distribution(shape: float) -> None:
    """Over many pasts the threshold lies where the budget wants it: 24 of 400 peaks."""
    rng, allowed, peaks = np.random.default_rng(11), 24, 400
    true = 2.0 * (-np.log(allowed / peaks) if shape == 0 else ((allowed / peaks) ** -shape - 1) / shape)
    found = []
    for _ in range(60):
        chance = rng.random(peaks)
        values = 2.0 * (-np.log(chance) if shape == 0 else (chance**-shape - 1) / shape)
        found.append(calibrate(apart(5 + values), round(2 * YEAR), 12).threshold)
    assert np.median(found) == pytest.approx(5 + true, rel=0.06)


def test_few_peaks() -> None:
    half = round(YEAR / 2)
    assert calibrate(apart(np.zeros(0)), half, 12).threshold == np.inf, "nothing is known of what is usual"
    assert calibrate(apart(np.array([9.0, 7.0, 8.0])), half, 12).threshold == 7, "all of them may ring"
    few = calibrate(apart(np.arange(1.0, 9.0)), half, 12)
    assert few.threshold == 2.5 and (few.peaks > few.threshold).sum() == 6


def test_rank_counts_the_past() -> None:
    made = calibrate(apart(np.arange(1.0, 101.0)), round(2 * YEAR), 12)
    assert made.rank(1000) == 1 and made.rank(100) == 2 and made.rank(90.5) == 11
    base = made.peaks[-1]
    assert made.yearly(base) == made.rank(base) / made.years, "where the tail begins by its rank"


@pytest.mark.parametrize("shape", [-0.2, 0.0, 0.3])
def test_the_threshold_is_reached_as_often_as_the_budget_says(shape: float) -> None:
    chance = np.random.default_rng(4).random(300)
    values = -np.log(chance) if shape == 0 else (chance**-shape - 1) / shape
    made = calibrate(apart(5 + values), round(2 * YEAR), 12)
    assert made.yearly(made.threshold) == pytest.approx(12)
    assert made.yearly(made.threshold + 1) < 12 < made.yearly(made.threshold - 0.2)
    assert 0 <= made.yearly(1e6) < 0.1


def test_the_budget_holds_on_days_that_were_held_out() -> None:
    """Five made-up cities, a year each: 5 years at 12 a year are 60 alarms; days vary 1.84 times as much as Poisson counts do."""
    rang = years = 0.0
    for seed in range(5):
        counts = made(950, np.random.default_rng(seed), shape=(30, 30), a_day=12.0)
        forecast = LongMemory(counts)
        since = held_out(forecast.first, len(counts))
        scan = scan_of(counts, forecast, since)
        watched = watch(scan, counts, scan.first, len(counts))
        rang += len(independent(ringing(watched, calibrations(watched, since, len(counts), 12))))
        years += (len(counts) - since) / YEAR
    assert 0.6 < rang / years / 12 < 1.4, f"{rang:.0f} alarms in {years:.1f} years"


def test_too_few_days_make_no_threshold() -> None:
    with pytest.raises(ValueError, match="too few"):
        calibrations({day: apart(np.array([5.0])) for day in range(5)}, 5, 10, 12)
