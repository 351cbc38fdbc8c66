"""What may be done with a hazard now: inspect, change, close, see whom to call. Each opens its form below the buttons."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import streamlit as st

from city_brain.hazards import actions, rounds
from city_brain.hazards.model import OWNERS_OWN, HazardKind, Inspection, Result, RiskClass, State
from city_brain.roles import GRANTED, Right, Role
from city_brain.storage.city import City
from city_brain.ui import faults, session
from city_brain.ui.hazards import words
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer

OPEN, SHOWN = "risk-form-open", "risk-contact-shown"
"""The form that is open, and the contact that was asked for, with its hazard."""
ICONS = {"inspect": "task_alt", "change": "edit", "close": "block", "contact": "call"}
CHANGED = ("name", "risk_class", "state", "kind", "department", "address", "person", "phone", "notes")
"""What the form of a change asks for, in its order."""
CHOICES: dict[str, tuple[str, ...]] = {
    "kind": tuple(HazardKind), "risk_class": tuple(RiskClass), "state": (State.IN_FORCE, State.UNDER_TREATMENT),
}  # fmt: skip


def may(viewer: Viewer, hazard: dict[str, Any], act: str) -> bool:
    """Whether a button is offered; the action checks it again."""
    role, own = viewer.actor.role, viewer.actor.department == hazard["department"]
    if hazard["state"] == State.CLOSED or viewer.playback:
        return False
    if act in ("inspect", "contact"):
        return role in GRANTED[Right.INSPECT] and (own or role is not Role.DEPARTMENT)
    return actions.may_change(viewer.actor, hazard) if act == "change" else role in GRANTED[Right.REGISTER]


def show(city: City, viewer: Viewer, labels: Labels, hazard: dict[str, Any], today: date) -> None:
    """The buttons, and the form that is open."""
    text, number = viewer.text, hazard["hazard_id"]
    offered = [act for act in ICONS if may(viewer, hazard, act)]
    if not offered:
        key = "hazard.no_more" if hazard["state"] == State.CLOSED else "moves.playback" if viewer.playback else "hazard.not_you"
        st.markdown(f":small[:gray[{text(key)}]]")
        return
    opened = next((act for act in offered if st.session_state.get(OPEN) == [number, act]), None)
    with st.container(horizontal=True, key="risk-acts"):
        for act in offered:
            primary = act == "inspect" and opened is None
            st.button(
                text(f"hazard.act.{act}"), key=f"risk-{act}", type="primary" if primary else "secondary",
                icon=f":material/{ICONS[act]}:", on_click=_open, args=(number, act),
            )  # fmt: skip
    if opened:
        with st.form(f"risk-form-{opened}", border=False):
            _FORMS[opened](viewer, labels, hazard, today)
            with st.container(horizontal=True):
                st.form_submit_button(text("hazard.send"), type="primary", on_click=_SENDS[opened], args=(hazard,))
                st.form_submit_button(text("routing.cancel"), on_click=_close)


def contact(hazard: dict[str, Any]) -> tuple[str | None, str | None]:
    """Whoever is responsible: masked, until this session has asked for it with a purpose."""
    shown = st.session_state.get(SHOWN)
    return tuple(shown[1:]) if shown and shown[0] == hazard["hazard_id"] else (hazard["person"], hazard["phone"])  # type: ignore[return-value]


def _open(number: str, act: str) -> None:
    st.session_state[OPEN] = None if st.session_state.get(OPEN) == [number, act] else [number, act]


def _close() -> None:
    st.session_state.pop(OPEN, None)


# -- forms -----------------------------------------------------------------------------------------


def _inspect(viewer: Viewer, labels: Labels, hazard: dict[str, Any], today: date) -> None:
    text = viewer.text
    left, right = st.columns(2)
    left.segmented_control(
        text("field.hazard.result"), list(Result), default=Result.CLEAR, key="risk-result", required=True,
        format_func=lambda result: text(f"hazard.result.{result}"),
    )  # fmt: skip
    left.date_input(
        text("field.hazard.inspected_on"), value=today, min_value=hazard["last_on"], max_value=today, key="risk-inspected-on",
        format="YYYY-MM-DD",
    )  # fmt: skip
    left.text_input(text("field.hazard.inspector"), key="risk-inspector", max_chars=60, placeholder=text("hazard.inspector_hint"))
    right.text_area(text("field.hazard.findings"), key="risk-findings", max_chars=500, height=110)
    right.checkbox(text("hazard.raise_case", department=labels.of("department", hazard["department"])), key="risk-raises", value=True)


@faults.told
def _send_inspection(hazard: dict[str, Any]) -> None:
    state, text = st.session_state, session.words()
    inspection = Inspection(
        Result(state["risk-result"]), state["risk-findings"] or "", state["risk-inspector"] or "", state["risk-inspected-on"]
    )
    made = rounds.inspect(session.city(), hazard["hazard_id"], inspection, session.viewer().actor, raises=bool(state["risk-raises"]))
    _close()
    session.say(text("hazard.done.inspected_raised", case=made) if made else text("hazard.done.inspected"))


def _change(viewer: Viewer, labels: Labels, hazard: dict[str, Any], today: date) -> None:
    """The fields that this reader may change. Personal ones begin empty: empty means unchanged."""
    text, offered = viewer.text, fields_of(viewer)
    columns = st.columns(2)
    for place, name in enumerate(offered):
        label, key = text(f"field.hazard.{name}"), f"risk-change-{name}"
        with columns[place % 2]:
            if name in CHOICES or name == "department":
                options = list(CHOICES.get(name, ())) or labels.departments()
                st.selectbox(
                    label, options, index=options.index(hazard[name]) if hazard[name] in options else None, key=key,
                    format_func=lambda value, name=name: words.value(text, labels, name, value),
                )  # fmt: skip
            elif name in ("person", "phone"):
                st.text_input(label, key=key, max_chars=60, placeholder=hazard[name] or "")
            else:
                st.text_input(label, value=hazard[name] or "", key=key, max_chars=300)
    st.text_input(text("field.hazard.reason"), key="risk-change-reason", max_chars=300)


def fields_of(viewer: Viewer) -> list[str]:
    """What this reader may change."""
    return [name for name in CHANGED if viewer.actor.role in GRANTED[Right.REGISTER] or name in OWNERS_OWN]


@faults.told
def _send_change(hazard: dict[str, Any]) -> None:
    state, viewer = st.session_state, session.viewer()
    said = {name: state[f"risk-change-{name}"] or None for name in fields_of(viewer)}
    fields = {name: value for name, value in said.items() if value != hazard[name] and (value or name not in ("person", "phone"))}
    actions.change(
        session.city(), hazard["hazard_id"], fields, viewer.actor, reason=state["risk-change-reason"] or "", seen=hazard["sequence"]
    )
    _close()
    session.say(session.words()("hazard.done.changed"))


def _closing(viewer: Viewer, labels: Labels, hazard: dict[str, Any], today: date) -> None:
    st.markdown(f":small[:gray[{viewer.text('hazard.close_note')}]]")
    st.text_area(viewer.text("field.hazard.reason"), key="risk-close-reason", max_chars=300, height=80)


@faults.told
def _send_closing(hazard: dict[str, Any]) -> None:
    reason = st.session_state["risk-close-reason"] or ""
    actions.close(session.city(), hazard["hazard_id"], reason, session.viewer().actor, seen=hazard["sequence"])
    _close()
    session.say(session.words()("hazard.done.closed"))


def _contact(viewer: Viewer, labels: Labels, hazard: dict[str, Any], today: date) -> None:
    st.markdown(f":small[:gray[{viewer.text('hazard.contact_note')}]]")
    st.text_input(viewer.text("field.hazard.purpose"), key="risk-purpose", max_chars=200)


@faults.told
def _send_contact(hazard: dict[str, Any]) -> None:
    number = hazard["hazard_id"]
    found = actions.disclose(session.city(), [number], st.session_state["risk-purpose"] or "", session.viewer().actor)
    _close()
    st.session_state[SHOWN] = [number, *found[number]]


_FORMS: dict[str, Callable[[Viewer, Labels, dict[str, Any], date], None]] = {
    "inspect": _inspect, "change": _change, "close": _closing, "contact": _contact,
}  # fmt: skip
_SENDS: dict[str, Callable[[dict[str, Any]], None]] = {
    "inspect": _send_inspection, "change": _send_change, "close": _send_closing, "contact": _send_contact,
}  # fmt: skip
