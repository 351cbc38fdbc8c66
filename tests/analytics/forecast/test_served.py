"""What is served and issued: chosen on the past alone, told with its parts, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from city_brain.analytics.forecast import boosting, mixture, plain, scores, served
from city_brain.analytics.forecast.components import PARTS
from city_brain.analytics.forecast.guards import Guard
from city_brain.analytics.forecast.history import ALL, History, build
from city_brain.analytics.forecast.issue import EPSILON, Issue, issue
from tests.analytics.forecast.conftest import EDGE, KINDS, history_of, small_city

CUT = 18_060
"""A day in the record: what comes from it on must not matter before."""


@pytest.fixture(scope="module")
def issued(history: History) -> Issue:
    return issue(history, seed=1)


def test_what_comes_later_changes_nothing(events: dict[str, np.ndarray]) -> None:
    """From the day of issue on every event moves to another place, day and kind, and a thousand more come."""
    rng = np.random.default_rng(9)
    later = events["day"] >= CUT
    other = {name: values.copy() for name, values in events.items()}
    other["x_m"][later] = rng.permutation(other["x_m"][later])
    other["kind"][later] = KINDS[0]
    other["day"][later] = CUT
    flood = {
        "x_m": np.full(1_000, 130.0),
        "y_m": np.full(1_000, 130.0),
        "day": np.full(1_000, CUT),
        "kind": np.full(1_000, KINDS[1], object),
    }
    other = {name: np.concatenate([values, flood[name]]) for name, values in other.items()}
    mine, theirs = (history_of(one, end=18_090, area_until=CUT).until(CUT) for one in (events, other))
    ours, others = served.fit(mine, 1, seed=2), served.fit(theirs, 1, seed=2)
    pd.testing.assert_frame_equal(ours.record, others.record)
    assert np.array_equal(ours.weights, others.weights)
    for name in ("shares", "power"):
        assert np.array_equal(getattr(ours.models[1], name), getattr(others.models[1], name))
    for one, two in zip((*ours.models, ours), (*others.models, others), strict=True):
        assert np.array_equal(one.expected(mine), two.expected(theirs)), one.name


def test_trees_correct_what_the_mixture_cannot_say(history: History) -> None:
    base = mixture.fit(history, 1)
    grown = boosting.fit(history, 1, seed=0, mixture=base)
    assert grown.trees is not None, "1,700 events are enough to grow them"
    before, after = base.expected(history), grown.expected(history)
    assert after.sum(axis=0) == pytest.approx(before.sum(axis=0)), "how many stays"
    assert not np.allclose(before, after) and (after > 0).all()
    few = history.until(history.first + 20)
    assert boosting.fit(few, 1, seed=0).trees is None


def test_the_blend_lies_between_its_maps_and_is_then_bent(history: History) -> None:
    fitted = served.fit(history, 1, seed=0)
    assert fitted.weights.sum(axis=0) == pytest.approx(np.ones(len(history.series))) and (fitted.weights >= 0).all()
    of, _ = served.figures(fitted.models, history)
    shares, mean = np.stack([one / one.sum(axis=0) for one in of]), served.mean_share(of, fitted.weights)
    assert (mean <= shares.max(axis=0) + 1e-12).all() and (mean >= shares.min(axis=0) - 1e-12).all()
    figure = fitted.expected(history)
    assert figure.sum(axis=0) == pytest.approx(of[1].sum(axis=0)), "the level is the mixture's"
    raised = mean**fitted.power
    assert figure / figure.sum(axis=0) == pytest.approx(raised / raised.sum(axis=0))


def moving(days: int = 120) -> History:
    """A busy corner that moves every ten days: memory of long ago misleads."""
    rng = np.random.default_rng(4)
    squares = np.column_stack(np.divmod(np.arange(64), 8))
    cells = np.concatenate(
        [rng.choice(64, 20, p=np.where(np.arange(64) == (day // 10 * 23) % 64, 1.0, 0.01) / 1.63) for day in range(days)]
    )
    column, row = np.divmod(cells, 8)
    day = np.repeat(np.arange(days), 20)
    return build(column * EDGE, row * EDGE, day, np.full(len(day), "a", object), edge_m=EDGE, end=days, cells=squares)


def test_where_places_change_the_plain_count_does_not_serve() -> None:
    history = moving()
    fitted = served.fit(history, 1, seed=0)
    row = fitted.record.set_index("kind").loc["a"]
    assert row["gain"] > 0.5 and row["gain_low"] > 0 and row["weight_all_history"] < 0.2
    assert row["hit_rate_5"] > row["baseline_hit_rate_5"]


def test_where_there_is_too_little_the_plain_count_serves() -> None:
    history = history_of(small_city(days=8, rate=2.0))
    fitted = served.fit(history, 7, seed=0)
    assert set(fitted.record["model"]) == {"all_history"}
    shares = fitted.expected(history) / fitted.expected(history).sum(axis=0)
    counted = plain.fit(history, 7).expected(history)
    assert shares == pytest.approx(counted / counted.sum(axis=0))


def test_a_rare_kind_goes_by_what_all_kinds_tell() -> None:
    busy = moving()
    rare = np.arange(0, 120, 9)
    column, row = busy.cells[busy.cell].T
    squares, kind = np.concatenate([column, column[rare]]), np.array(["a"] * len(column) + ["b"] * len(rare), object)
    rows, days = np.concatenate([row, row[rare]]), np.concatenate([busy.day, rare])
    history = build(squares * EDGE, rows * EDGE, days, kind, edge_m=EDGE, end=120, cells=busy.cells)
    record = served.fit(history, 1, seed=0).record.set_index("kind")
    assert record.loc["b", "events"] < served.LEAST_EVENTS
    assert record.loc["b", "weight_all_history"] == pytest.approx(0.5 + record.loc["a", "weight_all_history"] / 2, abs=0.05)


def test_an_issue_adds_up(history: History, issued: Issue) -> None:
    cells, choice = issued.cells, issued.choice
    assert list(cells.columns) == ["horizon_days", "kind", "cell_x", "cell_y", "expected", *PARTS, "calendar", "model"]
    assert (issued.issued_for, issued.guards) == (history.end, {})
    assert cells[list(PARTS)].sum(axis=1).to_numpy() == pytest.approx(cells["expected"].to_numpy())
    assert set(choice["kind"]) == {*KINDS, ALL} and choice.groupby("kind")["horizon_days"].apply(list).tolist() == [[1, 7]] * 4
    listed = cells.groupby(["horizon_days", "kind"])["expected"].sum()
    whole = choice.set_index(["horizon_days", "kind"])
    assert (listed + whole["rest_expected"]).to_numpy() == pytest.approx(whole["expected"].loc[listed.index].to_numpy())
    assert (cells["expected"] >= EPSILON).all() and not cells.duplicated(["horizon_days", "kind", "cell_x", "cell_y"]).any()
    for _, one in cells.groupby(["horizon_days", "kind"]):
        assert one["expected"].is_monotonic_decreasing
    assert {f"baseline_{name}" for name in scores.METRICS} | set(scores.METRICS) <= set(choice.columns)


def test_a_week_is_about_seven_days(issued: Issue) -> None:
    expected = issued.choice.set_index(["horizon_days", "kind"])["expected"]
    assert expected.loc[7, ALL] == pytest.approx(7 * 30, rel=0.1) and expected.loc[1, ALL] == pytest.approx(30, rel=0.2)


def test_seeds(history: History, issued: Issue) -> None:
    again = issue(history, seed=1)
    pd.testing.assert_frame_equal(again.cells, issued.cells)
    pd.testing.assert_frame_equal(again.choice, issued.choice)
    assert not issue(history, horizons=(1,), seed=2).cells["expected"].equals(issued.cells.query("horizon_days == 1")["expected"])


def test_progress_is_told(history: History) -> None:
    told: list[tuple[str, int, int | None]] = []
    issue(history.until(history.first + 30), seed=0, on_progress=lambda *step: told.append(step))
    assert told == [("forecast", 0, 2), ("forecast", 1, 2)]


def test_a_short_window_says_so(history: History) -> None:
    assert issue(history.until(history.first + 30), horizons=(7,), seed=0).guards == {Guard.SHORT_WINDOW: 30}


@pytest.mark.parametrize("kinds", [(), ("a",)])
def test_no_events(kinds: tuple[str, ...]) -> None:
    found = issue(build([], [], [], [], edge_m=250, end=18_000, kinds=kinds), seed=0)
    assert found.cells.empty and len(found.choice) == 2 * (len(kinds) + 1) and (found.choice["expected"] == 0).all()


def test_one_event() -> None:
    found = issue(build([1.0], [1.0], [17_990], ["a"], edge_m=250, end=18_000), horizons=(1,), seed=0)
    assert len(found.choice) == 2 and np.isfinite(found.cells["expected"]).all()
    assert (found.choice["expected"] > 0).all()


def test_one_cell() -> None:
    days = np.repeat(np.arange(60), 4)
    history = build(np.ones(240), np.ones(240), days, ["a"] * 240, edge_m=250, end=60, cells=[[0, 0]])
    found = issue(history, horizons=(1, 7), seed=0)
    assert found.cells.query("kind == 'a'")["expected"].to_numpy() == pytest.approx([4, 28], rel=0.1)
    assert (found.choice["gain"].abs() < 1e-9).all(), "there is but one place"
