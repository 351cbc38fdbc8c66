"""The command that looks for clusters, and measures how many it would find."""

from __future__ import annotations

import json
from typing import Any

import click

from city_brain import detection
from city_brain.command_line.asking import TEXT, ask
from city_brain.errors import Fault
from city_brain.settings import from_environment


@click.command()
@click.option(
    "--data", required=True, metavar="FILE|city", help="A file, folder or address as `load` takes it, or: city, the home's cases."
)
@click.option("--budget", default=12.0, show_default=True, help="False alarms a year and kind group.")
@click.option(
    "--inject", multiple=True, type=int, metavar="K", help="Put in clusters of K events, and count how many are found. May be repeated."
)
@click.option("--days", default=3, show_default=True, help="Days over which the events of a cluster are spread.")
@click.option("--box-km", default=1.25, show_default=True, help="Side of the square over which they are spread, km.")
@click.option("--trials", default=200, show_default=True, help="Clusters of each size.")
@click.option("--where", type=click.Choice(["cells", "events"]), default="cells", show_default=True,
              help="Squares lie around any cell with an event, or around any event (busy places more often).")  # fmt: skip
@click.option("--kind", help="Only this kind group, or: all, for all kinds together.")
@click.option("--thin", type=float, metavar="N", help="Keep N events a day, at random: how it would be in a less dense city.")
@click.option("--seed", default=1, show_default=True, help="The same seed puts the same clusters in.")
@click.option("--profile", help="How to read the file, as for `load`.")
@click.option("--datum", help="Coordinates are wgs84, gcj02, bd09 or epsg:N, as for `load`.")
@click.option("--timezone", help="Zone of times without one, as for `load`.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def detect(data: str, as_json: bool, profile: str | None, datum: str | None, timezone: str | None, **given: Any) -> None:
    """Clusters and outbreaks at a fixed budget of false alarms.

    Without --inject: the alarms of the last part of the data, each with its square, days, what was observed and expected. With it: the
    share of injected clusters that are found, with a 95 % interval, for the scan and for simpler methods at the same budget.

    \b
    Examples:
      python -m city_brain detect --data city
      python -m city_brain detect --data calls.csv --inject 6 --inject 10 --trials 300 --json
    """
    if data == "city":
        found = ask("detect", **given)
    else:
        try:
            found = detection.of_file(data, from_environment(), detection.wished(given), profile=profile, datum=datum, timezone=timezone)
        except Fault as fault:
            click.echo(TEXT.fault(fault), err=True)
            raise SystemExit(1) from fault
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, default=str))
        return
    for group in found["groups"]:
        _tell(group)


def _tell(group: dict[str, Any]) -> None:
    click.echo(TEXT("cli.detect.group", **{key: group[key] for key in ("group", "events", "days", "per_day", "cells", "held_out_from")}))
    for alarm in group.get("alarms", ()):
        numbers = {key: f"{alarm[key]:.1f}" for key in ("expected", "statistic", "threshold", "yearly")}
        places = {key: f"{alarm[key] / 1000:.2f}" for key in ("centre_east_m", "centre_north_m")}
        side = f"{(alarm['east_m'] - alarm['west_m']) / 1000:g}"
        click.echo(
            "  "
            + TEXT(
                "cli.detect.alarm",
                since=alarm["from_day"],
                until=alarm["until_day"],
                side=side,
                observed=alarm["observed"],
                **numbers,
                **places,
            )
        )
    for rose in group.get("districts", ()):
        numbers = {key: f"{rose[key]:.1f}" for key in ("expected", "statistic", "threshold")}
        click.echo("  " + TEXT("cli.detect.district", district=rose["district"], day=rose["day"], observed=rose["observed"], **numbers))
    for method in group.get("methods", ()):
        name = TEXT(f"detect.method.{method['method']}")
        click.echo(
            "  " + TEXT("cli.detect.method", method=name, alarms=method["alarms"], days=method["days"], yearly=method["alarms_a_year"])
        )
        for one in method["found"]:
            shares = {key: f"{100 * one[key]:.0f}" for key in ("share", "low", "high")}
            click.echo("    " + TEXT("cli.detect.found", extra=one["extra"], days=one["days"], trials=one["trials"], **shares))
    if not any(group.get(name) for name in ("alarms", "districts", "methods")):
        click.echo("  " + TEXT("cli.detect.nothing"))
