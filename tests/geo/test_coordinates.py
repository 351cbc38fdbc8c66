"""Datums: there and back, known points, strange numbers."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from city_brain.errors import Fault
from city_brain.geo.coordinates import datum_name, from_wgs84, is_projected, to_wgs84

LON, LAT = st.floats(74, 134.5), st.floats(4, 53)


def metres(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    return float(111_320 * np.hypot((lon - other_lon) * np.cos(np.radians(lat)), lat - other_lat))


@given(lon=LON, lat=LAT, datum=st.sampled_from(["gcj02", "bd09"]))
@settings(max_examples=200, deadline=None)
def test_chinese_datums_come_back_within_a_metre(lon: float, lat: float, datum: str) -> None:
    shifted = from_wgs84(np.array([lon]), np.array([lat]), datum)
    back = to_wgs84(*shifted, datum)
    assert metres(lon, lat, back[0][0], back[1][0]) < 1
    assert 20 < metres(lon, lat, shifted[0][0], shifted[1][0]) < 2_500


def test_known_points() -> None:
    # Published example of the common conversion tables: one point in the three datums.
    lon, lat = to_wgs84(np.array([116.404]), np.array([39.915]), "gcj02")
    assert metres(116.39775550083061, 39.91359571849836, lon[0], lat[0]) < 2
    lon, lat = to_wgs84(np.array([116.41036949371029]), np.array([39.92133699351021]), "bd09")
    assert metres(116.39775550083061, 39.91359571849836, lon[0], lat[0]) < 3
    lon, lat = to_wgs84(np.array([7_644_000.0]), np.array([683_000.0]), "epsg:2913")
    assert (round(lon[0], 2), round(lat[0], 2)) == (-122.68, 45.52)


def test_missing_points_stay_missing_and_order_is_kept() -> None:
    x, y = np.array([114.3, np.nan, 114.3, np.inf, 114.4]), np.array([30.6, 30.6, 30.6, 30.6, np.nan])
    for datum in ("gcj02", "bd09", "epsg:3857"):
        lon, lat = to_wgs84(x, y, datum)
        assert np.isfinite(lon).tolist() == np.isfinite(lat).tolist() == [True, False, True, False, False]
        assert lon[0] == lon[2] and lat[0] == lat[2]
    assert to_wgs84(np.array([]), np.array([]), "gcj02")[0].size == 0


def test_nothing_is_moved_outside_china() -> None:
    lon, lat = to_wgs84(np.array([-71.06]), np.array([42.36]), "gcj02")
    assert (lon[0], lat[0]) == (-71.06, 42.36)


def test_names() -> None:
    assert datum_name(" WGS-84 ") == datum_name("CGCS2000") == datum_name("EPSG:4490") == "wgs84"
    assert datum_name("GCJ-02") == "gcj02"
    assert not is_projected("bd09")
    assert is_projected("EPSG:2913")
    for wrong in ("mars", "epsg:999999", "epsg:", "epsg:12a", ""):
        with pytest.raises(Fault) as caught:
            datum_name(wrong)
        assert caught.value.key == "datum"


def test_fifty_thousand_points_are_quick() -> None:
    random = np.random.default_rng(1)
    lon, lat = 114.3 + random.normal(0, 0.1, 50_000), 30.6 + random.normal(0, 0.1, 50_000)
    started = time.perf_counter()
    to_wgs84(lon, lat, "gcj02")
    assert time.perf_counter() - started < 5
