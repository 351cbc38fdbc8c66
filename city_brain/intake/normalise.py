"""Any file of city data becomes one normalised batch and the rows that could not be used.

Two readings: the first settles what can only be known over all rows (`survey`), the second writes
the normalised Parquet (`rows`, `batch`). The database is not touched here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

import orjson
import pyarrow as pa

from city_brain import clock
from city_brain.errors import Fault, NotFound
from city_brain.geo.coordinates import datum_name
from city_brain.incidents.model import Source
from city_brain.intake.files import open_table, silent
from city_brain.intake.formats.table import Table, of_rows
from city_brain.intake.profiles import Profile, find, recognise
from city_brain.intake.reading.batch import Sum, write
from city_brain.intake.reading.rows import Part, Rejected, normalised
from city_brain.intake.reading.survey import Plan, Reading, Survey, survey
from city_brain.intake.reading.times import zone
from city_brain.intake.recognise import Proposal, propose
from city_brain.settings import Settings

Progress = Callable[[str, int, int | None], None]
SAMPLE_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """What is known of a source; `name` stays the same over loads."""

    name: str
    title_zh: str
    title_en: str
    prefix: str
    city_zh: str
    city_en: str
    timezone: str
    datum: str
    licence: str
    profile: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file, ready to be taken into the record: ``read == taken + duplicates + len(rejected)``."""

    source: SourceSpec
    profile: Profile
    """The one used; a proposed one is complete and can be saved."""
    reading: Reading
    """What was settled about the file; mended rows are read the same way."""
    file_name: str
    file_sha256: str
    read: int
    taken: int
    duplicates: int
    """Rows whose identifier comes again further down."""
    parquet: Path
    sha256: str
    rejected: tuple[Rejected, ...]
    horizon: datetime | None
    """Latest moment the file speaks of."""
    quality: dict[str, int]
    flags: dict[str, int]
    centre: tuple[float, float] | None
    """Robust middle of the usable points (lon, lat, WGS-84)."""
    preview: tuple[dict[str, object], ...]
    proposal: Proposal | None
    """How the columns were recognised, where no named profile fitted."""


def prepare(
    place: Path | str,
    *,
    settings: Settings,
    folder: Path,
    profile: str | Profile | None = None,
    city: str | None = None,
    datum: str | None = None,
    timezone: str | None = None,
    progress: Progress = silent,
) -> Prepared:
    """Prepare a file, a folder or an address.

    Parameters
    ----------
    place : path or http(s) address
    settings : Settings
        Where saved profiles lie.
    folder : Path
        Where the Parquet is written (``<sha256>.parquet``); temporary files come and go there too.
    profile : str or Profile, optional
        Name of a profile or a profile; `auto` proposes a mapping from headers and values. Nothing:
        a known profile if the headers fit one, else `auto`.
    city, datum, timezone : str, optional
        Go before what the profile says.
    progress : callable (stage, done, total or None)
        Stages `fetch`, `expand` (bytes), `read`, `normalise` (rows).

    Raises
    ------
    Fault
        What is wrong with the file or the mapping; nothing is left behind.

    Notes
    -----
    The same input gives the same bytes; only moments that are still to come depend on the clock.
    """
    with open_table(place, folder=folder, progress=progress) as opened:
        table, file = opened.table, (opened.file_name, opened.sha256)
        chosen, proposal = _chosen(table, profile, settings, datum, timezone, opened.file_name)
        known, assumed = _known(chosen, table, proposal, datum, timezone)
        prepared = _prepared(table, chosen, known, folder, file, progress, city)
    flags = prepared.flags | dict.fromkeys(assumed, prepared.taken)
    if proposal is None:
        return replace(prepared, flags=flags)
    order = "auto" if "date_order_assumed" in flags else prepared.reading.date_order
    return replace(prepared, flags=flags, proposal=proposal, profile=_settled(prepared, order))


def normalise_rows(
    rows: Sequence[Mapping[str, str | None]],
    *,
    source: Source,
    settings: Settings,
    folder: Path,
    profile: Profile | None = None,
    reading: Reading | None = None,
    progress: Progress = silent,
) -> Prepared:
    """Bring single rows, such as mended ones, through the same path as the file they came from.

    Parameters
    ----------
    rows : sequence of mappings
        Cells by the source's own headers.
    source : Source
        What the picture knows of the source; its zone and datum are used.
    profile, reading : optional
        Those of the file (`Prepared.profile`, `Prepared.reading`); else the profile of the source's
        name, or a proposal where none was saved.

    Returns
    -------
    Prepared
        Rows are numbered from 1 in the order given; rows that still cannot be used are among `rejected`.
    """
    cells = [{header: cell for header, cell in row.items() if header != "_line"} for row in rows]
    present = tuple(dict.fromkeys(header for row in cells for header in row))
    chosen = profile or _profile_of(source, cells, present, settings)
    absent = [named[0] for field, named in chosen.columns.items() if field not in chosen.resolved(present)]
    table = of_rows("rows", cells, headers=tuple(dict.fromkeys((*present, *absent))))
    known = reading or Reading(chosen.date_order, source.timezone, datum_name(source.datum), chosen.box, None, chosen.default_points)
    raw = orjson.dumps([dict(row) for row in rows], option=orjson.OPT_SORT_KEYS)
    prepared = _prepared(table, chosen, known, folder, ("rows", hashlib.sha256(raw).hexdigest()), progress)
    spec = {one.name: getattr(source, one.name) for one in fields(SourceSpec) if hasattr(source, one.name)}
    return replace(prepared, source=replace(prepared.source, **spec))


def _profile_of(source: Source, cells: Sequence[Mapping[str, str | None]], present: Sequence[str], settings: Settings) -> Profile:
    try:
        return find(source.profile, settings)
    except NotFound:
        table = of_rows("rows", cells, headers=present)
        return propose(table.headers, sample_of(table), name=source.profile).profile()


def sample_of(table: Table) -> pa.Table:
    """The first rows of a table, for a proposal."""
    batches = [chunk.rows for chunk in islice(table.chunks(), 1)]
    schema = pa.schema([(header, pa.string()) for header in table.headers])
    return pa.Table.from_batches(batches, schema=schema).slice(0, SAMPLE_ROWS)


def _chosen(
    table: Table, profile: str | Profile | None, settings: Settings, datum: str | None, timezone: str | None, name: str
) -> tuple[Profile, Proposal | None]:
    if isinstance(profile, Profile):
        return profile, None
    if profile and profile != "auto":
        return find(profile, settings), None
    named = recognise(table.headers, settings) if profile is None else None
    if named is not None:
        return named, None
    sample = sample_of(table)
    if not sample.num_rows and next(table.chunks(), None) is None:
        raise Fault("no_rows", name=name)
    proposal = propose(table.headers, sample, name=_slug(_stem(name)))
    return proposal.profile(datum=datum or table.datum, timezone=timezone), proposal


def _known(
    profile: Profile, table: Table, proposal: Proposal | None, datum: str | None, timezone: str | None
) -> tuple[Reading, tuple[str, ...]]:
    """Zone and datum in the order asked for, file, profile; and what of them is only assumed."""
    stated, found_zone = datum or table.datum or profile.datum, timezone or profile.timezone
    assumed = []
    if proposal is not None and stated is None and {"lon", "point"} & set(profile.columns):
        assumed.append("datum_assumed")
    if proposal is not None and found_zone is not None and timezone is None:
        assumed.append("timezone_assumed")
    return Reading(profile.date_order, zone(found_zone) if found_zone else None, datum_name(stated or "wgs84"), profile.box), tuple(assumed)


def _settled(prepared: Prepared, date_order: str) -> Profile:
    """A proposed profile with what the file has settled, so that it can be saved and used for single rows."""
    reading = prepared.reading
    return replace(
        prepared.profile, date_order=date_order, timezone=reading.timezone, datum=reading.datum, default_points=reading.default_points
    )


def _prepared(
    table: Table, profile: Profile, known: Reading, folder: Path, file: tuple[str, str], progress: Progress, city: str | None = None
) -> Prepared:
    plan = Plan.of(profile, table.headers)
    found = survey(table, plan, known, progress)
    written = write(_parts(table, plan, found, progress), folder)
    read = written.sum.taken + written.duplicates + len(written.rejected)
    if not read:
        written.parquet.unlink()
        raise Fault("no_rows", name=file[0])
    return Prepared(
        source=_source(profile, found.reading, city, file[0]), profile=profile, reading=found.reading,
        file_name=file[0], file_sha256=file[1], read=read, taken=written.sum.taken, duplicates=written.duplicates,
        parquet=written.parquet, sha256=written.sha256, rejected=written.rejected, horizon=written.sum.horizon,
        quality=dict(sorted(written.sum.quality.items())), flags=_flags(written.sum, found, plan),
        centre=found.judged.centre if found.judged else None, preview=tuple(written.sum.preview), proposal=None,
    )  # fmt: skip


def _parts(table: Table, plan: Plan, found: Survey, progress: Progress) -> Iterator[Part]:
    start, now = 0, clock.now()
    for chunk in table.chunks():
        yield normalised(chunk, plan, found, start, now, suspect=table.suspect)
        start += chunk.rows.num_rows
        progress("normalise", start, found.rows)


def _flags(total: Sum, found: Survey, plan: Plan) -> dict[str, int]:
    flags = dict(total.flags)
    if found.order_assumed:
        flags["date_order_assumed"] = sum(one.either for one in found.times.values())
    if not ({"status", "closed_at"} & {*plan.columns, *plan.profile.constants} or plan.profile.closed_where):
        flags["status_unknown"] = total.taken
    return dict(sorted(flags.items()))


def _source(profile: Profile, reading: Reading, city: str | None, file_name: str) -> SourceSpec:
    stem = _stem(file_name)
    city_zh, city_en = profile.city_zh, profile.city_en
    if city and city.casefold() not in (city_zh.casefold(), city_en.casefold()):
        city_zh = city_en = city
    name = f"{profile.name}-{_slug(city or stem)}" if profile.generic else profile.name
    return SourceSpec(
        name=name, title_zh=profile.title_zh or stem, title_en=profile.title_en or stem, prefix=profile.prefix or _prefix(name),
        city_zh=city_zh, city_en=city_en, timezone=reading.timezone or "UTC", datum=reading.datum,
        licence=profile.licence, profile=profile.name,
    )  # fmt: skip


def _stem(file_name: str) -> str:
    return re.sub(r"(\.[A-Za-z]{2,8}){1,2}$", "", file_name) or file_name


def _slug(text: str) -> str:
    return re.sub(r"\W+", "_", text.casefold()).strip("_")[:40] or "file"


def _prefix(name: str) -> str:
    letters = re.sub(r"[^A-Z0-9]", "", name.upper())
    return letters[:6] or f"S{int(hashlib.sha256(name.encode()).hexdigest()[:6], 16) % 10_000:04d}"
