"""The mark of a drill on every page: a striped outline and a bar with the word, in both languages whatever the reader's is."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path

import streamlit as st

from city_brain import clock
from city_brain.drills.playing import Drill
from city_brain.errors import Fault
from city_brain.ui import joined, session

MARK = "▞ 演练 DRILL"


def outline() -> None:
    """The stripes around the whole window, on the wall too; nothing outside a drill."""
    if joined.number():
        st.html(f"<style>{_rules('banner')}</style>")


@cache
def _rules(name: str) -> str:
    return Path(__file__).with_name(f"{name}.css").read_text(encoding="utf-8")


def style_page() -> None:
    """The style rules of the page of drills."""
    st.html(f"<style>{_rules('drills')}</style>")


def show() -> None:
    """The bar with the way out; nothing outside a drill."""
    if not joined.number():
        return
    text = session.words()
    with st.container(key="drill-banner", horizontal=True, vertical_alignment="center"):
        _told()
        st.page_link("drills.py", label=text("drill.to_page"), icon=":material/exercise:")
        st.button(text("drill.leave"), key="drill-leave", type="primary", on_click=leave)


@st.fragment(run_every="2s")
def _told() -> None:
    """What runs and how far; a drill that is over takes the page back to the live city at once."""
    text, drill = session.words(), back_when_over()
    if drill is None:
        return
    name = text.pick(drill.scenario.name.zh, drill.scenario.name.en)
    far = text("drill.far", minute=int(drill.minute(clock.now())), minutes=drill.scenario.minutes)
    quick = text("drill.quick", speed=text.number(drill.scenario.speed, 0)) if drill.scenario.speed > 1 else ""
    st.html(
        f"<div class=cb-drill><b>{MARK}</b><strong>{escape(name)}</strong><span>{escape(far)}</span><span>{escape(quick)}</span>"
        f"<span>{escape(text('drill.copy'))}</span></div>"
    )


def back_when_over() -> Drill | None:
    """The drill this session sees; when it is over the page is drawn anew from the live city."""
    try:
        return joined.drill()
    except Fault:
        st.rerun()


def leave() -> None:
    """Leave, and say that the live city is shown again."""
    joined.leave()
    session.say(session.words()("drill.left"))
