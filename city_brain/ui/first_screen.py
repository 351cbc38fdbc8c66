"""What stands where figures cannot: no city yet, or a city whose data are old."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import streamlit as st

from city_brain import clock
from city_brain.settings import DEMO_CITIES
from city_brain.storage.city import City
from city_brain.ui import cached, session
from city_brain.ui.session import Viewer

STALE = timedelta(days=1)
"""Age of the newest data from which a live city is called stale."""
PLAY_FROM = time(8)
"""Time of day at which the playback of a week begins: the first cases of its Monday are there."""
PLAY_SPEED = 600


def is_stale(city: City, viewer: Viewer) -> bool:
    """Whether this session looks at the present of data that have long stopped."""
    age = cached.age(city)
    return not viewer.playback and age is not None and age > STALE


def stale_in_words(city: City, viewer: Viewer) -> str:
    """The words of the grey badge: how old the newest data are, or their date when that says more."""
    text, age = viewer.text, cached.age(city) or timedelta()
    return (
        text("frame.stale", age=text.duration(age))
        if age < timedelta(days=100)
        else text("frame.stale_since", at=text.moment(clock.now() - age, "day"))
    )


def stale_note(city: City, viewer: Viewer) -> None:
    """Say that the data are old, and offer the week when they were busiest."""
    text, age, busiest = viewer.text, cached.age(city), cached.period(city).get("week")
    if age is None:
        return
    with st.container(key="panel-stale", horizontal=True, vertical_alignment="center"):
        st.markdown(f":gray[○] {text('overview.stale', at=text.moment(clock.now() - age, 'day'))}")
        if busiest is not None:
            week = week_start(busiest, viewer)
            span = {"from": text.moment(week, "day"), "until": text.moment(week + timedelta(days=6), "day")}
            st.button(
                text("overview.play", **span), key="overview-play", icon=":material/play_arrow:", help=text("overview.play_note"),
                on_click=session.play, args=(week, PLAY_SPEED),
            )  # fmt: skip


def week_start(week: datetime, viewer: Viewer) -> datetime:
    """The morning of a week's Monday in the city's zone, for the start of a playback."""
    return datetime.combine(week.date(), PLAY_FROM, viewer.text.zone)


def no_city(viewer: Viewer) -> None:
    """The first screen of an empty home: two ways to begin."""
    text, off = viewer.text, session.settings().demo == "off"
    with st.container(key="first", horizontal_alignment="center"):
        with st.container(key="panel-first-lead", width=980):
            st.markdown(f"# {text('overview.empty_title')}")
            st.markdown(text("overview.empty_lead"))
        load, demo = st.columns(2, width=980)
        with load, st.container(key="panel-first-load", height="stretch"):
            st.markdown(f"**:material/upload_file: {text('overview.empty_load')}**")
            st.markdown(f":gray[{text('overview.empty_load_text')}]")
            st.page_link("data.py", label=text("overview.empty_load_link"), icon=":material/arrow_forward:")
            st.markdown(f":small[:gray[{text('overview.empty_or_command')}]]")
            st.code("python -m city_brain load FILE", language=None, wrap_lines=True)
        with demo, st.container(key="panel-first-demo", height="stretch"):
            st.markdown(f"**:material/location_city: {text('overview.empty_demo')}**")
            st.markdown(f":gray[{text('overview.empty_demo_text')}]")
            st.markdown(f":small[:gray[{text('overview.empty_demo_off' if off else 'overview.empty_demo_on')}]]")
            command = f"CITY_BRAIN_DEMO={DEMO_CITIES[0]} streamlit run app.py" if off else "python -m city_brain demo reset"
            st.code(command, language=None, wrap_lines=True)
