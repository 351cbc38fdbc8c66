"""A report by hand: the kind is the one that is meant or none, and what cannot be a report is refused with a sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from city_brain.errors import Fault
from city_brain.incidents import actions, by_hand
from city_brain.incidents.catalogue import categories
from city_brain.incidents.model import MOST_CHARACTERS
from city_brain.roles import operator
from city_brain.storage.city import City
from city_brain.text import LANGUAGES, Text

NOW = datetime(2026, 5, 4, tzinfo=UTC)
SAID = {"kind": "06010", "place": "Jiefang Road 12", "text": "bags"}


def refused(said: dict[str, Any]) -> Fault:
    with pytest.raises(Fault) as told:
        by_hand.matter(said, "1", NOW)
    for language in LANGUAGES:
        assert "[" not in Text(language).fault(told.value)
    return told.value


def test_every_category_is_found_by_its_code_and_by_its_names() -> None:
    for (kind, code), one in categories().items():
        assert by_hand.category(f"{kind}-{code}") is one
        for name in (one.name_zh, one.name_en.upper()):
            found = by_hand.category(name)
            assert name.casefold() in (found.name_zh.casefold(), found.name_en.casefold())


@pytest.mark.parametrize(("part", "code"), [("道路积雪", "10001"), ("snow or ice", "10001"), ("noise nuisance", None)])
def test_a_part_of_a_name_is_enough_where_it_is_one(part: str, code: str | None) -> None:
    found = by_hand.category(part)
    assert code in (None, found.code)
    assert part in found.name_zh.casefold() + found.name_en.casefold()


@pytest.mark.parametrize("part", ["tree", "cover", "井盖", "e", "ee", "ight", "zzz"])
def test_a_part_of_several_names_or_of_a_word_is_no_kind(part: str) -> None:
    told = refused(SAID | {"kind": part})
    assert told.key == "kind_unknown"
    similar = str(told.values["similar"]).split(", ")
    assert 1 <= len(similar) <= by_hand.MOST_NAMED
    if part in ("tree", "井盖"):
        assert all(part in name.casefold() for name in similar) and len(similar) == by_hand.MOST_NAMED


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"place": ["a"]}, "field_text"), ({"text": {"a": 1}}, "field_text"), ({"kind": 6010}, "field_text"),
        ({"district": True}, "field_text"),
        ({"place": "   "}, "report_needs"), ({"kind": " "}, "report_needs"), ({"text": "\udcff"}, "field_characters"),
        ({"text": "x" * (MOST_CHARACTERS + 1)}, "field_long"),
        ({"reported_at": "2026-05-04 08:00"}, "report_zone"), ({"reported_at": datetime(2026, 5, 4)}, "report_zone"),
        ({"reported_at": "soon"}, "report_time"), ({"lon": "east", "lat": 1}, "report_degrees"), ({"colour": "red"}, "report_field"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_report_is_refused_with_a_sentence(changed: dict[str, Any], key: str) -> None:
    assert refused(SAID | changed).key == key


def test_the_longest_text_is_kept_whole(city: City) -> None:
    longest = SAID | {"text": "路" * MOST_CHARACTERS}
    assert actions.report(city, by_hand.source("UTC"), by_hand.matter(longest, "1", NOW), operator("test")) == "R-1"
    longer = by_hand.matter(SAID, "2", NOW) | {"title": "x" * (MOST_CHARACTERS + 1)}
    with pytest.raises(Fault, match="field_long"):
        actions.report(city, by_hand.source("UTC"), longer, operator("test"))
