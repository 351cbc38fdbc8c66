"""From how much each class of risk begins: shown to everybody, set by a manager with a reason."""

from __future__ import annotations

import streamlit as st

from city_brain.errors import Fault
from city_brain.risk import actions
from city_brain.risk.model import CLASSES, USUAL
from city_brain.roles import GRANTED, Right
from city_brain.ui import session
from city_brain.ui.risk import words
from city_brain.ui.risk.seen import Seen
from city_brain.ui.session import Viewer


def show(viewer: Viewer, forecast: Seen) -> None:
    """The thresholds in a popover, with the form where one may set them."""
    text = viewer.text
    with st.popover(text("heat.classes"), icon=":material/tune:", key="heat-classes"):
        st.markdown(f":small[:gray[{text('heat.classes_note')}]]")
        if viewer.actor.role in GRANTED[Right.RULE] and not viewer.playback:
            _form(viewer, forecast)
            return
        for name in reversed(CLASSES):
            least = forecast.leasts.get(name)
            told = text("heat.from", least=words.amount(text, least)) if least else text("heat.below")
            st.markdown(
                f"{words.SHAPES[name]} **{text(f'hazard.class.{name}')}** {told}  \n:small[:gray[{text(f'heat.treatment_long.{name}')}]]"
            )
        st.markdown(f":small[:gray[{text('heat.classes_who')}]]")


def _form(viewer: Viewer, forecast: Seen) -> None:
    text = viewer.text
    with st.form("heat-classes-form", border=False, width=420):
        fault = st.session_state.get("heat-classes-fault")
        if fault:
            st.error(fault)
        for name in reversed(list(USUAL)):
            label = f"{words.SHAPES[name]} {text(f'hazard.class.{name}')} · {text('heat.least')}"
            treatment = text(f"heat.treatment_long.{name}")
            st.number_input(label, value=float(forecast.leasts[name]), step=0.5, format="%.2f", key=f"heat-least-{name}", help=treatment)
        st.text_input(text("heat.reason"), key="heat-classes-reason", max_chars=200)
        st.form_submit_button(text("heat.set"), type="primary", key="heat-classes-do", on_click=_send)


def _send() -> None:
    """Set them; what was written stays in the form when it is refused."""
    kept, viewer = st.session_state, session.viewer()
    try:
        leasts = {str(name): kept[f"heat-least-{name}"] for name in USUAL}
        actions.set_classes(session.city(), leasts, viewer.actor, reason=kept["heat-classes-reason"] or "")
    except Fault as fault:
        kept["heat-classes-fault"] = viewer.text.fault(fault)
        return
    kept.pop("heat-classes-fault", None)
    session.say(viewer.text("heat.set_done"))
