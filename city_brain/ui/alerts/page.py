"""The page of the alert desk: its views, what is written of it in the address, its style."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

from city_brain.alerts import queries
from city_brain.ui import session, theme
from city_brain.ui.alerts import asked, desk
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import linked, rows


def style() -> None:
    """The style rules of the desk, and what keeps its links in the session."""
    linked.style()
    colours = theme.palette()
    st.html(f"<style>:root{{--cba-high:{colours.urgent};--cba-medium:{colours.due}}}{_rules()}</style>")


@cache
def _rules() -> str:
    return Path(__file__).with_name("desk.css").read_text(encoding="utf-8")


def head(viewer: Viewer) -> None:
    """The views, and what is on the desk to take away."""
    text, view = viewer.text, asked.view()
    desk.hold(viewer)
    with st.container(horizontal=True, vertical_alignment="center", key="alerts-head"):
        key = f"alerts-view-{view}-{text.language}"  # another key for each view: what the address says goes before what was clicked
        st.segmented_control(
            text("alerts.view"), list(asked.VIEWS), default=view, key=key, required=True, label_visibility="collapsed",
            format_func=lambda name: text(f"alerts.view.{name}"), on_change=_choose, args=(key,),
        )  # fmt: skip
        st.space("stretch")
        city, look = session.city(), viewer.look
        rows.downloads(viewer, "alerts", lambda: queries.desk(city, look, MOST_EXPORTED))


MOST_EXPORTED = 100_000


def _choose(key: str) -> None:
    asked.show_view(st.session_state[key])
