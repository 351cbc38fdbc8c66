"""Dispatch in plain values, for neighbours and the command line: the teams, a team sent, positions taken in, response figures."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from city_brain import clock
from city_brain.cases.model import Look
from city_brain.dispatch import actions, queries
from city_brain.dispatch.model import Position
from city_brain.errors import Fault
from city_brain.roles import Actor
from city_brain.storage.city import City


def teams(city: City) -> list[dict[str, Any]]:
    """Every team as it stands now, with the columns of `dispatch.queries.teams`."""
    return _plain(queries.teams(city, Look(clock.now())))


def send(city: City, case_id: str, team_id: str, actor: Actor, *, reason: str | None, same_checked: bool) -> dict[str, Any]:
    """Send a team to a case; gives the assignment as it stands then. Faults are those of `dispatch.actions.assign`."""
    made = actions.assign(city, case_id, team_id, actor, reason=reason, same_checked=same_checked)
    (found,) = (one for one in _plain(queries.assignments(city, Look(clock.now()), case_id=case_id)) if one["assignment_id"] == made)
    return found


def locate(city: City, rows: object, actor: Actor) -> dict[str, int]:
    """Take positions in: a list of team_id, lon, lat (WGS-84), measured_at (ISO 8601 with zone; now where nothing is said).

    Gives read and new.

    Raises
    ------
    Fault
        A row has no number, place or time; or as `dispatch.actions.locate`.
    """
    positions = []
    told: list[Any] = rows if isinstance(rows, list) else [rows]
    for row in told:
        try:
            at = datetime.fromisoformat(row["measured_at"]) if row.get("measured_at") else clock.now()
            positions.append(Position(str(row["team_id"]), float(row["lon"]), float(row["lat"]), at))
        except (AttributeError, KeyError, TypeError, ValueError):
            raise Fault("position_unreadable", row=str(row)[:120]) from None
    return {"read": len(positions), "new": actions.locate(city, positions, actor)}


def response(city: City, days: int, by: str) -> list[dict[str, Any]]:
    """Response figures of the last days by group, with the columns of `dispatch.queries.response`."""
    now = clock.now()
    return _plain(queries.response(city, Look(now), now - timedelta(days=days), by=by))


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values: no NaN, times as text in UTC."""
    told: list[dict[str, Any]] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{name: _value(value) for name, value in row.items()} for row in told]


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.tolist() if hasattr(value, "tolist") else value
