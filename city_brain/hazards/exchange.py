"""The register as a file: CSV or GeoJSON out, and back in. Codes and their names in both languages are understood alike.

Coordinates stand in the datum that whoever asks states; inside they are WGS-84. What is written reads back the same.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import orjson

from city_brain.errors import Fault
from city_brain.geo.coordinates import from_wgs84, is_projected, to_wgs84
from city_brain.hazards.model import FIELDS, HazardKind, RiskClass, State
from city_brain.incidents import sheets
from city_brain.incidents.sheets import folded

FORMATS = ("csv", "geojson")
NUMBERS, DAYS = ("lon", "lat"), ("last_on", "next_on")
VOCABULARIES = {"kind": ("hazard.kind", HazardKind), "risk_class": ("hazard.class", RiskClass), "state": ("hazard.state", State)}
MOST = 100_000
"""Hazards in one file."""
_DIGITS = 9
"""Decimals of a degree that are kept: a tenth of a millimetre."""


def write(hazards: Sequence[Mapping[str, Any]], form: str, datum: str = "wgs84") -> str:
    """Hazards as text: CSV with the columns of `model.FIELDS`, or a GeoJSON FeatureCollection of points.

    Raises
    ------
    Fault
        There is no such datum, or it is not of degrees.
    """
    if is_projected(datum):
        raise Fault("hazard_datum", datum=datum)
    lon, lat = (np.array([row[name] for row in hazards], dtype=float) for name in NUMBERS)
    lon, lat = from_wgs84(lon, lat, datum)
    rows = [
        {name: _plain(row[name]) for name in FIELDS} | {"lon": round(float(x), _DIGITS), "lat": round(float(y), _DIGITS)}
        for row, x, y in zip(hazards, lon, lat, strict=True)
    ]
    if form == "geojson":
        features = [
            {
                "type": "Feature", "geometry": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
                "properties": {name: row[name] for name in FIELDS if name not in NUMBERS},
            }
            for row in rows
        ]  # fmt: skip
        told = {"type": "FeatureCollection", "datum": datum, "features": features}
        return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode() + "\n"
    return sheets.written(FIELDS, rows)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def read(text: str, datum: str = "wgs84") -> tuple[list[tuple[int, dict[str, str]]], tuple[str, ...]]:
    """The rows of a file as they stand: (line of the file, or number of the feature; field → text), and columns that say nothing here.

    Raises
    ------
    Fault
        It is no list of hazards, or has too many.
    """
    if is_projected(datum):
        raise Fault("hazard_datum", datum=datum)
    rows = list(_features(text) if text.lstrip("\ufeff \n\r\t").startswith("{") else _records(text))
    if len(rows) > MOST:
        raise Fault("hazard_many", most=MOST)
    names, columns = headers(), dict.fromkeys(column for _, row in rows for column in row)
    if not {names.get(folded(column)) for column in columns} & {"name", "kind"}:
        raise Fault("hazard_no_list", columns=", ".join(FIELDS))
    unknown = tuple(column for column in columns if folded(column) not in names and not column.startswith("_"))
    return rows, unknown


def _features(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        features = orjson.loads(text.lstrip("\ufeff")).get("features")
        for number, feature in enumerate(features or [], start=1):
            point = feature.get("geometry") or {}
            place = dict(zip(NUMBERS, point["coordinates"], strict=False)) if point.get("type") == "Point" else {}
            said = {**(feature.get("properties") or {}), **place}
            yield number, {str(name): str(value) for name, value in said.items() if value is not None}
    except (ValueError, AttributeError, TypeError, KeyError):
        raise Fault("hazard_no_list", columns=", ".join(FIELDS)) from None


def _records(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        yield from sheets.rows(text)
    except csv.Error:
        raise Fault("hazard_no_list", columns=", ".join(FIELDS)) from None


def parsed(row: Mapping[str, str], datum: str = "wgs84") -> dict[str, Any]:
    """A row in values: codes for names, numbers, days; degrees in WGS-84. An empty cell is None.

    Raises
    ------
    Fault
        A cell cannot be read; `field` names it.
    """
    names = headers()
    found: dict[str, Any] = dict.fromkeys(FIELDS)
    for column, text in row.items():
        field = names.get(folded(column))
        if field and text.strip():
            found[field] = _value(field, text.strip())
    if found["lon"] is not None and found["lat"] is not None and abs(found["lon"]) <= 180 and abs(found["lat"]) <= 90:
        lon, lat = to_wgs84(np.array([found["lon"]]), np.array([found["lat"]]), datum)
        found |= {"lon": round(float(lon[0]), _DIGITS), "lat": round(float(lat[0]), _DIGITS)}
    return found


def _value(field: str, text: str) -> Any:
    named = f"hazard.{field}"
    if field in NUMBERS:
        try:
            return float(text)
        except ValueError:
            raise Fault("hazard_number", field=named, value=text) from None
    if field in DAYS:
        try:
            return date.fromisoformat(text.replace("/", "-")[:10])
        except ValueError:
            raise Fault("hazard_date", field=named, value=text) from None
    if field in VOCABULARIES:
        allowed = VOCABULARIES[field][1]
        code = _vocabulary(field).get(folded(text))
        if code is None:
            raise Fault("hazard_unknown", field=named, value=text, allowed=", ".join(allowed))
        return code
    return sheets.departments().get(folded(text), text) if field == "department" else text


@cache
def headers() -> dict[str, str]:
    """What a column may be called → its field: the field itself, or its label in either language."""
    return sheets.named("field.hazard", FIELDS)


@cache
def _vocabulary(field: str) -> dict[str, str]:
    return sheets.named(*VOCABULARIES[field])
