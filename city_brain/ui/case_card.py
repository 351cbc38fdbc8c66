"""The chosen case, small: what, where, how long, who, and what can be done now."""

from __future__ import annotations

import streamlit as st

from city_brain.storage.city import City
from city_brain.ui import cached, case_buttons, session
from city_brain.ui.labels import Labels, badge, escaped
from city_brain.ui.session import Viewer


def show(city: City, viewer: Viewer, labels: Labels, case_id: str) -> None:
    """The card below the queue."""
    text, found = viewer.text, cached.case(city, viewer, case_id)
    with st.container(key="panel-chosen"):
        if found is None:
            st.markdown(f":gray[{text('card.not_there', case=case_id)}]")
            return
        st.markdown(f"{badge(found['state'], labels.mark(found['state']))} :blue-badge[{labels.step(found['step'])}] `{case_id}`")
        st.markdown(f"**{escaped(labels.kind(found['kind']))}** · {escaped(labels.place(found['district'], found['address']))}")
        clock = labels.clock(found["due_at"], viewer.look.moment, found["closed_at"])
        if found["due_at"] is None and found["step_due_at"] and not found["closed_at"]:
            clock = labels.step_clock(found["step_due_at"], viewer.look.moment)
        st.markdown(
            f":gray[{text('card.clock')}] **{clock}** &nbsp; :gray[{text('card.holder')}] {escaped(labels.holder(found['holder']))} &nbsp; "
            f":gray[{text('card.reports')}] {text.number(found['reports'])}"
        )
        with st.container(horizontal=True, key="card-buttons"):
            case_buttons.primary(viewer, labels, found)
            st.page_link("case_file.py", label=text("card.open"), icon=":material/folder_open:", query_params={"case": case_id})
            st.button(text("card.close"), key="card-close", on_click=session.choose_case, args=(None,), type="tertiary")
