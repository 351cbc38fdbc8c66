"""Files and reports taken in: once, in order of what they know, and never over a newer act of a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from city_brain import clock
from city_brain.cases.actions import advance
from city_brain.errors import Damaged, Fault, NotAllowed, Stale
from city_brain.incidents import queries
from city_brain.incidents.actions import end_demo, report, settle, take_delivery
from city_brain.incidents.model import Delivery, Tally
from city_brain.roles import Actor, Role, operator
from city_brain.settings import Settings
from city_brain.storage.city import City
from tests.deliveries import DAY, OFFICER, PLACE, SIMULATED, SOURCE, delivery, matter, row

SOMEBODY = operator("test")
LATER = DAY + timedelta(days=1)


@pytest.fixture
def batches(settings: Settings) -> Path:
    return settings.batches


def take(city: City, given: Delivery, **more: Any) -> Tally:
    return take_delivery(city, given, SOMEBODY, **more)


def case(city: City, case_id: str) -> dict[str, Any]:
    with city.read() as cursor:
        (found,) = cursor.rows("cases.case", case_id=case_id, moment=LATER)
    return found


def counted(tally: Tally) -> tuple[int, int, int, int, int, int]:
    assert tally.read == tally.taken + tally.known + tally.quarantined
    return (tally.read, tally.taken, tally.known, tally.updated, tally.quarantined, tally.conflicts)


def waiting(city: City) -> list[tuple[str, str]]:
    return [(entry["reason"], entry["row"]) for entry in queries.quarantine(city)]


def source_row(city: City, name: str = "hotline") -> dict[str, Any]:
    return next(found for found in queries.sources(city) if found["source"] == name)


# -- files --------------------------------------------------------------------------------------


def test_a_file_is_taken(city: City, batches: Path) -> None:
    tally = take(city, delivery(batches, [row(1), row(2, status="closed", closed_at=LATER, outcome="done")], rejected=["{}"]), place=PLACE)
    assert counted(tally) == (3, 2, 0, 0, 1, 0)
    assert tally.recorded
    assert (case(city, "H-1")["step"], case(city, "H-2")["step"]) == ("handle", "archived")
    assert case(city, "H-1")["cell_x"] == 0
    assert case(city, "H-2")["closed_at"] == LATER
    assert waiting(city) == [("time_missing", "{}")]
    assert [event.kind for event in city.journal.page(0)] == ["city.named", "batch.loaded"]
    assert city.verify() == []


def test_the_same_file_twice_changes_nothing(city: City, batches: Path) -> None:
    given = delivery(batches, [row(1), row(2)], rejected=['{"a": 1}'])
    take(city, given, place=PLACE)
    before, counters = city.record_sequence, source_row(city)
    again = take(city, given, place=PLACE)
    assert counted(again) == (3, 0, 3, 0, 0, 0)
    assert not again.recorded
    assert again.sequence == before == city.record_sequence
    assert source_row(city) == counters
    assert len(waiting(city)) == 1


def test_rows_of_a_longer_file_are_known_or_new(city: City, batches: Path) -> None:
    take(city, delivery(batches, [row(1), row(2)]))
    assert counted(take(city, delivery(batches, [row(1), row(2), row(3)], duplicates=2, read=5))) == (5, 1, 4, 0, 0, 0)
    assert (source_row(city)["read"], source_row(city)["taken"], source_row(city)["known"]) == (7, 3, 4)
    assert city.verify() == []


def test_a_later_file_updates_what_it_knows_better(city: City, batches: Path) -> None:
    take(city, delivery(batches, [row(1), row(2)]))
    closed = row(1, status="closed", closed_at=LATER, outcome="lamp replaced")
    assert counted(take(city, delivery(batches, [closed, row(2)], horizon=LATER))) == (2, 0, 2, 1, 0, 0)
    found = case(city, "H-1")
    assert (found["step"], found["closed_at"], found["outcome"], found["reports"]) == ("archived", LATER, "lamp replaced", 1)
    assert case(city, "H-2")["step"] == "handle"
    assert city.verify() == []


def test_a_closed_case_that_a_later_file_opens_again(city: City, batches: Path) -> None:
    take(city, delivery(batches, [row(1, status="closed", closed_at=DAY + timedelta(hours=1))]))
    take(city, delivery(batches, [row(1)], horizon=LATER))
    assert (case(city, "H-1")["step"], case(city, "H-1")["closed_at"]) == ("handle", None)
    assert city.verify() == []


@pytest.mark.parametrize("told", ["by the row", "by the file"])
def test_an_older_file_is_stale(city: City, batches: Path, told: str) -> None:
    new, old = (LATER, DAY) if told == "by the row" else (None, None)
    take(city, delivery(batches, [row(1, title="new", updated_at=new)], horizon=LATER))
    assert counted(take(city, delivery(batches, [row(1, title="old", updated_at=old)], horizon=DAY))) == (1, 0, 1, 0, 0, 0)
    assert case(city, "H-1")["title"] == "new"


def test_a_row_that_says_it_is_newer_counts_in_an_older_file(city: City, batches: Path) -> None:
    take(city, delivery(batches, [row(1, title="old", updated_at=DAY)], horizon=LATER))
    assert take(city, delivery(batches, [row(1, title="new", updated_at=LATER)], horizon=DAY)).updated == 1
    assert case(city, "H-1")["title"] == "new"


def test_a_file_never_overrides_a_newer_act_of_a_person(city: City, batches: Path) -> None:
    take(city, delivery(batches, [row(1, updated_at=DAY), row(2, updated_at=DAY)]))
    finished = {"outcome": "lamp replaced"}
    advance(city, "H-1", "finish", Actor("Wu", Role.DEPARTMENT), finished, happened_at=DAY + timedelta(hours=5))
    reopened = [
        row(1, title="still open", updated_at=DAY + timedelta(hours=3)),
        row(2, title="still open", updated_at=DAY + timedelta(hours=3)),
    ]
    assert counted(take(city, delivery(batches, reopened, horizon=LATER))) == (2, 0, 1, 1, 1, 1)
    assert (case(city, "H-1")["step"], case(city, "H-1")["title"]) == ("report_back", "lamp out")
    assert case(city, "H-2")["title"] == "still open"
    ((reason, kept),) = waiting(city)
    assert reason == "conflict"
    assert '"external_id":"1"' in kept
    again = take(city, delivery(batches, reopened, horizon=LATER))
    assert counted(again) == (2, 0, 2, 0, 0, 0)
    assert not again.recorded
    assert city.verify() == []


def test_a_file_that_is_newer_than_the_act_is_followed_and_keeps_what_people_did(city: City, batches: Path) -> None:
    take(city, delivery(batches, [row(1, updated_at=DAY)]))
    advance(city, "H-1", "finish", Actor("Wu", Role.DEPARTMENT), {"outcome": "done"}, happened_at=DAY + timedelta(hours=5))
    take(city, delivery(batches, [row(1, status="closed", closed_at=LATER, updated_at=LATER)], horizon=LATER))
    found = case(city, "H-1")
    assert (found["step"], found["version"], found["acted_at"]) == ("archived", 1, DAY + timedelta(hours=5))
    with city.read() as cursor:
        assert [act["move"] for act in cursor.rows("cases.acts", case_id="H-1")] == ["finish"]
    assert city.verify() == []


def test_a_file_without_times_of_change_never_overrides_an_act(city: City, batches: Path) -> None:
    take(city, delivery(batches, [row(1)]))
    advance(city, "H-1", "finish", Actor("Wu", Role.DEPARTMENT), {"outcome": "done"})
    assert take(city, delivery(batches, [row(1, title="other")], horizon=LATER)).conflicts == 1


def test_steps_that_a_file_knows(city: City, batches: Path) -> None:
    hours = [DAY + timedelta(hours=hours) for hours in range(4)]
    steps: Sequence[dict[str, Any]] = [
        {"step": "dispatch", "holder": "dispatcher", "from_at": hours[0], "to_at": hours[1]},
        {"step": "handle", "holder": "water", "from_at": hours[1], "to_at": hours[2]},
        {"step": "dispatch", "holder": "dispatcher", "from_at": hours[2], "to_at": hours[3]},
        {"step": "handle", "holder": "parks", "from_at": hours[3], "to_at": None},
    ]
    take(city, delivery(batches, [row(1, steps=steps)]))
    found = case(city, "H-1")
    assert (found["step"], found["holder"], found["step_at"], found["hops"]) == ("handle", "parks", hours[3], 1)
    with city.read() as cursor:
        assert [stay["holder"] for stay in cursor.rows("cases.stages", case_id="H-1")] == ["dispatcher", "water", "dispatcher"]
    take(
        city, delivery(batches, [row(1, steps=[*steps[:3], steps[3] | {"to_at": LATER}], status="closed", closed_at=LATER)], horizon=LATER)
    )
    with city.read() as cursor:
        assert len(cursor.rows("cases.stages", case_id="H-1")) == 4


def test_two_files_one_after_the_other_are_replayed_as_they_came(city: City, batches: Path) -> None:
    """Each file is staged for itself, although the record hands them on together."""
    for first in (1, 11, 21):
        take(city, delivery(batches, [row(number) for number in range(first, first + 10)]))
    with city.read() as cursor:
        before = cursor.frame("cases.export_open", **dict.fromkeys(
            ("kinds", "departments", "steps", "marks", "districts", "since", "until", "words", "judged_since", "closed_since"), None
        ), moment=LATER, size=100)  # fmt: skip
    city.rebuild()
    with city.read() as cursor:
        after = cursor.frame("cases.export_open", **dict.fromkeys(
            ("kinds", "departments", "steps", "marks", "districts", "since", "until", "words", "judged_since", "closed_since"), None
        ), moment=LATER, size=100)  # fmt: skip
    assert len(before) == 30
    assert after.equals(before)
    assert city.verify() == []


def test_only_some_may_load(city: City, batches: Path) -> None:
    given = delivery(batches, [row(1)])
    for actor in (OFFICER, Actor("Gu", Role.LEADER), replace(SOMEBODY, playback=True)):
        with pytest.raises(NotAllowed):
            take_delivery(city, given, actor)
    assert city.record_sequence == 0


@pytest.mark.parametrize(("harm", "key"), [(Path.unlink, "kept_file_gone"), (lambda file: file.write_bytes(b"PAR1"), "kept_file_changed")])
def test_a_file_that_is_not_what_was_delivered_is_refused(city: City, batches: Path, harm: Any, key: str) -> None:
    given = delivery(batches, [row(1)])
    harm(batches / f"{given.parquet}.parquet")
    with pytest.raises(Damaged, match=key):
        take(city, given)
    assert city.record_sequence == 0


@pytest.mark.parametrize(
    "change",
    [
        {"title": None, "description": "lamp out"},
        {"department": "water"},
        {"lon": 114.300002},
        {"lon": None, "lat": None, "location_quality": "none"},
        {"urgency": "urgent"},
        {"channel": "phone"},
        {"category_kind": "matter", "category_code": "06010"},
        {"steps": [{"step": "handle", "holder": "water", "from_at": DAY, "to_at": None}]},
    ],
    ids=str,
)
def test_whatever_a_case_shows_counts_as_a_change(city: City, batches: Path, change: dict[str, Any]) -> None:
    take(city, delivery(batches, [row(1)]))
    assert take(city, delivery(batches, [row(1, **change)], horizon=LATER)).updated == 1
    assert take(city, delivery(batches, [row(1, **change)], horizon=LATER)).updated == 0


# -- quarantine ---------------------------------------------------------------------------------


def test_rows_that_are_mended_leave_quarantine_and_are_counted_once(city: City, batches: Path) -> None:
    take(city, delivery(batches, [row(1)], rejected=['{"id": 2}', '{"id": 3}']))
    numbers = [entry["quarantine_id"] for entry in queries.quarantine(city)]
    tally = take(city, delivery(batches, [row(2)], mends=(numbers[0],)))
    assert counted(tally) == (1, 1, 0, 0, 0, 0)
    assert [entry["quarantine_id"] for entry in queries.quarantine(city)] == numbers[1:]
    found = source_row(city)
    assert (found["read"], found["taken"], found["quarantined"]) == (3, 2, 1)
    assert city.verify() == []


def test_a_row_that_is_rejected_again_waits_again(city: City, batches: Path) -> None:
    take(city, delivery(batches, [row(1)], rejected=['{"id": 2}']))
    (entry,) = queries.quarantine(city)
    take(city, delivery(batches, [], rejected=['{"id": 2}'], mends=(entry["quarantine_id"],)))
    (still,) = queries.quarantine(city)
    assert still["quarantine_id"] != entry["quarantine_id"]
    assert city.verify() == []


def test_rows_that_cannot_be_mended_are_dropped_and_stay_in_the_record(city: City, batches: Path) -> None:
    take(city, delivery(batches, [row(1)], rejected=['{"id": 2}', '{"id": 3}']))
    numbers = [entry["quarantine_id"] for entry in queries.quarantine(city)]
    settle(city, numbers[:1], OFFICER)
    assert not take(city, delivery(batches, [row(1)], rejected=['{"id": 2}', '{"id": 3}'])).recorded
    assert [entry["quarantine_id"] for entry in queries.quarantine(city)] == numbers[1:]
    with pytest.raises(Fault, match="quarantine_gone"):
        settle(city, numbers, OFFICER)
    assert len(queries.quarantine(city)) == 1
    assert city.verify() == []


# -- reports ------------------------------------------------------------------------------------


def test_a_report_makes_a_case(city: City) -> None:
    assert report(city, SOURCE, matter(1), SOMEBODY) == "H-1"
    found = case(city, "H-1")
    assert (found["step"], found["holder"], found["reported_at"], found["kind"]) == ("collect", "acceptance", DAY, "matter-06010")
    assert (found["location"], found["lon"], found["urgency"], found["version"]) == ("point", 114.31, "normal", 1)
    assert source_row(city)["taken"] == 1


def test_a_report_has_a_cell_once_the_city_is_known(city: City, batches: Path) -> None:
    report(city, SOURCE, matter(1), SOMEBODY)
    take(city, delivery(batches, [row(7)]), place=PLACE)
    report(city, SOURCE, matter(2), SOMEBODY)
    assert (case(city, "H-1")["cell_x"], case(city, "H-2")["cell_x"], case(city, "H-2")["cell_y"]) == (None, 3, -5)


def test_the_same_reported_twice_is_one_case(city: City) -> None:
    assert report(city, SOURCE, matter(1), SOMEBODY) == report(city, SOURCE, matter(1), SOMEBODY) == "H-1"
    assert city.record_sequence == 1


def test_another_matter_under_the_same_number_is_refused(city: City) -> None:
    report(city, SOURCE, matter(1), SOMEBODY)
    with pytest.raises(Stale, match="reported_before") as told:
        report(city, SOURCE, matter(1, description="something else"), SOMEBODY)
    assert told.value.values == {"case": "H-1"}
    with pytest.raises(Stale, match="reported_before"):
        report(city, SOURCE, matter(1), SOMEBODY, key="another key")
    assert city.record_sequence == 1


def test_what_a_file_has_brought_is_not_reported_again(city: City, batches: Path) -> None:
    take(city, delivery(batches, [row(1)]))
    with pytest.raises(Stale, match="reported_before"):
        report(city, SOURCE, matter(1), SOMEBODY)


def test_a_replayed_request_has_one_effect_and_the_first_answer(city: City) -> None:
    """The source gives numbers of its own: the second request would have got another."""
    assert report(city, SOURCE, matter(1), SOMEBODY, key="request") == "H-1"
    assert report(city, SOURCE, matter(2), SOMEBODY, key="request") == "H-1"
    assert city.record_sequence == 1


def test_a_file_that_knows_more_of_a_reported_matter(city: City, batches: Path) -> None:
    report(city, SOURCE, matter(1), SOMEBODY)
    assert take(city, delivery(batches, [row(1)])).conflicts == 1
    told = take(city, delivery(batches, [row(1, updated_at=LATER, title="told later")], horizon=LATER))
    assert (told.updated, case(city, "H-1")["title"]) == (1, "told later")
    assert city.verify() == []


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"reported_at": None}, "field_required"),
        ({"reported_at": datetime(2026, 5, 4)}, "field_required"),
        ({"reported_at": datetime(2026, 5, 4, tzinfo=UTC) + timedelta(days=400)}, "time_in_future"),
        ({"external_id": " "}, "field_required"),
        ({"due_at": datetime(2026, 5, 5)}, "field_required"),
        ({"lat": None}, "coordinates"),
        ({"lat": 91.0}, "coordinates"),
        ({"lon": float("nan")}, "coordinates"),
        ({"lon": float("inf")}, "coordinates"),
        ({"category_code": "99999"}, "category"),
        ({"description": "half a pair \ud83d"}, "field_characters"),
    ],
)
def test_what_cannot_be_is_refused(city: City, wrong: dict[str, Any], key: str) -> None:
    with clock.held(LATER), pytest.raises(Fault, match=key):
        report(city, SOURCE, matter(1, **wrong), SOMEBODY)
    assert city.record_sequence == 0


@pytest.mark.parametrize(
    ("place", "location"),
    [({"lon": None, "lat": None}, "none"), ({"lon": None, "lat": None, "district": "江岸区"}, "area"), ({}, "point")],
)
def test_how_well_a_report_is_placed(city: City, place: dict[str, Any], location: str) -> None:
    report(city, SOURCE, matter(1, **place), SOMEBODY)
    assert case(city, "H-1")["location"] == location


def test_odd_words_are_kept_as_they_are(city: City) -> None:
    words = '=HYPERLINK("x") <script>alert(1)</script> \'; DROP TABLE event; -- \x00 \u202e 路灯'
    report(city, SOURCE, matter("1'; --", description=words), SOMEBODY)
    assert case(city, "H-1'; --")["description"] == words
    city.rebuild()
    assert case(city, "H-1'; --")["description"] == words


# -- the simulated city -------------------------------------------------------------------------


def test_real_data_end_the_demo(city: City, batches: Path) -> None:
    simulated = replace(PLACE, simulated=True, town="wuhan")
    take(city, delivery(batches, [row(1), row(2)], source=SIMULATED, rejected=["{}"]), place=simulated)
    report(city, SIMULATED, matter(3), SOMEBODY)
    advance(city, "S-3", "accept", OFFICER)
    assert (queries.city(city) or {})["simulated"]
    take(city, delivery(batches, [row(1)]), place=PLACE)
    assert [event.kind for event in city.journal.page(0)][-3:] == ["demo.ended", "city.named", "batch.loaded"]
    assert not (queries.city(city) or {})["simulated"]
    with city.read() as cursor:
        assert [found["case_id"] for found in cursor.rows("incidents.numbers")] == ["H-1"]
        assert cursor.rows("cases.acts", case_id="S-3") == []
    assert [found["source"] for found in queries.sources(city)] == ["hotline"]
    assert waiting(city) == []
    assert city.verify() == []


def test_the_demo_is_ended_once(city: City, batches: Path) -> None:
    take(city, delivery(batches, [row(1)], source=SIMULATED), place=replace(PLACE, simulated=True))
    assert end_demo(city, SOMEBODY)
    assert not end_demo(city, SOMEBODY)
    assert queries.city(city) is None
    with pytest.raises(NotAllowed):
        end_demo(city, OFFICER)
    assert city.verify() == []
