"""Small normalised files and people, for tests that act on a real city."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from city_brain.incidents.model import SCHEMA, Delivery, Place, Source
from city_brain.roles import Actor, Role

DAY = datetime(2026, 5, 4, tzinfo=UTC)
"""The day of the tests."""
SOURCE = Source("hotline", "热线", "Hotline", "H", "open311", "UTC", "wgs84")
SIMULATED = Source("simulated_wuhan", "武汉（模拟）", "Wuhan (simulated)", "S", "simulated", "UTC", "wgs84", simulated=True)
PLACE = Place("武汉", "Wuhan", "Asia/Shanghai", 114.3, 30.6, 10.0)
OFFICER, DISPATCHER = Actor("Lin", Role.WATCH_OFFICER), Actor("He", Role.DISPATCHER)
CREW = Actor("Wu", Role.DEPARTMENT, department="city_management")
INSPECTOR, MANAGER = Actor("Zhao", Role.INSPECTOR), Actor("Sun", Role.MANAGER)
WAY = (
    ("accept", OFFICER, {}),
    ("file", OFFICER, {}),
    ("dispatch", DISPATCHER, {"department": "city_management"}),
    ("finish", CREW, {"outcome": "lamp replaced"}),
    ("report_back", DISPATCHER, {}),
    ("close", INSPECTOR, {"note": "it is light again"}),
    ("evaluate", MANAGER, {"grade": "good"}),
)
"""The straight way of a case: move, who takes it, what it asks for."""


def matter(number: int | str, **more: Any) -> dict[str, Any]:
    """What somebody reports, with a point in Wuhan."""
    return {
        "external_id": str(number), "reported_at": DAY, "lon": 114.31, "lat": 30.59, "category_kind": "matter",
        "category_code": "06010", "description": f"路灯不亮 {number}", **more,
    }  # fmt: skip


def row(number: int, **more: Any) -> dict[str, Any]:
    """A row of a normalised file: an open matter at a point."""
    return {
        "row_number": number, "external_id": str(number), "reported_at": DAY + timedelta(minutes=number), "status": "open",
        "source_type": "Street Light", "title": "lamp out", "lon": 114.3, "lat": 30.6, "location_quality": "point",
        "urgency": "normal", **more,
    }  # fmt: skip


def delivery(
    batches: Path, rows: Sequence[Mapping[str, Any]], *, source: Source = SOURCE, rejected: Sequence[str] = (), **more: Any
) -> Delivery:
    """A normalised file under `batches`, ready to be taken; `rejected` are rows turned away, as JSON text."""
    batches.mkdir(parents=True, exist_ok=True)
    given = [{name: row.get(name) for name in SCHEMA.names} for row in rows]
    parquet = _keep(batches, pa.Table.from_pylist(given, schema=SCHEMA))
    away = {
        "row_number": pa.array(range(1001, 1001 + len(rejected)), pa.int64()), "reason": ["time_missing"] * len(rejected),
        "reason_values": ["{}"] * len(rejected), "row": list(rejected),
    }  # fmt: skip
    said: dict[str, Any] = {
        "source": source, "file_name": "file.csv", "file_sha256": parquet, "parquet": parquet,
        "rejected": _keep(batches, pa.table(away)) if rejected else None,
        "read": len(rows) + len(rejected), "duplicates": 0, "horizon": DAY, "quality": {"point": len(rows)}, "flags": {},
    }  # fmt: skip
    return Delivery(**(said | more))


def _keep(batches: Path, table: pa.Table) -> str:
    part = batches / "test.part"
    pq.write_table(table, part, compression="zstd")
    checksum = hashlib.sha256(part.read_bytes()).hexdigest()
    part.rename(batches / f"{checksum}.parquet")
    return checksum
