"""The style over a city's own vector tiles: the schema they follow, in the colours of the base map. Pure.

Two public schemas are known by the names of their layers, OpenMapTiles and Protomaps Basemap; tiles of
any other schema are drawn as plain surfaces and lines, so that the map is never empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from city_brain.service import map_style
from city_brain.service.map_style import Layer, Palette, Style
from city_brain.service.own_map import TileSource

Part = tuple[str, Any]
"""A layer of the tiles, and which of its features."""


@dataclass(frozen=True, slots=True)
class Schema:
    """Where a schema keeps what the base map draws."""

    marks: frozenset[str]
    """Names of layers by which the schema is known."""
    green: tuple[Part, ...]
    water: str
    streams: Part
    buildings: str
    minor: Part
    main: Part
    rails: Part
    frontiers: Part
    places: Part


def _of(key: Any, *values: str) -> Any:
    return ["match", key, list(values), True, False]


_CLASS = ["get", "class"]
_KIND = ["coalesce", ["get", "kind"], ["get", "pmap:kind"], ""]
_LINES = ["match", ["geometry-type"], ["LineString", "MultiLineString"], True, False]
_SURFACES = ["match", ["geometry-type"], ["Polygon", "MultiPolygon"], True, False]

OPENMAPTILES = Schema(
    marks=frozenset({"transportation", "water"}),
    green=(("landcover", _of(_CLASS, "wood", "grass", "wetland")), ("park", True)),
    water="water",
    streams=("waterway", _of(_CLASS, "river", "canal", "stream")),
    buildings="building",
    minor=("transportation", _of(_CLASS, "tertiary", "minor", "service", "street", "street_limited")),
    main=("transportation", _of(_CLASS, "motorway", "trunk", "primary", "secondary", "main")),
    rails=("transportation", _of(_CLASS, "rail", "transit", "major_rail", "minor_rail")),
    frontiers=("boundary", ["all", ["<=", ["get", "admin_level"], 4], ["!=", ["get", "maritime"], 1]]),
    places=("place", _of(_CLASS, "city", "town", "suburb", "quarter", "village")),
)
PROTOMAPS = Schema(
    marks=frozenset({"roads", "earth"}),
    green=(("landuse", _of(_KIND, "park", "forest", "wood", "nature_reserve", "grass")), ("natural", _of(_KIND, "forest", "wood"))),
    water="water",
    streams=("water", _of(_KIND, "river", "canal", "stream")),
    buildings="buildings",
    minor=("roads", _of(_KIND, "minor_road", "medium_road")),
    main=("roads", _of(_KIND, "highway", "major_road")),
    rails=("roads", _of(_KIND, "rail")),
    frontiers=("boundaries", _of(_KIND, "country", "region")),
    places=("places", _of(_KIND, "locality", "neighbourhood", "macrohood", "city", "town")),
)


def vectors(theme: str, language: str, root: str, tiles: TileSource) -> Style:
    """The style over vector tiles, with the district borders above the lines and below the names.

    Parameters
    ----------
    theme, language, root
        As in `map_style.schematic`.
    tiles : TileSource
        The tiles; without a list of layers they are taken for OpenMapTiles.

    Raises
    ------
    Fault
        ``basemap_choice``: there is no such theme or language.
    """
    colours, names = map_style.palette(theme), _names(language)
    schema = _schema(tiles.layers)
    drawn = _known(schema, colours) if schema else _unknown(tiles.layers, colours)
    places = [_places(schema, names, colours)] if schema else []
    there = [layer for layer in (*drawn, *places) if not tiles.layers or layer["source-layer"] in tiles.layers]
    labels = [layer for layer in there if layer["type"] == "symbol"]
    rest = [layer for layer in there if layer["type"] != "symbol"]
    layers = [map_style.ground(colours.land), *rest, map_style.border(colours), *labels]
    return map_style.style({"tiles": map_style.tile_source(tiles)} | map_style.borders(root), layers, root)


def _schema(layers: frozenset[str]) -> Schema | None:
    if not layers:
        return OPENMAPTILES
    return next((schema for schema in (OPENMAPTILES, PROTOMAPS) if schema.marks <= layers), None)


def _known(schema: Schema, colours: Palette) -> list[Layer]:
    greens = [_surface(f"green-{layer}", layer, where, colours.green) for layer, where in schema.green]
    return [
        *greens,
        _line("minor", schema.minor, colours.minor, map_style.MINOR_WIDTH, fade=map_style.MINOR_FADE, minzoom=10),
        _surface("water", schema.water, True, colours.water),
        _line("shore", (schema.water, _SURFACES), colours.shore, 1),
        _line("streams", schema.streams, colours.water, 1.5),
        _surface("buildings", schema.buildings, True, colours.building, minzoom=14),
        _line("rails", schema.rails, colours.minor, 1, minzoom=10),
        _line("main", schema.main, colours.main, map_style.MAIN_WIDTH),
        _line("frontiers", schema.frontiers, colours.border, 1.2),
    ]


def _unknown(layers: frozenset[str], colours: Palette) -> list[Layer]:
    ordered = sorted(layers)
    surfaces = [_surface(f"{layer}-surfaces", layer, True, colours.building) for layer in ordered]
    return [*surfaces, *(_line(f"{layer}-lines", (layer, True), colours.main, 1) for layer in ordered)]


def _names(language: str) -> Any:
    keys = ("name:zh", "name:zh-Hans", "name") if map_style.chinese(language) else ("name:en", "name_en", "name:latin", "name")
    return ["coalesce", *(["get", key] for key in keys)]


def _places(schema: Schema, text: Any, colours: Palette) -> Layer:
    layer, where = schema.places
    size = ["interpolate", ["linear"], ["zoom"], 9, 12, 14, 14]
    halo = (colours.label, colours.land)
    return map_style.names("place-names", "tiles", text, halo, where=where, layout={"text-size": size}, source_layer=layer)


def _surface(name: str, layer: str, where: Any, colour: str, **more: Any) -> Layer:
    return map_style.fill(name, "tiles", colour, where=["all", _SURFACES, where], source_layer=layer, **more)


def _line(name: str, part: Part, colour: str, width: Any, **more: Any) -> Layer:
    layer, where = part
    only = where if where is _SURFACES else ["all", _LINES, where]
    return map_style.line(name, "tiles", colour, width, where=only, source_layer=layer, **more)
