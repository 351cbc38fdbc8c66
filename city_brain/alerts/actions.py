"""Acts on alerts: the clock looks at the rules, other code raises one, people decide, managers set the rules, sensors are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from math import isfinite
from typing import Any

from city_brain import clock
from city_brain.alerts import lifecycle, model, reading, rules
from city_brain.alerts.evaluation import Changes, changes, noted
from city_brain.alerts.model import Raised, Reading
from city_brain.errors import Fault
from city_brain.incidents import actions as incidents
from city_brain.incidents import by_hand
from city_brain.record.events import Draft
from city_brain.roles import Actor, Right, Role, refuse_in_playback, require
from city_brain.storage.city import Act, City
from city_brain.storage.cursor import Cursor

CLOCK = Actor("clock", Role.SYSTEM)
AHEAD_S = 300
"""How far ahead of ours the clock of a sensor may be, seconds."""


def evaluate(city: City, moment: datetime | None = None, *, past: bool = False) -> int:
    """Look at the rules once. Recorded only where something changes.

    Parameters
    ----------
    moment : datetime, optional
        Now when not given; an earlier one looks at the city as it was then.
    past : bool
        Whether the moment is over: only rules whose queries answer for past moments are asked then.

    Returns
    -------
    int
        How many alerts were raised.
    """
    at = moment or clock.now()
    with city.read() as cursor:
        if not _changed(cursor, at, past):
            return 0
    raised: list[int] = []

    def decide(cursor: Cursor) -> Sequence[Draft]:
        found = _changed(cursor, at, past)
        raised.append(len(found.raised))
        return _noted(found, at)

    city.record(Act(CLOCK.signature, decide))
    return raised[-1]


def _changed(cursor: Cursor, moment: datetime, past: bool) -> Changes:
    found = reading.in_force(cursor)
    asked = {name: rule for name, rule in found.items() if rule.past or not past}
    standing = [row for row in reading.standing(cursor, moment) if row["rule"] in asked or row["rule"] not in found]
    return changes(reading.measured(cursor, asked.values(), moment), standing, asked, moment)


def _noted(found: Changes, moment: datetime) -> Sequence[Draft]:
    return [Draft("alerts", "alerts.noted", moment, asdict(found))] if found else ()


def raise_alert(city: City, raised: Raised, *, actor: Actor = CLOCK, moment: datetime | None = None) -> int:
    """Raise an alert that a method of its own has found. One that stands already for the same rule, place and kind is counted again.

    Returns
    -------
    int
        Sequence of the act; the present one where the rule is switched off or its limit not reached, which leaves nothing.

    Raises
    ------
    NotFound, NotAllowed, Fault
        There is no such rule; people raise no alerts, they report; the value is no number.
    """
    rules.rule(raised.rule)
    if not isfinite(raised.observed):
        raise Fault("alert_value", value=str(raised.observed))
    if actor.role is not Role.SYSTEM:
        require(actor, Right.OPERATE)
    at = moment or clock.now()

    def decide(cursor: Cursor) -> Sequence[Draft]:
        rule = reading.in_force(cursor)[raised.rule]
        return _noted(noted(raised, reading.standing(cursor, at), rule, at), at) if rule.enabled else ()

    return city.record(Act(actor.signature, decide))


def advance(
    city: City, alert_id: str, move: str, actor: Actor, fields: Mapping[str, str | None] | None = None, *, moment: datetime | None = None
) -> int:
    """Take one move with an alert.

    Parameters
    ----------
    fields : mapping, optional
        What the move asks for: ``until`` (ISO 8601 with zone), ``reason``, ``judgement`` (true or false), ``case_id``.

    Returns
    -------
    int
        Sequence of the act.

    Raises
    ------
    NotFound, Stale, NotAllowed, Fault
        There is no such alert; somebody was first; the role may not; a field is missing or cannot be.
    """
    refuse_in_playback(actor)
    given = {name: value.strip() for name, value in (fields or {}).items() if value and value.strip()}
    at = moment or clock.now()

    def decide(cursor: Cursor) -> Sequence[Draft]:
        before = lifecycle.State(reading.alert(cursor, alert_id, at)["state"])
        taken = lifecycle.take(before, move, actor.role, given, at)
        payload = {"alert_id": alert_id, "move": taken.name, "from": before, "to": taken.target, "fields": given}
        return [Draft(f"alert:{alert_id}", "alert.moved", at, payload)]

    return city.record(Act(actor.signature, decide))


def make_case(city: City, alert_id: str, actor: Actor, said: Mapping[str, Any], *, department: str | None = None) -> str:
    """Turn an alert into a case: a report by hand whose source says that a rule raised it, and a link on both sides.

    Parameters
    ----------
    said : mapping
        The report, of `by_hand.FIELDS`: at least ``kind``. Where it says no place the alert's counts.
    department : str, optional
        Who is proposed to be responsible.

    Returns
    -------
    str
        Number of the case. The same alert never makes two, whoever else is at it.

    Raises
    ------
    NotFound, Stale, NotAllowed, Fault
        As `advance` and `incidents.actions.report`.
    """
    require(actor, Right.REPORT)
    refuse_in_playback(actor)
    moment = clock.now()
    with city.read() as cursor:
        found = reading.alert(cursor, alert_id, moment)
        lifecycle.take(lifecycle.State(found["state"]), "make_case", actor.role, {"case_id": "—"}, moment)
        named = cursor.one("incidents.city") or {}
    where = {name: found[name] for name in ("lon", "lat", "district") if found[name] is not None}
    told = where | dict(said) | {"channel": model.CHANNEL, "id": alert_id}
    if found["lon"] is None:
        told.setdefault("place", found["place"])
    matter = by_hand.matter(told, alert_id, moment) | {"department": department}
    source = model.source(str(named.get("timezone") or "UTC"), simulated=bool(named.get("simulated")))
    case_id = incidents.report(city, source, matter, actor, key=f"alert:{alert_id}")
    advance(city, alert_id, "make_case", actor, {"case_id": case_id})
    return case_id


def set_rule(
    city: City, name: str, actor: Actor, *, threshold: float, times: float, severity: str, enabled: bool, reason: str
) -> int:  # fmt: skip
    """Set a rule from now on: alerts that stand keep what they were raised by. Returns the sequence of the act.

    Raises
    ------
    NotAllowed, NotFound, Fault
        The role may not; there is no such rule; a value cannot be; no reason is given.
    """
    require(actor, Right.RULE)
    refuse_in_playback(actor)
    wanted = rules.checked(name, threshold=threshold, times=times, severity=severity, reason=reason)

    def decide(cursor: Cursor) -> Sequence[Draft]:
        payload = {
            "rule": name, "threshold": wanted.threshold, "times": wanted.times, "severity": wanted.severity, "enabled": enabled,
            "reason": reason.strip(),
        }  # fmt: skip
        return [Draft("alert_rules", "alert_rule.set", clock.now(), payload)]

    return city.record(Act(actor.signature, decide))


def take_readings(city: City, readings: Iterable[Reading], actor: Actor) -> int:
    """Take readings of sensors in. Returns the sequence of the act.

    Raises
    ------
    NotAllowed, Fault
        The role may not; a reading has no sensor, no unit, no number, no zone, or is of the future.
    """
    require(actor, Right.REPORT)
    taken = [_checked(one) for one in readings]

    def decide(cursor: Cursor) -> Sequence[Draft]:
        return [Draft(f"sensor:{one.sensor}", "sensor.read", one.read_at, _said(one)) for one in taken]

    return city.record(Act(actor.signature, decide))


def _checked(one: Reading) -> Reading:
    if not one.sensor.strip() or not one.unit.strip() or not isfinite(one.value):
        raise Fault("reading_incomplete", sensor=one.sensor or "—", value=str(one.value))
    if one.read_at.tzinfo is None or (one.read_at - clock.now()).total_seconds() > AHEAD_S:
        raise Fault("reading_time", sensor=one.sensor, at=one.read_at.isoformat())
    return one


def _said(one: Reading) -> dict[str, Any]:
    return {name: value for name, value in asdict(one).items() if name != "read_at"}
