"""Wall: the city on one large screen, readable from the back of the room; refreshes itself, asks for nothing."""

import streamlit as st

from city_brain.ui import session, theme, wall, wall_map

theme.style_wall()


@st.fragment(run_every="1s")
def head() -> None:
    """The clock and the state of the data."""
    wall.head()


@st.fragment(run_every="5s")
def watch() -> None:
    """Read, query, draw again every five seconds."""
    wall.screen()


head()
watch()
wall.way_back(session.viewer())
wall_map.measure()
