"""Risk heat (风险热力): where the next cases are expected, why, and how good the forecast is."""

import streamlit as st

from city_brain.ui import faults
from city_brain.ui.risk import page

page.style()


@st.fragment(run_every="60s")
def watch() -> None:
    """Read, query, draw again every minute; the map keeps its view and its selection."""
    with faults.shown():
        page.show()


watch()
