"""The simulated staff in a real city: it brings a case along every way to its end, gives way to people, and never does too much at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from city_brain import clock
from city_brain.cases import queries
from city_brain.cases.actions import advance
from city_brain.cases.calendars import Calendar, Limit
from city_brain.cases.lifecycle import RESTS, Step
from city_brain.cases.model import Look
from city_brain.incidents import actions
from city_brain.roles import Actor, Role
from city_brain.simulator import feed, geography, staff
from city_brain.simulator.mind import LIKELY
from city_brain.storage.city import City

NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
QUIET = {name: 0.0 for name in LIKELY if not name.startswith("grant_")} | {
    "reached": 1.0, "solved": 1.0, "solved_carelessly": 1.0, "satisfied": 1.0, "satisfied_carelessly": 1.0,
}  # fmt: skip
"""A city where everything goes forward."""
Report = Callable[..., str]


@pytest.fixture
def report(city: City) -> Report:
    source, number = feed._source(geography.town("wuhan")), iter(range(1_000))

    def made(at: datetime = NOW, **changed: Any) -> str:
        matter = {
            "external_id": f"{next(number):04d}", "reported_at": at, "category_kind": "matter", "category_code": "06010",
            "channel": "hotline", "description": "垃圾堆放", "district": "江岸区", "lon": 114.3, "lat": 30.6,
        } | changed  # fmt: skip
        with clock.held(at):
            return actions.report(city, source, matter, feed.SYSTEM)

    return made


def _quiet(monkeypatch: pytest.MonkeyPatch, **always: float) -> None:
    for name, chance in (QUIET | always).items():
        monkeypatch.setitem(LIKELY, name, chance)


def _work(city: City, case_id: str, *, step: timedelta = timedelta(hours=5), most: int = 120) -> tuple[dict[str, Any], list[str]]:
    """Let the staff work until a case rests: how it stands then, and the moves it took."""
    moment = NOW
    for _ in range(most):
        moment += step
        with clock.held(moment):
            staff.work(city, moment, NOW)
            found = queries.case(city, Look(moment), case_id)
        if Step(found["step"]) in RESTS:
            break
    return found, [act["move"] for act in queries.history(city, Look(moment), case_id)[1]]


FORWARD = ["report", "accept", "file", "dispatch", "finish", "report_back", "close", "call_back", "evaluate"]


def test_straight_to_the_archive(city: City, report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    _quiet(monkeypatch)
    found, moves = _work(city, report())
    assert moves == FORWARD
    assert (found["step"], found["department"], found["reached"], found["satisfied"]) == ("archived", "sanitation", True, True)
    assert found["grade"] in ("good", "fair")


_ROAD, _SIGNAL = {"category_code": "06013"}, {"category_code": "02014"}
"""A matter of days, and one of two hours."""
WAYS: dict[str, tuple[dict[str, float], dict[str, Any], list[str]]] = {
    "rejected": ({"reject": 1}, {}, ["reject"]),
    "refused": ({"refuse": 1}, {}, ["refuse"]),
    "self handled": ({"self_handle": 1}, {"channel": "inspector"}, ["self_handle", "evaluate"]),
    "confirmed": ({"ask_confirm": 1}, {}, ["ask_confirm", "confirm", "file", "evaluate"]),
    "denied": ({"ask_confirm": 1, "deny": 1}, {}, ["ask_confirm", "deny"]),
    "settled on the spot": ({"ask_confirm": 1, "settled_on_the_spot": 1}, {}, ["ask_confirm", "self_handle", "evaluate"]),
    "filed anew": ({"return_to_filing": 1}, {}, ["file", "return_to_filing", "file", "dispatch"]),
    "wrong department": ({"mistake": 1, "dispute_mistake": 1}, {}, ["dispatch", "dispute", "reassign", "finish"]),
    "right department": ({"dispute": 1}, {}, ["dispatch", "dispute", "uphold", "finish"]),
    "gives in": ({"dispute": 1, "give_in": 1}, {}, ["dispatch", "dispute", "give_in", "finish"]),
    "another one in truth": ({"dispute_mistake": 1}, {"category_code": "09011", "district": "汉阳区"}, ["dispute", "reassign"]),
    "sent back": ({"send_back": 1}, {}, ["dispatch", "send_back", "dispatch", "finish"]),
    "extended": ({"ask_extension": 1, "grant_extension": 1}, _ROAD, ["ask_extension", "grant_extension", "finish"]),
    "not extended": ({"ask_extension": 1, "grant_extension": 0}, _ROAD, ["ask_extension", "refuse_extension", "finish"]),
    "suspended": ({"ask_suspension": 1, "grant_suspension": 1}, {}, ["ask_suspension", "grant_suspension", "resume", "finish"]),
    "not suspended": ({"ask_suspension": 1, "grant_suspension": 0}, {}, ["ask_suspension", "refuse_suspension", "finish"]),
    "returned": ({"return_work": 1}, {}, ["finish", "return_work", "finish", "report_back"]),
    "reworked twice": ({"rework": 1}, {}, ["close"]),
    "not solved": ({"solved": 0, "solved_carelessly": 0, "recheck": 1}, {}, ["call_back", "recheck", "close", "call_back"]),
    "reopened": ({"solved": 0, "solved_carelessly": 0, "reopen": 1}, {}, ["call_back", "reopen", "dispatch", "finish"]),
    "late and appealed": ({"ask_appeal": 1, "grant_appeal": 1}, _SIGNAL, ["ask_appeal", "grant_appeal", "evaluate"]),
    "late and refused": ({"ask_appeal": 0.6, "grant_appeal": 0}, _SIGNAL, ["ask_appeal", "refuse_appeal", "evaluate"]),
    "late and supervised": ({"supervise": 1}, _SIGNAL, ["supervise", "finish"]),
    "late and reminded": ({"remind": 0.6}, _SIGNAL, ["remind", "finish"]),
}  # fmt: skip
"""What always happens, the matter, and moves that then follow each other, with others in between."""


@pytest.mark.parametrize("way", WAYS)
def test_every_way_comes_to_its_end(way: str, city: City, report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    chances, matter, expected = WAYS[way]
    _quiet(monkeypatch, **chances)
    found, moves = _work(city, report(**matter), step=timedelta(hours=30 if way.startswith("late") else 3), most=250)
    rest = iter(moves)
    assert all(move in rest for move in expected), moves
    assert found["step"] == ("rejected" if expected[-1] in ("reject", "refuse", "deny") else "archived"), moves
    if way == "reworked twice":
        assert (moves.count("rework"), found["reworks"]) == (2, 2)
    if way == "another one in truth":
        assert found["department"] == "city_management"


def test_a_second_report_of_the_same_is_merged(city: City, report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    _quiet(monkeypatch, merge=1)
    first = report(NOW - timedelta(minutes=30))
    for case_id, near in ((report(lon=114.3005), True), (report(lon=114.31), False), (report(category_code="06011"), False)):
        assert _work(city, case_id)[0]["step"] == ("merged" if near else "archived")
    assert queries.case(city, Look(NOW + timedelta(days=90)), first)["reports"] == 2


def test_the_deadline_begins_with_the_dispatch(city: City, report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    _quiet(monkeypatch)
    case_id, moment = report(category_code="06013"), NOW
    while (found := queries.case(city, Look(moment), case_id))["step"] in ("collect", "file", "dispatch"):
        assert found["due_at"] is None
        moment += timedelta(minutes=3)
        with clock.held(moment):
            staff.work(city, moment, NOW)
    days = Calendar("UTC", (), frozenset())  # of this city nobody knows where it is
    assert found["due_at"] == days.after(found["dispatched_at"], Limit.parse(found["time_limit"]))


def test_people_come_first(city: City, report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever acts between the look and the act of the staff has acted; the staff is late and leaves it."""
    _quiet(monkeypatch)
    case_id, later = report(), NOW + timedelta(minutes=20)
    with clock.held(later):
        seen = queries.open_for_staff(city)
        advance(city, case_id, "reject", Actor("Lin Xiao", Role.WATCH_OFFICER), {"reason": "不属实"})
        monkeypatch.setattr(staff, "open_for_staff", lambda _: seen)
        assert staff.work(city, later, NOW) == 0
        assert queries.case(city, Look(later), case_id)["step"] == "rejected"


def test_no_tick_does_too_much(city: City, report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    _quiet(monkeypatch)
    for _ in range(staff.ACTS_A_TICK + 5):
        report()
    later = NOW + timedelta(hours=1)
    with clock.held(later):
        assert staff.work(city, later, NOW) == staff.ACTS_A_TICK
        assert staff.work(city, NOW, NOW) == 0, "nobody's time is up"


def test_it_leaves_real_cases_to_people(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    _quiet(monkeypatch)
    source = replace(feed._source(geography.town("wuhan")), name="real", simulated=False)
    later = NOW + timedelta(days=1)
    with clock.held(later):
        actions.report(city, source, {"external_id": "1", "reported_at": NOW}, feed.SYSTEM)
        assert staff.work(city, later, NOW) == 0
