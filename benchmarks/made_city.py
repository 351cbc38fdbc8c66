"""A made-up city of events, as a file: what `detect` is measured on where ten years of a real one cannot be shipped.

    python -m benchmarks.made_city calls.csv --seed 1
    python -m city_brain detect --data calls.csv --inject 6 --inject 8 --inject 10 --inject 15

About 41 events a day over 9,744 cells of 250 m, as uneven as a real city of that density is (the busiest 1, 5 and 10 % of the cells have
12, 36 and 55 % of the events), with days whose counts vary 1.84 times as much as Poisson counts do, weekdays, seasons, and every tenth
event set off by an earlier one nearby.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import click
import numpy as np
import pandas as pd

from city_brain.analytics.clusters.field import Counts, Floats
from city_brain.analytics.clusters.forecast import blurred

SHAPE = (87, 112)
"""Rows and columns: 9,744 cells."""
CELL_M = 250.0
A_DAY = 40.7
DISPERSION = 1.84
"""Variance by mean of the daily counts, weekdays and seasons aside."""
UNEVENNESS = 0.29
"""Shape of the gamma distribution of the cells' rates."""
SET_OFF = 0.1
"""Share of the events that an earlier one sets off, within about 250 m and some days."""
DRIFT_YEARS, DRIFT_DAYS = 4.0, 30
"""Half-life of a cell's departure from its mean, and how often it changes."""
WEEKDAYS = np.array([1.05, 1.02, 1.0, 1.0, 1.05, 0.98, 0.9])
CENTRE = (-87.65, 41.85)
"""Longitude and latitude: anywhere will do."""


def rates(shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """Shares of the cells: gamma distributed, with busy quarters, streets and single places."""
    parts = [blurred(rng.normal(size=shape), reach) for reach in (0, 2, 8)]
    order = np.argsort(sum(part / part.std() for part in parts), axis=None)
    found = np.empty(order.size)
    found[order] = np.sort(rng.gamma(UNEVENNESS, size=order.size))
    return np.asarray((found / found.sum()).reshape(shape))


def drifts(shape: tuple[int, int], rng: np.random.Generator, sd: float) -> Iterator[Floats]:
    """Factors of the cells' rates, month by month: logarithms wander about 0 with a half-life of `DRIFT_YEARS`, partly by quarters."""
    kept = 0.5 ** (DRIFT_DAYS / (365.25 * DRIFT_YEARS))
    walk = np.zeros(shape)
    for month in count():
        quarters = blurred(rng.normal(size=shape), 2)
        step = sd * (0.8 * rng.normal(size=shape) + 0.6 * quarters / quarters.std())
        walk = kept * walk + np.sqrt(1 - kept**2) * step if month else step
        yield np.exp(walk)


def made(
    days: int, rng: np.random.Generator, *, shape: tuple[int, int] = SHAPE, a_day: float = A_DAY, drift: float = 0.0
) -> Counts:  # fmt: skip
    """Counts by day and cell, shape (days, rows, columns). `drift`: standard deviation by which the logarithms of cells' rates wander."""
    even = rates(shape, rng)
    changing = drifts(shape, rng, drift) if drift else None
    shares = even.ravel()
    number = np.arange(days)
    usual = a_day * (1 - SET_OFF) * WEEKDAYS[number % 7] * (1 + 0.15 * np.sin(2 * np.pi * number / 365.25))
    level = rng.gamma(a_day / (DISPERSION - 1), (DISPERSION - 1) / a_day, days)
    counts = np.zeros((days, *shape), np.uint16)
    for day, expected in enumerate(usual * level):
        if changing is not None and day % DRIFT_DAYS == 0:
            now = even * next(changing)
            shares = (now / now.sum()).ravel()
        places = rng.choice(shares.size, rng.poisson(expected), p=shares)
        np.add.at(counts[day].reshape(-1), places, 1)
    first = np.argwhere(counts)
    first = np.repeat(first, counts[tuple(first.T)], axis=0)
    later = np.repeat(first, rng.poisson(SET_OFF / (1 - SET_OFF), len(first)), axis=0)
    later[:, 0] += rng.geometric(0.2, len(later))
    later[:, 1:] += np.rint(rng.normal(0, 1, (len(later), 2))).astype(np.int64)
    later = later[((later >= 0) & (later < counts.shape)).all(axis=1)]
    np.add.at(counts, tuple(later.T), 1)
    return counts


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--years", default=10.0, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--drift", default=0.0, show_default=True, help="How far the cells' rates wander over the years (standard deviation of logs)."
)
def main(file: Path, years: float, seed: int, drift: float) -> None:
    """Write FILE: id, reported_at, type, latitude, longitude."""
    rng = np.random.default_rng(seed)
    counts = made(int(365.25 * years), rng, drift=drift)
    place = np.argwhere(counts)
    place = np.repeat(place, counts[tuple(place.T)], axis=0)
    metres = (place[:, 1:] + rng.random((len(place), 2))) * CELL_M
    lat = CENTRE[1] + (metres[:, 0] - metres[:, 0].mean()) / 111_060
    lon = CENTRE[0] + (metres[:, 1] - metres[:, 1].mean()) / (111_320 * np.cos(np.radians(CENTRE[1])))
    start = datetime(2014, 1, 6)  # noqa: DTZ001 - a Monday on the city's own clock
    when = [
        start + timedelta(days=int(day), seconds=int(86_400 * part)) for day, part in zip(place[:, 0], rng.random(len(place)), strict=True)
    ]
    rows = pd.DataFrame(
        {"id": np.arange(len(place)), "reported_at": when, "type": "call", "latitude": lat.round(6), "longitude": lon.round(6)}
    )
    rows.sort_values("reported_at").to_csv(file, index=False)


if __name__ == "__main__":
    main()
