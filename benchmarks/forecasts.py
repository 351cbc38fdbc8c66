"""How long an issue of forecasts takes, and how near a back-test comes to the truth where the truth is known.

python -m benchmarks.forecasts --years 4 --seed 2
"""

from __future__ import annotations

import time

import click
import numpy as np

from benchmarks.made_city import CELL_M, SHAPE, made, rates
from city_brain.analytics.clusters.forecast import blurred
from city_brain.analytics.forecast import history, scores
from city_brain.analytics.forecast.backtest import backtest
from city_brain.analytics.forecast.history import History
from city_brain.analytics.forecast.issue import issue

SIDE, KINDS, EVENTS, DAYS = 100, 10, 150_000, 365
"""A city of 100 by 100 cells, and a year of it."""
HELD_OUT, SET_OFF = 0.3, 0.1


def large(side: int, events: int, seed: int = 0) -> History:
    """Ten kinds, the most frequent ten times as frequent as the rarest, on the same busy places."""
    rng = np.random.default_rng(seed)
    ground, frequent = rng.gamma(0.3, size=side * side), np.arange(1.0, KINDS + 1)
    squares = np.column_stack(np.divmod(np.arange(side * side), side))
    place = (squares[rng.choice(side * side, events, p=ground / ground.sum())] + 0.5) * CELL_M
    kind = np.array([f"kind {number}" for number in range(KINDS)], object)[rng.choice(KINDS, events, p=frequent / frequent.sum())]
    x, y = place.T
    return history.build(x, y, rng.integers(0, DAYS, events), kind, edge_m=CELL_M, end=DAYS, cells=squares)


def issued(side: int = SIDE, events: int = EVENTS) -> tuple[History, float]:
    """A large city, and the seconds that fitting, choosing and issuing for a day and a week take."""
    city = large(side, events)
    began = time.perf_counter()
    issue(city, seed=0)
    return city, time.perf_counter() - began


@click.command()
@click.option("--years", default=4.0, show_default=True)
@click.option("--seed", default=2, show_default=True)
def main(years: float, seed: int) -> None:
    """Back-test a made-up city (`benchmarks.made_city`) against its own true rate, next day."""
    truth = rates(SHAPE, np.random.default_rng(seed))
    truth = ((1 - SET_OFF) * truth + SET_OFF * blurred(truth, 1)).ravel()
    counts = made(int(365.25 * years), np.random.default_rng(seed))
    place = np.argwhere(counts)
    place = np.repeat(place, counts[tuple(place.T)], axis=0)
    squares, end = np.argwhere(np.ones(SHAPE, bool)), len(counts)
    x, y = (place[:, 1:] + 0.5).T * CELL_M
    city = history.build(x, y, place[:, 0], ["call"] * len(place), edge_m=CELL_M, end=end, cells=squares)
    found = backtest(city, horizon=1, train_until=end - round(HELD_OUT * end), seed=seed)
    known = sum(scores.tally(truth[:, None], city.counts(day, day + 1)[:, :1], np.zeros(1)) for day in found.days)
    for metric in ("hit_rate_1", "hit_rate_5", "hit_rate_10", "information_gain"):
        rows = found.table[(found.table["kind"] == "") & (found.table["metric"] == metric)].set_index("model")["value"]
        told = "".join(f"{name:>13} {value:.4f}" for name, value in rows.items())
        click.echo(f"{metric:17}{told}        truth {float(scores.METRICS[metric].of(np.asarray(known))[0]):.4f}")


if __name__ == "__main__":
    main()
