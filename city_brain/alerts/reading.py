"""What decisions about alerts read, with the cursor of whoever decides: the rules in force, what they measure, how alerts stand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from city_brain.alerts import rules
from city_brain.alerts.model import Raised
from city_brain.alerts.rules import Rule
from city_brain.errors import NotFound
from city_brain.storage.cursor import Cursor


def in_force(cursor: Cursor) -> dict[str, Rule]:
    """The rules as the city has set them, by name."""
    return rules.in_force(cursor.rows("alerts.settings"))


def measured(cursor: Cursor, watched: Iterable[Rule], moment: datetime) -> list[Raised]:
    """What the queries of some rules find at a moment; of those that are switched off, nothing."""
    found = []
    for rule in watched:
        if rule.query is None or not rule.enabled:
            continue
        window_s = rule.window.total_seconds() if rule.window else 0.0
        rows = cursor.rows(f"alerts.{rule.query}", moment=moment, window_s=window_s, threshold=rule.threshold, unit=rule.unit)
        found += [Raised.of(rule, row) for row in rows]
    return found


def standing(cursor: Cursor, moment: datetime) -> list[dict[str, Any]]:
    """The alerts that are not over at a moment, the oldest first."""
    return cursor.rows("alerts.standing", moment=moment)


def alert(cursor: Cursor, alert_id: str, moment: datetime) -> dict[str, Any]:
    """One alert as it stands.

    Raises
    ------
    NotFound
        There is none of this number.
    """
    found = cursor.one("alerts.alert", alert_id=alert_id, moment=moment)
    if found is None:
        raise NotFound("no_alert", alert=alert_id)
    return found
