"""From what stands out to alarms: at a budget, each happening once, with what was seen and what was to be expected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from city_brain.analytics.clusters.boxes import Boxes, grouped, independent, joined
from city_brain.analytics.clusters.calibration import Calibration, calibrate
from city_brain.analytics.clusters.field import Counts, Field, Integers

MOST_A_DAY = 40
"""Boxes of a day that are kept: the independent ones with the highest statistic."""
RECALIBRATED = 28
"""Days that a threshold is used before it is made anew."""
PAST = 730
"""Days, at most, that a threshold is made from: the last ones."""
LEAST_PAST = 14
"""Days without which no threshold is made."""


class Detector(Protocol):
    """What finds boxes that stand out."""

    name: str
    first: int
    """First day that it can look at."""

    def __call__(self, counts: Counts, day: int) -> Boxes:
        """Boxes that end with a day; looks at counts up to that day only."""
        ...

    def touches(self, found: Boxes, rows: Integers, columns: Integers) -> npt.NDArray[np.bool_]:
        """Whether each box holds one of the cells with these rows and columns."""
        ...


Watched = dict[int, Boxes]
"""What stood out, by day: independent boxes, the highest first."""


def watch(detector: Detector, counts: Counts, since: int, until: int) -> Watched:
    """What stands out on each day from `since` up to, not including, `until`."""
    return {day: independent(detector(counts, day), MOST_A_DAY) for day in range(max(since, detector.first), until)}


def calibrations(watched: Watched, since: int, until: int, budget: float) -> dict[int, Calibration]:
    """The threshold in force on each day from `since` on, made from days before it and renewed every `RECALIBRATED` days.

    Raises
    ------
    ValueError
        Fewer than `LEAST_PAST` days were watched before `since`.
    """
    found: dict[int, Calibration] = {}
    for start in range(since, until, RECALIBRATED):
        past = [boxes for day, boxes in watched.items() if start - PAST <= day < start]
        if len(past) < LEAST_PAST:
            raise ValueError(f"{len(past)} days before day {start} are too few for a threshold: {LEAST_PAST} are needed")
        found |= dict.fromkeys(range(start, min(start + RECALIBRATED, until)), calibrate(joined(past), len(past), budget))
    return found


@dataclass(frozen=True, slots=True)
class Alarm:
    """One happening, as its highest box tells it.

    `from_day` to `until_day` are the days of that box; it rang from `raised_on` to `rang_until`. `cell_x`, `cell_y` are those of the
    south-western cell on the city's grid, `edge` the cells along a side; `west_m` to `north_m` and the centre are metres of the grid's
    projection. `observed` is every event in it, `counted` what they weigh once repeats are discounted: `ratio` is that by `expected`.
    `rank` is 1 where no past peak was as high; `yearly` how often a year one is. `events` are labels of rows of the frame.
    """

    kind_group: str
    from_day: date
    until_day: date
    raised_on: date
    rang_until: date
    cell_x: int
    cell_y: int
    edge: int
    west_m: float
    south_m: float
    east_m: float
    north_m: float
    centre_east_m: float
    centre_north_m: float
    observed: int
    counted: float
    expected: float
    ratio: float
    statistic: float
    threshold: float
    rank: int
    yearly: float
    events: tuple[object, ...]

    def cells(self) -> list[tuple[int, int]]:
        """Every cell of the box: (cell_x, cell_y), west to east, then south to north."""
        side = range(self.edge)
        return [(self.cell_x + right, self.cell_y + up) for up in side for right in side]


def ringing(watched: Watched, thresholds: dict[int, Calibration]) -> Boxes:
    """All boxes above the threshold of their day."""
    return joined([watched[day][watched[day]["statistic"] > made.threshold] for day, made in thresholds.items() if day in watched])


def alarms(field: Field, watched: Watched, thresholds: dict[int, Calibration], *, kind_group: str, events: pd.DataFrame) -> list[Alarm]:
    """What rang, each happening once, in the order in which it was raised.

    Parameters
    ----------
    field, watched, thresholds
        As made by `field_of`, `watch` and `calibrations`.
    kind_group : str
    events : pandas.DataFrame
        The frame that the field was made from: day, cell_x, cell_y.

    Notes
    -----
    Boxes that share a cell and touch in time are one alarm, told by the box with the highest statistic: what goes on for days, or is
    seen by squares of several sizes, rings once.
    """
    rang = ringing(watched, thresholds)
    leaders, group = grouped(rang)
    found = []
    for place, leader in enumerate(leaders):
        ends = rang["until"][group == place]
        made = thresholds[int(rang[leader]["until"])]
        found.append(_told(field, rang[leader], int(ends.min()), int(ends.max()), made, kind_group, events))
    return sorted(found, key=lambda alarm: (alarm.raised_on, -alarm.statistic))


def _told(field: Field, box: Boxes, raised: int, last: int, made: Calibration, kind_group: str, events: pd.DataFrame) -> Alarm:
    until, edge = int(box["until"]), int(box["edge"])
    row, column, first = int(box["row"]), int(box["column"]), until - int(box["days"]) + 1
    from_day, until_day = field.day(first), field.day(until)
    cell_x, cell_y = field.west + column, field.south + row
    day = pd.to_datetime(events["day"])
    inside = (
        day.between(pd.Timestamp(from_day), pd.Timestamp(until_day))
        & events["cell_x"].between(cell_x, cell_x + edge - 1)
        & events["cell_y"].between(cell_y, cell_y + edge - 1)
    )
    observed = int(field.counts[first : until + 1, row : row + edge, column : column + edge].sum(dtype=np.int64))
    west, south, side = cell_x * field.cell_m, cell_y * field.cell_m, edge * field.cell_m
    counted, expected, statistic = float(box["observed"]), float(box["expected"]), float(box["statistic"])
    return Alarm(
        kind_group=kind_group, from_day=from_day, until_day=until_day, raised_on=field.day(raised), rang_until=field.day(last),
        cell_x=cell_x, cell_y=cell_y, edge=edge, west_m=west, south_m=south, east_m=west + side, north_m=south + side,
        centre_east_m=west + side / 2, centre_north_m=south + side / 2, observed=observed, counted=counted, expected=expected,
        ratio=counted / expected,
        statistic=statistic, threshold=made.threshold, rank=made.rank(statistic), yearly=made.yearly(statistic),
        events=tuple(events.index[inside].tolist()),
    )  # fmt: skip
