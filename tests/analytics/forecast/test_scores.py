"""Scores against figures worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import mean_poisson_deviance

from city_brain.analytics.forecast import scores

FIGURE = np.array([2.0, 4.0, 1.0, 2.0, 1.0])
CAME = np.array([0.0, 3.0, 1.0, 2.0, 0.0])
"""From the highest figure down: 3 | 0 and 2, equals | 1 and 0, equals."""


def told(name: str, expected: np.ndarray = FIGURE, came: np.ndarray = CAME, outside: float = 0.0) -> float:
    sums = scores.tally(expected[:, None], came[:, None], np.array([outside]))
    return float(scores.METRICS[name].of(sums)[0])


def test_equals_share_alike() -> None:
    cells, mass, events = scores.curve(FIGURE, CAME)
    assert cells.tolist() == [0, 1, 3, 5] and mass.tolist() == [0, 4, 8, 10] and events.tolist() == [0, 3, 5, 6]
    assert scores.hits(FIGURE, CAME, 0.2) == 3
    assert scores.hits(FIGURE, CAME, 0.4) == pytest.approx(3 + (0 + 2) / 2), "one of two equals, whichever it is"
    assert scores.hits(FIGURE, CAME, 0.1) == pytest.approx(1.5), "half of the busiest cell"


def test_an_even_map_hits_what_its_area_holds() -> None:
    even = np.ones(200)
    came = np.random.default_rng(0).poisson(0.5, 200).astype(float)
    for area in scores.AREAS:
        assert scores.hits(even, came, area) == pytest.approx(area * came.sum())
    assert told("information_gain", even, came) == pytest.approx(0)
    assert told("pai_1", even, came) == pytest.approx(1)


def test_hit_rate_pai_and_pei_by_hand() -> None:
    figure, came = np.arange(200.0, 0, -1), np.zeros(200)
    came[[0, 1, 4, 9, 50, 150]] = [3, 1, 5, 2, 8, 1]
    assert told("hit_rate_1", figure, came) == pytest.approx(4 / 20), "two cells of 200"
    assert told("hit_rate_5", figure, came) == pytest.approx(11 / 20)
    assert told("hit_rate_10", figure, came) == pytest.approx(11 / 20)
    assert told("pai_1", figure, came) == pytest.approx((4 / 20) / (2 / 200))
    assert told("pei_1", figure, came) == pytest.approx(4 / (8 + 5)), "the best two cells held thirteen"
    assert told("hit_rate_1", figure, came, outside=5) == pytest.approx(4 / 25), "what lies outside the area is missed"


def test_information_gain_by_hand() -> None:
    by_hand = (3 * math.log(5 * 0.4) + 1 * math.log(5 * 0.1) + 2 * math.log(5 * 0.2)) / 6
    assert told("information_gain") == pytest.approx(by_hand) == pytest.approx(math.log(2) / 3)
    assert told("information_gain", 100 * FIGURE) == pytest.approx(by_hand), "it speaks of where, not of how many"
    assert told("information_gain", outside=4) == pytest.approx(by_hand), "and of events that a map can place"


def test_deviance_by_hand_and_as_in_scikit_learn() -> None:
    assert told("deviance") == pytest.approx(1_000 * (8 + 6 * math.log(0.75)) / 5)
    assert told("deviance") == pytest.approx(1_000 * mean_poisson_deviance(CAME, FIGURE))


def test_reliability_by_hand() -> None:
    assert told("top_decile_ratio") == pytest.approx(1 / 0.75), "a tenth of the mass is a quarter of the busiest cell, which held three"
    predicted, observed = scores.reliability(FIGURE, CAME, parts=2)
    assert predicted.tolist() == [5, 5] and observed.tolist() == [3.5, 2.5]


def test_nothing_came() -> None:
    sums = scores.tally(FIGURE[:, None], np.zeros((5, 1)), np.zeros(1))
    told_of = {name: float(metric.of(sums)[0]) for name, metric in scores.METRICS.items()}
    assert told_of.pop("deviance") == pytest.approx(1_000 * 2 * 10 / 5)
    assert all(math.isnan(value) for value in told_of.values()), "a rate of nothing is not known"


def test_weeks_are_drawn_where_there_are_enough() -> None:
    assert scores.blocks(np.arange(42)).tolist() == [day // 7 for day in range(42)]
    assert scores.blocks(np.arange(35)).tolist() == list(range(35)), "five weeks are too few"


def test_bootstrap() -> None:
    days, rng = np.arange(70), np.random.default_rng(1)
    sums = rng.gamma(2, size=(70, 2, 3, len(scores.SUMS)))
    sums[:, 1] = sums[:, 0]
    rounds = scores.resampled(sums, days, seed=4)
    assert rounds.shape == (scores.ROUNDS, 2, 3, len(scores.SUMS))
    assert np.array_equal(rounds[:, 0], rounds[:, 1]), "models are drawn together"
    assert np.array_equal(rounds, scores.resampled(sums, days, seed=4)) and not np.array_equal(rounds, scores.resampled(sums, days, seed=5))
    weekly = sums.reshape(10, 7, *sums.shape[1:]).sum(axis=1)
    spread = weekly.std(axis=0) * math.sqrt(10)
    assert rounds.std(axis=0) == pytest.approx(spread, rel=0.15), "the bootstrap's spread of a sum of ten weeks is known"
    assert np.isnan(scores.resampled(sums[:2], days[:2], seed=0)).all(), "two blocks tell no interval"


def test_bounds() -> None:
    low, high = scores.bounds(np.column_stack([np.arange(1001.0), np.full(1001, np.nan)]))
    assert (low[0], high[0]) == (25, 975) and np.isnan([low[1], high[1]]).all()
    assert np.isnan(scores.bounds(np.full((3, 2), np.nan))[0]).all()
