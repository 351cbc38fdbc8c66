"""The round of the city's clock over its cases: remind, escalate, wake what was suspended, archive what nobody evaluates."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from city_brain import clock
from city_brain.cases import reading
from city_brain.cases.actions import advance
from city_brain.cases.lifecycle import Step
from city_brain.cases.standing import Standing, grade, step_due
from city_brain.errors import Fault
from city_brain.notices import rungs
from city_brain.notices.desks import desk
from city_brain.notices.rungs import RUNGS
from city_brain.record.events import Draft
from city_brain.roles import Actor, Role, refuse_in_playback
from city_brain.storage.city import Act, City
from city_brain.storage.cursor import Cursor

CLOCK = Actor("clock", Role.SYSTEM)
MOST = 500
"""Notices of one round, at most: the rest follows in the next."""
MOST_MOVES = 20
"""Moves of one round, at most: people never wait behind them."""
LOG = logging.getLogger("city_brain")


def round_of_the_clock(city: City, moment: datetime | None = None) -> int:
    """Do what is due: how many notices were given and cases moved.

    Nobody is told twice of one thing: a clock that has had a rung, or a higher one, for the same deadline is left alone.
    """
    at = moment or clock.now()
    return _notify(city, at) + _wake(city, at) + _archive(city, at)


def _notify(city: City, moment: datetime) -> int:
    with city.read() as cursor:
        if not _due(cursor, moment).shape[0]:
            return 0
    told: list[int] = []

    def decide(cursor: Cursor) -> Sequence[Draft]:
        due = _due(cursor, moment)
        told.append(len(due))
        if due.empty:
            return ()
        notices = [_told(row) for row in due.to_dict("records")]
        return [Draft("notices", "case.noticed", moment, {"notices": notices})]

    city.record(Act(CLOCK.signature, decide))
    return told[-1]


def _due(cursor: Cursor, moment: datetime) -> pd.DataFrame:
    """The notices that are to be given now, the highest rungs first."""
    found = rungs.reached(cursor.frame("notices.running", moment=moment), reading.calendar(cursor), moment)
    if found.empty:
        return found
    given = cursor.frame("notices.given", case_ids=found["case_id"].unique().tolist())
    joined = found.merge(given, how="left", on=["case_id", "clock", "due_at"])
    fresh = joined[joined["highest"].fillna(0) < joined["percent"]]
    return fresh.sort_values(["percent", "reached_at"], ascending=[False, True]).head(MOST)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    rung = next(rung for rung in RUNGS if rung.percent == row["percent"])
    holder = row["holder"] if isinstance(row["holder"], str) else None
    return {
        "case_id": row["case_id"], "clock": row["clock"], "percent": row["percent"], "addressee": rungs.addressee(rung, holder),
        "due_at": row["due_at"].to_pydatetime(), "reached_at": row["reached_at"].to_pydatetime(),
    }  # fmt: skip


def _wake(city: City, moment: datetime) -> int:
    with city.read() as cursor:
        due = cursor.rows("notices.asleep", moment=moment, size=MOST_MOVES)
    return sum(_moved(city, row, "wake", {}) for row in due)


def _archive(city: City, moment: datetime) -> int:
    """Archive what nobody has evaluated in its time, with the grade that its course speaks for."""
    with city.read() as cursor:
        waiting, days = cursor.rows("notices.unevaluated", size=MOST_MOVES * 10), reading.calendar(cursor)
        due = [row for row in waiting if (row["step_due_at"] or step_due(Step.EVALUATE, row["step_at"], days) or moment) < moment]
    return sum(_moved(city, row, "archive", {"grade": grade(Standing.of(row))}) for row in due[:MOST_MOVES])


def _moved(city: City, row: dict[str, Any], move: str, fields: dict[str, str]) -> int:
    try:
        advance(city, row["case_id"], move, CLOCK, fields, seen=row["sequence"])
    except Fault as fault:  # a person was first: the clock leaves the case to them
        LOG.debug("the clock was late: %s", fault)
        return 0
    return 1


def saw(city: City, actor: Actor, until: datetime) -> int:
    """Note that somebody has seen what changed for them up to a moment. Returns the sequence of the act."""
    refuse_in_playback(actor)

    def decide(cursor: Cursor) -> Sequence[Draft]:
        return [Draft(f"desk:{desk(actor)}", "desk.seen", until, {"desk": desk(actor), "seen_at": until})]

    return city.record(Act(actor.signature, decide, about=f"desk:{desk(actor)}"))
