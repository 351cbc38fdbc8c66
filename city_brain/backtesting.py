"""Back-tests of forecasts on a file or on the city's own cases: the events, the guards, the protocol, the answer in plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq

from city_brain.analytics.forecast import guards, history
from city_brain.analytics.forecast.backtest import Backtest, backtest
from city_brain.cases.calendars import known_days
from city_brain.errors import Fault
from city_brain.geo.grid import Grid
from city_brain.incidents import queries
from city_brain.incidents.model import Location
from city_brain.intake.normalise import prepare
from city_brain.risk import queries as risk
from city_brain.settings import Settings
from city_brain.storage.city import City

Progress = Callable[[str, int, int | None], None]

KINDS = 10
"""So many kinds, the most frequent of the training time, are told apart; the rest is `OTHER`."""
OTHER, UNKNOWN = "other", "unknown"
HOLD_OUT = 0.3
"""Part of the record that is held out when no day is named."""
LEAST_EVENTS, LEAST_DAYS = 100, 14
"""Below so much to train on a back-test says nothing."""
_EPOCH = date(1970, 1, 1).toordinal()
_CHINA = ("Asia/Shanghai", "Asia/Urumqi")


@dataclass(frozen=True, slots=True)
class Events:
    """What happened where and when: a frame with day (since 1970-01-01), kind, lon, lat (WGS-84), location, patrol, in order of day."""

    frame: pd.DataFrame
    timezone: str
    centre: tuple[float, float] | None
    """Longitude and latitude that the grid is true at; none: the middle of the points."""


def of_file(target: str, settings: Settings, wishes: Mapping[str, str | None], progress: Progress) -> Events:
    """The events of any file that `load` can read, by the same profiles; nothing is taken into the record.

    Raises
    ------
    Fault
        What is wrong with the file.
    """
    with TemporaryDirectory(prefix="backtest-") as folder:
        prepared = prepare(target, settings=settings, folder=Path(folder), progress=progress, **wishes)
        columns = ["reported_at", "source_type", "lon", "lat", "location_quality", "channel"]
        rows = pq.read_table(prepared.parquet, columns=columns).to_pandas()
    zone = prepared.source.timezone
    local = rows["reported_at"].dt.tz_convert(zone).dt.tz_localize(None)
    frame = pd.DataFrame({
        "day": (local.dt.floor("D") - pd.Timestamp(0)) // pd.Timedelta(days=1), "kind": rows["source_type"].fillna(""),
        "lon": rows["lon"], "lat": rows["lat"], "location": rows["location_quality"],
        "patrol": (rows["channel"] == "inspector").to_numpy(bool),
    })  # fmt: skip
    return Events(frame.sort_values("day", kind="stable", ignore_index=True), zone, prepared.centre)


def of_city(city: City) -> Events:
    """The cases of the picture.

    Raises
    ------
    Fault
        There is no city yet.
    """
    named = queries.city(city)
    if named is None:
        raise Fault("backtest_no_city")
    frame = risk.events(city, named["timezone"])
    centre = (named["lon"], named["lat"]) if named["lon"] is not None else None
    return Events(frame, named["timezone"], centre)


def assessed(
    events: Events, *, edge_m: float, horizon: int, progress: Progress, kinds: Sequence[str] = (), train_until: str | None = None,
    seed: int = 0,
) -> dict[str, Any]:  # fmt: skip
    """Screen, train, issue, count.

    Parameters
    ----------
    edge_m : float
        Edge of a cell, metres.
    horizon : int
        Days that a forecast is for.
    kinds : sequence of str
        Only these; default: the `KINDS` most frequent, and the rest as `OTHER`.
    train_until : str, optional
        First day of the hold-out, such as 2011-11-01; default: the last `HOLD_OUT` of the record.

    Returns
    -------
    dict
        table, reliability, choice (records, see `forecast.backtest.Backtest`), guards (name → events), chronic (records),
        events, cells, edge_m, horizon_days, issues, first, train_until, last (days).

    Raises
    ------
    Fault
        Too little to train on or nothing held out, a kind that is not there, a day that is none.
    """
    placed = events.frame[events.frame["location"] == Location.POINT].reset_index(drop=True)
    if not len(placed):
        raise Fault("backtest_too_little", events=0, days=0, least=LEAST_EVENTS, least_days=LEAST_DAYS)
    days = placed["day"].to_numpy(np.int64)
    first, end = int(days[0]), int(days[-1]) + 1
    train = _day(train_until) if train_until else end - round(HOLD_OUT * (end - first))
    if (days < train).sum() < LEAST_EVENTS or train - first < LEAST_DAYS:
        raise Fault(
            "backtest_too_little", events=int((days < train).sum()), days=max(train - first, 0), least=LEAST_EVENTS, least_days=LEAST_DAYS
        )
    if end - train < horizon:
        raise Fault("backtest_nothing_held_out", day=_date(train), last=_date(end - 1))
    kind = _kinds(placed["kind"], days < train, kinds)
    meant = kind != ""
    placed, days, kind = placed[meant], days[meant], kind[meant]
    lon, lat = events.centre or (float(placed["lon"].median()), float(placed["lat"].median()))
    x, y = Grid(lon, lat).metres(placed["lon"].to_numpy(float), placed["lat"].to_numpy(float))
    screened = guards.screen(x, y, days, kind, known_until=train, patrol=placed["patrol"].to_numpy(bool))
    kept = screened.kept
    built = history.build(
        x[kept], y[kept], days[kept], kind[kept], edge_m=edge_m, end=end, area_until=train, weight=screened.weight[kept],
        holidays=holidays(events.timezone), guards=screened.counts,
    )  # fmt: skip
    found = backtest(built, horizon=horizon, train_until=train, seed=seed, on_progress=progress)
    asked = events.frame[events.frame["kind"].isin(kinds)] if kinds else events.frame
    noticed = asked["location"].value_counts()
    aside = {name: int(count) for name, count in noticed.items() if name != Location.POINT}
    short = {str(guards.Guard.SHORT_WINDOW): train - first} if train - first < guards.SHORT_DAYS else {}
    return _plain(found) | {
        "guards": _sum(aside, screened.counts) | short | _outside(built, train),
        "chronic": screened.chronic.round(1).to_dict("records"),
        "events": int(kept.sum()), "cells": len(built.cells), "edge_m": edge_m, "horizon_days": horizon, "issues": len(found.days),
        "first": _date(first), "train_until": _date(train), "last": _date(end - 1),
    }  # fmt: skip


def _kinds(kind: pd.Series, known: npt.NDArray[np.bool_], wanted: Sequence[str]) -> npt.NDArray[np.object_]:
    """Each event's kind as it is told apart; empty for those not asked for."""
    named = kind.where(kind != "", UNKNOWN)
    if missing := [one for one in wanted if not (named == one).any()]:
        raise Fault("backtest_no_kind", kind=missing[0], known=", ".join(named.value_counts().index[:KINDS]))
    chosen = list(wanted) or list(named[known].value_counts().index[:KINDS])
    return np.asarray(named.where(named.isin(chosen), "" if wanted else OTHER), dtype=object)


def holidays(zone: str) -> frozenset[int]:
    """Holidays on weekdays, known for cities in China."""
    return frozenset(_number(one.day) for one in known_days() if not one.working) if zone in _CHINA else frozenset()


def _outside(built: history.History, train: int) -> dict[str, int]:
    count = int(built.outside(train, built.end)[-1])
    return {str(guards.Guard.OUTSIDE_AREA): count} if count else {}


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in (*one, *(key for key in other if key not in one))}


def _number(day: date) -> int:
    return day.toordinal() - _EPOCH


def _date(number: int) -> str:
    return date.fromordinal(number + _EPOCH).isoformat()


def _day(text: str) -> int:
    try:
        return _number(date.fromisoformat(text))
    except ValueError:
        raise Fault("backtest_day", day=text) from None


def _plain(found: Backtest) -> dict[str, Any]:
    choice = found.choice.assign(issued_from=[_date(int(day)) for day in found.choice["issued_from"]])
    frames = {"table": found.table, "reliability": found.reliability, "choice": choice}
    return {name: frame.astype(object).where(frame.notna(), None).to_dict("records") for name, frame in frames.items()}
