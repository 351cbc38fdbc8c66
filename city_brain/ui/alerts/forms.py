"""What somebody can do with an alert now: buttons and forms, read from the table of moves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import streamlit as st

from city_brain import clock
from city_brain.alerts import actions, lifecycle, queries
from city_brain.alerts.lifecycle import SHELVES, Judgement, Move, State
from city_brain.errors import Fault
from city_brain.incidents import catalogue
from city_brain.incidents.catalogue import Kind
from city_brain.responsibility import queries as responsibility
from city_brain.roles import Role
from city_brain.storage.city import City
from city_brain.ui import faults, session
from city_brain.ui.alerts import words
from city_brain.ui.labels import Labels, escaped
from city_brain.ui.session import Viewer

ICONS = {"acknowledge": "done", "make_case": "create_new_folder", "shelve": "snooze", "unshelve": "undo", "dismiss": "block"}
MOST_LETTERS = 500


def show(city: City, viewer: Viewer, labels: Labels, alert: dict[str, Any]) -> None:
    """A button for each move that this person can take, the first one foremost; who can, where that is not this person."""
    text, state = viewer.text, State(alert["state"])
    if viewer.playback:
        return
    moves = lifecycle.moves_from(state, viewer.actor.role)
    if not moves:
        roles = {role for move in lifecycle.moves_from(state) for role in move.roles} - {Role.SYSTEM}
        if roles:
            names = text("list.or").join(sorted(text(f"role.{role}") for role in roles))
            st.markdown(f":small[:gray[{text('alerts.other_role', roles=names)}]]")
        return
    with st.container(horizontal=True, vertical_alignment="center", key="alert-moves"):
        for place, move in enumerate(moves):
            _move(city, viewer, labels, alert, move, primary=place == 0)


def _move(city: City, viewer: Viewer, labels: Labels, alert: dict[str, Any], move: Move, *, primary: bool) -> None:
    text, key, icon = viewer.text, f"alert-{alert['alert_id']}-{move.name}", f":material/{ICONS[move.name]}:"
    if not move.requires:
        st.button(
            text(f"alert_move.{move.name}"), key=key, type="primary" if primary else "secondary", icon=icon, on_click=_take,
            args=(alert["alert_id"], move.name),
        )  # fmt: skip
        return
    with st.popover(text(f"alert_move.{move.name}"), icon=icon, key=f"{key}-open"), st.form(key, border=False, width=420):
        fault = st.session_state.get(f"{key}-fault")
        if fault:
            st.error(fault)
        if move.name == "make_case":
            _case_fields(city, viewer, labels, alert, key)
        else:
            _fields(viewer, key, move)
        st.form_submit_button(
            text(f"alert_move.{move.name}"), key=f"{key}-do", type="primary", on_click=_submitted, args=(alert["alert_id"], move.name)
        )


def _fields(viewer: Viewer, key: str, move: Move) -> None:
    text = viewer.text
    if "until" in move.requires:
        minutes = [int(length.total_seconds() // 60) for length in SHELVES]
        st.radio(
            text("alert_field.until"), minutes, index=1, key=f"{key}-for", horizontal=True,
            format_func=lambda length: text.duration(timedelta(minutes=length)),
        )  # fmt: skip
    if "judgement" in move.requires:
        st.radio(
            text("alert_field.judgement"), [str(one) for one in Judgement], index=None, key=f"{key}-judgement",
            format_func=lambda one: text(f"judgement_means.{one}"),
        )  # fmt: skip
    st.text_area(text("alert_field.reason"), key=f"{key}-reason", max_chars=MOST_LETTERS, height=76)


def _case_fields(city: City, viewer: Viewer, labels: Labels, alert: dict[str, Any], key: str) -> None:
    """What the case will say: all of it proposed, all of it to be changed."""
    text, usual = viewer.text, queries.category(city, alert)
    codes = [found.code for found in catalogue.categories().values() if found.kind is Kind.MATTER]
    kind = usual[1] if usual and usual[0] == Kind.MATTER and usual[1] in codes else None
    place = codes.index(kind) if kind else None
    st.selectbox(text("report.kind"), codes, index=place, key=f"{key}-kind", format_func=lambda code: _kind(viewer, code))
    behind = queries.behind(city, viewer.look, alert, 1)
    address = behind["address"].iloc[0] if len(behind) and isinstance(behind["address"].iloc[0], str) else ""
    st.text_input(text("report.place"), value=address, key=f"{key}-place", max_chars=200)
    st.text_area(text("report.text"), value=words.says(city, text, labels, alert), key=f"{key}-text", max_chars=1000, height=76)
    options, (proposed, why) = labels.departments(), _proposed(city, viewer, labels, alert, kind)
    st.selectbox(
        text("alerts.department"), options, index=options.index(proposed) if proposed in options else None, key=f"{key}-department",
        format_func=lambda name: labels.of("department", name), placeholder=text("alerts.no_department"),
    )  # fmt: skip
    st.markdown(f":small[:gray[{why}]]")


def _proposed(city: City, viewer: Viewer, labels: Labels, alert: Mapping[str, Any], code: str | None) -> tuple[str | None, str]:
    """Who should have the case, and why."""
    asked = {
        "category_kind": Kind.MATTER if code else None, "category_code": code, "kind": alert["kind"] or code, "district": alert["district"],
        "reported_at": viewer.look.moment,
    }  # fmt: skip
    found, _ = responsibility.proposal(city, asked)
    if found.department is None:
        return None, viewer.text("proposed.gap")
    return found.department, viewer.text(f"proposed.{found.reason}", department=escaped(labels.of("department", found.department)))


def _kind(viewer: Viewer, code: str) -> str:
    found = catalogue.category(Kind.MATTER, code)
    return f"{code} {viewer.text.pick(found.name_zh, found.name_en)}" if found else code


@faults.told
def _take(alert_id: str, move: str) -> None:
    viewer = session.viewer()
    actions.advance(session.city(), alert_id, move, viewer.actor)
    session.say(viewer.text("alerts.done", move=viewer.text(f"alert_move.{move}"), alert=alert_id))


def _submitted(alert_id: str, move: str) -> None:
    """Take the move with what was filled in. A fault is told in the form, which keeps everything."""
    city, viewer, key = session.city(), session.viewer(), f"alert-{alert_id}-{move}"
    try:
        if move == "make_case":
            said = {name: st.session_state[f"{key}-{name}"] or None for name in ("kind", "place", "text")}
            given = {name: value for name, value in said.items() if value}
            case_id = actions.make_case(city, alert_id, viewer.actor, given, department=st.session_state[f"{key}-department"])
            session.say(viewer.text("alerts.case_made", case=case_id))
        else:
            actions.advance(city, alert_id, move, viewer.actor, _filled(key))
            session.say(viewer.text("alerts.done", move=viewer.text(f"alert_move.{move}"), alert=alert_id))
    except Fault as fault:
        st.session_state[f"{key}-fault"] = viewer.text.fault(fault)
        session.say(viewer.text.fault(fault))  # the form may be gone with what the alert was
        return
    st.session_state.pop(f"{key}-fault", None)


def _filled(key: str) -> dict[str, str | None]:
    kept = st.session_state
    length = kept.get(f"{key}-for")
    until = (clock.now() + timedelta(minutes=length)).isoformat() if length else None
    return {"until": until, "judgement": kept.get(f"{key}-judgement"), "reason": kept.get(f"{key}-reason")}
