"""Reads of the risk register: the list, its figures, one hazard with its history and the cases near it, what closed cases propose.

Names and numbers of persons are masked here; `actions.disclose` gives them, with a purpose that the record keeps.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import orjson
import pandas as pd

from city_brain.cases.model import Look
from city_brain.errors import NotFound
from city_brain.hazards import model, reading
from city_brain.storage.city import City

NEAR_M = 200.0
NEAR_SINCE = timedelta(days=365)
MOST = 1_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter on hazards; an empty field lets everything through, but closed hazards show only where they are asked for."""

    classes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    day: date | None = None
    """The day of the next inspection."""
    words: str = ""
    closed: bool = False
    """Whether closed hazards are meant too."""

    def parameters(self) -> dict[str, Any]:
        """The filter as parameters of a statement."""
        names = ("classes", "kinds", "departments", "districts", "conditions", "states")
        lists = {name: list(getattr(self, name)) or None for name in names}
        if not self.closed and lists["states"] is None and model.Condition.CLOSED not in self.conditions:
            lists["states"] = [model.State.IN_FORCE, model.State.UNDER_TREATMENT]
        return lists | {"day": self.day, "words": self.words.strip() or None, "hazard_id": None}


def today(city: City, look: Look) -> date:
    """The day of the city at the moment looked at."""
    with city.read() as cursor:
        return reading.today(cursor, look.moment)


def register(city: City, look: Look, wanted: Wanted | None = None) -> pd.DataFrame:
    """The hazards of a filter, in order of attention: overdue, due, by day, the gravest first.

    Returns
    -------
    pandas.DataFrame
        Columns of `model.FIELDS` (person and phone masked; lon, lat in WGS-84 degrees; last_on, next_on days of the city), condition,
        case_id (of a missed inspection), last_result, inspections, simulated, sequence, changed_at (UTC).
    """
    with city.read() as cursor:
        found = cursor.frame("hazards.register", **(wanted or Wanted()).parameters(), today=reading.today(cursor, look.moment))
    for name, mask in model.MASKS.items():
        found[name] = [mask(value if isinstance(value, str) else None) for value in found[name]]
    return found


def rows(city: City, look: Look, wanted: Wanted | None = None) -> list[dict[str, Any]]:
    """The same as dictionaries, None where nothing is known."""
    with city.read() as cursor:
        given = (wanted or Wanted()).parameters() | {"today": reading.today(cursor, look.moment)}
        return [model.masked(row) for row in cursor.rows("hazards.register", **given)]


def hazard(city: City, look: Look, hazard_id: str) -> dict[str, Any]:
    """One hazard, as in `register`.

    Raises
    ------
    NotFound
        There is no such hazard.
    """
    with city.read() as cursor:
        given = Wanted(closed=True).parameters() | {"hazard_id": hazard_id, "today": reading.today(cursor, look.moment)}
        found = cursor.one("hazards.register", **given)
    if found is None:
        raise NotFound("no_hazard", hazard=hazard_id)
    return model.masked(found)


def summary(city: City, look: Look) -> dict[str, int]:
    """Figures of the register: in_force, overdue, due, grave (red, orange), under_treatment, closed, proposed, inspected (last 30 days)."""
    with city.read() as cursor:
        return cursor.one("hazards.summary", today=reading.today(cursor, look.moment), moment=look.moment) or {}


def days(city: City, look: Look, count: int = 30) -> pd.DataFrame:
    """Inspections that fall due from today on: day, risk_class, hazards; days without any are missing."""
    with city.read() as cursor:
        since = reading.today(cursor, look.moment)
        return cursor.frame("hazards.days", since=since, until=since + timedelta(days=count))


def choices(city: City) -> dict[str, list[tuple[str, int]]]:
    """What the filters offer: for kind, department and district each value with its hazards that are not closed."""
    found: dict[str, list[tuple[str, int]]] = {"kind": [], "department": [], "district": []}
    with city.read() as cursor:
        for row in cursor.rows("hazards.choices"):
            found[row["field"]].append((row["value"], row["hazards"]))
    return found


def history(city: City, hazard_id: str) -> list[dict[str, Any]]:
    """What happened to a hazard, newest first: happened_at (UTC), actor, what (entered, changed, inspected, …), told (said of it)."""
    with city.read() as cursor:
        return [row | {"told": orjson.loads(row["told"])} for row in cursor.rows("hazards.history", hazard_id=hazard_id)]


def links(city: City, hazard_id: str) -> list[dict[str, Any]]:
    """The cases a hazard raised, newest first: case_id, why (missed or findings), raised_at, cleared_at (UTC), step."""
    with city.read() as cursor:
        return cursor.rows("hazards.links", hazard_id=hazard_id)


def of_case(city: City, case_id: str) -> dict[str, Any] | None:
    """The hazard that raised a case: hazard_id, name, kind, risk_class, why; None for every other case."""
    with city.read() as cursor:
        return cursor.one("hazards.of_case", case_id=case_id)


def cases_near(city: City, look: Look, hazard_id: str, size: int = 100) -> pd.DataFrame:
    """Cases reported within 200 m of a hazard in the last year, newest first.

    Returns
    -------
    pandas.DataFrame
        case_id, kind, district, address, step, reported_at, closed_at, due_at (UTC), state, distance_m, tells (of such a hazard).
    """
    given = {"radius_m": NEAR_M, "since": look.moment - NEAR_SINCE, "moment": look.moment, "size": size}
    with city.read() as cursor:
        return cursor.frame("hazards.cases_near", hazard_id=hazard_id, **given)


def proposals(city: City, *, ruled: bool, size: int = 50) -> list[dict[str, Any]]:
    """What closed cases propose, newest first: open proposals, or those ruled on.

    Each has proposal_id, change, hazard_id and hazard_name (None for a new hazard), kind, risk_class (proposed), present_class, lon, lat,
    district, address, cases (numbers, newest first), proposed_at, verdict, ruled_at, ruled_by, reason.
    """
    with city.read() as cursor:
        return cursor.rows("hazards.proposals", ruled=ruled, size=size)


def cycles(city: City) -> dict[str, int]:
    """Days from one inspection to the next by class, as they are in force."""
    with city.read() as cursor:
        return reading.cycles(cursor)
