"""The page of supervision: its views, and the rows behind a number in place of a view."""

from __future__ import annotations

import streamlit as st

from city_brain.ui import cached, first_screen, session
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import asked, disputes, indicators, now, passing, routing, rows, rules

_SHOWN = {
    "now": now.show,
    "indicators": indicators.show,
    "passing": passing.show,
    "disputes": disputes.show,
    "routing": routing.show,
    "rules": rules.show,
}
WITHOUT_CASES = ("routing", "rules")
"""Views that have something to say of a city without cases."""


def head(viewer: Viewer) -> None:
    """The views, and the way to the daily report."""
    asked.restore()
    text, view = viewer.text, asked.view()
    with st.container(horizontal=True, vertical_alignment="center", key="supervision-head"):
        key = f"view-{view}-{text.language}"  # another key for each view: what the address says goes before what was clicked
        st.segmented_control(
            text("supervision.view"), list(asked.VIEWS), default=view, key=key, required=True, label_visibility="collapsed",
            format_func=lambda name: text(f"supervision.view.{name}"), on_change=_choose, args=(key,),
        )  # fmt: skip
        st.space("stretch")
        st.page_link("daily_report.py", label=text("supervision.to_report"), icon=":material/description:")


def _choose(key: str) -> None:
    asked.change(view=st.session_state[key])


def show() -> None:
    """The view that is asked for, or the rows behind one of its numbers."""
    city, viewer = session.city(), session.viewer()
    labels, view = Labels(city, viewer.text), asked.view()
    if cached.period(city).get("first") is None and view not in WITHOUT_CASES:
        _empty(viewer)
    elif asked.value("rows"):
        rows.show(city, viewer, labels)
    else:
        if view not in WITHOUT_CASES and first_screen.is_stale(city, viewer):
            first_screen.stale_note(city, viewer)
        _SHOWN[view](city, viewer, labels)


def is_live() -> bool:
    """Whether what is shown is drawn again by itself: not while somebody reads rows or fills in a form."""
    return asked.view() == "now" and not asked.value("rows")


def _empty(viewer: Viewer) -> None:
    st.info(viewer.text("supervision.empty"))
    st.page_link("data.py", label=viewer.text("overview.empty_load_link"), icon=":material/arrow_forward:")
