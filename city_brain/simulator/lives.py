"""The whole life of each case, planned when it is reported: way, holders, moments, deadline, what the reporter says in the end.

The stays in front come first; with the first dispatch the limit of the filing rule begins. Then the work is given its end (in time, or
late by hours, days or weeks), and whatever its way brings besides takes its own time, so that disputes and rework make cases late.
All times are whole seconds; crews work from half past six to half past eleven at night, urgent cases always.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from city_brain.cases.calendars import SECONDS, Calendar, Unit
from city_brain.cases.lifecycle import Step
from city_brain.simulator import ways
from city_brain.simulator.curves import Floats
from city_brain.simulator.days import Draws, Ints
from city_brain.simulator.kinds import kinds, public
from city_brain.simulator.limits import Flags, Limits, limits, urgent
from city_brain.simulator.pace import CREW_DAY_S, DAY_S, Journey, Pace
from city_brain.simulator.places import Pool
from city_brain.simulator.responsible import department_names, held

LATE_SHARE = 0.028
"""Of the cases of a usual district and department, beside those that disputes and rework make late."""
BEST, WORST = 0.35, 2.3
"""How often the best and the worst district is late or careless; 1 is usual."""
EXTENDED_SHARE, TWICE_EXTENDED_SHARE = 0.06, 0.004
SHORTEST_EXTENDED_S = 4 * 3_600
"""No shorter limit is extended."""
WORKING_DAY_S = SECONDS[Unit.WORKING_DAYS]
REACHED, SOLVED, SATISFIED = 0.92, 0.9, 0.975
"""What a reporter says of a case that went well."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What reporters say when they are called back, (rows,) each."""

    reached: Flags
    solved: Flags
    satisfied: Flags
    called: Flags
    """Whether anybody is called back about the case."""


@dataclass(frozen=True, slots=True)
class Lives:
    """Planned lives, one row per case; `way` names the row's stays in `ways.WAYS`."""

    way: Ints
    begins: Ints
    """(rows, WIDEST) Unix seconds at which each stay begins; columns beyond the way are meaningless."""
    closed: Ints
    """Unix seconds."""
    sent: Flags
    """Whether a department ever has it: only then it has a limit and a deadline."""
    due: Ints
    """Unix seconds, extensions and suspension in it."""
    limits: Limits
    extensions: Ints
    urgent: Flags
    channel: Ints
    """Index into `kinds.CHANNELS`."""
    department: Ints
    """The right department, index into `department_names()`."""
    other: Ints
    """The department that has it wrongly, where one does."""
    answers: Answers


def lives(draws: Draws, places: Pool, days: Calendar) -> Lives:
    """Plan the lives of reports.

    Parameters
    ----------
    draws : Draws
    places : Pool
        Where the town's cases happen.
    days : Calendar
        The town's working time.
    """
    drawn, (right, other, contested), channel = limits(draws), held(draws, places), channels(draws)
    pressing = urgent(draws, drawn)
    slow = _slowness(draws, places, right)
    way = ways.chosen(draws, channel, contested, np.clip(slow, 0.4, 2.0))
    pace = Pace(draws, channel, pressing, pressing | ~drawn.works, way, days)
    journey = Journey(draws, way, pace)
    journey.go([0] * len(ways.WAYS), ways.FRONT_LENGTHS)
    sent, begun = ways.passing(Step.HANDLE)[way], journey.unix()
    extensions = _extensions(draws, drawn, sent & ~ways.has("suspended")[way])
    due = days.after_many(begun, drawn.seconds * (1 + extensions), drawn.works)
    journey.go(ways.FRONT_LENGTHS, ways.PAUSED_LENGTHS)
    due = _resumed(journey, way, drawn, due, days)
    pace.aim(*_aims(draws, drawn, pace, journey.now, (due - draws.reported + draws.local).astype(float), slow, extensions, pressing))
    journey.go(ways.PAUSED_LENGTHS, ways.LENGTHS.tolist())
    closed = np.take_along_axis(journey.begins, ways.CLOSES[way][:, None], axis=1)[:, 0]
    answers = _answers(draws, way, sent & public(channel), closed > due)
    return Lives(way, journey.begins, closed, sent, due, drawn, extensions, pressing, channel, right, other, answers)


def channels(draws: Draws) -> Ints:
    """How each report came in, index into `kinds.CHANNELS`: by its theme."""
    table = kinds()
    bounds = np.cumsum([theme.channels for theme in table.themes], axis=1)[:, :-1]
    return np.asarray((draws.chance("channel")[:, None] >= bounds[table.theme_of[draws.kind]]).sum(axis=1))


def _slowness(draws: Draws, places: Pool, right: Ints) -> Floats:
    """How often cases like these are late or done carelessly; 1 is usual. Districts and departments differ, and drift."""
    order = sorted(range(len(places.districts)), key=lambda place: zlib.crc32(places.districts[place].encode()))
    quality = np.empty(len(order))
    quality[order] = np.linspace(BEST, WORST, len(order))
    district = places.district_of[draws.place]
    departments = np.array([kinds().lateness.get(name, 1.0) for name in department_names()])
    drift = 1 + 0.25 * np.sin(2 * np.pi * (draws.day / 61.0 + district / len(order) + right / len(departments)))
    return np.asarray(quality[district] * departments[right] * drift)


def _extensions(draws: Draws, drawn: Limits, may: Flags) -> Ints:
    """How often the limit of each case is extended."""
    chance, long = draws.chance("extended"), may & (drawn.seconds >= SHORTEST_EXTENDED_S)
    return np.asarray((long & (chance < EXTENDED_SHARE)).astype(np.int64) + (long & (chance < TWICE_EXTENDED_SHARE)))


def _resumed(journey: Journey, way: Ints, drawn: Limits, due: Ints, days: Calendar) -> Ints:
    """Deadlines with what a suspension adds: the limit rests from its beginning to its end."""
    rows = np.flatnonzero(ways.has("suspended")[way])
    paused = np.array([length - 1 for length in ways.PAUSED_LENGTHS])[way[rows]]
    left = days.between_many(journey.begins[rows, paused], due[rows], drawn.works[rows])
    due[rows] = days.after_many(journey.unix()[rows], left, drawn.works[rows])
    return due


def _aims(
    draws: Draws, drawn: Limits, pace: Pace, opens: Floats, ends: Floats, slow: Floats, extensions: Ints, pressing: Flags
) -> tuple[Floats, Floats]:
    """When the work of each case is finished (if nothing comes between), and in how much counted time.

    What is in time leaves room to report back and verify before the deadline; `pace.took` is shortened to it.
    """
    begin, end = pace.counted(opens), pace.counted(ends)
    whole = np.maximum(end - begin, 900)
    chance, long = draws.chance("share"), drawn.seconds > np.where(drawn.works, 57_600, 2 * DAY_S)
    share = np.where(extensions > 0, 0.52 + 0.46 * chance, 0.15 + 0.82 * chance ** np.where(long, 0.38, 0.8))
    nominal = np.where(drawn.works, 1.5 * drawn.seconds / WORKING_DAY_S * CREW_DAY_S, whole)  # nobody waits for the free days in between
    closing = share * np.minimum(whole, np.maximum(nominal, 0.3 * whole))
    late = draws.chance("late") < LATE_SHARE * slow
    for step, most in ((Step.REPORT_BACK, 0.12), (Step.VERIFY, 0.26)):
        first, *more = pace.took[step]
        pace.took[step] = (np.where(late, first, np.minimum(first, most * closing)), *more)
    in_time = begin + closing - pace.took[Step.REPORT_BACK][0] - pace.took[Step.VERIFY][0]
    work = np.where(late, end + _beyond(draws, pressing), in_time)
    return pace.moment(work), work - begin


def _beyond(draws: Draws, pressing: Flags) -> Floats:
    """Counted seconds by which late work is late: hours mostly, days, a few weeks; urgent cases only hours."""
    how, far, tail = draws.chance("how_late") * np.where(pressing, 0.62, 1.0), draws.chance("beyond"), np.exp(0.9 * draws.spread("beyond"))
    hours = np.where(pressing, 900 + 4_000 * tail, 1_800 + 10_000 * tail)
    return np.select([how < 0.62, how < 0.95], [hours, (0.8 + 6 * far**1.2) * CREW_DAY_S], (8 + 18 * far) * CREW_DAY_S)


def _answers(draws: Draws, way: Ints, called: Flags, late: Flags) -> Answers:
    """Late and careless work is solved less often, and satisfies fewer."""
    again = (ways.has("reworked") | ways.has("reworked_twice") | ways.has("returned"))[way]
    reached = called & (draws.chance("reached") < REACHED)
    solved = reached & (draws.chance("solved") < SOLVED - 0.06 * late - 0.14 * again)
    content = np.where(solved, SATISFIED - 0.25 * late - 0.12 * again, 0.5)
    return Answers(reached, solved, reached & (draws.chance("satisfied") < content), called)
