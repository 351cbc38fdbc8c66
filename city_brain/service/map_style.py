"""Map styles (Mapbox style v8, read by the map in the browser): how the base map looks. Pure.

Every style is calm: normal ground is quiet so that only what needs a person has colour. Widths are
CSS pixels, zooms those of 512-pixel tiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from city_brain.errors import Fault
from city_brain.service.own_map import TileSource

Style = dict[str, Any]
Layer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of the base map in one theme."""

    ground: str
    land: str
    minor: str
    water: str
    shore: str
    main: str
    border: str
    label: str
    water_label: str
    green: str
    building: str
    picture: dict[str, float]
    """How picture tiles are quietened, so that the cases on them stand out."""
    bright_picture: dict[str, float]
    """The same for pictures on a bright ground; in the dark theme they are turned into their negative."""


PALETTES = {
    "dark": Palette(
        ground="#0B131D", land="#121D2B", minor="#1B2939", water="#0C2A40", shore="#174260", main="#2B3D52", border="#33475F",
        label="#7F94AC", water_label="#5A9CC6", green="#12232B", building="#172536",
        picture={"raster-saturation": -0.6, "raster-brightness-max": 0.6},
        bright_picture={
            "raster-saturation": -0.75, "raster-hue-rotate": 180, "raster-brightness-min": 0.75, "raster-brightness-max": 0.05,
            "raster-opacity": 0.85,
        },
    ),
    "light": Palette(
        ground="#E9EDF2", land="#F7F9FB", minor="#E7ECF1", water="#CFE3F0", shore="#A9CBE0", main="#D3DBE4", border="#AEBBC9",
        label="#5A6B7C", water_label="#2B6A90", green="#EAF3EE", building="#EDF1F5",
        picture={"raster-saturation": -0.4, "raster-brightness-min": 0.2},
        bright_picture={"raster-saturation": -0.45, "raster-brightness-min": 0.15},
    ),
}  # fmt: skip
LANGUAGES = ("zh_CN", "en")
FONT = ["Source Sans Regular"]
MINOR_WIDTH = ["interpolate", ["linear"], ["zoom"], 9, 0.4, 12, 1.2, 16, 3.5]
MAIN_WIDTH = ["interpolate", ["linear"], ["zoom"], 9, 1, 12, 3, 16, 7]
MINOR_FADE = ["interpolate", ["linear"], ["zoom"], 10.2, 0, 11, 0.45, 12.5, 1]
"""Over the whole city minor streets read as cracks: they come in as one goes nearer."""
_ROUND = {"line-cap": "round", "line-join": "round"}


def palette(theme: str) -> Palette:
    """The colours of a theme, `dark` or `light`.

    Raises
    ------
    Fault
        ``basemap_choice``: there is no such theme.
    """
    if theme not in PALETTES:
        raise Fault("basemap_choice", name="theme", value=theme, allowed=", ".join(PALETTES))
    return PALETTES[theme]


def schematic(theme: str, language: str, root: str) -> Style:
    """The style of the base map drawn from the picture: districts, waters, roads.

    Parameters
    ----------
    theme : str
        `dark` or `light`.
    language : str
        `zh_CN` or `en`: the language of names.
    root : str
        What stands before the console's own routes: its base path, mostly empty; no slash at the end.

    Raises
    ------
    Fault
        ``basemap_choice``: there is no such theme or language.
    """
    colours = palette(theme)
    waters, main = _kinds("river", "lake"), _kinds("road_main", "road_ring")
    layers = [
        ground(colours.ground),
        fill("land", "districts", colours.land),
        line("minor", "features", colours.minor, MINOR_WIDTH, where=_kinds("road_minor"), fade=MINOR_FADE, minzoom=10),
        fill("water", "features", colours.water, where=waters),
        line("shore", "features", colours.shore, 1, where=waters),
        line("main", "features", colours.main, MAIN_WIDTH, where=main),
        border(colours),
        *_names(colours, language),
    ]
    sources = borders(root) | {
        "districts": {"type": "geojson", "data": f"{root}/basemap/areas.geojson?level=district"},
        "features": {"type": "geojson", "data": f"{root}/basemap/features.geojson"},
        "labels": {"type": "geojson", "data": f"{root}/basemap/labels.geojson"},
    }
    return style(sources, layers, root)


def pictures(theme: str, root: str, tiles: TileSource) -> Style:
    """The style over picture tiles: quietened, with the district borders above."""
    colours = palette(theme)
    paint = colours.bright_picture if tiles.bright else colours.picture
    layers = [ground(colours.ground), {"id": "pictures", "type": "raster", "source": "tiles", "paint": paint}, border(colours)]
    return style({"tiles": tile_source(tiles)} | borders(root), layers, root)


def tile_source(tiles: TileSource) -> dict[str, Any]:
    """The source of a style for tiles. Their URL must be absolute: vector tiles are fetched by a worker, which has no page."""
    source: dict[str, Any] = {"type": "vector" if tiles.vector else "raster", "tiles": [tiles.url]}
    source |= {"minzoom": tiles.minzoom, "maxzoom": tiles.maxzoom}
    source |= {"scheme": tiles.scheme} if tiles.scheme != "xyz" else {}
    source |= {"bounds": list(tiles.bounds)} if tiles.bounds else {}
    return source if tiles.vector else source | {"tileSize": 256}


def style(sources: dict[str, Any], layers: list[Layer], root: str) -> Style:
    """A whole style. Chinese is drawn by the browser; letters and digits come from our own glyph route."""
    glyphs = f"{root}/basemap/glyphs/{{fontstack}}/{{range}}.pbf"
    return {"version": 8, "name": "city", "glyphs": glyphs, "sources": sources, "layers": layers}


def of_edition(made: Style, edition: str) -> Style:
    """The style with the edition in the URLs of its own data, so that another city is fetched anew."""
    if not edition:
        return made
    sources = {name: source | _marked(source, edition) for name, source in made["sources"].items()}
    return made | {"sources": sources}


def _marked(source: dict[str, Any], edition: str) -> dict[str, Any]:
    if source["type"] != "geojson":
        return {}
    return {"data": f"{source['data']}{'&' if '?' in source['data'] else '?'}{urlencode({'edition': edition})}"}


def ground(colour: str) -> Layer:
    """The layer under everything."""
    return {"id": "ground", "type": "background", "paint": {"background-color": colour}}


def fill(name: str, source: str, colour: str, *, where: Any = None, **more: Any) -> Layer:
    """A layer of surfaces."""
    return _layer(name, "fill", source, where, more) | {"paint": {"fill-color": colour}}


def line(name: str, source: str, colour: str, width: Any, *, where: Any = None, fade: Any = None, **more: Any) -> Layer:
    """A layer of lines; `fade` is their opacity."""
    paint = {"line-color": colour, "line-width": width} | ({"line-opacity": fade} if fade is not None else {})
    return _layer(name, "line", source, where, more) | {"layout": _ROUND, "paint": paint}


def names(name: str, source: str, text: Any, colours: tuple[str, str], *, where: Any = None, layout: Layer, **more: Any) -> Layer:
    """A layer of names at points; `colours` are those of the letters and of the halo around them."""
    laid = {"text-field": text, "text-font": FONT, "text-padding": 4, "text-max-width": 8} | layout
    paint = {"text-color": colours[0], "text-halo-color": colours[1], "text-halo-width": 1.5}
    return _layer(name, "symbol", source, where, more) | {"layout": laid, "paint": paint}


def border(colours: Palette) -> Layer:
    """The dashed borders of the districts."""
    paint = {"line-color": colours.border, "line-width": 1, "line-dasharray": [3, 2]}
    return {"id": "borders", "type": "line", "source": "borders", "layout": {"line-join": "round"}, "paint": paint}


def chinese(language: str) -> bool:
    """Whether names are Chinese.

    Raises
    ------
    Fault
        ``basemap_choice``: there is no such language.
    """
    if language not in LANGUAGES:
        raise Fault("basemap_choice", name="language", value=language, allowed=", ".join(LANGUAGES))
    return language == "zh_CN"


def _names(colours: Palette, language: str) -> list[Layer]:
    first, second = ("name_zh", "name_en") if chinese(language) else ("name_en", "name_zh")
    text = ["coalesce", ["get", first], ["get", second]]
    near = ["step", ["zoom"], 600, 11, 300, 12, 150, 13, 0]
    room = ["*", ["get", "reach_m"], ["match", ["get", "kind"], "river", 1.5, 1]]  # a river's name may run on along it
    waters = ["all", _kinds("river", "lake"), [">=", room, near]]
    spaced = {"text-letter-spacing": 0.1 if chinese(language) else 0.02, "symbol-sort-key": ["-", ["get", "reach_m"]]}
    along = spaced | {"text-size": 12, "text-rotate": ["get", "turn"], "text-rotation-alignment": "map"}
    upright = spaced | {"text-size": 14 if chinese(language) else 13}
    return [
        names("water-names", "labels", text, (colours.water_label, colours.water), where=waters, layout=along),
        names("district-names", "labels", text, (colours.label, colours.land), where=_kinds("district"), layout=upright),
    ]


def borders(root: str) -> dict[str, Any]:
    """The source of the district borders."""
    return {"borders": {"type": "geojson", "data": f"{root}/basemap/borders.geojson"}}


def _kinds(*kinds: str) -> Any:
    return ["match", ["get", "kind"], list(kinds), True, False]


def _layer(name: str, kind: str, source: str, where: Any, more: dict[str, Any]) -> Layer:
    given = {key.replace("_", "-"): value for key, value in more.items()}
    return {"id": name, "type": kind, "source": source} | ({"filter": where} if where is not None else {}) | given
