"""Time limits in working time and clock time: known days, and what holds for every start and every limit."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from city_brain.cases.calendars import LONGEST_S, Calendar, Day, Limit, Unit, known_days, known_years
from city_brain.errors import Fault

ZONE = "Asia/Shanghai"
WEEKDAYS = Calendar("America/New_York", (), frozenset())
DATELINE = Calendar("Pacific/Apia", {}, frozenset())
"""Friday, 30 December 2011 did not happen there."""


def china() -> Calendar:
    return Calendar(ZONE, known_days(), known_years())


def at(text: str, zone: str = ZONE) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def local(moment: datetime, zone: str = ZONE) -> str:
    assert moment.tzinfo is UTC
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        ("2026-03-04 09:00", "2 working_hours", "2026-03-04 11:00"),
        ("2026-03-04 11:00", "2 working_hours", "2026-03-04 15:00"),  # over lunch
        ("2026-03-04 13:00", "2 working_hours", "2026-03-04 16:00"),  # reported at lunch
        ("2026-03-04 17:00", "4 working_hours", "2026-03-05 11:00"),  # over night
        ("2026-03-04 23:30", "1 working_hours", "2026-03-05 09:00"),  # reported at night
        ("2026-03-06 16:00", "2 working_hours", "2026-03-06 18:00"),  # Friday, just used up: not Monday
        ("2026-03-06 16:00", "2.5 working_hours", "2026-03-09 08:30"),
        ("2026-03-07 10:00", "1 working_days", "2026-03-09 18:00"),  # reported on Saturday
        ("2026-03-04 10:00", "5 working_days", "2026-03-11 10:00"),
        ("2026-03-06 23:00", "2 urgent_hours", "2026-03-07 01:00"),
        ("2026-02-13 16:00", "2 urgent_days", "2026-02-15 16:00"),  # the festival does not stop what is urgent
        ("2026-02-13 16:00", "1 working_days", "2026-02-14 16:00"),  # Saturday makes up for the festival
        ("2026-02-14 16:00", "4 working_hours", "2026-02-24 10:00"),  # nine days off
        ("2026-02-26 10:00", "2 working_days", "2026-02-28 10:00"),
        ("2026-02-28 10:00", "1 working_days", "2026-03-02 10:00"),
        ("2026-09-30 17:00", "2 working_hours", "2026-10-08 09:00"),
        ("2027-10-01 08:00", "2 working_hours", "2027-10-01 10:00"),  # no table yet: a Friday
    ],
)
def test_limits_in_china(start: str, limit: str, due: str) -> None:
    assert local(china().after(at(start), Limit.parse(limit))) == due


@pytest.mark.parametrize(
    ("start", "end", "works", "hours"),
    [
        ("2026-03-04 11:00", "2026-03-04 15:00", True, 2),
        ("2026-03-04 15:00", "2026-03-04 11:00", True, -2),
        ("2026-03-06 18:00", "2026-03-09 08:00", True, 0),
        ("2026-02-13 18:00", "2026-02-24 08:00", True, 8),  # only the Saturday
        ("2025-12-31 18:00", "2026-12-31 18:00", True, 248 * 8),  # 365 - 104 weekend days - 19 weekdays off + 6 weekend days worked
        ("2026-03-06 18:00", "2026-03-09 08:00", False, 62),
    ],
)
def test_counted_time_in_china(start: str, end: str, works: bool, hours: float) -> None:
    assert china().between(at(start), at(end), works) == hours * 3600


def test_what_is_known_of_the_table() -> None:
    days, years = known_days(), known_years()
    assert {2025, 2026} <= years and 2027 not in years and years == set(range(min(years), max(years) + 1))
    assert all(day.working != (day.day.weekday() < 5) for day in days) and len({day.day for day in days}) == len(days)
    assert Day(date(2026, 2, 14), True, "春节") in days and Day(date(2026, 10, 7), False, "国庆节") in days
    assert list(days) == sorted(days, key=lambda day: day.day)


def test_a_year_without_table_is_not_sure() -> None:
    calendar = china()
    assert calendar.is_sure(at("2025-12-31 17:00"), at("2026-12-31 23:59"))
    assert not calendar.is_sure(at("2026-12-31 17:00"), at("2027-01-01 00:00"))
    assert not calendar.is_sure(at("2027-01-01 00:00"), at("2026-12-31 17:00"))
    assert not Calendar(ZONE, (), frozenset({2025, 2027})).is_sure(at("2025-06-01 00:00"), at("2027-06-01 00:00"))


def test_working_now() -> None:
    told = {hour: china().working_now(at(f"2026-02-28 {hour}")) for hour in ("07:59", "08:00", "11:59", "12:00", "14:00", "17:59", "18:00")}
    assert told == {"07:59": False, "08:00": True, "11:59": True, "12:00": False, "14:00": True, "17:59": True, "18:00": False}
    assert not china().working_now(at("2026-02-23 09:00"))


def test_wall_time_goes_with_summer_time() -> None:
    """Clocks in New York went forward on Sunday, 8 March 2026, and go back on 1 November."""
    zone = "America/New_York"
    for friday, monday, clock_h in (("2026-03-06", "2026-03-09", 63), ("2026-10-30", "2026-11-02", 65)):
        start = at(f"{friday} 17:00", zone)
        due = WEEKDAYS.after(start, Limit(2, Unit.WORKING_HOURS))
        assert local(due, zone) == f"{monday} 09:00"
        assert WEEKDAYS.between(start, due, works=False) == clock_h * 3600
    assert WEEKDAYS.after(at("2026-03-07 12:00", zone), Limit(1, Unit.URGENT_DAYS)) == at("2026-03-08 13:00", zone)


def test_a_day_left_out_by_the_date_line_has_no_slots() -> None:
    start = at("2011-12-29 17:00", "Pacific/Apia")
    assert local(DATELINE.after(start, Limit(2, Unit.WORKING_HOURS)), "Pacific/Apia") == "2012-01-02 09:00"


def test_the_last_word_on_a_day_holds() -> None:
    own = Day(date(2026, 3, 5), False, "own")
    start, limit = at("2026-03-04 17:00"), Limit(2, Unit.WORKING_HOURS)
    assert local(Calendar(ZONE, [*known_days(), own], known_years()).after(start, limit)) == "2026-03-06 09:00"
    assert local(Calendar(ZONE, [own, Day(own.day, True, "taken back")], frozenset()).after(start, limit)) == "2026-03-05 09:00"
    assert local(Calendar(ZONE, {own.day: False}, frozenset()).after(start, limit)) == "2026-03-06 09:00"


def test_months_without_work_are_crossed() -> None:
    closed = {date(2026, 3, 2) + timedelta(days=number): False for number in range(400)}
    calendar = Calendar(ZONE, closed, frozenset())
    due = calendar.after(at("2026-02-27 17:00"), Limit(2, Unit.WORKING_HOURS))
    assert local(due) == "2027-04-06 09:00"
    assert local(calendar.after_seconds(due, -7200, works=True)) == "2026-02-27 17:00"


@pytest.mark.parametrize("days", [-900, 900])
def test_years_are_made_as_they_are_needed(days: int) -> None:
    start, seconds = at("2026-03-04 10:00"), days * 28_800.0
    for number, single in enumerate((True, False)):  # a table of its own each: nothing is made yet
        calendar = Calendar(ZONE, [Day(date(1999, 1, 1 + number), False, str(days))], frozenset())
        if single:
            due = calendar.after_seconds(start, seconds, works=True)
        else:
            due = datetime.fromtimestamp(int(calendar.after_many([int(start.timestamp())], [seconds], [True])[0]), UTC)
        assert local(due) == ("2022-09-21 10:00" if days < 0 else "2029-08-15 10:00")  # 180 weeks


def test_overdue_stays_overdue() -> None:
    calendar, due = china(), at("2026-03-06 18:00")
    left = calendar.left(at("2026-03-09 10:00"), due, works=True)
    assert left == -7200
    assert local(calendar.resumed(at("2026-03-09 10:00"), left, works=True)) == "2026-03-06 18:00"
    assert local(calendar.resumed(at("2026-03-20 09:30"), left, works=True)) == "2026-03-19 17:30"
    assert calendar.resumed(at("2026-03-08 09:00"), -7200, works=False) == at("2026-03-08 07:00")


@pytest.mark.parametrize("text", ["2 working_hours", "0.5 urgent_hours", "15 working_days", "1.25 urgent_days"])
def test_limits_are_written_as_they_are_read(text: str) -> None:
    assert str(Limit.parse(text)) == text


def test_what_a_limit_counts() -> None:
    assert [Limit(2, unit).seconds for unit in Unit] == [7200, 172800, 7200, 57600]
    assert [Limit(2, unit).works for unit in Unit] == [False, False, True, True]


@pytest.mark.parametrize(
    "text", ["", "2", "working_hours", "2 hours", "0 working_hours", "-1 urgent_days", "nan urgent_days", "1e9 urgent_days"]
)
def test_unclear_limits_are_refused(text: str) -> None:
    with pytest.raises(Fault, match="limit_unclear"):
        Limit.parse(text)


def test_times_without_zone_and_out_of_range_are_refused() -> None:
    naive, sure, calendar = datetime(2026, 3, 4, 9), at("2026-03-04 09:00"), china()
    for refused in (
        lambda: calendar.after(naive, Limit(2, Unit.URGENT_HOURS)),
        lambda: calendar.between(sure, naive, works=True),
        lambda: calendar.working_now(naive),
        lambda: calendar.is_sure(naive, sure),
    ):
        with pytest.raises(Fault, match="time_without_zone"):
            refused()
    for year in (2, 1899, 2201, 9998):
        with pytest.raises(Fault, match="time_out_of_range"):
            calendar.after(datetime(year, 6, 1, tzinfo=UTC), Limit(2, Unit.WORKING_HOURS))
    with pytest.raises(Fault, match="time_out_of_range"):
        calendar.after_seconds(datetime(2150, 1, 1, tzinfo=UTC), LONGEST_S, works=False)
    with pytest.raises(Fault, match="time_out_of_range"):
        calendar.between_many([0, -(2**63)], [0, 0], works=True)
    for seconds in (float("nan"), float("inf"), -2 * LONGEST_S):
        with pytest.raises(Fault, match="limit_unclear"):
            calendar.after_seconds(sure, seconds, works=True)
        with pytest.raises(Fault, match="limit_unclear"):
            calendar.after_many([0, 0], [1, seconds], works=True)


def test_a_calendar_without_any_work_says_so() -> None:
    closed = Calendar(ZONE, {date(1899, 1, 1) + timedelta(days=number): False for number in range(305 * 366)}, frozenset())
    with pytest.raises(Fault, match="time_out_of_range"):
        closed.after(at("2026-03-04 09:00"), Limit(1, Unit.WORKING_HOURS))


def test_columns_may_be_empty() -> None:
    none = np.array([], dtype=np.int64)
    assert china().after_many(none, none, none.astype(bool)).shape == (0,)
    assert china().between_many(none, none, none.astype(bool)).shape == (0,)


def test_the_package_is_loaded_only_for_the_table() -> None:
    source = sys.modules[Calendar.__module__]
    assert not hasattr(source, "chinese_calendar") and not hasattr(source, "table")


CALENDARS = st.sampled_from([china(), WEEKDAYS, DATELINE])
MOMENTS = st.datetimes(datetime(2011, 6, 1), datetime(2028, 6, 1), timezones=st.sampled_from([UTC, ZoneInfo(ZONE)]))
EDGES = st.builds(
    lambda day, hour: datetime.combine(day, time(hour), ZoneInfo(ZONE)),
    st.dates(date(2025, 12, 20), date(2026, 3, 20)),
    st.sampled_from([0, 8, 12, 14, 18]),
)
STARTS = MOMENTS | EDGES
SECONDS = (
    st.integers(0, 400 * 3600).map(float)
    | st.integers(0, 100).map(lambda hours: hours * 3600.0)
    | st.floats(0, 1e6).map(lambda s: round(s, 6))
)
SIGNED = st.builds(lambda seconds, sign: seconds * sign, SECONDS, st.sampled_from([1, -1]))


def counted_by_hand(calendar: Calendar, zone: str, start: datetime, end: datetime, exceptions: dict[date, bool]) -> float:
    """Working seconds, day by day, from nothing but wall time."""
    total, here = timedelta(), ZoneInfo(zone)
    day = start.astimezone(here).date()
    while day <= end.astimezone(here).date():
        if exceptions.get(day, day.weekday() < 5):
            for first, last in ((8, 12), (14, 18)):
                opens, closes = (datetime.combine(day, time(hour), here).astimezone(UTC) for hour in (first, last))
                total += max(timedelta(), min(closes, end.astimezone(UTC)) - max(opens, start.astimezone(UTC)))
        day += timedelta(days=1)
    return total.total_seconds()


@given(start=STARTS, seconds=SECONDS)
@settings(max_examples=60, deadline=None)
def test_counting_agrees_with_counting_by_hand(start: datetime, seconds: float) -> None:
    exceptions = {day.day: day.working for day in known_days()}
    for calendar, zone, table in ((china(), ZONE, exceptions), (WEEKDAYS, "America/New_York", {})):
        end = start + timedelta(seconds=seconds)
        assert calendar.between(start, end, works=True) == counted_by_hand(calendar, zone, start, end, table)


@given(calendar=CALENDARS, start=STARTS, seconds=SIGNED, works=st.booleans())
@settings(deadline=None)
def test_what_is_counted_forwards_counts_back(calendar: Calendar, start: datetime, seconds: float, works: bool) -> None:
    due = calendar.after_seconds(start, seconds, works)
    assert calendar.between(start, due, works) == seconds
    assert (due >= start) if seconds >= 0 else (due <= start)


@given(calendar=CALENDARS, start=STARTS, seconds=SECONDS.filter(bool))
@settings(deadline=None)
def test_a_deadline_is_the_first_moment_that_counts_so_much(calendar: Calendar, start: datetime, seconds: float) -> None:
    due = calendar.after_seconds(start, seconds, works=True)
    assert calendar.between(start, due - timedelta(microseconds=1), works=True) < seconds


@given(calendar=CALENDARS, starts=st.tuples(STARTS, STARTS), seconds=st.tuples(SIGNED, SIGNED), works=st.booleans())
@settings(deadline=None)
def test_later_and_longer_is_never_due_earlier(
    calendar: Calendar, starts: tuple[datetime, datetime], seconds: tuple[float, float], works: bool
) -> None:
    (early, late), (short, long) = sorted(starts), sorted(seconds)
    assert calendar.after_seconds(early, short, works) <= calendar.after_seconds(late, short, works)
    assert calendar.after_seconds(early, short, works) <= calendar.after_seconds(early, long, works)


@given(calendar=CALENDARS, start=STARTS, first=SECONDS, second=SECONDS, works=st.booleans())
@settings(deadline=None)
def test_two_limits_in_turn_are_their_sum(calendar: Calendar, start: datetime, first: float, second: float, works: bool) -> None:
    in_turn = calendar.after_seconds(calendar.after_seconds(start, first, works), second, works)
    at_once = calendar.after_seconds(start, round(first + second, 6), works)
    assert calendar.between(in_turn, at_once, works) == 0


@given(calendar=CALENDARS, moments=st.tuples(STARTS, STARTS, STARTS), works=st.booleans())
@settings(deadline=None)
def test_counted_time_adds_up(calendar: Calendar, moments: tuple[datetime, datetime, datetime], works: bool) -> None:
    a, b, c = moments
    assert calendar.between(a, b, works) == -calendar.between(b, a, works)
    assert calendar.between(a, b, works) + calendar.between(b, c, works) == pytest.approx(calendar.between(a, c, works), abs=1e-5)


@given(calendar=CALENDARS, start=STARTS, seconds=SECONDS, ran_s=SECONDS, stood_s=SECONDS, works=st.booleans())
@settings(deadline=None)
def test_a_pause_takes_nothing_and_gives_nothing(
    calendar: Calendar, start: datetime, seconds: float, ran_s: float, stood_s: float, works: bool
) -> None:
    stopped = start.astimezone(UTC) + timedelta(seconds=ran_s)
    goes_on = stopped + timedelta(seconds=stood_s)
    left = calendar.left(stopped, calendar.after_seconds(start, seconds, works), works)
    due = calendar.resumed(goes_on, left, works)
    counted = calendar.between(start, stopped, works) + calendar.between(goes_on, due, works)
    assert counted == pytest.approx(seconds, abs=1e-5)
    assert left >= 0 or due <= goes_on


@given(calendar=CALENDARS, rows=st.lists(st.tuples(STARTS, SIGNED, st.booleans()), max_size=8))
@settings(max_examples=60, deadline=None)
def test_columns_agree_with_single_moments(calendar: Calendar, rows: list[tuple[datetime, float, bool]]) -> None:
    starts = np.array([int(start.timestamp()) for start, _, _ in rows], dtype=np.int64)
    seconds, works = np.array([s for _, s, _ in rows], dtype=float), np.array([w for _, _, w in rows], dtype=bool)
    due = calendar.after_many(starts, seconds, works)
    counted = calendar.between_many(starts, due, works)
    assert due.dtype == np.int64 and counted.dtype == np.float64
    for row, start in enumerate(datetime.fromtimestamp(int(second), UTC) for second in starts):
        one = calendar.after_seconds(start, seconds[row], bool(works[row]))
        assert abs(one.timestamp() - due[row]) <= 0.5 + 1e-6
        assert counted[row] == calendar.between(start, datetime.fromtimestamp(int(due[row]), UTC), bool(works[row]))
