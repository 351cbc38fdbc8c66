"""The moves of a case: decided against what is now, then recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from city_brain import clock
from city_brain.cases import lifecycle
from city_brain.cases.lifecycle import Step
from city_brain.errors import Fault, NotFound, Stale
from city_brain.record.events import Draft
from city_brain.roles import Actor, refuse_in_playback
from city_brain.storage.city import Act, City
from city_brain.storage.cursor import Cursor

CLOCKS_DIFFER_S = 300
"""How far ahead of ours another clock may be, seconds."""


def advance(
    city: City,
    case_id: str,
    move: str,
    actor: Actor,
    fields: Mapping[str, str | None] | None = None,
    *,
    seen: int | None = None,
    happened_at: datetime | None = None,
) -> int:
    """Take one move with a case.

    Parameters
    ----------
    fields : mapping, optional
        What the move asks for: ``department``, ``reason``, ``outcome``.
    seen : int, optional
        The `sequence` of the case the actor looked at: if somebody was faster, the act is refused.
    happened_at : datetime, optional
        When it was done, aware; now when not given.

    Returns
    -------
    int
        Sequence of the act.

    Raises
    ------
    NotFound, Stale, NotAllowed, Fault
        There is no such case; somebody was first; the role may not; a field is missing or unknown; the time cannot be.
    """
    refuse_in_playback(actor)
    stream = f"case:{case_id}"
    given = {name: value.strip() for name, value in (fields or {}).items() if value and value.strip()}
    for name in given.keys() - set(lifecycle.FIELDS):
        raise Fault("field_unknown", field=name, move=move)

    def decide(cursor: Cursor) -> Sequence[Draft]:
        found = cursor.one("cases.unfinished", case_id=case_id) or cursor.one("cases.finished", case_id=case_id)
        if found is None:
            raise NotFound("no_case", case=case_id)
        if seen is not None and found["sequence"] != seen:
            raise _first_was(cursor, case_id, found["sequence"])
        step = Step(found["step"])
        taken = lifecycle.take(step, move, actor.role, given)
        moment = happened_at or clock.now()
        _check_time(moment, found["step_at"] if happened_at else None)
        department = given.get("department") or found["department"]
        payload = {
            "case_id": case_id, "move": taken.name, "from": step, "to": taken.target,
            "holder": lifecycle.holder(taken.target, department), "fields": given,
            "stay": {"holder": found["holder"], "from_at": found["step_at"]},
        }  # fmt: skip
        return [Draft(stream, "case.moved", moment, payload)]

    return city.record(Act(actor.signature, decide, about=stream))


def _check_time(moment: datetime, since: datetime | None) -> None:
    """A time that somebody states lies after the case came into its step, and not in the future."""
    if moment.tzinfo is None:
        return  # the record refuses it
    if (moment - clock.now()).total_seconds() > CLOCKS_DIFFER_S:
        raise Fault("time_in_future", at=moment.isoformat())
    if since is not None and moment < since:
        raise Fault("time_before_step", at=moment.isoformat(), since=since.isoformat())


def _first_was(cursor: Cursor, case_id: str, present: int) -> Stale:
    last = cursor.one("cases.last_act", case_id=case_id)
    if last is None or last["sequence"] != present:  # a file changed it
        return Stale("case_changed", case=case_id)
    return Stale("case_moved", case=case_id, actor=last["actor"], move=last["move"], at=last["happened_at"].isoformat(timespec="seconds"))
