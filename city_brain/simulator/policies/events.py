"""Cases in space and time for a simulated city: a daily and weekly rhythm, uneven places, and an after-effect.

Mothers are a Poisson process; each case sets off others nearby soon (a branching process as in Hawkes 1971). The rate asked for counts all
of them. Assumed, not fitted to any city.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

HOUR = np.array([
    .62, .54, .49, .46, .48, .58, .76, .96, 1.12, 1.22, 1.27, 1.28, 1.27, 1.26, 1.26, 1.27, 1.3, 1.33, 1.3, 1.22, 1.11, 1.0, .87, .73,
])  # fmt: skip
"""Cases by hour beside the mean, as calls for help have it: half by night, a third more in the afternoon."""
WEEKDAY = np.array([1.03, 1.02, 1.01, 1.01, 1.05, 0.98, 0.9])
"""The same by day, Monday first."""
AFTER = 0.15
"""How many others a case sets off, in the mean."""
AFTER_S, AFTER_M = 4 * 3600.0, 300.0
"""Mean delay, and spread in metres, of what is set off."""
URGENT = 0.2
"""Share of urgent cases."""
SERVICE_S, SERVICE_CV = 35 * 60.0, 0.8
"""Work at the place: mean and spread (sd / mean) of a lognormal time."""
CENTRES = np.array([
    [0, 0, 1.6, .34], [4.5, 2, 1.1, .18], [-3.5, 4, 1.2, .14], [-6, -3, 1.5, .1], [3, -6, 1.3, .09], [0, 0, 6, .15],
])  # fmt: skip
"""Where cases are: kilometres east and north of the middle, spread (km), share."""
MIDDLE = (120.0, 30.0)
"""Longitude and latitude of the middle."""
KM_EAST, KM_NORTH = 1 / (111.195 * np.cos(np.radians(MIDDLE[1]))), 1 / 111.195
DAY_S = 86400.0


@dataclass(frozen=True)
class Cases:
    """Cases in order of their report: seconds from Monday 00:00, WGS-84 degrees, whether urgent, seconds of work."""

    reported_s: Floats
    lon: Floats
    lat: Floats
    urgent: npt.NDArray[np.bool_]
    service_s: Floats

    def __len__(self) -> int:
        return len(self.reported_s)


def places(count: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Longitudes and latitudes drawn as cases lie."""
    east, north, spread, _ = CENTRES[rng.choice(len(CENTRES), count, p=CENTRES[:, 3])].T
    return MIDDLE[0] + rng.normal(east, spread) * KM_EAST, MIDDLE[1] + rng.normal(north, spread) * KM_NORTH


def drawn(rate_s: float, days: int, rng: np.random.Generator) -> Cases:
    """Cases of some days, at a mean rate per second over a whole week with its rhythm."""
    rhythm = np.outer(WEEKDAY / WEEKDAY.mean(), HOUR / HOUR.mean()).ravel()
    hours = np.arange(days * 24)
    counts = rng.poisson(rate_s * (1 - AFTER) * 3600 * rhythm[hours % len(rhythm)])
    at = (np.repeat(hours, counts) + rng.random(counts.sum())) * 3600
    lon, lat = places(len(at), rng)
    every = [(at, lon, lat)]
    while len(at):
        mother = np.repeat(np.arange(len(at)), rng.poisson(AFTER, len(at)))
        at = at[mother] + rng.exponential(AFTER_S, len(mother))
        lon = lon[mother] + rng.normal(0, AFTER_M / 1000, len(mother)) * KM_EAST
        lat = lat[mother] + rng.normal(0, AFTER_M / 1000, len(mother)) * KM_NORTH
        every.append((at, lon, lat))
    at, lon, lat = (np.concatenate(part) for part in zip(*every, strict=True))
    place = np.argsort(at, kind="stable")
    place = place[at[place] < days * DAY_S]
    spread = np.sqrt(np.log1p(SERVICE_CV**2))
    work = rng.lognormal(np.log(SERVICE_S) - spread**2 / 2, spread, len(place))
    return Cases(at[place], lon[place], lat[place], rng.random(len(place)) < URGENT, work)
