"""What acts on the register are going to write: entries and changes decided against what is there, as events not yet recorded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from math import isclose
from typing import Any
from zoneinfo import ZoneInfo

from city_brain.errors import Fault, Stale
from city_brain.hazards import model, reading
from city_brain.hazards.model import FIELDS, Inspection, State
from city_brain.hazards.proposals import Change
from city_brain.incidents import catalogue
from city_brain.record.events import Draft, as_recorded
from city_brain.roles import Actor
from city_brain.storage.cursor import Cursor

KEPT = (*FIELDS, "last_result", "inspections", "simulated")
"""What an event says of how it leaves a hazard."""
SAME_DEGREES = 1e-6
"""Points that lie no further apart are one: about a tenth of a metre."""


class Taking:
    """What taking a list in looks up once."""

    def __init__(self, cursor: Cursor, moment: datetime, source: str, simulated: bool, rows: list[dict[str, Any]]) -> None:
        self.cursor, self.moment, self.source, self.simulated, self.rows = cursor, moment, source, simulated, rows
        self.today, self.cycles, self.centre = reading.today(cursor, moment), reading.cycles(cursor), reading.centre(cursor)
        named = cursor.one("incidents.city")
        self.zone = ZoneInfo(named["timezone"] if named else "UTC")
        for row in rows:
            row.update({name: value.strip() or None for name, value in row.items() if isinstance(value, str)})
            row["hazard_id"] = row.get("hazard_id") or model.number(row)
        self.known = {row["hazard_id"]: row for row in cursor.rows("hazards.standing", hazard_ids=[row["hazard_id"] for row in rows])}
        self.areas = reading.areas(cursor, [(model.degrees(row.get("lon")), model.degrees(row.get("lat"))) for row in rows])
        self.lines: dict[str, int] = {}

    def draft(self, line: int, row: dict[str, Any], where: Mapping[str, str | None]) -> Draft | None:
        """What a row records; None where the register says the same."""
        number = row["hazard_id"]
        if number in self.lines:
            raise Fault("hazard_twice", hazard=number, line=self.lines[number])
        before = self.known.get(number)
        after = self._entry(row) if before is None else self._told(row, before)
        after |= {name: found for name, found in where.items() if found}
        model.check(after, self.today, self.centre)
        check_department(self.cursor, after["department"])
        self.lines[number] = line
        if before is None:
            return Draft(f"hazard:{number}", "hazard.entered", self.moment, {"hazard_id": number, "after": after})
        found = changes(before, after)
        return changed(after, found, self.source, self.moment) if found else None

    def _entry(self, row: Mapping[str, Any]) -> dict[str, Any]:
        after = {name: row.get(name) for name in FIELDS} | {"last_result": None, "inspections": 0, "simulated": self.simulated}
        after |= {"state": after["state"] or State.IN_FORCE, "source": after["source"] or self.source}
        for name in model.MASKS:
            if "*" in (after[name] or ""):
                raise Fault("hazard_masked", field=f"hazard.{name}")
        if not after["next_on"] and after["risk_class"] in self.cycles:
            after["next_on"] = model.next_after(after["last_on"] or self.today, after["risk_class"], self.cycles)
        return after

    def _told(self, row: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
        told = {name: row[name] for name in FIELDS if row.get(name) is not None and name != "source"}
        told = {name: value for name, value in told.items() if name not in model.MASKS or value != model.MASKS[name](before[name])}
        if _same_point(told, before):
            told = {name: value for name, value in told.items() if name not in ("lon", "lat")}
        if told.get("last_on") and before["last_on"] and told["last_on"] < before["last_on"]:
            told = {name: value for name, value in told.items() if name not in ("last_on", "next_on")}
        after = standing(before) | told
        if "next_on" not in told:
            after["next_on"] = next_day(before, after, self.cycles, self.today)
        return after


def _same_point(told: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether a list means the place that is known: the way through another datum and back is not exact."""
    return all(name in told and isclose(told[name], before[name], abs_tol=SAME_DEGREES) for name in ("lon", "lat"))


def entered_by(cursor: Cursor, found: Mapping[str, Any], moment: datetime) -> Draft:
    said = {name: found[name] for name in ("kind", "risk_class", "lon", "lat", "district", "address")}
    sort = model.SORT[model.HazardKind(found["kind"])]
    said |= {"name": found["address"] or found["district"] or found["kind"], "department": sort.owner, "source": "proposal"}
    taking = Taking(cursor, moment, "proposal", found["simulated"], [said])
    made = taking.draft(1, taking.rows[0], taking.areas[0])
    if made is None or made.kind != "hazard.entered":
        raise Stale("hazard_known", hazard=taking.rows[0]["hazard_id"])
    return made


def reclassed(cursor: Cursor, found: Mapping[str, Any], why: str, moment: datetime) -> Draft:
    before = reading.hazard(cursor, found["hazard_id"])
    if before["state"] == State.CLOSED or before["risk_class"] == found["risk_class"]:
        raise Stale("hazard_gone", hazard=found["hazard_id"])
    state = State.IN_FORCE if found["change"] == Change.LOWER else before["state"]
    after = standing(before) | {"risk_class": found["risk_class"], "state": state}
    after["next_on"] = next_day(before, after, reading.cycles(cursor), reading.today(cursor, moment))
    return changed(after, changes(before, after), why, moment)


def check_department(cursor: Cursor, department: str) -> None:
    if department not in catalogue.departments() and not cursor.value("incidents.has_department", department=department):
        raise Fault("no_department", department=department)


def standing(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in KEPT}


def next_day(before: Mapping[str, Any], after: Mapping[str, Any], cycles: Mapping[str, int], today: date) -> date:
    """The next inspection moves with the class alone."""
    next_on: date = before["next_on"]
    if before["risk_class"] == after["risk_class"] or after["risk_class"] not in cycles:
        return next_on
    return model.brought_forward(after["last_on"], next_on, after["risk_class"], cycles, today)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What is otherwise now: field → what it was, what it is."""
    was, now = as_recorded(standing(before)), as_recorded(after)
    return {name: [was[name], now[name]] for name in FIELDS if was[name] != now[name]}


def changed(after: Mapping[str, Any], found: Mapping[str, Any], reason: str, moment: datetime) -> Draft:
    number = after["hazard_id"]
    told = {name: values if name not in model.MASKS else [] for name, values in found.items()}
    payload = {"hazard_id": number, "changes": told, "reason": reason, "after": after}
    return Draft(f"hazard:{number}", "hazard.changed", moment, payload)


def after_inspection(before: Mapping[str, Any], inspection: Inspection, day: date, cycles: Mapping[str, int]) -> dict[str, Any]:
    found = {"last_on": day, "last_result": inspection.result, "next_on": model.next_after(day, before["risk_class"], cycles)}
    return {**before, **found, "inspections": before["inspections"] + 1}


def inspected(after: Mapping[str, Any], inspection: Inspection, moment: datetime, actor: Actor) -> Draft:
    told = {"result": inspection.result, "findings": inspection.findings.strip(), "inspector": inspection.inspector.strip() or actor.name}
    days = {"inspected_on": after["last_on"], "next_on": after["next_on"]}
    payload = {"hazard_id": after["hazard_id"], **told, **days, "after": after}
    return Draft(f"hazard:{after['hazard_id']}", "hazard.inspected", moment, payload)
