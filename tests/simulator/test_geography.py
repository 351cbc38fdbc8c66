"""The demo cities: real districts, a drawing that holds together, and words for addresses."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import shapely
from shapely.geometry import Point, shape

from city_brain.errors import Fault, NotFound
from city_brain.settings import DEMO_CITIES
from city_brain.simulator import geography
from city_brain.simulator.kinds import kinds
from city_brain.simulator.skeleton import water

KINDS = {"river", "lake", "road_ring", "road_main", "road_minor"}


def _drawn(town: geography.Town, kind: str, name: str) -> Any:
    found = [f for f in geography.skeleton(town)["features"] if f["properties"]["kind"] == kind and f["properties"]["name_zh"] == name]
    return shape(found[0]["geometry"])


@pytest.mark.parametrize("slug", DEMO_CITIES)
def test_a_town_is_complete(slug: str) -> None:
    town = geography.town(slug)
    assert (town.slug, town.timezone) == (slug, "Asia/Shanghai")
    assert town.prefix.isupper()
    assert sum(one.share for one in town.districts) == pytest.approx(100)
    assert len({one.adcode for one in town.districts}) == len(town.districts)
    themes = {theme.name for theme in kinds().themes}
    assert all(set(place.themes) <= themes for place in town.landmarks)
    for one in town.districts:
        assert len(one.streets) >= 3
        assert len({street.name for street in one.streets}) == len(one.streets)
        assert len(set(one.roads)) == len(one.roads) >= 5


@pytest.mark.parametrize("slug", DEMO_CITIES)
def test_streets_and_labels_lie_in_their_district(slug: str) -> None:
    for one in geography.town(slug).districts:
        outline = shape(one.outline)
        assert outline.is_valid
        outside = [street.name for street in one.streets if not outline.contains(Point(street.lon, street.lat))]
        assert not outside, one.name_zh
        assert outline.contains(Point(one.label_lon, one.label_lat)), one.name_zh


@pytest.mark.parametrize("slug", DEMO_CITIES)
def test_the_drawing_is_geojson_of_known_kinds(slug: str) -> None:
    town = geography.town(slug)
    drawing = json.loads(json.dumps(geography.skeleton(town)))
    reach = shapely.box(town.lon - 2.5, town.lat - 2.0, town.lon + 2.5, town.lat + 2.0)
    assert {feature["properties"]["kind"] for feature in drawing["features"]} == KINDS
    for feature in drawing["features"]:
        said, outline = feature["properties"], shape(feature["geometry"])
        assert said["schematic"] is True
        assert outline.is_valid
        assert reach.contains(outline), said["name_zh"]
        assert outline.has_z is False
        assert (said["kind"] in ("river", "lake")) == (outline.area > 0)
        assert bool(said["name_zh"] and said["name_en"]) == (said["kind"] != "road_minor")
    points = shapely.get_coordinates([shape(feature["geometry"]) for feature in drawing["features"]])
    assert (points.round(5) == points).all()


@pytest.mark.parametrize("slug", DEMO_CITIES)
def test_waters_do_not_overlap_and_no_minor_street_runs_through_them(slug: str) -> None:
    town = geography.town(slug)
    shapes = {f["properties"]["kind"]: [] for f in geography.skeleton(town)["features"]}  # type: dict[str, list[Any]]
    for feature in geography.skeleton(town)["features"]:
        shapes[feature["properties"]["kind"]].append(shape(feature["geometry"]))
    waters = shapes["river"] + shapes["lake"]
    assert sum(one.area for one in waters) == pytest.approx(shapely.union_all(waters).area, rel=1e-3)
    (minor,) = shapes["road_minor"]
    assert minor.intersection(shapely.union_all(waters)).length < 0.001 * minor.length


def test_wuhan_reads_as_wuhan() -> None:
    town = geography.town("wuhan")
    names = {feature["properties"]["name_zh"] for feature in geography.skeleton(town)["features"]}
    assert {"长江", "汉江", "东湖", "沙湖", "南湖", "汤逊湖", "墨水湖", "一环线", "二环线", "三环线", "四环线", "解放大道"} <= names
    rings = [shapely.Polygon(_drawn(town, "road_ring", name).coords) for name in ("一环线", "二环线", "三环线", "四环线")]
    assert all(outer.contains(inner) for inner, outer in pairwise(rings))
    yangtze, han = _drawn(town, "river", "长江"), _drawn(town, "river", "汉江")
    assert yangtze.distance(han) < 1e-4
    assert all(yangtze.intersects(ring.exterior) for ring in rings)
    district = {one.name_zh: shape(one.outline) for one in town.districts}
    assert yangtze.intersects(district["武昌区"].intersection(district["江岸区"]))
    assert rings[2].contains(_drawn(town, "lake", "东湖"))


def test_streets_thin_out_from_the_core() -> None:
    town = geography.town("wuhan")
    (minor,) = [shape(f["geometry"]) for f in geography.skeleton(town)["features"] if f["properties"]["kind"] == "road_minor"]
    waters = shapely.union_all(
        [shape(f["geometry"]) for f in geography.skeleton(town)["features"] if f["properties"]["kind"] in ("river", "lake")]
    )
    core = Point(town.lon, town.lat).buffer(0.04)
    around = Point(town.lon, town.lat).buffer(0.2).difference(Point(town.lon, town.lat).buffer(0.1))
    dense = [minor.intersection(land).length / land.area for land in (core.difference(waters), around.difference(waters))]
    assert dense[0] > 1.8 * dense[1] > 0


def test_a_drawing_is_handed_out_as_a_copy() -> None:
    town = geography.town("wuhan")
    geography.skeleton(town)["features"].clear()
    assert geography.skeleton(town)["features"]
    assert water(town).area > 5e7


def test_districts_say_what_the_picture_needs() -> None:
    (first, *others) = geography.districts(geography.town("wuhan"))["features"]
    assert first["properties"] == {
        "level": "district", "name": "江岸区", "name_zh": "江岸区", "name_en": "Jiang'an", "code": "420102", "adcode": "420102",
        "label_lon": 114.315, "label_lat": 30.631,
    }  # fmt: skip
    assert len(others) == 12


def test_an_unknown_town_or_district_is_a_fault() -> None:
    with pytest.raises(NotFound, match="town"):
        geography.town("atlantis")
    with pytest.raises(Fault, match="boundary_unknown"):
        geography.boundaries(("999999",))


def test_boundaries_are_those_of_the_survey(shared_data: Path) -> None:
    file = shared_data / "cn_boundaries" / "cn_districts_5cities_cgcs2000.geojson"
    if not file.is_file():
        pytest.skip(f"{file.name} is not here")
    known = {f["properties"]["adcode"]: shape(f["geometry"]) for f in json.loads(file.read_bytes())["features"]}
    ours = {one.adcode: shape(one.outline) for slug in DEMO_CITIES for one in geography.town(slug).districts}
    assert set(ours) == set(known)
    for adcode, outline in ours.items():
        assert outline.symmetric_difference(known[adcode]).area < 1e-3 * outline.area, adcode
