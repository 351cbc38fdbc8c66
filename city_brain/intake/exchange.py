"""Quarantined rows as a file: out to a spreadsheet, and back when they are mended."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from city_brain.cases.exports import harmless
from city_brain.errors import Fault

LINE = "_line"
DELIMITERS = (",", ";", "\t", "|")
KEPT = ("quarantine_id", "row_number", "reason")
"""Columns that an export puts before the row's own."""


def quarantine_csv(rows: list[dict[str, Any]]) -> str:
    """Quarantined rows as CSV text: the entry's number and reason, then the row's own columns.

    Meant to be mended in a spreadsheet and read back by `mended_rows`.
    """
    own = [json.loads(entry["row"]) for entry in rows]
    columns = list(dict.fromkeys(column for row in own for column in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, [*KEPT, *columns], restval="")
    writer.writeheader()
    for entry, row in zip(rows, own, strict=True):
        writer.writerow({name: entry[name] for name in KEPT} | {name: harmless(value) for name, value in row.items()})
    return text.getvalue()


def split_again(row: dict[str, Any]) -> dict[str, Any]:
    """A row that could not be split, split once more where its mended ``_line`` has as many cells as there are columns.

    Cells that were filled one by one go before the line; any other row is given back as it is.
    """
    headers = [name for name in row if name != LINE]
    if not row.get(LINE) or any(row[name] for name in headers):
        return {name: row[name] for name in headers}
    for delimiter in DELIMITERS:
        cells = next(csv.reader([row[LINE]], delimiter=delimiter), [])
        if len(cells) == len(headers) > 1:
            return {name: cell or None for name, cell in zip(headers, cells, strict=True)}
    return dict.fromkeys(headers)


def mended_rows(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Rows of a mended export: (quarantine_id, row); empty cells are missing values.

    Raises
    ------
    Fault
        The text is not an export: it has no quarantine_id column.
    """
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    if "quarantine_id" not in (reader.fieldnames or []):
        raise Fault("no_export")
    return [(row["quarantine_id"], {name: _plain(value) for name, value in row.items() if name and name not in KEPT}) for row in reader]


def _plain(value: str | None) -> str | None:
    """A cell as it was before `harmless` put an apostrophe in front of it; None where it is empty."""
    return (value[1:] if value and value[0] == "'" and harmless(value[1:]) == value else value) or None
