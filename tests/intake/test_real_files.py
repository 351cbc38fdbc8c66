"""Real files of real cities, each with what is known of it."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from city_brain.errors import Fault
from city_brain.intake.files import open_table
from city_brain.intake.normalise import Prepared, prepare
from city_brain.settings import Settings

BOSTON = "boston311_2011/311_service_requests_2011.zip"
PORTLAND = "portland_nij_cfs_2016_08_09/nij_cfs_portland_2016_08_09.csv.gz"


@pytest.fixture
def take(shared_data: Path, tmp_path: Path) -> object:
    def prepared(name: str, **wishes: object) -> Prepared:
        found = prepare(shared_data / name, settings=Settings(home=tmp_path), folder=tmp_path / "out", **wishes)  # type: ignore[arg-type]
        assert found.read == found.taken + found.duplicates + len(found.rejected)
        assert pq.read_metadata(found.parquet).num_rows == found.taken == sum(found.quality.values())
        return found

    return prepared


def counts(found: Prepared, column: str) -> Counter[object]:
    return Counter(pq.read_table(found.parquet, columns=[column])[column].to_pylist())


@pytest.mark.parametrize("wishes", [{}, {"profile": "auto", "timezone": "America/New_York"}])
def test_boston(take, wishes: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    found = take(BOSTON, **wishes)
    assert (found.read, found.taken, found.rejected) == (58_251, 58_251, ())
    assert found.quality == {"default_point": 4_775, "point": 53_476}
    assert found.reading.default_points == ((-71.0587, 42.3594),)
    assert found.flags["due_implausible"] == 19 and found.flags["due_before_reported"] == 3
    assert counts(found, "status") == {"closed": 54_570, "open": 3_681}
    table = pq.read_table(found.parquet)
    assert pc.min(table["reported_at"]).as_py() == datetime(2011, 7, 1, 5, 32, 33, tzinfo=UTC)
    assert pc.max(table["due_at"]).as_py().year == 2015
    assert found.horizon == datetime(2019, 10, 31, 19, 25, 56, tzinfo=UTC)
    assert table["closed_at"].null_count == 3_681
    assert found.centre is not None and (round(found.centre[0], 1), round(found.centre[1], 1)) == (-71.1, 42.3)
    if not wishes:
        assert found.source.prefix == "BOS" and found.proposal is None
        assert table["category_code"].null_count < 0.6 * len(table)


def test_boston_is_quick_and_the_same_twice(take) -> None:  # type: ignore[no-untyped-def]
    first = take(BOSTON)
    started = time.perf_counter()
    second = take(BOSTON)
    assert time.perf_counter() - started < 10
    assert first.sha256 == second.sha256


def test_san_francisco(take) -> None:  # type: ignore[no-untyped-def]
    found = take("sf311_sample/311_service_requests.csv.gz")
    assert (found.taken, found.source.profile) == (10_000, "sf_311")
    assert found.quality == {"null_island": 4_264, "point": 5_736}
    assert found.flags == {"closed_before_reported": 17}
    assert counts(found, "status") == {"closed": 9_630, "open": 370}


def test_pingshan(take) -> None:  # type: ignore[no-untyped-def]
    found = take("cn_pingshan_minsheng/pingshan_minsheng_10000.csv")
    assert (found.taken, found.source.profile, found.centre) == (10_000, "pingshan", None)
    assert found.quality == {"area": 9_990, "none": 10}
    assert found.flags == {"closed_time_unknown": 9_995, "finished_overdue": 924}
    assert counts(found, "status") == {"closed": 9_995, "open": 5}
    assert counts(found, "channel")["@坪山"] == 3_983
    assert counts(found, "address") == {None: 10_000}
    assert found.preview[0]["reported_at"] == datetime(2018, 7, 4, 9, 24, 41, tzinfo=UTC)


def test_open311(take, shared_data: Path) -> None:  # type: ignore[no-untyped-def]
    koeln = take("open311_samples/koeln_sags_uns_requests.json", city="Köln")
    assert (koeln.read, koeln.taken, koeln.duplicates, koeln.quality) == (50, 49, 1, {"point": 49})
    bloomington = take("open311_samples/bloomington_requests.json")
    assert bloomington.quality == {"none": 2, "null_island": 6, "point": 13}
    pacific = {"timezone": "America/Los_Angeles"}
    xml = take("open311_samples/san_francisco_requests.xml", **pacific)
    assert (xml.taken, xml.quality) == (56, {"null_island": 9, "point": 47})
    assert xml.preview[0]["reported_at"] == datetime(2012, 5, 23, 6, 57, 23, 970_000, tzinfo=UTC)
    fixture = take("open311_samples/sf_requests_2011_from_fixture.json", **pacific)
    assert counts(fixture, "status") == {"closed": 371, "open": 129}
    assert fixture.flags == {"closed_time_unknown": 371}
    with pytest.raises(Fault) as caught:
        take("open311_samples/san_francisco_requests.xml")
    assert caught.value.key == "timezone_missing"


def test_portland(take) -> None:  # type: ignore[no-untyped-def]
    found = take(PORTLAND, timezone="America/Los_Angeles", datum="epsg:2913")
    assert (found.taken, found.quality) == (37_818, {"point": 37_818})
    assert found.flags == {"date_only": 37_818, "id_derived": 37_818, "status_unknown": 37_818}
    assert found.centre is not None and (round(found.centre[0], 1), round(found.centre[1], 1)) == (-122.6, 45.5)
    assert len(counts(found, "external_id")) == 37_818


def test_files_that_are_no_matters(take) -> None:  # type: ignore[no-untyped-def]
    for name in (
        "cn_yuncheng_case_standard/muban.xlsx",
        "open311_samples/bloomington_services.json",
        "us_boundaries/boston_neighborhoods.geojson",
    ):
        with pytest.raises(Fault) as caught:
            take(name)
        assert caught.value.key == "no_time_column"


def test_a_municipal_workbook_with_a_title_and_merged_cells(shared_data: Path, tmp_path: Path) -> None:
    with open_table(shared_data / "cn_yuncheng_case_standard/muban.xlsx", folder=tmp_path) as opened:
        rows = [row for chunk in opened.table.chunks() for row in chunk.rows.to_pylist()]
    assert opened.table.headers == (
        "大类代码",
        "大类名称",
        "小类代码",
        "小类名称",
        "处置单位",
        "主管部门",
        "立案条件",
        "结案条件",
        "处置时限",
    )
    assert len(rows) == 375
    assert [row["小类名称"] for row in rows[:3]] == ["上水井盖"] * 3
    assert [row["处置时限"] for row in rows[:3]] == ["2紧急工作时", "4小时", "2天"]
