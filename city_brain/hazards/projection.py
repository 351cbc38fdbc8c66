"""Acts on the register become rows. Every act on a hazard carries how it leaves it, so a replay needs no rule of then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any

import orjson

from city_brain.hazards.model import SORTS
from city_brain.record.events import Event
from city_brain.storage.cursor import Cursor
from city_brain.storage.projector import Projection

_DAYS = ("last_on", "next_on")
_STANDING = frozenset({"hazard.entered", "hazard.changed", "hazard.inspected", "hazard.closed"})


def _stands(cursor: Cursor, events: Sequence[Event]) -> None:
    """How the last of these acts leaves each hazard."""
    rows = {}
    for event in events:
        after = event.payload["after"]
        days = {name: date.fromisoformat(after[name]) if after[name] else None for name in _DAYS}
        rows[after["hazard_id"]] = after | days | {"sequence": event.sequence, "changed_at": event.happened_at}
    cursor.run("hazards.forget", hazard_ids=list(rows))
    cursor.run("hazards.keep", given=list(rows.values()))


def _happened(cursor: Cursor, events: Sequence[Event]) -> None:
    cursor.run("hazards.keep_events", given=[_event(event, event.payload) for event in events])


def _event(event: Event, payload: dict[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in payload.items() if name not in ("after", "hazard_id")}
    return {
        "hazard_id": payload["hazard_id"], "sequence": event.sequence, "happened_at": event.happened_at, "actor": event.actor,
        "what": event.kind.removeprefix("hazard."), "told": orjson.dumps(told).decode(),
    }  # fmt: skip


def _raised(cursor: Cursor, events: Sequence[Event]) -> None:
    """Cases that hazards raised, and inspections that clear those of missed ones, each in its turn."""
    for kind, run in groupby(events, key=lambda event: event.kind):
        told = [(event, event.payload) for event in run]
        if kind == "hazard.inspected":
            first = {payload["hazard_id"]: event.happened_at for event, payload in reversed(told)}
            cursor.run("hazards.clear_links", given=[{"hazard_id": name, "happened_at": at} for name, at in first.items()])
        else:
            more = [{"raised_at": event.happened_at, "cleared_at": None, "sequence": event.sequence} for event, _ in told]
            cursor.run("hazards.keep_links", given=[payload | rest for (_, payload), rest in zip(told, more, strict=True)])


def _cycles(cursor: Cursor, events: Sequence[Event]) -> None:
    for event in events:
        days, moved = event.payload["days"], event.payload["next"]
        rows = [{"risk_class": name, "days": count, "set_at": event.happened_at, "set_by": event.actor} for name, count in days.items()]
        cursor.run("hazards.forget_cycles")
        cursor.run("hazards.keep_cycles", given=rows)
        if moved:
            cursor.run("hazards.move_next", given=[{"hazard_id": name, "next_on": date.fromisoformat(day)} for name, day in moved.items()])


def _proposed(cursor: Cursor, events: Sequence[Event]) -> None:
    named = ("verdict", "ruled_at", "ruled_by", "reason")
    rows = [
        event.payload | {"proposed_at": event.happened_at, "sequence": event.sequence} | dict.fromkeys(named)
        for event in events
    ]  # fmt: skip
    cursor.run("hazards.keep_proposals", given=rows)


def _ruled(cursor: Cursor, events: Sequence[Event]) -> None:
    rows = [event.payload | {"ruled_at": event.happened_at, "ruled_by": event.actor} for event in events]
    cursor.run("hazards.keep_rulings", given=rows)


def _demo_ended(cursor: Cursor, events: Sequence[Event]) -> None:
    for name in ("simulated", "orphan_events", "orphan_links", "simulated_proposals"):
        cursor.run(f"hazards.forget_{name}")


def write_reference(cursor: Cursor) -> None:
    """Write which codes tell of which kind of hazard, from the project's own table."""
    rows = [{"kind": sort.kind, "code": code, "position": place} for place, sort in enumerate(SORTS) for code in sort.codes]
    cursor.run("hazards.forget_codes")
    cursor.run("hazards.keep_codes", given=rows)


PROJECTIONS = (
    Projection(_STANDING, _stands),
    Projection(_STANDING | {"hazard.raised", "hazard.disclosed"}, _happened),
    Projection(frozenset({"hazard.inspected", "hazard.raised"}), _raised),
    Projection(frozenset({"hazard.cycled"}), _cycles),
    Projection(frozenset({"hazard.proposed"}), _proposed),
    Projection(frozenset({"hazard.ruled"}), _ruled),
    Projection(frozenset({"demo.ended"}), _demo_ended),
)
