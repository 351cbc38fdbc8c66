"""The ladder of reminders (催办) and escalations: at which share of a limit who is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from city_brain.cases import lifecycle
from city_brain.cases.calendars import Calendar, Limit
from city_brain.cases.lifecycle import PLACE, Step

CATCH_UP = timedelta(hours=24)
"""A rung that was reached longer ago is past: a city that comes back after a week, or a file of old cases, calls nobody."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung. Text ``notice_level.<level>``."""

    percent: int
    level: str
    """holder (whoever has the case), lead (their superior), dispatcher or manager."""


RUNGS: tuple[Rung, ...] = (Rung(50, "holder"), Rung(80, "lead"), Rung(100, "dispatcher"), Rung(120, "manager"))
CLOCKS = ("case", "step")
"""The limit of the case, and the own limit of the step it is in."""


def addressee(rung: Rung, holder: str | None) -> str:
    """Who is told: a post or a department; ``lead:<holder>`` for their superior."""
    if rung.level == "holder":
        return holder or "manager"
    return f"lead:{holder}" if rung.level == "lead" and holder else "manager" if rung.level == "lead" else rung.level


def reached(cases: pd.DataFrame, days: Calendar, moment: datetime) -> pd.DataFrame:
    """The highest rung that each clock has reached, where that was lately.

    Parameters
    ----------
    cases : pandas.DataFrame
        Unfinished cases: case_id, step, holder, step_at, step_due_at, since (when a limit began that only a deadline tells), due_at,
        time_limit, extensions, resumed_at (before which nothing is told of the limit). Aware times; a clock without a deadline is left out.
    days : Calendar
    moment : datetime

    Returns
    -------
    pandas.DataFrame
        case_id, clock (case or step), percent, level, holder (of the step's clock: who judges there, where somebody does), due_at,
        reached_at; at most one row for each case and clock.
    """
    found = [_of(cases, clock, days, moment) for clock in CLOCKS]
    some = [frame for frame in found if len(frame)]
    return pd.concat(some, ignore_index=True) if some else found[0]


def _of(cases: pd.DataFrame, clock: str, days: Calendar, moment: datetime) -> pd.DataFrame:
    begin, due = ("since", "due_at") if clock == "case" else ("step_at", "step_due_at")
    running = cases[cases[due].notna() & cases[begin].notna()]
    running = running[running[due] > running[begin]]
    if running.empty:
        return pd.DataFrame(columns=["case_id", "clock", "percent", "level", "holder", "due_at", "reached_at"])
    starts, ends = (running[name].astype("int64").to_numpy() // _per_second(running[name]) for name in (begin, due))
    works = np.array([_works(limit, step, clock) for limit, step in zip(running["time_limit"], running["step"], strict=True)])
    whole = days.between_many(starts, ends, works)
    works &= whole > 0  # a deadline that somebody stated may lie in one night
    whole = np.where(works, whole, ends - starts)
    resumed = np.full(len(running), -np.inf)
    if clock == "case":  # backwards from the deadline: then time suspended does not count, and a case reopened begins anew
        limits = zip(running["time_limit"], running["extensions"], strict=True)
        told = np.array([Limit.parse(limit).seconds * (1 + more) if isinstance(limit, str) else 0.0 for limit, more in limits])
        whole = np.where(told > 0, told, whole)
        resumed = running["resumed_at"].map(lambda at: at.timestamp() if pd.notna(at) else -np.inf).to_numpy(dtype=float)
    now = int(moment.timestamp())
    at = np.column_stack([days.after_many(ends, whole * (rung.percent - 100) / 100, works) for rung in RUNGS])
    best = (at <= now).sum(axis=1) - 1
    highest = at[np.arange(len(at)), np.maximum(best, 0)]
    lately = (best >= 0) & (highest > now - CATCH_UP.total_seconds()) & (highest >= resumed)
    chosen, best = running[lately], best[lately]
    holders = chosen["holder"] if clock == "case" else [
        lifecycle.judge(Step(step)) or holder for step, holder in zip(chosen["step"], chosen["holder"], strict=True)
    ]  # fmt: skip
    return pd.DataFrame(
        {
            "case_id": chosen["case_id"].to_numpy(), "clock": clock, "percent": [RUNGS[place].percent for place in best],
            "level": [RUNGS[place].level for place in best], "holder": np.asarray(holders, dtype=object), "due_at": chosen[due].to_numpy(),
            "reached_at": pd.to_datetime(at[lately][np.arange(len(best)), best], unit="s", utc=True),
        }
    )  # fmt: skip


def _works(limit: str | None, step: str, clock: str) -> bool:
    if clock == "step":
        own = PLACE[Step(step)].limit
        return own is not None and own.works
    return bool(limit) and isinstance(limit, str) and Limit.parse(limit).works


def _per_second(times: pd.Series) -> int:
    """Ticks of a column of times in a second: DuckDB gives microseconds, others nanoseconds."""
    return {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}[times.dt.unit]
