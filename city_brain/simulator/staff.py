"""The simulated staff at work: each tick it moves the cases whose time is up, like anybody else through the actions of cases."""

from __future__ import annotations

import logging
from collections.abc import Container
from datetime import datetime
from random import Random
from typing import Any

from city_brain.cases import routing
from city_brain.cases.actions import advance
from city_brain.cases.queries import open_for_staff
from city_brain.errors import Fault, Stale
from city_brain.responsibility.queries import in_force
from city_brain.simulator import habits
from city_brain.simulator.mind import Deed
from city_brain.simulator.responsible import ALL_ROUND
from city_brain.storage.city import City

ACTS_A_TICK = 12
"""Moves of the simulated staff in one tick, at most: people must never wait behind them."""
LOG = logging.getLogger("city_brain")


def work(city: City, moment: datetime, opened: datetime, pace: float = 1.0, left: Container[str] = ()) -> int:
    """Move cases whose time in their step is up, counted from when the console was opened; those `left` to others stay. Returns how many
    acts were taken."""
    ready = [case for case in open_for_staff(city) if case["case_id"] not in left and habits.ready_at(case, opened, pace) <= moment]
    Random(moment.timestamp()).shuffle(ready)  # none waits for ever behind others
    rules = in_force(city) if ready else ()
    acts = 0
    for case in ready[: 2 * ACTS_A_TICK]:
        if acts < ACTS_A_TICK:
            acts += _act(city, case, moment, _proposed(case, rules))
    return acts


def case(city: City, case_id: str) -> dict[str, Any] | None:
    """A simulated case as the staff sees it, if somebody has to move it."""
    return next((case for case in open_for_staff(city) if case["case_id"] == case_id), None)


def onward(city: City, case: dict[str, Any], moment: datetime) -> Deed:
    """The plain next act on a case, as the staff would take it."""
    return habits.onward(case, moment, _proposed(case, in_force(city)))


def _act(city: City, case: dict[str, Any], moment: datetime, proposed: str) -> int:
    deed = habits.decide(case, moment, proposed)
    try:
        advance(city, case["case_id"], deed.move, deed.actor, deed.fields, seen=case["sequence"])
    except Stale as fault:  # a person was first: the staff leaves the case to them
        LOG.debug("the simulated staff was late: %s", fault)
    except Fault as fault:  # what the habits overlook stays where it is until somebody moves it
        LOG.info("the simulated staff was refused %s with %s: %s", deed.move, case["case_id"], fault)
    else:
        return 1
    return 0


def _proposed(case: dict[str, Any], rules: tuple[routing.Responsibility, ...]) -> str:
    own_type = None if case["category_code"] else case["kind"]
    found = routing.propose(rules, kind=case["category_kind"], code=case["category_code"], source_type=own_type, district=case["district"])
    return found.department or ALL_ROUND
