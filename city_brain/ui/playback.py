"""Playback: a banner that cannot be overlooked, and its controls. It belongs to this session alone."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from city_brain.ui import session
from city_brain.ui.session import SPEEDS, Viewer

STEPS = {"back_day": -timedelta(days=1), "back_hour": -timedelta(hours=1), "on_hour": timedelta(hours=1), "on_day": timedelta(days=1)}


def banner(viewer: Viewer) -> None:
    """The banner with its controls; nothing while the session is live."""
    if not viewer.playback:
        return
    text = viewer.text
    with st.container(key="playback", horizontal=True, vertical_alignment="center"):
        _stamp()
        for name, step in STEPS.items():
            st.button(text(f"playback.{name}"), key=f"playback-{name}", on_click=session.shift, args=(step,), type="tertiary")
        st.segmented_control(
            text("playback.speed"), [0, *SPEEDS], default=viewer.speed, key="playback-speed", label_visibility="collapsed", required=True,
            format_func=lambda speed: text("playback.pause") if speed == 0 else f"×{speed}",
            on_change=lambda: session.pace(int(st.session_state["playback-speed"])),
        )  # fmt: skip
        st.button(text("playback.live"), key="playback-live", on_click=session.live, type="primary")


@st.fragment(run_every="2s")
def _stamp() -> None:
    viewer = session.viewer()
    at = viewer.look.moment
    st.markdown(f":orange-badge[{viewer.text('playback.banner')}] **{viewer.text.moment(at, 'second')}** {viewer.text.weekday(at)}")
