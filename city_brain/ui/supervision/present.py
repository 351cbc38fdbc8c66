"""The unfinished cases behind the figures of now: in a step, beyond its clock, overdue so long with somebody.

Read from the board's own query and narrowed here, by the same rules as `supervision.queries.funnel` and `overdue`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from city_brain.cases import queries
from city_brain.cases.lifecycle import PHASES, PLACE, PLACES, RESTS, Phase, Step
from city_brain.cases.model import Look, Mark, Wanted
from city_brain.storage.city import City
from city_brain.supervision.measures import LATENESS_H

MOST = 200_000


def steps(asked: str | None) -> list[Step]:
    """The steps that an address names, in their order; every one with something to do where it names none."""
    named = set((asked or "").split(","))
    known = [place.step for place in PLACES if place.step not in RESTS]
    return [step for step in known if step in named] or known


def lateness(asked: str | None) -> int | None:
    """The class of lateness that an address names."""
    return int(asked) if asked and asked.isdigit() and int(asked) <= len(LATENESS_H) else None


def waiting(city: City, look: Look, wanted: Sequence[Step], *, late: bool) -> pd.DataFrame:
    """The cases in some steps, or those of them beyond the step's own clock: columns of the board and waiting_s, longest stay first."""
    found = [_in_steps(city, look, [step for step in wanted if (PHASES[step] is Phase.DONE) is done], done) for done in (False, True)]
    some = [frame for frame in found if len(frame)]
    cases = pd.concat(some, ignore_index=True) if some else found[0]
    cases = cases.assign(waiting_s=(look.moment - cases["step_at"]).dt.total_seconds())
    if late:
        cases = cases[step_due(cases) < look.moment]
    return cases.sort_values(["waiting_s", "case_id"], ascending=[False, True], ignore_index=True)


def _in_steps(city: City, look: Look, wanted: list[Step], done: bool) -> pd.DataFrame:
    names = tuple(map(str, wanted)) or ("",)  # no step at all, where an empty filter would let every one through
    return queries.board(city, look, Wanted(steps=names), finished=done, size=MOST, skip=0)


def step_due(cases: pd.DataFrame) -> pd.Series:
    """When the step's own clock runs out; for cases of files, which have none of their own, from the step's limit in clock time."""
    limits = {step: place.limit.seconds for step, place in PLACE.items() if place.limit and not place.limit.works}
    seconds = cases["step"].map(limits).astype("float64")
    return cases["step_due_at"].fillna(cases["step_at"] + pd.to_timedelta(seconds, unit="s"))


def overdue(city: City, look: Look, *, holder: str | None, lateness: int | None) -> pd.DataFrame:
    """The overdue cases, of one holder ('' where that is not known) or of all, of one class of lateness or of all; the latest first."""
    cases = queries.board(city, look, Wanted(marks=(Mark.OVERDUE,)), finished=False, size=MOST, skip=0)
    if holder is not None:
        cases = cases[cases["holder"].fillna(cases["department"]).fillna("") == holder]
    if lateness is not None:
        hours = (look.moment - cases["due_at"]).dt.total_seconds() / 3600
        cases = cases[np.searchsorted(LATENESS_H, hours.to_numpy(), side="right") == lateness]
    return cases.sort_values(["due_at", "case_id"], ignore_index=True)
