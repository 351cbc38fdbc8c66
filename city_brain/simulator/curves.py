"""Curves for a hand-drawn map: a few points become a smooth line, a river or a lake shore.

Everything here is in a flat plane of metres around a city's centre; degrees only at the borders.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

Floats = npt.NDArray[np.float64]
_SAMPLES = 7


@dataclass(frozen=True, slots=True)
class Plane:
    """Metres east and north of a centre; true to about 0.5 % within 60 km, enough for drawing.

    Parameters
    ----------
    lon, lat : float
        Centre, WGS-84 degrees.
    """

    lon: float
    lat: float

    def metres(self, degrees: Floats) -> Floats:
        """(n, 2) lon/lat degrees → (n, 2) metres."""
        return (np.asarray(degrees, dtype=float) - (self.lon, self.lat)) * self._scale()

    def degrees(self, metres: Floats) -> Floats:
        """(n, 2) metres → (n, 2) lon/lat degrees."""
        return np.asarray(metres, dtype=float) / self._scale() + (self.lon, self.lat)

    def _scale(self) -> Floats:
        return np.array([111_320.0 * math.cos(math.radians(self.lat)), 110_880.0])


def smooth(points: Floats, closed: bool = False, samples: int = _SAMPLES) -> Floats:
    """A centripetal Catmull–Rom curve through points.

    Parameters
    ----------
    points : (n, k) array
        n ≥ 2 points, metres in the first two columns; further columns (a width) are carried along.
    closed : bool
        Whether the last point joins the first.
    samples : int
        Points per span.

    Returns
    -------
    (m, k) array
        The curve; a closed one ends where it began. Two points give the straight line.

    Source
    ------
    Barry and Goldman 1988 (recursive evaluation); Yuksel, Schaefer and Keyser 2011 (centripetal knots).
    """
    points = np.asarray(points, dtype=float)
    if len(points) < 3 and not closed:
        return points
    if closed:
        padded = np.concatenate([points[-1:], points, points[:2]])
    else:
        padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    gaps = np.sqrt(np.maximum(np.linalg.norm(np.diff(padded[:, :2], axis=0), axis=1), 1e-9))
    p0, p1, p2, p3 = (padded[i : len(padded) - 3 + i, None, :] for i in range(4))
    d0, d1, d2 = (gaps[i : len(padded) - 3 + i, None, None] for i in range(3))
    t1, t2 = d0, d0 + d1
    t = t1 + d1 * (np.arange(samples) / samples)[None, :, None]
    a1 = p0 + (p1 - p0) * (t / d0)
    a2 = p1 + (p2 - p1) * ((t - t1) / d1)
    a3 = p2 + (p3 - p2) * ((t - t2) / d2)
    b1 = a1 + (a2 - a1) * (t / t2)
    b2 = a2 + (a3 - a2) * ((t - t1) / (d1 + d2))
    curve = (b1 + (b2 - b1) * ((t - t1) / d1)).reshape(-1, points.shape[1])
    return np.concatenate([curve, padded[-2:-1]])


def ribbon(line: Floats) -> BaseGeometry:
    """The surface of a river.

    Parameters
    ----------
    line : (n, 3) array
        Centre line: metres east, metres north, width in metres.
    """
    course = smooth(line)
    along = np.gradient(course[:, :2], axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    across = np.column_stack([-along[:, 1], along[:, 0]]) * course[:, 2:3] / 2
    left, right = course[:, :2] + across, course[:, :2] - across
    quads = np.stack([left[:-1], left[1:], right[1:], right[:-1]], axis=1)
    joints = shapely.buffer(shapely.points(course[:, :2]), course[:, 2] / 2, quad_segs=4)
    return shapely.union_all(np.concatenate([shapely.make_valid(shapely.polygons(quads)), joints])).simplify(6.0)


def shore(outline: Floats, rough: float, name: str) -> Polygon:
    """The surface of a lake or island: a smooth outline with a shore that wanders a little.

    Parameters
    ----------
    outline : (n, 2) array
        Metres; not closed.
    rough : float
        How far the shore wanders, as a share of the lake's size.
    name : str
        Gives the wandering its seed, so that a lake looks the same everywhere.
    """
    curve = smooth(outline, closed=True, samples=10)[:-1]
    size = math.sqrt(Polygon(curve).area)
    steps = np.linalg.norm(np.diff(curve, axis=0, append=curve[:1]), axis=1)
    turn = 2 * np.pi * np.concatenate([[0.0], np.cumsum(steps)[:-1]]) / steps.sum()
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    waves = np.arange(3, max(6, min(24, round(size / 130))))
    phases, heights = rng.uniform(0, 2 * np.pi, len(waves)), rng.uniform(0.3, 1.0, len(waves)) / np.sqrt(waves)
    wander = (heights * np.sin(np.outer(turn, waves) + phases)).sum(axis=1)
    along = np.roll(curve, -1, axis=0) - np.roll(curve, 1, axis=0)
    normal = np.column_stack([along[:, 1], -along[:, 0]]) / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    shape = shapely.make_valid(Polygon(curve + normal * (wander * rough * size)[:, None]))
    parts = [part for part in shapely.get_parts(shape) if isinstance(part, Polygon)]
    return max(parts, key=lambda part: part.area).simplify(6.0)


def rounded(coordinates: Any) -> Any:
    """GeoJSON coordinates of any depth, in degrees with 5 decimals (about a metre)."""
    if isinstance(coordinates, int | float):
        return round(coordinates, 5)
    return [rounded(part) for part in coordinates]
