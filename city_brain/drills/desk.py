"""The desk of drills: begins one on a copy of the city, ends it, keeps what came of it, and clears the copy away."""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
import time
from dataclasses import replace
from pathlib import Path

from city_brain import clock
from city_brain.cases.actions import set_pace
from city_brain.drills.figures import Ended
from city_brain.drills.playing import Drill, folder_of, town_of, unfolded
from city_brain.errors import Fault, NotFound
from city_brain.roles import Actor, Right, require
from city_brain.settings import Settings
from city_brain.simulator import scenarios
from city_brain.simulator.scenarios import Scenario
from city_brain.start import Home, open_city
from city_brain.storage.city import City

GRACE_S = 5.0
"""How long a copy stays open after its drill, so that whoever is just reading it comes to an end."""
MOST_PAST = 20
__all__ = ["Desk", "Scenario", "of", "stories", "story", "sweep"]
LOG = logging.getLogger("city_brain")


class Desk:
    """The drills of one home: one runs at a time."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._changing = threading.Lock()
        self._clearing: list[threading.Thread] = []
        self.running: Drill | None = None
        self.past: list[Ended] = []
        """Those of this run of the console, the newest first."""

    def begin(self, slug: str, actor: Actor, *, seed: int | None = None) -> Drill:
        """Copy the city, open the copy and let a scenario run on it.

        Parameters
        ----------
        seed : int, optional
            The same seed brings the same reports at the same minutes.

        Raises
        ------
        NotAllowed
            The role may not.
        Fault
            One is running; there is no such scenario, or no city; the disk does not take the copy.
        """
        require(actor, Right.DRILL)
        scenario = scenarios.scenario(slug)
        with self._changing:
            if self.running is not None:
                raise Fault("drill_running", by=self.running.begun_by)
            drill = self._copied(scenario, actor, secrets.randbelow(10**6) if seed is None else seed)
            try:
                set_pace(drill.city, scenario.speed, actor)
                drill.report_due(drill.begun_at)
            except BaseException:
                _clear(drill.city, drill.settings.home, 0.0)
                raise
            self.running = drill
        threading.Thread(target=drill.run, args=(lambda: self._over(drill, None),), name="drill", daemon=True).start()
        return drill

    def _copied(self, scenario: Scenario, actor: Actor, seed: int) -> Drill:
        live, began, number = self._home.city, time.monotonic(), secrets.token_hex(4)
        town, simulated = town_of(live)
        reports = unfolded(scenario, town, seed, self._home.settings)
        folder = folder_of(self._home.settings) / number
        settings = replace(self._home.settings, home=folder, journal="", demo="off")
        folder.mkdir(parents=True)
        try:
            copied_at = live.copy(folder)
            city = open_city(settings)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        took = time.monotonic() - began
        return Drill(
            number, scenario, actor.signature, clock.now(), seed, city, settings, copied_at, took, town, simulated, reports
        )  # fmt: skip

    def end(self, number: str, actor: Actor) -> Ended:
        """End a drill before its time.

        Raises
        ------
        NotAllowed
            The role may not.
        NotFound
            It does not run any more.
        """
        require(actor, Right.DRILL)
        drill = self.of(number)
        if drill is None:
            raise NotFound("drill_over")
        return self._over(drill, actor.signature) or self.past[0]

    def of(self, number: str) -> Drill | None:
        """The running drill of this number."""
        drill = self.running
        return drill if drill is not None and drill.number == number else None

    def _over(self, drill: Drill, by: str | None) -> Ended | None:
        """Keep what came of it; nobody finds the drill from then on, and its copy is cleared away."""
        with self._changing:
            if self.running is not drill:
                return None
            drill.stop.set()
            ended = Ended(drill.number, drill.scenario.slug, drill.begun_at, clock.now(), drill.begun_by, by, drill.seed, drill.figures())
            self.past = [ended, *self.past][:MOST_PAST]
            self.running = None
            clearing = threading.Thread(target=_clear, args=(drill.city, drill.settings.home, GRACE_S), name="drill-clearing")
            self._clearing = [thread for thread in self._clearing if thread.is_alive()] + [clearing]
            clearing.start()
        return ended

    def close(self) -> None:
        """End what runs and wait until its copy is gone; the console is closing."""
        drill = self.running
        if drill is not None:
            self._over(drill, None)
        for thread in self._clearing:
            thread.join(timeout=GRACE_S + 30)


def _clear(city: City, folder: Path, grace_s: float) -> None:
    time.sleep(grace_s)
    try:
        city.close()
    except Fault as fault:  # somebody reads on and on: what is left goes at the next start
        LOG.warning("the copy of a drill could not be closed: %s", fault)
    shutil.rmtree(folder, ignore_errors=True)


def sweep(settings: Settings) -> int:
    """Remove what a killed console has left of drills; to be called by whoever holds the home. Returns how many copies there were."""
    left = list(folder_of(settings).glob("*"))
    shutil.rmtree(folder_of(settings), ignore_errors=True)
    return len(left)


def stories() -> tuple[Scenario, ...]:
    """Every scenario that is offered by itself, in the order of their files."""
    return tuple(story for slug in scenarios.slugs() if (story := scenarios.scenario(slug)).listed)


def story(slug: str) -> Scenario:
    """One scenario, offered or not."""
    return scenarios.scenario(slug)


_desks: dict[Path, Desk] = {}
_desks_lock = threading.Lock()


def of(home: Home) -> Desk:
    """The one desk of a home."""
    with _desks_lock:
        return _desks.setdefault(home.settings.home, Desk(home))
