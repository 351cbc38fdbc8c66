"""The base map a city brings itself: what the setting ``CITY_BRAIN_BASEMAP`` names.

A `.mbtiles` or `.pmtiles` file, the URL of a style (ends in ``.json``), or a URL of tiles with
``{z}``. URLs are fetched by the browser from the intranet, never by the console.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

from city_brain.errors import Fault
from city_brain.service import tiles
from city_brain.settings import Settings

TILE_ROUTE = "/basemap/tiles/{z}/{x}/{y}"
_TAG = re.compile(r"<[^>]*>")
_VECTOR_ENDS = (".pbf", ".mvt")
_LAST_ZOOM = {True: 14, False: 18}
"""Of tiles at a URL, which do not say: what vector and picture services usually have."""


@dataclass(frozen=True, slots=True)
class TileSource:
    """Tiles as a map style names them."""

    vector: bool
    url: str
    """Template with {z}, {x}, {y}; begins with / when this console serves the tiles."""
    minzoom: int
    maxzoom: int
    scheme: str = "xyz"
    """`xyz`, or `tms` where y counts from the south."""
    bounds: tuple[float, float, float, float] | None = None
    """West, south, east, north in degrees."""
    attribution: str = ""
    """Plain text: who must be named on the map."""
    layers: frozenset[str] = frozenset()
    """Names of the vector layers, as far as known."""
    bright: bool = False
    """Whether these are pictures known to have a bright ground."""

    def at(self, origin: str) -> TileSource:
        """The same tiles with an absolute URL: `origin` is scheme, host and base path of the console."""
        return replace(self, url=origin + self.url) if self.url.startswith("/") else self


@dataclass(frozen=True, slots=True)
class StyleSource:
    """A whole style of somebody else, at a URL."""

    url: str


def own_map(settings: Settings) -> TileSource | StyleSource | None:
    """The base map the settings name; None when they name none.

    Raises
    ------
    Fault
        ``basemap_kind``: neither a tile file nor such a URL; or as `tiles.open_tiles`.
    """
    named = settings.basemap
    if not named:
        return None
    if re.match(r"https?://", named, re.IGNORECASE):
        return _at_url(named)
    if not named.lower().endswith(tiles.SUFFIXES):
        raise Fault("basemap_kind", value=named)
    about = tiles.open_tiles(tile_file(settings)).about
    return TileSource(
        about.vector, f"{TILE_ROUTE}?v={about.edition}", about.minzoom, about.maxzoom,
        bounds=about.bounds, attribution=_plain(about.attribution), layers=about.layers, bright=about.bright,
    )  # fmt: skip


def tile_file(settings: Settings) -> Path:
    """The file the setting names."""
    return Path(settings.basemap).expanduser().resolve()


def _plain(markup: str) -> str:
    return " ".join(unescape(_TAG.sub(" ", markup)).split())


def _at_url(url: str) -> TileSource | StyleSource:
    path = urlsplit(url).path.lower()
    if "{z}" in url:
        vector = path.endswith(_VECTOR_ENDS)
        south = "{-y}" in url
        return TileSource(vector, url.replace("{-y}", "{y}"), 0, _LAST_ZOOM[vector], scheme="tms" if south else "xyz")
    if path.endswith(".json"):
        return StyleSource(url)
    raise Fault("basemap_kind", value=url)
