"""A city in China with two districts, and the people who keep and inspect its register."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from city_brain import clock
from city_brain.cases.actions import advance
from city_brain.incidents.actions import draw_places, report, take_delivery
from city_brain.roles import Actor, Role, operator
from city_brain.settings import Settings
from city_brain.storage.city import City
from tests.deliveries import CREW, DISPATCHER, INSPECTOR, MANAGER, OFFICER, PLACE, SOURCE, delivery, matter, row

NOW = datetime(2026, 5, 11, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
WATER = Actor("Wu", Role.DEPARTMENT, department="water")
ROADS = Actor("Qi", Role.DEPARTMENT, department="roads")
SPOT: dict[str, Any] = {
    "hazard_id": "F-1", "name": "中山路下穿段", "kind": "ponding", "risk_class": "orange", "lon": 114.31, "lat": 30.59,
    "department": "water", "person": "王芳", "phone": "13812345678",
}  # fmt: skip


def square(name: str, west: float, east: float) -> dict[str, Any]:
    """A district as a feature: a box from south to north of the city."""
    ring = [[west, 30.0], [east, 30.0], [east, 31.0], [west, 31.0], [west, 30.0]]
    properties = {"level": "district", "name": name, "name_zh": name, "name_en": name}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


@pytest.fixture
def here(city: City, settings: Settings) -> City:
    """The city, with the districts 江岸区 (west of 114.35) and 武昌区 (east of it)."""
    take_delivery(city, delivery(settings.batches, [row(900)]), operator("test"), place=PLACE)
    outlines = {"type": "FeatureCollection", "features": [square("江岸区", 114.0, 114.35), square("武昌区", 114.35, 114.8)]}
    content = orjson.dumps(outlines)
    checksum = hashlib.sha256(content).hexdigest()
    (settings.batches / f"{checksum}.geojson").write_bytes(content)
    draw_places(city, checksum, operator("test"), schematic=False)
    return city


def closed(city: City, number: int, at: datetime, **more: Any) -> str:
    """A case that was reported at a moment and closed within the hour."""
    with clock.held(at):
        case_id = report(city, SOURCE, matter(number, reported_at=at, **more), operator("test"))
    way = (
        ("accept", OFFICER, {}), ("file", OFFICER, {}), ("dispatch", DISPATCHER, {"department": "city_management"}),
        ("finish", CREW, {"outcome": "done"}), ("report_back", DISPATCHER, {}), ("close", INSPECTOR, {"note": "seen"}),
    )  # fmt: skip
    for minutes, (move, actor, fields) in enumerate(way, start=1):
        with clock.held(at + timedelta(minutes=8 * minutes)):
            advance(city, case_id, move, actor, fields)
    return case_id


__all__ = ["DISPATCHER", "INSPECTOR", "MANAGER", "NOW", "OFFICER", "ROADS", "SPOT", "WATER", "closed", "here"]
