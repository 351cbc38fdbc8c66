"""Events become cases: the state of unfinished and finished ones, the stays in each step, the acts.

A run of events is folded in memory and written with a handful of statements, so that one act and
the replay of thousands take the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from city_brain.cases import lifecycle
from city_brain.cases.lifecycle import PHASES, Phase, Step
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
_DONE = frozenset(step for step, phase in PHASES.items() if phase is Phase.DONE)


def _batches(cursor: Cursor, events: Sequence[Event]) -> None:
    for event in events:
        delivery = Delivery.of(event.payload)
        city = cursor.one("incidents.centre") or {}
        cursor.run("cases.stage_cases", source=delivery.source.name, sequence=event.sequence, lon=city.get("lon"), lat=city.get("lat"))
        for part in ("open", "closed", "stages"):
            cursor.run(f"cases.forget_changed_{part}")
        cursor.run("cases.insert_staged_open")
        cursor.run("cases.insert_staged_closed")
        cursor.run("cases.insert_stages_from_batch", sequence=event.sequence)


def _acts(cursor: Cursor, events: Sequence[Event]) -> None:
    said = [(event, event.payload) for event in events]
    reported = [one for one in said if one[0].kind == "incident.reported"]
    moved = [one for one in said if one[0].kind == "case.moved"]
    if reported:
        cells = _cells(cursor, [payload["matter"] for _, payload in reported])
        cursor.run("cases.keep_reported", given=[_reported(*one, *cell) for one, cell in zip(reported, cells, strict=True)])
    if moved:
        _moves(cursor, moved)
    cursor.run("cases.keep_acts", given=[_act(event, payload) for event, payload in said])


def _moves(cursor: Cursor, moved: Sequence[Said]) -> None:
    """Moves of a run: what they make of each case, from where each begins to where the last one leaves it."""
    begun: dict[str, str] = {}
    standing: dict[str, Row] = {}
    for event, payload in moved:
        number = payload["case_id"]
        begun.setdefault(number, payload["from"])
        standing[number] = _moved(standing.get(number), event, payload)
    was_done = {number for number, step in begun.items() if step in _DONE}
    is_done = {number for number, row in standing.items() if row["step"] in _DONE}
    for name, numbers in (("move_open", standing.keys() - was_done), ("move_closed", was_done)):
        if numbers:
            cursor.run(f"cases.{name}", given=[row for number, row in standing.items() if number in numbers])
    for name, cross, behind in (("close", is_done - was_done, "open"), ("reopen", was_done - is_done, "closed")):
        if cross:
            cursor.run(f"cases.{name}", case_ids=list(cross))
            cursor.run(f"cases.forget_{behind}", case_ids=list(cross))
    cursor.run("cases.keep_stages", given=[_stay(event, payload) for event, payload in moved])


def _moved(before: Row | None, event: Event, payload: Row) -> Row:
    """What one more move makes of a case. None stands for what the picture has."""
    fields = payload["fields"]
    was_done, is_done = payload["from"] in _DONE, payload["to"] in _DONE
    earlier = before or {"department": None, "outcome": None, "hops": 0, "closed_at": None, "keeps_closing": True}
    closing = (earlier["closed_at"], earlier["keeps_closing"]) if was_done and is_done else (event.happened_at if is_done else None, False)
    return {
        "case_id": payload["case_id"], "step": payload["to"], "holder": payload["holder"], "step_at": event.happened_at,
        "department": fields.get("department") or earlier["department"], "outcome": fields.get("outcome") or earlier["outcome"],
        "hops": earlier["hops"] + (payload["move"] == "send_back"), "closed_at": closing[0], "keeps_closing": closing[1],
        "version": event.version, "sequence": event.sequence,
    }  # fmt: skip


def _stay(event: Event, payload: Row) -> Row:
    stay = payload["stay"]
    return {
        "case_id": payload["case_id"], "step": payload["from"], "holder": stay["holder"], "from_at": stay["from_at"],
        "to_at": event.happened_at, "sequence": event.sequence,
    }  # fmt: skip


def _reported(event: Event, payload: Row, cell_x: int | None, cell_y: int | None) -> Row:
    matter = payload["matter"]
    kind = matter.get("source_type") or (f"{matter['category_kind']}-{matter['category_code']}" if matter.get("category_code") else None)
    return {
        "case_id": payload["case_id"], "source": payload["source"]["name"], "step": Step.COLLECT,
        "holder": lifecycle.holder(Step.COLLECT, None), "step_at": event.happened_at, "acted_at": event.happened_at, "kind": kind,
        "cell_x": cell_x, "cell_y": cell_y, **{name: matter.get(name) for name in _PLAIN},
        "version": event.version, "sequence": event.sequence,
    }  # fmt: skip


def _act(event: Event, payload: Row) -> Row:
    if event.kind == "incident.reported":
        holder = lifecycle.holder(Step.COLLECT, None)
        fields, told = Row(), ("report", None, Step.COLLECT, holder, payload["matter"].get("description"))
    else:
        fields = payload["fields"]
        told = (payload["move"], payload["from"], payload["to"], payload["holder"], fields.get("reason") or fields.get("outcome"))
    return {
        "case_id": payload["case_id"], "version": event.version, "sequence": event.sequence, "happened_at": event.happened_at,
        "actor": event.actor, **dict(zip(("move", "from_step", "to_step", "holder", "reason"), told, strict=True)),
        "payload": orjson.dumps(fields).decode() if fields else "{}",
    }  # fmt: skip


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
    for name in ("simulated_open", "simulated_closed", "orphan_stages", "orphan_acts"):
        cursor.run(f"cases.forget_{name}")


def write_reference(cursor: Cursor) -> None:
    """Write the steps of the lifecycle from its table."""
    cursor.run("cases.forget_steps")
    steps = [{"step": step, "position": place, "phase": PHASES[step]} for place, step in enumerate(Step, start=1)]
    cursor.run("cases.keep_steps", given=steps)


PROJECTIONS = (
    Projection(frozenset({"batch.loaded"}), _batches, alone=True),
    Projection(frozenset({"incident.reported", "case.moved"}), _acts),
    Projection(frozenset({"demo.ended"}), _demo_ended),
)
