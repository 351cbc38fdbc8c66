"""Reading everything: what is wrong with the record, with the picture and with the kept files, and whether they agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import duckdb

from city_brain.errors import Damaged
from city_brain.record.journal import PAGE, Journal
from city_brain.storage import database
from city_brain.storage.cursor import Cursor
from city_brain.storage.restore import Head, copies
from city_brain.storage.statements import statements
from city_brain.storage.stores import Progress


class Part(StrEnum):
    """Where something is wrong."""

    JOURNAL = "journal"
    PICTURE = "picture"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong: text key ``verify.<key>``."""

    part: Part
    key: str
    values: dict[str, Any] = field(default_factory=dict)
    mended: bool = False


def in_journal(journal: Journal, head: Head, progress: Progress) -> Iterator[Finding]:
    """What is wrong with the journal: its file, its chain, its end (`head` is where it must end, or later)."""
    progress("verify_journal", 0, head[0])
    journal.close()
    damage = journal.damage(thorough=True)
    if damage is not None:
        yield Finding(Part.JOURNAL, "journal_file", {"detail": damage})
    try:
        bad = journal.first_bad()
        if bad is None and journal.hash_at(head[0]) != head[1]:
            bad = min(journal.head()[0] + 1, head[0])
    except Damaged as unreadable:
        if damage is None:
            yield Finding(Part.JOURNAL, "journal_file", {"detail": unreadable.values.get("detail")})
        return
    if bad is not None:
        yield Finding(Part.JOURNAL, "journal_event", {"sequence": bad})


def in_picture(cursor: Cursor, journal: Journal, reached: int, progress: Progress) -> Iterator[Finding]:
    """What is wrong with picture and kept files: blocks that cannot be read, copies of events that differ, counts that do not add up.

    The checks of ``sql/queries/verify.sql`` are queries whose rows are what is wrong.
    """
    try:
        tables = cursor.rows("record.tables")
        for done, row in enumerate(tables):
            progress("verify_picture", done, len(tables))
            cursor.run("record.fingerprint", table=row["name"])
        yield from _copies_that_differ(cursor, journal, reached, progress)
        for name in statements():
            area, _, key = name.partition(".")
            if area == "verify":
                yield from (Finding(Part.PICTURE, key, row) for row in cursor.rows(name))
        yield from _kept_files(cursor, progress)
    except duckdb.Error as error:
        if not database.is_damage(error):
            raise
        yield Finding(Part.PICTURE, "picture_damaged", {"detail": str(error).splitlines()[0]})


def _kept_files(cursor: Cursor, progress: Progress) -> Iterator[Finding]:
    """Which of the files that the record speaks of are gone or not what they were."""
    files = [*cursor.rows("record.kept_files"), *cursor.rows("evidence.all")]
    for done, row in enumerate(files):
        progress("verify_files", done, len(files))
        try:
            cursor.kept_file(row["checksum"], row["suffix"])
        except Damaged as damage:
            yield Finding(Part.FILES, damage.key, {"file": damage.values["file"], "sequence": row["sequence"]})


def mended(found: Sequence[Finding], again: Sequence[Finding]) -> list[Finding]:
    """The findings of two looks; those of the first are mended where the second does not find them again."""
    return [replace(finding, mended=finding not in again) for finding in found] + [finding for finding in again if finding not in found]


def fingerprints(cursor: Cursor) -> dict[str, tuple[int, int]]:
    """By table: how many rows, and a sum of their hashes that depends on every value but not on the order."""
    found = {row["name"]: cursor.one("record.fingerprint", table=row["name"]) or {} for row in cursor.rows("record.tables")}
    return {name: (row["rows"], row["digest"]) for name, row in found.items()}


def _copies_that_differ(cursor: Cursor, journal: Journal, reached: int, progress: Progress) -> Iterator[Finding]:
    for after in range(0, reached, PAGE):
        progress("verify_copies", after, reached)
        mine = copies(cursor, after)
        try:
            theirs = journal.page(after)
        except Damaged:
            return  # found already, in the journal
        if mine != theirs:
            known = {event.sequence: event for event in mine}
            for event in theirs:
                if event.sequence <= reached and known.get(event.sequence) != event and event.holds(event.previous):
                    yield Finding(Part.PICTURE, "copy_differs", {"sequence": event.sequence})
                    return
