"""Findings and comparisons in the reader's words: the only place where they become sentences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from city_brain.cases.findings import Finding
from city_brain.text import Text
from city_brain.ui.cached import Summary
from city_brain.ui.labels import Labels

LEAST_FOR_SHARE = 10
"""Usual count below which a change is told as counts, not as a percentage."""

MANY_TIMES = 3
"""From so many times the usual on, the multiple says more than a percentage."""


def said(finding: Finding, text: Text, labels: Labels) -> str:
    """A finding as one plain sentence (no Markdown; names in it come from the data)."""
    return text(f"finding.{finding.key}", **{name: _value(name, value, text, labels) for name, value in finding.values.items()})


def _value(name: str, value: Any, text: Text, labels: Labels) -> Any:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if name == "day" else text.moment(value, "time")
    if name == "districts":
        return text("list.or").join(labels.of("district", district) for district in value)
    if name in ("district", "kind"):
        return labels.of(name, value)
    if name == "step":
        return labels.step(value)
    if name in ("share", "target"):
        return share(text, value)
    if name == "change":
        return text.percent(value, signed=True)
    return value


def share(text: Text, value: float) -> str:
    """A share (0–1) as a percentage with one decimal where it has one: 94.6 %, 95 %."""
    return text.percent(value, 0 if round(value * 1000) % 10 == 0 else 1)


def signed(text: Text, difference: int) -> str:
    """A difference of counts with its sign: +3, −2, ±0."""
    return f"{'+' if difference > 0 else '−' if difference < 0 else '±'}{text.number(abs(difference))}"


def against_usual(found: Summary, column: str, text: Text) -> str:
    """Today so far (column of `Summary.days`) against the median of the same weekday before, up to this time of day."""
    days, weekday = found.days, text.weekday(found.moment)
    earlier = days[column].iloc[1:]
    if days[["reported", "closed"]].iloc[1:].to_numpy().sum() == 0:
        return text("overview.no_usual", weekday=weekday)
    usual = float(earlier.median())
    shown = text.number(round(usual))
    if usual < LEAST_FOR_SHARE:
        return text("overview.against_usual_count", weekday=weekday, usual=shown)
    times = days[column].iloc[0] / usual
    if times >= MANY_TIMES:
        return text("overview.times_usual", times=text.number(times, 1), weekday=weekday, usual=shown)
    return text("overview.against_usual", share=text.percent(times - 1, signed=True), weekday=weekday, usual=shown)


def against_week(found: Summary, column: str, now: int, text: Text) -> str:
    """What there is now against the same time a week before (column of `Summary.stocks`)."""
    stocks, weekday = found.stocks, text.weekday(found.moment)
    if stocks.empty or found.first is None or stocks["at_moment"].iloc[0] < found.first:
        return text("overview.no_usual", weekday=weekday)
    return text("overview.against_week", difference=signed(text, now - int(stocks[column].iloc[0])), weekday=weekday)


def hours_of_the_city(hours: pd.DataFrame, text: Text) -> pd.DataFrame:
    """Hours on the city's clock marked as UTC, for charts, with `span`: the hour in words."""
    spans = [f"{text.moment(at, 'time')}–{text.moment(at + pd.Timedelta(hours=1), 'time')}" for at in hours["hour"].dt.to_pydatetime()]
    return hours.assign(hour=hours["hour"].dt.tz_convert(text.zone).dt.tz_localize(None).dt.tz_localize("UTC"), span=spans)


def names(text: Text, prefix: str, keys: tuple[str, ...]) -> Mapping[str, str]:
    """Texts ``<prefix>.<key>`` by key."""
    return {key: text(f"{prefix}.{key}") for key in keys}
