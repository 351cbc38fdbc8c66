"""The journal: events on disk before they are acknowledged.

One table over SQLAlchemy Core. SQLite is opened with ``journal_mode=TRUNCATE`` and
``synchronous=FULL``: in write-ahead mode one flipped bit can lose the tail without a word.
Any other database that SQLAlchemy speaks can hold the table when a city outgrows one machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from city_brain import clock
from city_brain.errors import Damaged, Stale
from city_brain.record.events import GENESIS, Event

PAGE = 10_000
"""Events read at once."""
BUSY_MS = 10_000
"""How long another process may hold the file before that is told, milliseconds."""
QUICK = 64 * 2**20
"""Bytes up to which SQLite's own check of its file is cheap enough for every start; `damage(thorough=True)` always makes it."""

_meta = sa.MetaData()
_events = sa.Table(
    "event",
    _meta,
    sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("happened_at", sa.Text, nullable=False),
    sa.Column("recorded_at", sa.Text, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("key", sa.Text, unique=True),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.UniqueConstraint("stream", "version"),
)
_in = partial(sa.bindparam, expanding=True)
_HEAD = sa.select(_events.c.sequence, _events.c.hash).order_by(_events.c.sequence.desc()).limit(1)
_COUNT = sa.select(sa.func.count()).select_from(_events)
_EVENT = sa.select(_events).where(_events.c.sequence == sa.bindparam("sequence"))
_PAGE = sa.select(_events).where(_events.c.sequence > sa.bindparam("after")).order_by(_events.c.sequence).limit(sa.bindparam("size"))
_KEYED = sa.select(_events.c.key, _events.c.sequence).where(_events.c.key.in_(_in("keys")))
_VERSIONS = (
    sa.select(_events.c.stream, sa.func.max(_events.c.version)).where(_events.c.stream.in_(_in("streams"))).group_by(_events.c.stream)
)
_UNREADABLE = (sa.exc.DatabaseError, UnicodeDecodeError)
"""What a damaged file raises; SQLite may even say so in words that are no text."""
_ELSEWHERE = ("locked", "unable to open", "readonly")
"""What stands in a message when the file itself is not at fault."""
_NO_TIME = datetime(1, 1, 1, tzinfo=UTC)


class Journal:
    """The append-only record. One writer at a time; `unique(stream, version)` refuses a second."""

    def __init__(self, url: str) -> None:
        self._file = sqlite_file(url)
        self._engine = sa.create_engine(url)
        if self._file is not None:
            sa.event.listen(self._engine, "connect", _durable)
        try:
            _meta.create_all(self._engine)
        except _UNREADABLE as error:
            self._engine.dispose()
            raise _damaged(error) from error

    @classmethod
    def holding(cls, url: str, pages: Iterable[Sequence[Event]]) -> Journal:
        """A journal that holds these events and nothing else. A file that was there is set aside as ``….damaged``."""
        file = sqlite_file(url)
        if file is None:
            journal = cls(url)
            journal._write(pages, anew=True)
            return journal
        fresh = file.with_name(file.name + ".restored")
        fresh.unlink(missing_ok=True)
        journal = cls(f"sqlite:///{fresh}")
        journal._write(pages, anew=True)
        journal.close()
        for part in (file, file.with_name(file.name + "-journal")):
            if part.exists():
                part.rename(part.with_name(f"{part.name}.{clock.now():%Y%m%d%H%M%S%f}.damaged"))
        fresh.rename(file)
        return cls(url)

    def append(self, events: Sequence[Event]) -> None:
        """Write events and return when they are on disk. All of them or none.

        Raises
        ------
        Stale
            Another writer was first with a sequence, a key or a version of a stream.
        Damaged
            The disk does not take them.
        """
        try:
            self._write([events])
        except sa.exc.IntegrityError as error:
            raise Stale("recorded_elsewhere", detail=str(error.orig)) from error
        except _UNREADABLE as error:
            raise Damaged("journal_refused", detail=_words(error)) from error

    def head(self) -> tuple[int, str]:
        """Sequence and hash of the last event; (0, GENESIS) of an empty journal."""
        found = self._rows(_HEAD)
        return (int(found[0].sequence), str(found[0].hash)) if found else (0, GENESIS)

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """The last version of each of these streams that has one."""
        return {str(stream): int(version) for stream, version in self._rows(_VERSIONS, streams=streams)} if streams else {}

    def keyed(self, keys: Sequence[str]) -> dict[str, int]:
        """Sequence of the event that carries an idempotency key, for each of these keys that is known."""
        return {str(key): int(sequence) for key, sequence in self._rows(_KEYED, keys=keys)} if keys else {}

    def event(self, sequence: int) -> Event | None:
        """One event, None when the journal does not have it."""
        found = self._rows(_EVENT, sequence=sequence)
        return _event(found[0]) if found else None

    def hash_at(self, sequence: int) -> str | None:
        """Hash of one event; None when the journal does not have it."""
        if sequence == 0:
            return GENESIS
        found = self._rows(_EVENT, sequence=sequence)
        return str(found[0].hash) if found else None

    def count(self) -> int:
        """How many events there are."""
        return int(self._rows(_COUNT)[0][0])

    def page(self, after: int, size: int = PAGE) -> list[Event]:
        """Events after a sequence, in order, at most `size`."""
        return [_event(row) for row in self._rows(_PAGE, after=after, size=size)]

    def read(self, after: int = 0) -> Iterator[list[Event]]:
        """Every event after a sequence, in order, page by page."""
        while (events := self.page(after)) and events[-1].sequence > after:
            yield events
            after = events[-1].sequence

    def first_bad(self, after: int = 0) -> int | None:
        """Sequence of the first event that breaks the chain (missing, changed or out of order), or None."""
        previous, expected = self.hash_at(after), after + 1
        if previous is None:
            return after
        for events in self.read(after):
            for event in events:
                if event.sequence != expected or not event.holds(previous):
                    return expected
                previous, expected = event.hash, expected + 1
        return None

    def damage(self, *, thorough: bool = False) -> str | None:
        """What SQLite's own check says of the file, or None when it is whole; only a small file is checked when not `thorough`."""
        if self._file is None or not (thorough or self._file.stat().st_size <= QUICK):
            return None
        try:
            said = self._rows(sa.text("PRAGMA integrity_check(1)" if thorough else "PRAGMA quick_check(1)"))
        except Damaged as damage:
            return str(damage.values["detail"])
        return None if said[0][0] == "ok" else str(said[0][0])

    def close(self) -> None:
        """Let go of the database. The next use opens it again, so that pages are read from the disk and not from memory."""
        self._engine.dispose()

    def _write(self, pages: Iterable[Sequence[Event]], *, anew: bool = False) -> None:
        with self._engine.begin() as connection:
            if anew:
                connection.execute(_events.delete())
            for events in pages:
                connection.execute(_events.insert(), [_row(event) for event in events])

    def _rows(self, query: Any, **values: Any) -> Sequence[Any]:
        try:
            with self._engine.connect() as connection:
                return connection.execute(query, values).fetchall()
        except _UNREADABLE as error:
            raise _damaged(error) from error


def sqlite_file(url: str) -> Path | None:
    """The file of a journal kept by SQLite, None when another database keeps it."""
    parsed = sa.make_url(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


def _words(error: Exception) -> str:
    return str(getattr(error, "orig", error))


def _damaged(error: Exception) -> Damaged:
    busy = any(words in _words(error) for words in _ELSEWHERE)
    return Damaged("journal_busy" if busy else "journal_unreadable", detail=_words(error))


def _durable(connection: Any, _: Any) -> None:
    for pragma in (f"busy_timeout={BUSY_MS}", "journal_mode=TRUNCATE", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}").close()


_COLUMNS = tuple(column.name for column in _events.columns)


def _row(event: Event) -> dict[str, Any]:
    row = dict(zip(_COLUMNS, event, strict=True))
    return row | {"happened_at": event.happened_at.isoformat(), "recorded_at": event.recorded_at.isoformat()}


def _event(row: Sequence[Any]) -> Event:
    """An event of a row. A time that cannot be read becomes one that the hash does not cover."""
    sequence, stream, version, kind, actor, happened_at, recorded_at, *rest = row
    try:
        happened, recorded = datetime.fromisoformat(happened_at), datetime.fromisoformat(recorded_at)
    except (ValueError, TypeError):
        happened = recorded = _NO_TIME
    return Event(sequence, stream, version, kind, actor, happened, recorded, *rest)
