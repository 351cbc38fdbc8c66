"""A day as it should go, acted through the command line's own functions, and every figure of it counted right afterwards.

A broken manhole cover is reported by two citizens: merged, filed, sent to the wrong department, disputed, ruled, handled, not good
enough, worked again, closed, called back, evaluated.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from city_brain import casework, clock
from city_brain.cases.calendars import Calendar, known_days, known_years
from city_brain.cases.filing_rules import ordinary
from city_brain.cases.model import Look
from city_brain.incidents.actions import take_delivery
from city_brain.notices import queries as notices
from city_brain.notices.actions import round_of_the_clock
from city_brain.responsibility import queries as responsibility
from city_brain.roles import Actor, Role, operator
from city_brain.settings import Settings
from city_brain.storage.city import City
from city_brain.supervision import queries as supervision
from tests.deliveries import PLACE, delivery, row

MORNING = datetime(2026, 5, 12, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
MIDNIGHT = MORNING.replace(hour=0)
COVER = {"place": "解放大道 12 号", "text": "井盖破损，有人绊倒", "lon": 114.3, "lat": 30.6, "district": "江岸区"}
WATCH, SEND, CHECK, LEAD = (Actor(name, role) for name, role in (
    ("Lin", Role.WATCH_OFFICER), ("He", Role.DISPATCHER), ("Zhao", Role.INSPECTOR), ("Sun", Role.MANAGER)
))  # fmt: skip
WRONG, RIGHT = (Actor("Wu", Role.DEPARTMENT, department=name) for name in ("roads", "water"))


@pytest.fixture
def here(city: City, settings: Settings) -> City:
    quiet = row(900, reported_at=MIDNIGHT - timedelta(days=60), status="closed", closed_at=MIDNIGHT - timedelta(days=59))
    take_delivery(city, delivery(settings.batches, [quiet]), operator("test"), place=PLACE)
    return city


def day(city: City) -> tuple[str, str, datetime]:
    """Act the day; gives the case, its duplicate and the end."""
    at = MORNING
    with clock.held(at):
        case = casework.report(city, COVER | {"kind": "01002", "id": "a"}, WATCH)
    with clock.held(at + timedelta(minutes=4)):
        twin = casework.report(city, COVER | {"kind": "matter-01002", "id": "b"}, WATCH)
    story: tuple[tuple[int, str, str, Actor, dict[str, str]], ...] = (
        (6, case, "accept", WATCH, {}),
        (8, twin, "merge", WATCH, {"into": case}),
        (10, case, "file", WATCH, {}),
        (12, case, "dispatch", SEND, {"department": "roads"}),
        (20, case, "dispute", WRONG, {"instead": "water", "reason": "污水井盖，非道路设施"}),
        (40, case, "reassign", LEAD, {"department": "water", "reason": "按权属由水务处置"}),
        (70, case, "finish", RIGHT, {"outcome": "已更换井盖"}),
        (75, case, "report_back", SEND, {}),
        (90, case, "rework", CHECK, {"kind": "poor_quality", "reason": "井盖松动"}),
        (110, case, "finish", RIGHT, {"outcome": "已加固", "answer": "重新固定并复测"}),
        (115, case, "report_back", SEND, {}),
        (125, case, "close", CHECK, {"note": "现场复核合格"}),
        (150, case, "call_back", WATCH, {"reached": "yes", "solved": "yes", "satisfied": "yes"}),
        (160, case, "evaluate", LEAD, {"grade": "fair"}),
    )
    for minutes, number, move, actor, fields in story:
        with clock.held(at + timedelta(minutes=minutes)):
            round_of_the_clock(city)
            casework.move(city, number, move, actor, fields)
    return case, twin, at + timedelta(minutes=170)


def test_the_case_tells_the_whole_story(here: City) -> None:
    case, twin, end = day(here)
    with clock.held(end):
        told = casework.case(here, case)
        merged = casework.case(here, twin)
    limit = ordinary("matter", "01002").limit
    due = Calendar("Asia/Shanghai", known_days(), known_years()).after(MORNING + timedelta(minutes=12), limit)
    assert (told["step"], told["group"], told["reports"], told["hops"], told["reworks"], told["send_backs"]) == (
        "archived",
        "done",
        2,
        1,
        1,
        2,
    )
    assert told["departments"] == ["roads", "water"]
    assert datetime.fromisoformat(told["clocks"]["case"]["due_at"]) == due
    assert [event["move"] for event in told["events"]] == [
        "report", "accept", "join", "file", "dispatch", "dispute", "reassign", "finish", "report_back", "rework", "finish", "report_back",
        "close", "call_back", "evaluate",
    ]  # fmt: skip
    assert (merged["step"], merged["merged_into"]) == ("merged", case)
    assert told["possible"] == {"inspector": ["recheck"], "watch_officer": ["reopen"]}
    assert [(notice["percent"], notice["addressee"]) for notice in told["notices"]] == [(80, "lead:water")]


def test_every_figure_of_the_day_is_right(here: City) -> None:
    case, _, end = day(here)
    look = Look(end)
    found = supervision.indicators(here, look, MIDNIGHT, end)
    figures = {row["measure"]: (row["numerator"], row["denominator"]) for row in found.to_dict("records")}
    expected = {
        "valid_reports": (1, 1), "filed": (1, 1), "filed_in_time": (1, 1), "dispatched_in_time": (1, 1), "dispatch_right": (0, 1),
        "handled": (1, 1), "handled_in_time": (1, 1), "closed": (1, 1), "closed_in_time": (1, 1), "rework": (1, 1), "extension": (0, 1),
        "hops": (1, 1), "reached": (1, 1), "solved": (1, 1), "satisfied": (1, 1),
    }  # fmt: skip
    assert {name: figures[name] for name in expected} == expected
    (passed,) = supervision.pairs(here, look, MIDNIGHT, end).to_dict("records")
    assert (passed["from_department"], passed["to_department"], passed["passes"]) == ("roads", "water", 1)
    assert passed["lost_s"] == pytest.approx(28 * 60)
    (ruled,) = supervision.disputes(here, look, ruled=True, since=MIDNIGHT).to_dict("records")
    assert (ruled["case_id"], ruled["instead"], ruled["verdict"], ruled["ruled_department"]) == (case, "water", "reassigned", "water")
    assert supervision.disputes(here, look, ruled=False).empty
    assert supervision.funnel(here, look)["cases"].sum() == 0
    assert len(supervision.rows(here, look, MIDNIGHT, end, measure="rework", part="numerator", size=9, skip=0)) == 1
    assert notices.counts(here, look, MIDNIGHT)["notices"].sum() >= 1
    assert responsibility.proposed(here, look).empty, "one ruling is no rule yet"


def test_in_the_middle_of_the_day_it_reads_as_it_was(here: City) -> None:
    case, _, end = day(here)
    then = MORNING + timedelta(minutes=30)
    assert supervision.disputes(here, Look(then, then), ruled=False)["case_id"].tolist() == [case]
    here.rebuild()
    assert supervision.indicators(here, Look(end), MIDNIGHT, end)["numerator"].sum() > 0
    assert here.verify() == []
