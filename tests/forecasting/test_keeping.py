"""The forecast of the day: made once, in a process of its own, from nothing of that day or later; counted when its days are over."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from city_brain import clock
from city_brain.analytics.forecast import VERSION, scores
from city_brain.analytics.forecast.components import PARTS
from city_brain.cases.model import Look
from city_brain.forecasting import desk, keeping
from city_brain.forecasting.keeping import PAUSE, Forecaster
from city_brain.forecasting.scoring import tallies
from city_brain.geo.grid import CELL_M, Grid
from city_brain.incidents import queries as incidents
from city_brain.incidents.actions import report, take_delivery
from city_brain.risk import queries
from city_brain.risk.actions import issue
from city_brain.risk.queries import ALL
from city_brain.roles import operator
from city_brain.settings import Settings
from city_brain.storage.city import City
from tests.deliveries import PLACE, SOURCE, delivery, matter, row
from tests.forecasting.conftest import AHEAD, day_of, earlier, issued
from tests.foreseen import cell, made

PATIENCE_S = 120.0


def settled(forecaster: Forecaster, city: City) -> None:
    """Wait for the process, as the clock does."""
    until = time.monotonic() + PATIENCE_S
    while forecaster.busy:
        assert time.monotonic() < until
        time.sleep(0.2)
        forecaster.look(city, clock.now())


def adds_up(lively: City, issue: dict[str, Any]) -> None:
    """Cells, parts and rests of an issue sum to what it says of the whole."""
    choices = queries.choices(lively, issue["sequence"])
    assert set(choices["horizon_days"]) == {1, 7} and ALL in set(choices["kind"])
    for choice in choices.to_dict("records"):
        cells = queries.foreseen(lively, issue["sequence"], horizon_days=choice["horizon_days"], kind=choice["kind"])
        assert cells["expected"].sum() + choice["rest_expected"] == pytest.approx(choice["expected"])
        assert np.allclose(cells[list(PARTS)].sum(axis=1), cells["expected"])
        assert len(cells) + choice["rest_cells"] == issue["cells"]
        assert sum(choice[f"weight_{name}"] for name in ("all_history", "mixture", "boosting")) == pytest.approx(1)


def test_a_process_of_its_own_makes_the_forecast_of_the_day_once(lively: City) -> None:
    forecaster, started = Forecaster(0), clock.now()
    forecaster.look(lively, started)
    assert forecaster.busy
    settled(forecaster, lively)
    issue = queries.issue(lively, Look(clock.now()))
    assert issue is not None
    assert issue["from_day"] == day_of(lively, clock.now()) and issue["version"] == VERSION and issue["events"] > 1000
    adds_up(lively, issue)
    forecaster.look(lively, clock.now() + 2 * PAUSE)
    assert not forecaster.busy, "the forecast of this day is there"
    forecaster.look(lively, clock.now() + timedelta(days=1, minutes=1))
    assert forecaster.busy, "another day, another forecast"
    forecaster.stop()
    assert not forecaster.busy


def test_outbreaks_are_looked_for_once_however_often_the_console_starts(lively: City) -> None:
    day = day_of(lively, clock.now())
    issue(lively, made(day, cell(1, 1, 4.0)))
    idle = Forecaster(0)
    idle.look(lively, clock.now())
    assert not idle.busy, "no budget, no look"
    first = Forecaster(12)
    first.look(lively, clock.now())
    assert first.busy, "the forecast is there, and nobody has looked yet"
    first.stop()
    second = Forecaster(12)
    second.look(lively, clock.now())
    assert second.busy, "the console was closed before it had been done"
    settled(second, lively)
    assert queries.looked(lively, day)
    third = Forecaster(12)
    third.look(lively, clock.now() + PAUSE)
    assert not third.busy


def test_what_was_forecast_of_a_city_that_has_left_is_not_recorded(lively: City, tmp_path: Path) -> None:
    forecaster = Forecaster(0)
    forecaster.look(lively, clock.now())
    assert forecaster.busy
    take_delivery(lively, delivery(tmp_path / "lively" / "batches", [row(1)]), operator("test"), place=PLACE)
    settled(forecaster, lively)
    assert queries.issue(lively, Look(clock.now())) is None


def test_a_process_that_dies_leaves_no_forecast_and_is_begun_again_later(lively: City, caplog: pytest.LogCaptureFixture) -> None:
    forecaster, now = Forecaster(0), clock.now()
    forecaster.look(lively, now)
    assert forecaster._running is not None
    forecaster._running.process.kill()
    forecaster._running.process.wait()
    forecaster.look(lively, now)
    assert not forecaster.busy and queries.issue(lively, Look(clock.now())) is None
    assert "failed" in caplog.text
    forecaster.look(lively, now + timedelta(seconds=30))
    assert not forecaster.busy, "not at once"
    forecaster.look(lively, now + PAUSE)
    assert forecaster.busy
    forecaster.stop()


def test_nothing_is_forecast_from_too_little(city: City, settings: Settings) -> None:
    assert keeping.due(city, clock.now()) is None
    take_delivery(city, delivery(settings.batches, [row(number) for number in range(1, 20)]), operator("test"), place=PLACE)
    assert keeping.due(city, clock.now()) is None


def test_a_record_that_ended_long_ago_is_forecast_from_its_end_on(lively: City) -> None:
    later, named = clock.now() + timedelta(days=60), incidents.city(lively)
    assert named is not None
    last = queries.span(lively, later.date(), named["timezone"])["last"]
    assert keeping.due(lively, later) == last + timedelta(days=1)


def test_a_forecast_knows_nothing_of_its_day_or_later(lively: City, tmp_path: Path) -> None:
    day = day_of(lively, earlier())
    for name in ("before", "after"):
        (tmp_path / name).mkdir()
    keeping.request(lively, day, tmp_path / "before")
    events, asked = desk.asked(tmp_path / "before")
    assert len(events) and events["day"].max() == asked.end - 1 == (day - day.fromordinal(719163)).days - 1
    at = datetime.combine(day, datetime.min.time(), ZoneInfo("Asia/Shanghai")) + timedelta(hours=9)
    with clock.held(at):
        for number in range(50):
            report(lively, SOURCE, matter(number, reported_at=at), operator("test"))
    keeping.request(lively, day, tmp_path / "after")
    known, _ = desk.asked(tmp_path / "after")
    pd.testing.assert_frame_equal(events, known)


def test_cells_of_forecasts_are_the_cells_of_cases(lively: City, tmp_path: Path) -> None:
    named, day = incidents.city(lively), day_of(lively, earlier())
    assert named is not None
    keeping.request(lively, day, tmp_path)
    events, asked = desk.asked(tmp_path)
    x, y = Grid(asked.lon, asked.lat).metres(events["lon"], events["lat"])
    since = datetime(2000, 1, 1, tzinfo=ZoneInfo(named["timezone"]))
    came = queries.came(lively, since, datetime.combine(day, datetime.min.time(), ZoneInfo(named["timezone"])))
    mine = pd.DataFrame({"cell_x": np.floor(x / CELL_M).astype(int), "cell_y": np.floor(y / CELL_M).astype(int)}).value_counts()
    assert came.groupby(["cell_x", "cell_y"])["events"].sum().to_dict() == mine.to_dict()


# -- what became of it ---------------------------------------------------------------------------


def test_what_became_of_a_forecast_is_counted_once_and_right(lively: City, tmp_path: Path) -> None:
    day = issued(lively, tmp_path / "made", earlier())
    assert queries.record(lively, Look(clock.now()), horizon_days=7).empty
    of_a_day = queries.due(lively, day + timedelta(days=2))
    assert set(of_a_day["horizon_days"]) == {1} and keeping.count(lively, earlier() + timedelta(days=5)) == len(of_a_day)
    counted = keeping.count(lively, clock.now())
    assert counted and keeping.count(lively, clock.now()) == 0
    found = queries.record(lively, Look(clock.now()), horizon_days=7).set_index(["kind", "metric"])
    issue = queries.issue(lively, Look(clock.now()))
    assert issue is not None
    zone = ZoneInfo("Asia/Shanghai")
    since = datetime.combine(day, datetime.min.time(), zone)
    came = queries.came(lively, since, since + timedelta(days=7)).groupby(["cell_x", "cell_y"])["events"].sum()
    cells = queries.foreseen(lively, issue["sequence"], horizon_days=7)
    best = list(zip(cells["cell_x"], cells["cell_y"], strict=True))[: int(0.01 * issue["cells"])]
    whole = sum(int(came.get(cell, 0)) for cell in best) / came.sum()
    told = found.loc[(ALL, "hit_rate_1")]
    assert told["events"] == came.sum() and told["issues"] == 1
    assert told["value"] == pytest.approx(whole, abs=0.01), "the last cell counts in part"
    assert timedelta(days=7) < AHEAD


def test_a_source_that_comes_late_is_waited_for(lively: City, tmp_path: Path) -> None:
    """Ten days without a report are no ten days without cases: they are counted once something of a later day is there."""
    day = day_of(lively, clock.now())
    with clock.held(clock.now()):
        issue(lively, made(day, cell(1, 1, 4.0, days=1), cell(1, 1, 9.0)))
    later = clock.now() + timedelta(days=10)
    assert keeping.count(lively, later) == 0
    with clock.held(later):
        report(lively, SOURCE, matter("late", reported_at=later), operator("test"))
    assert keeping.count(lively, later) == 2


def test_the_sums_of_a_made_up_issue_by_hand() -> None:
    foreseen = pd.DataFrame({
        "kind": [ALL] * 4, "cell_x": [0, 1, 2, 3], "cell_y": [0] * 4, "expected": [4.0, 2.0, 1.0, 1.0], "all_history": [1.0, 1.0, 1.0, 5.0],
    })  # fmt: skip
    came = pd.DataFrame({"kind": ["a", "b", "a", "a"], "cell_x": [0, 0, 3, 9], "cell_y": [0] * 4, "events": [3, 1, 2, 2]})
    choices = pd.DataFrame({"kind": [ALL], "rest_expected": [0.0], "rest_all_history": [0.0], "rest_cells": [0]})
    (told,) = tallies(foreseen, came, choices, from_day=datetime(2026, 5, 1).date(), horizon_days=7)
    sums, plain = dict(zip(scores.SUMS, told["sums"], strict=True)), dict(zip(scores.SUMS, told["plain_sums"], strict=True))
    assert (sums["events"], sums["located"], sums["cell_periods"]) == (8, 6, 4)
    assert sums["hits_10"] == pytest.approx(0.4 * 4), "a tenth of four cells is four tenths of the best"
    assert plain["hits_10"] == pytest.approx(0.4 * 2)
    assert sums["gain"] == pytest.approx(4 * np.log(4 / 8 * 4) + 2 * np.log(1 / 8 * 4))
    assert told["predicted"] == pytest.approx([0.8] * 10)
    assert told["observed"] == pytest.approx([0.8] * 5 + [0.0] * 2 + [0.4] + [0.8] * 2), "two cells of one figure share what came in them"


def test_events_in_cells_that_are_not_listed_lie_in_the_rest_as_far_as_there_is_one() -> None:
    foreseen = pd.DataFrame({"kind": ["a"], "cell_x": [0], "cell_y": [0], "expected": [1.0], "all_history": [1.0]})
    came = pd.DataFrame({"kind": ["a", "a", ""], "cell_x": [5, 6, 0], "cell_y": [0, 0, 0], "events": [3, 1, 7]})
    choices = pd.DataFrame({"kind": ["a"], "rest_expected": [0.1], "rest_all_history": [0.1], "rest_cells": [1]})
    (told,) = tallies(foreseen, came, choices, from_day=datetime(2026, 5, 1).date(), horizon_days=1)
    sums = dict(zip(scores.SUMS, told["sums"], strict=True))
    assert (sums["events"], sums["located"], sums["cell_periods"]) == (4, 3, 2), "one of four is outside; another kind is not counted"
