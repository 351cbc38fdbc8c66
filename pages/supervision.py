"""Supervision (督办考核): what is stuck now, indicators, passing on, disputes, responsibility, rules; every number leads to its rows."""

import streamlit as st

from city_brain.ui import faults, session
from city_brain.ui.supervision import linked, page


@st.fragment(run_every="30s")
def watch() -> None:
    """Read, query, draw again twice a minute."""
    with faults.shown():
        page.show()


linked.style()
page.head(session.viewer())
if page.is_live():
    watch()
else:
    with faults.shown():
        page.show()
