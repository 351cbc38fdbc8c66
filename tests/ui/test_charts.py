"""Charts as the descriptions that the browser gets: right data, one scale, direct labels, the same colours."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from city_brain.ui import charts, wall, wall_map
from city_brain.ui.theme import DARK, LIGHT, Palette

WORDS = {name: name for name in ("reported", "closed", "usual", "low", "high", "span", "hour", "name", "share", "count", "week", "month")}


def hours(usual: float = 5.0) -> pd.DataFrame:
    at = pd.date_range("2026-11-22T00:00Z", periods=24, freq="h")
    counts = np.arange(24)
    band = {"usual": usual, "low": usual - 1, "high": usual + 1}
    return pd.DataFrame({"hour": at, "reported": counts, "closed": counts[::-1], **band, "span": "x"})


def scales(chart: dict[str, Any], channel: str) -> list[Any]:
    return [layer["encoding"][channel]["scale"] for layer in chart["layer"] if "scale" in layer["encoding"].get(channel, {})]


@pytest.mark.parametrize("colours", [DARK, LIGHT])
def test_trend_has_one_scale_and_draws_the_usual_band(colours: Palette) -> None:
    chart = charts.trend(hours(), WORDS, colours, height=200).to_dict()
    marks = [layer["mark"]["type"] for layer in chart["layer"]]
    assert marks.count("area") == 1
    assert len({str(scale) for scale in scales(chart, "x")}) == 1
    assert len({str(scale) for scale in scales(chart, "y")}) == 1
    assert chart["background"] == "transparent"


def test_trend_without_anything_usual_has_no_band() -> None:
    chart = charts.trend(hours(float("nan")), WORDS, DARK, height=200).to_dict()
    assert "area" not in [layer["mark"]["type"] for layer in chart["layer"]]
    assert "usual" not in str(chart["layer"])


def test_trend_of_nothing_still_draws() -> None:
    nothing = hours(float("nan")).assign(reported=0, closed=0)
    assert charts.trend(nothing, WORDS, DARK, height=200).to_dict()["layer"]


def test_labels_keep_apart_and_inside() -> None:
    found = charts.apart({"a": 5, "b": 5, "c": 0, "d": 100}, least=3, low=1, high=100)
    places = sorted(found.values())
    assert all(after - before >= 3 for before, after in pairwise(places))
    assert places[0] >= 1
    assert places[-1] <= 100
    assert min(found, key=lambda name: found[name]) == "c"


def rows() -> pd.DataFrame:
    return pd.DataFrame({
        "key": ["a", "b"], "name": ["A", "B"], "share": [0.97, 0.8], "below": [False, True], "value": ["97 %", "80 %"],
        "count": ["100", "50"], "cases": [100, 50], "before": [90, 0], "loud": [False, True],
    })  # fmt: skip


def test_ranking_is_in_its_order_and_marks_what_misses_the_target() -> None:
    chart = charts.ranking(rows(), WORDS, DARK, target=0.95, height=200).to_dict()
    inks = [row["ink"] for data in chart["datasets"].values() for row in data if "ink" in row]
    assert inks == [DARK.accent, DARK.overdue]
    assert all(layer["encoding"]["y"]["sort"] == ["a", "b"] for layer in chart["layer"] if "y" in layer["encoding"])
    assert len({str(scale) for scale in scales(chart, "x")}) == 1


@pytest.mark.parametrize("name", ["ranking", "bars"])
def test_a_click_gives_the_key(name: str) -> None:
    made = (
        charts.ranking(rows(), WORDS, DARK, target=0.95, height=200) if name == "ranking" else charts.bars(rows(), WORDS, DARK, height=200)
    )
    picked = [param for param in made.to_dict()["params"] if param["name"] == charts.PICKED]
    assert picked[0]["select"]["fields"] == ["key"]


def test_bars_start_at_zero() -> None:
    assert all(scale["domain"][0] == 0 for scale in scales(charts.bars(rows(), WORDS, DARK, height=200).to_dict(), "x"))


def test_the_record_marks_its_busiest_week() -> None:
    weeks = pd.DataFrame({"week": pd.date_range("2011-07-04", periods=4, freq="7D", tz="UTC"), "reported": [1, 9, 3, 4]})
    chart = charts.record(weeks, WORDS, DARK, height=200).to_dict()
    assert [len(data) for data in chart["datasets"].values() if len(data) == 1]


def test_a_sparkline_of_one_value_is_left_out() -> None:
    assert wall.sparkline([3]) == ""
    assert wall.sparkline([3, 3, 3]).startswith("<img")


def test_names_that_would_touch_are_left_out() -> None:
    lon, lat = [114.0, 114.0001, 115.0], [30.0, 30.0, 30.0]
    assert wall_map.free_of_each_other(lon, lat, ["一区", "第二区", "三区"], zoom=10, size=24) == [0, 2]
