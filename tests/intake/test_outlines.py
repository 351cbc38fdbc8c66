"""Outlines: polygons of a GeoJSON file become areas of the map, and nothing else is taken for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from city_brain.incidents import queries
from city_brain.intake import outlines
from city_brain.intake.load import Wishes, load
from city_brain.roles import operator
from city_brain.settings import Settings
from city_brain.storage.city import City

SQUARE = {"type": "Polygon", "coordinates": [[[114.3, 30.5], [114.31, 30.5], [114.31, 30.51], [114.3, 30.51], [114.3, 30.5]]]}


def written(folder: Path, *features: dict[str, Any]) -> str:
    file = folder / "areas.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    return str(file)


def feature(geometry: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry or SQUARE}


def test_a_polygon_is_a_district_unless_it_says_more(tmp_path: Path) -> None:
    given = written(tmp_path, feature(Name="Roslindale"), feature(name="420106001001001", level="cell", code="420106001001001"))
    found = outlines.read(given)
    assert found is not None
    assert [(one["properties"]["level"], one["properties"]["name"]) for one in found["features"]] == [
        ("district", "Roslindale"),
        ("cell", "420106001001001"),
    ]
    assert 114.3 < found["features"][0]["properties"]["label_lon"] < 114.31


@pytest.mark.parametrize(
    "geometry", [{"type": "Point", "coordinates": [114.3, 30.5]}, {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}]
)
def test_points_and_lines_are_no_outlines(tmp_path: Path, geometry: dict[str, Any]) -> None:
    assert outlines.read(written(tmp_path, feature(geometry, name="x"))) is None


def test_another_file_is_no_outline(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,created\n1,2026-01-01\n")
    assert outlines.read(str(tmp_path / "a.csv")) is None
    assert outlines.read("https://data.example.org/areas.geojson") is None


def test_loaded_they_are_areas_of_the_picture_and_replace_their_like(city: City, settings: Settings, tmp_path: Path) -> None:
    for name_en in ("Old name", "Wuchang"):
        given = written(tmp_path, feature(name="武昌区", name_en=name_en), feature(name="c1", level="cell"))
        load(city, settings, given, operator("tester"), Wishes(), lambda stage, done, total: None)
    districts, cells = queries.areas(city, "district"), queries.areas(city, "cell")
    assert districts[["name", "name_zh", "name_en"]].to_numpy().tolist() == [["武昌区", "武昌区", "Wuchang"]]
    assert cells["name"].tolist() == ["c1"]
    assert json.loads(districts["outline"].iloc[0])["type"] == "Polygon"
