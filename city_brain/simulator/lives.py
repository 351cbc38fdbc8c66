"""The whole life of each case, planned when it is reported: steps, holders, moments, deadline.

A life is first given its end (in time, late, or very late against its deadline) and its path (straight
through, sent back, reworked, not accepted); the time between is then shared out among the steps.
All times are whole seconds; crews work from half past six to half past eleven at night, urgent cases always.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from city_brain.cases.lifecycle import Step
from city_brain.incidents.catalogue import departments
from city_brain.simulator.curves import Floats
from city_brain.simulator.days import Draws, Ints
from city_brain.simulator.kinds import CHANNELS, kinds

Flags = npt.NDArray[np.bool_]

DAY_S = 86_400
OPENS_S, CLOSES_S = 23_400, 84_600
"""Working hours of the crews, seconds since midnight in the city."""
INTAKE_S = 3_600
"""What the deadline allows for acceptance, filing and dispatch, before the limit of the category."""

REJECTED_SHARE = 0.04
SENT_BACK_SHARE = 0.09
PING_PONG_SHARE = 0.012
"""Of all filed cases: sent to a second department and back to the first."""
REWORK_SHARE = 0.05
SPONTANEOUS_URGENCY = 0.012
LIVE_ORDINARY = 0.06
"""Part of the live cases that take as long as any other; the rest are settled while one watches."""

_H, _D, _R, _V = Step.HANDLE, Step.DISPATCH, Step.REPORT_BACK, Step.VERIFY
_FRONT, _END = (Step.COLLECT, Step.FILE, _D), (Step.EVALUATE, Step.ARCHIVED)
PATHS: tuple[tuple[Step, ...], ...] = (
    (Step.COLLECT, Step.REJECTED),
    (*_FRONT, _H, _R, _V, *_END),
    (*_FRONT, _H, _D, _H, _R, _V, *_END),
    (*_FRONT, _H, _D, _H, _D, _H, _R, _V, *_END),
    (*_FRONT, _H, _R, _V, _H, _R, _V, *_END),
    (*_FRONT, _H, _D, _H, _R, _V, _H, _R, _V, *_END),
)
"""Not accepted; straight; sent back; there and back again; reworked; sent back and reworked."""
LENGTHS = np.array([len(path) for path in PATHS])


@dataclass(frozen=True, slots=True)
class Lives:
    """Planned lives, one row per case; `path` names the row's steps in `PATHS`."""

    path: Ints
    begins: Ints
    """(rows, longest path) Unix seconds at which each step begins; columns beyond the path are meaningless."""
    closed: Ints
    """Unix seconds."""
    due: Ints
    """Unix seconds."""
    urgent: Flags
    channel: Ints
    """Index into `CHANNELS`."""
    department: Ints
    """The right department, index into `department_names()`."""
    other: Ints
    """The department that had it wrongly, where there was one."""


def department_names() -> tuple[str, ...]:
    """Every department that can hold a case."""
    return tuple(departments())


def lives(draws: Draws, *, live: bool = False) -> Lives:
    """Plan the lives of reports.

    Parameters
    ----------
    draws : Draws
    live : bool
        Quicker lives, for a console that is being watched: filed within minutes, mostly settled within the hour.
    """
    table = kinds()
    u, z = draws.uniform, draws.normal
    names = department_names()
    right = np.array([names.index(kind.category.department) for kind in table.kinds])[draws.kind]
    inherent = np.array([kind.category.urgent for kind in table.kinds])[draws.kind]
    urgent = inherent | (u[:, 0] < SPONTANEOUS_URGENCY)
    channels = np.cumsum([theme.channels for theme in table.themes], axis=1)[:, :-1]
    channel = (u[:, 1:2] >= channels[table.theme_of[draws.kind]]).sum(axis=1)
    path = _paths(u)
    limit = np.array([kind.category.limit_hours for kind in table.kinds])[draws.kind] * 3600
    starts = np.where(urgent, draws.local, _clock(_worked(draws.local)))
    due = draws.reported - draws.local + starts + INTAKE_S + limit
    closes = _closing(draws, path, starts, limit, urgent, right)
    front = _front(draws, starts, closes, urgent, channel)
    if live:
        closes, front = _hurried(draws, closes, front)
    rest = closes - draws.local - front.sum(axis=1)
    spans = _spans(path, front, rest, closes - starts if not live else rest, u, z)
    begins = draws.reported[:, None] + np.concatenate([np.zeros((len(path), 1), dtype=np.int64), np.cumsum(spans, axis=1)], axis=1)
    closed = np.take_along_axis(begins, np.where(path == 0, 1, LENGTHS[path] - 2)[:, None], axis=1)[:, 0]
    return Lives(path, begins, closed, due, urgent, channel, right, _others(right, u[:, 2]))


def _paths(u: Floats) -> Ints:
    back, again = u[:, 3] < SENT_BACK_SHARE, u[:, 3] < PING_PONG_SHARE
    rework = u[:, 4] < REWORK_SHARE
    path = np.select([again, back & rework, back, rework], [3, 5, 2, 4], 1)
    return np.asarray(np.where(u[:, 5] < REJECTED_SHARE, 0, path), dtype=np.int64)


def _worked(clock: Floats | Ints) -> Floats:
    """Seconds of crew time since the first midnight, at seconds of clock time since then."""
    day, second = np.divmod(clock, DAY_S)
    return np.asarray(day * (CLOSES_S - OPENS_S) + np.clip(second - OPENS_S, 0, CLOSES_S - OPENS_S), dtype=float)


def _clock(worked: Floats) -> Floats:
    """Clock time at which so much crew time has passed; the inverse of `_worked`."""
    day, second = np.divmod(worked, CLOSES_S - OPENS_S)
    return np.asarray(day * DAY_S + OPENS_S + second)


def _closing(draws: Draws, path: Ints, starts: Floats, limit: Ints, urgent: Flags, right: Ints) -> Floats:
    """When each case is closed, seconds since the midnight of its day."""
    u, z = draws.uniform, draws.normal
    names = department_names()
    habit = np.array([0.6 + (zlib.crc32(name.encode()) % 1000) / 1000 for name in names])
    drift = 1 + 0.35 * np.sin(2 * np.pi * (draws.day / 61.0 + right / len(names)))
    risk = 0.075 * habit[right] * drift * np.array([0, 1, 3.4, 5.0, 3.0, 5.0])[path]
    late = u[:, 6] < risk
    long = late & (u[:, 7] < 0.07)
    opens = np.where(urgent, starts, _worked(starts))
    ends = np.where(urgent, starts + INTAKE_S + limit, np.maximum(_worked(starts + INTAKE_S + limit), opens + INTAKE_S))
    share = 0.16 + 0.82 * u[:, 8] ** np.where(limit > 2 * DAY_S, 0.38, 0.8)
    beyond = np.minimum(600 + (600 + 0.05 * limit) * np.exp(0.9 * z[:, 0]), 60 * 3600)
    beyond = np.where(long, (3 + 22 * u[:, 9] ** 2) * DAY_S * 0.7, beyond)
    closes = np.where(late, ends + beyond, opens + share * (ends - opens))
    return np.asarray(np.where(urgent, closes, _clock(closes)))


def _front(draws: Draws, starts: Floats, closes: Floats, urgent: Flags, channel: Ints) -> Floats:
    """Seconds in acceptance, filing and dispatch, (rows, 3)."""
    z = draws.normal
    public = np.isin(channel, [CHANNELS.index("hotline"), CHANNELS.index("app")])
    machine = channel == CHANNELS.index("sensor")
    accept = np.where(urgent, 100, np.where(machine, 60, 290)) * np.exp(0.7 * z[:, 1])
    file = np.where(urgent, 150, np.where(public, 1_150, 480)) * np.exp(0.6 * z[:, 2])
    dispatch = np.where(urgent, 120, 430) * np.exp(0.7 * z[:, 3])
    waits = np.maximum(starts - draws.local, 0)
    whole = np.minimum(np.maximum(accept + file + dispatch, waits + dispatch), waits + 0.3 * (closes - starts))
    accept = np.minimum(accept, 0.35 * whole)
    file = np.minimum(file, 0.4 * whole)
    return np.column_stack([accept, file, whole - accept - file])


def _hurried(draws: Draws, closes: Floats, front: Floats) -> tuple[Floats, Floats]:
    """Closing and front of live cases: seconds to minutes in front, most of them settled within the hour."""
    u, z = draws.uniform, draws.normal
    quick = np.column_stack([20 + 70 * u[:, 10], 25 + 95 * u[:, 11], 20 + 200 * u[:, 12]])
    settled = draws.local + quick.sum(axis=1) + np.clip(780 * np.exp(0.75 * z[:, 4]), 150, 10_800)
    ordinary = u[:, 13] < LIVE_ORDINARY
    return np.where(ordinary, np.maximum(closes, settled), np.minimum(closes, settled)), quick


def _spans(path: Ints, front: Floats, rest: Floats, whole: Floats, u: Floats, z: Floats) -> Ints:
    """Whole seconds spent in each step of each path, (rows, longest path - 1)."""
    spans = np.zeros((len(path), int(LENGTHS.max()) - 1))
    back = np.minimum(1_300 * np.exp(0.6 * z[:, 5]), 0.08 * whole)
    check = np.minimum(3_300 * np.exp(0.8 * z[:, 6]), 0.22 * whole)
    work = np.maximum(rest - back - check, 0.2 * rest)
    again = np.minimum(1_100 * np.exp(0.6 * z[:, 7]), 0.06 * work)
    first, second = work * (0.06 + 0.2 * u[:, 14]), work * (0.06 + 0.16 * u[:, 15])
    left, mend = work - first - again, 0.15 + 0.2 * u[:, 16]
    redo = (1 - mend, 0.12 * mend, 0.2 * mend, 0.68 * mend)
    straight = (work, back, check)
    parts: tuple[tuple[Floats, ...], ...] = (
        (),
        straight,
        (first, again, left, back, check),
        (first, again, second, again, left - second - again, back, check),
        (work * redo[0], work * redo[1], work * redo[2], work * redo[3], back, check),
        (first, again, left * redo[0], left * redo[1], left * redo[2], left * redo[3], back, check),
    )
    evaluated = 86_400 * (0.4 + 1.9 * u[:, 17])
    spans[:, :3] = front
    spans[path == 0, 0] = np.minimum(front.sum(axis=1), 1_500 * np.exp(0.7 * z[:, 8]) + front[:, 0])[path == 0]
    for index in range(1, len(PATHS)):
        chosen = path == index
        for place, part in enumerate((*parts[index], evaluated), start=3):
            spans[chosen, place] = part[chosen]
    return np.maximum(np.rint(spans), 5).astype(np.int64)


def _others(right: Ints, u: Floats) -> Ints:
    """A plausible wrong department: mostly one of the three that are sent the most by mistake."""
    names = department_names()
    usual = np.array([names.index(name) for name in ("city_management", "law_enforcement", "roads", "landscaping", "housing")])
    chosen = usual[(u * len(usual)).astype(int)]
    return np.asarray(np.where(chosen == right, usual[((u * len(usual)).astype(int) + 1) % len(usual)], chosen), dtype=np.int64)
