"""The composite score: weights, bounds, and who may be ranked."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from city_brain.errors import Fault
from city_brain.supervision import figures
from city_brain.supervision.measures import COUNT, MEASURE, MEASURES
from city_brain.supervision.score import WEIGHTS, check, score


def indicators(groups: dict[str, dict[str, tuple[int, int]]]) -> pd.DataFrame:
    """Figures of groups: measure → numerator and denominator."""
    found = []
    for group, counts in groups.items():
        for measure, (numerator, denominator) in counts.items():
            columns = {MEASURE[measure].numerator: numerator, MEASURE[measure].denominator: denominator}
            sums = pd.DataFrame({COUNT[key].column: [columns.get(key, 0)] for key in (*columns, MEASURE[measure].unknown) if key})
            found.append(figures.figures(sums.assign(group=group), [MEASURE[measure]]))
    return pd.concat(found, ignore_index=True)


def alike(share: float, cases: int) -> dict[str, tuple[int, int]]:
    good = round(share * cases)
    return {measure: (good if MEASURE[measure].better == "high" else cases - good, cases) for measure in WEIGHTS}


def test_the_usual_weights_are_a_hundred_points() -> None:
    check(WEIGHTS)
    assert sum(WEIGHTS.values()) == 100


def test_points_are_those_of_one_citys_table() -> None:
    """处置率 90 %, 按期处置率 80 %, 返工率 5 %, 超期待处置率 10 %, 延期率 20 %: 27 + 16 + 19 + 18 + 8."""
    found = score(indicators({"a": {
        "handled": (90, 100), "handled_in_time": (80, 100), "rework": (5, 100), "waiting_late": (10, 100), "extension": (20, 100),
    }}))  # fmt: skip
    assert found.loc[0, "score"] == pytest.approx(88)
    assert found.loc[0, "low"] < 88 < found.loc[0, "high"]
    assert found.columns.to_list() == ["group", "score", "low", "high", "cases", "ranked"]


def test_bounds_of_measures_that_say_the_same_are_theirs() -> None:
    """If all measures err alike, so does the score: its bounds are those of one of them."""
    frame = indicators({"a": alike(0.8, 50)})
    found = score(frame).iloc[0]
    one = frame[frame["measure"] == "handled"].iloc[0]
    assert (found["low"], found["high"]) == pytest.approx((100 * one["low"], 100 * one["high"]))


def test_few_cases_never_win() -> None:
    found = score(indicators({"many": alike(0.95, 400), "few": alike(1, 29), "some": alike(0.97, 31), "poor": alike(0.5, 400)}))
    assert found["group"].to_list() == ["many", "some", "poor", "few"]
    assert found["ranked"].to_list() == [True, True, True, False]
    assert found["cases"].to_list() == [400, 31, 400, 29]


def test_who_lacks_a_measure_is_not_ranked() -> None:
    whole = alike(0.9, 100)
    lacking = {measure: counts for measure, counts in whole.items() if measure != "rework"} | {"rework": (0, 0)}
    found = score(indicators({"lacking": lacking, "whole": whole, "": whole})).set_index("group")
    assert found["ranked"].to_dict() == {"whole": True, "lacking": False, "": False}
    assert found.loc["lacking", "score"] == pytest.approx(90), "scored by the rest"


def test_what_nobody_has_is_left_out_for_all() -> None:
    counts = {measure: counts for measure, counts in alike(0.9, 100).items() if measure not in ("rework", "extension")}
    found = score(indicators({"a": counts, "b": counts}))
    assert found["ranked"].all() and found["score"].to_list() == pytest.approx([90, 90])


def test_weights_can_be_others() -> None:
    frame = indicators({"a": {"satisfied": (40, 50), "repeat": (10, 100)}, "b": {"satisfied": (45, 50), "repeat": (40, 100)}})
    by_people = score(frame, {"satisfied": 3, "repeat": 1, "handled": 0}).set_index("group")["score"]
    assert by_people.to_dict() == pytest.approx({"a": 100 * (3 * 0.8 + 0.9) / 4, "b": 100 * (3 * 0.9 + 0.6) / 4})


def test_the_whole_has_a_score() -> None:
    found = score(indicators({"a": alike(0.9, 100)}).assign(group=None))
    assert found["score"].to_list() == pytest.approx([90]) and len(found) == 1


def test_nothing_gives_nothing() -> None:
    assert score(indicators({"a": {"handled": (0, 0)}})).empty


@pytest.mark.parametrize(
    ("weights", "key"),
    [({"colour": 1}, "score_measure"), ({"hops": 1}, "score_measure"), ({"handled": -1, "closed": 3}, "score_weight"),
     ({"handled": math.nan}, "score_weight"), ({"handled": math.inf}, "score_weight"), ({}, "score_nothing"),
     ({"handled": 0}, "score_nothing")],
)  # fmt: skip
def test_weights_that_make_no_score(weights: dict[str, float], key: str) -> None:
    with pytest.raises(Fault) as refused:
        check(weights)
    assert refused.value.key == key


def test_every_measure_names_counts_that_exist() -> None:
    for measure in MEASURES:
        assert measure.numerator in COUNT and measure.denominator in COUNT
        assert (measure.unit == "mean") == (measure.squares is not None)
