"""The list of hazards with its filters, the map beside it, and below the map the hazard that was chosen."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from city_brain.errors import Fault
from city_brain.hazards import queries
from city_brain.storage.city import City
from city_brain.ui import session
from city_brain.ui.hazards import asked, detail, inspections, place, words
from city_brain.ui.labels import Labels, escaped
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import linked

PAGE = 100
"""Rows shown at a time."""
MAP_PX, TABLE_PX, TABLE_SMALL_PX = 300, 640, 420
WIDTHS = {"": "34px", "risk_class": "84px", "name": "31%", "kind": "20%", "department": "21%", "next_on": "112px"}
"""Columns of the list and how wide they are: shape, then fields."""


def show(city: City, viewer: Viewer, labels: Labels) -> None:
    """The whole view."""
    chosen = _chosen(city, viewer)
    with st.container(key="panel-risk-filters"):
        _filters(city, viewer, labels)
    found, today = queries.register(city, viewer.look, asked.wanted()), queries.today(city, viewer.look)
    left, right = st.columns([57, 43])
    with left, st.container(key="panel-risk-list"):
        _list(viewer, labels, found, today, chosen["hazard_id"] if chosen else None)
    if chosen:
        with left, st.container(key="panel-risk-history"):
            detail.history(city, viewer, labels, chosen)
    with right:
        place.show(city, viewer, labels, found, chosen, height=MAP_PX)
        if chosen:
            detail.show(city, viewer, labels, chosen, today)
        else:
            with st.container(key="panel-risk-cycles"):
                st.markdown(f":gray[{viewer.text('hazard.choose')}]")
                inspections.cycles(city, viewer, changeable=False)


def _chosen(city: City, viewer: Viewer) -> dict[str, Any] | None:
    hazard_id = asked.hazard()
    if hazard_id is None:
        return None
    try:
        return queries.hazard(city, viewer.look, hazard_id)
    except Fault as fault:
        st.warning(session.fault_in_words(fault))
        return None


# -- filters ---------------------------------------------------------------------------------------


def _filters(city: City, viewer: Viewer, labels: Labels) -> None:
    text, offered = viewer.text, queries.choices(city)
    counts = {"kind": dict(offered["kind"]), "owner": dict(offered["department"]), "district": dict(offered["district"])}
    with st.container(horizontal=True, vertical_alignment="bottom", key="risk-filters"):
        for name, (_, allowed) in asked.ALLOWED.items():
            options = list(allowed) if name in ("class", "condition", "state") and allowed else list(counts[name])
            chosen = asked.chosen(name)
            options += [value for value in chosen if value not in options]
            key = f"risk-{name}-{'.'.join(chosen)}-{text.language}"
            st.multiselect(
                text(f"hazard.filter.{name}"), options, default=chosen, key=key, placeholder=text("hazard.any"),
                format_func=partial(_option, viewer, labels, name, counts.get(name, {})),
                on_change=asked.changed(name, key),
            )  # fmt: skip
        key = f"risk-q-{asked.words()}"
        st.text_input(
            text("hazard.filter.words"), value=asked.words(), key=key, placeholder=text("hazard.find"), max_chars=100,
            on_change=asked.changed("q", key),
        )  # fmt: skip
        if asked.narrows():
            st.button(text("hazard.filter.clear"), key="risk-clear", icon=":material/close:", on_click=asked.clear)


def _option(viewer: Viewer, labels: Labels, name: str, counts: dict[str, int], value: str) -> str:
    text, count = viewer.text, counts.get(value)
    if name in ("class", "kind", "condition", "state"):
        said = text(f"hazard.{name}.{value}")
    else:
        said = labels.of("department" if name == "owner" else "district", value)
    return f"{said} ({text.number(count)})" if count else said


# -- the list --------------------------------------------------------------------------------------


def _list(viewer: Viewer, labels: Labels, found: pd.DataFrame, today: date, chosen: str | None) -> None:
    text = viewer.text
    pages = max(1, -(-len(found) // PAGE))
    said = st.query_params.get("page", "1")
    page = min(max(1, int(said)) if said.isdigit() and len(said) < 7 else 1, pages)
    with st.container(horizontal=True, vertical_alignment="center", key="risk-list-head"):
        day = asked.day()
        at = f" · {text('hazard.due_on', day=day.isoformat())}" if day else ""
        st.markdown(f"**{text('hazard.count', hazards=len(found))}**{at} :small[:gray[{escaped(text('hazard.order'))}]]")
        st.space("stretch")
        if pages > 1:
            st.button("‹", key="risk-less", disabled=page <= 1, on_click=_turn, args=(page - 1,), help=text("board.back"))
            st.markdown(text("board.page", page=page, pages=pages))
            st.button("›", key="risk-more", disabled=page >= pages, on_click=_turn, args=(page + 1,), help=text("board.on"))
    if found.empty:
        st.info(text("hazard.none_found"))
        return
    columns = [
        linked.column(text(f"field.hazard.{name}") if name else "", "right" if name == "next_on" else "left", width=width)
        for name, width in WIDTHS.items()
    ]
    shown = found.iloc[(page - 1) * PAGE : page * PAGE].to_dict("records")
    linked.draw(
        columns,
        [_row(viewer, labels, row, today, chosen) for row in shown],
        label=text("page.risk_register"),
        most=TABLE_SMALL_PX if chosen else TABLE_PX,
    )


def _turn(page: int) -> None:
    st.query_params["page"] = str(page)


def _row(viewer: Viewer, labels: Labels, row: dict[str, Any], today: date, chosen: str | None) -> dict[str, Any]:
    text = viewer.text
    condition = text(f"hazard.condition.{row['condition']}")
    return linked.row(
        linked.cell(words.shape(str(row["condition"])), tone=words.TONES.get(row["condition"], "muted"), title=condition),
        linked.cell(chip=words.risk(text, str(row["risk_class"]))),
        linked.cell(str(row["name"]), to=asked.to_hazard(str(row["hazard_id"])), title=f"{row['hazard_id']} · {words.place(labels, row)}"),
        linked.cell(text(f"hazard.kind.{row['kind']}")), linked.cell(labels.of("department", row["department"]), tone="muted"),
        words.cell(text, row, today),
        chosen=row["hazard_id"] == chosen,
    )  # fmt: skip
