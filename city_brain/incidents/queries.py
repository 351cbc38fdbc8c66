"""Reads about what was reported: the city, its areas and map, sources, batches, quarantine."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd

from city_brain.errors import NotFound
from city_brain.incidents import catalogue
from city_brain.incidents.model import Source
from city_brain.storage.city import City


def city(picture: City) -> dict[str, Any] | None:
    """The city: name_zh, name_en, timezone, lon, lat (WGS-84), zoom, simulated, town; None when there is none yet."""
    with picture.read() as cursor:
        return cursor.one("incidents.city")


def areas(picture: City, level: str = "district") -> pd.DataFrame:
    """One row per area of a level: name, name_zh, name_en, parent, code, label_lon, label_lat, outline (GeoJSON or None)."""
    with picture.read() as cursor:
        return cursor.frame("incidents.areas", level=level)


def features(picture: City) -> list[dict[str, Any]]:
    """Lines and surfaces of the offline base map: kind, name_zh, name_en, outline (GeoJSON), schematic."""
    with picture.read() as cursor:
        return cursor.rows("incidents.features")


def sources(picture: City) -> list[dict[str, Any]]:
    """One row per source: counters (read = taken + known + quarantined), placement of its cases, last_arrival (UTC)."""
    with picture.read() as cursor:
        return cursor.rows("incidents.sources")


def source(picture: City, name: str) -> Source:
    """One source.

    Raises
    ------
    NotFound
        No such source.
    """
    with picture.read() as cursor:
        found = cursor.one("incidents.source", source=name)
    if found is None:
        raise NotFound("no_source", source=name)
    fields = {key: found[key] for key in Source.__dataclass_fields__ if key != "name"}
    return Source(name=name, **fields)


def last_arrival(picture: City, name: str) -> datetime | None:
    """When a source last brought something (UTC), None when it never did."""
    with picture.read() as cursor:
        found = cursor.one("incidents.source", source=name)
    return found["last_arrival"] if found else None


def batches(picture: City, size: int = 50) -> pd.DataFrame:
    """The newest files taken in: file_name, source, loaded_at (UTC), actor, read, taken, known, updated, quarantined."""
    with picture.read() as cursor:
        return cursor.frame("incidents.batches", size=size)


def quarantine_reasons(picture: City) -> list[dict[str, Any]]:
    """How many rows wait, by source and reason."""
    with picture.read() as cursor:
        return cursor.rows("incidents.quarantine_reasons")


def quarantine(
    picture: City, *, source: str | None = None, reason: str | None = None, ids: list[str] | None = None, size: int = 1_000_000
) -> list[dict[str, Any]]:
    """Rows that wait: quarantine_id, source, sequence, row_number, reason, reason_values (JSON), row (JSON), kept_at."""
    with picture.read() as cursor:
        return cursor.rows("incidents.quarantine", source=source, reason=reason, ids=ids, size=size)


def names(picture: City) -> dict[str, dict[str, tuple[str, str]]]:
    """Chinese and English names of kinds, departments and areas, by table and key; of the catalogue also those that never came yet."""
    kinds = {f"{kind}-{code}": (found.name_zh, found.name_en) for (kind, code), found in catalogue.categories().items()}
    with picture.read() as cursor:
        kinds |= {row["kind"]: (row["name_zh"], row["name_en"]) for row in cursor.rows("incidents.kinds")}
        departments = {row["department"]: (row["name_zh"], row["name_en"]) for row in cursor.rows("incidents.departments")}
        places = {
            level: {row["name"]: (row["name_zh"], row["name_en"]) for row in cursor.rows("incidents.area_names", level=level)}
            for level in ("district", "street", "community")
        }
    return {"kind": kinds, "department": departments, **places}


def origin(picture: City, case_id: str) -> dict[str, Any] | None:
    """Where a case came from: file_name, loaded_at, row_number, source_type, source_status, external_id, flags."""
    with picture.read() as cursor:
        return cursor.one("incidents.batch_of", case_id=case_id)


def as_it_came(picture: City, parquet: str, row_number: int) -> str | None:
    """The source's other columns of a row as a JSON object, from the kept file."""
    with picture.read() as cursor:
        found = cursor.value("incidents.as_it_came", file=cursor.batch_file(parquet), row_number=row_number)
    return None if found is None else str(found)
