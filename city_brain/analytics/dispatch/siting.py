"""Where teams should stand: sites that cover the most, or that are nearest to all, proven best or with the gap that is left.

Maximal covering: Church, R., ReVelle, C. (1974), The maximal covering location problem, Papers of the Regional Science Association 32,
101-118. p-median: Hakimi, S. L. (1964), Optimum locations of switching centers, Operations Research 12, 450-459; the form solved goes
outwards ring by ring (Cornuejols, G., Nemhauser, G., Wolsey, L. (1980), A canonical representation of simple plant location problems,
SIAM Journal on Algebraic and Discrete Methods 1, 261-272). Both are mixed integer programmes for HiGHS (Huangfu, Q., Hall, J. (2018),
Mathematical Programming Computation 10, 119-142), which says how far from the best its answer can be. Where teams are often busy, one
that reaches a place is not enough: expected covering (Daskin, M. (1983), A maximum expected covering location model, Transportation
Science 17, 48-70).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LIMIT_S = 20.0
"""Seconds after which the best answer so far is given, with its gap."""


@dataclass(frozen=True, slots=True)
class Sites:
    """Chosen sites, and how good they are."""

    chosen: Ints
    """Places of the sites, rising."""
    objective: float
    """Covered weight, or weighted distance."""
    bound: float
    """No choice is better than this."""
    greedy: float
    """What taking the best site one after the other gives."""

    @property
    def gap(self) -> float:
        """How far from the bound, relative; 0 is proven best."""
        return abs(self.bound - self.objective) / max(abs(self.objective), 1e-12)

    @property
    def optimal(self) -> bool:
        """Whether there is no better choice."""
        return self.gap < 1e-6


def maximal_covering(reach: npt.ArrayLike, weights: npt.ArrayLike, p: int, *, limit_s: float = LIMIT_S) -> Sites:
    """The p sites that together cover the most weight.

    Parameters
    ----------
    reach : (sites, places) array_like of bool
        Whether a site covers a place.
    weights : (places,) array_like
        At least 0.
    p : int
        How many sites; with fewer sites than that all are chosen.
    """
    near, weight = np.asarray(reach, bool), np.asarray(weights, float)
    sites, count = len(near), min(p, len(near))
    first = _greedy_cover(near, weight, count)
    held = float(weight[near[first].any(axis=0)].sum())
    if count in (0, sites):
        return Sites(np.sort(first), held, held, held)
    near, weight = _alike(near, weight)
    places = len(weight)
    # covered place <= sum of the sites that reach it
    within = sparse.hstack([-sparse.csr_array(near.T.astype(float)), sparse.eye_array(places)], format="csr")
    number = sparse.csr_array(np.r_[np.ones(sites), np.zeros(places)][None, :])
    found = milp(
        np.r_[np.zeros(sites), -weight], integrality=np.r_[np.ones(sites), np.zeros(places)], bounds=Bounds(0, 1),
        constraints=[LinearConstraint(within, -np.inf, 0), LinearConstraint(number, count, count)], options={"time_limit": limit_s},
    )  # fmt: skip
    if found.x is None:
        return Sites(np.sort(first), held, float(weight.sum()), held)
    chosen = np.flatnonzero(found.x[:sites] > 0.5)
    return _better(Sites(chosen, -float(found.fun), -float(found.mip_dual_bound), held), np.sort(first), most=True)


def expected_covering(reach: npt.ArrayLike, weights: npt.ArrayLike, p: int, busy: float) -> Ints:
    """The sites of p teams, one taken after the other, that together cover the most weight with a team that is not busy.

    A place that k teams reach is covered with probability ``1 - busy ** k``; several teams may stand at one site. What is covered grows by
    less with each team, so that this choice has at least 63 % of the best (Nemhauser, G., Wolsey, L., Fisher, M. (1978), An analysis of
    approximations for maximizing submodular set functions, Mathematical Programming 14, 265-294), and mostly a few in a hundred less.

    Parameters
    ----------
    reach : (sites, places) array_like of bool
    weights : (places,) array_like
    p : int
    busy : float
        From 0 to below 1: how often a team cannot be sent.

    Returns
    -------
    (p,) int array
        Rising; a site stands there as often as teams wait at it.
    """
    near = np.asarray(reach, float)
    left, chosen = np.asarray(weights, float).copy(), list[int]()
    for _ in range(p):
        chosen.append(int((near @ left).argmax()))
        left *= np.where(near[chosen[-1]] > 0, busy, 1.0)
    return np.sort(np.array(chosen, np.int64))


def p_median(distances: npt.ArrayLike, weights: npt.ArrayLike, p: int, *, limit_s: float = LIMIT_S) -> Sites:
    """The p sites with the least weighted distance from each place to its nearest one.

    Parameters
    ----------
    distances : (sites, places) array_like
        At least 0.
    weights : (places,) array_like
    p : int
        At least 1.
    """
    far, weight = np.asarray(distances, float), np.asarray(weights, float)
    sites, places = far.shape
    count = min(p, sites)
    first = _greedy_median(far, weight, count)
    held = float((far[first].min(axis=0) * weight).sum())
    if count == sites:
        return Sites(np.sort(first), held, held, held)
    # a place pays each step outwards until a chosen site lies within
    rows, columns, costs, steps = [], [], [], 0
    base = 0.0
    for place in range(places):
        rings, inside = np.unique(far[:, place], return_inverse=True)
        base += weight[place] * rings[0]
        most = np.sort(far[:, place])[sites - count]  # of any p sites one lies at least so near
        for ring in range(len(rings) - 1):
            if rings[ring + 1] > most:
                break
            near = np.flatnonzero(inside <= ring)
            rows.append(np.full(len(near) + 1, steps))
            columns.append(np.append(near, sites + steps))
            costs.append(weight[place] * (rings[ring + 1] - rings[ring]))
            steps += 1
    matrix = sparse.csr_array(
        (np.ones(sum(map(len, rows))), (np.concatenate(rows), np.concatenate(columns))), shape=(steps, sites + steps)
    )  # fmt: skip
    number = sparse.csr_array(np.r_[np.ones(sites), np.zeros(steps)][None, :])
    found = milp(
        np.r_[np.zeros(sites), costs], integrality=np.r_[np.ones(sites), np.zeros(steps)], bounds=Bounds(0, 1),
        constraints=[LinearConstraint(matrix, 1, np.inf), LinearConstraint(number, count, count)], options={"time_limit": limit_s},
    )  # fmt: skip
    if found.x is None:
        return Sites(np.sort(first), held, base, held)
    chosen = np.flatnonzero(found.x[:sites] > 0.5)
    value = float((far[chosen].min(axis=0) * weight).sum())
    return _better(Sites(chosen, value, base + float(found.mip_dual_bound), held), np.sort(first), most=False)


def _better(found: Sites, first: Ints, *, most: bool) -> Sites:
    """The solver's answer, or the greedy one where the time was too short for a better."""
    worse = found.objective < found.greedy if most else found.objective > found.greedy
    return Sites(first, found.greedy, found.bound, found.greedy) if worse else found


def _alike(near: npt.NDArray[np.bool_], weight: Floats) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Places that the same sites reach are one place with their weight together; those of no weight or reach are none."""
    kept = near.any(axis=0) & (weight > 0)
    shapes, place = np.unique(near[:, kept], axis=1, return_inverse=True)
    return shapes, np.bincount(place.ravel(), weights=weight[kept], minlength=shapes.shape[1]).astype(float)


def _greedy_cover(near: npt.NDArray[np.bool_], weight: Floats, count: int) -> Ints:
    left, chosen = weight.copy(), list[int]()
    for _ in range(count):
        gains = near @ left
        gains[chosen] = -1
        chosen.append(int(gains.argmax()))
        left[near[chosen[-1]]] = 0
    return np.array(chosen, np.int64)


def _greedy_median(far: Floats, weight: Floats, count: int) -> Ints:
    best, chosen = np.full(far.shape[1], np.inf), list[int]()
    for _ in range(count):
        costs = (np.minimum(far, best) * weight).sum(axis=1)
        costs[chosen] = np.inf
        chosen.append(int(costs.argmin()))
        best = np.minimum(best, far[chosen[-1]])
    return np.array(chosen, np.int64)


def pmed(file: Path) -> tuple[Floats, int]:
    """A p-median problem in the form of the OR-Library (Beasley 1990): distances between all points, and p.

    First line: points, edges, p; then a line per edge: two points (from 1) and its length. Edges go both ways, and where a pair is
    named twice the last one counts; distances are the shortest ways.
    """
    words = file.read_text(encoding="ascii").split()
    points, edges, p = (int(word) for word in words[:3])
    told = np.array(words[3 : 3 + 3 * edges], float).reshape(edges, 3)
    length = np.full((points, points), np.inf)
    for one, other, far in told:
        length[int(one) - 1, int(other) - 1] = length[int(other) - 1, int(one) - 1] = far
    np.fill_diagonal(length, 0)
    return np.asarray(sparse.csgraph.shortest_path(np.where(np.isfinite(length), length, 0), directed=False)), p
