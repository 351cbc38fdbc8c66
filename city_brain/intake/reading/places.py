"""Places as sources state them, and how far each can be believed.

Nothing is mended here: a row whose longitude and latitude look exchanged is marked so, and stays
off the map until a person corrects the mapping.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from city_brain.geo.coordinates import is_projected, to_wgs84
from city_brain.incidents.model import Location

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int8]
Box = tuple[float, float, float, float]
"""West, south, east, north in WGS-84 degrees."""

LOCATIONS = tuple(Location)
REACH_KM = 100.0
"""Points further than this from the middle of the source's points belong to another place."""
DEFAULT_ROWS, DEFAULT_SHARE, DEFAULT_LEAD = 50, 0.02, 5.0
"""A stand-in point carries more rows than both, and this many times more than the next busiest point."""
_ENOUGH = 1_000_000
"""Of more points every second, third … is enough to tell where they lie."""
_CITIES = (-56.0, 75.0)
"""No city lies south or north of these latitudes."""
_CODE = {location: np.int8(code) for code, location in enumerate(LOCATIONS)}
_NUMBER = r"^[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?$"
_POINT = r"(?i)^(?:srid=\d+;)?\s*point\s*z?\s*\(\s*(?P<x>[-+\d.eE]+)\s+(?P<y>[-+\d.eE]+)"
_COORDINATES = r'"coordinates"\s*:\s*\[\s*"?(?P<x>[-+\d.eE]+)"?\s*,\s*"?(?P<y>[-+\d.eE]+)'
_LONGITUDE = r'"(?:longitude|lng|lon|long)"\s*:\s*"?(?P<v>[-+\d.eE]+)'
_LATITUDE = r'"(?:latitude|lat)"\s*:\s*"?(?P<v>[-+\d.eE]+)'
_PAIR = r"\(?\s*(?P<a>[-+]?\d+(?:\.\d+)?)\s*[,，;]\s*(?P<b>[-+]?\d+(?:\.\d+)?)\s*\)?\s*$"


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of the points of a source.

    `quality` holds positions in `LOCATIONS`; rows without any coordinates are `NONE` (whether they
    have an area is not known here). `centre` is the robust middle of the usable points.
    """

    quality: Codes
    box: Box | None
    centre: tuple[float, float] | None
    default_points: tuple[tuple[float, float], ...]


def numbers(column: pa.Array) -> Floats:
    """Text as numbers: NaN where empty, infinity where there is text but no number."""
    found = np.full(len(column), np.nan)
    readable = np.asarray(pc.fill_null(pc.match_substring_regex(column, _NUMBER), False))
    if readable.any():
        found[readable] = pc.cast(column.filter(pa.array(readable)), pa.float64()).to_numpy()
    found[np.asarray(column.is_valid()) & ~readable] = np.inf
    return found


def points(column: pa.Array) -> tuple[Floats, Floats]:
    """East and north out of one column: ``POINT (lon lat)``, ``(lat, lon)``, GeoJSON, ``{latitude, longitude}``."""
    x, y = np.full(len(column), np.nan), np.full(len(column), np.nan)
    x[np.asarray(column.is_valid())] = np.inf
    for pattern in (_POINT, _COORDINATES):
        hit, (first, second) = _extract(column, pattern, "x", "y")
        x[hit], y[hit] = first[hit], second[hit]
    hit_x, (lon,) = _extract(column, _LONGITUDE, "v")
    hit_y, (lat,) = _extract(column, _LATITUDE, "v")
    named = hit_x & hit_y
    x[named], y[named] = lon[named], lat[named]
    hit, (first, second) = _extract(column, _PAIR, "a", "b")
    hit &= ~np.isfinite(x)
    # Latitude stands first by custom; a first number beyond 90 can only be a longitude.
    lon_first = bool(hit.any()) and float((np.abs(first[hit]) > 90).mean()) > 0.5
    x[hit], y[hit] = (first[hit], second[hit]) if lon_first else (second[hit], first[hit])
    return x, y


def _extract(column: pa.Array, pattern: str, *names: str) -> tuple[Mask, list[Floats]]:
    found = pc.extract_regex(column, pattern)
    hit = np.asarray(found.is_valid())
    return hit, [np.where(hit, numbers(pc.struct_field(found, [name])), np.nan) for name in names]


def judge(
    stated_x: Floats,
    stated_y: Floats,
    datum: str,
    *,
    lon: Floats,
    lat: Floats,
    address: npt.NDArray[np.uint64] | None = None,
    box: Box | None = None,
    centre: tuple[float, float] | None = None,
    default_points: Sequence[tuple[float, float]] = (),
) -> Judged:
    """How well each row of a source is placed.

    Parameters
    ----------
    stated_x, stated_y : float64
        East and north as stated in `datum`; NaN where empty, infinite where unreadable.
    datum : str
        See `city_brain.geo.coordinates.to_wgs84`.
    lon, lat : float64
        The same as WGS-84 degrees.
    address : uint64, optional
        One number per different address, 0 where there is none.
    box : Box, optional
        Where the source's points must lie; else the 1–99 % box of its good points with a margin.
    centre : (lon, lat), optional
        Middle of the source's points where it is known; few rows cannot tell it.
    default_points : sequence of (lon, lat)
        Stand-in points known of the source.

    Returns
    -------
    Judged
        In the order of the rows.

    Notes
    -----
    Null island: within 0.1° of (0, 0). Rounded: both numbers are whole tenths of a degree. Swapped:
    outside the box, inside once exchanged. Default point: more than 50 rows, 2 % of the rows and five times
    the next busiest point, and not one and the same address. Outside: impossible, or more than 100 km
    from the middle of the good points. Few rows give no default point, and a file of which most points
    are impossible as stated but possible once exchanged is swapped as a whole.
    """
    quality = np.full(len(lon), _CODE[Location.POINT])
    present = ~(np.isnan(stated_x) & np.isnan(stated_y))
    quality[~present] = _CODE[Location.NONE]
    projected = is_projected(datum)
    null = present & (np.abs(stated_x) < (1 if projected else 0.1)) & (np.abs(stated_y) < (1 if projected else 0.1))
    rounded = np.zeros(len(lon), bool) if projected else present & ~null & _is_tenths(stated_x) & _is_tenths(stated_y)
    usable = present & ~null & ~rounded & np.isfinite(stated_x) & np.isfinite(stated_y)
    plausible = usable & _plausible(lon, lat)
    crossed_lon, crossed_lat = _exchanged(stated_x, stated_y, datum, usable)
    crossed = usable & ~plausible & _plausible(crossed_lon, crossed_lat)
    whole_file = crossed.sum() > plausible.sum()
    base = (crossed_lon[crossed], crossed_lat[crossed]) if whole_file else (lon[plausible], lat[plausible])
    if box is not None:
        inside = _within(base[0], base[1], box)
        base = (base[0][inside], base[1][inside]) if inside.any() else base
    middle = centre or _middle(*base)
    extent = box or _extent(*base, middle)
    quality[present & ~(usable & _possible(lon, lat))] = _CODE[Location.OUTSIDE]
    if middle is not None:
        quality[usable & (_distance_km(lon, lat, middle) > REACH_KM)] = _CODE[Location.OUTSIDE]
    if extent is not None:
        swapped = usable & ~_within(lon, lat, extent) & _within(crossed_lon, crossed_lat, extent)
        quality[swapped] = _CODE[Location.SWAPPED]
    quality[rounded], quality[null] = _CODE[Location.ROUNDED], _CODE[Location.NULL_ISLAND]
    found = _default_points(lon, lat, quality == _CODE[Location.POINT], address)
    found += [point for point in default_points if point not in found]
    for point_lon, point_lat in found:
        here = (np.abs(lon - point_lon) < 1e-6) & (np.abs(lat - point_lat) < 1e-6)
        quality[here & (quality == _CODE[Location.POINT])] = _CODE[Location.DEFAULT_POINT]
    good = quality == _CODE[Location.POINT]
    return Judged(quality, extent, _middle(lon[good], lat[good]), tuple(found))


def _is_tenths(values: Floats) -> Mask:
    tenths = np.where(np.abs(values) <= 180, values, 0.05) * 10
    return np.asarray(np.abs(tenths - np.rint(tenths)) < 1e-7)


def _possible(lon: Floats, lat: Floats) -> Mask:
    return np.asarray((np.abs(lon) <= 180) & (np.abs(lat) <= 90))


def _plausible(lon: Floats, lat: Floats) -> Mask:
    return np.asarray((np.abs(lon) <= 180) & (lat >= _CITIES[0]) & (lat <= _CITIES[1]))


def _exchanged(x: Floats, y: Floats, datum: str, usable: Mask) -> tuple[Floats, Floats]:
    if not is_projected(datum):
        return y, x  # a datum's shift of some hundred metres does not decide which city a point is in
    lon, lat = np.full(len(x), np.nan), np.full(len(y), np.nan)
    lon[usable], lat[usable] = to_wgs84(y[usable], x[usable], datum)
    return lon, lat


def _within(lon: Floats, lat: Floats, box: Box) -> Mask:
    west, south, east, north = box
    return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))


def _extent(lon: Floats, lat: Floats, middle: tuple[float, float] | None) -> Box | None:
    if middle is None:
        return None
    step = 1 + len(lon) // _ENOUGH
    lon, lat = lon[::step], lat[::step]
    near = _distance_km(lon, lat, middle) <= REACH_KM
    lon, lat = lon[near], lat[near]
    (west, east), (south, north) = np.quantile(lon, (0.01, 0.99)), np.quantile(lat, (0.01, 0.99))
    across, up = max(0.1, (east - west) / 2), max(0.1, (north - south) / 2)
    return float(west - across), float(south - up), float(east + across), float(north + up)


def _middle(lon: Floats, lat: Floats) -> tuple[float, float] | None:
    """Median of the points around the busiest half degree: other cities in the file do not pull it away."""
    if not len(lon):
        return None
    step = 1 + len(lon) // _ENOUGH
    lon, lat = lon[::step], lat[::step]
    cells = np.rint(lon * 2) * 1_000 + np.rint(lat * 2)
    names, counts = np.unique(cells, return_counts=True)
    busiest = cells == names[np.argmax(counts)]
    first = (float(np.median(lon[busiest])), float(np.median(lat[busiest])))
    near = _distance_km(lon, lat, first) <= REACH_KM
    return float(np.median(lon[near])), float(np.median(lat[near]))


def _distance_km(lon: Floats, lat: Floats, centre: tuple[float, float]) -> Floats:
    """Kilometres from a centre; flat within a city and monotonous beyond, which is all that is asked of it."""
    across = np.abs(lon - centre[0])
    across = np.minimum(across, np.abs(360 - across))
    return np.asarray(111.32 * np.hypot(across * np.cos(np.radians(centre[1])), lat - centre[1]))


def _default_points(lon: Floats, lat: Floats, good: Mask, address: npt.NDArray[np.uint64] | None) -> list[tuple[float, float]]:
    keys = _keys(lon[good], lat[good])
    names, counts = np.unique(keys, return_counts=True)
    least = max(DEFAULT_ROWS, DEFAULT_SHARE * len(lon))
    heavy = counts > least
    following = counts[~heavy].max(initial=1)
    heavy &= counts > DEFAULT_LEAD * following
    if not 0 < heavy.sum() <= 3:  # many busy points are the fixed places of the source: stations, markets
        return []
    few_points = len(names) < 20
    chosen, rows = [], np.flatnonzero(good)
    for name in names[heavy]:
        here = rows[keys == name]
        if not _is_a_place(None if address is None else address[here], few_points):
            chosen.append((float(lon[here[0]]), float(lat[here[0]])))
    return chosen


def _keys(lon: Floats, lat: Floats) -> npt.NDArray[np.int64]:
    """One number per point (a centimetre): half the memory of two, which counts at ten million rows."""
    keys = np.rint(lon * 1e7).astype(np.int64)
    keys <<= 32
    keys += np.rint(lat * 1e7).astype(np.int64)
    return keys


def _is_a_place(addresses: npt.NDArray[np.uint64] | None, few_points: bool) -> bool:
    """Whether the rows at one point speak of one real place: most of them give the same address.

    Without addresses a file of few points is given the benefit of the doubt.
    """
    if addresses is None:
        return few_points
    named = addresses[addresses != 0]
    if len(named) < 0.5 * len(addresses):
        return few_points and len(named) == 0
    _, counts = np.unique(named, return_counts=True)
    return bool(counts.max() >= 0.8 * len(named))
