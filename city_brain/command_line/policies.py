"""The command that compares rules of dispatch in simulation. It needs neither a home nor a console."""

from __future__ import annotations

import json
from typing import Any

import click

from city_brain.command_line.asking import TEXT, Teller
from city_brain.command_line.columns import columns
from city_brain.errors import Fault
from city_brain.simulator.policies.compare import COMPARED, FIGURES, compared
from city_brain.simulator.policies.rules import RULES

SHARES = {"urgent_late", "utilisation"}
MOST_TEAMS = 500


@click.command("compare-policies")
@click.option("--policies", "names", default=",".join(RULES), show_default=True, help="The first is what the others are held against.")
@click.option("--teams", default="25", show_default=True, metavar="N[,N…]", help="Sizes of the fleet.")
@click.option("--load", default=0.65, show_default=True, type=click.FloatRange(0.05, 1.5), help="Work offered per team.")
@click.option("--replications", default=12, show_default=True, type=click.IntRange(2, 1000), help="Runs with other cases.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="The same seed gives the same figures.")
@click.option("--days", default=4, show_default=True, type=click.IntRange(1, 365), help="Days of a run, from a Monday.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def compare_policies(names: str, teams: str, load: float, replications: int, seed: int, days: int, as_json: bool) -> None:
    """Rules of dispatch side by side in a simulated city: the same cases, places, work and teams for each.

    \b
    Examples:
      python -m city_brain compare-policies --policies nearest,batch --load 0.75
      python -m city_brain compare-policies --teams 15,25,40 --json
    """
    tell = Teller()
    try:
        found = compared(
            _rules(names), _sizes(teams), load, replications=replications, seed=seed, days=days,
            progress=lambda done, whole: tell("policies", done, whole),
        )  # fmt: skip
    except Fault as fault:
        tell.end()
        click.echo(TEXT.fault(fault), err=True)
        raise SystemExit(1) from fault
    finally:
        tell.end()
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    click.echo(TEXT("policies.head", load=f"{load:g}", replications=replications, days=days, seed=seed))
    for size in _sizes(teams):
        _tell(found, size)


def _rules(names: str) -> list[str]:
    chosen = list(dict.fromkeys(name.strip() for name in names.split(",")))
    for name in chosen:
        if name not in RULES:
            raise Fault("policies_rule", name=name, known=", ".join(RULES))
    return chosen


def _sizes(teams: str) -> list[int]:
    sizes = [int(size) if size.strip().isdecimal() else 0 for size in teams.split(",")]
    if not all(0 < size <= MOST_TEAMS for size in sizes):
        raise Fault("policies_teams", teams=teams, most=MOST_TEAMS)
    return list(dict.fromkeys(sizes))


def _tell(found: dict[str, list[dict[str, Any]]], size: int) -> None:
    click.echo("\n" + TEXT("policies.teams", teams=size))
    rows = [row for row in found["policies"] if row["teams"] == size]
    columns([("", *(TEXT(f"policies.figure.{key}") for key in FIGURES)), *((_name(row["name"]), *_figures(row)) for row in rows)])
    pairs = [row for row in found["differences"] if row["teams"] == size]
    if pairs:
        click.echo("\n" + TEXT("policies.differences", against=_name(pairs[0]["against"])))
        titles = ("", *(TEXT(f"policies.figure.{key}") for key in COMPARED))
        columns([titles, *((_name(row["policy"]), *(_interval(key, row[key]) for key in COMPARED)) for row in pairs)])


def _name(policy: str) -> str:
    return TEXT(f"policies.rule.{policy}")


def _figures(row: dict[str, Any]) -> list[str]:
    return [_figure(key, row[key]) for key in FIGURES]


def _figure(key: str, value: float, *, sign: str = "") -> str:
    if key == "cases":
        return f"{value:.0f}"
    return f"{value:{sign}.1%}" if key in SHARES else f"{value:{sign}.2f}"


def _interval(key: str, found: dict[str, float]) -> str:
    mean, low, high = (_figure(key, found[part], sign="+") for part in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]"


COMMANDS = (compare_policies,)
