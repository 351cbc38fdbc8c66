"""Events of risk become rows: the cells of an issue from its kept file, which models serve, scores, thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import orjson

from city_brain.record.events import Event
from city_brain.storage.cursor import Cursor
from city_brain.storage.projector import Projection

KEPT_DAYS = 10
"""Days for which the cells of an issue stay in the picture, until they are counted; its file keeps them for good."""


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
        cursor.run("risk.forget_chronic")
        if told["chronic"]:
            cursor.run("risk.keep_chronic", given=told["chronic"])
        cursor.run("risk.forget_old_forecasts", before=day - timedelta(days=KEPT_DAYS))


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


PROJECTIONS = (
    Projection(frozenset({"risk.issued"}), _issued),
    Projection(frozenset({"risk.scored"}), _scored),
    Projection(frozenset({"risk.classed"}), _classed),
)
