"""A city in simulated time: nothing lost, nobody in two places, the same for the same seed, and in measure like real cities."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import simpy

from benchmarks import believable
from city_brain.incidents import queries
from city_brain.intake.load import Wishes, load_one
from city_brain.roles import operator
from city_brain.settings import Settings
from city_brain.simulator.engine import life
from city_brain.simulator.engine.account import account, rows
from city_brain.simulator.engine.fleet import Fleet, Matters, Moment, Teams
from city_brain.simulator.engine.life import Ended, lived
from city_brain.simulator.engine.offices import Hours, Office
from city_brain.simulator.geography import town
from city_brain.simulator.policies.rules import RULES
from city_brain.start import Home

ROOT = Path(__file__).resolve().parents[2]
DAYS = 14


def live(seed: int = 1, *, days: int = DAYS, rule: str = "urgent_first") -> pd.DataFrame:
    return lived(
        town("wuhan"), seed=seed, start=date(2026, 6, 1), days=days, per_day=667, rule=RULES[rule], progress=lambda done, whole: None
    )  # fmt: skip


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    return live()


def test_every_report_has_one_end_and_its_moments_in_their_order(found: pd.DataFrame) -> None:
    assert len(found) > 600 * DAYS and set(found["ended"]) == set(Ended)
    cases, others = found[found["ended"] == Ended.CLOSED], found[found["ended"] != Ended.CLOSED]
    order = ["happened_at", "reported_at", "sent_at", "team_sent_at", "arrived_at", "cleared_at", "closed_at"]
    for earlier, later in itertools.pairwise(order):
        assert (cases[earlier] <= cases[later]).all(), later
    assert cases[[*order, "due_at", "department", "function"]].notna().all(axis=None)
    assert others[["sent_at", "closed_at", "department"]].isna().all(axis=None)
    assert not cases["wrong"].any() and others.loc[others["ended"] == Ended.MERGED, "again"].all()
    assert found["reported_at"].is_monotonic_increasing


def test_the_same_seed_lives_the_same_and_another_does_not(found: pd.DataFrame) -> None:
    short = live(days=2)
    pd.testing.assert_frame_equal(short, live(days=2))
    assert not short["lon"].equals(live(2, days=2)["lon"])


def test_another_rule_meets_the_same_reports() -> None:
    one, other = live(days=2), live(days=2, rule="batch")
    given = ["reported_at", "code", "lon", "lat", "urgent", "channel"]
    pd.testing.assert_frame_equal(one[given], other[given])
    assert not one["arrived_at"].equals(other["arrived_at"])


def test_it_is_in_measure_like_the_shares_that_are_published(found: pd.DataFrame) -> None:
    told = account(found)
    assert 0.05 < told["overdue"] < 0.2, "Pingshan 9 %, Boston 24 %"
    assert 0.04 < told["passed_on"] < 0.25, "up to a quarter is said to be sent wrongly"
    assert 0.02 < told["reworked"] < 0.1
    urgent = found[found["urgent"] & (found["ended"] == Ended.CLOSED)]
    hours = (urgent["closed_at"] - urgent["reported_at"]).dt.total_seconds() / 3600
    assert hours.median() < told["closing_h_p50"] / 4


def test_ten_thousand_reports_take_seconds() -> None:
    began = time.perf_counter()
    live(3)
    assert time.perf_counter() - began < 30, "sixty thousand are to take less than thirty seconds on a quiet machine"


@pytest.mark.skipif(not believable.BOSTON.exists(), reason="the file of Boston's requests is not beside the project")
def test_reports_come_at_the_hours_and_days_of_real_cities(found: pd.DataFrame) -> None:
    ours = believable.simulated(town("wuhan"), DAYS)
    assert max(believable.apart(ours, believable.boston())) < 0.35
    if not believable.PINGSHAN.exists():
        pytest.skip("the file of Pingshan's appeals is not beside the project")
    hour, week = believable.apart(ours, believable.pingshan())
    between = believable.apart(believable.boston(), believable.pingshan())
    assert hour < between[0], "nearer to a Chinese city than an American one is"
    assert week < 0.12


def test_an_office_takes_urgent_cases_first_and_at_any_hour() -> None:
    env, done = simpy.Environment(initial_time=6 * 3600), list[tuple[str, float]]()
    office = Office(env, 10, 600, 0.5, Hours(8 * 3600, 12 * 3600))
    assert office.hands == 1

    def case(name: str, urgent: bool):  # type: ignore[no-untyped-def]
        yield from office.take(600, urgent)
        done.append((name, env.now))

    for name, urgent in (("first", False), ("second", False), ("urgent", True)):
        env.process(case(name, urgent))
    env.run()
    assert done == [("urgent", 6 * 3600 + 600), ("first", 8 * 3600 + 600), ("second", 8 * 3600 + 1200)]
    assert Hours(8 * 3600, 12 * 3600).opening(13 * 3600) == 86400 + 8 * 3600


def test_teams_off_duty_are_not_sent_and_a_long_queue_keeps_its_urgent_cases() -> None:
    env = simpy.Environment(initial_time=5 * 3600)
    waiting = 300
    urgent = np.zeros(waiting, bool)
    urgent[-1] = True
    duty = (np.arange(24) >= 7)[None]
    home, seen = np.array([[114.3, 30.6]]), list[Moment]()

    def rule(now: Moment):  # type: ignore[no-untyped-def]
        seen.append(now)
        return RULES["urgent_first"](now)

    fleet = Fleet(env, Matters(np.full(waiting, 114.31), np.full(waiting, 30.61), urgent), Teams(home, home, duty), rule)
    for case in range(waiting):
        fleet.ask(case, 600.0)
    env.run(until=8 * 3600)
    assert fleet.visits[0].case == waiting - 1 and fleet.visits[0].sent_s == 7 * 3600
    assert len(seen[0].urgent) == 200 and seen[0].urgent.sum() == 1


def test_its_file_is_taken_in_and_says_what_it_is(tmp_path: Path, found: pd.DataFrame) -> None:
    file = tmp_path / "life.csv"
    rows(found.head(500), "WH").to_csv(file, index=False)
    home = Home(Settings(home=tmp_path / "home", demo="off"))
    home.open("test")
    try:
        loaded = load_one(home.city, home.settings, str(file), operator("test"), Wishes(), home.tell)
        assert (loaded.profile, loaded.tally.taken, loaded.tally.quarantined) == ("simulated_city", 500, 0)
        named = queries.city(home.city)
        assert named and "模拟" in named["name_zh"] and "Simulated" in named["name_en"]
        known = queries.names(home.city)["kind"]
        assert {known[came][1].isascii() for came in rows(found.head(500), "WH")["type"]} == {True}, "every type has its category"
    finally:
        home.close()


def command(*words: str, language: str = "C.UTF-8") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "city_brain", "simulate", *words], cwd=ROOT, env=os.environ | {"LC_ALL": language}, capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip


def test_the_command_speaks_both_languages_and_json(tmp_path: Path) -> None:
    few = ("--days", "1", "--per-day", "60")
    assert "simulated" in command(*few).stdout
    assert "模拟" in command(*few, language="zh_CN.UTF-8").stdout
    told = json.loads(command(*few, "--json", "--out", str(tmp_path / "a.csv")).stdout)
    assert told["reports"] == told["cases"] + told["merged"] + told["rejected"] == len(pd.read_csv(tmp_path / "a.csv"))
    for words, says in ((("--from", "soon"), "“soon”"), (("--days", "1", "--out", str(tmp_path / "no" / "a.csv")), "无法写入")):
        refused = command(*words, language="zh_CN.UTF-8")
        assert refused.returncode == 1 and says in refused.stderr


def test_a_day_without_reports_is_a_day_without_cases() -> None:
    told = lived(town("wuhan"), seed=1, start=date(2026, 6, 1), days=1, per_day=0.0, rule=RULES["batch"], progress=lambda done, whole: None)
    assert len(told[told["ended"] == life.Ended.CLOSED]) <= 30
