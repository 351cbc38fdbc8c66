"""Reminders after a pause, a new start and in a dispute; and those from whom something was taken hear of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from city_brain import clock
from city_brain.cases.actions import advance
from city_brain.cases.filing_rules import ordinary
from city_brain.cases.model import Look
from city_brain.incidents.actions import take_delivery
from city_brain.notices import queries as notices
from city_brain.notices.actions import round_of_the_clock
from city_brain.roles import Actor, Role, operator
from city_brain.settings import Settings
from city_brain.storage.city import City
from tests.deliveries import DISPATCHER, INSPECTOR, MANAGER, OFFICER, PLACE, delivery, row
from tests.notices.test_notices import MONDAY, ROADS, WORKING, found, sent, told

WATER = Actor("Wu", Role.DEPARTMENT, department="water")
LIMIT = ordinary("matter", "06010").limit
MINUTE = timedelta(minutes=1)
RESUMED = datetime(2026, 5, 20, 8, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def here(city: City, settings: Settings) -> City:
    take_delivery(city, delivery(settings.batches, [row(900)]), operator("test"), place=PLACE)
    return city


def go(city: City, case: str, at: datetime, *steps: tuple[str, Actor, dict[str, str]]) -> datetime:
    for move, actor, fields in steps:
        at += MINUTE
        with clock.held(at):
            advance(city, case, move, actor, fields)
    return at


def after(start: datetime, share: float) -> datetime:
    return WORKING.after_seconds(start, LIMIT.seconds * share, LIMIT.works) + MINUTE


def watched(city: City, since: datetime, until: datetime) -> None:
    """The clock goes round every five minutes."""
    while since < until:
        round_of_the_clock(city, since)
        since += 5 * MINUTE


@pytest.mark.parametrize(("used", "percents"), [(0.1, [50, 80, 100, 120]), (0.6, [50, 80, 100, 120])])
def test_time_suspended_does_not_count_for_reminders(here: City, used: float, percents: list[int]) -> None:
    """Each rung comes when so much of the limit has been used, and one that was given before the pause is not given again."""
    case = sent(here)
    begin = MONDAY + timedelta(minutes=15)
    stop = after(begin, used)
    round_of_the_clock(here, stop)
    go(here, case, stop, ("ask_suspension", ROADS, {"until": "2026-05-20", "reason": "floods"}), ("grant_suspension", MANAGER, {}))
    with clock.held(RESUMED):
        round_of_the_clock(here)
    due = found(here, case)["due_at"]
    assert due > RESUMED
    watched(here, RESUMED, WORKING.after_seconds(due, LIMIT.seconds * 0.25, LIMIT.works) + 10 * MINUTE)
    assert [percent for which, percent, _ in told(here, case) if which == "case"] == percents


def test_a_reopened_case_has_its_reminders(here: City) -> None:
    case = sent(here)
    at = go(
        here, case, MONDAY + timedelta(minutes=16), ("finish", ROADS, {"outcome": "done"}), ("report_back", DISPATCHER, {}),
        ("close", INSPECTOR, {"note": "seen"}),
    )  # fmt: skip
    again = (("reopen", OFFICER, {"reason": "again"}), ("dispatch", DISPATCHER, {"department": "roads"}))
    anew = go(here, case, at + timedelta(days=7), *again)
    round_of_the_clock(here, after(anew, 0.55))
    assert told(here, case)[-1] == ("case", 50, "roads")


def test_the_clock_of_a_dispute_reminds_who_rules(here: City) -> None:
    case = sent(here)
    at = go(here, case, MONDAY + timedelta(minutes=16), ("dispute", ROADS, {"instead": "water", "reason": "a pipe"}))
    due = found(here, case)["step_due_at"]
    round_of_the_clock(here, at + (due - at) * 0.4)
    round_of_the_clock(here, at + (due - at) * 0.85)
    assert [(rung, whom) for which, rung, whom in told(here, case) if which == "step"] == [(50, "manager"), (80, "lead:manager")]


def heard(city: City, actor: Actor, at: datetime) -> list[tuple[str, str]]:
    news = notices.news(city, Look(at + MINUTE), actor)
    return list(zip(news["what"], news["move"], strict=True))


def test_whoever_loses_a_case_hears_of_it(here: City) -> None:
    ruled, recalled = sent(here, 1), sent(here, 2)
    at = MONDAY + timedelta(minutes=16)
    go(here, ruled, at, ("dispute", ROADS, {"instead": "water", "reason": "a pipe"}),
       ("reassign", MANAGER, {"department": "water", "reason": "theirs"}))  # fmt: skip
    at = go(here, recalled, at, ("recall", DISPATCHER, {"reason": "not yet"}))
    assert ("answered", "reassign") in heard(here, ROADS, at + MINUTE)
    assert ("taken", "recall") in heard(here, ROADS, at + MINUTE)
    assert [move for _, move in heard(here, WATER, at + MINUTE)] == ["reassign"]


@pytest.mark.parametrize("answer", [("refuse_appeal", {"reason": "no"}), ("grant_appeal", {})])
def test_an_answered_appeal_is_told_to_whose_it_was(here: City, answer: tuple[str, dict[str, str]]) -> None:
    case = sent(here)
    late = found(here, case)["due_at"] + timedelta(hours=1)
    at = go(
        here, case, late, ("ask_appeal", ROADS, {"reason": "closed road"}), ("finish", ROADS, {"outcome": "done"}),
        ("report_back", DISPATCHER, {}), (answer[0], MANAGER, answer[1]),
    )  # fmt: skip
    assert found(here, case)["holder"] == "inspector"
    assert ("answered", answer[0]) in heard(here, ROADS, at)
    assert answer[0] not in [move for _, move in heard(here, INSPECTOR, at)]
