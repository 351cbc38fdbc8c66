"""Square cells and their neighbours, by integer arithmetic."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SPAN = 1 << 31
WIDE_CELLS = 7
"""How far the widest ring reaches, in cells."""


def _keys(squares: Ints) -> Ints:
    return np.asarray(squares[:, 0] * _SPAN + squares[:, 1], np.int64)


def distinct(squares: Ints) -> Ints:
    """Different cells, sorted by column and row."""
    return np.asarray(np.unique(squares, axis=0), np.int64).reshape(-1, 2)


def margin_of(cells: Ints, rings: int) -> Ints:
    """The cells and so many rings of cells around them."""
    steps = np.array(list(product(range(-rings, rings + 1), repeat=2)), np.int64)
    return distinct((cells[:, None] + steps[None]).reshape(-1, 2))


def places_of(cells: Ints, squares: Ints) -> Ints:
    """Position of each square among the cells, -1 where it is none of them."""
    if not len(cells):
        return np.full(len(squares), -1, np.int64)
    keys, wanted = _keys(cells), _keys(squares)
    order = np.argsort(keys)
    found = order[np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)]
    return np.where(keys[found] == wanted, found, -1)


@dataclass(frozen=True, slots=True)
class Ring:
    """Where the events of a cell are spread to: its neighbours at some distance, within the served area."""

    spread: sparse.csr_matrix
    """(cells, cells): the share of the events of the column's cell that the row's cell is given. Columns sum to `kept`."""
    kept: Floats
    """1 for a cell that has such neighbours, else 0, (cells,)."""


def ring(cells: Ints, nearest: float, furthest: float, scale: float) -> Ring:
    """Neighbours at a distance (in cells, between centres) above `nearest` up to `furthest`, weighted exp(−½ (distance / `scale`)²)."""
    reach = int(furthest)
    target, origin, weight = [], [], []
    here = np.arange(len(cells))
    for step in product(range(-reach, reach + 1), repeat=2):
        distance = math.hypot(*step)
        if nearest < distance <= furthest:
            there = places_of(cells, cells + np.array(step))
            inside = there >= 0
            target.append(there[inside])
            origin.append(here[inside])
            weight.append(np.full(int(inside.sum()), np.exp(-0.5 * (distance / scale) ** 2)))
    shape = (len(cells), len(cells))
    links = sparse.csr_matrix((np.concatenate(weight), (np.concatenate(target), np.concatenate(origin))), shape=shape)
    given = np.asarray(links.sum(axis=0)).ravel()
    share = np.divide(1.0, given, out=np.zeros_like(given), where=given > 0)
    return Ring(sparse.csr_matrix(links @ sparse.diags(share)), (given > 0).astype(float))


def rings(cells: Ints) -> tuple[Ring, Ring, Ring]:
    """The eight cells around; those two cells away; the further surroundings."""
    return ring(cells, 0, 1.5, 1.0), ring(cells, 1.5, 2.9, 2.0), ring(cells, 2.9, WIDE_CELLS, 3.0)
