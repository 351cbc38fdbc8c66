"""What decisions about a case read of the picture, with the cursor of whoever decides: its standing, its kind, the city's calendar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from city_brain.cases.calendars import Calendar
from city_brain.cases.standing import Standing
from city_brain.errors import NotFound
from city_brain.storage.cursor import Cursor


def case(cursor: Cursor, case_id: str) -> dict[str, Any]:
    """Every column of a case.

    Raises
    ------
    NotFound
        There is no such case.
    """
    found = cursor.one("cases.unfinished", case_id=case_id) or cursor.one("cases.finished", case_id=case_id)
    if found is None:
        raise NotFound("no_case", case=case_id)
    return found


def standings(cursor: Cursor, case_ids: list[str]) -> dict[str, Standing]:
    """How some cases stand."""
    rows = cursor.rows("cases.standing_open", case_ids=case_ids)
    if len(rows) < len(case_ids):
        rows += cursor.rows("cases.standing_closed", case_ids=case_ids)
    return {row["case_id"]: Standing.of(row) for row in rows}


class CityCalendar(Calendar):
    """The working days of the city, read when the first limit asks for them: most limits count clock time."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def __getattr__(self, name: str) -> Any:
        """Reached for what has not been read yet."""
        if name not in ("_slots", "zone", "years", "pace"):
            raise AttributeError(name)
        said: Mapping[str, Any] = self._cursor.one("cases.calendar") or {}
        days = dict(zip(said["days"] or (), said["working"] or (), strict=True))
        super().__init__(said["zone"], days, frozenset(said["years"] or ()), said["pace"])
        return getattr(self, name)


def calendar(cursor: Cursor) -> Calendar:
    """The working days of the city, to be used while the cursor is open."""
    return CityCalendar(cursor)
