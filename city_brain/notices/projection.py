"""Notices become rows, and so does until when somebody has seen them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from city_brain.record.events import Event
from city_brain.storage.cursor import Cursor
from city_brain.storage.projector import Projection

_TIMES = ("due_at", "reached_at")


def _noticed(cursor: Cursor, events: Sequence[Event]) -> None:
    rows = [
        notice
        | {name: datetime.fromisoformat(notice[name]) for name in _TIMES}
        | {"sequence": event.sequence, "noticed_at": event.happened_at}
        for event in events
        for notice in event.payload["notices"]
    ]
    cursor.run("notices.keep", given=rows)


def _seen(cursor: Cursor, events: Sequence[Event]) -> None:
    latest = {event.payload["desk"]: datetime.fromisoformat(event.payload["seen_at"]) for event in events}
    cursor.run("notices.forget_desks", desks=list(latest))
    cursor.run("notices.keep_desks", given=[{"signature": desk, "seen_at": at} for desk, at in latest.items()])


def _demo_ended(cursor: Cursor, events: Sequence[Event]) -> None:
    cursor.run("notices.forget_orphans")


PROJECTIONS = (
    Projection(frozenset({"case.noticed"}), _noticed),
    Projection(frozenset({"desk.seen"}), _seen),
    Projection(frozenset({"demo.ended"}), _demo_ended),
)
