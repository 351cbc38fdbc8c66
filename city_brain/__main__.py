"""The command line: ``python -m city_brain``. Every command works whether the console runs or not."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from city_brain.command_line import cases, dispatch, hazards, policies, risk, simulate
from city_brain.command_line.asking import TEXT, ask
from city_brain.command_line.detect import detect


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name=None, version=__import__("city_brain").__version__, prog_name="city brain")
def main() -> None:
    """City brain: one shared, live picture of a city.

    \b
    Start the console:         streamlit run app.py
    Load data of your city:    python -m city_brain load FILE_FOLDER_OR_URL
    See what is there:         python -m city_brain status
    Move a case:               python -m city_brain move CASE MOVE --as ROLE

    Data lie in the folder CITY_BRAIN_HOME (default: var/ beside app.py). While the console runs, a command
    goes through it; otherwise it opens the data itself.
    """


@main.command()
@click.argument("target", metavar="FILE_FOLDER_OR_URL")
@click.option(
    "--profile", help="How to read it: boston_311, sf_311, nyc_311, open311, pingshan, auto, or one you saved. Recognised when not given."
)
@click.option("--city", help="Name of the city, for the first data of a home.")
@click.option("--datum", help="Coordinates are wgs84, gcj02, bd09 or epsg:N. The profile says, else WGS-84.")
@click.option("--timezone", help="Zone of times without one, such as Asia/Shanghai or America/New_York.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def load(target: str, as_json: bool, **wishes: str | None) -> None:
    """Take data of a city in: csv, tsv, xlsx, json, geojson, parquet or Open311 XML, plain, gz or zip.

    The same file twice changes nothing; a later file updates what it knows better. Rows that cannot be used
    are kept in quarantine with their reason. A GeoJSON of polygons becomes the outlines of the map.

    \b
    Examples:
      python -m city_brain load 311_service_requests_2011.zip
      python -m city_brain load cases.xlsx --timezone Asia/Shanghai --datum gcj02
      python -m city_brain load calls.csv --datum epsg:2913 --timezone America/Los_Angeles
    """
    if not target.startswith(("http://", "https://")):
        target = str(Path(target).expanduser().resolve())
    answer = ask("load", target=target, **wishes)
    if as_json:
        click.echo(json.dumps(answer["loaded"], ensure_ascii=False))
    else:
        _tell_loaded(answer["loaded"])
        if answer["busiest_week"] and any(one["tally"]["recorded"] for one in answer["loaded"]):
            week = datetime.fromisoformat(answer["busiest_week"])
            query = urlencode({"at": week.isoformat(), "speed": 300})
            click.echo(TEXT("cli.play", week=TEXT.moment(week, "day"), path=f"/live_map?{query}"))


def _tell_loaded(loaded: list[dict[str, Any]]) -> None:
    for one in loaded:
        tally = one["tally"]
        if one["outlines"]:
            click.echo(TEXT("cli.outlines", file=one["file"], count=one["outlines"]))
            continue
        click.echo(
            TEXT(
                "cli.loaded",
                file=one["file"],
                source=one["source"],
                **{key: tally[key] for key in ("read", "taken", "known", "quarantined", "updated")},
            )
        )
        if not tally["recorded"]:
            click.echo("  " + TEXT("cli.nothing_new"))
        for reason, rows in sorted((one["reasons"] if tally["quarantined"] else {}).items(), key=lambda item: -item[1]):
            click.echo("  " + TEXT("cli.reason", rows=rows, reason=TEXT(f"reason.{reason}")))
        for quality, rows in one["quality"].items():
            if quality != "point" and rows:
                click.echo("  " + TEXT("cli.quality", rows=rows, quality=TEXT(f"location.{quality}")))
        for flag, rows in one["flags"].items():
            click.echo("  " + TEXT("cli.flag", rows=rows, flag=TEXT(f"flag.{flag}")))
        if one["demo_ended"]:
            click.echo("  " + TEXT("cli.demo_ended"))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def status(as_json: bool) -> None:
    """What the home holds: city, clock, cases, sources, and how far record and picture are."""
    told = ask("status")
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo(
        TEXT("cli.status", **{key: told[key] for key in ("cases", "open", "record_sequence", "picture_sequence")}, city=told["city"] or "—")
    )
    for source in told["sources"]:
        click.echo(
            "  "
            + TEXT(
                "cli.source",
                **{key: source[key] for key in ("name", "read", "taken", "known", "quarantined", "located")},
                last=source["last_arrival"] or "—",
            )
        )


@main.group()
def quarantine() -> None:
    """Rows that could not be used: list, export, mend and replay them."""


@quarantine.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def quarantine_list(as_json: bool) -> None:
    """How many rows wait, by source and reason."""
    reasons = ask("quarantine list")["reasons"]
    if as_json:
        click.echo(json.dumps(reasons, ensure_ascii=False, default=str))
        return
    for row in reasons or [None]:
        click.echo(
            TEXT("cli.waiting", rows=row["rows"], source=row["source"], reason=TEXT(f"reason.{row['reason']}"))
            if row
            else TEXT("cli.quarantine_empty")
        )


@quarantine.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--source", help="Only rows of this source.")
@click.option("--reason", help="Only rows with this reason.")
def quarantine_export(file: Path, source: str | None, reason: str | None) -> None:
    """Write waiting rows to a CSV file: mend them in a spreadsheet, then `quarantine retry --file`."""
    answer = ask("quarantine export", source=source, reason=reason)
    file.write_text(answer["csv"], encoding="utf-8-sig")
    click.echo(TEXT("cli.exported", rows=answer["rows"], file=str(file)))


@quarantine.command("retry")
@click.argument("ids", nargs=-1)
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A mended export.")
@click.option("--source", help="All rows of this source.")
@click.option("--reason", help="All rows with this reason.")
@click.option("--set", "changes", multiple=True, metavar="COLUMN=VALUE", help="Put a value into a column of each row first.")
def quarantine_retry(ids: tuple[str, ...], file: Path | None, source: str | None, reason: str | None, changes: tuple[str, ...]) -> None:
    """Replay waiting rows: those named by IDS, of a mended export, or all of a source or reason."""
    if any("=" not in change for change in changes):
        raise click.BadParameter("COLUMN=VALUE", param_hint="--set")
    values = dict(change.split("=", 1) for change in changes)
    text = file.read_text(encoding="utf-8-sig") if file else None
    _tell_loaded(ask("quarantine retry", ids=list(ids) or None, csv=text, source=source, reason=reason, set=values)["loaded"])


@main.command()
def rebuild() -> None:
    """Derive the picture (DuckDB) anew from the record."""
    click.echo(TEXT("cli.rebuilt", events=ask("rebuild")["events"]))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(as_json: bool) -> None:
    """Check the chain of the record, every block of the picture, every kept file, and count one against the other.

    Ends with exit code 1 when anything was found, also when it could be mended.
    """
    told = ask("verify")
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        for finding in told["findings"]:
            click.echo(TEXT(f"verify.{finding['key']}", **finding["values"]))
        key = "whole" if told["whole"] else "mended" if told["mended"] else "not_whole"
        click.echo(TEXT(f"verify.{key}", events=told["events"]))
    raise SystemExit(0 if told["whole"] else 1)


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write the whole record to one compressed file, while the console goes on."""
    told = ask("backup", file=str(file.resolve()))
    click.echo(TEXT("cli.backed_up", file=told["file"], sequence=told["sequence"], kilobytes=told["bytes"] // 1024))


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Put a backup in place of what the home holds. What it held is kept beside it."""
    told = ask("restore", file=str(file.resolve()))
    click.echo(TEXT("cli.restored", file=told["file"], cases=told["cases"], sequence=told["sequence"], kept=told["kept"]))


@main.group()
def demo() -> None:
    """The simulated city: start it again, or switch it off."""


@demo.command("reset")
def demo_reset() -> None:
    """Build the simulated city anew (CITY_BRAIN_DEMO names it). Real data must not be there."""
    click.echo(TEXT("cli.demo_built", cases=ask("demo", do="reset")["cases"]))


@demo.command("off")
def demo_off() -> None:
    """Take the simulated city out of the picture. The record keeps it."""
    click.echo(TEXT("cli.demo_off" if ask("demo", do="off")["ended"] else "cli.no_demo"))


for command in (*cases.COMMANDS, detect, *hazards.COMMANDS, *risk.COMMANDS, *dispatch.COMMANDS, *policies.COMMANDS, *simulate.COMMANDS):
    main.add_command(command)


if __name__ == "__main__":
    main(prog_name="python -m city_brain")
