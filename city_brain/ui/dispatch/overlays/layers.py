"""What is laid over the map of the desk on demand: ways of many matches, squares of risk, places to stand at. Coordinates are WGS-84."""

from __future__ import annotations

from typing import Any

import numpy as np

from city_brain.ui import maps, theme


def lines(name: str, start: tuple[Any, Any], end: tuple[Any, Any], *, width: float = 1.6) -> maps.Layer:
    """Straight lines between pairs of places (longitudes, latitudes)."""
    rows = [{"a": one, "b": other} for one, other in zip(_places(*start), _places(*end), strict=True)]
    return {
        "@@type": "LineLayer", "id": f"dispatch-{name}", "data": rows, "getSourcePosition": "@@=a", "getTargetPosition": "@@=b",
        "getColor": [*maps.rgb(theme.palette().accent), 190], "getWidth": width, "widthUnits": "pixels",
    }  # fmt: skip


def _places(lon: Any, lat: Any) -> list[list[float]]:
    x, y = maps.shifted(np.asarray(lon, float), np.asarray(lat, float))
    return np.stack([x.round(5), y.round(5)], axis=1).tolist()  # type: ignore[no-any-return]


def points(name: str, lon: Any, lat: Any, says: list[str]) -> list[maps.Layer]:
    """Places to stand at: a ring with a cross, so that it is none of the discs of teams."""
    colours = theme.palette()
    rows = [{"p": place, "t": told, "n": "+"} for place, told in zip(_places(lon, lat), says, strict=True)]
    return [
        {
            "@@type": "ScatterplotLayer", "id": f"dispatch-{name}", "data": rows, "pickable": True, "getPosition": "@@=p", "getRadius": 9,
            "radiusUnits": "pixels", "filled": True, "stroked": True, "getFillColor": [*maps.rgb(colours.panel), 230],
            "getLineColor": [*maps.rgb(colours.done), 255], "lineWidthUnits": "pixels", "getLineWidth": 2.5,
        },
        {
            "@@type": "TextLayer", "id": f"dispatch-{name}-crosses", "data": rows, "getPosition": "@@=p", "getText": "@@=n", "getSize": 16,
            "fontFamily": maps.FONT, "fontWeight": 700, "getColor": [*maps.rgb(colours.done), 255],
        },
    ]  # fmt: skip
