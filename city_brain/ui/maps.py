"""Maps: one deck, its layers described here, written as compact JSON that all viewers of the same thing share.

The view state and the layer ids never change, so a refresh moves nothing. Coordinates are WGS-84 until
the last step: over a base map in GCJ-02 everything drawn is brought to that datum.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pydeck as pdk

from city_brain.cases.model import SHAPES, Mark
from city_brain.geo.coordinates import from_wgs84
from city_brain.geo.grid import Grid
from city_brain.service import basemap
from city_brain.ui import icons, theme
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer, settings

Layer = dict[str, Any]
DENSE = 350
"""From so many cases of one mark on, they shrink when far out and their cells carry the count."""
CLUSTER_LEAST = 6
FULL_SIZE_M = 7
"""Metres a pixel (about zoom 13) at which a dense mark's icons have their full size; further out they shrink to dots."""
FONT = "Source Sans, Noto Sans CJK SC, sans-serif"
LAYER_OF = {mark: f"cases-{mark}" for mark in icons.ORDER}


class Drawn(pdk.Deck):  # type: ignore[misc]
    """A deck whose JSON is written already. Made by `deck`."""

    def __init__(self, spec: str, tooltip: dict[str, str] | None) -> None:
        super().__init__(layers=[], map_provider=None, tooltip=tooltip or False)
        self._spec = spec

    def to_json(self) -> str:
        """The deck.gl description."""
        return self._spec


def deck(viewer: Viewer, layers: Sequence[Layer], *, lon: float, lat: float, zoom: float) -> Drawn:
    """A map with the base map of the city and these layers, bottom to top. `lon`, `lat` in WGS-84 degrees."""
    edition = viewer.named["name_en"] or viewer.named["name_zh"] if viewer.named else ""
    style = basemap.style_url(settings(), theme="dark" if viewer.dark else "light", language=viewer.text.language, edition=edition)
    lon, lat = (float(value[0]) for value in shifted(np.array([lon]), np.array([lat])))
    spec = {
        "initialViewState": {"longitude": round(lon, 5), "latitude": round(lat, 5), "zoom": zoom, "maxZoom": 18, "minZoom": 6},
        "views": [{"@@type": "MapView", "controller": {"dragRotate": False, "touchRotate": False}}],
        "mapStyle": style,
        "layers": list(layers),
    }
    colours = theme.palette()
    tip = {"text": "{t}", "style": {"backgroundColor": colours.raised, "color": colours.text, "fontSize": "12.5px", "borderRadius": "6px"}}
    return Drawn(orjson.dumps(spec).decode(), tip)  # type: ignore[arg-type]


def shifted(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """WGS-84 degrees in the datum of the base map."""
    datum = basemap.datum(settings())
    return (lon, lat) if datum == "wgs84" else from_wgs84(lon, lat, datum)


def case_layers(points: pd.DataFrame, viewer: Viewer, labels: Labels, *, grid: Grid | None) -> list[Layer]:
    """Layers of cases (frame of `cases.queries.points`): one icon layer per mark, and counts per cell where it is dense."""
    lon, lat = shifted(points["lon"].to_numpy(float), points["lat"].to_numpy(float))
    where = np.stack([lon.round(5), lat.round(5)], axis=1).tolist()
    kinds = {kind: labels.kind(kind) for kind in points["kind"].unique()}
    states = points["state"].to_numpy()
    rows = [
        {"p": place, "c": case_id, "t": f"{kinds[kind]} · {labels.mark(state)}"}
        for place, case_id, kind, state in zip(where, points["case_id"], points["kind"], states, strict=True)
    ]
    below, above, crowded = list[Layer](), list[Layer](), list[Mark]()
    for mark in (Mark.NORMAL, Mark.DUE, Mark.OVERDUE, Mark.URGENT):
        chosen = np.flatnonzero(states == mark)
        dense = len(chosen) > DENSE and grid is not None
        if dense:
            crowded.append(mark)
        (below if dense else above).append(_icons(mark, [rows[place] for place in chosen], viewer, dense=dense))
    discs = _discs(points[points["state"].isin(crowded)], grid, viewer) if grid is not None and crowded else []
    return below + discs + above


def _icons(mark: Mark, rows: list[dict[str, Any]], viewer: Viewer, *, dense: bool) -> Layer:
    size = icons.SIZE_PX[mark]
    return {
        "@@type": "IconLayer",
        "id": LAYER_OF[mark],
        "data": rows,
        "pickable": True,
        "getPosition": "@@=p",
        "getIcon": f"@@='{mark}'",
        "iconAtlas": icons.atlas(viewer.dark),
        "iconMapping": icons.MAPPING,
        "getSize": size * FULL_SIZE_M if dense else size,
        "sizeUnits": "meters" if dense else "pixels",
        "sizeMinPixels": 3 if dense else size,
        "sizeMaxPixels": size,
        "alphaCutoff": 0.01,
    }


def _discs(points: pd.DataFrame, grid: Grid, viewer: Viewer) -> list[Layer]:
    """Counts per 2 km cell, placed at the middle of the cell's own points: large when far out, beside the dots when near."""
    x, y = grid.metres(points["lon"], points["lat"])
    late = points["state"] == Mark.OVERDUE
    cells = points.assign(cx=np.floor(x / 2000), cy=np.floor(y / 2000), late=late).groupby(["cx", "cy"])
    found = cells.agg(lon=("lon", "mean"), lat=("lat", "mean"), n=("case_id", "size"), late=("late", "sum"))
    found = found[found["n"] >= CLUSTER_LEAST]
    lon, lat = shifted(found["lon"].to_numpy(float), found["lat"].to_numpy(float))
    colours = theme.palette()
    rows = [
        {
            "p": [round(a, 5), round(b, 5)],
            "r": round(10 + 3.2 * float(np.log2(n / CLUSTER_LEAST)), 1),
            "n": viewer.text.number(int(n)),
            "o": f"{SHAPES[Mark.OVERDUE]}{viewer.text.number(int(over))}" if over else "",
            "d": 5 if over else 0,
        }
        for a, b, n, over in zip(lon.tolist(), lat.tolist(), found["n"], found["late"], strict=True)
    ]
    words: Layer = {
        "@@type": "TextLayer",
        "data": rows,
        "getPosition": "@@=p",
        "fontFamily": FONT,
        "fontWeight": 600,
        "characterSet": "auto",
    }
    return [
        {
            "@@type": "ScatterplotLayer",
            "id": "discs",
            "data": rows,
            "getPosition": "@@=p",
            "getRadius": "@@=r",
            "radiusUnits": "pixels",
            "getFillColor": [*rgb(colours.panel), 215],
            "getLineColor": [*rgb(colours.dot), 230],
            "stroked": True,
            "lineWidthUnits": "pixels",
            "getLineWidth": 1.5,
        },
        words | {"id": "counts", "getText": "@@=n", "getSize": 11, "getColor": [*rgb(colours.text), 255], "getPixelOffset": "@@=[0, -d]"},
        words
        | {"id": "counts-overdue", "getText": "@@=o", "getSize": 10, "getColor": [*rgb(colours.overdue), 255], "getPixelOffset": [0, 7]},
    ]


def ring(lon: float, lat: float) -> Layer:
    """The ring around the chosen case."""
    at = [float(value[0]) for value in shifted(np.array([lon]), np.array([lat]))]
    accent = rgb(theme.palette().accent)
    return {
        "@@type": "ScatterplotLayer",
        "id": "chosen",
        "data": [{"p": at}],
        "getPosition": "@@=p",
        "getRadius": 22,
        "radiusUnits": "pixels",
        "getFillColor": [*accent, 50],
        "getLineColor": [*accent, 255],
        "stroked": True,
        "lineWidthUnits": "pixels",
        "getLineWidth": 2,
    }


def cell_layer(cells: pd.DataFrame, grid: Grid, viewer: Viewer, *, edge_m: int) -> tuple[Layer, list[float]]:
    """Cells coloured by their count in up to six classes; gives the layer and the lower bounds of the classes."""
    counts = cells["cases"].to_numpy(int)
    bounds = classes(counts)
    ramp = [rgb(colour) for colour in theme.palette().heat]
    corners = grid.outline(cells["cell_x"], cells["cell_y"], edge_m)
    lon, lat = shifted(corners[..., 0].ravel(), corners[..., 1].ravel())
    corners = np.stack([lon, lat], axis=1).reshape(corners.shape).round(5)
    place = np.searchsorted(bounds, counts, side="right") - 1
    rows = [
        {"g": outline.tolist(), "f": [*ramp[min(int(at), len(ramp) - 1)], 150], "t": viewer.text("map.cell", cases=int(count), edge=edge_m)}
        for outline, at, count in zip(corners, place, counts, strict=True)
    ]
    layer = {
        "@@type": "PolygonLayer",
        "id": "cells",
        "data": rows,
        "getPolygon": "@@=g",
        "getFillColor": "@@=f",
        "stroked": False,
        "filled": True,
        "pickable": True,
    }
    return layer, bounds


def classes(counts: np.ndarray) -> list[float]:
    """Lower bounds of up to six classes of cells, by quantiles of the occupied ones; rising, the first is 1."""
    if not len(counts):
        return []
    cuts = np.quantile(counts, [0.5, 0.75, 0.9, 0.97, 0.995])
    return [float(bound) for bound in dict.fromkeys([1, *(int(np.ceil(cut)) + 1 for cut in cuts)]) if bound <= counts.max()]


def chosen(selection: dict[str, Any] | None) -> str | None:
    """The case a click on the map chose: by its own number, never by its place in a list."""
    objects = (selection or {}).get("selection", {}).get("objects", {})
    for mark in reversed(icons.ORDER):
        for found in objects.get(LAYER_OF[mark], []):
            if found.get("c"):
                return str(found["c"])
    return None


@lru_cache(maxsize=64)
def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue (0–255) of a hex colour."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
