"""The benchmarks still run: a small city is built, every read answers, acts and replay work. Speed is not tested here."""

from __future__ import annotations

from pathlib import Path

from benchmarks.acts import acts
from benchmarks.build import city_of
from benchmarks.forecasts import issued
from benchmarks.measure import measured
from benchmarks.replay import replayed
from city_brain.cases import queries
from city_brain.start import open_city

CASES = 5000


def test_a_small_city(tmp_path: Path) -> None:
    found = measured(CASES, tmp_path, repeat=1)
    assert found.built_s is not None
    assert all(timing.middle > 0 for timing in found.timings)
    settings, again = city_of(CASES, tmp_path)
    assert again is None, "it is kept for the next run"
    city = open_city(settings)
    try:
        totals = queries.totals(city)
    finally:
        city.close()
    assert totals["cases"] == CASES
    assert 0 < totals["open"] < CASES / 20
    timings, rate = acts(CASES, tmp_path, repeat=1)
    assert [timing.name for timing in timings] == ["act: report", "act: advance", "act: advance beside 8 readers"]
    assert rate > 0


def test_replay(tmp_path: Path) -> None:
    assert replayed(1200, tmp_path) > 0


def test_forecasts() -> None:
    city, seconds = issued(side=12, events=3_000)
    assert (len(city.cells), len(city.day), len(city.kinds)) == (144, 3_000, 10) and seconds > 0
