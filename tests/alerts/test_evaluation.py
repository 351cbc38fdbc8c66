"""What the clock decides, from plain values: raised once, seen again, over, back from the shelf, grouped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from city_brain.alerts.evaluation import AGAIN, HOLDS, QUIET, Changes, changes, noted
from city_brain.alerts.lifecycle import UNRESOLVED, State
from city_brain.alerts.model import Raised, Scope
from city_brain.alerts.rules import RULE, in_force

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def surge(observed: float = 10, *, x: int = 3, y: int = 0, kind: str = "lamp", expected: float = 0.2, rule: str = "surge") -> Raised:
    return Raised(rule, observed, Scope.CELL, f"1000:{x}:{y}", kind, expected, cell_x=x, cell_y=y, edge_m=1000)


def stands(one: Raised, **more: Any) -> dict[str, Any]:
    """An alert as the picture has it once it was raised."""
    (raised,) = changes([one], [], RULE, NOW).raised if RULE[one.rule].query else noted(one, [], RULE[one.rule], NOW).raised
    return raised | {"last_at": NOW, "shelved_until": None} | more


def look(*measured: Raised, standing: tuple[dict[str, Any], ...] = (), at: datetime = NOW, **rules: Any) -> Changes:
    return changes(measured, standing, RULE | rules, at)


def test_what_is_much_and_surprising_is_raised() -> None:
    (raised,) = look(surge(10, expected=0.2)).raised
    assert (raised["rule"], raised["severity"], raised["state"], raised["threshold"]) == ("surge", "medium", "raised", 6)
    assert raised["group_id"] == raised["alert_id"]


@pytest.mark.parametrize(("observed", "expected"), [(5, 0.1), (8, 3.0), (7, 1.0)], ids=["too few", "not three times the usual", "chance"])
def test_what_is_not_stays_silent(observed: float, expected: float) -> None:
    assert not look(surge(observed, expected=expected))


def test_the_same_again_is_no_new_alert() -> None:
    standing = stands(surge(10))
    assert not look(surge(10), standing=(standing,), at=NOW + timedelta(minutes=1))
    assert not look(surge(12), standing=(standing,)), "a value that creeps is not news"
    found = look(surge(10 * AGAIN), standing=(standing,))
    assert found.raised == [] and found.again == [{"alert_id": standing["alert_id"], "state": "raised", "observed": 12.5}]


@pytest.mark.parametrize("state", State)
def test_what_was_decided_is_not_raised_anew_while_it_goes_on(state: State) -> None:
    standing = stands(surge(10), state=state, shelved_until=NOW + timedelta(hours=1))
    found = look(surge(30), standing=(standing,))
    assert found.raised == []
    assert bool(found.again) == (state in UNRESOLVED)


def test_it_is_over_when_it_has_fallen_well_below_its_limit() -> None:
    standing = stands(surge(10))
    assert not look(surge(HOLDS * 6), standing=(standing,)), "what dances around the limit does not chatter"
    assert look(surge(4), standing=(standing,)).over == [{"alert_id": standing["alert_id"], "state": "cleared"}]
    assert look(standing=(standing | {"state": "case_made"},)).over == [{"alert_id": standing["alert_id"], "state": "case_made"}]


def test_a_rule_that_is_switched_off_takes_its_alerts_along() -> None:
    off = in_force([{"rule": "surge", "threshold": 6.0, "times": 3.0, "severity": "medium", "enabled": False}])
    assert changes([], [stands(surge(10))], off, NOW).over


def test_what_was_shelved_comes_back_when_its_time_is_over() -> None:
    standing = stands(surge(10), state=State.SHELVED, shelved_until=NOW + timedelta(hours=1))
    assert not look(surge(10), standing=(standing,))
    assert look(surge(10), standing=(standing,), at=NOW + timedelta(hours=1)).woken == [
        {"alert_id": standing["alert_id"], "state": "raised"}
    ]


def test_near_ones_of_a_kind_are_a_group() -> None:
    found = look(surge(20, x=3), surge(10, x=4), surge(9, x=9), surge(8, x=3, kind="rubbish")).raised
    groups = {(row["cell_x"], row["kind"]): row["group_id"] for row in found}
    assert groups[4, "lamp"] == groups[3, "lamp"] == found[0]["alert_id"], "the greatest excess leads"
    assert len({groups[3, "lamp"], groups[9, "lamp"], groups[3, "rubbish"]}) == 3
    later = look(surge(20, x=3), surge(10, x=2), standing=(stands(surge(20, x=3), group_id="first"),)).raised
    assert [row["group_id"] for row in later] == ["first"]


def test_what_other_code_raises_is_counted_and_ends_when_it_is_silent() -> None:
    one = surge(9, rule="cluster")
    standing = stands(one)
    assert noted(one, [standing], RULE["cluster"], NOW).again == [{"alert_id": standing["alert_id"], "state": "raised", "observed": 9}]
    assert not look(standing=(standing,), at=NOW + QUIET - timedelta(seconds=1))
    assert look(standing=(standing,), at=NOW + QUIET).over
    assert not noted(surge(4, rule="cluster"), [], RULE["cluster"], NOW), "the limit of the rule counts for it too"


def test_deciding_anew_gives_the_same() -> None:
    assert look(surge(10), surge(9, x=8)) == look(surge(9, x=8), surge(10))
