"""Reminders and escalations on a real city: each rung once, what wakes and is archived by its date, what is news to whom."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from city_brain import clock
from city_brain.cases import queries
from city_brain.cases.actions import advance
from city_brain.cases.calendars import Calendar, known_days, known_years
from city_brain.cases.filing_rules import ordinary
from city_brain.cases.model import Look
from city_brain.errors import NotAllowed
from city_brain.incidents.actions import report, take_delivery
from city_brain.notices import queries as notices
from city_brain.notices.actions import round_of_the_clock, saw
from city_brain.notices.rungs import RUNGS
from city_brain.roles import Actor, Role, operator
from city_brain.settings import Settings
from city_brain.storage.city import City
from tests.deliveries import DISPATCHER, INSPECTOR, MANAGER, OFFICER, PLACE, SOURCE, delivery, matter, row

WORKING = Calendar("Asia/Shanghai", known_days(), known_years())
MONDAY = datetime(2026, 5, 11, 8, tzinfo=ZoneInfo("Asia/Shanghai"))
ROADS = Actor("Wu", Role.DEPARTMENT, department="roads")


@pytest.fixture
def here(city: City, settings: Settings) -> City:
    """A city in China with one open case of long ago."""
    old = row(900, reported_at=MONDAY - timedelta(days=40), due_at=MONDAY - timedelta(days=30))
    take_delivery(city, delivery(settings.batches, [old]), operator("test"), place=PLACE)
    return city


def sent(city: City, number: int = 1) -> str:
    """A case that was sent to the roads at a quarter past eight."""
    with clock.held(MONDAY):
        case = report(city, SOURCE, matter(number, reported_at=MONDAY), operator("test"))
    steps = (("accept", OFFICER, {}), ("file", OFFICER, {}), ("dispatch", DISPATCHER, {"department": "roads"}))
    for minutes, (move, actor, fields) in enumerate(steps, start=1):
        with clock.held(MONDAY + timedelta(minutes=5 * minutes)):
            advance(city, case, move, actor, fields)
    return case


def told(city: City, case: str) -> list[tuple[str, int, str]]:
    return [(row["clock"], row["percent"], row["addressee"]) for row in notices.of_case(city, Look(clock.now()), case)]


def found(city: City, case: str) -> dict[str, Any]:
    return queries.case(city, Look(clock.now()), case)


def test_each_rung_is_told_once_to_the_one_it_names(here: City) -> None:
    case = sent(here)
    begin, due = MONDAY + timedelta(minutes=15), found(here, case)["due_at"]
    limit = ordinary("matter", "06010").limit
    assert WORKING.after(begin, limit) == due
    for share, rung in zip((0.55, 0.85, 1.05, 1.25), RUNGS, strict=True):
        at = WORKING.after_seconds(begin, limit.seconds * share, limit.works)
        round_of_the_clock(here, at)
        round_of_the_clock(here, at + timedelta(seconds=30))
        assert told(here, case)[-1][1] == rung.percent
    assert told(here, case) == [("case", 50, "roads"), ("case", 80, "lead:roads"), ("case", 100, "dispatcher"), ("case", 120, "manager")]


def test_a_rung_that_was_missed_is_not_told_after_a_higher_one(here: City) -> None:
    case = sent(here)
    due = found(here, case)["due_at"]
    round_of_the_clock(here, due + timedelta(minutes=1))
    round_of_the_clock(here, due + timedelta(minutes=2))
    assert told(here, case) == [("case", 100, "dispatcher")]


def test_a_new_deadline_is_a_new_thing(here: City) -> None:
    case = sent(here)
    begin, due = MONDAY + timedelta(minutes=15), found(here, case)["due_at"]
    at = begin + (due - begin) * 0.85
    round_of_the_clock(here, at)
    with clock.held(at):
        advance(here, case, "ask_extension", ROADS, {"reason": "parts"})
        advance(here, case, "grant_extension", DISPATCHER)
    round_of_the_clock(here, at + timedelta(minutes=1))
    assert [percent for _, percent, _ in told(here, case)] == [80]
    round_of_the_clock(here, found(here, case)["due_at"] + timedelta(minutes=1))
    assert [percent for _, percent, _ in told(here, case)] == [80, 100]


def test_the_clock_of_a_step_is_watched_too(here: City) -> None:
    with clock.held(MONDAY):
        case = report(here, SOURCE, matter(5, reported_at=MONDAY), operator("test"))
    round_of_the_clock(here, MONDAY + timedelta(minutes=16))
    round_of_the_clock(here, MONDAY + timedelta(minutes=31))
    assert told(here, case) == [("step", 50, "acceptance"), ("step", 100, "dispatcher")]


def test_what_was_overdue_long_ago_calls_nobody(here: City) -> None:
    assert round_of_the_clock(here, MONDAY) == 0
    assert told(here, "H-900") == []


def test_a_reminder_does_not_stand_in_anybodys_way(here: City) -> None:
    """Whoever looked before a notice was given may still act on what they saw."""
    case = sent(here)
    seen = found(here, case)["sequence"]
    round_of_the_clock(here, found(here, case)["due_at"] + timedelta(minutes=1))
    with clock.held(MONDAY + timedelta(days=1)):
        advance(here, case, "finish", ROADS, {"outcome": "done"}, seen=seen)
    assert found(here, case)["step"] == "report_back"


def test_a_suspended_case_wakes_on_its_day_and_nobody_is_told_meanwhile(here: City) -> None:
    case = sent(here)
    at = MONDAY + timedelta(minutes=20)
    with clock.held(at):
        advance(here, case, "ask_suspension", ROADS, {"until": "2026-05-20", "reason": "floods"})
        advance(here, case, "grant_suspension", MANAGER)
    round_of_the_clock(here, MONDAY + timedelta(days=5))
    assert told(here, case) == []
    wake = datetime(2026, 5, 20, 8, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
    with clock.held(wake):
        round_of_the_clock(here)
    assert (found(here, case)["step"], found(here, case)["step_at"]) == ("handle", wake)


def test_what_nobody_evaluates_is_archived_by_its_course(here: City) -> None:
    case = sent(here)
    way = (("finish", ROADS, {"outcome": "done"}), ("report_back", DISPATCHER, {}), ("close", INSPECTOR, {"note": "seen"}))
    for minutes, (move, actor, fields) in enumerate(way, start=4):
        with clock.held(MONDAY + timedelta(minutes=5 * minutes)):
            advance(here, case, move, actor, fields)
    with clock.held(MONDAY + timedelta(days=3)):
        assert round_of_the_clock(here) == 0
    with clock.held(MONDAY + timedelta(days=8)):
        assert round_of_the_clock(here) == 1
    assert (found(here, case)["step"], found(here, case)["grade"]) == ("archived", "good")


def test_news_is_what_others_did_since_somebody_looked(here: City) -> None:
    case = sent(here)
    now = MONDAY + timedelta(minutes=30)
    news = notices.news(here, Look(now), ROADS)
    assert news[["case_id", "what", "move"]].values.tolist() == [[case, "arrived", "dispatch"]]
    assert notices.news(here, Look(now), Actor("Wu", Role.DEPARTMENT, department="water")).empty
    saw(here, ROADS, now)
    assert notices.news(here, Look(now), ROADS).empty
    with clock.held(now + timedelta(minutes=5)):
        advance(here, case, "ask_extension", ROADS, {"reason": "parts"})
    later = Look(now + timedelta(minutes=10))
    asked = notices.news(here, later, DISPATCHER)
    assert ("asked", "ask_extension") in set(zip(asked["what"], asked["move"], strict=True))
    assert notices.news(here, later, ROADS).empty, "what I did myself is no news to me"
    with clock.held(now + timedelta(minutes=15)):
        advance(here, case, "grant_extension", DISPATCHER)
    assert notices.news(here, Look(now + timedelta(minutes=20)), ROADS)["what"].tolist() == ["answered"]
    with pytest.raises(NotAllowed):
        saw(here, Actor("Wu", Role.DEPARTMENT, playback=True), now)


def test_a_rebuild_gives_the_same_notices(here: City) -> None:
    case = sent(here)
    round_of_the_clock(here, found(here, case)["due_at"] + timedelta(minutes=1))
    before = told(here, case)
    here.rebuild()
    assert told(here, case) == before != []
    assert here.verify() == []
