"""The base map of the picture as GeoJSON: areas, waters and roads, and the points where names stand."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import orjson
import shapely

from city_brain.geo.coordinates import from_wgs84
from city_brain.incidents import queries
from city_brain.storage.city import City

WATERS = ("river", "lake")
_DEGREE_M = 111_320.0
_SIGHT_DEGREES = (0.15, 0.09)
"""Half of what is seen of a city when its map opens at zoom `_SIGHT_ZOOM`: the name of a long river stands there."""
_SIGHT_ZOOM = 10.95
_LONG = 1.8
"""How much longer than wide a water is where its name is turned along it."""

Properties = dict[str, Any]


def areas(picture: City, level: str, datum: str = "wgs84") -> bytes:
    """Areas with an outline as a GeoJSON FeatureCollection.

    Parameters
    ----------
    level : str
        `district`, `street` or `community`.
    datum : str
        Datum of the coordinates given out, that of the base map they are drawn on.

    Returns
    -------
    bytes
        Features with the properties level, name, name_zh, name_en, parent, code, label_lon, label_lat.
    """
    features = []
    for row in queries.areas(picture, level).to_dict("records"):
        said = {str(key): _given(value) for key, value in row.items()}
        outline = said.pop("outline")
        if outline is not None:
            said["label_lon"], said["label_lat"] = _moved_point(said["label_lon"], said["label_lat"], datum)
            features.append(_feature(said, _moved_outline(outline, datum)))
    return _collection(features)


def borders(picture: City, datum: str = "wgs84") -> bytes:
    """The borders of the districts as one GeoJSON feature. `datum` as in `areas`.

    A border that two districts share is one line: drawn twice, its dashes would fill each other's gaps.
    """
    outlines = tuple(_moved_outline(row, datum) for row in queries.areas(picture)["outline"].dropna())
    return _collection([_feature({}, _shared(outlines))] if outlines else [])


def features(picture: City, datum: str = "wgs84") -> bytes:
    """Waters and roads as a GeoJSON FeatureCollection: kind, name_zh, name_en, schematic. `datum` as in `areas`."""
    drawn = []
    for row in queries.features(picture):
        outline = row.pop("outline")
        drawn.append(_feature(row, _moved_outline(outline, datum)))
    return _collection(drawn)


def labels(picture: City, datum: str = "wgs84") -> bytes:
    """Where the names of districts and waters stand, as GeoJSON points. `datum` as in `areas`.

    Returns
    -------
    bytes
        Features with the properties kind (district, river or lake), name_zh, name_en, reach_m (room for
        the name to either side of the point, metres) and turn (degrees clockwise, for names along a river).
    """
    city = queries.city(picture) or {}
    sight = _sight(city.get("lon"), city.get("lat"), city.get("zoom"))
    points = []
    for row in queries.areas(picture).to_dict("records"):
        said = {str(key): _given(value) for key, value in row.items()}
        place = (said["label_lon"], said["label_lat"], 0.0, 0.0)
        if place[0] is None and said["outline"] is not None:
            place = _place(said["outline"], None)
        if place[0] is not None:
            points.append(_label("district", said, place, datum))
    for row in queries.features(picture):
        if row["kind"] in WATERS and (row["name_zh"] or row["name_en"]):
            lon, lat, reach_m, turn = _place(row["outline"], sight)
            points.append(_label(row["kind"], row, (lon, lat, reach_m, turn if row["kind"] == "river" else 0.0), datum))
    return _collection(points)


def _label(kind: str, said: Properties, place: tuple[Any, Any, float, float], datum: str) -> Properties:
    lon, lat, reach_m, turn = place
    point = orjson.dumps({"type": "Point", "coordinates": _moved_point(lon, lat, datum)})
    named = {"kind": kind, "name_zh": said["name_zh"] or None, "name_en": said["name_en"] or None}
    return _feature(named | {"reach_m": round(reach_m), "turn": round(turn)}, point)


def _sight(lon: float | None, lat: float | None, zoom: float | None) -> tuple[float, float, float, float] | None:
    if lon is None or lat is None:
        return None
    half = [size * 2 ** (_SIGHT_ZOOM - (zoom or _SIGHT_ZOOM)) for size in _SIGHT_DEGREES]
    return lon - half[0], lat - half[1], lon + half[0], lat + half[1]


@lru_cache(maxsize=512)
def _place(outline: str, sight: tuple[float, float, float, float] | None) -> tuple[float, float, float, float]:
    """The roomiest point of a surface: lon, lat, room for a name to either side (metres), direction (degrees clockwise from east)."""
    surface = _surfaces(shapely.make_valid(shapely.from_geojson(outline)))
    if sight is not None and _wider(surface.bounds, sight):
        seen = _surfaces(surface.intersection(shapely.box(*sight)))
        surface = surface if seen.is_empty else seen
    lat = surface.centroid.y
    scale = np.array([_DEGREE_M * math.cos(math.radians(lat)), _DEGREE_M])
    metres = shapely.transform(surface, lambda points: points * scale)
    middle, edge = shapely.get_coordinates(shapely.maximum_inscribed_circle(metres, tolerance=50))
    reach = float(np.hypot(*(edge - middle)))
    around = metres.intersection(shapely.Point(middle).buffer(6 * reach))
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(around))
    sides = np.diff(corners[:3], axis=0)
    lengths = np.hypot(*sides.T)
    along = sides[lengths.argmax()]
    long = lengths.max() > _LONG * lengths.min()
    turned = math.degrees(math.atan2(along[1], along[0])) if long else 0.0
    upright = (turned + 90) % 180 - 90
    lon, lat = middle / scale
    return round(float(lon), 5), round(float(lat), 5), float(lengths.max()) / 2 if long else reach, -upright


def _wider(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[2] - one[0] > other[2] - other[0] or one[3] - one[1] > other[3] - other[1]


def _surfaces(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """The polygons of a shape, without the lines and points that cutting and mending leave."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon" and part.area > 0])


def _moved_point(lon: float | None, lat: float | None, datum: str) -> tuple[float | None, float | None]:
    if datum == "wgs84" or lon is None or lat is None:
        return lon, lat
    x, y = from_wgs84(np.array([lon]), np.array([lat]), datum)
    return round(float(x[0]), 5), round(float(y[0]), 5)


def _moved_outline(outline: str, datum: str) -> bytes:
    return outline.encode() if datum == "wgs84" else _shifted(outline, datum)


@lru_cache(maxsize=2048)
def _shifted(outline: str, datum: str) -> bytes:
    def moved(points: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.column_stack(from_wgs84(points[:, 0], points[:, 1], datum)).round(5)

    text: str = shapely.to_geojson(shapely.transform(shapely.from_geojson(outline), moved))
    return text.encode()


@lru_cache(maxsize=8)
def _shared(outlines: tuple[bytes, ...]) -> bytes:
    surfaces = shapely.from_geojson([outline.decode() for outline in outlines])
    text: str = shapely.to_geojson(shapely.line_merge(shapely.union_all(shapely.boundary(surfaces))))
    return text.encode()


def _feature(properties: Properties, geometry: bytes) -> Properties:
    return {"type": "Feature", "properties": properties, "geometry": orjson.Fragment(geometry)}


def _collection(features: list[Properties]) -> bytes:
    return orjson.dumps({"type": "FeatureCollection", "features": features})


def _given(value: Any) -> Any:
    return None if value is None or value != value else value
