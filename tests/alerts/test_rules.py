"""The table of rules, and what a manager may make of it."""

from __future__ import annotations

from typing import Any

import pytest

from city_brain.alerts.rules import RULE, RULES, Severity, checked, in_force
from city_brain.errors import Fault, NotFound
from city_brain.incidents import catalogue
from city_brain.storage.statements import statements

GOOD: dict[str, Any] = {"threshold": 7, "times": 2, "severity": "high", "reason": "summer"}


def test_every_rule_can_be_looked_at() -> None:
    assert len(RULE) == len(RULES)
    for rule in RULES:
        assert rule.query is None or f"alerts.{rule.query}" in statements(), rule.name
        assert rule.times == 0 or rule.times >= 1
        if rule.category:
            assert catalogue.category(*rule.category.split("-")), rule.name


def test_what_was_set_last_counts() -> None:
    rows = [{"rule": "surge", "threshold": value, "times": 4.0, "severity": "low", "enabled": True} for value in (20.0, 9.0)]
    found = in_force([*rows, {"rule": "gone", "threshold": 1.0, "times": 0.0, "severity": "low", "enabled": True}])
    assert (found["surge"].threshold, found["surge"].times, found["surge"].severity) == (9.0, 4.0, Severity.LOW)
    assert list(found) == list(RULE) and found["queue"] == RULE["queue"]


def test_a_limit_grows_with_what_is_expected() -> None:
    surge = RULE["surge"]
    assert [surge.limit(expected) for expected in (None, 0.5, 10)] == [6, 6, 30]
    assert RULE["queue"].limit(1000) == 60


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"threshold": 0}, "alert_threshold"), ({"threshold": float("nan")}, "alert_threshold"), ({"threshold": 1e9}, "alert_threshold"),
        ({"times": 0.5}, "alert_times"), ({"times": 1e6}, "alert_times"),
        ({"severity": "loud"}, "alert_severity"), ({"reason": "  "}, "alert_reason"),
    ],
    ids=str,
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused(wrong: dict[str, Any], key: str) -> None:
    with pytest.raises(Fault) as fault:
        checked("surge", **(GOOD | wrong))
    assert fault.value.key == key


def test_a_rule_that_is_not_there_is_named() -> None:
    with pytest.raises(NotFound, match="nonsense"):
        checked("nonsense", **GOOD)


def test_a_rule_that_expects_nothing_takes_no_multiple() -> None:
    assert checked("queue", **(GOOD | {"times": 0})).times == 0
