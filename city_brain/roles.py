"""Who acts: the roles of an operations centre, and what each may do beside moving cases.

Rights to move a case stand in the lifecycle table (`city_brain.cases.lifecycle`); everything
else that needs a right stands here, and is checked in the action, never only in a widget.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from city_brain.errors import NotAllowed


class Role(StrEnum):
    """The part a person (or the system) plays."""

    WATCH_OFFICER = "watch_officer"
    DISPATCHER = "dispatcher"
    DEPARTMENT = "department"
    INSPECTOR = "inspector"
    MANAGER = "manager"
    LEADER = "leader"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


class Right(StrEnum):
    """An act beside the moves of the lifecycle."""

    REPORT = "report"
    LOAD = "load"
    MEND = "mend"
    OPERATE = "operate"
    RULE = "rule"
    """Change the city's rules: who is responsible, holidays, weights."""
    REGISTER = "register"
    """Keep the risk register: enter, change and close hazards. A department may change some things of its own."""
    INSPECT = "inspect"
    """Inspect hazards, and see whom to call; a department its own."""
    DRILL = "drill"
    """Begin and end drills, which run on a copy of the city."""
    TEAMS = "teams"
    """Enter teams and take their positions in."""


GRANTED: dict[Right, frozenset[Role]] = {
    Right.REPORT: frozenset(Role) - {Role.LEADER},
    Right.LOAD: frozenset({Role.MANAGER, Role.ADMINISTRATOR, Role.SYSTEM}),
    Right.MEND: frozenset({Role.WATCH_OFFICER, Role.MANAGER, Role.ADMINISTRATOR, Role.SYSTEM}),
    Right.TEAMS: frozenset({Role.DISPATCHER, Role.MANAGER, Role.ADMINISTRATOR, Role.SYSTEM}),
    Right.OPERATE: frozenset({Role.ADMINISTRATOR, Role.SYSTEM}),
    Right.RULE: frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
    Right.REGISTER: frozenset({Role.MANAGER, Role.ADMINISTRATOR, Role.SYSTEM}),
    Right.DRILL: frozenset({Role.WATCH_OFFICER, Role.MANAGER, Role.ADMINISTRATOR}),
    Right.INSPECT: frozenset({Role.INSPECTOR, Role.DEPARTMENT, Role.MANAGER, Role.ADMINISTRATOR, Role.SYSTEM}),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever signs an act: ``actor.signature`` stands in the record."""

    name: str
    role: Role
    playback: bool = False
    """Whether this person's session looks at the past: then every act is refused."""
    department: str | None = None
    """Whose cases this person handles, in the role of a department."""

    @property
    def signature(self) -> str:
        """How the record names this actor, such as ``dispatcher:He Jun``."""
        return f"{self.role}:{self.name}"


def operator(user: str) -> Actor:
    """The actor of the command line: the system user who typed the command."""
    return Actor(f"operator:{user}", Role.SYSTEM)


def require(actor: Actor, right: Right) -> None:
    """Check a right.

    Raises
    ------
    NotAllowed
        The role does not have the right, or the session is in playback.
    """
    refuse_in_playback(actor)
    if actor.role not in GRANTED[right]:
        raise NotAllowed("right", right=right, role=actor.role)


def refuse_in_playback(actor: Actor) -> None:
    """Refuse every act of a session that looks at the past."""
    if actor.playback:
        raise NotAllowed("playback")
