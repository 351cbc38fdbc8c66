"""Reads of supervision: indicators and the rows behind them, where cases are stuck, who passes what on. Frames carry UTC times.

Figures are those of `supervision.measures`; the SQL that counts is the same for a figure and for its rows. A period runs from `since`
up to, not including, `until`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd

from city_brain.analytics.intervals import mean_bounds
from city_brain.cases.model import Look
from city_brain.storage.city import City
from city_brain.storage.cursor import Cursor
from city_brain.supervision import figures
from city_brain.supervision.figures import Every
from city_brain.supervision.measures import COUNT, EARLIER, GROUPINGS, LATENESS_H, MEASURE, OF_CASES, OF_POSTS, Measure
from city_brain.supervision.score import WEIGHTS

Only = Mapping[str, str | Sequence[str]]
"""To which groups figures are narrowed: one or several, by what cases are grouped by."""
Part = Literal["numerator", "denominator", "unknown"]
USUAL_DAYS = 30
"""Over how many days it is taken how long a step usually lasts."""
LEAST_USUAL = 10
"""Cases of a kind below which what is usual is taken of all kinds."""
_STATEMENT = {"cases": "", "repeats": "_repeats", "stays": "_stays"}


class _Question(NamedTuple):
    """Measures that one statement answers, and what it is narrowed to."""

    statement: str
    measures: tuple[Measure, ...]
    given: dict[str, Any]


def indicators(
    city: City, look: Look, since: datetime, until: datetime, *, by: str | None = None, only: Only | None = None,
    measures: Sequence[str] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Measures of a period, of the whole city or by group.

    Parameters
    ----------
    by : str, optional
        Of `measures.GROUPINGS`, or ``post`` for the stays that ended with acceptance, dispatcher and inspector.
    only : mapping, optional
        Such as ``{"department": "water", "district": ["a", "b"]}``.
    measures : sequence of str, optional
        Their keys; fewer are faster. All of the cases (by post: of the posts) when not given.

    Returns
    -------
    pandas.DataFrame
        group (None for the whole, '' for what has no known group), measure, numerator, denominator, value (share or mean; NaN without a
        denominator), low, high (95 %), unknown (what a lack of knowledge keeps out of the denominator). For the whole a row per measure;
        by group none where a measure has nothing.
    """
    found = []
    with _reading(city, look) as cursor:
        for asked in _questions(measures or (OF_POSTS if by == "post" else OF_CASES), by, only):
            given = asked.given | {"since": since, "until": until, "moment": look.moment, "columns": figures.pattern(asked.measures)}
            sums = cursor.frame(f"indicators.counts{asked.statement}", **given, grouping=by)
            found.append(figures.of_groups(sums, asked.measures, by))
    return figures.in_order(pd.concat(found, ignore_index=True), empty=by is None)


def series(
    city: City, look: Look, since: datetime, until: datetime, *, every: Every, zone: ZoneInfo, only: Only | None = None,
    measures: Sequence[str] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Measures of the cases for each day, week (from Monday) or month of the city's clock.

    Returns
    -------
    pandas.DataFrame
        since, until (UTC; the first and the last period are cut off where the stretch asked for ends), whole (whether it was not cut off,
        and is over), and the columns of `indicators` from measure on. A row per period and measure; they add up to those of the stretch.
    """
    bounds = figures.periods(since, until, every, zone)
    found = []
    with _reading(city, look) as cursor:
        for asked in _questions(measures or OF_CASES, None, only, by_moment=True) if bounds else ():
            given = asked.given | {"since": since, "until": until, "moment": look.moment, "columns": figures.pattern(asked.measures)}
            given |= {"first": bounds[0], "seconds": figures.common_step(bounds), "goes_by": f"^{asked.measures[0].period}_in$"}
            steps = cursor.frame(f"indicators.series{asked.statement}", **given)
            sums = figures.by_period(steps, bounds, given["seconds"], asked.measures)
            found.append(figures.figures(figures.dated(sums, bounds, since, until, look.moment), asked.measures, by=figures.DATED))
    return figures.in_time(found)


def rows(
    city: City, look: Look, since: datetime, until: datetime, *, measure: str, part: Part = "numerator", by: str | None = None,
    group: str | None = None, only: Only | None = None, size: int = 50, skip: int = 0,
) -> pd.DataFrame:  # fmt: skip
    """A page of the cases behind a figure, reported last first; for measures of posts the stays, ended last first.

    Parameters
    ----------
    measure, part : str
        Key of the measure, and which side of it: what its `unknown` counts too.
    by, group : str, optional
        The group of the figure, as `indicators` gives it.

    Returns
    -------
    pandas.DataFrame
        case_id, kind, address, district, department, holder, step, state, due_at, step_due_at, reported_at, closed_at, hops, amount (what
        the case adds to the figure: 1, or the value a mean is of). Of stays also post, stay_step, stay_from_at, stay_to_at, stay_due_at.
    """
    statement, given = _behind(measure, part, by, group, only)
    with _reading(city, look) as cursor:
        period = {"since": since, "until": until, "moment": look.moment}
        return cursor.frame(f"indicators.rows{statement}", **period, **given, size=size, skip=skip)


def rows_count(
    city: City, look: Look, since: datetime, until: datetime, *, measure: str, part: Part = "numerator", by: str | None = None,
    group: str | None = None, only: Only | None = None,
) -> int:  # fmt: skip
    """How many rows `rows` has: the figure itself, but for the numerator of a mean (there the cases that add something)."""
    statement, given = _behind(measure, part, by, group, only)
    with _reading(city, look) as cursor:
        return int(cursor.value(f"indicators.count_rows{statement}", since=since, until=until, moment=look.moment, **given))


def funnel(city: City, look: Look) -> pd.DataFrame:
    """Where the cases are now: a row per step that is not at rest, in their order.

    Returns
    -------
    pandas.DataFrame
        step, of (which of the seven), cases, late (the step's own clock has run out), overdue (the limit of an unfinished case has),
        waiting_s and longest_s (median and longest stay so far, seconds; NaN where nobody waits).
    """
    with city.read(look.as_of) as cursor:
        return cursor.frame("oversight.funnel", moment=look.moment)


def overdue(city: City, look: Look) -> pd.DataFrame:
    """Overdue cases by who has them (a department, or a post) and how late they are: holder, lateness (0 to 4, the classes that
    `measures.LATENESS_H` divides), cases. Most overdue first."""
    with city.read(look.as_of) as cursor:
        return cursor.frame("oversight.overdue", moment=look.moment, hours=list(LATENESS_H))


def stuck(city: City, look: Look, size: int = 20, *, order: Literal["ratio", "waiting_s"] = "ratio") -> pd.DataFrame:
    """The unfinished cases that have been in their step the longest: against what is usual for the step, or at all. Suspended ones rest.

    Returns
    -------
    pandas.DataFrame
        The columns of the board, waiting_s, usual_s (median of 30 days: of stays in the step; with departments of handling this kind,
        where there are enough; NaN without any), ratio.
    """
    with city.read(look.as_of) as cursor:
        since = look.moment - timedelta(days=USUAL_DAYS)
        return cursor.frame("oversight.stuck", moment=look.moment, since=since, size=size, relative=order == "ratio", least=LEAST_USUAL)


def pairs(city: City, look: Look, since: datetime, until: datetime) -> pd.DataFrame:
    """Who passed cases on to whom in a period, most first: from_department, to_department, passes, cases, lost_s (median, seconds with
    the first and on the way), lost_total_s, comes_back (passes to a department that had the case before)."""
    with city.read(look.as_of) as cursor:
        return cursor.frame("oversight.pairs", since=since, until=until, moment=look.moment)


def pair_rows(
    city: City, look: Look, since: datetime, until: datetime, from_department: str, to_department: str, size: int = 200
) -> pd.DataFrame:
    """The passes from one department to another, longest lost first: the columns of the board, received_at, passed_at, lost_s, ruled,
    comes_back. A case that went this way twice is there twice."""
    with city.read(look.as_of) as cursor:
        given = {"from_department": from_department, "to_department": to_department, "size": size}
        return cursor.frame("oversight.pair_rows", since=since, until=until, moment=look.moment, **given)


def passing(city: City, look: Look, since: datetime, until: datetime) -> dict[str, Any]:
    """How much is passed on.

    Returns
    -------
    dict
        Of the cases dispatched in the period: dispatched, passed_on (cases), hops (mean), low, high (95 %; NaN below two cases). Of what
        was passed on in the period, whenever dispatched: passes, cases, back_and_forth (cases that came back to a department), lost_s.
    """
    with _reading(city, look) as cursor:
        given = {"since": since, "until": until, "moment": look.moment, "among": _among(None, "department")}
        found = (cursor.one("oversight.passed_on", **given) or {}) | (cursor.one("oversight.dispatched", **given) or {})
    low, high = mean_bounds(found["total"], found.pop("squares"), found["dispatched"])
    total = found.pop("total")
    return found | {"hops": total / found["dispatched"] if found["dispatched"] else float("nan"), "low": float(low), "high": float(high)}


def disputes(city: City, look: Look, *, ruled: bool, since: datetime | None = None) -> pd.DataFrame:
    """Disputes over who is responsible: those that wait for a ruling, the most pressing first, or those ruled, the newest first; `since`
    narrows them to what was asked, or ruled, since a moment.

    Returns
    -------
    pandas.DataFrame
        case_id, kind, district, department, instead, reason, asked_at, due_at, ruled_at, verdict, ruled_department, ruled_by.
    """
    with city.read(look.as_of) as cursor:
        return cursor.frame(f"oversight.disputes_{'ruled' if ruled else 'open'}", moment=look.moment, since=since)


def weights(city: City) -> dict[str, float]:
    """What counts how much in the composite score: as set last, else the usual weights."""
    with city.read() as cursor:
        return {EARLIER.get(row["measure"], row["measure"]): row["weight"] for row in cursor.rows("oversight.weights")} or dict(WEIGHTS)


@contextmanager
def _reading(city: City, look: Look) -> Iterator[Cursor]:
    """A cursor; in playback one that sees of each case what was known of it then."""
    with city.read(look.as_of) as cursor:
        if look.as_of is not None:
            for part in ("changed", "since", "stood", "open", "closed"):
                cursor.run(f"indicators.look_back_{part}")
        yield cursor


def _questions(measures: Sequence[str], by: str | None, only: Only | None, *, by_moment: bool = False) -> list[_Question]:
    """One for everything that is counted alike (`by_moment`: and by the same moment). Where it is narrowed to departments, measures differ
    in whose they are."""
    if by not in (None, "post", *GROUPINGS) or (by == "post" and not set(OF_POSTS).issuperset(measures)):
        raise ValueError(f"these are not grouped by {by}")
    matters = "department" in (only or {})

    def alike(measure: Measure) -> tuple[str, str, str]:
        return measure.counted, measure.charged if matters else "", measure.period if by_moment else ""

    chosen = sorted((MEASURE[key] for key in measures), key=alike)
    return [
        _Question(_STATEMENT[counted], tuple(found), {"among": _among(only, charged)})
        for (counted, charged, _), found in groupby(chosen, key=alike)
    ]


def _among(only: Only | None, charged: str) -> dict[str, list[str] | None]:
    """What SQL is narrowed to: a list of groups, or None for all, by everything cases can be narrowed to."""
    among: dict[str, list[str] | None] = dict.fromkeys((*GROUPINGS, "first_department"))
    for name, groups in (only or {}).items():
        if name not in GROUPINGS:
            raise ValueError(f"cases are not grouped by {name}")
        among[charged if name == "department" else name] = [groups] if isinstance(groups, str) else list(groups)
    return among


def _behind(measure: str, part: Part, by: str | None, group: str | None, only: Only | None) -> tuple[str, dict[str, Any]]:
    """The statement and the parameters of the rows behind a figure."""
    found = MEASURE[measure]
    if (key := getattr(found, part)) is None:
        raise ValueError(f"{measure} has no {part}")
    among = _among({**(only or {}), **({by: group or ""} if by and by != "post" else {})}, found.charged)
    post = {"post": group if by == "post" else None} if found.counted == "stays" else {}
    return _STATEMENT[found.counted], {"column": f"^{COUNT[key].column}$", "among": among, **post}
