"""The DuckDB file: opening, migrating, setting aside a damaged one."""

from __future__ import annotations

from pathlib import Path

import duckdb

from city_brain import clock
from city_brain.errors import Damaged
from city_brain.storage.statements import migrations

_ELSEWHERE = ("set lock", "conflicting lock", "permission denied", "no space left", "too many open files", "out of memory")
"""What stands in a message when the file itself is not at fault."""
_DAMAGE = ("corrupt", "checksum", "failed to read", "could not read", "invalidated", "already closed")
"""What stands in a message when a block of the file is not what was written: the class of the error does not tell."""


def connect(file: Path) -> duckdb.DuckDBPyConnection:
    """Open the picture and bring its schema up to date.

    Raises
    ------
    Damaged
        The file is no picture, or DuckDB cannot read it; `picture_busy` when the file is not at fault.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    connection = None
    try:
        connection = duckdb.connect(str(file))
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        _migrate(connection)
    except (duckdb.Error, OSError, UnicodeDecodeError) as error:
        if connection is not None:
            connection.close()  # else DuckDB gives the same open file to whoever opens this name again
        busy = any(words in str(error).lower() for words in _ELSEWHERE)
        raise Damaged("picture_busy" if busy else "picture_unreadable", detail=str(error).splitlines()[0]) from error
    return connection


def remove(file: Path) -> None:
    """Remove a picture and its log."""
    for part in _parts(file):
        part.unlink(missing_ok=True)


def set_aside(file: Path) -> None:
    """Move a picture and its log out of the way, as ``….damaged``."""
    for part in _parts(file):
        if part.exists():
            part.rename(part.with_name(f"{part.name}.{clock.now():%Y%m%d%H%M%S%f}.damaged"))


def is_damage(error: duckdb.Error) -> bool:
    """Whether DuckDB says that a block of the file is not what was written."""
    by_class = isinstance(error, duckdb.FatalException | duckdb.InternalException | duckdb.SerializationException)
    return by_class or any(words in str(error).lower() for words in _DAMAGE)


def _parts(file: Path) -> tuple[Path, ...]:
    """The log first: a file without its log is an older picture, a log without its file is nothing."""
    return (file.with_name(file.name + ".wal"), file)


def _migrate(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, applied_at TIMESTAMPTZ DEFAULT now())")
    done = {number for (number,) in connection.execute("SELECT number FROM migration").fetchall()}
    for number, sql in migrations():
        if number not in done:
            connection.execute("BEGIN")
            connection.execute(sql)
            connection.execute("INSERT INTO migration (number) VALUES ($1)", [number])
            connection.execute("COMMIT")
