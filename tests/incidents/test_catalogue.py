from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from city_brain.incidents import catalogue, queries
from city_brain.incidents.catalogue import DATA, Kind
from city_brain.storage.city import City

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def share_with_a_code(profile: str, types: Iterable[str]) -> float:
    found = [catalogue.mapped(profile, text) for text in types]
    return sum(one is not None and one.code is not None for one in found) / len(found)


def unlisted(profile: str, types: Iterable[str]) -> set[str]:
    return {text for text in types if catalogue.mapped(profile, text) is None}


def test_the_tables_agree_with_each_other() -> None:
    assert catalogue.faults() == []


def test_the_whole_standard_is_there() -> None:
    kinds = [kind for kind, _ in catalogue.categories()]
    assert (kinds.count(Kind.COMPONENT), kinds.count(Kind.MATTER)) == (153, 250)


@pytest.mark.parametrize("code", ["01016", "05001", "06031", "07005", "09007"])
def test_withdrawn_numbers_are_missing(code: str) -> None:
    assert catalogue.category("component", code) is None
    assert catalogue.category("matter", code) is None


def test_kind_and_code_together_name_a_category() -> None:
    component, matter = catalogue.category("component", "01037"), catalogue.category("matter", "01037")
    assert component is not None and matter is not None
    assert (component.name_zh, matter.name_zh) == ("路灯", "路灯异常")
    assert (component.name_en, matter.name_en) == ("Street light", "Street light fault")
    assert component.department == matter.department == "lighting"
    assert catalogue.category("event", "01037") is None
    assert catalogue.category(None, None) is None


def test_every_component_has_the_matter_of_its_faults() -> None:
    matters = {code for kind, code in catalogue.categories() if kind is Kind.MATTER}
    assert {code for kind, code in catalogue.categories() if kind is Kind.COMPONENT} <= matters


@pytest.mark.parametrize("kind", list(Kind))
def test_few_categories_are_urgent(kind: Kind) -> None:
    flags = [one.urgent for one in catalogue.categories().values() if one.kind is kind]
    assert 0.04 < sum(flags) / len(flags) < 0.12


def test_urgent_matters_have_short_limits() -> None:
    assert all(one.limit_hours <= 4 for one in catalogue.categories().values() if one.urgent)
    assert max(one.limit_hours for one in catalogue.categories().values()) == 360


def test_every_department_answers_for_something() -> None:
    assert {one.department for one in catalogue.categories().values()} == set(catalogue.departments())


def test_names_are_in_their_language_and_short() -> None:
    for one in (*catalogue.categories().values(), *catalogue.departments().values()):
        assert CHINESE.search(one.name_zh) and not CHINESE.search(one.name_en), one
        assert len(one.name_en) <= 45, one


@pytest.mark.parametrize("profile", ["boston_311", "nyc_311", "open311", "pingshan", "sf_311"])
def test_mapped_types_can_be_read_in_both_languages(profile: str) -> None:
    assert profile in catalogue.profiles()
    for found in catalogue.mapping(profile).values():
        assert CHINESE.search(found.name_zh) and not CHINESE.search(found.name_en), found
        assert (found.kind is None) == (found.code is None)


def test_lookup_forgives_capitals_and_blanks() -> None:
    found = catalogue.mapped("boston_311", "  street   light OUTAGES ")
    assert found is not None and (found.kind, found.code, found.name_zh) == (Kind.MATTER, "01037", "路灯不亮")
    assert catalogue.mapped("boston_311", "no such type") is None
    assert catalogue.mapped("boston_311", None) is None


@pytest.mark.parametrize("profile", ["atlantis", "../departments", ""])
def test_an_unknown_source_has_no_types(profile: str) -> None:
    assert catalogue.mapping(profile) == {}
    assert catalogue.mapped(profile, "Graffiti") is None


def test_a_type_without_counterpart_is_listed_without_code() -> None:
    found = catalogue.mapped("boston_311", "Rodent Activity")
    assert found is not None and found.code is None and found.name_zh == "鼠患"


@pytest.mark.parametrize(
    ("profile", "source_type", "urgent"),
    [
        ("boston_311", "Sidewalk Cover / Manhole", True),  # as its category
        ("boston_311", "Street Light Outages", False),
        ("boston_311", "Street Light Knock Downs", True),  # more than its category
        ("boston_311", "Carbon Monoxide", True),  # without a category
        ("boston_311", "Zoning", False),
    ],
)
def test_urgency_is_the_types_own_or_its_categorys(profile: str, source_type: str, urgent: bool) -> None:
    found = catalogue.mapped(profile, source_type)
    assert found is not None and catalogue.is_urgent(found) is urgent


@pytest.mark.parametrize(
    ("file", "column", "value", "said"),
    [
        ("categories.csv", "department", "ministry", "unknown department"),
        ("categories.csv", "code", "01002", "listed twice"),
        ("categories.csv", "code", "1001", "five digits"),
        ("categories.csv", "kind", "event", "not 153"),
        ("categories.csv", "name_en", " ", "name_en is empty"),
        ("categories.csv", "name_en", "Sewer manhole cover", "more than one"),
        ("categories.csv", "urgent", "yes", "urgent is"),
        ("categories.csv", "limit_hours", "0", "limit_hours is"),
        ("departments.csv", "name_zh", "", "name_zh is empty"),
        ("departments.csv", "department", "roads", "listed twice"),
        ("mappings/boston_311.csv", "code", "01016", "unknown category"),
        ("mappings/boston_311.csv", "kind", "", "unknown category"),
        ("mappings/boston_311.csv", "source_type", "ZONING ", "listed twice"),
        ("mappings/boston_311.csv", "name_zh", "", "no name"),
        ("mappings/boston_311.csv", "urgent", "1", "urgent is"),
    ],
)
def test_a_wrong_cell_is_reported(tmp_path: Path, file: str, column: str, value: str, said: str) -> None:
    folder = Path(shutil.copytree(DATA, tmp_path / "data"))
    with (folder / file).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    rows[0][column] = value
    with (folder / file).open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    found = catalogue.faults(folder)
    assert any(said in fault and fault.startswith(file) for fault in found), found


def test_a_missing_category_is_reported(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(DATA, tmp_path / "data"))
    lines = (folder / "categories.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "categories.csv").write_text("".join(lines[:-1]), encoding="utf-8")
    assert "categories.csv: 249 of kind matter, not 250" in catalogue.faults(folder)


def test_a_cell_too_many_is_reported(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(DATA, tmp_path / "data"))
    with (folder / "mappings" / "sf_311.csv").open("a", encoding="utf-8") as lines:
        lines.write("Signs, signals,matter,02010,,标志,\n")
    assert any("more cells than columns" in fault for fault in catalogue.faults(folder))


def test_every_type_of_boston_is_listed_and_most_rows_have_a_category(shared_data: Path) -> None:
    types = pd.read_csv(shared_data / "boston311_2011" / "311_service_requests_2011.zip", usecols=["type"], dtype=str)["type"]
    assert types.nunique() == 141
    assert unlisted("boston_311", types.unique()) == set()
    assert share_with_a_code("boston_311", types) == pytest.approx(0.759, abs=0.001)


def test_every_category_of_san_francisco_is_listed(shared_data: Path) -> None:
    types = pd.read_csv(shared_data / "sf311_sample" / "311_service_requests.csv.gz", usecols=["category"], dtype=str)["category"]
    assert unlisted("sf_311", types.unique()) == set()
    # two thirds of the sample are feedback and general requests to an office: no matter of the street
    assert share_with_a_code("sf_311", types) == pytest.approx(0.308, abs=0.001)


def test_every_main_type_of_pingshan_is_listed_and_sub_types_say_more(shared_data: Path) -> None:
    file = shared_data / "cn_pingshan_minsheng" / "pingshan_minsheng_10000.csv"
    rows = pd.read_csv(file, usecols=["MAIN_TYPE_NAME", "SUB_TYPE_NAME"], dtype=str)
    assert unlisted("pingshan", rows["MAIN_TYPE_NAME"].unique()) == set()
    assert share_with_a_code("pingshan", rows["MAIN_TYPE_NAME"]) == pytest.approx(0.434, abs=0.001)
    only_main = rows["SUB_TYPE_NAME"].isin(unlisted("pingshan", rows["SUB_TYPE_NAME"].unique()))
    finest = rows["SUB_TYPE_NAME"].mask(only_main, rows["MAIN_TYPE_NAME"])
    assert share_with_a_code("pingshan", finest) == pytest.approx(0.669, abs=0.001)


def test_every_service_of_the_open311_samples_is_listed(shared_data: Path) -> None:
    names: set[str] = set()
    for file in sorted((shared_data / "open311_samples").iterdir()):
        if file.suffix == ".xml":
            names |= {one.text or "" for one in ElementTree.parse(file).getroot().iter("service_name")}
        elif file.suffix == ".json":
            names |= {row["service_name"] for row in json.loads(file.read_text(encoding="utf-8")) if "service_name" in row}
    assert len(names) == 146
    assert unlisted("open311", names) == set()


def test_a_category_has_its_name_before_its_first_case(city: City) -> None:
    assert queries.names(city)["kind"]["matter-01057"] == ("露天燃气管道异常", "Above-ground gas pipe fault")
