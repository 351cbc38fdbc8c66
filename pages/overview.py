"""Overview (一张屏): the figures of the moment, their findings, and one click to the rows; refreshes itself."""

import streamlit as st

from city_brain.ui import overview


@st.fragment(run_every="10s")
def watch() -> None:
    """Read, query, draw again every ten seconds."""
    overview.screen()


watch()
