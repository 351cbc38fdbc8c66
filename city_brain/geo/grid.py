"""Square analysis cells in a local equal-area projection.

A city has one grid: a Lambert cylindrical equal-area projection on the WGS-84 ellipsoid with its
true scale at the city's latitude, cut into squares of 250 m. The projection is plain arithmetic, so
the picture computes cells itself (SQL macros ``east_m`` and ``north_m``; a test holds them to this
module), and a cell is two integers whose parents (500 m, 1 km, 2 km) are shifts: ``cell_x >> 1``.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pyproj

CELL_M = 250
LEVELS = {250: 0, 500: 1, 1000: 2, 2000: 3}
"""Edge of a cell in metres → bits to shift `cell_x` and `cell_y` by."""
REACH_M = 200_000.0
"""Points further from the centre than this have no cell: they belong to another city."""

Floats = npt.NDArray[np.float64]


@cache
def _transformer(lon: float, lat: float) -> tuple[pyproj.Transformer, float]:
    local = pyproj.CRS.from_proj4(f"+proj=cea +lat_ts={lat} +lon_0={lon} +datum=WGS84 +units=m +no_defs")
    there = pyproj.Transformer.from_crs("EPSG:4326", local, always_xy=True)
    return there, there.transform(lon, lat)[1]


class Grid:
    """The analysis grid of one city.

    Parameters
    ----------
    lon, lat : float
        Centre of the city, WGS-84 degrees. Never changed once cases have cells.
    """

    def __init__(self, lon: float, lat: float) -> None:
        self._transformer, self._north_of_equator = _transformer(lon, lat)

    def metres(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Metres east and north of the centre for WGS-84 degrees."""
        x, y = self._transformer.transform(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
        return np.asarray(x), np.asarray(y) - self._north_of_equator

    def degrees(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats]:
        """WGS-84 longitude and latitude for metres east and north of the centre."""
        north = np.asarray(y, dtype=float) + self._north_of_equator
        lon, lat = self._transformer.transform(np.asarray(x, dtype=float), north, direction="INVERSE")
        return np.asarray(lon), np.asarray(lat)

    def outline(self, cell_x: npt.ArrayLike, cell_y: npt.ArrayLike, edge_m: int = CELL_M) -> Floats:
        """Corners of cells as WGS-84 degrees, shape (n, 4, 2), counter-clockwise from the south-west.

        `cell_x` and `cell_y` are indices at the level of `edge_m` (250, 500, 1000 or 2000 metres).
        """
        x0, y0 = np.asarray(cell_x, dtype=float) * edge_m, np.asarray(cell_y, dtype=float) * edge_m
        xs = np.stack([x0, x0 + edge_m, x0 + edge_m, x0], axis=-1)
        ys = np.stack([y0, y0, y0 + edge_m, y0 + edge_m], axis=-1) + self._north_of_equator
        lon, lat = self._transformer.transform(xs, ys, direction="INVERSE")
        return np.stack([lon, lat], axis=-1)
