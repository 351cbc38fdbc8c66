"""How surprising a count is, against sums and values worked out otherwise."""

from __future__ import annotations

from math import exp, factorial

import pytest

from city_brain.analytics.counts import at_least


@pytest.mark.parametrize("expected", [0.1, 0.5, 3.0, 12.0])
@pytest.mark.parametrize("count", [0, 1, 2, 5, 13])
def test_it_is_one_minus_the_chance_of_less(count: int, expected: float) -> None:
    less = sum(exp(-expected) * expected**number / factorial(number) for number in range(count))
    assert at_least(count, expected) == pytest.approx(1 - less, abs=1e-12)


def test_it_is_exact_where_it_is_tiny() -> None:
    first = exp(-0.2) * 0.2**12 / factorial(12)
    assert at_least(12, 0.2) == pytest.approx(first * (1 + 0.2 / 13 + 0.2**2 / (13 * 14)), rel=1e-5)


def test_edges() -> None:
    assert at_least(0, 0) == 1.0
    assert at_least(1, 0) == 0.0
    assert at_least(2.3, 1.0) == at_least(3, 1.0)
    assert at_least(50, 1e4) == pytest.approx(1.0), "no single term of it is left above nothing"
    assert at_least(1000, 1.0) == 0.0
