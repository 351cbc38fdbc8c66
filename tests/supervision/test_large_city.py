"""The metric layer in a city of millions, against the slow recount of one of its kinds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from benchmarks.build import END, city_of
from city_brain.cases.model import Look
from city_brain.settings import ROOT
from city_brain.start import open_city
from city_brain.supervision import queries
from tests.supervision.recount import counted, figures
from tests.supervision.test_indicators import told

SIZE, FOLDER = 10_000_000, ROOT / "var" / "benchmarks"


@pytest.mark.slow
@pytest.mark.skipif(not (FOLDER / f"city-{SIZE}" / "complete").exists(), reason="no large city here: python -m benchmarks builds it")
def test_ten_million_cases_are_counted_as_one_by_one() -> None:
    settings, _ = city_of(SIZE, FOLDER)
    city = open_city(settings)
    try:
        with city.read() as cursor:
            (kind,) = cursor._cursor.execute("SELECT kind FROM every_case GROUP BY kind ORDER BY count(*) LIMIT 1").fetchone()
        since = END - timedelta(days=30)
        found = counted(city, END, kind)
        for by in (None, "department", "district"):
            plain = figures(found, since, END, by)
            assert len(plain) > 10
            assert told(queries.indicators(city, Look(END), since, END, by=by, only={"kind": kind})) == plain
    finally:
        city.close()
