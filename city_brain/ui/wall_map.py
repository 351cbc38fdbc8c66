"""The map of the wall: the base map and the cases in sizes that follow the height of the screen, without any control."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from functools import cache
from math import asinh, log2, radians, sqrt, tan, tau
from pathlib import Path
from typing import Any

import orjson
import streamlit as st

from city_brain.cases import queries
from city_brain.cases.model import Wanted
from city_brain.service import basemap
from city_brain.storage.city import City
from city_brain.ui import cached, maps, session, theme
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer

DESIGN_PX = 1080
"""Height of the screen where the browser has not told its own yet."""
LEAST_TEXT = 1 / 45
"""Height of the smallest letters, as a share of the screen's."""
STAGE_PX = (1040, 700)
"""Width and height of the map for which a city's zoom is made."""
OWN_NAMES = ("district-names", "water-names")
"""Layers of the base map left out: districts are named over the cases, waters not at all."""
LARGER, MANY = 1.35, 250
"""Icons are so much larger than on the live map, until there are more than so many of one mark."""
BOX = (0.74, 0.79)
"""Width and height of the wall's map, as shares of the screen's height."""
RULER = Path(__file__).parent / "ruler"


@cache
def _ruler() -> Any:
    return st.components.v1.declare_component("city_brain_ruler", path=str(RULER))


def measure() -> None:
    """Ask the browser for the height of its screen: canvases are drawn in pixels, which style rules cannot reach."""
    with st.container(key="ruler"):
        _ruler()(key="screen-height", default=DESIGN_PX)


def height_px() -> int:
    """The height the browser told, in CSS pixels."""
    told = st.session_state.get("screen-height")
    return int(told) if isinstance(told, int | float) and 200 <= told <= 10_000 else DESIGN_PX


def cases(city: City, viewer: Viewer, labels: Labels) -> list[maps.Layer]:
    """Every open case that has a point, the urgent ones last."""
    points = queries.points(city, viewer.look, Wanted())
    return [_for_the_wall(layer, height_px() / DESIGN_PX) for layer in maps.case_layers(points, viewer, labels, grid=None)]


def show(city: City, viewer: Viewer, layers: list[maps.Layer]) -> None:
    """The map with these layers; the names of the districts lie under the last one. Nothing where the city has no place yet.

    Whatever is drawn on it, it stays the same map: its key, its view and its base never change.
    """
    named, height = viewer.named, height_px()
    if named is None or named["lon"] is None:
        return
    view = cached.view(city)
    zoom = round(view["zoom"] + log2(min(BOX[0] * height / STAGE_PX[0], BOX[1] * height / STAGE_PX[1])), 2)
    layers = [*layers[:-1], _names(city, viewer, height, zoom), *layers[-1:]]
    spec = orjson.loads(maps.deck(viewer, layers, lon=view["lon"], lat=view["lat"], zoom=zoom).to_json())
    spec["views"][0]["controller"] = False
    own = _style(viewer, height)
    if own is not None:
        spec["mapStyle"] = [own]
    drawn = maps.Drawn(orjson.dumps(spec).decode(), None)
    st.pydeck_chart(drawn, key=f"wall-map-{height}", height=600, alt=viewer.text("map.alt"))


def _names(city: City, viewer: Viewer, height: int, zoom: float) -> maps.Layer:
    """Names of the districts, as large as the smallest words of the wall; one that would lie on another is left out."""
    named, size = cached.districts(city), height * LEAST_TEXT
    lon, lat = maps.shifted(named["label_lon"].to_numpy(float), named["label_lat"].to_numpy(float))
    names = [viewer.text.pick(zh, en) for zh, en in zip(named["name_zh"], named["name_en"], strict=True)]
    kept = free_of_each_other(lon.tolist(), lat.tolist(), names, zoom=zoom, size=size)
    rows = [{"p": [round(float(lon[place]), 5), round(float(lat[place]), 5)], "n": names[place]} for place in kept]
    colours = theme.palette()
    return {
        "@@type": "TextLayer", "id": "wall-names", "data": rows, "getPosition": "@@=p", "getText": "@@=n", "characterSet": "auto",
        "getSize": round(size, 1), "getColor": [*maps.rgb(colours.muted), 255], "fontFamily": maps.FONT, "fontWeight": 600,
        "fontSettings": {"sdf": True}, "outlineWidth": 4, "outlineColor": [*maps.rgb(colours.ground), 255],
    }  # fmt: skip


def free_of_each_other(lon: Sequence[float], lat: Sequence[float], names: Sequence[str], *, zoom: float, size: float) -> list[int]:
    """Places of the names that can be drawn without touching one before them, the shortest first.

    Parameters
    ----------
    lon, lat : sequence of float
        Middles of the names, degrees.
    zoom : float
        Of the map, in tiles of 512 pixels.
    size : float
        Height of the letters, pixels; a Chinese one is as wide as high, another about half.
    """
    world, taken, kept = 512 * 2**zoom, list[tuple[float, float, float]](), list[int]()
    for place in sorted(range(len(names)), key=lambda place: len(names[place])):
        half = sum(1.0 if ord(letter) > 0x2E80 else 0.52 for letter in names[place]) * size / 2
        x, y = lon[place] / 360 * world, -asinh(tan(radians(lat[place]))) / tau * world
        if all(abs(x - other_x) > half + other or abs(y - other_y) > size * 1.1 for other_x, other_y, other in taken):
            taken.append((x, y, half))
            kept.append(place)
    return sorted(kept)


def _for_the_wall(layer: maps.Layer, scale: float) -> maps.Layer:
    """A layer of icons in wall size, smaller where there are many; places alone, for nobody can ask it anything."""
    rows = [{"p": row["p"]} for row in layer["data"]]
    times = scale * LARGER * max(0.4, min(1.0, sqrt(MANY / max(len(rows), 1))))
    sizes = {name: layer[name] * times for name in ("getSize", "sizeMinPixels", "sizeMaxPixels")}
    return layer | sizes | {"data": rows, "pickable": False}


def _style(viewer: Viewer, height: int) -> dict[str, Any] | None:
    """The dark base map with letters that can be read from afar; None where it comes from elsewhere."""
    settings = session.settings()
    edition = (viewer.named or {}).get("name_en") or ""
    if not basemap.style_url(settings, theme="dark", language=viewer.text.language).startswith("/"):
        return None
    made = deepcopy(basemap.style(settings, theme="dark", language=viewer.text.language, edition=edition, origin=st.context.url or ""))
    made["layers"] = [layer for layer in made["layers"] if layer["id"] not in OWN_NAMES]
    for layer in made["layers"]:
        laid, paint = layer.get("layout", {}), layer.get("paint", {})
        if "text-size" in laid:
            laid["text-size"] = round(height * LEAST_TEXT, 1)
            paint["text-halo-width"] = round(height / DESIGN_PX * 2, 1)
        if "line-width" in paint:
            paint["line-width"] = _times(paint["line-width"], height / DESIGN_PX * 1.3)
    return made


def _times(width: Any, times: float) -> Any:
    """A width or an interpolation over zooms (``["interpolate", curve, input, zoom, width, …]``), larger."""
    if isinstance(width, list):
        return [value * times if place >= 4 and place % 2 == 0 else value for place, value in enumerate(width)]
    return width * times
