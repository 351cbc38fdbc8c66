"""The bar of the demonstration: which step of ten, one sentence, back, on, end; the arrow keys and Escape do the same."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from city_brain.drills.led import SCENES, chosen, lead
from city_brain.errors import Fault
from city_brain.roles import GRANTED, Right
from city_brain.ui import faults, joined, session

SCENARIO = "guided"
_STEP, _GO, _CASE, _KEYS, _HEARD = "tour-step", "tour-go", "tour-case", "tour-keys", "tour-heard"
_FOLDER = Path(__file__).parent
OF_THE_CASE = ("live_map", "case_file", "dispatch_desk")
"""Pages that open on the case that is followed."""


def offer(may: bool) -> None:
    """The button that begins the demonstration, for those who may begin a drill."""
    text = session.words()
    busy = not may or joined.desk().running is not None
    st.button(text("tour.begin"), key="tour-begin", type="primary", icon=":material/slideshow:", disabled=busy, on_click=_begin)


@faults.told
def _begin() -> None:
    joined.join(joined.desk().begin(SCENARIO, session.viewer().actor).number)
    _to(0)


def show() -> None:
    """The bar, while a demonstration is on; it is over with its drill."""
    if _STEP not in st.session_state:
        _turn()
        return
    if not joined.number():
        _forget()
        return
    _turn()
    text, step = session.words(), int(st.session_state[_STEP])
    st.html(f"<style>{_rules()}</style>")
    with st.container(key="tour", horizontal=True, vertical_alignment="center"):
        count = f"{step + 1}/{len(SCENES)}"
        st.html(f"<div class=cb-tour><b>{count}</b><span>{escape(text(f'tour.{SCENES[step].name}'))}</span></div>")
        st.button(text("tour.back"), key="tour-back", icon=":material/arrow_back:", disabled=step == 0, on_click=_to, args=(step - 1,))
        last = step + 1 == len(SCENES)
        st.button(
            text("tour.on"), key="tour-on", type="primary", icon=":material/arrow_forward:", disabled=last, on_click=_to, args=(step + 1,)
        )
        st.button(text("tour.end"), key="tour-end", icon=":material/close:", on_click=_end)
        _listener()(key=_KEYS, on_change=_pressed, default=None)


@faults.told
def _to(step: int) -> None:
    """Go to a step: its case is brought there, and the next run opens its page."""
    place = min(max(step, 0), len(SCENES) - 1)
    scene, drill = SCENES[place], joined.drill()
    st.session_state[_STEP], st.session_state[_GO] = place, scene.page
    if drill is None:
        return
    case = st.session_state.get(_CASE)
    if case is None and place > 0:
        case = st.session_state[_CASE] = chosen(drill)
    if case is not None:
        lead(drill, case, scene)


def _turn() -> None:
    """Open the page that a callback has asked for: pages cannot be changed in the middle of one."""
    page = st.session_state.pop(_GO, None)
    if page is None:
        return
    if page in OF_THE_CASE:
        session.choose_case(st.session_state.get(_CASE))
    st.switch_page(f"{page}.py")


def _end() -> None:
    """Put everything back: the drill ends, the session sees the live city, and its overview."""
    number = joined.number()
    _forget()
    try:
        actor = session.viewer().actor
        if number and actor.role in GRANTED[Right.DRILL]:
            joined.desk().end(number, actor)
    except Fault:  # its time was up meanwhile: then there is nothing to end
        session.say(session.words()("drill.is_over"))
    joined.leave()
    st.session_state[_GO] = SCENES[0].page


def _forget() -> None:
    for name in (_STEP, _CASE):
        st.session_state.pop(name, None)


def _pressed() -> None:
    told: Any = st.session_state.get(_KEYS)
    if not isinstance(told, dict) or _STEP not in st.session_state or told.get("at") == st.session_state.get(_HEARD):
        return  # one press may be told twice where a page has just been changed
    st.session_state[_HEARD] = told.get("at")
    if told.get("key") == "Escape":
        _end()
    else:
        _to(int(st.session_state[_STEP]) + (1 if told.get("key") == "ArrowRight" else -1))


@cache
def _listener() -> Any:
    return st.components.v1.declare_component("city_brain_tour_keys", path=str(_FOLDER / "keys"))


@cache
def _rules() -> str:
    return (_FOLDER / "tour.css").read_text(encoding="utf-8")
