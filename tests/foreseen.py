"""Forecasts as the process that makes them hands them over, small enough to count by hand."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pandas as pd

from city_brain.analytics.forecast.components import PARTS
from city_brain.analytics.forecast.scores import METRICS
from city_brain.risk.actions import Issued


def cell(x: int, y: int, expected: float, *, kind: str = "", days: int = 7) -> dict[str, Any]:
    """One cell of a forecast; the plain count expects half of it."""
    parts = dict.fromkeys(PARTS, expected / len(PARTS))
    return {"horizon_days": days, "kind": kind, "cell_x": x, "cell_y": y, "expected": expected, **parts, "calendar": 1.0,
            "model": "mixture", "all_history": expected / 2}  # fmt: skip


def made(day: date, *cells: dict[str, Any]) -> Issued:
    """A forecast from a day on, of these cells."""
    rows, content = pd.DataFrame(cells), io.BytesIO()
    rows.to_parquet(content, index=False)
    choices = [_choice(int(days), str(kind), float(of["expected"].sum())) for (days, kind), of in rows.groupby(["horizon_days", "kind"])]
    chronic = [{"lon": 114.3, "lat": 30.6, "kind": "matter-01037", "events": 90}]
    return Issued(content.getvalue(), choices, chronic, day, "1", 2.5, 400, 2, {"found_by_patrol": 12})


def _choice(days: int, kind: str, expected: float) -> dict[str, Any]:
    return {
        "horizon_days": days, "kind": kind, "model": "mixture", "weight_all_history": 0.0, "weight_mixture": 1.0, "weight_boosting": 0.0,
        "windows": 3, "events": 40, "gain": 0.02, "gain_low": None, "gain_high": None, **dict.fromkeys(METRICS, 0.5),
        **{f"baseline_{name}": 0.4 for name in METRICS}, "expected": expected, "rest_expected": 0.0, "rest_all_history": 0.0,
        "rest_cells": 0, "predicted": [expected / 10] * 10, "observed": [1.0] * 10,
    }  # fmt: skip
