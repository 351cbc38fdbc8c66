"""First reading of a file: what can only be known over all of its rows.

The order of day and month, the extent of the points and the stand-in points among them, and the
identifiers of rows that have none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from city_brain.errors import Fault
from city_brain.geo.coordinates import is_projected, to_wgs84
from city_brain.intake.formats.expand import Progress
from city_brain.intake.formats.table import Table
from city_brain.intake.profiles import NOTHING, TIME_FIELDS, Profile
from city_brain.intake.reading.places import Box, Floats, Judged, judge, numbers, points
from city_brain.intake.reading.times import Evidence, common_order, evidence

Hashes = npt.NDArray[np.uint64]
_Number = TypeVar("_Number", np.float64, np.uint64)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was settled about a source, so that single rows can be read again the same way.

    Rows mended in quarantine are too few to tell the order of dates or a stand-in point.
    """

    date_order: str
    timezone: str | None
    datum: str
    box: Box | None = None
    centre: tuple[float, float] | None = None
    default_points: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """How the columns of one file are read: the profile's mapping onto the headers that are there."""

    profile: Profile
    headers: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]
    nothing: pa.Array

    @classmethod
    def of(cls, profile: Profile, headers: Sequence[str]) -> Plan:
        """The plan for a file.

        Raises
        ------
        Fault
            ``no_time_column``: no column says when matters were reported.
        """
        columns = profile.resolved(headers)
        if "reported_at" not in columns:
            raise Fault("no_time_column", profile=profile.name, headers=", ".join(headers[:60]))
        return cls(profile, tuple(headers), columns, pa.array(["", *NOTHING, *profile.empty]))

    def text(self, rows: pa.RecordBatch, name: str) -> pa.Array:
        """A field as text: the first filled column of the row, blanks trimmed, nothing as null."""
        found = [self.cells(rows, column) for column in self.columns.get(name, ())]
        constant = self.profile.constants.get(name)
        if constant is not None:
            found.append(pa.array([constant] * rows.num_rows, pa.string()))
        if not found:
            return pa.nulls(rows.num_rows, pa.string())
        return pc.coalesce(*found) if len(found) > 1 else found[0]

    def cells(self, rows: pa.RecordBatch, column: str) -> pa.Array:
        """One column of the source, blanks trimmed, nothing as null."""
        cells = pc.utf8_trim_whitespace(rows.column(column))
        return pc.if_else(pc.is_in(cells, self.nothing), pa.scalar(None, pa.string()), cells)

    def stated_points(self, rows: pa.RecordBatch) -> tuple[Floats, Floats]:
        """East and north as the source states them; the combined column stands in where the two are empty."""
        x, y = numbers(self.text(rows, "lon")), numbers(self.text(rows, "lat"))
        if "point" in self.columns:
            other_x, other_y = points(self.text(rows, "point"))
            empty = np.isnan(x) & np.isnan(y)
            x, y = np.where(empty, other_x, x), np.where(empty, other_y, y)
        return x, y

    @property
    def has_points(self) -> bool:
        """Whether the file has coordinates at all."""
        return {"lon", "lat"} <= set(self.columns) or "point" in self.columns


@dataclass(slots=True)
class _Gathered:
    """Pieces of the first reading, one per chunk."""

    x: list[Floats] = field(default_factory=list)
    y: list[Floats] = field(default_factory=list)
    address: list[Hashes] = field(default_factory=list)
    digests: list[Hashes] = field(default_factory=list)
    times: dict[str, Evidence] = field(default_factory=dict)
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Survey:
    """What the first reading found; arrays have one entry per row that could be split into cells."""

    reading: Reading
    rows: int
    times: dict[str, Evidence]
    order_assumed: bool
    lon: Floats
    lat: Floats
    judged: Judged | None
    digests: Hashes
    """Fingerprint of the content of rows without an identifier, 0 elsewhere; empty if all rows have one."""
    occurrences: npt.NDArray[np.int64]
    """How often that content has come up to this row."""


def survey(table: Table, plan: Plan, known: Reading, progress: Progress) -> Survey:
    """Read the whole table once.

    Parameters
    ----------
    known : Reading
        Zone and datum to be used; `date_order` may be `auto`; a box and stand-in points already known.

    Raises
    ------
    Fault
        ``timezone_missing`` (times name no zone and none is known) or ``datum_missing`` (metres or feet
        without a projection).
    """
    found = _Gathered()
    for chunk in table.chunks():
        _gather(chunk.rows, plan, known, found)
        found.rows += chunk.rows.num_rows
        progress("read", found.rows, None)
    order, assumed = known.date_order, False
    if order == "auto":
        order, assumed = common_order(found.times.values(), "mdy")
    if known.timezone is None and any(one.naive for one in found.times.values()):
        raise Fault("timezone_missing")
    nameless = any(piece.any() for piece in found.digests)
    digests = _joined(found.digests if nameless else [], np.uint64)
    judged, lon, lat = _judged(plan, known, found)
    places = (judged.box, known.centre or judged.centre, judged.default_points) if judged else ()
    reading = Reading(order, known.timezone, known.datum, *places)
    return Survey(reading, found.rows, found.times, assumed, lon, lat, judged, digests, _occurrences(digests))


def _gather(rows: pa.RecordBatch, plan: Plan, known: Reading, found: _Gathered) -> None:
    if known.date_order == "auto" or known.timezone is None:
        for name in TIME_FIELDS:
            if name in plan.columns:
                found.times[name] = found.times.get(name, Evidence()) + evidence(plan.text(rows, name))
    if plan.has_points:
        x, y = plan.stated_points(rows)
        found.x.append(x)
        found.y.append(y)
        found.address.append(_hashed(plan.text(rows, "address")))
    if not plan.profile.id_required:
        found.digests.append(_digests(rows, plan))


def _judged(plan: Plan, known: Reading, found: _Gathered) -> tuple[Judged | None, Floats, Floats]:
    x, y = _joined(found.x, np.float64), _joined(found.y, np.float64)
    finite = np.isfinite(x) & np.isfinite(y)
    if not finite.any():
        empty = np.full(found.rows, np.nan)
        return (judge(x, y, "wgs84", lon=x, lat=y) if plan.has_points else None), empty, empty
    if not is_projected(known.datum) and float(np.median(np.maximum(np.abs(x[finite]), np.abs(y[finite])))) > 360:
        raise Fault("datum_missing", x=float(np.median(x[finite])), y=float(np.median(y[finite])))
    lon, lat = to_wgs84(x, y, known.datum)
    address = _joined(found.address, np.uint64)
    judged = judge(
        x, y, known.datum, lon=lon, lat=lat,
        address=address if address.any() else None, box=known.box or plan.profile.box, centre=known.centre,
        default_points=(*plan.profile.default_points, *known.default_points),
    )  # fmt: skip
    impossible = ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90))
    if impossible.any():
        lon, lat = np.where(impossible, np.nan, lon), np.where(impossible, np.nan, lat)
    return judged, lon, lat


def _hashed(column: pa.Array) -> Hashes:
    texts = pc.fill_null(column, "").to_numpy(zero_copy_only=False)
    hashes: Hashes = pd.util.hash_array(texts.astype(object), categorize=False).astype(np.uint64)
    hashes[~np.asarray(column.is_valid())] = 0
    return hashes


def _digests(rows: pa.RecordBatch, plan: Plan) -> Hashes:
    nameless = np.flatnonzero(np.asarray(plan.text(rows, "external_id").is_null()))
    if not len(nameless):
        return np.broadcast_to(np.uint64(0), rows.num_rows)  # takes no room
    digests = np.zeros(rows.num_rows, np.uint64)
    cells = [pc.fill_null(column, "") for column in rows.take(pa.array(nameless)).columns]
    texts = pc.binary_join_element_wise(*cells, "\x1f").to_pylist()
    raw = b"".join(hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts)
    digests[nameless] = np.frombuffer(raw, ">u8")
    return digests


def _occurrences(digests: Hashes) -> npt.NDArray[np.int64]:
    return np.asarray(pd.Series(digests).groupby(digests).cumcount().to_numpy() + 1, np.int64)


def _joined(pieces: list[npt.NDArray[_Number]], kind: type[_Number]) -> npt.NDArray[_Number]:
    whole = np.concatenate(pieces) if pieces else np.array([], kind)
    pieces.clear()  # ten million rows are not kept twice
    return whole
