"""How much of the risk of a city its free teams reach in time, and what is lost when one of them is sent away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

WITHIN_S = (10 * 60.0, 20 * 60.0)
"""Minutes within which cells count as reached."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is reached within a time."""

    within_s: float
    share: float
    """Share of the risk, 0 to 1; NaN where there is none."""
    reached: Bools
    """(cells,)"""


def covered(seconds: Floats, weights: npt.ArrayLike, within_s: float) -> Coverage:
    """What the teams reach.

    Parameters
    ----------
    seconds : (teams, cells) array
        Drives; no teams reach nothing.
    weights : (cells,) array_like
        Risk of each cell, such as expected cases.
    within_s : float
        Seconds in which a cell counts as reached.
    """
    weight = np.asarray(weights, float)
    reached = np.asarray((seconds <= within_s).any(axis=0)) if len(seconds) else np.zeros(len(weight), bool)
    whole = weight.sum()
    return Coverage(within_s, float(weight[reached].sum() / whole) if whole > 0 else float("nan"), reached)


def cost_of_sending(seconds: Floats, weights: npt.ArrayLike, within_s: float) -> Floats:
    """The share of the risk that is out of reach once a team is sent: of the cells that only this team reaches, (teams,).

    Parameters
    ----------
    seconds, weights, within_s
        As of `covered`; teams that are free.
    """
    weight = np.asarray(weights, float)
    whole = weight.sum()
    if not len(seconds) or whole <= 0:
        return np.zeros(len(seconds))
    reach = seconds <= within_s
    alone = reach & (reach.sum(axis=0) == 1)
    return np.asarray(alone @ weight / whole)
