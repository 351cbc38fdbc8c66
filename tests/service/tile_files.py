"""Small tile files for the tests: pictures and vectors, as MBTiles and as PMTiles."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mapbox_vector_tile
from PIL import Image
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import write

Place = tuple[int, int, int]
WUHAN: Place = (8, 209, 105)
"""A tile in the XYZ scheme that holds the middle of Wuhan."""


def picture(colour: str = "red") -> bytes:
    """A PNG tile."""
    content = io.BytesIO()
    Image.new("RGB", (256, 256), colour).save(content, "PNG")
    return content.getvalue()


def vectors() -> bytes:
    """A gzipped vector tile with one lake and one road."""
    lake = {"geometry": "POLYGON((0 0, 0 900, 900 900, 900 0, 0 0))", "properties": {"class": "lake"}}
    road = {"geometry": "LINESTRING(0 0, 4000 4000)", "properties": {"class": "primary"}}
    layers = [{"name": "water", "features": [lake]}, {"name": "transportation", "features": [road]}]
    return gzip.compress(mapbox_vector_tile.encode(layers))


def mbtiles(file: Path, tiles: Mapping[Place, bytes], **said: str) -> Path:
    """An MBTiles file; `said` is its metadata."""
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE metadata (name TEXT, value TEXT)")
        connection.execute("CREATE TABLE tiles (zoom_level INTEGER, tile_column INTEGER, tile_row INTEGER, tile_data BLOB)")
        connection.executemany("INSERT INTO metadata VALUES (?, ?)", said.items())
        rows = [(z, x, (1 << z) - 1 - y, content) for (z, x, y), content in tiles.items()]
        connection.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
    connection.close()
    return file


def pmtiles(file: Path, tiles: Mapping[Place, bytes], kind: TileType, packed: Compression, **said: Any) -> Path:
    """A PMTiles file; `said` is its metadata."""
    header = {"tile_type": kind, "tile_compression": packed, "min_lon_e7": 1_130_000_000, "min_lat_e7": 290_000_000}
    header |= {"max_lon_e7": 1_150_000_000, "max_lat_e7": 310_000_000, "center_zoom": 8, "center_lon_e7": 0, "center_lat_e7": 0}
    with write(str(file)) as writer:
        for place in sorted(tiles, key=lambda one: zxy_to_tileid(*one)):
            writer.write_tile(zxy_to_tileid(*place), tiles[place])
        writer.finalize(header, said)
    return file


def vector_layers(*names: str) -> str:
    """The metadata value by which an MBTiles file lists its vector layers."""
    return json.dumps({"vector_layers": [{"id": name, "fields": {}} for name in names]})
