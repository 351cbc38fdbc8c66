"""Opening two stores of which one, or both, are not what they were.

Every case ends in one of two ways: nothing is lost and a notice is said, or the city is not opened
and the first bad event is named.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from city_brain.errors import Damaged
from city_brain.incidents.actions import report
from city_brain.record import journal
from city_brain.record.events import Draft, seal
from city_brain.record.journal import Journal
from city_brain.roles import operator
from city_brain.storage import database
from tests.deliveries import SOURCE, matter
from tests.storage.conftest import Known, tables_of

Harm = Callable[[Path], object]


def removed(file: Path) -> None:
    file.unlink()


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def zeroed(file: Path) -> None:
    file.write_bytes(bytes(file.stat().st_size))


def other(file: Path) -> None:
    file.write_bytes(b"something else " * 10_000)


def torn(part: float) -> Harm:
    return lambda file: file.write_bytes(file.read_bytes()[: int(file.stat().st_size * part)])


def flipped(seed: int, times: int = 1) -> Harm:
    def harm(file: Path) -> None:
        chance, content = random.Random(seed), bytearray(file.read_bytes())
        for _ in range(times):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        file.write_bytes(content)

    return harm


def sql(statement: str) -> Harm:
    def harm(file: Path) -> None:
        connection = sqlite3.connect(file)
        with connection:
            connection.execute(statement)
        connection.close()

    return harm


LOSSES = {"removed": removed, "emptied": emptied, "zeroed": zeroed, "other": other}
TORN = {f"torn at {part}": torn(part) for part in (0.001, 0.1, 0.3, 0.6, 0.999)}
TAMPERED = {
    "an event changed": sql("UPDATE event SET actor = 'somebody else' WHERE sequence = 50"),
    "the first changed": sql("UPDATE event SET payload = '{}' WHERE sequence = 1"),
    "the last changed": sql("UPDATE event SET recorded_at = happened_at WHERE sequence = (SELECT max(sequence) FROM event)"),
    "an event gone": sql("DELETE FROM event WHERE sequence = 77"),
    "the tail gone": sql("DELETE FROM event WHERE sequence > 100"),
    "all gone": sql("DELETE FROM event"),
    "a sequence far off": sql("UPDATE event SET sequence = 1099511627776 WHERE sequence = 60"),
    "a text that is none": sql("UPDATE event SET payload = CAST(x'ff22' AS TEXT) WHERE sequence = 30"),
}


def heals(known: Known, *expected: str) -> None:
    """Opens, says what it did, and has everything; a second opening has nothing to say."""
    city = known.open()
    try:
        said = [notice.key for notice in city.notices]
        assert known.lost(city) == []
        assert said == list(expected)
        assert city.verify() == []
    finally:
        city.close()
    city = known.open()
    assert city.notices == []
    city.close()


def test_a_whole_home_has_nothing_to_say(known: Known) -> None:
    heals(known)


@pytest.mark.parametrize("harm", [*LOSSES, *TORN])
def test_a_lost_picture_is_derived_anew(known: Known, harm: str) -> None:
    (LOSSES | TORN)[harm](known.picture)
    if harm in TORN:
        city = known.open()
        assert all(finding.mended for finding in city.verify())
        assert known.lost(city) == []
        assert [notice.key for notice in city.notices] in ([], ["picture_damaged", "replayed"], ["picture_rebuilt"])
        city.close()
    else:
        heals(known, *(["replayed"] if harm == "removed" else ["picture_damaged", "replayed"]))


@pytest.mark.parametrize("harm", [*LOSSES, *TORN, *TAMPERED])
def test_a_harmed_journal_is_restored_from_the_picture(known: Known, harm: str) -> None:
    (LOSSES | TORN | TAMPERED)[harm](known.journal)
    heals(known, "journal_restored")


@pytest.mark.parametrize("picture", ["removed", "torn at 0.3"])
@pytest.mark.parametrize("harm", [*LOSSES, "torn at 0.3", *TAMPERED])
def test_when_both_are_harmed_the_first_lost_event_is_named(known: Known, harm: str, picture: str) -> None:
    (LOSSES | TORN | TAMPERED)[harm](known.journal)
    (LOSSES | TORN)[picture](known.picture)
    with pytest.raises(Damaged) as told:
        known.open()
    assert told.value.key == "journal_event"
    named = {
        "an event changed": 50,
        "the last changed": len(known.events),
        "an event gone": 77,
        "the tail gone": 101,
        "a sequence far off": 60,
    }
    named |= {"a text that is none": 30}
    assert told.value.values["sequence"] == named.get(harm, 1)


@pytest.mark.parametrize("harm", ["removed", "the tail gone"])
def test_without_a_witness_a_lost_tail_cannot_be_named_but_the_doubt_is_said(known: Known, harm: str) -> None:
    (LOSSES | TAMPERED)[harm](known.journal)
    known.picture.unlink()
    (known.home / "witness").unlink()
    city = known.open()
    assert "witness_missing" in [notice.key for notice in city.notices]
    city.close()


def test_a_journal_left_as_it_is_when_it_cannot_be_restored(known: Known) -> None:
    TAMPERED["an event changed"](known.journal)
    before = known.journal.read_bytes()
    known.picture.unlink()
    for _ in range(2):
        with pytest.raises(Damaged) as told:
            known.open()
        assert told.value.values["sequence"] == 50
    assert known.journal.read_bytes() == before


def test_of_two_harmed_stores_the_good_halves_make_a_whole(known: Known) -> None:
    """The journal lost its beginning, the picture its end: together they have everything."""
    sql("DELETE FROM event WHERE sequence < 60")(known.journal)
    connection = database.connect(known.picture)
    connection.execute("DELETE FROM event WHERE sequence > 120")
    connection.close()
    city = known.open()
    said = [notice.key for notice in city.notices]
    assert said[0] == "journal_restored"
    assert [event for page in city.journal.read() for event in page] == list(known.events)
    city.rebuild()
    assert known.lost(city) == []
    city.close()


def test_a_forged_journal_is_told_from_the_true_one_by_picture_and_witness(known: Known) -> None:
    """Somebody changes an event and computes every hash after it anew: the chain holds, and is another."""
    forged, previous = [], known.events[0].previous
    for event in known.events:
        actor = "somebody else" if event.sequence == 40 else event.actor
        draft = Draft(event.stream, event.kind, event.happened_at, event.payload)
        forged.append(
            seal(
                draft,
                sequence=event.sequence,
                version=event.version,
                actor=actor,
                recorded_at=event.recorded_at,
                key=event.key,
                previous=previous,
            )
        )
        previous = forged[-1].hash
    known.journal.unlink()
    written = Journal(f"sqlite:///{known.journal}")
    written.append(forged)
    written.close()
    heals(known, "journal_restored")


def test_a_picture_of_another_record_is_set_aside(known: Known, again: Callable[[], Known]) -> None:
    foreign = again()
    city = foreign.open()
    city.close()
    sql("DELETE FROM event WHERE sequence > 90")(foreign.journal)
    foreign.picture.unlink()
    (foreign.home / "witness").unlink()
    city = foreign.open()  # goes on from event 90 in another way
    report(city, SOURCE, matter(9000), operator("test"))
    city.close()
    shutil.copyfile(foreign.picture, known.picture)
    heals(known, "picture_damaged", "replayed")


@pytest.mark.parametrize("seed", range(10))
def test_a_flipped_bit_in_the_journal(known: Known, seed: int) -> None:
    flipped(seed)(known.journal)
    city = known.open()
    said = [notice.key for notice in city.notices]
    assert said in ([], ["journal_restored"])
    findings = city.verify()
    assert all(finding.mended for finding in findings)
    assert known.lost(city) == []
    city.close()


@pytest.mark.parametrize("seed", range(10))
def test_a_flipped_bit_in_the_picture(known: Known, seed: int) -> None:
    """Noticed at the start, or by `verify`, or not part of anything that is kept."""
    flipped(seed)(known.picture)
    city = known.open()
    findings = city.verify()
    assert all(finding.mended for finding in findings)
    assert known.lost(city) == []
    said = [notice.key for notice in city.notices]
    assert said in ([], ["picture_damaged", "replayed"], ["picture_rebuilt"])
    assert bool(findings) == (said == ["picture_rebuilt"])
    city.close()


@pytest.mark.parametrize("seed", range(4))
def test_many_flipped_bits_in_both(known: Known, seed: int) -> None:
    flipped(seed, times=40)(known.journal)
    flipped(seed + 100, times=40)(known.picture)
    try:
        city = known.open()
    except Damaged as damaged:
        named = int(str(damaged.values["sequence"]))
    else:
        named = 1
        assert city.notices
        assert known.lost(city) == []
        city.close()
    assert 1 <= named <= len(known.events)


# -- a home that was never closed ---------------------------------------------------------------


@pytest.fixture
def unclosed(known: Known, tmp_path: Path) -> Known:
    """The files of a home as a killed process leaves them: everything of the picture in its log."""
    known.picture.unlink()
    city = known.open()
    shutil.copytree(known.home, tmp_path / "unclosed")
    city.close()
    return Known(tmp_path / "unclosed", known.events, known.tables)


def log_of(known: Known) -> Path:
    file = known.picture.with_name("city.duckdb.wal")
    assert file.stat().st_size > 10_000
    return file


def test_a_killed_home_opens(unclosed: Known) -> None:
    log_of(unclosed)
    heals(unclosed)


@pytest.mark.parametrize("harm", [*LOSSES, *TORN, "flipped 1", "flipped 2", "flipped 3", "flipped 4"])
def test_a_harmed_log_of_the_picture(unclosed: Known, harm: str) -> None:
    (LOSSES | TORN | {f"flipped {seed}": flipped(seed) for seed in range(1, 5)})[harm](log_of(unclosed))
    city = unclosed.open()
    said = [notice.key for notice in city.notices]
    assert said in ([], ["replayed"], ["picture_damaged", "replayed"])
    assert unclosed.lost(city) == []
    assert city.verify() == []
    city.close()


# -- while the city is open ---------------------------------------------------------------------


def test_a_reader_who_meets_damage_is_told_and_the_picture_is_rebuilt(known: Known) -> None:
    city = known.open()
    content = bytearray(known.picture.read_bytes())
    city.close()
    for place in range(300_000, len(content), 4096):  # every block but the first ones
        content[place] ^= 1
    known.picture.write_bytes(content)
    city = known.open()
    told, deadline = set[str](), time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            with city.read() as cursor:
                tables_of(cursor)
            break
        except Damaged as damaged:
            told.add(damaged.key)
            time.sleep(0.05)
    assert told <= {"picture_damaged"}
    assert known.lost(city) == []
    assert city.notices
    city.close()


def says(words: str) -> Callable[[str], object]:
    """DuckDB as it answers when it cannot open a file."""

    def connect(file: str) -> object:
        raise duckdb.IOException(words)

    return connect


def test_a_file_that_another_process_holds_is_left_where_it_is(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database.duckdb, "connect", says('IO Error: Could not set lock on file "city.duckdb": Conflicting lock is held'))
    with pytest.raises(Damaged, match="picture_busy"):
        known.open()
    monkeypatch.undo()
    heals(known)


def test_a_block_is_no_lock(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        database.duckdb,
        "connect",
        says("Corrupt database file: computed checksum 1 does not match stored checksum 2 in block at location 3"),
    )
    with pytest.raises(Damaged, match="picture_unreadable"):
        database.connect(known.picture)


def test_a_journal_that_another_process_holds_is_left_where_it_is(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "BUSY_MS", 100)
    holder = sqlite3.connect(known.journal, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Damaged, match="journal_busy"):
        known.open()
    holder.rollback()
    holder.close()
    heals(known)
