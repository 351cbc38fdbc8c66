"""Acts on teams become rows; every act carries what follows from it, so a replay needs no rule of then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from city_brain.dispatch.lifecycle import ENDS, Stage, State
from city_brain.record.events import Event
from city_brain.storage.cursor import Cursor
from city_brain.storage.projector import Projection

_TEAM = (
    "team_id", "name_zh", "name_en", "function", "department", "size", "home_lon", "home_lat", "skills", "shift_from", "shift_until",
    "simulated",
)  # fmt: skip
_SENT = ("assignment_id", "case_id", "team_id", "recommended", "reason", "eta_s", "distance_m", "travel")


def _entered(cursor: Cursor, events: Sequence[Event]) -> None:
    rows = [
        {name: team[name] for name in _TEAM} | {"sequence": event.sequence, "entered_at": event.happened_at}
        for event in events for team in event.payload["teams"]
    ]  # fmt: skip
    states = [_state(event, team_id, "available") for event in events for team_id in event.payload["new"]]
    cursor.run("dispatch.keep_teams", given=rows)
    if states:
        cursor.run("dispatch.keep_states", given=states)


def _state(event: Event, team_id: str, state: str, assignment_id: str | None = None, reason: str | None = None) -> dict[str, Any]:
    return {
        "team_id": team_id, "sequence": event.sequence, "since": event.happened_at, "state": state, "assignment_id": assignment_id,
        "actor": event.actor, "reason": reason,
    }  # fmt: skip


def _put(cursor: Cursor, events: Sequence[Event]) -> None:
    """States that teams were given by hand, or by the clock."""
    rows = [
        _state(event, team_id, event.payload["state"], reason=event.payload["reason"])
        for event in events for team_id in event.payload["teams"]
    ]  # fmt: skip
    cursor.run("dispatch.keep_states", given=rows)


def _located(cursor: Cursor, events: Sequence[Event]) -> None:
    rows = [
        one | {"measured_at": datetime.fromisoformat(one["measured_at"]), "sequence": event.sequence, "taken_at": event.happened_at}
        for event in events for one in event.payload["positions"]
    ]  # fmt: skip
    cursor.run("dispatch.keep_positions", given=rows)
    cursor.run("dispatch.forget_old_positions", latest=max(row["measured_at"] for row in rows))


def _assignments(cursor: Cursor, events: Sequence[Event]) -> None:
    """Sent and going on, each in its turn: an assignment may be made and end in one run of events."""
    for event in events:
        said = event.payload
        at = {"sequence": event.sequence}
        if event.kind == "team.assigned":
            row = {name: said.get(name) for name in _SENT} | at | {"assigned_at": event.happened_at, "assigned_by": event.actor}
            cursor.run("dispatch.keep_assignments", given=[row])
            cursor.run("dispatch.keep_live", given=[{name: row[name] for name in ("assignment_id", "case_id", "team_id", "assigned_by")}])
            cursor.run("dispatch.keep_states", given=[_state(event, said["team_id"], "dispatched", said["assignment_id"])])
            continue
        stage = {name: said[name] for name in ("assignment_id", "stage", "reason")}
        cursor.run("dispatch.keep_stages", given=[stage | at | {"happened_at": event.happened_at, "actor": event.actor}])
        cursor.run("dispatch.keep_states", given=[_state(event, said["team_id"], said["state"], said["assignment_id"], said["reason"])])
        if said["stage"] in ENDS:
            cursor.run("dispatch.end_live", assignments=[said["assignment_id"]])


def _served(cursor: Cursor, events: Sequence[Event]) -> None:
    """What teams have done before: no state of today follows from it."""
    every = [one | {"sequence": event.sequence, "actor": event.actor} for event in events for one in event.payload["served"]]
    rows = [
        {name: one.get(name) for name in _SENT} | {"sequence": one["sequence"], "assigned_by": one["actor"], "travel": "straight",
         "assigned_at": datetime.fromisoformat(one["assigned_at"])} for one in every
    ]  # fmt: skip
    stages = [
        {"assignment_id": one["assignment_id"], "stage": stage, "reason": None, "sequence": one["sequence"], "actor": one["actor"],
         "happened_at": datetime.fromisoformat(one[f"{stage}_at"])} for one in every for stage in ("en_route", "on_scene", "cleared")
    ]  # fmt: skip
    cursor.run("dispatch.keep_assignments", given=rows)
    cursor.run("dispatch.keep_stages", given=stages)


def _pinned(cursor: Cursor, events: Sequence[Event]) -> None:
    rows = [
        event.payload | {"sequence": event.sequence, "pinned_at": event.happened_at, "pinned_by": event.actor} for event in events
    ]  # fmt: skip
    cursor.run("dispatch.keep_pins", given=rows)


def _demo_ended(cursor: Cursor, events: Sequence[Event]) -> None:
    """After the cases have left: a team of the demo city leaves the case it was at, a team of the city's own is free of a demo case."""
    for name in ("assignments", "live", "stages", "pins", "teams", "states", "positions"):
        cursor.run(f"dispatch.forget_{name}")
    at = {"sequence": events[-1].sequence, "happened_at": events[-1].happened_at, "actor": events[-1].actor, "reason": None}
    passed = [row["assignment_id"] for row in cursor.rows("dispatch.orphans")]
    if passed:
        cursor.run("dispatch.keep_stages", given=[{"assignment_id": number, "stage": Stage.PASSED.value} | at for number in passed])
        cursor.run("dispatch.end_live", assignments=passed)
    free = [_state(events[-1], row["team_id"], State.AVAILABLE.value) for row in cursor.rows("dispatch.stranded")]
    if free:
        cursor.run("dispatch.keep_states", given=free)


PROJECTIONS = (
    Projection(frozenset({"teams.entered"}), _entered),
    Projection(frozenset({"teams.put"}), _put),
    Projection(frozenset({"teams.located"}), _located),
    Projection(frozenset({"team.assigned", "assignment.moved"}), _assignments),
    Projection(frozenset({"teams.served"}), _served),
    Projection(frozenset({"case.pinned"}), _pinned),
    Projection(frozenset({"demo.ended"}), _demo_ended),
)
