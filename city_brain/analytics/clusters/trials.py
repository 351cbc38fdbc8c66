"""How many clusters are found: some are put into days that were held out, and it is counted how many ring."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from city_brain.analytics.clusters.alarms import PAST, Detector, Watched, calibrations, ringing, watch
from city_brain.analytics.clusters.boxes import independent
from city_brain.analytics.clusters.calibration import YEAR
from city_brain.analytics.clusters.field import Counts, Integers
from city_brain.analytics.intervals import wilson

HELD_OUT = 0.4
"""Share of the days with a forecast that are held out; the days before them make the thresholds."""


class Where(StrEnum):
    """Where a cluster is put."""

    CELLS = "cells"
    """Around any cell that has had an event, each as likely."""
    EVENTS = "events"
    """Around any past event, each as likely: busy places more often, where it is harder to find."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is put in: `extra` events, uniform over `days` days and a square of `box_cells` cells along a side, placed `where`."""

    extra: int
    days: int = 3
    box_cells: float = 5.0
    where: Where = Where.CELLS


@dataclass(frozen=True, slots=True)
class Cluster:
    """One that was put in: day, row and column of each of its events."""

    days: Integers
    rows: Integers
    columns: Integers


def held_out(first: int, days: int) -> int:
    """The first day that is held out, where `first` is the first one with a forecast."""
    return days - min(PAST, int(HELD_OUT * (days - first)))


def clusters(counts: Counts, plan: Plan, since: int, number: int, seed: int) -> Iterator[Cluster]:
    """Clusters within the days from `since` on, placed by the events before them; the same seed gives the same ones.

    The square lies anywhere around its cell, not along the cells' borders. An event that would fall outside the field is drawn again
    with its square.
    """
    rng = np.random.default_rng(seed)
    past = counts[:since].sum(axis=0, dtype=np.int64)
    weights = (past > 0) if plan.where is Where.CELLS else past
    shares = weights.ravel() / weights.sum()
    made = 0
    while made < number:
        row, column = np.unravel_index(rng.choice(shares.size, p=shares), past.shape)
        corner = np.array([row, column]) + rng.random(2) - plan.box_cells * rng.random(2)
        where = np.floor(corner[:, None] + plan.box_cells * rng.random((2, plan.extra))).astype(np.int64)
        first = int(rng.integers(since, len(counts) - plan.days + 1))
        days = first + rng.integers(0, plan.days, plan.extra)
        if (where >= 0).all() and (where < np.array(past.shape)[:, None]).all():
            made += 1
            yield Cluster(days, where[0], where[1])


@contextmanager
def put_in(counts: Counts, cluster: Cluster) -> Iterator[None]:
    """The counts with a cluster in them, for a while."""
    np.add.at(counts, (cluster.days, cluster.rows, cluster.columns), 1)
    try:
        yield
    finally:
        np.subtract.at(counts, (cluster.days, cluster.rows, cluster.columns), 1)


def measure(
    counts: Counts, detectors: Sequence[Detector], plans: Sequence[Plan], *, budget: float, trials: int, seed: int, since: int
) -> list[dict[str, Any]]:
    """How many clusters each detector finds at a budget, and how often it rang on the days held out without any.

    Parameters
    ----------
    counts : uint16, shape (days, rows, columns)
    detectors : sequence of Detector
        Their forecasts come from the days as they were: what is put in is in the counts they look at, not in the forecast.
    plans : sequence of Plan
    budget : float
        Alarms a year.
    trials : int
        Clusters of each plan; all detectors get the same ones.
    since : int
        First day held out.

    Returns
    -------
    list of dict
        One per detector: method, threshold (the last one in force), days (held out), alarms (independent ones in the days held out as they
        were), alarms_a_year, and found: one dict per plan with extra, days, where, trials, found, share, low, high (95 %, Wilson) and
        already (trials in which that place rang without the cluster).

    Notes
    -----
    Found means: by the end of its last day an alarm rings that holds one of its events.
    """
    counts, days = counts.copy(), len(counts)
    told = []
    for detector in detectors:
        watched = watch(detector, counts, since - PAST, days)
        thresholds = calibrations(watched, since, days, budget)
        rang = len(independent(ringing(watched, thresholds)))
        limits = {day: made.threshold for day, made in thresholds.items()}
        told.append(
            {
                "method": detector.name, "threshold": round(limits[days - 1], 3), "days": days - since, "alarms": rang,
                "alarms_a_year": round(rang * YEAR / (days - since), 2),
                "found": [_tried(counts, detector, watched, limits, plan, since, trials, seed) for plan in plans],
            }
        )  # fmt: skip
    return told


def _tried(
    counts: Counts, detector: Detector, watched: Watched, limits: dict[int, float], plan: Plan, since: int, trials: int, seed: int
) -> dict[str, Any]:
    found = already = 0
    for cluster in clusters(counts, plan, since, trials, seed):
        days = range(int(cluster.days.min()), int(cluster.days.max()) + 1)
        already += any(_rings(detector, watched[day], limits[day], cluster) for day in days)
        with put_in(counts, cluster):
            found += any(_rings(detector, detector(counts, day), limits[day], cluster) for day in days)
    low, high = wilson(found, trials)
    return {
        "extra": plan.extra, "days": plan.days, "where": str(plan.where), "trials": trials, "found": found,
        "share": round(found / trials, 4), "low": round(float(low), 4), "high": round(float(high), 4), "already": already,
    }  # fmt: skip


def _rings(detector: Detector, boxes: Any, limit: float, cluster: Cluster) -> bool:
    high = boxes[boxes["statistic"] > limit]
    return bool(len(high)) and bool(detector.touches(high, cluster.rows, cluster.columns).any())
