"""Events of risk become rows: the cells of an issue from its kept file, which models serve, scores, thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import orjson

from city_brain.record.events import Event
from city_brain.storage.cursor import Cursor
from city_brain.storage.projector import Projection

KEPT_DAYS = 10
"""Days for which the cells and chronic addresses of an issue stay in the picture, until they are counted; its file keeps the cells."""


def _issued(cursor: Cursor, events: Sequence[Event]) -> None:
    for event in events:
        told = event.payload
        day = date.fromisoformat(told["from_day"])
        of = {"sequence": event.sequence, "issued_at": event.happened_at, "from_day": day}
        file = cursor.kept_file(told["cells"])
        cursor.run("risk.keep_forecast", file=file, sequence=event.sequence, issued_at=event.happened_at, from_day=day)
        cursor.run("risk.keep_choices", given=[of | choice for choice in told["choices"]])
        row = {"version": told["version"], "seconds": told["seconds"], "events": told["events"], "cells": told["cells_in_all"],
               "guards": orjson.dumps(told["guards"]).decode(), "checksum": told["cells"]}  # fmt: skip
        cursor.run("risk.keep_issue", given=[of | row])
        if told["chronic"]:
            cursor.run("risk.keep_chronic", given=[{"sequence": event.sequence} | point for point in told["chronic"]])
        for name in ("forecasts", "chronic"):
            cursor.run(f"risk.forget_old_{name}", before=day - timedelta(days=KEPT_DAYS))


def _scored(cursor: Cursor, events: Sequence[Event]) -> None:
    rows = [
        {"sequence": event.sequence, "scored_at": event.happened_at, **score, "from_day": date.fromisoformat(score["from_day"])}
        for event in events for score in event.payload["scores"]
    ]  # fmt: skip
    cursor.run("risk.keep_scores", given=rows)


def _classed(cursor: Cursor, events: Sequence[Event]) -> None:
    rows = [
        {"sequence": event.sequence, "set_at": event.happened_at, "set_by": event.actor, "name": name, "least": least,
         "reason": event.payload["reason"]}
        for event in events for name, least in event.payload["leasts"].items()
    ]  # fmt: skip
    cursor.run("risk.keep_classes", given=rows)


def _looked(cursor: Cursor, events: Sequence[Event]) -> None:
    rows = [
        {"sequence": event.sequence, "looked_at": event.happened_at, **event.payload, "day": date.fromisoformat(event.payload["day"])}
        for event in events
    ]
    cursor.run("risk.keep_look", given=rows)


def _demo_ended(cursor: Cursor, events: Sequence[Event]) -> None:
    """What was foreseen of a city that has left; the classes stay, as the rules of alerts do: a manager has set them for this home."""
    for name in ("forecasts", "choices", "issues", "chronic", "scores", "looks"):
        cursor.run(f"risk.forget_{name}")


PROJECTIONS = (
    Projection(frozenset({"risk.issued"}), _issued),
    Projection(frozenset({"risk.scored"}), _scored),
    Projection(frozenset({"risk.classed"}), _classed),
    Projection(frozenset({"outbreaks.looked"}), _looked),
    Projection(frozenset({"demo.ended"}), _demo_ended),
)
