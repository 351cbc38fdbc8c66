"""One hazard: what it is, what may be done with it, the cases it raised and those near it; and what happened to it."""

from __future__ import annotations

import html
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from city_brain.hazards import queries
from city_brain.hazards.model import Condition
from city_brain.storage.city import City
from city_brain.text import Text
from city_brain.ui import tables
from city_brain.ui.hazards import asked, forms, place, words
from city_brain.ui.labels import Labels, escaped
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import linked

MOST_NEAR = 8
"""Cases near a hazard in the table; the map has all."""


def show(city: City, viewer: Viewer, labels: Labels, hazard: dict[str, Any], today: date) -> None:
    """The whole panel."""
    with st.container(key="panel-risk-hazard"):
        _head(viewer, hazard)
        _facts(viewer, labels, hazard, today)
        forms.show(city, viewer, labels, hazard, today)
    links, near = queries.links(city, hazard["hazard_id"]), queries.cases_near(city, viewer.look, hazard["hazard_id"])
    with st.container(key="panel-risk-cases"):
        _cases(viewer, labels, hazard, links, near)


def _head(viewer: Viewer, hazard: dict[str, Any]) -> None:
    text = viewer.text
    with st.container(horizontal=True, vertical_alignment="center"):
        name = f"<h3>{html.escape(hazard['name'])}</h3><code>{html.escape(hazard['hazard_id'])}</code>"
        st.html(f'<div class="cb-hazard">{words.badge(text, hazard["risk_class"])}{name}</div>')
        st.space("stretch")
        st.button("✕", key="risk-leave", type="tertiary", help=text("hazard.leave"), on_click=asked.change, kwargs={"hazard": None})


def _facts(viewer: Viewer, labels: Labels, hazard: dict[str, Any], today: date) -> None:
    text, contact = viewer.text, forms.contact(hazard)
    late = words.left(text, hazard, today)
    loud = ' class="loud"' if hazard["condition"] == Condition.OVERDUE else ""
    result = f" · {text('hazard.result.' + hazard['last_result'])}" if hazard["last_result"] else ""
    person = " ".join(part for part in contact if part) or "—"
    facts = [
        ("kind", text(f"hazard.kind.{hazard['kind']}"), ""), ("state", text(f"hazard.state.{hazard['state']}"), ""),
        ("department", labels.of("department", hazard["department"]), ""), ("person", person, ""),
        ("last_on", (hazard["last_on"].isoformat() if hazard["last_on"] else "—") + result, ""),
        ("next_on", f"{hazard['next_on'].isoformat()} · {late}" if late != "—" else "—", loud),
    ]  # fmt: skip
    told = "".join(f"<dt>{html.escape(text(f'field.hazard.{name}'))}</dt><dd{tone}>{html.escape(said)}</dd>" for name, said, tone in facts)
    told += _wide(text, "address", words.place(labels, hazard)) + (_wide(text, "notes", hazard["notes"]) if hazard["notes"] else "")
    st.html(f'<dl class="cb-facts">{told}</dl>')


def _wide(text: Text, name: str, said: str) -> str:
    return f'<dt>{html.escape(text(f"field.hazard.{name}"))}</dt><dd class="wide">{html.escape(said)}</dd>'


def _cases(viewer: Viewer, labels: Labels, hazard: dict[str, Any], links: list[dict[str, Any]], near: pd.DataFrame) -> None:
    text = viewer.text
    if links:
        st.markdown(f"**{text('hazard.raised_cases')}**")
        st.html(linked.html(*_raised(viewer, labels, links), label=text("hazard.raised_cases")))
    tells = int(near["tells"].sum()) if len(near) else 0
    st.markdown(f"**{text('hazard.near')}** :small[:gray[{escaped(text('hazard.near_note', cases=len(near), tells=tells))}]]")
    if near.empty:
        return
    place.near(viewer, labels, hazard, near)
    shown = tables.in_words(near.head(MOST_NEAR).assign(exempt=False), viewer, labels)
    columns = [linked.column(""), linked.column(text("column.kind")), linked.column(text("column.step")),
               linked.column(text("column.reported"), "right"), linked.column(text("hazard.distance"), "right")]  # fmt: skip
    rows = [
        linked.row(
            linked.cell(said["mark"]), linked.cell(said["kind"], to=linked.to("case_file", {"case": row["case_id"]}), title=row["case_id"]),
            linked.cell(said["step"], tone="muted"), linked.cell(said["reported"], tone="muted"),
            linked.cell(text("file.metres", metres=round(row["distance_m"]))),
        )
        for (_, said), (_, row) in zip(shown.iterrows(), near.head(MOST_NEAR).iterrows(), strict=True)
    ]  # fmt: skip
    if len(near) > MOST_NEAR:
        rows.append(linked.apart(text("hazard.more_near", more=len(near) - MOST_NEAR)))
    linked.draw(columns, rows, label=text("hazard.near"))


def _raised(viewer: Viewer, labels: Labels, links: list[dict[str, Any]]) -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
    text = viewer.text
    names = ("why", "case", "step", "raised_at")
    columns = [linked.column(text(f"hazard.column.{name}"), "right" if name == "raised_at" else "left") for name in names]
    rows = [
        linked.row(
            linked.cell(text(f"hazard.why.{row['why']}")),
            linked.cell(row["case_id"], to=linked.to("case_file", {"case": row["case_id"]})),
            linked.cell(labels.step(row["step"]) if row["step"] else "—", tone="muted"),
            linked.cell(text.moment(row["raised_at"]), tone="muted"),
        )
        for row in links
    ]
    return columns, rows


# -- history ---------------------------------------------------------------------------------------


def history(city: City, viewer: Viewer, labels: Labels, hazard: dict[str, Any]) -> None:
    """What happened to a hazard, newest first."""
    text, history = viewer.text, queries.history(city, hazard["hazard_id"])
    st.markdown(f"**{text('hazard.history')}** :small[:gray[{text('hazard.history_note', events=len(history))}]]")
    items, day = [], ""
    for number, entry in enumerate(history):
        this = text.moment(entry["happened_at"], "day")
        if this != day:
            items.append(f'<li class="day">{html.escape(this)}</li>')
            day = this
        items.append(_item(viewer, labels, entry, newest=number == 0))
    st.html(f'<ul class="cb-line">{"".join(items)}</ul>')


def _item(viewer: Viewer, labels: Labels, entry: dict[str, Any], *, newest: bool) -> str:
    text, told = viewer.text, entry["told"]
    title = text(f"hazard.event.{entry['what']}")
    if entry["what"] == "inspected":
        title += f" · {text('hazard.result.' + told['result'])}"
    lines = [labels.actor(entry["actor"]), *_lines(text, labels, entry["what"], told)]
    below = "".join(f"<small>{html.escape(line)}</small>" for line in lines if line)
    tone = "now" if newest else "told" if entry["what"] in ("raised", "disclosed") else ""
    time = text.moment(entry["happened_at"], "time")
    return f'<li class="{tone}"><time>{time}</time><i></i><div>{html.escape(title)}{below}</div></li>'


def _lines(text: Text, labels: Labels, what: str, told: dict[str, Any]) -> list[str]:
    if what == "inspected":
        return [told["findings"], text("hazard.told.inspected", inspector=told["inspector"], next_on=told["next_on"])]
    if what == "raised":
        return [text(f"hazard.why.{told['why']}") + f" · {told['case_id']}"]
    changes = [_change(text, labels, name, values) for name, values in told.get("changes", {}).items()]
    return [*changes, told.get("reason") or told.get("purpose") or ""]


def _change(text: Text, labels: Labels, field: str, values: list[Any]) -> str:
    label = text(f"field.hazard.{field}")
    if not values:
        return text("hazard.told.personal", field=label)
    was, now = (words.value(text, labels, field, value) for value in values)
    return f"{label} {was} → {now}"
