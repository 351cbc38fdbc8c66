"""The composite score (综合评价) of the groups, what counts how much in it, and the form in which a manager sets that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from city_brain.roles import GRANTED, Right
from city_brain.storage.city import City
from city_brain.supervision import actions, queries
from city_brain.supervision.measures import MEASURE, MEASURES
from city_brain.supervision.score import LEAST_CASES, score
from city_brain.ui import faults, session
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import asked, linked, words

LEFT, RIGHT = 60, 40


def show(city: City, viewer: Viewer, labels: Labels, figures: pd.DataFrame, by: str | None) -> None:
    """Two panels: the scores, and the weights."""
    weights = queries.weights(city)
    left, right = st.columns([LEFT, RIGHT])
    with left, st.container(key="panel-score", height="stretch"):
        _scores(viewer, labels, score(figures, weights), by)
    with right, st.container(key="panel-weights", height="stretch"):
        _weights(viewer, weights)


def _scores(viewer: Viewer, labels: Labels, found: pd.DataFrame, by: str | None) -> None:
    text = viewer.text
    words.title(viewer, text("score.title"), text("score.note", least=LEAST_CASES))
    if found.empty:
        st.markdown(f":gray[{text('score.nothing')}]")
        return
    columns = [linked.column(text("score.column.rank"), "right", width="52px"), linked.column(text("score.column.group"))]
    columns += [linked.column(text("score.column.score"), "right"), linked.column(text("score.column.interval"), width="34%"),
                linked.column(text("score.column.cases"), "right", means=text("score.help.cases"))]  # fmt: skip
    rows: list[dict[str, Any]] = []
    for place, row in enumerate(found.to_dict("records"), start=1):
        if not row["ranked"] and (place == 1 or found["ranked"].iloc[place - 2]) and by:
            rows.append(linked.apart(text("indicators.too_few", least=LEAST_CASES)))
        rows.append(_score(viewer, labels, row, by, place))
    linked.draw(columns, rows, label=text("score.title"), most=430)


def _score(viewer: Viewer, labels: Labels, row: Mapping[str, Any], by: str | None, place: int) -> dict[str, Any]:
    text = viewer.text
    name = words.group(text, labels, by, row["group"]) if by else text("supervision.whole")
    low, high = (text.number(row[bound], 1) for bound in ("low", "high"))
    span = {
        "low": row["low"] / 100,
        "high": row["high"] / 100,
        "at": row["score"] / 100,
        "says": text("indicators.from_to", low=low, high=high),
    }
    to = asked.here(view="indicators", measure=asked.value("measure") or "", by=by, among=row["group"] or asked.NOT_STATED) if by else None
    return linked.row(
        linked.cell(str(place) if row["ranked"] and by else "", tone="muted"),
        linked.cell(name, to=to, tone="plain"),
        linked.cell(text.number(row["score"], 1), tone="strong"),
        linked.cell(span=span),
        linked.cell(text.number(int(row["cases"])), tone="muted"),
        tone="" if row["ranked"] or not by else "quiet",
    )


def _weights(viewer: Viewer, weights: Mapping[str, float]) -> None:
    text, total = viewer.text, sum(weights.values())
    words.title(viewer, text("score.weights"), text("score.weights_note"))
    columns = [linked.column(text("score.column.measure")), linked.column(text("score.column.weight"), width="40%")]
    rows = []
    for measure, weight in weights.items():
        turned = text("score.turned") if MEASURE[measure].better == "low" else ""
        name = linked.cell(text(f"measure.{measure}"), small=turned)
        rows.append(linked.row(name, linked.cell(text.percent(weight / total), bar=weight / total)))
    linked.draw(columns, rows, label=text("score.weights"))
    if viewer.actor.role in GRANTED[Right.RULE] and not viewer.playback:
        _form(viewer, weights)


def _form(viewer: Viewer, weights: Mapping[str, float]) -> None:
    text = viewer.text
    shares = [measure.key for measure in MEASURES if measure.unit == "share" and measure.counted != "stays"]
    with st.popover(text("score.set"), icon=":material/balance:"), st.form("score-weights-form", border=False):
        st.markdown(f":small[:gray[{text('score.set_note')}]]")
        left, right = st.columns(2)
        for place, key in enumerate(shares):
            (left, right)[place % 2].number_input(
                text(f"measure.{key}"),
                min_value=0.0,
                max_value=100.0,
                step=5.0,
                format="%.0f",
                value=float(weights.get(key, 0.0)),
                key=f"weight-{key}",
            )
        st.form_submit_button(text("score.send"), type="primary", on_click=_send, args=(shares,))


@faults.told
def _send(shares: list[str]) -> None:
    given = {key: float(st.session_state[f"weight-{key}"]) for key in shares}
    actions.set_weights(session.city(), given, session.viewer().actor)
    session.say(session.words()("score.done"))
