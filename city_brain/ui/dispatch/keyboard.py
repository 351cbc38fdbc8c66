"""The keys of the desk: J and K go through the queue, D sends, E escalates, / jumps to the filter. None of them acts while somebody types.

Shortcuts of the buttons alone would not do: several presses of J or K in a second would count as one, and the shortcut of a button can
still be that of the case shown before. A small listener in the browser (`keys`) goes through the rows at once, then says which case is
meant, and presses the very button of that case for D and E.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from city_brain.ui.dispatch import asked, since
from city_brain.ui.session import Viewer

SEND, ESCALATE, NEXT, PREVIOUS = "D", "E", "J", "K"
_KEY, _HEARD = "dispatch-listening", "dispatch-heard"


def bar(viewer: Viewer, *, may: bool, move: str | None) -> None:
    """The buttons for the next case and the one before, and which other keys there are.

    Parameters
    ----------
    may : bool
        Whether the reader may send teams.
    move : str, optional
        The move that the reader escalates with.
    """
    text = viewer.text
    told = [f"{SEND} {text('dispatch.key.send')}"] if may else []
    told += [f"{ESCALATE} {text(f'move.{move}')}"] if move else []
    with st.container(key="dispatch-keys", horizontal=True, vertical_alignment="center"):
        st.button(f"{NEXT} {text('dispatch.key.next')}", key="dispatch-next", type="tertiary", on_click=_step, args=(1,))
        st.button(f"{PREVIOUS} {text('dispatch.key.previous')}", key="dispatch-previous", type="tertiary", on_click=_step, args=(-1,))
        st.markdown(f":small[:gray[{' · '.join([*told, text('dispatch.key.filter')])}]]")


def listen(chosen: str | None, *, form: bool, sends: bool) -> None:
    """The listener in the browser: `chosen` is scrolled into view where it is another than before, a `form` gets the cursor, D `sends`."""
    with st.container(key="dispatch-listener"):
        _listener()(chosen=chosen, form=form, sends=sends, heard=st.session_state.get(_HEARD), key=_KEY, on_change=_meant, default=None)


def _step(by: int) -> None:
    since.acted()
    asked.step(by)


def _meant() -> None:
    """The keys have come to rest on a case."""
    told: Any = st.session_state.get(_KEY)
    if isinstance(told, dict) and told.get("at") != st.session_state.get(_HEARD):
        st.session_state[_HEARD] = told.get("at")
        since.acted()
        asked.choose(str(told.get("case")))


@cache
def _listener() -> Any:
    return st.components.v1.declare_component("city_brain_dispatch_keys", path=str(Path(__file__).with_name("keys")))
