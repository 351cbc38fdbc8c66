"""How far coordinates can be believed."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from city_brain.incidents.model import Location
from city_brain.intake.reading.places import LOCATIONS, Judged, judge, numbers, points

Floats = npt.NDArray[np.float64]


def city(rows: int, lon: float = -71.08, lat: float = 42.32, seed: int = 1) -> tuple[Floats, Floats]:
    random = np.random.default_rng(seed)
    return np.round(lon + random.normal(0, 0.03, rows), 4), np.round(lat + random.normal(0, 0.03, rows), 4)


def judged(lon: Floats, lat: Floats, **more: object) -> Judged:
    return judge(lon, lat, "wgs84", lon=lon, lat=lat, **more)  # type: ignore[arg-type]


def counted(found: Judged) -> dict[Location, int]:
    return dict(Counter(LOCATIONS[code] for code in found.quality.tolist()))


def test_each_kind_of_bad_point() -> None:
    lon, lat = city(500)
    bad = {
        (0.0, 0.0): Location.NULL_ISLAND,
        (0.001, -0.05): Location.NULL_ISLAND,
        (-71.0, 42.0): Location.ROUNDED,
        (-71.1, 42.3): Location.ROUNDED,
        (42.3211, -71.0812): Location.SWAPPED,
        (-999.0, -999.0): Location.OUTSIDE,
        (-73.98, 40.75): Location.OUTSIDE,
        (np.inf, 42.3): Location.OUTSIDE,
        (np.nan, 42.3): Location.OUTSIDE,
        (-71.0812, 0.0): Location.OUTSIDE,
        (np.nan, np.nan): Location.NONE,
    }
    found = judged(np.append(lon, [x for x, _ in bad]), np.append(lat, [y for _, y in bad]))
    assert [LOCATIONS[code] for code in found.quality[500:].tolist()] == list(bad.values())
    assert counted(found)[Location.POINT] == 500
    assert found.centre is not None and abs(found.centre[0] + 71.08) < 0.01
    assert found.default_points == ()


def test_a_whole_file_swapped_is_found() -> None:
    lon, lat = city(200)
    assert counted(judged(lat, lon)) == {Location.SWAPPED: 200}
    assert judged(lat, lon).centre is None
    lon, lat = city(200, 114.3, 30.6)
    assert counted(judged(lat, lon)) == {Location.SWAPPED: 200}
    lon, lat = city(200, 6.95, 50.94)  # both ways lie on land: only a box tells
    assert counted(judged(lat, lon, box=(6.7, 50.8, 7.2, 51.1))) == {Location.SWAPPED: 200}


def test_a_default_point_is_found_and_a_busy_place_is_not() -> None:
    lon, lat = city(2_000)
    addresses = np.arange(1, 2_001, dtype=np.uint64)
    lon[:160], lat[:160] = -71.0587, 42.3594
    assert judged(lon, lat).default_points == ((-71.0587, 42.3594),)
    assert counted(judged(lon, lat, address=addresses))[Location.DEFAULT_POINT] == 160
    blank = addresses.copy()
    blank[:150] = 0
    assert counted(judged(lon, lat, address=blank))[Location.DEFAULT_POINT] == 160
    one_place = addresses.copy()
    one_place[:150] = 7
    assert Location.DEFAULT_POINT not in counted(judged(lon, lat, address=one_place))


def test_no_default_point_without_need() -> None:
    lon, lat = city(400)
    lon[:45], lat[:45] = -71.0587, 42.3594  # 11 %, but only 45 rows
    assert Location.DEFAULT_POINT not in counted(judged(lon, lat))
    lon, lat = city(10_000)
    lon[:150], lat[:150] = -71.0587, 42.3594  # 150 rows, but only 1.5 %
    assert Location.DEFAULT_POINT not in counted(judged(lon, lat))
    lon, lat = city(1_000)
    for station in range(10):  # a source that knows ten fixed stations
        lon[station * 100 : station * 100 + 100], lat[station * 100 : station * 100 + 100] = -71.05 - station / 97, 42.35
    assert Location.DEFAULT_POINT not in counted(judged(lon, lat))
    lon, lat = city(1_000)
    lon[:100], lat[:100] = -71.0587, 42.3594  # the next is a third as busy
    lon[100:140], lat[100:140] = -71.0687, 42.3494
    assert Location.DEFAULT_POINT not in counted(judged(lon, lat))
    assert Location.DEFAULT_POINT not in counted(judged(np.full(300, -71.0587), np.full(300, 42.3594)))


def test_what_is_known_of_a_source_serves_single_rows() -> None:
    lon, lat = np.array([-71.0587, -71.08, -73.98]), np.array([42.3594, 42.3211, 40.75])
    found = judged(lon, lat, centre=(-71.08, 42.32), box=(-71.3, 42.1, -70.9, 42.5), default_points=[(-71.0587, 42.3594)])
    assert [LOCATIONS[code] for code in found.quality] == [Location.DEFAULT_POINT, Location.POINT, Location.OUTSIDE]


def test_another_city_in_the_file_does_not_move_the_middle() -> None:
    lon, lat = city(600)
    far_lon, far_lat = city(400, 6.95, 50.94, seed=2)
    found = counted(judged(np.append(lon, far_lon), np.append(lat, far_lat)))
    assert found == {Location.POINT: 600, Location.OUTSIDE: 400}


def test_empty() -> None:
    found = judged(np.array([]), np.array([]))
    assert (found.quality.size, found.centre, found.box) == (0, None, None)


def test_points_in_one_column() -> None:
    column = pa.array(
        [
            "POINT (-71.05 42.35)", "SRID=4326;POINT(-71.05 42.35)", "(42.35, -71.05)", '{"latitude":"42.35","longitude":"-71.05"}',
            '{"type":"Point","coordinates":[-71.05,42.35]}', "162 ST (42.35, -71.05)", None, "nowhere",
        ]
    )  # fmt: skip
    x, y = points(column)
    assert x[:6].tolist() == [-71.05] * 6 and y[:6].tolist() == [42.35] * 6
    assert np.isnan(x[6]) and np.isinf(x[7])
    x, y = points(pa.array(["114.30,30.59", "114.31，30.60"]))
    assert (x.tolist(), y.tolist()) == ([114.3, 114.31], [30.59, 30.6])


def test_numbers() -> None:
    found = numbers(pa.array(["1.5", "-2", "1e3", "+4.", "", None, "1,5", "x"]))
    assert found[:4].tolist() == [1.5, -2, 1000, 4]
    assert np.isinf(found[[4, 6, 7]]).all() and np.isnan(found[5])
