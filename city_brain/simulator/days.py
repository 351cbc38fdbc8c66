"""One day (or minute) of reports as plain arrays of chance, before anything becomes a case.

All chance of a day comes from one generator keyed by seed, calendar day and town, so that two machines show
the same day whenever they start, and a day never depends on the days around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from city_brain.simulator.curves import Floats
from city_brain.simulator.kinds import Kinds, kinds
from city_brain.simulator.places import BACKGROUND, HOT_ADDRESSES, HOT_SPOTS, Pool

Ints = npt.NDArray[np.int64]

CHANCES: tuple[str, ...] = (
    "channel", "rule", "which_rule", "other", "contested", "intake", "course", "late", "how_late", "beyond", "share", "extended",
    "suspended", "redo", "evaluated", "reached", "solved", "satisfied", "east", "north", "placed", "opening", "says", "tail", "outcome",
)  # fmt: skip
"""What is decided of a report by an even chance."""
SPREADS: tuple[str, ...] = (
    "collect", "confirm", "file", "file_again", "dispatch", "dispatch_again", "look", "look_again", "dispute", "dispute_again",
    "report_back", "report_back_again", "verify", "verify_again", "beyond",
)  # fmt: skip
"""What takes now longer, now shorter, by a normal chance."""
HOT_SHARE = 0.4
"""Part of the cases that happen in a hot spot."""
_RAIN_BLOCK_DAYS = 4
_EPISODE_DAYS = 9
_EPISODE_CODES = frozenset({"01037", "01004", "06042", "08001", "09011", "06027", "06013"})
_EPISODE_STREAM, _RAIN_STREAM, _MINUTE_STREAM, _BURST_STREAM = 1, 2, 3, 4
BURST_MIN = 20
"""Once in so many minutes of live arrivals there may be a burst."""
_BURST_GAP_S = 8.0
"""Mean gap of live arrivals at which there is one each time; in a slower city they are as much rarer."""


@dataclass(frozen=True, slots=True)
class Draws:
    """Reports of one or more days, one row each, in the order of time within a day."""

    day: Ints
    """Proleptic ordinal of the calendar day in the city."""
    number: Ints
    """Number within the day (or minute), from 1."""
    reported: Ints
    """Unix seconds."""
    local: Ints
    """Seconds since midnight of the day, on the city's clock."""
    kind: Ints
    """Index into `kinds().kinds`."""
    place: Ints
    """Index into the pool of addresses."""
    uniform: Floats
    """(rows, CHANCES) in [0, 1)."""
    normal: Floats
    """(rows, SPREADS)."""

    def chance(self, name: str) -> Floats:
        """One of `CHANCES`, (rows,) in [0, 1)."""
        return self.uniform[:, CHANCES.index(name)]

    def spread(self, name: str) -> Floats:
        """One of `SPREADS`, (rows,)."""
        return self.normal[:, SPREADS.index(name)]

    def rows(self, chosen: npt.NDArray[np.bool_]) -> Draws:
        """Some of the rows."""
        return Draws(*(getattr(self, field.name)[chosen] for field in fields(self)))


def joined(parts: Sequence[Draws]) -> Draws:
    """Several days as one."""
    return Draws(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Draws)))


def drawn_day(pool: Pool, day: date, *, seed: int, per_day: float, zone: ZoneInfo) -> Draws:
    """The reports of one calendar day.

    Parameters
    ----------
    pool : Pool
    day : date
        In the city's zone.
    seed : int
    per_day : float
        Mean number of reports of a day over the year.
    zone : ZoneInfo
    """
    table = kinds()
    rng = _chance(pool, seed, day.toordinal())
    weights = table.weights(day.weekday(), day.month, rain(pool, seed, day))
    size = int(rng.poisson(per_day * weights.sum()))
    kind = _pick(np.cumsum(weights), rng.random(size))
    place = _places(table, pool, kind, day.toordinal(), rng.random((size, 3)))
    more_kind, more_place = _episode(pool, seed, day.toordinal(), rng)
    kind, place = np.concatenate([kind, more_kind]), np.concatenate([place, more_place])
    local = _moments(table, kind, rng.random((len(kind), 2)))
    order = np.argsort(local, kind="stable")
    midnight = int(datetime.combine(day, time(), zone).timestamp())
    return Draws(
        day=np.full(len(kind), day.toordinal()), number=np.arange(1, len(kind) + 1), reported=midnight + local[order], local=local[order],
        kind=kind[order], place=place[order],
        uniform=rng.random((len(kind), len(CHANCES))), normal=rng.standard_normal((len(kind), len(SPREADS))),
    )  # fmt: skip


def drawn_minute(pool: Pool, minute: datetime, *, seed: int, mean_gap_s: float, zone: ZoneInfo) -> Draws:
    """The live reports of one UTC minute: Poisson arrivals, of the kinds that fit the hour."""
    table = kinds()
    start = int(minute.astimezone(UTC).timestamp()) // 60 * 60
    here = datetime.fromtimestamp(start, zone)
    rng = _chance(pool, seed, start // 60, _MINUTE_STREAM)
    size = int(rng.poisson(60.0 / mean_gap_s))
    hour = np.array([theme.hours[here.hour] for theme in table.themes])
    weights = table.weights(here.weekday(), here.month, rain(pool, seed, here.date())) * hour[table.theme_of]
    kind = _pick(np.cumsum(weights), rng.random(size))
    place = _places(table, pool, kind, here.toordinal(), rng.random((size, 3)))
    of_burst, address, rate = burst(pool, seed, start // 60, mean_gap_s)
    more = int(rng.poisson(rate)) if rate else 0
    size, kind = size + more, np.concatenate([kind, np.full(more, of_burst, dtype=np.int64)])
    place = np.concatenate([place, np.full(more, address, dtype=np.int64)])
    seconds = np.sort(rng.integers(0, 60, size))
    return Draws(
        day=np.full(size, here.toordinal()), number=np.arange(1, size + 1), reported=start + seconds,
        local=here.hour * 3600 + here.minute * 60 + seconds,
        kind=kind, place=place, uniform=rng.random((size, len(CHANCES))), normal=rng.standard_normal((size, len(SPREADS))),
    )  # fmt: skip


def rain(pool: Pool, seed: int, day: date) -> float:
    """How much it rains in the demo city, 0 dry to 1: spells of a day or two, about every third block of four days."""
    block, place = divmod(day.toordinal(), _RAIN_BLOCK_DAYS)
    rng = _chance(pool, seed, block, _RAIN_STREAM)
    wet, peak, strength = rng.random() < 0.42, int(rng.integers(0, _RAIN_BLOCK_DAYS)), float(rng.uniform(0.25, 1.0))
    return strength * max(0.0, 1.0 - 0.55 * abs(place - peak)) if wet else 0.0


def _chance(pool: Pool, seed: int, moment: int, stream: int = 0) -> np.random.Generator:
    """The generator of one day (minute, block of days) of one town; nothing else draws from it."""
    return np.random.default_rng(np.random.SeedSequence([seed, moment, pool.town_key, stream]))


def _pick(cumulative: Floats, uniform: Floats) -> Ints:
    return np.asarray(np.searchsorted(cumulative, uniform * cumulative[-1], side="right"), dtype=np.int64)


def _moments(table: Kinds, kind: Ints, uniform: Floats) -> Ints:
    """Seconds since midnight, by the rhythm of the kind's theme."""
    cumulative = np.cumsum([theme.hours for theme in table.themes], axis=1)[:, :-1]
    hour = (uniform[:, :1] >= cumulative[table.theme_of[kind]]).sum(axis=1)
    return np.asarray(hour * 3600 + (uniform[:, 1] * 3600).astype(np.int64), dtype=np.int64)


def _places(table: Kinds, pool: Pool, kind: Ints, ordinal: int, uniform: Floats) -> Ints:
    """Addresses: a hot spot of the kind's theme, as strong as it is on this day, or anywhere."""
    period, phase = pool.hot_wave.T
    strength = pool.hot_weight * (0.25 + 0.75 * (1 + np.sin(2 * np.pi * ordinal / period + phase)) / 2)
    cumulative = np.cumsum(pool.hot_themes * strength, axis=1)
    mine = cumulative[table.theme_of[kind]]
    spot = (uniform[:, 1:2] * mine[:, -1:] >= mine).sum(axis=1)
    hot = BACKGROUND + np.minimum(spot, HOT_SPOTS - 1) * HOT_ADDRESSES + (uniform[:, 2] * HOT_ADDRESSES).astype(np.int64)
    return np.asarray(np.where(uniform[:, 0] < HOT_SHARE, hot, (uniform[:, 2] * BACKGROUND).astype(np.int64)), dtype=np.int64)


def episode(pool: Pool, seed: int, ordinal: int) -> tuple[int, int, float]:
    """The burst of a day: index of its kind in `kinds().kinds`, its hot spot, and the reports to be expected of it, 0 on most days.

    A fault that many people report, two or three days long, once in nine days.
    """
    block, place = divmod(ordinal, _EPISODE_DAYS)
    of_block = _chance(pool, seed, block, _EPISODE_STREAM)
    first, length, size = int(of_block.integers(0, 6)), int(of_block.integers(2, 4)), float(of_block.uniform(9, 22))
    codes = [index for index, kind in enumerate(kinds().kinds) if kind.category.code in _EPISODE_CODES]
    kind, spot = codes[int(of_block.integers(len(codes)))], int(of_block.integers(HOT_SPOTS))
    return kind, spot, size if first <= place < first + length else 0.0


def burst(pool: Pool, seed: int, minute: int, mean_gap_s: float) -> tuple[int, int, float]:
    """The burst among live arrivals in a minute (since 1970, UTC): index of its kind, address, expected reports of the minute, mostly 0.

    Ten minutes or so in which many people report one thing at one address, while the console watches.
    """
    block, place = divmod(minute, BURST_MIN)
    rng = _chance(pool, seed, block, _BURST_STREAM)
    comes = rng.random() < _BURST_GAP_S / mean_gap_s
    first, length, size = int(rng.integers(0, 6)), int(rng.integers(8, 14)), float(rng.uniform(9, 16))
    codes = [index for index, kind in enumerate(kinds().kinds) if kind.category.code in _EPISODE_CODES]
    kind, address = codes[int(rng.integers(len(codes)))], BACKGROUND + int(rng.integers(HOT_SPOTS * HOT_ADDRESSES))
    return kind, address, size / length if comes and first <= place < first + length else 0.0


def _episode(pool: Pool, seed: int, ordinal: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Kinds and addresses of the reports of a day's burst."""
    kind, spot, size = episode(pool, seed, ordinal)
    reports = int(rng.poisson(size)) if size else 0
    address = BACKGROUND + spot * HOT_ADDRESSES + rng.integers(0, HOT_ADDRESSES, reports)
    return np.full(reports, kind, dtype=np.int64), address.astype(np.int64)
