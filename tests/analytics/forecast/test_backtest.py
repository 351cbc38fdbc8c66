"""The rolling back-test: its table, and that it never looks ahead."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from city_brain.analytics.forecast import guards, scores
from city_brain.analytics.forecast.backtest import COLUMNS, EACH, MODELS, Backtest, backtest
from city_brain.analytics.forecast.history import ALL, History, build
from tests.analytics.forecast.conftest import EDGE, KINDS, history_of

TRAIN, CUT, END = 18_055, 18_070, 18_090


@pytest.fixture(scope="module")
def found(events: dict[str, np.ndarray]) -> Backtest:
    return backtest(history_of(events, end=END, area_until=TRAIN), horizon=1, train_until=TRAIN, seed=0)


def test_the_table(found: Backtest) -> None:
    table = found.table
    assert list(table.columns) == list(COLUMNS)
    assert set(table["kind"]) == {*KINDS, ALL, EACH} and set(table["model"]) == set(MODELS) and set(table["metric"]) == set(scores.METRICS)
    assert len(table) == 5 * len(MODELS) * len(scores.METRICS) == len(table.drop_duplicates(["model", "kind", "metric"]))
    plain = table.query("model == 'all_history'")
    assert (plain[["baseline_difference", "difference_low", "difference_high"]].fillna(0) == 0).all(axis=None)
    sure = table.dropna(subset=["low", "high"]).query("kind == '' and metric != 'top_decile_ratio'")
    assert len(sure) and (sure["low"] <= sure["value"]).all() and (sure["value"] <= sure["high"]).all()
    assert list(found.days) == list(range(TRAIN, END))


def test_its_figures_are_those_of_the_map(events: dict[str, np.ndarray], found: Backtest) -> None:
    """The plain count, done again by hand for all days of the hold-out."""
    history = history_of(events, end=END, area_until=TRAIN)
    hits = sum(
        scores.hits(history.counts(history.first, day)[:, -1], history.counts(day, day + 1)[:, -1], 0.05) for day in range(TRAIN, END)
    )
    seen = (history.day >= TRAIN).sum()
    row = found.table.query("model == 'all_history' and kind == '' and metric == 'hit_rate_5'").iloc[0]
    assert row["value"] == pytest.approx(hits / seen) and row["n_events"] == seen and row["n_cells"] == len(history.cells)


def test_each_is_the_sum_of_the_kinds(found: Backtest) -> None:
    whole = found.tallies.sum(axis=0)
    assert whole[:, -1] == pytest.approx(whole[:, : len(KINDS)].sum(axis=1))
    events = found.table.query("model == 'served' and metric == 'hit_rate_1'").set_index("kind")["n_events"]
    assert events[EACH] == events[ALL] == events[list(KINDS)].sum()


def test_reliability_adds_up(found: Backtest) -> None:
    sums = found.reliability.groupby(["model", "kind"])[["predicted", "observed"]].sum().loc["served"]
    assert sums.loc[ALL, "observed"] == pytest.approx(found.tallies.sum(axis=0)[3, len(KINDS), scores.SUMS.index("located")])
    assert sums.loc[ALL, "predicted"] == pytest.approx(sums.loc[ALL, "observed"], rel=0.1)


def test_better_than_an_even_map(found: Backtest) -> None:
    gains = found.table.query("metric == 'information_gain' and model == 'served'").set_index("kind")
    assert (gains["low"] > 0).all()
    assert (gains["difference_high"] > -0.01).all(), "and not worse than the count on any kind"


def screened(events: dict[str, np.ndarray], end: int) -> History:
    """All the way from points: guards, area, history."""
    seen = guards.screen(events["x_m"], events["y_m"], events["day"], events["kind"], known_until=TRAIN)
    kept = {name: values[seen.kept] for name, values in events.items()}
    return build(**kept, edge_m=EDGE, end=end, kinds=KINDS, area_until=TRAIN, weight=seen.weight[seen.kept])


def test_issues_before_a_day_do_not_know_what_comes_after_it(events: dict[str, np.ndarray]) -> None:
    """The events from `CUT` on are shuffled over places and kinds, many land on one new spot: issues and choices before it stay."""
    rng = np.random.default_rng(3)
    other = {name: values.copy() for name, values in events.items()}
    later = np.flatnonzero(other["day"] >= CUT)
    other["kind"][later] = rng.permutation(other["kind"][later])
    other["x_m"][later] = rng.permutation(other["x_m"][later])
    other["x_m"][later[:200]], other["y_m"][later[:200]] = 9_000.0, 9_000.0
    mine, theirs = (backtest(screened(one, CUT + 7), horizon=1, train_until=TRAIN, seed=0, refit_days=7) for one in (events, other))
    before = np.array(mine.days) < CUT
    assert np.array_equal(mine.tallies[before], theirs.tallies[before])
    assert not np.allclose(mine.tallies[~before], theirs.tallies[~before]), "what came after is another city"
    chosen, elsewhere = (one.choice.query(f"issued_from <= {CUT}").reset_index(drop=True) for one in (mine, theirs))
    assert chosen["issued_from"].nunique() == 3
    pd.testing.assert_frame_equal(chosen, elsewhere)


def test_weeks(events: dict[str, np.ndarray]) -> None:
    told: list[tuple[str, int, int | None]] = []
    found = backtest(
        history_of(events, end=END, area_until=TRAIN), horizon=7, train_until=TRAIN, on_progress=lambda *step: told.append(step)
    )
    assert list(found.days) == [TRAIN + 7 * week for week in range(5)] and told == [("backtest", week, 5) for week in range(5)]
    assert (found.table["horizon_days"] == 7).all()


def test_nothing_held_out(history: History) -> None:
    found = backtest(history, horizon=7, train_until=history.end - 3)
    assert found.table.empty and list(found.table.columns) == list(COLUMNS) and found.days == ()


def test_a_handful_of_events_has_no_interval(events: dict[str, np.ndarray]) -> None:
    rare = events["kind"].copy()
    rare[np.flatnonzero((rare == KINDS[2]) & (events["day"] >= TRAIN))[5:]] = KINDS[0]
    table = backtest(history_of(events | {"kind": rare}, end=END, area_until=TRAIN), horizon=7, train_until=TRAIN).table
    few = table.query(f"kind == '{KINDS[2]}'")
    assert (few["n_events"] == 5).all() and few[["low", "high", "difference_low", "difference_high"]].isna().all(axis=None)
    assert few["value"].notna().any() and table.query("kind == ''")["low"].notna().any()


def test_one_issue_has_no_interval(history: History) -> None:
    found = backtest(history, horizon=7, train_until=history.end - 7)
    assert len(found.days) == 1 and found.table["low"].isna().all() and found.table["value"].notna().any()
