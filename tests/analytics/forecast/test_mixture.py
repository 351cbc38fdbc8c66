"""The mixture: EM finds shares that are known, parts make up the figure, the calendar is learned."""

from __future__ import annotations

import numpy as np
import pytest

from city_brain.analytics.forecast import level, mixture, plain
from city_brain.analytics.forecast.components import BACKGROUND, COMPONENTS, PARTS, at_hand, maps
from city_brain.analytics.forecast.history import History, build
from city_brain.analytics.forecast.lattice import rings
from city_brain.analytics.forecast.memory import walk
from tests.analytics.forecast.conftest import EDGE, history_of


@pytest.fixture(scope="module")
def fitted(history: History) -> mixture.Mixture:
    return mixture.fit(history, 7)


def test_em_finds_the_shares_that_events_were_drawn_with() -> None:
    rng = np.random.default_rng(5)
    of = rng.dirichlet(np.full(60, 0.3), size=3)
    true = np.array([0.55, 0.3, 0.15])
    cells = rng.choice(60, 30_000, p=true @ of)
    assert mixture.em(of[:, cells].T) == pytest.approx(true, abs=0.02)


def test_em_by_hand() -> None:
    """Two maps, one cell each: the shares are the counts, and a prior adds to them."""
    seen = np.array([[1.0, 0.0]] * 3 + [[0.0, 1.0]] + [[0.0, 0.0]])
    assert mixture.em(seen) == pytest.approx([0.75, 0.25], abs=1e-4)
    assert mixture.em(seen, np.array([0.0, 6.0])) == pytest.approx([0.3, 0.7], abs=1e-4)
    assert mixture.em(np.zeros((0, 4))).tolist() == [0.25] * 4, "nothing seen, nothing preferred"


def test_em_is_the_best_there_is() -> None:
    rng = np.random.default_rng(6)
    seen = rng.gamma(1.0, size=(400, 3))
    best = mixture.em(seen)
    score = np.log(seen @ best).mean()
    others = rng.dirichlet(np.ones(3), size=500)
    assert (np.log(seen @ others.T).mean(axis=0) <= score + 1e-6).all()


def test_every_map_is_a_share(history: History) -> None:
    found = maps(next(walk(history, [history.end])), rings(history.cells))
    assert found.shape == (len(COMPONENTS), len(history.cells), len(history.series)) and (found >= 0).all()
    assert found.sum(axis=1) == pytest.approx(np.ones((len(COMPONENTS), len(history.series))))


def test_a_map_without_memory_gives_its_share_to_the_background() -> None:
    shares, found = np.full((len(COMPONENTS), 1), 1 / len(COMPONENTS)), np.zeros((len(COMPONENTS), 4, 1))
    found[[0, BACKGROUND]] = 0.25
    used = at_hand(shares, found)
    assert used.sum() == pytest.approx(1) and used[0, 0] == pytest.approx(1 / len(COMPONENTS))
    assert used[BACKGROUND, 0] == pytest.approx(1 - 1 / len(COMPONENTS))


def test_parts_sum_to_the_figure_and_the_figure_to_the_level(history: History, fitted: mixture.Mixture) -> None:
    parts, figure = fitted.parts(history), fitted.expected(history)
    assert parts.shape == (len(PARTS), len(history.cells), len(history.series)) and (parts >= 0).all()
    assert parts.sum(axis=0) == pytest.approx(figure, rel=1e-12)
    assert figure.sum(axis=0) == pytest.approx(fitted.level.total(history, 7)[0])
    assert (figure > 0).all(), "no cell is impossible"
    assert fitted.shares.sum(axis=0) == pytest.approx(np.ones(len(history.series)))


def test_another_order_of_cells_is_the_same_map(events: dict[str, np.ndarray], history: History, fitted: mixture.Mixture) -> None:
    order = np.random.default_rng(0).permutation(len(history.cells))
    other = history_of(events, cells=history.cells[order])
    assert mixture.fit(other, 7).expected(other) == pytest.approx(fitted.expected(history)[order], rel=1e-3)
    count = plain.fit(other, 7).expected(other)
    assert count == pytest.approx(plain.fit(history, 7).expected(history)[order])


def test_a_kind_of_few_events_leans_on_the_others() -> None:
    """Twelve events of a rare kind that follows the busy one: its map is near the busy kind's, not near its own twelve cells."""
    rng = np.random.default_rng(8)
    ground = rng.dirichlet(np.full(100, 0.3))
    cells = np.concatenate([rng.choice(100, 6_000, p=ground), rng.choice(100, 12, p=ground)])
    days = np.concatenate([rng.integers(0, 120, 6_000), np.arange(12) * 10 + 4])
    column, row = np.divmod(cells, 10)
    kind = np.array(["busy"] * 6_000 + ["rare"] * 12, object)
    squares = np.column_stack(np.divmod(np.arange(100), 10))
    history = build(column * EDGE, row * EDGE, days, kind, edge_m=EDGE, end=120, cells=squares)
    mixed, counted = (one.expected(history)[:, 1] for one in (mixture.fit(history, 7), plain.fit(history, 7)))
    told, plainly = (ground @ np.log(figure / figure.sum()) for figure in (mixed, counted))
    assert told > plainly + 0.2


def test_plain_count_by_hand() -> None:
    history = build([0, 0, 0, 300], [0, 0, 0, 0], [0, 1, 2, 3], ["a"] * 4, edge_m=250, end=4, cells=[[0, 0], [1, 0]])
    found = plain.AllHistory(7, np.array([1.0, 1.0])).expected(history)
    assert found == pytest.approx(np.array([[4, 4], [2, 2]]) / 6 * (4 + level.UNSEEN) / 4 * 7)


def test_the_calendar_is_learned() -> None:
    rng = np.random.default_rng(2)
    days = np.arange(18_000, 18_400)
    factor = np.where(level.weekdays(days) == 6, 0.4, 1.0) * np.where(days % 30 == 0, 2.0, 1.0)
    count = rng.poisson(60 * factor)
    day = np.repeat(days, count)
    free = {int(one) for one in days if one % 30 == 0}
    history = build(np.zeros(len(day)), np.zeros(len(day)), day, ["a"] * len(day), edge_m=250, end=18_400, holidays=free)
    learned = level.fit(history, 1)
    assert learned.weekday[6, 0] / learned.weekday[:6, 0].mean() == pytest.approx(0.4, abs=0.05)
    assert learned.holiday[0] == pytest.approx(2, abs=0.2)
    total, calendar = learned.total(history, 7)
    ahead = np.arange(18_400, 18_407)
    assert calendar[0] == pytest.approx(learned.factors(ahead, history.holidays)[:, 0].mean())
    assert total[0] == pytest.approx(60 * 6.4 + 0.0, rel=0.06)


def test_1970_began_on_a_thursday() -> None:
    assert level.weekdays(np.array([0, 3, 4, 20_778])).tolist() == [3, 6, 0, 5]
