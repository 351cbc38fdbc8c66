"""Risk in the reader's words: kinds, amounts, what serves and by how much, why a cell is what it is. Nothing here is Markdown or HTML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from city_brain.analytics.forecast.components import PARTS
from city_brain.backtesting import OTHER, UNKNOWN
from city_brain.risk.model import CLASSES, RiskClass
from city_brain.risk.queries import ALL
from city_brain.text import Text
from city_brain.ui.labels import Labels
from city_brain.ui.risk.asked import Asked

SHAPES: Mapping[str, str] = {RiskClass.RED: "◆", RiskClass.ORANGE: "▲", RiskClass.YELLOW: "●", RiskClass.BLUE: "○"}
"""Shape first, colour second."""
PLAIN = 0.02
"""A calendar factor within so much of 1 is an ordinary day."""
MOST_SAID = 3
"""So many parts are told in words; the bars have all."""


def kind(text: Text, labels: Labels, name: str) -> str:
    """A kind that is forecast."""
    own = {ALL: "all", OTHER: "other", UNKNOWN: "unknown"}
    return text(f"heat.kind.{own[name]}") if name in own else labels.kind(name)


def amount(text: Text, cases: float) -> str:
    """Cases, to as many digits as there is something to tell."""
    size = abs(cases)
    digits = 0 if size >= 100 or size == int(size) else 1 if size >= 9.995 else 2 if size >= 0.0995 else 3
    return ("−" if cases < 0 else "") + text.number(size, digits)


def place(text: Text, labels: Labels, row: Mapping[Any, Any]) -> str:
    """Street and district of a cell, or that nobody knows."""
    parts = [labels.of(name, row[name]) for name in ("district", "street") if isinstance(row[name], str) and row[name]]
    return " · ".join(parts) or text("heat.nowhere")


def tips(text: Text, labels: Labels, cells: pd.DataFrame, asked: Asked) -> list[str]:
    """What the tip of each cell tells: the value and where it is."""
    where = {pair: place(text, labels, dict(zip(("district", "street"), pair, strict=True)))
             for pair in {*zip(cells["district"], cells["street"], strict=True)}}  # fmt: skip
    names = [text(f"hazard.class.{name}") for name in CLASSES]
    unit = text(f"heat.tip.{asked.shown}", days=text(f"heat.days.{asked.horizon_days}"), window=text(f"heat.window.{asked.window_days}"))
    return [
        f"{amount(text, value)} {unit}\n{where[district, street]} · {names[int(place)]}"
        for value, district, street, place in zip(cells["value"], cells["district"], cells["street"], cells["class"], strict=True)
    ]


def gained(text: Text, choice: Mapping[str, Any]) -> str:
    """By how much the served forecast beat the plain count where it was tried."""
    if choice["gain"] is None or choice["gain"] != choice["gain"]:
        return text("heat.not_tried")
    return text("heat.gained", gain=signed(text, choice["gain"], 3))


def signed(text: Text, value: float, digits: int) -> str:
    """A difference with its sign."""
    return ("−" if value < 0 else "+") + text.number(abs(value), digits)


def served(text: Text, choice: Mapping[str, Any]) -> str:
    """Which model serves: one of them, or how they are blended."""
    if choice["model"] != "blend":
        return text(f"forecast.model.{choice['model']}")
    weights = {name: choice[f"weight_{name}"] for name in ("all_history", "mixture", "boosting")}
    told = [f"{text(f'heat.short.{name}')} {text.percent(weight)}" for name, weight in sorted(weights.items(), key=lambda one: -one[1])
            if weight >= 0.005]  # fmt: skip
    return " · ".join(told)


def shares(row: Mapping[Any, Any]) -> dict[str, float]:
    """The parts of a cell as shares of what it expects, the largest first; empty where nothing is expected."""
    whole = sum(float(row[name]) for name in PARTS)
    found = {name: float(row[name]) / whole for name in PARTS} if whole > 0 else {}
    return dict(sorted(found.items(), key=lambda one: -one[1]))


def because(text: Text, row: Mapping[Any, Any]) -> str:
    """Why a cell expects what it does, as one or two sentences."""
    found = shares(row)
    if not found:
        return text("heat.why.nothing")
    told = [
        text("heat.why.part", share=text.percent(share), part=text(f"heat.part.{name}")) for name, share in list(found.items())[:MOST_SAID]
    ]
    said = text("heat.why.because", parts=text("list.and").join(told))
    factor = float(row["calendar"])
    if abs(factor - 1) < PLAIN:
        return said
    return said + text("heat.why.calendar", change=text.percent(factor - 1, signed=True))
