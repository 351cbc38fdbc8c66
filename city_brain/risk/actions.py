"""Acts of risk: a forecast is issued, what became of it is noted, a manager sets the classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from city_brain import clock
from city_brain.errors import Fault
from city_brain.record.events import Draft
from city_brain.risk import model
from city_brain.roles import Actor, Right, Role, refuse_in_playback, require
from city_brain.storage.city import Act, City
from city_brain.storage.cursor import Cursor

CLOCK = Actor("clock", Role.SYSTEM)
SUFFIX = ".parquet"


@dataclass(frozen=True, slots=True)
class Issued:
    """A forecast as it was made."""

    cells: bytes
    """Parquet: horizon_days, kind, cell_x, cell_y, expected, the parts, calendar, all_history, model."""
    choices: Sequence[Mapping[str, Any]]
    """One per horizon and kind: the columns of the table `risk_choice` after from_day."""
    chronic: Sequence[Mapping[str, Any]]
    """lon, lat, kind, events."""
    from_day: date
    """First day that is forecast, of the city."""
    version: str
    """Of the models."""
    seconds: float
    """How long it took."""
    events: int
    cells_in_all: int
    guards: Mapping[str, int]
    """What was noticed in the events, and how often."""


def issue(city: City, made: Issued) -> int:
    """Record a forecast: its cells in a kept file, the rest in the event. Gives the sequence of the act.

    A city has one forecast of a day: where there is one, nothing is recorded.
    """
    checksum = city.keep(made.cells, SUFFIX)
    payload = {
        "cells": checksum, "choices": [dict(choice) for choice in made.choices], "chronic": [dict(point) for point in made.chronic],
        "from_day": made.from_day.isoformat(), "version": made.version, "seconds": made.seconds, "events": made.events,
        "cells_in_all": made.cells_in_all, "guards": dict(made.guards),
    }  # fmt: skip

    def decide(cursor: Cursor) -> Sequence[Draft]:
        there = cursor.value("risk.issue_of", day=made.from_day) is not None
        return () if there else [Draft("risk", "risk.issued", clock.now(), payload)]

    return city.record(Act(CLOCK.signature, decide))


def note_scores(city: City, scores: Sequence[Mapping[str, Any]]) -> int:
    """Record what became of forecasts, each as of `forecasting.scoring.tallies`. Gives the sequence of the act."""

    def decide(cursor: Cursor) -> Sequence[Draft]:
        return [Draft("risk", "risk.scored", clock.now(), {"scores": [dict(score) for score in scores]})] if scores else ()

    return city.record(Act(CLOCK.signature, decide))


def note_look(city: City, day: date, rang: int) -> int:
    """Record that clusters and outbreaks were looked for on the eve of a day, and how many alarms rang. Gives the sequence of the act."""

    def decide(cursor: Cursor) -> Sequence[Draft]:
        return [Draft("risk", "outbreaks.looked", clock.now(), {"day": day.isoformat(), "rang": rang})]

    return city.record(Act(CLOCK.signature, decide))


def set_classes(city: City, leasts: Mapping[str, float], actor: Actor, *, reason: str) -> int:
    """Say from how many expected cases of a cell and week each class of risk begins. Gives the sequence of the act.

    Raises
    ------
    NotAllowed, Fault
        The role may not; thresholds are missing, no numbers or do not rise; there is no reason.
    """
    require(actor, Right.RULE)
    refuse_in_playback(actor)
    given = model.check(leasts)
    if not reason.strip():
        raise Fault("risk_reason")

    def decide(cursor: Cursor) -> Sequence[Draft]:
        return [Draft("risk", "risk.classed", clock.now(), {"leasts": given, "reason": reason.strip()})]

    return city.record(Act(actor.signature, decide, about="risk"))
