"""The command that lets a demo city live in simulated time. It needs neither a home nor a console."""

from __future__ import annotations

import errno
import json
import os
from datetime import date, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import click

from city_brain.command_line.asking import TEXT, Teller
from city_brain.errors import Fault
from city_brain.settings import DEMO_CITIES
from city_brain.simulator.engine.account import account, rows
from city_brain.simulator.engine.life import lived
from city_brain.simulator.geography import town
from city_brain.simulator.policies.rules import RULES


@click.command()
@click.option("--city", default=DEMO_CITIES[0], show_default=True, type=click.Choice(DEMO_CITIES))
@click.option("--from", "start", default="2026-06-01", show_default=True, metavar="DAY", help="Its week's Monday is the first day.")
@click.option("--days", default=28, show_default=True, type=click.IntRange(1, 730))
@click.option("--per-day", default=667.0, show_default=True, type=click.FloatRange(1, 20_000), help="First reports of a mean day.")
@click.option("--rule", default="urgent_first", show_default=True, type=click.Choice(list(RULES)), help="Of dispatch.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="The same seed gives the same city.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the reports as CSV; `load` reads it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def simulate(city: str, start: str, days: int, per_day: float, rule: str, seed: int, out: Path | None, as_json: bool) -> None:
    """A demo city in simulated time: who reports what, departments with so many hands, teams that drive and work.

    \b
    Examples:
      python -m city_brain simulate --days 90
      python -m city_brain simulate --days 30 --per-day 3000 --out many.csv
    """
    tell, began = Teller(), perf_counter()
    try:
        if out:
            _check(out)
        found = lived(
            town(city), seed=seed, start=_day(start), days=days, per_day=per_day, rule=RULES[rule],
            progress=lambda done, whole: tell("simulate", done, whole),
        )  # fmt: skip
        if out:
            _write(out, found, town(city).prefix)
    except Fault as fault:
        tell.end()
        click.echo(TEXT.fault(fault), err=True)
        raise SystemExit(1) from fault
    tell.end()
    told: dict[str, Any] = {"city": city, "days": days, "seed": seed, **account(found), "seconds": round(perf_counter() - began, 1)}
    if as_json:
        click.echo(json.dumps(told))
        return
    click.echo(TEXT("simulate.told", **{name: _said(name, value) for name, value in told.items()}))
    if out:
        click.echo(TEXT("simulate.written", file=str(out)))


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day on the city's own calendar
    except ValueError:
        raise Fault("simulate_day", day=text) from None


def _check(file: Path) -> None:
    """Before the long work: the folder of the file has to be there."""
    if not file.parent.is_dir():
        raise Fault("simulate_file", file=str(file), why=os.strerror(errno.ENOENT))


def _write(file: Path, found: Any, prefix: str) -> None:
    try:
        rows(found, prefix).to_csv(file, index=False)
    except OSError as error:
        raise Fault("simulate_file", file=str(file), why=error.strerror or str(error)) from error


def _said(name: str, value: Any) -> str:
    if value is None:
        return "—"
    if name in ("overdue", "passed_on", "reworked", "extended"):
        return TEXT.percent(value, 1)
    return TEXT.number(value, 1 if isinstance(value, float) else 0) if isinstance(value, int | float) else str(value)


COMMANDS = (simulate,)
