"""Playback of supervision: whatever has become of cases since, a moment shows the figures it showed then."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from city_brain import clock
from city_brain.cases import lifecycle, queries
from city_brain.cases.actions import advance
from city_brain.cases.lifecycle import DEPARTMENT, PLACE, Move
from city_brain.cases.model import Look
from city_brain.cases.standing import Standing, unmet
from city_brain.errors import Fault
from city_brain.incidents.actions import report, take_delivery
from city_brain.roles import Actor, Role, operator
from city_brain.settings import Settings
from city_brain.storage.city import City
from city_brain.supervision import queries as supervision
from tests.deliveries import DAY, SOURCE, delivery, matter, row
from tests.deliveries import PLACE as TOWN

pytestmark = pytest.mark.slow
CASES, ACTS, EVERY = 8, 140, 7
BEGUN = DAY + timedelta(days=30)
"""Long after what the file tells has ended."""
LEFT_OUT = ("remind", "supervise", "reject", "deny", "refuse", "withdraw", "merge")
"""Moves that would end a walk early, or change nothing that is counted."""


def shown(city: City, look: Look) -> dict[str, Any]:
    """What the page of supervision says at a moment."""
    figures = supervision.indicators(city, look, BEGUN, look.moment)
    return {
        "indicators": figures[["measure", "numerator", "denominator", "unknown"]].to_dict("records"),
        "funnel": supervision.funnel(city, look)[["step", "cases", "overdue"]].to_dict("records"),
        "overdue": int(supervision.overdue(city, look)["cases"].sum()),
        "disputes": sorted(supervision.disputes(city, look, ruled=False)["case_id"]),
    }


def answers(move: Move, standing: Standing, moment: datetime, chance: random.Random) -> dict[str, str]:
    """Something for every field that a move wants."""
    given = {}
    for field in lifecycle.required(move, unanswered=standing.unanswered is standing.step):
        if choices := lifecycle.choices(move, field):
            given[field] = chance.choice(choices)
        elif field in ("department", "instead"):
            given[field] = chance.choice([name for name in ("roads", "water") if name != standing.department])
        else:
            given[field] = (moment + timedelta(days=chance.choice([1, 3]))).date().isoformat() if field == "until" else "said"
    return given | ({"solved": chance.choice(["yes", "no"])} if given.get("reached") == "yes" else {})


@pytest.mark.parametrize("seed", [1, 2])
def test_a_moment_shows_what_it_showed_then(city: City, settings: Settings, seed: int) -> None:
    take_delivery(city, delivery(settings.batches, [row(900)]), operator("test"), place=TOWN)
    chance, moment, told, taken = random.Random(seed), BEGUN, {}, 0
    with clock.held(moment):
        cases = [report(city, SOURCE, matter(number, reported_at=moment), operator("test")) for number in range(CASES)]
    for act in range(ACTS):
        moment += timedelta(minutes=chance.choice([3, 10, 45, 200]))
        case = chance.choice(cases)
        standing = Standing.of(queries.case(city, Look(moment), case))
        lacking = unmet(standing, moment)
        moves = [
            move for move in lifecycle.moves_from(standing.step)
            if move.role is not Role.SYSTEM and move.name not in LEFT_OUT and not lacking & set(move.needs)
        ]  # fmt: skip
        if moves:
            move = chance.choice(moves)
            whose = standing.holder if PLACE[standing.step].holder == DEPARTMENT else standing.department
            actor = Actor("Wu", move.role, department=whose if move.role is Role.DEPARTMENT else None)
            with clock.held(moment):
                try:
                    advance(city, case, move.name, actor, answers(move, standing, moment, chance))
                    taken += 1
                except Fault:
                    continue  # the walk knows less than the lifecycle of what may be done
        if act % EVERY == 0:
            at = moment + timedelta(minutes=1)
            told[at] = shown(city, Look(at))
    assert taken > ACTS // 2 and len(told) > 10
    for at, then in told.items():
        assert shown(city, Look(at, at)) == then
