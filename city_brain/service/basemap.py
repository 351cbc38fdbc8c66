"""The base map with no internet: HTTP routes, and what the pages need to know of them.

Nothing here asks for a login: the base map shows places, never cases.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from hashlib import blake2b
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from city_brain.errors import Fault, NotFound
from city_brain.service import glyphs, map_places, map_style, tiles, vector_style
from city_brain.service.own_map import StyleSource, TileSource, own_map, tile_file
from city_brain.settings import Settings
from city_brain.start import Home

LEVELS = ("district", "street", "community", "cell")
_ASK_AGAIN = "private, no-cache"
"""Kept by the browser, and asked about each time: an unchanged answer costs one line (304)."""
_KEEP = "private, max-age=604800, immutable"
_GEOJSON = "application/geo+json"
_log = logging.getLogger("city_brain")


def fault(settings: Settings) -> Fault | None:
    """What is wrong with the city's own base map; None when nothing is, or when it has none."""
    try:
        own_map(settings)
    except Fault as wrong:
        return wrong
    return None


def is_schematic(settings: Settings) -> bool:
    """Whether the map shown is the one drawn from the picture: no own base map is set, or it cannot be read."""
    return _usable(settings) is None


def datum(settings: Settings) -> str:
    """Datum of the base map shown: whatever is drawn on it must be moved there (`geo.coordinates.from_wgs84`)."""
    return "wgs84" if is_schematic(settings) else settings.basemap_datum


def attribution(settings: Settings) -> str:
    """Who must be named on the map, as plain text; mostly empty."""
    own = _usable(settings)
    return own.attribution if isinstance(own, TileSource) else ""


def style_url(settings: Settings, *, theme: str, language: str, edition: str = "") -> str:
    """The URL of the map style for the browser.

    Parameters
    ----------
    theme : str
        `dark` or `light`.
    language : str
        `zh_CN` or `en`.
    edition : str
        Anything that changes when another city is drawn (such as its name): an open map then draws it anew.

    Returns
    -------
    str
        A path of this console, or the URL of a style on the intranet as it was set.
    """
    own = _usable(settings)
    if isinstance(own, StyleSource):
        return own.url
    asked = {"theme": theme, "language": language} | ({"edition": edition} if edition else {})
    return f"/basemap/style.json?{urlencode(asked)}"


def style(settings: Settings, *, theme: str, language: str, root: str = "", origin: str = "", edition: str = "") -> map_style.Style:
    """The map style.

    Parameters
    ----------
    root : str
        Base path of the console, mostly empty; no slash at the end.
    origin : str
        Scheme, host and base path, for the URL of our own tiles.
    edition : str
        As in `style_url`.

    Raises
    ------
    Fault
        ``basemap_choice``: there is no such theme or language.
    """
    own = _usable(settings)
    if not isinstance(own, TileSource):
        made = map_style.schematic(theme, language, root)
    else:
        map_style.chinese(language)
        shown = own.at(origin)
        made = vector_style.vectors(theme, language, root, shown) if own.vector else map_style.pictures(theme, root, shown)
    return map_style.of_edition(made, edition)


def routes(home: Home) -> list[Route]:
    """Every route of the base map, bound to the process's home."""
    settings = home.settings
    wrong = fault(settings)
    if wrong is not None:
        _log.warning("own base map not used: %s", wrong)

    def styled(request: Request) -> Response:
        own = _usable(settings)
        if isinstance(own, StyleSource):
            return RedirectResponse(own.url)
        asked = request.query_params
        made = style(
            settings, theme=asked.get("theme", "dark"), language=asked.get("language", "zh_CN"), edition=asked.get("edition", ""),
            root=request.base_url.path.rstrip("/"), origin=_origin(request),
        )  # fmt: skip
        return _answer(request, orjson.dumps(made), "application/json")

    def areas(request: Request) -> Response:
        level = request.query_params.get("level", "district")
        if level not in LEVELS:
            raise Fault("basemap_choice", name="level", value=level, allowed=", ".join(LEVELS))
        return _answer(request, map_places.areas(home.city, level, datum(settings)), _GEOJSON)

    def borders(request: Request) -> Response:
        return _answer(request, map_places.borders(home.city, datum(settings)), _GEOJSON)

    def features(request: Request) -> Response:
        return _answer(request, map_places.features(home.city, datum(settings)), _GEOJSON)

    def labels(request: Request) -> Response:
        return _answer(request, map_places.labels(home.city, datum(settings)), _GEOJSON)

    def tile(request: Request) -> Response:
        return _tile(settings, request)

    return [
        Route("/basemap/style.json", _told(styled), methods=["GET"]),
        Route("/basemap/areas.geojson", _told(areas), methods=["GET"]),
        Route("/basemap/borders.geojson", _told(borders), methods=["GET"]),
        Route("/basemap/features.geojson", _told(features), methods=["GET"]),
        Route("/basemap/labels.geojson", _told(labels), methods=["GET"]),
        Route("/basemap/tiles/{z:int}/{x:int}/{y:int}", _told(tile), methods=["GET"]),
        Route("/basemap/glyphs/{stack}/{first:int}-{last:int}.pbf", _told(_letters), methods=["GET"]),
    ]


def _usable(settings: Settings) -> TileSource | StyleSource | None:
    try:
        return own_map(settings)
    except Fault:
        return None


def _told(work: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """The work of a route, with its faults told as JSON."""

    def answered(request: Request) -> Response:
        try:
            return work(request)
        except Fault as wrong:
            status = 503 if wrong.key in ("opening", "basemap_missing", "basemap_unreadable", "basemap_empty") else wrong.status
            said = {"fault": wrong.key, "values": {name: str(value) for name, value in wrong.values.items()}}
            return JSONResponse(said, status_code=status, headers={"Cache-Control": "no-store"})

    return answered


def _answer(request: Request, content: bytes, media_type: str, keep: str = _ASK_AGAIN) -> Response:
    tag = f'W/"{blake2b(content, digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": keep}
    if tag in [given.strip() for given in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def _tile(settings: Settings, request: Request) -> Response:
    own, place = own_map(settings), [request.path_params[name] for name in ("z", "x", "y")]
    if not isinstance(own, TileSource) or not own.url.startswith("/"):
        raise NotFound("basemap_tile", z=place[0], x=place[1], y=place[2])
    found = tiles.read_tile(tile_file(settings), *place)
    keep = _KEEP if own.url.endswith(f"?v={request.query_params.get('v')}") else _ASK_AGAIN
    if found is None:  # inside the zooms of the file but empty: open sea, outside the city
        return Response(status_code=204, headers={"Cache-Control": keep})
    if "gzip" not in request.headers.get("accept-encoding", ""):
        found = found.plain()
    answer = _answer(request, found.content, found.media_type, keep)
    if found.encoding and answer.status_code == 200:
        answer.headers["Content-Encoding"] = found.encoding
    answer.headers["Vary"] = "Accept-Encoding"
    return answer


def _letters(request: Request) -> Response:
    return _answer(request, glyphs.glyphs(request.path_params["first"]), "application/x-protobuf", "private, max-age=604800")


def _origin(request: Request) -> str:
    """Where the browser sees this console; a proxy in front says so in its headers."""
    scheme = request.headers.get("x-forwarded-proto", request.base_url.scheme).split(",")[0].strip()
    host = request.headers.get("x-forwarded-host", request.base_url.netloc).split(",")[0].strip()
    return f"{'https' if scheme == 'https' else 'http'}://{host}{request.base_url.path.rstrip('/')}"
