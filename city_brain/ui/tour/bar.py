"""The bar of the demonstration: which step of ten, one sentence, back, on, end; the arrow keys and Escape do the same."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from city_brain.cases import queries
from city_brain.drills.playing import PREFIX
from city_brain.errors import Fault
from city_brain.roles import GRANTED, Right
from city_brain.ui import faults, joined, session

STEPS = (
    "overview", "live_map", "case_board", "case_file", "alert_desk", "supervision", "risk_grid", "risk_register", "daily_report", "drills",
)  # fmt: skip
"""The page of each step; what is said of it is the text ``tour.<page>``."""
SCENARIO = "guided"
MOST_PRESSING = 50
"""Among so many the demonstration looks for a case of its own drill to open."""
_STEP, _GO, _KEYS, _HEARD = "tour-step", "tour-go", "tour-keys", "tour-heard"
_FOLDER = Path(__file__).parent


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
        st.session_state.pop(_STEP, None)
        return
    _turn()
    text, step = session.words(), int(st.session_state[_STEP])
    st.html(f"<style>{_rules()}</style>")
    with st.container(key="tour", horizontal=True, vertical_alignment="center"):
        count = f"{step + 1}/{len(STEPS)}"
        st.html(f"<div class=cb-tour><b>{count}</b><span>{escape(text(f'tour.{STEPS[step]}'))}</span></div>")
        st.button(text("tour.back"), key="tour-back", icon=":material/arrow_back:", disabled=step == 0, on_click=_to, args=(step - 1,))
        last = step + 1 == len(STEPS)
        st.button(
            text("tour.on"), key="tour-on", type="primary", icon=":material/arrow_forward:", disabled=last, on_click=_to, args=(step + 1,)
        )
        st.button(text("tour.end"), key="tour-end", icon=":material/close:", on_click=_end)
        _listener()(key=_KEYS, on_change=_pressed, default=None)


def _to(step: int) -> None:
    """Go to a step: the next run opens its page."""
    st.session_state[_STEP] = min(max(step, 0), len(STEPS) - 1)
    st.session_state[_GO] = STEPS[st.session_state[_STEP]]


def _turn() -> None:
    """Open the page that a callback has asked for: pages cannot be changed in the middle of one."""
    page = st.session_state.pop(_GO, None)
    if page is None:
        return
    if page == "case_file":
        cases = queries.pressing(session.city(), session.viewer().look, MOST_PRESSING)["case_id"].tolist()
        session.choose_case(next((case for case in cases if case.startswith(PREFIX)), cases[0] if cases else None))
    st.switch_page(f"{page}.py")


def _end() -> None:
    """Put everything back: the drill ends, the session sees the live city, and its overview."""
    number = joined.number()
    st.session_state.pop(_STEP, None)
    try:
        actor = session.viewer().actor
        if number and actor.role in GRANTED[Right.DRILL]:
            joined.desk().end(number, actor)
    except Fault:  # its time was up meanwhile: then there is nothing to end
        session.say(session.words()("drill.is_over"))
    joined.leave()
    st.session_state[_GO] = STEPS[0]


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
