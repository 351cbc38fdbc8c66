"""What would mislead a map, found before it is made: named, counted, and shown with every result.

* `default_point`: events on a stand-in point, such as the city hall for every report without an address. Left out. Found by the rule of
  the intake: one exact point with more than 50 events, 2 % of all, and five times those of the next.
* `chronic_point`: exact points with very many events of one kind: more than `CHRONIC_SHARE` of the kind, and at least `CHRONIC_LEAST`.
  Their events teach only as much as that share; in scores they count whole. They are listed apart.
* `found_by_patrol`: events that an own patrol found. Where patrols go more is found; they teach `PATROL_WEIGHT` each.
* `short_window`: a record of less than `SHORT_DAYS` days to learn from; how many it has.
* `outside_area`: held-out events in places that no map of the training time has. They count as missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


class Guard(StrEnum):
    """What can be noticed."""

    DEFAULT_POINT = "default_point"
    CHRONIC_POINT = "chronic_point"
    FOUND_BY_PATROL = "found_by_patrol"
    SHORT_WINDOW = "short_window"
    OUTSIDE_AREA = "outside_area"


DEFAULT_EVENTS, DEFAULT_SHARE, DEFAULT_LEAD = 50, 0.02, 5.0
CHRONIC_LEAST, CHRONIC_SHARE = 40, 0.01
PATROL_WEIGHT = 0.5
SHORT_DAYS = 56


@dataclass(frozen=True, slots=True)
class Screened:
    """What the guards say of events."""

    kept: Mask
    """False on a default point."""
    weight: Floats
    """How much each event teaches: `History.weight`."""
    counts: dict[str, int]
    """Events of each guard that noticed any."""
    chronic: pd.DataFrame
    """x_m, y_m, kind, events (before `known_until`), busiest first."""


def screen(
    x_m: Floats, y_m: Floats, day: npt.NDArray[np.int64], kind: npt.NDArray[np.object_], *, known_until: int, patrol: Mask | None = None
) -> Screened:
    """Look at events by their exact points.

    Parameters
    ----------
    x_m, y_m : float (events,)
        Metres; points are the same when they agree to a centimetre.
    day : int (events,)
    kind : str (events,)
    known_until : int
        Points are judged by the events before this day alone: a back-test passes the end of its training time.
    patrol : bool (events,), optional
        Found by an own patrol.
    """
    frame = pd.DataFrame({"x": np.rint(x_m * 100).astype(np.int64), "y": np.rint(y_m * 100).astype(np.int64), "kind": kind})
    known = frame[day < known_until]
    kept = ~_on(frame, _default_points(known))
    weight, chronic = _chronic(frame, known, kept)
    counts = {Guard.DEFAULT_POINT: int((~kept).sum()), Guard.CHRONIC_POINT: int((kept & (weight < 1)).sum())}
    if patrol is not None:
        weight = np.where(patrol, weight * PATROL_WEIGHT, weight)
        counts[Guard.FOUND_BY_PATROL] = int((kept & patrol).sum())
    return Screened(kept, weight, {str(name): count for name, count in counts.items() if count}, chronic)


def _default_points(known: pd.DataFrame) -> pd.DataFrame:
    """Points that stand for no place, by x and y; none where several busy points are the fixed places of a source."""
    busy = known.groupby(["x", "y"]).size().sort_values(ascending=False)
    heavy = busy > max(DEFAULT_EVENTS, DEFAULT_SHARE * len(known))
    heavy &= busy > DEFAULT_LEAD * busy[~heavy].max() if (~heavy).any() else False
    found = busy[heavy].reset_index()[["x", "y"]]
    return found if len(found) <= 3 else found.iloc[:0]


def _on(frame: pd.DataFrame, points: pd.DataFrame) -> Mask:
    return np.asarray(pd.MultiIndex.from_frame(frame[["x", "y"]]).isin(pd.MultiIndex.from_frame(points)))


def _chronic(frame: pd.DataFrame, known: pd.DataFrame, kept: Mask) -> tuple[Floats, pd.DataFrame]:
    """Weights that hold the events of a point to its most, and the points concerned."""
    counts = known[kept[known.index]].groupby(["x", "y", "kind"]).size().rename("events").reset_index()
    most = np.maximum(CHRONIC_LEAST, CHRONIC_SHARE * counts.groupby("kind")["events"].transform("sum"))
    busy = counts.assign(weight=most / counts["events"])[counts["events"] > most]
    weight = frame.merge(busy, how="left", on=["x", "y", "kind"])["weight"].fillna(1.0).to_numpy(float)
    told = busy.assign(x_m=busy["x"] / 100, y_m=busy["y"] / 100).sort_values("events", ascending=False)
    return weight, told[["x_m", "y_m", "kind", "events"]].reset_index(drop=True)
