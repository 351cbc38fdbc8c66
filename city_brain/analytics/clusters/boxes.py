"""What detectors point at: boxes of cells over some days; and which of many overlapping ones are one and the same thing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

BOX = np.dtype(
    [
        ("until", np.int32),  # last day, by its number
        ("days", np.int16),  # how many days, the last one with them
        ("row", np.int32),  # southern row
        ("column", np.int32),  # western column
        ("edge", np.int16),  # cells along a side
        ("observed", np.float64),
        ("expected", np.float64),
        ("statistic", np.float64),
    ]
)
"""A box, as a detector gives it."""

Boxes = npt.NDArray[np.void]
"""Structured array of `BOX`."""


def boxes(**columns: Any) -> Boxes:
    """Boxes from columns of the same length; a single value stands for a whole column."""
    made = np.zeros(np.broadcast(*columns.values()).shape, BOX)
    for name, values in columns.items():
        made[name] = values
    return made


def joined(parts: Sequence[Boxes]) -> Boxes:
    """Several arrays of boxes as one; of none, an empty one."""
    return np.concatenate(parts) if len(parts) else np.zeros(0, BOX)


def meets(one: Boxes, others: Boxes) -> npt.NDArray[np.bool_]:
    """Whether a box and each of others share a cell, and their days a day or a border between two days."""
    return np.asarray(
        (others["row"] < one["row"] + one["edge"])
        & (one["row"] < others["row"] + others["edge"])
        & (others["column"] < one["column"] + one["edge"])
        & (one["column"] < others["column"] + others["edge"])
        & (others["until"] - others["days"] < one["until"] + 1)
        & (one["until"] - one["days"] < others["until"] + 1)
    )


def holds(found: Boxes, rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether each box holds at least one of the cells given by their rows and columns."""
    south, west, edge = found["row"][:, None], found["column"][:, None], found["edge"][:, None]
    within = (rows >= south) & (rows < south + edge) & (columns >= west) & (columns < west + edge)
    return np.asarray(within.any(axis=1))


def grouped(found: Boxes, most: int | None = None) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Overlapping boxes made one: the highest statistic leads, what meets it belongs to it, and so on with what is left.

    Parameters
    ----------
    found : Boxes
    most : int, optional
        Stop after so many groups.

    Returns
    -------
    leaders, group : int64
        Positions of the leading boxes, the highest first; and for each box the place of its leader among them, or -1.
    """
    group = np.full(len(found), -1, np.int64)
    leaders: list[int] = []
    for position in np.argsort(-found["statistic"], kind="stable").tolist():
        if group[position] >= 0:
            continue
        if len(leaders) == most:
            break
        free = np.flatnonzero(group < 0)
        group[free[meets(found[position], found[free])]] = len(leaders)
        leaders.append(position)
    return np.asarray(leaders, dtype=np.int64), group


def independent(found: Boxes, most: int | None = None) -> Boxes:
    """The leading boxes alone, the highest first."""
    return found[grouped(found, most)[0]]
