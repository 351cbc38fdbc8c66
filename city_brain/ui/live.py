"""The live screen: figures, map, queue and the chosen case, with one selection in all of them."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from city_brain.cases import queries
from city_brain.cases.model import Mark, Wanted
from city_brain.geo.grid import Grid
from city_brain.service import basemap
from city_brain.storage.city import City
from city_brain.ui import cached, case_card, faults, filters, maps, session, tables, tiles
from city_brain.ui.labels import Labels, escaped
from city_brain.ui.session import Viewer

LAYERS = ("none", "cells_1", "cells_7", "cells_90")
EDGE_M = 500
STAGE, SIDE = 76, 24


def tools(city: City, viewer: Viewer, labels: Labels) -> None:
    """The filters, folded away until they are wanted."""
    with (
        st.container(key="tools", horizontal=True, vertical_alignment="bottom"),
        st.popover(viewer.text("map.filters"), icon=":material/tune:", width="stretch"),
    ):
        filters.show(city, viewer.look, viewer.text, labels)
        st.segmented_control(
            viewer.text("map.layer"),
            LAYERS,
            default="none",
            key="map-layer",
            required=True,
            format_func=lambda name: viewer.text(f"map.layer.{name}"),
            persist_state="session",
        )


def screen() -> None:
    """One refresh of the whole screen."""
    with faults.shown():
        city, viewer = session.city(), session.viewer()
        labels, wanted = Labels(city, viewer.text), filters.wanted(viewer)
        marks = queries.marks(city, viewer.look, wanted)
        _figures(city, viewer, marks)
        stage, side = st.columns([STAGE, SIDE])
        with stage, st.container(key="stage"):
            _map(city, viewer, labels, wanted, marks)
        with side, st.container(key="side"):
            _queue(city, viewer, labels, wanted, marks)
            chosen = session.chosen_case()
            if chosen:
                case_card.show(city, viewer, labels, chosen)


def _figures(city: City, viewer: Viewer, marks: dict[str, dict[str, Any]]) -> None:
    text, now = viewer.text, cached.figures(city, viewer)
    of = {mark: marks.get(mark, {}).get("cases", 0) for mark in Mark}
    steps = now["steps"]
    waiting = steps.get("dispatch", {}).get("cases", 0)
    with st.container(key="strip"):
        columns = st.columns(5)
        with columns[0]:
            beside: str | None = text("figure.against_yesterday", difference=_signed(viewer, sum(of.values()) - now["open_before"]))
            tiles.tile(
                "open",
                text("figure.open"),
                text.number(sum(of.values())),
                beside=beside,
                page="case_board.py",
                query={"done": "0"},
                link=text("figure.rows"),
            )
        with columns[1]:
            oldest = marks.get(Mark.URGENT, {}).get("oldest")
            beside = text("figure.oldest", time=text.duration(viewer.look.moment - oldest)) if oldest else None
            _marked(viewer, "urgent", of[Mark.URGENT], "red", "◆", beside)
        with columns[2]:
            beside = text("figure.to_dispatch", cases=waiting)
            _marked(viewer, "due", of[Mark.DUE], "orange", "▲", beside)
        with columns[3]:
            beside = text("figure.against_yesterday", difference=_signed(viewer, of[Mark.OVERDUE] - now["overdue_before"]))
            _marked(viewer, "overdue", of[Mark.OVERDUE], "violet", "⊗", beside)
        with columns[4]:
            usual = now["usual_today"]
            share = text.percent(now["today"] / usual - 1, signed=True) if usual else "—"
            beside = text("figure.against_usual", share=share, weekday=text.weekday(viewer.look.moment))
            tiles.tile(
                "today",
                text("figure.today"),
                text.number(now["today"]),
                beside=beside,
                page="case_board.py",
                query={"days": "today", "done": "any"},
                link=text("figure.rows"),
            )


def _marked(viewer: Viewer, mark: str, cases: int, colour: str, shape: str, beside: str | None) -> None:
    label = f":{colour}[{shape}] {viewer.text(f'figure.{mark}')}"
    tiles.tile(
        mark,
        label,
        viewer.text.number(cases),
        beside=beside,
        page="case_board.py",
        query={"mark": mark},
        link=viewer.text(f"figure.{mark}"),
    )


def _signed(viewer: Viewer, difference: int) -> str:
    sign = "+" if difference > 0 else "−" if difference < 0 else "±"
    return f"{sign}{viewer.text.number(abs(difference))}"


def _map(city: City, viewer: Viewer, labels: Labels, wanted: Wanted, marks: dict[str, dict[str, Any]]) -> None:
    named, text = viewer.named, viewer.text
    if named is None or named["lon"] is None:
        st.info(text("map.no_points" if named else "frame.nothing_yet"))
        return
    grid, layers, bounds = Grid(named["lon"], named["lat"]), list[maps.Layer](), list[float]()
    shown = st.session_state.get("map-layer") or "none"
    if shown != "none":
        cells = queries.cells(city, viewer.look, wanted, days=float(shown.removeprefix("cells_")), edge_m=EDGE_M)
        layer, bounds = maps.cell_layer(cells, grid, viewer, edge_m=EDGE_M)
        layers.append(layer)
    points = queries.points(city, viewer.look, wanted)
    layers += maps.case_layers(points, viewer, labels, grid=grid)
    chosen = session.chosen_case()
    if chosen:
        layers += _ring(city, viewer, chosen)
    view = cached.view(city)
    st.pydeck_chart(maps.deck(viewer, layers, **view), on_select=_clicked, key="live-map", height=600, alt=text("map.alt"))
    _note(viewer, points, marks, bounds)
    with st.container(key="legend"):
        filters.legend(marks, text, labels)


def _ring(city: City, viewer: Viewer, case_id: str) -> list[maps.Layer]:
    found = cached.case(city, viewer, case_id)
    return [maps.ring(found["lon"], found["lat"])] if found and found["location"] == "point" else []


def _note(viewer: Viewer, points: pd.DataFrame, marks: dict[str, dict[str, Any]], bounds: list[float]) -> None:
    """What the map does not show, and what its cells mean: nothing is left out in silence."""
    text, notes = viewer.text, list[str]()
    unplaced = sum(row["unplaced"] for row in marks.values())
    placed = sum(row["cases"] for row in marks.values()) - unplaced
    if len(points) < placed and len(points) >= queries.MOST_POINTS:
        notes.append(text("map.most", shown=len(points), all=placed))
    if unplaced:
        notes.append(text("map.unplaced", cases=unplaced))
    if bounds:
        notes.append(text("map.classes", bounds=" · ".join(text.number(int(bound)) for bound in bounds), edge=EDGE_M))
    settings = session.settings()
    if basemap.is_schematic(settings) and viewer.simulated:
        notes.append(text("map.schematic"))
    elif basemap.attribution(settings):
        notes.append(escaped(basemap.attribution(settings)))
    unreadable = basemap.fault(settings)
    if unreadable:
        notes.append(escaped(text.fault(unreadable)))
    if notes:
        with st.container(key="mapnote"):
            st.markdown("  \n".join(f":small[:gray[{note}]]" for note in notes))


def _clicked() -> None:
    chosen = maps.chosen(st.session_state.get("live-map"))
    if chosen:
        session.choose_case(chosen)


def _queue(city: City, viewer: Viewer, labels: Labels, wanted: Wanted, marks: dict[str, dict[str, Any]]) -> None:
    text = viewer.text
    with st.container(key="panel-queue", height="stretch"):
        total = sum(row["cases"] for mark, row in marks.items() if not wanted.marks or mark in wanted.marks)
        st.markdown(f"**{text('queue.title')}** :small[:gray[{text('queue.order', cases=total)}]]")
        cases = queries.queue(city, viewer.look, wanted)
        if cases.empty:
            st.info(text("queue.empty"))
            return
        words = tables.in_words(cases, viewer, labels)
        shown = words.assign(what=words["kind"] + " · " + cases["address"].fillna(words["place"]).map(_short))[["mark", "what", "clock"]]
        columns = {
            "mark": st.column_config.TextColumn("", width=34),
            "what": st.column_config.TextColumn(text("queue.what"), width=160),
            "clock": st.column_config.TextColumn(text("queue.left"), width=92, alignment="right"),
        }
        tables.draw("live-queue", shown, cases, columns=columns, height="stretch", opens=False)


def _short(address: str) -> str:
    """An address without its district, which the map shows."""
    return address.split("区", 1)[1] if "区" in address[:5] else address
