"""Reads of risk: the forecast in force, what was observed, why a cell is hot, what became of earlier forecasts. Cells are of 250 m.

Frames carry UTC times. A forecast is in force from when it was issued; in playback the one that was in force then is shown.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import orjson
import pandas as pd

from city_brain.analytics.forecast import scores
from city_brain.cases.model import Look
from city_brain.risk.model import USUAL
from city_brain.storage.city import City

ALL = ""
"""The kind that stands for all together."""
AREA_DAYS = 365
"""Over how many days it is taken in which district a cell lies."""
SEED = 20260101
WEEKS = 26
"""Weeks of a cell's past that are shown."""


def issue(city: City, look: Look) -> dict[str, Any] | None:
    """How the forecast in force was made: sequence, issued_at, from_day, version, seconds, events, cells, guards; None before the first."""
    with city.read() as cursor:
        found = cursor.one("risk.issue", moment=look.moment)
    return found and found | {"guards": orjson.loads(found["guards"])}


def span(city: City, today: date, timezone: str) -> dict[str, Any]:
    """How much was reported with a point before a day of the city: events, first, last (days; None without any)."""
    with city.read() as cursor:
        return cursor.one("risk.span", today=today, timezone=timezone) or {}


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


def due(city: City, today: date) -> pd.DataFrame:
    """Kinds and horizons of issues whose days are over before `today` and that have not been counted.

    Returns
    -------
    pandas.DataFrame
        sequence, from_day, horizon_days, kind, rest_expected, rest_all_history (cases in the cells not listed), rest_cells.
    """
    with city.read() as cursor:
        return cursor.frame("risk.due", today=today)


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


def observed(city: City, look: Look, since: datetime, until: datetime, *, kind: str = ALL) -> pd.DataFrame:
    """Cases reported in a period by cell: cell_x, cell_y, observed. Merged ones are one matter."""
    with city.read(look.as_of) as cursor:
        return cursor.frame("risk.observed", since=since, until=until, kind=kind)


def districts(city: City, look: Look) -> pd.DataFrame:
    """Where the cells lie, by most of their cases of a year: cell_x, cell_y, district, street."""
    with city.read(look.as_of) as cursor:
        return cursor.frame("risk.districts", since=look.moment - timedelta(days=AREA_DAYS))


def cases_of_cell(city: City, look: Look, cell: tuple[int, int], *, kind: str = ALL, size: int = 50) -> pd.DataFrame:
    """The cases of a cell, newest first, as the board has them."""
    with city.read(look.as_of) as cursor:
        return cursor.frame("risk.cases_of_cell", cell_x=cell[0], cell_y=cell[1], kind=kind, moment=look.moment, size=size)


def by_week(city: City, look: Look, cell: tuple[int, int], *, kind: str = ALL) -> pd.DataFrame:
    """Cases of a cell in each of the last weeks: weeks_ago (0 the latest), cases; every week has its row, the oldest first."""
    with city.read(look.as_of) as cursor:
        given = {"cell_x": cell[0], "cell_y": cell[1], "kind": kind, "moment": look.moment, "weeks": WEEKS}
        found = cursor.frame("risk.by_week", **given).set_index("weeks_ago")["cases"]
    return found.reindex(range(WEEKS - 1, -1, -1), fill_value=0).rename_axis("weeks_ago").reset_index()


def chronic(city: City) -> pd.DataFrame:
    """Places where one kind is reported again and again, left apart by the forecast in force: lon, lat, kind, events."""
    with city.read() as cursor:
        return cursor.frame("risk.chronic")


def classes(city: City, look: Look) -> dict[str, float]:
    """From how many expected cases of a cell and week each class begins: as set last, else as usual."""
    with city.read() as cursor:
        found = cursor.rows("risk.classes", moment=look.moment)
    return {row["name"]: row["least"] for row in found} or {str(name): least for name, least in USUAL.items()}


def classes_set(city: City) -> pd.DataFrame:
    """Every setting of the thresholds, newest first: sequence, set_at, set_by, reason, leasts (rising)."""
    with city.read() as cursor:
        return cursor.frame("risk.classes_set")


def record(city: City, look: Look, *, horizon_days: int) -> pd.DataFrame:
    """What became of the issued forecasts whose days are over.

    Returns
    -------
    pandas.DataFrame
        One row per kind and metric of `analytics.forecast.scores.METRICS`: kind, metric, value, low, high (95 %, weeks drawn again),
        plain (the plain count's), difference, difference_low, difference_high, issues, events. Empty before the first is over.
    """
    with city.read() as cursor:
        found = cursor.frame("risk.scores", horizon_days=horizon_days, moment=look.moment)
    rows = [row for kind, of in found.groupby("kind", sort=False) for row in _scored(str(kind), of)]
    columns = ["kind", "metric", "value", "low", "high", "plain", "difference", "difference_low", "difference_high", "issues", "events"]
    return pd.DataFrame(rows, columns=columns)


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


def by_area(cells: pd.DataFrame, areas: pd.DataFrame, *, by: str, value: str) -> pd.DataFrame:
    """Cells rolled up to districts or streets.

    Parameters
    ----------
    cells : pandas.DataFrame
        cell_x, cell_y, and `value`.
    areas : pandas.DataFrame
        As of `districts`.
    by : str
        ``district`` or ``street``.

    Returns
    -------
    pandas.DataFrame
        `by` (and the district, for streets), cells, `value` summed; most first. Cells without a known area count under ''.
    """
    keys = ["district", "street"] if by == "street" else [by]
    joined = cells.merge(areas, how="left", on=["cell_x", "cell_y"])
    joined[keys] = joined[keys].fillna("")
    found = joined.groupby(keys, as_index=False).agg(cells=(value, "size"), **{value: (value, "sum")})
    return found.sort_values([value, *keys], ascending=[False, *[True] * len(keys)], ignore_index=True)
