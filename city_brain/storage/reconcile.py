"""At the start the two stores are compared, and the one that is whole restores the other.

The journal is the record; the picture keeps a copy of every event. Journal ahead: replay. Picture
ahead: the journal's missing tail is taken from the copies. A damaged picture is derived anew, a
damaged journal written anew from what holds in either. When no copy of an event survives, the first
bad sequence is named and nothing is opened.
"""

from __future__ import annotations

import duckdb

from city_brain import clock
from city_brain.errors import Damaged
from city_brain.record.journal import Journal
from city_brain.storage import database
from city_brain.storage.cursor import Cursor
from city_brain.storage.restore import Head, head_of, restored
from city_brain.storage.stores import Notice, Plan, Progress, Stores
from city_brain.storage.witness import Witness

TAIL = 2000
"""Events whose chain is checked at each start; `verify` checks all."""


class _PictureWrong(Exception):
    """The record is whole and the picture is not of it."""


def open_stores(plan: Plan, notices: list[Notice], progress: Progress) -> Stores:
    """Open both stores so that they agree.

    Raises
    ------
    Damaged
        Neither store holds an event that must have existed; the values name its sequence.
    """
    plan.batches.mkdir(parents=True, exist_ok=True)
    witness = Witness(plan.picture.with_name("witness"))
    try:
        noted = witness.read()
        journal, root = _open(plan, noted, notices, progress)
        events = journal.head()[0]
        if noted is None and (events or any(plan.batches.iterdir())):
            notices.append(Notice("witness_missing", clock.now(), {"events": events}))
    except BaseException:
        witness.close()
        raise
    stores = Stores(plan, journal, root, witness, notices)
    with plan.cursor(root) as cursor:
        reshaped = cursor.value("record.reshaped")
    if reshaped:
        stores.renew(progress)
    return stores


def _open(plan: Plan, noted: Head | None, notices: list[Notice], progress: Progress) -> tuple[Journal, duckdb.DuckDBPyConnection]:
    """Open with the picture that is there or, when that turns out to be damaged or of another record, with a new one."""
    try:
        root = database.connect(plan.picture)
    except Damaged as damage:
        if damage.key == "picture_busy":
            raise
    else:
        try:
            return _agree(plan, root, noted, notices, progress, blank=False), root
        except (duckdb.Error, _PictureWrong) as error:
            root.close()
            if isinstance(error, duckdb.Error) and not database.is_damage(error):
                raise
        except BaseException:
            root.close()
            raise
    database.set_aside(plan.picture)
    notices.append(Notice("picture_damaged", clock.now()))
    root = database.connect(plan.picture)
    try:
        return _agree(plan, root, noted, notices, progress, blank=True), root
    except BaseException:
        root.close()
        raise


def _agree(
    plan: Plan, root: duckdb.DuckDBPyConnection, noted: Head | None, notices: list[Notice], progress: Progress, *, blank: bool
) -> Journal:
    """Let journal and picture agree, and bring the picture up. `blank`: the picture was lost and is empty now."""
    with plan.cursor(root) as cursor:
        held = head_of(cursor)
        journal = _whole_journal(plan.journal_url, cursor, held, noted, notices)
    try:
        reached, _ = journal.head()
        if blank and reached == 0 and noted is None:
            raise Damaged("journal_event", sequence=1)  # a picture was there, and nothing says that it was empty
        if journal.hash_at(held[0]) != held[1]:
            raise _PictureWrong
        plan.replay(journal, root, progress)
        plan.refer(root)
    except BaseException:
        journal.close()
        raise
    if reached > held[0]:
        notices.append(Notice("replayed", clock.now(), {"events": reached - held[0]}))
    return journal


def _whole_journal(url: str, cursor: Cursor, held: Head, noted: Head | None, notices: list[Notice]) -> Journal:
    """The journal, whole, having all that was noted and all that the picture has of the same record."""
    damage, journal = None, None
    try:
        journal = Journal(url)
        damage = journal.damage()
        if damage is None and _is_whole(journal, noted) and not _continues(cursor, journal.head(), held):
            return journal
    except Damaged as unreadable:
        if unreadable.key == "journal_busy":
            raise
        damage = str(unreadable.values.get("detail"))
    try:
        journal, first = restored(url, journal, cursor, held, noted, damage)
    except BaseException:
        if journal is not None:
            journal.close()
        raise
    notices.append(Notice("journal_restored", clock.now(), {"first": first, "last": journal.head()[0]}))
    return journal


def _is_whole(journal: Journal, noted: Head | None) -> bool:
    if noted is not None and journal.hash_at(noted[0]) != noted[1]:
        return False
    return journal.first_bad(after=max(0, journal.head()[0] - TAIL)) is None


def _continues(cursor: Cursor, head: Head, held: Head) -> bool:
    """Whether the picture has events that follow the journal's last."""
    return held[0] > head[0] and (head[0] == 0 or cursor.value("record.copy_hash", sequence=head[0]) == head[1])
