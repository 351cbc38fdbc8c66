"""Casework in plain values: moves of people who were late, texts that are none, days that are none."""

from __future__ import annotations

from typing import Any

import pytest

from city_brain import casework, clock, commands
from city_brain.errors import Fault
from city_brain.incidents.actions import report
from city_brain.incidents.model import MOST_CHARACTERS
from city_brain.record.events import Draft
from city_brain.roles import Actor, Role, operator
from city_brain.settings import Settings
from city_brain.start import Home
from city_brain.storage.city import Act, City
from city_brain.supervision import queries as supervision
from city_brain.supervision.measures import MEASURE
from city_brain.text import LANGUAGES, Text
from tests.deliveries import OFFICER, SOURCE, matter


@pytest.fixture
def case(city: City) -> str:
    return report(city, SOURCE, matter(1), operator("test"))


def refused(city: City, *given: Any, **more: Any) -> Fault:
    with pytest.raises(Fault) as told:
        casework.move(city, *given, **more)
    for language in LANGUAGES:
        assert "[" not in Text(language).fault(told.value)
    return told.value


def test_whoever_comes_late_is_told_who_did_what_when(city: City, case: str) -> None:
    casework.move(city, case, "accept", OFFICER, {})
    told = refused(city, case, "accept", OFFICER, {})
    assert (told.key, told.values["actor"], told.values["last"]) == ("illegal_move_after", OFFICER.signature, "accept")
    assert told.values["at"] and "file" in str(told.values["possible"])
    assert "Accept" in Text("en").fault(told)


def test_a_move_may_say_what_its_actor_saw(city: City, case: str) -> None:
    seen = casework.case(city, case)["sequence"]
    casework.move(city, case, "supervise", Actor("Sun", Role.MANAGER), {"reason": "look"}, seen)
    assert refused(city, case, "accept", OFFICER, {}, seen).key == "case_moved"
    casework.move(city, case, "accept", OFFICER, {}, casework.case(city, case)["sequence"])


def test_the_command_passes_on_what_was_seen(settings: Settings) -> None:
    home = Home(settings)
    try:
        number = report(home.open("test"), SOURCE, matter(1), operator("test"))
        given = {"case": number, "move": "accept", "role": "watch_officer", "seen": 0}
        answer = commands.run(home, "move", given, operator("test"), lambda *_: None)
        assert answer["refused"] in ("case_moved", "case_changed")
        assert commands.run(home, "move", given | {"seen": None}, operator("test"), lambda *_: None)["step"] == "file"
    finally:
        home.close()


@pytest.mark.parametrize(
    ("reason", "key"),
    [("x" * (MOST_CHARACTERS + 1), "field_long"), ("\udcff", "field_characters")],
    ids=["long", "bytes"],
)
def test_a_reason_is_a_text_of_a_bearable_length(city: City, case: str, reason: str, key: str) -> None:
    assert refused(city, case, "reject", OFFICER, {"reason": reason}).key == key
    assert casework.case(city, case)["step"] == "collect"


@pytest.mark.parametrize("day", ["2026-11-20xyz", "2026-13-01", "x", "0001-01-01", "9999-12-31", ""])
def test_a_day_is_a_day(city: City, day: str) -> None:
    if day:
        with pytest.raises(Fault, match="date_unreadable"):
            casework.indicators(city, day, None, None)
        with pytest.raises(Fault, match="date_unreadable"):
            casework.indicators(city, None, day, None)
    assert casework.indicators(city, "2026-05-01", "2026-05-02", None)["from"] == "2026-05-01"


def test_what_nothing_recorded_can_tell_is_said_to_be_unknown(city: City) -> None:
    """响应率 is not 回访接通率, and is never given out as it."""
    told = casework.indicators(city, None, None, None)
    named = {row["measure"] for row in told["indicators"]}
    assert told["untold"] == ["response"] and "response" not in named and "reached" in named
    assert MEASURE["reached"].basis == "own"


def test_weights_of_before_keep_what_they_weighed(city: City) -> None:
    draft = Draft("score", "score.weighted", clock.now(), {"weights": {"response": 40.0, "rework": 60.0}})
    city.record(Act("manager:Sun", lambda cursor: [draft]))
    assert supervision.weights(city) == {"reached": 40.0, "rework": 60.0}
