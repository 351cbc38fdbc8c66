"""Writes the documents that derive from the code: ``python -m docs.generate``. A test holds them fresh."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import orjson

from city_brain.cases import diagram
from city_brain.incidents.model import COLUMNS
from city_brain.storage import database
from city_brain.storage.statements import migrations
from docs import samples
from docs.meanings import CLOCKS, EARLIER, KINDS, LIFECYCLE, NEEDS, RULES

FOLDER = Path(__file__).parent
NOTE = "<!-- Written by `python -m docs.generate`; change the code instead. -->\n"

_SHORT = {"VARCHAR": "TEXT", "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ"}


def documents() -> dict[str, str]:
    """Every generated document by the name of its file."""
    return {"lifecycle.md": lifecycle_page(), "data_dictionary.md": dictionary_page()}


def lifecycle_page() -> str:
    """The lifecycle of a case, from its tables."""
    return "\n".join(
        [
            "# The lifecycle of a case", "", NOTE, LIFECYCLE["head"], "", "```mermaid", diagram.as_mermaid(), "```", "",
            "## Moves", "", LIFECYCLE["moves"], "", diagram.as_markdown(), "",
            "## Steps", "", LIFECYCLE["steps"], "", diagram.steps_as_markdown(), "",
            "## What a move does to the limit of the case", "", *_told("the limit", CLOCKS),
            "## What must be so before a move", "", *_told("needs", NEEDS),
            "## The rules in words", "", *(f"* **{name}** {says}" for name, says in RULES.items()), "",
            "## Two words that look alike", "", LIFECYCLE["words"], "",
        ]
    )  # fmt: skip


def _told(heading: str, rows: Mapping[Any, str]) -> Iterator[str]:
    yield from (f"| {heading} | what it means |", "|---|---|", *(f"| `{name}` | {says} |" for name, says in rows.items()), "")


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
    """Each table with its columns, or with the name of the one before it that has the same."""
    seen: dict[tuple[str, ...], str] = {}
    with tempfile.TemporaryDirectory() as folder:
        connection = database.connect(Path(folder) / "city.duckdb")
        try:
            for name, says in comments().items():
                relation = connection.table(name)
                columns = zip(relation.columns, map(str, relation.types), strict=True)
                rows = tuple(f"| `{column}` | {_SHORT.get(kind, kind)} |" for column, kind in columns)
                same = seen.setdefault(rows, name)
                yield from (f"### {name}", "", says, "")
                yield from ("| column | type |", "|---|---|", *rows, "") if same == name else (f"Columns as in `{same}`.", "")
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
        yield from (f"### {kind}", "", says, "", f"Stream `{found[kind].stream}`, signed by `{found[kind].actor}`; for example:", "")
        yield from (*_sample(found[kind].payload), "")
        if kind in EARLIER:
            yield from (EARLIER[kind], "", *_sample(samples.EARLIER[kind]), "")


def _sample(payload: Mapping[str, Any]) -> Iterator[str]:
    text = re.sub(r"\b[0-9a-f]{64}\b", "<SHA-256>", orjson.dumps(payload, option=orjson.OPT_INDENT_2).decode())
    yield from ("```json", text, "```")


def main() -> None:
    """Write them."""
    for name, text in documents().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        click.echo(f"docs/{name}")


if __name__ == "__main__":
    main()
