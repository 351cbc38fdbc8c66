"""Casework in plain values: one case as it stands, a move, a report by hand, indicators. The command line and neighbours ask for these."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from city_brain import clock
from city_brain.cases import lifecycle, queries
from city_brain.cases.actions import advance
from city_brain.cases.calendars import YEARS
from city_brain.cases.lifecycle import DEPARTMENT, PHASES, PLACE, Step
from city_brain.cases.model import Look
from city_brain.cases.standing import Standing, unmet
from city_brain.errors import Fault
from city_brain.incidents import actions as incident_actions
from city_brain.incidents import by_hand
from city_brain.incidents import queries as incident_queries
from city_brain.notices import queries as notice_queries
from city_brain.roles import Actor, Role
from city_brain.storage.city import City
from city_brain.supervision import queries as supervision
from city_brain.supervision.measures import UNTOLD

_KEPT = (
    "case_id", "version", "sequence", "source", "kind", "category_kind", "category_code", "district", "address", "description",
    "lon", "lat", "urgency", "channel", "department", "first_department", "holder", "reports", "hops", "send_backs", "reworks",
    "extensions", "reopenings", "asked", "unanswered", "exempt", "self_handled", "merged_into", "rule", "outcome", "reached", "solved",
    "satisfied", "grade", "supervised",
)  # fmt: skip


def case(city: City, case_id: str) -> dict[str, Any]:
    """One case: step, state, version, holder, clocks with due times, counts, events, and what is possible now by role."""
    look = Look(clock.now())
    found = queries.case(city, look, case_id)
    stages, acts = queries.history(city, look, case_id)
    standing = Standing.of(found)
    kept = {name: found[name] for name in _KEPT}
    milestones = ("reported_at", "accepted_at", "filed_at", "dispatched_at", "handled_at", "closed_at", "called_at")
    return kept | {
        "step": standing.step, "group": PHASES[standing.step], "state": found["state"],
        "clocks": _clocks(found, standing, look.moment), "milestones": {name: _text(found[name]) for name in milestones},
        "departments": _departments(stages, found),
        "events": [_event(act) for act in acts],
        "stays": [_stay(stay) for stay in stages],
        "notices": [
            {name: _text(value) for name, value in notice.items()} for notice in notice_queries.of_case(city, look, case_id)
        ],
        "possible": possible(standing, look.moment),
    }  # fmt: skip


def possible(standing: Standing, moment: datetime) -> dict[str, list[str]]:
    """The moves that are possible now, by role."""
    found: dict[str, list[str]] = {}
    for move in lifecycle.possible(standing.step, unmet(standing, moment)):
        found.setdefault(move.role.value, []).append(move.name)
    return found


def _clocks(found: Mapping[str, Any], standing: Standing, moment: datetime) -> dict[str, Any]:
    end = standing.handled_at or standing.closed_at or moment
    case_clock = (
        "stopped" if standing.finished else "paused" if standing.left_s is not None else "running" if standing.due_at else "not_started"
    )
    return {
        "case": {
            "state": case_clock, "limit": standing.time_limit, "due_at": _text(standing.due_at), "left_s": standing.left_s,
            "overdue": standing.due_at is not None and not standing.exempt and standing.due_at < end,
            "suspended_until": _text(standing.suspended_until if standing.step is Step.SUSPENDED else None),
        },
        "step": {
            "limit": str(PLACE[standing.step].limit) if PLACE[standing.step].limit else None, "since": _text(standing.step_at),
            "due_at": _text(standing.step_due_at), "late": standing.step_due_at is not None and standing.step_due_at < moment,
        },
    }  # fmt: skip


def _departments(stages: list[dict[str, Any]], found: Mapping[str, Any]) -> list[str]:
    """The departments the case has been with, in order, each as often as it came anew."""
    stays = [*stages, {"step": found["step"], "holder": found["holder"]}]
    had = [stay["holder"] for stay in stays if PLACE[Step(stay["step"])].holder == DEPARTMENT and stay["holder"]]
    return [name for place, name in enumerate(had) if place == 0 or had[place - 1] != name]


def _event(act: Mapping[str, Any]) -> dict[str, Any]:
    names = (
        "version",
        "sequence",
        "happened_at",
        "actor",
        "move",
        "from_step",
        "to_step",
        "holder",
        "reason",
        "detail",
        "due_was",
        "due_at",
    )
    return {name: _text(act[name]) for name in names}


def _stay(stay: Mapping[str, Any]) -> dict[str, Any]:
    return {"step": stay["step"], "holder": stay["holder"], "from": _text(stay["from_at"]), "to": _text(stay["to_at"])}


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def move(city: City, case_id: str, name: str, actor: Actor, fields: Mapping[str, str], seen: int | None = None) -> dict[str, Any]:
    """Take a move as the button does. A department that is not named is the one whose case it is."""
    if actor.role is Role.DEPARTMENT and actor.department is None:
        found = queries.case(city, Look(clock.now()), case_id)
        actor = replace(actor, department=Standing.of(found).whose)
    advance(city, case_id, name, actor, fields, seen=seen)
    return case(city, case_id)


def report(city: City, said: Mapping[str, Any], actor: Actor) -> str:
    """Take in one report by hand; gives the number of its case."""
    moment = clock.now()
    zone = str((incident_queries.city(city) or {}).get("timezone") or "UTC")
    number = f"{moment.astimezone(ZoneInfo(zone)):%y%m%d%H%M%S}-{secrets.token_hex(2)}"
    return incident_actions.report(city, by_hand.source(zone), by_hand.matter(said, number, moment), actor)


def indicators(city: City, since: str | None, until: str | None, by: str | None) -> dict[str, Any]:
    """The measures of a period of days in the city's zone, both ends included: numerator, denominator, value and interval of each.
    ``untold`` names the measures that nothing recorded can tell."""
    zone = ZoneInfo(str((incident_queries.city(city) or {}).get("timezone") or "UTC"))
    now = clock.now()
    last = _day(until, zone) if until else now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    first = _day(since, zone) if since else last - timedelta(days=29)
    if last < first:
        raise Fault("period", since=first.date().isoformat(), until=last.date().isoformat())
    found = supervision.indicators(city, Look(now), first, min(last + timedelta(days=1), now) if first < now else last, by=by)
    rows = [{name: None if value != value else value for name, value in row.items()} for row in found.to_dict("records")]
    asked = {"from": first.date().isoformat(), "to": last.date().isoformat(), "by": by, "as_of": now.isoformat()}
    return asked | {"indicators": rows, "untold": list(UNTOLD)}


def _day(text: str, zone: ZoneInfo) -> datetime:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Fault("date_unreadable", value=text[:40]) from None
    if day.year not in YEARS:
        raise Fault("date_unreadable", value=text)
    return datetime.combine(day, time(), zone)
