"""Pinning the chosen case to the top of the queue, with a reason, and letting it go again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from city_brain.dispatch import actions
from city_brain.dispatch.lifecycle import DESK
from city_brain.errors import Fault
from city_brain.ui import session
from city_brain.ui.dispatch import since
from city_brain.ui.labels import escaped
from city_brain.ui.session import Viewer


def show(viewer: Viewer, case: Mapping[str, Any]) -> None:
    """For those who may: who pinned the case and why with the button that lets it go, or the form that pins it."""
    if viewer.actor.role not in DESK or viewer.playback:
        return
    text, case_id = viewer.text, str(case["case_id"])
    if isinstance(case["pin_reason"], str):
        st.button(
            text("dispatch.unpin"), key="dispatch-unpin", type="tertiary", icon=":material/keep_off:", on_click=_pin, args=(case_id, False),
            help=escaped(case["pin_reason"]),
        )  # fmt: skip
        return
    with st.popover(text("dispatch.pin"), type="tertiary", icon=":material/keep:", key=f"dispatch-pin-{case_id}"):
        st.text_input(text("dispatch.pin_why"), key=f"dispatch-pin-reason-{case_id}", max_chars=200)
        st.button(text("dispatch.pin"), key=f"dispatch-pin-do-{case_id}", type="primary", on_click=_pin, args=(case_id, True))


def _pin(case_id: str, pinned: bool) -> None:
    since.acted()
    viewer, kept = session.viewer(), st.session_state
    try:
        actions.pin(session.city(), case_id, viewer.actor, reason=kept.get(f"dispatch-pin-reason-{case_id}") or "", pinned=pinned)
    except Fault as fault:
        kept["dispatch-fault"] = viewer.text.fault(fault)
        return
    kept.pop("dispatch-fault", None)
    session.say(viewer.text("dispatch.pinned" if pinned else "dispatch.unpinned", case=case_id))
