"""The city: the one object that pages, routes, the clock and the command line share.

Reading takes a fresh DuckDB cursor; writing goes through one thread that decides, projects, and
has the journal on disk before it answers.
"""

from __future__ import annotations

import hashlib
import itertools
import logging
import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

import duckdb

from city_brain.errors import Damaged, Fault, NotFound
from city_brain.record.journal import Journal
from city_brain.storage import compare, copying, database
from city_brain.storage.compare import Finding, Part
from city_brain.storage.cursor import Cursor
from city_brain.storage.projector import Projection
from city_brain.storage.reconcile import open_stores
from city_brain.storage.stores import Notice, Plan, Progress
from city_brain.storage.writer import Act, Writer

__all__ = ["Act", "City", "Finding", "Notice"]


_numbers = itertools.count(1)
_KEPT = (".jpg", ".parquet")
"""What the name of a file may end with that is kept here: pictures, forecasts. The rows of files taken in are kept by the intake."""
_CHECKSUM = re.compile("[0-9a-f]{64}")


class City:
    """The record and the picture of one city, opened together.

    Opening compares the two stores and lets the one that is whole restore the other; what was done
    is told in `notices`.
    """

    def __init__(
        self,
        *,
        journal_url: str,
        picture: Path,
        batches: Path,
        projections: Sequence[Projection],
        reference: Callable[[Cursor], None],
        progress: Progress | None = None,
    ) -> None:
        self.number = next(_numbers)
        """Tells this opening of a city from every other one of the process: what is cached is kept by it."""
        self.notices: list[Notice] = []
        self._progress = progress or (lambda stage, done, total: None)
        plan = Plan(journal_url, picture, batches, tuple(projections), reference)
        self._stores = open_stores(plan, self.notices, self._progress)
        self._writer = Writer(self._stores, self._progress)
        self._rebuilding = threading.Lock()
        self._aside: threading.Thread | None = None

    @property
    def version(self) -> int:
        """The sequence the picture has reached."""
        return self._stores.reached

    @property
    def record_sequence(self) -> int:
        """The last sequence of the journal, read from the journal."""
        return self.journal.head()[0]

    @property
    def picture_sequence(self) -> int:
        """The last sequence the picture has, read from the picture."""
        with self.read() as cursor:
            return int(cursor.value("record.head") or 0)

    @property
    def journal(self) -> Journal:
        """The journal, for reading."""
        return self._stores.journal

    @contextmanager
    def read(self, as_of: datetime | None = None) -> Iterator[Cursor]:
        """A fresh cursor, closed after. With `as_of` every query sees the cases as they were at that moment.

        Raises
        ------
        Damaged
            A block of the picture cannot be read; a rebuild has been started.
        """
        with self._stores.gate.reading(), self._stores.plan.cursor(self._stores.root) as cursor:
            try:
                if as_of is not None:
                    _look_back(cursor, as_of)
                yield cursor
            except duckdb.Error as error:
                if not database.is_damage(error):
                    raise
                self._rebuild_aside()
                raise Damaged("picture_damaged", detail=str(error).splitlines()[0]) from error

    def submit(self, act: Act) -> Future[int]:
        """Queue an act; the future gives its sequence once it is on disk, or raises its Fault."""
        return self._writer.submit(act)

    def record(self, act: Act) -> int:
        """Record an act and wait until it is on disk and in the picture.

        Returns
        -------
        int
            Sequence of the act's last event; of the earlier event when its key is known already;
            the present sequence when the act has nothing to record.
        """
        return self.submit(act).result()

    def still(self, work: Callable[[], None]) -> None:
        """Run `work` while nothing is written, with the journal complete on disk."""
        self._writer.submit(work).result()

    def copy(self, folder: Path) -> int:
        """Copy both stores and the kept files to an empty folder, as they are at one moment; gives the sequence they have reached.

        Raises
        ------
        Fault
            The disk does not take it.
        """
        held: list[int] = []

        def work() -> None:
            copying.copy_files(self._stores.plan, folder)
            held.append(self._stores.reached)

        self.still(work)
        copying.share_files(self._stores.plan.batches, folder / "batches")
        return held[0]

    def keep(self, content: bytes, suffix: str) -> str:
        """Keep a file that an event is going to name; it is on disk when this returns. The same content twice is one file.

        Returns
        -------
        str
            Its checksum (SHA-256).

        Raises
        ------
        Fault
            The disk does not take it.
        """
        if suffix not in _KEPT:
            raise ValueError(f"{suffix} is not kept")
        checksum = hashlib.sha256(content).hexdigest()
        file = self._stores.plan.batches / f"{checksum}{suffix}"
        try:
            _write(file, content)
        except OSError as error:
            raise Fault("cannot_write", file=file.name, detail=error.strerror) from error
        return checksum

    def kept(self, checksum: str, suffix: str) -> bytes:
        """The content of a kept file, after making sure that it is what its name says.

        Raises
        ------
        NotFound
            This is no checksum.
        Damaged
            The file is gone or another.
        """
        if suffix not in _KEPT:
            raise ValueError(f"{suffix} is not kept")
        if not _CHECKSUM.fullmatch(checksum):
            raise NotFound("no_picture")
        with self.read() as cursor:
            return Path(cursor.kept_file(checksum, suffix)).read_bytes()

    def rebuild(self, progress: Progress | None = None) -> None:
        """Derive the picture anew from the record and put it in place of the present one; acts go on meanwhile.

        Raises
        ------
        Damaged
            The record cannot be read to its end. The present picture stays.
        """
        tell = progress or self._progress
        with self._rebuilding:
            fresh = self._stores.derive(tell)

            def exchange() -> None:
                self._stores.extend(fresh, tell)
                self._stores.exchange(fresh)

            self.still(exchange)
            self._stores.tell("picture_rebuilt", sequence=self.version)

    def verify(self, progress: Progress | None = None) -> list[Finding]:
        """Read all of the record, of the picture and of the kept files, and mend what one store can give the other.

        Returns
        -------
        list of Finding
            What was wrong; `mended` where a second look does not find it any more.
        """
        tell = progress or self._progress
        found = self._look(tell)
        try:
            if any(finding.part is Part.JOURNAL for finding in found):
                self.still(self._stores.restore_journal)
            if any(finding.part is Part.PICTURE for finding in found):
                self.rebuild(tell)
        except Damaged:
            pass  # what cannot be mended is found again
        return compare.mended(found, self._look(tell)) if found else []

    def close(self) -> None:
        """Finish what is queued, and a rebuild that is under way, and let go of both stores."""
        if self._aside is not None:
            self._aside.join()
        self._writer.close()
        self._stores.close()

    def _look(self, progress: Progress) -> list[Finding]:
        """What is wrong now, by what is on the disk."""
        stores = self._stores
        found = list(compare.in_journal(stores.journal, stores.head, progress))
        try:
            self.still(stores.reopen)
        except Damaged as damage:
            return [*found, Finding(Part.PICTURE, "picture_damaged", {"detail": damage.values.get("detail")})]
        with stores.gate.reading(), stores.plan.cursor(stores.root) as cursor:
            found += compare.in_picture(cursor, stores.journal, stores.reached, progress)
        return found

    def _rebuild_aside(self) -> None:
        """Rebuild in a thread of its own, once, however many readers have met the damage."""
        if self._aside is not None and self._aside.is_alive():
            return

        def work() -> None:
            try:
                self.rebuild()
            except Fault as fault:
                self._stores.tell("rebuild_failed", detail=str(fault))
            except Exception:
                self._stores.tell("rebuild_failed", detail="…")
                logging.getLogger("city_brain").exception("the picture could not be rebuilt")
                raise

        self._aside = threading.Thread(target=work, name="city-rebuild", daemon=True)
        self._aside.start()


def _write(file: Path, content: bytes) -> None:
    """Write a file so that a power cut leaves all of it or nothing under its name, and all of it once this has returned."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=file.parent, prefix="kept-", suffix=".part", delete=False) as part:
        try:
            part.write(content)
            part.flush()
            os.fsync(part.fileno())
            os.replace(part.name, file)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise
    for folder in (file.parent, file.parent.parent):
        entries = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(entries)
        finally:
            os.close(entries)


def _look_back(cursor: Cursor, moment: datetime) -> None:
    cursor.run("playback.moment", moment=moment)
    for view in ("changed_cases", "settled_cases", "open_cases", "closed_cases", "every_case", "case_stages", "case_events"):
        cursor.run(f"playback.{view}")
