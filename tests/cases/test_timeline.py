"""The story of a case: from acts, from steps a file brought, and from a file that knows only begin and end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from city_brain.cases import timeline
from city_brain.cases.lifecycle import SEVEN, Step

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


def test_the_seven_steps_claim_nothing_the_source_did_not_tell() -> None:
    known = timeline.progress(case(), [stage("collect", 0, 5), stage("file", 5, 9), stage("dispatch", 9, 12)])
    assert [when for _, when, _ in known] == ["past", "past", "past", "now", "ahead", "ahead", "ahead"]
    unknown = timeline.progress(case(step="archived"), [])
    assert [step for step, _, _ in unknown] == list(SEVEN)
    assert {when for _, when, _ in unknown} == {"unknown"}
    assert timeline.progress(case(step=Step.REJECTED), [stage("collect", 0, 5)])[0][1] == "past"
