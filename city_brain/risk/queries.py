"""Reads of risk: the forecast in force, what was observed, why a cell is hot, what became of earlier forecasts. Cells are of 250 m.

Frames carry UTC times. A forecast is in force from when it was issued; in playback the one that was in force then is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import orjson
import pandas as pd
from scipy.spatial import cKDTree

from city_brain.analytics.forecast import scores
from city_brain.cases.model import Look
from city_brain.risk.model import USUAL
from city_brain.storage.city import City

ALL = ""
"""The kind that stands for all together."""
AREA_DAYS = 365
"""Over how many days it is taken in which district a cell lies."""
NEAR_CELLS = 4.0
"""So many cells away (1 km) a cell without cases takes the district and street of one that has some."""
SEED = 20260101
WEEKS = 26
"""Weeks of a cell's past that are shown."""


def issue(city: City, look: Look) -> dict[str, Any] | None:
    """How the forecast in force was made: sequence, issued_at, from_day, version, seconds, events, cells, guards; None before the first."""
    with city.read() as cursor:
        found = cursor.one("risk.issue", moment=look.moment)
    return found and found | {"guards": orjson.loads(found["guards"])}


def span(city: City, until: date, timezone: str) -> dict[str, Any]:
    """How much was reported with a point before a day of the city: events, first, last (days; None without any)."""
    with city.read() as cursor:
        return cursor.one("risk.span", until=until, timezone=timezone) or {}


def events(city: City, timezone: str, *, since: date | None = None, until: date | None = None) -> pd.DataFrame:
    """Matters as forecasts count them, merged ones once, in order of day.

    Returns
    -------
    pandas.DataFrame
        day (since 1970-01-01, on the calendar of `timezone`), kind ('' unknown), lon, lat (WGS-84), location, patrol (found by an
        inspector); from `since` on and before `until`.
    """
    with city.read() as cursor:
        return cursor.frame("risk.events", timezone=timezone, since=since, until=until)


def came(city: City, since: datetime, until: datetime) -> pd.DataFrame:
    """What was reported in a period by kind and cell, as forecasts count it: kind ('' unknown), cell_x, cell_y, events."""
    with city.read() as cursor:
        return cursor.frame("risk.came", since=since, until=until)


def every_foreseen(city: City, sequence: int, horizon_days: int) -> pd.DataFrame:
    """The listed cells of an issue, every kind: kind, cell_x, cell_y, expected, all_history."""
    with city.read() as cursor:
        return cursor.frame("risk.every_foreseen", sequence=sequence, horizon_days=horizon_days)


def due(city: City, until: date) -> pd.DataFrame:
    """Kinds and horizons of issues whose days all lie before `until` and that have not been counted.

    Returns
    -------
    pandas.DataFrame
        sequence, from_day, horizon_days, kind, rest_expected, rest_all_history (cases in the cells not listed), rest_cells.
    """
    with city.read() as cursor:
        return cursor.frame("risk.due", until=until)


def choices(city: City, sequence: int) -> pd.DataFrame:
    """Which model serves each horizon and kind of an issue, and the record it was chosen by: the columns of `risk_choice`."""
    with city.read() as cursor:
        return cursor.frame("risk.choices", sequence=sequence)


def foreseen(city: City, sequence: int, *, horizon_days: int, kind: str = ALL) -> pd.DataFrame:
    """The listed cells of an issue, most expected first.

    Returns
    -------
    pandas.DataFrame
        cell_x, cell_y, expected (cases in the horizon), all_history (the same by the plain count), own_long, near_long, own_recent,
        near_recent, other_kinds, background (cases; they sum to expected), calendar (factor against an ordinary day).
    """
    asked = {"horizon_days": horizon_days, "kind": kind}
    with city.read() as cursor:
        found = cursor.frame("risk.foreseen", sequence=sequence, **asked)
        checksum = cursor.value("risk.file_of", sequence=sequence) if found.empty else None
        return found if checksum is None else cursor.frame("risk.foreseen_kept", file=cursor.batch_file(checksum), **asked)


def looked(city: City, day: date) -> bool:
    """Whether clusters and outbreaks have been looked for on the eve of a day."""
    with city.read() as cursor:
        return bool(cursor.value("risk.looked", day=day))


def observed(city: City, look: Look, since: datetime, until: datetime, *, kind: str = ALL, apart: Sequence[str] = ()) -> pd.DataFrame:
    """Cases reported in a period by cell, as forecasts count them: cell_x, cell_y, observed.

    Parameters
    ----------
    kind : str
        One of those that are forecast.
    apart : sequence of str
        The kinds that are told apart; every other one is ``other``.
    """
    with city.read(look.as_of) as cursor:
        return cursor.frame("risk.observed", since=since, until=until, kind=kind, apart=list(apart))


def districts(city: City, look: Look) -> pd.DataFrame:
    """Where the cells lie, by most of their cases of a year: cell_x, cell_y, district, street (None where no case tells)."""
    with city.read(look.as_of) as cursor:
        return cursor.frame("risk.districts", since=look.moment - timedelta(days=AREA_DAYS))


def placed(cells: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Cells with their district and street: of their own cases, else those of the nearest cell within `NEAR_CELLS` that has some.

    Parameters
    ----------
    cells : pandas.DataFrame
        cell_x, cell_y, and whatever else.
    areas : pandas.DataFrame
        As of `districts`.

    Returns
    -------
    pandas.DataFrame
        The same rows in the same order, with district and street (None where nobody near knows).
    """
    known = areas[areas["district"].notna()].reset_index(drop=True)
    names = ["district", "street"]
    if known.empty or cells.empty:
        return cells.assign(**dict.fromkeys(names))
    far, nearest = cKDTree(known[["cell_x", "cell_y"]]).query(cells[["cell_x", "cell_y"]], distance_upper_bound=NEAR_CELLS + 1e-9)
    found = known.loc[np.minimum(nearest, len(known) - 1), names].set_axis(cells.index).astype(object)
    found[~np.isfinite(far)] = None
    return cells.assign(**found)


def cases_of_cell(
    city: City, look: Look, cell: tuple[int, int], *, kind: str = ALL, apart: Sequence[str] = (), size: int = 50
) -> pd.DataFrame:
    """The cases of a cell that `observed` counts, newest first, as the board has them."""
    with city.read(look.as_of) as cursor:
        given = {"cell_x": cell[0], "cell_y": cell[1], "kind": kind, "apart": list(apart), "moment": look.moment}
        return cursor.frame("risk.cases_of_cell", **given, size=size)


def by_week(city: City, look: Look, cell: tuple[int, int], *, kind: str = ALL, apart: Sequence[str] = ()) -> pd.DataFrame:
    """Cases of a cell in each of the last weeks: weeks_ago (0 the latest), cases; every week has its row, the oldest first."""
    with city.read(look.as_of) as cursor:
        given = {"cell_x": cell[0], "cell_y": cell[1], "kind": kind, "apart": list(apart), "moment": look.moment, "weeks": WEEKS}
        found = cursor.frame("risk.by_week", **given).set_index("weeks_ago")["cases"]
    return found.reindex(range(WEEKS - 1, -1, -1), fill_value=0).rename_axis("weeks_ago").reset_index()


def chronic(city: City, sequence: int) -> pd.DataFrame:
    """Places where one kind is reported again and again, held back by an issue: lon, lat, kind, events. Empty for one long over."""
    with city.read() as cursor:
        return cursor.frame("risk.chronic", sequence=sequence)


def classes(city: City, look: Look) -> dict[str, float]:
    """From how many expected cases of a cell and week each class begins: as set last, else as usual."""
    with city.read() as cursor:
        found = cursor.rows("risk.classes", moment=look.moment)
    return {row["name"]: row["least"] for row in found} or {str(name): least for name, least in USUAL.items()}


def classes_set(city: City, look: Look) -> pd.DataFrame:
    """Every setting of the thresholds, newest first: sequence, set_at, set_by, reason, leasts (rising)."""
    with city.read() as cursor:
        return cursor.frame("risk.classes_set", moment=look.moment)


def record(city: City, look: Look, *, horizon_days: int) -> pd.DataFrame:
    """What became of the issued forecasts whose days are over.

    Returns
    -------
    pandas.DataFrame
        One row per kind and metric of `analytics.forecast.scores.METRICS`: kind, metric, value, low, high (95 %, weeks drawn again),
        plain (the plain count's), difference, difference_low, difference_high, issues, events. Empty before the first is over.
    """
    found = _scores(city, look, horizon_days)
    rows = [row for kind, of in found.groupby("kind", sort=False) for row in _scored(str(kind), of)]
    columns = ["kind", "metric", "value", "low", "high", "plain", "difference", "difference_low", "difference_high", "issues", "events"]
    return pd.DataFrame(rows, columns=columns)


def reliability(city: City, look: Look, *, horizon_days: int, kind: str = ALL) -> pd.DataFrame:
    """What came of each tenth of the foreseen mass, over the issued forecasts whose days are over: predicted, observed (cases).

    The first row is the busiest cells; empty before the first forecast is over.
    """
    found = _scores(city, look, horizon_days)
    mine = found[found["kind"] == kind]
    if mine.empty:
        return pd.DataFrame(columns=["predicted", "observed"])
    return pd.DataFrame({name: np.stack(mine[name].to_list()).sum(axis=0) for name in ("predicted", "observed")})


def _scores(city: City, look: Look, horizon_days: int) -> pd.DataFrame:
    with city.read() as cursor:
        return cursor.frame("risk.scores", horizon_days=horizon_days, moment=look.moment)


def _scored(kind: str, of: pd.DataFrame) -> list[dict[str, Any]]:
    tallies = np.stack([np.stack(of["sums"].to_list()), np.stack(of["plain_sums"].to_list())], axis=1)[:, :, None, :]
    days = (pd.to_datetime(of["from_day"]) - pd.Timestamp(0)).dt.days.to_numpy()
    rounds, sums = scores.resampled(tallies, days, seed=SEED), tallies.sum(axis=0)
    rows = []
    for name, metric in scores.METRICS.items():
        value, drawn = metric.of(sums)[:, 0], metric.of(rounds)[..., 0]
        low, high = scores.bounds(drawn[:, 0])
        difference_low, difference_high = scores.bounds(drawn[:, 0] - drawn[:, 1])
        rows.append({
            "kind": kind, "metric": name, "value": value[0], "low": float(low), "high": float(high), "plain": value[1],
            "difference": value[0] - value[1], "difference_low": float(difference_low), "difference_high": float(difference_high),
            "issues": len(of), "events": int(sums[0, 0, scores.SUMS.index("events")]),
        })  # fmt: skip
    return rows
