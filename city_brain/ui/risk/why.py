"""Why a cell is hot: what its figure is made of, its weeks, its last cases, its chronic addresses, what its class calls for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from city_brain.analytics.forecast.components import PARTS
from city_brain.geo.grid import CELL_M
from city_brain.risk import queries
from city_brain.storage.city import City
from city_brain.ui import cached, charts
from city_brain.ui.hazards.words import badge
from city_brain.ui.labels import Labels
from city_brain.ui.risk import asked, seen, words
from city_brain.ui.risk.asked import Asked
from city_brain.ui.risk.seen import Seen, class_of
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import linked

MOST = 8
"""Cases of the cell that are listed."""


def show(city: City, viewer: Viewer, labels: Labels, forecast: Seen, question: Asked, found: pd.DataFrame) -> None:
    """The whole panel of the chosen cell."""
    cell = question.cell
    assert cell is not None
    here = found[(found["cell_x"] == cell[0]) & (found["cell_y"] == cell[1])]
    row: Mapping[Any, Any] = here.iloc[0].to_dict() if len(here) else _nothing(city, forecast, cell)
    with st.container(key="panel-heat-cell"):
        _head(viewer, labels, row, cell)
        _facts(viewer, forecast, question, row)
        _parts(viewer, row)
        _weeks(city, viewer, forecast, question, cell)
        _cases(city, viewer, labels, forecast, question, cell)
        _chronic(city, viewer, labels, forecast, question, cell)


def _nothing(city: City, forecast: Seen, cell: tuple[int, int]) -> dict[str, Any]:
    """A cell of which the question has nothing."""
    here = queries.placed(pd.DataFrame([cell], columns=["cell_x", "cell_y"]), seen.areas(city, forecast.look))
    nothing: dict[str, Any] = dict.fromkeys((*PARTS, "expected", "observed", "all_history", "class"), 0.0)
    return nothing | {"calendar": 1.0} | {name: here[name].iloc[0] for name in ("district", "street")}


def _head(viewer: Viewer, labels: Labels, row: Mapping[Any, Any], cell: tuple[int, int]) -> None:
    text, name = viewer.text, class_of(row)
    with st.container(horizontal=True, vertical_alignment="center"):
        place = f"<h3>{escape(words.place(text, labels, row))}</h3><code>{cell[0]}/{cell[1]}</code>"
        st.html(f'<div class="cb-hazard">{badge(text, name)}{place}</div>')
        st.space("stretch")
        st.button("✕", key="heat-leave", type="tertiary", help=text("heat.leave"), on_click=asked.choose, args=(None,))
    st.markdown(f":small[:gray[{text(f'heat.treatment_long.{name}')}]]")


def _facts(viewer: Viewer, forecast: Seen, question: Asked, row: Mapping[Any, Any]) -> None:
    text, days = viewer.text, viewer.text(f"heat.days.{question.horizon_days}")
    facts = [
        (text("heat.fact.expected", days=days), words.amount(text, row["expected"])),
        (text("heat.fact.observed", window=text(f"heat.window.{question.window_days}")), text.number(int(row["observed"]))),
        (text("heat.fact.all_history"), words.amount(text, row["all_history"])),
    ]
    told = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts)
    st.html(f'<dl class="cbr-facts">{told}</dl>')


def _parts(viewer: Viewer, row: Mapping[Any, Any]) -> None:
    """The shares in words, and as bars."""
    text, found = viewer.text, words.shares(row)
    st.markdown(words.because(text, row))
    if not found:
        return
    most = max(found.values())
    columns = [
        linked.column(text("heat.column.part"), width="50%"), linked.column(text("heat.column.share"), width="33%"),
        linked.column(text("heat.column.cases"), "right", width="17%"),
    ]  # fmt: skip
    rows = [
        linked.row(
            linked.cell(text(f"heat.part.{name}"), title=text(f"heat.part_means.{name}")),
            linked.cell(text.percent(share), bar=share / most), linked.cell(words.amount(text, row[name]), tone="muted"),
        )
        for name, share in found.items()
    ]  # fmt: skip
    linked.draw(columns, rows, label=text("heat.column.part"))


def _weeks(city: City, viewer: Viewer, forecast: Seen, question: Asked, cell: tuple[int, int]) -> None:
    text, weeks = viewer.text, queries.by_week(city, forecast.look, cell, kind=question.kind, apart=forecast.apart)
    if not weeks["cases"].sum():
        return
    first = cached.period(city)["first"]
    weeks = weeks[[first <= forecast.look.moment - timedelta(days=7 * int(ago)) for ago in weeks["weeks_ago"]]]
    starts = [pd.Timestamp(forecast.look.moment - timedelta(days=7 * (int(ago) + 1))).tz_convert("UTC") for ago in weeks["weeks_ago"]]
    shown = pd.DataFrame({"week": starts, "reported": weeks["cases"].to_numpy()})
    st.markdown(f"**{text('heat.weeks', weeks=len(weeks))}**")
    names = {"week": text("heat.week_from"), "reported": text("heat.column.observed"), "month": text("heat.month")}
    charts.draw("record", shown, names, key="heat-weeks", alt_text=text("heat.weeks", weeks=len(weeks)), height=110)


def _cases(city: City, viewer: Viewer, labels: Labels, forecast: Seen, question: Asked, cell: tuple[int, int]) -> None:
    text = viewer.text
    cases = queries.cases_of_cell(city, forecast.look, cell, kind=question.kind, apart=forecast.apart, size=MOST)
    if cases.empty:
        return
    st.markdown(f"**{text('heat.cases')}**")
    columns = [linked.column(text("column.reported")), linked.column(text("column.kind")), linked.column(text("column.step"))]
    rows = [
        linked.row(
            linked.cell(text.moment(row["reported_at"]), to=linked.to("case_file", {"case": row["case_id"]}), title=row["case_id"]),
            linked.cell(labels.kind(row["kind"]), title=row["address"] or ""),
            linked.cell(labels.step(row["step"]), tone="muted"),
        )
        for row in cases.to_dict("records")
    ]
    linked.draw(columns, rows, label=text("heat.cases"))


def _chronic(city: City, viewer: Viewer, labels: Labels, forecast: Seen, question: Asked, cell: tuple[int, int]) -> None:
    """Addresses of the cell that report one kind again and again; the forecast holds them back, and they are told apart."""
    found = queries.chronic(city, forecast.issue["sequence"])
    if found.empty:
        return
    x, y = seen.grid(viewer).metres(found["lon"], found["lat"])
    here = found[(np.floor(x / CELL_M) == cell[0]) & (np.floor(y / CELL_M) == cell[1])]
    here = here[here["kind"] == question.kind] if question.kind else here
    for row in here.to_dict("records"):
        told = viewer.text("heat.chronic", kind=words.kind(viewer.text, labels, row["kind"]), events=viewer.text.number(row["events"]))
        st.markdown(f":orange-badge[↻] :small[{told}]")
