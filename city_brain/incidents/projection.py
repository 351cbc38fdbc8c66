"""Events about what was reported become rows: incidents, sources, batches, quarantine, areas, the city."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from city_brain.incidents import catalogue
from city_brain.incidents.model import Delivery, Source
from city_brain.incidents.staging import put_beside
from city_brain.record.events import Event
from city_brain.storage.cursor import Cursor
from city_brain.storage.projector import Projection


def _batches(cursor: Cursor, events: Sequence[Event]) -> None:
    for event in events:
        payload = event.payload
        delivery, counts = Delivery.of(payload), payload["counts"]
        put_beside(cursor, delivery)
        known: dict[str, Any] = {
            "source": delivery.source.name, "sequence": event.sequence, "horizon": delivery.horizon, "moment": event.recorded_at,
        }  # fmt: skip
        _keep_names(cursor, delivery.source.profile)
        cursor.run("incidents.insert_new", **known)
        cursor.run("incidents.update_changed", **known)
        cursor.run("incidents.quarantine_conflicts", **known)
        cursor.run("incidents.quarantine_rejected", **known)
        if delivery.mends:
            cursor.run("incidents.settle", ids=list(delivery.mends), state="mended", **known)
        cursor.run(
            "incidents.keep_batch", **known, **counts, actor=event.actor, file_name=delivery.file_name, file_sha256=delivery.file_sha256,
            parquet=delivery.parquet, rejected=delivery.rejected, quality=_json(delivery.quality), flags=_json(delivery.flags),
        )  # fmt: skip
        again = len(delivery.mends)  # replayed rows were read, and quarantined, once before
        grown = counts | {"read": counts["read"] - again, "quarantined": counts["quarantined"] - again}
        _count(cursor, delivery.source, grown, event)


def _reports(cursor: Cursor, events: Sequence[Event]) -> None:
    said = [(event, event.payload) for event in events]
    for name, source in {payload["source"]["name"]: payload["source"] for _, payload in said}.items():
        mine = [(event, payload["matter"]) for event, payload in said if payload["source"]["name"] == name]
        grown = {"read": len(mine), "taken": len(mine), "known": 0, "updated": 0, "quarantined": 0}
        _count(cursor, Source(**source), grown, mine[-1][0])
        kinds = {(matter.get("source_type"), matter.get("category_kind"), matter.get("category_code")) for _, matter in mine}
        _keep_kinds(cursor, kinds, source["profile"])
    cursor.run("incidents.keep_reports", given=[_incident(event, payload) for event, payload in said])


def _incident(event: Event, payload: dict[str, Any]) -> dict[str, Any]:
    matter = payload["matter"]
    return {
        "case_id": payload["case_id"], "source": payload["source"]["name"], "external_id": matter["external_id"],
        "sequence": event.sequence, "reported_at": matter["reported_at"], "source_type": matter.get("source_type"),
        "channel": matter.get("channel"),
    }  # fmt: skip


def _city(cursor: Cursor, events: Sequence[Event]) -> None:
    for event in events:
        cursor.run("incidents.forget_city")
        cursor.run("incidents.name_city", **event.payload)


def _dropped(cursor: Cursor, events: Sequence[Event]) -> None:
    for event in events:
        cursor.run("incidents.settle", ids=event.payload["ids"], state="dropped", moment=event.recorded_at)


def _places(cursor: Cursor, events: Sequence[Event]) -> None:
    for event in events:
        payload = event.payload
        collection = orjson.loads(Path(cursor.kept_file(payload["geojson"], ".geojson")).read_bytes())
        drawn = [(feature["properties"], orjson.dumps(feature["geometry"]).decode()) for feature in collection["features"]]
        areas = [(said, outline) for said, outline in drawn if "level" in said]
        lines = [(said, outline) for said, outline in drawn if "level" not in said]
        if areas:
            cursor.run("incidents.forget_areas", keys=[f"{said['level']}/{said['name']}" for said, _ in areas])
            columns = ("level", "name", "name_zh", "name_en", "code", "label_lon", "label_lat")
            rows = [{column: said.get(column) for column in columns} | {"outline": outline} for said, outline in areas]
            cursor.run("incidents.keep_outlines", given=rows)
        if lines:
            named = ("kind", "name_zh", "name_en")
            known = {"schematic": payload["schematic"]}
            rows = [known | {column: said.get(column) for column in named} | {"outline": outline} for said, outline in lines]
            cursor.run("incidents.keep_features", given=rows)


def _demo_ended(cursor: Cursor, events: Sequence[Event]) -> None:
    for name in ("city", "features", "outlines", "incidents", "batches", "quarantine", "sources"):
        cursor.run(f"incidents.forget_{name}")


def _count(cursor: Cursor, source: Source, grown: dict[str, int], event: Event) -> None:
    """Add to the counters of a source, which may be new."""
    counts: dict[str, Any] = {"source": source.name, "moment": event.recorded_at, **grown}
    if not cursor.value("incidents.count_source", **counts):
        values = {name: getattr(source, name) for name in Source.__dataclass_fields__ if name != "name"}
        cursor.run("incidents.keep_source", source=source.name, **values)
        cursor.run("incidents.count_source", **counts)


def _keep_names(cursor: Cursor, profile: str) -> None:
    found = {(row["source_type"], row["category_kind"], row["category_code"]) for row in cursor.rows("incidents.new_kinds")}
    _keep_kinds(cursor, found, profile, known=False)
    for names in ("departments", "districts", "streets", "communities"):
        cursor.run(f"incidents.keep_{names}_seen")


def _keep_kinds(cursor: Cursor, kinds: set[tuple[str | None, str | None, str | None]], profile: str, *, known: bool = True) -> None:
    named = {source_type or f"{kind}-{code}": (source_type, kind, code) for source_type, kind, code in kinds if source_type or code}
    if known and named:
        for row in cursor.rows("incidents.known_kinds", kinds=list(named)):
            del named[row["kind"]]
    if named:
        cursor.run("incidents.keep_kinds", given=[_kind(name, profile, *said) for name, said in named.items()])


def _kind(name: str, profile: str, source_type: str | None, category_kind: str | None, code: str | None) -> dict[str, str | None]:
    found = catalogue.mapped(profile, source_type) if source_type else catalogue.category(category_kind, code)
    return {
        "kind": name, "name_zh": (found and found.name_zh) or name, "name_en": (found and found.name_en) or name,
        "category_kind": category_kind, "category_code": code,
    }  # fmt: skip


def _json(values: object) -> str:
    return orjson.dumps(values).decode()


def write_reference(cursor: Cursor) -> None:
    """Write the national catalogue and the departments from the project's own tables."""
    cursor.run("incidents.forget_categories")
    cursor.run("incidents.keep_categories", given=[asdict(row) for row in catalogue.categories().values()])
    departments = [asdict(row) for row in catalogue.departments().values()]
    cursor.run("incidents.forget_reference", departments=[row["department"] for row in departments])
    cursor.run("incidents.keep_departments", given=departments)


PROJECTIONS = (
    Projection(frozenset({"batch.loaded"}), _batches, alone=True),
    Projection(frozenset({"incident.reported"}), _reports),
    Projection(frozenset({"city.named"}), _city),
    Projection(frozenset({"quarantine.dropped"}), _dropped),
    Projection(frozenset({"places.drawn"}), _places),
)
"""Before the cases' own projections, but for the end of the demo, which needs the sources until last."""
ENDINGS = (Projection(frozenset({"demo.ended"}), _demo_ended),)
