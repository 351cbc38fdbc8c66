"""What has passed stays passed: nobody wins time by a request, a correction or a new start; ways back count alike wherever told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from city_brain import clock
from city_brain.cases.actions import advance
from city_brain.cases.filing_rules import rules_of
from city_brain.cases.model import Look
from city_brain.errors import Fault
from city_brain.incidents.actions import take_delivery
from city_brain.roles import Actor, operator
from city_brain.settings import Settings
from city_brain.storage.city import City
from city_brain.supervision import queries as supervision
from tests.cases.test_loop import FILED, MONDAY, ROADS, SENT, WATER, WORKING, found, go, reported
from tests.deliveries import DISPATCHER, INSPECTOR, MANAGER, OFFICER, PLACE, delivery, row

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
RULES = rules_of("matter", "06010")
ASK_EXTENSION, GRANT_EXTENSION = ("ask_extension", ROADS, {"reason": "parts"}), ("grant_extension", DISPATCHER, dict[str, str]())
CLOSED = (("finish", ROADS, {"outcome": "done"}), ("report_back", DISPATCHER, {}), ("close", INSPECTOR, {"note": "seen"}))


@pytest.fixture
def here(city: City, settings: Settings) -> City:
    take_delivery(city, delivery(settings.batches, [row(900)]), operator("test"), place=PLACE)
    return city


def refused(city: City, case: str, move: str, actor: Actor, at: datetime, **fields: str) -> dict[str, Any]:
    """A move that is refused: the values of its fault, with its key."""
    with clock.held(at), pytest.raises(Fault) as told:
        advance(city, case, move, actor, fields)
    return {"fault": told.value.key, **told.value.values}


def test_an_overdue_case_is_not_suspended(here: City) -> None:
    late, asked = reported(here, 1), reported(here, 2)
    at = go(here, late, *SENT, at=MONDAY)
    go(here, asked, *SENT, ("ask_suspension", ROADS, {"until": "2026-06-01", "reason": "frost"}), at=MONDAY)
    due = found(here, late)["due_at"]
    assert at < due
    late_at, fields = due + DAY, {"until": "2026-06-01", "reason": "frost"}
    assert refused(here, late, "ask_suspension", ROADS, late_at, **fields)["fault"] == "need_before_due"
    assert refused(here, asked, "grant_suspension", MANAGER, late_at)["fault"] == "need_before_due"
    go(here, asked, ("refuse_suspension", MANAGER, {"reason": "too late"}), at=late_at)
    for case in (late, asked):
        assert found(here, case)["due_at"] is not None
    counted = supervision.indicators(here, Look(late_at + DAY), due - DAY, due + DAY, measures=["waiting_late"])
    assert counted["numerator"].tolist() == [2]


@pytest.mark.parametrize("extended", [0, 1])
def test_each_extension_of_a_stated_deadline_adds_the_same(here: City, settings: Settings, extended: int) -> None:
    """A file states a deadline, and perhaps that it was extended before: the original limit is what is added."""
    length = 10 * DAY * (1 + extended)
    stay = [{"step": "handle", "holder": "roads", "from_at": MONDAY, "to_at": None}]
    told = row(901, reported_at=MONDAY, due_at=MONDAY + length, department="roads", steps=stay, extensions=extended)
    take_delivery(here, delivery(settings.batches, [told]), operator("test"))
    for number in range(1, 3 - extended):
        go(here, "H-901", ASK_EXTENSION, GRANT_EXTENSION, at=MONDAY + number * DAY)
        after = found(here, "H-901")
        assert (after["due_at"] - MONDAY - length, after["extensions"]) == (10 * DAY * number, extended + number)


def test_filing_under_another_rule_moves_the_deadline(here: City) -> None:
    case, short, long = reported(here, 1), RULES[0], RULES[-1]
    assert short.limit != long.limit
    sent = go(here, case, FILED[0], ("file", OFFICER, {"rule": short.rule}), SENT[-1], at=MONDAY)
    assert found(here, case)["due_at"] == WORKING.after(sent, short.limit)
    back = go(
        here, case, ("send_back", ROADS, {"kind": "unclear_matter", "reason": "which?"}),
        ("return_to_filing", DISPATCHER, {"kind": "misfiled", "reason": "another rule"}), at=sent,
    )  # fmt: skip
    go(here, case, ("file", OFFICER, {"rule": long.rule, "answer": "it is the larger one"}), at=back)
    after = found(here, case)
    assert (after["rule"], after["time_limit"]) == (long.rule, str(long.limit))
    assert after["due_at"] == WORKING.after(sent, long.limit), "from the moment the clock began, and by the new rule"
    go(here, case, ("dispatch", DISPATCHER, {"department": "roads", "answer": "clear now"}), at=back + 10 * MINUTE)
    assert found(here, case)["due_at"] == after["due_at"]


def test_filing_again_without_a_choice_keeps_the_rule(here: City) -> None:
    case = reported(here, 1)
    at = go(here, case, FILED[0], ("file", OFFICER, {"rule": RULES[-1].rule}), at=MONDAY)
    back = ("return_to_filing", DISPATCHER, {"kind": "misfiled", "reason": "?"})
    go(here, case, back, ("file", OFFICER, {"answer": "it is right"}), at=at)
    assert found(here, case)["rule"] == RULES[-1].rule


def test_a_rule_of_another_matter_is_refused(here: City) -> None:
    case = reported(here, 1)
    at = go(here, case, FILED[0], at=MONDAY)
    for other in ("m01002-1", "general-0"):
        told = refused(here, case, "file", OFFICER, at, rule=other)
        assert told == {"fault": "rule_of_another", "rule": other, "rules": ", ".join(rule.rule for rule in RULES)}


def test_who_was_not_reached_has_told_nothing(here: City) -> None:
    case = reported(here, 1)
    at = go(here, case, *SENT, *CLOSED, at=MONDAY)
    for field in ("solved", "satisfied"):
        told = refused(here, case, "call_back", OFFICER, at, reached="no", **{field: "yes"})
        assert (told["fault"], told["field"]) == ("field_without", field)
    at = go(here, case, ("call_back", OFFICER, {"reached": "yes", "solved": "yes"}), ("call_back", OFFICER, {"reached": "no"}), at=at)
    assert [found(here, case)[name] for name in ("reached", "solved", "satisfied")] == [False, None, None]


def test_a_new_start_owes_no_answer_of_before(here: City) -> None:
    case = reported(here, 1)
    at = go(
        here, case, *FILED, ("return_to_filing", DISPATCHER, {"kind": "misfiled", "reason": "?"}), ("refuse", OFFICER, {"reason": "no"}),
        ("reconsider", OFFICER, {"reason": "yes"}), at=MONDAY,
    )  # fmt: skip
    assert found(here, case)["unanswered"] is None
    go(here, case, *FILED, at=at)
    assert found(here, case)["step"] == "dispatch"


def test_what_is_upheld_is_not_disputed_again(here: City) -> None:
    case, dispute = reported(here, 1), ("dispute", ROADS, {"instead": "water", "reason": "no"})
    at = go(here, case, *SENT, dispute, ("uphold", MANAGER, {"reason": "it is theirs"}), at=MONDAY)
    assert refused(here, case, "dispute", ROADS, at, instead="water", reason="no")["fault"] == "dispute_upheld"
    at = go(here, case, ("recall", DISPATCHER, {"reason": "x"}), ("dispatch", DISPATCHER, {"department": "water"}), at=at)
    at = go(here, case, ("recall", DISPATCHER, {"reason": "x"}), ("dispatch", DISPATCHER, {"department": "roads"}), at=at)
    go(here, case, dispute, at=at)
    assert found(here, case)["step"] == "dispute", "sent anew, it may dispute anew"


def test_a_reminder_by_hand_stands_for_a_day(here: City) -> None:
    case = reported(here, 1)
    go(here, case, ("remind", DISPATCHER, {}), at=MONDAY)
    assert refused(here, case, "remind", DISPATCHER, MONDAY + DAY / 2)["fault"] == "reminded_already"
    go(here, case, ("remind", DISPATCHER, {}), at=MONDAY + DAY)


def test_ways_back_count_alike_live_and_from_files(here: City, settings: Settings) -> None:
    """Recalls, disputes and send-backs of a department, and rework; not what dispatcher and acceptance settle between them."""
    at = go(
        here, (live := reported(here, 1)), *FILED, ("return_to_filing", DISPATCHER, {"kind": "misfiled", "reason": "?"}),
        ("file", OFFICER, {"answer": "no"}), SENT[-1], ("recall", DISPATCHER, {"reason": "not yet"}), SENT[-1],
        ("dispute", ROADS, {"instead": "water", "reason": "no"}), ("reassign", MANAGER, {"department": "water", "reason": "yes"}),
        ("send_back", WATER, {"kind": "unclear_place", "reason": "where?"}),
        ("dispatch", DISPATCHER, {"department": "water", "answer": "there"}), ("finish", WATER, {"outcome": "done"}),
        ("report_back", DISPATCHER, {}), ("rework", INSPECTOR, {"kind": "not_done", "reason": "no"}), at=MONDAY,
    )  # fmt: skip
    with here.read() as cursor:
        told = cursor.rows("cases.stages", case_id=live)
    stays = [{name: stay[name] for name in ("step", "holder", "from_at", "to_at")} for stay in told]
    now = found(here, live)
    steps = [*stays, {"step": now["step"], "holder": now["holder"], "from_at": now["step_at"], "to_at": None}]
    take_delivery(here, delivery(settings.batches, [row(902, reported_at=MONDAY, steps=steps, department="water")]), operator("test"))
    filed = found(here, "H-902")
    for name in ("send_backs", "reworks", "hops", "first_department"):
        assert filed[name] == now[name], name
    assert (now["send_backs"], now["reworks"]) == (4, 1)
    counted = supervision.indicators(here, Look(at + DAY), MONDAY, at + DAY, measures=["send_back"])
    assert counted[["numerator", "denominator"]].values.tolist() == [[2, 2]]
