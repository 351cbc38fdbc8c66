"""The picture is exchanged under its readers, and acts go on meanwhile."""

from __future__ import annotations

import threading

import pytest

from city_brain.errors import Damaged, Fault
from city_brain.incidents.actions import report
from city_brain.roles import operator
from city_brain.storage import database
from city_brain.storage.gate import Gate
from city_brain.storage.statements import migrations
from tests.deliveries import SOURCE, matter
from tests.storage.conftest import Known


def test_readers_read_and_writers_write_while_the_picture_is_rebuilt(known: Known) -> None:
    city = known.open()
    before, stop, seen, faults = city.version, threading.Event(), list[int](), list[BaseException]()

    def look() -> None:
        try:
            while not stop.is_set():
                with city.read() as cursor:
                    seen.append(int(cursor.value("record.count")))
        except BaseException as error:
            faults.append(error)
            raise

    def act(first: int) -> None:
        number = first
        while not stop.is_set():
            report(city, SOURCE, matter(number), operator("test"))
            number += 1

    threads = [threading.Thread(target=look) for _ in range(3)] + [threading.Thread(target=act, args=(10_000,))]
    for thread in threads:
        thread.start()
    for _ in range(4):
        city.rebuild()
    stop.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert seen
    assert min(seen) >= before
    assert city.version > before
    assert city.verify() == []
    city.close()


def test_a_rebuilt_picture_has_no_log_and_no_leftovers(known: Known) -> None:
    city = known.open()
    city.rebuild()
    city.close()
    again = known.open()
    assert known.lost(again) == []
    again.close()
    assert list((known.home / "rebuild").iterdir()) == []


def test_a_rebuild_that_cannot_be_done_leaves_the_picture(known: Known) -> None:
    for file in (known.home / "batches").iterdir():
        file.unlink()
    city = known.open()
    with pytest.raises(Damaged, match="kept_file_gone"):
        city.rebuild()
    assert known.lost(city) == []
    city.close()


def test_progress_is_told(known: Known) -> None:
    city, told = known.open(), list[tuple[str, int, int | None]]()
    city.rebuild(lambda *stage: told.append(stage))
    city.close()
    assert told[-1] == ("replay", len(known.events), len(known.events))


def test_a_reader_who_does_not_leave_is_not_waited_for_ever() -> None:
    gate = Gate()
    with gate.reading(), pytest.raises(Fault, match="readers_busy"), gate.alone(patience_s=0.05):
        pass
    with gate.alone(patience_s=0.05):
        pass


def test_whoever_reads_may_read_again_while_somebody_waits_to_be_alone() -> None:
    gate, entered, left = Gate(), threading.Event(), list[str]()

    def exchange() -> None:
        entered.set()
        with gate.alone(patience_s=5):
            left.append("alone")

    with gate.reading():
        thread = threading.Thread(target=exchange)
        thread.start()
        entered.wait()
        while not gate._shut:
            pass
        with gate.reading():
            assert left == []
    thread.join()
    assert left == ["alone"]


def test_a_full_rebuild_is_made_from_the_record_alone(known: Known) -> None:
    city = known.open()
    city.still(lambda: None)
    with city._stores.plan.transaction(city._stores.root) as cursor:
        cursor.run("incidents.forget_city")
    assert known.lost(city) != []
    city.rebuild()
    assert known.lost(city) == []
    city.close()


def test_a_picture_of_an_older_shape_is_derived_anew(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of the first release: its picture has the shape of then, and its record is all that counts."""
    known.picture.rename(known.home / "whole.duckdb")
    first = migrations()[:1]
    monkeypatch.setattr(database, "migrations", lambda: first)
    old = database.connect(known.picture)
    old.execute(f"ATTACH '{known.home / 'whole.duckdb'}' AS whole (READ_ONLY)")
    old.execute("INSERT INTO event BY NAME FROM whole.event")
    old.close()
    monkeypatch.undo()
    city = known.open()
    assert known.lost(city) == []
    assert [notice.key for notice in city.notices] == ["picture_rebuilt"]
    city.close()
    again = known.open()
    assert again.notices == []
    again.close()
