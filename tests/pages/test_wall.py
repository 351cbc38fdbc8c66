"""Wall: opens empty, full and in playback; dark, marked, without personal data and with a way back."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from city_brain import clock
from city_brain.cases import queries
from city_brain.cases.model import Look
from city_brain.start import Home
from city_brain.ui import theme
from tests.pages.conftest import Opened


def html(app: AppTest) -> str:
    """Everything written as HTML, styles left out."""
    return "\n".join(element.proto.body for element in app.get("html") if "<style>" not in element.proto.body)


def test_an_empty_home_says_so(empty_home: Home, open_page: Opened) -> None:
    assert "No data yet" in html(open_page("wall"))


@pytest.mark.parametrize(("lang", "mark"), [("en", "Simulated data"), ("zh_CN", "模拟数据")])
def test_it_shows_clock_mark_source_and_steps(demo_home: Home, open_page: Opened, lang: str, mark: str) -> None:
    shown = html(open_page("wall", lang=lang))
    assert mark in shown
    assert re.search(r"<time>\d\d:\d\d", shown)
    assert shown.count("<li><span>") == 7
    assert ("source" if lang == "en" else "来源") in shown


def test_nothing_on_it_is_personal(demo_home: Home, open_page: Opened) -> None:
    app = open_page("wall")
    pressing = queries.pressing(demo_home.city, Look(clock.now()))
    assert len(pressing)
    shown = html(app)
    for case_id in pressing["case_id"]:
        found = queries.case(demo_home.city, Look(clock.now()), case_id)
        for name in ("case_id", "address", "description", "title"):
            assert not found[name] or found[name] not in shown
    layers = json.loads(app.get("deck_gl_json_chart")[0].proto.json)["layers"]
    icons = [layer for layer in layers if layer["@@type"] == "IconLayer"]
    assert icons
    assert all(set(row) == {"p"} for layer in icons for row in layer["data"])


def test_playback_is_marked(demo_home: Home, open_page: Opened) -> None:
    at = clock.now() - timedelta(days=3)
    assert "Playback ×60" in html(open_page("wall", at=at.isoformat(timespec="seconds"), speed="60"))


def test_it_is_dark_and_has_a_way_back(demo_home: Home, open_page: Opened) -> None:
    app = open_page("wall")
    assert any(f"--cb-ground:{theme.DARK.ground}" in element.proto.body for element in app.get("html"))
    assert app.session_state["always_dark"] is True
    assert [link.proto.page for link in app.get("page_link")] == [""]
    app.switch_page("overview.py").run()
    assert app.session_state["always_dark"] is False


def test_letters_follow_the_height_of_the_screen() -> None:
    sizes = [float(size) for size in re.findall(r"font-size:([\d.]+)vh", theme._rules("wall"))]
    assert sizes
    assert min(sizes) >= 100 / 45
    assert float(re.search(r"--cb-small:([\d.]+)vh", theme._rules("wall")).group(1)) >= 100 / 45  # type: ignore[union-attr]
