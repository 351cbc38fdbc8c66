"""Proposals for files nobody has described."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pytest

from city_brain.intake.profiles import FIELDS
from city_brain.intake.reading.header_words import words
from city_brain.intake.recognise import Proposal, propose


def proposed(columns: dict[str, Sequence[str | None]]) -> Proposal:
    table = pa.table({header: pa.array(cells, pa.string()) for header, cells in columns.items()})
    return propose(list(columns), table)


def mapping(found: Proposal) -> dict[str, str]:
    return {guess.field: guess.column for guess in found.guesses if guess.column}


ROWS = 40
DAYS = [f"2024-05-{1 + number % 28:02d} 08:{number:02d}:00" for number in range(ROWS)]
LATER = [f"2024-06-{1 + number % 28:02d} 08:{number:02d}:00" if number % 3 else None for number in range(ROWS)]


def test_chinese_headers() -> None:
    found = proposed(
        {
            "案件编号": [f"WH2024{number:05d}" for number in range(ROWS)],
            "上报时间": DAYS,
            "处置截止时间": LATER,
            "办结时间": LATER,
            "大类名称": ["市容环境"] * ROWS,
            "小类名称": ["暴露垃圾", "井盖缺失"] * (ROWS // 2),
            "问题描述": ["路边有一堆建筑垃圾没有人清理，请尽快处理"] * ROWS,
            "事发地址": [f"中山路{number}号" for number in range(ROWS)],
            "所属区": ["江岸区", "武昌区"] * (ROWS // 2),
            "所属街道": ["一元街道"] * ROWS,
            "社区": ["车站社区"] * ROWS,
            "处置部门": ["城管局", "水务局"] * (ROWS // 2),
            "案件状态": ["已办结", "处置中"] * (ROWS // 2),
            "问题来源": ["12345", "监督员"] * (ROWS // 2),
            "紧急程度": ["一般", "紧急"] * (ROWS // 2),
            "经度": [f"114.3{number:02d}1" for number in range(ROWS)],
            "纬度": [f"30.5{number:02d}1" for number in range(ROWS)],
        }
    )
    assert mapping(found) == {
        "external_id": "案件编号", "reported_at": "上报时间", "due_at": "处置截止时间", "closed_at": "办结时间", "source_type": "小类名称",
        "description": "问题描述", "address": "事发地址", "district": "所属区", "street": "所属街道", "community": "社区",
        "department": "处置部门", "status": "案件状态", "channel": "问题来源", "urgency": "紧急程度", "lon": "经度", "lat": "纬度",
    }  # fmt: skip
    sure = {guess.field: guess.confidence for guess in found.guesses}
    assert sure["reported_at"] > 0.9 and sure["title"] == 0
    assert (found.timezone, found.datum, found.swapped) == ("Asia/Shanghai", None, False)
    assert all(guess.why for guess in found.guesses if guess.column)


def test_english_headers_of_another_city() -> None:
    found = proposed(
        {
            "SR_NUMBER": [f"SR11-{number:08d}" for number in range(ROWS)],
            "SR_TYPE": ["Graffiti Removal", "Pothole in Street"] * (ROWS // 2),
            "OWNER_DEPARTMENT": ["Streets", "CDOT"] * (ROWS // 2),
            "STATUS": ["Open", "Completed"] * (ROWS // 2),
            "CREATED_DATE": DAYS,
            "LAST_MODIFIED_DATE": DAYS,
            "CLOSED_DATE": LATER,
            "STREET_ADDRESS": [f"{number} W ADDISON ST" for number in range(ROWS)],
            "ZIP_CODE": ["60618"] * ROWS,
            "LATITUDE": [f"41.9{number:02d}7" for number in range(ROWS)],
            "LONGITUDE": [f"-87.6{number:02d}7" for number in range(ROWS)],
            "LOCATION": [f"(41.9{number:02d}7, -87.6{number:02d}7)" for number in range(ROWS)],
        }
    )
    assert mapping(found) == {
        "external_id": "SR_NUMBER", "source_type": "SR_TYPE", "department": "OWNER_DEPARTMENT", "status": "STATUS",
        "reported_at": "CREATED_DATE", "updated_at": "LAST_MODIFIED_DATE", "closed_at": "CLOSED_DATE", "address": "STREET_ADDRESS",
        "lat": "LATITUDE", "lon": "LONGITUDE",
        "point": "LOCATION",
    }  # fmt: skip
    assert found.timezone is None


def test_values_speak_where_headers_do_not() -> None:
    found = mapping(
        proposed(
            {
                "a": [f"K{number}" for number in range(ROWS)],
                "b": DAYS,
                "c": [f"POINT (-87.6{number:02d} 41.9)" for number in range(ROWS)],
                "d": ["open", "closed"] * (ROWS // 2),
            }
        )
    )
    assert found == {"external_id": "a", "reported_at": "b", "point": "c", "status": "d"}


def test_values_can_rule_a_header_out() -> None:
    found = mapping(proposed({"created": ["Anna", "Ben"] * 20, "date": DAYS, "latitude": ["north"] * ROWS, "longitude": ["west"] * ROWS}))
    assert found == {"reported_at": "date"}


def test_an_identifier_that_repeats_is_none() -> None:
    found = mapping(proposed({"case_id": ["A", "B"] * (ROWS // 2), "event": [str(number) for number in range(ROWS)], "created": DAYS}))
    assert found.get("external_id") != "case_id"
    nearly = proposed({"case_id": [*(str(number) for number in range(ROWS - 1)), "0"], "created": DAYS})
    assert mapping(nearly)["external_id"] == "case_id"


def test_of_many_times_the_always_filled_one_was_the_report() -> None:
    found = mapping(proposed({"date 1": LATER, "date 2": DAYS}))
    assert found["reported_at"] == "date 2"


def test_columns_exchanged_are_noticed() -> None:
    lon, lat = [f"114.3{number:02d}" for number in range(ROWS)], [f"30.5{number:02d}" for number in range(ROWS)]
    assert proposed({"时间": DAYS, "经度": lat, "纬度": lon}).swapped
    assert not proposed({"时间": DAYS, "经度": lon, "纬度": lat}).swapped


@pytest.mark.parametrize("north_first", [False, True])
def test_zones_of_chinese_surveyors(north_first: bool) -> None:
    east, north = [f"385{number:02d}123.4" for number in range(10, 50)], [f"33{number:02d}456.7" for number in range(10, 50)]
    found = proposed({"时间": DAYS, "X坐标": north if north_first else east, "Y坐标": east if north_first else north})
    assert found.datum == "epsg:4526"
    assert mapping(found)["lon"] == ("Y坐标" if north_first else "X坐标")


def test_alternatives_and_corrections() -> None:
    found = proposed({"created date": DAYS, "opened": DAYS, "received": DAYS, "reported": DAYS, "requested": DAYS})
    guess = next(guess for guess in found.guesses if guess.field == "reported_at")
    assert guess.column == "created date" and len(guess.alternatives) == 3
    assert guess.confidence < 1, "equals stand beside it"
    profile = found.profile(timezone="UTC")
    assert profile.columns == {"reported_at": ("created date",)} and profile.timezone == "UTC"


def test_empty_files_have_proposals_of_nothing() -> None:
    assert mapping(proposed({"id": [], "created": []})) == {}
    assert mapping(proposed({"id": [None], "created": [None]})) == {}


def test_every_field_has_words() -> None:
    assert set(words()) == set(FIELDS)
