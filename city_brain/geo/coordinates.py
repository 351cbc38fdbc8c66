"""Datums: from what a source states to WGS-84 and back.

Longitude and latitude are kept in WGS-84 everywhere inside. Chinese sources often state GCJ-02
(AMap, Tencent) or BD-09 (Baidu), some hundred metres away; municipal sources often state metres
or feet of a national projection. The datum is stated per source, it is never guessed row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import coordTransform
import numpy as np
import numpy.typing as npt
import pyproj
from pyproj.exceptions import CRSError

from city_brain.errors import Fault

ALLOWED = "wgs84, gcj02, bd09, epsg:<number>"
_SAME_AS_WGS84 = frozenset({"wgs84", "wgs-84", "cgcs2000", "epsg:4326", "epsg:4490"})
_NAMES = {"gcj02": "gcj02", "gcj-02": "gcj02", "bd09": "bd09", "bd-09": "bd09", "bd09ll": "bd09"}

Floats = npt.NDArray[np.float64]
_Shift = Callable[[Floats, Floats], Sequence[Sequence[float]]]


def datum_name(datum: str) -> str:
    """The one spelling of a datum: `wgs84`, `gcj02`, `bd09` or `epsg:<number>`.

    CGCS2000 in degrees (EPSG:4490) is WGS-84 for every purpose of a city: they differ by centimetres.

    Raises
    ------
    Fault
        ``datum``: there is no such datum.
    """
    name = datum.strip().lower()
    if name in _SAME_AS_WGS84:
        return "wgs84"
    if name in _NAMES:
        return _NAMES[name]
    if not (name.startswith("epsg:") and name[5:].isdecimal()):
        raise Fault("datum", datum=datum, allowed=ALLOWED)
    _projection(name)
    return name


def is_projected(datum: str) -> bool:
    """Whether coordinates of the datum are metres or feet of a projection, not degrees."""
    name = datum_name(datum)
    return name.startswith("epsg:") and not pyproj.CRS.from_user_input(name).is_geographic


def to_wgs84(x: Floats, y: Floats, datum: str) -> tuple[Floats, Floats]:
    """Stated coordinates as WGS-84 degrees.

    Parameters
    ----------
    x, y : arrays of float64
        East and north as the source states them: degrees of longitude and latitude, or metres or
        feet of a projection. NaN where missing.
    datum : str
        `wgs84`, `gcj02`, `bd09` or `epsg:<number>`.

    Returns
    -------
    tuple of float64 arrays
        Longitude and latitude, WGS-84 degrees, in the order of the input; NaN where missing or
        where the projection has no such place. For `wgs84` the arrays that were given.

    Raises
    ------
    Fault
        ``datum``: there is no such datum.

    Notes
    -----
    Outside China GCJ-02 is WGS-84 itself; BD-09 is moved everywhere. The way back is worked out until it
    is exact to a centimetre: the usual one-step formulas are up to 6 m off.
    """
    return _moved(x, y, datum_name(datum), inverse=False)


def from_wgs84(lon: Floats, lat: Floats, datum: str) -> tuple[Floats, Floats]:
    """WGS-84 degrees as coordinates of `datum`; the way back of `to_wgs84`, with the same rules."""
    return _moved(lon, lat, datum_name(datum), inverse=True)


def _moved(x: Floats, y: Floats, datum: str, *, inverse: bool) -> tuple[Floats, Floats]:
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if datum == "wgs84":
        return x, y
    known = np.isfinite(x) & np.isfinite(y)
    first, second = np.full(x.shape, np.nan), np.full(y.shape, np.nan)
    if not known.any():
        return first, second
    if datum.startswith("epsg:"):
        there = _projection(datum)
        direction = pyproj.enums.TransformDirection.INVERSE if inverse else pyproj.enums.TransformDirection.FORWARD
        moved = there.transform(x[known], y[known], direction=direction)
    else:
        moved = _chinese(x[known], y[known], datum, inverse)
    first[known], second[known] = moved
    lost = ~(np.isfinite(first) & np.isfinite(second))
    first[lost] = second[lost] = np.nan
    return first, second


def _chinese(x: Floats, y: Floats, datum: str, inverse: bool) -> tuple[Floats, Floats]:
    forward: _Shift = coordTransform.wgs84_to_gcj02 if datum == "gcj02" else coordTransform.wgs84_to_bd09
    backward: _Shift = coordTransform.gcj02_to_wgs84 if datum == "gcj02" else coordTransform.bd09_to_wgs84
    if inverse:
        return _arrays(forward(x, y))
    lon, lat = _arrays(backward(x, y))
    for _ in range(2):
        there_x, there_y = _arrays(forward(lon, lat))
        lon, lat = lon + (x - there_x), lat + (y - there_y)
    return lon, lat


def _arrays(points: Sequence[Sequence[float]]) -> tuple[Floats, Floats]:
    return np.asarray(points[0], dtype=np.float64), np.asarray(points[1], dtype=np.float64)


@cache
def _projection(datum: str) -> pyproj.Transformer:
    try:
        return pyproj.Transformer.from_crs(datum.upper(), "EPSG:4326", always_xy=True)
    except CRSError:
        raise Fault("datum", datum=datum, allowed=ALLOWED) from None
