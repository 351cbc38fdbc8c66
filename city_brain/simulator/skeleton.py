"""The schematic base map of a demo city: rivers, lakes, ring roads, main roads, minor streets.

Nothing here is surveyed. It lets a person who knows the city find the place, with no internet.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from city_brain.simulator.curves import Floats, Plane, ribbon, rounded, shore, smooth
from city_brain.simulator.mesh import minor_streets

if TYPE_CHECKING:
    from city_brain.simulator.geography import Line, Town

WATERS = ("river", "lake")


def skeleton(town: Town) -> dict[str, Any]:
    """The drawing as a GeoJSON FeatureCollection, WGS-84 degrees with 5 decimals.

    Returns
    -------
    dict
        Features with the properties ``kind`` (river, lake, road_ring, road_main, road_minor), ``name_zh``,
        ``name_en`` (None for minor streets), ``schematic`` (always true) and, for waters whose name is
        written on the map, ``label_lon``, ``label_lat`` and ``label_angle`` (degrees counter-clockwise from
        east). Waters are surfaces, roads are lines. Bottom to top: waters, minor, main, ring roads.
    """
    return copy.deepcopy(_skeleton(town))


@cache
def water(town: Town) -> BaseGeometry:
    """Everything that is water, one surface in the town's plane of metres."""
    return shapely.union_all([shape for _, shape in _waters(town)])


@cache
def _waters(town: Town) -> tuple[tuple[Line, BaseGeometry], ...]:
    """Each water by its name, without its islands and without what a larger water covers."""
    plane = town.plane
    islands = shapely.union_all([_shore(line, plane) for line in town.lines if line.kind == "island"])
    named: dict[tuple[str, str], tuple[Line, list[BaseGeometry]]] = {}
    for line in town.lines:
        if line.kind in WATERS:
            shape = ribbon(_metres(line, plane)) if line.kind == "river" else _shore(line, plane)
            named.setdefault((line.kind, line.name_zh), (line, []))[1].append(shape)
    shapes = {key: shapely.difference(shapely.union_all(parts), islands) for key, (_, parts) in named.items()}
    taken: BaseGeometry = shapely.Polygon()
    for key in sorted(shapes, key=lambda key: -shapes[key].area):
        shapes[key], taken = shapely.difference(shapes[key], taken), shapely.union(taken, shapes[key])
    return tuple((line, shapes[key]) for key, (line, _) in named.items())


@cache
def _skeleton(town: Town) -> dict[str, Any]:
    plane = town.plane
    features = [_feature(line.kind, shape, plane, line) for line, shape in _waters(town)]
    features.append(_feature("road_minor", minor_streets(town, water(town)), plane))
    for kind in ("road_main", "road_ring"):
        features += [_feature(kind, road(line, plane), plane, line) for line in town.lines if line.kind == kind]
    return {"type": "FeatureCollection", "features": features}


def road(line: Line, plane: Plane) -> BaseGeometry:
    """A road as a smooth line in metres."""
    return shapely.linestrings(smooth(_metres(line, plane), line.closed)).simplify(8.0)


def _metres(line: Line, plane: Plane) -> Floats:
    points = np.array(line.points)
    return np.column_stack([plane.metres(points[:, :2]), points[:, 2:]])


def _shore(line: Line, plane: Plane) -> BaseGeometry:
    return shore(_metres(line, plane), line.rough, line.name_zh)


def _feature(kind: str, shape: BaseGeometry, plane: Plane, line: Line | None = None) -> dict[str, Any]:
    names = {"name_zh": line.name_zh, "name_en": line.name_en} if line else {"name_zh": None, "name_en": None}
    properties: dict[str, Any] = {"kind": kind, **names, "schematic": True}
    if line and line.label:
        lon, lat, *turned = line.label
        properties |= {"label_lon": lon, "label_lat": lat, "label_angle": turned[0] if turned else 0.0}
    geometry = shapely.geometry.mapping(shapely.set_precision(shapely.transform(shape, plane.degrees), 1e-5))
    coordinates = rounded(geometry["coordinates"])
    return {"type": "Feature", "properties": properties, "geometry": {"type": geometry["type"], "coordinates": coordinates}}
