"""Hazards in the reader's words: class, how the inspection stands, days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from city_brain.cases.model import SHAPES, Mark
from city_brain.hazards.model import Condition, RiskClass
from city_brain.text import Text
from city_brain.ui import session
from city_brain.ui.labels import Labels
from city_brain.ui.supervision import linked

MARKS = {
    Condition.OVERDUE: Mark.OVERDUE, Condition.DUE: Mark.DUE, Condition.IN_TIME: Mark.NORMAL, Condition.CLOSED: Mark.CLOSED,
}  # fmt: skip
"""A hazard's inspection has the shape and colour that a case has in the same state."""
TONES = {Condition.OVERDUE: "loud", Condition.DUE: "due", Condition.CLOSED: "muted"}
INKS = {
    "dark": {
        "red": ("#FF9C92", "#4A1A1A"), "orange": ("#FFB95C", "#432C0B"), "yellow": ("#F0E442", "#38350B"), "blue": ("#7CC6F2", "#14304A"),
    },
    "light": {
        "red": ("#A61B1B", "#FBE3E1"), "orange": ("#8A4700", "#FDE9CF"), "yellow": ("#635B00", "#F8F2B5"), "blue": ("#0A5A9C", "#DFEEFA"),
    },
}  # fmt: skip
"""Text and ground of the four classes. These colours are fixed for classes of risk; nothing else on the page has them."""


def style() -> None:
    """The style rules of the page, once."""
    inks = INKS["dark" if session.dark() else "light"]
    named = "".join(f"--cb-risk-{name}:{ink};--cb-risk-{name}-ground:{ground};" for name, (ink, ground) in inks.items())
    st.html(f"<style>:root{{{named}}}{_rules()}</style>")


@cache
def _rules() -> str:
    return Path(__file__).with_name("hazards.css").read_text(encoding="utf-8")


def risk(text: Text, risk_class: str) -> tuple[str, str]:
    """A class as the chip of a table: its name, its colour."""
    return text(f"hazard.class.{risk_class}"), f"risk-{RiskClass(risk_class)}"


def link(said: str, to: str) -> str:
    """A link outside of a table, as HTML."""
    return f'<a class="cb-go" href="{escape(to)}">{escape(said)}</a>'


def badge(text: Text, risk_class: str) -> str:
    """A class as HTML."""
    name, colour = risk(text, risk_class)
    return f'<b class="chip {colour}">{escape(name)}</b>'


def shape(condition: str) -> str:
    """The shape of an inspection's condition."""
    return SHAPES[MARKS[Condition(condition)]]


def left(text: Text, hazard: Mapping[str, Any], today: date) -> str:
    """How long until the next inspection, or since when it is overdue."""
    if hazard["condition"] == Condition.CLOSED:
        return "—"
    days = (day_of(hazard["next_on"]) - today).days
    if days < 0:
        return text("hazard.late", days=-days)
    return text("hazard.today") if days == 0 else text("hazard.in_days", days=days)


def day_of(value: Any) -> date:
    """A day of a frame or a row as a date."""
    found: date = value.date() if hasattr(value, "date") else value
    return found


def place(labels: Labels, hazard: Mapping[str, Any]) -> str:
    """District and address."""
    return labels.place(hazard["district"], hazard["address"])


def cell(text: Text, hazard: Mapping[str, Any], today: date) -> linked.Cell:
    """The next inspection as a cell of a table."""
    told = text("hazard.due_on", day=day_of(hazard["next_on"]).isoformat())
    return linked.cell(left(text, hazard, today), tone=TONES.get(Condition(hazard["condition"]), ""), title=told)


def value(text: Text, labels: Labels, field: str, said: Any) -> str:
    """The value of a field by its name; anything without one as it is."""
    if said in (None, ""):
        return "—"
    if field in ("kind", "state", "risk_class"):
        return text(f"hazard.{field.removeprefix('risk_')}.{said}")
    return labels.of(field, said) if field in ("department", "district", "street") else str(said)
