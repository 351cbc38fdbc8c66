"""The page of the daily report: which day, the sheet, print and download."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import streamlit as st

from city_brain.storage.city import City
from city_brain.ui import cached, joined
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import asked, daily, daily_html


def show(city: City, viewer: Viewer, labels: Labels) -> None:
    """The whole page."""
    text, known = viewer.text, cached.period(city)
    first, last = known.get("first"), known.get("last")
    st.html(f"<style>{daily_html.rules()}</style>")
    if first is None or last is None:
        st.info(text("supervision.empty"))
        st.page_link("data.py", label=text("overview.empty_load_link"), icon=":material/arrow_forward:")
        return
    today = viewer.look.moment.astimezone(text.zone).date()
    begin = min(first.astimezone(text.zone).date(), today)
    usual = min(today - timedelta(days=1), last.astimezone(text.zone).date())
    day = min(max(asked.day("day") or usual, begin), today)
    found = daily.of(city, viewer, day)
    with st.container(key="report-head", horizontal=True, vertical_alignment="center"):
        _days(viewer, day, begin, today)
        st.space("stretch")
        st.page_link("supervision.py", label=text("page.supervision"), icon=":material/monitoring:")
        st.html(f'<a class="cb-print" href="#" role="button">{text("daily.print")}</a>', width="content")
        st.download_button(
            text("daily.download"), partial(daily_html.file, viewer, labels, found), joined.file_name(f"city-brain-{day:%Y-%m-%d}.html"),
            "text/html", key="daily-html", on_click="ignore", icon=":material/download:", type="primary",
        )  # fmt: skip
    st.html(daily_html.article(viewer, labels, found))


def _days(viewer: Viewer, day: date, begin: date, today: date) -> None:
    text, key = viewer.text, f"daily-day-{day}"
    back, on = day - timedelta(days=1), day + timedelta(days=1)
    st.button("‹", key="daily-back", disabled=back < begin, on_click=_choose, args=(back,), help=text("daily.day_before"))
    st.date_input(
        text("daily.day"), day, key=key, min_value=begin, max_value=today, format="YYYY-MM-DD", label_visibility="collapsed", width=150,
        on_change=lambda: _choose(st.session_state[key]),
    )  # fmt: skip
    st.button("›", key="daily-on", disabled=on > today, on_click=_choose, args=(on,), help=text("daily.day_after"))


def _choose(day: date | None) -> None:
    if day:
        st.query_params["day"] = f"{day}"
