"""Moves as older records hold them, without the standing they lead to: they still say where a case is and how it came there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from city_brain.cases.actions import advance
from city_brain.cases.lifecycle import Step
from city_brain.errors import Fault
from city_brain.incidents.actions import report
from city_brain.record.events import Draft
from city_brain.roles import Actor, operator
from city_brain.storage.city import Act, City
from docs import samples
from tests.deliveries import CREW, DAY, DISPATCHER, INSPECTOR, MANAGER, OFFICER, SOURCE, WAY, matter

OLD_WAY = (
    ("accept", "collect", "file", "acceptance", {}), ("file", "file", "dispatch", "dispatcher", {}),
    ("dispatch", "dispatch", "handle", "city_management", {"department": "city_management"}),
    ("finish", "handle", "report_back", "city_management", {"outcome": "lamp replaced"}),
    ("report_back", "report_back", "verify", "inspector", {}), ("close", "verify", "evaluate", "system", {}),
    ("evaluate", "evaluate", "archived", None, {}),
)  # fmt: skip
"""The straight way as it was recorded: move, from, to, holder, fields."""
SAME = (
    "step", "step_at", "department", "first_department", "received_at", "outcome", "accepted_at", "filed_at", "dispatched_at", "handled_at",
    "closed_at", "hops", "send_backs", "reworks", "version", "acted_at",
)  # fmt: skip
"""What both shapes know of a case."""
Old = tuple[str, str, str, str | None, Mapping[str, str]]


def record_old(city: City, case: str, way: Sequence[Old]) -> None:
    """Moves in the shape of then, one an hour."""
    at, had = DAY, "acceptance"
    for move, source, target, holder, fields in way:
        stay = {"holder": had, "from_at": at}
        at, had = at + timedelta(hours=1), holder or ""
        payload = {"case_id": case, "move": move, "from": source, "to": target, "holder": holder, "fields": dict(fields), "stay": stay}
        drafts = [Draft(f"case:{case}", "case.moved", at, payload)]
        city.record(Act("system:test", lambda cursor, drafts=drafts: drafts))  # type: ignore[misc]


def record_new(city: City, case: str, way: Sequence[tuple[str, Actor, Mapping[str, str]]]) -> None:
    for hours, (move, actor, fields) in enumerate(way, start=1):
        advance(city, case, move, actor, fields, happened_at=DAY + timedelta(hours=hours))


def found(city: City, case: str) -> dict[str, Any]:
    with city.read() as cursor:
        (row,) = cursor.rows("cases.case", case_id=case, moment=DAY)
    return row


def stays(city: City, case: str) -> list[tuple[str, datetime, datetime]]:
    with city.read() as cursor:
        return [(row["step"], row["from_at"], row["to_at"]) for row in cursor.rows("cases.stages", case_id=case)]


@pytest.fixture
def cases(city: City) -> tuple[str, str]:
    """Two cases alike: one for moves of then, one for moves of now."""
    old, new = (report(city, SOURCE, matter(number), operator("test")) for number in (1, 2))
    return old, new


def test_the_straight_way_leads_where_it_leads_now(city: City, cases: tuple[str, str]) -> None:
    old, new = cases
    record_old(city, old, OLD_WAY)
    record_new(city, new, WAY)
    before, now = found(city, old), found(city, new)
    assert {name: before[name] for name in SAME} == {name: now[name] for name in SAME}
    assert (before["step"], before["closed_at"]) == ("archived", DAY + timedelta(hours=6))
    assert stays(city, old) == stays(city, new)
    assert [step for step, _, _ in stays(city, old)] == [source for _, source, *_ in OLD_WAY]


def test_after_every_old_move_the_case_is_where_it_was(city: City, cases: tuple[str, str]) -> None:
    for number in range(1, len(OLD_WAY) + 1):
        case = report(city, SOURCE, matter(100 + number), operator("test"))
        record_old(city, case, OLD_WAY[:number])
        _, _, target, holder, _ = OLD_WAY[number - 1]
        row = found(city, case)
        assert (row["step"], row["holder"], row["version"]) == (target, holder, number + 1)
        assert (row["state"] == "closed") is (row["closed_at"] is not None) is (target in ("evaluate", "archived"))


def test_ways_back_of_then_count_as_those_of_now(city: City, cases: tuple[str, str]) -> None:
    old, new = cases
    sent_back = ("send_back", "handle", "dispatch", "dispatcher", {"reason": "unclear"})
    reworked = ("rework", "verify", "handle", "water", {"reason": "still leaks"})
    away = ("dispatch", "dispatch", "handle", "water", {"department": "water"})
    again = [("finish", "handle", "report_back", "water", {"outcome": "mended"}), ("report_back", "report_back", "verify", "inspector", {})]
    record_old(city, old, [*OLD_WAY[:3], sent_back, away, *again, reworked, *again, *OLD_WAY[5:]])
    crew = replace(CREW, department="water")
    anew = [("finish", crew, {"outcome": "mended"}), ("report_back", DISPATCHER, {})]
    answered = [("finish", crew, {"outcome": "mended", "answer": "tightened"}), ("report_back", DISPATCHER, {})]
    back = ("send_back", CREW, {"kind": "unclear_place", "reason": "unclear"})
    rework = ("rework", INSPECTOR, {"kind": "poor_quality", "reason": "still leaks"})
    on = ("dispatch", DISPATCHER, {"department": "water", "answer": "now clear"})
    record_new(city, new, [*WAY[:3], back, on, *anew, rework, *answered, *WAY[5:]])
    before, now = found(city, old), found(city, new)
    assert {name: before[name] for name in SAME} == {name: now[name] for name in SAME}
    assert stays(city, old) == stays(city, new)


def test_a_replay_of_both_shapes_gives_the_same_picture(city: City, cases: tuple[str, str]) -> None:
    record_old(city, cases[0], OLD_WAY)
    record_new(city, cases[1], WAY)
    before = [(found(city, case), stays(city, case)) for case in cases]
    city.rebuild(lambda *_: None)
    assert [(found(city, case), stays(city, case)) for case in cases] == before


def test_a_case_of_then_takes_moves_of_now(city: City, cases: tuple[str, str]) -> None:
    old, _ = cases
    record_old(city, old, OLD_WAY[:4])
    advance(city, old, "report_back", DISPATCHER)
    advance(city, old, "close", INSPECTOR, {"note": "it is light again"})
    with pytest.raises(Fault, match="move_role"):
        advance(city, old, "evaluate", INSPECTOR, {"grade": "good"})
    advance(city, old, "evaluate", MANAGER, {"grade": "good"})
    advance(city, old, "reopen", OFFICER, {"reason": "dark again"})
    row = found(city, old)
    assert (row["step"], row["holder"], row["closed_at"], row["reopenings"], row["due_at"]) == ("dispatch", "dispatcher", None, 1, None)


def test_the_documented_shapes_are_those_that_are_read(city: City, cases: tuple[str, str]) -> None:
    example = samples.EARLIER["case.moved"]
    record_old(city, cases[0], OLD_WAY[:3])
    with city.read() as cursor:
        recorded = [event for page in city.journal.read() for event in page if event.kind == "case.moved"][-1].payload
        assert cursor.one("cases.unfinished", case_id=cases[0])
    assert recorded.keys() == example.keys() and recorded["stay"].keys() == example["stay"].keys()
    assert Step(example["to"]) is Step.HANDLE and "after" not in example
