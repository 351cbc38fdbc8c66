"""The rolling back-test: issue day by day (or week by week) with what was known then, and count afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from city_brain.analytics.forecast import scores, served
from city_brain.analytics.forecast.history import History

Floats = npt.NDArray[np.float64]
Progress = Callable[[str, int, int | None], None]

REFIT_DAYS = 28
"""All models are fitted anew when so many days have passed; in between they are fed with what came."""
MODELS = (*served.NAMES, "served")
EACH = "*"
"""The series that adds up the kinds, each on its own map (`history.ALL` is all of them on one map)."""
COLUMNS = (
    "model", "kind", "horizon_days", "metric", "value", "low", "high", "baseline_difference", "difference_low", "difference_high",
    "n_events", "n_cells",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a back-test found."""

    table: pd.DataFrame
    """`COLUMNS`, a row per model, kind and metric. low and high: 95 %, weeks drawn again. The difference is to `all_history`, paired."""
    reliability: pd.DataFrame
    """model, kind, part (1 the busiest tenth of the predicted mass, to 10), predicted, observed."""
    choice: pd.DataFrame
    """`Served.record` of each fit, with the day it was fitted: issued_from."""
    days: tuple[int, ...]
    """First day of each issue."""
    tallies: Floats
    """(issues, models, series and `EACH`, `scores.SUMS`): everything the table is made of."""


def silent(stage: str, done: int, total: int | None) -> None:
    """Tell nobody."""


def backtest(
    history: History, *, horizon: int, train_until: int, seed: int = 0, refit_days: int = REFIT_DAYS, on_progress: Progress | None = None
) -> Backtest:
    """Train until a day, then issue for each `horizon` days after it, one after the other, to the end of the record.

    Parameters
    ----------
    history : History
        The whole record, with a served area that knows nothing after `train_until` (see `history.build`, `area_until`).
    horizon : int
        Days that a forecast is for.
    train_until : int
        First day of the hold-out, counted from 1970-01-01.
    seed : int
        The same seed gives the same figures.
    refit_days : int
        See `REFIT_DAYS`.
    on_progress : callable (stage, done, total), optional
        Stage `backtest`; one step per issue.
    """
    progress = on_progress or silent
    days = list(range(train_until, history.end - horizon + 1, horizon))
    fitted: served.Served | None = None
    since, tallies, choices = 0, [], []
    calibration = np.zeros((len(MODELS), len(history.series), 2, 10))
    for done, day in enumerate(days):
        progress("backtest", done, len(days))
        past = history.until(day)
        if fitted is None or day - since >= refit_days:
            fitted, since = served.fit(past, horizon, seed=seed), day
            choices.append(fitted.record.assign(issued_from=day))
        figures, _ = served.figures(fitted.models, past)
        figures.append(fitted.blended(figures))
        came, outside = history.counts(day, day + horizon), history.outside(day, day + horizon)
        tallies.append(np.stack([scores.tally(figure, came, outside) for figure in figures]))
        for model, figure in enumerate(figures):
            calibration[model] += scores.reliabilities(figure, came)
    shape = (len(MODELS), len(history.series), len(scores.SUMS))
    sums = _with_each(np.stack(tallies) if tallies else np.zeros((0, *shape)))
    names = (*history.series, EACH)
    return Backtest(
        _table(sums, np.array(days), names, horizon, len(history.cells), seed), _reliability(calibration, history.series),
        pd.concat(choices, ignore_index=True) if choices else pd.DataFrame(), tuple(days), sums,
    )  # fmt: skip


def _with_each(tallies: Floats) -> Floats:
    """Add the sum over the kinds as a last series."""
    return np.concatenate([tallies, tallies[:, :, :-1].sum(axis=2, keepdims=True)], axis=2)


def _table(tallies: Floats, days: npt.NDArray[np.int64], names: tuple[str, ...], horizon: int, cells: int, seed: int) -> pd.DataFrame:
    if not len(days):
        return pd.DataFrame(columns=list(COLUMNS))
    sums, rounds = tallies.sum(axis=0), scores.resampled(tallies, days, seed=seed)
    events = sums[0, :, scores.SUMS.index("events")].astype(int)
    rounds[:, :, events < scores.LEAST_EVENTS] = np.nan
    frames = []
    for metric, ratio in scores.METRICS.items():
        values, drawn = ratio.of(sums), ratio.of(rounds)
        low, high = scores.bounds(drawn)
        nearer, further = scores.bounds(drawn - drawn[:, :1])
        for model, name in enumerate(MODELS):
            frames.append(pd.DataFrame({
                "model": name, "kind": names, "horizon_days": horizon, "metric": metric, "value": values[model], "low": low[model],
                "high": high[model], "baseline_difference": values[model] - values[0], "difference_low": nearer[model],
                "difference_high": further[model], "n_events": events, "n_cells": cells,
            }))  # fmt: skip
    return pd.concat(frames, ignore_index=True)[list(COLUMNS)]


def _reliability(calibration: Floats, series: tuple[str, ...]) -> pd.DataFrame:
    places = pd.MultiIndex.from_product([MODELS, series, range(1, calibration.shape[-1] + 1)], names=["model", "kind", "part"])
    predicted, observed = calibration[:, :, 0].ravel(), calibration[:, :, 1].ravel()
    return pd.DataFrame({"predicted": predicted, "observed": observed}, index=places).reset_index()
