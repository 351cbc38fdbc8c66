"""Indicators: every measure of a period on the left; on the right the chosen one, its course, and the groups compared."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from city_brain.storage.city import City
from city_brain.supervision.measures import MEASURE, MEASURES, UNTOLD
from city_brain.supervision.score import LEAST_CASES
from city_brain.ui import cached, finding_words
from city_brain.ui.cached import Narrowed
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import asked, course, linked, measured, score, words
from city_brain.ui.supervision.asked import Period
from city_brain.ui.supervision.findings import direction, of_groups, of_measures, ordered
from city_brain.ui.supervision.rows import downloads

LEFT, RIGHT = 50, 50
Row = dict[str, Any]


def show(city: City, viewer: Viewer, labels: Labels) -> None:
    """The whole view."""
    period = asked.period(viewer)
    measure = asked.one_of("measure", tuple(MEASURE), "handled_in_time")
    by, among = asked.grouping(measure), asked.value("among")
    narrowed: Narrowed = ((by, "" if among == asked.NOT_STATED else among),) if by and by != "post" and among else ()
    look = asked.look(viewer)
    whole = cached.indicators(city, look, period.since, period.until, only=narrowed)
    before = cached.indicators(city, look, period.past_since, period.past_until, only=narrowed)
    groups = cached.indicators(city, look, period.since, period.until, by=by) if by else None
    _controls(viewer, measure, by, period, groups if groups is not None else whole)
    left, right = st.columns([LEFT, RIGHT])
    with left, st.container(key="panel-measures", height="stretch"):
        _measures(viewer, labels, period, whole, before, measure, by, narrowed)
    with right, st.container(key="panel-measure", height="stretch"):
        course.show(city, viewer, labels, period, measure, narrowed)
        if by and groups is not None:
            past = cached.indicators(city, look, period.past_since, period.past_until, by=by)
            reference = cached.indicators(city, look, period.since, period.until) if narrowed else whole
            _groups(viewer, labels, measure, by, groups, past, reference, among)
    if by != "post":
        score.show(city, viewer, labels, groups if groups is not None else whole, by)


# -- what is asked ----------------------------------------------------------------------------------


def _controls(viewer: Viewer, measure: str, by: str | None, period: Period, table: pd.DataFrame) -> None:
    text = viewer.text
    with st.container(horizontal=True, vertical_alignment="center", key="indicator-controls"):
        periods(viewer, period)
        by_key = f"by-{by}-{measure}-{text.language}"
        st.selectbox(
            text("indicators.by"), asked.groupings(measure), index=asked.groupings(measure).index(by or asked.WHOLE), key=by_key, width=170,
            format_func=lambda name: text(f"indicators.by.{name}"), label_visibility="collapsed",
            on_change=lambda: asked.change(by=st.session_state[by_key], among=None),
        )  # fmt: skip
        st.space("stretch")
        told = table.assign(since=period.since, until=period.until)
        downloads(viewer, "indicators", lambda: told)


def periods(viewer: Viewer, period: Period) -> None:
    """Which period: a name, or days of one's own."""
    text = viewer.text
    key = f"period-{period.name}-{text.language}"
    st.segmented_control(
        text("indicators.period"), list(asked.PERIODS), default=period.name, key=key, required=True, label_visibility="collapsed",
        format_func=lambda name: text(f"indicators.period.{name}"), on_change=_choose_period, args=(key, period),
    )  # fmt: skip
    if period.name == "own":
        own = f"own-{period.first}-{period.last}"
        last = viewer.look.moment.astimezone(text.zone).date()
        st.date_input(
            text("indicators.own"), (period.first, period.last), key=own, max_value=last, format="YYYY-MM-DD", label_visibility="collapsed",
            on_change=_choose_days, args=(own,), width=230,
        )  # fmt: skip


def _choose_period(key: str, period: Period) -> None:
    name = st.session_state[key]
    days = {"from": f"{period.first}", "to": f"{period.last}"} if name == "own" else {"from": None, "to": None}
    asked.change(period=name, **days)


def _choose_days(key: str) -> None:
    chosen = st.session_state[key]
    if len(chosen) == 2:
        asked.change(period="own", **{"from": f"{chosen[0]}", "to": f"{chosen[1]}"})


# -- every measure ------------------------------------------------------------------------------------


def _measures(
    viewer: Viewer,
    labels: Labels,
    period: Period,
    whole: pd.DataFrame,
    before: pd.DataFrame,
    chosen: str,
    by: str | None,
    narrowed: Narrowed,
) -> None:
    text = viewer.text
    past = {row["measure"]: row for row in before.to_dict("records")}
    found = {row["measure"]: row for row in whole.to_dict("records")}
    ways = {key: direction(key, row, past.get(key)) for key, row in found.items()}
    where = words.group(text, labels, *narrowed[0]) if narrowed else text("supervision.whole")
    note = text("indicators.note", where=where, period=words.period(text, period), days=period.days)
    words.head(viewer, labels, of_measures(whole, ways), note)
    if narrowed:
        st.button(
            where,
            key="among-clear",
            icon=":material/close:",
            on_click=asked.change,
            kwargs={"among": None},
            help=text("indicators.to_whole"),
        )
    among = narrowed[0][1] or asked.NOT_STATED if narrowed else ""
    group = {"by": by or asked.WHOLE, "among": among, "group": among}
    columns = measured.columns(viewer, "measure")
    rows = []
    for measure in MEASURES:
        row = found.get(measure.key)
        if row is None:
            continue
        to = asked.here(view="indicators", measure=measure.key, by=by or asked.WHOLE, among=among)
        name = linked.cell(text(f"measure.{measure.key}"), to=to, tone="plain", title=measured.explained(viewer, measure.key))
        span = measured.span_of(viewer, row, 0.0, max(1.0, row["high"]) if row["high"] == row["high"] else 1.0)
        rows.append(
            linked.row(
                name, *measured.cells(viewer, row, past.get(measure.key), ways[measure.key], span, group), chosen=measure.key == chosen
            )
        )
    linked.draw(columns, rows, label=text("indicators.measures"))
    for key in UNTOLD:
        st.markdown(f":small[:gray[{text(f'measure.{key}')} — {text(f'untold.{key}')}]]")


# -- groups -----------------------------------------------------------------------------------------------


def _groups(
    viewer: Viewer, labels: Labels, measure: str, by: str, groups: pd.DataFrame, past: pd.DataFrame, whole: pd.DataFrame, among: str | None
) -> None:
    text = viewer.text
    mine, earlier = groups[groups["measure"] == measure], past[past["measure"] == measure]
    known = whole.loc[whole["measure"] == measure, "value"]
    mark = float(known.iloc[0]) if len(known) else float("nan")
    ranked, few = ordered(mine, measure)
    value = (
        finding_words.share(text, mark) if MEASURE[measure].unit == "share" and mark == mark else measured.value_of(viewer, measure, mark)
    )
    words.head(viewer, labels, of_groups(ranked, measure, by, mark), text(f"indicators.groups_note.{MEASURE[measure].better}", value=value))
    before = {row["group"]: row for row in earlier.to_dict("records")}
    low, high = (float(ranked["low"].min()), float(ranked["high"].max())) if len(ranked) else (0.0, 1.0)
    low, high = (min(low, mark), max(high, mark)) if mark == mark else (low, high)
    margin = (high - low) * 0.04
    rows: list[Row] = []
    for place, frame in enumerate((ranked, few)):
        if place and len(few):
            rows.append(linked.apart(text("indicators.too_few", least=LEAST_CASES)))
        for row in frame.to_dict("records"):
            key = row["group"] or asked.NOT_STATED
            to = asked.here(view="indicators", measure=measure, by=by, among="" if key == among else key) if by != "post" else None
            name = linked.cell(words.group(text, labels, by, row["group"]), to=to, tone="plain")
            span = measured.span_of(viewer, row, low - margin, high + margin, mark) if not place else None
            way = direction(measure, row, before.get(row["group"]))
            cells = measured.cells(
                viewer, row, before.get(row["group"]), way if not place else "unknown", span, {"by": by, "among": among or "", "group": key}
            )
            rows.append(linked.row(name, *cells, chosen=key == among, tone="quiet" if place else ""))
    linked.draw(measured.columns(viewer, "group"), rows, label=text("indicators.groups"), most=430)
