"""Many cases at once: who may go, the match against sending one by one, and what it is said to gain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from city_brain.analytics.dispatch import batch
from city_brain.analytics.dispatch.matching import NEXT_S

NOW = datetime(2026, 6, 10, 8, tzinfo=UTC)


def cases(*rows: dict[str, Any]) -> pd.DataFrame:
    plain = {
        "function": "drainage",
        "skill": None,
        "urgency": "normal",
        "reported_at": NOW - timedelta(hours=2),
        "due_at": None,
        "pinned_at": None,
    }
    frame = pd.DataFrame([plain | row for row in rows])
    for name in ("reported_at", "due_at", "pinned_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame


def teams(*rows: dict[str, Any]) -> pd.DataFrame:
    plain = {"function": "drainage", "skills": [], "state": "available", "on_shift": True, "located_at": NOW}
    frame = pd.DataFrame([plain | {"team_id": f"D-{number}"} | row for number, row in enumerate(rows)])
    frame["located_at"] = pd.to_datetime(frame["located_at"], utc=True)
    return frame


def test_only_those_may_go_that_could_be_proposed() -> None:
    fleet = teams(
        {}, {"skills": ["pump"]}, {"function": "lighting"}, {"state": "on_scene"}, {"on_shift": False},
        {"located_at": NOW - timedelta(hours=1)},
    )  # fmt: skip
    waiting = cases({}, {"skill": "pump"}, {"function": "lighting"}, {"function": "gas"})
    seconds = np.full((4, 6), 600.0)
    seconds[0, 0] = 46 * 60
    assert batch.allowed(waiting, fleet, seconds, NOW).tolist() == [
        [False, True, False, False, False, False], [False, True, False, False, False, False],
        [False, False, True, False, False, False], [False] * 6,
    ]  # fmt: skip


def test_what_it_gains_is_what_waiting_less_is_worth() -> None:
    """Two teams, three cases: one by one the nearest go to the first two, the match leaves the one out that has time."""
    waiting = cases({"due_at": NOW + timedelta(days=1)}, {}, {"urgency": "urgent"})
    seconds = np.array([[300.0, 900.0], [600.0, 600.0], [900.0, 300.0]])
    found = batch.matched(waiting, seconds, np.ones((3, 2), bool), NOW)
    assert found.matches["case"].tolist() == [1, 2] and found.matches["team"].tolist() == [0, 1]
    assert found.matches["late_min"].tolist() == [70.0, 110.0] and found.matches["later_min"].tolist() == [100.0, 140.0]
    assert found.by_hand_min == 0 + 70 + 4 * (110 + NEXT_S / 60) and found.gain_min == found.by_hand_min - (0 + 70 + 4 * 110)


def test_a_pinned_case_is_not_left_out() -> None:
    waiting = cases({}, {"reported_at": NOW - timedelta(minutes=50), "pinned_at": NOW})
    found = batch.matched(waiting, np.array([[300.0], [300.0]]), np.ones((2, 1), bool), NOW)
    assert found.matches["case"].tolist() == [1]


def test_nobody_may_go() -> None:
    found = batch.matched(cases({}, {}), np.full((2, 3), 60.0), np.zeros((2, 3), bool), NOW)
    assert found.matches.empty and found.weighted_min == found.by_hand_min == found.gain_min == 0


@pytest.mark.parametrize("seed", range(5))
def test_as_many_are_served_as_can_be(seed: int) -> None:
    rng = np.random.default_rng(seed)
    waiting = cases(*({"urgency": "urgent" if number % 3 == 0 else "normal"} for number in range(5)))
    seconds, may = rng.uniform(60, 2400, (5, 3)), rng.random((5, 3)) < 0.5
    most = max(sum(may[case, team] for team, case in enumerate(chosen)) for chosen in permutations(range(5), 3))
    found = batch.matched(waiting, seconds, may, NOW)
    assert len(found.matches) == most and may[found.matches["case"], found.matches["team"]].all()
