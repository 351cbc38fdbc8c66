"""The register as a file: what is written reads back the same; what cannot be read is refused with line, field and reason, and kept."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from city_brain import clock, register
from city_brain.__main__ import main
from city_brain.cases.model import Look
from city_brain.errors import Fault
from city_brain.hazards import actions, exchange, queries
from city_brain.hazards.model import FIELDS, Inspection, Result
from city_brain.hazards.queries import Wanted
from city_brain.incidents import sheets
from city_brain.roles import operator
from city_brain.settings import Settings
from city_brain.start import open_city
from city_brain.storage.city import City
from tests.hazards.conftest import INSPECTOR, MANAGER, NOW, SPOT

WHO = operator("test")
HEADER = "hazard_id,name,kind,risk_class,lon,lat,department"
GOOD = "A-1,Underpass,ponding,red,114.31,30.59,water"


@pytest.fixture(autouse=True)
def _at_nine() -> Iterator[None]:
    with clock.held(NOW):
        yield


@pytest.fixture
def full(here: City) -> City:
    """A register with what is hard to write: formulas, quotes, lines, a state of each, personal data, inspections."""
    actions.enter(here, SPOT | {"notes": '=HYPERLINK("http://x")\nsecond, line', "phone": "+86 138 1234 5678"}, MANAGER)
    actions.enter(
        here, SPOT | {"hazard_id": "-F2", "name": "'@sum", "risk_class": "red", "lon": 114.4, "state": "under_treatment"}, MANAGER
    )
    actions.enter(here, SPOT | {"hazard_id": "F-3", "last_on": date(2026, 5, 1), "address": "“引号” 12号", "kind": "bridge"}, MANAGER)
    actions.inspect(here, "F-1", Inspection(Result.CLEAR), INSPECTOR)
    actions.close(here, "F-3", "gone", MANAGER)
    return here


def whole(city: City) -> list[dict[str, Any]]:
    with city.read() as cursor:
        numbers = [row["hazard_id"] for row in queries.rows(city, Look(NOW), Wanted(closed=True))]
        rows = cursor.rows("hazards.standing", hazard_ids=numbers)
    kept = [{name: row[name] for name in FIELDS} for row in rows]
    return sorted(kept, key=lambda row: str(row["hazard_id"]))


@pytest.mark.parametrize("form", exchange.FORMATS)
@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09"])
def test_what_is_written_reads_back_the_same(full: City, tmp_path: Path, form: str, datum: str) -> None:
    text = register.written(full, WHO, form=form, datum=datum, purpose="move to another machine")["text"]
    again = register.take_in(full, text, WHO, datum=datum, file="back.csv")
    assert (again["same"], again["entered"], again["changed"], again["refused"]) == (3, 0, 0, 0)
    other = open_city(Settings(home=tmp_path / "other", demo="off"))
    try:
        taken = register.take_in(other, text, WHO, datum=datum, file="back.csv")
        assert (taken["entered"], taken["refused"]) == (3, 0)
        for was, now in zip(whole(full), whole(other), strict=True):
            exact = {name for name in FIELDS if name not in ("lon", "lat", "district", "street")}  # that home has no outlines
            assert {name: was[name] for name in exact} == {name: now[name] for name in exact}
            assert (now["lon"], now["lat"]) == pytest.approx((was["lon"], was["lat"]), abs=1e-6)
    finally:
        other.close()


def test_an_export_is_masked_and_changes_nothing_when_it_comes_back(full: City) -> None:
    text = register.written(full, WHO, form="csv", datum="wgs84")["text"]
    assert "王芳" not in text and "138 1234" not in text and "王*" in text
    before = whole(full)
    again = register.take_in(full, text, WHO, datum="wgs84", file="back.csv")
    assert (again["same"], again["refused"]) == (3, 0)
    assert whole(full) == before


def test_nothing_in_a_table_is_a_formula(full: City) -> None:
    text = register.written(full, WHO, form="csv", datum="wgs84", purpose="test")["text"]
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert any("HYPERLINK" in cell for cell in cells)
    assert [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))] == []


def test_a_datum_moves_the_points(full: City) -> None:
    plain, moved = (json.loads(register.written(full, WHO, form="geojson", datum=datum)["text"]) for datum in ("wgs84", "gcj02"))
    for one, other in zip(plain["features"], moved["features"], strict=True):
        east = one["geometry"]["coordinates"][0] - other["geometry"]["coordinates"][0]
        assert 0.004 < abs(east) < 0.008
    with pytest.raises(Fault, match="hazard_datum"):
        register.written(full, WHO, form="csv", datum="epsg:4547")


BAD = (
    ("A-2,,ponding,red,114.31,30.59,water", "hazard_missing", "name"),
    ("A-3,x,volcano,red,114.31,30.59,water", "hazard_unknown", "kind"),
    ("A-4,x,ponding,purple,114.31,30.59,water", "hazard_unknown", "risk_class"),
    ("A-5,x,ponding,red,east,30.59,water", "hazard_number", "lon"),
    ("A-6,x,ponding,red,nan,30.59,water", "hazard_range", "lon"),
    ("A-7,x,ponding,red,30.59,114.31,water", "hazard_swapped", "lon"),
    ("A-8,x,ponding,red,116.40,39.90,water", "hazard_far", "lon"),
    ("A-9,x,ponding,red,114.31,30.59,navy", "no_department", "navy"),
    ("A-1,twice,ponding,red,114.31,30.59,water", "hazard_twice", "A-1"),
)


def test_bad_rows_are_refused_alone_and_kept_whole(here: City) -> None:
    text = "\n".join([HEADER, GOOD, *(line for line, *_ in BAD)])
    taken = register.take_in(here, text, WHO, datum="wgs84", file="list.csv")
    assert (taken["read"], taken["entered"], taken["refused"]) == (len(BAD) + 1, 1, len(BAD))
    for place, (row, (line, fault, says)) in enumerate(zip(taken["rows"], BAD, strict=True), start=3):
        assert (row["line"], row["fault"]) == (place, fault)
        assert says in str(row["values"])
        assert list(row["row"].values()) == line.split(",")
    assert [row["hazard_id"] for row in queries.rows(here, Look(NOW))] == ["A-1"]


def test_mended_rows_are_taken(here: City) -> None:
    taken = register.take_in(here, f"{HEADER}\nA-4,=x,ponding,purple,114.31,30.59,water", WHO, datum="wgs84", file="list.csv")
    beside = sheets.refused([row | {"why": "so"} for row in taken["rows"]])
    assert beside.splitlines()[1] == "2,so,A-4,'=x,ponding,purple,114.31,30.59,water"
    again = register.take_in(here, beside.replace("purple", "red"), WHO, datum="wgs84", file="list.csv.refused.csv")
    assert (again["entered"], again["refused"], again["unknown"]) == (1, 0, [])
    assert queries.hazard(here, Look(NOW), "A-4")["name"] == "=x"


def test_names_in_both_languages_are_understood(here: City) -> None:
    chinese = "编号,名称,类别,风险等级,经度,纬度,责任单位,下次巡查,颜色\nB-1,立交下,易积水点,重大,114.31,30.59,水务局,2026/06/01,蓝"
    english = (
        "Number,Name,Kind,Class,Longitude,Latitude,Owner,State\n"
        "B-2,Lift,Lift or escalator,High,114.31,30.59,Market Regulation Bureau,Under treatment"
    )
    for text in (chinese, english):
        assert register.take_in(here, text, WHO, datum="wgs84", file="x.csv")["entered"] == 1
    one, two = (queries.hazard(here, Look(NOW), number) for number in ("B-1", "B-2"))
    assert (one["kind"], one["risk_class"], one["department"], one["next_on"]) == ("ponding", "red", "water", date(2026, 6, 1))
    assert (two["kind"], two["risk_class"], two["department"], two["state"]) == ("elevator", "orange", "market", "under_treatment")
    assert register.take_in(here, chinese, WHO, datum="wgs84", file="x.csv")["unknown"] == ["颜色"]


def test_a_list_without_numbers_is_the_same_the_second_time(here: City) -> None:
    text = "name,kind,risk_class,lon,lat,department\nUnderpass,ponding,red,114.31,30.59,water"
    first, second = (register.take_in(here, text, WHO, datum="wgs84", file="x.csv") for _ in range(2))
    assert (first["entered"], second["entered"], second["same"]) == (1, 0, 1)


def test_a_list_never_takes_a_newer_inspection_back(here: City) -> None:
    actions.enter(here, SPOT, MANAGER)
    actions.inspect(here, "F-1", Inspection(Result.CLEAR), INSPECTOR)
    text = "hazard_id,name,kind,last_on,next_on,notes\nF-1,中山路下穿段,ponding,2026-03-01,2026-04-01,old list"
    assert register.take_in(here, text, WHO, datum="wgs84", file="x.csv")["changed"] == 1
    found = queries.hazard(here, Look(NOW), "F-1")
    assert (found["last_on"], found["next_on"], found["notes"]) == (NOW.date(), NOW.date() + timedelta(days=30), "old list")


@pytest.mark.parametrize("text", ["", "a,b\n1,2", '{"features": 3}', "{", '{"type": "FeatureCollection", "features": [1]}'])
def test_what_is_no_list_is_refused(here: City, text: str) -> None:
    with pytest.raises(Fault, match="hazard_no_list"):
        register.take_in(here, text, WHO, datum="wgs84", file="x.csv")


# -- the command line ------------------------------------------------------------------------------


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command line on a home of its own."""
    monkeypatch.setenv("CITY_BRAIN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CITY_BRAIN_DEMO", "off")
    return lambda *words: CliRunner().invoke(main, list(words), prog_name="city_brain")


def test_import_list_export(command: Any, tmp_path: Path) -> None:
    given = tmp_path / "list.csv"
    given.write_bytes(f"{HEADER},notes\n{GOOD},汉字\nA-2,x,ponding,purple,1,2,water,y\n".encode("gb18030"))
    told = command("hazards", "import", str(given), "--datum", "gcj02")
    assert told.exit_code == 1 and "1 entered" in told.stdout and "1 refused" in told.stdout
    assert "Line 3" in told.stderr and "purple" in told.stderr and "Class" in told.stderr
    beside = (tmp_path / "list.csv.refused.csv").read_text(encoding="utf-8-sig")
    assert "A-2,x,ponding,purple,1,2,water,y" in beside
    found = json.loads(command("hazards", "list", "--json").stdout)
    assert found["figures"]["in_force"] == 1
    assert found["hazards"][0]["notes"] == "汉字" and found["hazards"][0]["lon"] != 114.31
    assert json.loads(command("hazards", "list", "--overdue", "--json").stdout)["hazards"] == []
    out = tmp_path / "out.geojson"
    assert command("hazards", "export", str(out), "--datum", "gcj02").exit_code == 0
    (feature,) = json.loads(out.read_text())["features"]
    assert feature["geometry"]["coordinates"] == pytest.approx([114.31, 30.59], abs=1e-7)
    back = command("hazards", "import", str(out), "--datum", "gcj02", "--json")
    assert (back.exit_code, json.loads(back.stdout)["same"]) == (0, 1)
