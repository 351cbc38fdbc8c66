"""What a reader wants to see of the cases: the filter that lives in the URL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Mark(StrEnum):
    """How a case is shown: shape and letter first, colour second."""

    URGENT = "urgent"
    OVERDUE = "overdue"
    DUE = "due"
    NORMAL = "normal"
    CLOSED = "closed"


SHAPES: dict[Mark, str] = {Mark.URGENT: "◆", Mark.OVERDUE: "⊗", Mark.DUE: "▲", Mark.NORMAL: "●", Mark.CLOSED: "○"}
OPEN_MARKS = (Mark.URGENT, Mark.OVERDUE, Mark.DUE, Mark.NORMAL)
"""Marks of unfinished cases, in the order of the legend."""


@dataclass(frozen=True, slots=True)
class Mine:
    """Whose queue is meant: cases in these steps with these holders, and cases in which something is asked that they answer."""

    steps: tuple[str, ...]
    holders: tuple[str, ...] | None = None
    """None where the step says it already; a department's name where only its own cases count."""
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter on cases; an empty field lets everything through. Times are aware."""

    kinds: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""
    mine: Mine | None = None
    """Only the board's queries of unfinished cases ask for it."""

    def parameters(self, moment: datetime) -> dict[str, Any]:
        """The filter as parameters of a statement."""
        lists = {name: list(getattr(self, name)) or None for name in ("kinds", "departments", "steps", "marks", "districts")}
        own = self.mine or Mine(())
        holders = None if own.holders is None else list(own.holders)
        mine = {"my_steps": list(own.steps), "my_holders": holders, "my_asks": list(own.asks)}
        return {**lists, **mine, "since": self.since, "until": self.until, "words": self.words.strip() or None, "moment": moment}


@dataclass(frozen=True, slots=True)
class Look:
    """The moment a reader looks at: `as_of` is set in playback alone."""

    moment: datetime
    as_of: datetime | None = None
