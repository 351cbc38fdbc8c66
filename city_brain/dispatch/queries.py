"""Reads about teams and assignments. Each takes the city and the moment looked at; times are UTC, coordinates WGS-84 degrees."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from city_brain.cases.model import Look
from city_brain.dispatch import model, reading
from city_brain.storage.city import City

LEAST = 10
"""Below so many assignments no percentile is told."""
OFTEN, MOSTLY = 3, 0.6
"""So often, and in so large a share of the overrules of a function in a district, a team must have been preferred to be told of."""
GROUPINGS = ("whole", "kind", "district", "team", "function", "urgency")
CLOCKS = ("waiting", "turnout", "travel", "on_scene", "total")
"""Report to sending, to departure, to arrival, to the end of the work; report to arrival."""


def teams(city: City, look: Look) -> pd.DataFrame:
    """Every team as it stood.

    Returns
    -------
    pandas.DataFrame
        team_id, name_zh, name_en, function, department, size, home_lon, home_lat, skills (lists), shift_from, shift_until (HH:MM or None),
        simulated, state, since, assignment_id and case_id (while it is sent), lon, lat, located_at (its last position; NaT without one),
        on_shift (at that moment, on the clock of the city). By function and number.
    """
    with city.read(look.as_of) as cursor:
        found = cursor.frame("dispatch.teams", moment=look.moment)
    at = look.moment.astimezone(ZoneInfo(timezone(city))).time()
    hours = _pairs(found, "shift_from", "shift_until")
    on = {shift: model.on_shift(*shift, at) for shift in set(hours)}
    shifts = [on[shift] for shift in hours]
    return found.assign(on_shift=pd.Series(shifts, index=found.index, dtype=bool))


def _pairs(found: pd.DataFrame, first: str, second: str) -> list[tuple[Any, Any]]:
    """Two columns of text row by row, with None for what is not there."""
    return list(zip(*(found[name].to_numpy(object, na_value=None) for name in (first, second)), strict=True))


def waiting(city: City, look: Look, size: int = 2000) -> pd.DataFrame:
    """Cases that wait for a team: dispatched or to be dispatched, with a point, nobody sent, and nobody done there since.

    Returns
    -------
    pandas.DataFrame
        case_id, kind, category_kind, category_code, function and skill (what it calls for; skill None where any team of the function will
        do), urgency, step, holder, department, reported_at, due_at, lon, lat, district, address, step_at, sequence, pinned_at, pinned_by,
        pin_reason. Pinned and urgent ones first, then by deadline.
    """
    with city.read(look.as_of) as cursor:
        found = cursor.frame("dispatch.waiting", moment=look.moment, size=size)
    pairs = _pairs(found, "category_kind", "category_code")
    calls = {(kind, code): (str(model.function_of(kind, code)), model.skill_of(code)) for kind, code in set(pairs)}
    functions, skills = zip(*(calls[pair] for pair in pairs), strict=True) if pairs else ((), ())
    return found.assign(
        function=pd.Series(functions, index=found.index, dtype=object), skill=pd.Series(skills, index=found.index, dtype=object)
    )


def assignments(
    city: City, look: Look, *, case_id: str | None = None, team_id: str | None = None, live: bool = False, size: int = 500
) -> pd.DataFrame:
    """Assignments, the newest first.

    Returns
    -------
    pandas.DataFrame
        assignment_id, case_id, team_id, assigned_at, assigned_by, recommended, overruled, reason, eta_s, distance_m, travel, en_route_at,
        on_scene_at, cleared_at, ended_at, ended (cleared, recalled, passed; None while live).
    """
    with city.read(look.as_of) as cursor:
        return cursor.frame("dispatch.assignments", moment=look.moment, case_id=case_id, team_id=team_id, live=live, size=size)


def news(city: City, look: Look, since: datetime) -> pd.DataFrame:
    """What has happened with assignments since a moment, the latest first.

    Returns
    -------
    pandas.DataFrame
        assignment_id, case_id, team_id, assigned_at, assigned_by, on_scene_at, ended_at, ended: of those that were made, arrived or ended.
    """
    with city.read(look.as_of) as cursor:
        return cursor.frame("dispatch.news", moment=look.moment, since=since)


def alike(city: City, look: Look, case_id: str) -> list[dict[str, Any]]:
    """Open cases that may be the same matter, the nearest first: case_id, distance_m, team_id (who is at it; None where nobody is)."""
    with city.read(look.as_of) as cursor:
        found = reading.alike(cursor, case_id, model.SAME_M, model.SAME_WITHIN.total_seconds())
    if look.as_of is None:
        return found
    then = assignments(city, look, live=True)
    there = dict(zip(then["case_id"], then["team_id"], strict=True))
    return [one | {"team_id": there.get(one["case_id"])} for one in found]


def response(city: City, look: Look, since: datetime, *, by: str = "whole") -> pd.DataFrame:
    """How long it took from the report to the team's arrival and on, for teams sent since a moment.

    Returns
    -------
    pandas.DataFrame
        group, n, and <clock>_p50, <clock>_p90 (seconds) and <clock>_n for each of `CLOCKS`; a percentile of fewer than `LEAST` is NaN.
        The group with most first; of the whole one row.
    """
    if by not in GROUPINGS:
        raise ValueError(f"{by} is none of {GROUPINGS}")
    with city.read(look.as_of) as cursor:
        found = cursor.frame("dispatch.response", moment=look.moment, since=since, by=by)
    for name in CLOCKS:
        columns = [f"{name}_p50", f"{name}_p90"]
        found[columns] = found[columns].where(found[f"{name}_n"] >= LEAST)
    return found


def served(city: City, look: Look, since: datetime, *, by: str, group: str | None) -> pd.DataFrame:
    """The assignments behind the figures of one group of `response`, the last made first.

    Returns
    -------
    pandas.DataFrame
        case_id, team_id, kind, assigned_at, and each of `CLOCKS` in seconds (NaN where it has not come to that).
    """
    with city.read(look.as_of) as cursor:
        return cursor.frame("dispatch.served", moment=look.moment, since=since, by=by, group=group)


def handled(city: City, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Simulated cases with a point that were handled in between: case_id, function, urgency, dispatched_at, handled_at, lon, lat."""
    with city.read() as cursor:
        rows = cursor.rows("dispatch.handled", since=since, until=until)
    return [row | {"function": model.function_of(row["category_kind"], row["category_code"])} for row in rows]


def overrules(city: City, look: Look, since: datetime) -> pd.DataFrame:
    """How often another team was sent than was proposed, the most frequent first.

    Returns
    -------
    pandas.DataFrame
        recommended, team_id, reason, assigned_by, times, last_at, proposals (of all in that time: how often one was proposed).
    """
    with city.read(look.as_of) as cursor:
        return cursor.frame("dispatch.overrules", moment=look.moment, since=since)


def preferred(city: City, look: Look, since: datetime) -> pd.DataFrame:
    """Which teams people have sent against what was proposed, where it was often and mostly the same one (`OFTEN`, `MOSTLY`).

    Returns
    -------
    pandas.DataFrame
        function, district, team_id, times, overrules (all of this function and district).
    """
    with city.read(look.as_of) as cursor:
        found = cursor.frame("dispatch.preferred", moment=look.moment, since=since)
    return found[(found["times"] >= OFTEN) & (found["times"] >= MOSTLY * found["overrules"])].reset_index(drop=True)


def timezone(city: City) -> str:
    """The zone on whose clock shifts are; UTC without a city."""
    with city.read() as cursor:
        return str(cursor.value("dispatch.timezone") or "UTC")


def counts(city: City, look: Look) -> dict[str, int]:
    """How many teams are in each state."""
    with city.read(look.as_of) as cursor:
        return {row["state"]: int(row["teams"]) for row in cursor.rows("dispatch.counts", moment=look.moment)}
