"""What became of an issued forecast, by the sums of `analytics.forecast.scores`: of what was served, and of the plain count beside it."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from city_brain.analytics.forecast import scores
from city_brain.analytics.forecast.history import ALL
from city_brain.backtesting import OTHER, UNKNOWN

Floats = npt.NDArray[np.float64]


def tallies(
    foreseen: pd.DataFrame, came: pd.DataFrame, choices: pd.DataFrame, *, from_day: date, horizon_days: int
) -> list[dict[str, Any]]:
    """Count an issue for one horizon.

    What a forecast expects of the cells it does not list is spread evenly over them. Events in cells that are not listed are held to lie in
    as many of those, as far as there are so many, and outside the area beyond: they count as missed.

    Parameters
    ----------
    foreseen : pandas.DataFrame
        kind, cell_x, cell_y, expected, all_history.
    came : pandas.DataFrame
        kind, cell_x, cell_y, events of the days.
    choices : pandas.DataFrame
        kind, rest_expected, rest_all_history, rest_cells.

    Returns
    -------
    list of dict
        from_day, horizon_days, kind, sums, plain_sums, and predicted and observed of the tenths of what was served.
    """
    named = came.assign(kind=came["kind"].where(came["kind"] != "", UNKNOWN))
    told_apart = set(choices["kind"]) - {ALL, OTHER}
    named["kind"] = named["kind"].where(named["kind"].isin(told_apart), OTHER)
    found = []
    for row in choices.to_dict("records"):
        kind = row["kind"]
        mine = named if kind == ALL else named[named["kind"] == kind]
        events = mine.groupby(["cell_x", "cell_y"])["events"].sum().reset_index()
        listed = foreseen[foreseen["kind"] == kind].merge(events, how="outer", on=["cell_x", "cell_y"])
        sums, plain_sums, (predicted, observed) = _tally(listed, row)
        found.append({
            "from_day": from_day.isoformat(), "horizon_days": horizon_days, "kind": kind, "sums": sums, "plain_sums": plain_sums,
            "predicted": predicted, "observed": observed,
        })  # fmt: skip
    return found


def _tally(joined: pd.DataFrame, choice: dict[str, Any]) -> tuple[list[float], list[float], list[list[float]]]:
    known = joined["expected"].notna().to_numpy()
    came, elsewhere = joined["events"].fillna(0).to_numpy(float)[known], joined["events"].to_numpy(float)[~known]
    rest = int(choice["rest_cells"])
    seen = np.zeros(rest)
    inside = np.sort(elsewhere)[::-1][:rest]
    seen[: len(inside)] = inside
    outside = np.array([elsewhere.sum() - inside.sum()])
    of_cells = np.concatenate([came, seen])[:, None]
    served, plain = (
        np.concatenate([joined[figure].to_numpy(float)[known], np.full(rest, choice[over] / rest if rest else 0.0)])[:, None]
        for figure, over in (("expected", "rest_expected"), ("all_history", "rest_all_history"))
    )
    sums, plain_sums = (scores.tally(expected, of_cells, outside)[0].tolist() for expected in (served, plain))
    return sums, plain_sums, scores.reliabilities(served, of_cells)[0].tolist()
