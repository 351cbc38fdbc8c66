"""What the address asks of the risk register: the view, the filter, the hazard. The only place that knows these names.

Whatever stands in the address that cannot be is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import streamlit as st

from city_brain.hazards.model import Condition, HazardKind, RiskClass, State
from city_brain.hazards.queries import Wanted
from city_brain.ui.supervision import linked

PAGE = "risk_register"
VIEWS = ("register", "calendar", "proposals")
ALLOWED: dict[str, tuple[str, Sequence[str] | None]] = {
    "class": ("classes", tuple(RiskClass)), "kind": ("kinds", tuple(HazardKind)), "owner": ("departments", None),
    "district": ("districts", None), "condition": ("conditions", tuple(Condition)), "state": ("states", tuple(State)),
}  # fmt: skip
"""Name in the address → field of `Wanted`, and its values where they are a closed list."""
FILTERS = (*ALLOWED, "day", "q", "closed")
_STATE = "risk-asked"


def restore() -> None:
    """Ask again what was asked last, where the address says nothing: after a case file or another page."""
    names = ("view", "hazard", *FILTERS)
    asked = {name: st.query_params.get_all(name) for name in names if name in st.query_params}
    if asked:
        st.session_state[_STATE] = asked
    else:
        st.query_params.update(st.session_state.get(_STATE, {}))


def view() -> str:
    """The view that is asked for."""
    asked = st.query_params.get("view", "")
    return asked if asked in VIEWS else VIEWS[0]


def hazard() -> str | None:
    """The hazard that is asked for."""
    return (st.query_params.get("hazard") or "")[:80] or None


def chosen(name: str) -> list[str]:
    """The values of a filter."""
    allowed = ALLOWED[name][1]
    said = [value[:200] for value in st.query_params.get_all(name)[:60]]
    return [value for value in said if value and (allowed is None or value in allowed)]


def words() -> str:
    """The words that are looked for."""
    return (st.query_params.get("q") or "")[:100]


def day() -> date | None:
    """The day of the next inspection that is asked for."""
    try:
        return date.fromisoformat(st.query_params.get("day", ""))
    except ValueError:
        return None


def wanted() -> Wanted:
    """The filter."""
    lists: dict[str, Any] = {field: tuple(chosen(name)) for name, (field, _) in ALLOWED.items()}
    return Wanted(**lists, day=day(), words=words(), closed=st.query_params.get("closed") == "1")


def narrows() -> bool:
    """Whether anything is filtered."""
    return any(name in st.query_params for name in FILTERS)


def change(**given: str | Sequence[str] | None) -> None:
    """Change what the address asks; nothing takes a name out."""
    for name, value in given.items():
        if value:
            st.query_params[name] = value if isinstance(value, str) else list(value)
        else:
            st.query_params.pop(name, None)
    st.session_state.pop(_STATE, None)
    restore()


def changed(name: str, key: str) -> Callable[[], None]:
    """The callback of a filter: what it holds goes into the address."""
    return lambda: change(**{name: st.session_state[key]})


def clear() -> None:
    """Take every filter out."""
    change(**dict.fromkeys(FILTERS))


def here(**query: str | Sequence[str]) -> str:
    """The address of this page with a question."""
    return linked.to(PAGE, query)


def to_hazard(hazard_id: str) -> str:
    """The address of a hazard; the filter is taken along."""
    kept = {name: st.query_params.get_all(name) for name in FILTERS if name in st.query_params}
    return linked.to(PAGE, {**kept, "hazard": hazard_id})
