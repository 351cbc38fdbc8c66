"""The moves that are possible now for this role, and nothing else: all from the lifecycle table."""

from __future__ import annotations

from typing import Any

import streamlit as st

from city_brain.cases import actions, lifecycle
from city_brain.cases.lifecycle import Move, Step
from city_brain.incidents import queries
from city_brain.storage.city import City
from city_brain.ui import faults, session
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer


def primary(viewer: Viewer, labels: Labels, found: dict[str, Any]) -> None:
    """The one forward move that asks for nothing, as a button; a move with a form is on the case file."""
    moves = lifecycle.moves_from(Step(found["step"]), viewer.actor.role)
    simple = next((move for move in moves if not move.requires), None)
    if simple and not viewer.playback:
        _button(viewer, found, simple, primary=True)


def show(city: City, viewer: Viewer, labels: Labels, found: dict[str, Any]) -> None:
    """All moves of the case for this role; those that ask for fields open a form."""
    text = viewer.text
    with st.container(key="panel-moves"):
        if viewer.playback:
            st.markdown(f":gray[{text('moves.playback')}]")
            return
        moves = lifecycle.moves_from(Step(found["step"]), viewer.actor.role)
        if not moves:
            roles = sorted({text(f"role.{move.role}") for move in lifecycle.moves_from(Step(found["step"]))})
            st.markdown(f":gray[{text('moves.other_role', roles=text('list.or').join(roles)) if roles else text('moves.none')}]")
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":gray[{text('moves.title')}]")
            for place, move in enumerate(sorted(moves, key=lambda move: move.back)):
                if move.requires:
                    _form(city, viewer, labels, found, move)
                else:
                    _button(viewer, found, move, primary=place == 0)
            forward = next((move for move in moves if not move.back), None)
            if forward:
                st.markdown(f":small[:gray[{text('moves.then', step=labels.step(forward.target))}]]")


def _button(viewer: Viewer, found: dict[str, Any], move: Move, *, primary: bool) -> None:
    st.button(
        viewer.text(f"move.{move.name}"), key=f"case-{found['case_id']}-{move.name}", type="primary" if primary else "secondary",
        on_click=_take, args=(found["case_id"], move.name, {}, found["sequence"]),
    )  # fmt: skip


def _form(city: City, viewer: Viewer, labels: Labels, found: dict[str, Any], move: Move) -> None:
    text, key = viewer.text, f"case-{found['case_id']}-{move.name}"
    with st.popover(text(f"move.{move.name}"), type="secondary" if move.back else "primary"), st.form(f"{key}-form", border=False):
        for field in move.requires:
            if field == "department":
                options = sorted(queries.names(city)["department"])
                index = options.index(found["department"]) if found["department"] in options else None
                st.selectbox(
                    text("field.department"),
                    options,
                    index=index,
                    key=f"{key}-department",
                    format_func=lambda name: labels.of("department", name),
                )
            else:
                st.text_area(text(f"field.{field}"), key=f"{key}-{field}", max_chars=1000, height=90)
        st.form_submit_button(
            text(f"move.{move.name}"),
            type="primary",
            on_click=_submitted,
            args=(found["case_id"], move.name, found["sequence"], move.requires),
        )


def _submitted(case_id: str, move: str, seen: int, requires: tuple[str, ...]) -> None:
    _take(case_id, move, {field: st.session_state.get(f"case-{case_id}-{move}-{field}") for field in requires}, seen)


@faults.told
def _take(case_id: str, move: str, fields: dict[str, str | None], seen: int) -> None:
    actions.advance(session.city(), case_id, move, session.viewer().actor, fields, seen=seen)
    session.say(session.words()("moves.done", move=session.words()(f"move.{move}"), case=case_id))
