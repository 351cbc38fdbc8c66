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
