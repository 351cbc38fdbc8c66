"""The closed loop on a real city: clocks, requests, disputes, duplicates, and what the record keeps of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from city_brain import clock
from city_brain.cases import lifecycle, queries
from city_brain.cases.actions import advance, advance_all, foresee, set_days
from city_brain.cases.calendars import Calendar, known_days, known_years
from city_brain.cases.filing_rules import ordinary, rules_of
from city_brain.cases.lifecycle import Step
from city_brain.cases.model import Look
from city_brain.cases.standing import Standing
from city_brain.errors import Fault, NotAllowed, Stale
from city_brain.incidents.actions import report, take_delivery
from city_brain.roles import Actor, Role, operator
from city_brain.settings import Settings
from city_brain.storage.city import City
from tests.deliveries import DAY, DISPATCHER, INSPECTOR, MANAGER, OFFICER, PLACE, SOURCE, delivery, matter, row

SHANGHAI = ZoneInfo("Asia/Shanghai")
WORKING = Calendar("Asia/Shanghai", known_days(), known_years())
MONDAY = datetime(2026, 5, 11, 8, tzinfo=SHANGHAI)
ROADS, WATER = (Actor("Wu", Role.DEPARTMENT, department=name) for name in ("roads", "water"))


@pytest.fixture
def here(city: City, settings: Settings) -> City:
    """A city that is in China: its days are counted with China's holidays."""
    take_delivery(city, delivery(settings.batches, [row(900)]), operator("test"), place=PLACE)
    return city


def reported(city: City, number: int, at: datetime = MONDAY, **more: Any) -> str:
    with clock.held(at):
        return report(city, SOURCE, matter(number, reported_at=at, **more), operator("test"))


def go(city: City, case: str, *steps: tuple[str, Actor, dict[str, str]], at: datetime) -> datetime:
    """Take moves one after the other, five minutes apart; gives the time of the last."""
    for name, actor, fields in steps:
        at += timedelta(minutes=5)
        with clock.held(at):
            advance(city, case, name, actor, fields)
    return at


def found(city: City, case: str, at: datetime | None = None) -> dict[str, Any]:
    moment = at or clock.now()
    return queries.case(city, Look(moment, at), case)


def passings(city: City, case: str) -> list[dict[str, Any]]:
    with city.read() as cursor:
        return cursor.rows("desk.passings", case_id=case, moment=clock.now())


FILED: tuple[tuple[str, Actor, dict[str, str]], ...] = (("accept", OFFICER, {}), ("file", OFFICER, {}))
SENT = (*FILED, ("dispatch", DISPATCHER, {"department": "roads"}))


def test_the_limit_comes_from_the_filing_rule_and_begins_with_the_dispatch(here: City) -> None:
    case = reported(here, 1)
    filed = go(here, case, *FILED, at=MONDAY)
    assert found(here, case)["due_at"] is None
    sent = go(here, case, ("dispatch", DISPATCHER, {"department": "roads"}), at=filed)
    rule = ordinary("matter", "06010")
    after = found(here, case)
    assert (after["rule"], after["time_limit"], after["due_at"]) == (rule.rule, str(rule.limit), WORKING.after(sent, rule.limit))


def test_a_rule_that_is_chosen_counts(here: City) -> None:
    other = rules_of("matter", "06010")[-1]
    case = reported(here, 1)
    sent = go(here, case, FILED[0], ("file", OFFICER, {"rule": other.rule}), SENT[-1], at=MONDAY)
    assert found(here, case)["due_at"] == WORKING.after(sent, other.limit)
    with pytest.raises(Fault, match="no_rule"):
        go(here, reported(here, 2), FILED[0], ("file", OFFICER, {"rule": "m99999-9"}), at=MONDAY)


def test_each_step_has_its_own_clock(here: City) -> None:
    case = reported(here, 1)
    assert found(here, case)["step_due_at"] == MONDAY + timedelta(minutes=30)
    at = go(here, case, *SENT, ("dispute", ROADS, {"instead": "water", "reason": "a pipe"}), at=MONDAY)
    limit = lifecycle.PLACE[Step.DISPUTE].limit
    assert limit is not None
    assert found(here, case)["step_due_at"] == WORKING.after(at, limit)


def test_passing_on_wins_nobody_time(here: City) -> None:
    case = reported(here, 1)
    at = go(here, case, *SENT, at=MONDAY)
    due = found(here, case)["due_at"]
    go(here, case, ("dispute", ROADS, {"instead": "water", "reason": "a pipe"}), at=at)
    held = found(here, case)
    assert (held["step"], held["holder"], held["department"]) == ("dispute", "roads", "roads"), "the first receiver leads until it is ruled"
    at = go(here, case, ("reassign", MANAGER, {"department": "water", "reason": "the pipe is theirs"}), at=at + timedelta(hours=1))
    ruled = found(here, case)
    assert (ruled["holder"], ruled["due_at"], ruled["hops"], ruled["first_department"]) == ("water", due, 1, "roads")
    (passing,) = passings(here, case)
    assert (passing["from_department"], passing["to_department"], passing["ruled"], passing["comes_back"]) == (
        "roads",
        "water",
        True,
        False,
    )
    assert passing["lost_s"] == pytest.approx(3900)
    go(
        here,
        case,
        ("dispute", WATER, {"instead": "roads", "reason": "no"}),
        ("reassign", MANAGER, {"department": "roads", "reason": "yes"}),
        at=at,
    )
    assert [row["comes_back"] for row in passings(here, case)] == [False, True]
    with here.read() as cursor:
        assert [row["verdict"] for row in cursor.rows("cases.disputes_of", case_id=case)] == ["reassigned", "reassigned"]
    assert here.verify() == []


def test_not_ours_must_name_who(here: City) -> None:
    case = reported(here, 1)
    at = go(here, case, *SENT, at=MONDAY)
    for fields, key in (
        ({"reason": "no"}, "field_required"), ({"instead": "roads", "reason": "no"}, "need_other_department"),
        ({"instead": "the moon", "reason": "no"}, "no_department"),
    ):  # fmt: skip
        with pytest.raises(Fault, match=key):
            go(here, case, ("dispute", ROADS, fields), at=at)
    with pytest.raises(NotAllowed, match="not_yours"):
        go(here, case, ("dispute", WATER, {"instead": "roads", "reason": "no"}), at=at)


def test_a_dispute_that_is_upheld_stays(here: City) -> None:
    case = reported(here, 1)
    at = go(here, case, *SENT, ("dispute", ROADS, {"instead": "water", "reason": "no"}), at=MONDAY)
    go(here, case, ("uphold", MANAGER, {"reason": "the cover is theirs"}), ("finish", ROADS, {"outcome": "done"}), at=at)
    assert (found(here, case)["step"], found(here, case)["hops"]) == ("report_back", 0)


def test_an_extension_is_asked_before_the_deadline_granted_by_another_and_twice_at_most(here: City) -> None:
    case = reported(here, 1)
    at = go(here, case, *SENT, at=MONDAY)
    due, limit = found(here, case)["due_at"], ordinary("matter", "06010").limit
    ask, grant = ("ask_extension", ROADS, {"reason": "parts"}), ("grant_extension", DISPATCHER, dict[str, str]())
    with pytest.raises(NotAllowed):
        go(here, case, ("grant_extension", ROADS, {}), at=at)
    with pytest.raises(Fault, match="need_extension_asked"):
        go(here, case, grant, at=at)
    at = go(here, case, ask, at=at)
    with pytest.raises(Fault, match="need_nothing_asked"):
        go(here, case, ask, at=at)
    at = go(here, case, ("refuse_extension", DISPATCHER, {"reason": "no need"}), ask, grant, at=at)
    once = WORKING.after_seconds(due, limit.seconds, limit.works)
    assert (found(here, case)["due_at"], found(here, case)["extensions"]) == (once, 1), "a refusal does not count"
    at = go(here, case, ask, grant, at=at)
    assert found(here, case)["due_at"] == WORKING.after_seconds(once, limit.seconds, limit.works)
    with pytest.raises(Fault, match="need_extension_left"):
        go(here, case, ask, at=at)
    late = reported(here, 2)
    go(here, late, *SENT, at=MONDAY)
    with pytest.raises(Fault, match="need_before_due"):
        go(here, late, ask, at=due + timedelta(days=1))


def test_a_suspension_stops_the_clock_until_its_day(here: City) -> None:
    case = reported(here, 1)
    at = go(here, case, *SENT, ("ask_suspension", ROADS, {"until": "2026-06-01", "reason": "not this season"}), at=MONDAY)
    due, limit = found(here, case)["due_at"], ordinary("matter", "06010").limit
    stopped = go(here, case, ("grant_suspension", MANAGER, {}), at=at)
    paused = found(here, case)
    assert (paused["step"], paused["due_at"], paused["holder"]) == ("suspended", None, "roads")
    assert paused["suspended_until"] == datetime(2026, 6, 1, 8, tzinfo=SHANGHAI)
    system = Actor("clock", Role.SYSTEM)
    with pytest.raises(Fault, match="need_date_reached"):
        go(here, case, ("wake", system, {}), at=stopped + timedelta(days=3))
    woken = go(here, case, ("wake", system, {}), at=datetime(2026, 6, 1, 8, tzinfo=SHANGHAI))
    left = WORKING.left(stopped, due, limit.works)
    assert found(here, case)["due_at"] == WORKING.resumed(woken, left, limit.works)
    with pytest.raises(Fault, match="need_never_suspended"):
        go(here, case, ("ask_suspension", ROADS, {"until": "2026-07-01", "reason": "again"}), at=woken)


@pytest.mark.parametrize("until", ["2026-05-01", "2028-01-01", "soon"])
def test_a_suspension_ends_within_a_year(here: City, until: str) -> None:
    case = reported(here, 1)
    with pytest.raises(Fault, match=r"suspension_date|date_unreadable"):
        go(here, case, *SENT, ("ask_suspension", ROADS, {"until": until, "reason": "x"}), at=MONDAY)


def test_an_appeal_that_is_granted_takes_the_case_out_of_the_overdue(here: City) -> None:
    case = reported(here, 1)
    go(here, case, *SENT, at=MONDAY)
    late = found(here, case)["due_at"] + timedelta(hours=1)
    assert queries.case(here, Look(late), case)["state"] == "overdue"
    at = go(here, case, ("ask_appeal", ROADS, {"reason": "the road was closed"}), ("grant_appeal", MANAGER, {}), at=late)
    assert queries.case(here, Look(at), case)["state"] != "overdue"
    assert queries.steps(here, Look(at))["handle"]["overdue"] == 0
    with pytest.raises(Fault, match="need_not_exempt"):
        go(here, case, ("ask_appeal", ROADS, {"reason": "again"}), at=at)


def test_a_duplicate_joins_the_other_case_and_comes_out_again(here: City) -> None:
    first, second = reported(here, 1), reported(here, 2, at=MONDAY + timedelta(minutes=9))
    go(here, first, FILED[0], at=MONDAY)
    at = go(here, second, ("merge", OFFICER, {"into": first}), at=MONDAY + timedelta(minutes=10))
    assert (found(here, second)["step"], found(here, second)["merged_into"], found(here, first)["reports"]) == ("merged", first, 2)
    for wrong in (second, first, "H-404"):
        with pytest.raises(Fault, match=r"merge_into|no_case"):
            go(here, first, ("merge", OFFICER, {"into": wrong}), at=at)
    go(here, second, ("reconsider", OFFICER, {"reason": "another cover"}), at=at)
    assert (found(here, second)["step"], found(here, second)["merged_into"], found(here, first)["reports"]) == ("collect", None, 1)
    seen = found(here, first)["sequence"]
    with pytest.raises(Stale):
        advance(here, first, "file", OFFICER, seen=seen - 1)
    assert here.verify() == []


def picture(city: City) -> dict[str, list[tuple[Any, ...]]]:
    """Everything the picture derives from acts on cases."""
    tables = ("open_case", "closed_case", "case_stage", "case_event", "passing", "dispute")
    with city.read() as cursor:
        return {table: sorted(cursor._cursor.execute(f"FROM {table}").fetchall(), key=repr) for table in tables}


def test_reports_go_with_a_chain_of_duplicates_and_come_back(here: City) -> None:
    numbers = [reported(here, number) for number in (1, 2, 3)]
    x, y, z = numbers
    at = go(here, x, ("merge", OFFICER, {"into": y}), at=MONDAY + timedelta(minutes=10))
    at = go(here, y, ("merge", OFFICER, {"into": z}), at=at)
    assert [found(here, number)["reports"] for number in numbers] == [1, 2, 3]
    at = go(here, x, ("reconsider", OFFICER, {"reason": "not the same"}), at=at)
    assert [found(here, number)["reports"] for number in numbers] == [1, 1, 2]
    go(here, y, ("reconsider", OFFICER, {"reason": "not the same"}), at=at)
    assert [found(here, number)["reports"] for number in numbers] == [1, 1, 1]


def test_reports_of_a_finished_case_are_counted_too(here: City) -> None:
    first, second = reported(here, 1), reported(here, 2)
    at = go(here, second, ("merge", OFFICER, {"into": first}), at=MONDAY + timedelta(minutes=10))
    at = go(here, first, ("self_handle", INSPECTOR, {"outcome": "swept"}), at=at)
    before = found(here, first)
    assert before["reports"] == 2
    go(here, second, ("reconsider", OFFICER, {"reason": "not the same"}), at=at)
    assert (found(here, first)["reports"], found(here, first)["version"]) == (1, before["version"] + 1)


def test_a_rebuilt_picture_is_the_same(here: City) -> None:
    first, second, third = (reported(here, number) for number in (1, 2, 3))
    at = go(here, second, ("merge", OFFICER, {"into": first}), at=MONDAY + timedelta(minutes=10))
    at = go(here, first, ("accept", OFFICER, {}), ("file", OFFICER, {}), ("dispatch", DISPATCHER, {"department": "roads"}), at=at)
    at = go(here, first, ("dispute", ROADS, {"instead": "water", "reason": "not ours"}), at=at)
    at = go(here, first, ("reassign", MANAGER, {"department": "water", "reason": "theirs"}), at=at)
    at = go(here, third, ("self_handle", INSPECTOR, {"outcome": "swept"}), at=at)
    at = go(here, second, ("reconsider", OFFICER, {"reason": "not the same"}), at=at)
    go(here, first, ("finish", WATER, {"outcome": "mended"}), at=at)
    live = picture(here)
    here.rebuild()
    assert picture(here) == live


def test_handled_on_the_spot(here: City) -> None:
    case = reported(here, 1)
    go(here, case, ("self_handle", INSPECTOR, {"outcome": "swept at once"}), at=MONDAY)
    after = found(here, case)
    assert (after["step"], after["self_handled"], after["outcome"]) == ("evaluate", True, "swept at once")
    assert None not in (after["closed_at"], after["handled_at"], after["accepted_at"])


def test_called_back_and_evaluated(here: City) -> None:
    case = reported(here, 1)
    go(
        here, case, *SENT, ("finish", ROADS, {"outcome": "done"}), ("report_back", DISPATCHER, {}), ("close", INSPECTOR, {"note": "seen"}),
        ("call_back", OFFICER, {"reached": "yes", "solved": "yes", "satisfied": "no"}), ("evaluate", MANAGER, {"grade": "fair"}), at=MONDAY,
    )  # fmt: skip
    after = found(here, case)
    assert (after["step"], after["reached"], after["solved"], after["satisfied"], after["grade"]) == ("archived", True, True, False, "fair")
    with pytest.raises(Fault, match="field_choice"):
        go(here, reported(here, 2), *SENT, ("finish", ROADS, {"outcome": "done"}), ("report_back", DISPATCHER, {}),
           ("rework", INSPECTOR, {"kind": "ugly", "reason": "x"}), at=MONDAY)  # fmt: skip


def test_what_was_is_what_it_was(here: City) -> None:
    """A deadline that was extended later reads in playback as it did then, and a rebuild changes nothing."""
    case = reported(here, 1)
    sent = go(here, case, *SENT, at=MONDAY)
    due = found(here, case)["due_at"]
    go(here, case, ("ask_extension", ROADS, {"reason": "parts"}), ("grant_extension", DISPATCHER, {}), at=sent)
    assert found(here, case, at=sent + timedelta(minutes=1))["due_at"] == due
    assert found(here, case)["due_at"] > due
    assert found(here, case, at=MONDAY + timedelta(minutes=2))["due_at"] is None
    before = found(here, case)
    here.rebuild()
    assert found(here, case) == before


def test_a_file_of_open_cases_can_be_worked(here: City, settings: Settings) -> None:
    """What a file does not know is not made up; what is done here from now on is known."""
    case = "H-900"
    assert [found(here, case)[name] for name in ("accepted_at", "dispatched_at", "rule", "step_due_at")] == [None] * 4
    crew = Actor("Wu", Role.DEPARTMENT, department="roads")
    with pytest.raises(NotAllowed, match="not_yours"):
        advance(here, case, "finish", crew, {"outcome": "done"})
    advance(here, case, "recall", DISPATCHER, {"reason": "nobody has it"})
    advance(here, case, "dispatch", DISPATCHER, {"department": "roads"})
    advance(here, case, "finish", crew, {"outcome": "done"})
    assert found(here, case)["step"] == "report_back"


def test_days_of_the_city_count_from_then_on(here: City) -> None:
    closed = datetime(2026, 5, 12, tzinfo=SHANGHAI).date()
    with pytest.raises(NotAllowed):
        set_days(here, [(closed, False, "flood")], DISPATCHER)
    set_days(here, [(closed, False, "flood")], MANAGER)
    case = reported(here, 1)
    working = next(rule for code in ("06010", "01037", "02001") for rule in rules_of("matter", code) if rule.limit.works)
    sent = go(here, case, FILED[0], ("file", OFFICER, {"rule": working.rule}), SENT[-1], at=MONDAY.replace(hour=17))
    without = Calendar("Asia/Shanghai", [*known_days(), *()], known_years())
    assert found(here, case)["due_at"] > without.after(sent, working.limit)


def test_many_at_once_each_for_itself(here: City) -> None:
    one, two, three = (reported(here, number) for number in (1, 2, 3))
    go(here, two, FILED[0], at=MONDAY)
    seen = {case: found(here, case)["sequence"] for case in (one, two, three)}
    assert foresee(here, one, "accept", OFFICER).step is Step.FILE
    assert found(here, one)["step"] == "collect", "foreseeing changes nothing"
    with clock.held(MONDAY + timedelta(minutes=20)):
        results = dict(advance_all(here, list(seen.items()), "accept", OFFICER))
    assert results[one] is None
    assert results[three] is None
    assert results[two] is not None and results[two].key == "illegal_move_after"


def test_a_standing_comes_back_from_the_record_as_it_was() -> None:
    standing = Standing(Step.HANDLE, DAY.astimezone(UTC), "roads", due_at=DAY.astimezone(UTC), hops=2, unanswered=Step.HANDLE, exempt=True)
    from city_brain.record.events import as_recorded

    kept = as_recorded(standing.kept())
    assert Standing.restored(kept) == standing
    assert len(str(kept)) < 300, "what is as it always begins is not kept"


def test_no_picture_is_named_that_is_not_kept(here: City, tmp_path: Path) -> None:
    case = reported(here, 1)
    at = go(here, case, *SENT, at=MONDAY)
    for named, key in (("0" * 64, "kept_file_gone"), ("../etc/passwd", "picture_unknown")):
        with pytest.raises(Fault, match=key):
            go(here, case, ("finish", ROADS, {"outcome": "done", "pictures": named}), at=at)
