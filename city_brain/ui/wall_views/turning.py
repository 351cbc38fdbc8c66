"""Which view of the wall is on: the address says it first, then the small clock in the browser that turns and listens to the keys."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from city_brain.text import Text
from city_brain.ui import theme

VIEWS = ("map", "heat", "loop", "response", "day")
SECONDS = 25
"""How long a view stays."""
_KEY, _FOLDER = "wall-turn", Path(__file__).parent


def style() -> None:
    """The style rules of the views."""
    st.html(f"<style>{_rules()}</style>")


@cache
def _rules() -> str:
    return (_FOLDER / "views.css").read_text(encoding="utf-8")


@cache
def _turner() -> Any:
    return st.components.v1.declare_component("city_brain_turner", path=str(_FOLDER / "turner"))


def view() -> str:
    """The view that is on."""
    told = _told().get("view") or st.query_params.get("view")
    return told if told in VIEWS else VIEWS[0]


def held() -> bool:
    """Whether the wall stays with its view until somebody turns it."""
    told = _told()
    return bool(told["held"]) if "held" in told else st.query_params.get("hold") == "1"


def clock(text: Text) -> None:
    """The clock with its buttons; what it has turned to stands in the address from then on."""
    colours = theme.palette()
    _in_address()
    with st.container(key="wall-turner"):
        _turner()(
            view=view(), views=list(VIEWS), names=[text(f"wall.view.{name}") for name in VIEWS], held=held(), seconds=SECONDS,
            words={name: text(f"wall.turn.{name}") for name in ("hold", "go", "back", "on")},
            colours={"text": colours.text, "muted": colours.muted, "accent": colours.accent, "raised": colours.raised}, key=_KEY,
        )  # fmt: skip


def _told() -> dict[str, Any]:
    told = st.session_state.get(_KEY)
    return told if isinstance(told, dict) else {}


def _in_address() -> None:
    """Written only where it changes: every writing is a message to the browser."""
    wanted = {"view": view(), "hold": "1" if held() else ""}
    for name, value in wanted.items():
        if value and st.query_params.get(name) != value:
            st.query_params[name] = value
        elif not value and name in st.query_params:
            del st.query_params[name]
