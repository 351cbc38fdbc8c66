"""Events become cases: the state of unfinished and finished ones, the stays in each step, the acts, who passed what to whom.

A run of events is folded in memory and written with a handful of statements, so that one act and
the replay of thousands take the same way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import orjson

from city_brain.cases import calendars, lifecycle, reading
from city_brain.cases.calendars import Unit
from city_brain.cases.lifecycle import PLACES, RESTS, Step
from city_brain.cases.standing import COLUMNS, Standing
from city_brain.geo.grid import CELL_M, REACH_M, Grid
from city_brain.incidents.model import Delivery
from city_brain.record.events import Event
from city_brain.storage.cursor import Cursor
from city_brain.storage.projector import Projection

Row = dict[str, Any]
Said = tuple[Event, Row]
"""An event and its payload."""
_PLAIN = (
    "category_kind", "category_code", "title", "description", "address", "department", "district", "street", "community", "channel",
    "lon", "lat", "location", "urgency", "reported_at", "due_at",
)  # fmt: skip
_EVERY_MOVE = frozenset((
    "step", "holder", "step_at", "step_due_at", "department", "due_at", "accepted_at", "filed_at", "dispatched_at", "handled_at",
    "closed_at", "outcome",
))  # fmt: skip
"""Columns that are written with every move; the others only where one of them has changed."""
_VERDICTS = {"reassign": "reassigned", "uphold": "upheld", "give_in": "given_in"}
_LIMITS = {place.step: place.limit.seconds for place in PLACES if place.limit and place.limit.unit is Unit.URGENT_HOURS}
"""Clock seconds of the steps whose own limit counts those: what the steps of a file can be held to."""


def _batches(cursor: Cursor, events: Sequence[Event]) -> None:
    limits: dict[str, Any] = {"limited": list(_LIMITS), "limits_s": list(_LIMITS.values())}
    for event in events:
        delivery = Delivery.of(event.payload)
        city = cursor.one("incidents.centre") or {}
        cursor.run(
            "cases.stage_cases", source=delivery.source.name, sequence=event.sequence, lon=city.get("lon"), lat=city.get("lat"), **limits
        )
        for part in ("open", "closed", "stages", "passings", "disputes"):
            cursor.run(f"cases.forget_changed_{part}")
        cursor.run("cases.insert_staged_open")
        cursor.run("cases.insert_staged_closed")
        cursor.run("cases.insert_stages_from_batch", sequence=event.sequence, **limits)
        cursor.run("cases.insert_passings_from_batch", sequence=event.sequence)
        cursor.run("cases.insert_disputes_from_batch", sequence=event.sequence)


def _acts(cursor: Cursor, events: Sequence[Event]) -> None:
    said = [(event, event.payload) for event in events]
    by_kind = {kind: [one for one in said if one[0].kind == kind] for kind in ("incident.reported", "case.moved", "case.joined")}
    if reported := by_kind["incident.reported"]:
        cells = _cells(cursor, [payload["matter"] for _, payload in reported])
        cursor.run("cases.keep_reported", given=[_reported(*one, *cell) for one, cell in zip(reported, cells, strict=True)])
    if moved := by_kind["case.moved"]:
        _moves(cursor, moved)
    if by_kind["case.joined"]:
        _joins(cursor, said)
    cursor.run("cases.keep_acts", given=[_act(event, payload) for event, payload in said])


def _moves(cursor: Cursor, moved: Sequence[Said]) -> None:
    """Moves of a run: what they make of each case, from how the picture has it to where the last one leaves it."""
    begun = reading.standings(cursor, list({payload["case_id"] for _, payload in moved}))
    standing, written = dict(begun), dict[str, Row]()
    passings, disputes, rulings = list[Row](), list[Row](), list[Row]()
    for event, payload in moved:
        number = payload["case_id"]
        if number not in standing:
            continue  # its report is in no store any more
        before, after = standing[number], _after(standing[number], event, payload)
        standing[number] = after
        written[number] = asdict(after) | {
            "case_id": number, "acted_at": event.happened_at, "version": event.version, "sequence": event.sequence,
        }  # fmt: skip
        if after.hops > before.hops and before.department and before.received_at:
            passings.append(_passing(number, event, payload, before, after))
        if payload["move"] == "dispute":
            disputes.append(_dispute(number, event, payload, before))
        if payload["move"] in _VERDICTS:
            rulings.append(_ruling(number, event, payload, after))
    was_done = {number for number in written if begun[number].finished}
    is_done = {number for number in written if standing[number].finished}
    for name, numbers in (("open", written.keys() - was_done), ("closed", was_done)):
        if numbers:
            cursor.run(f"cases.move_{name}", given=[written[number] for number in numbers])
        if marked := [number for number in numbers if _marks(begun[number]) != _marks(standing[number])]:
            cursor.run(f"cases.mark_{name}", given=[written[number] for number in marked])
    for name, cross, behind in (("close", is_done - was_done, "open"), ("reopen", was_done - is_done, "closed")):
        if cross:
            cursor.run(f"cases.{name}", case_ids=list(cross))
            cursor.run(f"cases.forget_{behind}", case_ids=list(cross))
    stays = [_stay(event, payload) for event, payload in moved if "stay" in payload]
    if passings:
        _keep_passings(cursor, passings)
    for name, rows in (("keep_stages", stays), ("keep_disputes", disputes), ("rule_disputes", rulings)):
        if rows:
            cursor.run(f"cases.{name}", given=rows)


def _marks(standing: Standing) -> tuple[Any, ...]:
    """What few moves change."""
    return tuple(getattr(standing, name) for name in COLUMNS if name not in _EVERY_MOVE)


def _after(before: Standing, event: Event, payload: Row) -> Standing:
    """How a move left a case: as it says itself. Moves recorded before they said so are read by the rules of then."""
    if "after" in payload:
        return Standing.restored(payload["after"])
    fields, step = payload["fields"], Step(payload["to"])
    department = fields.get("department") or before.department
    after = replace(
        before, step=step, step_at=event.happened_at, holder=payload["holder"], step_due_at=None, department=department,
        first_department=before.first_department or fields.get("department"), outcome=fields.get("outcome") or before.outcome,
        send_backs=before.send_backs + (payload["move"] in ("send_back", "rework")), reworks=before.reworks + (payload["move"] == "rework"),
    )  # fmt: skip
    if fields.get("department"):
        other = before.department is not None and department != before.department
        anew = other or before.received_at is None
        after = replace(after, hops=before.hops + other, received_at=event.happened_at if anew else before.received_at)
    if step in (Step.HANDLE, Step.REPORT_BACK):
        after = replace(after, handled_at=event.happened_at if step is Step.REPORT_BACK else None)
    milestones = {Step.FILE: "accepted_at", Step.DISPATCH: "filed_at", Step.HANDLE: "dispatched_at"}
    if step in milestones and getattr(before, milestones[step]) is None:
        after = replace(after, **{milestones[step]: event.happened_at})  # type: ignore[arg-type]
    closed = (
        (before.closed_at or event.happened_at) if after.finished and before.finished else event.happened_at if after.finished else None
    )
    return replace(after, closed_at=closed)


def _passing(number: str, event: Event, payload: Row, before: Standing, after: Standing) -> Row:
    received = before.received_at or event.happened_at
    return {
        "case_id": number, "sequence": event.sequence, "from_department": before.department, "to_department": after.department,
        "received_at": received, "passed_at": event.happened_at, "lost_s": (event.happened_at - received).total_seconds(),
        "ruled": payload["move"] == "reassign",
    }  # fmt: skip


def _keep_passings(cursor: Cursor, passings: Sequence[Row]) -> None:
    """Keep them, each with whether the case comes back to a department that had it already."""
    earlier: dict[str, set[str]] = {}
    for row in cursor.rows("cases.departments_before", case_ids=list({row["case_id"] for row in passings})):
        earlier.setdefault(row["case_id"], set()).add(row["from_department"])
    kept = []
    for row in passings:
        had = earlier.setdefault(row["case_id"], set())
        kept.append(row | {"comes_back": row["to_department"] in had})
        had.add(row["from_department"])
    cursor.run("cases.keep_passings", given=kept)


def _dispute(number: str, event: Event, payload: Row, before: Standing) -> Row:
    fields = payload["fields"]
    return {
        "case_id": number, "sequence": event.sequence, "asked_at": event.happened_at, "department": before.department,
        "instead": fields.get("instead"), "reason": fields.get("reason"), "due_at": _time(payload.get("ruling_due_at")),
    }  # fmt: skip


def _ruling(number: str, event: Event, payload: Row, after: Standing) -> Row:
    return {
        "case_id": number, "ruled_at": event.happened_at, "verdict": _VERDICTS[payload["move"]], "ruled_department": after.department,
        "ruled_by": event.actor, "ruled_reason": payload["fields"].get("reason"),
    }  # fmt: skip


def _joins(cursor: Cursor, said: Sequence[Said]) -> None:
    """Reports that came to cases of a run and went again. The rest of a row is that of the case's last event, be it a move."""
    reports, last = Counter[str](), dict[str, Event]()
    for event, payload in said:
        last[payload["case_id"]] = event
        if event.kind == "case.joined":
            reports[payload["case_id"]] += payload["reports"]
    rows = [
        {"case_id": case_id, "reports": count, "acted_at": event.happened_at, "version": event.version, "sequence": event.sequence}
        for case_id, count in reports.items() for event in (last[case_id],)
    ]  # fmt: skip
    for name in ("open", "closed"):
        cursor.run(f"cases.join_{name}", given=rows)


def _stay(event: Event, payload: Row) -> Row:
    stay = payload["stay"]
    return {
        "case_id": payload["case_id"], "step": payload["from"], "holder": stay["holder"], "from_at": _time(stay["from_at"]),
        "to_at": event.happened_at, "sequence": event.sequence, "due_at": _time(stay.get("due_at")),
    }  # fmt: skip


def _reported(event: Event, payload: Row, cell_x: int | None, cell_y: int | None) -> Row:
    matter = payload["matter"]
    kind = matter.get("source_type") or (f"{matter['category_kind']}-{matter['category_code']}" if matter.get("category_code") else None)
    due = event.happened_at + timedelta(seconds=_LIMITS[Step.COLLECT])
    standing = Standing(Step.COLLECT, event.happened_at, lifecycle.holder(Step.COLLECT, None), due)
    return asdict(standing) | {
        "case_id": payload["case_id"], "source": payload["source"]["name"], "acted_at": event.happened_at, "kind": kind,
        "cell_x": cell_x, "cell_y": cell_y, **{name: matter.get(name) for name in _PLAIN}, "flags": None, "reports": 1,
        "version": event.version, "sequence": event.sequence,
    }  # fmt: skip


def _act(event: Event, payload: Row) -> Row:
    row = {
        "case_id": payload["case_id"], "version": event.version, "sequence": event.sequence, "happened_at": event.happened_at,
        "actor": event.actor, "from_step": payload.get("from"), "detail": None, "due_was": None, "due_at": None, "payload": "{}",
    }  # fmt: skip
    if event.kind == "incident.reported":
        matter = payload["matter"]
        told = {
            "move": "report",
            "to_step": Step.COLLECT,
            "holder": lifecycle.holder(Step.COLLECT, None),
            "reason": matter.get("description"),
        }
        return row | told | {"due_at": _time(matter.get("due_at"))}
    if event.kind == "case.joined":
        return row | {"move": "join", "to_step": "", "holder": None, "reason": payload["with"]}
    fields = payload["fields"]
    why = next((fields[name] for name in ("reason", "outcome", "note", "answer") if fields.get(name)), None)
    return row | {
        "move": payload["move"], "to_step": payload["to"], "holder": payload["holder"], "reason": why, "detail": fields.get("kind"),
        "due_was": _time(payload.get("due_was")), "due_at": _time(payload.get("after", {}).get("due_at")),
        "payload": orjson.dumps(fields).decode() if fields else "{}",
    }  # fmt: skip


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _pictures(cursor: Cursor, events: Sequence[Event]) -> None:
    """Pictures that moves and reports name."""
    rows = [
        {"checksum": checksum, "case_id": event.payload["case_id"], "sequence": event.sequence}
        for event in events if '"pictures"' in event.payload_text for checksum in event.payload.get("pictures", ())
    ]  # fmt: skip
    if rows:
        cursor.run("evidence.keep", given=rows)


def _days(cursor: Cursor, events: Sequence[Event]) -> None:
    for event in events:
        days = [day | {"day": datetime.fromisoformat(day["day"]).date(), "basis": "city"} for day in event.payload["days"]]
        cursor.run("cases.forget_days", days=[day["day"] for day in days])
        cursor.run("cases.keep_holidays", given=days)


def _pace(cursor: Cursor, events: Sequence[Event]) -> None:
    cursor.run("cases.keep_pace", given=[{"sequence": event.sequence, "pace": event.payload["pace"]} for event in events])


def _cells(cursor: Cursor, matters: Sequence[Row]) -> list[tuple[int | None, int | None]]:
    """Column and row of the analysis cell of each matter; none for what has no point of its own near the city's centre."""
    cells: list[tuple[int | None, int | None]] = [(None, None)] * len(matters)
    centre = cursor.one("incidents.centre")
    placed = [place for place, matter in enumerate(matters) if matter.get("location") == "point"]
    if centre is None or centre["lon"] is None or not placed:
        return cells
    x, y = Grid(**centre).metres([matters[place]["lon"] for place in placed], [matters[place]["lat"] for place in placed])
    for place, east_m, north_m in zip(placed, x.tolist(), y.tolist(), strict=True):
        if max(abs(east_m), abs(north_m)) < REACH_M:
            cells[place] = (int(east_m // CELL_M), int(north_m // CELL_M))
    return cells


def _demo_ended(cursor: Cursor, events: Sequence[Event]) -> None:
    for name in (
        "simulated_open",
        "simulated_closed",
        "orphan_stages",
        "orphan_acts",
        "orphan_passings",
        "orphan_disputes",
        "orphan_pictures",
    ):
        cursor.run(f"cases.forget_{name}")


def write_reference(cursor: Cursor) -> None:
    """Write the steps of the lifecycle from its table, and the holidays that are known."""
    cursor.run("cases.forget_steps")
    steps = [
        {
            "step": place.step, "position": number, "phase": place.phase, "of": place.of, "holder": place.holder,
            "limit_s": _LIMITS.get(place.step), "rest": place.step in RESTS,
        }
        for number, place in enumerate(PLACES, start=1)
    ]  # fmt: skip
    cursor.run("cases.keep_steps", given=steps)
    known = "state_council"
    for name in ("holidays", "holiday_years"):
        cursor.run(f"cases.forget_{name}", basis=known)
    cursor.run("cases.keep_holidays", given=[asdict(day) | {"basis": known} for day in calendars.known_days()])
    cursor.run("cases.keep_holiday_years", given=[{"year": year, "basis": known} for year in sorted(calendars.known_years())])


PROJECTIONS = (
    Projection(frozenset({"batch.loaded"}), _batches, alone=True),
    Projection(frozenset({"incident.reported", "case.moved", "case.joined"}), _acts),
    Projection(frozenset({"incident.reported", "case.moved"}), _pictures),
    Projection(frozenset({"days.set"}), _days),
    Projection(frozenset({"pace.set"}), _pace),
    Projection(frozenset({"demo.ended"}), _demo_ended),
)
