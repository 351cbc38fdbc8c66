"""The keeper: the console's own thread. It opens the home, builds the demo city where nothing is, lets it live, and watches the clocks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from city_brain import clock
from city_brain.alerts.actions import evaluate
from city_brain.dispatch import rounds as dispatch
from city_brain.drills import desk as drills
from city_brain.errors import Fault
from city_brain.forecasting.keeping import Forecaster
from city_brain.hazards import rounds as hazards
from city_brain.incidents import queries
from city_brain.notices.actions import round_of_the_clock
from city_brain.simulator import crews, feed, watch
from city_brain.start import Home

TICK_S = 2.0
"""Seconds between two looks at the simulated city."""
ROUND = 10
"""Every so many ticks the clock makes its round: the cases (reminders, escalations, what wakes or is archived), the alert rules, missed
inspections of hazards."""
LOOK = 300
"""Every so many ticks it looks at the cases closed lately: what they propose to change in the risk register."""
LOG = logging.getLogger("city_brain")


def keep(home: Home, stop: threading.Event) -> None:
    """Open the home for the console, build the demo city where the home is empty, and let it live until `stop`."""
    try:
        city = home.open("streamlit run app.py", wait=True)
        drills.sweep(home.settings)
        if home.settings.demo != "off" and queries.city(city) is None and not queries.sources(city):
            feed.build(city, home.settings, home.tell)
        home.tell("ready")
    except Fault as fault:
        home.fault = fault
        LOG.error("the city could not be opened: %s", fault)
        return
    except Exception:  # the last border of this thread: a bug must be seen on the screen, not end in silence
        home.fault = Fault("start_failed")
        LOG.exception("the city could not be opened")
        return
    forecaster = Forecaster(home.settings.alarm_budget)
    try:
        _watch(home, stop, forecaster)
    finally:
        forecaster.stop()


def _watch(home: Home, stop: threading.Event, forecaster: Forecaster) -> None:
    opened, ticks = clock.now(), 0
    while not stop.wait(TICK_S):
        for duty in _duties(home, forecaster, opened, ticks):
            try:
                duty()
            except Fault as fault:  # the city may be exchanged, rebuilt or lose its demo between two looks
                LOG.info("a duty of the clock paused: %s", fault)
            except Exception:  # a bug of one duty is logged; the others, the console and real work go on
                LOG.exception("a duty of the clock failed")
        ticks += 1


def _duties(home: Home, forecaster: Forecaster, opened: datetime, ticks: int) -> list[Callable[[], object]]:
    """What there is to do at this tick, in order. Each stands for itself: none waits for one that fails."""
    found: list[Callable[[], object]] = [
        lambda: feed.tick(home.city, home.settings, opened),
        lambda: forecaster.look(home.city, clock.now()),
    ]
    if ticks % ROUND == 0:
        found += [
            lambda: round_of_the_clock(home.city),
            lambda: watch.catch_up(home.city, home.settings, clock.now()),
            lambda: evaluate(home.city),
            lambda: watch.work(home.city, home.settings, clock.now()),
            lambda: hazards.raise_missed(home.city),
            lambda: dispatch.follow(home.city),
            lambda: crews.work(home.city, clock.now()),
        ]
    if ticks % LOOK == 0:
        found.append(lambda: hazards.propose(home.city))
    return found
