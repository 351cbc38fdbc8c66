"""Tile files: what they say of themselves, tiles by place, damage, many readers at once."""

from __future__ import annotations

import gzip
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pmtiles.tile import Compression, TileType

from city_brain.errors import Fault, NotFound
from city_brain.service import tiles
from tests.service.tile_files import WUHAN, mbtiles, picture, pmtiles, vector_layers, vectors


def test_pictures_in_mbtiles_are_found_by_their_place_counted_from_the_north(tmp_path: Path) -> None:
    north, south = picture("red"), picture("blue")
    both = {(1, 0, 0): north, (1, 0, 1): south}
    file = mbtiles(tmp_path / "a.mbtiles", both, format="png", bounds="113,29,115,31", minzoom="0", maxzoom="9")
    assert tiles.read_tile(file, 1, 0, 0) == tiles.Tile(north, "image/png")
    assert tiles.read_tile(file, 1, 0, 1) == tiles.Tile(south, "image/png")
    assert tiles.read_tile(file, 1, 1, 1) is None
    about = tiles.open_tiles(file).about
    assert (about.vector, about.minzoom, about.maxzoom, about.bounds) == (False, 0, 9, (113, 29, 115, 31))


def test_vectors_in_mbtiles_keep_their_gzip_and_name_their_layers(tmp_path: Path) -> None:
    file = mbtiles(tmp_path / "a.MBTiles", {WUHAN: vectors()}, format="pbf", json=vector_layers("water", "transportation"))
    tile = tiles.read_tile(file, *WUHAN)
    assert tile is not None and (tile.media_type, tile.encoding) == (tiles.VECTOR, "gzip")
    assert tile.plain() == tiles.Tile(gzip.decompress(vectors()), tiles.VECTOR)
    about = tiles.open_tiles(file).about
    assert about.vector and about.layers == {"water", "transportation"}
    assert (about.minzoom, about.maxzoom, about.bounds) == (8, 8, None), "zooms it does not state are those it has"


@pytest.mark.parametrize(("kind", "content", "packed", "media_type"), [
    (TileType.PNG, picture(), Compression.NONE, "image/png"),
    (TileType.MVT, vectors(), Compression.GZIP, tiles.VECTOR),
])  # fmt: skip
def test_pmtiles_give_their_tiles(tmp_path: Path, kind: TileType, content: bytes, packed: Compression, media_type: str) -> None:
    said = {"attribution": "Survey", "vector_layers": [{"id": "water"}]}
    file = pmtiles(tmp_path / "a.pmtiles", {WUHAN: content, (9, 419, 211): content}, kind, packed, **said)
    tile = tiles.read_tile(file, *WUHAN)
    assert tile == tiles.Tile(content, media_type, "gzip" if packed is Compression.GZIP else None)
    assert tiles.read_tile(file, 9, 0, 0) is None
    about = tiles.open_tiles(file).about
    assert about == tiles.About(kind is TileType.MVT, 8, 9, (113, 29, 115, 31), "Survey", frozenset({"water"}), False, about.edition)


@pytest.mark.parametrize(("colour", "bright"), [("#F2EFE9", True), ("#303A30", False)])
def test_bright_pictures_are_known_from_dark_ones(tmp_path: Path, colour: str, bright: bool) -> None:
    whole = {WUHAN: picture(colour), (8, 0, 0): picture(colour)}
    assert tiles.open_tiles(mbtiles(tmp_path / "a.mbtiles", whole)).about.bright is bright
    assert tiles.open_tiles(pmtiles(tmp_path / "a.pmtiles", whole, TileType.PNG, Compression.NONE)).about.bright is bright


def test_pmtiles_with_leaf_directories_give_every_tile(tmp_path: Path) -> None:
    places = {(12, x, y): f"{x}/{y}".encode() + os.urandom(1 + (x * y) % 5) for x in range(3340, 3480) for y in range(1640, 1760)}
    file = pmtiles(tmp_path / "big.pmtiles", places, TileType.MVT, Compression.NONE)
    for place in list(places)[::997]:
        found = tiles.read_tile(file, *place)
        assert found is not None and found.content == places[place]
    assert tiles.read_tile(file, 12, 0, 0) is None


@pytest.mark.parametrize("place", [(8, 256, 0), (8, 0, 256), (25, 0, 0), (-1, 0, 0), (8, -1, 0)])
def test_a_place_that_cannot_be_is_not_found(tmp_path: Path, place: tuple[int, int, int]) -> None:
    file = mbtiles(tmp_path / "a.mbtiles", {WUHAN: picture()})
    with pytest.raises(NotFound) as told:
        tiles.read_tile(file, *place)
    assert told.value.key == "basemap_tile"


def test_a_zoom_the_file_has_not_is_not_found(tmp_path: Path) -> None:
    file = mbtiles(tmp_path / "a.mbtiles", {WUHAN: picture()})
    with pytest.raises(NotFound):
        tiles.read_tile(file, 9, 0, 0)


@pytest.mark.parametrize("name", ["a.mbtiles", "a.pmtiles"])
@pytest.mark.parametrize(("content", "key"), [
    (None, "basemap_missing"),
    (b"", "basemap_unreadable"),
    (b"no map at all" * 100, "basemap_unreadable"),
    (b"PMTiles\x03" + b"\xff" * 400, "basemap_unreadable"),
    (b"SQLite format 3\x00" + b"\xff" * 400, "basemap_unreadable"),
])  # fmt: skip
def test_a_file_that_is_no_tile_file_says_so(tmp_path: Path, name: str, content: bytes | None, key: str) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Fault) as told:
        tiles.open_tiles(file)
    assert told.value.key == key and told.value.values["file"] == str(file)


def test_files_without_tiles_say_so(tmp_path: Path) -> None:
    with pytest.raises(Fault) as told:
        tiles.open_tiles(mbtiles(tmp_path / "a.mbtiles", {}, format="png"))
    assert told.value.key == "basemap_empty"


@pytest.mark.parametrize("name", ["a.mbtiles", "a.pmtiles"])
def test_a_file_cut_short_is_told_of_and_never_gives_a_wrong_tile(tmp_path: Path, name: str) -> None:
    whole = {(8, 209, y): os.urandom(5000) for y in range(60)}
    file = tmp_path / name
    _ = mbtiles(file, whole) if name.endswith(".mbtiles") else pmtiles(file, whole, TileType.MVT, Compression.NONE)
    content = file.read_bytes()
    for share in (0.1, 0.5, 0.9):
        file.write_bytes(content[: int(len(content) * share)])
        for place, tile in whole.items():
            try:
                found = tiles.read_tile(file, *place)
            except Fault as fault:
                assert fault.key == "basemap_unreadable"
            else:
                assert found is None or found.content == tile


def test_a_file_replaced_while_it_is_served_is_opened_anew(tmp_path: Path) -> None:
    file = mbtiles(tmp_path / "a.mbtiles", {WUHAN: picture("red")})
    before = tiles.open_tiles(file).about.edition
    mbtiles(tmp_path / "b.mbtiles", {WUHAN: picture("blue"), (8, 0, 0): picture("green")}).replace(file)
    found = tiles.read_tile(file, *WUHAN)
    assert found is not None and found.content == picture("blue")
    assert tiles.open_tiles(file).about.edition != before


@pytest.mark.parametrize("name", ["a.mbtiles", "a.pmtiles"])
def test_many_threads_read_the_right_tiles(tmp_path: Path, name: str) -> None:
    whole = {(8, 209, y): f"tile {y}".encode() * 50 for y in range(200)}
    file = tmp_path / name
    _ = mbtiles(file, whole) if name.endswith(".mbtiles") else pmtiles(file, whole, TileType.MVT, Compression.NONE)
    with ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda place: (place, tiles.read_tile(file, *place)), list(whole) * 5)
        assert all(tile is not None and tile.content == whole[place] for place, tile in found)


def test_nothing_is_written_beside_the_file(tmp_path: Path) -> None:
    file = mbtiles(tmp_path / "a.mbtiles", {WUHAN: picture()})
    tmp_path.chmod(0o500)
    try:
        assert tiles.read_tile(file, *WUHAN) is not None
    finally:
        tmp_path.chmod(0o700)
    assert [one.name for one in tmp_path.iterdir()] == ["a.mbtiles"]
