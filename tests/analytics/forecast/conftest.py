"""A small city whose true shares are known."""

from __future__ import annotations

import numpy as np
import pytest

from city_brain.analytics.forecast.history import History, build

EDGE = 250.0
KINDS = ("leak", "light", "noise")


def small_city(seed: int = 3, days: int = 90, side: int = 9, rate: float = 30.0) -> dict[str, np.ndarray]:
    """Events of three kinds on a square of cells: two share their busy places, the third has its own."""
    rng = np.random.default_rng(seed)
    ground = rng.gamma(0.5, size=side * side)
    maps = np.column_stack([ground, ground**0.7, rng.gamma(0.8, size=side * side)]) * np.array([0.6, 0.3, 0.1])
    maps /= maps.sum()
    count = rng.poisson(rate * days)
    place, kind = np.divmod(rng.choice(maps.size, count, p=maps.ravel()), 3)
    column, row = np.divmod(place, side)
    return {
        "x_m": (column + rng.random(count)) * EDGE, "y_m": (row + rng.random(count)) * EDGE,
        "day": rng.integers(0, days, count) + 18_000, "kind": np.array(KINDS, object)[kind],
    }  # fmt: skip


def history_of(events: dict[str, np.ndarray], **given: object) -> History:
    """Its history; ends after the last day unless something else is said."""
    end = int(events["day"].max()) + 1
    return build(**events, **({"edge_m": EDGE, "end": end, "kinds": KINDS} | given))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def events() -> dict[str, np.ndarray]:
    return small_city()


@pytest.fixture(scope="session")
def history(events: dict[str, np.ndarray]) -> History:
    return history_of(events)
