"""Acts of dispatch: teams are entered, placed and sent, what becomes of it is noted, a case is pinned to the top of the queue."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from city_brain import clock
from city_brain.cases import actions as cases
from city_brain.cases import reading as case_reading
from city_brain.cases.lifecycle import Step
from city_brain.dispatch import lifecycle, model, reading
from city_brain.dispatch.lifecycle import BUSY, BY_HAND, DESK, FREE, Stage, State
from city_brain.dispatch.model import Position, Served, Team
from city_brain.errors import Fault, NotAllowed, NotFound, Stale
from city_brain.record.events import Draft
from city_brain.roles import Actor, Right, Role, refuse_in_playback, require
from city_brain.storage.city import Act, City
from city_brain.storage.cursor import Cursor

OPEN = (Step.DISPATCH, Step.HANDLE)
"""Steps of a case to which a team can be sent."""


def enter(city: City, teams: Iterable[Team], actor: Actor) -> int:
    """Enter teams, or change those that are there; new ones are available. Gives how many are new.

    Raises
    ------
    NotAllowed, Fault
        The role may not; a department is not known; a number is there twice.
    """
    require(actor, Right.TEAMS)
    said, new = [asdict(team) for team in teams], list[str]()
    numbers = [team["team_id"] for team in said]
    if len(set(numbers)) < len(numbers):
        raise Fault("team_twice", team=next(number for number in numbers if numbers.count(number) > 1))

    def decide(cursor: Cursor) -> Sequence[Draft]:
        moment = clock.now()
        for department in {team["department"] for team in said}:
            if not cursor.value("incidents.has_department", department=department):
                raise Fault("no_department", department=department)
        new[:] = [number for number in numbers if cursor.one("dispatch.team", team_id=number, moment=moment) is None]
        return [Draft("teams", "teams.entered", moment, {"teams": said, "new": new})] if said else ()

    city.record(Act(actor.signature, decide))
    return len(new)


def locate(city: City, positions: Iterable[Position], actor: Actor) -> int:
    """Take positions in, all or none: an older one than is known is left out. Gives how many were new.

    Raises
    ------
    NotAllowed, NotFound, Fault
        The role may not; a team is not known; a place is none on earth; a time has no zone or lies ahead; there are too many.
    """
    require(actor, Right.TEAMS)
    given = list(positions)
    if len(given) > model.MOST_POSITIONS:
        raise Fault("positions_many", most=model.MOST_POSITIONS)
    now, taken = clock.now(), list[dict[str, Any]]()
    for one in given:
        model.check_place(one.team_id, one.lon, one.lat)
        if one.measured_at.tzinfo is None or one.measured_at - now > model.AHEAD:
            raise Fault("position_time", team=one.team_id, at=one.measured_at.isoformat())

    def decide(cursor: Cursor) -> Sequence[Draft]:
        known = {number: reading.team(cursor, number, now)["located_at"] for number in {one.team_id for one in given}}
        fresh = [one for one in given if known[one.team_id] is None or one.measured_at > known[one.team_id]]
        taken[:] = [asdict(one) | {"measured_at": one.measured_at.isoformat()} for one in fresh]
        return [Draft("teams", "teams.located", now, {"positions": taken})] if taken else ()

    city.record(Act(actor.signature, decide))
    return len(taken)


def remember(city: City, served: Iterable[Served], actor: Actor) -> int:
    """Take in what teams have done before, all or none: the history of another system, or of a demo city. Gives how many cases that were.

    Raises
    ------
    NotAllowed, NotFound, Fault
        The role may not; a team or a case is not known; times are in another order, have no zone, or lie ahead.
    """
    require(actor, Right.TEAMS)
    now, rows = clock.now(), [asdict(one) for one in served]
    for row in rows:
        moments = [row[name] for name in model.MOMENTS]
        if any(at.tzinfo is None for at in moments) or [*moments, now] != sorted([*moments, now]):
            raise Fault("served_times", team=row["team_id"], case=row["case_id"])

    def decide(cursor: Cursor) -> Sequence[Draft]:
        for row in cursor.rows("dispatch.unknown", teams=[row["team_id"] for row in rows], cases=[row["case_id"] for row in rows]):
            raise NotFound("no_team" if row["what"] == "team" else "no_case", **{row["what"]: row["number"]})
        told = [
            row | {name: row[name].isoformat() for name in model.MOMENTS}
            | {"assignment_id": _number(row["team_id"], row["case_id"], row["assigned_at"])} for row in rows
        ]  # fmt: skip
        return [Draft("teams", "teams.served", now, {"served": told})] if told else ()

    city.record(Act(actor.signature, decide))
    return len(rows)


def _number(team_id: str, case_id: str, moment: datetime) -> str:
    """Of an assignment."""
    return hashlib.sha256(f"{team_id}|{case_id}|{moment.isoformat()}".encode()).hexdigest()[:12]


def assign(
    city: City, case_id: str, team_id: str, actor: Actor, *, recommended: str | None = None, reason: str | None = None,
    eta_s: float | None = None, distance_m: float | None = None, travel: str = "straight", seen: int | None = None,
    same_checked: bool = False, alone: bool = False,
) -> str:  # fmt: skip
    """Send a team to a case. A case that is still to be dispatched goes to the team's department in the same act.

    Parameters
    ----------
    recommended : str, optional
        The team that was proposed; sending another one needs a reason.
    seen : int, optional
        The `sequence` of the case the actor looked at.
    same_checked : bool
        Whether somebody has looked if it is the same matter as a case that a team is at.
    alone : bool
        Whether the actor looked at a case to which nobody was sent: then no reason, given for something else, sends a second team.

    Returns
    -------
    str
        Number of the assignment.

    Raises
    ------
    NotFound, NotAllowed, Stale, Fault
        There is no such case or team; the role may not; the team is at another case, off duty, or the case is past that; it may be the same
        matter as another one; a reason is missing, for another team than the proposed one or for a second team.
    """
    _desk(actor)
    overrules = recommended is not None and recommended != team_id
    if overrules and not (reason or "").strip():
        raise Fault("overrule_reason", recommended=recommended)
    made: list[str] = []

    def decide(cursor: Cursor) -> Sequence[Draft]:
        moment = clock.now()
        team, case = _free(cursor, team_id, moment), case_reading.case(cursor, case_id)
        if case["step"] not in OPEN:
            raise Stale("case_past_dispatch", case=case_id, step=case["step"])
        if not same_checked:
            _check_same(cursor, case_id)
        for other in reading.sent_to(cursor, case_id):
            if alone:
                raise Stale("case_served", team=other["team_id"], case=case_id)
            if not (reason or "").strip():
                raise Fault("second_team", team=other["team_id"], case=case_id)
        move = _sent_on(cursor, case, team, actor, seen)
        made.append(_number(team_id, case_id, moment))
        payload = {
            "assignment_id": made[-1], "case_id": case_id, "team_id": team_id, "recommended": recommended,
            "reason": (reason or "").strip() or None, "eta_s": eta_s, "distance_m": distance_m, "travel": travel,
        }  # fmt: skip
        return [*move, Draft(f"team:{team_id}", "team.assigned", moment, payload)]

    city.record(Act(actor.signature, decide))
    return made[-1]


def _free(cursor: Cursor, team_id: str, moment: datetime) -> dict[str, Any]:
    """The team, if it can be sent: whoever comes second is told who was first."""
    team, there = reading.team(cursor, team_id, moment), reading.live(cursor, team_id)
    if there is not None:
        raise Stale("team_taken", team=team_id, case=there["case_id"], by=there["assigned_by"])
    if team["state"] not in FREE:
        raise Fault("team_not_free", team=team_id, team_state=team["state"])
    return team


def _check_same(cursor: Cursor, case_id: str) -> None:
    for other in reading.alike(cursor, case_id, model.SAME_M, model.SAME_WITHIN.total_seconds()):
        if other["team_id"] is not None:
            raise Fault("same_matter", case=other["case_id"], team=other["team_id"], metres=round(other["distance_m"]))


def _sent_on(cursor: Cursor, case: Mapping[str, Any], team: Mapping[str, Any], actor: Actor, seen: int | None) -> Sequence[Draft]:
    """The move to the team's department, where the case still waits for one."""
    if seen is not None and seen != case["sequence"]:
        raise Stale("case_moved_on", case=case["case_id"], step=case["step"])
    if case["step"] != Step.DISPATCH:
        return ()
    return cases.drafted(cursor, case["case_id"], "dispatch", actor, {"department": team["department"]})


def advance(city: City, assignment_id: str, stage: str, actor: Actor, *, reason: str | None = None, moment: datetime | None = None) -> int:
    """Say how an assignment goes on: en_route, on_scene, cleared, recalled (with a reason). Gives the sequence of the act.

    Raises
    ------
    NotFound, NotAllowed, Stale, Fault
        There is no such assignment or stage; the role or the department may not; it is over or further; a reason is missing.
    """
    refuse_in_playback(actor)
    at = moment or clock.now()

    def decide(cursor: Cursor) -> Sequence[Draft]:
        found = reading.assignment(cursor, assignment_id, at)
        if found["ended"] is not None:
            raise Stale("assignment_over", stage=found["ended"], assignment=assignment_id)
        team = reading.team(cursor, found["team_id"], at)
        step = lifecycle.take(stage, State(team["state"]), actor.role, reason)
        if actor.role is Role.DEPARTMENT and actor.department != team["department"]:
            raise NotAllowed("dispatch_role", role=actor.role)
        return [_moved(found, step.stage, step.target, reason, at)]

    return city.record(Act(actor.signature, decide))


def _moved(assignment: Mapping[str, Any], stage: Stage, target: State, reason: str | None, at: datetime) -> Draft:
    payload = {
        "assignment_id": assignment["assignment_id"], "team_id": assignment["team_id"], "case_id": assignment["case_id"], "stage": stage,
        "state": target, "reason": (reason or "").strip() or None,
    }  # fmt: skip
    return Draft(f"team:{assignment['team_id']}", "assignment.moved", at, payload)


def put(city: City, teams: Sequence[str], state: str, actor: Actor, *, reason: str | None = None, moment: datetime | None = None) -> int:
    """Put teams on duty, off duty or out of service. Teams at a case stay there: recall them first. Gives the sequence of the act.

    Raises
    ------
    NotAllowed, NotFound, Stale, Fault
        The role may not; a team is not known or at a case; the state is given by assignments alone.
    """
    refuse_in_playback(actor)
    if state not in BY_HAND:
        raise NotFound("no_team_state", team_state=state)
    at = moment or clock.now()

    def decide(cursor: Cursor) -> Sequence[Draft]:
        changing = []
        for number in teams:
            team = reading.team(cursor, number, at)
            if actor.role not in DESK and not (actor.role is Role.DEPARTMENT and actor.department == team["department"]):
                raise NotAllowed("dispatch_role", role=actor.role)
            if team["state"] in BUSY:
                there = reading.live(cursor, number) or {"case_id": "—", "assigned_by": "—"}
                raise Stale("team_taken", team=number, case=there["case_id"], by=there["assigned_by"])
            if team["state"] != state:
                changing.append(number)
        payload = {"teams": changing, "state": state, "reason": (reason or "").strip() or None}
        return [Draft("teams", "teams.put", at, payload)] if changing else ()

    return city.record(Act(actor.signature, decide))


def pin(city: City, case_id: str, actor: Actor, *, reason: str, pinned: bool = True) -> int:
    """Pin a case to the top of the queue, or let it go. Gives the sequence of the act.

    Raises
    ------
    NotFound, NotAllowed, Fault
        There is no such case; the role may not; no reason is given.
    """
    _desk(actor)
    if pinned and not reason.strip():
        raise Fault("dispatch_reason")

    def decide(cursor: Cursor) -> Sequence[Draft]:
        case_reading.case(cursor, case_id)
        payload = {"case_id": case_id, "pinned": pinned, "reason": reason.strip() or None}
        return [Draft(f"pin:{case_id}", "case.pinned", clock.now(), payload)]

    return city.record(Act(actor.signature, decide))


def _desk(actor: Actor) -> None:
    refuse_in_playback(actor)
    if actor.role not in DESK:
        raise NotAllowed("dispatch_role", role=actor.role)
