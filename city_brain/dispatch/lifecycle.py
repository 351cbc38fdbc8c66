"""The table of dispatch: how an assignment goes on, who may say so, and in which state that leaves the team.

A team's state follows its assignment by itself; only a team without one is put off duty, out of service, or back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from city_brain.errors import Fault, NotAllowed, NotFound, Stale
from city_brain.roles import Role


class State(StrEnum):
    """How a team stands. Texts ``team.state.<state>``."""

    AVAILABLE = "available"
    DISPATCHED = "dispatched"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    CLEAR = "clear"
    """The work is done; on the way back, and can be sent again."""
    OFF_DUTY = "off_duty"
    OUT_OF_SERVICE = "out_of_service"


FREE = (State.AVAILABLE, State.CLEAR)
"""States of teams that can be sent."""
BUSY = (State.DISPATCHED, State.EN_ROUTE, State.ON_SCENE)
"""States that an assignment gives."""
BACK_AFTER = timedelta(minutes=15)
"""So long after its work a team counts as back."""
DESK = frozenset({Role.DISPATCHER, Role.WATCH_OFFICER, Role.MANAGER, Role.SYSTEM})
CREW = DESK | {Role.DEPARTMENT}
"""A department speaks for its own teams."""


class Stage(StrEnum):
    """What happens with an assignment once it is made. Texts ``assignment.stage.<stage>``."""

    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    CLEARED = "cleared"
    RECALLED = "recalled"
    PASSED = "passed"
    """The case went on without the team: it was closed, sent back or suspended."""


ENDS = (Stage.CLEARED, Stage.RECALLED, Stage.PASSED)


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table."""

    stage: Stage
    sources: tuple[State, ...]
    """States of the team in which it can be."""
    target: State
    roles: frozenset[Role]
    needs_reason: bool = False


STEPS: tuple[Step, ...] = (
    Step(Stage.EN_ROUTE, (State.DISPATCHED,), State.EN_ROUTE, CREW),
    Step(Stage.ON_SCENE, (State.DISPATCHED, State.EN_ROUTE), State.ON_SCENE, CREW),
    Step(Stage.CLEARED, (State.ON_SCENE,), State.CLEAR, CREW),
    Step(Stage.RECALLED, BUSY, State.AVAILABLE, DESK, needs_reason=True),
    Step(Stage.PASSED, BUSY, State.CLEAR, frozenset({Role.SYSTEM})),
)
"""How an assignment goes on."""
BY_HAND = (State.AVAILABLE, State.OFF_DUTY, State.OUT_OF_SERVICE)
"""States that a team without an assignment can be given."""


def take(stage: str, state: State, role: Role, reason: str | None) -> Step:
    """Check one step against the table.

    Raises
    ------
    NotFound, NotAllowed, Stale, Fault
        There is no such stage; the role may not; the team's state is another by now; a reason is missing.
    """
    step = next((row for row in STEPS if row.stage == stage), None)
    if step is None:
        raise NotFound("no_stage", stage=stage, stages=", ".join(Stage))
    if role not in step.roles:
        raise NotAllowed("dispatch_role", role=role)
    if state not in step.sources:
        raise Stale("stage_late", stage=stage, team_state=state)
    if step.needs_reason and not (reason or "").strip():
        raise Fault("dispatch_reason")
    return step


def possible(state: State, role: Role) -> tuple[Stage, ...]:
    """What a role can say next of the assignment of a team in a state."""
    return tuple(step.stage for step in STEPS if state in step.sources and role in step.roles)
