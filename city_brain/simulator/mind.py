"""The simulated staff's mind: one decision about one case, its chances, its words. Decided by the case's number and version alone."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from city_brain.cases import lifecycle
from city_brain.cases.lifecycle import Ask, Step
from city_brain.roles import Actor, Role
from city_brain.simulator.kinds import PUBLIC, kinds
from city_brain.simulator.responsible import truly

Case = Mapping[str, Any]
"""A row of `cases.queries.open_for_staff`."""

LIKELY: dict[str, float] = {
    "merge": 0.9, "self_handle": 0.04, "reject": 0.03, "ask_confirm": 0.06, "deny": 0.16, "settled_on_the_spot": 0.05, "refuse": 0.01,
    "other_rule": 0.11, "return_to_filing": 0.006, "mistake": 0.07, "dispute_mistake": 0.9, "dispute": 0.015, "give_in": 0.12,
    "rule_for_mistake": 0.04, "send_back": 0.018, "ask_appeal": 0.15, "supervise": 0.12, "remind": 0.1, "ask_extension": 0.04,
    "ask_suspension": 0.004, "grant_extension": 0.85, "grant_suspension": 0.8, "grant_appeal": 0.55, "return_work": 0.012, "rework": 0.05,
    "rework_again": 0.6, "reached": 0.92, "solved": 0.9, "solved_carelessly": 0.75, "satisfied": 0.97, "satisfied_carelessly": 0.75,
    "satisfied_unsolved": 0.4, "recheck": 0.5, "reopen": 0.15, "note": 0.3,
}  # fmt: skip
"""How often somebody does so where it can be done."""
PATIENCE = 24
"""From this many acts on a case only goes forward."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One act of the simulated staff."""

    move: str
    actor: Actor
    fields: dict[str, str]


def chance_of(case: Case) -> int:
    """A number below 2**32 that belongs to a case as it stands."""
    return zlib.crc32(f"{case['case_id']}/{case['step']}/{case['version']}".encode())


class Mind:
    """One decision about one case."""

    def __init__(self, case: Case, moment: datetime, proposed: str) -> None:
        self.case, self.moment, self.proposed = case, moment, proposed
        self.step = Step(case["step"])
        self._chance = Random(chance_of(case))

    def likely(self, what: str, *, detour: bool = True) -> bool:
        """Whether it happens. Detours end at some time, so that every case comes to its end."""
        return self._chance.random() < LIKELY[what] and not (detour and self.case["version"] >= PATIENCE)

    def one(self, of: Sequence[str]) -> str:
        """One of several."""
        return of[int(self._chance.random() * len(of))]

    def says(self, of: str) -> str:
        """What is said, marked as simulated."""
        return marked(self.one(kinds().phrases[of]))

    def does(self, name: str, *, by: str | None = None, **fields: str) -> Deed:
        """Take a move; whoever has to answer a send-back does. `by` is the department that acts, where it is not the holder."""
        move = next(move for move in lifecycle.moves_from(self.step) if move.name == name)
        if "answer" in lifecycle.required(move, unanswered=self.case["unanswered"] == self.step):
            fields["answer"] = self.says("answer")
        whose = by or self.case["holder"] if move.role is Role.DEPARTMENT else None
        return Deed(name, Actor("simulator", move.role, department=whose), fields)

    def sends_back(self, name: str, of: Sequence[str]) -> Deed:
        """Send it back for one of some kinds of reasons."""
        kind = self.one(of)
        return self.does(name, kind=kind, reason=self.says(kind))

    def answered(self, asked: Ask) -> Deed:
        """Grant or refuse what a department asked for."""
        too_late = asked is Ask.SUSPENSION and self.late
        if not too_late and self.likely(f"grant_{asked}", detour=False):
            return self.does(f"grant_{asked}", note=self.says(f"grant_{asked}"))
        return self.does(f"refuse_{asked}", reason=self.says(f"refuse_{asked}"))

    @property
    def right(self) -> str:
        """The department that is responsible in truth."""
        return truly(self.case["category_code"], self.case["district"], self.proposed)

    @property
    def public(self) -> bool:
        """Whether somebody of the public reported it."""
        return self.case["channel"] in PUBLIC

    @property
    def late(self) -> bool:
        """Whether its limit ran out before it was handled."""
        due = self.case["due_at"]
        return due is not None and due < (self.case["handled_at"] or self.case["closed_at"] or self.moment)


def marked(text: str) -> str:
    """A text that says of itself that it is simulated."""
    return f"{text.removesuffix('。')}（模拟）"
