"""The journal: durable, append-only, and whatever is changed in it is named."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from city_brain.errors import Damaged, Stale
from city_brain.record import journal as module
from city_brain.record.events import GENESIS, Draft, Event, seal
from city_brain.record.journal import Journal, sqlite_file

MOMENT = datetime(2026, 5, 4, tzinfo=UTC)


def chain(count: int, after: Event | None = None) -> list[Event]:
    """Events of streams of three versions each; every second one carries a key."""
    events: list[Event] = []
    for number in range(count):
        sequence = (after.sequence if after else 0) + number + 1
        previous = events[-1].hash if events else after.hash if after else GENESIS
        draft = Draft(f"case:{(sequence - 1) // 3}", "case.moved", MOMENT, {"number": sequence})
        key = f"key-{sequence}" if sequence % 2 else None
        events.append(
            seal(draft, sequence=sequence, version=(sequence - 1) % 3 + 1, actor="a", recorded_at=MOMENT, key=key, previous=previous)
        )
    return events


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def journal(file: Path) -> Iterator[Journal]:
    opened = Journal(f"sqlite:///{file}")
    yield opened
    opened.close()


def change(file: Path, sql: str, *values: object) -> None:
    """What somebody might do to the file behind our back."""
    connection = sqlite3.connect(file)
    with connection:
        connection.execute(sql, values)
    connection.close()


def test_an_empty_journal(journal: Journal) -> None:
    assert journal.head() == (0, GENESIS)
    assert journal.count() == 0
    assert list(journal.read()) == []
    assert journal.first_bad() is None
    assert journal.damage(thorough=True) is None
    assert journal.hash_at(0) == GENESIS
    assert journal.hash_at(1) is None
    assert journal.event(1) is None


def test_events_come_back_as_they_were_written(journal: Journal) -> None:
    events = chain(7)
    journal.append(events[:4])
    journal.append(events[4:])
    assert [event for page in journal.read() for event in page] == events
    assert journal.head() == (7, events[-1].hash)
    assert journal.event(3) == events[2]
    assert journal.versions(["case:0", "case:2", "case:9"]) == {"case:0": 3, "case:2": 1}
    assert journal.keyed(["key-3", "key-4", "nobody"]) == {"key-3": 3}
    assert journal.first_bad() is None


def test_it_is_read_page_by_page(journal: Journal) -> None:
    events = chain(9)
    journal.append(events)
    assert journal.page(4, 3) == events[4:7]
    assert journal.page(9) == []


def test_sqlite_keeps_a_rollback_journal_and_waits_for_the_disk(journal: Journal) -> None:
    with journal._engine.connect() as connection:
        asked = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")}
    assert asked == {"journal_mode": "truncate", "synchronous": 2}


def test_a_second_event_of_a_version_a_key_or_a_sequence_is_refused(journal: Journal) -> None:
    events = chain(3)
    journal.append(events)
    (following,) = chain(1, events[-1])
    for twin in (
        following._replace(stream="case:0", version=3),
        following._replace(key="key-3"),
        following._replace(sequence=3),
    ):
        with pytest.raises(Stale, match="recorded_elsewhere"):
            journal.append([twin])
    assert journal.count() == 3


def test_all_of_them_or_none(journal: Journal) -> None:
    events = chain(3)
    journal.append(events)
    with pytest.raises(Stale):
        journal.append([*chain(1, events[-1]), events[0]._replace(sequence=9)])
    assert journal.head()[0] == 3


def test_what_the_disk_does_not_take_is_told(journal: Journal) -> None:
    with journal._engine.connect() as connection:  # a full disk, as SQLite sees it
        connection.exec_driver_sql("PRAGMA max_page_count=12")
    (event,) = chain(1)
    with pytest.raises(Damaged, match="journal_refused"):
        journal.append([event._replace(payload_text="x" * 1_000_000)])
    assert journal.count() == 0


@pytest.mark.parametrize(
    ("sql", "bad"),
    [
        ("UPDATE event SET payload = replace(payload, '5', '6') WHERE sequence = 5", 5),
        ("UPDATE event SET actor = 'somebody else' WHERE sequence = 1", 1),
        ("UPDATE event SET happened_at = 'yesterday' WHERE sequence = 4", 4),
        ("UPDATE event SET payload = x'ff00' WHERE sequence = 4", 4),
        ("UPDATE event SET hash = previous WHERE sequence = 3", 3),
        ("DELETE FROM event WHERE sequence = 6", 6),
        ("DELETE FROM event WHERE sequence = 1", 1),
        ("UPDATE event SET sequence = 99 WHERE sequence = 7", 7),
        ("UPDATE event SET version = 9 WHERE sequence = 9", 9),
    ],
)
def test_whatever_is_changed_is_named(journal: Journal, file: Path, sql: str, bad: int) -> None:
    journal.append(chain(9))
    change(file, sql)
    assert journal.first_bad() == bad


def test_a_changed_event_with_a_new_hash_breaks_the_chain_behind_it(journal: Journal, file: Path) -> None:
    events = chain(9)
    journal.append(events)
    forged = seal(
        Draft(events[4].stream, events[4].kind, MOMENT, {"number": 55}), sequence=5, version=events[4].version, actor="a",
        recorded_at=MOMENT, key=events[4].key, previous=events[3].hash,
    )  # fmt: skip
    change(file, "UPDATE event SET payload = ?, hash = ? WHERE sequence = 5", forged.payload_text, forged.hash)
    assert journal.first_bad() == 6


def test_the_tail_alone_can_be_checked(journal: Journal, file: Path) -> None:
    journal.append(chain(9))
    change(file, "UPDATE event SET actor = 'x' WHERE sequence = 3")
    assert journal.first_bad(after=5) is None
    assert journal.first_bad(after=2) == 3
    assert journal.first_bad(after=12) == 12


def test_a_file_that_is_no_database_is_told(file: Path) -> None:
    file.write_bytes(b"no database " * 1000)
    with pytest.raises(Damaged, match="journal_unreadable"):
        Journal(f"sqlite:///{file}")


def test_sqlites_own_check_sees_what_the_chain_cannot(journal: Journal, file: Path) -> None:
    journal.append(chain(200))
    journal.close()
    content = file.read_bytes()
    place = content.rindex(b"case:1")  # in the index of streams and versions
    file.write_bytes(content[:place] + b"cbse:1" + content[place + 6 :])
    assert journal.damage(thorough=True) is not None or journal.first_bad() is not None


def test_a_large_file_is_checked_only_thoroughly(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUICK", 0)
    monkeypatch.setattr(journal, "_rows", lambda *query, **values: [("bad",)])
    assert journal.damage() is None
    assert journal.damage(thorough=True) == "bad"


def test_a_journal_is_written_anew_beside_the_old_one(file: Path) -> None:
    file.write_bytes(b"no database " * 1000)
    events = chain(6)
    restored = Journal.holding(f"sqlite:///{file}", iter([events[:4], events[4:]]))
    assert [event for page in restored.read() for event in page] == events
    restored.close()
    (aside,) = file.parent.glob("journal.sqlite.*.damaged")
    assert aside.read_bytes().startswith(b"no database")


def test_other_databases_have_no_file() -> None:
    assert sqlite_file("postgresql+psycopg://city@host/journal") is None
    assert sqlite_file("sqlite:////a/b.sqlite") == Path("/a/b.sqlite")
