"""Who reports what, and when: late, twice, or about nothing.

The draws of a town are the first reports of what happens (`days`: kinds with their rhythm by hour, weekday, month and weather, places with
their hot spots, bursts as an after-effect of a fault); what happened was there before. Some are told again by others, and some reports are
of nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from city_brain.simulator.curves import Floats
from city_brain.simulator.days import Draws, Ints
from city_brain.simulator.kinds import CHANNELS, public

Flags = npt.NDArray[np.bool_]

UNTOLD_S = {"hotline": 2_400.0, "app": 1_500.0, "inspector": 7_200.0, "video": 180.0, "sensor": 15.0, "superior": 86_400.0}
"""Median time from what happens to its first report, by channel."""
UNTOLD_SPREAD = 1.1
AGAIN = 0.12
"""How many others tell of the same, in the mean, where the public could."""
AGAIN_S = 10_000.0
"""How much later they do, in the mean."""
WRONG = {"hotline": 0.05, "app": 0.05, "inspector": 0.005, "video": 0.03, "sensor": 0.08, "superior": 0.0}
"""Share of reports of nothing, or of what is not the city's matter."""


@dataclass(frozen=True)
class Reports:
    """Reports in order of their time, one row each."""

    of: Ints
    """Row of the draws; several reports may be of one."""
    happened_s: Floats
    """Seconds from the Monday's midnight with which the world begins."""
    reported_s: Floats
    again: Flags
    """Whether somebody has told of it before."""
    wrong: Flags

    def __len__(self) -> int:
        return len(self.of)


def told(draws: Draws, channel: Ints, begins: int, rng: np.random.Generator) -> Reports:
    """The reports of what is drawn.

    Parameters
    ----------
    draws : Draws
    channel : (rows,) int
        Index into `CHANNELS`.
    begins : int
        Unix seconds at which the world begins.
    rng : numpy.random.Generator
    """
    size, first = len(draws.kind), (draws.reported - begins).astype(float)
    before = np.array([UNTOLD_S[name] for name in CHANNELS])[channel] * np.exp(UNTOLD_SPREAD * rng.standard_normal(size))
    more = np.repeat(np.arange(size), rng.poisson(np.where(public(channel), AGAIN, 0.0)))
    of = np.concatenate([np.arange(size), more])
    reported = np.concatenate([first, first[more] + rng.exponential(AGAIN_S, len(more))])
    wrong = rng.random(size) < np.array([WRONG[name] for name in CHANNELS])[channel]
    again = np.arange(len(of)) >= size
    order = np.argsort(reported, kind="stable")
    of = of[order]
    return Reports(of, (first - before)[of], reported[order], again[order], wrong[of])
