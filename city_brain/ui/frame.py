"""What surrounds every page: style, menu, who, language, live or playback, simulated or not."""

from __future__ import annotations

import streamlit as st

from city_brain import clock
from city_brain.cases import lifecycle, queries
from city_brain.errors import Fault
from city_brain.roles import Role
from city_brain.text import LANGUAGES, Text
from city_brain.ui import faults, first_screen, inbox, joined, playback, session, theme
from city_brain.ui.drills import banner
from city_brain.ui.labels import Labels
from city_brain.ui.tour import bar

NATURAL_GAP_S = 60
"""A simulated city whose cases arrive faster than this is sped up for the demonstration, and says so."""


def surround(wall: bool = False) -> bool:
    """Draw the frame. False while there is nothing to draw a page from (opening, damaged): then that is said."""
    session.always_dark(wall)
    theme.style()
    home = session.the_home()
    if home.fault is not None:
        _damaged(home.fault)
        return False
    if not home.ready or home.stage.key not in ("ready", "opening", "replay"):
        _opening()
        return False
    if joined.settle():
        session.say(session.words()("drill.is_over"))
    session.keep_in_url()
    banner.outline()
    if wall:
        return True
    with st.container(key="status", horizontal=True, gap="small"):
        _status()
        _inbox()
        st.page_link("wall.py", label=session.words()("frame.to_wall"), icon=":material/tv:")
        _who()
    said = session.said()
    if said:
        st.toast(said, icon=":material/info:", duration="long")
    banner.show()
    bar.show()
    playback.banner(session.viewer())
    return True


@st.fragment(run_every="20s")
def _inbox() -> None:
    """What is new for the reader; not for a guest, who has no desk."""
    with faults.shown():
        viewer = session.viewer()
        if viewer.named and session.identities_allowed():
            inbox.show(session.city(), viewer, Labels(session.city(), viewer.text))


@st.fragment(run_every="2s")
def _status() -> None:
    with faults.shown():
        viewer = session.viewer()
        text, marks = viewer.text, [f":gray-badge[{banner.MARK}]"] if joined.number() else []
        if viewer.simulated:
            fast = not viewer.playback and session.the_home().settings.demo_arrival_seconds < NATURAL_GAP_S
            marks.append(f":violet-badge[◇ {text('frame.simulated_fast' if fast else 'frame.simulated')}]")
        if viewer.playback:
            marks.append(f":orange-badge[{text('frame.playback')}]")
        elif viewer.named and not joined.number():
            stale = first_screen.is_stale(session.city(), viewer)
            marks.append(f":gray[○ {first_screen.stale_in_words(session.city(), viewer)}]" if stale else f":green[●] {text('frame.live')}")
        name = text.pick(viewer.named["name_zh"], viewer.named["name_en"]) if viewer.named else text("frame.no_city")
        st.markdown(" ".join([*marks, f"**{name}**", f":gray[{text('frame.as_of')}] {text.moment(viewer.look.moment, 'second')}"]))


def _who() -> None:
    text, role = session.words(), session.identity()
    name = text.pick(*session.PEOPLE[role]) if session.identities_allowed() else text("frame.guest")
    post = text(f"role.{role}")
    if role is Role.DEPARTMENT:
        post = Labels(session.city(), text).of("department", session.department())
    with st.popover(f"{post} {name}" if session.identities_allowed() else name, type="tertiary"):
        st.segmented_control(
            text("frame.language"),
            list(LANGUAGES),
            default=text.language,
            format_func=LANGUAGES.__getitem__,
            key="language-choice",
            required=True,
            on_change=lambda: _choose("language", "language-choice"),
        )
        if session.identities_allowed():
            st.radio(
                text("frame.identity"),
                [item for item in Role if item is not Role.SYSTEM],
                index=list(Role).index(role),
                key="identity-choice",
                format_func=lambda item: f"{text(f'role.{item}')} · {text.pick(*session.PEOPLE[item])}",
                on_change=lambda: _choose("identity", "identity-choice"),
            )
            if role is Role.DEPARTMENT:
                _department(text)
            st.caption(text("frame.identity_note"))
        else:
            st.caption(text("frame.guest_note"))


def _department(text: Text) -> None:
    """Which department this demo identity works for, each with how much it has at hand."""
    labels, at_hand = Labels(session.city(), text), queries.loads(session.city(), lifecycle.queue(Role.DEPARTMENT))
    options, chosen = labels.departments(), session.department()
    st.selectbox(
        text("frame.department"),
        options,
        index=options.index(chosen) if chosen in options else None,
        key=f"department-choice-{text.language}",
        format_func=lambda name: text("frame.at_hand", department=labels.of("department", name), cases=at_hand.get(name, 0)),
        placeholder=text("frame.department"),
        on_change=lambda: _choose("department", f"department-choice-{text.language}"),
    )


def _choose(name: str, key: str) -> None:
    st.session_state[name] = str(st.session_state[key])


@st.fragment(run_every="1s")
def _opening() -> None:
    text, stage = session.words(), session.the_home().stage
    if session.the_home().fault is not None or (session.the_home().ready and stage.key == "ready"):
        st.rerun()
    with st.container(key="panel-opening"):
        st.markdown(f"### {text('frame.opening')}")
        share = min(1.0, stage.done / stage.total) if stage.total else 0.0
        st.progress(share, text=text(f"stage.{stage.key}"))
        st.caption(text("frame.opening_note"))


def _damaged(fault: Fault) -> None:
    text = session.words()
    with st.container(key="panel-damaged"):
        st.markdown(f"### {text('frame.damaged')}")
        st.error(text.fault(fault))
        st.caption(text("frame.damaged_note", at=text.moment(clock.now())))
