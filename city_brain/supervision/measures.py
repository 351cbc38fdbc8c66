"""The metric layer: ONE table of what is counted, when it counts, and which two counts make a measure.

Every figure of supervision (tables, series, score) and the rows behind it are read from the same SQL (``counted``, ``counted_repeats``
and ``counted_stays`` in ``0003_indicators.sql``), whose columns are the counts of this table, so that a number and its rows cannot differ.

When something counts
---------------------
Each count of a case goes by exactly one moment (`Moment`), and belongs to the period that this moment falls in. Numerator and
denominator of a measure go by the same moment, and the numerator counts some of the very cases of the denominator. Whether a case is
among them is known at the moment looked at, never from the bounds of the period. Therefore figures of neighbouring periods add up, and
nothing is counted twice.

* What has to be handled (应处置) is judged once: when it was handled, or when its deadline passed, whichever came first. The same for
  closing. So a case that is neither handled nor due yet is not counted, and a late one is counted when it became late, not when it was
  done at last. A case that is handled later counts as handled then, but not in time.
* A case that an appeal has exempted has no deadline any more: it is judged when it was handled, and it was not late. A suspended case is
  not judged while its clock rests. What an inspector settled on the spot needs no department and is closed in time.
* Rejected, merged and withdrawn cases (作废) count as reports, and for the filing that they had; nobody has to handle or close them.
* A case handled or closed more than once (rework, reopening) is judged by the last time.
* Cases of files that do not tell their steps are handled when they were closed, by the department stated. Where their steps are needed
  they are in no denominator: `Measure.unknown` counts them beside it. So it is for cases without any known deadline.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

GROUPINGS = ("department", "district", "street", "cell", "kind", "channel")
"""What cases can be grouped by; besides, the stays in steps by ``post``. The group '' holds what has no known value; a cell is
``x,y`` of 500 m."""
LATENESS_H = (4, 24, 72, 168)
"""Hours over the deadline at which the next class of lateness begins; texts ``lateness.0`` to ``lateness.4``."""


class Moment(StrEnum):
    """The moment a count goes by. Text ``moment.<value>``."""

    REPORTED = "reported"
    ACCEPTED = "accepted"
    FILED = "filed"
    DISPATCHED = "dispatched"
    HANDLED = "handled"
    JUDGED = "judged"
    """Handled, or the deadline passed: whichever came first."""
    CLOSING = "closing"
    """Closed, or the deadline passed: whichever came first."""
    CALLED = "called"
    ENDED = "ended"
    """A stay with a post ended."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many cases are so. What is counted says the text ``count.<key>``."""

    key: str
    moment: Moment

    @property
    def column(self) -> str:
        """Its column in the SQL."""
        return f"{self.moment}__{self.key}"


_M = Moment
COUNTS: tuple[Count, ...] = tuple(Count(key, moment) for moment, keys in {
    _M.REPORTED: ("reports", "untold_reports", "decided", "valid", "heard", "repeated", "unplaced"),
    _M.ACCEPTED: ("untold_accepted", "filing_decided", "filed"),
    _M.FILED: ("filings", "filed_in_time", "untimed_filings"),
    _M.DISPATCHED: ("dispatched", "sent_back", "hops", "hops_squared", "untold_dispatches",
                    "dispatches", "dispatched_in_time", "untimed_dispatches"),
    _M.HANDLED: ("told_handled", "right_first", "untold_handled"),
    _M.JUDGED: ("to_handle", "handled", "handled_in_time", "waiting_late", "unlimited_handling",
                "told_to_handle", "extended", "untold_handling"),
    _M.CLOSING: ("to_close", "closed", "closed_in_time", "unlimited_closing", "told_to_close", "reworked", "untold_closing"),
    _M.CALLED: ("called", "reached", "solved_answers", "solved", "solved_unanswered",
                "satisfied_answers", "satisfied", "satisfied_unanswered"),
    _M.ENDED: ("steps", "steps_in_time", "untimed_steps"),
}.items() for key in keys)  # fmt: skip
COUNT: dict[str, Count] = {count.key: count for count in COUNTS}

Counted = Literal["cases", "repeats", "stays"]
"""Which SQL counts it: each case, reports against earlier ones, stays in steps."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure: numerator ÷ denominator, both keys of `COUNTS`. Its name is the text ``measure.<key>``."""

    key: str
    numerator: str
    denominator: str
    unknown: str | None = None
    """What is not in the denominator because something is not known of it."""
    better: Literal["high", "low"] = "high"
    basis: str = "own"
    """The standard or practice it follows; text ``basis.<value>``."""
    unit: Literal["share", "mean"] = "share"
    squares: str | None = None
    """Of a mean: the sum of squares."""
    charged: Literal["department", "first_department"] = "department"
    """Whose it is when grouped by department: of who has the case, or of who was sent it first."""
    counted: Counted = "cases"

    @property
    def period(self) -> Moment:
        """The moment that numerator and denominator go by."""
        return COUNT[self.denominator].moment

    @property
    def counts(self) -> tuple[Count, ...]:
        """Every count it needs."""
        return tuple(COUNT[key] for key in (self.numerator, self.denominator, self.unknown, self.squares) if key)


_CJT, _JINNIU, _BEIJING = "cjt_292", "jinniu", "beijing_32"
_FIRST: Literal["first_department"] = "first_department"
MEASURES: tuple[Measure, ...] = (
    Measure("valid_reports", "valid", "decided", "untold_reports", basis=_CJT),
    Measure("filed", "filed", "filing_decided", "untold_accepted", basis=_CJT),
    Measure("filed_in_time", "filed_in_time", "filings", "untimed_filings", basis=_CJT),
    Measure("dispatched_in_time", "dispatched_in_time", "dispatches", "untimed_dispatches", basis=_CJT, charged=_FIRST),
    Measure("dispatch_right", "right_first", "told_handled", "untold_handled", basis=_CJT, charged=_FIRST),
    Measure("handled", "handled", "to_handle", "unlimited_handling", basis=_CJT),
    Measure("handled_in_time", "handled_in_time", "to_handle", "unlimited_handling", basis=_CJT),
    Measure("waiting_late", "waiting_late", "to_handle", "unlimited_handling", "low", basis=_JINNIU),
    Measure("closed", "closed", "to_close", "unlimited_closing", basis=_CJT),
    Measure("closed_in_time", "closed_in_time", "to_close", "unlimited_closing", basis=_CJT),
    Measure("rework", "reworked", "told_to_close", "untold_closing", "low", basis=_JINNIU),
    Measure("extension", "extended", "told_to_handle", "untold_handling", "low", basis=_JINNIU),
    Measure("send_back", "sent_back", "dispatched", "untold_dispatches", "low", charged=_FIRST),
    Measure("hops", "hops", "dispatched", "untold_dispatches", "low", unit="mean", squares="hops_squared", charged=_FIRST),
    Measure("reached", "reached", "called"),
    Measure("solved", "solved", "solved_answers", "solved_unanswered", basis=_BEIJING),
    Measure("satisfied", "satisfied", "satisfied_answers", "satisfied_unanswered", basis=_BEIJING),
    Measure("repeat", "repeated", "heard", "unplaced", "low", counted="repeats"),
    Measure("step_in_time", "steps_in_time", "steps", "untimed_steps", counted="stays"),
)
MEASURE: dict[str, Measure] = {measure.key: measure for measure in MEASURES}
UNTOLD = ("response",)
"""Measures that are asked for by name and that nothing recorded here can tell; why is the text ``untold.<key>``. 响应率 is the share of
dispatched cases whose reporter the department contacted in time: no act and no file says when that was."""
EARLIER: dict[str, str] = {"response": "reached"}
"""Names of measures in older records, and what they are called now."""
OF_CASES: tuple[str, ...] = tuple(measure.key for measure in MEASURES if measure.counted != "stays")
OF_POSTS: tuple[str, ...] = tuple(measure.key for measure in MEASURES if measure.counted == "stays")
"""Measures of posts; the others are of cases."""
