"""The two stores of one home, opened together, and how the picture is derived from the record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb

from city_brain import clock
from city_brain.errors import Damaged
from city_brain.record.journal import Journal
from city_brain.storage import database
from city_brain.storage.cursor import Cursor
from city_brain.storage.gate import Gate
from city_brain.storage.projector import Projection, project
from city_brain.storage.restore import head_of, restored
from city_brain.storage.witness import Witness

Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the stores did by themselves that a person should know: text key ``notice.<key>``."""

    key: str
    happened_at: datetime
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the stores lie and how the picture is derived."""

    journal_url: str
    picture: Path
    batches: Path
    projections: tuple[Projection, ...]
    reference: Callable[[Cursor], None]

    def replay(self, journal: Journal, root: duckdb.DuckDBPyConnection, progress: Progress) -> int:
        """Project every event that a picture does not have yet, checking the chain on the way; gives the sequence reached.

        Raises
        ------
        Damaged
            An event, or a file it speaks of, is not what was recorded.
        """
        with self.cursor(root) as cursor:
            after, previous = head_of(cursor)
        total = journal.head()[0]
        for events in journal.read(after):
            for event in events:
                after += 1
                if event.sequence != after or not event.holds(previous):
                    raise Damaged("journal_event", sequence=after)
                previous = event.hash
            with self.transaction(root) as cursor:
                project(cursor, self.projections, events)
            progress("replay", after, max(after, total))
        if after < total:
            raise Damaged("journal_event", sequence=after + 1)
        return after

    def refer(self, root: duckdb.DuckDBPyConnection) -> None:
        """Write the reference tables anew, so that they are those of this version of the project."""
        with self.transaction(root) as cursor:
            self.reference(cursor)

    @contextmanager
    def cursor(self, root: duckdb.DuckDBPyConnection) -> Iterator[Cursor]:
        """A cursor, closed after: a transaction that was begun and not committed is taken back."""
        raw = root.cursor()
        try:
            yield Cursor(raw, self.batches)
        finally:
            raw.close()

    @contextmanager
    def transaction(self, root: duckdb.DuckDBPyConnection) -> Iterator[Cursor]:
        """A cursor whose statements are all done or none."""
        with self.cursor(root) as cursor:
            cursor.begin()
            yield cursor
            cursor.commit()


class Stores:
    """A journal and a picture that agree. Only the writer's thread changes them."""

    def __init__(self, plan: Plan, journal: Journal, root: duckdb.DuckDBPyConnection, witness: Witness, notices: list[Notice]) -> None:
        self.plan, self.journal, self.root, self.witness, self.notices = plan, journal, root, witness, notices
        self.gate = Gate()
        self.head = journal.head()
        self.reached = self.head[0]
        self.witness.note(*self.head)

    def tell(self, key: str, **values: object) -> None:
        """Keep a notice for the people who look after the home."""
        self.notices.append(Notice(key, clock.now(), values))

    def advance(self, head: tuple[int, str]) -> None:
        """The journal has a new head, on disk."""
        self.head = head
        self.witness.note(*head)

    def catch_up(self, progress: Progress) -> None:
        """Bring the picture to where the journal is, after a commit of the picture failed.

        Raises
        ------
        Damaged
            It cannot be done now. Nothing is lost: the journal has everything.
        """
        try:
            self.reopen()
            self.reached = self.plan.replay(self.journal, self.root, progress)
        except (duckdb.Error, Damaged):
            self.renew(progress)

    def renew(self, progress: Progress) -> None:
        """Derive the picture anew and put it in place.

        Raises
        ------
        Damaged
            It cannot be done now. Nothing is lost: the journal has everything.
        """
        try:
            self.exchange(self.derive(progress))
        except duckdb.Error as error:
            raise Damaged("picture_behind", detail=str(error).splitlines()[0]) from error
        self.tell("picture_rebuilt", sequence=self.reached)

    def reopen(self) -> None:
        """Close the picture and open it again: what is read then comes from the disk and not from memory."""
        with self.gate.alone():
            self.root.close()
            self.root = database.connect(self.plan.picture)

    def restore_journal(self) -> None:
        """Write the journal anew from what holds in it and in the picture's copies.

        Raises
        ------
        Damaged
            No copy of an event holds; the journal is left as it is.
        """
        with self.plan.cursor(self.root) as cursor:
            self.journal, first = restored(self.plan.journal_url, self.journal, cursor, head_of(cursor), self.head)
        self.tell("journal_restored", first=first, last=self.head[0])

    def derive(self, progress: Progress) -> Path:
        """Build another picture beside the present one, from the record alone; may be called from any thread."""
        fresh = self.plan.picture.parent / "rebuild" / self.plan.picture.name
        database.remove(fresh)
        self.extend(fresh, progress)
        return fresh

    def extend(self, fresh: Path, progress: Progress) -> None:
        """Bring such a picture to where the journal is."""
        root = database.connect(fresh)
        try:
            self.plan.replay(self.journal, root, progress)
            self.plan.refer(root)
        finally:
            root.close()

    def exchange(self, fresh: Path) -> None:
        """Put another picture, complete and closed, in place of the present one."""
        with self.gate.alone():
            self.root.close()
            database.remove(self.plan.picture)
            fresh.rename(self.plan.picture)
            self.root = database.connect(self.plan.picture)
        self.reached = self.head[0]

    def close(self) -> None:
        """Let go of both stores."""
        try:
            with self.gate.alone():
                self.root.close()
        finally:
            self.journal.close()
            self.witness.close()
