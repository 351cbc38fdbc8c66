"""Sites: against every choice there is, with the gap told, and against known optima where the files are."""

from __future__ import annotations

import os
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from city_brain.analytics.dispatch import siting

KNOWN = {"pmed1": 5819, "pmed6": 7824, "pmed11": 7696}
"""Optima that Beasley (1990) published with the instances."""


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 8), st.integers(1, 3), st.integers(0, 10_000))
def test_no_choice_of_medians_is_nearer(points: int, p: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    at = rng.integers(0, 20, (points, 2))
    far = np.abs(at[:, None] - at[None]).sum(axis=2).astype(float)
    weight = rng.integers(0, 5, points).astype(float)
    found = siting.p_median(far, weight, p)
    best = min((far[list(some)].min(axis=0) * weight).sum() for some in combinations(range(points), min(p, points)))
    assert found.objective == pytest.approx(best) and found.optimal and len(found.chosen) == min(p, points)
    assert found.objective == pytest.approx((far[found.chosen].min(axis=0) * weight).sum()) and found.greedy >= found.objective - 1e-9


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 8), st.integers(1, 12), st.integers(1, 3), st.integers(0, 10_000))
def test_no_choice_of_sites_covers_more(sites: int, places: int, p: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    reach, weight = rng.random((sites, places)) < 0.4, rng.integers(0, 6, places).astype(float)
    found = siting.maximal_covering(reach, weight, p)
    best = max(weight[reach[list(some)].any(axis=0)].sum() for some in combinations(range(sites), min(p, sites)))
    assert found.objective == pytest.approx(best) and found.optimal and len(found.chosen) == min(p, sites)
    assert weight[reach[found.chosen].any(axis=0)].sum() == pytest.approx(best) and found.greedy <= best + 1e-9


def test_a_gap_is_told_when_the_time_was_short() -> None:
    rng = np.random.default_rng(1)
    at = rng.random((160, 2))
    reach = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)) < 0.13
    found = siting.maximal_covering(reach, rng.random(160), 12, limit_s=0.001)
    assert found.bound >= found.objective >= found.greedy > 0 and found.gap == pytest.approx(found.bound / found.objective - 1)
    assert found.optimal == (found.gap < 1e-6)


def test_a_problem_of_the_or_library_is_read_as_it_is_written(tmp_path: Path) -> None:
    """Four points on a line 3, 4 and 5 apart; the first edge is named twice, and the last one counts."""
    file = tmp_path / "pmed0.txt"
    file.write_text(" 4 4 1\n 1 2 30\n 2 3 4\n 3 4 5\n 2 1 3\n", encoding="ascii")
    far, p = siting.pmed(file)
    assert p == 1 and far.tolist() == [[0, 3, 7, 12], [3, 0, 4, 9], [7, 4, 0, 5], [12, 9, 5, 0]]
    found = siting.p_median(far, np.ones(4), p)
    assert found.objective == 16 and found.optimal


@pytest.mark.parametrize(("name", "optimum"), KNOWN.items())
def test_known_optima(name: str, optimum: int) -> None:
    folder = os.environ.get("OR_LIBRARY")
    file = Path(folder or "", f"{name}.txt")
    if not folder or not file.is_file():
        pytest.skip("OR_LIBRARY names no folder with the p-median instances of the OR-Library")
    far, p = siting.pmed(file)
    found = siting.p_median(far, np.ones(len(far)), p, limit_s=300)
    assert found.objective == optimum and found.optimal
