"""One act of every kind, done in a scratch home: what stands in the record after it."""

from __future__ import annotations

import hashlib
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from city_brain import clock
from city_brain.cases.actions import advance
from city_brain.incidents import actions, queries
from city_brain.incidents.model import SCHEMA, Delivery, Place, Source
from city_brain.record.events import Event
from city_brain.roles import Actor, Role
from city_brain.settings import Settings
from city_brain.start import open_city

MOMENT = datetime(2026, 3, 2, 8, tzinfo=UTC)
SOURCE = Source(name="simulated_wuhan", title_zh="武汉（模拟）", title_en="Wuhan (simulated)", prefix="WH", profile="simulated",
                timezone="Asia/Shanghai", datum="wgs84", simulated=True)  # fmt: skip
MATTER = {
    "external_id": "260302-0001", "reported_at": MOMENT, "category_kind": "matter", "category_code": "01037", "description": "路灯不亮",
    "district": "武昌区", "lon": 114.316, "lat": 30.554, "channel": "hotline",
}  # fmt: skip


def events() -> dict[str, Event]:
    """The first event of every kind, by kind."""
    with tempfile.TemporaryDirectory() as folder, clock.held(MOMENT):
        settings = Settings(home=Path(folder), demo="off")
        city = open_city(settings)
        try:
            _acts(city, settings)
            found = [event for page in city.journal.read() for event in page]
        finally:
            city.close()
    return {event.kind: event for event in reversed(found)}


def _acts(city: actions.City, settings: Settings) -> None:
    system, officer = Actor("simulator", Role.SYSTEM), Actor("Lin Xiao", Role.WATCH_OFFICER)
    place = Place("武汉", "Wuhan", "Asia/Shanghai", 114.305, 30.593, 10.9, simulated=True, town="wuhan")
    actions.take_delivery(city, _delivery(settings), system, place=place)
    collection = {"type": "FeatureCollection", "features": []}
    actions.draw_places(city, _kept(settings, orjson.dumps(collection), ".geojson"), system, schematic=True)
    case_id = actions.report(city, SOURCE, MATTER, system)
    advance(city, case_id, "reject", officer, {"reason": "重复上报"})
    actions.settle(city, [row["quarantine_id"] for row in queries.quarantine(city)], officer)
    actions.end_demo(city, system)


def _delivery(settings: Settings) -> Delivery:
    row = {
        "row_number": 1, "external_id": "260301-0001", "reported_at": MOMENT - timedelta(days=1), "status": "open",
        "location_quality": "none", "urgency": "normal",
    }  # fmt: skip
    rejected = pa.table({"row_number": [2], "reason": ["no_time"], "reason_values": ['{"column": "time"}'], "row": ['{"time": ""}']})
    parquet = _kept(settings, _bytes(pa.Table.from_pylist([row], schema=SCHEMA)), ".parquet")
    return Delivery(
        source=SOURCE, file_name="cases.csv", file_sha256="0" * 64, parquet=parquet, rejected=_kept(settings, _bytes(rejected), ".parquet"),
        read=2, duplicates=0, horizon=MOMENT, quality={"none": 1}, flags={},
    )  # fmt: skip


def _bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return bytes(sink.getvalue())


def _kept(settings: Settings, content: bytes, suffix: str) -> str:
    checksum = hashlib.sha256(content).hexdigest()
    (settings.batches / f"{checksum}{suffix}").write_bytes(content)
    return checksum
