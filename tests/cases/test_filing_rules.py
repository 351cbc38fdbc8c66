from __future__ import annotations

import re
from pathlib import Path

import pytest

from city_brain.cases import filing_rules
from city_brain.cases.calendars import Limit, Unit
from city_brain.incidents import catalogue
from city_brain.incidents.catalogue import DATA, Category, Kind

CHINESE = re.compile(r"[\u4e00-\u9fff]")
NOMINAL_HOURS = {Unit.URGENT_HOURS: 1, Unit.URGENT_DAYS: 24, Unit.WORKING_HOURS: 1, Unit.WORKING_DAYS: 24}
CATEGORIES = tuple(catalogue.categories().values())
OWN = [of for of in CATEGORIES if filing_rules.ordinary(of.kind, of.code).code == of.code]


def shown(of: Category) -> str:
    return f"{of.kind}-{of.code}"


def hours(limit: Limit) -> float:
    return limit.amount * NOMINAL_HOURS[limit.unit]


def test_the_table_is_sound() -> None:
    assert filing_rules.faults() == []


def test_every_category_has_a_rule() -> None:
    assert len(CATEGORIES) == 403
    assert all(filing_rules.rules_of(of.kind, of.code) for of in CATEGORIES)


def test_most_categories_have_rules_of_their_own() -> None:
    assert len(OWN) >= 130
    assert {len(filing_rules.rules_of(of.kind, of.code)) for of in OWN} == {2, 3, 4}


def test_what_the_demo_reports_has_rules_of_its_own() -> None:
    codes = re.findall(r'^code = "(\d{5})"', (DATA / "demo_kinds.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert codes and {("matter", code) for code in codes} <= {(of.kind, of.code) for of in OWN}


@pytest.mark.parametrize("of", CATEGORIES, ids=shown)
def test_the_ordinary_limit_agrees_with_the_catalogue(of: Category) -> None:
    limit = filing_rules.ordinary(of.kind, of.code).limit
    assert of.limit_hours / 2 <= hours(limit) <= of.limit_hours * 2
    assert not of.urgent or not limit.works


@pytest.mark.parametrize("of", OWN, ids=shown)
def test_the_rules_of_a_category_differ(of: Category) -> None:
    rules = filing_rules.rules_of(of.kind, of.code)
    assert len({one.condition_zh for one in rules}) == len({one.condition_en for one in rules}) == len(rules)
    assert [one.rule for one in rules] == [f"{of.kind[0]}{of.code}-{number}" for number in range(1, len(rules) + 1)]


def test_a_component_has_the_rules_of_its_fault() -> None:
    def told(kind: Kind, code: str) -> list[tuple[str, str, Limit]]:
        return [(one.condition_zh, one.condition_en, one.limit) for one in filing_rules.rules_of(kind, code)]

    components = [of.code for of in CATEGORIES if of.kind is Kind.COMPONENT]
    assert [code for code in components if told(Kind.COMPONENT, code) != told(Kind.MATTER, code)] == []


def test_texts_are_in_their_language() -> None:
    for of in CATEGORIES:
        for one in filing_rules.rules_of(of.kind, of.code):
            assert CHINESE.search(one.condition_zh) and CHINESE.search(one.closing_zh), one.rule
            assert not CHINESE.search(one.condition_en + one.closing_en), one.rule


@pytest.mark.parametrize(
    ("kind", "code", "name", "limit"),
    [
        ("matter", "01001", "m01001-1", Limit(2, Unit.URGENT_HOURS)),
        ("component", "01001", "c01001-1", Limit(2, Unit.URGENT_HOURS)),
        ("matter", "06010", "m06010-1", Limit(4, Unit.WORKING_HOURS)),
        ("matter", "06001", "m06001-1", Limit(15, Unit.WORKING_DAYS)),
        ("matter", "02016", "m02-0", Limit(3, Unit.WORKING_DAYS)),
        ("matter", "06999", "m06-0", Limit(2, Unit.WORKING_DAYS)),
        ("matter", "99001", "general-0", Limit(5, Unit.WORKING_DAYS)),
        ("matter", None, "general-0", Limit(5, Unit.WORKING_DAYS)),
        (None, "06010", "general-0", Limit(5, Unit.WORKING_DAYS)),
        (None, None, "general-0", Limit(5, Unit.WORKING_DAYS)),
    ],
)
def test_own_rules_then_the_class_then_the_general_one(kind: str | None, code: str | None, name: str, limit: Limit) -> None:
    found = filing_rules.ordinary(kind, code)
    assert (found.rule, found.limit) == (name, limit)


def test_a_rule_is_found_by_its_name() -> None:
    assert filing_rules.rule("m06013-2") == filing_rules.rules_of("matter", "06013")[1]
    assert filing_rules.rule("m06013-99") is None


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("m06010-2,", "m06010-1,", "rule 'm06010-1' is listed twice"),
        ("m06010-1,matter,06010", "m06010-1,matter,06031", "unknown category matter 06031"),
        ("m06010-1,matter", "m06010-1,event", "unknown category event 06010"),
        (",4,working_hours,垃圾清走", ",4,fortnights,垃圾清走", "limit is '4 fortnights'"),
        (",4,working_hours,垃圾清走", ",0,working_hours,垃圾清走", "limit is '0 working_hours'"),
        (",4,working_hours,垃圾清走", ",soon,working_hours,垃圾清走", "limit is 'soon working_hours'"),
        ("公共场所有未入桶的生活垃圾，2平方米以内", "", "condition_zh is empty"),
        ('bins in public space, up to 2 m²"', 'bins", up to 2 m²', "more cells than columns"),
        ("m06-0,matter,06,", "m06-0,matter,07,", "matter 06 has no default"),
        ("m02-0,matter,02,", "m02-0,matter,03,", "matter 02016 has no rule"),
        ("general-0,,", "general-1,,", "the rule general-0 is missing"),
    ],
)
def test_faults_are_found(old: str, new: str, fault: str, tmp_path: Path) -> None:
    text = filing_rules.FILE.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "filing_rules.csv"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert any(line.endswith(fault) for line in filing_rules.faults(file))
