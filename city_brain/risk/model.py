"""The classes of risk: from how many expected cases of a cell and week each begins, and what it calls for."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from math import isfinite

import numpy as np
import numpy.typing as npt

from city_brain.errors import Fault

HORIZONS = (1, 7)
"""Days that forecasts are issued for."""
WEEK_DAYS = 7
MOST_LEAST = 1000.0
"""Expected cases of a cell and week above which a threshold is a slip of the pen."""


class RiskClass(StrEnum):
    """The four colours of risk, lowest first. Name: text key ``hazard.class.<class>``; what it calls for: ``heat.treatment.<class>``."""

    BLUE = "blue"
    """The usual rounds."""
    YELLOW = "yellow"
    """Looked at on the next round."""
    ORANGE = "orange"
    """A round of its own this week."""
    RED = "red"
    """A round every day until it is lower, and the owner of the cause is told."""


CLASSES = tuple(RiskClass)
USUAL: Mapping[RiskClass, float] = {RiskClass.YELLOW: 1.0, RiskClass.ORANGE: 3.0, RiskClass.RED: 10.0}
"""Expected cases of a cell of 250 m and week from which a class begins, unless the city has set its own: one a week, one every other day,
more than one a day. Below the first everything is blue."""


def check(leasts: Mapping[str, float]) -> dict[str, float]:
    """The thresholds of a setting, by class.

    Raises
    ------
    Fault
        A class is missing or unknown, a threshold is no positive number, or they do not rise.
    """
    if set(leasts) != set(USUAL):
        raise Fault("risk_classes", classes=", ".join(USUAL))
    values = [float(leasts[name]) for name in USUAL]
    if not all(isfinite(value) and 0 < value <= MOST_LEAST for value in values) or sorted(set(values)) != values:
        raise Fault("risk_thresholds", most=MOST_LEAST)
    return dict(zip(map(str, USUAL), values, strict=True))


def classed(expected: npt.ArrayLike, horizon_days: int, leasts: Mapping[str, float]) -> npt.NDArray[np.int64]:
    """Positions in `CLASSES` of cells by what they expect in a horizon; thresholds are of a week."""
    weekly = np.asarray(expected, float) * WEEK_DAYS / horizon_days
    return np.searchsorted([leasts[name] for name in USUAL], weekly, side="right").astype(np.int64)
