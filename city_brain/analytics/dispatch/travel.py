"""How long a team takes to a place, without any road network: the straight line, made longer, at the speed of the hour.

Roads are longer than straight lines by a factor that hardly varies within a city: 1.2 to 1.4 in 20 cities on four continents
(Barthelemy, M. (2011), Spatial networks, Physics Reports 499, 1-101; Boscoe, F. P., Henry, K. A., Zdeb, M. S. (2012), A nationwide
comparison of driving distance versus straight-line distance to hospitals, Professional Geographer 64, 188-196: mean 1.42, cities 1.3).
Speeds are those that Chinese cities of two to ten million publish for weekdays: 20 to 25 km/h at the peaks, 30 to 40 off them; a vehicle
with right of way is about a third faster by day. What is short goes slower than that: starting, turning and parking take `START_S`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

DETOUR = 1.35
"""Metres on roads for a metre in a straight line."""
START_S = 60.0
"""Seconds lost at both ends of a drive."""
EARTH_M = 6_371_008.8
KMH: tuple[float, ...] = (
    42, 44, 45, 45, 44, 40, 34, 24, 22, 26, 29, 29, 30, 31, 30, 28, 26, 22, 21, 25, 30, 34, 37, 40,
)  # fmt: skip
"""Speed by the hour of a working day, km/h, on the clock of the city."""
KMH_FREE: tuple[float, ...] = (
    42, 44, 45, 45, 44, 42, 40, 37, 34, 32, 30, 29, 29, 29, 29, 28, 28, 28, 29, 30, 32, 35, 38, 40,
)  # fmt: skip
"""The same on Saturdays, Sundays and holidays: no peaks."""
RIGHT_OF_WAY = 1.35
"""How much faster an urgent drive with blue light is."""


def straight_m(lon: npt.ArrayLike, lat: npt.ArrayLike, to_lon: npt.ArrayLike, to_lat: npt.ArrayLike) -> Floats:
    """Metres between points in WGS-84 degrees as the crow flies; arrays broadcast.

    The equirectangular approximation at the middle latitude: within 0.1 % up to 100 km at the latitudes of cities.
    """
    east = np.radians(np.subtract(to_lon, lon)) * np.cos(np.radians(np.add(to_lat, lat) / 2))
    return np.asarray(EARTH_M * np.hypot(east, np.radians(np.subtract(to_lat, lat))))


def kmh(hour: int, *, free: bool = False, urgent: bool = False) -> float:
    """Speed on roads at an hour (0 to 23) of a working day or of a free one."""
    return (KMH_FREE if free else KMH)[hour] * (RIGHT_OF_WAY if urgent else 1.0)


def estimated(
    lon: npt.ArrayLike, lat: npt.ArrayLike, to_lon: npt.ArrayLike, to_lat: npt.ArrayLike, *, hour: int, free: bool = False,
    urgent: npt.ArrayLike = False,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Metres on roads and seconds between points, estimated.

    Parameters
    ----------
    lon, lat, to_lon, to_lat : array_like
        WGS-84 degrees; they broadcast, so that columns against rows give a table.
    hour : int
        0 to 23 on the clock of the city.
    free : bool
        Whether it is a day without work.
    urgent : array_like of bool
        Whether the drive has right of way.

    Returns
    -------
    (metres, seconds) : arrays
        NaN where a point is missing.
    """
    metres = DETOUR * straight_m(lon, lat, to_lon, to_lat)
    speed = kmh(hour, free=free) / 3.6 * np.where(urgent, RIGHT_OF_WAY, 1.0)
    return metres, START_S + metres / speed
