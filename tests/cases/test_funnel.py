"""The seven steps: every case that is not at rest counts with exactly one of them."""

from __future__ import annotations

from city_brain.cases import funnel
from city_brain.cases.lifecycle import RESTS, SEVEN, UNFINISHED, Step


def row(cases: int, overdue: int = 0, waiting_s: float | None = None) -> dict[str, float | None]:
    return {"cases": cases, "overdue": overdue, "waiting_s": waiting_s}


def test_every_step_that_is_not_at_rest_counts_with_one_of_the_seven() -> None:
    counted = [step for of in SEVEN for step in funnel.counted_with(of)]
    assert sorted(counted) == sorted(set(Step) - set(RESTS))
    assert funnel.counted_with(Step.HANDLE) == ["handle", "dispute", "suspended"]


def test_totals_agree_with_what_is_open() -> None:
    steps = {step: row(number, number // 2) for number, step in enumerate([*UNFINISHED, Step.EVALUATE], start=1)}
    seven = funnel.of_seven(steps)
    assert tuple(seven) == SEVEN
    open_ = funnel.unfinished(seven)
    assert Step.EVALUATE not in open_
    assert sum(row["cases"] for row in open_.values()) == sum(steps[step]["cases"] for step in UNFINISHED)
    assert sum(row["overdue"] for row in open_.values()) == sum(steps[step]["overdue"] for step in UNFINISHED)


def test_what_lies_beside_a_step_counts_with_it_and_its_waiting_stays_its_own() -> None:
    steps = {"handle": row(2, 1, 60.0), "suspended": row(9, 0, 9000.0), "dispute": row(1, 1, 7.0), "confirm": row(3, 0, 5.0)}
    seven = funnel.of_seven(steps)
    assert seven[Step.HANDLE] == row(12, 2, 60.0)
    assert seven[Step.FILE] == row(3, 0, 5.0), "nothing in the step itself: what lies beside it"
    assert seven[Step.COLLECT] == row(0)


def test_of_two_places_beside_an_empty_step_the_fuller_one_speaks() -> None:
    for steps in ({"dispute": row(1, 0, 7.0), "suspended": row(2, 0, 9.0)}, {"suspended": row(2, 0, 9.0), "dispute": row(1, 0, 7.0)}):
        assert funnel.of_seven(steps)[Step.HANDLE]["waiting_s"] == 9.0
