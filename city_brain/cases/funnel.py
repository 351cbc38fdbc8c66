"""The seven steps with their cases: those in a place beside a step (on-site confirming, dispute, suspension) count with it."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

from city_brain.cases.lifecycle import PHASES, PLACE, PLACES, RESTS, SEVEN, Phase, Step

NOTHING: dict[str, Any] = {"cases": 0, "overdue": 0, "waiting_s": None}


def of_seven(steps: Mapping[str, Mapping[str, Any]]) -> dict[Step, dict[str, Any]]:
    """Cases, overdue and waiting_s of each of the seven steps, in their order.

    Parameters
    ----------
    steps : mapping
        By step that is not at rest: cases, overdue, waiting_s (median seconds there so far), as `queries.steps` gives them.

    Returns
    -------
    dict
        waiting_s is of the cases in the step itself: whoever is out confirming or waits for a date does not hold it up. Where there are
        none, it is that of the place beside it with the most cases.
    """
    found = {step: dict(NOTHING) for step in SEVEN}
    speaks = dict.fromkeys(SEVEN, 0.0)
    for name, row in steps.items():
        step = PLACE[Step(name)].of
        weight = inf if step == name and row["cases"] else row["cases"]
        if weight > speaks[step]:
            speaks[step], found[step]["waiting_s"] = weight, row["waiting_s"]
        found[step]["cases"] += row["cases"]
        found[step]["overdue"] += row["overdue"]
    return found


def unfinished(seven: Mapping[Step, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Those of the seven steps whose cases are unfinished: together they are the open ones."""
    return {step: row for step, row in seven.items() if PHASES[step] is not Phase.DONE}


def counted_with(step: Step) -> list[str]:
    """The steps whose cases count with one of the seven."""
    return [str(place.step) for place in PLACES if place.of is step and place.step not in RESTS]
