"""The scan against figures worked out by hand, and against a plain search of every square."""

from __future__ import annotations

import itertools
import math
import time

import numpy as np
import pytest

from city_brain.analytics.clusters.forecast import Expected, LongMemory, believed, blurred, discounted, repeats
from city_brain.analytics.clusters.scan import CALM, Scan, statistic

RNG = np.random.default_rng(7)


def steady(expected: np.ndarray) -> Expected:
    """A forecast that is the same every day."""
    return lambda day: expected


def by_hand(c: float, b: float) -> float:
    return c * math.log(c / b) - (c - b)


def test_the_statistic_by_hand() -> None:
    assert statistic(10, 2.5).item() == pytest.approx(6.362943611198906)
    assert statistic([3, 2, 2], [1, 2, 5]) == pytest.approx([3 * math.log(3) - 2, 0, 0])
    assert statistic(0, 1).item() == 0


def test_it_is_the_log_likelihood_ratio_of_a_poisson_count() -> None:
    """ln P(c; c) - ln P(c; b), where the factorials cancel."""
    for c, b in [(4, 1.5), (9, 0.2), (30, 29.0)]:
        at_best, as_due = -c + c * math.log(c), -b + c * math.log(b)
        assert statistic(c, b).item() == pytest.approx(at_best - as_due)


@pytest.mark.parametrize("repeated", [1.0, 4.0])
def test_the_fast_scan_is_the_plain_one(repeated: float) -> None:
    expected = RNG.gamma(1.0, 0.05, (6, 7))
    counts = RNG.poisson(0.4, (9, 6, 7)).astype(np.uint16)
    edges, window, day = (1, 2, 4), 3, 8
    found = Scan(steady(expected), 0, edges=edges, window=window, floor=1.0, repeats=repeated)(counts, day)
    quick = {(int(one["days"]), int(one["edge"]), int(one["row"]), int(one["column"])): one for one in found}
    plain = {}
    weighed = [discounted(counts[one], expected, repeated) for one in range(9)]
    for days, edge in itertools.product(range(1, window + 1), edges):
        seen, due = sum(weighed[day - days + 1 : day + 1]), expected * days
        for row, column in itertools.product(range(6 - edge + 1), range(7 - edge + 1)):
            c, b = (cells[row : row + edge, column : column + edge].sum() for cells in (seen, due))
            if c > 2.5:
                busy = (seen.sum() - c + CALM) / (due.sum() - b + CALM)
                b *= max(1.0, busy)
                if c > b and by_hand(c, b) > 1.0:
                    plain[days, edge, row, column] = (c, b, by_hand(c, b))
    assert quick.keys() == plain.keys() and len(plain) > 20
    for key, values in plain.items():
        assert [quick[key][name] for name in ("observed", "expected", "statistic")] == pytest.approx(values)


def test_a_stormy_day_is_no_cluster() -> None:
    """Three times as much everywhere raises what is expected; three times as much in one square does not."""
    expected = np.full((40, 40), 0.05)
    counts = np.zeros((8, 40, 40), np.uint16)
    counts[-1].reshape(-1)[RNG.choice(1600, 240, replace=False)] = 1
    scan = Scan(steady(expected), 0, window=1)
    everywhere = scan(counts, 7)["statistic"].max(initial=0)
    counts[-1] = 0
    counts[-1].reshape(-1)[RNG.choice(1600, 80, replace=False)] = 1
    counts[-1, 10:14, 10:14] = 1
    assert scan(counts, 7)["statistic"].max(initial=0) > everywhere + 5


def test_one_place_reported_again_and_again_weighs_little_where_that_is_usual() -> None:
    expected = np.full((10, 10), 0.01)
    counts = np.zeros((10, 10), np.uint16)
    counts[3, 3], counts[5, 5] = 9, 1
    assert believed(counts, expected)[3, 3] == 1
    assert discounted(counts, expected, 8.0)[3, 3] == 2.0
    assert (discounted(counts, expected, 1.0) == counts).all()


def test_repeats_are_near_one_in_a_poisson_city_and_high_where_reports_come_in_pairs() -> None:
    expected = RNG.gamma(0.5, 0.1, (30, 30))
    single = RNG.poisson(expected, (200, 30, 30)).astype(np.uint16)
    assert repeats(single, steady(expected), 0, 200) == pytest.approx(1, abs=0.1)
    assert repeats(2 * RNG.poisson(expected / 2, (200, 30, 30)).astype(np.uint16), steady(expected), 0, 200) > 3


def test_nothing_and_one_cell() -> None:
    assert len(Scan(steady(np.full((5, 5), 0.1)), 0)(np.zeros((10, 5, 5), np.uint16), 9)) == 0
    lone = np.zeros((10, 1, 1), np.uint16)
    lone[9] = 12
    found = Scan(steady(np.full((1, 1), 0.5)), 0)(lone, 9)
    assert set(found["edge"]) == {1} and found["statistic"].max() == pytest.approx(by_hand(12, 0.5))


def test_the_blur_is_a_plain_mean() -> None:
    cells = RNG.random((6, 9))
    around = np.pad(cells, 2)
    plain = [[around[row : row + 5, column : column + 5].mean() for column in range(9)] for row in range(6)]
    assert blurred(cells, 2) == pytest.approx(np.array(plain))


def test_the_forecast_does_not_look_ahead() -> None:
    counts = RNG.poisson(0.05, (120, 20, 20)).astype(np.uint16)
    changed = counts.copy()
    changed[80:] = RNG.poisson(3, (40, 20, 20))
    before, after = LongMemory(counts), LongMemory(changed)
    assert all((before(day) == after(day)).all() for day in range(before.first, 81))
    assert not np.allclose(before(100), after(100))
    scan, other = Scan(before, before.first), Scan(after, after.first)
    assert (scan(counts, 79) == other(changed, 79)).all()


def test_the_forecast_is_right_on_average() -> None:
    rates = RNG.gamma(0.5, 0.08, (25, 25))
    counts = RNG.poisson(rates, (400, 25, 25)).astype(np.uint16)
    forecast = LongMemory(counts)
    due = sum(forecast(day) for day in range(200, 400))
    seen = counts[200:].sum(axis=0)
    assert due.sum() == pytest.approx(seen.sum(), rel=0.05)
    busiest = rates > np.quantile(rates, 0.9)
    assert due[busiest].sum() == pytest.approx(seen[busiest].sum(), rel=0.1)


def test_no_forecast_for_days_without_a_past() -> None:
    forecast = LongMemory(np.ones((60, 3, 3), np.uint16))
    with pytest.raises(IndexError):
        forecast(forecast.first - 1)


def test_a_day_of_a_city_takes_milliseconds() -> None:
    """A generous ceiling; `docs/clusters.md` has what was measured."""
    counts = RNG.poisson(0.004, (60, 100, 100)).astype(np.uint16)
    forecast = LongMemory(counts)
    scan = Scan(forecast, forecast.first)
    started = time.perf_counter()
    for day in range(40, 60):
        scan(counts, day)
    assert (time.perf_counter() - started) / 20 < 0.2
