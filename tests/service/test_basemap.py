"""The base map over HTTP: the schematic map of a small real home, its caching, and a city's own maps."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
import shapely
from pmtiles.tile import Compression, TileType
from starlette.applications import Starlette
from starlette.testclient import TestClient

from city_brain.incidents import actions
from city_brain.roles import Actor, Role
from city_brain.service import basemap
from city_brain.settings import Settings
from city_brain.start import Home
from city_brain.text import LANGUAGES, Text
from tests.service.tile_files import WUHAN, mbtiles, picture, pmtiles, vector_layers, vectors

OPERATOR = Actor("tester", Role.SYSTEM)
Square = tuple[float, float, float, float]


def _feature(geometry: dict[str, Any], **said: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": said, "geometry": geometry}


def _square(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    return dict(shapely.geometry.mapping(shapely.box(west, south, east, north)))


def _district(name_zh: str, name_en: str, square: Square, label: tuple[float | None, float | None] = (None, None)) -> dict[str, Any]:
    said = {"level": "district", "name": name_zh, "name_zh": name_zh, "name_en": name_en, "code": None}
    return _feature(_square(*square), **said, label_lon=label[0], label_lat=label[1])


PLACES = [
    _district("江岸区", "Jiang'an", (114.2, 30.5, 114.3, 30.6), (114.27, 30.58)),
    _district("<b>武昌</b>", "Wuchang", (114.3, 30.5, 114.4, 30.6)),
    _feature(_square(114.29, 30.4, 114.31, 30.7), kind="river", name_zh="长江", name_en="Yangtze"),
    _feature(_square(114.35, 30.54, 114.38, 30.56), kind="lake", name_zh="东湖", name_en="East Lake"),
    _feature({"type": "LineString", "coordinates": [[114.2, 30.55], [114.4, 30.56]]}, kind="road_ring", name_zh="二环", name_en=""),
    _feature({"type": "LineString", "coordinates": [[114.25, 30.5], [114.26, 30.6]]}, kind="road_minor", name_zh="", name_en=""),
]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    opened = Home(Settings(home=tmp_path_factory.mktemp("home"), demo="off"))
    opened.open("test")
    _draw(opened, PLACES)
    yield opened
    opened.close()


@pytest.fixture
def home(opened: Home) -> Home:
    """A home with two districts, a river, a lake and two roads; a test may set its settings."""
    return copy(opened)


def _draw(opened: Home, features: list[dict[str, Any]]) -> None:
    content = orjson.dumps({"type": "FeatureCollection", "features": features})
    checksum = hashlib.sha256(content).hexdigest()
    (opened.settings.batches / f"{checksum}.geojson").write_bytes(content)
    actions.draw_places(opened.city, checksum, OPERATOR, schematic=True)


def _client(home: Home, **settings: str) -> TestClient:
    home.settings = replace(home.settings, **settings)  # type: ignore[arg-type]
    return TestClient(Starlette(routes=list(basemap.routes(home))), base_url="http://city.test")


def _sources(client: TestClient, **asked: str) -> dict[str, Any]:
    return dict(client.get("/basemap/style.json", params=asked).json()["sources"])


def test_the_schematic_style_is_whole_and_asks_this_console_alone(home: Home) -> None:
    client = _client(home)
    for theme in ("dark", "light"):
        for language in LANGUAGES:
            answer = client.get("/basemap/style.json", params={"theme": theme, "language": language})
            style = answer.json()
            assert answer.status_code == 200 and style["version"] == 8
            assert "://" not in answer.text
            names = [layer["id"] for layer in style["layers"]]
            assert names == ["ground", "land", "minor", "water", "shore", "main", "borders", "water-names", "district-names"]
            for layer in style["layers"][1:]:
                data = style["sources"][layer["source"]]["data"]
                assert client.get(data).json()["type"] == "FeatureCollection", data


def test_every_layer_of_the_style_finds_something_to_draw(home: Home) -> None:
    client = _client(home)
    style = client.get("/basemap/style.json").json()
    for layer in style["layers"][1:]:
        drawn = client.get(style["sources"][layer["source"]]["data"]).json()["features"]
        kinds = next((part[2] for part in (layer.get("filter"),) if part and part[0] == "match"), None)
        assert any(kinds is None or one["properties"]["kind"] in kinds for one in drawn), layer["id"]


def test_areas_say_their_names_and_leave_them_as_text(home: Home) -> None:
    drawn = _client(home).get("/basemap/areas.geojson?level=district").json()["features"]
    assert [one["properties"]["name_zh"] for one in drawn] == ["<b>武昌</b>", "江岸区"]
    assert drawn[1]["properties"] | {"parent": None} == drawn[1]["properties"]
    assert (drawn[1]["properties"]["label_lon"], drawn[0]["properties"]["label_lon"]) == (114.27, None)
    assert shapely.geometry.shape(drawn[1]["geometry"]).bounds == (114.2, 30.5, 114.3, 30.6)


def test_a_border_of_two_districts_is_one_line(home: Home) -> None:
    drawn = _client(home).get("/basemap/borders.geojson").json()["features"]
    lines = shapely.geometry.shape(drawn[0]["geometry"])
    around, between = 2 * (0.2 + 0.1), 0.1
    assert lines.length == pytest.approx(around + between)


def test_names_stand_where_they_were_put_or_where_there_is_room(home: Home) -> None:
    drawn = _client(home).get("/basemap/labels.geojson").json()["features"]
    found = {one["properties"]["name_en"]: (one["geometry"]["coordinates"], one["properties"]) for one in drawn}
    assert found["Jiang'an"][0] == [114.27, 30.58]
    assert 114.3 < found["Wuchang"][0][0] < 114.4
    assert 114.35 < found["East Lake"][0][0] < 114.38 and found["East Lake"][1]["turn"] == 0
    assert 114.29 < found["Yangtze"][0][0] < 114.31 and abs(found["Yangtze"][1]["turn"]) == 90


def test_a_browser_asks_again_for_one_line(home: Home) -> None:
    client = _client(home)
    for path in ("style.json", "areas.geojson", "borders.geojson", "features.geojson", "labels.geojson"):
        first = client.get(f"/basemap/{path}")
        assert first.headers["cache-control"] == "private, no-cache"
        again = client.get(f"/basemap/{path}", headers={"If-None-Match": f'"x", {first.headers["etag"]}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])


def test_a_changed_map_is_sent_anew(tmp_path: Path) -> None:
    home = Home(Settings(home=tmp_path, demo="off"))
    home.open("test")
    client = _client(home)
    first = client.get("/basemap/features.geojson").headers["etag"]
    _draw(home, PLACES[2:3])
    again = client.get("/basemap/features.geojson", headers={"If-None-Match": first})
    home.close()
    assert again.status_code == 200 and again.headers["etag"] != first


def test_an_edition_stands_in_the_urls_of_the_data(home: Home) -> None:
    assert _sources(_client(home), edition="武汉 & co")["districts"]["data"].endswith("&edition=%E6%AD%A6%E6%B1%89+%26+co")
    assert basemap.style_url(home.settings, theme="dark", language="en", edition="a b").endswith("&edition=a+b")


def test_while_the_city_opens_the_data_wait_and_the_style_does_not(tmp_path: Path) -> None:
    client = _client(Home(Settings(home=tmp_path, demo="off")))
    assert client.get("/basemap/style.json").status_code == 200
    for path in ("areas.geojson", "borders.geojson", "features.geojson", "labels.geojson"):
        answer = client.get(f"/basemap/{path}")
        assert (answer.status_code, answer.json()["fault"]) == (503, "opening")
        assert answer.headers["cache-control"] == "no-store"


def test_an_empty_city_has_an_empty_map(tmp_path: Path) -> None:
    empty = Home(Settings(home=tmp_path, demo="off"))
    empty.open("test")
    try:
        for path in ("areas.geojson", "borders.geojson", "features.geojson", "labels.geojson"):
            assert _client(empty).get(f"/basemap/{path}").json() == {"type": "FeatureCollection", "features": []}
    finally:
        empty.close()


@pytest.mark.parametrize("asked", ["style.json?theme=pink", "style.json?language=de", "areas.geojson?level=planet"])
def test_an_impossible_choice_says_what_is_possible(home: Home, asked: str) -> None:
    answer = _client(home).get(f"/basemap/{asked}")
    assert (answer.status_code, answer.json()["fault"]) == (422, "basemap_choice")
    assert answer.json()["values"]["allowed"]


@pytest.mark.parametrize("first", [0, 256, 8192, 65280])
def test_letters_are_there_for_every_range(home: Home, first: int) -> None:
    answer = _client(home).get(f"/basemap/glyphs/Any Font/{first}-{first + 255}.pbf")
    assert answer.status_code == 200 and b"%d-%d" % (first, first + 255) in answer.content


@pytest.mark.parametrize("span", ["1-256", "65536-65791", "x-y"])
def test_letters_that_cannot_be_are_not_found(home: Home, span: str) -> None:
    assert _client(home).get(f"/basemap/glyphs/Font/{span}.pbf").status_code == 404


def test_own_vector_tiles_are_drawn_in_our_colours(home: Home, tmp_path: Path) -> None:
    file = mbtiles(
        tmp_path / "a.mbtiles", {WUHAN: vectors()}, format="pbf", bounds="113,29,115,31", json=vector_layers("water", "transportation"),
        attribution='&copy; <a href="http://x">OpenStreetMap</a>',
    )  # fmt: skip
    client = _client(home, basemap=str(file))
    style = client.get("/basemap/style.json", params={"theme": "light"}, headers={"X-Forwarded-Proto": "https"}).json()
    source = style["sources"]["tiles"]
    assert (source["type"], source["minzoom"], source["maxzoom"], source["bounds"]) == ("vector", 8, 8, [113, 29, 115, 31])
    assert basemap.attribution(home.settings) == "© OpenStreetMap"
    assert source["tiles"][0].startswith("https://city.test/basemap/tiles/{z}/{x}/{y}?v=")
    used = {layer["source-layer"] for layer in style["layers"] if "source-layer" in layer}
    assert used == {"water", "transportation"}, "layers the file has not are not asked for"
    assert style["layers"][-1]["id"] == "borders" and not basemap.is_schematic(home.settings)

    answer = client.get(source["tiles"][0].format(z=8, x=209, y=105).replace("https", "http"))
    assert answer.headers["content-encoding"] == "gzip" and answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert "immutable" in answer.headers["cache-control"]
    plain = client.get("/basemap/tiles/8/209/105", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers and plain.content == answer.content, "the client has undone the gzip"


def test_own_picture_tiles_lie_under_the_district_borders(home: Home, tmp_path: Path) -> None:
    file = pmtiles(tmp_path / "a.pmtiles", {WUHAN: picture(), (8, 0, 0): picture()}, TileType.PNG, Compression.NONE)
    client = _client(home, basemap=str(file))
    style = client.get("/basemap/style.json").json()
    assert [layer["id"] for layer in style["layers"]] == ["ground", "pictures", "borders"]
    assert (style["sources"]["tiles"]["type"], style["sources"]["tiles"]["tileSize"]) == ("raster", 256)
    assert style["layers"][1]["paint"]["raster-brightness-max"] == 0.6, "dark pictures are not turned into their negative"
    first = client.get("/basemap/tiles/8/209/105")
    assert (first.status_code, first.headers["content-type"], first.content) == (200, "image/png", picture())
    again = client.get("/basemap/tiles/8/209/105", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert client.get("/basemap/tiles/8/1/1").status_code == 204, "nothing is there"
    assert [client.get(f"/basemap/tiles/{place}").status_code for place in ("7/0/0", "8/256/0", "99/0/0", "8/x/1")] == [404] * 4


def test_tiles_of_an_unknown_schema_are_drawn_plainly(home: Home, tmp_path: Path) -> None:
    file = mbtiles(tmp_path / "a.mbtiles", {WUHAN: vectors()}, json=vector_layers("parcels"))
    layers = _client(home, basemap=str(file)).get("/basemap/style.json").json()["layers"]
    assert {layer.get("source-layer") for layer in layers} == {None, "parcels"}


def test_tiles_of_the_protomaps_schema_are_known(home: Home, tmp_path: Path) -> None:
    file = mbtiles(tmp_path / "a.mbtiles", {WUHAN: vectors()}, json=vector_layers("earth", "roads", "water", "places"))
    layers = _client(home, basemap=str(file)).get("/basemap/style.json").json()["layers"]
    assert {layer["id"] for layer in layers} >= {"water", "streams", "minor", "main", "place-names"}


@pytest.mark.parametrize(("url", "kind", "template", "scheme"), [
    ("http://gis.local/{z}/{x}/{y}.png", "raster", "http://gis.local/{z}/{x}/{y}.png", None),
    ("https://gis.local/t/{z}/{x}/{-y}.jpg?k=1", "raster", "https://gis.local/t/{z}/{x}/{y}.jpg?k=1", "tms"),
    ("http://gis.local/{z}/{x}/{y}.pbf?key=a", "vector", "http://gis.local/{z}/{x}/{y}.pbf?key=a", None),
    ("http://gis.local/{z}/{x}/{y}.mvt", "vector", "http://gis.local/{z}/{x}/{y}.mvt", None),
])  # fmt: skip
def test_tiles_of_the_intranet_are_asked_for_there(home: Home, url: str, kind: str, template: str, scheme: str | None) -> None:
    client = _client(home, basemap=url)
    source = _sources(client)["tiles"]
    assert (source["type"], source["tiles"], source.get("scheme")) == (kind, [template], scheme)
    assert client.get("/basemap/tiles/1/0/0").status_code == 404, "this console serves none"


def test_a_style_of_the_intranet_is_given_straight_through(home: Home) -> None:
    url = "https://gis.local/styles/night.json?token=1"
    client = _client(home, basemap=url)
    assert basemap.style_url(home.settings, theme="dark", language="en") == url
    answer = client.get("/basemap/style.json", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, url)


@pytest.mark.parametrize(("named", "key"), [
    ("nowhere.mbtiles", "basemap_missing"), ("broken.pmtiles", "basemap_unreadable"),
    ("map.shp", "basemap_kind"), ("http://gis.local/wms", "basemap_kind"),
])  # fmt: skip
def test_a_base_map_that_cannot_be_used_is_told_of_and_the_schematic_one_is_shown(
    home: Home, tmp_path: Path, caplog: pytest.LogCaptureFixture, named: str, key: str
) -> None:
    (tmp_path / "broken.pmtiles").write_bytes(b"broken")
    client = _client(home, basemap=named if named.startswith("http") else str(tmp_path / named), basemap_datum="gcj02")
    told = basemap.fault(home.settings)
    assert told is not None and told.key == key and key in caplog.text
    assert basemap.is_schematic(home.settings) and basemap.datum(home.settings) == "wgs84"
    assert "features" in _sources(client)
    for language in LANGUAGES:
        assert "[" not in Text(language).fault(told)


def test_without_an_own_base_map_nothing_is_wrong(home: Home) -> None:
    assert basemap.fault(home.settings) is None and basemap.is_schematic(home.settings)


def test_borders_move_to_the_datum_of_the_own_map(home: Home) -> None:
    url = "http://gis.local/{z}/{x}/{y}.png"
    plain = _client(home).get("/basemap/areas.geojson").json()["features"][1]
    client = _client(home, basemap=url, basemap_datum="gcj02")
    moved = client.get("/basemap/areas.geojson").json()["features"][1]
    east = shapely.geometry.shape(moved["geometry"]).bounds[0] - shapely.geometry.shape(plain["geometry"]).bounds[0]
    assert 400 < east * 111_320 * 0.86 < 650, "metres that GCJ-02 lies east of WGS-84 here"
    assert moved["properties"]["label_lon"] - 114.27 == pytest.approx(east, abs=2e-4)
    assert basemap.datum(home.settings) == "gcj02"
