"""What came of a drill, in plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from city_brain.cases.lifecycle import Step
from city_brain.storage.city import City

SOURCE = "drill"
"""The source of whatever a drill reports."""
VOID = [str(step) for step in (Step.REJECTED, Step.MERGED, Step.WITHDRAWN)]
"""Where a case ends that was none: it counts as raised, never as closed."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a drill has raised and what became of it. Medians are seconds from the report, None before the first."""

    raised: int
    urgent: int
    dispatched: int
    closed: int
    late: int
    dispatch_s: float | None
    handle_s: float | None
    close_s: float | None
    acts: int
    """Taken by people."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A drill that is over."""

    number: str
    scenario: str
    begun_at: datetime
    ended_at: datetime
    begun_by: str
    ended_by: str | None
    """None when its time was up."""
    seed: int
    figures: Figures


def figures(city: City, moment: datetime, after: int) -> Figures:
    """The figures of a drill so far; `after` is the last sequence of the copy as it was made."""
    with city.read() as cursor:
        found = cursor.one("drills.figures", source=SOURCE, moment=moment, void=VOID) or {}
        return Figures(**found, acts=int(cursor.value("drills.acts", after=after) or 0))
