"""Commands about dispatch: the teams, where they are, a team sent, how long it took."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import TextIO

import click

from city_brain import clock
from city_brain.command_line.asking import TEXT, ask
from city_brain.command_line.lists import DATUM, read_text, tell_refused
from city_brain.dispatch.lifecycle import FREE, State
from city_brain.dispatch.queries import CLOCKS, GROUPINGS, LEAST
from city_brain.dispatching import SAYINGS
from city_brain.roles import Role

AS = click.option("--as", "role", default="dispatcher", show_default=True, type=click.Choice([*map(str, Role)]), help="In which role.")


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
        free = team["state"] in FREE
        name, state = TEXT.pick(team["name_zh"], team["name_en"]), team["state"] if team["on_shift"] or not free else State.OFF_DUTY
        age = "—" if team["located_at"] is None else TEXT.duration(clock.now() - datetime.fromisoformat(team["located_at"]))
        told = {"function": TEXT(f"team.function.{team['function']}"), "state": TEXT(f"team.state.{state}"), "case": team["case_id"] or "—"}
        click.echo(TEXT("cli.team", team=team["team_id"], name=name, age=age, **told))


@teams.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@DATUM
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def teams_import(file: Path, datum: str, as_json: bool) -> None:
    """Take a list of teams in: CSV or a JSON list, with the columns of an export or their names in Chinese or English.

    A number that is there already takes what the list says, and keeps what it has no column for; new teams are available. Rows that
    cannot be taken are written beside the file as FILE.refused.csv, each with its line and reason: mend them there and import that file.
    Refused rows end with exit code 1.

    \b
    Needed:  team_id, name_zh, function, department, home_lon, home_lat
    May be:  name_en, size, skills (several with ; between), shift_from, shift_until (HH:MM on the clock of the city)
    """
    answer = ask("teams import", text=read_text(file), datum=datum)
    counts = {name: answer[name] for name in ("read", "new", "changed", "refused")}
    tell_refused(answer, file, TEXT("cli.teams_taken", **counts), as_json=as_json)


@teams.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@DATUM
def teams_export(file: Path, datum: str) -> None:
    """Write every team to a CSV file; `teams import` reads it back the same."""
    answer = ask("teams export", datum=datum)
    file.write_text(answer["text"], encoding="utf-8-sig")
    click.echo(TEXT("cli.teams_written", teams=answer["teams"], file=str(file)))


@teams.command()
@click.argument("team")
@click.argument("said", type=click.Choice(SAYINGS))
@AS
@click.option("--department", help="Of which department, in that role.")
@click.option("--reason", help="Why; needed to recall a team.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def say(team: str, said: str, role: str, department: str | None, reason: str | None, as_json: bool) -> None:
    """Say how a team stands: en_route, on_scene, cleared or recalled at its case; or available, off_duty, out_of_service."""
    found = ask("teams say", team=team, said=said, role=role, department=department, reason=reason)
    _printed(found) if as_json else click.echo(TEXT("cli.team_says", team=team, state=TEXT(f"team.state.{found['state']}")))


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
        raise click.ClickException(TEXT("cli.positions_unreadable", file=file.name, detail=str(error))) from error
    found = ask("teams locate", positions=rows)
    _printed(found) if as_json else click.echo(TEXT("cli.located", **found))


@click.command()
@click.argument("case")
@click.argument("team")
@AS
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
        click.echo(TEXT("cli.response", group=_group(by, group["group"]), n=group["n"]))
        for name in CLOCKS:
            told = {part: _time(group[f"{name}_{part}"]) for part in ("p50", "p90")}
            hidden = TEXT("cli.response.hidden", least=LEAST) if group[f"{name}_n"] < LEAST else ""
            click.echo("  " + TEXT("cli.response.clock", clock=TEXT(f"response.{name}"), n=group[f"{name}_n"], **told) + hidden)


def _group(by: str, key: str | None) -> str:
    """The name of a group where it is a word of ours; kinds, districts and teams are called by their keys."""
    words = {"function": f"team.function.{key}", "urgency": f"dispatch.urgency.{key}"}
    if by in words and TEXT.knows(words[by]):
        return TEXT(words[by])
    return key or TEXT("cli.response.whole" if by == "whole" else "cli.response.none")


def _time(seconds: float | None) -> str:
    return "—" if seconds is None else TEXT.duration(timedelta(seconds=seconds))


COMMANDS = (teams, assign, response)
