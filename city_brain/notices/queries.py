"""Reads about notices: what was told of a case, to whom, and what has changed for somebody since they last looked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from city_brain.cases import lifecycle
from city_brain.cases.lifecycle import Ask
from city_brain.cases.model import Look
from city_brain.notices.desks import desk, posts_of
from city_brain.roles import Actor
from city_brain.storage.city import City

FIRST_LOOK = timedelta(hours=8)
"""How far back somebody looks who has never looked before: a shift."""


def of_case(city: City, look: Look, case_id: str) -> list[dict[str, Any]]:
    """The notices of a case, in order: clock, percent, addressee, due_at, reached_at, noticed_at (UTC)."""
    with city.read(look.as_of) as cursor:
        return cursor.rows("notices.of_case", case_id=case_id, moment=look.moment)


def lately(city: City, look: Look, since: datetime, size: int = 200) -> pd.DataFrame:
    """The notices given since a moment, newest first.

    Returns
    -------
    pandas.DataFrame
        case_id, kind, district, department, step, clock, percent, addressee, due_at, noticed_at (UTC).
    """
    with city.read(look.as_of) as cursor:
        return cursor.frame("notices.lately", since=since, moment=look.moment, size=size)


def counts(city: City, look: Look, since: datetime) -> pd.DataFrame:
    """How many notices were given since a moment: percent, addressee, notices, cases, still_open."""
    with city.read(look.as_of) as cursor:
        return cursor.frame("notices.counts", since=since, moment=look.moment)


def seen_at(city: City, actor: Actor, moment: datetime) -> datetime:
    """Until when somebody has seen what changed for them; a shift ago for who has never looked."""
    with city.read() as cursor:
        found: datetime | None = cursor.value("notices.seen_at", desk=desk(actor))
    return found or moment - FIRST_LOOK


def news(city: City, look: Look, actor: Actor, size: int = 50) -> pd.DataFrame:
    """What changed for somebody since they last looked, newest first: what came to their queue, came back to them, was taken from them, was
    asked of them, was answered to them, and the notices addressed to them.

    Returns
    -------
    pandas.DataFrame
        case_id, kind, district, what (arrived, sent_back, taken, asked, answered or noticed), move or percent, actor, happened_at (UTC).
    """
    holders = posts_of(actor)
    asks = [ask.value for ask in lifecycle.asked_of(actor.role)]
    asking = [move.name for move in lifecycle.MOVES if move.asks in asks]
    answering = [move.name for move in lifecycle.MOVES if move.answers or move.name in ("uphold", "reassign")]
    taking = [move.name for move in lifecycle.MOVES if lifecycle.takes_away(move)]
    judging = [move.name for move in lifecycle.MOVES if move.answers is Ask.APPEAL]
    with city.read(look.as_of) as cursor:
        since = seen_at(city, actor, look.moment)
        return cursor.frame(
            "notices.news", since=since, moment=look.moment, holders=holders, asking=asking, answering=answering, me=actor.signature,
            taking=taking, judging=judging, back=[move.name for move in lifecycle.MOVES if move.kinds], size=size,
        )  # fmt: skip
