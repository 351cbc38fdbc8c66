"""Whether this session sees a drill instead of the live city. Nothing but the number is kept; the desk knows the rest."""

from __future__ import annotations

import streamlit as st

from city_brain.drills import desk as drills
from city_brain.drills.desk import Desk
from city_brain.drills.playing import Drill
from city_brain.errors import Fault
from city_brain.start import home

_NAME = "drill"
OF_THE_DESK = ("dispatch-", "teams-")
"""What the dispatch desk keeps of one city begins with these."""


def desk() -> Desk:
    """The desk of this process's home."""
    return drills.of(home())


def number() -> str | None:
    """The drill this session has joined, or that its address asks for."""
    if _NAME not in st.session_state and _NAME in st.query_params:
        st.session_state[_NAME] = st.query_params[_NAME]
    kept = st.session_state.get(_NAME)
    return str(kept) if kept else None


def drill() -> Drill | None:
    """The drill this session sees; None where it sees the live city.

    Raises
    ------
    Fault
        The drill is over and the page still shows it: what is clicked there must not reach the live city. `settle` ends that.
    """
    asked = number()
    if asked is None:
        return None
    found = desk().of(asked)
    if found is None:
        raise Fault("drill_over")
    return found


def join(asked: str) -> None:
    """See a drill from now on, on every page."""
    st.session_state[_NAME] = asked
    st.query_params[_NAME] = asked
    _forget()


def leave() -> None:
    """Back to the live city."""
    st.session_state.pop(_NAME, None)
    st.query_params.pop(_NAME, None)
    _forget()


def settle() -> bool:
    """At the beginning of a run: leave a drill that is over. Whether there was one."""
    asked = number()
    if asked is None or desk().of(asked) is not None:
        return False
    leave()
    return True


def file_name(name: str) -> str:
    """The name of a file to take away: one that shows a drill says so."""
    return f"drill-{name}" if number() else name


def keep_in_url() -> None:
    """A change of page empties the address."""
    asked = number()
    if asked and st.query_params.get(_NAME) != asked:
        st.query_params[_NAME] = asked


def _forget() -> None:
    """A case chosen in one city means nothing in the other, and neither does the moment that is played back."""
    for name in ("case", "playback", *(str(key) for key in st.session_state if str(key).startswith(OF_THE_DESK))):
        st.session_state.pop(name, None)
    for name in ("case", "at", "speed"):
        st.query_params.pop(name, None)
