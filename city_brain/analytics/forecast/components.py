"""The components of the mixture: maps of the past, each of them a share per cell of what is to come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from city_brain.analytics.forecast.lattice import Ring
from city_brain.analytics.forecast.memory import FOR_EVER, Memory

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

PARTS = ("own_long", "near_long", "own_recent", "near_recent", "other_kinds", "background")
"""What a figure is explained by; a part is the sum of its components."""


@dataclass(frozen=True, slots=True)
class Component:
    """One map of the past."""

    part: str
    half_life: float = FOR_EVER
    ring: int | None = None
    """Which neighbours, of `lattice.rings`; none for the cell itself."""
    weekday: bool = False
    """Only events of the same weekday: what is collected, opened or inspected street by street follows the week."""
    power: float = 1.0
    """Of the counts: ½ for their root, which lets quiet places speak too, 0 for whether there was anything at all."""


COMPONENTS = (
    Component("own_long"), Component("own_long", 365), Component("own_long", power=0.5), Component("own_long", weekday=True),
    Component("near_long", ring=0), Component("near_long", ring=1), Component("near_long", ring=2), Component("near_long", 365, ring=0),
    Component("near_long", ring=0, power=0.5),
    Component("near_long", ring=0, weekday=True), Component("near_long", ring=1, weekday=True),
    Component("near_long", ring=2, weekday=True),
    Component("own_recent", 90), Component("own_recent", 30), Component("own_recent", 7), Component("own_recent", 2),
    Component("near_recent", 90, ring=0), Component("near_recent", 30, ring=0), Component("near_recent", 7, ring=0),
    Component("near_recent", 2, ring=0),
    Component("other_kinds"), Component("other_kinds", 30), Component("other_kinds", ring=0), Component("other_kinds", ring=1),
    Component("other_kinds", power=0.5), Component("other_kinds", ring=0, power=0.5), Component("other_kinds", power=0.0),
    Component("background"),
)  # fmt: skip
_PACE = 30.0
"""Half-life of what counts as a kind's present pace, days."""
BACKGROUND = len(COMPONENTS) - 1
PART_OF = np.array([PARTS.index(component.part) for component in COMPONENTS])


def maps(memory: Memory, rings: tuple[Ring, ...], rows: Ints | None = None) -> Floats:
    """Every component at some cells: which share of the events of a series it expects there.

    Parameters
    ----------
    rows : int (rows,), optional
        Positions of cells; default: all.

    Returns
    -------
    (components, rows, series) array
        Over all cells a component sums to 1 for a series, or is 0 everywhere where nothing is remembered for it yet.
    """
    cells, series = memory.kept[FOR_EVER].shape
    here = np.arange(cells) if rows is None else rows
    found = np.zeros((len(COMPONENTS), len(here), series))
    for place, component in enumerate(COMPONENTS):
        if component.part == "background":
            found[place] = 1 / max(cells, 1)
            continue
        kept = memory.weekday if component.weekday else memory.kept[component.half_life]
        known = _others(memory, kept) if component.part == "other_kinds" else kept
        if component.power != 1:
            known = np.sqrt(known) if component.power else (known > 0).astype(float)
        if component.ring is None:
            values, total = known[here], known.sum(axis=0)
        else:
            ring = rings[component.ring]
            values, total = (ring.spread if rows is None else ring.spread[here]) @ known, ring.kept @ known
        np.divide(values, total, out=found[place], where=total > 1e-9)
    return found


def _others(memory: Memory, kept: Floats) -> Floats:
    """For a kind: the events of all others. For all together: those of each kind at the pace the kind has now, not the one it had."""
    now, ever = memory.kept[_PACE].sum(axis=0), memory.kept[FOR_EVER].sum(axis=0)
    pace = np.divide(now, ever, out=np.zeros_like(now), where=ever > 0)
    others = kept[:, -1:] - kept
    others[:, -1] = kept[:, :-1] @ pace[:-1]
    return np.asarray(others)


def at_hand(shares: Floats, found: Floats) -> Floats:
    """Shares for the maps there are: the share of a map without any memory goes to the background.

    Parameters
    ----------
    shares : (components, series) array
    found : (components, cells, series) array
        `maps` of all cells.
    """
    there = found.any(axis=1)
    used = np.where(there, shares, 0.0)
    used[BACKGROUND] += shares.sum(axis=0) - used.sum(axis=0)
    return np.asarray(used)
