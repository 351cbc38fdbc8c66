"""Times the reads of a city, interleaved, so that a noisy machine troubles all of them alike."""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.build import city_of
from benchmarks.reads import reads
from city_brain.start import open_city


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one read took, milliseconds."""

    name: str
    goal_ms: int
    first: float
    """The first time after opening."""
    middle: float
    p95: float
    processor: float
    """Mean time of all processors together: what it costs, whoever else is on the machine."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A city of one size: what it takes, and its reads."""

    cases: int
    built_s: float | None
    opened_s: float
    picture_mb: float
    peak_mb: float
    timings: tuple[Timing, ...]


def measured(cases: int, folder: Path, repeat: int) -> Measured:
    """Build (or find) a city of so many cases and time every read `repeat` times."""
    settings, built = city_of(cases, folder)
    began = time.perf_counter()
    city = open_city(settings)
    opened = time.perf_counter() - began
    wanted = reads(cases)
    taken: dict[str, list[float]] = {read.name: [] for read in wanted}
    worked = dict.fromkeys(taken, 0.0)
    try:
        for run in range(repeat + 1):
            for read in wanted:
                began, busy = time.perf_counter(), time.process_time()
                read.ask(city, run)
                taken[read.name].append((time.perf_counter() - began) * 1000)
                worked[read.name] += (time.process_time() - busy) * 1000 if run else 0.0
    finally:
        city.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    timings = tuple(timing(read.name, read.goal_ms, taken[read.name], worked[read.name] / repeat) for read in wanted)
    return Measured(cases, built, opened, settings.picture_file.stat().st_size / 1e6, peak, timings)


def timing(name: str, goal_ms: int, taken: list[float], processor: float = 0.0) -> Timing:
    """The first time apart, and median and p95 of the others."""
    first, *warm = taken
    warm.sort()
    return Timing(name, goal_ms, first, median(warm), warm[min(len(warm) - 1, int(0.95 * len(warm)))], processor)
