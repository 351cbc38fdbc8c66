"""Writing and reading: acts in groups, refusals, two at once, a reader's own write, the past."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from city_brain import start, upkeep
from city_brain.cases.actions import advance
from city_brain.errors import Damaged, Fault, NotFound, Stale
from city_brain.incidents.actions import report
from city_brain.record.events import Draft
from city_brain.roles import operator
from city_brain.settings import Settings
from city_brain.storage.city import Act, City
from city_brain.storage.compare import Finding, Part, fingerprints
from city_brain.storage.cursor import Cursor
from city_brain.storage.writer import Writer
from tests.deliveries import DAY, OFFICER, SOURCE, WAY, matter

SOMEBODY = operator("test")
Decide = Callable[[Cursor], Sequence[Draft]]


def noted(stream: str = "note:1", **payload: object) -> Decide:
    """A decision for an event that no projection takes."""
    return lambda cursor: [Draft(stream, "note.taken", DAY, payload)]


def refused(cursor: Cursor) -> Sequence[Draft]:
    raise Stale("no_case", case="x")


def broken(cursor: Cursor) -> Sequence[Draft]:
    raise ZeroDivisionError


def unreadable(cursor: Cursor) -> Sequence[Draft]:
    """An event whose projection raises, after it has begun to write."""
    return [Draft("case:T-9", "incident.reported", DAY, {"case_id": "T-9", "source": {"name": "hotline"}, "matter": {}})]


@pytest.fixture
def together(city: City, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[object]]]:
    """Gives acts to the writer so that they stand in one group, and gives their answers."""

    def run(*acts: Act) -> list[object]:
        gate = threading.Event()
        held = city.submit(Act("test", lambda cursor: gate.wait(10) and ()))  # type: ignore[arg-type, return-value]
        futures = [city.submit(act) for act in acts]
        gate.set()
        held.result()
        return [future.exception() or future.result() for future in futures]

    groups: list[int] = []
    record = Writer._record
    monkeypatch.setattr(Writer, "_record", lambda self, acts, **last: groups.append(len(acts)) or record(self, acts, **last))
    yield run
    assert max(groups) > 1, "the acts did not stand in one group"


def streams(city: City) -> list[tuple[int, str, int]]:
    return [(event.sequence, event.stream, event.version) for page in city.journal.read() for event in page]


def test_an_empty_city(city: City) -> None:
    assert city.version == city.record_sequence == city.picture_sequence == 0
    assert city.notices == []
    assert city.verify() == []


def test_an_act_is_in_both_stores(city: City) -> None:
    assert city.record(Act("system:test", noted(words="路灯"))) == 1
    (event,) = city.journal.page(0)
    assert (event.actor, event.payload) == ("system:test", {"words": "路灯"})
    with city.read() as cursor:
        (copy,) = cursor.rows("record.copies", after=0, size=9)
    assert copy["hash"] == event.hash
    assert city.version == city.record_sequence == city.picture_sequence == 1


def test_an_act_without_events_gives_the_present_sequence(city: City) -> None:
    city.record(Act("test", noted()))
    assert city.record(Act("test", lambda cursor: ())) == 1


def test_the_same_key_has_one_effect(city: City) -> None:
    assert [city.record(Act("test", noted(), key="once")) for _ in range(3)] == [1, 1, 1]
    assert city.record_sequence == 1


def test_the_same_key_twice_in_a_group_has_one_effect(city: City, together: Callable[..., list[object]]) -> None:
    assert together(*(Act("test", noted(), key="once", about="note:1") for _ in range(3)), Act("test", noted())) == [1, 1, 1, 2]


def test_an_act_over_two_streams_is_one(city: City) -> None:
    city.record(Act("test", lambda cursor: [*noted("team:1")(cursor), *noted("case:1")(cursor), *noted("team:1")(cursor)]))
    assert streams(city) == [(1, "team:1", 1), (2, "case:1", 1), (3, "team:1", 2)]


@pytest.mark.parametrize("about", [None, "note:1"])
def test_whoever_is_refused_leaves_no_event_and_harms_nobody(city: City, together: Callable[..., list[object]], about: str | None) -> None:
    before, no, after = together(Act("a", noted(), about=about), Act("b", refused, about=about), Act("c", noted(), about=about))
    assert (before, after) == (1, 2)
    assert isinstance(no, Stale)
    assert streams(city) == [(1, "note:1", 1), (2, "note:1", 2)]


@pytest.mark.parametrize("bad", [broken, unreadable])
@pytest.mark.parametrize("about", [None, "case:T-9"])
def test_a_bug_in_one_act_is_its_callers_alone(city: City, together: Callable[..., list[object]], bad: Decide, about: str | None) -> None:
    before, raised, after = together(
        Act("a", noted("note:1"), about="note:1"), Act("b", bad, about=about), Act("c", noted("note:2"), about="note:2")
    )
    assert (before, after) == (1, 2)
    assert isinstance(raised, Exception)
    assert not isinstance(raised, Fault)
    assert [event.actor for event in city.journal.page(0)] == ["a", "c"]
    assert city.verify() == []


def test_an_act_sees_what_those_before_it_in_the_group_did(city: City, together: Callable[..., list[object]]) -> None:
    report(city, SOURCE, matter(1), SOMEBODY)

    def steps(about: str | None) -> Act:
        def decide(cursor: Cursor) -> Sequence[Draft]:
            found = cursor.one("cases.unfinished", case_id="H-1") or {}
            to = {"collect": "file", "file": "dispatch"}[found["step"]]
            payload = {
                "case_id": "H-1", "move": "accept", "from": found["step"], "to": to, "holder": None, "fields": {},
                "stay": {"holder": found["holder"], "from_at": found["step_at"]},
            }  # fmt: skip
            return [Draft("case:H-1", "case.moved", DAY + timedelta(hours=1), payload)]

        return Act("test", decide, about=about)

    assert together(steps("case:H-1"), Act("test", noted("case:H-2"), about="case:H-2"), steps("case:H-1")) == [2, 3, 4]
    with city.read() as cursor:
        assert (cursor.one("cases.unfinished", case_id="H-1") or {})["step"] == "dispatch"


def test_an_act_that_says_it_is_about_another_stream_is_seen_all_the_same(city: City, together: Callable[..., list[object]]) -> None:
    def count(cursor: Cursor) -> Sequence[Draft]:
        return noted("note:1", seen=int(cursor.value("record.count")))(cursor)

    together(Act("a", noted("note:1"), about="note:7"), Act("b", count, about="note:1"))
    assert city.journal.page(0)[-1].payload == {"seen": 1}


def test_two_hundred_reports_in_a_group(city: City, together: Callable[..., list[object]]) -> None:
    with ThreadPoolExecutor(32) as pool:
        numbers = list(pool.map(lambda number: report(city, SOURCE, matter(number), SOMEBODY), range(200)))
    assert sorted(numbers) == sorted(f"H-{number}" for number in range(200))
    together(*(Act("test", noted(f"note:{number}"), about=f"note:{number}") for number in range(5)))
    assert city.journal.first_bad() is None
    assert city.verify() == []


def test_thirty_two_people_on_the_same_ten_cases(city: City) -> None:
    cases = [report(city, SOURCE, matter(number), SOMEBODY) for number in range(10)]
    told: list[Fault] = []

    def person(number: int) -> int:
        done = 0
        for case in cases:
            for move, actor, fields in WAY:
                try:
                    advance(city, case, move, actor, fields)
                    done += 1
                except Fault as fault:
                    told.append(fault)
        return done

    with ThreadPoolExecutor(32) as pool:
        done = sum(pool.map(person, range(32)))
    assert done == len(cases) * len(WAY)
    assert len(told) == 32 * len(cases) * len(WAY) - done
    assert all(isinstance(fault, Stale) for fault in told)
    assert city.record_sequence == len(cases) + done
    with city.read() as cursor:
        assert all((cursor.one("cases.finished", case_id=case) or {})["step"] == "archived" for case in cases)
    assert city.verify() == []


def test_a_caller_reads_its_own_write(city: City) -> None:
    def act(number: int) -> bool:
        case = report(city, SOURCE, matter(number), SOMEBODY)
        with city.read() as cursor:
            return cursor.one("cases.unfinished", case_id=case) is not None

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(act, range(60)))


def test_acts_in_groups_make_the_picture_that_the_record_makes(city: City) -> None:
    """What many threads made in groups is what a rebuild makes in long runs."""

    def story(number: int) -> None:
        case = report(city, SOURCE, matter(number), SOMEBODY)
        for move, actor, fields in WAY[: number % 8]:
            advance(city, case, move, actor, fields)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(story, range(48)))
    with city.read() as cursor:
        before = fingerprints(cursor)
    city.rebuild()
    with city.read() as cursor:
        assert {name: found for name, found in fingerprints(cursor).items() if name != "migration"} == {
            name: found for name, found in before.items() if name != "migration"
        }


def test_the_past_is_read_as_it_was(city: City) -> None:
    case = report(city, SOURCE, matter(1), SOMEBODY)
    for hours, (move, actor, fields) in enumerate(WAY[:6], start=1):
        advance(city, case, move, actor, fields, happened_at=DAY + timedelta(hours=hours))
    steps = []
    for hours in range(-1, 8):
        with city.read(as_of=DAY + timedelta(hours=hours, minutes=30)) as cursor:
            found = cursor.one("cases.unfinished", case_id=case) or cursor.one("cases.finished", case_id=case)
            steps.append(found and found["step"])
    assert steps == [None, "collect", "file", "dispatch", "handle", "report_back", "verify", "evaluate", "evaluate"]
    with city.read() as cursor:
        assert (cursor.one("cases.finished", case_id=case) or {})["step"] == "evaluate"


@pytest.fixture
def shanghai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine in another zone."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Shanghai")
        time.tzset()
        yield
    time.tzset()


def test_times_are_utc_whatever_the_zone_of_the_machine(shanghai: None, settings: Settings) -> None:
    city = start.open_city(settings)
    case = report(city, SOURCE, matter(1), SOMEBODY)
    with city.read() as cursor:
        (found,) = cursor.rows("cases.unfinished", case_id=case)
        frame = cursor.frame("cases.unfinished", case_id=case)
    city.close()
    assert found["step_at"] == DAY
    assert found["step_at"].utcoffset() == timedelta(0)
    assert str(frame["step_at"].dt.tz) == "UTC"


def test_a_closed_city_takes_no_acts(settings: Settings) -> None:
    city = start.open_city(settings)
    city.close()
    with pytest.raises(Fault, match="closing"):
        city.record(Act("test", noted()))


def test_what_is_queued_before_closing_is_done(settings: Settings) -> None:
    city = start.open_city(settings)
    futures = [city.submit(Act("test", noted(f"note:{number}"))) for number in range(20)]
    city.close()
    assert sorted(future.result() for future in futures) == list(range(1, 21))


def test_an_act_given_up_by_its_caller_is_not_done(city: City) -> None:
    gate = threading.Event()
    held = city.submit(Act("test", lambda cursor: gate.wait(10) and ()))  # type: ignore[arg-type, return-value]
    future = city.submit(Act("test", noted()))
    assert future.cancel()
    gate.set()
    held.result()
    assert city.record(Act("test", noted("note:2"))) == 1


def test_a_disk_that_takes_nothing_refuses_the_act_and_nothing_else(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(events: object) -> None:
        raise Damaged("journal_refused", detail="database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(city.journal, "append", full)
        with pytest.raises(Damaged, match="journal_refused"):
            report(city, SOURCE, matter(1), SOMEBODY)
    assert city.version == city.record_sequence == 0
    report(city, SOURCE, matter(1), SOMEBODY)
    assert city.verify() == []


def test_an_append_that_raised_after_all_was_written_is_recorded_once(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    append = city.journal.append

    def late(events: object) -> None:
        append(events)  # type: ignore[arg-type]
        raise Damaged("journal_refused", detail="disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(city.journal, "append", late)
        assert report(city, SOURCE, matter(1), SOMEBODY) == "H-1"
    assert report(city, SOURCE, matter(2), SOMEBODY) == "H-2"
    assert city.record_sequence == 2
    assert city.verify() == []


class FailsToCommit:
    """A connection to the picture whose cursors cannot commit, as on a full disk."""

    def __init__(self, root: Any) -> None:
        self._root = root

    def __getattr__(self, name: str) -> Any:
        return getattr(self._root, name)

    def cursor(self) -> FailsToCommit:
        return FailsToCommit(self._root.cursor())

    def commit(self) -> None:
        raise duckdb.IOException("no space left on device")


def test_a_picture_that_was_not_written_follows(city: City) -> None:
    report(city, SOURCE, matter(1), SOMEBODY)
    city._stores.root = FailsToCommit(city._stores.root)  # type: ignore[assignment]
    assert report(city, SOURCE, matter(2), SOMEBODY) == "H-2"
    with city.read() as cursor:
        assert cursor.one("cases.unfinished", case_id="H-2") is not None
    assert [notice.key for notice in city.notices] == ["picture_behind"]
    assert city.verify() == []


def test_a_picture_that_breaks_under_the_writer_is_renewed(city: City) -> None:
    report(city, SOURCE, matter(1), SOMEBODY)
    city.still(city._stores.root.close)  # every statement on it fails from now on
    assert report(city, SOURCE, matter(2), SOMEBODY) == "H-2"
    assert [notice.key for notice in city.notices] == ["picture_rebuilt"]
    assert city.verify() == []


def test_a_reader_may_read_while_it_reads(city: City) -> None:
    report(city, SOURCE, matter(1), SOMEBODY)
    with city.read() as outer, city.read() as inner:
        assert outer.value("record.count") == inner.value("record.count") == 1


def test_a_statement_says_what_it_misses(city: City) -> None:
    with city.read() as cursor, pytest.raises(KeyError, match="case_id"):
        cursor.one("cases.unfinished")


def test_many_read_what_one_writes(city: City) -> None:
    """Readers on other threads use the same parsed statements while the writer goes on."""
    stop, faults = threading.Event(), list[str]()

    def look() -> None:
        while not stop.is_set():
            with city.read() as cursor:
                events, cases = cursor.value("record.count"), len(cursor.rows("cases.choices"))
                if events and not cases:
                    faults.append(f"{events} events and no cases")

    readers = [threading.Thread(target=look) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(30):
        report(city, SOURCE, matter(number, district="江岸区"), OFFICER)
    stop.set()
    for reader in readers:
        reader.join()
    assert faults == []


# -- files that events name -----------------------------------------------------------------------

PICTURE = b"a picture"
CHECKSUM = hashlib.sha256(PICTURE).hexdigest()


def test_a_file_is_kept_under_its_checksum(city: City, settings: Settings) -> None:
    assert city.keep(PICTURE, ".jpg") == CHECKSUM
    assert city.keep(PICTURE, ".jpg") == CHECKSUM
    assert [file.name for file in settings.batches.iterdir()] == [f"{CHECKSUM}.jpg"]
    assert city.kept(CHECKSUM, ".jpg") == PICTURE


def test_a_file_and_its_folder_are_on_disk_before_its_checksum_is_told(
    city: City, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[Path, bool]] = []
    sync = os.fsync

    def watched(number: int) -> None:
        synced.append((Path(os.readlink(f"/proc/self/fd/{number}")), (settings.batches / f"{CHECKSUM}.jpg").exists()))
        sync(number)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", watched)
        city.keep(PICTURE, ".jpg")
    own = [one for one in synced if one[0].is_relative_to(settings.batches)]
    assert [(file.suffix, there) for file, there in own] == [(".part", False), ("", True)]
    assert (settings.home, True) in synced


def test_many_keep_the_same_file(city: City, settings: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda number: city.keep(PICTURE * 10_000, ".jpg"), range(40))) == {
            hashlib.sha256(PICTURE * 10_000).hexdigest()
        }
    assert len(list(settings.batches.iterdir())) == 1


def test_keeping_a_file_again_mends_it(city: City, settings: Settings) -> None:
    city.keep(PICTURE, ".jpg")
    (settings.batches / f"{CHECKSUM}.jpg").write_bytes(b"another")
    with pytest.raises(Damaged, match="kept_file_changed"):
        city.kept(CHECKSUM, ".jpg")
    city.keep(PICTURE, ".jpg")
    assert city.kept(CHECKSUM, ".jpg") == PICTURE


def test_a_kept_file_that_is_gone_is_damage(city: City) -> None:
    with pytest.raises(Damaged, match="kept_file_gone"):
        city.kept(CHECKSUM, ".jpg")


@pytest.mark.parametrize("name", ["", "x" * 64, CHECKSUM[1:], CHECKSUM.upper(), f"{CHECKSUM}\n", f"../{CHECKSUM}", "../journal.sqlite"])
def test_what_is_no_checksum_names_no_kept_file(city: City, name: str) -> None:
    with pytest.raises(NotFound, match="no_picture"):
        city.kept(name, ".jpg")


def test_other_suffixes_are_not_kept(city: City) -> None:
    for suffix in (".csv", ".html", "", "/../x.jpg"):
        with pytest.raises(ValueError, match="is not kept"):
            city.keep(PICTURE, suffix)
        with pytest.raises(ValueError, match="is not kept"):
            city.kept(CHECKSUM, suffix)


def test_a_disk_that_takes_no_file_says_so_and_is_left_as_it_was(city: City, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(Fault, match="cannot_write"):
            city.keep(PICTURE, ".jpg")
    assert list(settings.batches.iterdir()) == []
    assert city.keep(PICTURE, ".jpg") == CHECKSUM


@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_a_picture_of_a_case_that_is_gone_or_changed_is_named(city: City, settings: Settings, harm: str) -> None:
    city.record(Act("test", noted()))
    for content in (PICTURE, b"another"):
        with city.read() as cursor:
            cursor.run("evidence.keep", given=[{"checksum": city.keep(content, ".jpg"), "case_id": "H-1", "sequence": 1}])
    assert city.verify() == []
    file = settings.batches / f"{CHECKSUM}.jpg"
    file.unlink() if harm == "gone" else file.write_bytes(b"another")
    assert city.verify() == [Finding(Part.FILES, f"kept_file_{harm}", {"file": file.name, "sequence": 1})]
    with city.read() as cursor:
        assert {row["checksum"] for row in cursor.rows("evidence.of_case", case_id="H-1")} == {
            CHECKSUM, hashlib.sha256(b"another").hexdigest(),
        }  # fmt: skip
        assert cursor.rows("evidence.of_case", case_id="H-2") == []


def test_pictures_are_in_a_backup_and_come_back(settings: Settings, tmp_path: Path) -> None:
    home, other = start.Home(settings), start.Home(Settings(home=tmp_path / "other", demo="off"))
    home.open("test").keep(PICTURE, ".jpg")
    other.open("test").keep(b"of before", ".jpg")
    upkeep.backup(home, tmp_path / "backup.tar.gz")
    upkeep.restore(other, tmp_path / "backup.tar.gz")
    assert other.city.kept(CHECKSUM, ".jpg") == PICTURE
    assert [file.name for file in other.settings.batches.iterdir()] == [f"{CHECKSUM}.jpg"]
    home.close()
    other.close()
