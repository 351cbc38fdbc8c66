"""THE table of alert rules: what each watches, from when it speaks, how loudly. What a manager has set goes before it.

A rule measures places (cells, sources, posts, sensors): how much is observed there and, where that is known, how much was expected.
It speaks where the observed reaches its threshold and so many times the expected, and chance alone would hardly bring so much.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

from city_brain.analytics.counts import at_least
from city_brain.errors import Fault, NotFound


class Severity(StrEnum):
    """How loud an alert is, loudest first. Text ``severity.<value>``."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Unit(StrEnum):
    """What is counted or measured. Text ``alert_unit.<value>``."""

    CASES = "cases"
    MINUTES = "minutes"
    CENTIMETRES = "cm"
    SCORE = "score"
    """A standardised score of a method, such as EARS's."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. Texts: ``rule.<name>`` is what it is called, ``rule_says.<name>`` an alert of it, ``rule_means.<name>`` what it watches."""

    name: str
    query: str | None
    """The statement of ``alerts.sql`` that measures; None where other code raises the alerts."""
    threshold: float
    unit: Unit
    severity: Severity
    times: float = 0
    """How many times the expected must be reached too; 0 where nothing is expected."""
    window: timedelta | None = None
    """Over how long it counts."""
    chance: float | None = None
    """It stays silent where chance alone would bring so many at least this often, when the expected is right (Poisson)."""
    most: float = 10_000
    """Upper bound of what a manager may set as its threshold."""
    past: bool = False
    """Whether its query answers for past moments too."""
    category: str | None = None
    """The category of the case it would raise, where the alert has no kind of its own."""
    enabled: bool = True

    def limit(self, expected: float | None) -> float:
        """What must be reached in a place."""
        return max(self.threshold, self.times * expected) if self.times and expected is not None else self.threshold

    def speaks(self, observed: float, expected: float | None) -> bool:
        """Whether so much is worth an alert."""
        if observed < self.limit(expected):
            return False
        return self.chance is None or expected is None or at_least(observed, expected) < self.chance


_DAY = timedelta(days=1)
RULES: tuple[Rule, ...] = (
    Rule("surge", "surge", 6, Unit.CASES, Severity.MEDIUM, times=3, window=_DAY, chance=1e-6, past=True),
    Rule("silent", "silent", 30, Unit.MINUTES, Severity.MEDIUM, times=2),
    Rule("reading", "readings", 15, Unit.CENTIMETRES, Severity.HIGH, window=timedelta(hours=1), category="matter-01004"),
    Rule("queue", "queues", 60, Unit.CASES, Severity.LOW),
    Rule("forecast", "forecast", 5, Unit.CASES, Severity.LOW, times=2, chance=1e-3, past=True),
    Rule("cluster", None, 5, Unit.CASES, Severity.MEDIUM),
    Rule("ears", None, 3, Unit.SCORE, Severity.LOW),
)  # fmt: skip
RULE: dict[str, Rule] = {rule.name: rule for rule in RULES}
MOST_TIMES = 100.0


def rule(name: str) -> Rule:
    """A rule of the table.

    Raises
    ------
    NotFound
        There is none of this name.
    """
    if name not in RULE:
        raise NotFound("no_alert_rule", rule=name)
    return RULE[name]


def in_force(settings: Iterable[Mapping[str, Any]]) -> dict[str, Rule]:
    """The rules as the city has set them: rows of ``alert_rule`` (rule, threshold, times, severity, enabled), the last of each counts."""
    found = dict(RULE)
    for row in settings:
        if row["rule"] in found:  # a rule of an older table says nothing any more
            wanted = {name: row[name] for name in ("threshold", "times", "enabled")}
            found[row["rule"]] = replace(RULE[row["rule"]], severity=Severity(row["severity"]), **wanted)
    return found


def checked(name: str, *, threshold: float, times: float, severity: str, reason: str) -> Rule:
    """A rule with what a manager wants of it.

    Raises
    ------
    NotFound, Fault
        There is no such rule; a value cannot be; no reason is given.
    """
    found = rule(name)
    if not 0 < threshold <= found.most:  # NaN is refused too
        raise Fault("alert_threshold", value=str(threshold), most=found.most)
    if found.times and not 1 <= times <= MOST_TIMES:
        raise Fault("alert_times", value=str(times), most=MOST_TIMES)
    if severity not in list(Severity):
        raise Fault("alert_severity", value=severity, allowed=", ".join(Severity))
    if not reason.strip():
        raise Fault("alert_reason")
    return replace(found, threshold=float(threshold), times=float(times) if found.times else 0.0, severity=Severity(severity))
