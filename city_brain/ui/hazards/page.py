"""The page of the risk register: its views, its figures, what stands where nothing is registered yet."""

from __future__ import annotations

import streamlit as st

from city_brain.hazards import queries
from city_brain.hazards.model import DUE_DAYS
from city_brain.storage.city import City
from city_brain.ui import session, tiles
from city_brain.ui.hazards import asked, entry, inspections, listed, proposed
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer

_SHOWN = {"register": listed.show, "calendar": inspections.show, "proposals": proposed.show}
FIGURES: dict[str, tuple[str, dict[str, str | list[str]]]] = {
    "in_force": ("", {}),
    "overdue": (":violet[⊗] ", {"condition": "overdue"}),
    "due": (":orange[▲] ", {"condition": "due"}),
    "grave": ("", {"class": ["red", "orange"]}),
    "under_treatment": ("", {"state": "under_treatment"}),
    "proposed": ("", {"view": "proposals"}),
}
"""The figures of the strip: shape before the name, and the question whose rows they count. Texts ``hazard.figure.<name>``."""


def show() -> None:
    """The whole page."""
    asked.restore()
    city, viewer = session.city(), session.viewer()
    labels, figures = Labels(city, viewer.text), queries.summary(city, viewer.look)
    if not figures["in_force"] and not figures["closed"]:
        _empty(city, viewer, labels)
        return
    _head(city, viewer, labels, figures)
    _strip(viewer, figures)
    if viewer.playback:
        st.markdown(f":small[:orange[{viewer.text('hazard.playback')}]]")
    _SHOWN[asked.view()](city, viewer, labels)


def _head(city: City, viewer: Viewer, labels: Labels, figures: dict[str, int]) -> None:
    text, view = viewer.text, asked.view()
    with st.container(horizontal=True, vertical_alignment="center", key="risk-head"):
        key = f"risk-view-{view}-{text.language}"
        st.segmented_control(
            text("hazard.view"), asked.VIEWS, default=view, key=key, required=True, label_visibility="collapsed",
            format_func=lambda name: text(f"hazard.view.{name}"), on_change=asked.changed("view", key),
        )  # fmt: skip
        if viewer.simulated:
            st.markdown(f":violet-badge[◇ {text('hazard.simulated')}]")
        st.space("stretch")
        entry.show(city, viewer, labels)
        entry.downloads(city, viewer)


def _strip(viewer: Viewer, figures: dict[str, int]) -> None:
    text = viewer.text
    beside = {
        "in_force": text("hazard.beside.in_force", inspected=figures["inspected"]), "due": text("hazard.beside.due", days=DUE_DAYS),
        "overdue": text.percent(figures["overdue"] / figures["in_force"]) if figures["in_force"] else None,
    }  # fmt: skip
    with st.container(key="strip"):
        for column, (name, (shape, query)) in zip(st.columns(len(FIGURES)), FIGURES.items(), strict=True):
            with column:
                label = text(f"hazard.figure.{name}")
                tiles.tile(
                    f"risk-{name}", shape + label, text.number(figures[name]), beside=beside.get(name), page=f"{asked.PAGE}.py",
                    query=query or {"view": "register"}, link=label,
                )  # fmt: skip


def _empty(city: City, viewer: Viewer, labels: Labels) -> None:
    """Why nothing is here, and the ways to begin."""
    text = viewer.text
    with st.container(key="first", horizontal_alignment="center"):
        with st.container(key="panel-first-lead", width=980):
            st.markdown(f"# {text('hazard.empty')}")
            st.markdown(text("hazard.empty_lead"))
            with st.container(horizontal=True):
                entry.show(city, viewer, labels)
        with st.container(key="panel-first-load", width=980):
            st.markdown(f"**:material/upload_file: {text('hazard.empty_list')}**")
            st.markdown(f":gray[{text('hazard.empty_list_text')}]")
            st.code("python -m city_brain hazards import FILE", language=None, wrap_lines=True)
            st.markdown(f":small[:gray[{text('hazard.empty_columns')}]]")
