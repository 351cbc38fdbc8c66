"""What the simulated staff does: only what the lifecycle lets it, in believable shares, always the same, and never without end."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from city_brain.cases import filing_rules, lifecycle
from city_brain.cases.calendars import Calendar, known_days, known_years
from city_brain.cases.lifecycle import DEPARTMENT, MOVES, PLACE, RESTS, Role, Step
from city_brain.cases.standing import Standing, moved, unmet
from city_brain.incidents.catalogue import category, departments
from city_brain.simulator import habits
from city_brain.simulator.kinds import CHANNELS, kinds
from city_brain.simulator.mind import LIKELY, Deed
from city_brain.simulator.responsible import mistaken, truly

NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
DAYS = Calendar("Asia/Shanghai", known_days(), known_years())
NEVER_BY_STAFF = {"recall", "withdraw", "reconsider", "wake", "archive"}
"""What only people do, or the clock."""


@dataclass
class Walk:
    """One case from its report to its rest, moved by the habits alone."""

    deeds: list[Deed] = field(default_factory=list)
    took: list[timedelta] = field(default_factory=list)
    end: Standing | None = None

    @property
    def moves(self) -> list[str]:
        return [deed.move for deed in self.deeds]


def _row(standing: Standing, number: str, version: int, acted_at: datetime, said: dict[str, Any]) -> dict[str, Any]:
    return asdict(standing) | {"case_id": number, "version": version, "acted_at": acted_at, "twin": None} | said


def walk(number: str, **changed: Any) -> Walk:
    """Let the habits move a case, every act checked as a real one is."""
    said = {"channel": "hotline", "category_kind": "matter", "category_code": "06010", "district": "江岸区", "urgency": "normal"} | changed
    kind, code = said["category_kind"], said["category_code"]
    proposed = kinds().kind(code).category.department  # type: ignore[union-attr]
    standing, version, at, found = Standing.reported(NOW, DAYS), 1, NOW, Walk()
    while standing.step not in RESTS:
        row = _row(standing, number, version, at, said)
        moment = habits.ready_at(row, NOW)
        deed = habits.decide(row, moment, proposed)
        named = deed.fields.get("instead") or deed.fields.get("department")
        whose = standing.holder if PLACE[standing.step].holder == DEPARTMENT else standing.department
        taken = lifecycle.take(
            standing.step, deed.move, deed.actor, deed.fields, holder=whose, unanswered=standing.unanswered is standing.step,
            unmet=unmet(standing, moment, named=named),
        )  # fmt: skip
        rule = filing_rules.rule(deed.fields["rule"]) if "rule" in deed.fields else filing_rules.ordinary(kind, code)
        until = datetime.fromisoformat(deed.fields["until"]).replace(tzinfo=UTC) if "until" in deed.fields else None
        standing = moved(standing, taken, deed.fields, moment, DAYS, rule, until)
        found.deeds.append(deed)
        found.took.append(moment - at)
        version, at = version + 1, moment
        assert version < 60, found.moves
    found.end = standing
    return found


@pytest.fixture(scope="module")
def walks() -> list[Walk]:
    codes = [kind.category.code for kind in kinds().kinds]
    return [walk(f"WH-{number:05d}", channel=CHANNELS[number % 6], category_code=codes[number % len(codes)]) for number in range(3_000)]


def test_every_case_comes_to_its_rest(walks: list[Walk]) -> None:
    ends = Counter(one.end.step for one in walks if one.end)
    assert ends[Step.ARCHIVED] > 2_700
    assert 50 < ends[Step.REJECTED] < 190
    assert all(one.end.holder is None for one in walks if one.end)


def test_it_is_believable(walks: list[Walk]) -> None:
    with_move = Counter(move for one in walks for move in set(one.moves))
    sent = with_move["dispatch"]
    assert 0.05 < with_move["dispute"] / sent < 0.12
    assert 0.04 < with_move["rework"] / sent < 0.09
    assert 0.01 < with_move["send_back"] / sent < 0.03
    assert 0.02 < with_move["ask_extension"] / sent < 0.07
    assert 0 < with_move["ask_suspension"] / sent < 0.02
    assert with_move["grant_extension"] > 3 * with_move["refuse_extension"] > 0
    assert with_move["reassign"] > 2 * with_move["uphold"] > 0
    public = sum(number % 6 < 2 for number in range(3_000))
    assert 0.03 < with_move["ask_confirm"] / public < 0.09
    assert 0.85 < with_move["call_back"] / public < 0.99
    grades = Counter(one.end.grade for one in walks if one.end and one.end.step is Step.ARCHIVED)
    assert grades["good"] > 5 * grades["fair"] > 5 * grades["poor"] > 0
    asked = [one.end for one in walks if one.end and one.end.reached]
    assert 0.8 < sum(bool(one.solved) for one in asked) / len(asked) < 0.96
    assert 0.8 < sum(bool(one.satisfied) for one in asked) / len(asked) < 0.96


def test_most_are_in_time_and_some_are_not(walks: list[Walk]) -> None:
    judged = [one.end for one in walks if one.end and one.end.due_at and one.end.handled_at]
    late = sum(one.handled_at > one.due_at for one in judged)  # type: ignore[operator]
    assert 0.02 < late / len(judged) < 0.15


def test_every_move_of_the_lifecycle_is_seen_but_those_of_people_and_of_the_clock(walks: list[Walk]) -> None:
    seen = {move for one in walks for move in one.moves}
    seldom = {"merge", "recheck", "reopen", "supervise", "give_in", "refuse_suspension"}
    assert {move.name for move in MOVES} - seen <= NEVER_BY_STAFF | seldom
    assert not seen & NEVER_BY_STAFF


def test_the_same_case_always_takes_the_same_way() -> None:
    for number in range(50):
        one, two = (walk(f"WH-{number}", channel="app") for _ in range(2))
        assert one.deeds == two.deeds
        assert one.took == two.took
    assert len({tuple(walk(f"WH-{number}").moves) for number in range(50)}) > 3


def test_a_department_acts_for_itself_and_the_others_for_none(walks: list[Walk]) -> None:
    deeds = [deed for one in walks for deed in one.deeds]
    assert all((deed.actor.role is Role.DEPARTMENT) == (deed.actor.department is not None) for deed in deeds)
    assert {deed.actor.name for deed in deeds} == {"simulator"}


def test_texts_say_that_they_are_simulated_and_vary(walks: list[Walk]) -> None:
    texts: dict[str, set[str]] = {}
    for deed in (deed for one in walks for deed in one.deeds):
        for name in {"reason", "outcome", "note", "answer"} & deed.fields.keys():
            assert deed.fields[name].endswith("（模拟）"), deed
            texts.setdefault(name, set()).add(deed.fields[name])
    assert all(len(said) >= 4 for said in texts.values())


def test_a_send_back_is_answered(walks: list[Walk]) -> None:
    sent_back = [one for one in walks if "rework" in one.moves]
    for one in sent_back:
        after = one.deeds[one.moves.index("rework") + 1 :]
        assert next(deed for deed in after if deed.move in ("finish", "dispute")).fields.get("answer") or after[0].move == "dispute"


@pytest.mark.parametrize("name", sorted(set(LIKELY) - {"note", "merge"}))
def test_what_always_happens_ends_too(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Whatever the staff should like to do for ever, it comes to an end."""
    monkeypatch.setitem(LIKELY, name, 1.0)
    for number in range(6):
        walk(f"WH-{number}", channel=CHANNELS[number], category_code="09011", district="汉阳区")


def test_a_case_of_the_history_ends_around_its_deadline() -> None:
    """What is open when the console opens does not end all at once, and mostly in time."""
    ends = []
    for number in range(400):
        standing = Standing(Step.HANDLE, NOW - timedelta(days=1), "roads", department="roads", due_at=NOW + timedelta(days=4))
        row = _row(standing, f"WH-{number}", 0, NOW - timedelta(days=1), {})
        ends.append((habits.ready_at(row | {"acted_at": None}, NOW) - NOW) / timedelta(days=4))
    assert 0.05 < sum(end > 1 for end in ends) / len(ends) < 0.12
    assert min(ends) > 0.1
    assert sum(end < 0.3 for end in ends) / len(ends) < 0.3


def test_a_late_case_that_nobody_has_touched_is_worked_on_too() -> None:
    for number in range(60):
        standing = Standing(Step.HANDLE, NOW - timedelta(days=9), "roads", department="roads", due_at=NOW - timedelta(days=2))
        row = _row(standing, f"WH-{number}", 0, NOW, {"channel": "hotline", "category_kind": "matter", "category_code": "06010"})
        assert habits.decide(row | {"acted_at": None, "district": "江岸区"}, NOW, "roads").move in {move.name for move in MOVES}


def test_who_is_mistaken_for_whom_is_a_department_and_another_one() -> None:
    for kind in kinds().kinds:
        right = kind.category.department
        assert right not in mistaken(kind.category.code, right)
        assert set(mistaken(kind.category.code, right)) <= set(departments())
        assert kind.contested is None or (kind.contested in departments() and kind.contested != right)


def test_truth_is_the_proposal_but_for_contested_kinds() -> None:
    assert truly("06010", "江岸区", "sanitation") == "sanitation"
    assert truly(None, None, "roads") == "roads"
    assert truly("09011", None, "transport") == "transport"
    assert {truly("09011", name, "transport") for name in ("江岸区", "汉阳区", "武昌区", "洪山区")} == {"transport", "city_management"}
    assert category("matter", "09011").department == "transport"  # type: ignore[union-attr]
