"""The simulated alert desk: its rules are run over the history of the demo city too, and somebody answers what they raise.

Nothing is invented: what an alert of the demo says was measured in its cases, and whether it was right is known, because the simulation
knows which bursts of reports it has drawn.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from city_brain.alerts import actions, queries
from city_brain.alerts.lifecycle import Judgement, State
from city_brain.cases import routing
from city_brain.errors import Fault
from city_brain.incidents.queries import city as city_of
from city_brain.responsibility.queries import in_force
from city_brain.roles import Actor, Role
from city_brain.settings import Settings
from city_brain.simulator import geography
from city_brain.simulator.days import burst, episode
from city_brain.simulator.geography import Town
from city_brain.simulator.kinds import KIND, kinds
from city_brain.simulator.places import BACKGROUND, HOT_ADDRESSES, pool
from city_brain.storage.city import City

OFFICER = Actor("simulator", Role.WATCH_OFFICER)
PAST, STEP = timedelta(days=30), timedelta(hours=6)
"""How far back the rules are run over the history of a demo city, and how often in it."""
PATIENCE = timedelta(hours=1)
"""For how long alerts are left to people before the simulated officer takes them on."""
NEAR_M = 700.0
"""So far is an address of a burst from the middle of an alert at most."""
AT_ONCE = 4
REASONS = {Judgement.TRUE: "现场核实属实，多人上报同一问题", Judgement.FALSE: "现场核实未见异常，为偶然集中上报"}
LOG = logging.getLogger("city_brain")


def catch_up(city: City, settings: Settings, moment: datetime) -> int:
    """Run the rules over the history of a demo city that has never had an alert. Returns how many were raised."""
    town = _town(city)
    if town is None or queries.ever(city):
        return 0
    raised, at = 0, moment - PAST
    while at < moment:
        raised += actions.evaluate(city, at, past=True)
        if raised:
            _work(city, settings, town, at, past=True)
        at += STEP
    return raised


def work(city: City, settings: Settings, moment: datetime) -> int:
    """Answer what has waited long enough in a demo city. Returns how many moves were taken."""
    town = _town(city)
    return 0 if town is None else _work(city, settings, town, moment, past=False)


def _town(city: City) -> Town | None:
    named = city_of(city)
    return geography.town(named["town"]) if named and named["simulated"] else None


def _work(city: City, settings: Settings, town: Town, moment: datetime, *, past: bool) -> int:
    taken = 0
    for alert in queries.waiting(city, moment, moment - PATIENCE, AT_ONCE):
        try:
            if alert["state"] == State.RAISED:
                actions.advance(city, alert["alert_id"], "acknowledge", OFFICER, moment=moment)
            else:
                _decide(city, settings, town, alert, moment, past=past)
            taken += 1
        except Fault as fault:  # a person was first
            LOG.debug("the simulated desk was late: %s", fault)
    return taken


def _decide(city: City, settings: Settings, town: Town, alert: dict[str, Any], moment: datetime, *, past: bool) -> None:
    right, number = is_right(alert, town, settings), alert["alert_id"]
    if right and not past and alert["state"] != State.CLEARED:
        code = alert["kind"].removeprefix(f"{KIND}-")
        led = routing.propose(in_force(city), kind=KIND, code=code, source_type=None, district=alert["district"])
        actions.make_case(city, number, OFFICER, {"kind": code, "text": REASONS[Judgement.TRUE]}, department=led.department)
        return
    judgement = Judgement.TRUE if right else Judgement.FALSE
    actions.advance(city, number, "dismiss", OFFICER, {"judgement": judgement, "reason": REASONS[judgement]}, moment=moment)


def is_right(alert: dict[str, Any], town: Town, settings: Settings) -> bool:
    """Whether the simulation had drawn a burst of the alert's kind at its place in the day before it was raised."""
    if alert["lon"] is None or alert["lat"] is None:
        return False
    seed, places, at = settings.demo_seed, pool(town, settings.demo_seed), alert["raised_at"]
    today, now = at.astimezone(ZoneInfo(town.timezone)).toordinal(), int(at.timestamp()) // 60
    days = (episode(places, seed, day) for day in (today - 1, today))
    minutes = (burst(places, seed, minute, settings.demo_arrival_seconds) for minute in range(now - 24 * 60, now + 1, 5))
    drawn = [(kind, _of_spot(spot)) for kind, spot, rate in days if rate] + [(kind, [address]) for kind, address, rate in minutes if rate]
    addresses = [address for kind, of in drawn if alert["kind"] == f"{KIND}-{kinds().kinds[kind].category.code}" for address in of]
    here = town.plane.metres(np.array([[alert["lon"], alert["lat"]]]))
    there = town.plane.metres(np.column_stack([places.lon[addresses], places.lat[addresses]]))
    return bool((np.hypot(*(there - here).T) <= NEAR_M).any())


def _of_spot(spot: int) -> list[int]:
    """The addresses of a hot spot."""
    return list(range(BACKGROUND + spot * HOT_ADDRESSES, BACKGROUND + (spot + 1) * HOT_ADDRESSES))
