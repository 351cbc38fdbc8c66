"""What is recorded of alerts becomes rows; nothing is updated, how an alert stands follows from its events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from city_brain.record.events import Event
from city_brain.storage.cursor import Cursor
from city_brain.storage.projector import Projection

_KEPT = (
    "alert_id", "rule", "severity", "kind", "scope", "place", "district", "cell_x", "cell_y", "edge_m", "lon", "lat", "unit", "threshold",
    "expected", "window_s", "group_id", "note",
    "cases", "box",
)  # fmt: skip
_LATER: dict[str, Any] = {"cases": [], "box": None}
"""What the first alerts did not tell."""
_MOVES = {"raised": "raise", "again": "again", "over": "over", "woken": "wake"}
_TOLD = ("observed", "until", "judgement", "case_id", "reason")


def _alerts(cursor: Cursor, events: Sequence[Event]) -> None:
    """Looks of the clock (and of other code) at the rules, and moves of people."""
    made, happened = list[dict[str, Any]](), list[dict[str, Any]]()
    for event in events:
        payload = event.payload
        if event.kind == "alert.moved":
            happened.append(_happened(event, payload | payload["fields"], payload["move"], payload["to"]))
            continue
        at = {"sequence": event.sequence, "raised_at": event.happened_at, "raised_by": event.actor}
        made += [_LATER | {name: one[name] for name in _KEPT if name in one} | at for one in payload["raised"]]
        for part, move in _MOVES.items():
            for one in payload[part]:
                cleared = part == "over" and one["state"] == "cleared"
                happened.append(_happened(event, one, "clear" if cleared else move, one["state"]))
    if made:
        cursor.run("alerts.keep", given=made)
    cursor.run("alerts.keep_events", given=happened)


def _happened(event: Event, said: dict[str, Any], move: str, state: str) -> dict[str, Any]:
    until = said.get("until")
    return {name: said.get(name) for name in _TOLD} | {
        "alert_id": said["alert_id"], "sequence": event.sequence, "happened_at": event.happened_at, "actor": event.actor, "move": move,
        "state": state, "until": datetime.fromisoformat(until) if until else None,
    }  # fmt: skip


def _set(cursor: Cursor, events: Sequence[Event]) -> None:
    for event in events:
        said = {"sequence": event.sequence, "set_at": event.happened_at, "set_by": event.actor}
        cursor.run("alerts.keep_setting", given=[event.payload | said])


def _read(cursor: Cursor, events: Sequence[Event]) -> None:
    rows = [event.payload | {"sequence": event.sequence, "read_at": event.happened_at} for event in events]
    cursor.run("alerts.keep_readings", given=rows)


def _demo_ended(cursor: Cursor, events: Sequence[Event]) -> None:
    for name in ("alerts", "events", "readings"):
        cursor.run(f"alerts.forget_{name}")


PROJECTIONS = (
    Projection(frozenset({"alerts.noted", "alert.moved"}), _alerts),
    Projection(frozenset({"alert_rule.set"}), _set),
    Projection(frozenset({"sensor.read"}), _read),
    Projection(frozenset({"demo.ended"}), _demo_ended),
)
