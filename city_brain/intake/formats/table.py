"""The one shape every file is read into: named columns of text, in chunks that can be read again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

CHUNK_ROWS = 100_000
UNREADABLE = "\ufdd0"
"""Stands for bytes that are no text: a code point that no text may contain."""

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that has no cells to speak of; kept as it stands in the file."""

    row_number: int
    reason: str
    text: str
    expected: int | None = None
    found: int | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Up to `CHUNK_ROWS` rows.

    `rows` has one string column per header (empty cells are null) and `numbers` the row number of
    each (1 is the first row of data); `broken` are the rows in between that could not be split.
    """

    rows: pa.RecordBatch
    numbers: Numbers
    broken: tuple[Broken, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A file as a table of text; `chunks` starts again from the first row each time it is called."""

    kind: str
    """What the file was recognised as: csv, tsv, xlsx, json, geojson, jsonl, xml, parquet or rows."""
    headers: tuple[str, ...]
    chunks: Callable[[], Iterator[Chunk]]
    suspect: bool = True
    """Whether cells may hold NUL or `UNREADABLE`."""
    encoding: str = "utf-8"
    datum: str | None = None
    """Datum the file itself states."""


def unique_headers(names: Sequence[str | None]) -> tuple[str, ...]:
    """Headers without doubles and blanks: a blank one becomes ``column_3``, a second `x` becomes ``x_2``."""
    taken: dict[str, int] = {}
    found: list[str] = []
    for place, name in enumerate(names, start=1):
        header = re.sub(r"\s+", " ", name or "").strip() or f"column_{place}"
        taken[header] = taken.get(header, 0) + 1
        while taken[header] > 1 and f"{header}_{taken[header]}" in taken:
            taken[header] += 1
        header = f"{header}_{taken[header]}" if taken[header] > 1 else header
        taken.setdefault(header, 1)
        found.append(header)
    return tuple(found)


def header_row(rows: Sequence[Sequence[str | None]]) -> int:
    """Which of the first rows holds the column names: titles and notes above it are passed over.

    It is the first row that fills at least 60 % of the widest row, repeats little and is mostly words.
    """
    filled = [[cell for cell in row if cell and not re.fullmatch(r"Unnamed: \d+|\s*", cell)] for row in rows]
    width = max((len(row) for row in filled), default=0)
    for index, row in enumerate(filled):
        words = sum(bool(re.search(r"[^\W\d_]", cell)) for cell in row)
        if len(row) >= max(min(2, width), 0.6 * width) and len(set(row)) >= 0.8 * len(row) and words >= 0.6 * len(row):
            return index
    return 0


def cell_text(value: object) -> str | None:
    """A value of JSON as the text of a cell; nothing and the empty text are null."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, int | float):
        return repr(value)
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str).decode()


def of_rows(kind: str, rows: Sequence[Mapping[str, object]], *, headers: Sequence[str] = (), datum: str | None = None) -> Table:
    """A table of rows that are in memory: JSON documents, XML and mended rows."""
    names = tuple(headers) or tuple(dict.fromkeys(key for row in rows for key in row))
    batches = [_batch(names, rows[start : start + CHUNK_ROWS]) for start in range(0, len(rows), CHUNK_ROWS)]

    def chunks() -> Iterator[Chunk]:
        first = 1
        for batch in batches:
            yield Chunk(batch, np.arange(first, first + batch.num_rows, dtype=np.int64))
            first += batch.num_rows

    return Table(kind, names, chunks, datum=datum)


def _batch(names: Sequence[str], rows: Sequence[Mapping[str, object]]) -> pa.RecordBatch:
    columns = [pa.array([cell_text(row.get(name)) for row in rows], pa.string()) for name in names]
    return pa.record_batch(columns, names=list(names)) if names else pa.record_batch({"": pa.nulls(len(rows), pa.string())})
