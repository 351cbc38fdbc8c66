"""The page of risk: what is asked, the classes, the map with the list or the cell beside it; or the record of the forecasts."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path

import pandas as pd
import streamlit as st

from city_brain.geo.grid import CELL_M, Grid
from city_brain.risk.model import CLASSES, HORIZONS
from city_brain.storage.city import City
from city_brain.ui import cached, maps, session, tiles
from city_brain.ui.hazards import words as classes
from city_brain.ui.labels import Labels
from city_brain.ui.risk import asked, heat, ranking, record, seen, thresholds, why, words
from city_brain.ui.risk.asked import Asked
from city_brain.ui.risk.seen import Seen
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import linked, rows

KEY = "heat-map-deck"
MOST_CELLS = 20_000
STAGE, SIDE = 66, 34
CELL_ZOOM = 13.0
"""How near the map goes to a cell that was chosen in the list."""


def style() -> None:
    """The style rules of the page, and what keeps its links in the session."""
    linked.style()
    classes.style()
    st.html(f"<style>{_rules()}</style>")


@cache
def _rules() -> str:
    return Path(__file__).with_name("heat.css").read_text(encoding="utf-8")


def show() -> None:
    """One refresh of the whole page."""
    asked.restore()
    city, viewer = session.city(), session.viewer()
    forecast = seen.forecast(city, viewer)
    if forecast is None:
        _empty(viewer)
        return
    labels, question = Labels(city, viewer.text), asked.read(forecast.kinds)
    found = seen.cells(city, forecast, question)
    _head(city, viewer, labels, forecast, question, found)
    if question.view == "record":
        record.show(city, viewer, labels, forecast, question)
        return
    _strip(viewer, forecast, question, found)
    stage, side = st.columns([STAGE, SIDE])
    with stage, st.container(key="stage"):
        _map(city, viewer, labels, question, found)
    with side, st.container(key="side"):
        if question.cell:
            why.show(city, viewer, labels, forecast, question, found)
        ranking.show(viewer, labels, forecast, question, found)


def _head(city: City, viewer: Viewer, labels: Labels, forecast: Seen, question: Asked, found: pd.DataFrame) -> None:
    text = viewer.text
    with st.container(horizontal=True, vertical_alignment="center", key="heat-head"):
        _choice(viewer, "view", asked.VIEWS, question.view, lambda name: text(f"heat.view.{name}"))
        key = f"heat-kind-{text.language}"
        st.session_state[key] = question.kind
        st.selectbox(
            text("heat.kind"), forecast.kinds, key=key, label_visibility="collapsed", width=210,
            format_func=lambda kind: words.kind(text, labels, kind), on_change=asked.changed, args=("kind", key),
        )  # fmt: skip
        _choice(viewer, "days", HORIZONS, question.horizon_days, lambda days: text(f"heat.days.{days}"))
        if question.view == "map":
            _choice(viewer, "show", asked.SHOWN, question.shown, lambda name: text(f"heat.show.{name}"))
            if question.shown != "forecast":
                _choice(viewer, "window", asked.WINDOWS, question.window_days, lambda days: text(f"heat.window.{days}"))
        st.space("stretch")
        thresholds.show(viewer, forecast)
        if question.view == "map":
            rows.downloads(viewer, "risk", partial(ranking.exported, viewer, labels, found, question))


def _choice(viewer: Viewer, name: str, options: tuple, value: object, said) -> None:  # type: ignore[no-untyped-def, type-arg]
    """One of few, kept in the address: what that says goes before what the widget remembers."""
    key = f"heat-{name}-{viewer.text.language}"
    st.session_state[key] = value
    st.segmented_control(
        viewer.text(f"heat.{name}"), options, key=key, required=True, label_visibility="collapsed", format_func=said,
        on_change=asked.changed, args=(name, key),
    )  # fmt: skip


def _strip(viewer: Viewer, forecast: Seen, question: Asked, found: pd.DataFrame) -> None:
    """The classes with how many cells each has and what it calls for, and what is expected in all."""
    text, counts = viewer.text, seen.counts(found)
    with st.container(key="strip"):
        columns = st.columns(len(CLASSES) + 1)
        for column, name in zip(columns, reversed(CLASSES), strict=False):
            with column:
                least = forecast.leasts.get(name)
                range_ = text("heat.from", least=words.amount(text, least)) if least else text("heat.below")
                chosen = question.only == name
                tiles.tile(
                    f"heat-{name}", f"{words.SHAPES[name]} {text(f'hazard.class.{name}')} :gray[{range_}]", text.number(counts[name]),
                    beside=text(f"heat.treatment.{name}"), page=f"{asked.PAGE}.py",
                    query=_question(question, only=None if chosen else name), link=text("heat.only", name=text(f"hazard.class.{name}")),
                )  # fmt: skip
        with columns[-1]:
            choice = forecast.choice(question.kind, question.horizon_days)
            plain = words.gained(text, choice)
            tiles.tile(
                "heat-all", text("heat.expected_in_all", days=text(f"heat.days.{question.horizon_days}")),
                words.amount(text, choice["expected"]), beside=plain, page=f"{asked.PAGE}.py",
                query=_question(question, view="record"), link=text("heat.view.record"),
            )  # fmt: skip


def _question(question: Asked, *, only: str | None = None, view: str = "map") -> dict[str, str | list[str]]:
    said: dict[str, str | list[str]] = {
        "view": view, "kind": question.kind, "days": str(question.horizon_days), "show": question.shown,
        "window": str(question.window_days), "by": question.by, "class": only or "",
    }  # fmt: skip
    return {name: value for name, value in said.items() if value}


def _map(city: City, viewer: Viewer, labels: Labels, question: Asked, found: pd.DataFrame) -> None:
    text, grid = viewer.text, seen.grid(viewer)
    chosen = seen.narrowed(found, question)
    amounts = chosen["value"].abs()
    lows = heat.bounds(found["value"].abs().to_numpy(float), classes=heat.CLASSES if question.shown != "difference" else heat.SIDE)
    cells = chosen[amounts >= lows[0]].head(MOST_CELLS) if lows else chosen.head(0)
    layers, scale = heat.layers(cells.assign(says=words.tips(text, labels, cells, question)), lows, grid, shown=question.shown)
    if question.cell:
        layers.append(heat.outline(question.cell, grid))
    view = cached.view(city) | _towards(grid, asked.focus(question.cell))
    st.pydeck_chart(maps.deck(viewer, layers, **view), on_select=_clicked, key=KEY, height=600, alt=text("heat.map_alt"))
    with st.container(key="legend"):
        heat.legend(viewer, scale, text(f"heat.legend.{question.shown}", days=text(f"heat.days.{question.horizon_days}"),
                                        window=text(f"heat.window.{question.window_days}")))  # fmt: skip
    if len(cells) == MOST_CELLS:
        with st.container(key="mapnote"):
            st.markdown(f":small[:gray[{text('heat.most', shown=text.number(MOST_CELLS), all=text.number(len(chosen)))}]]")


def _towards(grid: Grid, cell: tuple[int, int] | None) -> dict[str, float]:
    """Where the map is taken to by a choice in the list or by a link."""
    if cell is None:
        return {}
    lon, lat = grid.outline([cell[0]], [cell[1]], CELL_M)[0].mean(axis=0)
    return {"lon": float(lon), "lat": float(lat), "zoom": CELL_ZOOM}


def _clicked() -> None:
    asked.clicked(heat.chosen(st.session_state.get(KEY)))


def _empty(viewer: Viewer) -> None:
    """Before the first forecast: what is being done about it, and what it needs."""
    text = viewer.text
    with st.container(key="first", horizontal_alignment="center"), st.container(key="panel-heat-empty", width=760):
        if viewer.playback:  # the past is not waited for
            st.markdown(f"### {text('heat.empty_playback')}")
            st.markdown(f":gray[{text('heat.empty_playback_lead')}]")
            return
        st.markdown(f"### {text('heat.empty')}")
        st.markdown(f":gray[{text('heat.empty_lead')}]")
        st.markdown(f":small[:gray[{text('heat.empty_needs')}]]")
        st.code("python -m city_brain backtest --data city", language=None)
