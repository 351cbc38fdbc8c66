"""Upkeep of a home: backups while the city goes on, restoring them, telling who holds a home."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from city_brain import start, upkeep
from city_brain.cases.actions import advance
from city_brain.errors import Damaged, Fault
from city_brain.incidents.actions import report, take_delivery
from city_brain.roles import operator
from city_brain.settings import ROOT, Settings
from city_brain.start import Home
from city_brain.storage.compare import fingerprints
from tests.deliveries import OFFICER, PLACE, SOURCE, delivery, matter, row

SOMEBODY = operator("test")


def quiet(key: str, done: int = 0, total: int | None = None) -> None:
    pass


@pytest.fixture
def home(settings: Settings) -> Iterator[Home]:
    held = Home(settings)
    city = held.open("test")
    take_delivery(city, delivery(settings.batches, [row(1), row(2)], rejected=["{}"]), SOMEBODY, place=PLACE)
    for number in range(100, 110):
        report(city, SOURCE, matter(number), SOMEBODY)
    advance(city, "H-100", "accept", OFFICER)
    settings.profiles.mkdir()
    (settings.profiles / "mine.toml").write_text("name = 'mine'\n")
    yield held
    held.close()


def tables(home: Home) -> dict[str, tuple[int, int]]:
    with home.city.read() as cursor:
        found = fingerprints(cursor)
    del found["migration"]
    return found


def test_status_says_what_is_there(home: Home) -> None:
    told = upkeep.status(home.city)
    assert json.loads(json.dumps(told)) == told
    assert (told["city"], told["cases"], told["open"], told["simulated"]) == ("Wuhan", 12, 12, False)
    assert told["record_sequence"] == told["picture_sequence"] == 13
    (source,) = told["sources"]
    assert (source["read"], source["taken"], source["known"], source["quarantined"]) == (13, 12, 0, 1)


def test_verify_says_what_it_found(home: Home) -> None:
    stages: list[str] = []
    assert upkeep.verify(home, lambda key, done, total: stages.append(key)) == {"whole": True, "mended": True, "events": 13, "findings": []}
    assert list(dict.fromkeys(stages)) == ["verify_journal", "verify_picture", "verify_copies", "verify_files"]
    for file in home.settings.batches.iterdir():
        file.unlink()
    told = json.loads(json.dumps(upkeep.verify(home, quiet)))
    assert (told["whole"], told["mended"]) == (False, False)
    assert {(found["part"], found["key"], found["mended"]) for found in told["findings"]} == {("files", "kept_file_gone", False)}


def test_a_backup_is_restored_into_an_empty_home(home: Home, tmp_path: Path) -> None:
    told = upkeep.backup(home, tmp_path / "backup.tar.gz")
    assert told["sequence"] == 13
    assert told["bytes"] == (tmp_path / "backup.tar.gz").stat().st_size
    other = Home(Settings(home=tmp_path / "other", demo="off"))
    other.open("test")
    restored = upkeep.restore(other, tmp_path / "backup.tar.gz")
    assert (restored["sequence"], restored["cases"]) == (13, 12)
    assert tables(other) == tables(home)
    assert (other.settings.profiles / "mine.toml").exists()
    assert other.city.verify() == []
    assert [notice.key for notice in other.city.notices] == ["replayed"]
    other.close()


def test_restoring_keeps_what_was_there(home: Home, tmp_path: Path) -> None:
    upkeep.backup(home, tmp_path / "backup.tar.gz")
    before = tables(home)
    report(home.city, SOURCE, matter(200), SOMEBODY)
    told = upkeep.restore(home, tmp_path / "backup.tar.gz")
    assert tables(home) == before
    kept = Path(told["kept"])
    assert {file.name for file in kept.iterdir()} >= {"journal.sqlite", "city.duckdb", "witness", "batches", "profiles"}
    for name in ("journal.sqlite", "city.duckdb", "witness"):
        (tmp_path / "aside").mkdir(exist_ok=True)
        (tmp_path / "aside" / name).write_bytes((kept / name).read_bytes())
    aside = start.open_city(replace(home.settings, home=tmp_path / "aside"))
    assert aside.version == 14
    aside.close()


def test_a_backup_is_made_while_acts_go_on(home: Home, tmp_path: Path) -> None:
    stop = threading.Event()

    def act() -> None:
        number = 1000
        while not stop.is_set():
            report(home.city, SOURCE, matter(number), SOMEBODY)
            number += 1

    thread = threading.Thread(target=act)
    thread.start()
    told = [upkeep.backup(home, tmp_path / f"backup-{number}.tar.gz") for number in range(3)]
    stop.set()
    thread.join()
    assert told[0]["sequence"] < told[2]["sequence"]
    other = Home(Settings(home=tmp_path / "other", demo="off"))
    other.open("test")
    assert upkeep.restore(other, tmp_path / "backup-2.tar.gz")["sequence"] == told[2]["sequence"]
    assert other.city.version == told[2]["sequence"]
    assert other.city.verify() == []
    other.close()


def test_a_backup_never_overwrites(home: Home, tmp_path: Path) -> None:
    (tmp_path / "backup.tar.gz").write_text("mine")
    with pytest.raises(Fault, match="file_exists"):
        upkeep.backup(home, tmp_path / "backup.tar.gz")
    assert (tmp_path / "backup.tar.gz").read_text() == "mine"


def test_a_place_that_cannot_be_written_is_told(home: Home, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Fault, match="cannot_write"):
        upkeep.backup(home, tmp_path / "file" / "backup.tar.gz")


def test_a_journal_elsewhere_has_a_backup_of_its_own(home: Home, tmp_path: Path) -> None:
    home.settings = replace(home.settings, journal="postgresql+psycopg://host/journal")
    with pytest.raises(Fault, match="backup_elsewhere"):
        upkeep.backup(home, tmp_path / "backup.tar.gz")


@pytest.mark.parametrize("harm", ["text", "cut", "flipped", "other content", "no manifest"])
def test_a_file_that_is_no_backup_changes_nothing(home: Home, tmp_path: Path, harm: str) -> None:
    file = tmp_path / "backup.tar.gz"
    upkeep.backup(home, file)
    content = file.read_bytes()
    if harm == "text":
        file.write_text("no backup")
    elif harm == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif harm == "flipped":
        file.write_bytes(content[:500] + bytes([content[500] ^ 1]) + content[501:])
    else:
        with tarfile.open(file) as archive:
            archive.extractall(tmp_path / "unpacked", filter="data")
        if harm == "other content":
            (tmp_path / "unpacked" / "profiles" / "mine.toml").write_text("name = 'yours'\n")
        else:
            (tmp_path / "unpacked" / "manifest.json").unlink()
        with tarfile.open(file, "w:gz") as archive:
            for part in (tmp_path / "unpacked").iterdir():
                archive.add(part, part.name)
    before = tables(home)
    with pytest.raises(Fault, match=r"no_backup|backup_changed"):
        upkeep.restore(home, file)
    assert tables(home) == before
    assert not list(home.settings.home.glob("before-restore-*"))


def test_a_backup_whose_record_cannot_be_opened_is_refused_and_the_home_is_as_it_was(home: Home, tmp_path: Path) -> None:
    file = max(home.settings.batches.iterdir(), key=lambda file: file.stat().st_size)
    content = file.read_bytes()
    file.unlink()
    upkeep.backup(home, tmp_path / "backup.tar.gz")  # of a home that has lost a file already
    file.write_bytes(content)
    before = tables(home)
    with pytest.raises(Fault, match="backup_refused"):
        upkeep.restore(home, tmp_path / "backup.tar.gz")
    assert tables(home) == before
    assert home.city.verify() == []
    report(home.city, SOURCE, matter(300), SOMEBODY)


# -- who holds a home ---------------------------------------------------------------------------


def test_a_home_is_held_by_one_process_and_the_other_is_told_which(home: Home, settings: Settings) -> None:
    program = """
import sys
from pathlib import Path
from city_brain.errors import Fault
from city_brain.settings import Settings
from city_brain.start import Home
try:
    Home(Settings(home=Path(sys.argv[1]), demo="off")).open("other")
except Fault as fault:
    print(fault.key, fault.values["doing"])
"""
    ran = subprocess.run(
        [sys.executable, "-c", program, str(settings.home)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert ran.stdout.split() == ["home_locked", "test"]


def test_a_closed_home_can_be_opened_again(home: Home) -> None:
    home.close()
    assert not home.ready
    with pytest.raises(Fault, match="opening"):
        _ = home.city
    assert home.open("test").version == 13


def test_a_home_that_cannot_be_opened_says_so_to_everybody_and_lets_go(home: Home, settings: Settings) -> None:
    home.close()
    for name in ("journal.sqlite", "city.duckdb"):
        (settings.home / name).unlink()
    with pytest.raises(Damaged, match="journal_event"):
        home.open("test")
    with pytest.raises(Damaged, match="journal_event"):
        _ = home.city
    (settings.home / "witness").unlink()
    other = Home(settings)
    other.open("another")  # the lock is free
    assert [notice.key for notice in other.city.notices] == ["witness_missing"]
    other.close()


def test_one_home_to_a_process(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITY_BRAIN_HOME", str(settings.home))
    assert start.home() is start.home()
    monkeypatch.setenv("CITY_BRAIN_HOME", str(settings.home / "other"))
    assert start.home().settings.home == settings.home / "other"
