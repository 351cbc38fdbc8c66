"""Wall (大屏): the city on one large screen, readable from the back of the room; turns and refreshes itself, asks for nothing."""

import streamlit as st

from city_brain.ui import session, theme, wall, wall_map
from city_brain.ui.wall_views import turning

theme.style_wall()
turning.style()


@st.fragment(run_every="1s")
def head() -> None:
    """The clock and the state of the data."""
    wall.head()


@st.fragment(run_every="5s")
def watch() -> None:
    """Read, query, draw again every five seconds, and whenever the wall turns to another view."""
    wall.screen()
    turning.clock(session.words())


head()
watch()
wall.way_back(session.viewer())
wall_map.measure()
