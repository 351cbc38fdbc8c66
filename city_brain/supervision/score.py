"""The composite score (综合评价): weighted measures as points from 0 to 100, with bounds, and who may be ranked at all."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from city_brain.errors import Fault
from city_brain.supervision.measures import MEASURE

WEIGHTS: dict[str, float] = {"handled": 30, "handled_in_time": 20, "rework": 20, "waiting_late": 20, "extension": 10}
"""One city's practice (成都市金牛区): 处置率 30, 按期处置率 20, 1 − 返工率 20, 1 − 超期待处置率 20, 1 − 延期率 10. As this project defines
them, 处置率 and 超期待处置率 add up to 1, so that having handled what was due counts half."""
LEAST_CASES = 30
"""Cases below which a group is shown and not ranked."""


def check(weights: Mapping[str, float]) -> None:
    """Make sure that weights make a score.

    Raises
    ------
    Fault
        A measure is unknown or no share, a weight is negative or no number, or they are all nothing.
    """
    for measure, weight in weights.items():
        if measure not in MEASURE or MEASURE[measure].unit != "share":
            raise Fault("score_measure", measure=measure)
        if not (math.isfinite(weight) and weight >= 0):
            raise Fault("score_weight", measure=measure, weight=str(weight))
    if not sum(weights.values()) > 0:
        raise Fault("score_nothing")


def score(indicators: pd.DataFrame, weights: Mapping[str, float] | None = None) -> pd.DataFrame:
    """The composite score of each group, the best first.

    A measure that counts nothing in any group is left out, and the others make up for it by their weights. A group that lacks a measure
    which others have is scored by the rest and not ranked, nor is one with fewer than `LEAST_CASES` in any of them, nor what has no known
    group. The order goes by the lower bound: few cases, however good, do not win. The bounds add up those of the measures as if all erred
    the same way at once, which is never too narrow, whatever cases the measures have in common.

    Parameters
    ----------
    indicators : pandas.DataFrame
        As of `queries.indicators`: group, measure, denominator, value, low, high.
    weights : mapping, optional
        Weight by measure; `WEIGHTS` where not given.

    Returns
    -------
    pandas.DataFrame
        group, score, low, high (0–100), cases (the fewest that one of the measures counts), ranked. Ranked groups first.
    """
    given = {measure: weight for measure, weight in (WEIGHTS if weights is None else weights).items() if weight}
    check(given)
    counted = indicators[indicators["measure"].isin(given) & (indicators["denominator"] > 0)]
    high = counted["measure"].map(lambda key: MEASURE[key].better == "high").astype(bool)
    weight = counted["measure"].map(given).astype(float)
    counted = counted.assign(
        weight=weight, points=weight * counted["value"].where(high, 1 - counted["value"]),
        least=weight * counted["low"].where(high, 1 - counted["high"]), most=weight * counted["high"].where(high, 1 - counted["low"]),
    )  # fmt: skip
    groups = counted.groupby("group", dropna=False)
    total = groups["weight"].sum()
    found = pd.DataFrame({
        "score": 100 * groups["points"].sum() / total, "low": 100 * groups["least"].sum() / total,
        "high": 100 * groups["most"].sum() / total, "cases": groups["denominator"].min(),
        "ranked": (groups["measure"].nunique() == counted["measure"].nunique()) & (groups["denominator"].min() >= LEAST_CASES),
    }).reset_index()  # fmt: skip
    found["ranked"] &= found["group"] != ""
    return found.sort_values(["ranked", "low", "cases", "group"], ascending=[False, False, False, True], ignore_index=True)
