"""Entering hazards: one by a form, many from a file; and the whole register to take away."""

from __future__ import annotations

from functools import partial

import streamlit as st

from city_brain import register
from city_brain.hazards import actions
from city_brain.hazards.model import HazardKind, RiskClass
from city_brain.roles import GRANTED, Right
from city_brain.storage.city import City
from city_brain.ui import faults, joined, lists, session
from city_brain.ui.hazards import asked
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer

TEXTS = ("name", "address", "person", "phone", "notes")


def show(city: City, viewer: Viewer, labels: Labels) -> None:
    """The two ways in, for who may take them."""
    if viewer.playback or viewer.actor.role not in GRANTED[Right.REGISTER]:
        return
    text = viewer.text
    with st.popover(text("hazard.enter"), icon=":material/add_location_alt:", key="risk-enter"), st.form("risk-entry", border=False):
        _form(viewer, labels)
        st.form_submit_button(text("hazard.enter_send"), type="primary", on_click=_send)
    with st.popover(text("hazard.import"), icon=":material/upload_file:", key="risk-import"):
        _upload(viewer)


def _form(viewer: Viewer, labels: Labels) -> None:
    text = viewer.text
    left, right = st.columns(2)
    left.text_input(text("field.hazard.name"), key="risk-entry-name", max_chars=120)
    right.selectbox(
        text("field.hazard.kind"), list(HazardKind), index=None, key="risk-entry-kind", placeholder=text("moves.choose"),
        format_func=lambda kind: text(f"hazard.kind.{kind}"),
    )  # fmt: skip
    left.selectbox(
        text("field.hazard.risk_class"), list(RiskClass), index=2, key="risk-entry-risk_class",
        format_func=lambda name: text(f"hazard.class.{name}"),
    )  # fmt: skip
    right.selectbox(
        text("field.hazard.department"), labels.departments(), index=None, key="risk-entry-department",
        format_func=lambda name: labels.of("department", name), placeholder=text("moves.choose"),
    )  # fmt: skip
    left.number_input(text("field.hazard.lon"), value=None, format="%.6f", key="risk-entry-lon", placeholder="114.305000")
    right.number_input(text("field.hazard.lat"), value=None, format="%.6f", key="risk-entry-lat", placeholder="30.593000")
    for place, name in enumerate(TEXTS[1:]):
        (left if place % 2 == 0 else right).text_input(text(f"field.hazard.{name}"), key=f"risk-entry-{name}", max_chars=300)
    st.markdown(f":small[:gray[{text('hazard.enter_note')}]]")


@faults.told
def _send() -> None:
    """Enter it; what was written stays in the form when it is refused."""
    names = (*TEXTS, "kind", "risk_class", "department", "lon", "lat")
    said = {name: st.session_state.get(f"risk-entry-{name}") or None for name in names}
    number = actions.enter(session.city(), said, session.viewer().actor)
    for name in names:
        st.session_state.pop(f"risk-entry-{name}", None)
    asked.change(hazard=number, view="register")
    session.say(session.words()("hazard.done.entered", hazard=number))


def _upload(viewer: Viewer) -> None:
    def told(taken: lists.Taken) -> str:
        return viewer.text("hazard.taken", **{name: taken[name] for name in ("read", "entered", "changed", "same", "refused")})

    lists.form(viewer, "risk", viewer.text("hazard.import_note"), told, _take, types=("csv", "geojson", "json"))


def _take(content: str, datum: str, file: str) -> lists.Taken:
    return register.take_in(session.city(), content, session.viewer().actor, datum=datum, file=file)


def downloads(city: City, viewer: Viewer) -> None:
    """The register as files, persons masked, made when somebody asks for them."""
    for form, mime in (("csv", "text/csv"), ("geojson", "application/geo+json")):
        file = joined.file_name(f"city-brain-hazards-{viewer.look.moment:%Y%m%d-%H%M}.{form}")
        st.download_button(
            form.upper() if form == "csv" else "GeoJSON", partial(_written, city, viewer, form), file, mime, key=f"risk-{form}",
            on_click="ignore", icon=":material/download:", help=viewer.text("hazard.download"),
        )  # fmt: skip


def _written(city: City, viewer: Viewer, form: str) -> bytes:
    text: str = register.written(city, viewer.actor, form=form, datum="wgs84")["text"]
    return text.encode("utf-8-sig" if form == "csv" else "utf-8")
