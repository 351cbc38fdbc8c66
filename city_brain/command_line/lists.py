"""Lists taken in from a file: read as text, and what was refused told and kept beside the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from city_brain.command_line.asking import TEXT
from city_brain.errors import Fault
from city_brain.incidents import sheets

DATUM = click.option("--datum", default="wgs84", show_default=True, help="Coordinates are wgs84, gcj02 or bd09 (degrees).")


def read_text(file: Path) -> str:
    """The text of a file in UTF-8 or GB18030; another is refused."""
    try:
        return sheets.decoded(file.read_bytes())
    except Fault as fault:
        raise click.BadParameter(TEXT.fault(fault), param_hint="FILE") from fault


def tell_refused(answer: dict[str, Any], file: Path, *told: str, as_json: bool) -> None:
    """What became of a list: lines `told`, or the whole answer; refused rows (line, fault, values, row) go to a file beside it.

    Ends the command, with exit code 1 where rows were refused.
    """
    refused = [row | {"why": TEXT.fault(Fault(row["fault"], **row["values"]))} for row in answer["rows"]]
    beside = file.with_name(f"{file.name}.refused.csv")
    if refused:
        beside.write_text(sheets.refused(refused), encoding="utf-8-sig")
    if as_json:
        click.echo(json.dumps({**answer, "rows": refused}, ensure_ascii=False))
    else:
        for line in told:
            click.echo(line)
        for row in refused:
            click.echo("  " + TEXT("cli.line_refused", line=str(row["line"]), why=row["why"]), err=True)
        if refused:
            click.echo(TEXT("cli.refused_beside", file=str(beside)), err=True)
    raise SystemExit(1 if refused else 0)
