"""Teams in plain values: functions, states, what each kind of case calls for, what an entry and a position must say."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

from city_brain.errors import Fault
from city_brain.incidents import catalogue


class Function(StrEnum):
    """What a team is for. Texts ``team.function.<function>``."""

    INSPECTION = "inspection"
    ROAD_REPAIR = "road_repair"
    DRAINAGE = "drainage"
    SANITATION = "sanitation"
    LIGHTING = "lighting"
    GAS = "gas"
    GREENING = "greening"
    LAW_ENFORCEMENT = "law_enforcement"
    FIRE_RESCUE = "fire_rescue"
    MEDICAL = "medical"
    COMMUNICATIONS = "communications"
    LOGISTICS = "logistics"


CALLS_FOR: Mapping[str, Function] = {
    "city_management": Function.INSPECTION, "law_enforcement": Function.LAW_ENFORCEMENT, "roads": Function.ROAD_REPAIR,
    "water": Function.DRAINAGE, "sanitation": Function.SANITATION, "landscaping": Function.GREENING, "lighting": Function.LIGHTING,
    "gas_heating": Function.GAS, "power": Function.LIGHTING, "telecom": Function.COMMUNICATIONS, "transport": Function.ROAD_REPAIR,
    "police": Function.LAW_ENFORCEMENT, "housing": Function.INSPECTION, "market": Function.INSPECTION,
    "environment": Function.SANITATION, "emergency": Function.FIRE_RESCUE, "civil_affairs": Function.INSPECTION,
    "culture": Function.INSPECTION,
}  # fmt: skip
"""The function that a case calls for, by the department that its category names."""
OTHERWISE = Function.INSPECTION
"""A case without a category is looked at first."""

SKILLS: Mapping[str, tuple[str, ...]] = {
    "manhole": ("01001", "01002", "01003", "01019"),
    "pump": ("01004", "01072", "01073", "06030"),
    "gas_detector": ("01011", "01021", "01049", "01057"),
    "lift": ("01037", "01047", "01077", "10002"),
    "chainsaw": ("04001", "04002", "04003"),
    "road_plate": ("06013",),
    "sweeper": ("06012", "06014", "10001"),
}
"""What a team must have besides its function, by the codes of the categories that ask for it: covers, ponding, gas, work at height, trees,
holes in the road, streets to be swept. Every other category asks for none; a component and its fault have one code."""
EVERY_SKILL = (*SKILLS, "ladder", "rescue", "ambulance", "truck")
"""What a team can have; no category asks for the last of them. Texts ``team.skill.<skill>``."""

STALE = timedelta(minutes=30)
"""A position older than this says nothing about where a team is."""
AHEAD = timedelta(minutes=5)
"""How far ahead of ours another clock may be."""
SAME_M, SAME_WITHIN = 150.0, timedelta(hours=2)
"""Cases of one kind reported so near each other may be the same matter."""
MOST_SIZE, MOST_LETTERS = 200, 80
MOST_POSITIONS = 5_000
"""Of one call."""
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True)
class Team:
    """A team as it is entered."""

    team_id: str
    name_zh: str
    name_en: str
    function: Function
    department: str
    """Whose it is: a key of the departments."""
    size: int
    home_lon: float
    home_lat: float
    """WGS-84 degrees."""
    skills: tuple[str, ...] = ()
    shift_from: str | None = None
    shift_until: str | None = None
    """HH:MM on the clock of the city; a shift may go past midnight; none is round the clock."""
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """Where a team was."""

    team_id: str
    lon: float
    lat: float
    """WGS-84 degrees."""
    measured_at: datetime


MOMENTS = ("assigned_at", "en_route_at", "on_scene_at", "cleared_at")
"""Of an assignment that went well, in their order."""


@dataclass(frozen=True, slots=True)
class Served:
    """A case that a team has served, from its sending to the end of its work."""

    case_id: str
    team_id: str
    assigned_at: datetime
    en_route_at: datetime
    on_scene_at: datetime
    cleared_at: datetime
    eta_s: float | None = None
    distance_m: float | None = None


def function_of(category_kind: str | None, category_code: str | None) -> Function:
    """The function that a case of a category calls for."""
    found = catalogue.category(category_kind, category_code) if category_code else None
    return CALLS_FOR.get(found.department, OTHERWISE) if found else OTHERWISE


def skill_of(category_code: str | None) -> str | None:
    """The skill that a case of a category asks for; None where any team of the function will do."""
    return next((skill for skill, codes in SKILLS.items() if category_code in codes), None)


def team(said: Mapping[str, Any]) -> Team:
    """A team out of plain values, such as a row of a list.

    Raises
    ------
    Fault
        A field is missing or cannot be so; it says which.
    """
    for name in ("team_id", "name_zh", "function", "department", "home_lon", "home_lat"):
        if not str("" if said.get(name) is None else said[name]).strip():
            raise _cannot(name, "—")
    given = {name: said[name] for name in Team.__dataclass_fields__ if said.get(name) is not None}
    kinds: Mapping[str, Callable[[Any], Any]] = {
        "function": Function, "size": _whole, "home_lon": float, "home_lat": float, "skills": tuple
    }  # fmt: skip
    for name in ("team_id", "name_zh", "name_en", "department"):
        if not isinstance(said.get(name), str | None) or len(said.get(name) or "") > MOST_LETTERS:
            raise _cannot(name, said[name])
    for name, kind in kinds.items():
        try:
            given[name] = kind(said[name] if said.get(name) is not None else {"size": 1}.get(name, ()))
        except (OverflowError, TypeError, ValueError):
            raise _cannot(name, said[name]) from None
    texts = {"team_id": str(said["team_id"]).strip(), "name_en": said.get("name_en") or said["name_zh"]}
    made = Team(**given | texts | {"simulated": bool(said.get("simulated"))})
    if not _NUMBER.fullmatch(made.team_id):
        raise _cannot("team_id", made.team_id)
    if not 1 <= made.size <= MOST_SIZE:
        raise _cannot("size", made.size)
    if (made.shift_from is None) != (made.shift_until is None):
        raise _cannot("shift_from" if made.shift_from is None else "shift_until", "—")
    for name, value in (("shift_from", made.shift_from), ("shift_until", made.shift_until)):
        if value is not None and not (isinstance(value, str) and _TIME.fullmatch(value)):
            raise _cannot(name, value)
    check_place(made.team_id, made.home_lon, made.home_lat)
    return made


def _cannot(field: str, value: object) -> Fault:
    return Fault("team_field", field=f"team.{field}", value=str(value)[:MOST_LETTERS])


def _whole(value: Any) -> int:
    number = float(value)
    if number != int(number):
        raise ValueError("no whole number")
    return int(number)


def check_place(team_id: str, lon: float, lat: float) -> None:
    """A place on the earth, and not the point where null island lies.

    Raises
    ------
    Fault
        It is none.
    """
    on_earth = math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90
    if not on_earth or (lon == 0 and lat == 0):
        raise Fault("team_place", team=team_id, lon=str(lon), lat=str(lat))


def on_shift(shift_from: str | None, shift_until: str | None, at: time) -> bool:
    """Whether a shift covers a time of the city's day; one that begins and ends alike is round the clock."""
    if shift_from is None or shift_until is None or shift_from == shift_until:
        return True
    begins, ends = time.fromisoformat(shift_from), time.fromisoformat(shift_until)
    return begins <= at < ends if begins < ends else at >= begins or at < ends
