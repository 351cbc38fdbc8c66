"""Acts on what is reported: take a file in, take one report in, settle quarantine, name the city."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from city_brain import clock
from city_brain.errors import Fault, Stale
from city_brain.incidents import catalogue
from city_brain.incidents.model import Delivery, Location, Place, Source, Tally, Urgency, check_written
from city_brain.incidents.staging import put_beside
from city_brain.record.events import Draft, as_recorded
from city_brain.roles import Actor, Right, require
from city_brain.storage.city import Act, City
from city_brain.storage.cursor import Cursor


def take_delivery(city: City, delivery: Delivery, actor: Actor, *, place: Place | None = None) -> Tally:
    """Take a normalised file into the record.

    Parameters
    ----------
    delivery : Delivery
        The file; its Parquet lies under ``batches/`` already.
    place : Place, optional
        The city to become, if the picture has none yet or only a simulated one.

    Returns
    -------
    Tally
        What became of the rows. A file that brings nothing new leaves no event.

    Raises
    ------
    NotAllowed
        The actor may not load data.
    """
    require(actor, Right.MEND if delivery.mends else Right.LOAD)
    answer: list[Tally] = []

    def decide(cursor: Cursor) -> Sequence[Draft]:
        moment, drafts = clock.now(), []
        present = cursor.one("incidents.city")
        ends_demo = bool(present and present["simulated"]) and not delivery.source.simulated
        if ends_demo:
            drafts.append(Draft("city", "demo.ended", moment, {"by": delivery.source.name}))
        if place is not None and (present is None or ends_demo):
            drafts.append(Draft("city", "city.named", moment, asdict(place)))
        put_beside(cursor, delivery)
        counts = {row["verdict"]: int(row["rows"]) for row in cursor.rows("incidents.verdicts")}
        tally = _tally(delivery, counts)
        answer.append(tally)
        if not tally.recorded:
            return ()
        counted = {name: getattr(tally, name) for name in ("read", "taken", "known", "updated", "quarantined")}
        payload = asdict(delivery) | {"counts": counted}
        return [*drafts, Draft(f"source:{delivery.source.name}", "batch.loaded", moment, payload)]

    sequence = city.record(Act(actor.signature, decide))
    return Tally(**(asdict(answer[-1]) | {"sequence": sequence}))


def _tally(delivery: Delivery, counts: Mapping[str, int]) -> Tally:
    new, changed = counts.get("new", 0), counts.get("changed", 0)
    conflicts = counts.get("conflict", 0)
    quarantined = counts.get("rejected", 0) + conflicts
    nothing = ("same", "stale", "conflict_before", "rejected_before")
    known = sum(counts.get(verdict, 0) for verdict in nothing) + changed + delivery.duplicates
    return Tally(
        sequence=0, read=delivery.read, taken=new, known=known, updated=changed, quarantined=quarantined, conflicts=conflicts,
        recorded=bool(new or changed or quarantined or delivery.mends),
    )  # fmt: skip


def report(city: City, source: Source, matter: Mapping[str, Any], actor: Actor, *, key: str | None = None) -> str:
    """Take in one matter as it is reported.

    Parameters
    ----------
    matter : mapping
        ``external_id``, ``reported_at`` (aware), and any of: category_kind, category_code, source_type, title,
        description, address, district, street, community, department, channel, lon, lat (WGS-84 degrees), urgency, due_at.
    key : str, optional
        Idempotency key: the same key twice has one effect.

    Returns
    -------
    str
        The number of the case it made; of the case it made before, when the same is reported again.

    Raises
    ------
    Stale
        The source reported another matter under this identifier before.
    Fault
        A field is missing or impossible.
    """
    require(actor, Right.REPORT)
    fields = _checked(matter)
    case_id = f"{source.prefix}-{fields['external_id']}"

    stream, decided = f"case:{case_id}", list[bool]()

    def decide(cursor: Cursor) -> Sequence[Draft]:
        decided.append(True)
        known = cursor.value("incidents.case_of", source=source.name, external_id=fields["external_id"])
        if known is not None:
            raise Stale("reported_before", case=known)
        payload = {"case_id": case_id, "source": asdict(source), "matter": fields}
        return [Draft(stream, "incident.reported", fields["reported_at"], payload)]

    sequence = city.record(Act(actor.signature, decide, key or f"report:{source.name}:{fields['external_id']}", about=stream))
    earlier = None if decided else city.journal.event(sequence)
    if earlier is None:
        return case_id
    if key is None and earlier.payload["matter"] != as_recorded(fields):
        raise Stale("reported_before", case=case_id)
    return str(earlier.payload["case_id"])


_WRITTEN = (
    "external_id", "source_type", "title", "description", "address", "district", "street", "community", "department", "channel",
)  # fmt: skip
"""What a person writes of a matter."""


def _checked(matter: Mapping[str, Any]) -> dict[str, Any]:
    fields = dict(matter)
    for field in _WRITTEN:
        check_written(field, fields.get(field))
    reported_at = fields.get("reported_at")
    if not isinstance(reported_at, datetime) or reported_at.tzinfo is None:
        raise Fault("field_required", field="reported_at", move="report")
    if (reported_at - clock.now()).total_seconds() > 300:
        raise Fault("time_in_future", at=reported_at.isoformat())
    fields["external_id"] = str(fields.get("external_id") or "").strip()
    if not fields["external_id"]:
        raise Fault("field_required", field="external_id", move="report")
    due_at = fields.get("due_at")
    if due_at is not None and due_at.tzinfo is None:
        raise Fault("field_required", field="due_at", move="report")
    lon, lat = fields.get("lon"), fields.get("lat")
    if (lon is None) != (lat is None) or (lon is not None and lat is not None and not (-180 <= lon <= 180 and -90 <= lat <= 90)):
        raise Fault("coordinates", lon=lon, lat=lat)
    placed = Location.AREA if any(fields.get(level) for level in ("district", "street", "community")) else Location.NONE
    fields["location"] = Location.POINT if lon is not None else placed
    category = catalogue.category(str(fields.get("category_kind")), str(fields.get("category_code")))
    if category is None and fields.get("category_code"):
        raise Fault("category", code=fields["category_code"])
    urgent = bool(category and category.urgent)
    fields.setdefault("urgency", Urgency.URGENT if urgent else Urgency.NORMAL)
    return fields


def settle(city: City, quarantine_ids: Sequence[str], actor: Actor) -> int:
    """Drop quarantine entries that cannot be mended: they stay in the record and leave the list.

    Returns
    -------
    int
        The sequence of the act.
    """
    require(actor, Right.MEND)

    def decide(cursor: Cursor) -> Sequence[Draft]:
        found = cursor.rows("incidents.quarantine", source=None, reason=None, ids=list(quarantine_ids), size=len(quarantine_ids))
        if len(found) < len(set(quarantine_ids)):
            raise Fault("quarantine_gone", count=len(set(quarantine_ids)) - len(found))
        return [Draft("quarantine", "quarantine.dropped", clock.now(), {"ids": list(quarantine_ids)})] if quarantine_ids else ()

    return city.record(Act(actor.signature, decide))


def draw_places(city: City, checksum: str, actor: Actor, *, schematic: bool) -> int:
    """Take outlines (areas, rivers, roads) from a GeoJSON file under ``batches/`` into the picture."""
    require(actor, Right.LOAD)

    def decide(cursor: Cursor) -> Sequence[Draft]:
        return [Draft("city", "places.drawn", clock.now(), {"geojson": checksum, "schematic": schematic})]

    return city.record(Act(actor.signature, decide))


def end_demo(city: City, actor: Actor) -> bool:
    """Take the simulated city out of the picture; the record keeps it. False when there was none."""
    require(actor, Right.OPERATE)
    was: list[bool] = []

    def decide(cursor: Cursor) -> Sequence[Draft]:
        present = bool(cursor.rows("incidents.simulated_sources")) or bool((cursor.one("incidents.city") or {}).get("simulated"))
        was.append(present)
        return [Draft("city", "demo.ended", clock.now(), {"by": actor.signature})] if present else ()

    city.record(Act(actor.signature, decide))
    return was[-1]
