"""Detection in plain values: clusters of a file or of the city, and how many would be found. The command line asks for these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from city_brain import clock
from city_brain.analytics.clusters.alarms import Alarm, alarms, calibrations, ringing, watch
from city_brain.analytics.clusters.boxes import grouped
from city_brain.analytics.clusters.detectors import LEAST_DAYS, districts_of, rivals_of, scan_of
from city_brain.analytics.clusters.ears import Ears, Rule
from city_brain.analytics.clusters.field import Field, field_of, row_of, thinned
from city_brain.analytics.clusters.forecast import LongMemory
from city_brain.analytics.clusters.trials import Plan, Where, held_out, measure
from city_brain.errors import Fault
from city_brain.geo.grid import CELL_M, REACH_M, Grid
from city_brain.incidents import queries
from city_brain.incidents.model import Location
from city_brain.intake.normalise import prepare
from city_brain.settings import Settings
from city_brain.storage.city import City

ALL = "all"
"""The group of all kinds together."""
METHODS = 2
"""The scan and EARS by district share the budget: each rings for its part of it."""
LEAST_RISEN = 3
"""Events of a district and day below which nothing has risen: two where none is usual are chance."""
LEAST_A_DAY = 1.0
"""Kind groups with fewer events a day are only looked at within all kinds."""
COLUMNS = ["external_id", "reported_at", "source_type", "category_code", "district", "lon", "lat", "location_quality"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be detected or measured.

    `inject` are the sizes of clusters put in, none: alarms are listed. `thin` thins the events to so many a day.
    """

    budget: float = 12.0
    inject: tuple[int, ...] = ()
    days: int = 3
    box_km: float = 1.25
    trials: int = 200
    seed: int = 1
    where: Where = Where.CELLS
    kind: str | None = None
    thin: float | None = None


def of_file(target: str, settings: Settings, asked: Asked, **reading: Any) -> dict[str, Any]:
    """Detect in a file; its columns are found as `load` finds them, and nothing is taken into the record.

    `reading` are `profile`, `datum` and `timezone`, which go before what the file tells. Times without any zone are left as they are:
    days are all that is asked of them.

    Raises
    ------
    Fault
        What is wrong with the file; it has no points; there is too little history.
    """
    with TemporaryDirectory() as folder:
        try:
            prepared = prepare(target, settings=settings, folder=Path(folder), **reading)
        except Fault as fault:
            if fault.key != "timezone_missing":
                raise
            prepared = prepare(target, settings=settings, folder=Path(folder), **reading | {"timezone": "UTC"})
        rows = pd.read_parquet(prepared.parquet, columns=COLUMNS)
    rows = rows[rows["location_quality"] == Location.POINT]
    if rows.empty or prepared.centre is None:
        raise Fault("detect_no_points", name=prepared.file_name)
    east, north = Grid(*prepared.centre).metres(rows["lon"], rows["lat"])
    near = (np.abs(east) < REACH_M) & (np.abs(north) < REACH_M)
    cells = {"cell_x": np.floor(east[near] / CELL_M).astype(int), "cell_y": np.floor(north[near] / CELL_M).astype(int)}
    group = rows["category_code"].str[:2].fillna(rows["source_type"])
    events = pd.DataFrame(
        {"id": rows["external_id"], "kind_group": group, "district": rows["district"], "reported_at": rows["reported_at"]}
    )
    return detected(events[near].assign(**cells), prepared.source.timezone, asked) | {"data": prepared.file_name}


def of_city(city: City, asked: Asked) -> dict[str, Any]:
    """Detect in the city's own cases, up to the end of yesterday.

    Raises
    ------
    Fault
        There is no city yet, or too little history.
    """
    described = queries.city(city)
    if described is None:
        raise Fault("detect_no_points", name="city")
    zone = ZoneInfo(described["timezone"])
    today = clock.now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    events = cases(city, today)
    if events.empty:
        raise Fault("detect_no_points", name="city")
    return detected(events, described["timezone"], asked) | {"data": "city"}


def cases(city: City, until: datetime, since: datetime | None = None) -> pd.DataFrame:
    """The city's cases with a cell, in order of their reports: id, reported_at, cell_x, cell_y, kind_group, district, kind."""
    with city.read() as cursor:
        return cursor.frame("clusters.events", until=until, since=since)


def detected(events: pd.DataFrame, timezone: str, asked: Asked) -> dict[str, Any]:
    """Alarms, or the measure of how many clusters would be found, for all kinds and for each kind group.

    Parameters
    ----------
    events : pandas.DataFrame
        id, reported_at (UTC), cell_x, cell_y, kind_group, district (None where unknown); one row per event.
    timezone : str
        Whose days are meant.

    Returns
    -------
    dict
        budget, and groups: what each is like (`field.row_of`), with methods (`trials.measure`), or with alarms (of the scan) and
        districts (risen by EARS), which share the budget.
    """
    # a fixed unit: a frame out of DuckDB and one out of a file come in different ones
    day = events["reported_at"].dt.tz_convert(timezone).dt.tz_localize(None).dt.normalize().astype("datetime64[s]")
    events = events.assign(day=day).set_index("id")
    told = [_told(name, mine, asked) for name, mine in _groups(events, asked.kind)]
    return {"budget": asked.budget, "seed": asked.seed, "groups": told}


def _groups(events: pd.DataFrame, only: str | None) -> Iterator[tuple[str, pd.DataFrame]]:
    span = (events["day"].max() - events["day"].min()).days + 1
    if span < LEAST_DAYS:
        raise Fault("detect_short", days=span, needed=LEAST_DAYS)
    sizes = events["kind_group"].value_counts()
    names = [ALL, *sorted(str(name) for name in sizes.index[sizes >= LEAST_A_DAY * span])]
    if only is not None and only not in names:
        raise Fault("detect_kind", kind=only, allowed=", ".join(names))
    for name in names if only is None else [only]:
        yield name, events if name == ALL else events[events["kind_group"] == name]


def _told(name: str, events: pd.DataFrame, asked: Asked) -> dict[str, Any]:
    field = field_of(events, cell_m=CELL_M)
    if asked.thin is not None:
        field = thinned(field, asked.thin, np.random.default_rng(asked.seed))
    if field.days < LEAST_DAYS:
        raise Fault("detect_short", days=field.days, needed=LEAST_DAYS)
    forecast = LongMemory(field.counts)
    since = held_out(forecast.first, field.days)
    scan = scan_of(field.counts, forecast, since)
    like = {
        "group": name,
        **row_of(field),
        "left_out": field.left_out,
        "first_day": str(field.first_day),
        "held_out_from": str(field.day(since)),
    }
    if asked.inject:
        plans = [Plan(extra, asked.days, asked.box_km * 1000 / CELL_M, asked.where) for extra in asked.inject]
        detectors = [scan, *rivals_of(forecast, _districts(field, events))]
        methods = measure(field.counts, detectors, plans, budget=asked.budget, trials=asked.trials, seed=asked.seed, since=since)
        return like | {"repeats": round(scan.repeats, 2), "methods": methods}
    watched = watch(scan, field.counts, scan.first, field.days)
    thresholds = calibrations(watched, since, field.days, asked.budget / METHODS)
    rang = alarms(field, watched, thresholds, kind_group=name, events=events)
    rose = _risen(field, events, since, asked.budget / METHODS)
    return like | {"repeats": round(scan.repeats, 2), "alarms": [_alarm(one) for one in rang], "districts": rose}


def _risen(field: Field, events: pd.DataFrame, since: int, budget: float) -> list[dict[str, Any]]:
    """Districts with more than they usually have on a day, by EARS C2; none where no event names a district."""
    names = pd.Index(events["district"].dropna().unique()).sort_values()
    if names.empty:
        return []
    ears = Ears(Rule.C2, _districts(field, events))
    watched = watch(ears, field.counts, ears.first, field.days)
    watched = {day: found[found["observed"] >= LEAST_RISEN] for day, found in watched.items()}
    thresholds = calibrations(watched, since, field.days, budget)
    rang = ringing(watched, thresholds)
    leaders, group = grouped(rang)
    found = []
    for place, leader in enumerate(leaders):
        box, ends = rang[leader], rang["until"][group == place]
        day = field.day(int(box["until"]))
        mine = (events["district"] == names[int(box["row"])]) & (pd.to_datetime(events["day"]) == pd.Timestamp(day))
        found.append({
            "district": str(names[int(box["row"])]), "day": str(day), "raised_on": str(field.day(int(ends.min()))),
            "rang_until": str(field.day(int(ends.max()))), "observed": int(box["observed"]), "expected": round(float(box["expected"]), 3),
            "statistic": round(float(box["statistic"]), 3), "threshold": round(thresholds[int(box["until"])].threshold, 3),
            "events": events.index[mine].tolist(),
        })  # fmt: skip
    return sorted(found, key=lambda one: (one["raised_on"], -one["statistic"]))


def _districts(field: Field, events: pd.DataFrame) -> Any:
    rows, columns = events["cell_y"].to_numpy() - field.south, events["cell_x"].to_numpy() - field.west
    names, _ = pd.factorize(events["district"], sort=True)
    shape = field.counts.shape[1:]
    within = (rows >= 0) & (rows < shape[0]) & (columns >= 0) & (columns < shape[1])
    return districts_of(rows[within], columns[within], names[within], (shape[0], shape[1]))


def _alarm(alarm: Alarm) -> dict[str, Any]:
    rounded = {key: round(value, 3) if isinstance(value, float) else value for key, value in asdict(alarm).items()}
    days = {key: str(rounded[key]) for key in ("from_day", "until_day", "raised_on", "rang_until")}
    return rounded | days | {"events": list(alarm.events)}


def wished(given: dict[str, Any]) -> Asked:
    """What is asked, from plain values as a neighbour or the command line sends them.

    Raises
    ------
    Fault
        A value that makes no sense.
    """
    values: dict[str, Any] = {name: given[name] for name in Asked.__dataclass_fields__ if given.get(name) is not None}
    values["inject"] = tuple(_positive(values.get("inject", ())))
    asked = Asked(**values | {"where": Where(values.get("where", Where.CELLS))})
    for name in ("budget", "days", "box_km", "trials", "thin"):
        value = getattr(asked, name)
        if value is not None and not value > 0:
            raise Fault("detect_value", name=name, value=value)
    return asked


def _positive(sizes: Sequence[int]) -> Iterator[int]:
    for size in sizes:
        if size < 1:
            raise Fault("detect_value", name="inject", value=size)
        yield int(size)
