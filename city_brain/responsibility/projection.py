"""Who is responsible becomes rows: the shipped table as reference, the city's own rules from the record."""

from __future__ import annotations

from collections.abc import Sequence

from city_brain.cases import routing
from city_brain.record.events import Event
from city_brain.storage.cursor import Cursor
from city_brain.storage.projector import Projection

_MATTER = ("kind", "code", "source_type", "area")


def _changed(cursor: Cursor, events: Sequence[Event]) -> None:
    for event in events:
        payload = event.payload
        matter = {name: payload[name] for name in _MATTER}
        cursor.run("responsibility.end", **matter, moment=event.happened_at)
        if payload["lead"]:
            row = matter | {
                "lead": payload["lead"], "helpers": " ".join(payload["helpers"]), "basis": "ruling", "since_at": event.happened_at,
                "sequence": event.sequence, "accepted_by": event.actor,
            }  # fmt: skip
            cursor.run("responsibility.keep", given=[row])


def write_reference(cursor: Cursor) -> None:
    """Write the shipped responsibilities from the project's own table."""
    cursor.run("responsibility.forget_shipped")
    rows = [
        {name: getattr(found, name) for name in (*_MATTER, "lead", "basis")} | {"helpers": " ".join(found.helpers)}
        for found in routing.shipped()
    ]
    cursor.run("responsibility.keep", given=rows)


PROJECTIONS = (Projection(frozenset({"routing.changed"}), _changed),)
