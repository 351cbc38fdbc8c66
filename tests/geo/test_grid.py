"""The analysis grid: the picture's arithmetic is that of the projection library, and cells are of equal area."""

from __future__ import annotations

import duckdb
import numpy as np
import pyproj
import pytest

from city_brain.geo.grid import CELL_M, LEVELS, REACH_M, Grid
from city_brain.storage.statements import migrations

CITIES = {
    "Wuhan": (114.305, 30.593),
    "Boston": (-71.06, 42.36),
    "Quito": (-78.47, -0.18),
    "Sydney": (151.21, -33.87),
    "Harbin": (126.64, 45.76),
}
POINTS = 20_000


@pytest.fixture(scope="module")
def picture() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    for _, sql in migrations():
        connection.execute(sql)
    return connection


def points(city: str, reach_deg: float) -> tuple[np.ndarray, np.ndarray]:
    chance, (lon, lat) = np.random.default_rng(7), CITIES[city]
    return lon + chance.uniform(-reach_deg, reach_deg, POINTS), lat + chance.uniform(-reach_deg, reach_deg, POINTS)


def in_picture(
    picture: duckdb.DuckDBPyConnection, city: str, lon: np.ndarray, lat: np.ndarray, location: str = "point"
) -> dict[str, np.ndarray]:
    picture.execute(
        "CREATE OR REPLACE TEMP TABLE given AS SELECT unnest($lon) AS lon, unnest($lat) AS lat", {"lon": lon.tolist(), "lat": lat.tolist()}
    )
    lon_0, lat_0 = CITIES[city]
    return picture.execute(
        "SELECT cell_x(lon, $location, $lon_0, $lat_0) AS x, cell_y(lat, $location, $lon_0, $lat_0) AS y FROM given",
        {"location": location, "lon_0": lon_0, "lat_0": lat_0},
    ).fetchnumpy()


@pytest.mark.parametrize("city", CITIES)
def test_the_picture_finds_the_cells_that_the_grid_has(picture: duckdb.DuckDBPyConnection, city: str) -> None:
    lon, lat = points(city, reach_deg=0.4)
    x, y = Grid(*CITIES[city]).metres(lon, lat)
    found = in_picture(picture, city, lon, lat)
    for metres, cells in ((x, found["x"]), (y, found["y"])):
        off = np.abs(metres / CELL_M - np.round(metres / CELL_M)) < 1e-6  # within a quarter of a millimetre of an edge
        assert np.count_nonzero(off) < 5
        np.testing.assert_array_equal(np.asarray(cells)[~off], np.floor(metres / CELL_M)[~off])


@pytest.mark.parametrize("city", CITIES)
def test_points_of_another_city_have_no_cell(picture: duckdb.DuckDBPyConnection, city: str) -> None:
    lon, lat = points(city, reach_deg=4)
    x, y = Grid(*CITIES[city]).metres(lon, lat)
    found = in_picture(picture, city, lon, lat)
    np.testing.assert_array_equal(np.ma.getmaskarray(found["x"]), np.abs(x) >= REACH_M)
    np.testing.assert_array_equal(np.ma.getmaskarray(found["y"]), np.abs(y) >= REACH_M)


@pytest.mark.parametrize("location", ["area", "default_point", "null_island", "rounded", "swapped", "outside", "none"])
def test_only_a_point_of_its_own_has_a_cell(picture: duckdb.DuckDBPyConnection, location: str) -> None:
    lon, lat = points("Wuhan", reach_deg=0.01)
    found = in_picture(picture, "Wuhan", lon, lat, location)
    assert np.ma.getmaskarray(found["x"]).all()
    assert np.ma.getmaskarray(found["y"]).all()


@pytest.mark.parametrize("edge_m", LEVELS)
@pytest.mark.parametrize("city", CITIES)
def test_cells_are_of_equal_area(city: str, edge_m: int) -> None:
    """By geodesic area on the ellipsoid, from the centre to 80 km out."""
    away = 80_000 // edge_m
    x, y = (side.ravel() for side in np.meshgrid(np.linspace(-away, away, 7).astype(int), np.linspace(-away, away, 7).astype(int)))
    geod = pyproj.Geod(ellps="WGS84")
    areas = [geod.polygon_area_perimeter(*corners.T)[0] for corners in Grid(*CITIES[city]).outline(x, y, edge_m)]
    np.testing.assert_allclose(areas, edge_m**2, rtol=1e-3)


@pytest.mark.parametrize("city", CITIES)
def test_a_cell_holds_its_points_and_lies_in_its_parent(city: str) -> None:
    grid = Grid(*CITIES[city])
    lon, lat = points(city, reach_deg=0.2)
    x, y = (np.floor(metres / CELL_M).astype(int) for metres in grid.metres(lon, lat))
    for edge_m, shift in LEVELS.items():
        corners = grid.outline(x >> shift, y >> shift, edge_m)
        assert corners.shape == (POINTS, 4, 2)
        west_south, east_north = corners[:, 0], corners[:, 2]
        assert np.all((west_south[:, 0] <= lon + 1e-7) & (lon <= east_north[:, 0] + 1e-7))
        assert np.all((west_south[:, 1] <= lat + 1e-7) & (lat <= east_north[:, 1] + 1e-7))


def test_corners_run_counter_clockwise_from_the_south_west() -> None:
    (corners,) = Grid(*CITIES["Wuhan"]).outline([0], [0])
    (west, south), (east, also_south), (also_east, north), (also_west, also_north) = corners
    assert west == also_west < east == also_east
    assert south == also_south < north == also_north


def test_the_centre_is_the_corner_of_four_cells() -> None:
    x, y = Grid(*CITIES["Boston"]).metres(*CITIES["Boston"])
    assert abs(float(x)) < 1e-6
    assert abs(float(y)) < 1e-6
