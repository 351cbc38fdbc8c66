"""The events of one city as whole numbers: which cell, which day, which kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from city_brain.analytics.forecast.lattice import distinct, margin_of, places_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ALL = ""
"""The series of all kinds together; it comes after the kinds."""
MARGIN = 1
"""Rings of cells beyond those with an event that belong to the served area too."""


@dataclass(frozen=True, slots=True)
class History:
    """Events of one city before a day, on a fixed set of square cells of equal area.

    The cells are settled when a history is built and stay the same in all that is cut from it, so that forecasts of different days
    compare. Arrays of events are sorted by day.
    """

    kinds: tuple[str, ...]
    cells: Ints
    """Columns and rows of the served cells, (cells, 2)."""
    edge_m: float
    first: int
    """First day of the record, counted from 1970-01-01."""
    end: int
    """The day after the last one: the day a forecast is issued for."""
    cell: Ints
    """Position in `cells` per event; -1 for an event outside the served area."""
    day: Ints
    kind: Ints
    """Position in `kinds` per event."""
    weight: Floats
    """How much an event teaches, 0 to 1: below 1 at chronic points and where an own patrol found it. It always counts whole in scores."""
    holidays: frozenset[int] = frozenset()
    guards: Mapping[str, int] = field(default_factory=dict)
    """What was noticed when it was built, and how often: see `guards`."""

    @property
    def series(self) -> tuple[str, ...]:
        """What is forecast: each kind, then all of them together."""
        return (*self.kinds, ALL)

    @property
    def days(self) -> int:
        """Length of the record."""
        return self.end - self.first

    def until(self, day: int) -> History:
        """What was known on the morning of a day: nothing of that day or later."""
        stop = int(np.searchsorted(self.day, day))
        return replace(
            self, end=max(self.first, min(day, self.end)),
            cell=self.cell[:stop], day=self.day[:stop], kind=self.kind[:stop], weight=self.weight[:stop],
        )  # fmt: skip

    def between(self, since: int, until: int) -> History:
        """Only the events of some days, for counting what came."""
        part = slice(*np.searchsorted(self.day, (since, until)))
        return replace(self, cell=self.cell[part], day=self.day[part], kind=self.kind[part], weight=self.weight[part])

    def counts(self, since: int, until: int) -> Floats:
        """Events per cell and series in `since` ≤ day < `until`, (cells, series); those outside the area are left out."""
        part = self.between(since, until)
        inside = part.cell >= 0
        shape = (len(self.cells), len(self.kinds))
        flat = np.bincount(part.cell[inside] * shape[1] + part.kind[inside], minlength=shape[0] * shape[1])
        return with_all(flat.reshape(shape).astype(float))

    def outside(self, since: int, until: int) -> Floats:
        """Events outside the served area per series: no map of these cells can catch them."""
        part = self.between(since, until)
        return with_all(np.bincount(part.kind[part.cell < 0], minlength=len(self.kinds)).astype(float))

    def daily(self) -> Floats:
        """Events inside the area per day of the record and series, (days, series)."""
        inside = (self.cell >= 0) & (self.day >= self.first)
        flat = np.bincount((self.day[inside] - self.first) * len(self.kinds) + self.kind[inside], minlength=self.days * len(self.kinds))
        return with_all(flat.reshape(self.days, len(self.kinds)).astype(float))


def with_all(values: Floats) -> Floats:
    """Add all kinds together as a last column (or element)."""
    return np.concatenate([values, values.sum(axis=-1, keepdims=True)], axis=-1)


def build(
    x_m: npt.ArrayLike,
    y_m: npt.ArrayLike,
    day: npt.ArrayLike,
    kind: npt.ArrayLike,
    *,
    edge_m: float,
    end: int,
    kinds: Iterable[str] | None = None,
    area_until: int | None = None,
    cells: npt.ArrayLike | None = None,
    weight: npt.ArrayLike | None = None,
    holidays: Iterable[int] = (),
    guards: Mapping[str, int] | None = None,
) -> History:
    """Events by their exact positions become a history.

    Parameters
    ----------
    x_m, y_m : float (events,)
        Metres east and north in any projection that keeps areas, such as `city_brain.geo.grid.Grid.metres`.
    day : int (events,)
        Days since 1970-01-01, on the city's calendar.
    kind : str (events,)
    edge_m : float
        Edge of a cell, metres.
    end : int
        The day after the last day of the record.
    kinds : iterable of str, optional
        Which kinds and in which order; events of other kinds are left out. Default: all, sorted.
    area_until : int, optional
        The served area is made of the cells with an event before this day and `MARGIN` rings around them. A back-test passes the end of
        its training time, so that the area knows nothing of what comes later. Default: `end`.
    cells : int (cells, 2), optional
        The served area itself, where the caller knows it.
    weight : float (events,), optional
        See `History.weight`.
    holidays : iterable of int
        Days without work, among them future ones: the calendar is known beforehand.
    guards : mapping, optional
        See `History.guards`.
    """
    x, y = np.asarray(x_m, float), np.asarray(y_m, float)
    days, names = np.asarray(day, np.int64), np.asarray(kind, dtype=object)
    order = tuple(sorted(set(names))) if kinds is None else tuple(kinds)
    place = {name: position for position, name in enumerate(order)}
    kind_of = np.array([place.get(name, -1) for name in names], np.int64)
    kept = (kind_of >= 0) & np.isfinite(x) & np.isfinite(y) & (days < end)
    kept_in_order = np.flatnonzero(kept)[np.argsort(days[kept], kind="stable")]
    x, y, days, kind_of = x[kept_in_order], y[kept_in_order], days[kept_in_order], kind_of[kept_in_order]
    squares = np.column_stack([np.floor(x / edge_m), np.floor(y / edge_m)]).astype(np.int64)
    known = days < (end if area_until is None else area_until)
    area = margin_of(distinct(squares[known]), MARGIN) if cells is None else np.asarray(cells, np.int64).reshape(-1, 2)
    weights = np.ones(len(days)) if weight is None else np.asarray(weight, float)[kept_in_order]
    return History(
        kinds=order, cells=area, edge_m=float(edge_m), first=int(days[0]) if len(days) else end, end=end,
        cell=places_of(area, squares), day=days, kind=kind_of, weight=weights,
        holidays=frozenset(int(one) for one in holidays), guards=dict(guards or {}),
    )  # fmt: skip
