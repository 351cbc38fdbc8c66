"""What closed cases propose to change in the register: a graver or a lesser class, or a hazard that nobody has entered yet.

A proposal changes nothing: a manager accepts or declines it with a reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import islice
from typing import Any

import pandas as pd
import shapely

from city_brain.hazards.model import Result, RiskClass, State, turned

LOOKED_BACK = timedelta(days=90)
"""Over how long closed cases are counted."""
RAISE_FROM = 2
"""Closed cases that tell of a hazard, from which a graver class is proposed."""
ENTER_FROM = 3
"""Closed cases of one kind at one place, from which a new hazard is proposed."""
ONE_PLACE_M = 50.0
APART_M = 250.0
"""New hazards of one kind lie at least so far apart: a bad neighbourhood is proposed once."""
MOST_OF_KIND = 3
"""New hazards of one kind proposed at a time."""
ENTERED_AS = RiskClass.YELLOW
"""The class a new hazard is proposed in: whoever accepts it may change it."""


class Change(StrEnum):
    """What a proposal asks for. Texts ``hazard.change.<change>``."""

    RAISE = "raise"
    LOWER = "lower"
    ENTER = "enter"


@dataclass(frozen=True, slots=True)
class Proposal:
    """One change with its reason: the cases that speak for it, newest first."""

    change: Change
    hazard_id: str | None
    """None for a new hazard."""
    kind: str
    risk_class: str
    """The class proposed."""
    lon: float
    lat: float
    district: str | None
    address: str | None
    cases: tuple[str, ...]

    @property
    def proposal_id(self) -> str:
        """The same cases make the same proposal, once."""
        return f"{self.change}:{self.hazard_id or self.kind}:{self.cases[0]}"


def of_hazard(hazard: Mapping[str, Any], near: pd.DataFrame) -> Proposal | None:
    """What closed cases propose for a hazard.

    Parameters
    ----------
    hazard : mapping
        The hazard as it stands.
    near : pandas.DataFrame
        Cases closed lately that tell of it: case_id, closed_at, found (raised by an inspection's findings); newest first.

    Returns
    -------
    Proposal or None
        A graver class, when several cases of its kind were closed near it. A lesser one, when it is under treatment, what an inspection had
        found is closed, nothing else happened near, and it was clear when last inspected after that.
    """
    others, found = near[~near["found"]], near[near["found"]]
    graver, lesser = turned(hazard["risk_class"], 1), turned(hazard["risk_class"], -1)
    if len(others) >= RAISE_FROM and graver:
        return _of(Change.RAISE, hazard, graver, near)
    treated = hazard["state"] == State.UNDER_TREATMENT and hazard["last_result"] == Result.CLEAR and others.empty and len(found)
    if treated and lesser and hazard["last_on"] >= found["closed_at"].max().date():
        return _of(Change.LOWER, hazard, lesser, near)
    return None


def _of(change: Change, hazard: Mapping[str, Any], to: RiskClass, near: pd.DataFrame) -> Proposal:
    where = {name: hazard[name] for name in ("lon", "lat", "district", "address")}
    return Proposal(change, hazard["hazard_id"], hazard["kind"], to, **where, cases=tuple(near["case_id"]))


def of_places(cases: pd.DataFrame) -> list[Proposal]:
    """New hazards: places where cases of a kind of hazard were closed again and again.

    Parameters
    ----------
    cases : pandas.DataFrame
        Closed cases where the register has no such hazard: kind, case_id, lon, lat (WGS-84 degrees), east, north (metres), district,
        address; newest first within a kind.

    Returns
    -------
    list of Proposal
        Most cases first. The place is that of the case with the most others around it.
    """
    found = [one for kind, rows in cases.groupby("kind", sort=True) for one in islice(_places(str(kind), rows), MOST_OF_KIND)]
    return sorted(found, key=lambda proposal: (-len(proposal.cases), proposal.proposal_id))


def _places(kind: str, rows: pd.DataFrame) -> Iterator[Proposal]:
    points = shapely.points(rows[["east", "north"]].to_numpy(float))
    around: list[list[int]] = [[] for _ in points]
    for one, other in shapely.STRtree(points).query(points, predicate="dwithin", distance=ONE_PLACE_M).T.tolist():
        around[one].append(other)
    taken: list[Any] = []
    for middle in sorted(range(len(rows)), key=lambda place: (-len(around[place]), place)):
        if len(around[middle]) < ENTER_FROM:
            return
        if any(shapely.dwithin(points[middle], other, APART_M) for other in taken):
            continue
        taken.append(points[middle])
        row = rows.iloc[middle]
        where: dict[str, Any] = {name: float(row[name]) for name in ("lon", "lat")}
        where |= {name: row[name] if isinstance(row[name], str) else None for name in ("district", "address")}
        yield Proposal(Change.ENTER, None, kind, ENTERED_AS, **where, cases=tuple(rows["case_id"].iloc[sorted(around[middle])]))
