"""What the dispatch desk reads: teams, the queue in its order, who is proposed for a case, what is covered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import streamlit as st

from city_brain import roads
from city_brain.analytics.dispatch import matching
from city_brain.analytics.dispatch.coverage import WITHIN_S, Coverage, cost_of_sending, covered
from city_brain.analytics.dispatch.ranking import Ranking, fitting, ranked
from city_brain.analytics.dispatch.travel import estimated
from city_brain.dispatch import queries
from city_brain.dispatch.lifecycle import FREE
from city_brain.geo.grid import CELL_M, Grid
from city_brain.risk import queries as risk
from city_brain.roads import Travel
from city_brain.storage.city import City
from city_brain.ui import session
from city_brain.ui.session import Viewer

LENGTH = 2_000
"""Cases of the queue that are read; the desk shows the first of them."""
COARSE = 4
"""So many cells of 250 m a side are one place of the coverage: a square of a kilometre."""


@dataclass(frozen=True, slots=True)
class Risk:
    """Where the next cases are expected: places of a kilometre, with the share of the forecast of a week."""

    lon: np.ndarray[Any, np.dtype[np.float64]]
    lat: np.ndarray[Any, np.dtype[np.float64]]
    weights: np.ndarray[Any, np.dtype[np.float64]]
    places: pd.DataFrame
    """cell_x, cell_y (numbers of the places), expected (cases in a week)."""
    sequence: int
    """Of the issue."""


def queue(city: City, viewer: Viewer, function: str | None) -> pd.DataFrame:
    """The cases that wait for a team, in the order in which they are to be served: `dispatch.queries.waiting` with rank, reason, left_s."""
    waiting = queries.waiting(city, viewer.look, LENGTH)
    return matching.order(waiting[waiting["function"] == function] if function else waiting, viewer.look.moment)


def teams(city: City, viewer: Viewer) -> pd.DataFrame:
    """Every team, where it is or, without a position, where it is at home (at_lon, at_lat)."""
    found = queries.teams(city, viewer.look)
    known = found["lon"].notna()
    return found.assign(at_lon=found["lon"].where(known, found["home_lon"]), at_lat=found["lat"].where(known, found["home_lat"]))


def forecast(city: City, viewer: Viewer) -> Risk | None:
    """The forecast in force, for the coverage; None before the first."""
    issue = risk.issue(city, viewer.look)
    if issue is None or viewer.named is None or viewer.named["lon"] is None:
        return None
    return _forecast(city, city.number, issue["sequence"], float(viewer.named["lon"]), float(viewer.named["lat"]))


@st.cache_data(ttl=3600, max_entries=8, show_spinner=False)
def _forecast(_city: City, key: int, sequence: int, lon: float, lat: float) -> Risk:
    cells = risk.foreseen(_city, sequence, horizon_days=7)
    coarse = cells.assign(cell_x=cells["cell_x"] // COARSE, cell_y=cells["cell_y"] // COARSE)
    places = coarse.groupby(["cell_x", "cell_y"], as_index=False)["expected"].sum()
    middle = Grid(lon, lat).outline(places["cell_x"], places["cell_y"], CELL_M * COARSE).mean(axis=1)
    return Risk(middle[:, 0], middle[:, 1], places["expected"].to_numpy(float), places, sequence)


def coverage(fleet: pd.DataFrame, where: Risk | None, viewer: Viewer) -> list[Coverage]:
    """What the free teams on duty reach within the times of `WITHIN_S`; empty without a forecast."""
    if where is None:
        return []
    free = fleet[fleet["state"].isin(FREE) & fleet["on_shift"]]
    seconds = _seconds(free, where.lon, where.lat, viewer)
    return [covered(seconds, where.weights, within) for within in WITHIN_S]


def proposal(
    fleet: pd.DataFrame, case: Mapping[Any, Any], where: Risk | None, viewer: Viewer, preferred: Mapping[str, tuple[int, int]] | None = None
) -> tuple[Ranking, Travel]:  # fmt: skip
    """Who is proposed for a case, and how the way there is known; the cost in coverage is that of ten minutes, within the function.

    What is played back is estimated: the roads of then are not to be had.
    """
    mine = (fleet["state"].isin(FREE) & fleet["on_shift"] & (fleet["function"] == case["function"])).to_numpy()
    travel = roads.of("" if viewer.playback else session.settings().osrm).to(
        fleet["at_lon"].to_numpy(float), fleet["at_lat"].to_numpy(float), case["lon"], case["lat"], hour=_hour(viewer),
        urgent=case["urgency"] == "urgent",
        wanted=fitting(fleet, viewer.look.moment, function=case["function"], skill=case["skill"]),
    )  # fmt: skip
    lost = np.zeros(len(fleet))
    if where is not None:
        lost[mine] = cost_of_sending(_seconds(fleet[mine], where.lon, where.lat, viewer), where.weights, WITHIN_S[0])
    found = ranked(
        fleet, travel.metres, travel.seconds, viewer.look.moment, function=case["function"], skill=case["skill"], coverage_lost=lost,
        preferred=preferred,
    )  # fmt: skip
    return found, travel


def short(fleet: pd.DataFrame, waiting: pd.DataFrame, viewer: Viewer) -> set[str]:
    """Those of the waiting cases that no team can be sent to now, however far it would drive."""
    moment, found = viewer.look.moment, set[str]()
    for (function, skill), cases in waiting.groupby(["function", waiting["skill"].fillna("")])["case_id"]:
        if not fitting(fleet, moment, function=function, skill=skill or None).any():
            found.update(cases)
    return found


def _seconds(fleet: pd.DataFrame, lon: Any, lat: Any, viewer: Viewer) -> np.ndarray[Any, np.dtype[np.float64]]:
    columns = fleet["at_lon"].to_numpy(float)[:, None], fleet["at_lat"].to_numpy(float)[:, None]
    return estimated(*columns, lon, lat, hour=_hour(viewer), urgent=True)[1]


def _hour(viewer: Viewer) -> int:
    zone = ZoneInfo(viewer.named["timezone"]) if viewer.named else ZoneInfo("UTC")
    return viewer.look.moment.astimezone(zone).hour
