"""Delimited text: csv, tsv, semicolons and bars.

Well-formed files stream through Arrow. Where quotes do not close, a careful reader takes over from
that row: it sets the torn line aside and resumes at the next one, so that a missing quote never
swallows the rows behind it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.csv import ConvertOptions, InvalidRow, ParseOptions, ReadOptions, open_csv

from city_brain.errors import Fault
from city_brain.intake.formats.plain_text import Text
from city_brain.intake.formats.table import CHUNK_ROWS, Broken, Chunk, Numbers, Table, header_row, unique_headers

_HEAD = 512 << 10
_BLOCK = 8 << 20
"""Arrow reads about 32 blocks ahead."""
_GATHERED = 60_000
"""Rows to gather from blocks before they are passed on."""
_DELIMITERS = ",\t;|"
_LONGEST_RECORD = 1000
"""Lines a quoted cell may run over before its quote counts as torn."""


def read(text: Text, name: str) -> Table:
    """A delimited file as a table.

    Raises
    ------
    Fault
        ``file_empty``: there is no row of data under the headers.
    """
    with text.path.open("rb") as file:
        file.seek(text.skip)
        head = file.read(_HEAD)
    # str.splitlines would also cut at U+2028 and the like, which are text here.
    lines = re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+", head.decode("utf-8", errors="ignore"))
    delimiter = _delimiter_of(lines)
    records = _sample(lines, delimiter)
    if not records:
        raise Fault("file_empty", name=name)
    chosen = header_row([cells for cells, _ in records])
    headers = unique_headers(_widened(records[chosen][0], [cells for cells, _ in records[chosen + 1 :]]))
    offset = text.skip + _start_of_line(head, records[chosen][1])
    layout = _Layout(text, headers, delimiter, offset)
    kind = {"\t": "tsv", ",": "csv"}.get(delimiter, "csv")
    return Table(kind, headers, lambda: _chunks(layout), suspect=text.suspect, encoding=text.encoding)


@dataclass(frozen=True, slots=True)
class _Layout:
    text: Text
    headers: tuple[str, ...]
    delimiter: str
    offset: int
    """Byte of the first row of data."""


class _TornError(Exception):
    """Arrow cannot be trusted with the rows from here on."""


def _delimiter_of(lines: list[str]) -> str:
    best, delimiter = 0.0, ","
    for candidate in _DELIMITERS:
        widths = [len(cells) for cells, _ in _sample(lines, candidate)]
        if not widths:
            continue
        usual = max(set(widths), key=lambda width: (widths.count(width), width))
        score = (usual > 1) * (widths.count(usual) / len(widths) + min(usual, 100) / 1000)
        if score > best:
            best, delimiter = score, candidate
    return delimiter


def _sample(lines: list[str], delimiter: str) -> list[tuple[list[str], int]]:
    """The first records and the number of lines read after each; a cell beyond the csv limit ends the sample."""
    reader = csv.reader(iter(lines), delimiter=delimiter)
    found: list[tuple[list[str], int]] = []
    try:
        for cells in islice(reader, 60):
            if cells:
                found.append((cells, reader.line_num))
    except csv.Error:
        pass  # the sample ends here: the rows themselves are judged when they are read
    return found


def _widened(header: list[str], below: list[list[str]]) -> list[str]:
    # Some exports end each row of data, but not the header, with a delimiter.
    usual = max((len(cells) for cells in below), key=[len(cells) for cells in below].count, default=len(header))
    spare = usual - len(header)
    if spare > 0 and all(not any(cells[len(header) :]) for cells in below if len(cells) == usual):
        return header + [""] * spare
    return header


def _start_of_line(head: bytes, lines: int) -> int:
    place = 0
    for match in islice(re.finditer(rb"\r\n|\n|\r", head), lines):
        place = match.end()
    return place if place or not lines else len(head)


def _chunks(layout: _Layout) -> Iterator[Chunk]:
    done = 0
    try:
        for chunk in _streamed(layout):
            yield chunk
            done += chunk.rows.num_rows + len(chunk.broken)
    except _TornError:
        yield from _careful(layout, done)


def _streamed(layout: _Layout) -> Iterator[Chunk]:
    broken: list[Broken] = []

    def set_aside(row: InvalidRow) -> str:
        broken.append(Broken(row.number, "wrong_number_of_fields", row.text, row.expected_columns, row.actual_columns))
        return "skip"

    number, told = 1, 0
    try:
        for batch in _gathered(_arrow_batches(layout, set_aside)):
            if _looks_torn(batch, layout.delimiter, broken[told:]):
                raise _TornError
            for start in range(0, batch.num_rows, CHUNK_ROWS):
                rows = batch.slice(start, CHUNK_ROWS)
                numbers, number, told_now = _numbers(rows.num_rows, number, broken, told)
                yield Chunk(rows, numbers, tuple(broken[told:told_now]))
                told = told_now
    except pa.ArrowInvalid as problem:
        raise _TornError from problem
    if _has_newline(broken[told:]):
        raise _TornError
    if told < len(broken):
        empty = pa.record_batch([pa.array([], pa.string()) for _ in layout.headers], names=list(layout.headers))
        yield Chunk(empty, np.array([], dtype=np.int64), tuple(broken[told:]))


def _gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(one.num_rows for one in waiting) >= _GATHERED:
            yield pa.concat_batches(waiting)
            waiting = []
    if waiting:
        yield pa.concat_batches(waiting)


def _arrow_batches(layout: _Layout, set_aside: Callable[[InvalidRow], str]) -> Iterator[pa.RecordBatch]:
    file = pa.OSFile(str(layout.text.path))
    file.seek(layout.offset)
    if file.size() == layout.offset:
        return
    yield from open_csv(
        file,
        read_options=ReadOptions(column_names=list(layout.headers), use_threads=False, block_size=_BLOCK),
        parse_options=ParseOptions(delimiter=layout.delimiter, newlines_in_values=True, invalid_row_handler=set_aside),
        convert_options=ConvertOptions(column_types=dict.fromkeys(layout.headers, pa.string()), strings_can_be_null=True, null_values=[""]),
    )


def _numbers(count: int, number: int, broken: list[Broken], told: int) -> tuple[Numbers, int, int]:
    """Numbers of the next `count` good rows, stepping over the broken ones in between."""
    numbers = np.arange(number, number + count, dtype=np.int64)
    while count and told < len(broken) and broken[told].row_number <= numbers[-1]:
        numbers[numbers >= broken[told].row_number] += 1
        told += 1
    return numbers, int(numbers[-1]) + 1 if count else number, told


def _looks_torn(batch: pa.RecordBatch, delimiter: str, broken: list[Broken]) -> bool:
    """Whether a quote may have been left open.

    Signs: a broken row over several lines; a cell with a line in it that could be a whole row; a cell
    of several lines that ends in a quote, which is what a quote closed by the next row's leaves.
    """
    if _has_newline(broken):
        return True
    one = f"[^\n{re.escape(delimiter)}]*{re.escape(delimiter)}"
    row_like = f'\n(?:{one}){{{max(batch.num_columns - 1, 1)}}}[^\n]*\n|\n[^\n]*"$'
    for column in batch.columns:
        cells = column.filter(pc.fill_null(pc.match_substring(column, "\n"), False))
        if len(cells) and pc.any(pc.match_substring_regex(cells, row_like)).as_py():
            return True
    return False


def _has_newline(broken: list[Broken]) -> bool:
    return any("\n" in row.text.strip("\r\n") for row in broken)


def _careful(layout: _Layout, done: int) -> Iterator[Chunk]:
    """All rows after the first `done`, read line by line."""
    cells: list[list[str]] = []
    numbers: list[int] = []
    broken: list[Broken] = []
    for number, (found, line) in enumerate(_records(layout), start=1):
        if number <= done:
            continue
        if found is not None and len(found) == len(layout.headers):
            cells.append(found)
            numbers.append(number)
        else:
            width = None if found is None else len(found)
            broken.append(Broken(number, "wrong_number_of_fields", line.rstrip("\r\n"), len(layout.headers), width))
        if len(cells) + len(broken) >= CHUNK_ROWS:
            yield _as_chunk(layout.headers, cells, numbers, broken)
            cells, numbers, broken = [], [], []
    if cells or broken:
        yield _as_chunk(layout.headers, cells, numbers, broken)


def _as_chunk(headers: tuple[str, ...], cells: list[list[str]], numbers: list[int], broken: list[Broken]) -> Chunk:
    columns = list(zip(*cells, strict=True)) if cells else [()] * len(headers)
    arrays = [pa.array([cell or None for cell in column], pa.string()) for column in columns]
    return Chunk(pa.record_batch(arrays, names=list(headers)), np.array(numbers, dtype=np.int64), tuple(broken))


def _records(layout: _Layout) -> Iterator[tuple[list[str] | None, str]]:
    """Cells (None where they cannot be told apart) and text of each record, empty lines passed over."""
    with layout.text.path.open("rb") as file:
        file.seek(layout.offset)
        lines: Iterator[str] = (line.decode("utf-8") for line in file)
        waiting: list[str] = []
        while True:
            lines = chain(waiting, lines) if waiting else lines
            cells, record = _record(lines, layout.delimiter)
            if not record:
                return
            if len(record) > 1 and (cells is None or len(cells) != len(layout.headers)):
                # The quote that ran on was torn: only its own line is lost, the others are rows again.
                waiting, record, cells = record[1:], record[:1], None
            else:
                waiting = []
            if record[0].strip("\r\n"):
                yield cells if cells is not None else _leniently(record, layout), "".join(record)


def _record(lines: Iterator[str], delimiter: str) -> tuple[list[str] | None, list[str]]:
    """The next record and its lines; no cells while a quote is open or closes in the middle of a cell."""
    used: list[str] = []

    def feed() -> Iterator[str]:
        for line in islice(lines, _LONGEST_RECORD):
            used.append(line)
            yield line

    try:
        return next(csv.reader(feed(), delimiter=delimiter, strict=True), None), used
    except csv.Error:
        return None, used


def _leniently(record: list[str], layout: _Layout) -> list[str] | None:
    """Cells of a line with a stray quote, if they come out at the right number and no quote stays open."""
    try:
        cells = next(csv.reader(record, delimiter=layout.delimiter), None)
    except csv.Error:
        return None
    whole = cells is not None and len(cells) == len(layout.headers) and "\n" not in cells[-1]
    return cells if whole else None
