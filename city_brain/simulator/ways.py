"""The ways a case goes through the lifecycle: one table of stays, who holds it in each, and which way a report takes.

A way is what happens before a department has the case (`FRONTS`) and from then on (`COURSES`), or ends before (`ENDINGS`).
"""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from city_brain.cases import lifecycle
from city_brain.cases.lifecycle import Step
from city_brain.simulator.curves import Floats
from city_brain.simulator.days import Draws, Ints
from city_brain.simulator.kinds import CHANNELS, public

Flags = npt.NDArray[np.bool_]


class Part(StrEnum):
    """What a department does while it holds a case."""

    WORK = "work"
    LOOK = "look"
    """It sees that it cannot or will not, and passes the case on."""
    REDO = "redo"
    """It mends what was not good enough."""


class Stay(NamedTuple):
    """One stay of a way."""

    step: Step
    part: Part | None = None
    right: bool = True
    """Whether the department that holds it is the right one."""


_COLLECT, _CONFIRM, _FILE, _DISPATCH = Stay(Step.COLLECT), Stay(Step.CONFIRM), Stay(Step.FILE), Stay(Step.DISPATCH)
_WORK, _LOOK, _REDO, _WRONG = (
    Stay(Step.HANDLE, Part.WORK), Stay(Step.HANDLE, Part.LOOK), Stay(Step.HANDLE, Part.REDO), Stay(Step.HANDLE, Part.LOOK, right=False),
)  # fmt: skip
_DISPUTED, _RIGHTLY_DISPUTED = Stay(Step.DISPUTE), Stay(Step.DISPUTE, right=False)
_BACK, _CHECK, _REJECTED = Stay(Step.REPORT_BACK), Stay(Step.VERIFY), Stay(Step.REJECTED)
_END = (Stay(Step.EVALUATE), Stay(Step.ARCHIVED))
_DONE = (_BACK, _CHECK, *_END)

ENDINGS: dict[str, tuple[Stay, ...]] = {
    "rejected": (_COLLECT, _REJECTED),
    "refused": (_COLLECT, _FILE, _REJECTED),
    "denied": (_COLLECT, _CONFIRM, _REJECTED),
    "self_handled": (_COLLECT, *_END),
}
FRONTS: dict[str, tuple[Stay, ...]] = {
    "plain": (_COLLECT, _FILE, _DISPATCH),
    "confirmed": (_COLLECT, _CONFIRM, _FILE, _DISPATCH),
    "refiled": (_COLLECT, _FILE, _DISPATCH, _FILE, _DISPATCH),
}
COURSES: dict[str, tuple[Stay, ...]] = {
    "straight": (_WORK, *_DONE),
    "reassigned": (_WRONG, _RIGHTLY_DISPUTED, _WORK, *_DONE),
    "upheld": (_LOOK, _DISPUTED, _WORK, *_DONE),
    "there_and_back": (_LOOK, _DISPUTED, _WRONG, _RIGHTLY_DISPUTED, _WORK, *_DONE),
    "unclear": (_LOOK, _DISPATCH, _WORK, *_DONE),
    "returned": (_WORK, _BACK, _REDO, *_DONE),
    "reworked": (_WORK, _BACK, _CHECK, _REDO, *_DONE),
    "reworked_twice": (_WORK, _BACK, _CHECK, _REDO, _BACK, _CHECK, _REDO, *_DONE),
    "suspended": (_LOOK, Stay(Step.SUSPENDED), _WORK, *_DONE),
}
NAMES: tuple[str, ...] = (*ENDINGS, *(f"{front}.{course}" for front, course in product(FRONTS, COURSES)))
WAYS: tuple[tuple[Stay, ...], ...] = (
    *ENDINGS.values(), *((*front, *course) for front, course in product(FRONTS.values(), COURSES.values())),
)  # fmt: skip
FRONT_LENGTHS: tuple[int, ...] = (*map(len, ENDINGS.values()), *(len(front) for front, _ in product(FRONTS.values(), COURSES)))
"""How many stays of each way come before a department has the case."""
PAUSED_LENGTHS: tuple[int, ...] = tuple(
    next((place + 1 for place, stay in enumerate(way) if stay.step is Step.SUSPENDED), front)
    for way, front in zip(WAYS, FRONT_LENGTHS, strict=True)
)
"""The same, with the stays up to a suspension where there is one: what comes later depends on how long it was."""
LENGTHS = np.array([len(way) for way in WAYS])
WIDEST = int(LENGTHS.max())
CLOSES = np.array([next(place for place, stay in enumerate(way) if stay.step in (Step.EVALUATE, Step.REJECTED)) for way in WAYS])
"""At which stay each way closes the case."""

STEPS: tuple[Step, ...] = tuple(Step)
POSTS: tuple[str, ...] = tuple(sorted(set(lifecycle.HOLDERS.values())))
NOBODY, RIGHT, OTHER = -3, -2, -1
"""Who holds a stay, in `HOLDS`; from 0 on it is one of `POSTS`."""


def _holds(stay: Stay) -> int:
    held = lifecycle.PLACE[stay.step].holder
    if held is None:
        return NOBODY
    return (RIGHT if stay.right else OTHER) if held == lifecycle.DEPARTMENT else POSTS.index(held)


def _table(values: list[list[int]]) -> Ints:
    return np.array([row + [0] * (WIDEST - len(row)) for row in values], dtype=np.int64)


CODES = _table([[STEPS.index(stay.step) for stay in way] for way in WAYS])
"""(ways, WIDEST) Index into `STEPS`; 0 beyond a way's end."""
HOLDS = _table([[_holds(stay) for stay in way] for way in WAYS])
"""(ways, WIDEST) Who holds each stay."""

REJECTED_SHARE, REFUSED_SHARE = 0.031, 0.008
SELF_HANDLED_SHARE = 0.05
"""Of what inspectors report."""
CONFIRM_SHARE, DENIED_SHARE = 0.06, 0.16
"""Of public reports; of these, those that turn out not to be so."""
REFILED_SHARE = 0.005
CONTESTED_SHARE = 0.5
"""Of the matters which in a district are another department's than the table says: those that are sent by the table all the same."""
SHARES: dict[str, float] = {
    "there_and_back": 0.009, "reassigned": 0.02, "upheld": 0.014, "unclear": 0.018, "returned": 0.009, "suspended": 0.0016,
}  # fmt: skip
REWORK_SHARE, TWICE_SHARE = 0.042, 0.08


def has(course: str) -> Flags:
    """(ways,) Which ways take a course."""
    return np.array([name.endswith(f".{course}") for name in NAMES])


def has_ending(ending: str) -> Flags:
    """(ways,) Which way is this ending."""
    return np.array([name == ending for name in NAMES])


def passing(step: Step) -> Flags:
    """(ways,) Which ways come through a step."""
    return np.array([any(stay.step is step for stay in way) for way in WAYS])


def chosen(draws: Draws, channel: Ints, contested: Flags, care: Floats) -> Ints:
    """Which way each report takes.

    Parameters
    ----------
    channel : (rows,) int
        Index into `CHANNELS`.
    contested : (rows,) bool
        Whether another department is in truth responsible than the table says.
    care : (rows,) float
        How often work of its district and department is not good enough; 1 is usual.

    Returns
    -------
    (rows,) int
        Index into `WAYS`.
    """
    inspector = channel == CHANNELS.index("inspector")
    intake, course = draws.chance("intake"), draws.chance("course")
    bounds = np.cumsum([0.0, *SHARES.values()])
    rework = bounds[-1] + REWORK_SHARE * care
    courses = list(COURSES)
    taken = np.select(
        [contested & (draws.chance("contested") < CONTESTED_SHARE),
         *((course >= low) & (course < high) for low, high in pairwise(bounds)),
         (course >= bounds[-1]) & (course < bounds[-1] + (rework - bounds[-1]) * TWICE_SHARE), (course >= bounds[-1]) & (course < rework)],
        [courses.index(name) for name in ("reassigned", *SHARES, "reworked_twice", "reworked")], courses.index("straight"),
    )  # fmt: skip
    fronts = list(FRONTS)
    asked = public(channel) & (intake < CONFIRM_SHARE)
    front = np.select([asked, intake > 1 - REFILED_SHARE], [fronts.index("confirmed"), fronts.index("refiled")], fronts.index("plain"))
    endings, past = list(ENDINGS), 0.2  # the chances below lie beyond those of the fronts
    way = np.select(
        [asked & (intake < CONFIRM_SHARE * DENIED_SHARE), _between(intake, past, REJECTED_SHARE),
         _between(intake, past + REJECTED_SHARE, REFUSED_SHARE), inspector & _between(intake, 0.4, SELF_HANDLED_SHARE)],
        [endings.index(name) for name in ("denied", "rejected", "refused", "self_handled")],
        len(endings) + front * len(courses) + taken,
    )  # fmt: skip
    return np.asarray(way, dtype=np.int64)


def _between(chance: Floats, low: float, share: float) -> Flags:
    return (chance >= low) & (chance < low + share)
