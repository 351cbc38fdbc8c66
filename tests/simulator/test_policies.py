"""Rules of dispatch in simulation: against queueing theory, nothing lost, the same numbers for all, and the command in both languages."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from city_brain.simulator.engine.fleet import Moment
from city_brain.simulator.policies import compare, events
from city_brain.simulator.policies.rules import RULES
from city_brain.simulator.policies.world import course

ROOT = Path(__file__).resolve().parents[2]


def no_drive(lon, lat, to_lon, to_lat, moment_s, urgent):  # type: ignore[no-untyped-def]
    return np.zeros(np.broadcast_shapes(np.shape(lon), np.shape(to_lon)))


def erlang_c_wait(arrivals: float, service: float, servers: int) -> float:
    """Mean wait of M/M/c in the unit of time of its rates (Erlang 1917)."""
    offered = arrivals / service
    full = offered**servers / math.factorial(servers) * servers / (servers - offered)
    waits = full / (sum(offered**k / math.factorial(k) for k in range(servers)) + full)
    return waits / (servers * service - arrivals)


def test_without_drives_it_is_the_queue_of_erlang() -> None:
    arrivals, mean, servers, count = 4 / 600, 480.0, 4, 4000
    waits = []
    for number in range(16):
        rng = np.random.default_rng(number)
        at = rng.exponential(1 / arrivals, count).cumsum()
        nobody = np.zeros(count)
        cases = events.Cases(at, nobody, nobody, nobody > 0, rng.exponential(mean, count))
        served = course(cases, np.zeros((servers, 2)), np.zeros((servers, 2)), RULES["nearest"], no_drive)
        waits.append((served.sent_s - at)[500:].mean())
    found = compare.paired(waits, np.zeros(len(waits)))
    assert found["low"] <= erlang_c_wait(arrivals, 1 / mean, servers) <= found["high"]


@pytest.mark.parametrize("name", list(RULES))
def test_every_case_is_served_once_and_no_team_is_in_two_places(name: str) -> None:
    rng = np.random.default_rng(5)
    homes = np.column_stack(events.places(6, rng))
    cases = events.drawn(8 / 3600, 2, rng)
    done = course(cases, homes, homes, RULES[name])
    assert len(cases) > 100 and (done.team >= 0).all()
    assert (done.sent_s >= cases.reported_s).all() and (done.arrived_s > done.sent_s).all()
    assert np.allclose(done.cleared_s - done.arrived_s, cases.service_s)
    for team in range(6):
        mine = np.flatnonzero(done.team == team)
        mine = mine[np.argsort(done.sent_s[mine])]
        assert (done.sent_s[mine][1:] >= done.cleared_s[mine][:-1]).all()


def test_rules_choose_as_their_names_say() -> None:
    now = Moment(np.array([[500.0], [100.0], [900.0]]), np.array([300.0, 200.0, 100.0]), np.array([False, False, True]))
    assert [int(RULES[name](now)[0][0]) for name in ("nearest", "nearest_waiting", "urgent_first")] == [0, 1, 2]


def test_cases_are_as_many_as_asked_and_have_their_rhythm() -> None:
    cases = events.drawn(0.02, 70, np.random.default_rng(1))
    assert len(cases) == pytest.approx(0.02 * 70 * 86400, rel=0.03) and (np.diff(cases.reported_s) >= 0).all()
    hours = np.bincount((cases.reported_s // 3600 % 24).astype(int), minlength=24)
    assert hours[17] > 2 * hours[3]
    assert cases.urgent.mean() == pytest.approx(events.URGENT, abs=0.01)
    assert cases.service_s.mean() == pytest.approx(events.SERVICE_S, rel=0.02)


def run(*names: str, load: float = 0.65, seed: int = 0, replications: int = 4) -> dict:  # type: ignore[type-arg]
    return compare.compared(names, [12], load, replications=replications, seed=seed, days=2, progress=lambda done, whole: None)


def test_a_rule_against_itself_does_not_differ_at_all() -> None:
    """Common random numbers: whatever another rule draws does not touch the cases of the next."""
    alone, after = run("batch")["policies"][0], run("nearest", "batch")["policies"][1]
    assert alone == after
    assert run("batch", "standby") == run("batch", "standby") != run("batch", "standby", seed=1)


def test_the_interval_is_that_of_the_book() -> None:
    found = compare.paired([3.0, 5.0, 4.0], [1.0, 1.0, 1.0])
    half = 4.302653 / math.sqrt(3)
    assert (found["mean"], found["low"], found["high"]) == pytest.approx((3.0, 3.0 - half, 3.0 + half))


def test_batch_is_better_under_load_and_no_different_without() -> None:
    under = run("nearest", "batch", load=0.75, replications=8)["differences"][0]["priority_weighted_lateness"]
    calm = run("nearest", "batch", load=0.3, replications=8)["differences"][0]["priority_weighted_lateness"]
    assert under["high"] < 0
    assert calm["low"] <= 0 <= calm["high"]


def command(*words: str, language: str = "C.UTF-8") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "city_brain", "compare-policies", *words], cwd=ROOT, env=os.environ | {"LC_ALL": language},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


SMALL = ("--policies", "nearest,batch", "--teams", "5,8", "--days", "1", "--replications", "2")


def test_the_command_speaks_both_languages_and_json() -> None:
    english, chinese = command(*SMALL), command(*SMALL, language="zh_CN.UTF-8")
    assert "weighted lateness" in english.stdout and "8 teams" in english.stdout, english.stderr
    assert "加权超时" in chinese.stdout and "8 支队伍" in chinese.stdout
    first, second = (command(*SMALL, "--json").stdout for _ in range(2))
    assert first == second
    found = json.loads(first)
    assert [(row["name"], row["teams"]) for row in found["policies"]] == [("nearest", 5), ("batch", 5), ("nearest", 8), ("batch", 8)]
    assert {*compare.FIGURES, "name", "teams", "load", "replications"} == found["policies"][0].keys()
    assert found["differences"][0]["urgent_late"].keys() == {"mean", "low", "high"}


@pytest.mark.parametrize(("words", "says"), [(("--policies", "luck"), "没有名为“luck”"), (("--teams", "0"), "“0”")])
def test_what_is_wrong_is_said(words: tuple[str, str], says: str) -> None:
    told = command(*words, language="zh_CN.UTF-8")
    assert told.returncode == 1 and says in told.stderr
