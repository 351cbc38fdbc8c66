"""Commands about dispatch: the teams, where they are, a team sent, how long it took."""

from __future__ import annotations

import json
from typing import Any, TextIO

import click

from city_brain.command_line.asking import TEXT, ask
from city_brain.dispatch.queries import CLOCKS, GROUPINGS
from city_brain.roles import Role


def _printed(answer: object) -> None:
    click.echo(json.dumps(answer, ensure_ascii=False, default=str))


@click.group()
def teams() -> None:
    """Teams that can be sent: who they are, how they stand, where they are."""


@teams.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
def teams_list(as_json: bool) -> None:
    """Every team with its state, its case and its last position."""
    found = ask("teams list")["teams"]
    if as_json:
        _printed(found)
        return
    for team in found:
        name, state = TEXT.pick(team["name_zh"], team["name_en"]), TEXT(f"team.state.{team['state']}")
        function, at = TEXT(f"team.function.{team['function']}"), team["located_at"] or "—"
        click.echo(TEXT("cli.team", team=team["team_id"], name=name, function=function, state=state, case=team["case_id"] or "—", at=at))


@teams.command()
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def locate(file: TextIO, as_json: bool) -> None:
    """Take positions in: a JSON list of team_id, lon, lat (WGS-84) and measured_at; - reads what is piped in.

    A neighbouring system sends the same to the running console: POST /api/command with the token of console.json.
    """
    try:
        rows = json.load(file)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    found = ask("teams locate", positions=rows)
    _printed(found) if as_json else click.echo(TEXT("cli.located", **found))


@click.command()
@click.argument("case")
@click.argument("team")
@click.option("--as", "role", default="dispatcher", show_default=True, type=click.Choice([*map(str, Role)]), help="In which role.")
@click.option("--reason", help="Why this team.")
@click.option("--same-checked", is_flag=True, help="It is not the same matter as a case nearby that a team is at.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def assign(case: str, team: str, role: str, reason: str | None, same_checked: bool, as_json: bool) -> None:
    """Send a team to a case. A team at another case is never sent: whoever sent it first is named."""
    found = ask("assign", case=case, team=team, role=role, reason=reason, same_checked=same_checked)
    _printed(found) if as_json else click.echo(TEXT("cli.assigned", team=team, case=case, assignment=found["assignment_id"]))


@click.command()
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 3660), help="Of teams sent in so many days.")
@click.option("--by", default="whole", show_default=True, type=click.Choice(GROUPINGS), help="By what.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list, seconds.")
def response(days: int, by: str, as_json: bool) -> None:
    """How long it took from the report to the arrival: median and 90th percentile of each part, with how many are known."""
    found = ask("response", days=days, by=by)["groups"]
    if as_json:
        _printed(found)
        return
    for group in found:
        click.echo(TEXT("cli.response", group=group["group"] or TEXT("cli.response.whole"), n=group["n"]))
        for name in CLOCKS:
            told = {part: _minutes(group[f"{name}_{part}"]) for part in ("p50", "p90")}
            click.echo("  " + TEXT("cli.response.clock", clock=TEXT(f"response.{name}"), n=group[f"{name}_n"], **told))


def _minutes(seconds: Any) -> str:
    return "—" if seconds is None else f"{seconds / 60:.1f}"


COMMANDS = (teams, assign, response)
