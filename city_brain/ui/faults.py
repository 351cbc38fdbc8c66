"""How faults are shown: in one way, in the reader's words, and never with a trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import streamlit as st

from city_brain.errors import Fault
from city_brain.ui import session


@contextmanager
def shown() -> Iterator[None]:
    """Show a fault where it happened; the rest of the page goes on."""
    try:
        yield
    except Fault as fault:
        st.error(session.fault_in_words(fault))


def told(act: Callable[..., Any]) -> Callable[..., None]:
    """A callback that acts: a fault is kept and told in the next run, which redraws what is now."""

    @wraps(act)
    def callback(*args: Any, **kwargs: Any) -> None:
        try:
            act(*args, **kwargs)
        except Fault as fault:
            session.say(session.fault_in_words(fault))

    return callback
