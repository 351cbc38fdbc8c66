"""What is handed to the alerts: something measured in a place, what other code raises, a reading of a sensor."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from city_brain.alerts.rules import Rule
from city_brain.incidents.model import Source

SOURCE = "alert_rules"
"""The source of cases that were made of alerts."""
CHANNEL = "rule"


class Scope(StrEnum):
    """What kind of place an alert is about. Text ``alert_scope.<value>``."""

    CELL = "cell"
    DISTRICT = "district"
    SOURCE = "source"
    POST = "post"
    SENSOR = "sensor"


@dataclass(frozen=True, slots=True)
class Raised:
    """Something observed in a place that a rule of the table is about; what `actions.raise_alert` takes."""

    rule: str
    observed: float
    """In the unit of the rule."""
    scope: Scope
    place: str
    """Its name: of a cell ``<edge_m>:<cell_x>:<cell_y>``, else the district, source, post or sensor."""
    kind: str | None = None
    """Kind of matter, as cases have it."""
    expected: float | None = None
    district: str | None = None
    lon: float | None = None
    lat: float | None = None
    """WGS-84 degrees."""
    cell_x: int | None = None
    cell_y: int | None = None
    edge_m: int | None = None
    """Column, row and edge of the analysis cell, metres: 250 times a power of two."""
    window_s: float | None = None
    """Over how long it was observed, seconds; of the rule, where it has one."""
    note: str | None = None
    """What else the one who raises it has to say."""
    cases: tuple[str, ...] = ()
    """Numbers of the cases that were counted, where the one who raises it knows them; else they follow from place, kind and window."""
    box: tuple[int, int, int] | None = None
    """The square that was found, where it is no analysis cell: column and row of its south-western cell of 250 m, cells on a side."""

    @property
    def key(self) -> tuple[str, str, str, str | None]:
        """What makes two of them the same alert while it is not over."""
        return self.rule, self.scope, self.place, self.kind

    @classmethod
    def of(cls, rule: Rule, row: dict[str, Any]) -> Raised:
        """A row that the query of a rule has measured: scope, place, kind, observed, expected and what is known of where."""
        known = {name: row[name] for name in cls.__dataclass_fields__ if name in row}
        window = rule.window.total_seconds() if rule.window else None
        return cls(**({"window_s": window} | known | {"rule": rule.name, "scope": Scope(row["scope"])}))


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a sensor. No sensor is connected by itself: whoever has one hands its readings in."""

    sensor: str
    value: float
    unit: str
    """Unit of the value as rules write it: cm for depths of water."""
    read_at: datetime
    lon: float | None = None
    lat: float | None = None
    district: str | None = None


def number(raised: Raised, moment: datetime) -> str:
    """The number of an alert: its day (UTC), and a mark of what and when it is, so that deciding anew gives the same."""
    told = "|".join(map(str, (*raised.key, moment.isoformat())))
    return f"{moment:%y%m%d}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"


def source(timezone: str, *, simulated: bool) -> Source:
    """The source that marks a case as raised by a rule."""
    return Source(
        name=SOURCE, title_zh="规则预警", title_en="Raised by a rule", prefix="A", profile="by_hand", timezone=timezone, datum="wgs84",
        simulated=simulated,
    )  # fmt: skip
