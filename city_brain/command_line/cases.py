"""Commands about cases: the lifecycle, one case, a move, a report by hand, indicators."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import click

from city_brain.cases import diagram
from city_brain.cases.lifecycle import POSTS
from city_brain.command_line.asking import TEXT, ask
from city_brain.errors import Fault
from city_brain.roles import Role
from city_brain.supervision.measures import GROUPINGS

BY = (*GROUPINGS, "post")


def _printed(answer: object) -> None:
    click.echo(json.dumps(answer, ensure_ascii=False, default=str))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: steps and moves.")
@click.option("--mermaid", is_flag=True, help="Print a Mermaid state diagram.")
def lifecycle(as_json: bool, mermaid: bool) -> None:
    """The lifecycle of a case: its steps with their group, its moves with source, target, role, fields and effect on the clock.

    It is the one table from which checks, buttons, clocks and documents derive; no city is needed to print it.
    """
    if as_json:
        _printed({"states": diagram.steps(), "moves": diagram.moves()})
    elif mermaid:
        click.echo(diagram.as_mermaid())
    else:
        click.echo(diagram.steps_as_markdown() + "\n\n" + diagram.as_markdown())


@click.command()
@click.argument("case")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def case(case: str, as_json: bool) -> None:
    """One case: where it is, who holds it, its clocks with due times, its hops, its events, what is possible now."""
    found = ask("case", case=case)
    if as_json:
        _printed(found)
    else:
        _tell(found)


def _tell(found: dict[str, Any]) -> None:
    clocks = found["clocks"]
    click.echo(
        TEXT(
            "cli.case",
            case=found["case_id"],
            step=TEXT(f"step.{found['step']}"),
            holder=_holder(found["holder"]),
            version=found["version"],
            due=clocks["case"]["due_at"] or "—",
            step_due=clocks["step"]["due_at"] or "—",
            hops=found["hops"],
        )
    )
    for event in found["events"]:
        move = TEXT(f"move.{event['move']}")
        click.echo("  " + TEXT("cli.event", at=event["happened_at"], move=move, actor=event["actor"], why=event["reason"] or ""))
    for role, moves in found["possible"].items():
        click.echo("  " + TEXT("cli.possible", role=TEXT(f"role.{role}"), moves=", ".join(moves)))


def _holder(holder: str | None) -> str:
    return TEXT(f"post.{holder}") if holder in POSTS else holder or "—"


@click.command()
@click.argument("case")
@click.argument("move")
@click.option("--as", "role", required=True, type=click.Choice([role.value for role in Role]), help="The role that takes the move.")
@click.option("--department", help="Whose cases it handles, for the role department; default: whoever holds the case.")
@click.option(
    "--field", "fields", multiple=True, metavar="NAME=VALUE", help="A field of the move, such as reason=…; may be given several times."
)
@click.option("--seen", type=int, metavar="SEQUENCE", help="The sequence of the case you looked at: refused if it has moved on since.")
@click.option("--json", "as_json", is_flag=True, help="Print the case afterwards as one JSON object.")
def move(case: str, move: str, role: str, department: str | None, fields: tuple[str, ...], seen: int | None, as_json: bool) -> None:
    """Take a move with a case: the same act as the button, with the same checks.

    A move that is refused changes nothing, says why and what is possible, and ends with exit code 1.

    \b
    Examples:
      python -m city_brain move R-1 accept --as watch_officer
      python -m city_brain move R-1 dispatch --as dispatcher --field department=water
      python -m city_brain move R-1 dispute --as department --department roads --field instead=water --field reason="a pipe"
    """
    if any("=" not in field for field in fields):
        raise click.BadParameter("NAME=VALUE", param_hint="--field")
    filled = dict(field.split("=", 1) for field in fields)
    answer = ask("move", case=case, move=move, role=role, department=department, fields=filled, seen=seen)
    if "refused" in answer:
        click.echo(TEXT.fault(Fault(answer["refused"], **answer["values"])), err=True)
        for name, moves in answer["possible"].items():
            click.echo("  " + TEXT("cli.possible", role=TEXT(f"role.{name}"), moves=", ".join(moves)), err=True)
        raise SystemExit(1)
    if as_json:
        _printed(answer)
    else:
        _tell(answer)


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--json", "as_json", is_flag=True, help='Print {"case": …}.')
def report(file: str, as_json: bool) -> None:
    """File one report by hand: FILE is JSON or TOML (- for the input) with kind, place, text.

    kind is a code of the catalogue (06010) or a name in Chinese or English; place an address in words; lon and lat (WGS-84), district,
    street, community, channel, reported_at and id may be there too.

    \b
    Example:
      echo '{"kind": "01002", "place": "Jiefang Road 12", "text": "cover broken"}' | python -m city_brain report -
    """
    made = ask("report", said=_said(_read(file)))
    if as_json:
        _printed(made)
    else:
        click.echo(TEXT("cli.reported", case=made["case"]))


def _read(file: str) -> str:
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise click.BadParameter(TEXT("cli.report_unread", why=error.strerror), param_hint="FILE") from error
    except UnicodeDecodeError as error:
        raise click.BadParameter(TEXT("fault.not_utf8"), param_hint="FILE") from error


def _said(content: str) -> dict[str, Any]:
    try:
        said = json.loads(content) if content.lstrip().startswith("{") else tomllib.loads(content)
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(TEXT("cli.report_form", why=str(error)[:120]), param_hint="FILE") from error
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in said.items()}


@click.command()
@click.option("--from", "since", metavar="DAY", help="First day, such as 2026-11-01; default: 30 days back.")
@click.option("--to", "until", metavar="DAY", help="Last day; default: today.")
@click.option("--by", type=click.Choice(BY), help="Break down by.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def indicators(since: str | None, until: str | None, by: str | None, as_json: bool) -> None:
    """The measures of the closed loop over a period, each with numerator, denominator, value and 95 % interval."""
    found = ask("indicators", since=since, until=until, by=by)
    if as_json:
        _printed(found)
        return
    for row in found["indicators"]:
        shown = {
            "name": TEXT(f"measure.{row['measure']}"),
            "group": row["group"] or "",
            "numerator": row["numerator"],
            "denominator": row["denominator"],
        }
        click.echo(TEXT("cli.indicator", **shown, value=_value(row["value"]), low=_value(row["low"]), high=_value(row["high"])))
    for measure in found["untold"]:
        click.echo(f"{TEXT(f'measure.{measure}')} — {TEXT(f'untold.{measure}')}")


def _value(value: float | None) -> str:
    return "—" if value is None else f"{value:.4g}"


COMMANDS = (lifecycle, case, move, report, indicators)
