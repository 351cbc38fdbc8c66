"""Which case first, and who goes: the order of the queue with its reasons, and the best match of idle teams and waiting cases.

Once queues form, which case is served matters more than which team serves it: sending the nearest idle team to the oldest case is far
from the best (`docs/dispatch.md` has the figures). The match here is the optimum of one moment: a linear assignment problem (Kuhn 1955,
The Hungarian method, Naval Research Logistics Quarterly 2, 83-97; solved as in Crouse 2016, On implementing 2D rectangular assignment
algorithms, IEEE Transactions on Aerospace and Electronic Systems 52, 1679-1696).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import linear_sum_assignment

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

WEIGHT: Mapping[str, float] = {"urgent": 4.0, "normal": 1.0}
"""How much a minute of lateness of a case weighs, by its urgency."""
TARGET_S: Mapping[str, float] = {"urgent": 15 * 60.0, "normal": 60 * 60.0}
"""From report to arrival: what is later is late. A city's own limits go before it."""
PULL = 2.0
"""What a minute of driving costs beside a minute of weighted lateness: it takes the team from everybody who comes after, whomever it
drives to. Chosen in simulation (`compare-policies`, other seeds than those shown) among 0.02 to 16: below 2 the lateness grows, because
drives grow until queues do; above 2 it hardly falls, and near cases that have time would go before far ones that are late."""
FAR = 1e9
"""Cost of what is not allowed: more than all that is allowed together."""
NEXT_S = 30 * 60.0
"""How long a case that gets no team now is held to wait more: about the time until a busy team is free."""


def lateness(waited_s: npt.ArrayLike, seconds: npt.ArrayLike, target_s: npt.ArrayLike) -> Floats:
    """Minutes by which the arrival would be late, at least 0: waited so far and the drive, beyond the target."""
    return np.asarray(np.maximum(0.0, np.add(waited_s, seconds) - np.asarray(target_s, float)) / 60)


def assign(
    seconds: Floats, weights: npt.ArrayLike, waited_s: npt.ArrayLike, allowed: npt.ArrayLike | None = None, *,
    target_s: npt.ArrayLike = TARGET_S["normal"],
) -> tuple[Ints, Ints]:  # fmt: skip
    """Match idle teams and waiting cases so that the weighted lateness that is avoided by serving now is greatest.

    Serving a case now, rather than `NEXT_S` later by the nearest of these teams, avoids that much of its weighted lateness; the drive costs
    `PULL`. What would be later does not hang on who drives now: else a far team would avoid more than a near one.
    As many are served as may be: leaving a team idle while somebody waits is never better here.

    Parameters
    ----------
    seconds : (cases, teams) array
        Drives; NaN is not allowed.
    weights, waited_s, target_s : (cases,) array_like
        Weight of a minute of lateness, seconds since the report, seconds from report to arrival that are in time.
    allowed : (cases, teams) array_like of bool, optional
        Which team may serve which case.

    Returns
    -------
    (cases, teams) : int arrays
        Places that belong together, in order of the cases.
    """
    may = np.isfinite(seconds) if allowed is None else np.isfinite(seconds) & np.asarray(allowed, bool)
    if not may.any():
        return np.empty(0, np.int64), np.empty(0, np.int64)
    weight, waited, target = (np.broadcast_to(np.asarray(one, float), len(seconds))[:, None] for one in (weights, waited_s, target_s))
    drive = np.where(may, seconds, 0.0)
    closest = np.where(may, drive, np.inf).min(axis=1, keepdims=True)
    later = lateness(waited + NEXT_S, np.where(may.any(axis=1, keepdims=True), closest, 0.0), target)
    avoided = weight * (later - lateness(waited, drive, target))
    # what waits longest goes first among equals
    cost = np.where(may, PULL * drive / 60 - avoided - 1e-4 * weight * waited / 60, FAR)
    case, team = linear_sum_assignment(cost)
    good = may[case, team]
    return case[good], team[good]


def nearest(seconds: Floats, allowed: npt.ArrayLike | None = None) -> tuple[Ints, Ints]:
    """Case by case in their order, the closest team that is left: what most rooms do by hand.

    Parameters and returned places are those of `assign`.
    """
    left = np.where(np.isfinite(seconds) if allowed is None else np.isfinite(seconds) & np.asarray(allowed, bool), seconds, np.inf)
    cases, teams = [], []
    for case in range(len(left)):
        if not left.shape[1]:
            break
        team = int(left[case].argmin())
        if np.isfinite(left[case, team]):
            cases.append(case)
            teams.append(team)
            left[:, team] = np.inf
    return np.array(cases, np.int64), np.array(teams, np.int64)


def order(waiting: pd.DataFrame, moment: datetime) -> pd.DataFrame:
    """The queue in the order in which it is to be served, with the reason for each place.

    Pinned ones first (the earliest pin first), then by urgency, then what is overdue or due soonest, then the oldest report.

    Parameters
    ----------
    waiting : pandas.DataFrame
        case_id, urgency (a key of `WEIGHT`), due_at (UTC or NaT), reported_at, pinned_at (NaT where it is not).
    moment : datetime
        Now.

    Returns
    -------
    pandas.DataFrame
        The same rows in order, with rank (1 first), reason (pinned, overdue, urgent, due, waits) and left_s (seconds until due; NaN
        without a limit).
    """
    left = (waiting["due_at"] - pd.Timestamp(moment)).dt.total_seconds()
    urgent = waiting["urgency"].map(WEIGHT).fillna(1.0) > 1
    keys = pd.DataFrame({
        "pinned": waiting["pinned_at"].isna(), "pin": waiting["pinned_at"], "calm": ~urgent, "left": left,
        "reported": waiting["reported_at"], "case": waiting["case_id"],
    })  # fmt: skip
    places = keys.sort_values(list(keys.columns), na_position="last", kind="stable").index
    reason = np.select(
        [waiting["pinned_at"].notna(), left < 0, urgent, left.notna()], ["pinned", "overdue", "urgent", "due"], default="waits"
    )
    found = waiting.assign(reason=reason, left_s=left).loc[places]
    return found.assign(rank=np.arange(1, len(found) + 1))
