"""Excel workbooks and Parquet files."""

from __future__ import annotations

import base64
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from openpyxl.utils import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet.worksheet import Worksheet

from city_brain.errors import Fault
from city_brain.intake.formats.expand import Caps
from city_brain.intake.formats.table import CHUNK_ROWS, Chunk, Table, cell_text, header_row, of_rows, unique_headers

_SMALL = 4 << 20
"""Workbooks up to this size (bytes) are opened as a whole, so that merged cells can be filled."""
_MOST_CELLS = 20_000_000


def read_workbook(path: Path, name: str, caps: Caps) -> Table:
    """The first sheet with a header row; titles above it are passed over.

    In workbooks of up to 4 MB a merged cell counts for every row it spans. Dates become ISO text.

    Raises
    ------
    Fault
        ``file_expands``, ``workbook`` (damaged) or ``workbook_empty``.
    """
    small = path.stat().st_size <= _SMALL
    try:
        if _expands(path, caps) or (small and _merged_cells(path) > _MOST_CELLS):
            raise Fault("file_expands", name=name, megabytes=caps.document * 2 >> 20, ratio=caps.ratio)
        with path.open("rb") as file:  # by its content: a path must end in .xlsx for openpyxl
            book = openpyxl.load_workbook(file, read_only=not small, data_only=True)
            for sheet in book.worksheets:
                if small and sheet.max_row * sheet.max_column > _MOST_CELLS:
                    raise Fault("file_expands", name=name, megabytes=caps.document * 2 >> 20, ratio=caps.ratio)
            found = next((table for sheet in book.worksheets if (table := _table(_cells(sheet))) is not None), None)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, SyntaxError) as problem:
        raise Fault("workbook", name=name) from problem
    if found is None:
        raise Fault("workbook_empty", name=name)
    return found


def _expands(path: Path, caps: Caps) -> bool:
    with zipfile.ZipFile(path) as archive:
        size = sum(member.file_size for member in archive.infolist())
    return size > caps.document * 2 or (size > caps.free and size > caps.ratio * path.stat().st_size)


def _merged_cells(path: Path) -> int:
    # One short line can merge seventeen thousand million cells, and openpyxl makes an object of each.
    total = 0
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                for area in re.findall(rb'<(?:\w+:)?mergeCell\s+ref="([A-Za-z0-9:$]{1,30})"', archive.read(name)):
                    left, top, right, bottom = range_boundaries(area.decode())
                    total += (right - left + 1) * (bottom - top + 1)
    return total


def _cells(sheet: Worksheet | ReadOnlyWorksheet) -> list[list[object]]:
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    if not isinstance(sheet, Worksheet):
        return rows
    for area in sheet.merged_cells.ranges:
        value = rows[area.min_row - 1][area.min_col - 1]
        if area.max_row == area.min_row:
            continue  # a title across the sheet, not a value of several rows
        for row in rows[area.min_row - 1 : area.max_row]:
            row[area.min_col - 1 : area.max_col] = [value] * (area.max_col - area.min_col + 1)
    return rows


def _table(rows: Sequence[Sequence[object]]) -> Table | None:
    texts = [[_excel_text(cell) for cell in row] for row in rows]
    filled = [row for row in texts if any(row)]
    start = header_row(filled[:20])
    if len(filled) <= start + 1:
        return None
    width = max(place for row in filled[start:] for place, cell in enumerate(row, start=1) if cell)
    headers = unique_headers([*filled[start], *[None] * width][:width])
    return of_rows("xlsx", [dict(zip(headers, row, strict=False)) for row in filled[start + 1 :]], headers=headers)


def _excel_text(value: object) -> str | None:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return cell_text(value)


def read_parquet(path: Path, name: str) -> Table:
    """A Parquet file as text, streamed.

    Raises
    ------
    Fault
        ``parquet``: the file is damaged.
    """
    try:
        with pq.ParquetFile(path) as file:
            headers = unique_headers(file.schema_arrow.names)
    except (pa.ArrowInvalid, OSError) as problem:
        raise Fault("parquet", name=name) from problem

    def chunks() -> Iterator[Chunk]:
        first = 1
        try:
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(batch_size=CHUNK_ROWS):
                    yield Chunk(_as_text(batch.columns, headers), np.arange(first, first + batch.num_rows, dtype=np.int64))
                    first += batch.num_rows
        except (pa.ArrowInvalid, OSError) as problem:
            raise Fault("parquet", name=name) from problem

    return Table("parquet", headers, chunks)


def _as_text(columns: Iterable[pa.Array], headers: Sequence[str]) -> pa.RecordBatch:
    return pa.record_batch([_text_column(column) for column in columns], names=list(headers))


def _text_column(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _text_column(column.dictionary_decode())
    if pa.types.is_floating(kind) or pa.types.is_nested(kind) or pa.types.is_boolean(kind):
        return pa.array([cell_text(value) for value in column.to_pylist()], pa.string())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([None if value is None else base64.b64encode(value).decode() for value in column.to_pylist()], pa.string())
    texts = column.cast(pa.string())
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
