"""Moves of a case: decided against what is now, recorded once, seen at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from city_brain import clock
from city_brain.cases.actions import advance
from city_brain.cases.lifecycle import Step
from city_brain.errors import Fault, NotAllowed, NotFound, Stale
from city_brain.incidents.actions import report, take_delivery
from city_brain.roles import Actor, Role, operator
from city_brain.settings import Settings
from city_brain.storage.city import City
from tests.deliveries import CREW, DAY, DISPATCHER, INSPECTOR, OFFICER, SOURCE, WAY, delivery, matter, row

WATER = Actor("Qin", Role.DEPARTMENT, department="water")
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def case(city: City) -> str:
    return report(city, SOURCE, matter(1), operator("test"))


def standing(city: City, case: str) -> dict[str, Any]:
    """The row of a case and which of the two tables it stands in."""
    with city.read() as cursor:
        (row,) = cursor.rows("cases.case", case_id=case, moment=NOON)
        unfinished = cursor.one("cases.unfinished", case_id=case)
    return row | {"table": "open" if unfinished else "closed"}


def history(city: City, case: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    with city.read() as cursor:
        return cursor.rows("cases.stages", case_id=case), cursor.rows("cases.acts", case_id=case)


def walk(city: City, case: str, moves: int) -> None:
    for hours, (move, actor, fields) in enumerate(WAY[:moves], start=1):
        advance(city, case, move, actor, fields, happened_at=DAY + timedelta(hours=hours))


def test_a_case_goes_its_whole_way(city: City, case: str) -> None:
    walk(city, case, len(WAY))
    found = standing(city, case)
    assert (found["step"], found["table"], found["version"]) == ("archived", "closed", 8)
    assert (found["department"], found["outcome"], found["hops"]) == ("city_management", "lamp replaced", 0)
    assert found["closed_at"] == DAY + timedelta(hours=6)
    assert found["step_at"] == found["acted_at"] == DAY + timedelta(hours=7)


def test_stays_and_acts_tell_the_story(city: City, case: str) -> None:
    walk(city, case, 4)
    stays, acts = history(city, case)
    hour = [DAY + timedelta(hours=hours) for hours in range(5)]
    assert [(stay["step"], stay["holder"], stay["from_at"], stay["to_at"]) for stay in stays] == [
        ("collect", "acceptance", hour[0], hour[1]),
        ("file", "acceptance", hour[1], hour[2]),
        ("dispatch", "dispatcher", hour[2], hour[3]),
        ("handle", "city_management", hour[3], hour[4]),
    ]
    assert [(act["version"], act["move"], act["from_step"], act["to_step"], act["actor"]) for act in acts] == [
        (1, "report", None, "collect", "system:operator:test"),
        (2, "accept", "collect", "file", "watch_officer:Lin"),
        (3, "file", "file", "dispatch", "watch_officer:Lin"),
        (4, "dispatch", "dispatch", "handle", "dispatcher:He"),
        (5, "finish", "handle", "report_back", "department:Wu"),
    ]
    assert acts[-1]["reason"] == "lamp replaced"


def test_sent_back_and_worked_again(city: City, case: str) -> None:
    walk(city, case, 3)
    advance(city, case, "send_back", CREW, {"kind": "unclear_place", "reason": "which lamp?"})
    assert (standing(city, case)["hops"], standing(city, case)["send_backs"]) == (0, 1)
    with pytest.raises(Fault, match="field_required") as unanswered:
        advance(city, case, "dispatch", DISPATCHER, {"department": "water"})
    assert unanswered.value.values["field"] == "answer"
    advance(city, case, "dispatch", DISPATCHER, {"department": "water", "answer": "the pipe beside it, in fact"})
    assert (standing(city, case)["holder"], standing(city, case)["hops"]) == ("water", 1)
    advance(city, case, "finish", WATER, {"outcome": "pipe mended"})
    advance(city, case, "report_back", DISPATCHER)
    advance(city, case, "rework", INSPECTOR, {"kind": "poor_quality", "reason": "still leaks"})
    found = standing(city, case)
    assert (found["step"], found["holder"], found["hops"], found["table"], found["closed_at"]) == ("handle", "water", 1, "open", None)
    assert (found["reworks"], found["send_backs"], found["handled_at"]) == (1, 2, None)


def test_a_rejected_case_is_finished(city: City, case: str) -> None:
    advance(city, case, "reject", OFFICER, {"reason": "a joke"}, happened_at=NOON)
    found = standing(city, case)
    assert (found["step"], found["table"], found["closed_at"]) == ("rejected", "closed", NOON)


def test_of_two_people_one_wins_and_the_other_is_told_who(city: City, case: str) -> None:
    seen = standing(city, case)["sequence"]
    told: list[Fault] = []

    def person(name: str) -> str | None:
        try:
            advance(city, case, "accept", replace(OFFICER, name=name), seen=seen)
        except Fault as fault:
            told.append(fault)
            return None
        return name

    with ThreadPoolExecutor(8) as pool:
        winners = [name for name in pool.map(person, ["Lin", "Mei", "Qi", "Tao", "Hua", "Jun", "Bo", "An"]) if name]
    assert len(winners) == 1
    assert len(told) == 7
    for fault in told:
        assert isinstance(fault, Stale)
        assert fault.key == "case_moved"
        assert (fault.values["case"], fault.values["actor"], fault.values["move"]) == (case, f"watch_officer:{winners[0]}", "accept")
    assert city.record_sequence == 2


def test_without_what_was_seen_the_lifecycle_decides(city: City, case: str) -> None:
    advance(city, case, "accept", OFFICER)
    with pytest.raises(Stale, match="illegal_move_after") as told:
        advance(city, case, "accept", OFFICER)
    possible = "ask_confirm, merge, self_handle, file, refuse, withdraw, remind, supervise"
    last = {"actor": OFFICER.signature, "last": "accept", "at": told.value.values["at"]}
    assert told.value.values == {"move": "accept", "step": Step.FILE, "possible": possible, **last}


@pytest.mark.parametrize(
    ("move", "actor", "fields", "refused"),
    [
        ("dispatch", DISPATCHER, {"department": "water"}, Stale),
        ("accept", DISPATCHER, {}, NotAllowed),
        ("accept", Actor("Ada", Role.ADMINISTRATOR), {}, NotAllowed),
        ("reject", OFFICER, {}, Fault),
        ("reject", OFFICER, {"reason": "  "}, Fault),
        ("vanish", OFFICER, {}, Stale),
        ("accept", replace(OFFICER, playback=True), {}, NotAllowed),
        ("accept", OFFICER, {"volume": "loud"}, Fault),
    ],
)
def test_a_refused_act_leaves_no_event(
    city: City, case: str, move: str, actor: Actor, fields: dict[str, str], refused: type[Fault]
) -> None:
    before = standing(city, case)
    with pytest.raises(refused):
        advance(city, case, move, actor, fields)
    assert city.record_sequence == 1
    assert standing(city, case) == before


@pytest.mark.parametrize(
    ("moment", "key"),
    [
        (DAY - timedelta(seconds=1), "time_before_step"),
        (NOON + timedelta(minutes=6), "time_in_future"),
        (NOON.replace(tzinfo=None), "time_without_zone"),
    ],
)
def test_a_time_that_cannot_be_is_refused(city: City, case: str, moment: datetime, key: str) -> None:
    with clock.held(NOON), pytest.raises(Fault, match=key):
        advance(city, case, "accept", OFFICER, happened_at=moment)
    assert city.record_sequence == 1


def test_blanks_around_what_was_filled_in_are_not_kept(city: City, case: str) -> None:
    walk(city, case, 2)
    advance(city, case, "dispatch", DISPATCHER, {"department": " water ", "note": "  "})
    assert standing(city, case)["department"] == "water"
    assert city.journal.page(3)[0].payload["fields"] == {"department": "water"}


def test_whoever_comes_after_a_file_is_not_told_a_name(city: City, settings: Settings) -> None:
    take_delivery(city, delivery(settings.batches, [row(7, updated_at=DAY)]), operator("test"))
    seen = standing(city, "H-7")["sequence"]
    later = row(7, updated_at=DAY + timedelta(days=1), title="changed")
    take_delivery(city, delivery(settings.batches, [later], horizon=DAY + timedelta(days=1)), operator("test"))
    with pytest.raises(Stale, match="case_changed"):
        advance(city, "H-7", "finish", CREW, {"outcome": "done"}, seen=seen)


def test_a_case_that_is_not_there(city: City) -> None:
    with pytest.raises(NotFound, match="no_case"):
        advance(city, "H-404", "accept", OFFICER)
    assert city.record_sequence == 0


def test_whoever_looks_at_the_past_acts_on_nothing(city: City, case: str) -> None:
    with pytest.raises(NotAllowed, match="playback"):
        advance(city, "H-404", "accept", replace(OFFICER, playback=True))


def test_an_act_happens_now_unless_it_says_when(city: City, case: str) -> None:
    with clock.held(NOON):
        advance(city, case, "accept", OFFICER)
    assert standing(city, case)["step_at"] == NOON
    (event,) = city.journal.page(1)
    assert event.happened_at == event.recorded_at == NOON


def test_a_case_taken_up_again_comes_back(city: City, case: str) -> None:
    walk(city, case, 6)
    advance(city, case, "reopen", OFFICER, {"reason": "dark again"}, happened_at=DAY + timedelta(hours=7))
    found = standing(city, case)
    assert (found["step"], found["table"], found["closed_at"], found["holder"]) == ("dispatch", "open", None, "dispatcher")
    assert (found["reopenings"], found["due_at"], found["handled_at"]) == (1, None, None)
    advance(city, case, "dispatch", DISPATCHER, {"department": "water"}, happened_at=DAY + timedelta(hours=8))
    advance(city, case, "finish", WATER, {"outcome": "again"}, happened_at=DAY + timedelta(hours=9))
    assert standing(city, case)["due_at"] is not None
    assert city.verify() == []
