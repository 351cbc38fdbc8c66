"""From a file, folder or URL to the record: recognise, normalise, keep, take in, and say what became of each row."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from city_brain.errors import Fault
from city_brain.incidents import actions, queries
from city_brain.incidents.model import Delivery, Place, Source, Tally
from city_brain.intake import outlines
from city_brain.intake.exchange import split_again
from city_brain.intake.normalise import Prepared, normalise_rows, prepare
from city_brain.intake.profiles import save_profile
from city_brain.roles import Actor
from city_brain.settings import Settings
from city_brain.storage.city import City

Progress = Callable[[str, int, int | None], None]
ZOOM = 11.0
"""Map zoom for a city that only its data describe."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person who loads wants to say about the file; None leaves it to be recognised."""

    profile: str | None = None
    city: str | None = None
    datum: str | None = None
    timezone: str | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """The report after a file was taken in: ``read == taken + known + quarantined``."""

    file: str
    source: str
    profile: str
    tally: Tally
    reasons: dict[str, int]
    quality: dict[str, int]
    flags: dict[str, int]
    demo_ended: bool
    outlines: int = 0


def load(city: City, settings: Settings, target: str, actor: Actor, wishes: Wishes, progress: Progress) -> list[Loaded]:
    """Load a file, every data file of a folder, or a URL.

    Raises
    ------
    Fault
        Nothing to read, or a file of a form that is not known. Rows that cannot be used are no
        fault: they are kept in quarantine with their reason.
    """
    return [load_one(city, settings, file, actor, wishes, progress) for file in _files(target)]


def _files(target: str) -> list[str]:
    if target.startswith(("http://", "https://")) or not Path(target).is_dir():
        return [target]
    found = sorted(
        str(file) for file in Path(target).iterdir() if file.is_file() and not file.name.startswith(".") and file.suffix != ".md"
    )
    if not found:
        raise Fault("empty_folder", folder=target)
    return found


def load_one(city: City, settings: Settings, target: str, actor: Actor, wishes: Wishes, progress: Progress) -> Loaded:
    """Load one file or URL."""
    collection = outlines.read(target)
    if collection is not None:
        return _draw(city, settings, target, collection, actor)
    settings.batches.mkdir(parents=True, exist_ok=True)
    progress("normalise", 0, None)
    prepared = prepare(
        target, settings=settings, profile=wishes.profile, city=wishes.city, datum=wishes.datum, timezone=wishes.timezone,
        folder=settings.batches, progress=progress,
    )  # fmt: skip
    return take(city, settings, prepared, actor, wishes, progress)


def take(city: City, settings: Settings, prepared: Prepared, actor: Actor, wishes: Wishes, progress: Progress) -> Loaded:
    """Take a prepared file into the record (the second half of `load_one`, after a preview)."""
    before = queries.city(city)
    if wishes.city and before and not before["simulated"] and wishes.city not in (before["name_zh"], before["name_en"]):
        raise Fault("other_city", present=before["name_zh"] or before["name_en"], wanted=wishes.city)
    if prepared.proposal is not None:
        save_profile(settings, prepared.profile)  # so that mended rows of this source are read the same way
    progress("record", prepared.taken, prepared.taken)
    tally = actions.take_delivery(city, delivery(settings, prepared), actor, place=_place(prepared, wishes))
    reasons: dict[str, int] = {}
    for row in prepared.rejected:
        reasons[row.reason] = reasons.get(row.reason, 0) + 1
    if tally.conflicts:
        reasons["conflict"] = tally.conflicts
    return Loaded(
        prepared.file_name, prepared.source.name, prepared.source.profile, tally, reasons, dict(prepared.quality), dict(prepared.flags),
        demo_ended=bool(before and before["simulated"] and tally.recorded),
    )  # fmt: skip


def mend(city: City, settings: Settings, rows: Sequence[tuple[str, dict[str, Any]]], actor: Actor) -> list[Loaded]:
    """Replay quarantined rows, mended by a person.

    Parameters
    ----------
    rows : sequence of (quarantine_id, row)
        The rows with the source's own columns, as they should have been.
    """
    kept = queries.quarantine(city, ids=[number for number, _ in rows])
    sources = {entry["quarantine_id"]: entry["source"] for entry in kept}
    gone = [number for number, _ in rows if number not in sources]
    if gone:
        raise Fault("quarantine_gone", count=len(gone))
    loaded = []
    for source in dict.fromkeys(sources.values()):
        mine = [(number, split_again(row)) for number, row in rows if sources[number] == source]
        described = queries.source(city, source)
        prepared = normalise_rows([row for _, row in mine], source=described, settings=settings, folder=settings.batches)
        given = delivery(settings, prepared, mends=tuple(number for number, _ in mine))
        tally = actions.take_delivery(city, given, actor)
        reasons: dict[str, int] = {}
        for entry in prepared.rejected:
            reasons[entry.reason] = reasons.get(entry.reason, 0) + 1
        loaded.append(
            Loaded("quarantine", source, described.profile, tally, reasons, dict(prepared.quality), dict(prepared.flags), demo_ended=False)
        )
    return loaded


def delivery(settings: Settings, prepared: Prepared, mends: tuple[str, ...] = ()) -> Delivery:
    """What the action needs of a prepared file; keeps the rejected rows beside it."""
    spec = prepared.source
    source = Source(
        name=spec.name, title_zh=spec.title_zh, title_en=spec.title_en, prefix=spec.prefix, profile=spec.profile, timezone=spec.timezone,
        datum=spec.datum, licence=spec.licence,
    )  # fmt: skip
    return Delivery(
        source=source, file_name=prepared.file_name, file_sha256=prepared.file_sha256, parquet=prepared.sha256,
        rejected=_keep_rejected(settings, prepared), read=prepared.read, duplicates=prepared.duplicates, horizon=prepared.horizon,
        quality=dict(prepared.quality), flags=dict(prepared.flags), mends=mends,
    )  # fmt: skip


def _keep_rejected(settings: Settings, prepared: Prepared) -> str | None:
    if not prepared.rejected:
        return None
    table = pa.table(
        {
            "row_number": pa.array([entry.row_number for entry in prepared.rejected], pa.int64()),
            "reason": [str(entry.reason) for entry in prepared.rejected],
            "reason_values": [orjson.dumps(entry.values, default=str).decode() for entry in prepared.rejected],
            "row": [orjson.dumps(entry.row, default=str).decode() for entry in prepared.rejected],
        }
    )
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    content = sink.getvalue().to_pybytes()
    return _keep(settings, content, ".parquet")


def _keep(settings: Settings, content: bytes, suffix: str) -> str:
    checksum = hashlib.sha256(content).hexdigest()
    file = settings.batches / f"{checksum}{suffix}"
    if not file.exists():
        part = file.with_suffix(".part")
        part.write_bytes(content)
        part.rename(file)
    return checksum


def _place(prepared: Prepared, wishes: Wishes) -> Place:
    spec = prepared.source
    lon, lat = prepared.centre or (None, None)
    name_zh, name_en = (wishes.city, wishes.city) if wishes.city else (spec.city_zh or spec.title_zh, spec.city_en or spec.title_en)
    return Place(name_zh=name_zh, name_en=name_en, timezone=spec.timezone, lon=lon, lat=lat, zoom=ZOOM)


def _draw(city: City, settings: Settings, target: str, collection: dict[str, Any], actor: Actor) -> Loaded:
    checksum = _keep(settings, orjson.dumps(collection), ".geojson")
    count = len(collection["features"])
    sequence = actions.draw_places(city, checksum, actor, schematic=False)
    empty = Tally(sequence=sequence, read=count, taken=count, known=0, updated=0, quarantined=0, conflicts=0, recorded=True)
    return Loaded(Path(target).name, "outlines", "outlines", empty, {}, {}, {}, demo_ended=False, outlines=count)


def told(loaded: Loaded) -> dict[str, Any]:
    """A report as plain values, for JSON."""
    return asdict(loaded)
