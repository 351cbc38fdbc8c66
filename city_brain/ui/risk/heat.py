"""Heat over the map: cells in classes of a sequential scale (or of two, for a difference), with a legend in cases.

Every class is one layer of squares of one colour, so that twenty thousand cells are little more than their places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from city_brain.geo.grid import CELL_M, Grid
from city_brain.ui import maps, theme
from city_brain.ui.risk import words
from city_brain.ui.session import Viewer

TOP, STEP, CLASSES = 0.995, 3.0, 6
"""The highest class begins about where so many cells are below; each one below begins at about a third of the next."""
SIDE = 4
"""Classes on each side of a difference."""
LEAST = 0.01
"""Cases below which nothing is drawn: a sheet of colour over the whole city says nothing."""
ROUND = (1.0, 2.0, 3.0, 5.0, 10.0)
"""First digits of the bounds, which are to be read."""
OPACITY = (110, 150, 175, 195, 210, 220)
"""Of the classes, lowest first: what is little lets the map through."""
LAYER = "heat-cells-"


def bounds(values: npt.NDArray[np.float64], *, classes: int = CLASSES) -> list[float]:
    """Lower bounds of some classes of positive values, rising, of one digit; whole numbers where all values are.

    What is below the first is not drawn.
    """
    positive = values[values > 0]
    if not len(positive):
        return []
    whole = bool((positive == np.rint(positive)).all())
    top = float(np.quantile(positive, TOP))
    found = [bound for bound in (_rounded(top / STEP**step) for step in range(classes - 1, -1, -1)) if bound >= LEAST] or [LEAST]
    if whole:
        found = [1.0, *(bound for bound in found if bound > 1)]
    return [bound for bound in dict.fromkeys(found) if bound <= positive.max()]


def _rounded(value: float) -> float:
    """The nearest number that is read at a glance, by ratio."""
    tens = 10.0 ** np.floor(np.log10(value))
    return float(f"{min((digit * tens for digit in ROUND), key=lambda one: abs(np.log(one / value))):.1g}")


def layers(
    cells: pd.DataFrame, lows: Sequence[float], grid: Grid, *, shown: str, edge_m: int = CELL_M
) -> tuple[list[maps.Layer], list[tuple[str, float]]]:  # fmt: skip
    """Layers of cells, and the legend: (colour, lower bound of the amount) of each class, lowest first.

    Parameters
    ----------
    cells : pandas.DataFrame
        cell_x, cell_y, value (at least the first bound, either way), says (what its tip tells).
    lows : sequence of float
        Lower bounds of the classes, as of `bounds`.
    shown : str
        forecast, observed or difference: the last one has two scales, less and more than expected.
    edge_m : int
        Edge of the cells, at whose level their numbers are.
    """
    if cells.empty:
        return [], []
    amounts = cells["value"].abs().to_numpy(float)
    lon, lat = _corners(cells, grid, edge_m)
    place = np.searchsorted(lows, amounts, side="right") - 1
    more = cells["value"].to_numpy() >= 0
    numbers = cells[["cell_x", "cell_y"]].to_numpy().tolist()
    says = cells["says"].tolist()
    ramps = [("more", _ramp(shown, less=False), more), ("less", _ramp(shown, less=True), ~more)]
    found, legend = list[maps.Layer](), list[tuple[str, float]]()
    for name, ramp, side in ramps:
        for number in range(len(lows)):
            chosen = np.flatnonzero((place == number) & side)
            rows = [{"p": [lon[at], lat[at]], "k": numbers[at], "t": says[at]} for at in chosen.tolist()]
            colour = ramp[number + len(ramp) - len(lows)]
            found.append(_layer(f"{LAYER}{name}-{number}", rows, colour, OPACITY[number], edge_m))
            if name == "more" or len(chosen):
                legend.append((colour, lows[number] if name == "more" else -lows[number]))
    return found, legend


def _corners(cells: pd.DataFrame, grid: Grid, edge_m: int) -> tuple[list[float], list[float]]:
    south_west = grid.outline(cells["cell_x"], cells["cell_y"], edge_m)[:, 0, :]
    lon, lat = maps.shifted(south_west[:, 0], south_west[:, 1])
    return lon.round(5).tolist(), lat.round(5).tolist()


def _ramp(shown: str, *, less: bool) -> Sequence[str]:
    colours = theme.palette()
    if shown != "difference":
        return colours.heat
    return colours.less if less else colours.more


def _layer(name: str, rows: list[dict[str, Any]], colour: str, opacity: int, edge_m: int) -> maps.Layer:
    return {
        "@@type": "GridCellLayer",
        "id": name,
        "data": rows,
        "getPosition": "@@=p",
        "cellSize": edge_m,
        "offset": [1, 1],  # the position is the south-west corner
        "coverage": 0.96,
        "extruded": False,
        "getFillColor": [*maps.rgb(colour), opacity],
        "material": False,
        "pickable": True,
    }


def chosen(selection: Mapping[str, Any] | None) -> tuple[int, int] | None:
    """The cell a click on the map chose."""
    objects = (selection or {}).get("selection", {}).get("objects", {})
    for name, found in objects.items():
        if name.startswith(LAYER):
            for row in found:
                return int(row["k"][0]), int(row["k"][1])
    return None


def outline(cell: tuple[int, int], grid: Grid) -> maps.Layer:
    """The frame around the chosen cell."""
    corners = grid.outline([cell[0]], [cell[1]], CELL_M)[0]
    lon, lat = maps.shifted(corners[:, 0], corners[:, 1])
    path = np.stack([lon, lat], axis=1).round(5).tolist()
    return {
        "@@type": "PathLayer",
        "id": "heat-chosen",
        "data": [{"w": [*path, path[0]]}],
        "getPath": "@@=w",
        "getColor": [*maps.rgb(theme.palette().text), 255],
        "getWidth": 2.5,
        "widthUnits": "pixels",
    }


def legend(viewer: Viewer, classes: Sequence[tuple[str, float]], title: str) -> None:
    """Colours with the amount from which each begins, in cases."""
    swatches = "".join(
        f'<span class="cbr-class"><i style="background:{colour}"></i>{words.amount(viewer.text, low)}</span>'
        for colour, low in sorted(classes, key=lambda one: one[1])
    )
    st.html(f'<div class="cbr-legend"><b>{escape(title)}</b>{swatches}</div>')
