"""The risk that the free teams on duty do not reach in time, over the map of the desk: a switch, squares by their share, a legend."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from city_brain.analytics.dispatch.coverage import WITHIN_S
from city_brain.dispatch.lifecycle import FREE
from city_brain.geo.grid import CELL_M
from city_brain.ui import maps
from city_brain.ui.dispatch import asked, seen, since
from city_brain.ui.risk import heat, words
from city_brain.ui.risk.seen import grid
from city_brain.ui.session import Viewer

OFF = "off"
CHOICES = (OFF, *(f"{seconds / 60:.0f}" for seconds in WITHIN_S))
"""What the switch offers: minutes. Texts ``uncovered.<choice>``."""
_KEY = "dispatch-uncovered"


@dataclass(frozen=True, slots=True)
class Uncovered:
    """What is shown."""

    within_s: float
    free: pd.DataFrame
    """The free teams on duty that count: of the function that the queue is narrowed to, or all."""
    share: float
    """Of the risk, that none of them reaches."""
    cases: float
    """The same in cases of a week."""
    layers: list[maps.Layer]
    legend: list[tuple[str, float]]


def chosen(viewer: Viewer, fleet: pd.DataFrame, where: seen.Risk | None) -> Uncovered | None:
    """What is to be shown; None where the switch is off or there is no forecast yet."""
    minutes = st.session_state.get(_KEY) or OFF
    if minutes == OFF or where is None:
        return None
    function = asked.function()
    free = fleet[fleet["state"].isin(FREE) & fleet["on_shift"] & ((fleet["function"] == function) | (function is None))]
    covered = seen.coverage(free, where, viewer)[CHOICES.index(minutes) - 1]
    whole, text = where.weights.sum(), viewer.text
    places = where.places[~covered.reached & (where.weights > 0)]
    cells = places.assign(value=100 * places["expected"] / whole)
    lows = heat.bounds(cells["value"].to_numpy(float))
    cells = cells[cells["value"] >= lows[0]] if lows else cells.head(0)
    cells = cells.assign(says=[
        text("uncovered.tip", share=words.amount(text, value), cases=words.amount(text, cases))
        for value, cases in zip(cells["value"], cells["expected"], strict=True)
    ])  # fmt: skip
    layers, legend = heat.layers(cells, lows, grid(viewer), shown="forecast", edge_m=CELL_M * seen.COARSE)
    return Uncovered(covered.within_s, free, 1 - covered.share, float(places["expected"].sum()), layers, legend)


def switch(viewer: Viewer, told: Uncovered | None, where: seen.Risk | None) -> None:
    """The switch over the map, how much is uncovered, and the legend."""
    text = viewer.text
    if where is None:
        return
    st.segmented_control(
        text("uncovered.title"), CHOICES, key=_KEY, format_func=lambda name: text(f"uncovered.{name}"), default=OFF, required=True,
        on_change=since.acted, persist_state="session",
    )  # fmt: skip
    if told:
        function = asked.function()
        of = text(f"team.function.{function}") if function else text("dispatch.every_function")
        figure = text("uncovered.share", share=text.percent(told.share, 1), cases=text.number(told.cases, 0))
        st.markdown(f"**{figure}** :small[:gray[{text('uncovered.of', teams=len(told.free), function=of)}]]")
        heat.legend(viewer, told.legend, text("uncovered.legend"))
