"""Classes of risk and the record of forecasts: who may set what, what is in force when, what a rebuilt picture knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from city_brain import clock
from city_brain.cases.model import Look
from city_brain.errors import Fault, NotAllowed
from city_brain.incidents import queries as incidents
from city_brain.incidents.actions import take_delivery
from city_brain.risk import actions, queries
from city_brain.risk.model import CLASSES, USUAL, RiskClass, check, classed
from city_brain.roles import Actor, Role, operator
from city_brain.settings import Settings
from city_brain.start import open_city
from city_brain.storage.city import City
from tests.deliveries import PLACE, SIMULATED, delivery, row
from tests.foreseen import cell, made

NOW = datetime(2026, 5, 20, 6, tzinfo=UTC)
MANAGER = Actor("Sun Lei", Role.MANAGER)
LEASTS = {"yellow": 0.5, "orange": 2.0, "red": 6.0}


def forecast(day: date, expected: float = 4.0) -> actions.Issued:
    """A forecast of two cells and one kind."""
    return made(day, cell(1, -1, expected), cell(2, 3, 1.0))


def state(city: City) -> list[str]:
    """All the picture knows of risk."""
    look = Look(NOW + timedelta(days=30))
    issue = queries.issue(city, look)
    assert issue is not None
    return [
        str(told) for told in (issue, *(frame.to_dict("records") for frame in (queries.choices(city, issue["sequence"]),
        queries.chronic(city, issue["sequence"]), queries.foreseen(city, issue["sequence"], horizon_days=7))), queries.classes(city, look))
    ]  # fmt: skip


def test_classes_begin_at_their_thresholds_of_a_week() -> None:
    weekly = [0.0, 0.99, 1.0, 2.99, 3.0, 9.99, 10.0, 500.0]
    assert [CLASSES[place] for place in classed(weekly, 7, USUAL)] == [
        RiskClass.BLUE, RiskClass.BLUE, RiskClass.YELLOW, RiskClass.YELLOW, RiskClass.ORANGE, RiskClass.ORANGE, RiskClass.RED,
        RiskClass.RED,
    ]  # fmt: skip
    assert list(classed([10 / 7 - 1e-9, 10 / 7 + 1e-9], 1, USUAL)) == [2, 3]


@pytest.mark.parametrize(
    ("leasts", "why"),
    [
        ({"yellow": 1, "orange": 2}, "risk_classes"), (LEASTS | {"blue": 0.1}, "risk_classes"),
        (LEASTS | {"orange": 0.5}, "risk_thresholds"), (LEASTS | {"red": 1.0}, "risk_thresholds"),
        (LEASTS | {"yellow": 0.0}, "risk_thresholds"),
        (LEASTS | {"red": float("nan")}, "risk_thresholds"), (LEASTS | {"red": 5000.0}, "risk_thresholds"),
    ],
)  # fmt: skip
def test_thresholds_that_make_no_sense_are_refused(leasts: dict[str, float], why: str) -> None:
    with pytest.raises(Fault) as caught:
        check(leasts)
    assert caught.value.key == why


def test_a_manager_sets_the_classes_with_a_reason_and_they_hold_from_then_on(city: City) -> None:
    with clock.held(NOW):
        actions.set_classes(city, LEASTS, MANAGER, reason=" two crews more ")
    assert queries.classes(city, Look(NOW - timedelta(minutes=1))) == {str(name): least for name, least in USUAL.items()}
    assert queries.classes(city, Look(NOW)) == LEASTS
    assert queries.classes_set(city, Look(NOW - timedelta(minutes=1))).empty, "nobody knew it then"
    (said,) = queries.classes_set(city, Look(NOW)).to_dict("records")
    assert (said["set_by"], said["reason"], list(said["leasts"])) == (MANAGER.signature, "two crews more", [0.5, 2.0, 6.0])


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.MANAGER, Role.ADMINISTRATOR)])
def test_nobody_else_sets_them(city: City, role: Role) -> None:
    with pytest.raises(NotAllowed):
        actions.set_classes(city, LEASTS, Actor("x", role), reason="why not")


def test_not_without_a_reason_and_not_in_playback(city: City) -> None:
    with pytest.raises(Fault) as caught:
        actions.set_classes(city, LEASTS, MANAGER, reason="  ")
    assert caught.value.key == "risk_reason"
    with pytest.raises(Fault):
        actions.set_classes(city, LEASTS, Actor("Sun Lei", Role.MANAGER, playback=True), reason="why")
    assert queries.classes_set(city, Look(clock.now())).empty


def test_a_day_has_one_forecast_and_each_moment_the_one_that_was_known(city: City) -> None:
    with clock.held(NOW):
        first = actions.issue(city, forecast(date(2026, 5, 20)))
        assert actions.issue(city, forecast(date(2026, 5, 20), expected=9.0)) == first
    with clock.held(NOW + timedelta(days=1)):
        second = actions.issue(city, forecast(date(2026, 5, 21), expected=5.0))
    assert queries.issue(city, Look(NOW - timedelta(seconds=1))) is None
    for moment, sequence, expected in ((NOW, first, 4.0), (NOW + timedelta(days=2), second, 5.0)):
        found = queries.issue(city, Look(moment))
        assert found is not None and found["sequence"] == sequence and found["guards"] == {"found_by_patrol": 12}
        assert queries.foreseen(city, sequence, horizon_days=7)["expected"].max() == expected
        assert len(queries.chronic(city, sequence)) == 1, "its own chronic addresses"


def test_a_city_that_takes_the_place_of_the_demo_has_forecasts_of_its_own(city: City, settings: Settings) -> None:
    take_delivery(city, delivery(settings.batches, [row(1)], source=SIMULATED), operator("test"), place=replace(PLACE, simulated=True))
    city_of_demo = incidents.city(city)
    assert city_of_demo is not None and city_of_demo["simulated"]
    with clock.held(NOW):
        actions.issue(city, forecast(date(2026, 5, 20)))
        actions.note_look(city, date(2026, 5, 20), 2)
        actions.set_classes(city, LEASTS, MANAGER, reason="so")
    assert queries.looked(city, date(2026, 5, 20))
    other = replace(PLACE, name_zh="宜昌", name_en="Yichang")
    take_delivery(city, delivery(settings.batches, [row(2)]), operator("test"), place=other)
    assert queries.issue(city, Look(NOW + timedelta(days=1))) is None and not queries.looked(city, date(2026, 5, 20))
    assert queries.classes(city, Look(NOW)) == LEASTS, "what a manager has set stays"
    with clock.held(NOW):
        own = actions.issue(city, forecast(date(2026, 5, 20), expected=7.0))
    issue = queries.issue(city, Look(NOW))
    assert issue is not None and issue["sequence"] == own, "of the same day too"
    assert queries.foreseen(city, own, horizon_days=7)["expected"].max() == 7.0
    before = state(city)
    city.rebuild()
    assert state(city) == before


def test_a_cell_without_cases_lies_where_its_nearest_neighbour_does() -> None:
    areas = pd.DataFrame({"cell_x": [0, 10], "cell_y": [0, 0], "district": ["West", "East"], "street": ["A", None]})
    cells = pd.DataFrame({"cell_x": [3, 0, 10, 4, 5, 9], "cell_y": [0, 4, 0, 3, 0, 4], "expected": range(6)}, index=[7, 8, 9, 4, 5, 6])
    found = queries.placed(cells, areas)
    assert list(found["district"].fillna("")) == ["West", "West", "East", "", "", ""], "within a kilometre, not further"
    assert list(found["street"].fillna("")) == ["A", "A", "", "", "", ""] and list(found["expected"]) == list(range(6))
    assert queries.placed(cells, areas.iloc[:0])["district"].isna().all()


def test_a_rebuilt_picture_and_a_restart_know_the_same(settings: Settings) -> None:
    city = open_city(settings)
    with clock.held(NOW):
        actions.issue(city, forecast(date(2026, 5, 20)))
        actions.set_classes(city, LEASTS, MANAGER, reason="so")
    before = state(city)
    city.rebuild()
    assert state(city) == before
    assert list(city.verify()) == []
    city.close()
    again = open_city(settings)
    assert state(again) == before
    again.close()


def test_a_lost_file_of_a_forecast_is_named(city: City, settings: Settings) -> None:
    with clock.held(NOW):
        actions.issue(city, forecast(date(2026, 5, 20)))
    (file,) = settings.batches.glob("*.parquet")
    file.unlink()
    assert [finding.key for finding in city.verify()] == ["kept_file_gone"]


def test_a_forecast_that_left_the_picture_is_read_from_its_file(city: City) -> None:
    with clock.held(NOW):
        first = actions.issue(city, forecast(date(2026, 5, 20)))
    before = queries.foreseen(city, first, horizon_days=7)
    with clock.held(NOW + timedelta(days=20)):
        actions.issue(city, forecast(date(2026, 6, 9)))
    assert queries.every_foreseen(city, first, 7).empty, "not in the picture any more"
    pd.testing.assert_frame_equal(queries.foreseen(city, first, horizon_days=7), before, check_dtype=False)
