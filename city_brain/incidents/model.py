"""Incidents: matters as they were reported, in one normalised form.

Whatever a file, a form or a neighbouring system says is first brought into this form. A batch is
kept as one Parquet file with these columns (under ``batches/``); its checksum is in the journal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import pyarrow as pa

from city_brain.errors import Fault

MOST_CHARACTERS = 4000
"""Of one text that a person writes."""


def check_written(field: str, value: object) -> None:
    """Check a text that a person writes; None is none.

    Raises
    ------
    Fault
        It is no text, has characters that no text has, or is longer than `MOST_CHARACTERS`.
    """
    if value is None:
        return
    if not isinstance(value, str):
        raise Fault("field_text", field=field)
    if any("\ud800" <= letter <= "\udfff" for letter in value):  # halves of a character: what bytes become that are no UTF-8
        raise Fault("field_characters", field=field)
    if len(value) > MOST_CHARACTERS:
        raise Fault("field_long", field=field, most=MOST_CHARACTERS, has=len(value))


class Location(StrEnum):
    """How well a matter is placed. Only `POINT` is drawn on maps and counted in heat."""

    POINT = "point"
    """A usable point of its own."""
    AREA = "area"
    """No coordinates, but a known area (community, street or district)."""
    DEFAULT_POINT = "default_point"
    """A stand-in point that a large share of the source's rows sits on."""
    NULL_ISLAND = "null_island"
    """(0, 0) or next to it."""
    ROUNDED = "rounded"
    """Rounded to whole degrees or tenths: no place in a city."""
    SWAPPED = "swapped"
    """Longitude and latitude look exchanged."""
    OUTSIDE = "outside"
    """No possible coordinate, or far from everything else the source reports."""
    NONE = "none"
    """Neither a point nor an area."""


class Urgency(StrEnum):
    """How urgent a matter is by its nature, before any clock is looked at."""

    URGENT = "urgent"
    NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the normalised form."""

    name: str
    type: pa.DataType
    required: bool
    meaning: str


_TIME = pa.timestamp("us", tz="UTC")
_STEP = pa.list_(pa.struct([("step", pa.string()), ("holder", pa.string()), ("from_at", _TIME), ("to_at", _TIME)]))

COLUMNS: tuple[Column, ...] = (
    Column("row_number", pa.int64(), True, "row in the source file, 1 is the first row of data"),
    Column("external_id", pa.string(), True, "identifier in the source; derived from the content where the source has none"),
    Column("reported_at", _TIME, True, "when the matter was reported, UTC"),
    Column("updated_at", _TIME, False, "last change the source states, UTC"),
    Column("due_at", _TIME, False, "deadline the source states, UTC"),
    Column("closed_at", _TIME, False, "when it was closed, UTC; empty while open"),
    Column("status", pa.string(), True, "open or closed"),
    Column("source_status", pa.string(), False, "status in the source's own words"),
    Column("source_type", pa.string(), False, "type of matter in the source's own words"),
    Column("category_kind", pa.string(), False, "component or matter (GB/T 47678.5)"),
    Column("category_code", pa.string(), False, "five digits of GB/T 47678.5"),
    Column("title", pa.string(), False, "one line that says what it is"),
    Column("description", pa.string(), False, "text of the report"),
    Column("address", pa.string(), False, "place in words"),
    Column("district", pa.string(), False, "district as the source names it"),
    Column("street", pa.string(), False, "street or town (administrative) as the source names it"),
    Column("community", pa.string(), False, "community or neighbourhood unit as the source names it"),
    Column("department", pa.string(), False, "department in charge as the source names it"),
    Column("channel", pa.string(), False, "how it was reported: phone, app, inspector"),
    Column("lon", pa.float64(), False, "longitude, WGS-84 degrees"),
    Column("lat", pa.float64(), False, "latitude, WGS-84 degrees"),
    Column("location_quality", pa.string(), True, "how well it is placed: " + ", ".join(Location)),
    Column("urgency", pa.string(), True, "urgent or normal"),
    Column("outcome", pa.string(), False, "what the source says was done"),
    Column("flags", pa.string(), False, "comma-separated marks, such as closed_before_reported"),
    Column("attributes", pa.string(), False, "the source's other columns as a JSON object"),
    Column("steps", _STEP, False, "steps the case went through, where the source knows them"),
    Column("extensions", pa.int32(), False, "how often its limit was extended"),
    Column("reached", pa.bool_(), False, "whether the reporter was reached when called back"),
    Column("solved", pa.bool_(), False, "whether the reporter said that it was solved"),
    Column("satisfied", pa.bool_(), False, "whether the reporter was satisfied"),
    Column("time_limit", pa.string(), False, "the limit for handling, such as 2 working_hours"),
)

SCHEMA = pa.schema([pa.field(column.name, column.type, nullable=not column.required) for column in COLUMNS])
"""Arrow schema of a normalised batch, in column order."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where matters come from."""

    name: str
    """Short name, stable over loads, such as ``boston_311``."""
    title_zh: str
    title_en: str
    prefix: str
    """Stands before the source's own identifiers in a case number, such as ``BOS``."""
    profile: str
    timezone: str
    datum: str
    licence: str = ""
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """One normalised file, ready to be taken into the record.

    `parquet` and `rejected` are SHA-256 checksums of files that lie under ``batches/``.
    read = taken into the Parquet + duplicates within the file + rejected rows.
    """

    source: Source
    file_name: str
    file_sha256: str
    parquet: str
    rejected: str | None
    read: int
    duplicates: int
    horizon: datetime | None
    """Latest moment the file itself speaks of: an older file never overrides a newer one."""
    quality: dict[str, int]
    flags: dict[str, int]
    mends: tuple[str, ...] = ()
    """Quarantine entries that this delivery replays."""

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> Delivery:
        """The delivery that a ``batch.loaded`` event speaks of."""
        said = {name: payload[name] for name in cls.__dataclass_fields__}
        return cls(**(said | {"source": Source(**payload["source"]), "mends": tuple(payload["mends"])}))


@dataclass(frozen=True, slots=True)
class Place:
    """The city a picture is of. `lon`, `lat` (WGS-84 degrees) fix the grid."""

    name_zh: str
    name_en: str
    timezone: str
    lon: float | None
    lat: float | None
    zoom: float
    simulated: bool = False
    town: str | None = None
    """The simulated town, where it is one."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the rows of a file: ``read == taken + known + quarantined``."""

    sequence: int
    read: int
    taken: int
    known: int
    updated: int
    """Of the known: rows that brought something newer."""
    quarantined: int
    conflicts: int
    """Of the quarantined: rows that would have overridden a newer act of a person."""
    recorded: bool
    """False when the file changed nothing, so that nothing was recorded."""
