"""Passing on (反复转办): how much, how long it takes, between whom, and which cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from city_brain.storage.city import City
from city_brain.ui import cached, finding_words, tiles
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import asked, linked, words
from city_brain.ui.supervision.asked import Period
from city_brain.ui.supervision.findings import of_pairs, of_passing
from city_brain.ui.supervision.indicators import periods

MOST_PAIRS = 40


def show(city: City, viewer: Viewer, labels: Labels) -> None:
    """The whole view."""
    period, look = asked.period(viewer), asked.look(viewer)
    with st.container(horizontal=True, vertical_alignment="center", key="passing-controls"):
        periods(viewer, period)
        st.markdown(f":small[:gray[{viewer.text('passing.note', period=words.period(viewer.text, period))}]]")
    found, pairs = cached.passing(city, look, period.since, period.until)
    before, _ = cached.passing(city, look, period.past_since, period.past_until)
    _figures(viewer, period, found, before)
    with st.container(key="panel-pairs"):
        _pairs(viewer, labels, found, pairs)


def _figures(viewer: Viewer, period: Period, found: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    text = viewer.text
    share, past = (of["passed_on"] / of["dispatched"] if of["dispatched"] else float("nan") for of in (found, before))
    interval = text("indicators.from_to", low=_number(viewer, found["low"]), high=_number(viewer, found["high"]))
    beside = {
        "share": text("passing.of", passed=found["passed_on"], dispatched=found["dispatched"], before=_share(viewer, past)),
        "hops": text("passing.interval", interval=interval, before=_number(viewer, before["hops"])),
        "back": text("passing.of_cases", cases=found["cases"], before=before["back_and_forth"]),
        "lost": text("passing.passes", passes=found["passes"], before=words.duration(text, before["lost_s"])),
    }
    figures: list[tuple[str, str, dict[str, str]]] = [
        ("share", _share(viewer, share), {"rows": "measure", "measure": "hops", "part": "numerator"}),
        ("hops", _number(viewer, found["hops"]), {"rows": "measure", "measure": "hops", "part": "denominator"}),
        ("back", text.number(found["back_and_forth"]), {"rows": "back"}),
        ("lost", words.duration(text, found["lost_s"]), {"rows": "passes"}),
    ]
    with st.container(key="figures"):
        for column, (key, value, query) in zip(st.columns(len(figures)), figures, strict=True):
            with column:
                name = text(f"passing.{key}")
                link = text("overview.rows", name=name)
                question: dict[str, str | list[str]] = {**asked.said_period(), "view": "passing", **query}
                tiles.tile(f"passing-{key}", name, value, beside=beside[key], page="supervision.py", query=question, link=link)


def _share(viewer: Viewer, value: float) -> str:
    return "—" if value != value else finding_words.share(viewer.text, value)


def _number(viewer: Viewer, value: float) -> str:
    return "—" if value != value else viewer.text.number(value, 2)


def _pairs(viewer: Viewer, labels: Labels, found: Mapping[str, Any], pairs: pd.DataFrame) -> None:
    text = viewer.text
    words.head(viewer, labels, of_pairs(pairs), words.said(of_passing(found), text, labels))
    if pairs.empty:
        return
    columns, rows = table(viewer, labels, pairs.head(MOST_PAIRS))
    linked.draw(columns, rows, label=text("passing.pairs"))
    if len(pairs) > MOST_PAIRS:
        st.markdown(f":small[:gray[{text('passing.more', more=len(pairs) - MOST_PAIRS)}]]")


def table(viewer: Viewer, labels: Labels, pairs: pd.DataFrame) -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
    """Who passes to whom, as columns and rows: the number of passes leads to them."""
    text, most = viewer.text, int(pairs["passes"].max())
    columns = [
        linked.column(text("passing.column.first")),
        linked.column(text("passing.column.second")),
        linked.column(text("passing.column.passes"), width="22%"),
    ]
    columns += [
        linked.column(text(f"passing.column.{name}"), "right", means=text(f"passing.help.{name}"))
        for name in ("cases", "back", "lost", "total")
    ]
    rows = []
    for row in pairs.to_dict("records"):
        to = asked.here(view="passing", rows="pair", first=row["from_department"], second=row["to_department"])
        rows.append(
            linked.row(
                linked.cell(words.holder(text, labels, row["from_department"])),
                linked.cell(words.holder(text, labels, row["to_department"])),
                linked.cell(text.number(row["passes"]), bar=row["passes"] / most, to=to),
                linked.cell(text.number(row["cases"]), tone="muted"),
                linked.cell(text.number(row["comes_back"]), tone="loud" if row["comes_back"] else "muted"),
                linked.cell(words.duration(text, row["lost_s"])),
                linked.cell(words.duration(text, row["lost_total_s"]), tone="muted"),
            )
        )
    return columns, rows
