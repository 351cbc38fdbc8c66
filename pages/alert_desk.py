"""Alert desk (预警台): what the rules have noticed, answered by people; how right each rule was, and the rules in force."""

import streamlit as st

from city_brain.ui import faults, session
from city_brain.ui.alerts import asked, desk, detail, page, rules

viewer, city = session.viewer(), session.city()
page.style()
page.head(viewer)


@st.fragment(run_every="5s")
def watch() -> None:
    """Read, query, draw again every few seconds; the alert that is being worked on stays as it is."""
    with faults.shown():
        desk.show()


if asked.view() == "rules":
    with faults.shown():
        rules.show(city, viewer)
else:
    left, right = st.columns([46, 54])
    with left:
        watch()
    with right, faults.shown():
        detail.show(city, viewer)
