"""The moves that are possible now for this reader, and nothing else: all from the lifecycle table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import streamlit as st

from city_brain.cases import actions, lifecycle, timeline
from city_brain.cases.lifecycle import DEPARTMENT, MOVES, PLACE, PLACES, UNFINISHED, Move, Step
from city_brain.cases.standing import Standing, unmet
from city_brain.errors import Fault, Stale
from city_brain.roles import Actor, Role
from city_brain.storage.city import City
from city_brain.ui import case_story, faults, move_forms, session
from city_brain.ui.labels import Labels, escaped
from city_brain.ui.move_forms import Asked
from city_brain.ui.session import Viewer

MENUS = ("back", "requests", "more")
"""What stands beside the moves that bring a case on: ways back and ends, requests, and what every case allows."""
_POSITION = {place.step: number for number, place in enumerate(PLACES)}
Acts = Sequence[Mapping[str, Any]]


def possible(standing: Standing, actor: Actor, moment: datetime) -> tuple[Move, ...]:
    """The moves somebody may take with a case as it stands: those of their role whose needs are met, a department's on its own cases."""
    if actor.role is Role.DEPARTMENT and actor.department != standing.whose:
        return ()
    return lifecycle.possible(standing.step, unmet(standing, standing.closed_at or moment), actor.role)


def place_of(move: Move) -> str:
    """Where a move stands: in the line, or in one of the `MENUS`."""
    if move.asks:
        return "requests"
    if move.back:
        return "back"
    return "more" if move.sources == UNFINISHED else "line"


def _in_line(moves: Sequence[Move]) -> list[Move]:
    """The moves of the line, first the one that brings the case furthest on its way with everybody taking part."""

    def order(move: Move) -> tuple[bool, bool, int]:
        return move.target is None and move.answers is None, move.self_ends, -_POSITION[move.target] if move.target else 0

    return sorted((move for move in moves if place_of(move) == "line"), key=order)


def primary(viewer: Viewer, labels: Labels, found: dict[str, Any]) -> None:
    """The one forward move that asks for nothing, as a button; a move with a form is on the case file."""
    moves = _in_line(possible(Standing.of(found), viewer.actor, viewer.look.moment))
    unanswered = found["unanswered"] == found["step"]
    simple = next((move for move in moves if move.forward and not lifecycle.required(move, unanswered=unanswered)), None)
    if simple and not viewer.playback:
        st.button(
            viewer.text(f"move.{simple.name}"), key=f"card-{found['case_id']}-{simple.name}", type="primary",
            on_click=_take, args=(found["case_id"], simple.name, {}, found["sequence"]),
        )  # fmt: skip


def show(city: City, viewer: Viewer, labels: Labels, found: dict[str, Any], acts: Acts) -> None:
    """What waits for an answer, the moves of the case for this reader, and the form of the one that was chosen."""
    text = viewer.text
    with st.container(key="panel-moves"):
        _waiting(viewer, labels, found, acts)
        if viewer.playback:
            st.markdown(f":gray[{text('moves.playback')}]")
            return
        moves = possible(Standing.of(found), viewer.actor, viewer.look.moment)
        if not moves:
            st.markdown(f":gray[{_whose(viewer, labels, found)}]")
            return
        opened = next((move for move in moves if open_form() == (found["case_id"], move.name)), None)
        with st.container(horizontal=True, vertical_alignment="center", key="moves"):
            st.markdown(f":gray[{text('moves.title')}]")
            line = _in_line(moves)
            for place, move in enumerate(line):
                _button(viewer, found, move, primary=place == 0 and opened is None)
            for menu in MENUS:
                _menu(viewer, found, menu, [move for move in moves if place_of(move) == menu])
            if not opened:
                st.markdown(f":small[:gray[{_beside(viewer, labels, found, line)}]]")
        if opened:
            _form(Asked(city, viewer, labels, opened, f"case-{found['case_id']}-{opened.name}", found, acts))


def _beside(viewer: Viewer, labels: Labels, found: dict[str, Any], line: Sequence[Move]) -> str:
    """Where the first move of the line leads; without one, who brings the case on."""
    if not line:
        return _whose(viewer, labels, found)
    return viewer.text("moves.then", step=labels.step(line[0].leads(Step(found["step"])))) if line[0].target else ""


def _whose(viewer: Viewer, labels: Labels, found: dict[str, Any]) -> str:
    """Who brings the case on, when it is not this reader."""
    text, step = viewer.text, Step(found["step"])
    if viewer.actor.role is Role.DEPARTMENT and PLACE[step].holder == DEPARTMENT and found["holder"] != viewer.actor.department:
        return text("moves.not_yours", holder=escaped(labels.holder(found["holder"])))
    moves = [move for move in lifecycle.moves_from(step) if move.role is not Role.SYSTEM and place_of(move) == "line" and not move.answers]
    roles = sorted({text(f"role.{move.role}") for move in moves or lifecycle.moves_from(step)})
    return text("moves.other_role", roles=text("list.or").join(roles)) if roles else text("moves.none")


def _waiting(viewer: Viewer, labels: Labels, found: dict[str, Any], acts: Acts) -> None:
    """What has been asked, disputed or sent back and waits for its answer: who, what, why."""
    text = viewer.text
    if found["unanswered"] == found["step"]:
        act = timeline.last_act(acts, *(move.name for move in MOVES if move.kinds))
        told = _told(viewer, labels, act)
        st.markdown(f":orange-badge[↩ {text('moves.sent_back')}] {told} :small[:gray[{text('moves.answer_with_next')}]]")
    if found["step"] == Step.DISPUTE:
        act = timeline.last_act(acts, "dispute")
        instead = act["fields"].get("instead") if act else None
        named = text("moves.instead", department=escaped(labels.of("department", instead))) if instead else text("moves.no_instead")
        told = _told(viewer, labels, act, named)
        st.markdown(f":orange-badge[⇄ {text('step.dispute')}] {told}")
    if found["asked"]:
        act = timeline.last_act(acts, *(move.name for move in MOVES if move.asks == found["asked"]))
        until = text("moves.until", day=text.moment(found["asked_until"], "day")) if found["asked_until"] else ""
        name = text(f"asked.{found['asked']}")
        st.markdown(f":orange-badge[? {name}] {_told(viewer, labels, act, until)}")


def _told(viewer: Viewer, labels: Labels, act: dict[str, Any] | None, what: str = "") -> str:
    """Who acted when, the kind, and the reason in their words."""
    if act is None:
        return what
    kind = labels.choice(act["fields"]["kind"]) if "kind" in act["fields"] else ""
    said = f"“{escaped(act['reason'])}”" if act["reason"] else ""
    who = f":gray[{escaped(labels.actor(act['actor']))} {viewer.text.moment(act['happened_at'])}]"
    return " · ".join(part for part in (kind and f"**{kind}**", what, said, who) if part)


def _button(viewer: Viewer, found: dict[str, Any], move: Move, *, primary: bool) -> None:
    fields = Asked(session.city(), viewer, Labels(session.city(), viewer.text), move, "", found).fields
    st.button(
        viewer.text(f"move.{move.name}") + ("…" if fields else ""), key=f"case-{found['case_id']}-{move.name}",
        type="primary" if primary else "secondary", on_click=_chosen, args=(found["case_id"], move.name, bool(fields), found["sequence"]),
    )  # fmt: skip


def _menu(viewer: Viewer, found: dict[str, Any], menu: str, moves: Sequence[Move]) -> None:
    """A menu of moves; a single one stands for itself."""
    if len(moves) == 1:
        _button(viewer, found, moves[0], primary=False)
    elif moves:
        key = f"case-{found['case_id']}-{menu}"
        st.menu_button(
            viewer.text(f"moves.{menu}"), [move.name for move in moves], key=key, on_click=_picked, args=(found["case_id"], key),
            format_func=lambda name: viewer.text(f"move.{name}") + "…",
        )  # fmt: skip


def _picked(case_id: str, key: str) -> None:
    _chosen(case_id, str(st.session_state[key]), True, 0)


def _chosen(case_id: str, move: str, has_form: bool, seen: int) -> None:
    """A move that asks for nothing is taken; one with a form opens it, or closes it again."""
    if has_form:
        choose(case_id, move)
    else:
        _take(case_id, move, {}, seen)


def choose(case_id: str, move: str) -> None:
    """Open the form of a move, or close it again."""
    if open_form() == (case_id, move):
        st.session_state.pop("move-open")
    else:
        st.session_state["move-open"] = (case_id, move)


def open_form() -> tuple[str, str] | None:
    """The case and the move whose form is open in this session."""
    kept: tuple[str, str] | None = st.session_state.get("move-open")
    return kept


def form(city: City, viewer: Viewer, labels: Labels, found: dict[str, Any], move: Move) -> None:
    """The form of one move, for pages other than the case file."""
    _form(Asked(city, viewer, labels, move, f"case-{found['case_id']}-{move.name}", found))


def _form(asked: Asked) -> None:
    """The form of a move: what went wrong, its fields, what it will do."""
    text, key, found = asked.viewer.text, asked.key, asked.found or {}
    with st.form(f"{key}-form", enter_to_submit=False):
        required = f" :small[:gray[{text('moves.required')}]]" if asked.required else ""
        st.markdown(f"**{text(f'move.{asked.move.name}')}**{required}")
        fault = st.session_state.get(f"{key}-fault")
        if fault:
            st.error(fault)
        move_forms.show(asked, asked.fields)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.form_submit_button(
                text(f"move.{asked.move.name}"), key=f"{key}-do", type="primary", on_click=_submitted,
                args=(found["case_id"], asked.move.name, found["sequence"], asked.fields),
            )  # fmt: skip
            st.form_submit_button(text("moves.cancel"), key=f"{key}-cancel", on_click=_closed, args=(key,))
            st.markdown(f":small[:gray[{_foreseen(asked)}]]")


def _foreseen(asked: Asked) -> str:
    """What the move will do to step and deadline, told before it is taken."""
    text, labels, found = asked.viewer.text, asked.labels, asked.found or {}
    supposed = {name: _supposed(asked, name) for name in asked.required}
    try:
        after = actions.foresee(asked.city, found["case_id"], asked.move.name, asked.viewer.actor, supposed)
    except Fault:
        return text("moves.then", step=labels.step(asked.move.leads(Step(found["step"]))))
    parts = [text("moves.then", step=labels.step(after.step))] if after.step != found["step"] else []
    if after.holder and after.holder != found["holder"] and not {"department", "instead"} & set(asked.fields):
        parts.append(text("moves.with", holder=escaped(labels.holder(after.holder))))
    return " · ".join(part for part in (*parts, case_story.deadline(asked.viewer, found["due_at"], after.due_at)) if part)


def _supposed(asked: Asked, name: str) -> str:
    """A value that could stand in a field, to see where the move leads."""
    choices = lifecycle.choices(asked.move, name)
    if choices:
        return choices[0]
    if name == "until":
        return (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011 - any day ahead will do
    if name in ("department", "instead"):
        return next(option for option in asked.labels.departments() if option != (asked.found or {}).get("department"))
    return "—"


def _submitted(case_id: str, move: str, seen: int, fields: tuple[str, ...]) -> None:
    """Take the move with what was filled in. A fault is told in the form, which keeps everything."""
    city, viewer, key = session.city(), session.viewer(), f"case-{case_id}-{move}"
    try:
        filled = move_forms.values(key, fields)
        if "pictures" in fields and st.session_state.get(f"{key}-pictures"):
            actions.foresee(city, case_id, move, viewer.actor, filled)  # what is missing is said before pictures are worked on
            filled |= move_forms.kept_pictures(key, city, viewer)
        actions.advance(city, case_id, move, viewer.actor, filled, seen=seen)
    except Fault as fault:
        st.session_state[f"{key}-fault"] = viewer.text.fault(fault)
        if isinstance(fault, Stale):  # the form may be gone with what the case was
            session.say(viewer.text.fault(fault))
        return
    _closed(key)
    session.say(viewer.text("moves.done", move=viewer.text(f"move.{move}"), case=case_id))


def _closed(key: str) -> None:
    for name in ("move-open", f"{key}-fault"):
        st.session_state.pop(name, None)


@faults.told
def _take(case_id: str, move: str, fields: dict[str, str | None], seen: int) -> None:
    actions.advance(session.city(), case_id, move, session.viewer().actor, fields, seen=seen)
    session.say(session.words()("moves.done", move=session.words()(f"move.{move}"), case=case_id))
