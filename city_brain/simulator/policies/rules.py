"""Rules of dispatch: given who waits and who is idle, who goes where."""

from __future__ import annotations

import numpy as np

from city_brain.analytics.dispatch import matching
from city_brain.analytics.dispatch.matching import Ints
from city_brain.simulator.engine.fleet import Moment, Rule

Pairs = tuple[Ints, Ints]


def nearest(now: Moment) -> Pairs:
    """First come, first served, each by the closest idle team."""
    return matching.nearest(now.seconds)


def nearest_waiting(now: Moment) -> Pairs:
    """The closest pair of all, again and again: an idle team takes the nearest case."""
    left, pairs = now.seconds.copy(), list[tuple[int, int]]()
    for _ in range(min(left.shape)):
        case, team = divmod(int(left.argmin()), left.shape[1])
        pairs.append((case, team))
        left[case], left[:, team] = np.inf, np.inf
    found = np.array(pairs, np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def urgent_first(now: Moment) -> Pairs:
    """Urgent cases first, then as they came; each by the closest idle team."""
    queue = np.argsort(~now.urgent, kind="stable")
    case, team = matching.nearest(now.seconds[queue])
    return queue[case].astype(np.int64), team


def batch(now: Moment) -> Pairs:
    """The match that avoids most priority-weighted lateness."""
    return matching.assign(now.seconds, now.weight, now.waited_s, target_s=now.target_s)


RULES: dict[str, Rule] = {
    "nearest": nearest, "nearest_waiting": nearest_waiting, "urgent_first": urgent_first, "batch": batch, "standby": batch,
}  # fmt: skip
"""By name. `standby` matches as `batch` does; its idle teams wait elsewhere (`compare.standby_points`)."""
