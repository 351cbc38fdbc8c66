"""Times as sources write them."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from city_brain.errors import Fault
from city_brain.intake.reading.times import Evidence, common_order, evidence, parse, zone

SHANGHAI = {
    "2011年7月1日 08:05": "2011-07-01T00:05:00",
    "2011年7月1日 8时5分": "2011-07-01T00:05:00",
    "2011年7月1日8时5分33秒": "2011-07-01T00:05:33",
    "2011年7月1日": "2011-06-30T16:00:00",
    "2011/7/1 8:05": "2011-07-01T00:05:00",
    "2011/7/1 下午 3:05": "2011-07-01T07:05:00",
    "2011-7-1 上午12:05": "2011-06-30T16:05:00",
    "2011/7/1 中午12:30": "2011-07-01T04:30:00",
    "2011.07.01": "2011-06-30T16:00:00",
    "2011-07-01T08:05:33Z": "2011-07-01T08:05:33",
    "2011-07-01 08:05:33.123+08:00": "2011-07-01T00:05:33.123",
    "2011-07-01 08:05 +0800": "2011-07-01T00:05:00",
    "2011-07-01 15:11:07+00:00": "2011-07-01T15:11:07",
    "2011-07-01 08:05:33 UTC": "2011-07-01T08:05:33",
    "2011-07-01 24:00:00": "2011-07-01T16:00:00",
    "07/01/2011 08:05:00 AM": "2011-07-01T00:05:00",
    "07/01/2011 12:05:00 AM": "2011-06-30T16:05:00",
    "7/1/2011 8 PM": "2011-07-01T12:00:00",
    "7/1/11": "2011-06-30T16:00:00",
    "1 Jul 2011 08:05": "2011-07-01T00:05:00",
    "Jul 1, 2011 8:05 PM": "2011-07-01T12:05:00",
    "Fri, 01 Jul 2011 08:05:33 +0000": "2011-07-01T08:05:33",
    "20110701": "2011-06-30T16:00:00",
    "20110701080533": "2011-07-01T00:05:33",
    "1309507533": "2011-07-01T08:05:33",
    "1309507533000": "2011-07-01T08:05:33",
    "40725": "2011-06-30T16:00:00",
    "40725.5": "2011-07-01T04:00:00",
}
NOT_TIMES = ["2011-02-30", "2011-06-31 10:00:00", "2011-07-01 25:00", "2011-13-01", "x", "10", "2011-7", "101000295613", "02131", "-"]


@pytest.mark.parametrize(("text", "utc"), SHANGHAI.items())
def test_every_way_of_writing(text: str, utc: str) -> None:
    found = parse(pa.array([f" {text} "]), timezone="Asia/Shanghai")
    assert found.moments[0] == np.datetime64(utc, "us")
    assert not found.unreadable[0]


def test_a_column_of_all_ways_reads_like_each_alone() -> None:
    found = parse(pa.array([*SHANGHAI, *NOT_TIMES, None, ""]), timezone="Asia/Shanghai")
    assert found.moments[: len(SHANGHAI)].tolist() == [datetime.fromisoformat(utc) for utc in SHANGHAI.values()]
    assert found.unreadable.tolist() == [False] * len(SHANGHAI) + [True] * len(NOT_TIMES) + [False, False]


def test_date_only_and_naive_are_told() -> None:
    found = parse(pa.array(["2011-07-01", "2011-07-01 08:00:00", "2011-07-01T08:00:00Z"]), timezone="America/New_York")
    assert found.date_only.tolist() == [True, False, False]
    assert found.naive.tolist() == [True, True, False]


def test_the_change_of_the_clock() -> None:
    found = parse(pa.array(["2011-11-06 01:30:00", "2011-03-13 02:30:00"]), timezone="America/New_York")
    assert found.moments.tolist() == [datetime(2011, 11, 6, 5, 30), datetime(2011, 3, 13, 7, 0)]


def test_any_value_above_twelve_decides_the_whole_column() -> None:
    assert evidence(pa.array(["01/02/2011", "03/04/2011", "13/04/2011"])).order() == ("dmy", False)
    assert evidence(pa.array(["01/02/2011", "03/14/2011"])).order() == ("mdy", False)
    assert evidence(pa.array(["01/02/2011", "03/04/2011"])).order() == ("mdy", True)
    assert evidence(pa.array(["01/02/2011", "03/04/2011"])).order("dmy") == ("dmy", True)
    assert evidence(pa.array(["2011-01-02"])).order() == ("mdy", False)
    assert common_order([evidence(pa.array(["01/02/2011"])), evidence(pa.array(["25/02/2011"]))], "mdy") == ("dmy", False)
    assert parse(pa.array(["01/02/2011"]), order="dmy", timezone="UTC").moments[0] == np.datetime64("2011-02-01")
    assert parse(pa.array(["25/02/2011"]), order="mdy", timezone="UTC").unreadable[0]


@given(st.lists(st.datetimes(datetime(1995, 1, 1), datetime(2090, 1, 1)), min_size=1, max_size=20), st.sampled_from(["mdy", "dmy"]))
def test_what_was_written_is_read(moments: list[datetime], order: str) -> None:
    form = "%m/%d/%Y %I:%M:%S %p" if order == "mdy" else "%d/%m/%Y %H:%M:%S"
    whole = [moment.replace(microsecond=0) for moment in moments]
    column = pa.array([moment.strftime(form) for moment in whole])
    found_order, assumed = evidence(column).order(order)
    assert assumed or found_order == order
    assert parse(column, order=order, timezone="UTC").moments.tolist() == whole


def test_no_zone_is_a_fault_only_where_one_is_needed() -> None:
    assert parse(pa.array(["2011-07-01T08:00:00Z", None]), timezone=None).moments[0] == np.datetime64("2011-07-01T08:00")
    with pytest.raises(Fault) as caught:
        parse(pa.array(["2011-07-01 08:00:00"]), timezone=None)
    assert caught.value.key == "timezone_missing"
    for wrong in ("Mars/Olympus", "../etc/passwd", ""):
        with pytest.raises(Fault) as caught:
            zone(wrong)
        assert caught.value.key == "timezone"


def test_evidence_adds_up() -> None:
    both = evidence(pa.array(["2011-07-01 08:00:00", "x", None])) + evidence(pa.array(["2011-07-01T08:00:00Z"]))
    assert both == Evidence(filled=3, read=2, naive=1)
