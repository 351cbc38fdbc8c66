"""Issue forecasts for the days ahead, with what they are made of and the record they stand on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from city_brain.analytics.forecast import served
from city_brain.analytics.forecast.backtest import Progress, silent
from city_brain.analytics.forecast.components import PARTS
from city_brain.analytics.forecast.guards import SHORT_DAYS, Guard
from city_brain.analytics.forecast.history import History

EPSILON = 1e-4
"""Expected events below which a cell is not listed; what such cells may expect together stands in the choice as `rest_expected`."""


@dataclass(frozen=True, slots=True)
class Issue:
    """Forecasts of one city, issued on the morning of `History.end`."""

    cells: pd.DataFrame
    """One row per horizon, kind and cell of at least `EPSILON`, in order of horizon, kind, then expected downwards:

    horizon_days, kind ('' is all kinds together), cell_x, cell_y, expected (events in the horizon), the `PARTS` (events, they sum to
    expected: the shares are the mixture's, whichever map serves), calendar (factor of weekday and holidays against an ordinary day), model.
    """
    choice: pd.DataFrame
    """One row per horizon and kind: `Served.record`, with expected (whole city), rest_expected and rest_cells (not listed)."""
    issued_for: int
    """First day that is forecast, counted from 1970-01-01."""
    guards: dict[str, int]
    """See `guards`; `short_window` holds the days of a record that is too short to be sure."""


def issue(history: History, *, horizons: Sequence[int] = (1, 7), seed: int, on_progress: Progress | None = None) -> Issue:
    """Fit, choose and issue for every kind and all kinds together.

    Parameters
    ----------
    history : History
        Everything known on the morning of `history.end`.
    horizons : sequence of int
        Days ahead that a forecast is for.
    seed : int
        Of the drawing of cells that trees learn from, and of the bootstrap; the same seed gives the same figures.
    on_progress : callable (stage, done, total), optional
        Stage `forecast`; one step per horizon.
    """
    progress = on_progress or silent
    cells, choices = [], []
    for done, horizon in enumerate(horizons):
        progress("forecast", done, len(horizons))
        fitted = served.fit(history, horizon, seed=seed)
        listed, choice = _issued(history, fitted, horizon)
        cells.append(listed)
        choices.append(choice)
    guards = dict(history.guards) | ({str(Guard.SHORT_WINDOW): history.days} if history.days < SHORT_DAYS else {})
    return Issue(pd.concat(cells, ignore_index=True), pd.concat(choices, ignore_index=True), history.end, guards)


def _issued(history: History, fitted: served.Served, horizon: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    mixture = fitted.models[1]
    foreseen, parts = served.figures(fitted.models, history)
    figure, whole = fitted.blended(foreseen), parts.sum(axis=0)
    parts *= np.divide(figure, whole, out=np.zeros_like(figure), where=whole > 0)
    _, calendar = mixture.level.total(history, horizon)
    names = fitted.record["model"].to_numpy()
    frames = []
    for series, kind in enumerate(history.series):
        kept = np.flatnonzero(figure[:, series] >= EPSILON)
        kept = kept[np.lexsort((history.cells[kept, 1], history.cells[kept, 0], -figure[kept, series]))]
        frames.append(pd.DataFrame(
            {"horizon_days": horizon, "kind": kind, "cell_x": history.cells[kept, 0], "cell_y": history.cells[kept, 1],
             "expected": figure[kept, series]}
            | {name: parts[place, kept, series] for place, name in enumerate(PARTS)}
            | {"calendar": calendar[series], "model": names[series]}
        ))  # fmt: skip
    small = figure < EPSILON
    choice = fitted.record.assign(
        expected=figure.sum(axis=0), rest_expected=np.where(small, figure, 0).sum(axis=0), rest_cells=small.sum(axis=0)
    )
    return pd.concat(frames, ignore_index=True), choice
