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

from city_brain.cases.lifecycle import HOLDERS, MOVES, Step
from city_brain.incidents.catalogue import category, departments
from city_brain.incidents.model import SCHEMA
from city_brain.settings import DEMO_CITIES
from city_brain.simulator import geography
from city_brain.simulator.kinds import CHANNELS, kinds
from city_brain.simulator.plan import as_of, live_plans, plans
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
    allowed = {(str(move.source), str(move.target)) for move in MOVES}
    for case in _wuhan(4).to_pylist():
        steps = case["steps"]
        assert steps[0] == {"step": "collect", "holder": "acceptance", "from_at": case["reported_at"], "to_at": steps[1]["from_at"]}
        assert steps[-1]["step"] in ("archived", "rejected")
        assert steps[-1]["to_at"] is None
        for one, following in pairwise(steps):
            assert (one["step"], following["step"]) in allowed
            assert one["from_at"] < one["to_at"] == following["from_at"]
            assert one["holder"] == HOLDERS.get(Step(one["step"]), one["holder"])
            assert one["holder"] in departments() or one["step"] in HOLDERS
        ends = next(step for step in steps if step["step"] in ("evaluate", "rejected"))
        assert case["closed_at"] == ends["from_at"]
        assert case["updated_at"] == steps[-1]["from_at"]
        handlers = [step["holder"] for step in steps if step["step"] == "handle"]
        assert case["department"] == (handlers[-1] if handlers else None)


def test_send_backs_go_to_another_department() -> None:
    found = {"back": 0, "ping_pong": 0}
    for steps in _wuhan(8)["steps"].to_pylist():
        sent = [step["holder"] for step, following in pairwise(steps) if (step["step"], following["step"]) == ("handle", "dispatch")]
        handlers = [step["holder"] for step in steps if step["step"] == "handle"]
        if sent:
            found["back"] += 1
            assert handlers[0] != handlers[1]
        if len(sent) == 2:
            found["ping_pong"] += 1
            assert handlers[0] == handlers[2]
    assert found["back"] > 300
    assert found["ping_pong"] > 20


def test_shares_are_those_of_a_working_city(quarter: pa.Table) -> None:
    now = as_of(quarter, END)
    cases = now.select(["status", "due_at", "closed_at", "department", "reported_at"]).to_pandas()
    steps = quarter["steps"].combine_chunks()
    names = steps.flatten().field("step").to_numpy(zero_copy_only=False)
    row = np.repeat(np.arange(len(steps)), pc.list_value_length(steps).to_numpy(zero_copy_only=False))
    after = np.append(names[1:], "")
    filed = quarter["department"].is_valid().to_numpy()
    back = len(np.unique(row[(names == "handle") & (after == "dispatch")])) / filed.sum()
    rework = len(np.unique(row[(names == "verify") & (after == "handle")])) / filed.sum()
    assert 0.08 < back < 0.10
    assert 0.04 < rework < 0.06
    assert 0.03 < 1 - filed.mean() < 0.05
    assert 0.015 < cases["status"].eq("open").mean() < 0.03
    done = cases[cases["closed_at"].notna() & cases["department"].notna()]
    assert 0.10 < (done["closed_at"] > done["due_at"]).mean() < 0.15
    overdue = (cases["status"] == "open") & (cases["due_at"] < END)
    assert 20 < overdue.sum() < 250


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


def test_a_live_minute_is_itself_and_quick() -> None:
    town = geography.town("wuhan")
    minutes = [END + timedelta(minutes=ahead) for ahead in range(120)]
    tables = [live_plans(town, seed=SEED, minute=minute, mean_gap_s=6.0) for minute in minutes]
    assert tables[5].equals(live_plans(town, seed=SEED, minute=minutes[5] + timedelta(seconds=41), mean_gap_s=6.0))
    assert all(table.schema.equals(SCHEMA) for table in tables)
    for minute, table in zip(minutes, tables, strict=True):
        assert all(minute <= at < minute + timedelta(minutes=1) for at in table["reported_at"].to_pylist())
    cases = pa.concat_tables(tables).to_pylist()
    assert 1_050 < len(cases) < 1_350
    assert len({case["external_id"] for case in cases}) == len(cases)
    assert cases[0]["external_id"].startswith("L2611221114")
    accepted = [(case["steps"][0]["to_at"] - case["steps"][0]["from_at"]).total_seconds() for case in cases if len(case["steps"]) > 2]
    assert min(accepted) >= 20
    assert max(accepted) <= 90
    handled = [case["steps"][3]["from_at"] - case["reported_at"] for case in cases if len(case["steps"]) > 3]
    assert max(handled) < timedelta(minutes=8)
    within = [case["closed_at"] - case["reported_at"] < timedelta(hours=1) for case in cases]
    assert 0.75 < sum(within) / len(within) < 0.98
    assert live_plans(town, seed=SEED, minute=END, mean_gap_s=1e9).num_rows == 0


def test_towns_live_their_own_days() -> None:
    here, there = (
        plans(geography.town(slug), seed=SEED, start=END - timedelta(days=2), end=END, per_day=300.0) for slug in ("wuhan", "beijing")
    )
    assert here.num_rows != there.num_rows or not here["reported_at"].equals(there["reported_at"])


def test_a_quarter_is_planned_in_seconds(quarter: pa.Table) -> None:
    started = time.perf_counter()
    again = _wuhan(90)
    as_of(again, END)
    assert time.perf_counter() - started < 5.0
