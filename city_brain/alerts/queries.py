"""Reads about alerts. Each takes the city and the moment looked at; times are UTC, coordinates WGS-84 degrees."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from city_brain.alerts import reading
from city_brain.alerts.lifecycle import UNRESOLVED
from city_brain.alerts.rules import RULE, Rule
from city_brain.analytics.intervals import wilson
from city_brain.cases.model import Look
from city_brain.errors import NotFound
from city_brain.geo.grid import LEVELS
from city_brain.storage.city import City

RECENT = timedelta(days=7)
"""For how long the desk shows what has been decided."""
JUDGED = timedelta(days=90)
"""Over how long it is measured how often a rule was right."""
UPSET = timedelta(minutes=10)
ACCEPTABLE, FLOOD = 1, 10
"""Alarms an operator can take in ten minutes: about one for good, ten are a flood (EEMUA 191; ISA-18.2)."""


def desk(city: City, look: Look, size: int = 500) -> pd.DataFrame:
    """What waits for a decision and what was raised in the last week: unanswered first, newest first within each.

    Returns
    -------
    pandas.DataFrame
        The columns of ``alert``; state, observed (the highest so far), repeats, last_at, over_at, touched_at, answered_at, shelved_until,
        judgement, reason, held_by, case_id, case_step, verdict (true, false or None), others (unresolved ones of its group).
    """
    with city.read(look.as_of) as cursor:
        return cursor.frame("alerts.desk", moment=look.moment, since=look.moment - RECENT, unresolved=list(UNRESOLVED), size=size)


def one(city: City, look: Look, alert_id: str) -> dict[str, Any]:
    """One alert, the columns of `desk` but others.

    Raises
    ------
    NotFound
        There is none of this number, or it had not been raised by then.
    """
    with city.read(look.as_of) as cursor:
        found = cursor.one("alerts.one", alert_id=alert_id, moment=look.moment)
    if found is None:
        raise NotFound("no_alert", alert=alert_id)
    return found


def history(city: City, look: Look, alert_id: str) -> list[dict[str, Any]]:
    """What happened to an alert, in order: move, state, happened_at, actor, observed, until, judgement, case_id, reason."""
    with city.read(look.as_of) as cursor:
        return cursor.rows("alerts.history", alert_id=alert_id, moment=look.moment)


def group(city: City, look: Look, alert: dict[str, Any], size: int = 6) -> list[dict[str, Any]]:
    """The other alerts of its group, newest first: alert_id, rule, severity, kind, district, state, scope, place, observed, raised_at."""
    with city.read(look.as_of) as cursor:
        return cursor.rows("alerts.group", group_id=alert["group_id"], alert_id=alert["alert_id"], moment=look.moment, size=size)


def behind(city: City, look: Look, alert: dict[str, Any], size: int = 60) -> pd.DataFrame:
    """The cases that an alert has counted, newest first; an empty frame where it counted none.

    Returns
    -------
    pandas.DataFrame
        case_id, kind, step, reported_at, district, address, lon, lat, closed_at, urgency, due_at, state (mark), all (how many there are).
    """
    if len(alert["cases"]):
        with city.read(look.as_of) as cursor:
            return cursor.frame("alerts.behind_named", cases=list(alert["cases"]), moment=look.moment, size=size)
    if alert["edge_m"] not in LEVELS or alert["kind"] is None or not alert["window_s"]:
        return pd.DataFrame()
    given = {name: alert[name] for name in ("kind", "cell_x", "cell_y")}
    since = alert["raised_at"] - timedelta(seconds=alert["window_s"])
    with city.read(look.as_of) as cursor:
        return cursor.frame(
            "alerts.behind", **given, bits=LEVELS[alert["edge_m"]], since=since, until=min(alert["last_at"], look.moment),
            moment=look.moment, size=size,
        )  # fmt: skip


def of_case(city: City, look: Look, case_id: str) -> dict[str, Any] | None:
    """The alert of which a case was made, None where there is none."""
    with city.read(look.as_of) as cursor:
        return cursor.one("alerts.of_case", case_id=case_id, moment=look.moment)


def counts(city: City, look: Look) -> dict[str, Any]:
    """How the desk stands.

    Returns
    -------
    dict
        raised (nobody has answered), loud and oldest (of them), acknowledged, shelved, lately (raised in 24 hours), answered_s (median of
        those, seconds), all, and calls (groups of alerts that called the desk in the last ten minutes).
    """
    with city.read(look.as_of) as cursor:
        found = cursor.one("alerts.counts", moment=look.moment, since=look.moment - timedelta(days=1)) or {}
        return found | {"calls": int(cursor.value("alerts.calls", since=look.moment - UPSET, moment=look.moment))}


def load(city: City, look: Look, hours: int = 24) -> pd.DataFrame:
    """How often the desk was called in each ten minutes with a call: bucket (its beginning, UTC), calls."""
    with city.read(look.as_of) as cursor:
        return cursor.frame("alerts.load", since=look.moment - timedelta(hours=hours), moment=look.moment)


def rules_in_force(city: City) -> dict[str, Rule]:
    """The rules as the city has set them now, by name, in the order of their table."""
    with city.read() as cursor:
        return reading.in_force(cursor)


def settings(city: City) -> list[dict[str, Any]]:
    """What managers have set, the last one last: rule, threshold, times, severity, enabled, set_at, set_by, reason."""
    with city.read() as cursor:
        return cursor.rows("alerts.settings")


def watches(city: City, moment: datetime) -> dict[str, bool]:
    """Whether each rule with a query has anything to look at: a forecast, a sensor that was read lately."""
    with city.read() as cursor:
        lacking = set() if cursor.value("alerts.has_forecast", moment=moment) else {"forecast"}
        if not cursor.value("alerts.sensors", moment=moment):
            lacking.add("reading")
    return {name: name not in lacking for name in RULE}


def precision(city: City, look: Look) -> pd.DataFrame:
    """How often each rule was right in the last 90 days, of the alerts whose truth is known: by judgement, or by the case made of them.

    Returns
    -------
    pandas.DataFrame
        rule, raised, judged, correct, cases (made of them), last_at, share, low, high (95 % Wilson; NaN where none is judged). One row for
        each rule of the table, in its order.
    """
    with city.read(look.as_of) as cursor:
        found = cursor.frame("alerts.precision", moment=look.moment, since=look.moment - JUDGED)
    whole = pd.DataFrame({"rule": list(RULE)}).merge(found, how="left", on="rule")
    numbers = ["raised", "judged", "correct", "cases"]
    whole[numbers] = whole[numbers].fillna(0).astype(int)
    low, high = wilson(whole["correct"], whole["judged"])
    return whole.assign(share=(whole["correct"] / whole["judged"].where(whole["judged"] > 0)), low=low, high=high)


def category(city: City, alert: dict[str, Any]) -> tuple[str, str] | None:
    """Kind and code of the category that a case made of an alert would have: that of its kind, else of its rule."""
    with city.read() as cursor:
        found = cursor.one("alerts.category", kind=alert["kind"])
    if found:
        return found["category_kind"], found["category_code"]
    usual = RULE[alert["rule"]].category if alert["rule"] in RULE else None
    kind, _, code = (usual or "").partition("-")
    return (kind, code) if code else None


def ever(city: City) -> bool:
    """Whether any alert was ever raised in this city."""
    with city.read() as cursor:
        return bool(cursor.value("alerts.ever"))


def waiting(city: City, moment: datetime, before: datetime, size: int) -> list[dict[str, Any]]:
    """Alerts raised before a moment on which nobody has decided, cleared ones too, the oldest first: alert_id, rule, state, kind, place."""
    with city.read() as cursor:
        return cursor.rows("alerts.waiting", moment=moment, before=before, unresolved=list(UNRESOLVED), size=size)
