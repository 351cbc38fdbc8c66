"""What the clock does with teams: whose case has gone on is free again, and who was on the way back is back."""

from __future__ import annotations

from datetime import datetime

from city_brain import clock
from city_brain.dispatch import actions
from city_brain.dispatch.lifecycle import BACK_AFTER, Stage, State
from city_brain.roles import Actor, Role
from city_brain.storage.city import City

CLOCK = Actor("clock", Role.SYSTEM)


def follow(city: City, moment: datetime | None = None) -> int:
    """Look at every team once. Gives how many states changed."""
    at = moment or clock.now()
    with city.read() as cursor:
        gone = [row for row in cursor.rows("dispatch.live") if row["step"] not in actions.OPEN]
        back = [row["team_id"] for row in cursor.rows("dispatch.clear_teams", moment=at, before=at - BACK_AFTER)]
    for row in gone:
        actions.advance(city, row["assignment_id"], Stage.PASSED, CLOCK, moment=at)
    if back:
        actions.put(city, back, State.AVAILABLE, CLOCK, moment=at)
    return len(gone) + len(back)
