from __future__ import annotations

import pandas as pd
import pytest

from city_brain.cases import findings

START = pd.Timestamp("2026-11-21T04:00Z")


def hours(reported: list[int], usual: float = 20.0) -> pd.DataFrame:
    """Hours with the same usual band around them."""
    at = pd.date_range(START, periods=len(reported), freq="h")
    return pd.DataFrame({"hour": at, "reported": reported, "closed": 0, "usual": usual, "low": usual - 5, "high": usual + 5})


@pytest.mark.parametrize(
    ("reported", "key"),
    [
        ([20] * 24, "trend.usual"),
        ([20] * 20 + [40] * 4, "trend.above"),
        ([20] * 20 + [2] * 4, "trend.below"),
        ([20] * 10 + [40] * 4 + [20] * 10, "trend.was_above"),
        ([20] * 10 + [2] * 4 + [20] * 10, "trend.was_below"),
        ([20] * 23 + [35], "trend.usual"),
        ([20] * 23 + [60], "trend.above"),
        ([24] * 24, "trend.more"),
        ([16] * 24, "trend.fewer"),
    ],
)
def test_the_trend_says_what_stands_out(reported: list[int], key: str) -> None:
    assert findings.of_trend(hours(reported)).key == key


def test_a_run_tells_since_when_and_how_many() -> None:
    found = findings.of_trend(hours([20] * 20 + [40] * 4))
    assert found.values["since"] == (START + pd.Timedelta(hours=20)).to_pydatetime()
    assert (found.values["reported"], found.values["usual"]) == (160, 80)


def test_without_earlier_weeks_nothing_is_usual() -> None:
    assert findings.of_trend(hours([3] * 24, usual=float("nan"))).key == "trend.no_usual"
    assert findings.of_trend(hours([0] * 24, usual=float("nan"))).key == "trend.nothing"


def districts(**shares: tuple[int, int]) -> pd.DataFrame:
    return pd.DataFrame([{"district": name, "in_time": good, "cases": cases} for name, (good, cases) in shares.items()])


def test_ranking_leaves_small_counts_out_and_marks_what_misses_the_target() -> None:
    found = findings.ranked(districts(a=(90, 100), b=(99, 100), tiny=(1, 9)))
    assert found["district"].tolist() == ["b", "a"]
    assert found["below"].tolist() == [False, True]


@pytest.mark.parametrize(
    ("given", "key"),
    [
        (districts(a=(99, 100), b=(96, 100)), "districts.all_reach"),
        (districts(a=(90, 100), b=(80, 100)), "districts.none_reaches"),
        (districts(a=(99, 100), b=(80, 100), c=(97, 100)), "districts.few_miss"),
        (districts(a=(99, 100), b=(80, 100), c=(70, 100), d=(60, 100)), "districts.some_miss"),
        (districts(a=(1, 2)), "districts.nothing"),
    ],
)
def test_districts_say_who_misses_the_target(given: pd.DataFrame, key: str) -> None:
    assert findings.of_districts(findings.ranked(given)).key == key


def kinds(*rows: tuple[str, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["kind", "cases", "before"])


def test_kinds_tell_the_strongest_change_or_who_leads() -> None:
    assert findings.of_kinds(kinds(("road", 300, 290), ("lamp", 90, 40))).values["kind"] == "lamp"
    assert findings.of_kinds(kinds(("road", 300, 290), ("lamp", 20, 90))).key == "kinds.fall"
    assert findings.of_kinds(kinds(("road", 300, 290), ("lamp", 90, 88))).key == "kinds.leads"
    assert findings.of_kinds(kinds(("road", 300, 0))).key == "kinds.leads"
    assert findings.of_kinds(kinds()).key == "kinds.nothing"


def test_steps_tell_where_the_overdue_cases_are() -> None:
    steps = {"handle": {"cases": 80, "overdue": 5}, "verify": {"cases": 10, "overdue": 9}}
    assert findings.of_steps(steps).values == {"step": "verify", "cases": 9, "all": 14}
    assert findings.of_steps({"handle": {"cases": 80, "overdue": 5}}).key == "steps.one"
    assert findings.of_steps({"handle": {"cases": 8, "overdue": 0}, "file": {"cases": 1, "overdue": 0}}).key == "steps.most"
    assert findings.of_steps({}).key == "steps.nothing"


def test_the_record_tells_its_busiest_week() -> None:
    weeks = pd.DataFrame({"week": pd.to_datetime(["2011-08-15", "2011-08-22"], utc=True), "reported": [5, 9]})
    assert findings.of_record(weeks).values["all"] == 14
    assert findings.of_record(weeks.iloc[:0]).key == "record.nothing"
