"""The filters of map, queue and board. They live in the URL, so that a link shows what its sender saw."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from city_brain.cases import lifecycle, queries
from city_brain.cases.lifecycle import UNFINISHED, Step
from city_brain.cases.model import OPEN_MARKS, Look, Mine, Wanted
from city_brain.roles import Role
from city_brain.storage.city import City
from city_brain.text import Text
from city_brain.ui import cached
from city_brain.ui.labels import Labels, shape
from city_brain.ui.session import Viewer

LISTS = {"kind": "kinds", "department": "departments", "district": "districts", "step": "steps", "mark": "marks"}
"""Name in the URL → field of `Wanted`."""
DAYS = ("today", "1", "7", "30", "90")
"""When a case was reported: since midnight in the city, or in so many times 24 hours."""
SPANS = {"closed": "today", "judged": "7"}
"""Narrower questions that only figures ask: closed today; due or closed in the last 7 days."""
NAMES = (*LISTS, "days", "q", "done", *SPANS)
VIEWS = {"mine": ["mine"], "open": ["0"], "done": ["1"], "all": ["any"]}
"""Which cases the board shows → how the URL says so."""
_STATE = "filters"


def wanted(viewer: Viewer) -> Wanted:
    """The filter that the URL (or, after a change of page, the session) holds."""
    kept = _kept()
    lists: dict[str, Any] = {field: tuple(kept.get(name, ())) for name, field in LISTS.items()}
    return Wanted(**lists, since=_since(viewer, kept.get("days")), words=" ".join(kept.get("q", ())))


def _since(viewer: Viewer, span: list[str] | None) -> datetime | None:
    if not span:
        return None
    return cached.today(viewer) if span[0] == "today" else viewer.look.moment - timedelta(days=int(span[0]))


def spans(viewer: Viewer) -> dict[str, datetime | None]:
    """Since when cases were closed, or were due or closed, when that is asked: the arguments of the board's queries."""
    return {f"{name}_since": _since(viewer, _kept().get(name)) for name in SPANS}


def _kept() -> dict[str, list[str]]:
    """Filters as name → values. What the URL says goes first; only known names and plain values are taken."""
    asked = {name: st.query_params.get_all(name) for name in NAMES if name in st.query_params}
    if asked:
        st.session_state[_STATE] = _clean(asked)
    kept: dict[str, list[str]] = st.session_state.get(_STATE, {})
    return kept


def _clean(asked: dict[str, list[str]]) -> dict[str, list[str]]:
    kept = {name: [value[:200] for value in values if value][:200] for name, values in asked.items()}
    allowed = {
        "step": set(map(str, Step)),
        "mark": set(map(str, OPEN_MARKS)),
        "days": set(DAYS),
        "done": {value for values in VIEWS.values() for value in values},
        **{name: {value} for name, value in SPANS.items()},
    }
    return {name: [value for value in values if value in allowed.get(name, {value})] for name, values in kept.items()}


def keep(name: str, values: list[str]) -> None:
    """Change one filter, in the session and in the URL."""
    kept = dict(_kept())
    kept[name] = values
    st.session_state[_STATE] = {key: found for key, found in kept.items() if found}
    if values:
        st.query_params[name] = values
    else:
        st.query_params.pop(name, None)


def keep_in_url() -> None:
    """Write the filters into the URL of a page that uses them."""
    for name, values in _kept().items():
        if values:
            st.query_params[name] = values


def mine(viewer: Viewer) -> Mine | None:
    """What waits for the reader: cases in the steps of their post, a department's own, what is asked of them. None where nothing can."""
    steps, asks = lifecycle.queue(viewer.actor.role), lifecycle.asked_of(viewer.actor.role)
    if not steps and not asks:
        return None
    holders = (viewer.actor.department or "",) if viewer.actor.role is Role.DEPARTMENT else None
    return Mine(tuple(map(str, steps)), holders, tuple(map(str, asks)))


def views(viewer: Viewer) -> list[str]:
    """Which cases the board can show this reader."""
    return [view for view in VIEWS if view != "mine" or mine(viewer) is not None]


def which(viewer: Viewer) -> str:
    """Which cases the board shows: the reader's own, open, done or all.

    What figures ask of finished cases decides by itself; a link that asks for something else means the cases of everybody.
    """
    kept = _kept()
    asked = next((view for view, values in VIEWS.items() if kept.get("done") == values), None)
    if kept.get("judged") or asked == "all":
        return "all"
    if asked == "done" or kept.get("closed"):
        return "done"
    own = asked == "mine" or (asked is None and not any(kept.values()))
    return "mine" if own and mine(viewer) is not None else "open"


def show_which(which: str) -> None:
    """Choose which cases the board shows; a question that does not go with them is dropped."""
    for name in SPANS:
        keep(name, [])
    keep("done", VIEWS[which])


def signature() -> str:
    """The filter as one text: whatever was chosen under another one is not meant by this one."""
    return repr(sorted((name, values) for name, values in _kept().items() if values))


def asked_spans() -> list[str]:
    """The narrower questions that are being asked, by their name in `SPANS`."""
    return [name for name in SPANS if _kept().get(name)]


def clear() -> None:
    """Let everything through; whose cases are shown stays."""
    for name in NAMES:
        if name != "done":
            keep(name, [])


def show(
    city: City, look: Look, text: Text, labels: Labels, *, names: tuple[str, ...] = ("kind", "department", "district", "step")
) -> None:
    """One row of filters: what can be chosen, with how many unfinished cases each choice has."""
    kept = _kept()
    offered = queries.choices(city, look)
    columns = st.columns([*([3] * len(names)), 2.2, 3, 1.2], vertical_alignment="bottom")
    for column, name in zip(columns, names, strict=False):
        with column:
            _many(name, kept.get(name, []), offered, text, labels)
    with columns[-3]:
        days = kept.get("days", [])
        st.selectbox(
            text("filter.days"),
            ["", *DAYS],
            index=DAYS.index(days[0]) + 1 if days else 0,
            key=f"filter-days-{text.language}",
            format_func=lambda day: _span_in_words(day, text),
            on_change=_changed_days,
            args=(text.language,),
            label_visibility="collapsed",
        )
    with columns[-2]:
        st.text_input(
            text("filter.words"),
            value=" ".join(kept.get("q", [])),
            key=f"filter-q-{text.language}",
            placeholder=text("filter.words_hint"),
            on_change=_changed_words,
            args=(text.language,),
            label_visibility="collapsed",
            max_chars=100,
        )
    with columns[-1]:
        st.button(text("filter.clear"), key="filter-clear", on_click=_cleared, disabled=not narrows(), width="stretch")


def narrows() -> bool:
    """Whether the filter leaves anything out, beside whose cases are shown."""
    return any(values for name, values in _kept().items() if name != "done")


def _span_in_words(days: str, text: Text) -> str:
    return text("filter.last_days", days=days) if days.isdigit() else text("filter.today" if days else "filter.any_time")


def _many(name: str, kept: list[str], offered: dict[str, list[tuple[str, int]]], text: Text, labels: Labels) -> None:
    counts = dict(offered.get(name, [])) if name != "step" else {}
    options = [str(step) for step in UNFINISHED] if name == "step" else list(counts)
    options += [value for value in kept if value not in options]

    def label(value: str) -> str:
        shown = labels.step(value) if name == "step" else labels.of(name, value)
        return f"{shown} · {text.number(counts[value])}" if value in counts else shown

    key = f"filter-{name}-{text.language}"
    if key not in st.session_state:
        st.session_state[key] = kept
    st.multiselect(
        text(f"filter.{name}"),
        options,
        key=key,
        format_func=label,
        placeholder=text(f"filter.{name}"),
        on_change=_changed,
        args=(name, key),
        label_visibility="collapsed",
    )


def _changed(name: str, key: str) -> None:
    keep(name, list(st.session_state[key]))


def _changed_days(language: str) -> None:
    days = st.session_state[f"filter-days-{language}"]
    keep("days", [days] if days else [])


def _changed_words(language: str) -> None:
    words = (st.session_state[f"filter-q-{language}"] or "").strip()
    keep("q", [words] if words else [])


def _cleared() -> None:
    clear()
    for key in [key for key in st.session_state if str(key).startswith("filter-") and key != "filter-clear"]:
        del st.session_state[key]


def legend(marks: dict[str, dict[str, int]], text: Text, labels: Labels) -> None:
    """The legend of the map, which is its filter by mark too."""
    kept = [mark for mark in _kept().get("mark", []) if mark in list(OPEN_MARKS)]
    st.pills(
        text("filter.mark"),
        list(map(str, OPEN_MARKS)),
        selection_mode="multi",
        default=kept,
        key="legend-marks",
        label_visibility="collapsed",
        format_func=lambda mark: f"{shape(mark)} {labels.mark(mark)} {text.number(marks.get(mark, {}).get('cases', 0))}",
        on_change=lambda: keep("mark", list(st.session_state["legend-marks"])),
    )
