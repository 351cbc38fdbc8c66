"""Minor streets, generated: long quiet lines that run with and across the main roads and thin out outwards.

Evenly spaced stream lines are traced through a field of directions that the main roads give (a cross
field: a direction and its perpendicular count as one), then kept, longest first, only where no line
of the same direction is near.

Source: the idea of Jobard and Lefer 1997 (evenly spaced stream lines) and Chen et al. 2008 (streets from fields).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from city_brain.simulator.curves import Floats, smooth

if TYPE_CHECKING:
    from city_brain.simulator.geography import Town

_REACH_M = 26_000.0
_RASTER_M = 800.0
_STEP_M = 130.0
_STEPS = 30
_SEED_M = (320.0, 640.0)
"""Distance of the points lines are started from, in the core and outside."""
_CORE = 0.35
_SPACING_M = (300.0, 1_200.0)
_CLAIM_M = 110.0
_BINS = 8
"""Directions that are told apart; a line keeps those within two bins of its own away, never a crossing one."""
_SHORTEST = 1.7


@dataclass(frozen=True, slots=True)
class _Field:
    """Directions and settlement on a square raster around the centre."""

    cross: npt.NDArray[np.complex128]
    """exp(4i·angle): the same for a direction and its perpendicular."""
    settled: Floats
    """Density of settlement, 1 in the core."""

    def at(self, points: Floats) -> tuple[Floats, Floats]:
        """Angle (radians, one of four) and settlement at (n, 2) points, bilinear."""
        place = np.clip((points + _REACH_M) / _RASTER_M, 0, len(self.settled) - 1.001)
        cell = place.astype(int)
        (u, v), (i, j) = (place - cell).T, cell.T
        weights = ((1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v)
        corners = ((i, j), (i + 1, j), (i, j + 1), (i + 1, j + 1))
        cross = sum(w * self.cross[c] for w, c in zip(weights, corners, strict=True))
        settled = sum(w * self.settled[c] for w, c in zip(weights, corners, strict=True))
        return np.angle(cross) / 4, np.asarray(settled)


def minor_streets(town: Town, water: BaseGeometry) -> BaseGeometry:
    """A street mesh for the settled parts of a town.

    Parameters
    ----------
    town : Town
    water : geometry
        Where no street may run, in the town's plane of metres.

    Returns
    -------
    MultiLineString
        Metres; the same for the same town on every machine.
    """
    rng = np.random.default_rng(zlib.crc32(town.slug.encode()))
    field = _field(town, rng)
    seeds = np.concatenate([_seeds(field, rng, _SEED_M[0], (_CORE, 2.0)), _seeds(field, rng, _SEED_M[1], (_outskirts(), _CORE))])
    traces = [_traces(field, seeds, turn) for turn in (0.0, np.pi / 2)]
    lines = _spaced(field, np.concatenate([points for points, _ in traces]), np.concatenate([alive for _, alive in traces]))
    plane = town.plane
    outlines = shapely.union_all([shapely.transform(shape(one.outline), plane.metres) for one in town.districts])
    streets = np.array([shapely.linestrings(line) for line in lines], dtype=object)
    wet = shapely.buffer(water, 40.0, quad_segs=2)
    shapely.prepare([outlines, wet])
    streets = shapely.get_parts(shapely.difference(shapely.intersection(streets, outlines), wet))
    return shapely.simplify(shapely.multilinestrings(streets[shapely.length(streets) > _STEP_M * 4]), 20.0)


def _seeds(field: _Field, rng: np.random.Generator, gap_m: float, settled: tuple[float, float]) -> Floats:
    """Points to start lines from, a jittered lattice where settlement is within the bounds."""
    axis = np.arange(-_REACH_M, _REACH_M, gap_m)
    lattice = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    lattice = lattice + rng.uniform(-0.5, 0.5, lattice.shape) * gap_m
    here = field.at(lattice)[1]
    return np.asarray(lattice[(here > settled[0]) & (here <= settled[1])])


def _outskirts() -> float:
    """Settlement at which the widest spacing is reached and streets end."""
    return (_SPACING_M[0] / _SPACING_M[1]) ** 2


def _field(town: Town, rng: np.random.Generator) -> _Field:
    plane = town.plane
    axis = np.arange(-_REACH_M, _REACH_M + _RASTER_M, _RASTER_M)
    raster = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)
    cross = np.zeros(raster.shape[:2], dtype=complex)
    for line in town.lines:
        if line.kind in ("road_main", "road_ring", "river"):
            course = smooth(np.column_stack([plane.metres(np.array(line.points)[:, :2])]), line.closed, samples=2)
            run = np.diff(course, axis=0)
            middle = (course[1:] + course[:-1]) / 2
            away = ((raster[:, :, None, :] - middle) ** 2).sum(axis=-1)
            weight = np.linalg.norm(run, axis=1) / (away + 900.0**2) ** 1.5
            cross += weight @ np.exp(4j * np.arctan2(run[:, 1], run[:, 0]))
    waves = rng.normal(0, 1 / 7_000.0, (5, 2))
    bend = sum(np.sin(raster @ wave * 2 * np.pi + phase) for wave, phase in zip(waves, rng.uniform(0, 6.28, 5), strict=True))
    return _Field(cross * np.exp(4j * np.radians(2.2) * bend), _settled(town, raster))


def _settled(town: Town, raster: Floats) -> Floats:
    streets = [(street.lon, street.lat, one.share / len(one.streets)) for one in town.districts for street in one.streets]
    places = np.array(streets)
    centres, weight = town.plane.metres(places[:, :2]), places[:, 2] / places[:, 2].max()
    away = ((raster[:, :, None, :] - centres) ** 2).sum(axis=-1)
    density = np.exp(-away / (2 * 1_700.0**2)) @ (0.25 + weight)
    return np.asarray(np.minimum(density / np.quantile(density[density > 0.2], 0.96), 1.0))


def _traces(field: _Field, seeds: Floats, turn: float) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Lines through all seeds at once, shape (seeds, 2·steps + 1, 2), and where they are alive."""
    halves = []
    for way in (0.0, np.pi):
        points, heading = seeds, field.at(seeds)[0] + turn + way
        alive = np.ones(len(seeds), dtype=bool)
        walked, living = [], []
        for _ in range(_STEPS):
            angle, settled = field.at(points)
            angle = angle + np.round((heading - angle) / (np.pi / 2)) * (np.pi / 2)
            points = points + _STEP_M * np.column_stack([np.cos(angle), np.sin(angle)])
            alive = alive & (settled > _outskirts()) & (np.abs(points).max(axis=1) < _REACH_M)
            heading = angle
            walked.append(points)
            living.append(alive)
        halves.append((np.stack(walked, axis=1), np.stack(living, axis=1)))
    (ahead, ahead_alive), (back, back_alive) = halves
    points = np.concatenate([back[:, ::-1], seeds[:, None], ahead], axis=1)
    alive = np.concatenate([back_alive[:, ::-1], np.ones((len(seeds), 1), dtype=bool), ahead_alive], axis=1)
    return points, alive


def _spaced(field: _Field, traces: Floats, alive: npt.NDArray[np.bool_]) -> list[Floats]:
    """The traces, longest first, each cut to its longest stretch that is not near a kept parallel one."""
    side = int(2 * _REACH_M / _CLAIM_M) + 2
    claimed = np.zeros((_BINS, side, side), dtype=bool)
    run = np.gradient(traces, axis=1)
    angles = np.arctan2(run[..., 1], run[..., 0])
    settled = field.at(traces.reshape(-1, 2))[1].reshape(alive.shape)
    spacing = np.clip(_SPACING_M[0] / np.sqrt(np.maximum(settled, 1e-6)), *_SPACING_M)
    bins = np.floor(angles / (np.pi / _BINS)).astype(int) % _BINS
    cells = np.clip(((traces + _REACH_M) / _CLAIM_M).astype(int), 0, side - 1)
    across = np.stack([-np.sin(angles), np.cos(angles)], axis=-1)
    offsets = np.linspace(-1.0, 1.0, 23)
    kept = []
    for index in np.argsort(-alive.sum(axis=1), kind="stable"):
        free = alive[index] & ~claimed[bins[index], cells[index, :, 0], cells[index, :, 1]]
        first, last = _longest_run(free)
        if last == first or (last - first) * _STEP_M < _SHORTEST * spacing[index, first:last].min():
            continue
        part = slice(first, last)
        kept.append(traces[index, part])
        reach = spacing[index, part, None] * offsets
        strip = traces[index, part, None, :] + reach[..., None] * across[index, part, None, :]
        at = np.clip(((strip + _REACH_M) / _CLAIM_M).astype(int), 0, side - 1)
        for beside in (-2, -1, 0, 1, 2):
            claimed[(bins[index, part, None] + beside) % _BINS, at[..., 0], at[..., 1]] = True
    return kept


def _longest_run(free: npt.NDArray[np.bool_]) -> tuple[int, int]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], free, [False]]).astype(np.int8)))
    if not len(edges):
        return 0, 0
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest])
