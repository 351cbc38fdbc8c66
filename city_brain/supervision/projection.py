"""Weights become rows: the last ones set are in force."""

from __future__ import annotations

from collections.abc import Sequence

from city_brain.record.events import Event
from city_brain.storage.cursor import Cursor
from city_brain.storage.projector import Projection


def _weighted(cursor: Cursor, events: Sequence[Event]) -> None:
    weights = events[-1].payload["weights"]
    cursor.run("score.forget_weights")
    cursor.run("score.keep_weights", given=[{"measure": measure, "weight": weight} for measure, weight in weights.items()])


PROJECTIONS = (Projection(frozenset({"score.weighted"}), _weighted),)
