"""What would mislead a map is found, counted and held down."""

from __future__ import annotations

import numpy as np
import pytest

from city_brain.analytics.forecast import guards
from city_brain.analytics.forecast.guards import Guard, Screened


def screened(x: np.ndarray, day: np.ndarray | None = None, **given: object) -> Screened:
    days = np.zeros(len(x), np.int64) if day is None else day
    kind = np.full(len(x), "light", object)
    return guards.screen(x, np.zeros(len(x)), days, kind, **({"known_until": 10} | given))  # type: ignore[arg-type]


SPREAD = np.arange(1_000) * 7.0
HALL = np.full(200, 50_000.0)


def test_a_stand_in_point_is_left_out() -> None:
    found = screened(np.concatenate([SPREAD, HALL]))
    assert found.kept.sum() == 1_000 and not found.kept[1_000:].any()
    assert found.counts == {Guard.DEFAULT_POINT: 200}


def test_it_is_judged_by_what_was_known() -> None:
    later = np.concatenate([np.zeros(1_000, np.int64), np.full(200, 10)])
    assert screened(np.concatenate([SPREAD, HALL]), later).kept.all()


def test_a_chronic_address_teaches_no_more_than_its_most() -> None:
    x = np.concatenate([SPREAD, np.full(60, 50_000.0), np.full(45, 60_000.0)])
    found = screened(x)
    assert found.kept.all(), "two busy places are no stand-in"
    assert found.weight[1_000:1_060] == pytest.approx(40 / 60) and found.weight[1_060:] == pytest.approx(40 / 45)
    assert (found.weight[:1_000] == 1).all() and found.counts == {Guard.CHRONIC_POINT: 105}
    assert found.chronic["events"].tolist() == [60, 45] and found.chronic["x_m"].tolist() == [50_000, 60_000]


def test_what_own_patrols_found_teaches_half() -> None:
    patrol = np.arange(1_000) < 30
    found = screened(SPREAD, patrol=patrol)
    assert np.array_equal(found.weight, np.where(patrol, guards.PATROL_WEIGHT, 1)) and found.counts == {Guard.FOUND_BY_PATROL: 30}


def test_nothing_to_screen() -> None:
    found = screened(np.array([]))
    assert len(found.kept) == 0 and found.counts == {} and found.chronic.empty
