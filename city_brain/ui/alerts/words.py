"""Alerts in the reader's words: what is so, where, how much, since when. Nothing here is Markdown or HTML."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from city_brain.alerts.model import Scope
from city_brain.alerts.rules import RULE, Severity, Unit
from city_brain.errors import NotFound
from city_brain.incidents import queries as incidents
from city_brain.storage.city import City
from city_brain.text import Text
from city_brain.ui.labels import Labels

SHAPES: dict[str, str] = {Severity.HIGH: "◆", Severity.MEDIUM: "▲", Severity.LOW: "●"}
COLOURS: dict[str, str] = {Severity.HIGH: "red", Severity.MEDIUM: "orange", Severity.LOW: "gray"}
"""Shape first, colour second, as for cases: Streamlit's names of the colours."""
LEAST = 0.1
"""Less than this is only told to be less."""
Row = Mapping[str, Any]


def says(city: City, text: Text, labels: Labels, alert: Row) -> str:
    """An alert as one sentence."""
    if alert["rule"] not in RULE:
        return str(alert["rule"])  # raised by a rule that this version does not have any more
    window, expected = plain(alert["window_s"]), plain(alert["expected"])
    return text(
        f"rule_says.{alert['rule']}",
        kind=labels.kind(alert["kind"]) if alert["kind"] else text("alerts.any_kind"),
        place=place(city, text, labels, alert),
        observed=amount(text, alert["observed"], alert["unit"]),
        limit=amount(text, alert["threshold"], alert["unit"]),
        expected=amount(text, expected, alert["unit"]) if expected is not None else "—",
        window=text.duration(timedelta(seconds=window)) if window else "—",
    )


def place(city: City, text: Text, labels: Labels, alert: Row) -> str:
    """Where it is: the district of a cell, or the name of a source, a post, a sensor."""
    if alert["scope"] == Scope.SOURCE:
        try:
            source = incidents.source(city, alert["place"])
        except NotFound:
            return str(alert["place"])
        return text.pick(source.title_zh, source.title_en) or str(alert["place"])
    if alert["scope"] == Scope.POST:
        return labels.holder(alert["place"])
    district = labels.of("district", alert["district"] or (alert["place"] if alert["scope"] == Scope.DISTRICT else None))
    if alert["scope"] == Scope.SENSOR:
        return f"{alert['place']} · {district}" if alert["district"] else str(alert["place"])
    return district


def amount(text: Text, value: float | None, unit: str) -> str:
    """So much of a unit, such as ``12 cases``; lengths of time in their own words."""
    if value is None:
        return "—"
    if unit == Unit.MINUTES:
        return text.duration(timedelta(minutes=value))
    if 0 < value < LEAST:
        return text(f"alert_unit.{unit}", amount=f"< {text.number(LEAST, 1)}")
    return text(f"alert_unit.{unit}", amount=text.number(value, 0 if value == round(value) or value >= 10 else 1))


def ago(text: Text, at: datetime, moment: datetime) -> str:
    """How long ago something was."""
    return text.duration(moment - at) if moment - at >= timedelta(minutes=1) else text("alerts.just_now")


def plain(value: Any) -> Any:
    """A value of a frame, None where there is none (pandas says NaN, NA or NaT)."""
    return None if value is None or value != value else value
