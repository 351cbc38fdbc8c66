"""Under which filing rule the reports of the demo cities are filed, and how long it gives."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from city_brain.cases import calendars, filing_rules
from city_brain.cases.calendars import Calendar
from city_brain.simulator.curves import Floats
from city_brain.simulator.days import Draws, Ints
from city_brain.simulator.kinds import KIND, kinds

OTHER_RULE_SHARE = 0.11
"""Part of the cases that are filed under another rule than the ordinary one of their category."""

Flags = npt.NDArray[np.bool_]


class Limits(NamedTuple):
    """Limits of cases, or of rules; a row each."""

    rule: Ints
    """Index into the texts of `rules`."""
    seconds: Floats
    """Clock seconds, or working seconds where it works."""
    works: Flags
    """Whether only working time counts."""


class Rules(NamedTuple):
    """The filing rules of every kind that the demo reports, one after the other."""

    limits: Limits
    texts: pa.Array
    first: Ints
    """(kinds,) Where the rules of a kind begin; the first is its ordinary one."""
    number: Ints


@cache
def rules() -> Rules:
    """The rules, read once."""
    of_kind = [filing_rules.rules_of(KIND, kind.category.code) for kind in kinds().kinds]
    every = [rule.limit for rules in of_kind for rule in rules]
    number = np.array([len(rules) for rules in of_kind])
    limits = Limits(np.arange(len(every)), np.array([one.seconds for one in every], float), np.array([one.works for one in every]))
    return Rules(limits, pa.array([str(one) for one in every]), np.cumsum(number) - number, number)


def limits(draws: Draws) -> Limits:
    """The limits of reports: of the ordinary rule of their kind, or of another one."""
    known = rules()
    others = known.number[draws.kind] - 1
    other = (draws.chance("rule") < OTHER_RULE_SHARE) & (others > 0)
    rule = known.first[draws.kind] + np.where(other, 1 + (draws.chance("which_rule") * others).astype(np.int64), 0)
    return Limits(rule, known.limits.seconds[rule], known.limits.works[rule])


def urgent(draws: Draws, drawn: Limits) -> Flags:
    """Whether reports are urgent: by their kind, or filed under a rule that counts the clock where the ordinary one does not."""
    ordinary = rules().first[draws.kind]
    inherent = np.array([kind.category.urgent for kind in kinds().kinds])[draws.kind]
    return np.asarray(inherent | (~drawn.works & rules().limits.works[ordinary]))


def working_days(zone: str) -> Calendar:
    """The working time of a town, as far as its holidays have been published."""
    return Calendar(zone, calendars.known_days(), calendars.known_years())
