"""What the clock does with teams: whose case has gone on is free again, and who was on the way back is back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from city_brain import clock
from city_brain.dispatch import actions
from city_brain.dispatch.lifecycle import BACK_AFTER, Stage, State
from city_brain.errors import Fault
from city_brain.roles import Actor, Role
from city_brain.storage.city import City

CLOCK = Actor("clock", Role.SYSTEM)
LOG = logging.getLogger("city_brain")


def follow(city: City, moment: datetime | None = None) -> int:
    """Look at every team once. Gives how many states changed."""
    at = moment or clock.now()
    with city.read() as cursor:
        gone = [row for row in cursor.rows("dispatch.live") if row["step"] not in actions.OPEN]
        back = [row["team_id"] for row in cursor.rows("dispatch.clear_teams", moment=at, before=at - BACK_AFTER)]
    acts: list[Callable[[], int]] = [
        *(partial(actions.advance, city, row["assignment_id"], Stage.PASSED, CLOCK, moment=at) for row in gone),
        *(partial(actions.put, city, [team_id], State.AVAILABLE, CLOCK, moment=at) for team_id in back),
    ]
    return sum(_try(act) for act in acts)


def _try(act: Callable[[], int]) -> int:
    try:
        act()
    except Fault as fault:  # somebody was first, and the others have their turn all the same
        LOG.debug("the clock was refused: %s", fault)
        return 0
    return 1
