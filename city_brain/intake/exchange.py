"""Quarantined rows as a file: out to a spreadsheet, and back when they are mended."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from city_brain.errors import Fault

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
        writer.writerow({name: entry[name] for name in KEPT} | row)
    return text.getvalue()


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
    return [(row["quarantine_id"], {name: value or None for name, value in row.items() if name and name not in KEPT}) for row in reader]
