"""The chosen measure: how it is counted, and its course by day, week or month."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from html import escape

import pandas as pd
import streamlit as st

from city_brain.storage.city import City
from city_brain.supervision.figures import Every
from city_brain.supervision.measures import MEASURE
from city_brain.ui import cached, charts
from city_brain.ui.cached import Narrowed
from city_brain.ui.labels import Labels, escaped
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import asked, measured, words
from city_brain.ui.supervision.asked import Period

CHART_PX = 150
EVERY: dict[str, tuple[Every, int]] = {"day": ("day", 21), "week": ("week", 84), "month": ("month", 365)}
"""By what the course is drawn → and over how many days at least, so that a short period is seen in its course."""
LONGEST_BY_DAY, LONGEST_BY_WEEK = 92, 730


def show(city: City, viewer: Viewer, labels: Labels, period: Period, measure: str, narrowed: Narrowed) -> None:
    """Name, definition and chart."""
    text = viewer.text
    usual = "day" if period.days <= LONGEST_BY_DAY else "week" if period.days <= LONGEST_BY_WEEK else "month"
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
    lines = "".join(f"<dt>{escape(name)}</dt><dd>{escape(told)}</dd>" for name, told in measured.definition(viewer, measure))
    st.html(f"<details class=cbt-def><summary>{escape(text('indicators.definition'))}</summary><dl>{lines}</dl></details>")
    if MEASURE[measure].counted != "stays":
        _course(city, viewer, period, measure, every, narrowed)


def _course(city: City, viewer: Viewer, period: Period, measure: str, every: str, narrowed: Narrowed) -> None:
    text, (step, least) = viewer.text, EVERY[every]
    day = period.until.astimezone(text.zone).date()
    since = min(period.since, datetime.combine(day - timedelta(days=least), time(), text.zone))
    found = cached.series(city, asked.look(viewer), since, period.until, every=step, zone=text.zone, measure=measure, only=narrowed)
    if found.empty or found["value"].notna().sum() < 2:
        st.markdown(f":small[:gray[{text('indicators.no_course')}]]")
        return
    starts, ends = (found[name].dt.tz_convert(text.zone) for name in ("since", "until"))
    rows = found[["value", "low", "high"]].astype("float64").assign(
        at=starts.dt.tz_localize(None).dt.tz_localize("UTC"), running=~found["whole"],
        span=[_days(begin, end) for begin, end in zip(starts, ends, strict=True)],
        said=[_said(viewer, measure, row.value, row.low, row.high) for row in found.itertuples()],
        count=[text("indicators.n_of", numerator=int(row.numerator), denominator=int(row.denominator)) for row in found.itertuples()],
    )  # fmt: skip
    last = rows["value"].dropna().iloc[-1]
    told = {
        "span": text(f"indicators.every.{every}"), "value": text(f"measure.{measure}"), "count": text("indicators.column.of"),
        "day": "%Y-%m" if every == "month" else "%m-%d", "last": measured.value_of(viewer, measure, float(last)),
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


def _said(viewer: Viewer, measure: str, value: float, low: float, high: float) -> str:
    shown, least, most = (measured.value_of(viewer, measure, number) for number in (value, low, high))
    return f"{shown} ({least} – {most})"


def _days(begin: pd.Timestamp, end: pd.Timestamp) -> str:
    last = end - pd.Timedelta(seconds=1)
    return f"{begin:%Y-%m-%d}" if last.date() == begin.date() else f"{begin:%Y-%m-%d} – {last:%m-%d}"
