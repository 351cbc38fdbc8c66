"""Many teams and many cases at one moment: who may go where, the match of `matching.assign`, and what it gains over sending one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from city_brain.analytics.dispatch import matching
from city_brain.analytics.dispatch.matching import NEXT_S, TARGET_S, WEIGHT, lateness
from city_brain.analytics.dispatch.ranking import FAR_S, fitting

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

PINNED = 4.0
"""How much more a minute weighs of a case that somebody has pinned to the top."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A match, and what it is worth."""

    matches: pd.DataFrame
    """case, team (places), seconds (drive), late_min (on arrival), later_min (if it waits another `NEXT_S`); in order of the cases."""
    weighted_min: float
    """Weighted minutes of lateness of all cases that somebody could be sent to; those left out are held to wait another `NEXT_S`."""
    by_hand_min: float
    """The same where each case in its order gets the nearest team that is left."""

    @property
    def gain_min(self) -> float:
        """Weighted minutes of lateness that the match saves."""
        return self.by_hand_min - self.weighted_min


def allowed(waiting: pd.DataFrame, teams: pd.DataFrame, seconds: Floats, moment: datetime) -> Bools:
    """Which team may be sent to which case: of its function and skill, on shift, free, with a position that is not stale, not too far.

    Parameters
    ----------
    waiting : pandas.DataFrame
        function, skill (None where none is asked for).
    teams : pandas.DataFrame
        As of `ranking.ranked`.
    seconds : (cases, teams) array
        Drives; NaN where they are not known.
    """
    may = np.zeros(seconds.shape, bool)
    asked = [(str(function), skill if isinstance(skill, str) else None) for function, skill in waiting[["function", "skill"]].to_numpy()]
    for pair in set(asked):
        rows = np.array([one == pair for one in asked])
        may[rows] = fitting(teams, moment, function=pair[0], skill=pair[1])
    return np.asarray(may & (seconds <= FAR_S))


def matched(waiting: pd.DataFrame, seconds: Floats, may: Bools, moment: datetime) -> Batch:
    """The match of one moment.

    Parameters
    ----------
    waiting : pandas.DataFrame
        urgency, reported_at, due_at (NaT without a limit), pinned_at (NaT where it is not), in the order of the queue.
    seconds, may : (cases, teams) arrays
        Drives, and who may go where.
    """
    urgent = waiting["urgency"].eq("urgent").to_numpy()
    weights = np.where(urgent, WEIGHT["urgent"], WEIGHT["normal"]) * np.where(waiting["pinned_at"].notna(), PINNED, 1.0)
    waited = (pd.Timestamp(moment) - waiting["reported_at"]).dt.total_seconds().to_numpy(float)
    own = (waiting["due_at"] - waiting["reported_at"]).dt.total_seconds().to_numpy(float)
    # the limit of an urgent case is for its end; somebody must be there long before
    target = np.where(urgent, TARGET_S["urgent"], np.where(np.isnan(own), TARGET_S["normal"], own))
    cases, teams = matching.assign(seconds, weights, waited, may, target_s=target)
    drives = seconds[cases, teams]
    matches = pd.DataFrame({
        "case": cases, "team": teams, "seconds": drives, "late_min": lateness(waited[cases], drives, target[cases]),
        "later_min": lateness(waited[cases] + NEXT_S, drives, target[cases]),
    })  # fmt: skip
    soonest = np.where(may, seconds, np.inf).min(axis=1, initial=np.inf)

    def worth(served: Ints, by: Ints) -> float:
        late = lateness(waited + NEXT_S, np.where(np.isfinite(soonest), soonest, 0.0), target)
        late[served] = lateness(waited[served], seconds[served, by], target[served])
        return float((weights * late)[np.isfinite(soonest)].sum())

    return Batch(matches, worth(cases, teams), worth(*matching.nearest(seconds, may)))
