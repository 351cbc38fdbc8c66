"""Commands about forecasts of risk: how they would have gone."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import click

from city_brain import backtesting
from city_brain.command_line.asking import TEXT, Teller, ask
from city_brain.command_line.columns import columns
from city_brain.command_line.gain_drawing import drawing
from city_brain.errors import Fault
from city_brain.settings import from_environment

Record = dict[str, Any]


@click.command()
@click.option("--data", required=True, metavar="FILE|city", help="A file, folder or URL that `load` can read, or the city's own cases.")
@click.option("--edge", default=250, show_default=True, type=click.IntRange(50, 5000), help="Edge of a cell, metres.")
@click.option("--horizon", default="1", show_default=True, type=click.Choice(["1", "7"]), help="Days that a forecast is for.")
@click.option("--kind", "kinds", multiple=True, help="Only this kind; may be given several times. Default: the ten most frequent.")
@click.option("--train-until", metavar="DAY", help="First day held out, such as 2011-11-01; default: the last 30 % of the record.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for backtest.csv and backtest.svg.")
@click.option("--seed", default=0, show_default=True, type=int, help="The same seed gives the same figures.")
@click.option("--profile", help="How to read the file, as for `load`.")
@click.option("--datum", help="Its coordinates are wgs84, gcj02, bd09 or epsg:N.")
@click.option("--timezone", help="Zone of its times without one.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def backtest(data: str, horizon: str, edge: int, kinds: tuple[str, ...], train_until: str | None, out: Path | None, seed: int,
             as_json: bool, **wishes: str | None) -> None:  # fmt: skip
    """How forecasts of events per cell would have gone: trained until a day, issued day by day (or week by week), counted afterwards.

    Shown against the plain count of all history at equal area, with 95 % intervals. Nothing is recorded.

    \b
    Examples:
      python -m city_brain backtest --data city --horizon 7
      python -m city_brain backtest --data calls.csv --datum epsg:2913 --timezone America/Los_Angeles --out figures
    """
    given = {"edge_m": edge, "horizon": int(horizon), "kinds": list(kinds), "train_until": train_until, "seed": seed}
    found = ask("backtest", **given) if data == "city" else _of_file(data, wishes, given)
    if out is not None:
        _write(out, found)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    _tell(found)
    if out is not None:
        click.echo(TEXT("forecast.written", table=str(out / "backtest.csv"), chart=str(out / "backtest.svg")))


def _of_file(data: str, wishes: dict[str, str | None], given: Record) -> Record:
    """A file is tested here: it needs neither the home nor its console."""
    teller = Teller()
    try:
        target = data if data.startswith(("http://", "https://")) else str(Path(data).expanduser().resolve())
        events = backtesting.of_file(target, from_environment(), wishes, teller)
        return backtesting.assessed(events, progress=teller, **given)
    except Fault as fault:
        teller.end()
        click.echo(TEXT.fault(fault), err=True)
        raise SystemExit(1) from fault
    finally:
        teller.end()


def _tell(found: Record) -> None:
    head = ("events", "cells", "edge_m", "horizon_days", "issues", "first", "last", "train_until")
    click.echo(TEXT("forecast.head", **{name: found[name] for name in head}))
    for guard, count in found["guards"].items():
        click.echo("  " + TEXT("forecast.guarded", guard=TEXT(f"forecast.guard.{guard}"), count=count))
    for point in found["chronic"][:5]:
        where = {"x": point["x_m"], "y": point["y_m"]}
        click.echo("    " + TEXT("forecast.chronic", kind=_kind(point["kind"], found), events=point["events"], **where))
    for kind in ("", "*"):
        rows = [row for row in found["table"] if row["kind"] == kind]
        click.echo("\n" + TEXT("forecast.together", kind=_kind(kind, found), events=rows[0]["n_events"]))
        names = [(TEXT(f"forecast.metric.{row['metric']}"), TEXT(f"forecast.model.{row['model']}")) for row in rows]
        columns([_titles(), *(_row(metric, row, model) for (metric, model), row in zip(names, rows, strict=True))])
    gains = [row for row in _gains(found) if row["kind"] not in ("", "*")]
    click.echo("\n" + TEXT("forecast.by_kind"))
    columns([_titles(), *(_row(_kind(row["kind"], found), row, TEXT("forecast.events", events=row["n_events"])) for row in gains)])


def _gains(found: Record) -> list[Record]:
    """The information gain of what is served, by kind."""
    return [row for row in found["table"] if row["metric"] == "information_gain" and row["model"] == "served"]


def _titles() -> tuple[str, ...]:
    return ("", "", TEXT("forecast.value"), TEXT("forecast.interval"), TEXT("forecast.difference"), TEXT("forecast.interval"))


def _row(title: str, row: Record, beside: str) -> tuple[str, ...]:
    return (
        title, beside, _figure(row["value"]), _interval(row["low"], row["high"]), _figure(row["baseline_difference"], signed=True),
        _interval(row["difference_low"], row["difference_high"]),
    )  # fmt: skip


def _figure(value: float | None, *, signed: bool = False) -> str:
    return "—" if value is None else f"{value:{'+' if signed else ''}.4g}"


def _interval(low: float | None, high: float | None) -> str:
    return "—" if low is None else f"{_figure(low)} … {_figure(high)}"


def _kind(kind: str, found: Record) -> str:
    """A kind as the city or the file names it; the sums have names of ours."""
    ours = {"": "all", "*": "each", backtesting.OTHER: "other", backtesting.UNKNOWN: "unknown"}
    if kind in ours:
        return TEXT(f"forecast.kind.{ours[kind]}")
    return TEXT.pick(*found.get("names", {}).get(kind, (None, None))) or kind


def _write(folder: Path, found: Record) -> None:
    """The table as CSV, its chart as SVG."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "backtest.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, found["table"][0].keys())
        writer.writeheader()
        writer.writerows(found["table"])
    told = ("baseline_difference", "difference_low", "difference_high")
    lines = [(_kind(row["kind"], found), *(row[name] for name in told)) for row in _gains(found)]
    (folder / "backtest.svg").write_text(drawing(TEXT("forecast.drawing"), TEXT("forecast.nats"), lines), encoding="utf-8")


COMMANDS = (backtest,)
