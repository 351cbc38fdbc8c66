"""One team on the desk: what it is, how it stands, and what can be said of it by whoever may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from city_brain.dispatch import actions
from city_brain.dispatch.lifecycle import BUSY, BY_HAND, DESK, Stage, possible
from city_brain.roles import Role
from city_brain.ui import faults, session
from city_brain.ui.dispatch import since
from city_brain.ui.labels import Labels, escaped
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import linked


def show(viewer: Viewer, labels: Labels, team: Mapping[str, Any]) -> None:
    """The panel of one team, a row of `dispatch.queries.teams`."""
    text, state = viewer.text, str(team["state"])
    with st.container(key="panel-dispatch-team"):
        name = text.pick(team["name_zh"], team["name_en"])
        st.markdown(f"**{escaped(name)}** :gray[{escaped(team['team_id'])}]")
        facts = [
            text(f"team.function.{team['function']}"), labels.of("department", team["department"]),
            text("dispatch.fleet.people", people=team["size"]),
            *(text(f"team.skill.{skill}") for skill in team["skills"]),
        ]  # fmt: skip
        st.markdown(f":small[:gray[{escaped(' · '.join(facts))}]]")
        st.markdown(f"{text(f'team.state.{state}')} :small[:gray[{text.moment(team['since'])}]]")
        if state in BUSY:
            st.markdown(f"[{escaped(team['case_id'])}]({linked.to('case_file', {'case': team['case_id']})})")
        if _may(viewer, team):
            _at_a_case(viewer, team) if state in BUSY else _by_hand(viewer, team)


def _may(viewer: Viewer, team: Mapping[str, Any]) -> bool:
    """Dispatchers speak for every team, a department for its own; actions check it again."""
    if viewer.playback:
        return False
    return viewer.actor.role in DESK or (viewer.actor.role is Role.DEPARTMENT and viewer.actor.department == team["department"])


def _at_a_case(viewer: Viewer, team: Mapping[str, Any]) -> None:
    text, number = viewer.text, str(team["assignment_id"])
    stages = possible(team["state"], viewer.actor.role)
    with st.container(horizontal=True):
        for stage in (stage for stage in stages if stage is not Stage.RECALLED):
            st.button(
                text(f"assignment.stage.{stage}"), key=f"dispatch-team-{stage}", type="primary", on_click=_advance, args=(number, stage)
            )
        if Stage.RECALLED in stages:
            with st.popover(text("dispatch.fleet.recall"), key=f"dispatch-team-recall-{number}"):
                key = f"dispatch-team-reason-{number}"
                st.text_input(text("dispatch.fleet.why"), key=key, max_chars=200)
                st.button(text("dispatch.fleet.recall_do"), key="dispatch-team-recalled", type="primary", on_click=_advance,
                          args=(number, Stage.RECALLED, key))  # fmt: skip


def _by_hand(viewer: Viewer, team: Mapping[str, Any]) -> None:
    key = f"dispatch-team-reason-{team['team_id']}"
    with st.container(horizontal=True):
        for state in (state for state in BY_HAND if state != team["state"]):
            said = viewer.text(f"team.state.{state}")
            st.button(said, key=f"dispatch-team-{state}", on_click=_put, args=(str(team["team_id"]), state, key))
    st.text_input(viewer.text("dispatch.fleet.why_if"), key=key, max_chars=200)


@faults.told
def _advance(assignment: str, stage: Stage, reason: str | None = None) -> None:
    since.acted()
    viewer = session.viewer()
    actions.advance(session.city(), assignment, stage, viewer.actor, reason=st.session_state.get(reason) if reason else None)
    session.say(viewer.text("dispatch.fleet.said", said=viewer.text(f"assignment.stage.{stage}")))


@faults.told
def _put(team: str, state: str, reason: str) -> None:
    since.acted()
    viewer = session.viewer()
    actions.put(session.city(), [team], state, viewer.actor, reason=st.session_state.get(reason))
    st.session_state[reason] = ""  # it was the reason for this one
    session.say(viewer.text("dispatch.fleet.said", said=viewer.text(f"team.state.{state}")))
