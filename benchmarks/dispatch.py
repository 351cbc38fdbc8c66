"""How long dispatch takes: who is proposed and what is read for it, many teams matched at once, and a city in simulated time.

python -m benchmarks.dispatch --repeat 40
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import click
import numpy as np

from benchmarks.measure import Timing, timing
from city_brain import clock
from city_brain.analytics.dispatch import matching
from city_brain.analytics.dispatch.coverage import cost_of_sending
from city_brain.analytics.dispatch.ranking import ranked
from city_brain.analytics.dispatch.travel import estimated
from city_brain.cases.model import Look
from city_brain.dispatch import actions, queries
from city_brain.settings import Settings
from city_brain.simulator import crews, feed
from city_brain.simulator.engine.life import lived
from city_brain.simulator.geography import town
from city_brain.simulator.policies.rules import RULES
from city_brain.start import Home

TEAMS, WAITING, PLACES = 500, 2_000, 1_500
REPORTS_DAYS, PER_DAY = 86, 667.0
"""About sixty thousand reports."""


def lived_city() -> tuple[int, float]:
    """Reports of a simulated city with departments and teams, and the seconds it took."""
    began = time.perf_counter()
    found = lived(
        town("wuhan"), seed=1, start=date(2026, 6, 1), days=REPORTS_DAYS, per_day=PER_DAY, rule=RULES["urgent_first"],
        progress=lambda done, whole: None,
    )  # fmt: skip
    return len(found), time.perf_counter() - began


def dispatched(repeat: int) -> list[Timing]:
    """A recommendation as the desk makes it, and a batch, in a demo city with five hundred teams and two thousand waiting cases."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Settings(home=Path(folder) / "home", demo_cases=60_000, demo_days=30))
        home.open("benchmark")
        try:
            feed.build(home.city, home.settings, home.tell)
            return _timed(home, repeat)
        finally:
            home.close()


def _timed(home: Home, repeat: int) -> list[Timing]:
    known = crews.teams(town("wuhan"), 1)
    more = [replace(known[number % len(known)], team_id=f"B-{number:04d}") for number in range(TEAMS - len(known))]
    actions.enter(home.city, more, crews.CREW)
    look, rng = Look(clock.now()), np.random.default_rng(1)
    places = rng.normal(114.3, 0.15, PLACES), rng.normal(30.6, 0.12, PLACES)
    waiting = queries.waiting(home.city, look, WAITING)

    def recommended(run: int) -> None:
        fleet, queue = queries.teams(home.city, look), matching.order(queries.waiting(home.city, look, WAITING), look.moment)
        case = queue.iloc[run % len(queue)]
        metres, seconds = estimated(fleet["home_lon"], fleet["home_lat"], case["lon"], case["lat"], hour=9)
        mine = (fleet["function"] == case["function"]).to_numpy()
        away = estimated(fleet["home_lon"].to_numpy()[mine, None], fleet["home_lat"].to_numpy()[mine, None], *places, hour=9)[1]
        lost = np.zeros(len(fleet))
        lost[mine] = cost_of_sending(away, np.ones(PLACES), 600.0)
        ranked(fleet, metres, seconds, look.moment, function=case["function"], coverage_lost=lost)

    def batch(run: int) -> None:
        fleet = queries.teams(home.city, look)
        homes = fleet["home_lon"].to_numpy()[None], fleet["home_lat"].to_numpy()[None]
        seconds = estimated(*homes, waiting["lon"].to_numpy()[:, None], waiting["lat"].to_numpy()[:, None], hour=run % 24)[1]
        waited = (look.moment - waiting["reported_at"]).dt.total_seconds().to_numpy()
        matching.assign(seconds, waiting["urgency"].map(matching.WEIGHT).to_numpy(float), waited)

    size = f"{TEAMS} teams, {len(waiting):,} cases"
    return [_repeated(f"recommend: {size}", 50, recommended, repeat), _repeated(f"batch: {size}", 1000, batch, max(5, repeat // 4))]


def _repeated(name: str, goal_ms: int, act: Callable[[int], None], repeat: int) -> Timing:
    taken = []
    for run in range(repeat + 1):
        began = time.perf_counter()
        act(run)
        taken.append((time.perf_counter() - began) * 1000)
    return timing(name, goal_ms, taken)


@click.command()
@click.option("--repeat", default=40, show_default=True)
def main(repeat: int) -> None:
    """Time dispatch, milliseconds, and a simulated city, seconds."""
    for one in dispatched(repeat):
        click.echo(f"{one.name:44}{one.middle:9.1f}{one.p95:9.1f}  goal {one.goal_ms}")
    reports, seconds = lived_city()
    click.echo(f"{f'simulated city: {reports:,} reports':44}{seconds:9.1f} s")


if __name__ == "__main__":
    main()
