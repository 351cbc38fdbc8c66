"""What decisions about teams read, with the cursor of whoever decides."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from city_brain.errors import NotFound
from city_brain.storage.cursor import Cursor


def team(cursor: Cursor, team_id: str, moment: datetime) -> dict[str, Any]:
    """One team as it stands.

    Raises
    ------
    NotFound
        There is none of this number.
    """
    found = cursor.one("dispatch.team", team_id=team_id, moment=moment)
    if found is None:
        raise NotFound("no_team", team=team_id)
    return found


def live(cursor: Cursor, team_id: str) -> dict[str, Any] | None:
    """The case a team is at now, and who sent it; None where it is at none."""
    return cursor.one("dispatch.live_of_team", team_id=team_id)


def sent_to(cursor: Cursor, case_id: str) -> list[dict[str, Any]]:
    """The teams that are at a case now: team_id."""
    return cursor.rows("dispatch.live_of_case", case_id=case_id)


def assignment(cursor: Cursor, assignment_id: str, moment: datetime) -> dict[str, Any]:
    """One assignment as it stands.

    Raises
    ------
    NotFound
        There is none of this number.
    """
    found = cursor.one("dispatch.assignment", assignment_id=assignment_id, moment=moment)
    if found is None:
        raise NotFound("no_assignment", assignment=assignment_id)
    return found


def alike(cursor: Cursor, case_id: str, radius_m: float, within_s: float) -> list[dict[str, Any]]:
    """Open cases of one kind with a case, reported near it in place and time, the nearest first: case_id, distance_m, team_id (or None)."""
    return cursor.rows("dispatch.alike", case_id=case_id, radius_m=radius_m, within_s=within_s)
