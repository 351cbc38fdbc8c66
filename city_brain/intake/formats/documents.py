"""JSON in its many wrappings, JSON lines, GeoJSON and XML."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

import numpy as np
import orjson
import pyarrow as pa
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import parse

from city_brain.errors import Fault
from city_brain.intake.formats.plain_text import Text
from city_brain.intake.formats.table import CHUNK_ROWS, Broken, Chunk, Table, cell_text, of_rows

_LINES = 20_000
Row = Mapping[str, object]


def read_json(text: Text, name: str) -> Table:
    """A JSON document as a table: an array of objects, features, Socrata rows, or an object that holds one of them.

    Raises
    ------
    Fault
        ``json`` with the place of the mistake, or ``json_no_rows``.
    """
    raw = text.path.read_bytes()[text.skip :]
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError as problem:
        raise Fault("json", name=name, line=problem.lineno, column=problem.colno) from problem
    features = document.get("features") if isinstance(document, dict) else None
    if isinstance(features, list):
        return of_rows("geojson", [_feature(item) for item in features if isinstance(item, dict)], datum=_datum(document))
    rows = _rows_of(document)
    if not rows:
        raise Fault("json_no_rows", name=name)
    return of_rows("json", rows)


def read_json_lines(text: Text) -> Table:
    """One JSON object a line, streamed; lines that are no object are set aside."""
    keys: dict[str, None] = {}
    for row, _ in _json_lines(text):
        if row is not None:
            keys.update(dict.fromkeys(row))
    headers = tuple(keys)

    def chunks() -> Iterator[Chunk]:
        rows: list[Row] = []
        numbers: list[int] = []
        broken: list[Broken] = []
        for number, (row, line) in enumerate(_json_lines(text), start=1):
            if row is None:
                broken.append(Broken(number, "bad_text", line))
            else:
                rows.append(row)
                numbers.append(number)
            if len(rows) + len(broken) >= min(_LINES, CHUNK_ROWS):
                yield _line_chunk(headers, rows, numbers, broken)
                rows, numbers, broken = [], [], []
        if rows or broken:
            yield _line_chunk(headers, rows, numbers, broken)

    return Table("jsonl", headers, chunks, encoding=text.encoding)


def read_xml(text: Text, name: str) -> Table:
    """An XML file of like elements (Open311 requests, Socrata rows) as a table.

    Raises
    ------
    Fault
        ``xml_unsafe`` (it declares a document type or entities), ``xml`` (not well formed) or ``xml_no_rows``.
    """
    try:
        root = parse(text.path, forbid_dtd=True).getroot()
    except DefusedXmlException as problem:
        raise Fault("xml_unsafe", name=name) from problem
    except ParseError as problem:
        raise Fault("xml", name=name, line=problem.position[0], column=problem.position[1]) from problem
    while len(root) == 1 and len(root[0]) and len({child.tag for child in root[0]}) == 1 and len(root[0][0]):
        root = root[0]
    tags = Counter(child.tag for child in root if len(child))
    if not tags:
        raise Fault("xml_no_rows", name=name)
    usual = tags.most_common(1)[0][0]
    return of_rows("xml", [_element(child) for child in root if child.tag == usual])


def _rows_of(document: object, depth: int = 0) -> list[Row]:
    if isinstance(document, list):
        rows: list[Row] = [item for item in document if isinstance(item, dict)]
        return rows if len(rows) == len(document) else []
    if not isinstance(document, dict):
        return []
    named = _named_columns(document)
    if named:
        return named
    inside = [_rows_of(value, depth + 1) for value in document.values() if isinstance(value, list | dict)] if depth < 3 else []
    best = max(inside, key=len, default=[])
    if best or depth or all(isinstance(value, list | dict) for value in document.values()):
        return best
    return [document]


def _named_columns(document: Row) -> list[Row]:
    """Rows of arrays whose column names stand in ``meta.view.columns`` (Socrata's rows.json)."""
    meta, data = document.get("meta"), document.get("data")
    view = meta.get("view") if isinstance(meta, dict) else None
    columns = view.get("columns") if isinstance(view, dict) else None
    if not isinstance(columns, list) or not isinstance(data, list):
        return []
    names = [str(column.get("name")) for column in columns if isinstance(column, dict)]
    hidden = {str(column.get("name")) for column in columns if isinstance(column, dict) and column.get("dataTypeName") == "meta_data"}
    rows = [dict(zip(names, item, strict=False)) for item in data if isinstance(item, list)]
    return [{name: value for name, value in row.items() if name not in hidden} for row in rows]


def _feature(feature: Row) -> Row:
    stated = feature.get("properties") or feature.get("attributes")
    row: dict[str, object] = dict(stated) if isinstance(stated, dict) else {}
    if "id" in feature and "id" not in row:
        row["id"] = feature["id"]
    geometry = feature.get("geometry")
    point = _point(geometry) if isinstance(geometry, dict) else None
    across, up = ("longitude", "latitude") if not {"longitude", "latitude"} & set(row) else ("geometry_x", "geometry_y")
    if point:
        row[across], row[up] = point
    elif geometry:
        row["geometry" if "geometry" not in row else "geometry_shape"] = geometry
    return row


def _point(geometry: Row) -> tuple[object, object] | None:
    coordinates = geometry.get("coordinates")
    if geometry.get("type") == "Point" and isinstance(coordinates, list) and len(coordinates) >= 2:
        return coordinates[0], coordinates[1]
    if "x" in geometry and "y" in geometry:
        return geometry["x"], geometry["y"]
    return None


def _datum(document: Row) -> str | None:
    """The EPSG number a collection states, unless it is plain degrees."""
    stated = orjson.dumps([document.get("crs"), document.get("spatialReference")]).decode()
    found = re.search(r"EPSG:{1,2}(?:[\d.]+:)?(\d{4,6})", stated) or re.search(r'"(?:latestWkid|wkid)":(\d{4,6})', stated)
    number = {"102100": "3857"}.get(found[1], found[1]) if found else "4326"
    return None if number == "4326" else f"epsg:{number}"


def _json_lines(text: Text) -> Iterator[tuple[Row | None, str]]:
    with text.path.open("rb") as file:
        file.seek(text.skip)
        for line in file:
            if not line.strip():
                continue
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError:
                row = None
            yield (row if isinstance(row, dict) else None), line.decode("utf-8").strip()


def _line_chunk(headers: tuple[str, ...], rows: list[Row], numbers: list[int], broken: list[Broken]) -> Chunk:
    columns = [pa.array([cell_text(row.get(header)) for row in rows], pa.string()) for header in headers]
    return Chunk(pa.record_batch(columns, names=list(headers)), np.array(numbers, dtype=np.int64), tuple(broken))


def _element(element: Element) -> Row:
    row: dict[str, object] = {}
    for child in element:
        name = child.tag.rsplit("}", 1)[-1]
        value = _value(child)
        if row.get(name) is None:
            row[name] = value
    return row


def _value(element: Element) -> object:
    if len(element):
        names = [child.tag.rsplit("}", 1)[-1] for child in element]
        values = [_value(child) for child in element]
        return values if len(set(names)) < len(names) or len(names) == 1 else dict(zip(names, values, strict=True))
    told = {name.rsplit("}", 1)[-1]: value for name, value in element.attrib.items() if not name.endswith("}nil")}
    return (element.text or "").strip() or told or None


def looks_like_lines(path: Path, skip: int) -> bool:
    """Whether a file that starts with a brace is one object a line."""
    with path.open("rb") as file:
        file.seek(skip)
        first = next((line for line in file if line.strip()), b"")
        second = next((line for line in file if line.strip()), b"")
    try:
        return isinstance(orjson.loads(first), dict) and second.lstrip().startswith(b"{")
    except orjson.JSONDecodeError:
        return False
