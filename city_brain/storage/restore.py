"""The record put together from what holds in either store.

Every event carries the hash of the one before, so that of two copies the good one is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC

import duckdb

from city_brain.errors import Damaged
from city_brain.record.events import GENESIS, Event
from city_brain.record.journal import PAGE, Journal
from city_brain.storage.cursor import Cursor

Head = tuple[int, str]
"""Sequence and hash of a last event."""


def restored(
    url: str, journal: Journal | None, cursor: Cursor, held: Head, noted: Head | None, damage: str | None = None
) -> tuple[Journal, int]:
    """Write the journal anew from what holds in it and in the picture's copies.

    Parameters
    ----------
    journal : Journal or None
        The journal as it is, None when it cannot be opened at all. It is closed when another takes its place.
    held, noted : Head
        The last event that the picture has; the last that the witness noted, if it did.

    Returns
    -------
    tuple
        The journal, and the sequence of the first event that it did not hold before.

    Raises
    ------
    Damaged
        No copy of an event holds; the values name its sequence. The journal is left as it is.
    """
    wanted = max(held[0], noted[0] if noted else 0, _count(journal), 1)
    merges = [_Merge(journal, cursor, wanted, prefer_copies) for prefer_copies in (False, True)]
    for merge in merges:
        hashes = {event.sequence: event.hash for page in merge.pages() for event in page if noted and event.sequence == noted[0]}
        if merge.reached >= wanted and (not noted or not noted[0] or hashes[noted[0]] == noted[1]):
            break
    else:
        raise Damaged("journal_event", sequence=merges[0].first_lost, detail=damage)
    fresh = Journal.holding(url, _Merge(journal, cursor, wanted, merge.prefer_copies).pages())
    if journal is not None:
        journal.close()
    return fresh, merge.first_restored or 1


def head_of(cursor: Cursor) -> Head:
    """Sequence and hash of the last event that the picture has."""
    head = cursor.one("record.head")
    return (int(head["sequence"]), str(head["hash"])) if head else (0, GENESIS)


@dataclass(slots=True)
class _Merge:
    """One walk along the chain. Where both stores have an event that holds, one of them is preferred."""

    journal: Journal | None
    cursor: Cursor
    wanted: int
    """How far the record is known to have come, at least."""
    prefer_copies: bool
    reached: int = 0
    first_restored: int | None = None
    """The first event that the journal did not have, or not as it was."""

    @property
    def first_lost(self) -> int:
        return self.reached + 1

    def pages(self) -> Iterator[list[Event]]:
        previous = GENESIS
        while page := list(self._page(previous)):
            yield page
            self.reached, previous = page[-1].sequence, page[-1].hash

    def _page(self, previous: str) -> Iterator[Event]:
        mine, copies = _from_journal(self.journal, self.reached, self.wanted), _from_picture(self.cursor, self.reached)
        for sequence in range(self.reached + 1, self.reached + PAGE + 1):
            choice = (copies, mine) if self.prefer_copies else (mine, copies)
            event = next((found for store in choice if (found := store.get(sequence)) and found.holds(previous)), None)
            if event is None:
                return
            if self.first_restored is None and event != mine.get(sequence):
                self.first_restored = sequence
            yield event
            previous = event.hash


def _count(journal: Journal | None) -> int:
    try:
        return journal.count() if journal is not None else 0
    except Damaged:
        return 0


def _from_journal(journal: Journal | None, after: int, wanted: int) -> dict[int, Event]:
    if journal is None:
        return {}
    try:
        return {event.sequence: event for event in journal.page(after)}
    except Damaged:
        singles = (_single(journal, sequence) for sequence in range(after + 1, min(after + PAGE, wanted) + 1))
        return {event.sequence: event for event in singles if event is not None}


def _single(journal: Journal, sequence: int) -> Event | None:
    try:
        return journal.event(sequence)
    except Damaged:
        return None


def _from_picture(cursor: Cursor, after: int) -> dict[int, Event]:
    try:
        return {event.sequence: event for event in copies(cursor, after)}
    except duckdb.Error:  # a block of the copies cannot be read: what the journal has must do
        return {}


def copies(cursor: Cursor, after: int) -> list[Event]:
    """The picture's copies of the events after a sequence, one page of them."""
    rows = cursor.rows("record.copies", after=after, size=PAGE)
    times = ("happened_at", "recorded_at")
    return [Event(**(row | {name: row[name].astimezone(UTC) for name in times})) for row in rows]
