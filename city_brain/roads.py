"""How long a team takes to a place: asked of a road server where one is configured, else estimated from the straight line.

The server speaks OSRM's protocol (Open Source Routing Machine, HTTP API v1, service ``table``). It is asked for the nearest few only and
has less than a second; while it is slow, wrong or away, everything is estimated, and it is left alone for a while, so that the desk never
waits for it twice.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt

from city_brain import clock
from city_brain.analytics.dispatch.travel import RIGHT_OF_WAY, START_S, estimated, kmh

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

LIMIT_S = 0.8
"""A server that takes longer is slow."""
REST_S = 15.0
"""For so long a server that failed is not asked again."""
ASKED = 25
"""So many of the nearest are asked for; a server takes a hundred points in one question by default."""
OFF_PEAK_KMH = 30.0
"""Speed of the hours for which a server's times hold: it knows no traffic. At slower hours they are stretched, never shortened."""


class Way(StrEnum):
    """How it is known. Texts ``roads.<way>``."""

    ESTIMATE = "estimate"
    OSRM = "osrm"


class Silent(StrEnum):
    """Why a server that is configured did not help. Texts ``roads.silent.<why>``."""

    AWAY = "away"
    SLOW = "slow"
    REFUSES = "refuses"
    GARBLED = "garbled"


@dataclass(frozen=True, slots=True)
class Travel:
    """Metres and seconds to one place, and how they are known; NaN where there is no way or no position."""

    metres: Floats
    seconds: Floats
    way: Way
    silent: Silent | None = None
    since: datetime | None = None
    """Since when the server has not helped."""


class Failed(Exception):
    """The server did not help."""

    def __init__(self, why: Silent) -> None:
        self.why = why


class Roads:
    """Travel times, for all sessions of a process.

    Parameters
    ----------
    server : str
        Base address of the road server; empty for none.
    """

    def __init__(self, server: str) -> None:
        self._client = httpx.Client(base_url=server.rstrip("/"), timeout=LIMIT_S, trust_env=False) if server else None
        self._state = threading.Lock()
        self._rests_until, self._silent = 0.0, Silent.AWAY
        self._since: datetime | None = None

    def to(
        self, lon: npt.ArrayLike, lat: npt.ArrayLike, to_lon: float, to_lat: float, *, hour: int, free: bool = False, urgent: bool = False,
        wanted: npt.ArrayLike | None = None,
    ) -> Travel:  # fmt: skip
        """Travel to one place from many.

        Parameters
        ----------
        lon, lat : (n,) array_like
            WGS-84 degrees.
        hour : int
            On the clock of the city.
        free, urgent : bool
            A day without work; a drive with right of way, which is faster by the same factor as in the estimate.
        wanted : (n,) array_like of bool, optional
            Which ones the server is asked for, the nearest `ASKED` of them; all if nothing is said.

        Returns
        -------
        Travel
            What the server was not asked for is estimated, longer or shorter by as much as its answers were in the middle.
        """
        metres, seconds = estimated(lon, lat, to_lon, to_lat, hour=hour, free=free, urgent=urgent)
        if self._client is None:
            return Travel(metres, seconds, Way.ESTIMATE)
        if time.monotonic() < self._rests_until:
            return Travel(metres, seconds, Way.ESTIMATE, self._silent, self._since)
        may = np.isfinite(seconds) if wanted is None else np.isfinite(seconds) & np.asarray(wanted, bool)
        asked = np.flatnonzero(may)[np.argsort(seconds[may], kind="stable")[:ASKED]]
        if not len(asked):
            return Travel(metres, seconds, Way.OSRM)
        try:
            found_m, found_s = self._table(np.asarray(lon, float)[asked], np.asarray(lat, float)[asked], to_lon, to_lat)
        except Failed as failed:
            return Travel(metres, seconds, Way.ESTIMATE, *self._fails(failed.why))
        self._since = None
        slower = max(1.0, OFF_PEAK_KMH / kmh(hour, free=free)) / (RIGHT_OF_WAY if urgent else 1.0)
        found_s = START_S + found_s * slower
        known = np.isfinite(found_s) & (seconds[asked] > 0)
        stretch = float(np.median(found_s[known] / seconds[asked][known])) if known.any() else 1.0
        metres, seconds = metres.copy(), seconds * stretch
        metres[asked], seconds[asked] = found_m, found_s
        return Travel(metres, seconds, Way.OSRM)

    def _fails(self, why: Silent) -> tuple[Silent, datetime]:
        with self._state:
            self._rests_until, self._silent = time.monotonic() + REST_S, why
            self._since = self._since or clock.now()
            return why, self._since

    def _table(self, lon: Floats, lat: Floats, to_lon: float, to_lat: float) -> tuple[Floats, Floats]:
        """Metres and seconds as the server has them."""
        assert self._client is not None
        points = ";".join(f"{one:.6f},{other:.6f}" for one, other in zip([*lon, to_lon], [*lat, to_lat], strict=True))
        sources = ";".join(map(str, range(len(lon))))
        asks = f"sources={sources}&destinations={len(lon)}&annotations=duration,distance"  # as it is: marks in it are the protocol's own
        try:
            answer = self._client.get(f"/table/v1/driving/{points}?{asks}")
            told = answer.json()
            if answer.status_code != httpx.codes.OK or told.get("code") != "Ok":
                raise Failed(Silent.REFUSES)
            return _column(told["distances"], len(lon)), _column(told["durations"], len(lon))
        except httpx.TimeoutException as error:
            raise Failed(Silent.SLOW) from error
        except httpx.HTTPError as error:
            raise Failed(Silent.AWAY) from error
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise Failed(Silent.GARBLED) from error


def _column(rows: Any, size: int) -> Floats:
    """One column of a table; null is no way."""
    found = np.array([np.nan if row[0] is None else float(row[0]) for row in rows])
    if len(found) != size or (found < 0).any():
        raise ValueError(f"{len(found)} rows, {size} expected")
    return found


@cache
def of(server: str) -> Roads:
    """The one of a process."""
    return Roads(server)
