"""Names of things in the reader's language: kinds, departments, areas, steps, marks, clocks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache

import pandas as pd
import streamlit as st

from city_brain.cases.calendars import Limit, Unit
from city_brain.cases.model import SHAPES, Mark
from city_brain.incidents import queries
from city_brain.storage.city import City
from city_brain.text import Text

Names = Mapping[str, Mapping[str, tuple[str, str]]]
COLOURS = {Mark.URGENT: "red", Mark.OVERDUE: "violet", Mark.DUE: "orange", Mark.NORMAL: "gray", Mark.CLOSED: "green"}
"""Streamlit's names of the marks' colours; config.toml gives them their values."""


@st.cache_data(ttl=20, max_entries=4, show_spinner=False)
def _names(_city: City, key: int) -> dict[str, dict[str, tuple[str, str]]]:
    return queries.names(_city)


def departments(city: City) -> dict[str, tuple[str, str]]:
    """Chinese and English names of every department."""
    return _names(city, city.number)["department"]


class Labels:
    """Looks names up for one reader. Anything without a name is shown as it came."""

    def __init__(self, city: City, text: Text) -> None:
        self._names, self._text = _names(city, city.number), text

    def of(self, table: str, key: str | None) -> str:
        """Name of a kind, department, district, street or community."""
        if key is None or key != key:  # NaN from a frame
            return "—"
        chinese, english = self._names.get(table, {}).get(key, (key, key))
        return self._text.pick(chinese, english)

    def kind(self, key: str | None) -> str:
        """Name of a kind of matter."""
        return self.of("kind", key)

    def step(self, key: str) -> str:
        """Name of a step."""
        return self._text(f"step.{key}")

    def mark(self, key: str) -> str:
        """Name of a mark."""
        return self._text(f"mark.{key}")

    def holder(self, key: str | None) -> str:
        """Who holds a case or is told of it: a post of the centre, a department, or the superior of either."""
        if isinstance(key, str) and key.startswith("lead:"):
            return self._text("desk.lead_of", holder=self.holder(key.removeprefix("lead:")))
        if key is not None and self._text.knows(f"post.{key}"):
            return self._text(f"post.{key}")
        return self.of("department", key)

    def departments(self) -> list[str]:
        """Every department, in the order of its name in the reader's language."""
        return sorted(self._names["department"], key=lambda key: self.of("department", key))

    def limit(self, limit: str | Limit) -> str:
        """A time limit, such as 2 working hours."""
        told = limit if isinstance(limit, Limit) else Limit.parse(limit)
        if told.unit is Unit.URGENT_HOURS and told.amount % 1:
            return self._text.duration(timedelta(seconds=told.seconds))
        return self._text(f"desk.limit.{told.unit}", amount=self._text.number(told.amount))

    def choice(self, value: str) -> str:
        """One of the few values a field of a move can have."""
        return self._text(f"choice.{value}")

    def actor(self, signature: str) -> str:
        """Who signed an act, such as ``dispatcher:He Jun``."""
        role, _, name = signature.partition(":")
        if name.startswith("operator:"):
            return self._text("actor.operator", name=name.removeprefix("operator:"))
        if name == "clock" and role != "system":
            return self._text("actor.clock", role=self._text(f"role.{role}"))
        if name == "simulator":
            return self._text("actor.simulated", role=self._text(f"role.{role}"))
        return f"{self._text(f'role.{role}')} {name}"

    def place(self, district: str | None, address: str | None) -> str:
        """District and address without saying the district twice."""
        where, area = _plain(address), self.of("district", district) if _plain(district) else ""
        if not where:
            return area or "—"
        return where if not area or area in where or (district or "") in where else f"{area} {where}"

    def clock(self, due_at: datetime | None, moment: datetime, closed_at: datetime | None = None) -> str:
        """Time left to a deadline, or how long it has been overdue; of a finished case, how early or late it was."""
        if due_at is None or pd.isna(due_at):
            return "—"
        done = closed_at is not None and not pd.isna(closed_at)
        left = pd.Timestamp(due_at).to_pydatetime() - pd.Timestamp(closed_at if done else moment).to_pydatetime()
        late = left.total_seconds() < 0
        key = ("clock.late" if late else "clock.early") if done else ("clock.over" if late else "clock.left")
        return self._text(key, time=self._text.duration(left))

    def step_clock(self, due_at: datetime, moment: datetime) -> str:
        """Time left to the deadline of a step, or how long that has passed."""
        left = pd.Timestamp(due_at).to_pydatetime() - moment
        return self._text("clock.step_over" if left.total_seconds() < 0 else "clock.step_left", time=self._text.duration(left))


def _plain(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


@lru_cache(maxsize=16)
def badge(mark: str, label: str) -> str:
    """A mark as a Markdown badge: shape, then name."""
    return f":{COLOURS[Mark(mark)]}-badge[{SHAPES[Mark(mark)]} {label}]"


def shape(mark: str) -> str:
    """A mark's shape in its colour, as Markdown."""
    return f":{COLOURS[Mark(mark)]}[{SHAPES[Mark(mark)]}]"


def escaped(text: str | None) -> str:
    """Text from outside as plain Markdown: nothing in it is a link, an image, a directive or HTML."""
    kept = "".join(f"\\{letter}" if letter in "\\`*_{}[]()<>#+-!|~:$^=" else letter for letter in _plain(text))
    return kept.replace("\n", " ")
