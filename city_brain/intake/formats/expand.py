"""Plain files: fetched from an address, taken out of .gz and .zip, with caps before anything is expanded.

Members of an archive are read, never extracted under a name of their own, so a name with ``..`` has
no power here.
"""

from __future__ import annotations

import gzip
import hashlib
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile
from typing import IO, Protocol

import httpx

from city_brain.errors import Fault

Progress = Callable[[str, int, int | None], None]
DATA_SUFFIXES = frozenset([".csv", ".tsv", ".txt", ".json", ".geojson", ".jsonl", ".ndjson", ".xml", ".xlsx", ".parquet", ".gz", ".zip"])
_BLOCK = 1 << 20
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Caps:
    """How large a file may be, in bytes, and how many times larger than its archive."""

    fetched: int = 4 << 30
    fetch_seconds: float = 1800.0
    expanded: int = 32 << 30
    ratio: int = 200
    free: int = 64 << 20
    """Below this size the ratio is not looked at: small repetitive tables do compress a thousandfold."""
    document: int = 512 << 20
    """JSON documents, XML and Excel sheets are held in memory as a whole."""


@contextmanager
def fetched(address: str, folder: Path, caps: Caps, progress: Progress) -> Iterator[Path]:
    """The file behind an http or https address, in a temporary file of `folder`.

    Raises
    ------
    Fault
        ``url_scheme``, ``url_answer`` (not 200), ``url_unreachable``, ``file_too_large`` or ``url_slow``.
    """
    if not address.lower().startswith(("http://", "https://")):
        raise Fault("url_scheme", url=address)
    with _temporary(folder) as target:
        try:
            with httpx.stream("GET", address, follow_redirects=True, timeout=_TIMEOUT) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise Fault("url_answer", url=address, status=answer.status_code)
                _receive(answer, target, caps, progress)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as problem:
            raise Fault("url_unreachable", url=address, problem=type(problem).__name__) from problem
        target.flush()
        yield Path(target.name)


def _receive(answer: httpx.Response, target: IO[bytes], caps: Caps, progress: Progress) -> None:
    stated = answer.headers.get("content-length", "")
    total = int(stated) if stated.isdecimal() else None
    started = time.monotonic()
    for block in answer.iter_bytes(_BLOCK):
        target.write(block)
        done = target.tell()
        progress("fetch", done, total)
        if max(done, total or 0) > caps.fetched:
            raise Fault("file_too_large", name=str(answer.url), megabytes=caps.fetched >> 20)
        if time.monotonic() - started > caps.fetch_seconds:
            raise Fault("url_slow", url=str(answer.url), seconds=int(caps.fetch_seconds))


@contextmanager
def expanded(path: Path, folder: Path, caps: Caps, progress: Progress, depth: int = 0) -> Iterator[Path]:
    """The plain file inside `path`, or `path` itself when it is no archive.

    Raises
    ------
    Fault
        ``archive_several`` (names them), ``archive_empty``, ``archive_secret``, ``archive_damaged``,
        ``archive_nested`` or ``file_expands`` (a file that grows beyond the caps).
    """
    form = archive_form(path)
    if form is None:
        yield path
        return
    if depth > 1:
        raise Fault("archive_nested", name=path.name)
    with _temporary(folder) as target:
        _unpack(path, form, target, caps, progress)
        with expanded(Path(target.name), folder, caps, progress, depth + 1) as plain:
            yield plain


def _unpack(path: Path, form: str, target: IO[bytes], caps: Caps, progress: Progress) -> None:
    try:
        if form == "zip":
            _copy_member(path, target, caps, progress)
        else:
            with gzip.open(path) as source:
                _copy(source, target, path.stat().st_size, path.name, caps, progress)
    except (zipfile.BadZipFile, gzip.BadGzipFile, EOFError, zlib.error, NotImplementedError) as problem:
        raise Fault("archive_damaged", name=path.name) from problem
    target.flush()


def archive_form(path: Path) -> str | None:
    """`gz`, `zip` or None, by content; a workbook is a zip but no archive."""
    with path.open("rb") as file:
        start = file.read(4)
    if start[:2] == b"\x1f\x8b":
        return "gz"
    if start[:4] in (b"PK\x03\x04", b"PK\x05\x06") and not is_workbook(path):
        return "zip"
    return None


def is_workbook(path: Path) -> bool:
    """Whether a zip is an Excel workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except zipfile.BadZipFile:
        return False


def checksum(path: Path) -> str:
    """SHA-256 of a file as hexadecimal text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy_member(path: Path, target: IO[bytes], caps: Caps, progress: Progress) -> None:
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir() and not _is_note(member.filename)]
        data = [member for member in members if PurePosixPath(member.filename).suffix.lower() in DATA_SUFFIXES]
        chosen = data or members
        if not chosen:
            raise Fault("archive_empty", name=path.name)
        if len(chosen) > 1:
            raise Fault("archive_several", name=path.name, files=", ".join(_shown(member) for member in chosen[:20]), count=len(chosen))
        member = chosen[0]
        if member.flag_bits & 1:
            raise Fault("archive_secret", name=path.name)
        _guard(member.file_size, member.compress_size, path.name, caps)
        with archive.open(member) as source:
            _copy(source, target, member.compress_size, path.name, caps, progress)


def _is_note(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or any(part.startswith(".") and part != ".." for part in parts)


def _shown(member: zipfile.ZipInfo) -> str:
    # Archives made on Chinese Windows carry GBK names that zip readers take for code page 437.
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return member.filename


def _copy(source: _Readable, target: IO[bytes], packed: int, name: str, caps: Caps, progress: Progress) -> None:
    size = 0
    while block := source.read(_BLOCK):
        size += len(block)
        _guard(size, packed, name, caps)
        target.write(block)
        progress("expand", size, None)


def _guard(size: int, packed: int, name: str, caps: Caps) -> None:
    if size > caps.expanded or (size > caps.free and size > caps.ratio * max(packed, 1)):
        raise Fault("file_expands", name=name, megabytes=caps.expanded >> 20, ratio=caps.ratio)


@contextmanager
def _temporary(folder: Path) -> Iterator[IO[bytes]]:
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, prefix="intake-", suffix=".tmp") as file:
        yield file
