"""The way from a case to the hazard that raised it."""

from __future__ import annotations

import streamlit as st

from city_brain.hazards import queries
from city_brain.storage.city import City
from city_brain.ui.hazards import asked
from city_brain.ui.session import Viewer


def show(city: City, viewer: Viewer, case_id: str) -> None:
    """A link to the hazard, where one raised the case."""
    found, text = queries.of_case(city, case_id), viewer.text
    if found:
        label = text("hazard.of_case", why=text(f"hazard.why.{found['why']}"), name=found["name"])
        st.page_link(f"{asked.PAGE}.py", label=label, icon=":material/warning:", query_params={"hazard": found["hazard_id"]})
