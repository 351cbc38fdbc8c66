"""What overlaps is one alarm."""

from __future__ import annotations

import numpy as np
import pytest

from city_brain.analytics.clusters.boxes import BOX, boxes, grouped, holds, independent, joined, meets


def box(statistic: float, until: int, days: int, row: int, column: int, edge: int) -> np.ndarray:
    return boxes(statistic=[statistic], until=until, days=days, row=row, column=column, edge=edge)


def test_boxes_meet_when_they_share_a_cell_and_their_days_touch() -> None:
    one = box(9, 10, 2, 5, 5, 3)[0]  # days 9 and 10, rows and columns 5 to 7
    cases = [
        (box(1, 8, 1, 7, 7, 1), True),  # the day before, the last corner
        (box(1, 7, 1, 7, 7, 1), False),  # a day between
        (box(1, 12, 2, 5, 5, 1), True),  # begins the day after
        (box(1, 13, 2, 5, 5, 1), False),
        (box(1, 10, 1, 8, 5, 1), False),  # the row beyond
        (box(1, 10, 1, 3, 5, 2), False),  # the rows before
        (box(1, 30, 30, 0, 0, 20), True),  # holds it
    ]
    for other, expected in cases:
        assert meets(one, other).tolist() == [expected], other
        assert meets(other[0], boxes(**{name: [one[name]] for name in BOX.names})).tolist() == [expected], "it is mutual"


def test_a_chain_is_told_by_its_highest_and_what_is_apart_rings_alone() -> None:
    found = joined(
        [box(12, 3, 1, 0, 0, 2), box(20, 4, 2, 1, 1, 2), box(11, 5, 1, 2, 2, 2), box(15, 4, 1, 20, 20, 5), box(13, 30, 1, 1, 1, 2)]
    )
    leaders, group = grouped(found)
    assert leaders.tolist() == [1, 3, 4]
    assert group.tolist() == [0, 0, 0, 1, 2]
    assert independent(found)["statistic"].tolist() == [20, 15, 13]
    assert independent(found, 2)["statistic"].tolist() == [20, 15]


def test_leaders_never_meet_and_everything_else_meets_its_leader() -> None:
    rng = np.random.default_rng(2)
    found = boxes(
        statistic=rng.exponential(5, 300), until=rng.integers(0, 40, 300), days=rng.integers(1, 8, 300), row=rng.integers(0, 40, 300),
        column=rng.integers(0, 40, 300), edge=rng.integers(1, 11, 300),
    )  # fmt: skip
    leaders, group = grouped(found)
    assert (group >= 0).all() and 5 < len(leaders) < 300
    for place, leader in enumerate(leaders):
        assert meets(found[leader], found[leaders]).sum() == 1, "only itself"
        mine = found[group == place]
        assert meets(found[leader], mine).all() and mine["statistic"].max() == found[leader]["statistic"]


def test_holds() -> None:
    found = joined([box(1, 0, 1, 2, 3, 2), box(1, 0, 1, 0, 0, 1)])
    assert holds(found, np.array([3, 9]), np.array([4, 9])).tolist() == [True, False]
    assert holds(found, np.array([4]), np.array([4])).tolist() == [False, False]


@pytest.mark.parametrize("of_nothing", [joined([]), boxes(statistic=np.zeros(0))])
def test_nothing(of_nothing: np.ndarray) -> None:
    assert len(independent(of_nothing)) == 0
    assert len(holds(of_nothing, np.array([0]), np.array([0]))) == 0
