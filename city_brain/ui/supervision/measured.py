"""A measure as cells of a table: value, interval, counts with their rows, change; and how it is counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from city_brain.supervision.measures import MEASURE
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import asked, linked

Row = dict[str, Any]
COLUMNS = (("value", "right", ""), ("interval", "left", "16%"), ("counted", "right", ""), ("of", "right", ""), ("unknown", "right", ""),
           ("change", "right", ""))  # fmt: skip
"""Columns beside the first one: key, where they stand, width. Texts ``indicators.column.<key>`` and ``indicators.help.<key>``."""


def columns(viewer: Viewer, first: str) -> list[dict[str, str]]:
    """The columns of a table of measures; `first` is measure or group."""
    text = viewer.text
    told = [linked.column(text(f"indicators.column.{first}"))]
    for name, align, width in COLUMNS:
        told.append(linked.column(text(f"indicators.column.{name}"), align, width=width, means=text(f"indicators.help.{name}")))
    return told


def cells(
    viewer: Viewer, row: Mapping[str, Any], past: Mapping[str, Any] | None, way: str, span: Row | None, group: dict[str, str]
) -> list[linked.Cell]:
    """The cells of one figure.

    Parameters
    ----------
    row, past : mapping
        The figure, and that of the period before.
    way : str
        How it has changed (see `findings.direction`).
    span : mapping, optional
        Its interval as of `span_of`.
    group : dict
        What the address says of the group that it is a figure of.
    """
    text, key = viewer.text, row["measure"]

    def to(part: str) -> str | None:
        return asked.here(view="indicators", rows="measure", measure=key, part=part, **group) if row[part] else None

    counted = {
        part: linked.cell(text.number(int(row[part])), to=to(part), tone="" if row[part] else "muted")
        for part in ("numerator", "denominator")
    }
    unknown = linked.cell(text.number(int(row["unknown"])), to=to("unknown")) if row["unknown"] else linked.cell()
    value = linked.cell(value_of(viewer, key, row["value"]), tone="strong")
    return [value, linked.cell(span=span), counted["numerator"], counted["denominator"], unknown, _change(viewer, row, past, way)]


def value_of(viewer: Viewer, measure: str, value: float) -> str:
    """A value with its unit; a dash where nothing counts."""
    if value != value:
        return "—"
    return viewer.text.percent(value, 1) if MEASURE[measure].unit == "share" else viewer.text.number(value, 2)


def span_of(viewer: Viewer, row: Mapping[str, Any], low: float, high: float, mark: float | None = None) -> Row | None:
    """The interval of a figure on a scale from `low` to `high`, with a mark at another value; None where there is none."""
    if row["low"] != row["low"] or high <= low:
        return None
    told = viewer.text(
        "indicators.from_to", low=value_of(viewer, row["measure"], row["low"]), high=value_of(viewer, row["measure"], row["high"])
    )
    at = {name: (row[key] - low) / (high - low) for name, key in (("low", "low"), ("high", "high"), ("at", "value"))}
    return at | {"says": told} | ({"mark": (mark - low) / (high - low)} if mark is not None and mark == mark else {})


def _change(viewer: Viewer, row: Mapping[str, Any], past: Mapping[str, Any] | None, way: str) -> linked.Cell:
    text = viewer.text
    if way == "unknown" or past is None:
        return linked.cell("—", tone="muted", title=text("indicators.no_past"))
    difference = row["value"] - past["value"]
    share = MEASURE[row["measure"]].unit == "share"
    shown = text.number(abs(difference) * (100 if share else 1), 1 if share else 2)
    sign = "±" if not round(difference, 3 if share else 2) else "+" if difference > 0 else "−"
    before = text("indicators.before", value=value_of(viewer, row["measure"], past["value"]), count=int(past["denominator"]))
    tone = {"better": "good", "worse": "bad"}.get(way, "muted")
    told = text("indicators.points", points=f"{sign}{shown}") if share else f"{sign}{shown}"
    return linked.cell(told, tone=tone, title=f"{text(f'indicators.way.{way}')} {before}")


def explained(viewer: Viewer, key: str) -> str:
    """How a measure is counted: numerator, denominator, when, by which practice."""
    return "\n".join(f"{name}: {told}" for name, told in definition(viewer, key))


def definition(viewer: Viewer, key: str) -> list[tuple[str, str]]:
    """The same, each under its name."""
    text, measure = viewer.text, MEASURE[key]
    told = [
        (text("indicators.column.counted"), text(f"count.{measure.numerator}")),
        (text("indicators.column.of"), text(f"count.{measure.denominator}")),
        (text("indicators.when"), text(f"moment.{measure.period}")),
        (text("indicators.basis"), text(f"basis.{measure.basis}")),
    ]
    return told + ([(text("indicators.column.unknown"), text(f"count.{measure.unknown}"))] if measure.unknown else [])
