"""How sure a share or a mean of a few cases is."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from scipy.special import gammaincinv

CONFIDENCE = 0.95

Floats = npt.NDArray[np.float64]


def wilson(successes: npt.ArrayLike, totals: npt.ArrayLike, confidence: float = CONFIDENCE) -> tuple[Floats, Floats]:
    """Bounds of shares: Wilson's score interval, which holds for few cases and for shares near 0 and 1 too.

    Wilson, E. B. (1927), Probable inference, the law of succession, and statistical inference, JASA 22, 209-212; recommended by Brown,
    Cai and DasGupta (2001), Interval estimation for a binomial proportion, Statistical Science 16, 101-133. No continuity correction.

    Parameters
    ----------
    successes, totals : array_like
        Counts of the same shape.
    confidence : float

    Returns
    -------
    (low, high) : arrays
        Within 0 and 1; NaN where the total is 0.
    """
    hits, n = np.broadcast_arrays(np.asarray(successes, dtype=float), np.asarray(totals, dtype=float))
    z2 = _z(confidence) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        share = hits / n
        middle = (share + z2 / (2 * n)) / (1 + z2 / n)
        half = np.sqrt(z2) * np.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    # at the ends the two parts cancel but for rounding
    return np.where(hits == 0, share, np.maximum(middle - half, 0)), np.where(hits == n, share, np.minimum(middle + half, 1))


def poisson(counts: npt.ArrayLike, confidence: float = CONFIDENCE) -> tuple[Floats, Floats]:
    """Bounds of the means that counts were drawn from, if what is counted comes independently.

    Exact: Garwood, F. (1936), Fiducial limits for the Poisson distribution, Biometrika 28, 437-442.

    Parameters
    ----------
    counts : array_like
        At least 0; need not be whole.

    Returns
    -------
    (low, high) : arrays
    """
    n, rest = np.asarray(counts, dtype=float), (1 - confidence) / 2
    return np.where(n > 0, gammaincinv(np.maximum(n, 1e-9), rest), 0.0), gammaincinv(n + 1, 1 - rest)


def mean_bounds(
    totals: npt.ArrayLike, squares: npt.ArrayLike, counts: npt.ArrayLike, confidence: float = CONFIDENCE
) -> tuple[Floats, Floats]:
    """Bounds of means, by the normal approximation: mean ± z · s / √n, with s from n − 1. For small n they are too narrow.

    Parameters
    ----------
    totals, squares, counts : array_like
        Sum of the values, sum of their squares, how many there are.

    Returns
    -------
    (low, high) : arrays
        NaN below two values.
    """
    total, square, n = np.broadcast_arrays(*(np.asarray(given, dtype=float) for given in (totals, squares, counts)))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / n
        spread = np.sqrt(np.maximum(square - total * mean, 0) / (n - 1))
        half = np.where(n > 1, _z(confidence) * spread / np.sqrt(n), np.nan)
    return mean - half, mean + half


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)
