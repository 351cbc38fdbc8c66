"""Where the free teams should stand: the sites that cover most of the risk, each with the team that has the shortest way there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import linear_sum_assignment

from city_brain.analytics.dispatch.siting import maximal_covering

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

LIMIT_S = 8.0
"""Seconds after which the best choice so far is given, with its gap."""


_NONE = pd.DataFrame({name: np.empty(0) for name in ("team", "site", "seconds", "alone")})


@dataclass(frozen=True, slots=True)
class Standby:
    """A proposal, and how good it is. Shares are of the whole risk, 0 to 1."""

    moves: pd.DataFrame
    """team, site (places), seconds (its drive there), alone (share that nobody else then reaches), the most first; without who stays."""
    before: float
    """Reached from where the teams are."""
    after: float
    """Reached once they stand there."""
    bound: float
    """No choice of as many sites reaches more."""

    @property
    def optimal(self) -> bool:
        """Whether no choice is better, to a ten thousandth of the risk."""
        return self.bound - self.after < 1e-4


def proposed(
    to_places: Floats, to_sites: Floats, between: Floats, weights: npt.ArrayLike, within_s: float, *, limit_s: float = LIMIT_S
) -> Standby:
    """Choose as many sites as there are teams, and say who goes where.

    Parameters
    ----------
    to_places, to_sites : (teams, places), (teams, sites) arrays
        Drives from where the teams are, seconds.
    between : (sites, places) array
        Drives from the sites.
    weights : (places,) array_like
        Risk; with some above 0.
    within_s : float
        Seconds in which a place counts as reached.
    """
    weight = np.asarray(weights, float)
    whole = weight.sum()
    now, reach = to_places <= within_s, between <= within_s
    if not len(now) or whole <= 0 or not len(reach):
        return Standby(_NONE, 0.0, 0.0, 0.0)
    before = weight[now.any(axis=0)].sum() / whole
    kept = undominated(reach)
    found = maximal_covering(reach[kept], weight, len(now), limit_s=limit_s)
    chosen = _needed(reach, weight, kept[found.chosen])
    team, place = linear_sum_assignment(to_sites[:, chosen])
    stays = np.delete(np.arange(len(now)), team)
    times = reach[chosen].sum(axis=0) + now[stays].sum(axis=0)
    after = weight[times > 0].sum() / whole
    if after <= before:
        return Standby(_NONE, before, before, max(before, found.bound / whole))
    sites = chosen[place]
    alone = (reach[sites] & (times == 1)) @ weight / whole
    moves = pd.DataFrame({"team": team, "site": sites, "seconds": to_sites[team, sites], "alone": alone})
    moves = moves.sort_values(["alone", "seconds", "team"], ascending=[False, True, True], ignore_index=True)
    return Standby(moves, before, after, max(after, min(1.0, found.bound / whole)))


def undominated(reach: Bools) -> Ints:
    """The sites of which no other one reaches the same and more; of equal ones the first. The best choice is one among them."""
    shapes = reach.astype(np.float32)
    inside = (shapes @ (1 - shapes).T) == 0
    np.fill_diagonal(inside, False)
    alike = inside & inside.T
    return np.flatnonzero(~((inside & ~alike).any(axis=1) | np.tril(alike, -1).any(axis=1)))


def _needed(reach: Bools, weight: Floats, chosen: Ints) -> Ints:
    """The chosen sites without those that reach nothing that the others do not: nobody is sent there for nothing."""
    kept, times = list(map(int, chosen)), reach[chosen].sum(axis=0)
    for site in sorted(kept, key=lambda one: float(weight[reach[one]].sum())):
        if len(kept) > 1 and weight[reach[site] & (times == 1)].sum() <= 0:
            kept.remove(site)
            times = times - reach[site]
    return np.array(kept, np.int64)
