"""Counts become figures: value, bounds, and the periods of a series."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from city_brain.analytics.intervals import mean_bounds, wilson
from city_brain.supervision.measures import COUNT, MEASURES, Measure

COLUMNS = ("group", "measure", "numerator", "denominator", "value", "low", "high", "unknown")
DATED = ("since", "until", "whole")
Every = Literal["day", "week", "month"]
_ORDER = {measure.key: place for place, measure in enumerate(MEASURES)}


def pattern(measures: Sequence[Measure]) -> str:
    """The columns of the counts that some measures need, as the regular expression that SQL takes."""
    return "^(" + "|".join(sorted({count.column for measure in measures for count in measure.counts})) + ")$"


def figures(sums: pd.DataFrame, measures: Sequence[Measure], by: Sequence[str] = ("group",)) -> pd.DataFrame:
    """The figures of some measures.

    Parameters
    ----------
    sums : pandas.DataFrame
        One row per group: the columns `by`, and a column per count, called as in `Count.column`.

    Returns
    -------
    pandas.DataFrame
        The columns `by`, measure, numerator, denominator, value (NaN without a denominator), low, high (95 %), unknown; one row per
        measure and group, in the order of the table of measures.
    """
    found = [_of(sums, measure, list(by)) for measure in measures]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=[*by, *COLUMNS[1:]])


def _of(sums: pd.DataFrame, measure: Measure, by: list[str]) -> pd.DataFrame:
    numerator, denominator, unknown, squares = (
        sums[COUNT[key].column].to_numpy(np.int64) if key else np.zeros(len(sums), np.int64)
        for key in (measure.numerator, measure.denominator, measure.unknown, measure.squares)
    )
    value = np.divide(numerator, denominator, out=np.full(len(sums), np.nan), where=denominator > 0)
    low, high = wilson(numerator, denominator) if measure.unit == "share" else mean_bounds(numerator, squares, denominator)
    low = np.maximum(low, 0)  # what is counted is never less than nothing
    return sums[by].assign(
        measure=measure.key, numerator=numerator, denominator=denominator, value=value, low=low, high=high, unknown=unknown
    )


def of_groups(sums: pd.DataFrame, measures: Sequence[Measure], by: str | None) -> pd.DataFrame:
    """The figures of a period.

    Parameters
    ----------
    sums : pandas.DataFrame
        Counts by `grouped` and, where departments are asked for, by `sent_first` as well: some measures are those of the department that
        was sent a case first.
    by : str or None
        None for the whole.
    """
    if by is None:
        return figures(_filled(sums, measures).sum().to_frame().T.astype(np.int64).assign(group=None), measures)
    parts = []
    for charged, column in (("department", "grouped"), ("first_department", "sent_first")):
        if chosen := [measure for measure in measures if measure.charged == charged]:
            groups = sums[column if by == "department" and column in sums else "grouped"].rename("group")
            parts.append(figures(_filled(sums, chosen).astype(np.int64).groupby(groups).sum().reset_index(), chosen))
    return pd.concat(parts, ignore_index=True)


def in_order(found: pd.DataFrame, *, empty: bool) -> pd.DataFrame:
    """Figures by group and measure; `empty` keeps those that have nothing at all."""
    kept = found if empty else found[(found["denominator"] > 0) | (found["unknown"] > 0)]
    return _sorted(kept, ["group"])


def in_time(found: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Figures of a series by period and measure."""
    return _sorted(pd.concat(found, ignore_index=True), ["since"]) if found else pd.DataFrame(columns=[*DATED, *COLUMNS[1:]])


def _sorted(found: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    place = found["measure"].map(_ORDER)
    return found.assign(place=place).sort_values([*by, "place"], ignore_index=True).drop(columns="place")


def _filled(sums: pd.DataFrame, measures: Sequence[Measure]) -> pd.DataFrame:
    """Exactly the counts that some measures need, noughts where there are none."""
    return sums.reindex(columns=sorted({count.column for measure in measures for count in measure.counts})).fillna(0)


def periods(since: datetime, until: datetime, every: Every, zone: ZoneInfo) -> list[datetime]:
    """The bounds of the days, weeks (from Monday) or months of a zone that a stretch of time touches: the first lies at or before `since`,
    the last at or after `until`; none for an empty stretch."""
    if until <= since:
        return []
    day = since.astimezone(zone).date()
    first = day if every == "day" else day - timedelta(days=day.weekday()) if every == "week" else day.replace(day=1)
    bounds = [_midnight(first, zone)]
    while bounds[-1] < until:
        first = _next(first, every)
        bounds.append(_midnight(first, zone))
    return bounds


def _next(day: date, every: Every) -> date:
    if every == "month":
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return day + timedelta(days=7 if every == "week" else 1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def common_step(bounds: Sequence[datetime]) -> int:
    """The longest step, in seconds, that reaches every bound from the first one: SQL counts in such steps and needs to know no zone."""
    seconds = [int(bound.timestamp()) for bound in bounds]
    return math.gcd(*(later - earlier for earlier, later in pairwise(seconds)))


def by_period(counts: pd.DataFrame, bounds: Sequence[datetime], step: int, measures: Sequence[Measure]) -> pd.DataFrame:
    """Counts of steps (`place`, from the first bound) added up to the periods between the bounds: one row per period, noughts included."""
    edges = np.array([int(bound.timestamp()) for bound in bounds])
    number = np.searchsorted(edges, edges[0] + counts["place"].to_numpy(np.int64) * step, side="right") - 1
    found = _filled(counts, measures).groupby(number).sum()
    return found.reindex(range(len(bounds) - 1), fill_value=0).astype(np.int64)


def dated(sums: pd.DataFrame, bounds: Sequence[datetime], since: datetime, until: datetime, moment: datetime) -> pd.DataFrame:
    """The counts of periods with the part of each that was asked for, and whether that is all of it and over."""
    spans = list(pairwise(bound.astimezone(UTC) for bound in bounds))
    return sums.assign(
        since=[max(start, since.astimezone(UTC)) for start, _ in spans], until=[min(end, until.astimezone(UTC)) for _, end in spans],
        whole=[start >= since and end <= min(until, moment) for start, end in spans],
    )  # fmt: skip
