"""The metric layer against a slow recount, and against itself: periods add up, and behind every figure are its rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from city_brain import clock
from city_brain.cases.model import Look
from city_brain.settings import Settings
from city_brain.simulator import feed
from city_brain.start import open_city
from city_brain.storage.city import City
from city_brain.supervision import measures, queries
from city_brain.supervision.measures import COUNTS, MEASURE, MEASURES, OF_CASES, Moment
from tests.supervision.conftest import NOW, START, WAYS, Walked, at_that_time
from tests.supervision.recount import Figures, counted, figures

pytestmark = pytest.mark.slow
LOOK = Look(NOW)
PERIODS = [(NOW - timedelta(days=30), NOW), (START, START + timedelta(days=1)), (NOW - timedelta(hours=55), NOW + timedelta(days=3))]
GROUPINGS = (None, "department", "district", "kind", "street", "cell", "channel", "post")


@pytest.fixture(params=["simulated", "filed"])
def city(request: pytest.FixtureRequest) -> City:
    """Both cities, one after the other."""
    found = request.getfixturevalue(request.param)
    return found.city if isinstance(found, Walked) else found


def told(found: pd.DataFrame) -> Figures:
    kept = found[(found["denominator"] > 0) | (found["unknown"] > 0)]
    return {
        (row.group or "", row.measure): (row.numerator, row.denominator, row.unknown)
        for row in kept.itertuples()
    }  # fmt: skip


@pytest.mark.parametrize("by", GROUPINGS)
@pytest.mark.parametrize("period", range(len(PERIODS)))
def test_a_slow_recount_agrees(city: City, period: int, by: str | None) -> None:
    since, until = PERIODS[period]
    slow = figures(counted(city, NOW), since, until, by)
    assert told(queries.indicators(city, LOOK, since, until, by=by)) == slow


def test_every_measure_has_something_to_count(simulated: Walked, filed: City) -> None:
    """Else the recount says little: every part of every measure is above nothing in one of the cities."""
    parts: set[tuple[str, str]] = set()
    sides = ("numerator", "denominator", "unknown")
    for city in (simulated.city, filed):
        for by in (None, "post"):
            found = queries.indicators(city, LOOK, NOW - timedelta(days=40), NOW, by=by)
            parts |= {(row.measure, part) for row in found.itertuples() for part in sides if getattr(row, part)}
    wanted = {(measure.key, part) for measure in MEASURES for part in sides if getattr(measure, part)}
    assert wanted - parts == {("step_in_time", "unknown"), ("filed_in_time", "unknown"), ("dispatched_in_time", "unknown")} - parts


@pytest.mark.parametrize("by", [None, "post", "department", "district"])
def test_behind_every_figure_are_its_rows(city: City, by: str | None) -> None:
    """For every measure and part; by group in the group that has the most."""
    since, until = PERIODS[0]
    found = queries.indicators(city, LOOK, since, until, by=by).sort_values("numerator").groupby("measure").tail(1)
    for row in found.itertuples():
        for part in ("numerator", "denominator", "unknown"):
            if getattr(MEASURE[row.measure], part) is None:
                continue
            asked = {"measure": row.measure, "part": part, "by": by, "group": row.group}
            shown = queries.rows(city, LOOK, since, until, **asked, size=10_000)
            assert shown["amount"].sum() == getattr(row, part), asked
            assert len(shown) == queries.rows_count(city, LOOK, since, until, **asked), asked
            if MEASURE[row.measure].unit == "share":
                assert len(shown) == getattr(row, part), asked


MEANT: dict[tuple[str, str], tuple[set[str], set[str]]] = {
    ("valid_reports", "denominator"): ({"rejected", "denied", "settled at once", "merged"}, {"new"}),
    ("valid_reports", "numerator"): ({"denied", "taken up again", "settled at once", "merged"}, {"rejected"}),
    ("filed", "denominator"): ({"refused", "denied", "confirmed", "settled"}, {"rejected", "merged", "taken up again"}),
    ("filed", "numerator"): ({"confirmed", "settled", "withdrawn"}, {"refused", "denied"}),
    ("filed_in_time", "numerator"): ({"confirmed", "straight"}, {"slow filing"}),
    ("dispatched_in_time", "numerator"): ({"straight", "misfiled"}, {"slow filing"}),
    ("dispatch_right", "denominator"): ({"disputed", "there and back"}, {"settled", "withdrawn", "overdue"}),
    ("dispatch_right", "numerator"): ({"straight", "there and back"}, {"disputed"}),
    ("handled", "denominator"): (
        {"overdue", "done too late", "exempt", "straight"},
        {"asleep", "exempt and open", "withdrawn", "merged", "settled", "denied", "new"},
    ),
    ("handled", "numerator"): ({"done too late", "exempt", "straight"}, {"overdue"}),
    ("handled_in_time", "numerator"): ({"exempt", "straight"}, {"done too late", "overdue"}),
    ("waiting_late", "numerator"): ({"overdue"}, {"done too late"}),
    ("closed", "denominator"): ({"settled", "settled at once", "exempt", "overdue"}, {"withdrawn", "asleep"}),
    ("closed_in_time", "numerator"): ({"settled", "settled at once", "exempt", "straight"}, {"done too late", "overdue"}),
    ("rework", "numerator"): ({"disputed"}, {"there and back", "straight"}),
    ("extension", "numerator"): ({"longer"}, {"not longer"}),
    ("send_back", "numerator"): ({"there and back", "disputed", "in dispute", "recalled"}, {"sent back to work", "misfiled"}),
    ("reached", "denominator"): ({"straight", "disputed"}, set()), ("reached", "numerator"): ({"straight"}, {"disputed"}),
    ("solved", "unknown"): ({"disputed"}, {"straight"}), ("satisfied", "denominator"): ({"straight"}, {"disputed"}),
    ("satisfied", "numerator"): (set(), {"straight"}),
}  # fmt: skip
"""Which of the ways are behind a figure, and which are not."""


@pytest.mark.parametrize(("measure", "part"), MEANT, ids="-".join)
def test_what_is_meant(simulated: Walked, measure: str, part: str) -> None:
    rows = queries.rows(simulated.city, LOOK, START, NOW + timedelta(days=1), measure=measure, part=part, size=10_000)
    found = set(rows["case_id"].str.split("-", n=1).str[1].str.replace("-", " "))
    there, absent = MEANT[measure, part]
    assert (there | absent) <= WAYS.keys()
    assert (there - found, absent & found) == (set(), set())


def test_a_late_case_counts_on_the_day_it_became_late(simulated: Walked) -> None:
    for name, hours in (("overdue", 48), ("done too late", 48)):
        day = simulated.reported(name) + timedelta(hours=hours)
        for part in ("numerator", "denominator"):
            shown = queries.rows(simulated.city, LOOK, day, day + timedelta(seconds=1), measure="handled", part=part, size=1000)
            assert any(shown["case_id"].str.endswith(name.replace(" ", "-"))) == (part == "denominator" or name != "overdue")


def test_whose_department_it_is(simulated: Walked) -> None:
    """What goes wrong with sending is laid to the department a case was sent to first, what is done with it to the one that has it."""
    asked = {"by": "department", "part": "denominator", "size": 10_000}
    whose = {"send_back": "roads", "dispatch_right": "roads", "hops": "roads", "handled": "water", "closed": "water", "rework": "water"}
    for measure, charged in whose.items():
        for department in ("roads", "water"):
            found = queries.rows(simulated.city, LOOK, START, NOW, measure=measure, group=department, **asked)
            assert any(found["case_id"].str.endswith("-disputed")) == (department == charged)


def test_hops_are_as_many_as_there_were(simulated: Walked) -> None:
    rows = queries.rows(simulated.city, LOOK, START, NOW, measure="hops", size=10_000)
    amounts = dict(zip(rows["case_id"].str.split("-", n=1).str[1], rows["amount"], strict=True))
    assert {name: amounts.get(name, 0) for name in ("there-and-back", "disputed", "recalled", "straight")} == {
        "there-and-back": 2, "disputed": 1, "recalled": 1, "straight": 0,
    }  # fmt: skip


def test_a_series_of_the_posts(simulated: Walked) -> None:
    found = queries.series(simulated.city, LOOK, *PERIODS[0], every="week", zone=ZoneInfo("Asia/Shanghai"), measures=["step_in_time"])
    posts = queries.indicators(simulated.city, LOOK, *PERIODS[0], by="post")
    whole = queries.indicators(simulated.city, LOOK, *PERIODS[0], measures=["step_in_time"])
    for column in ("numerator", "denominator"):
        assert found[column].sum() == posts[column].sum() == whole[column].sum() > 0


def test_rows_page_without_gap_or_repeat(simulated: Walked) -> None:
    asked = {"measure": "handled_in_time", "part": "denominator"}
    whole = queries.rows(simulated.city, LOOK, *PERIODS[0], **asked, size=1000)
    pages = [queries.rows(simulated.city, LOOK, *PERIODS[0], **asked, size=70, skip=skip) for skip in range(0, len(whole), 70)]
    assert pd.concat(pages)["case_id"].to_list() == whole["case_id"].to_list()
    assert whole["case_id"].is_unique
    assert whole["reported_at"].is_monotonic_decreasing


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "Asia/Kathmandu"])
def test_days_add_up_to_weeks_and_weeks_to_the_whole(city: City, zone: str) -> None:
    since, until = NOW - timedelta(days=25, hours=3, minutes=20), NOW
    whole = queries.indicators(city, LOOK, since, until).set_index("measure")
    spans = {every: queries.series(city, LOOK, since, until, every=every, zone=ZoneInfo(zone)) for every in ("day", "week", "month")}
    for found in spans.values():
        for column in ("numerator", "denominator", "unknown"):
            assert found.groupby("measure")[column].sum().to_dict() == whole[column].to_dict()
    days, weeks = spans["day"], spans["week"]
    for week in weeks[["since", "until"]].drop_duplicates().itertuples():
        inside = days[(days["since"] >= week.since) & (days["until"] <= week.until)]
        of_week = weeks[weeks["since"] == week.since].set_index("measure")
        for column in ("numerator", "denominator"):
            assert inside.groupby("measure")[column].sum().to_dict() == of_week[column].to_dict()


def test_a_day_of_a_series_is_that_day(simulated: Walked) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    found = queries.series(simulated.city, LOOK, NOW - timedelta(days=9), NOW, every="day", zone=zone)
    first = found["since"].drop_duplicates()
    assert [moment.astimezone(zone).hour for moment in first[1:]] == [0] * 9
    for day in first:
        of_day = found[found["since"] == day]
        alone = queries.indicators(simulated.city, LOOK, day.to_pydatetime(), of_day["until"].iloc[0].to_pydatetime())
        columns = ["measure", "numerator", "denominator", "value", "low", "high", "unknown"]
        pd.testing.assert_frame_equal(of_day[columns].reset_index(drop=True), alone[columns])
    assert found.groupby("since")["whole"].all().to_list() == [False, *[True] * 8, False], "cut off at both ends"


def test_a_series_of_months_has_each_month(simulated: Walked) -> None:
    since, zone = datetime(2026, 3, 10, tzinfo=UTC), ZoneInfo("Asia/Shanghai")
    found = queries.series(simulated.city, LOOK, since, NOW, every="month", zone=zone, measures=["valid_reports"])
    local = found["since"].dt.tz_convert("Asia/Shanghai")
    assert local.dt.strftime("%m-%d %H").to_list() == ["03-10 08", "04-01 00", "05-01 00"]
    assert found["denominator"].iloc[0] == 0 < found["denominator"].iloc[2]
    assert queries.series(simulated.city, LOOK, NOW, NOW, every="day", zone=ZoneInfo("UTC")).empty


def test_narrowed_is_what_the_group_says(simulated: Walked) -> None:
    columns = ["measure", "numerator", "denominator", "value", "unknown"]
    for by in ("department", "district", "kind", "channel", "street", "cell"):
        groups = queries.indicators(simulated.city, LOOK, *PERIODS[0], by=by)
        for group in (groups["group"].iloc[0], groups["group"].iloc[-1]):
            only = queries.indicators(simulated.city, LOOK, *PERIODS[0], only={by: group})
            only = only[(only["denominator"] > 0) | (only["unknown"] > 0)]
            of_group = groups[groups["group"] == group]
            pd.testing.assert_frame_equal(only[columns].reset_index(drop=True), of_group[columns].reset_index(drop=True))


def test_rows_of_a_group_of_a_narrowed_figure(simulated: Walked) -> None:
    for by, only in (("district", {"department": "roads"}), ("department", {"district": "a"}), ("post", {"district": ["a", "b"]})):
        found = queries.indicators(simulated.city, LOOK, *PERIODS[0], by=by, only=only)
        for row in found.groupby("measure").tail(1).itertuples():
            asked = {"measure": row.measure, "part": "denominator", "by": by, "group": row.group, "only": only}
            assert queries.rows_count(simulated.city, LOOK, *PERIODS[0], **asked) == row.denominator, asked


def test_narrowed_to_several_is_their_sum(simulated: Walked) -> None:
    districts = queries.indicators(simulated.city, LOOK, *PERIODS[0], by="district")
    two = sorted(districts["group"].unique())[-2:]
    both = queries.indicators(simulated.city, LOOK, *PERIODS[0], only={"district": two}).set_index("measure")["denominator"]
    kept = districts[districts["group"].isin(two)].groupby("measure")["denominator"].sum()
    assert both[both > 0].to_dict() == kept[kept > 0].to_dict()


def test_groups_add_up_to_the_whole(city: City) -> None:
    whole = queries.indicators(city, LOOK, *PERIODS[0]).set_index("measure")
    for by in GROUPINGS[1:-1]:
        groups = queries.indicators(city, LOOK, *PERIODS[0], by=by).groupby("measure")[["numerator", "denominator", "unknown"]].sum()
        assert groups.to_dict() == whole.loc[groups.index, ["numerator", "denominator", "unknown"]].to_dict()


def test_asking_for_some_measures_gives_those(simulated: Walked) -> None:
    every = queries.indicators(simulated.city, LOOK, *PERIODS[0], by="department")
    for chosen in (["handled"], ["hops", "rework", "repeat"]):
        some = queries.indicators(simulated.city, LOOK, *PERIODS[0], by="department", measures=chosen)
        pd.testing.assert_frame_equal(some, every[every["measure"].isin(chosen)].reset_index(drop=True))


def test_what_cannot_be_asked_is_refused(simulated: Walked) -> None:
    for by, chosen in (("colour", None), ("post", ["handled"])):
        with pytest.raises(ValueError, match="not grouped by"):
            queries.indicators(simulated.city, LOOK, *PERIODS[0], by=by, measures=chosen)
    with pytest.raises(ValueError, match="not grouped by colour"):
        queries.indicators(simulated.city, LOOK, *PERIODS[0], only={"colour": "red"})
    with pytest.raises(ValueError, match="has no unknown"):
        queries.rows(simulated.city, LOOK, *PERIODS[0], measure="reached", part="unknown")


def test_an_empty_city_counts_nothing(settings: Settings) -> None:
    empty = open_city(settings)
    found = queries.indicators(empty, LOOK, *PERIODS[0])
    assert found["measure"].to_list() == list(OF_CASES)
    assert (found[["numerator", "denominator", "unknown"]] == 0).all(axis=None)
    assert found["value"].isna().all() and found["low"].isna().all()
    assert queries.indicators(empty, LOOK, *PERIODS[0], by="district").empty
    assert queries.indicators(empty, Look(NOW, NOW), *PERIODS[0], by="post").empty
    assert (queries.series(empty, LOOK, *PERIODS[0], every="day", zone=ZoneInfo("UTC"))["denominator"] == 0).all()
    assert queries.rows(empty, LOOK, *PERIODS[0], measure="closed").empty
    assert queries.rows_count(empty, LOOK, *PERIODS[0], measure="step_in_time") == 0
    empty.close()


def test_the_table_and_the_sql_name_the_same_counts(simulated: Walked) -> None:
    with simulated.city.read() as cursor:
        columns = set()
        for macro in ("counted", "counted_repeats", "counted_stays"):
            among = ", ".join(f"'{name}': NULL" for name in (*measures.GROUPINGS, "first_department"))
            answer = cursor._cursor.execute(f"FROM {macro}(now(), now(), now(), {{{among}}}) LIMIT 0")
            columns |= {column[0] for column in answer.description if "__" in column[0]}
    used = {count.column for measure in MEASURES for count in measure.counts}
    assert {count.column for count in COUNTS} == columns
    assert columns - used == {"reported__reports"}, "counted and in no measure"
    assert {column.split("__")[0] for column in columns} == set(Moment)
    for measure in MEASURES:
        assert len({count.moment for count in measure.counts}) == 1, "one moment for all of a measure"


def test_files_without_steps_are_counted_as_unknown(filed: City) -> None:
    found = queries.indicators(filed, LOOK, NOW - timedelta(days=40), NOW).set_index("measure")
    for measure in ("valid_reports", "filed", "filed_in_time", "dispatched_in_time", "send_back", "hops"):
        assert found.loc[measure, ["numerator", "denominator", "unknown"]].to_list() == [0, 0, 43]
    assert found.loc["handled", "denominator"] > 30
    assert found.loc["rework", "denominator"] == found.loc["extension", "denominator"] == 0
    rows = queries.rows(filed, LOOK, NOW - timedelta(days=40), NOW, measure="handled", part="unknown")
    assert set(rows["case_id"]) == {"H-3", "H-6", "H-8"}, "no deadline, no time of closing, no deadline and open"


def test_what_was_so_then_is_shown_in_playback(simulated: Walked) -> None:
    assert len(simulated.told) >= 9
    for moment, then in simulated.told.items():
        now = at_that_time(simulated.city, Look(moment, moment))
        pd.testing.assert_frame_equal(now, then)


def test_playback_of_a_history_is_the_history_up_to_then(tmp_path: Path) -> None:
    """The same simulated city, built on two days: the later one looks back at the day of the earlier one. When somebody was called back no
    file says, so that this is left out."""
    found, then = [], START - timedelta(days=2)
    chosen = [measure for measure in OF_CASES if MEASURE[measure].period is not Moment.CALLED]
    for name, days, look in (("early", 30, Look(then)), ("late", 33, Look(then, then))):
        settings = Settings(home=tmp_path / name, demo_cases=30 * days, demo_days=days)
        city = open_city(settings)
        with clock.held(then + timedelta(days=days - 30)):
            feed.build(city, settings, lambda stage, done, total: None)
        found.append(queries.indicators(city, look, then - timedelta(days=29), then, by="department", measures=chosen))
        city.close()
    pd.testing.assert_frame_equal(*found)
