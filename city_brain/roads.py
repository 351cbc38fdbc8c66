"""How long a team takes to a place: asked of a road server where one is configured, else estimated from the straight line.

The server speaks OSRM's protocol (Open Source Routing Machine, HTTP API v1, service ``table``). It is asked for the nearest few only and
has less than a second in all. Once it was slow, wrong or away everything is estimated, and nobody waits for it until it has helped again:
now and then it is asked beside the desk, by one session for all.
"""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt
import orjson

from city_brain import clock
from city_brain.analytics.dispatch.travel import RIGHT_OF_WAY, START_S, estimated, kmh

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

LOG = logging.getLogger("city_brain")
LIMIT_S = 0.8
"""A server that takes longer, from the name looked up to the last byte, is slow."""
REST_S = 15.0
"""For so long a server that failed is not asked again."""
ASKED = 25
"""So many of the nearest are asked for; a server takes a hundred points in one question by default."""
OFF_MAP_M = 1000.0
"""A server takes any point to its nearest road, however far that is: beyond this the point is not on its map."""
MOST_BYTES = 1 << 20
IDLE_S = 2.0
"""An idle connection is given up before the server does that (OSRM: after 5 s)."""
OFF_PEAK_KMH = 30.0
"""Speed of the hours for which a server's times hold: it knows no traffic. At slower hours they are stretched, never shortened."""
UNKNOWN_PLACE = ("NoSegment", "NoTable", "NoRoute")
"""What OSRM answers where it is not at fault: there is no road to these points."""


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
    NO_ROAD = "no_road"
    """To this place; the server is well, and asked for the next one."""


@dataclass(frozen=True, slots=True)
class Travel:
    """Metres and seconds to one place, and how they are known; NaN where there is no way or no position."""

    metres: Floats
    seconds: Floats
    by_road: Flags
    """Whose way the server told; the others' is estimated."""
    way: Way = Way.ESTIMATE
    silent: Silent | None = None
    since: datetime | None = None
    """Since when the server has not helped; None where that is so for this place alone."""


class Failed(Exception):
    """The server did not help."""

    def __init__(self, why: Silent, since: datetime | None = None) -> None:
        super().__init__(why)
        self.why, self.since = why, since


@dataclass(frozen=True, slots=True)
class _Trouble:
    """A server that does not help."""

    why: Silent
    since: datetime
    until: float
    """It rests until then, in monotonic seconds."""
    asking: bool = False
    """Whether somebody is asking it already whether it is well again."""


class Roads:
    """Travel times, for all sessions of a process.

    Parameters
    ----------
    server : str
        Base address of the road server; empty for none.
    """

    def __init__(self, server: str) -> None:
        limits = httpx.Limits(keepalive_expiry=IDLE_S)
        self._client = httpx.Client(base_url=server.rstrip("/"), timeout=LIMIT_S, limits=limits, trust_env=False) if server else None
        self._state = threading.Lock()
        self._trouble: _Trouble | None = None

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
            What the server did not tell is estimated, longer or shorter by as much as its answers were in the middle.
        """
        metres, seconds = estimated(lon, lat, to_lon, to_lat, hour=hour, free=free, urgent=urgent)
        guess = Travel(metres, seconds, np.zeros(len(seconds), bool))
        may = np.isfinite(seconds) if wanted is None else np.isfinite(seconds) & np.asarray(wanted, bool)
        asked = np.flatnonzero(may)[np.argsort(seconds[may], kind="stable")[:ASKED]]
        if self._client is None or not len(asked):
            return guess
        try:
            found_m, found_s, told = self._ask(np.asarray(lon, float)[asked], np.asarray(lat, float)[asked], to_lon, to_lat)
        except Failed as failed:
            return replace(guess, silent=failed.why, since=failed.since)
        slower = max(1.0, OFF_PEAK_KMH / kmh(hour, free=free)) / (RIGHT_OF_WAY if urgent else 1.0)
        found_s = START_S + found_s * slower
        theirs = asked[told]
        metres, seconds = metres * _stretch(found_m[told], metres[theirs]), seconds * _stretch(found_s[told], seconds[theirs])
        metres[theirs], seconds[theirs] = found_m[told], found_s[told]
        return Travel(metres, seconds, np.isin(np.arange(len(seconds)), theirs), Way.OSRM)

    def _ask(self, lon: Floats, lat: Floats, to_lon: float, to_lat: float) -> tuple[Floats, Floats, Flags]:
        """Metres, seconds and whose they are, within `LIMIT_S`.

        The question has a thread of its own: no limit of an HTTP client holds for looking up a name or for an answer that drips.
        """
        answer: Future[tuple[Floats, Floats, Flags]] = Future()
        work = threading.Thread(target=self._work, args=(answer, lon, lat, to_lon, to_lat), name="roads", daemon=True)
        with self._state:
            trouble = self._trouble
            again = trouble is not None and not trouble.asking and time.monotonic() >= trouble.until
            if trouble is not None and again:
                self._trouble = replace(trouble, asking=True)
        if trouble is None or again:
            work.start()
        if trouble is not None:
            raise Failed(trouble.why, trouble.since)
        try:
            return answer.result(LIMIT_S)
        except TimeoutError:
            raise Failed(Silent.SLOW, self._failed(Silent.SLOW)) from None

    def _work(self, answer: Future[tuple[Floats, Floats, Flags]], lon: Floats, lat: Floats, to_lon: float, to_lat: float) -> None:
        """Ask, note how the server is, and tell whoever waits."""
        try:
            found = self._table(lon, lat, to_lon, to_lat)
            self._helped()
            answer.set_result(found)
        except Failed as failed:
            if failed.why is Silent.NO_ROAD:
                self._helped()
            else:
                failed.since = self._failed(failed.why)
            answer.set_exception(failed)
        except Exception as error:  # noqa: BLE001 - a bug of ours: the page that waits shows it, the next one estimates
            self._failed(Silent.GARBLED)
            answer.set_exception(error)

    def _helped(self) -> None:
        with self._state:
            self._trouble = None

    def _failed(self, why: Silent) -> datetime:
        """Note it; gives since when it is so."""
        with self._state:
            since = self._trouble.since if self._trouble else clock.now()
            if self._trouble is None:
                LOG.warning("the road server does not help (%s): travel is estimated", why)
            self._trouble = _Trouble(why, since, time.monotonic() + REST_S)
            return since

    def _table(self, lon: Floats, lat: Floats, to_lon: float, to_lat: float) -> tuple[Floats, Floats, Flags]:
        """Metres and seconds as the server has them, and which of the points are on its map."""
        assert self._client is not None
        until = time.monotonic() + LIMIT_S
        points = ";".join(f"{one:.6f},{other:.6f}" for one, other in zip([*lon, to_lon], [*lat, to_lat], strict=True))
        sources = ";".join(map(str, range(len(lon))))
        asks = f"sources={sources}&destinations={len(lon)}&annotations=duration,distance"  # as it is: marks in it are the protocol's own
        body = bytearray()
        try:
            with self._client.stream("GET", f"/table/v1/driving/{points}?{asks}") as answer:
                if answer.status_code not in (httpx.codes.OK, httpx.codes.BAD_REQUEST):  # OSRM's own refusals are 400 and say why
                    raise Failed(Silent.REFUSES)
                for block in answer.iter_bytes():
                    body += block
                    if time.monotonic() > until:
                        raise Failed(Silent.SLOW)
                    if len(body) > MOST_BYTES:
                        raise Failed(Silent.GARBLED)
            return _read(orjson.loads(body), len(lon))
        except httpx.TimeoutException as error:
            raise Failed(Silent.SLOW) from error
        except httpx.HTTPError as error:
            raise Failed(Silent.AWAY) from error
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise Failed(Silent.GARBLED) from error


def _read(said: Any, size: int) -> tuple[Floats, Floats, Flags]:
    """What a table says: metres, seconds, and whose points are on the map; NaN is no way."""
    code = said["code"]
    if code != "Ok":
        raise Failed(Silent.NO_ROAD if code in UNKNOWN_PLACE else Silent.REFUSES)
    metres, seconds = _column(said["distances"], size), _column(said["durations"], size)
    (off,) = _off_road(said.get("destinations"), 1)
    told = _off_road(said.get("sources"), size) <= OFF_MAP_M
    if off > OFF_MAP_M or not np.isfinite(seconds[told]).any():
        raise Failed(Silent.NO_ROAD)  # a hole of its map must not leave the case without anybody
    return metres, seconds, told


def _off_road(points: Any, size: int) -> Floats:
    """How far each point is from the road it was taken to, metres; 0 where a server does not tell."""
    found = np.array([float(one.get("distance") or 0.0) for one in points or [{}] * size])
    if len(found) != size:
        raise ValueError(f"{len(found)} points, {size} expected")
    return found


def _column(rows: Any, size: int) -> Floats:
    """One column of a table; null is no way."""
    found = np.array([np.nan if row[0] is None else float(row[0]) for row in rows])
    if len(found) != size or (found < 0).any():
        raise ValueError(f"{len(found)} rows, {size} expected")
    return found


def _stretch(found: Floats, guessed: Floats) -> float:
    """By how much what was told is longer than the estimate, in the middle."""
    known = np.isfinite(found) & (guessed > 0)
    return float(np.median(found[known] / guessed[known])) if known.any() else 1.0


@cache
def of(server: str) -> Roads:
    """The one of a process."""
    return Roads(server)
