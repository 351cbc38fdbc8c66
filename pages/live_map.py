"""Live map (一张图): cases on the map, the queue beside it, the chosen one below; refreshes itself."""

import streamlit as st

from city_brain.ui import filters, live, session
from city_brain.ui.labels import Labels

viewer = session.viewer()
filters.keep_in_url()
live.tools(session.city(), viewer, Labels(session.city(), viewer.text))


@st.fragment(run_every="3s")
def watch() -> None:
    """Read, query, draw again every few seconds; the map keeps its view and its selection."""
    live.screen()


watch()
