"""What acts on the register look up with the cursor of whoever decides: hazards as they stand, cycles, the day, areas."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from city_brain.errors import NotFound
from city_brain.geo.areas import area_of
from city_brain.hazards.model import CYCLES
from city_brain.storage.cursor import Cursor

LEVELS = ("district", "street")


def hazard(cursor: Cursor, hazard_id: str) -> dict[str, Any]:
    """Every column of a hazard.

    Raises
    ------
    NotFound
        There is no such hazard.
    """
    found = cursor.one("hazards.standing", hazard_ids=[hazard_id])
    if found is None:
        raise NotFound("no_hazard", hazard=hazard_id)
    return found


def cycles(cursor: Cursor) -> dict[str, int]:
    """Days from one inspection to the next by class: the city's own, else those of the project."""
    return {str(name): days for name, days in CYCLES.items()} | {row["risk_class"]: row["days"] for row in cursor.rows("hazards.cycles")}


def today(cursor: Cursor, moment: datetime) -> date:
    """The day of the city at a moment."""
    named = cursor.one("incidents.city")
    return moment.astimezone(ZoneInfo(named["timezone"] if named else "UTC")).date()


def centre(cursor: Cursor) -> tuple[float, float] | None:
    """The centre of the city, WGS-84 degrees; None while there is no city."""
    found = cursor.one("incidents.centre")
    return (found["lon"], found["lat"]) if found and found["lon"] is not None else None


def areas(cursor: Cursor, points: Sequence[tuple[float, float]]) -> list[dict[str, str | None]]:
    """District and street of each point by the outlines; None where they do not say."""
    found: list[dict[str, str | None]] = [{} for _ in points]
    lon, lat = np.array(points, dtype=float).reshape(-1, 2).T
    for level in LEVELS:
        outlines = {row["name"]: row["outline"] for row in cursor.rows("incidents.areas", level=level) if row["outline"]}
        names = area_of(lon, lat, outlines) if outlines else [None] * len(points)
        for place, name in zip(found, names, strict=True):
            place[level] = name
    return found
