"""Files of city data: recognised by their content, not asked about and not believed by their name.

`open_table` turns a path, a folder or an address into one `Table` of text cells, whatever the file
is: delimited text, Excel, JSON and GeoJSON, JSON lines, Open311 XML or Parquet, plain or packed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pyarrow as pa

from city_brain.errors import Fault, NotFound
from city_brain.intake.formats.delimited import read as read_delimited
from city_brain.intake.formats.documents import looks_like_lines, read_json, read_json_lines, read_xml
from city_brain.intake.formats.expand import DATA_SUFFIXES, Caps, Progress, checksum, expanded, fetched, is_workbook
from city_brain.intake.formats.plain_text import readable
from city_brain.intake.formats.table import Broken, Chunk, Table
from city_brain.intake.formats.workbook import read_parquet, read_workbook

CAPS = Caps()


@dataclass(frozen=True, slots=True)
class Opened:
    """A table with the name and the SHA-256 of the raw input it came from."""

    table: Table
    file_name: str
    sha256: str


def silent(stage: str, done: int, total: int | None) -> None:
    """Progress nobody watches."""


@contextmanager
def open_table(place: Path | str, *, folder: Path, caps: Caps = CAPS, progress: Progress = silent) -> Iterator[Opened]:
    """Open a file, a folder of files (one after another, by name) or an http(s) address.

    Parameters
    ----------
    place : path or address
    folder : Path
        Where temporary files may stand while the table is open; made when missing.
    caps : Caps
        Sizes beyond which a file is refused.
    progress : callable (stage, done, total or None)
        Stages `fetch` and `expand`, in bytes.

    Raises
    ------
    Fault
        What is wrong with the file, or ``file_missing``, ``folder_empty``, ``folder_mixed``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        text = str(place)
        if "://" in text:
            path = stack.enter_context(fetched(text, folder, caps, progress))
            name = Path(unquote(urlsplit(text).path)).name or urlsplit(text).netloc
            yield Opened(_open(path, name, folder, caps, progress, stack), name, checksum(path))
            return
        path = Path(place)
        if path.is_dir():
            yield _open_folder(path, folder, caps, progress, stack)
        elif path.is_file():
            yield Opened(_open(path, path.name, folder, caps, progress, stack), path.name, checksum(path))
        else:
            raise NotFound("file_missing", name=text)


def _open(path: Path, name: str, folder: Path, caps: Caps, progress: Progress, stack: ExitStack) -> Table:
    plain = stack.enter_context(expanded(path, folder, caps, progress))
    with plain.open("rb") as file:
        start = file.read(1 << 16)
    if not start.strip():
        raise Fault("file_empty", name=name)
    if start[:4] == b"PAR1":
        return read_parquet(plain, name)
    if start[:4] == b"PK\x03\x04" and is_workbook(plain):
        return read_workbook(plain, name, caps)
    if start[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Fault("workbook_old", name=name)
    if _is_binary(start):
        raise Fault("file_unknown", name=name)
    text = stack.enter_context(readable(plain, folder, name))
    with text.path.open("rb") as file:
        file.seek(text.skip)
        first = file.read(1 << 12).lstrip()
    if first[:1] in b"<{[" and not (first[:1] == b"{" and looks_like_lines(text.path, text.skip)):
        if text.path.stat().st_size > caps.document:
            raise Fault("file_too_large", name=name, megabytes=caps.document >> 20)
        if first[:1] != b"<":
            return read_json(text, name)
        if first[:200].lower().startswith((b"<!doctype html", b"<html")):
            raise Fault("file_is_page", name=name)
        return read_xml(text, name)
    return read_json_lines(text) if first[:1] == b"{" else read_delimited(text, name)


def _is_binary(start: bytes) -> bool:
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return False
    control = sum(byte < 32 and byte not in (9, 10, 12, 13) for byte in start[:4096])
    return start.startswith(b"%PDF") or control > 0.02 * len(start[:4096])


def _open_folder(path: Path, folder: Path, caps: Caps, progress: Progress, stack: ExitStack) -> Opened:
    files = sorted(file for file in path.iterdir() if file.is_file() and _is_data(file))
    if not files:
        raise Fault("folder_empty", name=path.name)
    tables = [_open(file, file.name, folder, caps, progress, stack) for file in files]
    for file, table in zip(files, tables, strict=True):
        if len(set(table.headers) & set(tables[0].headers)) < 0.5 * len(tables[0].headers):
            raise Fault("folder_mixed", name=path.name, file=file.name, other=files[0].name)
    named = "".join(f"{file.name}\0{checksum(file)}\n" for file in files)
    return Opened(_joined(tables), path.name, hashlib.sha256(named.encode()).hexdigest())


def _is_data(file: Path) -> bool:
    return file.suffix.lower() in DATA_SUFFIXES and not file.name.startswith((".", "~$"))


def _joined(tables: Sequence[Table]) -> Table:
    if len(tables) == 1:
        return tables[0]
    headers = tuple(dict.fromkeys(header for table in tables for header in table.headers))

    def chunks() -> Iterator[Chunk]:
        before = 0
        for table in tables:
            last = 0
            for chunk in table.chunks():
                last = max([last, *chunk.numbers[-1:].tolist(), *(row.row_number for row in chunk.broken)])
                broken = tuple(_moved(row, before) for row in chunk.broken)
                yield Chunk(_widened(chunk.rows, headers), chunk.numbers + before, broken)
            before += last

    return replace(tables[0], headers=headers, chunks=chunks, suspect=any(table.suspect for table in tables))


def _moved(row: Broken, by: int) -> Broken:
    return replace(row, row_number=row.row_number + by)


def _widened(rows: pa.RecordBatch, headers: Sequence[str]) -> pa.RecordBatch:
    missing = pa.nulls(rows.num_rows, pa.string())
    columns = [rows.column(header) if header in rows.schema.names else missing for header in headers]
    return pa.record_batch(columns, names=list(headers))
