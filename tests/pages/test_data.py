"""The data page: opens empty and full, takes a file in after a preview, mends, and lets only the right roles."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from city_brain.cases import queries as cases
from city_brain.incidents import queries
from city_brain.start import Home
from tests.pages.conftest import Opened
from tests.pages.test_cases import words

GOOD = "id,created,closed,type,address,latitude,longitude\n" + "".join(
    f"{n},2026-03-0{1 + n % 7} 10:{n:02d},,Pothole,{n} Main St,{42.3 + n * 0.0007:.5f},{-71.06 - n * 0.0005:.5f}\n" for n in range(30)
)
BAD = "x,whenever,,Pothole,1 Main St,42.3,-71.06\n"


def looked_at(app: AppTest, file: Path, zone: str = "America/New_York") -> AppTest:
    """Type a path, say the zone, look."""
    app.text_input(key="upload-address").set_value(str(file)).run()
    app.selectbox(key="upload-timezone").set_value(zone)
    app.text_input(key="upload-city").set_value("Boston")
    return app.button(key="upload-look").click().run()


@pytest.mark.parametrize("lang", ["en", "zh_CN"])
def test_opens_empty_and_says_what_to_do(empty_home: Home, open_page: Opened, lang: str) -> None:
    assert "load FILE" in words(open_page("data", lang=lang, role="manager")) or lang == "zh_CN"


def test_opens_full_with_the_identity_of_its_rows(demo_home: Home, open_page: Opened) -> None:
    source = queries.sources(demo_home.city)[0]
    assert source["read"] == source["taken"] + source["known"] + source["quarantined"]
    assert f"{source['read']:,} read = {source['taken']:,} taken" in words(open_page("data", role="manager"))


@pytest.mark.parametrize("role", ["watch_officer", "dispatcher", "leader"])
def test_who_may_not_load_is_told_who_may(demo_home: Home, open_page: Opened, role: str) -> None:
    app = open_page("data", role=role)
    assert "This is done by: Administrator, Manager" in words(app)
    assert not [button for button in app.button if button.key == "upload-look"]


def test_preview_then_take_in_then_mend(empty_home: Home, open_page: Opened, tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(GOOD + BAD)
    app = looked_at(open_page("data", role="manager"), file)
    assert not app.exception
    assert cases.totals(empty_home.city)["cases"] == 0, "a preview records nothing"
    assert {metric.label: metric.value for metric in app.metric} == {"Rows read": "31", "Usable": "30", "To quarantine": "1"}
    app.button(key="upload-take").click().run()
    assert not app.exception
    assert cases.totals(empty_home.city)["cases"] == 30
    assert {metric.label: metric.value for metric in app.metric} == {"Read": "31", "Taken": "30", "Already known": "0", "Quarantine": "1"}
    waiting = queries.quarantine(empty_home.city)
    assert json.loads(waiting[0]["row"])["created"] == "whenever", "the row is kept as it was"
    app.button(key="quarantine-drop").click().run()
    assert not app.exception
    assert queries.quarantine(empty_home.city) == []


def test_a_file_without_zone_is_asked_for_one(empty_home: Home, open_page: Opened, tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(GOOD)
    app = looked_at(open_page("data", role="manager"), file, zone="")
    assert "time zone" in words(app)


def test_nothing_there_is_a_clear_fault(empty_home: Home, open_page: Opened) -> None:
    app = looked_at(open_page("data", role="manager"), Path("/there/is/nothing.csv"))
    assert "nothing.csv" in words(app)
    assert not app.exception


def test_real_data_put_the_simulated_city_aside_and_say_so_first(demo_home: Home, open_page: Opened, tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(GOOD)
    app = looked_at(open_page("data", role="administrator"), file)
    assert "simulated city will leave the picture" in words(app)
    app.button(key="upload-take").click().run()
    assert not app.exception
    assert [source["source"] for source in queries.sources(demo_home.city)] == ["calls"]


def test_the_same_file_uploaded_twice_is_one_source(empty_home: Home, open_page: Opened) -> None:
    app = open_page("data", role="manager")
    for _ in range(2):
        app.file_uploader(key="upload-file").set_value(("热线.csv", GOOD.encode(), "text/csv")).run()
        app.selectbox(key="upload-timezone").set_value("Asia/Shanghai")
        app.button(key="upload-look").click().run()
        assert not app.exception
        app.button(key="upload-take").click().run()
    assert cases.totals(empty_home.city)["cases"] == 30
    assert len(queries.sources(empty_home.city)) == 1
    assert not list((empty_home.settings.home / "uploads").iterdir()), "what was uploaded is let go once it is in the record"


def test_a_torn_row_is_mended_by_its_line(empty_home: Home, open_page: Opened, tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(GOOD + "77,2026-03-02 10:00,,Light\n")
    app = looked_at(open_page("data", role="manager"), file)
    app.button(key="upload-take").click().run()
    entry = queries.quarantine(empty_home.city)[0]
    row = json.loads(entry["row"])
    assert row == dict.fromkeys(("id", "created", "closed", "type", "address", "latitude", "longitude")) | {
        "_line": "77,2026-03-02 10:00,,Light"
    }
    given = f"quarantine_id,row_number,reason,_line,{','.join(name for name in row if name != '_line')}\n"
    given += f'{entry["quarantine_id"]},31,wrong_number_of_fields,"77,2026-03-02 10:00,,Light,7 Main St,42.31,-71.07",,,,,,,\n'
    app.file_uploader(key="quarantine-file").set_value(("mended.csv", given.encode("gb18030"), "text/csv")).run()
    assert not app.exception
    assert queries.quarantine(empty_home.city) == []
    assert cases.totals(empty_home.city)["cases"] == 31


def test_a_file_whose_time_nobody_recognises_is_mapped_by_hand(empty_home: Home, open_page: Opened, tmp_path: Path) -> None:
    file = tmp_path / "odd.csv"
    file.write_text("no,alpha,beta\n1,banana,2026-03-01 10:00\n2,apple,n/a\n3,pear,x\n4,fig,?\n")
    app = looked_at(open_page("data", role="manager"), file)
    assert "No column says when" in words(app)
    app.selectbox(key="map-external_id").set_value("no")
    app.selectbox(key="map-reported_at").set_value("beta")
    app.selectbox(key="map-source_type").set_value("alpha")
    app.text_input(key="map-name").set_value("odd ones")
    next(button for button in app.button if button.label == "Use and save this mapping").click().run()
    assert not app.exception
    assert {metric.label: metric.value for metric in app.metric} == {"Rows read": "4", "Usable": "1", "To quarantine": "3"}
    assert (empty_home.settings.profiles / "odd_ones.toml").exists()
    app.button(key="upload-take").click().run()
    assert cases.totals(empty_home.city)["cases"] == 1


def test_the_mapping_of_a_known_profile_can_be_corrected(empty_home: Home, open_page: Opened, shared_data: Path) -> None:
    app = looked_at(open_page("data", role="manager"), shared_data / "cn_pingshan_minsheng" / "pingshan_minsheng_10000.csv", zone="")
    app.selectbox(key="map-title").set_value("EVENT_TYPE_NAME")
    next(button for button in app.button if button.label == "Use and save this mapping").click().run()
    assert not app.exception
    assert (empty_home.settings.profiles / "pingshan_own.toml").exists()
