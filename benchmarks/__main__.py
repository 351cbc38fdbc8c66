"""``python -m benchmarks``: builds cities of several sizes, times every read of the pages, acts, replay, forecasts and a real file."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from benchmarks.acts import acts
from benchmarks.dispatch import dispatched, lived_city
from benchmarks.forecasts import issued
from benchmarks.measure import Measured, Timing, measured
from benchmarks.replay import loaded, replayed
from city_brain.settings import ROOT

BOSTON = ROOT.parent / "shared" / "data" / "boston311_2011" / "311_service_requests_2011.zip"
"""A real file beside the project, if there is one."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--cases", default="1,3,10", show_default=True, help="Sizes, in millions of cases.")
@click.option("--repeat", default=20, show_default=True, help="How often each read is timed.")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=ROOT / "var" / "benchmarks", help="Where built cities are kept: 0.3 GB a million."
)
@click.option("--only-reads", is_flag=True, help="Leave out acts, replay, forecasts and loading.")
@click.option("--json", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write the figures to a file as well.")
def main(cases: str, repeat: int, folder: Path, file: Path | None, only_reads: bool) -> None:
    """Measure reads, acts, replay, forecasts and loading.

    Milliseconds: median, p95 and the time of all processors; a star marks a p95 beyond its goal.
    """
    sizes = [round(float(size) * 1e6) for size in cases.split(",")]
    found = [measured(size, folder, repeat) for size in sizes]
    _tell_reads(found)
    told: dict[str, Any] = {"processors": os.cpu_count(), "cities": [asdict(one) for one in found]}
    if not only_reads:
        told |= _others(sizes[-1], folder, repeat)
    if file:
        file.write_text(json.dumps(told, indent=1), encoding="utf-8")


def _others(cases: int, folder: Path, repeat: int) -> dict[str, Any]:
    """Acts in the largest city, replay, a real file."""
    acted, together = acts(cases, folder, repeat)
    click.echo(f"\nacts in a city of {_millions(cases)}")
    for one in acted:
        click.echo(f"{one.name:38}{one.middle:9.1f}{one.p95:9.1f}{_star(one)}")
    click.echo(f"{'act: reports a second, many hands':38}{together:9.0f}")
    rate = replayed(100_000, folder)
    click.echo(f"{'replay: events a second':38}{rate:9.0f}")
    told: dict[str, Any] = {"acts": [asdict(one) for one in acted], "acts_a_second": together, "replay_events_a_second": rate}
    life, seconds = lived_city()
    click.echo(f"{f'simulated city: {life:,} reports':38}{seconds:9.1f} s")
    told |= {"simulated_reports": life, "simulated_seconds": seconds}
    for one in dispatched(repeat):
        click.echo(f"{one.name:38}{one.middle:9.1f}{one.p95:9.1f}{_star(one)}")
        told |= {one.name: [one.middle, one.p95]}
    large, seconds = issued()
    events, kinds, cells = len(large.day), len(large.kinds), len(large.cells)
    click.echo(f"{f'forecast: {kinds} kinds, {cells:,} cells, {events:,}':38}{seconds:9.1f} s")
    told |= {"forecast_events": events, "forecast_cells": cells, "forecast_kinds": kinds, "forecast_seconds": seconds}
    if BOSTON.exists():
        rows, seconds = loaded(BOSTON, folder)
        click.echo(f"{f'load: Boston 2011, {rows:,} rows':38}{seconds:9.1f} s")
        told |= {"boston_rows": rows, "boston_seconds": seconds}
    return told


def _tell_reads(found: list[Measured]) -> None:
    for one in found:
        built = f"built in {one.built_s:.0f} s, " if one.built_s is not None else ""
        picture = f"picture {one.picture_mb:,.0f} MB, opened in {one.opened_s:.1f} s"
        click.echo(f"{_millions(one.cases)} cases: {built}{picture}, peak memory {one.peak_mb:,.0f} MB")
    click.echo("\n" + " " * 38 + "".join(f"{_millions(one.cases):>28}" for one in found) + "   growth of cpu")
    click.echo(" " * 38 + "   median      p95       cpu" * len(found))
    for row in zip(*(one.timings for one in found), strict=True):
        shown = "".join(f"{timing.middle:9.1f}{timing.p95:9.1f}{_star(timing)}{timing.processor:9.1f}" for timing in row)
        click.echo(f"{row[0].name:38}{shown}{row[-1].processor / row[0].processor:8.1f} ×")


def _star(timing: Timing) -> str:
    return "*" if timing.p95 > timing.goal_ms else " "


def _millions(cases: int) -> str:
    return f"{cases / 1e6:g} M"


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
