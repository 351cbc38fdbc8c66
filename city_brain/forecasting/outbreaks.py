"""Clusters and outbreaks of the day before: looked for in a process of its own, what rings goes to the alert desk.

``python -m city_brain.forecasting.outbreaks FOLDER`` reads `CASES` (Parquet: id, reported_at, cell_x, cell_y, district, kind_group, kind)
and `ASKED` (JSON: timezone, budget, day) and writes `RANG` (JSON, a list of what `rings` gives).
"""

from __future__ import annotations

import os
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import orjson
import pandas as pd

from city_brain.alerts.actions import raise_alert
from city_brain.alerts.model import Raised, Scope
from city_brain.detection import Asked, cases, detected
from city_brain.errors import Fault
from city_brain.geo.grid import CELL_M, LEVELS, Grid
from city_brain.incidents import queries
from city_brain.storage.city import City

CASES, ASKED, RANG = "cases.parquet", "asked.json", "rang.json"
NICE = 10
"""As of `worker`."""
PAST_DAYS = 400
"""Days of the past that are looked at: they are the measure of what is usual."""
MOST_OF = 0.5
"""From this share of its cases on an alarm is said to be of one kind."""


def request(city: City, day: date, folder: Path, budget: float) -> None:
    """Lay down what is known before a day."""
    named = queries.city(city)
    assert named is not None
    until = datetime.combine(day, datetime.min.time(), ZoneInfo(named["timezone"]))
    cases(city, until, until - timedelta(days=PAST_DAYS)).to_parquet(folder / CASES, index=False)
    (folder / ASKED).write_bytes(orjson.dumps({"timezone": named["timezone"], "budget": budget, "day": day}))


def rings(known: pd.DataFrame, timezone: str, budget: float, day: date) -> list[dict[str, Any]]:
    """What rings on the day before a day.

    Returns
    -------
    list of dict
        method (scan or ears), group (of kinds), kind (None where most cases are of none), observed, expected, statistic, threshold,
        cases (their numbers); of the scan cell_x, cell_y (south-western cell of 250 m), edge (cells), from_day, until_day; of EARS
        district.
    """
    last = str(day - timedelta(days=1))
    kinds = known.set_index("id")["kind"]
    try:
        groups = detected(known, timezone, Asked(budget=budget))["groups"]
    except Fault:  # too little history: nothing is said about it
        return []
    found: list[dict[str, Any]] = []
    for group in groups:
        for method, alarms, names in (("scan", group["alarms"], _SCAN), ("ears", group["districts"], _EARS)):
            lately = [alarm for alarm in alarms if alarm["rang_until"] >= last]
            found += [{"method": method} | {name: alarm[name] for name in names} | _of(group, alarm, kinds) for alarm in lately]
    return found


_EARS: tuple[str, ...] = ("observed", "expected", "statistic", "threshold", "district")
_SCAN: tuple[str, ...] = (*_EARS[:-1], "cell_x", "cell_y", "edge", "from_day", "until_day")


def _of(group: dict[str, Any], alarm: dict[str, Any], kinds: pd.Series) -> dict[str, Any]:
    share = kinds.reindex(alarm["events"]).value_counts(normalize=True)
    most = str(share.index[0]) if len(share) and share.iloc[0] >= MOST_OF else None
    return {"group": group["group"], "kind": most, "cases": list(alarm["events"])}


def answered(folder: Path) -> list[dict[str, Any]]:
    """What the process found."""
    found: list[dict[str, Any]] = orjson.loads((folder / RANG).read_bytes())
    return found


def raise_all(city: City, found: list[dict[str, Any]], moment: datetime) -> None:
    """Put what rings on the alert desk; what stands there already is counted again. One place and kind rings once, by its highest."""
    named = queries.city(city)
    assert named is not None
    grid = Grid(named["lon"], named["lat"])
    for alarm in sorted(found, key=lambda one: -one["statistic"]):
        raise_alert(city, _cluster(alarm, grid) if alarm["method"] == "scan" else _outbreak(alarm), moment=moment)


def _cluster(alarm: dict[str, Any], grid: Grid) -> Raised:
    """The square, and as its place the cell of a power of two that holds its middle: the same happening is the same place tomorrow."""
    edge_m = min((edge for edge in LEVELS if edge >= alarm["edge"] * CELL_M), default=max(LEVELS))
    middle = np.array([alarm["cell_x"], alarm["cell_y"]]) * CELL_M + alarm["edge"] * CELL_M / 2
    x, y = (int(part) for part in np.floor(middle / edge_m))
    lon, lat = grid.degrees(*middle)
    days = (date.fromisoformat(alarm["until_day"]) - date.fromisoformat(alarm["from_day"])).days + 1
    return Raised(
        "cluster", alarm["observed"], Scope.CELL, f"{edge_m}:{x}:{y}", alarm["kind"], alarm["expected"], lon=round(float(lon), 6),
        lat=round(float(lat), 6), cell_x=x, cell_y=y, edge_m=edge_m, window_s=days * 86_400.0, note=_note(alarm),
        cases=tuple(alarm["cases"]), box=(alarm["cell_x"], alarm["cell_y"], alarm["edge"]),
    )  # fmt: skip


def _outbreak(alarm: dict[str, Any]) -> Raised:
    return Raised(
        "ears", alarm["statistic"], Scope.DISTRICT, alarm["district"], alarm["kind"], district=alarm["district"], window_s=86_400.0,
        note=_note(alarm), cases=tuple(alarm["cases"]),
    )  # fmt: skip


def _note(alarm: dict[str, Any]) -> str:
    side = f", {alarm['edge'] * CELL_M / 1000:g} km" if alarm["method"] == "scan" else ""
    return f"{alarm['observed']} / {alarm['expected']:.1f}{side}; {alarm['statistic']:.1f} > {alarm['threshold']:.1f}; {alarm['group']}"


def main(folder: Path) -> None:
    """Read, look, write."""
    os.nice(NICE)
    asked = orjson.loads((folder / ASKED).read_bytes())
    day = date.fromisoformat(asked["day"])
    (folder / RANG).write_bytes(orjson.dumps(rings(pd.read_parquet(folder / CASES), asked["timezone"], asked["budget"], day)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
