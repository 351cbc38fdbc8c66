"""Commands about the risk register: take a list in, write it out, list it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from city_brain.command_line.asking import TEXT, ask
from city_brain.command_line.lists import DATUM, read_text, tell_refused
from city_brain.hazards import exchange
from city_brain.hazards.model import Condition, HazardKind, RiskClass


@click.group()
def hazards() -> None:
    """The risk register: hazards that stand in the city, and their inspections."""


@hazards.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@DATUM
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def hazards_import(file: Path, datum: str, as_json: bool) -> None:
    """Take a list of hazards in: CSV or GeoJSON points, with the columns of an export or their names in Chinese or English.

    A number that is there already takes what the list says otherwise; empty cells say nothing. Rows that cannot be taken are written
    beside the file as FILE.refused.csv, each with its line and reason: mend them there and import that file. Refused rows end with exit
    code 1.

    \b
    Needed:  name, kind, risk_class, lon, lat, department
    May be:  hazard_id, state, address, person, phone, last_on, next_on, notes, source
    """
    answer = ask("hazards import", text=read_text(file), datum=datum, file=file.name)
    told = [TEXT("cli.hazards_taken", **{name: answer[name] for name in ("read", "entered", "changed", "same", "refused")})]
    if answer["unknown"]:
        told.append("  " + TEXT("cli.hazards_unknown", columns=", ".join(answer["unknown"])))
    tell_refused(answer, file, *told, as_json=as_json)


@hazards.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--format", "form", type=click.Choice(exchange.FORMATS), help="Default: by the name of the file, else csv.")
@DATUM
@click.option("--personal", metavar="PURPOSE", help="With names and numbers of persons unmasked; the record keeps who took them and why.")
def hazards_export(file: Path, form: str | None, datum: str, personal: str | None) -> None:
    """Write the whole register to a file, closed hazards too; `hazards import` reads it back the same."""
    chosen = form or ("geojson" if file.suffix.lower() in (".geojson", ".json") else "csv")
    answer = ask("hazards export", form=chosen, datum=datum, purpose=personal)
    file.write_text(answer["text"], encoding="utf-8-sig" if chosen == "csv" else "utf-8")
    click.echo(TEXT("cli.hazards_written", hazards=answer["hazards"], file=str(file)))


@hazards.command("list")
@click.option("--class", "classes", multiple=True, type=click.Choice([str(name) for name in RiskClass]), help="Only of this class.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice([str(name) for name in HazardKind]), help="Only of this kind.")
@click.option("--department", "departments", multiple=True, help="Only of this department.")
@click.option("--overdue", is_flag=True, help="Only those whose inspection is overdue.")
@click.option("--json", "as_json", is_flag=True, help='Print {"figures": …, "hazards": […]}.')
def hazards_list(classes: tuple[str, ...], kinds: tuple[str, ...], departments: tuple[str, ...], overdue: bool, as_json: bool) -> None:
    """The hazards that are not closed, the most pressing first; persons are masked."""
    conditions = [str(Condition.OVERDUE)] if overdue else []
    answer = ask("hazards list", classes=list(classes), kinds=list(kinds), departments=list(departments), conditions=conditions)
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, default=str))
        return
    for row in answer["hazards"]:
        named = {"kind": TEXT(f"hazard.kind.{row['kind']}"), "risk_class": TEXT(f"hazard.class.{row['risk_class']}")}
        condition = TEXT(f"hazard.condition.{row['condition']}")
        click.echo(TEXT("cli.hazard", hazard=row["hazard_id"], name=row["name"], next_on=row["next_on"], condition=condition, **named))
    click.echo(TEXT("cli.hazards_figures", **{name: answer["figures"][name] for name in ("in_force", "overdue", "due")}))


COMMANDS = (hazards,)
