"""What the address asks of the dispatch desk, and the order of the queue that this session looks at."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from city_brain.dispatch.model import Function

PAGE = "dispatch_desk"
SHOWN = 40
"""Cases of the queue in the table, through which the keys go."""
_ORDER, _LOOKED_AT = "dispatch-order", "dispatch-looked-at"


def case() -> str | None:
    """The case that a team is looked for."""
    kept = st.query_params.get("case") or st.session_state.get("case")
    return str(kept) if kept else None


def elsewhere(chosen: str | None) -> bool:
    """Whether the address names another case than the one that can be shown."""
    return bool(st.query_params.get("case")) and st.query_params.get("case") != chosen


def choose(case_id: str | None) -> None:
    """Look at another case, or at the first of the queue."""
    if case_id:
        st.query_params["case"] = case_id
    else:
        st.query_params.pop("case", None)


def step(by: int) -> None:
    """Go on in the queue as it is shown, as often as it is asked: the last case and the first one are the ends."""
    order = st.session_state.get(_ORDER, [])[:SHOWN]
    if order:
        here = order.index(case()) if case() in order else 0
        choose(order[min(max(here + by, 0), len(order) - 1)])


def after(case_id: str) -> None:
    """Go on to the one after a case in the queue as it is shown; after the last one to the first of the queue."""
    order = st.session_state.get(_ORDER, [])[:SHOWN]
    place = order.index(case_id) + 1 if case_id in order else len(order)
    choose(order[place] if place < len(order) else None)


def went_on(chosen: str | None, *, acted: bool) -> str | None:
    """The case that was looked at before, where another one has taken its place without the reader doing anything; else None.

    It is told until the reader acts: a key that is pressed in that moment was meant for the case before.
    """
    before: tuple[str | None, str | None] | None = st.session_state.get(_LOOKED_AT)
    gone = None if acted or before is None else before[0] if before[0] != chosen else before[1]
    st.session_state[_LOOKED_AT] = (chosen, gone)
    return gone


def function() -> str | None:
    """The function that the queue is narrowed to."""
    asked = st.query_params.get("function", "")
    return asked if asked in list(Function) else None


def narrowed(key: str) -> None:
    """The filter was used."""
    value = st.session_state.get(key)
    if value:
        st.query_params["function"] = str(value)
    else:
        st.query_params.pop("function", None)
    sort_anew()


def kept(best: Sequence[str]) -> tuple[list[str], int]:
    """The queue in the order this session saw it in, so that nothing moves under the pointer; what is new stands at its end.

    Returns
    -------
    (list of str, int)
        Numbers of the cases, and how many are out of their best place.
    """
    known, still = st.session_state.get(_ORDER), set(best)
    if known is None:
        st.session_state[_ORDER] = list(best)
        return list(best), 0
    order = [number for number in known if number in still]
    placed = set(order)
    new = [number for number in best if number not in placed]
    st.session_state[_ORDER] = order + new
    return order + new, len(new)


def sort_anew() -> None:
    """Take the best order there is now."""
    st.session_state.pop(_ORDER, None)
