"""A report by hand: what somebody writes down of a matter (kind, place, text) becomes a matter as every other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from city_brain.errors import Fault
from city_brain.incidents import catalogue
from city_brain.incidents.catalogue import Category, Kind
from city_brain.incidents.model import Source

FIELDS = ("kind", "place", "text", "lon", "lat", "district", "street", "community", "channel", "reported_at", "id")
"""What a report by hand may say; kind, and place or lon and lat, must be there."""


def source(timezone: str) -> Source:
    """The source of reports by hand in a city."""
    return Source(
        name="by_hand", title_zh="人工登记", title_en="Reported by hand", prefix="R", profile="by_hand", timezone=timezone, datum="wgs84"
    )


def matter(said: Mapping[str, Any], number: str, moment: datetime) -> dict[str, Any]:
    """The fields of a matter for `incidents.actions.report`.

    Parameters
    ----------
    said : mapping
        Of `FIELDS`: ``kind`` is a code (06010, matter-06010) or a name in Chinese or English, ``place`` the address in words, ``lon`` and
        ``lat`` WGS-84 degrees, ``reported_at`` ISO 8601 with zone.
    number : str
        Identifier where the report has none of its own.
    moment : datetime
        Now, where the report states no time.

    Raises
    ------
    Fault
        A field is unknown, missing or unreadable; no category is called so (the values name similar ones).
    """
    for name in said.keys() - set(FIELDS):
        raise Fault("report_field", field=name, allowed=", ".join(FIELDS))
    if not str(said.get("kind") or "").strip():
        raise Fault("report_needs", field="kind")
    if not said.get("place") and (said.get("lon") is None or said.get("lat") is None):
        raise Fault("report_needs", field="place")
    found = category(str(said["kind"]))
    return {
        "external_id": str(said.get("id") or number), "reported_at": _time(said.get("reported_at")) or moment,
        "category_kind": found.kind, "category_code": found.code, "address": said.get("place"), "description": said.get("text"),
        "lon": _degrees(said.get("lon")), "lat": _degrees(said.get("lat")), "channel": said.get("channel") or "hotline",
        **{level: said.get(level) for level in ("district", "street", "community")},
    }  # fmt: skip


def category(kind: str) -> Category:
    """The category somebody means by a code or a name; matters go before components.

    Raises
    ------
    Fault
        There is none; the values name similar ones.
    """
    half, _, code = kind.strip().rpartition("-")
    for side in (half,) if half else (Kind.MATTER, Kind.COMPONENT):
        if found := catalogue.category(side, code):
            return found
    everything = sorted(catalogue.categories().values(), key=lambda one: one.kind is not Kind.MATTER)
    asked = kind.strip().casefold()
    for alike in (lambda name: name == asked, lambda name: asked in name):
        for one in everything:
            if alike(one.name_zh.casefold()) or alike(one.name_en.casefold()):
                return one
    names = [name for one in everything for name in (one.name_zh, one.name_en)]
    raise Fault("kind_unknown", kind=kind, similar=", ".join(get_close_matches(kind, names, n=4, cutoff=0.4)) or "—")


def _time(said: object) -> datetime | None:
    if said is None or isinstance(said, datetime):
        return said
    try:
        return datetime.fromisoformat(str(said))
    except ValueError:
        raise Fault("report_time", value=str(said)) from None


def _degrees(said: object) -> float | None:
    try:
        return None if said is None else float(str(said))
    except ValueError:
        raise Fault("report_degrees", value=str(said)) from None
