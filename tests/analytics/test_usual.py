from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from city_brain.analytics import usual

SHANGHAI, BOSTON = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
HOUR = pd.Timestamp("2026-11-22T04:00Z")


def counts(by_week: dict[int, int], hour: pd.Timestamp = HOUR) -> pd.Series:
    """So many cases in the same hour so many weeks before."""
    return pd.Series({hour - pd.Timedelta(weeks=week): count for week, count in by_week.items()}, dtype="int64")


def test_usual_is_the_median_of_the_weeks_before() -> None:
    found = usual.usual_hours(counts({0: 99, 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8, 9: 1000}), pd.DatetimeIndex([HOUR]), SHANGHAI)
    row = found.iloc[0]
    assert (row["usual"], row["weeks"]) == (4.5, 8)
    assert row["low"] < row["usual"] < row["high"] <= 8


def test_too_few_weeks_are_not_usual() -> None:
    row = usual.usual_hours(counts({1: 5, 2: 5}), pd.DatetimeIndex([HOUR]), SHANGHAI).iloc[0]
    assert row["weeks"] == 2
    assert pd.isna(row["usual"])


def test_weeks_before_the_record_are_unknown_not_zero() -> None:
    first = (HOUR - pd.Timedelta(weeks=3, hours=1)).to_pydatetime()
    row = usual.usual_hours(counts({1: 4, 2: 4, 3: 4}), pd.DatetimeIndex([HOUR]), SHANGHAI, first=first).iloc[0]
    assert (row["usual"], row["weeks"]) == (4, 3)


def test_the_hour_of_the_day_stays_across_a_change_of_the_clock() -> None:
    hour = pd.Timestamp("2026-11-04T14:00Z")  # 9 in the morning in winter time; a week before it was still summer
    before = pd.Series({pd.Timestamp("2026-10-28T13:00Z") - pd.Timedelta(weeks=week): 7 for week in range(4)}, dtype="int64")
    assert usual.usual_hours(before, pd.DatetimeIndex([hour]), BOSTON).iloc[0]["usual"] == 7


def test_full_hours_end_before_the_present_one() -> None:
    hours = usual.full_hours(datetime(2026, 11, 22, 4, 59, tzinfo=UTC), 24)
    assert len(hours) == 24
    assert hours[-1] == pd.Timestamp("2026-11-22T03:00Z")


def test_the_same_day_before_reaches_as_far_as_the_record() -> None:
    midnight, moment = datetime(2026, 11, 22, tzinfo=SHANGHAI), datetime(2026, 11, 22, 2, tzinfo=UTC)
    stretches = usual.same_day_before(midnight, moment, first=midnight - timedelta(weeks=2))
    assert [since for since, _ in stretches] == [midnight - timedelta(weeks=week) for week in range(3)]
    assert all(until - since == timedelta(hours=10) for since, until in stretches)
