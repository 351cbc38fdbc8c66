"""Outbreaks: what rings on the day before goes to the alert desk, once; what rang earlier does not."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from city_brain import clock
from city_brain.alerts import queries
from city_brain.cases import queries as queries_of_cases
from city_brain.cases.model import Look, Wanted
from city_brain.detection import Asked, detected
from city_brain.forecasting import desk, keeping, outbreaks
from city_brain.storage.city import City
from tests.forecasting.conftest import day_of

DAYS = 120
FIRST = pd.Timestamp("2026-01-05", tz="UTC")
DAY = date(2026, 1, 5) + timedelta(days=DAYS)


def cases(seed: int = 2) -> pd.DataFrame:
    """Twelve cases a day on 30 by 30 cells of two districts, half of them of one kind."""
    rng = np.random.default_rng(seed)
    count = 12 * DAYS
    day, x, y = rng.integers(0, DAYS, count), rng.integers(0, 30, count), rng.integers(0, 30, count)
    return _framed(day, x, y, np.where(rng.random(count) < 0.5, "matter-01037", "matter-01001"))


def _framed(day: np.ndarray, x: np.ndarray, y: np.ndarray, kind: np.ndarray | str) -> pd.DataFrame:
    district = np.where(np.asarray(x) < 15, "west", "east")
    return pd.DataFrame({
        "reported_at": FIRST + pd.to_timedelta(np.asarray(day), unit="D") + pd.Timedelta(hours=9), "cell_x": x, "cell_y": y,
        "district": district, "kind_group": "01", "kind": kind,
    })  # fmt: skip


def with_cluster(known: pd.DataFrame, day: int, size: int = 14) -> pd.DataFrame:
    """A cluster of one kind in two neighbouring cells on a day."""
    more = _framed(np.full(size, day), np.array([4, 5] * (size // 2)), np.full(size, 7), "matter-01037")
    both = pd.concat([known, more]).sort_values("reported_at", kind="stable", ignore_index=True)
    return both.assign(id=[f"C{number}" for number in range(len(both))])


def test_a_cluster_of_yesterday_rings_with_its_kind_and_place() -> None:
    found = outbreaks.rings(with_cluster(cases(), DAYS - 1), "UTC", 12.0, DAY)
    (top,) = (one for one in found if one["method"] == "scan" and one["group"] == "01")
    assert top["kind"] == "matter-01037" and top["observed"] >= 14 and top["statistic"] > top["threshold"]
    assert top["cell_x"] <= 4 < top["cell_x"] + top["edge"] and top["cell_y"] <= 7 < top["cell_y"] + top["edge"]
    (risen,) = (one for one in found if one["method"] == "ears" and one["group"] == "01")
    assert risen["district"] == "west" and risen["observed"] > 2 * risen["expected"]


def test_what_rang_earlier_or_where_nothing_happens_is_not_told() -> None:
    assert outbreaks.rings(with_cluster(cases(), DAYS - 9), "UTC", 12.0, DAY) == []
    short = with_cluster(cases(), DAYS - 1)
    assert outbreaks.rings(short[short["reported_at"] > FIRST + pd.Timedelta(days=DAYS - 20)], "UTC", 12.0, DAY) == []


def test_the_methods_share_the_budget() -> None:
    known = with_cluster(cases(), DAYS - 1)
    for budget in (2.0, 50.0):
        groups = detected(known, "UTC", Asked(budget=budget))["groups"]
        assert all({"alarms", "districts"} <= group.keys() for group in groups)
    few, many = (detected(known, "UTC", Asked(budget=budget))["groups"][0] for budget in (2.0, 50.0))
    assert len(few["districts"]) <= len(many["districts"]) and len(few["alarms"]) <= len(many["alarms"])
    assert all(one["observed"] >= 3 for one in many["districts"])


def test_what_rings_is_on_the_desk_once_and_counted_again(lively: City) -> None:
    scan = {"method": "scan", "group": "01", "kind": "matter-01037", "observed": 14, "expected": 1.2, "statistic": 22.0, "threshold": 9.0,
            "cases": [], "cell_x": -19, "cell_y": -7, "edge": 3, "from_day": "2026-05-01", "until_day": "2026-05-03"}  # fmt: skip
    ears = {"method": "ears", "group": "01", "kind": None, "observed": 40, "expected": 8.0, "statistic": 7.5, "threshold": 5.0, "cases": [],
            "district": "武昌区"}  # fmt: skip
    now = clock.now()
    for _ in range(2):
        outbreaks.raise_all(lively, [ears, scan], now)
    found = queries.desk(lively, Look(now)).set_index("rule")
    assert set(found.index) >= {"cluster", "ears"} and found.index.is_unique
    cluster = found.loc["cluster"]
    assert (cluster["edge_m"], cluster["cell_x"], cluster["cell_y"]) == (1000, -5, -2), "the cell that holds its middle"
    assert cluster["window_s"] == 3 * 86_400 and cluster["kind"] == "matter-01037" and "14 / 1.2" in cluster["note"]
    assert found.loc["ears"]["district"] == "武昌区"


def test_an_alert_names_the_cases_that_made_it_and_the_square_that_was_found(lively: City) -> None:
    known = queries_of_cases.export(lively, Look(clock.now()), Wanted(), finished=True)["case_id"].head(3).to_list()
    alarm = {"method": "scan", "group": "all", "kind": None, "observed": 14, "expected": 0.2, "statistic": 12.0, "threshold": 9.0,
             "cases": known, "cell_x": -19, "cell_y": -7, "edge": 3, "from_day": "2026-05-01", "until_day": "2026-05-03"}  # fmt: skip
    outbreaks.raise_all(lively, [alarm], clock.now())
    for _ in range(2):
        found = queries.desk(lively, Look(clock.now())).set_index("rule").loc["cluster"].to_dict()
        assert list(found["box"]) == [-19, -7, 3]
        assert sorted(queries.behind(lively, Look(clock.now()), found)["case_id"]) == sorted(known), "of whatever kinds they are"
        lively.rebuild()


def test_a_process_of_its_own_looks_at_the_city(lively: City, tmp_path: Path) -> None:
    day = day_of(lively, clock.now())
    outbreaks.request(lively, day, tmp_path, 12.0)
    known = pd.read_parquet(tmp_path / outbreaks.CASES)
    assert len(known) and (known["reported_at"].dt.tz_convert("Asia/Shanghai").dt.date < day).all(), "nothing of the day itself"
    process = keeping.start(tmp_path, keeping.OUTBREAKS)
    assert process.wait() == 0, (tmp_path / desk.LOG).read_text()
    for alarm in outbreaks.answered(tmp_path):
        assert alarm["statistic"] > alarm["threshold"]


@pytest.mark.parametrize("edge", [1, 2, 3, 5, 8, 10])
def test_a_square_of_any_size_has_a_cell_of_a_power_of_two(lively: City, edge: int) -> None:
    alarm = {"method": "scan", "group": "01", "kind": None, "observed": 9, "expected": 1.0, "statistic": 9.0, "threshold": 5.0, "cases": [],
             "cell_x": 40, "cell_y": -33, "edge": edge, "from_day": "2026-05-01", "until_day": "2026-05-01"}  # fmt: skip
    outbreaks.raise_all(lively, [alarm], clock.now())
    found = queries.desk(lively, Look(clock.now())).set_index("rule").loc["cluster"]
    side = found["edge_m"] / 250
    middle_x, middle_y = 40 + edge / 2, -33 + edge / 2
    assert found["cell_x"] * side <= middle_x <= (found["cell_x"] + 1) * side
    assert found["cell_y"] * side <= middle_y <= (found["cell_y"] + 1) * side
