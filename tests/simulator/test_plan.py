"""The plan of cases: the same everywhere, with the rhythm of a city and lives that the lifecycle allows."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import shapely
from shapely.geometry import shape

from city_brain.cases import filing_rules
from city_brain.cases.calendars import Calendar, Limit, known_days, known_years
from city_brain.cases.lifecycle import DEPARTMENT, MOVES, PLACE, RESTS, Step
from city_brain.incidents.catalogue import category, departments
from city_brain.incidents.model import SCHEMA
from city_brain.settings import DEMO_CITIES
from city_brain.simulator import geography
from city_brain.simulator.kinds import CHANNELS, kinds
from city_brain.simulator.limits import working_days
from city_brain.simulator.plan import arrivals, as_of, plans
from city_brain.simulator.skeleton import water

SEED = 20261122
END = datetime(2026, 11, 22, 3, 14, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
PER_DAY = 60_000 / 90


def _wuhan(days: int = 3, **changed: Any) -> pa.Table:
    given: dict[str, Any] = {"seed": SEED, "start": END - timedelta(days=days), "end": END, "per_day": PER_DAY} | changed
    return plans(geography.town("wuhan"), **given)


@pytest.fixture(scope="module")
def quarter() -> pa.Table:
    return _wuhan(90)


@pytest.fixture(scope="module")
def frame(quarter: pa.Table) -> pd.DataFrame:
    found = quarter.drop_columns(["steps"]).to_pandas()
    found["local"] = found["reported_at"].dt.tz_convert(ZONE)
    return found


def test_it_has_the_normalised_form_and_about_the_right_size(quarter: pa.Table) -> None:
    assert quarter.schema.equals(SCHEMA)
    assert 57_000 < quarter.num_rows < 63_000
    for field in SCHEMA:
        if not field.nullable:
            assert quarter[field.name].null_count == 0, field.name
    assert quarter["row_number"].to_pylist() == list(range(1, quarter.num_rows + 1))
    assert pc.count_distinct(quarter["external_id"]).as_py() == quarter.num_rows
    assert quarter["title"].null_count == quarter["source_type"].null_count == quarter.num_rows


def test_the_same_seed_gives_the_same_table_and_another_seed_another() -> None:
    assert _wuhan().equals(_wuhan())
    assert not _wuhan()["description"].equals(_wuhan(seed=SEED + 1)["description"])


@pytest.mark.parametrize("day", ["2026-11-19", "2026-11-21"])
def test_a_day_never_depends_on_the_days_around_it(day: str) -> None:
    start = datetime.fromisoformat(day).replace(tzinfo=ZONE)
    end = start + timedelta(days=1)
    alone = _wuhan(start=start, end=end)
    among = _wuhan(start=start - timedelta(days=11), end=end + timedelta(days=2, hours=7))
    among = among.filter(pc.and_(pc.greater_equal(among["reported_at"], start), pc.less(among["reported_at"], end)))
    assert alone.num_rows > 400
    assert alone.drop_columns(["row_number"]).combine_chunks().equals(among.drop_columns(["row_number"]).combine_chunks())


def test_numbers_count_the_day(frame: pd.DataFrame) -> None:
    day = frame[frame["local"].dt.strftime("%Y%m%d") == "20261118"]
    assert day["external_id"].tolist() == [f"20261118-{number:04d}" for number in range(1, len(day) + 1)]
    assert day["reported_at"].is_monotonic_increasing


def test_a_part_of_a_day_is_its_first_hours() -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=ZONE)
    part = _wuhan(start=noon - timedelta(hours=12), end=noon)
    assert part["reported_at"][-1].as_py() < noon
    assert _wuhan(start=noon, end=noon).num_rows == 0
    assert _wuhan(start=noon, end=noon).schema.equals(SCHEMA)


def test_it_has_the_rhythm_of_a_city(frame: pd.DataFrame) -> None:
    hour = frame["local"].dt.hour
    by_hour = hour.value_counts() / len(frame)
    assert by_hour[[1, 2, 3, 4]].max() < 0.015 < 0.05 < by_hour[[8, 9]].min()
    full = frame.groupby(frame["local"].dt.strftime("%Y%m%d")).size().iloc[1:-1]
    weekday = full.groupby(pd.to_datetime(full.index).day_of_week).mean()
    assert weekday[6] < 0.95 * weekday[[0, 1, 2, 3]].mean()
    code = frame["category_code"]
    assert hour[code == "09005"].between(16, 21).mean() > 0.45
    assert hour[code == "01037"].between(17, 23).mean() > 0.6
    assert hour[code == "06010"].between(6, 11).mean() > 0.45
    assert "10001" not in set(code)


def test_kinds_channels_and_departments_are_of_the_catalogue(frame: pd.DataFrame) -> None:
    assert 30 <= len(kinds().kinds) <= 50
    assert set(frame["channel"]) == set(CHANNELS)
    assert set(frame["department"].dropna()) <= set(departments())
    for kind, code in frame[["category_kind", "category_code"]].drop_duplicates().itertuples(index=False):
        found = category(kind, code)
        assert found is not None
        assert found.urgent == (frame.loc[frame["category_code"] == code, "urgency"].eq("urgent").mean() > 0.5)
    assert 0.03 < frame["urgency"].eq("urgent").mean() < 0.1
    assert frame["district"].nunique() == 13
    assert frame["district"].value_counts(normalize=True).iloc[0] < 0.25


def test_people_say_it_in_many_ways(frame: pd.DataFrame) -> None:
    assert frame["description"].duplicated().mean() < 0.05
    assert frame["description"].str.contains(r"\d{11}").sum() == 0
    road = dict(zip([one.name_zh for one in geography.town("wuhan").districts], geography.town("wuhan").districts, strict=True))
    for address, district in frame[["address", "district"]].head(3_000).itertuples(index=False):
        assert address.startswith(district)
        assert address.removeprefix(district).startswith(tuple(road[district].roads)), address


@pytest.mark.parametrize("slug", DEMO_CITIES)
def test_every_point_lies_in_its_district_on_dry_land(slug: str) -> None:
    town = geography.town(slug)
    table = plans(town, seed=SEED, start=END - timedelta(days=10), end=END, per_day=PER_DAY)
    cases = table.select(["lon", "lat", "district", "street", "community", "location_quality"]).to_pandas()
    placed = cases[cases["location_quality"] == "point"]
    assert 0.97 < len(placed) / len(cases) < 0.995
    assert cases.loc[cases["location_quality"] == "area", ["lon", "lat"]].isna().all(axis=None)
    for one in town.districts:
        mine = placed[placed["district"] == one.name_zh]
        outline = shape(one.outline)
        shapely.prepare(outline)
        assert shapely.contains_xy(outline, mine["lon"], mine["lat"]).all(), one.name_zh
        assert set(mine["street"]) <= {street.name for street in one.streets}
    wet = shapely.contains_xy(water(town).buffer(-30), town.plane.metres(placed[["lon", "lat"]].to_numpy()))
    assert not wet.any()
    communities = cases.groupby("street")["community"].nunique()
    assert communities.max() <= 12


def test_hot_places_are_hot(frame: pd.DataFrame) -> None:
    placed = frame.dropna(subset=["lon"])
    cells = (placed["lon"] * 400).round().astype(int).astype(str) + "/" + (placed["lat"] * 400).round().astype(int).astype(str)
    counts = cells.value_counts()
    assert counts.head(len(counts) // 100).sum() / len(placed) > 0.15
    assert len(counts) > 3_000


def test_lives_take_only_moves_of_the_lifecycle() -> None:
    allowed = {(source, move.leads(source)) for move in MOVES for source in move.sources}
    for case in _wuhan(4).to_pylist():
        steps = case["steps"]
        assert steps[0] == {"step": "collect", "holder": "acceptance", "from_at": case["reported_at"], "to_at": steps[1]["from_at"]}
        assert steps[-1]["step"] in ("archived", "rejected")
        assert steps[-1]["to_at"] is None
        for one, following in pairwise(steps):
            assert (one["step"], following["step"]) in allowed
            assert one["from_at"] < one["to_at"] == following["from_at"]
        ends = next(step for step in steps if step["step"] in ("evaluate", "rejected"))
        assert case["closed_at"] == ends["from_at"]
        assert case["updated_at"] == steps[-1]["from_at"]
        handlers = [step["holder"] for step in steps if step["step"] == "handle"]
        assert case["department"] == (handlers[-1] if handlers else None)


def test_every_step_is_held_as_the_lifecycle_says() -> None:
    seen = set()
    for steps in _wuhan(12)["steps"].to_pylist():
        handler = None
        for one in steps:
            place = PLACE[Step(one["step"])]
            seen.add(place.step)
            handler = one["holder"] if place.step is Step.HANDLE else handler
            assert one["holder"] == (handler if place.holder == DEPARTMENT else place.holder), one
            assert place.holder != DEPARTMENT or one["holder"] in departments()
    assert seen == set(Step) - {Step.MERGED, Step.WITHDRAWN}, "merged and withdrawn are acts of the present alone"
    assert {PLACE[step].holder for step in RESTS} == {None}


@pytest.fixture(scope="module")
def stays(quarter: pa.Table) -> pd.DataFrame:
    """Every stay of the quarter: row, step, holder, begin, end, following, before."""
    steps = quarter["steps"].combine_chunks()
    flat, lengths = steps.flatten(), pc.list_value_length(steps).to_numpy(zero_copy_only=False)
    found = pd.DataFrame({"row": np.repeat(np.arange(len(lengths)), lengths)})
    for name, field in (("step", "step"), ("holder", "holder"), ("begin", "from_at"), ("end", "to_at")):
        found[name] = flat.field(field).to_pandas()
    return found.assign(following=found.groupby("row")["step"].shift(-1), before=found.groupby("row")["step"].shift(1))


def test_shares_of_the_ways_are_those_of_a_working_city(stays: pd.DataFrame, frame: pd.DataFrame) -> None:
    sent = frame["department"].notna().sum()
    public, inspector = frame["channel"].isin(["hotline", "app"]).sum(), (frame["channel"] == "inspector").sum()

    def share(step: str, following: str | None = None, of: int = sent) -> float:
        chosen = stays[(stays["step"] == step) & ((stays["following"] == following) | (following is None))]
        return chosen["row"].nunique() / of

    assert 0.04 < share("dispute") < 0.06
    unclear, returned, refiled = share("handle", "dispatch"), share("report_back", "handle"), share("dispatch", "file")
    assert 0.014 < unclear < 0.022
    assert 0.025 < unclear + returned + refiled < 0.04
    assert 0.04 < share("verify", "handle") < 0.055
    assert 0.0005 < share("suspended") < 0.004
    assert 0.05 < share("confirm", of=public) < 0.07
    assert 0.03 < share("collect", "evaluate", of=inspector) < 0.07
    assert 0.02 < share("collect", "rejected", of=len(frame)) < 0.04
    assert 0.004 < share("file", "rejected", of=len(frame)) < 0.012
    assert 0.1 < share("confirm", "rejected", of=share("confirm", of=1)) < 0.25
    twice = stays[(stays["step"] == "verify") & (stays["following"] == "handle")]["row"].value_counts()
    assert 0.001 < (twice == 2).sum() / sent < 0.01 and twice.max() == 2
    assert 0.03 < (frame["extensions"] == 1).sum() / sent < 0.05
    assert 0 < (frame["extensions"] == 2).sum() / sent < 0.01


def test_a_wrong_department_disputes_and_somebody_rules(stays: pd.DataFrame) -> None:
    """Most disputes pass the case on, a quarter does not; about one case in a hundred comes back to where it was."""
    ruled = stays[stays["step"] == "dispute"]
    after = stays["holder"].shift(-1)[ruled.index]
    assert set(ruled["before"]) == set(ruled["following"]) == {"handle"}
    assert 0.18 < (after == ruled["holder"]).mean() < 0.3
    handled = stays[stays["step"] == "handle"].groupby("row")["holder"].agg(list)
    back = handled.map(lambda one: len(one) > 2 and one[0] == one[2] != one[1])
    assert 0.006 < back.mean() < 0.012
    unclear = stays[(stays["step"] == "dispatch") & (stays["before"] == "handle")].index
    assert (stays["holder"].shift(1)[unclear] == stays["holder"].shift(-1)[unclear]).all(), "an unclear place: the same department again"
    days = working_days("Asia/Shanghai")
    worked = days.between_many(_unix(ruled["begin"]), _unix(ruled["end"]), True) / 3600
    assert 0.92 < (worked <= 4).mean() < 0.99


def test_in_some_districts_another_department_is_responsible_than_the_table_says(frame: pd.DataFrame) -> None:
    """What rulings then teach: one kind, one district, always the same department."""
    bikes = frame[(frame["category_code"] == "09011") & frame["department"].notna()]
    share = bikes.groupby("district")["department"].agg(lambda found: (found == "city_management").mean())
    assert set(share.round(3)) == {0.0, 1.0}


def test_front_steps_keep_their_limits_mostly(stays: pd.DataFrame) -> None:
    for step in ("collect", "confirm", "file", "dispatch", "report_back", "verify"):
        limit = PLACE[Step(step)].limit
        assert limit is not None
        took = stays[(stays["step"] == step) & stays["following"].ne("rejected")]
        kept = (took["end"] - took["begin"]).dt.total_seconds() <= limit.seconds
        assert 0.9 < kept.mean() < 0.99, step
        if step in ("collect", "file", "dispatch"):
            night = took["begin"].dt.tz_convert(ZONE).dt.hour.isin([0, 1, 2, 3, 4])
            assert kept[night].mean() < kept[~night].mean() - 0.05, step


def test_the_deadline_is_the_filing_rule_in_the_working_time_of_the_town() -> None:
    days, ordinary = Calendar("Asia/Shanghai", known_days(), known_years()), 0
    cases = [case for case in _wuhan(40, per_day=120).to_pylist() if case["department"]]
    for case in cases:
        limit = Limit.parse(case["time_limit"])
        rules = [str(rule.limit) for rule in filing_rules.rules_of("matter", case["category_code"])]
        assert case["time_limit"] in rules
        ordinary += case["time_limit"] == str(filing_rules.ordinary("matter", case["category_code"]).limit)
        if any(step["step"] == "suspended" for step in case["steps"]):
            continue
        due = days.after(next(step["from_at"] for step in case["steps"] if step["step"] == "handle"), limit)
        for _ in range(case["extensions"]):
            due = days.after(due, limit)
        assert case["due_at"] == due
    assert 0.85 < ordinary / len(cases) < 0.95


def test_a_suspension_moves_the_deadline_by_its_length(quarter: pa.Table) -> None:
    days, found = Calendar("Asia/Shanghai", known_days(), known_years()), 0
    for case in quarter.filter(pc.greater(pc.list_value_length(quarter["steps"]), 8)).to_pylist():
        steps = {step["step"]: step for step in case["steps"]}
        if "suspended" in steps:
            limit, pause = Limit.parse(case["time_limit"]), steps["suspended"]
            sent = next(step["from_at"] for step in case["steps"] if step["step"] == "handle")
            left = days.left(pause["from_at"], days.after(sent, limit), limit.works)
            assert abs(case["due_at"] - days.resumed(pause["to_at"], left, limit.works)) <= timedelta(seconds=1)
            assert timedelta(days=9) < pause["to_at"] - pause["from_at"] < timedelta(days=46)
            found += 1
    assert found > 30


def test_what_is_not_dispatched_has_no_deadline() -> None:
    moment = END - timedelta(hours=30)
    for case in as_of(_wuhan(4), moment).to_pylist():
        sent = any(step["step"] == "handle" for step in case["steps"])
        assert sent == all(case[name] is not None for name in ("due_at", "time_limit", "extensions", "department"))
        assert sent or all(case[name] is None for name in ("due_at", "time_limit", "extensions", "department"))
        if case["steps"][-1]["step"] == "rejected":
            assert not sent


def test_districts_and_departments_differ_and_some_reach_the_target(quarter: pa.Table) -> None:
    now = as_of(quarter, END)
    cases = now.select(["status", "due_at", "closed_at", "department", "district"]).to_pandas()
    assert 0.015 < cases["status"].eq("open").mean() < 0.035
    done = cases[cases["closed_at"].notna() & cases["department"].notna()]
    done = done.assign(in_time=done["closed_at"] <= done["due_at"])
    assert 0.92 < done["in_time"].mean() < 0.96
    district = done.groupby("district")["in_time"].mean()
    assert 0.86 < district.min() < 0.93
    assert 0.955 < district.max() < 0.99
    assert 2 <= (district >= 0.95).sum() <= 9
    department = done.groupby("department")["in_time"].agg(["mean", "size"])
    department = department[department["size"] > 500]["mean"]
    assert department.max() - department.min() > 0.05
    assert department["sanitation"] > department["transport"]


def test_open_cases_are_overdue_by_hours_by_days_and_a_few_by_weeks(quarter: pa.Table) -> None:
    tuesday = datetime(2026, 11, 17, 6, 30, tzinfo=UTC)
    cases = as_of(quarter, tuesday).select(["status", "due_at"]).to_pandas()
    age = (tuesday - cases.loc[(cases["status"] == "open") & (cases["due_at"] < tuesday), "due_at"]).dt.total_seconds() / 86_400
    assert 20 < len(age) < 150
    assert (age < 1).sum() >= 3
    assert (age.between(1, 7)).sum() >= 8
    assert 1 <= (age > 7).sum() < len(age) / 3


def test_reporters_are_called_back_and_are_less_content_with_late_and_mended_work(quarter: pa.Table, frame: pd.DataFrame) -> None:
    now = as_of(quarter, END).drop_columns(["steps"]).to_pandas()
    public = now["channel"].isin(["hotline", "app"]) & now["department"].notna()
    assert now.loc[~public, ["reached", "solved", "satisfied"]].isna().all(axis=None)
    assert now.loc[now["closed_at"].isna(), "reached"].isna().all()
    assert now.loc[public & now["closed_at"].notna(), "reached"].notna().mean() > 0.95
    called = now[now["reached"].notna()]
    reached = called[called["reached"].astype(bool)]
    assert called.loc[~called["reached"].astype(bool), ["solved", "satisfied"]].isna().all(axis=None)
    assert 0.91 < len(reached) / len(called) < 0.93
    assert 0.86 < reached["solved"].astype(bool).mean() < 0.9
    assert 0.88 < reached["satisfied"].astype(bool).mean() < 0.92
    late = reached["closed_at"] > reached["due_at"]
    assert reached.loc[late, "satisfied"].astype(bool).mean() < reached.loc[~late, "satisfied"].astype(bool).mean() - 0.1


@pytest.mark.parametrize("earlier", [timedelta(0), timedelta(minutes=7), timedelta(hours=9), timedelta(days=2, hours=5)])
def test_as_of_can_be_taken_twice(earlier: timedelta) -> None:
    planned = _wuhan(6)
    late = as_of(planned, END)
    assert as_of(late, END - earlier).equals(as_of(planned, END - earlier))


def test_as_of_shows_only_what_was_known() -> None:
    moment = END - timedelta(hours=30)
    for case in as_of(_wuhan(4), moment).to_pylist():
        assert case["reported_at"] <= moment
        assert case["updated_at"] == case["steps"][-1]["from_at"] <= moment
        assert case["steps"][-1]["to_at"] is None
        assert all(step["to_at"] <= moment for step in case["steps"][:-1])
        open_now = case["steps"][-1]["step"] not in ("evaluate", "archived", "rejected")
        assert case["status"] == ("open" if open_now else "closed")
        assert (case["closed_at"] is None) == (case["outcome"] is None) == open_now
    assert as_of(_wuhan(1), END - timedelta(days=9)).num_rows == 0


def test_a_live_minute_is_itself_and_has_only_what_is_reported() -> None:
    town = geography.town("wuhan")
    minutes = [END + timedelta(minutes=ahead) for ahead in range(120)]
    tables = [arrivals(town, seed=SEED, minute=minute, mean_gap_s=6.0) for minute in minutes]
    assert tables[5].equals(arrivals(town, seed=SEED, minute=minutes[5] + timedelta(seconds=41), mean_gap_s=6.0))
    assert all(table.schema.equals(SCHEMA) for table in tables)
    for minute, table in zip(minutes, tables, strict=True):
        assert all(minute <= at < minute + timedelta(minutes=1) for at in table["reported_at"].to_pylist())
    cases = pa.concat_tables(tables).to_pylist()
    assert 1_050 < len(cases) < 1_350
    assert len({case["external_id"] for case in cases}) == len(cases)
    assert cases[0]["external_id"].startswith("L2611221114")
    nothing = ("due_at", "closed_at", "department", "steps", "time_limit", "outcome", "reached", "extensions")
    assert all(case[name] is None for case in cases for name in nothing)
    assert {case["status"] for case in cases} == {"open"}
    assert 0.02 < sum(case["urgency"] == "urgent" for case in cases) / len(cases) < 0.2
    assert arrivals(town, seed=SEED, minute=END, mean_gap_s=1e9).num_rows == 0


def test_towns_live_their_own_days() -> None:
    here, there = (
        plans(geography.town(slug), seed=SEED, start=END - timedelta(days=2), end=END, per_day=300.0) for slug in ("wuhan", "beijing")
    )
    assert here.num_rows != there.num_rows or not here["reported_at"].equals(there["reported_at"])


def _unix(moments: pd.Series) -> np.ndarray:  # type: ignore[type-arg]
    return ((moments - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(seconds=1)).to_numpy()


def test_a_quarter_is_planned_in_seconds(quarter: pa.Table) -> None:
    started = time.perf_counter()
    again = _wuhan(90)
    as_of(again, END)
    assert time.perf_counter() - started < 4.0
