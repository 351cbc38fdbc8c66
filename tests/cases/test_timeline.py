"""The story of a case: from acts, from steps a file brought, and from a file that knows only begin and end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from city_brain.cases import timeline
from city_brain.cases.lifecycle import PLACE, SEVEN, Step

T0 = datetime(2026, 3, 2, 8, tzinfo=UTC)


def case(**fields: Any) -> dict[str, Any]:
    plain = {
        "step": "handle",
        "holder": "roads",
        "step_at": T0,
        "reported_at": T0,
        "closed_at": None,
        "description": "hole",
        "outcome": None,
    }
    return plain | fields


def stage(step: str, start: int, end: int, holder: str = "x") -> dict[str, Any]:
    return {"step": step, "holder": holder, "from_at": T0 + timedelta(minutes=start), "to_at": T0 + timedelta(minutes=end), "sequence": 1}


def test_a_file_without_steps_tells_begin_and_end() -> None:
    story = timeline.entries(
        case(step="archived", closed_at=T0 + timedelta(hours=3), step_at=T0 + timedelta(hours=3), outcome="filled"), [], []
    )
    assert [(entry.kind, entry.why) for entry in story] == [("closed", "filled"), ("reported", "hole")]


def test_steps_become_moves_newest_first_and_ways_back_are_marked() -> None:
    stages = [stage("collect", 0, 5), stage("file", 5, 9), stage("dispatch", 9, 12), stage("handle", 12, 60), stage("dispatch", 60, 70)]
    story = timeline.entries(case(step="handle", step_at=T0 + timedelta(minutes=70)), stages, [])
    assert [entry.move for entry in story] == ["dispatch", "send_back", "dispatch", "file", "accept", None]
    assert [entry.move for entry in story if entry.back] == ["send_back"]


def test_an_act_is_told_once_and_with_its_actor() -> None:
    at = T0 + timedelta(minutes=5)
    act = {
        "happened_at": at,
        "actor": "watch_officer:Lin",
        "move": "accept",
        "from_step": "collect",
        "to_step": "file",
        "holder": "acceptance",
        "reason": None,
    }
    story = timeline.entries(case(step="file", step_at=at), [stage("collect", 0, 5)], [act])
    assert [(entry.move, entry.actor) for entry in story] == [("accept", "watch_officer:Lin"), (None, None)]


def act(move: str, minute: int, **fields: Any) -> dict[str, Any]:
    plain = {
        "happened_at": T0 + timedelta(minutes=minute), "actor": "manager:Wu", "move": move, "holder": "roads", "reason": None,
        "detail": None, "due_was": None, "due_at": None, "sequence": minute, "payload": "{}",
    }  # fmt: skip
    return plain | fields


@pytest.mark.parametrize(("after", "move"), [("roads", "uphold"), ("water", "reassign")])
def test_who_has_the_case_after_a_dispute_tells_who_won(after: str, move: str) -> None:
    stages = [stage("handle", 0, 10, "roads"), stage("dispute", 10, 20, "roads")]
    story = timeline.entries(case(holder=after, step_at=T0 + timedelta(minutes=20)), stages, [])
    assert [entry.move for entry in story[:2]] == [move, "dispute"]


def test_a_stay_in_the_same_step_again_is_told() -> None:
    stages = [stage("handle", 0, 10, "roads"), stage("suspended", 10, 20, "roads")]
    story = timeline.entries(case(step_at=T0 + timedelta(minutes=20)), stages, [])
    assert [entry.move for entry in story[:2]] == ["resume", "grant_suspension"]


def test_an_act_tells_what_it_was_given_and_what_it_did_to_the_deadline() -> None:
    due = T0 + timedelta(hours=4)
    extended = act("grant_extension", 5, due_was=due, due_at=due + timedelta(hours=4), payload='{"note":"once"}')
    returned = act("rework", 9, detail="not_done", due_was=due, due_at=due, payload='{"kind":"not_done","reason":"half"}')
    story = timeline.entries(case(), [], [act("report", 0), extended, returned])
    assert [(entry.move, entry.clock_moved, entry.detail) for entry in story] == [
        ("rework", False, "not_done"), ("grant_extension", True, None), ("report", False, None),
    ]  # fmt: skip
    assert story[1].fields == {"note": "once"}
    last = timeline.last_act([extended, returned], "rework", "send_back")
    assert last is not None
    assert last["fields"]["reason"] == "half"
    assert timeline.last_act([extended, returned], "dispute") is None


def test_reminders_stand_in_the_story() -> None:
    told = {"noticed_at": T0 + timedelta(minutes=30), "clock": "step", "percent": 80, "addressee": "lead:roads", "due_at": T0}
    story = timeline.entries(case(), [], [act("report", 0)], [told])
    assert [(entry.kind, entry.detail, entry.percent, entry.holder) for entry in story[:1]] == [("notice", "step", 80, "lead:roads")]


@pytest.mark.parametrize("step", [Step.CONFIRM, Step.DISPUTE, Step.SUSPENDED])
def test_a_place_beside_the_seven_counts_as_the_step_it_belongs_to(step: Step) -> None:
    stages = [stage("collect", 0, 5), stage(PLACE[step].of, 5, 9)]
    found = timeline.progress(case(step=step, step_at=T0 + timedelta(minutes=9)), stages)
    assert [one for one, when, _ in found if when == "now"] == [PLACE[step].of]
    assert {one: at for one, _, at in found}[PLACE[step].of] == T0 + timedelta(minutes=5), "since it came to that step"


def test_nothing_is_ahead_of_a_case_that_was_withdrawn() -> None:
    stages = [stage("collect", 0, 5), stage("file", 5, 9)]
    found = timeline.progress(case(step=Step.WITHDRAWN, step_at=T0 + timedelta(minutes=9)), stages)
    assert [when for _, when, _ in found] == ["past", "past", *["unknown"] * 5]


def test_the_past_does_not_know_what_came_later() -> None:
    late = T0 + timedelta(hours=5)
    told = {"grade": "good", "asked": "appeal", "rule": "m1", "first_department": "roads"}
    found = told | {"acted_at": late, "filed_at": T0, "dispatched_at": late}
    then = timeline.as_known(found, T0 + timedelta(hours=1))
    assert (then["grade"], then["asked"], then["rule"], then["first_department"]) == (None, None, "m1", None)
    assert timeline.as_known(found, late)["grade"] == "good"


def test_the_seven_steps_claim_nothing_the_source_did_not_tell() -> None:
    known = timeline.progress(case(), [stage("collect", 0, 5), stage("file", 5, 9), stage("dispatch", 9, 12)])
    assert [when for _, when, _ in known] == ["past", "past", "past", "now", "ahead", "ahead", "ahead"]
    unknown = timeline.progress(case(step="archived"), [])
    assert [step for step, _, _ in unknown] == list(SEVEN)
    assert {when for _, when, _ in unknown} == {"unknown"}
    assert timeline.progress(case(step=Step.REJECTED), [stage("collect", 0, 5)])[0][1] == "past"
