"""One act of every kind, done in a scratch home: what stands in the record after it; and the shapes that older records hold."""

from __future__ import annotations

import hashlib
import io
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from city_brain import clock
from city_brain.alerts import actions as alerts
from city_brain.alerts import queries as alert_queries
from city_brain.alerts.model import Raised, Reading, Scope
from city_brain.analytics.forecast import VERSION
from city_brain.analytics.forecast.components import PARTS
from city_brain.analytics.forecast.scores import METRICS, SUMS
from city_brain.cases.actions import advance, set_days, set_pace
from city_brain.cases.model import Look
from city_brain.dispatch import actions as dispatch
from city_brain.dispatch.model import Function, Position, Served, Team
from city_brain.hazards import actions as hazards
from city_brain.hazards import rounds
from city_brain.hazards.model import Inspection, Result
from city_brain.hazards.proposals import Change, Proposal
from city_brain.incidents import actions, queries
from city_brain.incidents.model import SCHEMA, Delivery, Place, Source
from city_brain.notices.actions import round_of_the_clock, saw
from city_brain.record.events import Event
from city_brain.responsibility.actions import Matter, assign
from city_brain.risk import actions as risk
from city_brain.roles import Actor, Role
from city_brain.settings import Settings
from city_brain.start import open_city
from city_brain.storage.city import City
from city_brain.supervision.actions import set_weights

MOMENT = datetime(2026, 3, 2, 8, tzinfo=UTC)
SOURCE = Source(name="simulated_wuhan", title_zh="武汉（模拟）", title_en="Wuhan (simulated)", prefix="WH", profile="simulated",
                timezone="Asia/Shanghai", datum="wgs84", simulated=True)  # fmt: skip
MATTER = {
    "external_id": "260302-0001", "reported_at": MOMENT, "category_kind": "matter", "category_code": "01037", "description": "路灯不亮",
    "district": "武昌区", "lon": 114.316, "lat": 30.554, "channel": "hotline",
}  # fmt: skip


EARLIER: dict[str, dict[str, Any]] = {
    "case.moved": {
        "case_id": "WH-260302-0001", "move": "dispatch", "from": "dispatch", "to": "handle", "holder": "city_management",
        "fields": {"department": "city_management"}, "stay": {"holder": "dispatcher", "from_at": "2026-03-02T08:05:00Z"},
    },
}  # fmt: skip
"""Payloads of a shape that is not written any more and still read, by kind."""


def events() -> dict[str, Event]:
    """The last event of every kind, by kind."""
    with tempfile.TemporaryDirectory() as folder, clock.held(MOMENT):
        settings = Settings(home=Path(folder), demo="off")
        city = open_city(settings)
        try:
            _acts(city, settings)
            found = [event for page in city.journal.read() for event in page]
        finally:
            city.close()
    return {event.kind: event for event in found}


def _acts(city: City, settings: Settings) -> None:
    system, officer, manager = Actor("simulator", Role.SYSTEM), Actor("Lin Xiao", Role.WATCH_OFFICER), Actor("Sun Lei", Role.MANAGER)
    place = Place("武汉", "Wuhan", "Asia/Shanghai", 114.305, 30.593, 10.9, simulated=True, town="wuhan")
    actions.take_delivery(city, _delivery(settings), system, place=place)
    collection = {"type": "FeatureCollection", "features": []}
    actions.draw_places(city, _kept(settings, orjson.dumps(collection), ".geojson"), system, schematic=True)
    twice, case_id = (actions.report(city, SOURCE, MATTER | {"external_id": number}, system) for number in ("260302-0002", "260302-0001"))
    set_pace(city, 1.0, manager)
    set_days(city, [(date(2026, 5, 9), True, "调休上班")], manager)
    assign(city, Matter("matter", "01037", None, "武昌区"), "city_management", manager, helpers=("power",))
    set_weights(city, {"handled_in_time": 60, "rework": 40}, manager)
    _moves(city, case_id, twice, officer)
    _alerts(city, officer, manager)
    _hazards(city, system, manager)
    _risk(city, manager)
    _dispatch(city, case_id)
    actions.settle(city, [row["quarantine_id"] for row in queries.quarantine(city)], officer)
    actions.end_demo(city, system)


def _moves(city: City, case_id: str, twice: str, officer: Actor) -> None:
    """A duplicate is merged, a case filed and dispatched, somebody reminded of it, and the reminder seen."""
    dispatcher = Actor("He Jun", Role.DISPATCHER)
    advance(city, twice, "merge", officer, {"into": case_id})
    for move in ("accept", "file"):
        advance(city, case_id, move, officer)
    later = MOMENT + timedelta(minutes=20)
    with clock.held(later):
        round_of_the_clock(city, later)
        saw(city, dispatcher, later)
        advance(city, case_id, "dispatch", dispatcher, {"department": "city_management"})


def _alerts(city: City, officer: Actor, manager: Actor) -> None:
    """A rule is set, a sensor read, a cluster raised and acknowledged."""
    alerts.set_rule(city, "queue", manager, threshold=80, times=0, severity="low", enabled=True, reason="two more at the desk")
    alerts.take_readings(city, [Reading("S-7", 9.5, "cm", MOMENT, 114.3, 30.6, "武昌区")], Actor("gauges", Role.SYSTEM))
    alerts.raise_alert(
        city, Raised("cluster", 9, Scope.CELL, "1000:0:-5", "matter-01037", expected=2.5, district="武昌区", lon=114.31, lat=30.55,
                     cell_x=0, cell_y=-5, edge_m=1000)
    )  # fmt: skip
    (found,) = alert_queries.desk(city, Look(MOMENT)).to_dict("records")
    alerts.advance(city, found["alert_id"], "acknowledge", officer)


def _risk(city: City, manager: Actor) -> None:
    """A forecast is issued and counted; the classes are set."""
    parts = dict.fromkeys(PARTS, 0.35)
    row = {
        "horizon_days": 1,
        "kind": "",
        "cell_x": 4,
        "cell_y": -2,
        "expected": 2.1,
        **parts,
        "calendar": 1.0,
        "model": "mixture",
        "all_history": 1.8,
    }
    content = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([row]), content)
    tried = dict.fromkeys(METRICS, 0.5) | {f"baseline_{name}": 0.4 for name in METRICS}
    choice = {"horizon_days": 1, "kind": "", "model": "mixture", "weight_all_history": 0.05, "weight_mixture": 0.95, "weight_boosting": 0.0,
              "windows": 14, "events": 320, "gain": 0.03, "gain_low": 0.01, "gain_high": 0.05, **tried, "expected": 2.1,
              "rest_expected": 0.0, "rest_all_history": 0.0, "rest_cells": 0}  # fmt: skip
    chronic = [{"lon": 114.31, "lat": 30.55, "kind": "matter-01037", "events": 90}]
    risk.issue(city, risk.Issued(content.getvalue(), [choice], chronic, MOMENT.date(), VERSION, 21.5, 400, 1, {"chronic_point": 90}))
    sums = [1.0] * len(SUMS)
    tenths = {"predicted": [1.4] * 10, "observed": [1.0] * 10}
    day = {"from_day": MOMENT.date().isoformat(), "horizon_days": 1, "kind": ""}
    risk.note_scores(city, [day | {"sums": sums, "plain_sums": sums} | tenths])
    risk.note_look(city, MOMENT.date(), 2)
    risk.set_classes(city, {"yellow": 1.0, "orange": 4.0, "red": 12.0}, manager, reason="一支巡查队一周的量")


def _dispatch(city: City, case_id: str) -> None:
    """A team is entered, on duty, located and sent; it leaves; the case is pinned."""
    system, dispatcher = Actor("simulator", Role.SYSTEM), Actor("He Jun", Role.DISPATCHER)
    crew = Team("WH-LIG01", "武昌区照明抢修1队", "Wuchang lighting 1", Function.LIGHTING, "lighting", 4, 114.31, 30.55, ("lift",))
    with clock.held(MOMENT + timedelta(minutes=25)):
        dispatch.enter(city, [crew], system)
        dispatch.put(city, ["WH-LIG01"], "off_duty", dispatcher, reason="换班")
        dispatch.put(city, ["WH-LIG01"], "available", dispatcher)
        dispatch.locate(city, [Position("WH-LIG01", 114.312, 30.551, MOMENT + timedelta(minutes=24))], system)
        before = [MOMENT + timedelta(minutes=minute) for minute in (11, 12, 20, 24)]
        dispatch.remember(city, [Served(case_id, "WH-LIG01", *before, 480.0, 2600.0)], system)
        dispatch.pin(city, case_id, dispatcher, reason="学校门口")
        sent = dispatch.assign(city, case_id, "WH-LIG01", dispatcher, recommended="WH-LIG01", eta_s=540.0, distance_m=2900.0)
        dispatch.advance(city, sent, "en_route", system)


def _hazards(city: City, system: Actor, manager: Actor) -> None:
    """A hazard is entered, missed, inspected, changed and closed; the cycles are set, a proposal is made and declined."""
    said = {"hazard_id": "WH-F0001", "name": "中山路下穿段积水点", "kind": "ponding", "risk_class": "red", "lon": 114.316, "lat": 30.554,
            "department": "water", "person": "王芳", "phone": "19900000001", "next_on": (MOMENT - timedelta(days=3)).date()}  # fmt: skip
    hazards.take_in(city, [(1, said)], system, source="simulated_wuhan", simulated=True)
    rounds.raise_missed(city)
    rounds.inspect(city, "WH-F0001", Inspection(Result.FINDINGS, "雨水口被落叶堵住", "周敏"), manager)
    hazards.disclose(city, ["WH-F0001"], "通知清掏", manager)
    hazards.set_cycles(city, {"red": 5, "orange": 30, "yellow": 90, "blue": 180}, manager)
    raised = Proposal(Change.LOWER, "WH-F0001", "ponding", "orange", 114.316, 30.554, "武昌区", None, ("WH-260302-0001",))
    hazards.propose(city, [raised], system, simulated=True)
    hazards.rule(city, raised.proposal_id, False, "汛期未过", manager)
    hazards.change(city, "WH-F0001", {"state": "under_treatment"}, manager, reason="泵站改造开工")
    hazards.close(city, "WH-F0001", "改造完成", manager)


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
