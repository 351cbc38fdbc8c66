from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city_brain.cases import routing
from city_brain.cases.routing import Proposal, Reason, Responsibility
from city_brain.incidents import catalogue

WHOLE = Responsibility("matter", "06010", None, None, "sanitation", (), "catalogue")
"""A row to make others of."""


def proposed(
    *rows: Responsibility,
    kind: str | None = "matter",
    code: str | None = "06010",
    source_type: str | None = "Missed collection",
    district: str | None = "江汉区",
) -> Proposal:
    return routing.propose(rows, kind=kind, code=code, source_type=source_type, district=district)


def test_the_table_is_sound() -> None:
    assert routing.faults() == []


def test_every_category_has_a_lead_and_the_one_the_catalogue_names() -> None:
    assert len(catalogue.categories()) == 403
    for (kind, code), of in catalogue.categories().items():
        found = proposed(*routing.shipped(), kind=kind, code=code)
        assert (found.department, found.reason) == (of.department, Reason.CATEGORY)


def test_helpers_are_departments_and_never_the_lead() -> None:
    for row in routing.shipped():
        assert set(row.helpers) <= catalogue.departments().keys() - {row.lead}


def test_a_hole_in_the_road_is_joint_work() -> None:
    assert proposed(*routing.shipped(), code="06013").helpers == ("water", "police")


def test_a_code_of_the_citys_own_goes_to_its_class() -> None:
    found = proposed(*routing.shipped(), code="06999")
    assert (found.department, found.reason) == ("law_enforcement", Reason.CLASS)
    assert found.basis is not None and found.basis.code == "06"


TYPE = Responsibility(None, None, "Missed collection", None, "power", (), "ruling")
LADDER = [
    (replace(WHOLE, source_type="missed  COLLECTION", area="江汉区", lead="culture", basis="ruling"), Reason.RULED_AREA),
    (replace(TYPE, area="江汉区", lead="market"), Reason.RULED_AREA),
    (replace(WHOLE, area="江汉区", lead="water", basis="ruling"), Reason.RULED_AREA),
    (replace(WHOLE, code="06", area="江汉区", lead="telecom", basis="ruling"), Reason.RULED_AREA),
    (TYPE, Reason.RULED),
    (replace(WHOLE, lead="housing", basis="ruling"), Reason.RULED),
    (replace(WHOLE, area="江汉区", lead="lighting"), Reason.AREA),
    (WHOLE, Reason.CATEGORY),
    (replace(WHOLE, code="06", lead="law_enforcement", basis="class"), Reason.CLASS),
]
"""From the most to the least specific."""


@pytest.mark.parametrize("step", range(len(LADDER)))
def test_the_most_specific_wins_in_whatever_order(step: int) -> None:
    row, reason = LADDER[step]
    rows = [row for row, _ in LADDER[step:]]
    for held in (rows, rows[::-1]):
        assert proposed(*held) == Proposal(row.lead, row.helpers, reason, row)


@pytest.mark.parametrize("row", [row for row, _ in LADDER if row.area])
def test_a_row_of_another_district_does_not_count(row: Responsibility) -> None:
    assert proposed(row, district="武昌区").reason is Reason.GAP
    assert proposed(row, district=None).reason is Reason.GAP


def test_a_row_of_type_and_category_needs_both() -> None:
    both = replace(WHOLE, source_type="Missed collection", basis="ruling")
    assert proposed(both, source_type="Missed collection").department == "sanitation"
    assert proposed(both, source_type="Litter").department is None
    assert proposed(both, code="06011").department is None


def test_the_later_of_two_rulings_holds() -> None:
    first, second = (replace(WHOLE, lead=lead, basis="ruling") for lead in ("water", "roads"))
    assert proposed(first, second).department == "roads"
    assert proposed(second, first).department == "water"


@pytest.mark.parametrize(("kind", "code"), [(None, None), ("matter", "99001"), ("event", "06010"), (None, "06010"), ("matter", None)])
def test_what_nobody_owns_is_a_gap(kind: str | None, code: str | None) -> None:
    assert proposed(*routing.shipped(), kind=kind, code=code) == Proposal(None, (), Reason.GAP, None)


def test_gaps_are_listed_once_and_in_order() -> None:
    foreign = (None, None, "Bed bugs", "江汉区")
    known = ("matter", "06010", "Missed collection", "江汉区")
    other = (None, None, "Air quality", None)
    assert routing.gaps([foreign, known, other, foreign], routing.shipped()) == [foreign, other]
    ruling = Responsibility(None, None, "bed bugs", None, "environment", (), "ruling")
    assert routing.gaps([foreign, known, other], [ruling, *routing.shipped()]) == [other]
    assert routing.gaps([], routing.shipped()) == []


def test_many_cases_are_quick() -> None:
    rows = routing.shipped()
    began = time.perf_counter()
    for _ in range(60_000):
        routing.propose(rows, kind="matter", code="06010", source_type="Missed collection", district="江汉区")
    assert time.perf_counter() - began < 5  # a fifth of a second on an idle machine


@pytest.mark.parametrize(
    ("departments", "hops", "returns"),
    [
        ([], 0, []),
        (["a"], 0, []),
        (["a", "a", "a"], 0, []),
        (["a", "b"], 1, []),
        (["a", "b", "a"], 2, [("a", "b")]),
        (["a", "a", "b", "b", "a"], 2, [("a", "b")]),
        (["a", "b", "a", "b"], 3, [("a", "b"), ("b", "a")]),
        (["a", "b", "c", "a"], 3, []),
        (["a", "b", "c", "b", "a"], 4, [("b", "c")]),
    ],
)
def test_passing_on(departments: list[str], hops: int, returns: list[tuple[str, str]]) -> None:
    assert (routing.hops(departments), routing.returns(departments)) == (hops, returns)


@given(st.lists(st.sampled_from("abc")))
def test_each_return_takes_two_hops_and_its_mirror_as_many(departments: list[str]) -> None:
    hops, returns = routing.hops(departments), routing.returns(departments)
    assert len(set(departments)) - 1 <= hops <= max(len(departments) - 1, 0)
    assert len(returns) <= max(hops - 1, 0)
    assert all(first != second for first, second in returns)
    assert routing.hops(departments[::-1]) == hops
    assert sorted(routing.returns(departments[::-1])) == sorted(returns)


@given(st.lists(st.sampled_from("abc"), min_size=1), st.integers(1, 3))
def test_staying_is_no_hop(departments: list[str], times: int) -> None:
    stayed = [one for one in departments for _ in range(times)]
    assert (routing.hops(stayed), routing.returns(stayed)) == (routing.hops(departments), routing.returns(departments))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("matter,06010,,sanitation", "matter,06031,,sanitation", "unknown category matter 06031"),
        ("matter,06010,,sanitation", "matter,06010,,rubbish", "unknown department 'rubbish'"),
        ("matter,06010,,sanitation", "matter,06010,,roads", "the catalogue names sanitation, not roads"),
        ("matter,06010,,sanitation", "matter,06010,,", "matter 06010 has no lead"),
        ("matter,06010,,sanitation", "matter,06010,江汉区,sanitation", "matter 06010 has no lead"),
        ("matter,06010,,sanitation", "matter,06011,,sanitation", "matter 06011 is listed twice"),
        ("sanitation,law_enforcement,", "sanitation,sanitation,", "a department is named twice"),
        ("sanitation,law_enforcement,", "sanitation,other,", "unknown department 'other'"),
        ("sanitation,law_enforcement,catalogue", "sanitation,law_enforcement,habit", "basis is 'habit', not catalogue"),
        ("sanitation,law_enforcement,catalogue", "sanitation,law_enforcement,catalogue,", "more cells than columns"),
    ],
)
def test_faults_are_found(old: str, new: str, fault: str, tmp_path: Path) -> None:
    text = routing.FILE.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "responsibilities.csv"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert any(line.endswith(fault) for line in routing.faults(file))
