"""The one case that a guided demonstration follows to its evaluation: the simulated staff does what lies between two scenes.

Everything happens on the copy and through the ordinary actions; where somebody was first, the case is simply further.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import pandas as pd

from city_brain import clock
from city_brain.cases import queries
from city_brain.cases.actions import advance
from city_brain.cases.lifecycle import Step
from city_brain.cases.model import Look
from city_brain.dispatch import actions as dispatch
from city_brain.dispatch import queries as teams
from city_brain.dispatch.lifecycle import Stage
from city_brain.drills.playing import PREFIX, Drill
from city_brain.errors import Stale
from city_brain.simulator import crews, staff

WAY = (
    Step.COLLECT, Step.CONFIRM, Step.FILE, Step.DISPATCH, Step.HANDLE, Step.REPORT_BACK, Step.VERIFY, Step.EVALUATE, Step.ARCHIVED,
)  # fmt: skip
"""The straight way of a case."""
STAGES = (Stage.EN_ROUTE, Stage.ON_SCENE, Stage.CLEARED)
MOST_PRESSING, MOST_MOVES = 50, 24


class Scene(NamedTuple):
    """One step of the demonstration."""

    name: str
    """What is said of it is the text ``tour.<name>``."""
    page: str
    step: Step | None = None
    """How far the case has come when the scene begins."""
    stage: Stage | None = None
    """How far the team sent to it has."""


SCENES = (
    Scene("whole", "overview"), Scene("detected", "live_map"), Scene("noticed", "alert_desk"),
    Scene("filed", "case_file", Step.DISPATCH), Scene("chosen", "dispatch_desk", Step.DISPATCH),
    Scene("on_scene", "case_file", Step.HANDLE, Stage.ON_SCENE), Scene("verified", "case_file", Step.EVALUATE, Stage.CLEARED),
    Scene("evaluated", "supervision", Step.ARCHIVED), Scene("foreseen", "risk_grid"), Scene("kept", "drills"),
)  # fmt: skip


def chosen(drill: Drill) -> str | None:
    """The case to follow: the most pressing one of the drill; the simulated staff leaves it alone from then on. None before the first."""
    pressing = queries.pressing(drill.city, Look(clock.now()), MOST_PRESSING)["case_id"].tolist()
    case: str | None = next((case for case in pressing if case.startswith(PREFIX)), None)
    if case is not None:
        drill.led.add(case)
    return case


def lead(drill: Drill, case_id: str, scene: Scene) -> None:
    """Bring the case to where the scene shows it; what is there already stays."""
    moment = clock.now()
    if scene.stage is not None:
        _carry(drill, case_id, Step.DISPATCH, moment)
        _send(drill, case_id, scene.stage, moment)
    if scene.step is not None:
        _carry(drill, case_id, scene.step, moment)


def _carry(drill: Drill, case_id: str, until: Step, moment: datetime) -> None:
    """Take the plain next move until the case is there."""
    for _ in range(MOST_MOVES):
        case = staff.case(drill.city, case_id)
        if case is None or case["step"] not in WAY or WAY.index(Step(case["step"])) >= WAY.index(until):
            return
        deed = staff.onward(drill.city, case, moment)
        try:
            advance(drill.city, case_id, deed.move, deed.actor, deed.fields, seen=case["sequence"])
        except Stale:  # somebody was first: look again
            continue


def _send(drill: Drill, case_id: str, until: Stage, moment: datetime) -> None:
    """Send the nearest team, if nobody is at the case, and let it come so far."""
    waiting = teams.waiting(drill.city, Look(moment))
    mine = waiting[waiting["case_id"] == case_id].to_dict("records")
    if mine:
        fleet = teams.teams(drill.city, Look(moment))
        crews.send(drill.city, mine[0], fleet[fleet["on_shift"]], moment)
    now = Look(clock.now())  # who was sent just above was sent after `moment`
    for sent in teams.assignments(drill.city, now, case_id=case_id, live=True).to_dict("records"):
        for stage in STAGES[: STAGES.index(until) + 1]:
            if pd.isna(sent[f"{stage}_at"]):
                try:
                    dispatch.advance(drill.city, sent["assignment_id"], stage, crews.CREW)
                except Stale:  # the crew was first
                    continue
