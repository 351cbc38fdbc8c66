"""Indicators: every measure of a period on the left; on the right the chosen one, how it is counted, its course, and the groups compared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from city_brain.storage.city import City
from city_brain.supervision.figures import Every
from city_brain.supervision.measures import MEASURE, MEASURES
from city_brain.supervision.score import LEAST_CASES
from city_brain.ui import cached, charts, finding_words
from city_brain.ui.cached import Narrowed
from city_brain.ui.labels import Labels, escaped
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import asked, linked, score, words
from city_brain.ui.supervision.asked import Period
from city_brain.ui.supervision.findings import direction, of_changes, of_groups, ordered
from city_brain.ui.supervision.rows import downloads

LEFT, RIGHT = 50, 50
CHART_PX = 150
EVERY: dict[str, tuple[Every, int]] = {"day": ("day", 21), "week": ("week", 84), "month": ("month", 365)}
"""By what the course is drawn → and over how many days at least, so that a short period is seen in its course."""
LONGEST_BY_DAY = 92
Row = dict[str, Any]


def show(city: City, viewer: Viewer, labels: Labels) -> None:
    """The whole view."""
    period = asked.period(viewer)
    measure = asked.one_of("measure", tuple(MEASURE), "handled_in_time")
    by, among = asked.grouping(measure), asked.value("among")
    narrowed: Narrowed = ((by, "" if among == asked.NOT_STATED else among),) if by and by != "post" and among else ()
    look = cached.coarse(viewer)
    whole = cached.indicators(city, look, period.since, period.until, only=narrowed)
    before = cached.indicators(city, look, period.past_since, period.past_until, only=narrowed)
    groups = cached.indicators(city, look, period.since, period.until, by=by) if by else None
    _controls(viewer, measure, by, period, groups if groups is not None else whole)
    left, right = st.columns([LEFT, RIGHT])
    with left, st.container(key="panel-measures", height="stretch"):
        _measures(viewer, labels, period, whole, before, measure, by, narrowed)
    with right, st.container(key="panel-measure", height="stretch"):
        _chosen(city, viewer, labels, period, measure, narrowed)
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
    words.head(viewer, labels, of_changes(ways), note)
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
    columns = _columns(viewer, "measure")
    rows = []
    for measure in MEASURES:
        row = found.get(measure.key)
        if row is None:
            continue
        to = asked.here(view="indicators", measure=measure.key, by=by or asked.WHOLE, among=among)
        name = linked.cell(text(f"measure.{measure.key}"), to=to, tone="plain", title=explained(viewer, measure.key))
        span = _span(viewer, row, 0.0, max(1.0, row["high"]) if row["high"] == row["high"] else 1.0)
        rows.append(
            linked.row(name, *_figures(viewer, row, past.get(measure.key), ways[measure.key], span, group), chosen=measure.key == chosen)
        )
    linked.draw(columns, rows, label=text("indicators.measures"))


def _columns(viewer: Viewer, first: str) -> list[dict[str, str]]:
    text = viewer.text
    told = [linked.column(text(f"indicators.column.{first}"))]
    for name, align, width in (("value", "right", ""), ("interval", "left", "16%"), ("counted", "right", ""), ("of", "right", ""),
                               ("unknown", "right", ""), ("change", "right", "")):  # fmt: skip
        told.append(linked.column(text(f"indicators.column.{name}"), align, width=width, means=text(f"indicators.help.{name}")))
    return told


def _figures(
    viewer: Viewer, row: Mapping[str, Any], past: Mapping[str, Any] | None, way: str, span: Row | None, group: dict[str, str]
) -> list[linked.Cell]:
    text, key = viewer.text, row["measure"]

    def to(part: str) -> str | None:
        return asked.here(view="indicators", rows="measure", measure=key, part=part, **group) if row[part] else None

    counted = {
        part: linked.cell(text.number(int(row[part])), to=to(part), tone="" if row[part] else "muted")
        for part in ("numerator", "denominator")
    }
    unknown = linked.cell(text.number(int(row["unknown"])), to=to("unknown"), tone="muted") if row["unknown"] else linked.cell()
    return [
        linked.cell(value_of(viewer, key, row["value"]), tone="strong"), linked.cell(span=span), counted["numerator"], counted["denominator"], unknown,
        _change(viewer, row, past, way),
    ]  # fmt: skip


def value_of(viewer: Viewer, measure: str, value: float) -> str:
    """A value with its unit; a dash where nothing counts."""
    if value != value:
        return "—"
    return viewer.text.percent(value, 1) if MEASURE[measure].unit == "share" else viewer.text.number(value, 2)


def _span(viewer: Viewer, row: Mapping[str, Any], low: float, high: float, mark: float | None = None) -> Row | None:
    if row["low"] != row["low"] or high <= low:
        return None
    told = viewer.text(
        "indicators.from_to", low=value_of(viewer, row["measure"], row["low"]), high=value_of(viewer, row["measure"], row["high"])
    )
    at = {name: (row[key] - low) / (high - low) for name, key in (("low", "low"), ("high", "high"), ("at", "value"))}
    return at | {"says": told} | ({"mark": (mark - low) / (high - low)} if mark is not None and mark == mark else {})


def _change(viewer: Viewer, row: Mapping[str, Any], past: Mapping[str, Any] | None, way: str) -> linked.Cell:
    text = viewer.text
    if way == "unknown" or past is None:
        return linked.cell("—", tone="muted", title=text("indicators.no_past"))
    difference = row["value"] - past["value"]
    share = MEASURE[row["measure"]].unit == "share"
    shown = text.number(abs(difference) * (100 if share else 1), 1 if share else 2)
    sign = "±" if not round(difference, 3 if share else 2) else "+" if difference > 0 else "−"
    before = text("indicators.before", value=value_of(viewer, row["measure"], past["value"]), count=int(past["denominator"]))
    tone = {"better": "good", "worse": "bad"}.get(way, "muted")
    told = text("indicators.points", points=f"{sign}{shown}") if share else f"{sign}{shown}"
    return linked.cell(told, tone=tone, title=f"{text(f'indicators.way.{way}')} {before}")


def explained(viewer: Viewer, key: str) -> str:
    """How a measure is counted: numerator, denominator, when, by which practice."""
    return "\n".join(f"{name}: {told}" for name, told in definition(viewer, key))


def definition(viewer: Viewer, key: str) -> list[tuple[str, str]]:
    """The same, each under its name."""
    text, measure = viewer.text, MEASURE[key]
    told = [
        (text("indicators.column.counted"), text(f"count.{measure.numerator}")), (text("indicators.column.of"), text(f"count.{measure.denominator}")),
        (text("indicators.when"), text(f"moment.{measure.period}")), (text("indicators.basis"), text(f"basis.{measure.basis}")),
    ]  # fmt: skip
    return told + ([(text("indicators.column.unknown"), text(f"count.{measure.unknown}"))] if measure.unknown else [])


# -- the chosen one -------------------------------------------------------------------------------------


def _chosen(city: City, viewer: Viewer, labels: Labels, period: Period, measure: str, narrowed: Narrowed) -> None:
    text = viewer.text
    usual = "day" if period.days <= LONGEST_BY_DAY else "week" if period.days <= 730 else "month"
    every = asked.one_of("every", tuple(EVERY), usual)
    with st.container(horizontal=True, vertical_alignment="center"):
        where = f" · {words.group(text, labels, *narrowed[0])}" if narrowed else ""
        st.markdown(f"**{escaped(text(f'measure.{measure}') + where)}**", width="stretch")
        if MEASURE[measure].counted != "stays":
            key = f"every-{every}-{text.language}"
            st.segmented_control(
                text("indicators.every"), list(EVERY), default=every, key=key, required=True, label_visibility="collapsed",
                format_func=lambda name: text(f"indicators.every.{name}"), on_change=lambda: asked.change(every=st.session_state[key]),
            )  # fmt: skip
    lines = "".join(f"<dt>{escape(name)}</dt><dd>{escape(told)}</dd>" for name, told in definition(viewer, measure))
    st.html(f"<details class=cbt-def><summary>{escape(text('indicators.definition'))}</summary><dl>{lines}</dl></details>")
    if MEASURE[measure].counted != "stays":
        _course(city, viewer, period, measure, every, narrowed)


def _course(city: City, viewer: Viewer, period: Period, measure: str, every: str, narrowed: Narrowed) -> None:
    text, (step, least) = viewer.text, EVERY[every]
    day = period.until.astimezone(text.zone).date()
    since = min(period.since, datetime.combine(day - timedelta(days=least), time(), text.zone))
    found = cached.series(city, cached.coarse(viewer), since, period.until, every=step, zone=text.zone, measure=measure, only=narrowed)
    if found.empty or found["value"].notna().sum() < 2:
        st.markdown(f":small[:gray[{text('indicators.no_course')}]]")
        return
    starts, ends = (found[name].dt.tz_convert(text.zone) for name in ("since", "until"))
    rows = found[["value", "low", "high"]].astype("float64").assign(
        at=starts.dt.tz_localize(None).dt.tz_localize("UTC"), running=~found["whole"],
        span=[_days(begin, end) for begin, end in zip(starts, ends, strict=True)],
        said=[f"{value_of(viewer, measure, row.value)} ({value_of(viewer, measure, row.low)} – {value_of(viewer, measure, row.high)})" for row in found.itertuples()],
        count=[text("indicators.n_of", numerator=int(row.numerator), denominator=int(row.denominator)) for row in found.itertuples()],
    )  # fmt: skip
    last = rows["value"].dropna().iloc[-1]
    told = {
        "span": text(f"indicators.every.{every}"), "value": text(f"measure.{measure}"), "count": text("indicators.column.of"),
        "day": "%Y-%m" if every == "month" else "%m-%d", "last": value_of(viewer, measure, float(last)),
    }  # fmt: skip
    share = 1.0 if MEASURE[measure].unit == "share" else 0.0
    charts.draw(
        "series",
        rows,
        told,
        key=f"indicators-series-{every}",
        alt_text=text("indicators.course_alt", measure=text(f"measure.{measure}")),
        height=CHART_PX,
        share=share,
    )


def _days(begin: pd.Timestamp, end: pd.Timestamp) -> str:
    last = end - pd.Timedelta(seconds=1)
    return f"{begin:%Y-%m-%d}" if last.date() == begin.date() else f"{begin:%Y-%m-%d} – {last:%m-%d}"


# -- groups -----------------------------------------------------------------------------------------------


def _groups(
    viewer: Viewer, labels: Labels, measure: str, by: str, groups: pd.DataFrame, past: pd.DataFrame, whole: pd.DataFrame, among: str | None
) -> None:
    text = viewer.text
    mine, earlier = groups[groups["measure"] == measure], past[past["measure"] == measure]
    known = whole.loc[whole["measure"] == measure, "value"]
    mark = float(known.iloc[0]) if len(known) else float("nan")
    ranked, few = ordered(mine, measure)
    value = finding_words.share(text, mark) if MEASURE[measure].unit == "share" and mark == mark else value_of(viewer, measure, mark)
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
            span = _span(viewer, row, low - margin, high + margin, mark) if not place else None
            way = direction(measure, row, before.get(row["group"]))
            cells = _figures(
                viewer, row, before.get(row["group"]), way if not place else "unknown", span, {"by": by, "among": among or "", "group": key}
            )
            rows.append(linked.row(name, *cells, chosen=key == among, tone="quiet" if place else ""))
    linked.draw(_columns(viewer, "group"), rows, label=text("indicators.groups"), most=430)
