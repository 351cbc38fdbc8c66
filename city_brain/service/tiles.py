"""Tiles out of one file: MBTiles (a SQLite file) and PMTiles, pictures or vectors.

The file belongs to the city and is only read. It may be replaced while the console runs: it is
opened again when its time or size has changed.
"""

from __future__ import annotations

import gzip
import io
import sqlite3
import struct
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol

import orjson
from PIL import Image, ImageStat
from pmtiles.tile import (
    Compression,
    Entry,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    TileType,
    deserialize_directory,
    deserialize_header,
    find_tile,
    zxy_to_tileid,
)

from city_brain.errors import Fault, NotFound
from city_brain.storage.statements import statements

SUFFIXES = (".mbtiles", ".pmtiles")
VECTOR = "application/vnd.mapbox-vector-tile"
DEEPEST = 24
SAMPLES = 5
_BRIGHT = 160
"""Mean shade of 255 from which a picture counts as a bright map."""
_PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}
_GZIP = b"\x1f\x8b"
_PMTILES_TYPES = {
    TileType.MVT: VECTOR, TileType.PNG: "image/png", TileType.JPEG: "image/jpeg",
    TileType.WEBP: "image/webp", TileType.AVIF: "image/avif",
}  # fmt: skip
_PMTILES_ENCODINGS = {Compression.GZIP: "gzip", Compression.BROTLI: "br", Compression.ZSTD: "zstd"}
_DAMAGE = (OSError, EOFError, ValueError, IndexError, KeyError, struct.error, MagicNumberNotFound, SpecVersionUnsupported, sqlite3.Error)


@dataclass(frozen=True, slots=True)
class About:
    """What a tile file holds."""

    vector: bool
    minzoom: int
    maxzoom: int
    bounds: tuple[float, float, float, float] | None
    """West, south, east, north in degrees; None when the file does not say."""
    attribution: str
    """Who must be named on the map, as the file has it (often HTML)."""
    layers: frozenset[str]
    """Names of the vector layers the file lists."""
    bright: bool
    """Whether these are pictures on a bright ground, as street maps are; satellite pictures are not."""
    edition: str
    """Changes whenever the file does."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile as it goes over HTTP."""

    content: bytes
    media_type: str
    encoding: str | None = None
    """HTTP content encoding of `content`."""

    def plain(self) -> Tile:
        """The same tile for a client that takes no gzip."""
        return Tile(gzip.decompress(self.content), self.media_type) if self.encoding == "gzip" else self


class TileFile(Protocol):
    """An open tile file; any thread may read from it."""

    about: About

    def tile(self, z: int, x: int, y: int) -> Tile | None:
        """The tile in the XYZ scheme (y counts from the north); None where the file has none."""
        ...


def open_tiles(file: Path) -> TileFile:
    """Open a tile file, or give the one that is open already.

    Raises
    ------
    Fault
        ``basemap_missing``: there is no such file; ``basemap_unreadable``: it is not such a file, or damaged;
        ``basemap_empty``: it holds no tiles.
    """
    with _damage_told(file):
        state = file.stat()
        return _opened(file, state.st_mtime_ns, state.st_size)


def read_tile(file: Path, z: int, x: int, y: int) -> Tile | None:
    """One tile of a file in the XYZ scheme; None where the file has none.

    Raises
    ------
    Fault
        As `open_tiles`; also when the place of this one tile is damaged.
    NotFound
        There can be no tile of this number, or the file has no such zoom.
    """
    checked(z, x, y)
    opened = open_tiles(file)
    if not opened.about.minzoom <= z <= opened.about.maxzoom:
        raise NotFound("basemap_tile", z=z, x=x, y=y)
    with _damage_told(file):
        return opened.tile(z, x, y)


@contextmanager
def _damage_told(file: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise Fault("basemap_missing", file=str(file)) from None
    except _DAMAGE as error:
        raise Fault("basemap_unreadable", file=str(file), detail=str(error) or type(error).__name__) from error


def checked(z: int, x: int, y: int) -> None:
    """Whether a tile of this number can exist.

    Raises
    ------
    NotFound
        It cannot.
    """
    if not (0 <= z <= DEEPEST and 0 <= x < 1 << z and 0 <= y < 1 << z):
        raise NotFound("basemap_tile", z=z, x=x, y=y)


@lru_cache(maxsize=2)
def _opened(file: Path, modified_ns: int, size: int) -> TileFile:
    edition = blake2b(f"{file}|{modified_ns}|{size}".encode(), digest_size=6).hexdigest()
    return MBTiles(file, edition) if file.suffix.lower() == ".mbtiles" else PMTiles(file, edition)


class MBTiles:
    """An MBTiles file (version 1.3): table or view `tiles`, table `metadata`."""

    def __init__(self, file: Path, edition: str) -> None:
        # `immutable`: no lock and no side file is ever made beside a file that is not ours.
        self._connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        weakref.finalize(self, self._connection.close)  # a reader in another thread may outlive its place in the cache
        self._lock = threading.Lock()
        said = {str(name): str(value) for name, value in self._rows("metadata")}
        samples = [bytes(content) for (content,) in self._rows("some_tiles")]
        if not samples:
            raise Fault("basemap_empty", file=str(file))
        self._media_type = _media_type(samples[0])
        zooms = [said[name] for name in ("minzoom", "maxzoom") if said.get(name)]
        first, last = (int(float(zoom)) for zoom in (zooms if len(zooms) == 2 else self._rows("zooms")[0]))
        self.about = About(
            self._media_type == VECTOR, first, last, _bounds(said.get("bounds", "").split(",")), said.get("attribution", ""),
            _layer_names(orjson.loads(said.get("json") or b"{}")), self._media_type != VECTOR and _bright(samples), edition,
        )  # fmt: skip

    def tile(self, z: int, x: int, y: int) -> Tile | None:
        """The tile in the XYZ scheme; None where the file has none."""
        found = self._rows("tile", z=z, x=x, row=(1 << z) - 1 - y)
        if not found or found[0][0] is None:
            return None
        content = bytes(found[0][0])
        return Tile(content, self._media_type, "gzip" if content.startswith(_GZIP) else None)

    def _rows(self, name: str, **values: int) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(statements()[f"tiles.{name}"].sql, values).fetchall()


class PMTiles:
    """A PMTiles file (version 3)."""

    def __init__(self, file: Path, edition: str) -> None:
        self._file = file.open("rb")
        weakref.finalize(self, self._file.close)
        self._lock = threading.Lock()
        self._header = header = deserialize_header(self._bytes(0, 127))
        if header["tile_type"] not in _PMTILES_TYPES:
            raise ValueError(f"tiles of type {header['tile_type'].name}")
        if not header["root_length"] or not header["addressed_tiles_count"]:
            raise Fault("basemap_empty", file=str(file))
        self._directory = lru_cache(maxsize=64)(self._read_directory)
        self._directory(header["root_offset"], header["root_length"])
        metadata = self._bytes(header["metadata_offset"], header["metadata_length"])
        said = orjson.loads(gzip.decompress(metadata) if metadata.startswith(_GZIP) else metadata or b"{}")
        edges = [header[key] / 1e7 for key in ("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7")]
        vector = header["tile_type"] is TileType.MVT
        self.about = About(
            vector, header["min_zoom"], header["max_zoom"], _bounds(edges), str(said.get("attribution") or ""),
            _layer_names(said), not vector and _bright(self._samples()), edition,
        )  # fmt: skip

    def tile(self, z: int, x: int, y: int) -> Tile | None:
        """The tile in the XYZ scheme; None where the file has none."""
        wanted, header = zxy_to_tileid(z, x, y), self._header
        offset, length = header["root_offset"], header["root_length"]
        for _ in range(4):  # the format's deepest tree
            entry = find_tile(self._directory(offset, length), wanted)
            if entry is None:
                return None
            if entry.run_length:
                content = self._bytes(header["tile_data_offset"] + entry.offset, entry.length)
                encoding = _PMTILES_ENCODINGS.get(header["tile_compression"])
                return Tile(content, _PMTILES_TYPES[header["tile_type"]], encoding)
            offset, length = header["leaf_directory_offset"] + entry.offset, entry.length
        return None

    def _samples(self) -> list[bytes]:
        header = self._header
        offset, length = header["root_offset"], header["root_length"]
        while (entries := self._directory(offset, length)) and not entries[len(entries) // 2].run_length:
            leaf = entries[len(entries) // 2]
            offset, length = header["leaf_directory_offset"] + leaf.offset, leaf.length
        some = entries[:: max(1, len(entries) // SAMPLES)][:SAMPLES]
        return [self._bytes(header["tile_data_offset"] + entry.offset, entry.length) for entry in some if entry.run_length]

    def _read_directory(self, offset: int, length: int) -> list[Entry]:
        return deserialize_directory(self._bytes(offset, length))

    def _bytes(self, offset: int, length: int) -> bytes:
        with self._lock:
            self._file.seek(offset)
            content = self._file.read(length)
        if len(content) < length:
            raise EOFError(f"{length} bytes wanted at {offset}, {len(content)} there")
        return content


def _media_type(content: bytes) -> str:
    return next((kind for start, kind in _PICTURES.items() if content.startswith(start)), VECTOR)


def _bright(samples: Sequence[bytes]) -> bool:
    shades = [ImageStat.Stat(Image.open(io.BytesIO(content)).convert("L")).mean[0] for content in samples]
    return sum(shades) / len(shades) > _BRIGHT


def _bounds(edges: Sequence[str | float]) -> tuple[float, float, float, float] | None:
    try:
        west, south, east, north = (float(edge) for edge in edges)
    except ValueError:
        return None
    return (west, south, east, north) if -180 <= west < east <= 180 and -90 <= south < north <= 90 else None


def _layer_names(said: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(str(layer["id"]) for layer in said.get("vector_layers") or () if "id" in layer)
