"""What the address asks of the page of risk. The only place that knows these names; whatever cannot be is passed over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from city_brain.risk.model import CLASSES, HORIZONS
from city_brain.risk.queries import ALL
from city_brain.ui.supervision import linked

PAGE = "risk_grid"
VIEWS = ("map", "record")
SHOWN = ("forecast", "observed", "difference")
WINDOWS = (1, 7, 90)
"""Days that observed cases are counted over."""
AREAS = ("cell", "street", "district")
NAMES = ("view", "kind", "days", "show", "window", "by", "class", "cell")
_STATE, _CLICKED, _FOCUS = "heat-asked", "heat-clicked", "heat-focus"
_CELL = re.compile(r"(-?\d{1,6})_(-?\d{1,6})")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is shown: which cases, for how many days, forecast or observed or the difference, over which days, rolled up to what."""

    view: str
    kind: str
    horizon_days: int
    shown: str
    window_days: int
    by: str
    only: str | None
    """A class of risk that the list is narrowed to."""
    cell: tuple[int, int] | None


def restore() -> None:
    """Ask again what was asked last, where the address says nothing: after a case file or another page."""
    asked = {name: st.query_params[name] for name in NAMES if name in st.query_params}
    if asked:
        st.session_state[_STATE] = asked
    else:
        st.query_params.update(st.session_state.get(_STATE, {}))


def read(kinds: Sequence[str]) -> Asked:
    """What the address says, of the kinds there are."""
    said = st.query_params
    kind, only, found = said.get("kind", ALL), said.get("class"), _CELL.fullmatch(said.get("cell", ""))
    return Asked(
        _one("view", VIEWS), kind if kind in kinds else ALL, _number("days", HORIZONS, HORIZONS[-1]), _one("show", SHOWN),
        _number("window", WINDOWS, WINDOWS[1]), _one("by", AREAS), only if only in list(CLASSES) else None,
        (int(found[1]), int(found[2])) if found else None,
    )  # fmt: skip


def change(**names: str | None) -> None:
    """Ask for something else; None takes a name out of the address."""
    for name, value in names.items():
        if value:
            st.query_params[name] = value
        else:
            st.query_params.pop(name, None)
    st.session_state[_STATE] = {name: st.query_params[name] for name in NAMES if name in st.query_params}


def changed(name: str, key: str) -> None:
    """A widget was used: what it says now is asked for."""
    value = st.session_state.get(key)
    change(**{name: str(value) if value else None})


def choose(cell: tuple[int, int] | None) -> None:
    """Ask for a cell."""
    change(cell=f"{cell[0]}_{cell[1]}" if cell else None)


def clicked(cell: tuple[int, int] | None) -> None:
    """The map was clicked. The cell that it had chosen already, clicked once more, comes as none: it is asked for again if it was left."""
    again = cell is None and "cell" not in st.query_params
    cell = st.session_state.get(_CLICKED) if again else cell
    if cell:
        st.session_state[_CLICKED] = cell
        choose(cell)


def focus(cell: tuple[int, int] | None) -> tuple[int, int] | None:
    """The cell that the map goes to: the last one that was chosen elsewhere. What is clicked on the map moves nothing."""
    if cell and cell != st.session_state.get(_CLICKED):
        st.session_state[_FOCUS] = cell
    found: tuple[int, int] | None = st.session_state.get(_FOCUS)
    return found


def here(**names: str | None) -> str:
    """The address of this page with some of the question changed."""
    said = {name: st.query_params[name] for name in NAMES if name in st.query_params}
    return linked.to(PAGE, {name: value for name, value in (said | names).items() if value})


def to_cell(cell: tuple[int, int]) -> str:
    """The address of a cell, with all else as it is."""
    return here(cell=f"{cell[0]}_{cell[1]}")


def _one(name: str, allowed: Sequence[str]) -> str:
    asked = st.query_params.get(name, "")
    return asked if asked in allowed else allowed[0]


def _number(name: str, allowed: Sequence[int], usual: int) -> int:
    asked = st.query_params.get(name, "")
    return int(asked) if asked in map(str, allowed) else usual
