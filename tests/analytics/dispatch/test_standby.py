"""Where teams should stand, against every choice there is."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from city_brain.analytics.dispatch import standby

WITHIN = 600.0


def drives(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    return np.hypot(*(start[:, None] - end[None]).transpose(2, 0, 1)) * 60


@pytest.mark.parametrize("seed", range(6))
def test_no_choice_of_sites_reaches_more(seed: int) -> None:
    rng = np.random.default_rng(seed)
    places, teams = rng.uniform(0, 60, (14, 2)), rng.uniform(0, 10, (3, 2))
    weights = rng.uniform(0.1, 5, 14)
    between = drives(places, places)
    found = standby.proposed(drives(teams, places), drives(teams, places), between, weights, WITHIN)
    best = max(weights[(between[list(sites)] <= WITHIN).any(axis=0)].sum() for sites in combinations(range(14), 3)) / weights.sum()
    assert found.optimal and found.after == pytest.approx(max(best, found.before)) and found.after >= found.before
    assert found.moves["team"].is_unique and found.moves["site"].is_unique and found.moves["alone"].is_monotonic_decreasing


def test_each_goes_the_short_way_and_who_is_not_needed_stays() -> None:
    places = np.array([[0.0, 0.0], [30.0, 0.0]])
    teams = np.array([[28.0, 15.0], [1.0, 15.0], [50.0, 50.0]])
    to_places = drives(teams, places)
    found = standby.proposed(to_places, to_places, drives(places, places), [1.0, 3.0], WITHIN)
    assert dict(zip(found.moves["team"], found.moves["site"], strict=True)) == {0: 1, 1: 0}
    assert found.moves["alone"].tolist() == [0.75, 0.25]
    assert (found.before, found.after, found.optimal) == (0.0, 1.0, True)


def test_who_stands_well_stays() -> None:
    places = np.array([[0.0, 0.0], [30.0, 0.0]])
    found = standby.proposed(drives(places, places), drives(places, places), drives(places, places), [1.0, 3.0], WITHIN)
    assert found.moves.empty and found.before == found.after == 1.0


def test_nobody_is_free() -> None:
    found = standby.proposed(np.empty((0, 2)), np.empty((0, 2)), np.zeros((2, 2)), [1.0, 1.0], WITHIN)
    assert found.moves.empty and found.after == 0


def test_dominated_sites_are_left_out_and_of_equals_one_is_kept() -> None:
    reach = np.array([[1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1], [0, 1, 1, 0]], bool)
    assert standby.undominated(reach).tolist() == [0, 2, 4]
