"""One run of a rule over cases: every case asks for a team when it is reported, and nobody does anything else."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import simpy

from city_brain.analytics.dispatch.matching import Floats, Ints
from city_brain.simulator.engine.fleet import Drive, Fleet, Matters, Rule, Teams, by_road
from city_brain.simulator.policies.events import Cases


@dataclass(frozen=True)
class Course:
    """What became of the cases, in their order: seconds of the start, of the arrival and of the end, and the team."""

    sent_s: Floats
    arrived_s: Floats
    cleared_s: Floats
    team: Ints


def course(cases: Cases, start: Floats, rest: Floats, rule: Rule, drive: Drive = by_road) -> Course:
    """Serve all cases, until the last one is cleared.

    Parameters
    ----------
    cases : Cases
    start, rest : (teams, 2) arrays
        Degrees: where teams are at first, and where they go when idle.
    rule : Rule
    drive : Drive
    """
    env = simpy.Environment()
    fleet = Fleet(env, Matters(cases.lon, cases.lat, cases.urgent), Teams(start, rest), rule, drive)
    env.process(_reports(env, fleet, cases))
    env.run()
    visits = sorted(fleet.visits)
    found = np.array([(visit.sent_s, visit.arrived_s, visit.cleared_s, visit.team) for visit in visits]).reshape(-1, 4)
    return Course(found[:, 0], found[:, 1], found[:, 2], found[:, 3].astype(np.int64))


def _reports(env: simpy.Environment, fleet: Fleet, cases: Cases) -> Generator[simpy.Event]:
    for case, (at, work) in enumerate(zip(cases.reported_s.tolist(), cases.service_s.tolist(), strict=True)):
        yield env.timeout(max(0.0, at - env.now))
        fleet.ask(case, work)
