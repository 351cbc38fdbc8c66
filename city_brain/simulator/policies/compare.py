"""Rules side by side: the same cases, places, work and teams for each (common random numbers), so that differences are paired.

Pairing takes out what the runs have in common: see Law, A. M. (2015), Simulation Modeling and Analysis, 5th edition, chapter 11.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import stats
from scipy.optimize import linear_sum_assignment

from city_brain.analytics.dispatch import matching, siting
from city_brain.analytics.dispatch.matching import Floats
from city_brain.simulator.engine.fleet import by_road
from city_brain.simulator.policies import events
from city_brain.simulator.policies.rules import RULES
from city_brain.simulator.policies.world import Course, course

REACH_S = 8 * 60.0
"""A standby point covers what is reached within this."""
NOON_S = 12 * 3600.0
DEMAND, SITES = 1500, 150
"""Places drawn as cases lie that are to be reached, and those of them at which a team may wait."""
MOST_BUSY = 0.95
COMPARED = ("priority_weighted_lateness", "urgent_late", "p90_response_min", "mean_response_min")
FIGURES = (*COMPARED, "mean_travel_min", "utilisation", "cases")
PILOT_DAYS, PILOTS = 3, 3

Progress = Callable[[int, int], object]


def compared(
    policies: Sequence[str], teams: Sequence[int], load: float, *, replications: int, seed: int, days: int, progress: Progress
) -> dict[str, list[dict[str, Any]]]:
    """Figures of every rule and fleet size, and each later rule minus the first with 95 % t intervals.

    Parameters
    ----------
    load : float
        Offered work per team: (mean drive under `nearest` + mean work) times arrivals, over teams.
    replications : int
        At least 2: an interval needs a spread.
    progress : callable
        Told how many runs of how many are done.
    """
    table: list[dict[str, Any]] = []
    differences: list[dict[str, Any]] = []
    whole, done = len(teams) * replications * len(policies), 0
    for count in teams:
        rate = arrival_rate(load, count, seed)
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in policies}
        for number in range(replications):
            rng = _random(seed, count, 1, number)
            homes = np.column_stack(events.places(count, rng))
            cases = events.drawn(rate, days, rng)
            for name in policies:
                rest = standby_points(homes, load, seed) if name == "standby" else homes
                runs[name].append(figures(cases, course(cases, homes, rest, RULES[name]), count))
                done += 1
                progress(done, whole)
        for name in policies:
            means = {key: float(np.mean([run[key] for run in runs[name]])) for key in runs[name][0]}
            table.append({"name": name, "teams": count, "load": load, **means, "replications": replications})
        for name in policies[1:]:
            told = {key: paired([run[key] for run in runs[name]], [run[key] for run in runs[policies[0]]]) for key in COMPARED}
            differences.append({"policy": name, "against": policies[0], "teams": count, **told})
    return {"policies": table, "differences": differences}


def paired(ours: Sequence[float], theirs: Sequence[float]) -> dict[str, float]:
    """Mean of the differences with its 95 % t interval."""
    difference = np.subtract(ours, theirs)
    half = float(stats.t.ppf(0.975, len(difference) - 1) * difference.std(ddof=1) / np.sqrt(len(difference)))
    mean = float(difference.mean())
    return {"mean": mean, "low": mean - half, "high": mean + half}


def arrival_rate(load: float, teams: int, seed: int) -> float:
    """Cases per second at which offered work is that load; the mean drive under `nearest` is found by pilots."""
    drive = 8 * 60.0
    for number in range(PILOTS):
        rng = _random(seed, teams, 0, number)
        homes = np.column_stack(events.places(teams, rng))
        cases = events.drawn(load * teams / (drive + events.SERVICE_S), PILOT_DAYS, rng)
        found = course(cases, homes, homes, RULES["nearest"])
        drive = float(np.mean(found.arrived_s - found.sent_s)) if len(cases) else drive
    return load * teams / (drive + events.SERVICE_S)


def figures(cases: events.Cases, course: Course, teams: int) -> dict[str, float]:
    """The figures of a run: minutes and shares.

    `priority_weighted_lateness` is the weighted mean of minutes beyond the target, over all cases.
    """
    if not len(cases):
        return dict.fromkeys(FIGURES, 0.0)
    urgent = cases.urgent
    response = course.arrived_s - cases.reported_s
    weight = np.where(urgent, matching.WEIGHT["urgent"], matching.WEIGHT["normal"])
    late = matching.lateness(0.0, response, np.where(urgent, matching.TARGET_S["urgent"], matching.TARGET_S["normal"]))
    span = max(float(course.cleared_s.max()), 1.0)
    return {
        "priority_weighted_lateness": float(np.average(late, weights=weight)),
        "urgent_late": float((late[urgent] > 0).mean()) if urgent.any() else 0.0,
        "p90_response_min": float(np.quantile(response, 0.9)) / 60, "mean_response_min": float(response.mean()) / 60,
        "mean_travel_min": float((course.arrived_s - course.sent_s).mean()) / 60,
        "utilisation": float((course.cleared_s - course.sent_s).sum()) / span / teams, "cases": float(len(cases)),
    }  # fmt: skip


def standby_points(homes: Floats, load: float, seed: int) -> Floats:
    """Where idle teams wait: points that together reach most expected cases within `REACH_S` by a team that is not busy, each team at the
    one that suits its home. `load` is how often a team is busy."""
    rng = _random(seed, 0, 2, 0)
    lon, lat = events.places(DEMAND, rng)
    sites = np.column_stack(events.places(max(SITES, 2 * len(homes)), rng))
    reach = by_road(sites[:, :1], sites[:, 1:], lon[None], lat[None], NOON_S, True) <= REACH_S
    chosen = sites[siting.expected_covering(reach, np.ones(DEMAND), len(homes), min(load, MOST_BUSY))]
    way = by_road(homes[:, :1], homes[:, 1:], chosen[None, :, 0], chosen[None, :, 1], NOON_S, False)
    team, site = linear_sum_assignment(way)
    rest = homes.copy()
    rest[team] = chosen[site]
    return rest


def _random(seed: int, *use: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=use))
