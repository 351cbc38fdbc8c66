"""What the figures of supervision say: rules that turn frames into one finding each. A finding is a key and values, never a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from city_brain.analytics.intervals import wilson
from city_brain.cases.findings import Finding
from city_brain.notices.rungs import RUNGS
from city_brain.supervision.measures import LATENESS_H, MEASURE
from city_brain.supervision.score import LEAST_CASES

ESCALATES_FROM = next(rung.percent for rung in RUNGS if rung.level not in ("holder", "lead"))
"""The first rung that tells somebody outside the department."""
LEAST_PASSES = 3
"""Passes of a pair below which it is not called the most."""
FAR_BEYOND = 2.0
"""How many times the usual wait is a finding of its own."""


def of_funnel(seven: pd.DataFrame) -> Finding:
    """Where clocks of steps have run out most (frame of step, cases, late, overdue: a row for each of the seven)."""
    cases, late, overdue = (int(seven[name].sum()) for name in ("cases", "late", "overdue"))
    if not cases:
        return Finding("funnel.nothing")
    if late:
        worst = seven.loc[seven["late"].idxmax()]
        return Finding("funnel.late", {"late": int(worst["late"]), "all": late, "step": worst["step"]})
    if overdue:
        worst = seven.loc[seven["overdue"].idxmax()]
        return Finding("funnel.overdue", {"overdue": int(worst["overdue"]), "all": overdue, "step": worst["step"]})
    return Finding("funnel.calm", {"cases": cases})


def of_overdue(found: pd.DataFrame) -> Finding:
    """Who has most of what is overdue, and how much is very late (frame of holder, lateness, cases)."""
    if found.empty:
        return Finding("overdue.nothing")
    totals = found.groupby("holder")["cases"].sum()
    worst = str(totals.idxmax())
    oldest = int(found.loc[found["lateness"] == len(LATENESS_H), "cases"].sum())
    values = {"department": worst, "cases": int(totals.max()), "all": int(totals.sum()), "oldest": oldest, "days": LATENESS_H[-1] // 24}
    return Finding("overdue.oldest" if oldest else "overdue.most", values)


def of_stuck(found: pd.DataFrame) -> Finding:
    """Which case waits longest against what is usual in its step (frame of kind, step, waiting_s, usual_s, ratio; the worst first)."""
    if found.empty:
        return Finding("stuck.nothing")
    first = found.iloc[0]
    values = {"kind": first["kind"], "step": first["step"], "waiting_s": float(first["waiting_s"])}
    if pd.isna(first["ratio"]):
        return Finding("stuck.longest", values)
    if first["ratio"] < FAR_BEYOND:
        return Finding("stuck.usual", values)
    return Finding("stuck.beyond", values | {"ratio": float(first["ratio"]), "usual_s": float(first["usual_s"])})


def of_notices(counts: pd.DataFrame) -> Finding:
    """How much was reminded and escalated (frame of percent, addressee, notices)."""
    above = counts["percent"] >= ESCALATES_FROM
    escalated, reminded = int(counts.loc[above, "notices"].sum()), int(counts.loc[~above, "notices"].sum())
    if not escalated + reminded:
        return Finding("notices.nothing")
    return Finding("notices.escalated" if escalated else "notices.reminded", {"escalated": escalated, "reminded": reminded})


def direction(measure: str, now: Mapping[str, Any], past: Mapping[str, Any] | None) -> str:
    """Whether a figure is better or worse than before, beyond what chance makes: intervals that do not touch. Else same, or unknown."""
    if past is None or not now["denominator"] or not past["denominator"]:
        return "unknown"
    if not (now["low"] > past["high"] or now["high"] < past["low"]):
        return "same"
    return "better" if (now["value"] > past["value"]) == (MEASURE[measure].better == "high") else "worse"


def of_changes(directions: Mapping[str, str]) -> Finding:
    """How many measures have changed clearly (direction by measure, in the order of their table)."""
    found = {name: [key for key, way in directions.items() if way == name] for name in ("better", "worse", "same")}
    known = sum(map(len, found.values()))
    if not known:
        return Finding("changes.unknown")
    values = {"all": known, "better": len(found["better"]), "worse": len(found["worse"])}
    if found["worse"]:
        return Finding("changes.worse", values | {"measure": found["worse"][0]})
    if found["better"]:
        return Finding("changes.better", values | {"measure": found["better"][0]})
    return Finding("changes.same", values)


def of_measures(figures: pd.DataFrame, directions: Mapping[str, str]) -> Finding:
    """The same, or that nothing can be counted (frame of denominator, unknown) because the data do not tell what is needed."""
    if not figures["denominator"].sum() and figures["unknown"].sum():
        return Finding("changes.uncounted", {"unknown": int(figures["unknown"].max())})
    return of_changes(directions)


def ordered(groups: pd.DataFrame, measure: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The groups of one measure: those with enough cases, the surely best first (by the bound that speaks against them), and the others.

    Parameters
    ----------
    groups : pandas.DataFrame
        group, denominator, value, low, high, unknown of one measure.
    """
    enough = groups["denominator"] >= LEAST_CASES
    by, rising = ("low", False) if MEASURE[measure].better == "high" else ("high", True)
    ranked = groups[enough].sort_values([by, "denominator", "group"], ascending=[rising, False, True], ignore_index=True)
    return ranked, groups[~enough].sort_values(["denominator", "unknown", "group"], ascending=[False, False, True], ignore_index=True)


def of_groups(ranked: pd.DataFrame, measure: str, by: str, whole: float) -> Finding:
    """Which group is clearly behind the whole: its interval lies on the bad side of it."""
    if ranked.empty:
        return Finding("groups.nothing", {"least": LEAST_CASES})
    high = MEASURE[measure].better == "high"
    behind = ranked[ranked["high"] < whole] if high else ranked[ranked["low"] > whole]
    if behind.empty:
        return Finding("groups.even", {"all": len(ranked)})
    return Finding("groups.behind", {"behind": len(behind), "all": len(ranked), "group": (by, behind["group"].iloc[-1])})


def of_passing(found: Mapping[str, Any]) -> Finding:
    """How much of what was dispatched was passed on (as of `supervision.queries.passing`)."""
    if not found["dispatched"]:
        return Finding("passing.nothing")
    return Finding(
        "passing.share",
        {"share": found["passed_on"] / found["dispatched"], "passed": found["passed_on"], "dispatched": found["dispatched"]},
    )


def of_pairs(found: pd.DataFrame) -> Finding:
    """Who passes most to whom (frame of from_department, to_department, passes, lost_s; most first)."""
    if found.empty:
        return Finding("pairs.nothing")
    first = found.iloc[0]
    passes = int(found["passes"].sum())
    if first["passes"] < LEAST_PASSES:
        return Finding("pairs.few", {"all": passes})
    values = {"first": first["from_department"], "second": first["to_department"], "passes": int(first["passes"]), "all": passes}
    return Finding("pairs.most", values | {"lost_s": float(first["lost_s"])})


def of_open_disputes(late: Sequence[bool]) -> Finding:
    """How many open disputes wait beyond the time for a ruling."""
    if not len(late):
        return Finding("disputes.nothing")
    return Finding("disputes.late" if any(late) else "disputes.in_time", {"open": len(late), "late": int(sum(late))})


def disputers(ruled: pd.DataFrame) -> pd.DataFrame:
    """Who disputes, and how often they were right: ruled (withdrawn ones are no ruling), right, withdrawn, share, low, high. Most first."""
    told = ruled.assign(
        department=ruled["department"].fillna(""),
        judged=ruled["verdict"].isin(["reassigned", "upheld"]),
        right=ruled["verdict"] == "reassigned",
        withdrawn=ruled["verdict"] == "given_in",
    )
    found = told.groupby("department", as_index=False)[["judged", "right", "withdrawn"]].sum()
    low, high = wilson(found["right"], found["judged"])
    share = np.divide(found["right"], found["judged"], out=np.full(len(found), np.nan), where=found["judged"].to_numpy() > 0)
    found = found.rename(columns={"judged": "ruled"}).assign(share=share, low=low, high=high)
    return found.sort_values(["ruled", "withdrawn", "department"], ascending=[False, False, True], ignore_index=True)


def of_disputers(found: pd.DataFrame) -> Finding:
    """Who disputes most, and how often they were right (as of `disputers`)."""
    if found.empty or not found["ruled"].sum():
        return Finding("disputers.nothing")
    first = found.iloc[0]
    return Finding("disputers.most", {"department": first["department"], "ruled": int(first["ruled"]), "right": int(first["right"])})


def of_proposals(found: pd.DataFrame) -> Finding:
    """How many changes of who is responsible the rulings propose."""
    if found.empty:
        return Finding("routing.nothing")
    return Finding("routing.proposed_one" if len(found) == 1 else "routing.proposed", {"proposals": len(found)})


def of_gaps(found: pd.DataFrame) -> Finding:
    """How much nobody owns (frame of kind, district, cases, open)."""
    return Finding("gaps.some", {"gaps": len(found), "open": int(found["open"].sum())}) if len(found) else Finding("gaps.none")


def of_effects(found: pd.DataFrame, least: int) -> Finding:
    """How many of the city's rules have fewer hops behind them than before, of those with enough cases on both sides."""
    enough = found[(found["cases_before"] >= least) & (found["cases_after"] >= least)]
    if enough.empty:
        return Finding("effects.none")
    return Finding("effects.fewer", {"fewer": int((enough["hops_after"] < enough["hops_before"]).sum()), "all": len(enough)})


def of_years(years: Sequence[int], sure: frozenset[int]) -> Finding:
    """Whether the holidays of some years are known."""
    lacking = [year for year in years if year not in sure]
    if not lacking:
        return Finding("holidays.all_known", {"first_year": str(years[0]), "last_year": str(years[-1])})
    return Finding("holidays.unknown", {"year": str(lacking[0])}) if sure else Finding("holidays.none_known")
