"""How surprising a count is."""

from __future__ import annotations

from math import ceil, exp, lgamma, log


def at_least(count: float, expected: float) -> float:
    """The chance that a Poisson count reaches `count` where `expected` is right.

    Parameters
    ----------
    count, expected : float
        Not negative; a broken count is rounded up.

    Returns
    -------
    float
        Above what is expected it is summed from its first term on until nothing is added: exact to rounding also where it is tiny.
    """
    first = ceil(count)
    if first <= 0 or expected <= 0:
        return 1.0 if first <= 0 else 0.0
    if first <= expected:
        return 1.0 - sum(_chance(number, expected) for number in range(first))
    total, number, term = 0.0, first, _chance(first, expected)
    while term > total * 1e-17:
        total += term
        number += 1
        term *= expected / number
    return total


def _chance(count: int, expected: float) -> float:
    return exp(count * log(expected) - expected - lgamma(count + 1))
