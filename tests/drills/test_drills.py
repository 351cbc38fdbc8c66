"""Drills: a copy that lives by itself, ends by itself and is cleared away; the live record is untouched to the last hash."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from city_brain import clock
from city_brain.cases import queries as cases
from city_brain.cases.actions import advance
from city_brain.cases.calendars import Limit
from city_brain.cases.model import Look
from city_brain.dispatch import queries as teams
from city_brain.drills import desk as drills
from city_brain.drills import led
from city_brain.drills.desk import Desk
from city_brain.drills.figures import SOURCE
from city_brain.drills.playing import Drill, folder_of, town_of
from city_brain.errors import Fault, NotAllowed
from city_brain.incidents import actions as incidents
from city_brain.incidents import by_hand, queries
from city_brain.roles import Actor, Role
from city_brain.settings import Settings
from city_brain.simulator import feed
from city_brain.start import Home
from city_brain.storage.city import City

OFFICER, DISPATCHER = Actor("Lin Xiao", Role.WATCH_OFFICER), Actor("He Jun", Role.DISPATCHER)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small simulated city, closed again."""
    home = Home(Settings(home=tmp_path_factory.mktemp("built") / "home", demo_cases=600, demo_days=12))
    feed.build(home.open("test"), home.settings, home.tell)
    home.close()
    return home.settings.home


@pytest.fixture
def home(built: Path, tmp_path: Path) -> Iterator[Home]:
    """A home of its own with that city; nothing lives in it but what the test does."""
    shutil.copytree(built, tmp_path / "home")
    opened = Home(Settings(home=tmp_path / "home", demo="off"))
    opened.open("test")
    yield opened
    opened.close()


@pytest.fixture
def desk(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk whose drills are moved by the test alone: no thread of theirs is started."""
    monkeypatch.setattr(drills, "GRACE_S", 0.0)
    monkeypatch.setattr(Drill, "run", lambda self, over: None)
    made = Desk(home)
    yield made
    made.close()


def heads(city: City) -> tuple[tuple[int, str], int]:
    return city.journal.head(), city.picture_sequence


def gone(folder: Path) -> bool:
    limit = time.monotonic() + 10
    while folder.exists() and time.monotonic() < limit:
        time.sleep(0.05)
    return not folder.exists()


def play(drill: Drill, minutes: float, *, steps: int = 12) -> None:
    """Let a drill live through minutes of its scenario, faster than any clock."""
    for step in range(1, steps + 1):
        moment = drill.begun_at + timedelta(minutes=minutes / drill.scenario.speed * step / steps)
        with clock.held(moment):
            for duty in drill.duties(moment):
                duty()


def test_the_copy_is_the_city_and_the_live_record_stays_as_it_is(home: Home, desk: Desk) -> None:
    before, kept = heads(home.city), {file: file.stat().st_mtime_ns for file in home.settings.batches.iterdir()}
    counted = cases.totals(home.city)
    drill = desk.begin("rainstorm", OFFICER, seed=7)
    assert drill.city.number != home.city.number
    whole = [event for page in drill.city.journal.read() for event in page]
    assert (whole[drill.copied_at - 1].sequence, whole[drill.copied_at - 1].hash) == before[0] == (drill.copied_at, before[0][1])
    assert [event.kind for event in whole[drill.copied_at :]][:1] == ["pace.set"], "the first thing that is the drill's own"
    assert cases.totals(drill.city)["cases"] == counted["cases"] + sum(report.minute <= 0 for report in drill.reports)
    assert drill.city.verify() == []
    play(drill, 90)
    found = drill.figures()
    assert found.raised > 40
    assert found.dispatched > 0
    assert drill.city.journal.head()[0] > before[0][0]
    assert all(source["source"] != SOURCE for source in queries.sources(home.city))
    folder = drill.settings.home
    ended = desk.end(drill.number, OFFICER)
    assert ended.figures.raised == found.raised
    assert gone(folder)
    assert heads(home.city) == before, "nothing was written to the live record"
    assert {file: file.stat().st_mtime_ns for file in home.settings.batches.iterdir()} == kept
    assert cases.totals(home.city) == counted
    assert home.city.verify() == []


def test_a_person_acts_in_the_drill_alone(home: Home, desk: Desk) -> None:
    before = heads(home.city)
    drill = desk.begin("gas_leak", OFFICER, seed=1)
    with clock.held(drill.begun_at + timedelta(minutes=5)):
        drill.report_due(clock.now())
        found = [case for case in cases.open_for_staff(drill.city) if case["case_id"].startswith("DRILL-")]
        advance(drill.city, found[0]["case_id"], "accept", OFFICER, {})
    assert drill.figures().acts == 1
    assert heads(home.city) == before


def test_limits_run_as_fast_as_the_scenario(home: Home, desk: Desk) -> None:
    drill = desk.begin("guided", OFFICER, seed=1)
    case = led.chosen(drill)
    assert case is not None and drill.scenario.speed == 4
    led.lead(drill, case, next(scene for scene in led.SCENES if scene.name == "on_scene"))
    found = cases.case(drill.city, Look(clock.now()), case)
    began, limit = found["dispatched_at"], Limit.parse(found["time_limit"])
    assert found["due_at"] - began == timedelta(seconds=limit.seconds / 4)
    (sent,) = teams.assignments(drill.city, Look(clock.now()), case_id=case, live=True).to_dict("records")
    assert not pd.isna(sent["on_scene_at"]), "however fast the keys are pressed, the team is there when the scene says so"
    assert cases.calendar(home.city).pace == 1, "in the live city they run as they are written"


def test_the_same_seed_brings_the_same_reports(desk: Desk) -> None:
    told = []
    for _ in range(2):
        drill = desk.begin("rainstorm", OFFICER, seed=11)
        told.append([(report.minute, report.matter) for report in drill.reports])
        desk.end(drill.number, OFFICER)
    assert told[0] == told[1]


def test_the_live_city_goes_on_while_it_is_copied(home: Home, desk: Desk) -> None:
    """Reports that come in meanwhile are lost in neither: the copy has some of them, the live city all."""
    stop, taken = threading.Event(), list[str]()

    def report() -> None:
        while not stop.is_set():
            number = f"{len(taken):05d}"
            matter = by_hand.matter({"kind": "06010", "place": "中山大道1号", "text": "垃圾"}, number, clock.now())
            taken.append(incidents.report(home.city, by_hand.source("Asia/Shanghai"), matter, OFFICER))

    thread = threading.Thread(target=report)
    thread.start()
    try:
        drill = desk.begin("ordinary_tuesday", OFFICER)
    finally:
        stop.set()
        thread.join()
    assert drill.city.journal.first_bad() is None
    assert drill.city.record_sequence == drill.city.picture_sequence > drill.copied_at
    assert home.city.record_sequence >= drill.copied_at
    assert cases.totals(home.city)["cases"] >= cases.totals(drill.city)["cases"]


def test_one_at_a_time_and_by_those_who_may(desk: Desk) -> None:
    for role in set(Role) - {Role.WATCH_OFFICER, Role.MANAGER, Role.ADMINISTRATOR}:
        with pytest.raises(NotAllowed):
            desk.begin("gas_leak", Actor("x", role))
    with pytest.raises(NotAllowed):
        desk.begin("gas_leak", Actor("x", Role.MANAGER, playback=True))
    drill = desk.begin("gas_leak", OFFICER)
    with pytest.raises(Fault, match="drill_running"):
        desk.begin("rainstorm", OFFICER)
    with pytest.raises(NotAllowed):
        desk.end(drill.number, DISPATCHER)
    desk.end(drill.number, Actor("Wu Lan", Role.MANAGER))
    assert desk.of(drill.number) is None
    with pytest.raises(Fault, match="drill_over"):
        desk.end(drill.number, OFFICER)


def test_it_ends_by_itself(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drills, "GRACE_S", 0.0)
    monkeypatch.setattr("city_brain.drills.playing.TICK_S", 0.01)
    monkeypatch.setattr(Drill, "ends_at", property(lambda self: self.begun_at + timedelta(seconds=1)))
    desk = Desk(home)
    drill = desk.begin("gas_leak", OFFICER)
    assert gone(drill.settings.home)
    assert desk.running is None
    assert [(ended.scenario, ended.ended_by) for ended in desk.past] == [("gas_leak", None)]
    desk.close()


def test_what_a_killed_console_left_is_swept_away(home: Home) -> None:
    (folder_of(home.settings) / "dead" / "batches").mkdir(parents=True)
    assert drills.sweep(home.settings) == 1
    assert not folder_of(home.settings).exists()
    assert drills.sweep(home.settings) == 0


def test_a_city_without_a_place_cannot_drill(settings: Settings) -> None:
    empty = Home(settings)
    empty.open("test")
    try:
        with pytest.raises(Fault, match="drill_no_city"):
            Desk(empty).begin("gas_leak", OFFICER)
        assert not folder_of(settings).exists()
    finally:
        empty.close()


def test_a_citys_own_districts_will_do(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    named = queries.city(home.city)
    monkeypatch.setattr("city_brain.drills.playing.queries.city", lambda city: (named or {}) | {"simulated": False, "town": None})
    town, simulated = town_of(home.city)
    assert not simulated
    assert {one.name_zh for one in town.districts} >= {"江岸区", "武昌区"}
