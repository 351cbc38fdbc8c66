"""Dispatch in plain values, for neighbours and the command line: the teams, a team sent, positions taken in, response figures."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from city_brain import clock
from city_brain.cases.model import Look
from city_brain.dispatch import actions, queries, reading, roster
from city_brain.dispatch.lifecycle import BY_HAND, STEPS
from city_brain.dispatch.model import Position, Team
from city_brain.errors import Fault
from city_brain.incidents import queries as incidents
from city_brain.roles import Actor, Right, Role, require
from city_brain.storage.city import City

SAID = tuple(step.stage for step in STEPS if step.roles > {Role.SYSTEM})
"""What people can say of a team at a case."""
SAYINGS = (*map(str, SAID), *map(str, BY_HAND))


def teams(city: City) -> list[dict[str, Any]]:
    """Every team as it stands now, with the columns of `dispatch.queries.teams`."""
    return _plain(queries.teams(city, Look(clock.now())))


def send(city: City, case_id: str, team_id: str, actor: Actor, *, reason: str | None, same_checked: bool) -> dict[str, Any]:
    """Send a team to a case; gives the assignment as it stands then. Faults are those of `dispatch.actions.assign`."""
    made = actions.assign(city, case_id, team_id, actor, reason=reason, same_checked=same_checked)
    (found,) = (one for one in _plain(queries.assignments(city, Look(clock.now()), case_id=case_id)) if one["assignment_id"] == made)
    return found


def take_in(city: City, text: str, actor: Actor, *, datum: str) -> dict[str, Any]:
    """Take in a list of teams as text (CSV or JSON), homes in the datum stated; teams that are there are changed, new ones are available.

    What the list has no column for stays as it is, and so does whether a team is simulated. An empty cell clears.

    Returns
    -------
    dict
        read = new + changed + refused (how many); ``rows`` are the refused ones, each with line, fault, values and the row as it came.

    Raises
    ------
    NotAllowed, Fault
        The role may not; the text is no list of teams.
    """
    require(actor, Right.TEAMS)
    given, refused, taken = roster.read(text), list[dict[str, Any]](), dict[str, Team]()
    departments = incidents.names(city)["department"]
    known = {str(one["team_id"]): one for one in _rows(queries.teams(city, Look(clock.now())))}
    for line, row in given:
        try:
            team = roster.parsed(row, datum, known.get(roster.number(row)))
            if team.team_id in taken:
                raise Fault("team_twice", team=team.team_id)
            if team.department not in departments:
                raise Fault("no_department", department=team.department)
            taken[team.team_id] = team
        except Fault as fault:
            cells = {column: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for column, value in row.items()}
            refused.append({"line": line, "fault": fault.key, "values": fault.values, "row": cells})
    new = actions.enter(city, taken.values(), actor)
    return {"read": len(given), "new": new, "changed": len(taken) - new, "refused": len(refused), "rows": refused}


def written(city: City, look: Look, datum: str) -> dict[str, Any]:
    """Every team as CSV text that `take_in` reads back: text, and how many there are."""
    rows = _rows(queries.teams(city, look))
    return {"text": roster.write(rows, datum), "teams": len(rows)}


def say(city: City, team_id: str, said: str, actor: Actor, *, reason: str | None = None) -> dict[str, Any]:
    """Say how a team stands: en_route, on_scene, cleared or recalled at its case, or available, off_duty, out_of_service.

    Gives the team as it stands then.

    Raises
    ------
    NotFound, NotAllowed, Stale, Fault
        The team is at no case; and as `dispatch.actions.advance` and `put`.
    """
    if said in SAID:
        with city.read() as cursor:
            live = reading.live(cursor, team_id)
        if live is None:
            raise Fault("team_at_no_case", team=team_id)
        actions.advance(city, live["assignment_id"], said, actor, reason=reason)
    else:
        actions.put(city, [team_id], said, actor, reason=reason)
    (found,) = (team for team in teams(city) if team["team_id"] == team_id)
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
    return [{name: _value(value) for name, value in row.items()} for row in _rows(frame)]


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows with None for what is not there."""
    told: list[dict[str, Any]] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return told


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.tolist() if hasattr(value, "tolist") else value
