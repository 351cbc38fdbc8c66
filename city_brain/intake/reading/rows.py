"""Second reading: rows of a source become rows of the normalised form, or are set aside with a reason."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from city_brain.incidents import catalogue
from city_brain.incidents.model import SCHEMA, Location, Urgency
from city_brain.intake.formats.table import UNREADABLE, Broken, Chunk
from city_brain.intake.profiles import TIME_FIELDS, Where
from city_brain.intake.reading.attributes import attributes, flags_text
from city_brain.intake.reading.places import LOCATIONS
from city_brain.intake.reading.survey import Plan, Survey
from city_brain.intake.reading.times import Mask, Moments, Times, parse

FUTURE = timedelta(minutes=5)
"""A report later than this after now is refused."""
LONGEST_DEADLINE = timedelta(days=5 * 365.25)
"""A deadline further from the report is a sentinel, such as the year 2059."""
OLD = timedelta(days=30 * 365.25)
REASONS = ("wrong_number_of_fields", "bad_text", "no_id", "no_time", "bad_time", "time_in_future")
"""Why rows are set aside; the words are ``quarantine.<reason>``."""
FLAGS = (
    "closed_before_reported", "closed_time_unknown", "closed_while_open", "closed_in_future", "closed_unreadable", "due_before_reported",
    "due_implausible", "due_unreadable", "updated_in_future", "updated_unreadable", "date_only", "very_old", "coordinates_unreadable",
    "id_derived", "status_unknown", "date_order_assumed", "timezone_assumed", "datum_assumed",
)  # fmt: skip
"""Marks of rows; the last four concern the whole file and are only counted. The words are ``flag.<flag>``."""
TEXTS = ("source_type", "title", "description", "address", "district", "street", "community", "department", "channel", "outcome")


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row set aside, kept as it was."""

    row_number: int
    reason: str
    values: dict[str, object]
    """What the words of the reason ask for."""
    row: dict[str, str | None]
    """Cells by header; a row that could not be split has empty cells and its text under ``_line``."""


@dataclass(frozen=True, slots=True)
class Part:
    """A chunk, normalised."""

    batch: pa.RecordBatch
    rejected: tuple[Rejected, ...]


def normalised(chunk: Chunk, plan: Plan, found: Survey, start: int, now: datetime, *, suspect: bool) -> Part:
    """Bring a chunk into the normalised form.

    Parameters
    ----------
    found : Survey
        Of the whole file.
    start : int
        Position of the chunk's first row in the arrays of the survey.
    now : datetime
        The present moment, aware.
    suspect : bool
        Whether cells may hold bytes that are no text.
    """
    rows, size = chunk.rows, chunk.rows.num_rows
    broken = [_broken(row, rows.schema.names) for row in chunk.broken]
    if not size:
        return Part(pa.RecordBatch.from_pylist([], schema=SCHEMA), tuple(broken))
    present = np.datetime64(now.astimezone(UTC).replace(tzinfo=None), "us")
    times = {name: parse(plan.text(rows, name), order=found.reading.date_order, timezone=found.reading.timezone) for name in TIME_FIELDS}
    ids, derived = _identifiers(plan, rows, found, start)
    reasons = _reasons(rows, times["reported_at"], ids, present, suspect)
    good = reasons == 0
    marks = {"id_derived": derived, **_time_marks(times, present)}
    moments = _moments(times, marks)
    columns = {"row_number": pa.array(chunk.numbers), "external_id": ids, **{name: _stamps(moments[name]) for name in TIME_FIELDS}}
    columns |= _status(plan, rows, moments, marks)
    columns |= {name: plan.text(rows, name) for name in TEXTS}
    columns |= _category(plan, columns["source_type"], plan.text(rows, "urgency"))
    columns |= _place(plan, rows, columns, found, slice(start, start + size), marks)
    for flag, where in plan.profile.flag_where.items():
        marks[flag] = _where(plan, rows, where)
    columns["flags"] = flags_text(marks, size)
    columns["attributes"] = attributes(plan, rows, marks)
    unsaid = {field.name: pa.nulls(size, field.type) for field in SCHEMA if field.name not in columns}  # what no flat file says
    kept = [(columns | unsaid)[field.name].cast(field.type).filter(pa.array(good)) for field in SCHEMA]
    set_aside = [*broken, *_rejected(chunk, plan, reasons, times["reported_at"])]
    return Part(pa.RecordBatch.from_arrays(kept, schema=SCHEMA), tuple(sorted(set_aside, key=lambda row: row.row_number)))


def _broken(row: Broken, headers: Sequence[str]) -> Rejected:
    found = "?" if row.found is None else row.found
    values: dict[str, object] = {} if row.expected is None else {"expected": row.expected, "found": found}
    cells: dict[str, str | None] = {}
    for header in headers:
        cells[header] = None  # there to be filled by whoever mends the row
    cells["_line"] = row.text.replace(UNREADABLE, "\ufffd")
    return Rejected(row.row_number, row.reason, values, cells)


def _identifiers(plan: Plan, rows: pa.RecordBatch, found: Survey, start: int) -> tuple[pa.Array, Mask]:
    stated = plan.text(rows, "external_id")
    missing = np.asarray(stated.is_null())
    if plan.profile.id_required or not missing.any():
        return stated, np.zeros(rows.num_rows, bool)
    span = slice(start, start + rows.num_rows)
    made = [
        (f"{digest:016x}" if times == 1 else f"{digest:016x}-{times}") if empty else None
        for digest, times, empty in zip(found.digests[span].tolist(), found.occurrences[span].tolist(), missing.tolist(), strict=True)
    ]
    return pc.coalesce(stated, pa.array(made, pa.string())), missing


def _reasons(rows: pa.RecordBatch, reported: Times, ids: pa.Array, present: np.datetime64, suspect: bool) -> npt.NDArray[np.int8]:
    reasons = np.zeros(rows.num_rows, np.int8)

    def mark(reason: str, mask: Mask) -> None:
        reasons[mask & (reasons == 0)] = REASONS.index(reason) + 1

    if suspect:
        for column in rows.columns:
            for sign in ("\x00", UNREADABLE):
                mark("bad_text", np.asarray(pc.fill_null(pc.match_substring(column, sign), False)))
    mark("no_id", np.asarray(ids.is_null()))
    unknown = np.isnat(reported.moments)
    mark("bad_time", reported.unreadable)
    mark("no_time", unknown)
    mark("time_in_future", ~unknown & (reported.moments > present + np.timedelta64(FUTURE)))
    return reasons


def _time_marks(times: Mapping[str, Times], present: np.datetime64) -> dict[str, Mask]:
    reported, due = times["reported_at"].moments, times["due_at"].moments
    closed, updated = times["closed_at"].moments, times["updated_at"].moments
    limit = present + np.timedelta64(FUTURE)
    return {
        "closed_before_reported": closed < reported,
        "closed_in_future": closed > limit,
        "closed_unreadable": times["closed_at"].unreadable,
        "due_before_reported": due < reported,
        "due_implausible": due > reported + np.timedelta64(LONGEST_DEADLINE),
        "due_unreadable": times["due_at"].unreadable,
        "updated_in_future": updated > limit,
        "updated_unreadable": times["updated_at"].unreadable,
        "date_only": times["reported_at"].date_only,
        "very_old": reported < present - np.timedelta64(OLD),
    }


def _moments(times: Mapping[str, Times], marks: Mapping[str, Mask]) -> dict[str, Moments]:
    """Moments without those that cannot be meant."""
    dropped = {"due_at": "due_implausible", "closed_at": "closed_in_future", "updated_at": "updated_in_future"}
    nothing = np.datetime64("NaT", "us")
    return {name: np.where(marks[dropped[name]], nothing, one.moments) if name in dropped else one.moments for name, one in times.items()}


def _stamps(moments: Moments) -> pa.Array:
    return pa.array(moments, pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC"))


def _status(plan: Plan, rows: pa.RecordBatch, moments: dict[str, Moments], marks: dict[str, Mask]) -> dict[str, pa.Array]:
    stated = plan.text(rows, "status")
    has_time = ~np.isnat(moments["closed_at"])
    said = np.asarray(stated.is_valid())
    closed = np.where(said, _among(stated, plan.profile.closed_words), has_time) | _where(plan, rows, plan.profile.closed_where)
    marks["closed_while_open"] = has_time & ~closed
    marks["closed_time_unknown"] = ~has_time & closed & ~marks["closed_in_future"] & ~marks["closed_unreadable"]
    moments["closed_at"] = np.where(closed, moments["closed_at"], np.datetime64("NaT", "us"))
    return {"status": pa.array(np.where(closed, "closed", "open")), "source_status": stated, "closed_at": _stamps(moments["closed_at"])}


def _among(column: pa.Array, words: Sequence[str]) -> Mask:
    """Whether a word of status or urgency means one of `words`; a source has few different ones."""
    coded = column.dictionary_encode()
    meant = np.array([*(_means(str(value), words) for value in coded.dictionary.to_pylist()), False])
    return np.asarray(meant[np.asarray(pc.fill_null(coded.indices, len(meant) - 1))])


def _means(value: str, words: Sequence[str]) -> bool:
    said = value.strip().casefold()
    for word in (word.casefold() for word in words):
        if said == word or (word.isascii() and re.match(rf"{re.escape(word)}\b", said)):
            return True
        if not word.isascii() and word in said and not re.search(rf"[未待不非]\w?{re.escape(word)}", said):
            return True
    return False


def _where(plan: Plan, rows: pa.RecordBatch, where: Where) -> Mask:
    met = np.zeros(rows.num_rows, bool)
    for column, values in where.items():
        if column in rows.schema.names:
            met |= np.asarray(pc.fill_null(pc.is_in(plan.cells(rows, column), pa.array(values)), False))
    return met


def _category(plan: Plan, source_type: pa.Array, urgency: pa.Array) -> dict[str, pa.Array]:
    coded = source_type.dictionary_encode()
    profile = plan.profile.mapping or plan.profile.name
    kinds = [catalogue.mapped(profile, value) for value in coded.dictionary.to_pylist()]
    kind = pa.array([str(one.kind) if one and one.kind else None for one in kinds], pa.string())
    code = pa.array([one.code if one else None for one in kinds], pa.string())
    by_type = np.array([*(one is not None and catalogue.is_urgent(one) for one in kinds), False])
    urgent = by_type[np.asarray(pc.fill_null(coded.indices, len(kinds)))] | _among(urgency, plan.profile.urgent_words)
    return {
        "category_kind": kind.take(coded.indices),
        "category_code": code.take(coded.indices),
        "urgency": pa.array(np.where(urgent, str(Urgency.URGENT), str(Urgency.NORMAL))),
    }


def _place(
    plan: Plan, rows: pa.RecordBatch, columns: Mapping[str, pa.Array], found: Survey, span: slice, marks: dict[str, Mask]
) -> dict[str, pa.Array]:
    size = rows.num_rows
    none, area = LOCATIONS.index(Location.NONE), LOCATIONS.index(Location.AREA)
    quality = found.judged.quality[span].copy() if found.judged else np.full(size, none, np.int8)
    known_area = np.zeros(size, bool)
    for name in ("district", "street", "community"):
        known_area |= np.asarray(columns[name].is_valid())
    quality[(quality == none) & known_area] = area
    lon, lat = (found.lon[span], found.lat[span]) if found.judged else (np.full(size, np.nan), np.full(size, np.nan))
    if plan.has_points:
        x, y = plan.stated_points(rows)
        marks["coordinates_unreadable"] = np.isinf(x) | np.isinf(y)
        marks["_no_point"] = np.isnan(lon) & ~(np.isnan(x) & np.isnan(y))
    words = pa.array([str(location) for location in LOCATIONS])
    placed = words.take(pa.array(quality))
    return {"lon": pa.array(lon, from_pandas=True), "lat": pa.array(lat, from_pandas=True), "location_quality": placed}


def _rejected(chunk: Chunk, plan: Plan, reasons: npt.NDArray[np.int8], reported: Times) -> Iterator[Rejected]:
    places = np.flatnonzero(reasons)
    if not len(places):
        return
    picked = chunk.rows.take(pa.array(places))
    texts = plan.text(picked, "reported_at").to_pylist()
    for place, cells, text in zip(places.tolist(), picked.to_pylist(), texts, strict=True):
        reason = REASONS[reasons[place] - 1]
        values: dict[str, object] = {}
        if reason == "bad_time":
            values = {"text": text}
        elif reason == "time_in_future":
            values = {"moment": f"{str(reported.moments[place])[:19]}Z"}
        elif reason in ("no_time", "no_id"):
            values = {"column": ", ".join(plan.columns.get("reported_at" if reason == "no_time" else "external_id", ()))}
        row = {header: cell.replace(UNREADABLE, "\ufffd") for header, cell in cells.items() if cell is not None}
        yield Rejected(int(chunk.numbers[place]), reason, values, row)
