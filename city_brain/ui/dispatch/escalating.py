"""Escalating the chosen case from the desk: the move of the lifecycle that presses without moving it, with the form of the case file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from city_brain.cases import lifecycle, queries
from city_brain.cases.lifecycle import UNFINISHED, Move, Step
from city_brain.roles import Role
from city_brain.storage.city import City
from city_brain.ui import case_buttons
from city_brain.ui.dispatch import asked, keyboard, since
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer


def move(viewer: Viewer, step: str = Step.HANDLE) -> Move | None:
    """What the reader can press with: a dispatcher reminds, a manager supervises; None for other roles and in playback."""
    if viewer.playback:
        return None
    found = lifecycle.moves_from(Step(step), Role(viewer.actor.role))
    return next((one for one in found if one.sources == UNFINISHED and one.target is None), None)


def is_open(viewer: Viewer, case_id: str | None) -> bool:
    """Whether the form stands on the desk."""
    found = move(viewer)
    return found is not None and case_id is not None and case_buttons.open_form() == (case_id, found.name)


def button(viewer: Viewer, case: Mapping[str, Any]) -> None:
    """The button, for those who may."""
    found = move(viewer, case["step"])
    if found:
        st.button(
            f"{viewer.text(f'move.{found.name}')}…", key=f"dispatch-escalate-open-{case['case_id']}", type="tertiary",
            shortcut=keyboard.ESCALATE, on_click=_open, args=(case["case_id"], found.name),
        )  # fmt: skip


def form(city: City, viewer: Viewer, labels: Labels, case: Mapping[str, Any]) -> None:
    """The form of the case file, while it is open."""
    found = move(viewer, case["step"])
    if found and is_open(viewer, case["case_id"]):
        with st.container(key="dispatch-escalate"):
            case_buttons.form(city, viewer, labels, queries.case(city, viewer.look, case["case_id"]), found)


def _open(case_id: str, name: str) -> None:
    since.acted()
    asked.choose(case_id)  # where it has left the queue meanwhile that is said, and no other takes its place
    case_buttons.choose(case_id, name)
