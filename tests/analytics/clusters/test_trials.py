"""Clusters that are put in: where they lie, that nothing of them stays, and how many are found."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from benchmarks.made_city import made
from city_brain.analytics.clusters.alarms import alarms, calibrations, watch
from city_brain.analytics.clusters.detectors import districts_of, rivals_of, scan_of, squares
from city_brain.analytics.clusters.field import Field, field_of, row_of, thinned
from city_brain.analytics.clusters.forecast import LongMemory
from city_brain.analytics.clusters.trials import Plan, Where, clusters, held_out, measure, put_in


@pytest.fixture(scope="module")
def counts() -> np.ndarray:
    """A year and a half of a city of 40 events a day, as dense as the ten years the figures in the document come from."""
    return made(550, np.random.default_rng(3))


def test_what_is_put_in_lies_where_it_should(counts: np.ndarray) -> None:
    since = 400
    past = counts[:since].any(axis=0)
    for plan in (Plan(10), Plan(7, days=2, box_cells=3.2, where=Where.EVENTS)):
        placed = list(clusters(counts, plan, since, 200, seed=4))
        assert len(placed) == 200
        for one in placed:
            assert len(one.days) == plan.extra
            assert since <= one.days.min() and np.ptp(one.days) < plan.days and one.days.max() < len(counts)
            for side in (one.rows, one.columns):
                assert np.ptp(side) <= np.ceil(plan.box_cells)
            around = past[max(0, one.rows.max() - 6) : one.rows.min() + 7, max(0, one.columns.max() - 6) : one.columns.min() + 7]
            assert around.any(), "the city has events there"
    assert np.mean([one.days - one.days.min() for one in clusters(counts, Plan(300), since, 50, 1)]) == pytest.approx(1, abs=0.05)


def test_busy_places_are_hit_more_often_where_events_are_asked_for(counts: np.ndarray) -> None:
    past = counts[:400].sum(axis=0)
    mean = {
        where: np.mean([past[one.rows, one.columns].mean() for one in clusters(counts, Plan(10, where=where), 400, 300, 1)])
        for where in Where
    }
    assert mean[Where.EVENTS] > 1.2 * mean[Where.CELLS]


def test_the_same_seed_gives_the_same_and_nothing_stays(counts: np.ndarray) -> None:
    before = counts.copy()
    first, again, other = (list(clusters(counts, Plan(6), 400, 20, seed)) for seed in (1, 1, 2))
    assert all((one.rows == two.rows).all() and (one.days == two.days).all() for one, two in zip(first, again, strict=True))
    assert any((one.rows != two.rows).any() for one, two in zip(first, other, strict=True))
    with put_in(counts, first[0]):
        assert counts.sum() == before.sum() + 6
    assert (counts == before).all()


def test_the_scan_finds_what_it_is_said_to_find(counts: np.ndarray) -> None:
    """The shares asked of it, at 12 alarms a year: at least 54, 79 and 97 % of clusters of 6, 8 and 10 events; three standard errors are
    allowed, and the forecast has months instead of years."""
    forecast = LongMemory(counts)
    since = held_out(forecast.first, len(counts))
    rivals = rivals_of(forecast, squares(counts.shape[1:]))
    plans, trials = [Plan(6), Plan(8), Plan(10), Plan(15)], 60
    told = measure(counts, [scan_of(counts, forecast, since)], plans, budget=12, trials=trials, seed=1, since=since)
    told += measure(counts, rivals, plans[2:3], budget=12, trials=trials, seed=1, since=since)
    shares = {one["method"]: [found["share"] for found in one["found"]] for one in told}
    least = [share - 3 * (share * (1 - share) / trials) ** 0.5 for share in (0.54, 0.79, 0.97, 1.0)]
    least[-1] = 0.97
    assert all(share >= bound for share, bound in zip(shares["scan"], least, strict=True)), shares
    assert shares.keys() == {"scan", "residuals", "ears_c1", "ears_c2", "ears_c3"}
    assert all(shares["scan"][2] > other[0] for name, other in shares.items() if name != "scan"), shares
    for found in told[0]["found"]:
        assert found["low"] <= found["share"] <= found["high"] and found["found"] == round(found["share"] * trials)


def test_measuring_twice_says_the_same_and_leaves_the_counts_alone() -> None:
    small = made(150, np.random.default_rng(5), shape=(30, 30), a_day=15.0)
    before = small.copy()
    forecast = LongMemory(small)
    since = held_out(forecast.first, len(small))
    first, again = (
        measure(small, [scan_of(small, forecast, since)], [Plan(8)], budget=12, trials=20, seed=9, since=since) for _ in range(2)
    )
    assert first == again
    assert (small == before).all()


def events_of(counts: np.ndarray, first: date) -> pd.DataFrame:
    place = np.argwhere(counts)
    place = np.repeat(place, counts[tuple(place.T)], axis=0)
    days = pd.Timestamp(first) + pd.to_timedelta(place[:, 0], unit="D")
    return pd.DataFrame({"day": days, "cell_y": place[:, 1] - 20, "cell_x": place[:, 2] + 5}, index=[f"E{n}" for n in range(len(place))])


def test_an_alarm_says_what_where_when_and_who() -> None:
    """Twelve events on three days in one square ring once, with those events in it."""
    counts = made(200, np.random.default_rng(8), shape=(40, 40), a_day=10.0)
    counts[190:193, 11:15, 21:24] += 1
    events = events_of(counts, date(2026, 1, 1))
    field = field_of(events, cell_m=250, spared=0)
    assert field.events == len(events) and field.days == 200
    forecast = LongMemory(field.counts)
    scan = scan_of(field.counts, forecast, held_out(forecast.first, field.days))
    watched = watch(scan, field.counts, scan.first, field.days)
    rang = alarms(field, watched, calibrations(watched, 150, 200, 12), kind_group="all", events=events)
    top = max(rang, key=lambda alarm: alarm.statistic)
    assert (
        top.from_day >= date(2026, 7, 8) and top.until_day <= date(2026, 7, 13) and top.raised_on in (date(2026, 7, 10), date(2026, 7, 11))
    )
    assert top.rank == 1 and top.statistic > top.threshold and top.observed == len(top.events) and top.ratio > 5
    assert top.counted <= top.observed
    assert (top.east_m - top.west_m, top.north_m - top.south_m) == (250 * top.edge,) * 2
    assert top.centre_east_m == pytest.approx((top.west_m + top.east_m) / 2)
    cells = top.cells()
    assert len(cells) == top.edge**2 and (22 + 5, 12 - 20) in cells
    mine = events.loc[list(top.events)]
    assert {(x, y) for x, y in zip(mine["cell_x"], mine["cell_y"], strict=True)} <= set(cells)
    assert mine["day"].between(pd.Timestamp(top.from_day), pd.Timestamp(top.until_day)).all()
    assert sum(alarm.raised_on > date(2026, 7, 8) and set(alarm.cells()) & set(cells) != set() for alarm in rang) == 1, "once"


def test_a_field_counts_every_event_and_leaves_far_points_out() -> None:
    frame = pd.DataFrame({"day": ["2026-01-01"] * 999 + ["2026-01-05"], "cell_x": [0] * 500 + [3] * 499 + [9000], "cell_y": 1})
    field = field_of(frame, cell_m=250, spared=0.002)
    assert field.counts.shape == (5, 1, 4) and (field.events, field.left_out) == (999, 1)
    assert (field.west, field.south, field.day(4)) == (0, 1, date(2026, 1, 5))
    assert row_of(field)["cells"] == 2
    with pytest.raises(ValueError, match="no events"):
        field_of(frame[:0], cell_m=250)


def test_thinning_keeps_about_what_is_asked_for(counts: np.ndarray) -> None:
    field = Field(counts, date(2026, 1, 1), 0, 0, 250)
    less = thinned(field, 10.0, np.random.default_rng(1))
    assert row_of(less)["per_day"] == pytest.approx(10, rel=0.05)
    assert (less.counts <= field.counts).all()
    assert thinned(field, 1e6, np.random.default_rng(1)).events == field.events


def test_cells_without_an_event_take_the_nearest_district() -> None:
    rows, columns, names = np.array([0, 0, 0, 4, 2]), np.array([0, 0, 0, 4, 2]), np.array([1, 1, 0, 0, -1])
    found = districts_of(rows, columns, names, (5, 5))
    assert found[0, 0] == 1 and found[4, 4] == 0 and found[1, 0] == 1 and found[4, 3] == 0
    assert (districts_of(rows, columns, np.full(5, -1), (20, 20)) == squares((20, 20))).all()
    assert len(np.unique(squares((20, 20)))) == 4
