"""Where most is expected: cells, or streets and districts as sums of their cells."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from city_brain.risk.model import CLASSES
from city_brain.ui.hazards import words as classes
from city_brain.ui.labels import Labels
from city_brain.ui.risk import asked, seen, words
from city_brain.ui.risk.asked import Asked
from city_brain.ui.risk.seen import Seen, class_of
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import linked

MOST = 60
"""Cells or areas in the table; the download has all."""


def show(viewer: Viewer, labels: Labels, forecast: Seen, question: Asked, found: pd.DataFrame) -> None:
    """The table, and what it is told from."""
    text = viewer.text
    with st.container(key="panel-heat-list"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{text(f'heat.list.{question.shown}')}**")
            st.space("stretch")
            key = f"heat-by-{text.language}"
            st.session_state[key] = question.by
            st.segmented_control(
                text("heat.by"), asked.AREAS, key=key, required=True, label_visibility="collapsed",
                format_func=lambda name: text(f"heat.by.{name}"), on_change=asked.changed, args=("by", key),
            )  # fmt: skip
        st.markdown(f":small[:gray[{_told(viewer, labels, forecast, question)}]]")
        shown = seen.narrowed(found, question)
        if shown.empty:
            st.info(text("heat.no_cells"))
            return
        columns, rows = _cells(viewer, labels, question, shown) if question.by == "cell" else _areas(viewer, labels, question, shown)
        linked.draw(columns, rows, label=text(f"heat.list.{question.shown}"))


def _told(viewer: Viewer, labels: Labels, forecast: Seen, question: Asked) -> str:
    """Of which days, when issued, what serves: a figure carries its time and source."""
    text = viewer.text
    first, last = forecast.days(question.horizon_days)
    choice = forecast.choice(question.kind, question.horizon_days)
    return text(
        "heat.told", kind=words.kind(text, labels, question.kind), first=first.isoformat(), last=last.isoformat(),
        issued=text.moment(forecast.issue["issued_at"]), served=words.served(text, choice), version=forecast.issue["version"],
    )  # fmt: skip


def _cells(viewer: Viewer, labels: Labels, question: Asked, shown: pd.DataFrame) -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
    text = viewer.text
    days = text(f"heat.days.{question.horizon_days}")
    columns = [
        linked.column(text("heat.column.place")), linked.column(text("heat.column.class")),
        linked.column(text("heat.column.expected"), "right", means=text("heat.help.expected", days=days)),
        linked.column(text("heat.column.observed"), "right", means=text(f"heat.window.{question.window_days}")),
        *_difference_column(viewer, question),
    ]  # fmt: skip
    rows = []
    for row in shown.head(MOST).to_dict("records"):
        cell = int(row["cell_x"]), int(row["cell_y"])
        rows.append(
            linked.row(
                linked.cell(words.place(text, labels, row), to=asked.to_cell(cell), small=f"{cell[0]}/{cell[1]}"),
                linked.cell(chip=classes.risk(text, class_of(row))), linked.cell(words.amount(text, row["expected"]), tone="strong"),
                linked.cell(text.number(int(row["observed"])), tone="muted"), *_difference(viewer, question, row["value"]),
                chosen=cell == question.cell,
            )
        )  # fmt: skip
    if len(shown) > MOST:
        rows.append(linked.apart(text("heat.more", more=text.number(len(shown) - MOST))))
    return columns, rows


def _areas(viewer: Viewer, labels: Labels, question: Asked, shown: pd.DataFrame) -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
    text, sums = viewer.text, rolled(shown, question.by)
    most = float(sums["expected"].max()) or 1.0
    columns = [
        linked.column(text(f"heat.by.{question.by}")), linked.column(text("heat.column.expected"), width="30%"),
        linked.column(text("heat.column.observed"), "right", means=text(f"heat.window.{question.window_days}")),
        *_difference_column(viewer, question), linked.column(text("heat.column.grave"), "right", means=text("heat.help.grave")),
    ]  # fmt: skip
    rows = [
        linked.row(
            linked.cell(words.place(text, labels, {"street": None} | row)),
            linked.cell(words.amount(text, row["expected"]), bar=max(0.0, row["expected"]) / most),
            linked.cell(text.number(int(row["observed"])), tone="muted"), *_difference(viewer, question, row["value"]),
            linked.cell(text.number(int(row["grave"])), tone="" if row["grave"] else "muted"),
        )
        for row in sums.head(MOST).to_dict("records")
    ]  # fmt: skip
    if len(sums) > MOST:
        rows.append(linked.apart(text("heat.more", more=text.number(len(sums) - MOST))))
    return columns, rows


def _difference_column(viewer: Viewer, question: Asked) -> list[dict[str, str]]:
    """The column of what the list is ordered by, where that is the difference."""
    if question.shown != "difference":
        return []
    text = viewer.text
    window, days = text(f"heat.window.{question.window_days}"), text(f"heat.days.{question.horizon_days}")
    return [linked.column(text("heat.column.difference"), "right", means=text("heat.help.difference", window=window, days=days))]


def _difference(viewer: Viewer, question: Asked, value: float) -> list[dict[str, Any]]:
    if question.shown != "difference":
        return []
    return [linked.cell(("+" if value > 0 else "") + words.amount(viewer.text, value), tone="strong")]


def rolled(cells: pd.DataFrame, by: str) -> pd.DataFrame:
    """Cells summed to districts or streets: district (and street), expected, observed, value, cells, grave.

    grave: how many cells are of the two highest classes. Ordered by what is expected.
    """
    keys = ["district", "street"] if by == "street" else [by]
    told = cells.assign(grave=cells["class"] >= len(CLASSES) - 2)
    told[keys] = told[keys].fillna("")
    sums = told.groupby(keys, as_index=False).agg(
        **{name: (name, "sum") for name in ("expected", "observed", "value", "grave")}, cells=("expected", "size")
    )  # fmt: skip
    return sums.sort_values(["expected", *keys], ascending=[False, *[True] * len(keys)], ignore_index=True)


def exported(viewer: Viewer, labels: Labels, found: pd.DataFrame, question: Asked) -> pd.DataFrame:
    """What is taken away: every cell that is shown, or every area."""
    shown = seen.narrowed(found, question)
    if question.by != "cell":
        return rolled(shown, question.by)
    return shown.assign(**{"class": [class_of({"class": place}) for place in shown["class"]]}).drop(columns="value")
