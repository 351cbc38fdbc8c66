"""Teams as neighbours and the command line meet them: lists in and out, positions over HTTP, what is said of a team."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result
from starlette.applications import Starlette
from starlette.testclient import TestClient

from city_brain import clock
from city_brain.__main__ import main
from city_brain.cases.model import Look
from city_brain.dispatch import actions, queries, roster
from city_brain.dispatch.model import Function, Team
from city_brain.errors import Fault
from city_brain.incidents.actions import take_delivery
from city_brain.roles import operator
from city_brain.service.routes import routes
from city_brain.settings import Settings
from city_brain.simulator import crews
from city_brain.simulator.geography import town
from city_brain.start import Home
from city_brain.storage.city import City
from tests.deliveries import PLACE, delivery, row
from tests.dispatch.conftest import case

TOKEN = "a-token-of-this-run"
HEADER = "编号,名称,职能,部门,驻地经度,驻地纬度,技能,班次起,班次止\n"
GOOD = "L-1,照明一队,照明电力,lighting,114.3055,30.5928,高空作业车、抽排水泵,8:00,20:00:00\n"


@pytest.fixture
def opened(settings: Settings) -> Iterator[Home]:
    home = Home(settings)
    home.open("test")
    place = [row(1, location_quality="none", lon=None, lat=None)]
    take_delivery(home.city, delivery(settings.batches, place), operator("test"), place=PLACE)
    yield home
    home.close()


def asked(home: Home, command: str, **given: object) -> dict[str, Any]:
    """The last line of what POST /api/command answers."""
    body, header = {"command": command, "given": given, "user": "neighbour"}, {"Authorization": f"Bearer {TOKEN}"}
    answer = TestClient(Starlette(routes=[*routes(home, TOKEN)])).post("/api/command", json=body, headers=header)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = orjson.loads(answer.text.splitlines()[-1])
    return found


def fleet(city: City) -> dict[str, dict[str, Any]]:
    return {str(one["team_id"]): one for one in queries.teams(city, Look(clock.now())).to_dict("records")}


def test_a_list_is_understood_by_code_and_by_name_in_both_languages() -> None:
    ((line, cells),) = roster.read(HEADER + GOOD)
    found = roster.parsed(cells)
    assert line == 2
    assert found == Team(
        "L-1", "照明一队", "照明一队", Function.LIGHTING, "lighting", 1, 114.3055, 30.5928, ("lift", "pump"), "08:00", "20:00"
    )  # fmt: skip
    english = {"Number": "L-1", "Name": "照明一队", "Function": "Lighting and power", "Department": "lighting", "Home longitude": 114.3055,
               "Home latitude": 30.5928, "Skills": ["lift", "Pump"], "Shift from": "08:00", "Shift until": "20:00"}  # fmt: skip
    ((number, told),) = roster.read(json.dumps([english]))
    assert (number, roster.parsed(told)) == (1, found)
    away = roster.parsed(cells, "gcj02")
    assert 300 < abs(away.home_lon - found.home_lon) * 95_800 < 700, "the Chinese datum is off by half a kilometre there"


@pytest.mark.parametrize("text", ["", "a,b\n1,2", "[1, 2]", "[", '[{"a": 1}]'])
def test_what_is_no_list_of_teams_is_refused(text: str) -> None:
    with pytest.raises(Fault, match="team_no_list"):
        roster.read(text)


WRONG = {
    "team_missing": "L-2,二队,照明电力,lighting,,30.6,,,", "team_unknown": "L-2,二队,飞行,lighting,114.3,30.6,,,",
    "team_field": "L-2,二队,照明电力,lighting,west,30.6,,,", "team_place": "L-2,二队,照明电力,lighting,914.3,30.6,,,",
    "no_department": "L-2,二队,照明电力,nobody,114.3,30.6,,,", "team_twice": GOOD.strip(),
}  # fmt: skip


def test_rows_that_cannot_be_are_told_with_their_lines_and_the_others_are_taken(opened: Home) -> None:
    answer = asked(opened, "teams import", text=HEADER + GOOD + "\n".join(WRONG.values()))["answer"]
    assert (answer["read"], answer["new"], answer["refused"]) == (1 + len(WRONG), 1, len(WRONG))
    assert [(row["line"], row["fault"]) for row in answer["rows"]] == list(enumerate(WRONG, start=3))
    assert all(row["row"]["编号"].startswith("L-") for row in answer["rows"]) and list(fleet(opened.city)) == ["L-1"]


def test_a_list_that_is_written_reads_back_the_same(opened: Home) -> None:
    asked(opened, "teams import", text=HEADER + GOOD, datum="gcj02")
    before, head = fleet(opened.city), opened.city.record_sequence
    told = asked(opened, "teams export", datum="gcj02")["answer"]
    assert told["teams"] == 1
    answer = asked(opened, "teams import", text=told["text"], datum="gcj02")["answer"]
    assert (answer["new"], answer["changed"], answer["refused"]) == (0, 1, 0)
    after = fleet(opened.city)["L-1"]
    assert after["home_lon"] == pytest.approx(before["L-1"]["home_lon"], abs=2e-7) and opened.city.record_sequence > head
    assert {name: after[name] for name in ("function", "shift_from", "size", "state")} == {
        name: before["L-1"][name] for name in ("function", "shift_from", "size", "state")
    }


def test_positions_and_states_come_over_http_and_a_case_is_served(opened: Home) -> None:
    asked(opened, "teams import", text=HEADER + GOOD.replace("8:00,20:00:00", ","))
    number = case(opened.city, 7)
    where = {"team_id": "L-1", "lon": 114.31, "lat": 30.6}
    assert asked(opened, "teams locate", positions=[where])["answer"] == {"read": 1, "new": 1}
    assert asked(opened, "teams say", team="L-1", said="en_route")["fault"] == "team_at_no_case"
    assert asked(opened, "assign", case=number, team="L-1", role="dispatcher")["answer"]["case_id"] == number
    assert asked(opened, "teams say", team="L-1", said="off_duty")["fault"] == "team_taken"
    assert asked(opened, "teams say", team="L-1", said="recalled")["fault"] == "dispatch_reason"
    for said, state in (("en_route", "en_route"), ("on_scene", "on_scene"), ("cleared", "clear")):
        assert asked(opened, "teams say", team="L-1", said=said)["answer"]["state"] == state
    assert asked(opened, "teams say", team="L-1", said="en_route")["fault"] == "team_at_no_case"
    assert asked(opened, "teams say", team="L-1", said="off_duty", role="department", department="roads")["fault"] == "dispatch_role"
    assert (
        asked(opened, "teams say", team="L-1", said="off_duty", role="department", department="lighting")["answer"]["state"] == "off_duty"
    )
    assert asked(opened, "teams say", team="L-1", said="flying")["fault"] == "no_team_state"
    (group,) = asked(opened, "response", days=1, by="whole")["answer"]["groups"]
    past = clock.now() - timedelta(days=1)
    (there,) = queries.response(opened.city, Look(clock.now()), past, by="district").to_dict("records")
    behind = queries.served(opened.city, Look(clock.now()), past, by="district", group=None)
    assert not isinstance(there["group"], str) and list(behind["case_id"]) == [number], "those without a district lead to their rows too"
    assert group["n"] == 1 and group["total_n"] == 1 and group["total_p50"] is None, "below ten none is told"


def test_positions_that_are_none_are_a_fault_and_change_nothing(opened: Home) -> None:
    asked(opened, "teams import", text=HEADER + GOOD)
    head = opened.city.record_sequence
    for positions in ({"a": 1}, ["x"], 5, [{"team_id": "L-1", "lon": "west", "lat": 1}], None):
        assert asked(opened, "teams locate", positions=positions)["fault"] == "position_unreadable", positions
    assert opened.city.record_sequence == head


# -- the command line ------------------------------------------------------------------------------


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command line on a home of its own, with a city."""
    settings = Settings(home=tmp_path / "home", demo="off")
    monkeypatch.setenv("CITY_BRAIN_HOME", str(settings.home))
    monkeypatch.setenv("CITY_BRAIN_DEMO", "off")
    home = Home(settings)
    home.open("test")
    place = [row(1, location_quality="none", lon=None, lat=None)]
    take_delivery(home.city, delivery(settings.batches, place), operator("test"), place=PLACE)
    made = case(home.city, 7)
    home.close()
    return lambda *words: CliRunner().invoke(main, [made if word == "CASE" else word for word in words], prog_name="city_brain")


def test_teams_by_commands(command: Callable[..., Result], tmp_path: Path) -> None:
    given, out = tmp_path / "teams.csv", tmp_path / "out.csv"
    given.write_bytes((HEADER + GOOD.replace("8:00,20:00:00", ",") + WRONG["team_unknown"]).encode("gb18030"))
    told = command("teams", "import", str(given))
    assert told.exit_code == 1 and "2 rows: 1 new, 0 changed, 1 refused" in told.stdout
    assert "Line 3" in told.stderr and "飞行" in told.stderr
    assert "二队" in (tmp_path / "teams.csv.refused.csv").read_text(encoding="utf-8-sig")
    assert "Lighting and power  Available  case —  position — old" in command("teams", "list").stdout
    assert command("assign", "CASE", "L-1").exit_code == 0
    assert command("teams", "say", "L-1", "on_scene").stdout.strip() == "L-1: On scene"
    assert json.loads(command("teams", "say", "L-1", "cleared", "--json").stdout)["state"] == "clear"
    assert "below 10 no time is told" in command("response", "--by", "function").stdout
    assert "1 teams written" in command("teams", "export", str(out)).stdout
    assert command("teams", "import", str(out)).exit_code == 0
    positions = tmp_path / "positions.json"
    positions.write_text('[{"team_id"')
    refused = command("teams", "locate", str(positions))
    assert refused.exit_code == 1 and "is not a JSON list of positions" in refused.stderr


def test_a_department_that_the_city_does_not_have_is_refused_by_the_action_too(opened: Home) -> None:
    with pytest.raises(Fault, match="no_department"):
        actions.enter(opened.city, [Team("X-1", "甲", "甲", Function.GAS, "nobody", 1, 114.3, 30.6)], operator("test"))


def test_a_list_says_nothing_of_the_columns_that_it_lacks(opened: Home) -> None:
    asked(opened, "teams import", text=HEADER + GOOD)
    short = "编号,名称,技能\nL-1,照明甲队,\nL-2,照明乙队,\n"
    answer = asked(opened, "teams import", text=short)["answer"]
    assert (answer["changed"], answer["refused"], answer["rows"][0]["fault"]) == (1, 1, "team_missing"), "a new team needs the rest"
    now = fleet(opened.city)["L-1"]
    assert (now["name_zh"], now["shift_from"], now["home_lon"], list(now["skills"])) == ("照明甲队", "08:00", 114.3055, [])
    half = asked(opened, "teams import", text="编号,驻地经度\nL-1,114.4\n")["answer"]
    assert half["rows"][0]["fault"] == "team_missing", "half a place is none"


BASE = {"team_id": "L-9", "name_zh": "九队", "function": "lighting", "department": "lighting", "home_lon": 114.3, "home_lat": 30.6}


WRONG_VALUES: tuple[dict[str, Any], ...] = (
    {"size": 1e400}, {"size": 2.9}, {"size": "many"}, {"home_lon": 10**400}, {"name_zh": 5}, {"name_zh": ["x"]}, {"department": {"a": 1}},
    {"name_en": "x" * 81}, {"shift_from": 8, "shift_until": 9}, {"skills": [["pump"]]},
)  # fmt: skip


def test_json_that_cannot_be_a_team_is_refused_by_its_row(opened: Home) -> None:
    rows = [BASE, *(BASE | {"team_id": f"W-{number}"} | wrong for number, wrong in enumerate(WRONG_VALUES))]
    answer = asked(opened, "teams import", text=json.dumps(rows))["answer"]
    assert (answer["new"], answer["refused"]) == (1, len(WRONG_VALUES))
    assert [row["line"] for row in answer["rows"]] == list(range(2, 2 + len(WRONG_VALUES)))
    assert {row["fault"] for row in answer["rows"]} <= {"team_field", "team_unknown", "no_department"}


def test_json_without_an_end_is_no_list(opened: Home) -> None:
    assert asked(opened, "teams import", text="[" * 200_000)["fault"] == "team_no_list"


def test_every_team_of_the_demo_city_reads_back(opened: Home) -> None:
    actions.enter(opened.city, crews.teams(town("wuhan"), 1), crews.CREW)
    told = asked(opened, "teams export")["answer"]
    answer = asked(opened, "teams import", text=told["text"])["answer"]
    assert (answer["read"], answer["changed"], answer["rows"]) == (132, 132, [])
    assert queries.teams(opened.city, Look(clock.now()))["simulated"].all(), "a list makes no simulated team a real one"
