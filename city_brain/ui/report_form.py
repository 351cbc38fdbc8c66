"""A report by hand: what a caller says, written down in a few fields, becomes a case."""

from __future__ import annotations

import streamlit as st

from city_brain import casework
from city_brain.errors import Fault
from city_brain.incidents import catalogue, queries
from city_brain.incidents.catalogue import Kind
from city_brain.roles import GRANTED, Right
from city_brain.storage.city import City
from city_brain.ui import session
from city_brain.ui.session import Viewer

CHANNELS = ("hotline", "app", "inspector", "video", "superior")
_KEYS = ("kind", "place", "district", "channel", "text", "lon", "lat")


def show(city: City, viewer: Viewer) -> None:
    """The button with its form, for who may report; in playback there is none."""
    if viewer.playback or viewer.actor.role not in GRANTED[Right.REPORT]:
        return
    text = viewer.text
    with st.popover(text("report.open"), icon=":material/add_call:", key="report-form"), st.form("report", border=False):
        st.selectbox(
            text("report.kind"), [found.code for found in catalogue.categories().values() if found.kind is Kind.MATTER], index=None,
            key="report-kind", format_func=lambda code: _name(viewer, code), placeholder=text("report.kind_hint"),
        )  # fmt: skip
        st.text_input(text("report.place"), key="report-place", max_chars=200)
        left, right = st.columns(2)
        districts = queries.areas(city)
        names = {row.name_: text.pick(row.name_zh, row.name_en) for row in districts.rename(columns={"name": "name_"}).itertuples()}
        left.selectbox(text("report.district"), list(names), index=None, key="report-district", format_func=names.__getitem__)
        right.selectbox(text("report.channel"), CHANNELS, key="report-channel", format_func=lambda channel: text(f"channel.{channel}"))
        st.text_area(text("report.text"), key="report-text", max_chars=1000, height=90)
        left, right = st.columns(2)
        left.text_input(text("report.lon"), key="report-lon", placeholder="114.30000")
        right.text_input(text("report.lat"), key="report-lat", placeholder="30.60000")
        st.form_submit_button(text("report.send"), type="primary", on_click=_send)


def _name(viewer: Viewer, code: str) -> str:
    found = catalogue.category(Kind.MATTER, code)
    return f"{code} {viewer.text.pick(found.name_zh, found.name_en)}" if found else code


def _send() -> None:
    """Take it in; what was written stays in the form when it is refused."""
    said = {name: st.session_state.get(f"report-{name}") or None for name in _KEYS}
    try:
        case_id = casework.report(
            session.city(), {name: value for name, value in said.items() if value is not None}, session.viewer().actor
        )
    except Fault as fault:
        session.say(session.fault_in_words(fault))
        return
    for name in _KEYS:
        st.session_state.pop(f"report-{name}", None)
    session.choose_case(case_id)
    session.say(session.words()("report.done", case=case_id))
