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
from city_brain.text import Text
from city_brain.ui import theme
from city_brain.ui.wall_views import turning
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
    sizes = [float(size) for size in re.findall(r"font-size:([\d.]+)vh", theme._rules("wall") + turning._rules())]
    assert sizes
    assert min(sizes) >= 100 / 45
    assert float(re.search(r"--cb-small:([\d.]+)vh", theme._rules("wall")).group(1)) >= 100 / 45  # type: ignore[union-attr]


@pytest.mark.parametrize("lang", ["en", "zh_CN"])
@pytest.mark.parametrize("view", turning.VIEWS)
def test_every_view_has_its_name_and_keeps_the_map(demo_home: Home, open_page: Opened, view: str, lang: str) -> None:
    app = open_page("wall", lang=lang, view=view)
    shown = html(app)
    assert f"<span>{Text(lang)(f'wall.view.{view}')}</span>" in shown
    assert not re.search(r"\[[a-z]+\.[a-z.]+\]", shown), "a key without its words"
    assert len(app.get("deck_gl_json_chart")) == 1
    assert ("cb-wcover" in shown) == (view != "map"), "the small city of the tests has no forecast yet"


def test_the_view_stands_in_the_address_and_stays_where_it_is_held(demo_home: Home, open_page: Opened) -> None:
    app = open_page("wall")
    assert said(app) == ("map", "")
    app.session_state["wall-turn"] = {"view": "loop", "held": True}
    app.run()
    assert said(app) == ("loop", "1")
    assert "cb-wlate" in html(app)
    app.session_state["wall-turn"] = {"view": "loop", "held": False}
    app.run()
    assert said(app) == ("loop", "")


def said(app: AppTest) -> tuple[str, str]:
    """View and hold as the address has them; AppTest gives lists for what a run has written."""
    found = [app.query_params.get(name, "") for name in ("view", "hold")]
    view, hold = (one[0] if isinstance(one, list) else one for one in found)
    return view, hold


def test_an_address_that_asks_for_no_view_shows_the_map(demo_home: Home, open_page: Opened) -> None:
    assert "cb-wcover" not in html(open_page("wall", view="record"))
