"""What the city's clock does with the register: a missed inspection raises its case, closed cases become proposals."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from city_brain import clock
from city_brain.cases import reading as cases
from city_brain.cases.actions import advance
from city_brain.cases.lifecycle import Step
from city_brain.errors import Fault
from city_brain.hazards import actions, reading
from city_brain.hazards.model import MATCHED_M, SORT, HazardKind, Inspection, Result
from city_brain.hazards.proposals import LOOKED_BACK, Proposal, of_hazard, of_places
from city_brain.incidents import by_hand
from city_brain.incidents.actions import report
from city_brain.incidents.catalogue import Kind
from city_brain.incidents.model import Source
from city_brain.roles import Actor, Role
from city_brain.storage.city import City
from city_brain.text import LANGUAGES, Text

CLOCK = Actor("clock", Role.SYSTEM)
MOST = 10
"""Cases raised in one round, at most: people never wait behind them."""
MOST_PROPOSED = 12
"""Proposals of one look, at most, and new hazards that wait for a ruling at a time: those with most cases first."""
WAY = {Step.COLLECT: ("accept", Role.WATCH_OFFICER), Step.FILE: ("file", Role.WATCH_OFFICER), Step.DISPATCH: ("dispatch", Role.DISPATCHER)}
"""How a case of the register comes to the owner: by step the move, and whose it is."""
LOG = logging.getLogger("city_brain")


def raise_missed(city: City, moment: datetime | None = None) -> int:
    """Raise the cases of inspections whose day has passed: one for each that was missed, sent to the owner. Returns how many.

    A round that was cut short is taken up by the next: the same missed inspection makes the same case.
    """
    with city.read() as cursor:
        day = reading.today(cursor, moment or clock.now())
        missed = cursor.rows("hazards.missed", today=day, size=MOST)
    for hazard in missed:
        raise_case(city, hazard, "missed", {"day": hazard["next_on"].isoformat()})
    return len(missed)


def inspect(city: City, hazard_id: str, inspection: Inspection, actor: Actor, *, raises: bool = False) -> str | None:
    """Record an inspection and what follows: the case of a missed one is handled, and findings become a case where that is wanted.

    Returns
    -------
    str or None
        The case of the findings.

    Raises
    ------
    As `actions.inspect`.
    """
    with city.read() as cursor:
        waiting = [row["case_id"] for row in cursor.rows("hazards.waiting_links", hazard_id=hazard_id)]
    actions.inspect(city, hazard_id, inspection, actor)
    with city.read() as cursor:
        hazard = reading.hazard(cursor, hazard_id)
    for case_id in waiting:
        _finish(city, case_id, hazard)
    if not raises or inspection.result is not Result.FINDINGS:
        return None
    return raise_case(city, hazard, "findings", {"findings": inspection.findings.strip()})


def raise_case(city: City, hazard: Mapping[str, Any], why: str, said: Mapping[str, str]) -> str:
    """Report a case of a hazard, bring it to the owner, and link the two. Gives its number.

    Parameters
    ----------
    why : str
        missed or findings; text ``hazard.raised.<why>``, in both languages, is what the case says.
    """
    with city.read() as cursor:
        number = int(cursor.value("hazards.missed_numbers", hazard_id=hazard["hazard_id"], why=why)) + 1
        zone = str((cursor.one("incidents.city") or {}).get("timezone") or "UTC")
    case_id = f"{hazard['hazard_id']}-{why[0].upper()}{number}"
    named = {"hazard": hazard["hazard_id"], "name": hazard["name"]}
    told = {
        "id": case_id, "kind": f"{Kind.MATTER}-{SORT[HazardKind(hazard['kind'])].codes[0]}", "place": hazard["address"] or hazard["name"],
        "text": " / ".join(Text(language)(f"hazard.raised.{why}", **named, **said) for language in LANGUAGES),
        "channel": "inspector", **{name: hazard[name] for name in ("lon", "lat", "district", "street")},
    }  # fmt: skip
    matter = by_hand.matter(told, case_id, clock.now())
    made = report(city, source(zone, simulated=hazard["simulated"]), matter, CLOCK, key=f"hazard:{case_id}")
    _send(city, made, hazard)
    actions.raised(city, hazard["hazard_id"], made, why, number, CLOCK)
    return made


def source(timezone: str, *, simulated: bool) -> Source:
    """The source of cases that the register raises; of a simulated register it is simulated too, and leaves with its city."""
    found = replace(by_hand.source(timezone), name="register", title_zh="风险源登记", title_en="Risk register", prefix="HZ")
    return replace(found, name="simulated_register", prefix="HZS", simulated=True) if simulated else found


def _send(city: City, case_id: str, hazard: Mapping[str, Any]) -> None:
    """Bring a case to the owner, from wherever it is on the way there."""
    for _ in WAY:
        with city.read() as cursor:
            found = cases.case(cursor, case_id)
        if found["step"] not in WAY:
            return
        move, role = WAY[Step(found["step"])]
        fields = {"department": hazard["department"]} if move == "dispatch" else {}
        _move(city, found, move, role, fields)


def _finish(city: City, case_id: str, hazard: Mapping[str, Any]) -> None:
    """The inspection was the work of the case: whoever has it need not say so again."""
    with city.read() as cursor:
        found = cases.case(cursor, case_id)
    if found["step"] == Step.HANDLE and found["unanswered"] is None:
        said = {"day": hazard["last_on"].isoformat(), "name": hazard["name"]}
        outcome = " / ".join(Text(language)("hazard.made_good", **said) for language in LANGUAGES)
        _move(city, found, "finish", Role.DEPARTMENT, {"outcome": outcome})


def _move(city: City, found: Mapping[str, Any], move: str, role: Role, fields: Mapping[str, str]) -> None:
    """Take a move in the part of whoever takes it; signed by the clock."""
    try:
        advance(city, found["case_id"], move, Actor(CLOCK.name, role, department=found["holder"]), fields, seen=found["sequence"])
    except Fault as fault:  # a person was first: the clock leaves the case to them
        LOG.debug("the clock was late: %s", fault)


def propose(city: City, moment: datetime | None = None) -> int:
    """Look at the cases closed lately, and keep what they propose to change in the register. Returns how many proposals are new."""
    at = moment or clock.now()
    given: dict[str, Any] = {"since": at - LOOKED_BACK, "moment": at, "radius_m": MATCHED_M}
    with city.read() as cursor:
        near = cursor.frame("hazards.closed_near", **given)
        rows = {row["hazard_id"]: row for row in cursor.rows("hazards.standing", hazard_ids=near["hazard_id"].unique().tolist())}
        waiting = sum(row["hazard_id"] is None for row in cursor.rows("hazards.proposals", ruled=False, size=MOST_PROPOSED * 100))
        elsewhere = cursor.frame("hazards.closed_elsewhere", **given) if waiting < MOST_PROPOSED else None
        simulated = bool((cursor.one("incidents.city") or {}).get("simulated"))
    found: list[Proposal | None] = [of_hazard(rows[str(name)], cases) for name, cases in near.groupby("hazard_id")]
    proposals = [one for one in found if one is not None][:MOST_PROPOSED]
    if elsewhere is not None and len(elsewhere):
        proposals += of_places(elsewhere)[: MOST_PROPOSED - waiting]
    return actions.propose(city, proposals, CLOCK, simulated=simulated) if proposals else 0
