"""The process that forecasts: ``python -m city_brain.forecasting.worker FOLDER``, at a low priority, so that pages do not feel it."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from city_brain.analytics.forecast import VERSION, guards, history, plain
from city_brain.analytics.forecast.issue import issue
from city_brain.backtesting import KINDS, OTHER, UNKNOWN
from city_brain.forecasting import desk
from city_brain.geo.grid import CELL_M, Grid

NICE = 10
"""Pages go first; but a machine that is always busy gets its forecast too."""
LISTED = 1e-3
"""Expected cases from which a cell is handed over; what the others expect together stands in the choice."""
KIND_DAYS = 365
"""Over so many days it is counted which kinds are the most frequent."""


def forecast(events: pd.DataFrame, request: desk.Request) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Screen the events, fit, choose, issue.

    Parameters
    ----------
    events : pandas.DataFrame
        day (since 1970-01-01, in order), kind, lon, lat (WGS-84), patrol.

    Returns
    -------
    (pandas.DataFrame, dict)
        The cells of `analytics.forecast.issue.Issue`, with all_history (expected by the plain count). And choices (a row per horizon and
        kind, with rest_all_history), chronic (lon, lat, kind, events), guards, version, seconds, events, cells_in_all.
    """
    started = time.monotonic()
    kind, day = _kinds(events, request.end), events["day"].to_numpy(np.int64)
    grid = Grid(request.lon, request.lat)
    x, y = grid.metres(events["lon"].to_numpy(float), events["lat"].to_numpy(float))
    screened = guards.screen(x, y, day, kind, known_until=request.end, patrol=events["patrol"].to_numpy(bool))
    kept = screened.kept
    known = history.build(
        x[kept], y[kept], day[kept], kind[kept], edge_m=CELL_M, end=request.end, weight=screened.weight[kept], holidays=request.holidays,
        guards=screened.counts,
    )  # fmt: skip
    made = issue(known, horizons=request.horizons, seed=request.seed)
    cells, rest = _beside(made.cells[made.cells["expected"] >= LISTED], known, request.horizons)
    lon, lat = grid.degrees(screened.chronic["x_m"].to_numpy(float), screened.chronic["y_m"].to_numpy(float))
    chronic = screened.chronic.assign(lon=lon.round(6), lat=lat.round(6))[["lon", "lat", "kind", "events"]]
    choices = made.choice.drop(columns=["rest_expected", "rest_cells"]).merge(rest, on=["horizon_days", "kind"])
    choices["rest_expected"] = (choices["expected"] - choices.pop("listed_expected")).clip(lower=0)
    return cells, {
        "choices": _plain(choices), "chronic": _plain(chronic), "guards": request.aside | made.guards, "version": VERSION,
        "seconds": round(time.monotonic() - started, 1), "events": int(kept.sum()), "cells_in_all": len(known.cells),
    }  # fmt: skip


def _kinds(events: pd.DataFrame, end: int) -> np.ndarray[Any, np.dtype[np.object_]]:
    """The most frequent kinds are told apart; the rest is one."""
    named = events["kind"].where(events["kind"] != "", UNKNOWN)
    lately = named[events["day"] >= end - KIND_DAYS]
    most = lately.value_counts().index[:KINDS]
    return np.asarray(named.where(named.isin(most), OTHER), dtype=object)


def _beside(cells: pd.DataFrame, known: history.History, horizons: tuple[int, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The plain count beside what is issued; and of each horizon and kind what the cells that are not listed have together."""
    columns, rests = [], []
    for horizon in horizons:
        count = plain.fit(known, horizon).expected(known)
        for series, kind in enumerate(known.series):
            of = {"horizon_days": horizon, "kind": kind, "cell_x": known.cells[:, 0], "cell_y": known.cells[:, 1]}
            columns.append(pd.DataFrame(of | {"all_history": count[:, series]}))
            rests.append({"horizon_days": horizon, "kind": kind, "rest_all_history": count[:, series].sum()})
    joined = cells.merge(pd.concat(columns, ignore_index=True), how="left", on=["horizon_days", "kind", "cell_x", "cell_y"])
    listed = joined.groupby(["horizon_days", "kind"], as_index=False).agg(
        listed=("all_history", "sum"), listed_expected=("expected", "sum"), cells=("expected", "size")
    )
    rest = pd.DataFrame(rests).merge(listed, how="left", on=["horizon_days", "kind"]).fillna(0)
    rest["rest_all_history"] = (rest["rest_all_history"] - rest["listed"]).clip(lower=0)
    rest["rest_cells"] = len(known.cells) - rest["cells"].astype(int)
    return joined, rest.drop(columns=["listed", "cells"])


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return rows


def main(folder: Path) -> None:
    """Read the request, answer it."""
    os.nice(NICE)
    with threadpool_limits(limits=1):  # a console on two cores keeps one for those who look
        desk.answer(folder, *forecast(*desk.asked(folder)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
