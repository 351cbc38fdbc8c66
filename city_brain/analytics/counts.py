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
        Summed from its first term on until nothing is added: exact to rounding also where it is tiny. 0 for an expected count of nothing.
    """
    first = ceil(count)
    if first <= 0:
        return 1.0
    if expected <= 0:
        return 0.0
    term = exp(first * log(expected) - expected - lgamma(first + 1))
    total, number = 0.0, first
    while number <= expected or term > total * 1e-17:
        total += term
        number += 1
        term *= expected / number
    return min(1.0, total)
