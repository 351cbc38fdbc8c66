"""Writes the documents that derive from the code: ``python -m docs.generate``. A test holds them fresh."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
import orjson

from city_brain.cases import lifecycle
from city_brain.incidents.model import COLUMNS
from city_brain.record.events import Event
from city_brain.storage import database
from city_brain.storage.statements import migrations
from docs import samples

FOLDER = Path(__file__).parent
NOTE = "<!-- Written by `python -m docs.generate`; change the code instead. -->\n"

KINDS: dict[str, str] = {
    "batch.loaded": "A file was taken in. Its rows lie under `batches/` as Parquet; `parquet` and `rejected` name them by checksum.",
    "incident.reported": "One matter was reported, and became a case.",
    "case.moved": "A case took a move of the lifecycle.",
    "city.named": "The picture became that of a city. Its centre fixes the grid of analysis cells.",
    "places.drawn": "Outlines of areas, rivers and roads were taken in. The GeoJSON lies under `batches/`.",
    "quarantine.dropped": "Rows that cannot be mended left the quarantine.",
    "demo.ended": "The simulated city left the picture. The record keeps it.",
}
"""What an event of each kind means."""
_SHORT = {"VARCHAR": "TEXT", "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ"}


def documents() -> dict[str, str]:
    """Every generated document by the name of its file."""
    return {"lifecycle.md": lifecycle_page(), "data_dictionary.md": dictionary_page()}


def lifecycle_page() -> str:
    """The lifecycle of a case, from its table."""
    holders = {step: lifecycle.HOLDERS.get(step, "the department") for step in lifecycle.Step}
    phases = "\n".join(f"| `{step}` | {phase} | {holders[step]} |" for step, phase in lifecycle.PHASES.items())
    return "\n".join(
        [
            "# The lifecycle of a case", "", NOTE,
            "One table in `city_brain/cases/lifecycle.py` says which moves there are. The check in the action, the buttons and their",
            "forms, the board's order and this page are read from it.", "",
            "```mermaid", lifecycle.as_mermaid(), "```", "", "## Moves", "", lifecycle.as_markdown(), "",
            "## Steps", "", "| step | phase | held by |", "|---|---|---|", phases, "",
        ]
    )  # fmt: skip


def dictionary_page() -> str:
    """Tables of the picture, the normalised form of files, kinds of events."""
    return "\n".join(
        [
            "# Data dictionary", "", NOTE,
            "Times are UTC. Coordinates are WGS-84 degrees. Cells are squares of 250 m in the city's own equal-area grid",
            "(`city_brain/geo/grid.py`).", "",
            "## The picture (DuckDB)", "",
            "Everything here is derived from the record and can be built again from it (`python -m city_brain rebuild`).", "",
            *_tables(), "## The normalised form of a file (Parquet)", "",
            "Whatever a file says is first brought into these columns. `needed` means that no row is without it.", "",
            *_columns(), "",
            "## The record (journal)", "",
            "One row per event: `sequence`, `stream`, `version` (unique within the stream), `kind`, `actor`, `happened_at`, `recorded_at`,",
            "`payload` (JSON), `key` (idempotency, mostly empty), `previous` (hash of the event before) and `hash` (SHA-256 over all",
            "of it). Events are only ever added.", "",
            *_events(),
        ]
    )  # fmt: skip


def comments() -> dict[str, str]:
    """The comment above each table and view of the migrations, by name; empty where there is none."""
    found = {}
    for _, sql in migrations():
        for said, name in re.findall(r"((?:^--[^\n]*\n)*)^CREATE (?:TABLE|VIEW) (\w+)", sql, flags=re.MULTILINE):
            found[name] = " ".join(line.removeprefix("--").strip() for line in said.splitlines())
    return found


def _tables() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        connection = database.connect(Path(folder) / "city.duckdb")
        try:
            for name, says in comments().items():
                relation = connection.table(name)
                yield from (f"### {name}", "", says, "", "| column | type |", "|---|---|")
                columns = zip(relation.columns, map(str, relation.types), strict=True)
                yield from (f"| `{column}` | {_SHORT.get(kind, kind)} |" for column, kind in columns)
                yield ""
        finally:
            connection.close()


def _columns() -> Iterator[str]:
    yield from ("| column | type | needed | meaning |", "|---|---|---|---|")
    for column in COLUMNS:
        kind = str(column.type).replace("timestamp[us, tz=UTC]", "time")
        yield f"| `{column.name}` | {kind} | {'yes' if column.required else ''} | {column.meaning} |"


def _events() -> Iterator[str]:
    found = samples.events()
    for kind, says in KINDS.items():
        yield from (f"### {kind}", "", says, "", *_sample(found[kind]), "")


def _sample(event: Event) -> Iterator[str]:
    payload = re.sub(r"\b[0-9a-f]{64}\b", "<SHA-256>", orjson.dumps(event.payload, option=orjson.OPT_INDENT_2).decode())
    yield f"Stream `{event.stream}`, signed by `{event.actor}`; for example:"
    yield from ("", "```json", payload, "```")


def main() -> None:
    """Write them."""
    for name, text in documents().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        click.echo(f"docs/{name}")


if __name__ == "__main__":
    main()
