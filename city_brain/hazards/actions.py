"""Acts on the risk register: enter, change, inspect and close hazards, set the cycles, rule on what closed cases propose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from city_brain import clock
from city_brain.errors import Fault, NotAllowed, NotFound, Stale
from city_brain.hazards import drafting, model, reading
from city_brain.hazards.model import EDITABLE, LONGEST_CYCLE, OWNERS_OWN, Inspection, Result, RiskClass, State
from city_brain.hazards.proposals import Change, Proposal
from city_brain.record.events import Draft
from city_brain.roles import GRANTED, Actor, Right, Role, require
from city_brain.storage.city import Act, City
from city_brain.storage.cursor import Cursor


@dataclass(slots=True)
class Tally:
    """What became of the rows of a list: read = entered + changed + same + refused."""

    read: int = 0
    entered: int = 0
    changed: int = 0
    same: int = 0
    refused: list[tuple[int, Fault]] = field(default_factory=list)
    """Line of the list, and why it was not taken."""


def enter(city: City, said: Mapping[str, Any], actor: Actor) -> str:
    """Enter one hazard. Gives its number, which is derived from kind, name and place where none is said.

    Raises
    ------
    NotAllowed, Fault, Stale
        The role may not; a field is missing or cannot be; the number is taken.
    """
    given = dict(said)
    number = given.setdefault("hazard_id", model.number(given))
    with city.read() as cursor:
        if cursor.rows("hazards.standing", hazard_ids=[number]):
            raise Stale("hazard_known", hazard=number)
    tally = take_in(city, [(1, given)], actor, source=given.get("source") or "by_hand")
    for _, fault in tally.refused:
        raise fault
    return str(number)


def take_in(
    city: City, rows: Sequence[tuple[int, Mapping[str, Any]]], actor: Actor, *, source: str, simulated: bool = False,
    inspected: Mapping[str, Sequence[tuple[datetime, Inspection]]] | None = None, moment: datetime | None = None,
) -> Tally:  # fmt: skip
    """Take a list of hazards in, in one act: a number that is not there is entered, one that is there takes what the list says otherwise.

    Parameters
    ----------
    rows : sequence of (line, fields)
        Fields of `model.FIELDS`; None says nothing. Degrees in WGS-84.
    source : str
        Where a row comes from that does not say it.
    inspected : mapping, optional
        Number of a hazard that is entered → inspections in order, with the moment each was recorded.
    moment : datetime, optional
        When the list was taken in; now, where nothing is said.

    Returns
    -------
    Tally
        A row that cannot be taken is refused alone. An older day of inspection never replaces a newer one, and a masked name or number that
        fits the one there says nothing.
    """
    require(actor, Right.REGISTER)
    answer: list[Tally] = []

    def decide(cursor: Cursor) -> Sequence[Draft]:
        tally, drafts = Tally(read=len(rows)), list[Draft]()
        taking = drafting.Taking(cursor, moment or clock.now(), source, simulated, [dict(row) for _, row in rows])
        for (line, _), row, where in zip(rows, taking.rows, taking.areas, strict=True):
            try:
                draft = taking.draft(line, row, where)
            except Fault as fault:
                tally.refused.append((line, fault))
                continue
            if draft is None:
                tally.same += 1
                continue
            drafts.append(draft)
            tally.entered += draft.kind == "hazard.entered"
            tally.changed += draft.kind == "hazard.changed"
            after = dict(draft.payload["after"])
            for at, inspection in (inspected or {}).get(after["hazard_id"], ()):
                after = drafting.after_inspection(after, inspection, at.astimezone(taking.zone).date(), taking.cycles)
                drafts.append(drafting.inspected(after, inspection, at, actor))
        answer.append(tally)
        return drafts

    city.record(Act(actor.signature, decide))
    return answer[-1]


def change(city: City, hazard_id: str, fields: Mapping[str, Any], actor: Actor, *, reason: str = "", seen: int | None = None) -> int:
    """Change what the register says of a hazard: fields of `model.EDITABLE`. A department changes some of its own alone.

    Raises
    ------
    NotFound, NotAllowed, Stale, Fault
        There is no such hazard; the role may not; somebody was first (`seen` is the `sequence` looked at); a field cannot be changed or be
        so; nothing is changed.
    """
    for name in fields.keys() - set(EDITABLE):
        raise Fault("hazard_fixed", field=f"hazard.{name}")

    def decide(cursor: Cursor, before: dict[str, Any], moment: datetime) -> Sequence[Draft]:
        own = actor.role is Role.DEPARTMENT and actor.department == before["department"]
        if not own or not fields.keys() <= OWNERS_OWN:
            require(actor, Right.REGISTER)
        if fields.get("state") == State.CLOSED:
            raise Fault("hazard_fixed", field="hazard.state")
        after, today = drafting.standing(before) | dict(fields), reading.today(cursor, moment)
        if "next_on" not in fields:
            after["next_on"] = drafting.next_day(before, after, reading.cycles(cursor), today)
        after |= {name: found for name, found in reading.areas(cursor, [(after["lon"], after["lat"])])[0].items() if found}
        model.check(after, today, reading.centre(cursor))
        drafting.check_department(cursor, after["department"])
        changes = drafting.changes(before, after)
        if not changes:
            raise Fault("hazard_nothing")
        return [drafting.changed(after, changes, reason, moment)]

    return _act(city, hazard_id, actor, decide, seen)


def inspect(city: City, hazard_id: str, inspection: Inspection, actor: Actor) -> int:
    """Record an inspection: the next one is counted from its day, and a missed one is made good. Returns the sequence of the act.

    Raises
    ------
    NotFound, NotAllowed, Stale, Fault
        There is no such hazard; the role may not, or it is another department's; it is closed; findings are not said; the day lies ahead,
        or before the last inspection.
    """
    require(actor, Right.INSPECT)
    if inspection.result is Result.FINDINGS and not inspection.findings.strip():
        raise Fault("hazard_missing", field="hazard.findings")

    def decide(cursor: Cursor, before: dict[str, Any], moment: datetime) -> Sequence[Draft]:
        _check_owner(actor, before)
        today = reading.today(cursor, moment)
        day = inspection.inspected_on or today
        if day > today:
            raise Fault("hazard_future", field="hazard.last_on", value=day.isoformat())
        if before["last_on"] and day < before["last_on"]:
            raise Fault("hazard_before", value=day.isoformat(), last=before["last_on"].isoformat())
        after = drafting.after_inspection(drafting.standing(before), inspection, day, reading.cycles(cursor))
        return [drafting.inspected(after, inspection, moment, actor)]

    return _act(city, hazard_id, actor, decide)


def close(city: City, hazard_id: str, reason: str, actor: Actor, *, seen: int | None = None) -> int:
    """Close a hazard (销号): it is gone, and not inspected any more. Returns the sequence of the act.

    Raises
    ------
    NotFound, NotAllowed, Stale, Fault
        There is no such hazard; the role may not; it is closed already, or somebody was first; no reason is given.
    """
    require(actor, Right.REGISTER)
    why = _reason(reason)

    def decide(cursor: Cursor, before: dict[str, Any], moment: datetime) -> Sequence[Draft]:
        after = drafting.standing(before) | {"state": State.CLOSED}
        return [Draft(f"hazard:{hazard_id}", "hazard.closed", moment, {"hazard_id": hazard_id, "reason": why, "after": after})]

    return _act(city, hazard_id, actor, decide, seen)


def set_cycles(city: City, days: Mapping[str, int], actor: Actor) -> int:
    """Say how many days lie between two inspections of each class. Every next inspection moves with it, to today at the soonest.

    Raises
    ------
    NotAllowed, Fault
        The role may not; a class is missing or unknown, a cycle impossible.
    """
    require(actor, Right.RULE)
    if set(days) != {str(name) for name in RiskClass}:
        raise Fault("hazard_cycles", classes=", ".join(RiskClass))
    for count in days.values():
        if not 1 <= count <= LONGEST_CYCLE:
            raise Fault("hazard_cycle", days=count, most=LONGEST_CYCLE)

    def decide(cursor: Cursor) -> Sequence[Draft]:
        moment, moved = clock.now(), {}
        today, present = reading.today(cursor, moment), reading.cycles(cursor)
        if present == dict(days):
            return ()
        for row in cursor.rows("hazards.in_force"):
            if present[row["risk_class"]] != days[row["risk_class"]]:
                moved[row["hazard_id"]] = model.brought_forward(row["last_on"], row["next_on"], row["risk_class"], days, today).isoformat()
        return [Draft("hazards", "hazard.cycled", moment, {"days": dict(days), "next": moved})]

    return city.record(Act(actor.signature, decide))


def disclose(city: City, hazard_ids: Sequence[str], purpose: str, actor: Actor) -> dict[str, tuple[str | None, str | None]]:
    """Name and number of whoever is responsible, unmasked: the record keeps who asked for whom, and why.

    Returns
    -------
    dict
        hazard_id → (person, phone).

    Raises
    ------
    NotAllowed, Fault
        The role may not, or it is another department's; no purpose is given.
    """
    require(actor, Right.INSPECT)
    why, found = _reason(purpose), dict[str, tuple[str | None, str | None]]()

    def decide(cursor: Cursor) -> Sequence[Draft]:
        rows, moment = cursor.rows("hazards.standing", hazard_ids=list(hazard_ids)), clock.now()
        for row in rows:
            _check_owner(actor, row)
        found.update({row["hazard_id"]: (row["person"], row["phone"]) for row in rows})
        return [
            Draft(f"hazard:{name}", "hazard.disclosed", moment, {"hazard_id": name, "purpose": why}) for name in sorted(found)
        ]  # fmt: skip

    city.record(Act(actor.signature, decide))
    return found


def propose(city: City, proposals: Sequence[Proposal], actor: Actor, *, simulated: bool) -> int:
    """Keep what closed cases propose; what has been proposed before is left out. Returns how many are new."""
    kept: list[int] = []

    def decide(cursor: Cursor) -> Sequence[Draft]:
        moment = clock.now()
        told = {one.proposal_id: one for one in proposals}
        fresh = {number: one for number, one in told.items() if not cursor.rows("hazards.proposal", proposal_id=number)}
        kept.append(len(fresh))
        return [
            Draft(f"hazard-proposal:{number}", "hazard.proposed", moment, asdict(one) | {"proposal_id": number, "simulated": simulated})
            for number, one in fresh.items()
        ]

    city.record(Act(actor.signature, decide))
    return kept[-1]


def rule(city: City, proposal_id: str, accepted: bool, reason: str, actor: Actor) -> str | None:
    """Rule on a proposal; one that is accepted changes the register in the same act. Gives the number of its hazard, None when declined.

    Raises
    ------
    NotFound, NotAllowed, Stale, Fault
        There is no such proposal; the role may not; it has been ruled on, or its hazard has gone; no reason is given.
    """
    require(actor, Right.RULE)
    why, changed = _reason(reason), list[str]()

    def decide(cursor: Cursor) -> Sequence[Draft]:
        found, moment = cursor.one("hazards.proposal", proposal_id=proposal_id), clock.now()
        if found is None:
            raise NotFound("no_hazard_proposal")
        if found["verdict"]:
            raise Stale("hazard_ruled", actor=found["ruled_by"], at=found["ruled_at"].isoformat(timespec="seconds"))
        verdict = {"proposal_id": proposal_id, "verdict": "accepted" if accepted else "declined", "reason": why}
        ruled = Draft(f"hazard-proposal:{proposal_id}", "hazard.ruled", moment, verdict)
        if not accepted:
            return [ruled]
        enters = found["change"] == Change.ENTER
        made = drafting.entered_by(cursor, found, moment) if enters else drafting.reclassed(cursor, found, why, moment)
        changed.append(made.payload["hazard_id"])
        return [ruled, made]

    city.record(Act(actor.signature, decide))
    return changed[-1] if changed else None


def raised(city: City, hazard_id: str, case_id: str, why: str, number: int, actor: Actor) -> int:
    """Link a case to the hazard that raised it: why is missed (its `number`-th time) or findings. The same once."""

    def decide(cursor: Cursor) -> Sequence[Draft]:
        if any(row["case_id"] == case_id for row in cursor.rows("hazards.links", hazard_id=hazard_id)):
            return ()
        payload = {"hazard_id": hazard_id, "case_id": case_id, "why": why, "number": number}
        return [Draft(f"hazard:{hazard_id}", "hazard.raised", clock.now(), payload)]

    return city.record(Act(actor.signature, decide, about=f"hazard:{hazard_id}"))


Decide = Callable[[Cursor, dict[str, Any], datetime], Sequence[Draft]]


def _act(city: City, hazard_id: str, actor: Actor, decide: Decide, seen: int | None = None) -> int:
    """Record an act on one hazard that is not closed and that nobody has changed since it was looked at."""

    def decided(cursor: Cursor) -> Sequence[Draft]:
        before = reading.hazard(cursor, hazard_id)
        if before["state"] == State.CLOSED:
            raise Stale("hazard_gone", hazard=hazard_id)
        if seen is not None and before["sequence"] != seen:
            raise Stale("hazard_changed", hazard=hazard_id)
        return decide(cursor, before, clock.now())

    if actor.playback:
        raise NotAllowed("playback")
    return city.record(Act(actor.signature, decided, about=f"hazard:{hazard_id}"))


def may_change(actor: Actor, hazard: Mapping[str, Any]) -> bool:
    """Whether somebody may change anything of a hazard."""
    own = actor.role is Role.DEPARTMENT and actor.department == hazard["department"]
    return (own or actor.role in GRANTED[Right.REGISTER]) and not actor.playback


def _check_owner(actor: Actor, hazard: Mapping[str, Any]) -> None:
    if actor.role is Role.DEPARTMENT and actor.department != hazard["department"]:
        raise NotAllowed("hazard_not_yours", department=hazard["department"])


def _reason(said: str) -> str:
    if not said.strip():
        raise Fault("hazard_missing", field="hazard.reason")
    return said.strip()
