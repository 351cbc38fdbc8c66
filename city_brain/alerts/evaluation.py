"""The decision of the clock: what the rules have measured and how the alerts stand in, what changes out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from city_brain.alerts.lifecycle import UNRESOLVED, State
from city_brain.alerts.model import Raised, number
from city_brain.alerts.rules import Rule

AGAIN = 1.25
"""An alert counts as seen again once so many times its highest value is reached: a value that creeps is not news."""
HOLDS = 0.8
"""What was raised goes on until the value falls below this share of its limit: one that dances around it does not chatter."""
QUIET = timedelta(hours=24)
"""What other code raises is over when nobody has raised it again for so long."""
NEAR_M = 1500.0
"""Alerts of one kind whose cells are this near each other, middle to middle on both axes, are one group."""
Row = Mapping[str, Any]


@dataclass(slots=True)
class Changes:
    """What one look at the rules changes: the payload of ``alerts.noted``."""

    raised: list[dict[str, Any]] = field(default_factory=list)
    again: list[dict[str, Any]] = field(default_factory=list)
    over: list[dict[str, Any]] = field(default_factory=list)
    woken: list[dict[str, Any]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.raised or self.again or self.over or self.woken)


def changes(measured: Iterable[Raised], standing: Sequence[Row], rules: Mapping[str, Rule], moment: datetime) -> Changes:
    """What the clock has to note.

    Parameters
    ----------
    measured : iterable of Raised
        Every place where a rule that is switched on has measured something.
    standing : sequence of mapping
        The alerts that are not over, by `alert_id`: rule, scope, place, kind, state, observed (the highest so far), threshold, last_at,
        shelved_until, group_id, cell_x, cell_y, edge_m.
    rules : mapping
        The rules in force, by name.

    Returns
    -------
    Changes
        In the order of what was measured, the greatest excess first.
    """
    known = {_key(row): row for row in standing}
    found, holding, grouped = Changes(), set[Any](), list(standing)
    for one in sorted(measured, key=lambda one: (-one.observed / rules[one.rule].limit(one.expected), one.key[:3], one.kind or "")):
        rule, row = rules[one.rule], known.get(one.key)
        if row is None:
            if rule.speaks(one.observed, one.expected):
                found.raised.append(raised(one, rule, grouped, moment))
                grouped.append(found.raised[-1])
            continue
        if one.observed >= HOLDS * row["threshold"]:
            holding.add(one.key)
        if row["state"] in UNRESOLVED and one.observed >= AGAIN * row["observed"]:
            found.again.append(again(row, one.observed))
    for key, row in known.items():
        if _is_over(row, rules, holding, key, moment):
            unresolved = row["state"] in UNRESOLVED
            found.over.append({"alert_id": row["alert_id"], "state": State.CLEARED if unresolved else row["state"]})
        elif row["state"] == State.SHELVED and row["shelved_until"] <= moment:
            found.woken.append({"alert_id": row["alert_id"], "state": State.RAISED})
    return found


def noted(one: Raised, standing: Sequence[Row], rule: Rule, moment: datetime) -> Changes:
    """What it changes that other code raises an alert: another count of the one that stands, or a new one where the limit is reached."""
    row = next((row for row in standing if _key(row) == one.key), None)
    if row is None:
        if not rule.speaks(one.observed, one.expected):
            return Changes()
        return Changes(raised=[raised(one, rule, standing, moment)])
    return Changes(again=[again(row, one.observed)])


def raised(one: Raised, rule: Rule, standing: Iterable[Row], moment: datetime) -> dict[str, Any]:
    """A new alert, in the group of the first one that is of its kind and near it."""
    alert_id = number(one, moment)
    said = {name: getattr(one, name) for name in Raised.__dataclass_fields__}
    near = next((row["group_id"] for row in standing if _is_near(one, row)), alert_id)
    return said | {
        "alert_id": alert_id, "severity": rule.severity, "unit": rule.unit, "threshold": rule.limit(one.expected), "group_id": near,
        "state": State.RAISED,
    }  # fmt: skip


def again(row: Row, observed: float) -> dict[str, Any]:
    """The same alert, seen once more."""
    return {"alert_id": row["alert_id"], "state": row["state"], "observed": observed}


def _key(row: Row) -> tuple[str, str, str, str | None]:
    return row["rule"], row["scope"], row["place"], row["kind"]


def _is_over(row: Row, rules: Mapping[str, Rule], holding: set[Any], key: Any, moment: datetime) -> bool:
    rule = rules.get(row["rule"])
    if rule is None or not rule.enabled:
        return True
    return key not in holding if rule.query else bool(row["last_at"] <= moment - QUIET)


def _is_near(one: Raised, row: Row) -> bool:
    if one.kind is None or one.kind != row["kind"]:
        return False
    here, there = _middle(one.cell_x, one.cell_y, one.edge_m), _middle(row["cell_x"], row["cell_y"], row["edge_m"])
    return here is not None and there is not None and max(abs(here[0] - there[0]), abs(here[1] - there[1])) <= NEAR_M


def _middle(cell_x: int | None, cell_y: int | None, edge_m: int | None) -> tuple[float, float] | None:
    """The middle of a cell, metres east and north of the city's centre."""
    if cell_x is None or cell_y is None or edge_m is None:
        return None
    return (cell_x + 0.5) * edge_m, (cell_y + 0.5) * edge_m
