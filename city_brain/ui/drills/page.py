"""The page of drills: what can be drilled and what to watch, the drill that runs with its figures and its course, those that are over."""

from __future__ import annotations

from datetime import timedelta
from html import escape

import streamlit as st

from city_brain import clock
from city_brain.drills import desk as drills
from city_brain.drills.desk import Scenario
from city_brain.drills.figures import Ended, Figures
from city_brain.drills.playing import Drill
from city_brain.roles import GRANTED, Right
from city_brain.text import Text
from city_brain.ui import faults, joined, session
from city_brain.ui.session import Viewer
from city_brain.ui.tour import bar

COLUMNS = 3
KEYS = ("raised", "dispatched", "closed", "late", "acts")


def show(viewer: Viewer) -> None:
    """The whole page."""
    text, may = viewer.text, viewer.actor.role in GRANTED[Right.DRILL] and not viewer.playback and session.identities_allowed()
    running = joined.desk().running
    if running is not None:
        with st.container(key="panel-running"):
            _running(running.number)
            _watched(viewer, running.scenario, "running")
            _doors(viewer, running, may)
    elif may:
        bar.offer(may)
    else:
        st.info(text("drill.who_may"), icon=":material/info:")
    _past(viewer, joined.desk().past)
    stories = drills.stories()
    for first in range(0, len(stories), COLUMNS):
        for column, story in zip(st.columns(COLUMNS), stories[first : first + COLUMNS], strict=False):
            with column, st.container(key=f"panel-scenario-{story.slug}"):
                _card(viewer, story, free=running is None and may)


@st.fragment(run_every="2s")
def _running(number: str) -> None:
    """How far it is, what it has raised, what has happened so far. The page is drawn anew when it is over."""
    drill = joined.desk().of(number)
    if drill is None:
        st.rerun()
        return
    text, minute = session.viewer().text, drill.minute(clock.now())
    name = text.pick(drill.scenario.name.zh, drill.scenario.name.en)
    left = text.duration(max(drill.ends_at - clock.now(), timedelta()))
    with faults.shown():
        far = text("drill.far", minute=int(minute), minutes=drill.scenario.minutes)
        st.markdown(f"**▞ {text('drill.runs', name=name)}** :small[:gray[{far} · {text('drill.left_over', time=left)}]]")
        st.html(f"<div class=cbd-bar><i style='width:{100 * minute / drill.scenario.minutes:.1f}%'></i></div>")
        _figures(text, drill.figures())
        _course(text, drill)


def _figures(text: Text, found: Figures) -> None:
    shown = {key: text.number(getattr(found, key)) for key in KEYS} | {"dispatch_s": _time(text, found.dispatch_s)}
    with st.container(key="strip"):
        for column, (key, value) in zip(st.columns(len(shown)), shown.items(), strict=True):
            with column, st.container(key=f"tile-drill-{key}"):
                st.metric(text(f"drill.figure.{key}"), value)


def _time(text: Text, seconds: float | None) -> str:
    """A median: minutes and seconds below an hour, for a drill is short."""
    if seconds is None:
        return "—"
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}" if seconds < 3600 else text.duration(timedelta(seconds=seconds))


def _course(text: Text, drill: Drill) -> None:
    """What has happened, the latest first, and what set it off."""
    words = {one.name: text.pick(one.text.zh, one.text.en) for one in drill.scenario.happenings}
    rows = [
        f"<li><time>{escape(text('drill.minute', minute=int(minute)))}</time><span>{escape(words[name])}"
        + (f"<small>{escape(text('drill.because', cause=words[because]))}</small>" if because else "")
        + "</span></li>"
        for minute, name, because in reversed(drill.begun)
    ]
    st.html(f"<ol class=cbd-course>{''.join(rows)}</ol>" if rows else f"<p class=cbd-chain>{escape(text('drill.nothing_yet'))}</p>")


def _doors(viewer: Viewer, drill: Drill, may: bool) -> None:
    text = viewer.text
    with st.container(horizontal=True):
        if joined.number() != drill.number:
            st.button(
                text("drill.join"), key="drill-join", type="primary", icon=":material/login:", on_click=joined.join, args=(drill.number,)
            )  # fmt: skip
        if may:
            with st.popover(text("drill.end"), icon=":material/stop:", key="drill-ending"):
                st.markdown(text("drill.end_ask"))
                st.button(text("drill.end_do"), key="drill-end", type="primary", on_click=_end, args=(drill.number,))


@faults.told
def _end(number: str) -> None:
    ended = joined.desk().end(number, session.viewer().actor)
    if joined.number() == number:
        joined.leave()
    text = session.words()
    session.say(text("drill.ended", raised=ended.figures.raised, closed=ended.figures.closed))


@faults.told
def _begin(slug: str) -> None:
    drill = joined.desk().begin(slug, session.viewer().actor)
    joined.join(drill.number)
    session.say(session.words()("drill.begun", seconds=round(drill.copied_s, 1)))


def _card(viewer: Viewer, story: Scenario, *, free: bool) -> None:
    text = viewer.text
    facts = [
        text("drill.fact.minutes", minutes=story.minutes, wall=round(story.minutes / story.speed)),
        text("drill.fact.speed", speed=story.speed), text("drill.fact.reports", reports=story.reports),
        text("drill.fact.arrivals", times=story.arrivals),
    ]  # fmt: skip
    name, lead = text.pick(story.name.zh, story.name.en), text.pick(story.lead.zh, story.lead.en)
    st.html(
        f"<div class=cbd-card><h3>{escape(name)}</h3><p>{escape(lead)}</p>"
        f"<div class=cbd-facts>{''.join(f'<span>{escape(fact)}</span>' for fact in facts)}</div></div>"
    )
    _watched(viewer, story, story.slug)
    st.button(
        text("drill.begin"), key=f"drill-begin-{story.slug}", icon=":material/play_arrow:", disabled=not free, on_click=_begin,
        args=(story.slug,), help=None if free else text("drill.not_now"),
    )  # fmt: skip


def _watched(viewer: Viewer, story: Scenario, where: str) -> None:
    """What to watch in a scenario, with the pages that show it."""
    text = viewer.text
    st.markdown(f":small[:gray[{text('drill.watch')}]]")
    with st.container(key=f"watch-{where}"):
        for watch in story.watch:
            st.page_link(f"{watch.page}.py", label=f"{text(f'page.{watch.page}')} · :gray[{text.pick(watch.text.zh, watch.text.en)}]")


def _past(viewer: Viewer, past: list[Ended]) -> None:
    if not past:
        return
    text = viewer.text
    told = {one.scenario: drills.story(one.scenario).name for one in past}
    names = {slug: text.pick(name.zh, name.en) for slug, name in told.items()}
    head = "".join(f"<th>{escape(text(f'drill.past.{key}'))}</th>" for key in ("name", "begun", "length", "by"))
    head += "".join(f"<th>{escape(text(f'drill.figure.{key}'))}</th>" for key in (*KEYS, "dispatch_s", "close_s"))
    rows = "".join(
        f"<tr><td>{escape(names[one.scenario])}</td><td>{text.moment(one.begun_at)}</td>"
        f"<td>{text.duration(one.ended_at - one.begun_at)}</td>"
        f"<td>{escape(one.begun_by.partition(':')[2])}</td>{''.join(f'<td>{text.number(getattr(one.figures, key))}</td>' for key in KEYS)}"
        f"<td>{_time(text, one.figures.dispatch_s)}</td><td>{_time(text, one.figures.close_s)}</td></tr>"
        for one in past
    )
    with st.container(key="panel-drills-past"):
        st.markdown(f"**{text('drill.past')}** :small[:gray[{text('drill.past_note')}]]")
        st.html(f"<table class=cbd-past><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")
