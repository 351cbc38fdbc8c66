"""Outlines of areas: a GeoJSON file of polygons becomes districts (or streets, communities) of the map."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import orjson
import shapely
from shapely.geometry import mapping, shape

NAMES = ("name", "Name", "NAME", "ntaname", "boro_cd", "pri_neigh", "neighborhood", "BoroCD", "名称")
CODES = ("code", "adcode", "编码")
LEVELS = ("district", "street", "community", "cell")
"""What an outline may be of, as its property ``level`` says: `cell` is a management cell (单元网格); a district where nothing is said."""
LARGEST = 64 * 2**20
SIMPLIFY_DEGREES = 0.0001
"""About ten metres: nobody sees it at city scale, and the map stays light."""


def read(target: str) -> dict[str, Any] | None:
    """The outlines in a GeoJSON file of polygons as features with level, name and label point; None for any other file.

    Coordinates are WGS-84 degrees, simplified to about 10 m.
    """
    file = Path(target)
    if target.startswith(("http://", "https://")) or not file.is_file() or file.stat().st_size > LARGEST:
        return None
    raw = file.read_bytes() if file.suffix != ".gz" else gzip.decompress(file.read_bytes())
    if b'"FeatureCollection"' not in raw[:4096]:
        return None
    try:
        features = orjson.loads(raw).get("features") or []
    except orjson.JSONDecodeError:
        return None
    polygons = [feature for feature in features if (feature.get("geometry") or {}).get("type") in ("Polygon", "MultiPolygon")]
    if not polygons:
        return None
    return {"type": "FeatureCollection", "features": [_feature(feature, place) for place, feature in enumerate(polygons, start=1)]}


def _feature(feature: dict[str, Any], place: int) -> dict[str, Any]:
    said = feature.get("properties") or {}
    name = next((str(said[key]) for key in NAMES if said.get(key) not in (None, "")), str(place))
    simple = shapely.make_valid(shape(feature["geometry"]).simplify(SIMPLIFY_DEGREES))
    rounded = shapely.set_precision(simple, 0.00001)
    label = rounded.representative_point()
    properties = {
        "level": said["level"] if said.get("level") in LEVELS else "district",
        "name": name,
        "name_zh": str(said.get("name_zh") or name),
        "name_en": str(said.get("name_en") or name),
        "code": next((str(said[key]) for key in CODES if said.get(key) not in (None, "")), None),
        "label_lon": label.x,
        "label_lat": label.y,
    }
    return {"type": "Feature", "properties": properties, "geometry": mapping(rounded)}
