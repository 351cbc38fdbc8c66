"""`verify`: everything is read, what is wrong is named, and what one store can give the other is mended."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from itertools import product

import pytest

from city_brain.storage import database
from city_brain.storage.compare import Finding, Part
from city_brain.storage.statements import statements
from city_brain.text import LANGUAGES, Text
from tests.storage.conftest import Known

CHECKS = sorted(name.removeprefix("verify.") for name in statements() if name.startswith("verify."))


def changed(known: Known, *sql: str) -> None:
    """Change rows of the picture as a fault of a projection would: every block stays whole."""
    connection = database.connect(known.picture)
    for statement in sql:
        connection.execute(statement)
    connection.close()


WRONG: dict[str, tuple[str, ...]] = {
    "source_counts": ("UPDATE source SET known = known + 1",),
    "source_incidents": ("DELETE FROM incident WHERE case_id = 'H-100'", "DELETE FROM open_case WHERE case_id = 'H-100'"),
    "incident_sources": ("UPDATE incident SET source = 'nobody' WHERE case_id = 'H-100'",),
    "batch_counts": ("UPDATE batch SET taken = taken + 1",),
    "quarantine_counts": ("DELETE FROM quarantine WHERE row_number = 1001",),
    "case_without_incident": ("UPDATE incident SET case_id = 'H-101' WHERE case_id = 'H-100'",),
    "incident_without_case": ("DELETE FROM open_case WHERE case_id = 'H-100'",),
    "case_twice": ("INSERT INTO open_case FROM open_case WHERE case_id = 'H-100'",),
    "case_misplaced": ("UPDATE open_case SET step = 'archived' WHERE case_id = 'H-100'",),
    "case_of_no_event": ("UPDATE open_case SET sequence = 100000 WHERE case_id = 'H-100'",),
}


def test_every_check_has_an_example_here() -> None:
    assert sorted(WRONG) == CHECKS


@pytest.mark.parametrize("check", sorted(WRONG))
def test_what_the_picture_gets_wrong_is_named_and_mended(known: Known, check: str) -> None:
    changed(known, *WRONG[check])
    city = known.open()
    found = city.verify()
    assert check in [finding.key for finding in found]
    assert all(finding.mended and finding.part is Part.PICTURE for finding in found)
    for finding, language in product(found, LANGUAGES):
        assert Text(language)(f"verify.{finding.key}", **finding.values)[0] not in "[{"
    assert "picture_rebuilt" in [notice.key for notice in city.notices]
    assert known.lost(city) == []
    assert city.verify() == []
    city.close()


@pytest.mark.parametrize(
    ("sql", "sequence"),
    [
        ("UPDATE event SET payload = '{}' WHERE sequence = 30", 30),
        ("DELETE FROM event WHERE sequence = 44", 44),
        ("DELETE FROM event WHERE sequence < 3", 1),
    ],
)
def test_copies_that_are_not_the_journals_events(known: Known, sql: str, sequence: int) -> None:
    changed(known, sql)
    city = known.open()
    found = city.verify()
    assert Finding(Part.PICTURE, "copy_differs", {"sequence": sequence}, mended=True) in found
    assert known.lost(city) == []
    city.close()


def test_an_event_changed_long_ago_is_restored(known: Known) -> None:
    connection = sqlite3.connect(known.journal)
    with connection:
        connection.execute("UPDATE event SET actor = 'somebody else' WHERE sequence = 20")
    connection.close()
    city = known.open_with_tail(10)
    assert city.notices == []
    assert city.verify() == [Finding(Part.JOURNAL, "journal_event", {"sequence": 20}, mended=True)]
    assert [notice.key for notice in city.notices] == ["journal_restored"]
    assert known.lost(city) == []
    city.close()


def test_a_journal_harmed_while_the_city_is_open(known: Known) -> None:
    city = known.open()
    known.journal.write_bytes(known.journal.read_bytes()[:40_000])
    found = city.verify()
    assert [finding.part for finding in found] == [Part.JOURNAL]
    assert found[0].mended
    assert known.lost(city) == []
    assert city.verify() == []
    city.close()


def test_a_picture_harmed_while_the_city_is_open(known: Known) -> None:
    """Blocks in memory are still good: what is on the disk is read all the same."""
    city = known.open()
    with city.read() as cursor:
        cursor.value("record.count")
    content = bytearray(known.picture.read_bytes())
    for place in range(300_000, len(content), 4096):
        content[place] ^= 1
    known.picture.write_bytes(content)
    found = city.verify()
    assert found
    assert all(finding.key == "picture_damaged" and finding.mended for finding in found)
    assert known.lost(city) == []
    city.close()


def test_what_no_copy_can_mend_stays_found(known: Known) -> None:
    changed(known, "UPDATE event SET payload = '{}' WHERE sequence = 30")
    connection = sqlite3.connect(known.journal)
    with connection:
        connection.execute("UPDATE event SET payload = '[]' WHERE sequence = 30")
    connection.close()
    city = known.open_with_tail(10)
    found = city.verify()
    assert Finding(Part.JOURNAL, "journal_event", {"sequence": 30}, mended=False) in found
    with city.read() as cursor:
        assert cursor.value("record.count") == len(known.events)
    assert city.verify() == found
    city.close()


@pytest.mark.parametrize(
    "harm", [lambda file: file.unlink(), lambda file: file.write_bytes(file.read_bytes() + b"x")], ids=["gone", "changed"]
)
def test_a_kept_file_that_is_gone_or_changed_is_named(known: Known, harm: Callable[..., object], request: pytest.FixtureRequest) -> None:
    file = max((known.home / "batches").iterdir(), key=lambda file: file.stat().st_size)
    harm(file)
    city = known.open()
    (found,) = city.verify()
    assert found.part is Part.FILES
    assert found.key == f"kept_file_{request.node.callspec.id}"
    assert found.values["file"] == file.name
    assert not found.mended
    assert known.lost(city) == []
    city.close()
