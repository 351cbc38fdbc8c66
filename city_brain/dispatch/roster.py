"""The teams of a city as a list: CSV or JSON in, CSV out. Codes and their names in both languages are understood alike."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from city_brain.dispatch.model import EVERY_SKILL, Function, Team, team
from city_brain.errors import Fault
from city_brain.geo.coordinates import from_wgs84, is_projected, to_wgs84
from city_brain.incidents import sheets
from city_brain.incidents.sheets import folded

FIELDS = (
    "team_id", "name_zh", "name_en", "function", "department", "size", "skills", "home_lon", "home_lat", "shift_from", "shift_until",
)  # fmt: skip
"""Columns of the list; a name in English, a size (1), skills and a shift (round the clock) may be left out."""
HOME = ("home_lon", "home_lat")
NEEDED = frozenset({"team_id", "name_zh", "function", "department", "home_lon", "home_lat"})
MOST = 5_000
"""Teams in one list."""
_BETWEEN = re.compile(r"[;；,，、|]+")
_HOURS = re.compile(r"(\d{1,2})[:：](\d\d)(?:[:：]00)?")
"""As spreadsheets write times of the day."""
_DIGITS = 7
"""Decimals of a degree that are kept: a centimetre."""


def read(text: str) -> list[tuple[int, dict[str, Any]]]:
    """The rows of a list as they stand: (line of the CSV file, or number of the JSON object; column → what it says).

    Raises
    ------
    Fault
        It is no list of teams, or has too many.
    """
    try:
        rows = list(_objects(text) if text.lstrip("\ufeff \n\r\t").startswith("[") else sheets.rows(text))
    except (csv.Error, RecursionError, ValueError):
        raise Fault("team_no_list", columns=", ".join(FIELDS)) from None
    if len(rows) > MOST:
        raise Fault("team_many", most=MOST)
    known = {headers().get(folded(column)) for _, row in rows for column in row}
    if not known & {"team_id", "function"}:
        raise Fault("team_no_list", columns=", ".join(FIELDS))
    return rows


def _objects(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, row in enumerate(json.loads(text.lstrip("\ufeff")), start=1):
        if not isinstance(row, dict):
            raise ValueError(f"no object: {row}")
        yield number, {str(name): value for name, value in row.items() if value is not None}


def parsed(row: Mapping[str, Any], datum: str = "wgs84", known: Mapping[str, Any] | None = None) -> Team:
    """A row as a team, its home in WGS-84.

    Parameters
    ----------
    known : mapping, optional
        The team as it stands, with None for what it does not have: columns that the list lacks keep what it has. An empty cell clears.

    Raises
    ------
    Fault
        Something is missing or cannot be so; there is no such datum, or it is not of degrees.
    """
    if is_projected(datum):
        raise Fault("team_datum", datum=datum)
    said: dict[str, Any] = {}
    for column, value in row.items():
        field = headers().get(folded(column))
        if field:
            said[field] = _value(field, value) if str(value).strip() else None
    whole = {**(known or {}), **said}
    missing = {name for name in NEEDED if whole.get(name) is None}
    missing |= {name for name in HOME if said.get(name) is None} if any(said.get(name) is not None for name in HOME) else set()
    if missing:
        raise Fault("team_missing", field=", ".join(f"team.{name}" for name in FIELDS if name in missing))
    found = team(whole)
    if said.get("home_lon") is None:
        return found
    lon, lat = to_wgs84(np.array([found.home_lon]), np.array([found.home_lat]), datum)
    return replace(found, home_lon=round(float(lon[0]), _DIGITS), home_lat=round(float(lat[0]), _DIGITS))


def number(row: Mapping[str, Any]) -> str:
    """The number that a row names; '' where it names none."""
    said = next((value for column, value in row.items() if headers().get(folded(column)) == "team_id"), "")
    return str(said).strip()


def write(teams: Iterable[Mapping[str, Any]], datum: str = "wgs84") -> str:
    """Teams with the columns of `FIELDS` as CSV text, which reads back the same."""
    rows = list(teams)
    lon, lat = (np.array([row[name] for row in rows], dtype=float) for name in HOME)
    lon, lat = from_wgs84(lon, lat, datum)
    told = [
        {name: row[name] for name in FIELDS}
        | {"skills": "; ".join(row["skills"]), "home_lon": round(x, _DIGITS), "home_lat": round(y, _DIGITS)}
        for row, x, y in zip(rows, lon.tolist(), lat.tolist(), strict=True)
    ]
    return sheets.written(FIELDS, told)


def _value(field: str, value: Any) -> Any:
    if field == "skills":
        several = value if isinstance(value, list) else _BETWEEN.split(str(value))
        return tuple(_code("skills", str(one)) for one in several if str(one).strip())
    if field == "function":
        return _code("function", str(value))
    if field in ("shift_from", "shift_until"):
        hours = _HOURS.fullmatch(str(value).strip())
        return f"{int(hours[1]):02d}:{hours[2]}" if hours else str(value)
    if field == "department":
        return sheets.departments().get(folded(str(value)), str(value).strip())
    if field == "team_id" and isinstance(value, int):
        return str(value)
    return value.strip() if isinstance(value, str) else value


def _code(field: str, text: str) -> str:
    code = _vocabulary(field).get(folded(text))
    if code is None:
        raise Fault(
            "team_unknown", field=f"team.{field}", value=text.strip(), allowed=", ".join(Function if field == "function" else EVERY_SKILL)
        )
    return code


@cache
def headers() -> dict[str, str]:
    """What a column may be called, folded → its field: the field itself, or its label in either language."""
    return sheets.named("field.team", FIELDS)


@cache
def _vocabulary(field: str) -> dict[str, str]:
    return sheets.named("team.function", Function) if field == "function" else sheets.named("team.skill", EVERY_SKILL)
