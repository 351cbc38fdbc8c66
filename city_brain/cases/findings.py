"""What figures say: rules that turn counts into one finding each. A finding is a key and values, never a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

ON_TIME_TARGET = 0.95
"""Share of cases to be closed in time; the line in every ranking."""
LEAST_CASES = 10
"""Cases below which a share says nothing."""
LEAST_RUN = 2
"""Hours in a row outside the usual band that make a finding; a single one must be far off."""
LEAST_CHANGE = 0.2
"""Change of a kind against the week before that stands out."""
LEAST_CHANGE_OF_DAY = 0.1
"""Change of 24 hours against what is usual that stands out."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Text ``finding.<key>`` and its values: counts, shares (float), moments (datetime), keys of districts, kinds and steps."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


def of_trend(hours: pd.DataFrame) -> Finding:
    """What the last hours say.

    Parameters
    ----------
    hours : pandas.DataFrame
        In order of time: hour (aware), reported, closed, usual, low, high (NaN where nothing is usual).

    Returns
    -------
    Finding
        Above or below the usual band since an hour, or in the longest run of hours before; else the totals against the usual ones.
    """
    reported, closed = int(hours["reported"].sum()), int(hours["closed"].sum())
    if hours["usual"].isna().any():
        return Finding("trend.nothing" if not reported + closed else "trend.no_usual", {"reported": reported, "closed": closed})
    outside = np.select([hours["reported"] > hours["high"], hours["reported"] < hours["low"]], [1, -1], 0)
    runs = [run for run in _runs(outside) if run[2] and _stands_out(hours, run)]
    if not runs:
        usual = round(float(hours["usual"].sum()))
        change = reported / usual - 1 if usual else 0.0
        far = abs(change) >= LEAST_CHANGE_OF_DAY and _by_chance_unlikely(reported, usual)
        return Finding(
            "trend.usual" if not far else "trend.more" if change > 0 else "trend.fewer",
            {"reported": reported, "usual": usual, "change": change},
        )
    running = [run for run in runs if run[1] == len(hours)]
    start, end, side = running[0] if running else max(runs, key=lambda run: run[1] - run[0])
    within = hours.iloc[start:end]
    values = {
        "since": hours["hour"].iloc[start].to_pydatetime(), "until": (hours["hour"].iloc[end - 1] + pd.Timedelta(hours=1)).to_pydatetime(),
        "reported": int(within["reported"].sum()), "usual": round(float(within["usual"].sum())),
    }  # fmt: skip
    return Finding(f"trend.{'' if running else 'was_'}{'above' if side > 0 else 'below'}", values)


def _runs(outside: np.ndarray) -> list[tuple[int, int, int]]:
    """Stretches of equal values: first place, place after the last, value."""
    if not len(outside):
        return []
    cuts = [0, *(np.flatnonzero(np.diff(outside)) + 1).tolist(), len(outside)]
    return [(start, end, int(outside[start])) for start, end in pairwise(cuts)]


def _stands_out(hours: pd.DataFrame, run: tuple[int, int, int]) -> bool:
    start, end, _ = run
    within = hours.iloc[start:end]
    times = 2 if end - start >= LEAST_RUN else 6
    return _by_chance_unlikely(float(within["reported"].sum()), float(within["usual"].sum()), times)


def _by_chance_unlikely(got: float, usual: float, times: float = 2) -> bool:
    """Whether a count is further off than chance makes it vary: so many standard deviations of a Poisson count."""
    return bool(abs(got - usual) >= times * np.sqrt(max(usual, 1)))


def ranked(districts: pd.DataFrame) -> pd.DataFrame:
    """Districts with enough cases, best share first.

    Parameters
    ----------
    districts : pandas.DataFrame
        district, cases, in_time.

    Returns
    -------
    pandas.DataFrame
        district, cases, in_time, share (0–1), below (the target).
    """
    kept = districts[districts["cases"] >= LEAST_CASES]
    share = kept["in_time"] / kept["cases"]
    return kept.assign(share=share, below=share < ON_TIME_TARGET).sort_values(
        ["share", "cases", "district"], ascending=[False, False, True], ignore_index=True
    )


def of_record(weeks: pd.DataFrame) -> Finding:
    """Which week (frame of week, reported) of the whole record had the most reports."""
    if weeks.empty:
        return Finding("record.nothing")
    busiest = weeks.loc[weeks["reported"].idxmax()]
    return Finding(
        "record.busiest",
        {"day": busiest["week"].to_pydatetime(), "reported": int(busiest["reported"]), "all": int(weeks["reported"].sum())},
    )


def of_districts(ranking: pd.DataFrame) -> Finding:
    """How many districts of a ranking miss the target, and which the most."""
    if ranking.empty:
        return Finding("districts.nothing")
    below = ranking[ranking["below"]]
    worst = ranking.iloc[-1]
    values = {"all": len(ranking), "below": len(below), "target": ON_TIME_TARGET}
    values |= {"district": worst["district"], "share": float(worst["share"])}
    if below.empty:
        return Finding("districts.all_reach", values)
    if len(below) == len(ranking):
        return Finding("districts.none_reaches", values)
    if len(below) <= 2:
        return Finding("districts.few_miss", values | {"districts": tuple(below["district"].iloc[::-1])})
    return Finding("districts.some_miss", values)


def of_kinds(kinds: pd.DataFrame) -> Finding:
    """The change that stands out most among the kinds (kind, cases, before), else which leads."""
    if kinds.empty:
        return Finding("kinds.nothing")
    cases, before = kinds["cases"].to_numpy(float), kinds["before"].to_numpy(float)
    change = np.divide(cases - before, before, out=np.zeros_like(cases), where=before >= LEAST_CASES)
    strength = np.where(np.abs(change) >= LEAST_CHANGE, np.abs(cases - before) / np.sqrt(cases + before), 0)
    place = int(strength.argmax())
    if strength[place] >= 2:
        values = {
            "kind": kinds["kind"].iloc[place],
            "change": float(change[place]),
            "cases": int(cases[place]),
            "before": int(before[place]),
        }
        return Finding("kinds.rise" if change[place] > 0 else "kinds.fall", values)
    return Finding("kinds.leads", {"kind": kinds["kind"].iloc[0], "cases": int(cases[0])})


def of_steps(steps: Mapping[str, Mapping[str, Any]]) -> Finding:
    """Where the overdue cases are, else where most cases wait. `steps`: by unfinished step, cases and overdue."""
    held = {step: row for step, row in steps.items() if row["cases"]}
    total, overdue = sum(row["cases"] for row in held.values()), sum(row["overdue"] for row in held.values())
    if not held:
        return Finding("steps.nothing")
    step = max(held, key=lambda name: (held[name]["overdue"], held[name]["cases"]))
    if len(held) == 1:
        return Finding("steps.one", {"step": step, "cases": total, "overdue": overdue})
    if overdue:
        return Finding("steps.overdue", {"step": step, "cases": held[step]["overdue"], "all": overdue})
    return Finding("steps.most", {"step": step, "cases": held[step]["cases"], "all": total})
