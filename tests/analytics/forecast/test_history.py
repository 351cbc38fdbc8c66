"""Events on cells: what is known when, who is whose neighbour, what is remembered."""

from __future__ import annotations

import math

import numpy as np
import pytest

from city_brain.analytics.forecast.history import History, build
from city_brain.analytics.forecast.lattice import margin_of, places_of, ring
from city_brain.analytics.forecast.memory import FOR_EVER, walk
from tests.analytics.forecast.conftest import history_of

SQUARE = np.array([[column, row] for column in range(3) for row in range(3)])


def test_events_become_whole_numbers() -> None:
    found = build([10, 260, -1, 10], [10, 10, 499, 10], [5, 3, 4, 9], ["a", "b", "a", "c"], edge_m=250, end=8, kinds=("b", "a"))
    assert found.series == ("b", "a", "") and (found.first, found.end, found.days) == (3, 8, 5)
    assert found.day.tolist() == [3, 4, 5] and found.kind.tolist() == [0, 1, 1]
    assert found.cells[found.cell].tolist() == [[1, 0], [-1, 1], [0, 0]]
    assert found.counts(3, 8).sum(axis=0).tolist() == [1, 2, 3]
    assert found.counts(4, 5).sum(axis=0).tolist() == [0, 1, 1] and found.daily()[:, -1].tolist() == [1, 1, 1, 0, 0]


def test_the_area_is_what_had_events_and_a_margin() -> None:
    found = build([10, 5000], [10, 10], [0, 9], ["a", "a"], edge_m=250, end=10, area_until=9)
    assert sorted(map(tuple, found.cells)) == [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)]
    assert found.outside(9, 10).tolist() == [1, 1] and found.counts(0, 10)[:, -1].sum() == 1
    assert found.daily()[:, -1].sum() == 1


def test_until_knows_nothing_of_the_day(history: History) -> None:
    day = history.first + 40
    past = history.until(day)
    assert past.day.max() < day and past.end == day and past.days == 40
    assert np.array_equal(past.counts(past.first, day), history.counts(history.first, day))


def test_margin_and_places() -> None:
    assert len(margin_of(np.array([[0, 0]]), 1)) == 9 and len(margin_of(np.array([[0, 0], [1, 0]]), 1)) == 12
    assert places_of(SQUARE, np.array([[2, 2], [0, 0], [3, 0], [-1, 2]])).tolist() == [8, 0, -1, -1]
    assert places_of(SQUARE[:0], SQUARE).tolist() == [-1] * 9


def test_a_ring_gives_each_event_away_once() -> None:
    around = ring(SQUARE, 0, 1.5, 1.0)
    spread = around.spread.toarray()
    assert spread.sum(axis=0) == pytest.approx(np.ones(9)) and (spread.diagonal() == 0).all()
    straight, aslant = math.exp(-0.5), math.exp(-1)
    assert spread[1, 4] == pytest.approx(straight / (4 * straight + 4 * aslant)), "the middle has eight neighbours"
    assert spread[1, 0] == pytest.approx(straight / (2 * straight + aslant)), "a corner three"
    alone = ring(np.array([[0, 0]]), 0, 1.5, 1.0)
    assert alone.spread.toarray().tolist() == [[0]] and alone.kept.tolist() == [0]


def test_memory_is_the_sum_of_what_faded(history: History) -> None:
    days = [history.first + ahead for ahead in (0, 1, 17, 60)]
    for memory in walk(history, days):
        past = history.until(memory.day)
        for half_life, kept in memory.kept.items():
            plain = np.zeros_like(kept)
            fading = past.weight * 0.5 ** ((memory.day - 1 - past.day) / half_life)
            np.add.at(plain, (past.cell, past.kind), fading)
            np.add.at(plain, (past.cell, -1), fading)
            assert kept == pytest.approx(plain, abs=1e-9)
        same = past.day % 7 == memory.day % 7
        assert memory.weekday[:, -1] == pytest.approx(np.bincount(past.cell[same], past.weight[same], minlength=len(past.cells)))


def test_a_half_weight_teaches_half(events: dict[str, np.ndarray]) -> None:
    whole, half = (history_of(events, weight=np.full(len(events["day"]), weight)) for weight in (1.0, 0.5))
    of_whole, of_half = (next(walk(one, [one.end])).kept[FOR_EVER] for one in (whole, half))
    assert of_half == pytest.approx(of_whole / 2)
    assert np.array_equal(whole.counts(whole.first, whole.end), half.counts(half.first, half.end)), "it counts whole in scores"
