"""The simulated city becomes acts: its history as one batch, then arrivals; what its staff does with them is the staff's.

Everything goes through the same actions as real data and real people; its source is marked as
simulated, and so is every signature.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from city_brain import clock
from city_brain.errors import Fault
from city_brain.incidents import actions, queries
from city_brain.incidents.model import Delivery, Place, Source
from city_brain.roles import Actor, Role
from city_brain.settings import Settings
from city_brain.simulator import crews, geography, hazards, plan, staff
from city_brain.simulator.geography import Town
from city_brain.storage.city import City

Progress = Callable[[str, int, int | None], None]
SYSTEM = Actor("simulator", Role.SYSTEM)
CATCH_UP = timedelta(minutes=10)
"""After a pause longer than this the city's life in between is taken in as one batch."""


def build(city: City, settings: Settings, progress: Progress) -> int:
    """Build the simulated city in a picture without real data: outlines, skeleton, history up to now.

    Returns
    -------
    int
        How many cases its history has.

    Raises
    ------
    Fault
        Real data are there, or the demo is switched off by its setting.
    """
    if settings.demo == "off":
        raise Fault("demo_is_off")
    if any(not source["simulated"] for source in queries.sources(city)):
        raise Fault("real_data_here", city=(queries.city(city) or {}).get("name_en") or "—")
    town = geography.town(settings.demo)
    progress("demo_plan", 0, None)
    moment = clock.now()
    cases = _history(settings, town, moment - timedelta(days=settings.demo_days), moment)
    progress("demo_record", cases.num_rows, cases.num_rows)
    _deliver(city, settings, town, cases, moment)
    for collection, schematic in ((geography.districts(town), False), (geography.skeleton(town), True)):
        content = orjson.dumps(collection)
        checksum = hashlib.sha256(content).hexdigest()
        (settings.batches / f"{checksum}.geojson").write_bytes(content)
        actions.draw_places(city, checksum, SYSTEM, schematic=schematic)
    hazards.build(city, town, settings.demo_seed, moment, SYSTEM)
    crews.build(city, town, settings.demo_seed, moment)
    return int(cases.num_rows)


def tick(city: City, settings: Settings, opened: datetime) -> None:
    """One step of the simulated city's life: what arrived since the last report, and what its staff got done since `opened`."""
    named = queries.city(city)
    if not named or not named["simulated"]:
        return
    town = geography.town(named["town"])
    source = _source(town)
    last = queries.last_arrival(city, source.name)
    moment = clock.now()
    if last is not None and moment - last > CATCH_UP:
        _deliver(city, settings, town, _history(settings, town, moment - timedelta(days=settings.demo_days), moment), moment)
        return
    _arrivals(city, settings, town, source, max(last or moment, moment - CATCH_UP), moment)
    staff.work(city, moment, opened)
    hazards.work(city, moment)


def _arrivals(city: City, settings: Settings, town: Town, source: Source, since: datetime, moment: datetime) -> None:
    minute = since.replace(second=0, microsecond=0)
    while minute <= moment:
        for matter in plan.arrivals(town, seed=settings.demo_seed, minute=minute, mean_gap_s=settings.demo_arrival_seconds).to_pylist():
            if since < matter["reported_at"] <= moment:
                kept = {name: matter[name] for name in (
                    "external_id", "reported_at", "category_kind", "category_code", "description", "address", "district",
                    "street", "community", "channel", "lon", "lat", "urgency",
                )}  # fmt: skip
                actions.report(city, source, kept, SYSTEM)
        minute += timedelta(minutes=1)


def _history(settings: Settings, town: Town, start: datetime, moment: datetime) -> pa.Table:
    per_day = settings.demo_cases / settings.demo_days
    return plan.as_of(plan.plans(town, seed=settings.demo_seed, start=start, end=moment, per_day=per_day), moment)


def _deliver(city: City, settings: Settings, town: Town, cases: pa.Table, moment: datetime) -> None:
    settings.batches.mkdir(parents=True, exist_ok=True)
    part = settings.batches / "simulated.part"
    pq.write_table(cases, part, compression="zstd")
    checksum = hashlib.sha256(part.read_bytes()).hexdigest()
    part.rename(settings.batches / f"{checksum}.parquet")
    delivery = Delivery(
        source=_source(town), file_name=f"simulated {town.slug}", file_sha256=checksum, parquet=checksum,
        rejected=None, read=cases.num_rows, duplicates=0, horizon=moment, quality={}, flags={},
    )  # fmt: skip
    place = Place(town.name_zh, town.name_en, town.timezone, town.lon, town.lat, town.view.zoom, simulated=True, town=town.slug)
    actions.take_delivery(city, delivery, SYSTEM, place=place)


def _source(town: Town) -> Source:
    return Source(
        name=f"simulated_{town.slug}", title_zh=f"{town.name_zh}（模拟）", title_en=f"{town.name_en} (simulated)", prefix=town.prefix,
        profile="simulated", timezone=town.timezone, datum="wgs84", licence="", simulated=True,
    )  # fmt: skip
