"""EARS against a table worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from city_brain.analytics.clusters.ears import REACH, Ears, Rule, ears

COUNTS = [2, 4, 3, 5, 4, 3, 7, 4, 6, 9, 12, 8]
"""Days 0 to 11. Mean and sd (n - 1) of days 0-6: 28/7 = 4, √(16/6) = 1.632993; of 1-7: 30/7, √(80/49·…) as below."""


def test_c1_by_hand() -> None:
    found = ears(COUNTS, Rule.C1)
    assert np.isnan(found[:7]).all()
    assert found[7] == 0, "4 against a mean of 4"
    # days 1-7: 4 3 5 4 3 7 4, sum 30, squares 140: variance (140 - 900/7) / 6 = 1.904762
    assert found[8] == pytest.approx((6 - 30 / 7) / 1.904762**0.5, rel=1e-6)
    # days 2-8: 3 5 4 3 7 4 6, sum 32, squares 160: variance (160 - 1024/7) / 6 = 2.285714
    assert found[9] == pytest.approx((9 - 32 / 7) / 2.285714**0.5, rel=1e-6)


def test_c2_and_c3_by_hand() -> None:
    c2 = ears(COUNTS, Rule.C2)
    assert np.isnan(c2[:9]).all()
    by_hand = [
        (9 - 4) / (16 / 6) ** 0.5,  # day 9 against days 0-6: sum 28, squares 128, variance (128 - 112) / 6
        (12 - 30 / 7) / 1.904762**0.5,  # day 10 against days 1-7
        (8 - 32 / 7) / 2.285714**0.5,  # day 11 against days 2-8
    ]
    assert c2[9:] == pytest.approx(by_hand, rel=1e-6)
    c3 = ears(COUNTS, Rule.C3)
    assert np.isnan(c3[:11]).all()
    assert c3[11] == pytest.approx(sum(value - 1 for value in by_hand), rel=1e-6)


def test_c3_never_counts_below_nothing() -> None:
    quiet = [5, 3, 6, 4, 5, 3, 6, 4, 5, 0, 0, 0, 0]
    assert (ears(quiet, Rule.C3)[11:] == 0).all()


def test_seven_equal_days() -> None:
    assert ears([2] * 7 + [3], Rule.C1)[7] == np.inf
    assert ears([2] * 7 + [2], Rule.C1)[7] == 0
    assert ears([2] * 7 + [1], Rule.C1)[7] == -np.inf
    assert ears([2] * 7 + [3], Rule.C1, least_sd=0.5)[7] == 2


def test_columns_are_districts() -> None:
    counts = np.random.default_rng(1).poisson(4, (30, 3))
    whole = ears(counts, Rule.C3)
    assert whole.shape == counts.shape
    for district in range(3):
        assert ears(counts[:, district], Rule.C3) == pytest.approx(whole[:, district], nan_ok=True)


@pytest.mark.parametrize("days", [0, 1, 7, 9, 11])
def test_too_short_a_history_says_nothing(days: int) -> None:
    assert np.isnan(ears(np.ones(days), Rule.C3)).all()


@pytest.mark.parametrize("rule", list(Rule))
def test_the_detector_is_the_rule_by_district(rule: Rule) -> None:
    rng = np.random.default_rng(3)
    counts = rng.poisson(0.3, (40, 4, 6)).astype(np.uint16)
    districts = np.repeat([[0, 0, 0, 1, 1, -1]], 4, axis=0)
    detector = Ears(rule, districts)
    daily = np.stack([counts[:, :, :3].sum(axis=(1, 2)), counts[:, :, 3:5].sum(axis=(1, 2))], axis=1)
    whole = ears(daily, rule, least_sd=0.5)
    given = 0
    for day in range(REACH, 40):
        found = {int(one["row"]): float(one["statistic"]) for one in detector(counts, day)}
        assert found == pytest.approx({place: whole[day, place] for place in (0, 1) if whole[day, place] > 0})
        given += len(found)
    assert given > 10
    boxes = detector(counts, 39)
    assert detector.touches(boxes, np.array([2]), np.array([4])).tolist() == [int(one["row"]) == 1 for one in boxes]
