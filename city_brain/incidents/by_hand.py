"""A report by hand: what somebody writes down of a matter (kind, place, text) becomes a matter as every other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from city_brain.errors import Fault
from city_brain.incidents import catalogue
from city_brain.incidents.catalogue import Category, Kind
from city_brain.incidents.model import Source, check_written

FIELDS = ("kind", "place", "text", "lon", "lat", "district", "street", "community", "channel", "reported_at", "id")
"""What a report by hand may say; kind, and place or lon and lat, must be there."""


WORDS = ("kind", "place", "text", "district", "street", "community", "channel", "id")
"""Those that are texts."""
MOST_NAMED = 5
"""Candidates that a refusal names."""


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
    words = {name: _words(name, said.get(name)) for name in WORDS}
    if not words["kind"]:
        raise Fault("report_needs", field="kind")
    if not words["place"] and (said.get("lon") is None or said.get("lat") is None):
        raise Fault("report_needs", field="place")
    found = category(words["kind"])
    return {
        "external_id": words["id"] or number, "reported_at": _time(said.get("reported_at")) or moment,
        "category_kind": found.kind, "category_code": found.code, "address": words["place"], "description": words["text"],
        "lon": _degrees(said.get("lon")), "lat": _degrees(said.get("lat")), "channel": words["channel"] or "hotline",
        **{level: words[level] for level in ("district", "street", "community")},
    }  # fmt: skip


def _words(field: str, said: object) -> str | None:
    check_written(field, said)
    return str(said).strip() or None if said is not None else None


def category(kind: str) -> Category:
    """The category somebody means by a code or a name; matters go before components.

    A part of a name (in English whole words of it) is enough where just one matter, or no matter and just one component, is called so.

    Raises
    ------
    Fault
        There is none, or there are several; the values name similar ones, or some of those.
    """
    half, _, code = kind.strip().rpartition("-")
    for side in (half,) if half else (Kind.MATTER, Kind.COMPONENT):
        if found := catalogue.category(side, code):
            return found
    everything = sorted(catalogue.categories().values(), key=lambda one: one.kind is not Kind.MATTER)
    asked = kind.strip().casefold()
    part = re.compile(rf"\b{re.escape(asked)}\b")
    if called := [one for one in everything if asked in (one.name_zh.casefold(), one.name_en.casefold())]:
        return called[0]
    alike = [one for one in everything if asked in one.name_zh.casefold() or part.search(one.name_en.casefold())]
    for side in (Kind.MATTER, Kind.COMPONENT):
        of_side = [one for one in alike if one.kind is side]
        if len(of_side) == 1:
            return of_side[0]
        if of_side:
            break
    similar = [one.name_zh if asked in one.name_zh.casefold() else one.name_en for one in alike[:MOST_NAMED]]
    if not similar:
        similar = get_close_matches(kind, [name for one in everything for name in (one.name_zh, one.name_en)], n=MOST_NAMED, cutoff=0.4)
    raise Fault("kind_unknown", kind=kind[:80], similar=", ".join(similar) or "—")


def _time(said: object) -> datetime | None:
    if said is None:
        return None
    try:
        at = said if isinstance(said, datetime) else datetime.fromisoformat(str(said))
    except ValueError:
        raise Fault("report_time", value=str(said)[:40]) from None
    if at.tzinfo is None:
        raise Fault("report_zone", value=str(said)[:40])
    return at


def _degrees(said: object) -> float | None:
    try:
        return None if said is None else float(str(said))
    except ValueError:
        raise Fault("report_degrees", value=str(said)[:40]) from None
