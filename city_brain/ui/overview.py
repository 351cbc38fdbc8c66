"""The overview (一张屏): what is open, new, overdue and closed, where it stands out, and one click to its rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from city_brain.cases import findings, funnel, queries
from city_brain.cases.findings import Finding
from city_brain.cases.lifecycle import Step
from city_brain.cases.model import Mark, Wanted
from city_brain.storage.city import City
from city_brain.ui import cached, charts, faults, finding_words, first_screen, session, tables, tiles
from city_brain.ui.cached import Summary
from city_brain.ui.finding_words import against_usual, against_week
from city_brain.ui.labels import Labels, escaped
from city_brain.ui.session import Viewer

TREND, KINDS, DISTRICTS = 42, 26, 32
NEWEST, STEPS = 62, 38
"""Widths of the panels, as shares of their row."""
CHART_PX, CHART_SMALL_PX = 216, 182
"""Height of the charts; the small one where a banner or a note takes its place above."""
MOST_DISTRICTS, MOST_IN_SMALL = 14, 12


def screen() -> None:
    """One refresh of the whole screen."""
    with faults.shown():
        city, viewer = session.city(), session.viewer()
        found = cached.summary(city, viewer)
        if viewer.named is None or found.first is None:
            first_screen.no_city(viewer)
            return
        labels, stale = Labels(city, viewer.text), first_screen.is_stale(city, viewer)
        if stale:
            first_screen.stale_note(city, viewer)
        height = CHART_SMALL_PX if stale or viewer.playback else CHART_PX
        _figures(viewer, found)
        if stale and not (found.hours["reported"].any() or len(found.kinds) or len(found.districts)):
            with st.container(key="panel-record"):
                _record(city, viewer, labels, height)
        else:
            _lately(viewer, labels, found, height)
        newest, steps = st.columns([NEWEST, STEPS])
        with newest, st.container(key="panel-newest", height="stretch"):
            _newest(city, viewer, labels)
        with steps, st.container(key="panel-steps", height="stretch"):
            _steps(city, viewer, labels, found)


def _lately(viewer: Viewer, labels: Labels, found: Summary, height: int) -> None:
    """The last day and the last week: three panels, each with its finding."""
    trend, kinds, districts = st.columns([TREND, KINDS, DISTRICTS])
    with trend, st.container(key="panel-trend", height="stretch"):
        _trend(viewer, labels, found, height)
    with kinds, st.container(key="panel-kinds", height="stretch"):
        _kinds(viewer, labels, found, height)
    with districts, st.container(key="panel-districts", height="stretch"):
        _districts(viewer, labels, found, height)


def _record(city: City, viewer: Viewer, labels: Labels, height: int) -> None:
    """The whole record by the week, where the last days are empty."""
    weeks = cached.weeks(city)
    _title(viewer, labels, findings.of_record(weeks), viewer.text("overview.record_note"))
    words = {"week": viewer.text("overview.week"), "reported": viewer.text("overview.line.reported"), "month": "%Y-%m"}
    charts.draw("record", weeks, words, key="overview-record", alt_text=viewer.text("overview.record_alt"), height=height)


def _title(viewer: Viewer, labels: Labels, finding: Finding, note: str) -> None:
    """The finding, computed from what the panel shows, then unit and time."""
    st.markdown(f"**{escaped(finding_words.said(finding, viewer.text, labels))}**  \n:small[:gray[{escaped(note)}]]")


def _figures(viewer: Viewer, found: Summary) -> None:
    text, overdue = viewer.text, found.marks.get(Mark.OVERDUE, 0)
    stocks, hours = found.stocks.iloc[1:], found.hours
    new, closed = (int(found.days[column].iloc[0]) for column in ("reported", "closed"))
    figures: list[tuple[str, str, int, str, dict[str, str | list[str]], pd.Series]] = [
        ("open", "", found.open, against_week(found, "open", found.open, text), {"done": "0"}, stocks["open"]),
        ("new", "", new, against_usual(found, "reported", text), {"days": "today", "done": "any"}, hours["reported"]),
        ("overdue", ":violet[⊗] ", overdue, against_week(found, "overdue", overdue, text), {"mark": "overdue"}, stocks["overdue"]),
        ("closed", "", closed, against_usual(found, "closed", text), {"closed": "today"}, hours["closed"]),
    ]
    with st.container(key="figures"):
        for column, (key, shape, value, beside, query, trend) in zip(st.columns(len(figures)), figures, strict=True):
            with column:
                name = text(f"overview.{key}")
                label = shape + text("overview.unit", name=name, time=text.moment(found.moment, "time"))
                link = text("overview.rows", name=name)
                tiles.tile(
                    key,
                    label,
                    text.number(value),
                    beside=beside,
                    page="case_board.py",
                    query=query,
                    link=link,
                    trend=trend.tolist(),
                    big=True,
                )


def _trend(viewer: Viewer, labels: Labels, found: Summary, height: int) -> None:
    text, hours = viewer.text, found.hours
    to = text.moment((hours["hour"].iloc[-1] + pd.Timedelta(hours=1)).to_pydatetime(), "time")
    weeks = int(hours["weeks"].max())
    note = text("overview.trend_note", weeks=weeks, time=to) if hours["usual"].notna().any() else text("overview.trend_note_alone", time=to)
    _title(viewer, labels, findings.of_trend(hours), note)
    words = {
        **finding_words.names(text, "overview.line", ("reported", "closed", "usual", "low", "high", "span")),
        "hour": text("overview.hour_pattern"),
    }
    shown = finding_words.hours_of_the_city(hours, text)
    charts.draw("trend", shown, words, key="overview-trend", alt_text=text("overview.trend_alt"), height=height)


def _kinds(viewer: Viewer, labels: Labels, found: Summary, height: int) -> None:
    text, kinds = viewer.text, found.kinds
    compared = bool(kinds["before"].sum())
    _title(viewer, labels, findings.of_kinds(kinds), text("overview.kinds_note" if compared else "overview.kinds_note_alone"))
    if kinds.empty:
        return
    change = (kinds["cases"] / kinds["before"] - 1).where(kinds["before"] >= findings.LEAST_CASES)
    rows = pd.DataFrame({
        "key": kinds["kind"], "name": [labels.kind(kind) for kind in kinds["kind"]], "cases": kinds["cases"], "before": kinds["before"],
        "value": [text.percent(value, signed=True) if value == value else "" for value in change],
        "count": [text.number(count) for count in kinds["cases"]],
        "loud": change.abs() >= findings.LEAST_CHANGE,
    })  # fmt: skip
    words = {"name": text("overview.kind"), "share": text("overview.change"), "count": text("overview.cases")}
    picked = charts.draw("bars", rows, words, key="overview-kinds", alt_text=text("overview.kinds_alt"), selects=True, height=height)
    _lead(picked, "kind", {"days": "7", "done": "any"})


def _districts(viewer: Viewer, labels: Labels, found: Summary, height: int) -> None:
    text, ranking = viewer.text, findings.ranked(found.districts)
    notes = [text("overview.districts_note", target=finding_words.share(text, findings.ON_TIME_TARGET))]
    most = MOST_DISTRICTS if height >= CHART_PX else MOST_IN_SMALL
    if len(ranking) > most:
        notes.append(text("overview.districts_lowest", shown=most, all=len(ranking)))
    if len(ranking) < len(found.districts):
        notes.append(text("overview.districts_hidden", hidden=len(found.districts) - len(ranking), least=findings.LEAST_CASES))
    _title(viewer, labels, findings.of_districts(ranking), " · ".join(notes))
    if ranking.empty:
        return
    shown = ranking.tail(most)
    rows = pd.DataFrame({
        "key": shown["district"], "name": [labels.of("district", district) for district in shown["district"]],
        "share": shown["share"], "below": shown["below"],
        "value": [text.percent(value, 1) for value in shown["share"]], "count": [text.number(count) for count in shown["cases"]],
    })  # fmt: skip
    words = {"name": text("overview.district"), "share": text("overview.share"), "count": text("overview.cases")}
    target, alt_text = findings.ON_TIME_TARGET, text("overview.districts_alt")
    picked = charts.draw("ranking", rows, words, key="overview-districts", alt_text=alt_text, selects=True, target=target, height=height)
    _lead(picked, "district", {"judged": "7"})


def _lead(picked: list[dict[str, Any]], name: str, query: dict[str, str | list[str]]) -> None:
    """A click on a row of a ranking leads to its cases. By value: a refresh between cannot change which row was meant."""
    if picked:
        st.switch_page("case_board.py", query_params={**query, name: str(picked[0]["key"])})


def _newest(city: City, viewer: Viewer, labels: Labels) -> None:
    text = viewer.text
    st.markdown(f"**{text('overview.newest')}** :small[:gray[{text('overview.newest_note')}]]")
    cases = queries.newest(city, viewer.look)
    if cases.empty:
        st.info(text("overview.newest_empty"))
        return
    shown = tables.in_words(cases, viewer, labels)
    today = cached.today(viewer)
    shown["reported"] = [text.moment(at.to_pydatetime(), "time" if at >= today else "day") for at in cases["reported_at"]]
    widths = {"case": 132, "reported": 66, "kind": 126, "place": 164, "step": 80, "clock": 98, "holder": 84}
    columns = tables.configuration(text)
    for name, width in widths.items():
        label = text("overview.column.reported" if name == "reported" else f"column.{name}")
        columns[name] = st.column_config.TextColumn(label, width=width, alignment="right" if name == "clock" else None)
    tables.draw("overview-newest", shown, cases, columns=columns, height=tables.ROW * (len(cases) + 1) + 2)


def _steps(city: City, viewer: Viewer, labels: Labels, found: Summary) -> None:
    text, seven = viewer.text, funnel.of_seven(found.steps)
    _title(viewer, labels, findings.of_steps(funnel.unfinished(seven)), text("overview.steps_note"))
    with st.container(key="steps"):
        tiles.heading([text(f"overview.column.{name}") for name in ("step", "cases", "overdue", "wait")])
        for step, row in seven.items():
            _step(viewer, labels, step, row)
    _longest_overdue(city, viewer, labels)


def _step(viewer: Viewer, labels: Labels, step: Step, row: dict[str, Any]) -> None:
    text, rated = viewer.text, step is Step.EVALUATE
    waiting = "—" if row["waiting_s"] is None else text.duration(timedelta(seconds=row["waiting_s"]))
    cells = [labels.step(step), text.number(row["cases"]), "—" if rated else text.number(row["overdue"]), waiting]
    query: dict[str, str | list[str]] = {"step": funnel.counted_with(step), "done": "1" if rated else "0"}
    link = text("overview.rows", name=labels.step(step))
    tiles.row(f"step-{step}", cells, page="case_board.py", query=query, link=link, loud=2 if row["overdue"] else None)


def _longest_overdue(city: City, viewer: Viewer, labels: Labels) -> None:
    """The cases that have been overdue longest (urgent ones first): what a leader may ask about."""
    cases = queries.queue(city, viewer.look, Wanted(marks=(Mark.OVERDUE,)), size=2)
    if cases.empty:
        return
    words = tables.in_words(cases, viewer, labels)
    with st.container(key="asked", gap=None):
        st.markdown(f":violet-badge[⊗ {viewer.text('overview.longest')}]")
        for place, case_id in enumerate(cases["case_id"]):
            row = words.iloc[place]
            st.page_link("case_file.py", label=escaped(f"{row['kind']} · {row['place']} · {row['clock']}"), query_params={"case": case_id})
