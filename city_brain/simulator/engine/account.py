"""What a life came to, and its reports as the rows of a file that the console takes in like any other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from city_brain.incidents.catalogue import category
from city_brain.simulator.engine.life import Ended
from city_brain.simulator.kinds import KIND

QUANTILES = (0.5, 0.9)
OUTCOMES = {Ended.CLOSED: "模拟数据：已结案", Ended.MERGED: "模拟数据：已并案", Ended.REJECTED: "模拟数据：不予受理"}
"""What the file says of the end of a report."""


def account(life: pd.DataFrame) -> dict[str, Any]:
    """Counts, shares of the cases that were closed, hours to closing and minutes to the arrival at urgent ones (median and p90)."""
    cases = life[life["ended"] == Ended.CLOSED]
    urgent, hours = cases[cases["urgent"]], _seconds(cases, "reported_at", "closed_at") / 3600
    arrival = _seconds(urgent, "reported_at", "arrived_at") / 60
    return {
        "reports": len(life), "cases": len(cases),
        **{str(end): int((life["ended"] == end).sum()) for end in (Ended.MERGED, Ended.REJECTED)},
        "overdue": _share(cases["closed_at"] > cases["due_at"]), "passed_on": _share(cases["passes"] > 0),
        "reworked": _share(cases["reworks"] > 0), "extended": _share(cases["extended"] > 0),
        **{f"closing_h_p{q:.0%}".rstrip("%"): _at(hours, q) for q in QUANTILES},
        **{f"urgent_arrival_min_p{q:.0%}".rstrip("%"): _at(arrival, q) for q in QUANTILES},
    }  # fmt: skip


def rows(life: pd.DataFrame, prefix: str) -> pd.DataFrame:
    """The reports with the headers of the profile `simulated_city`: times in UTC with their zone, points in WGS-84 degrees.

    A report that was merged or rejected was closed when it was seen to be so, which the life does not tell: it has no closing.
    """
    names = {code: found.name_zh for code in life["code"].unique() if (found := category(KIND, code))}
    times = {name: life[name].dt.strftime("%Y-%m-%dT%H:%M:%SZ") for name in ("reported_at", "due_at", "closed_at")}
    return pd.DataFrame({
        "case_id": [f"{prefix}-S{number:07d}" for number in range(1, len(life) + 1)], **times,
        "status": np.where(life["ended"] == Ended.CLOSED, "结案", "作废"),
        "type": life["code"].map(names), "district": life["district"], "department": life["department"], "channel": life["channel"],
        "urgency": np.where(life["urgent"], "urgent", "normal"), "simulated": life["ended"].map(OUTCOMES),
        "longitude": life["lon"].round(6), "latitude": life["lat"].round(6),
    })  # fmt: skip


def _seconds(life: pd.DataFrame, since: str, until: str) -> pd.Series[float]:
    return (life[until] - life[since]).dt.total_seconds()


def _share(which: pd.Series[bool]) -> float | None:
    return float(which.mean()) if len(which) else None


def _at(values: pd.Series[float], quantile: float) -> float | None:
    return float(values.quantile(quantile)) if len(values) else None
