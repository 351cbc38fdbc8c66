"""What the page of risk reads, kept for all who see the same: the forecast in force, the cells of a question, where they lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from city_brain.backtesting import OTHER
from city_brain.cases.model import Look
from city_brain.geo.grid import Grid
from city_brain.risk import queries
from city_brain.risk.model import CLASSES, HORIZONS, WEEK_DAYS, classed
from city_brain.storage.city import City
from city_brain.ui import cached
from city_brain.ui.risk.asked import Asked
from city_brain.ui.session import Viewer

COARSE_S = 60


@dataclass(frozen=True, slots=True)
class Seen:
    """The forecast in force."""

    issue: dict[str, Any]
    choices: pd.DataFrame
    leasts: dict[str, float]
    look: Look

    @property
    def kinds(self) -> tuple[str, ...]:
        """What is forecast, all together first, then the most expected."""
        week = self.choices[self.choices["horizon_days"] == HORIZONS[-1]]
        return tuple(dict.fromkeys([queries.ALL, *week["kind"]]))

    @property
    def apart(self) -> tuple[str, ...]:
        """The kinds that are told apart; every other one is `OTHER`."""
        return tuple(kind for kind in self.kinds if kind not in (queries.ALL, OTHER))

    def choice(self, kind: str, horizon_days: int) -> Mapping[str, Any]:
        """Which model serves a kind and horizon, and by what record."""
        found = self.choices[(self.choices["kind"] == kind) & (self.choices["horizon_days"] == horizon_days)]
        return dict(found.iloc[0])

    def days(self, horizon_days: int) -> tuple[date, date]:
        """First and last day that is forecast."""
        first: date = self.issue["from_day"]
        return first, first + timedelta(days=horizon_days - 1)


def forecast(city: City, viewer: Viewer) -> Seen | None:
    """The forecast in force at the moment looked at; None before the first."""
    look = cached.coarse(viewer, COARSE_S)
    issue = queries.issue(city, viewer.look)
    if issue is None:
        return None
    return Seen(issue, _choices(city, city.number, issue["sequence"]), queries.classes(city, viewer.look), look)


@st.cache_data(ttl=3600, max_entries=16, show_spinner=False)
def _choices(_city: City, key: int, sequence: int) -> pd.DataFrame:
    return queries.choices(_city, sequence)


def cells(city: City, seen: Seen, asked: Asked) -> pd.DataFrame:
    """The cells of a question, the largest value first.

    Returns
    -------
    pandas.DataFrame
        cell_x, cell_y, value (cases: what is shown), expected, observed, class (place in `CLASSES`), weekly (expected in a week),
        the parts and all_history (cases of the horizon), calendar, district, street (None where no case near tells).
    """
    return _cells(
        city, city.number, seen.issue["sequence"], seen.look, asked.kind, asked.horizon_days, asked.shown, asked.window_days,
        tuple(seen.leasts.items()), seen.apart,
    )  # fmt: skip


@st.cache_data(ttl=COARSE_S, max_entries=64, show_spinner=False)
def _cells(
    _city: City, key: int, sequence: int, look: Look, kind: str, horizon_days: int, shown: str, window_days: int,
    leasts: tuple[tuple[str, float], ...], apart: tuple[str, ...],
) -> pd.DataFrame:  # fmt: skip
    found = queries.foreseen(_city, sequence, horizon_days=horizon_days, kind=kind)
    came = queries.observed(_city, look, look.moment - timedelta(days=window_days), look.moment, kind=kind, apart=apart)
    found = found.merge(came, how="outer", on=["cell_x", "cell_y"])
    found["calendar"] = found["calendar"].fillna(1.0)
    numbers = found.columns.difference(["cell_x", "cell_y"])
    found[numbers] = found[numbers].astype(float).fillna(0.0)
    found["value"] = {
        "forecast": found["expected"], "observed": found["observed"],
        "difference": found["observed"] * horizon_days / window_days - found["expected"],
    }[shown]  # fmt: skip
    found["class"] = classed(found["expected"], horizon_days, dict(leasts))
    found["weekly"] = found["expected"] * WEEK_DAYS / horizon_days
    found = queries.placed(found, areas(_city, look))
    order = found["value"].abs() if shown == "difference" else found["value"]
    return found.iloc[np.lexsort((found["cell_y"], found["cell_x"], -order))].reset_index(drop=True)


def areas(city: City, look: Look) -> pd.DataFrame:
    """Where cells lie: cell_x, cell_y, district, street."""
    return _areas(city, city.number, look.moment.date().isoformat(), look.as_of is not None, look)


@st.cache_data(ttl=3600, max_entries=8, show_spinner=False)
def _areas(_city: City, key: int, day: str, playback: bool, _look: Look) -> pd.DataFrame:
    return queries.districts(_city, _look)


def narrowed(cells: pd.DataFrame, asked: Asked) -> pd.DataFrame:
    """The cells that are drawn, listed and summed: of the class that is asked for; a list of observed ones has those with cases."""
    if asked.shown == "observed" and asked.by == "cell":
        cells = cells[cells["observed"] > 0]
    if asked.only is None:
        return cells
    return cells[(cells["class"] == [str(name) for name in CLASSES].index(asked.only)) & (cells["expected"] > 0)]


def counts(cells: pd.DataFrame) -> dict[str, int]:
    """How many cells are of each class."""
    found = cells[cells["expected"] > 0]["class"].value_counts()
    return {str(name): int(found.get(place, 0)) for place, name in enumerate(CLASSES)}


def grid(viewer: Viewer) -> Grid:
    """The city's grid."""
    assert viewer.named is not None
    return Grid(viewer.named["lon"], viewer.named["lat"])


def class_of(row: Mapping[Any, Any]) -> str:
    """The class of risk of a cell."""
    return str(CLASSES[int(row["class"])])
