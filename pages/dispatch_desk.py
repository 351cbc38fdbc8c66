"""Dispatch (指挥调度): which case first, which team, why, and what became of it."""

import streamlit as st

from city_brain.ui import faults
from city_brain.ui.dispatch import page

page.opened()


@st.fragment(run_every="15s")
def watch() -> None:
    """Read, query, draw again; the queue keeps its order and the map its view."""
    with faults.shown():
        page.show()


watch()
