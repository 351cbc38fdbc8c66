"""Overview: opens empty, full, in playback and stale; every number leads to exactly its rows."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from city_brain import clock
from city_brain.cases import queries
from city_brain.cases.model import Look, Wanted
from city_brain.start import Home
from tests.pages.conftest import Opened
from tests.pages.test_cases import words


def figures(app: object) -> dict[str, int]:
    """The figures by their label's first words."""
    return {metric.label.split(" :small")[0].split("] ")[-1]: int(metric.value.replace(",", "")) for metric in app.metric}  # type: ignore[attr-defined]


@pytest.mark.parametrize(("lang", "says"), [("en", "No city yet"), ("zh_CN", "还没有城市数据")])
def test_an_empty_home_says_how_to_begin(empty_home: Home, open_page: Opened, lang: str, says: str) -> None:
    app = open_page(lang=lang)
    assert says in words(app)
    assert any("city_brain load" in code.value for code in app.code)
    assert any("CITY_BRAIN_DEMO=wuhan" in code.value for code in app.code)
    assert not app.metric


@pytest.mark.parametrize("lang", ["en", "zh_CN"])
def test_it_shows_figures_and_findings(demo_home: Home, open_page: Opened, lang: str) -> None:
    app = open_page(lang=lang)
    assert len(app.metric) == 4
    assert len(app.get("vega_lite_chart")) == 3
    assert not re.search(r"\[(overview|finding|figure|step|clock)\.", words(app)), "a word is missing"


def test_every_figure_leads_to_its_rows(demo_home: Home, open_page: Opened) -> None:
    moment = clock.now() - timedelta(hours=6)
    past = {"at": moment.isoformat(timespec="seconds"), "speed": "0"}
    shown = figures(open_page(**past))
    links = {
        "Open": {"done": "0"},
        "New today": {"days": "today", "done": "any"},
        "Overdue": {"mark": "overdue"},
        "Closed today": {"closed": "today"},
    }
    assert shown.keys() == links.keys()
    for label, query in links.items():
        board = open_page("case_board", **past, **query)
        assert f"**{shown[label]:,} cases**" in words(board), label


def test_in_playback_it_shows_the_past(demo_home: Home, open_page: Opened) -> None:
    at = clock.now() - timedelta(days=20)
    then = figures(open_page(at=at.isoformat(timespec="seconds"), speed="0"))
    as_it_was = queries.marks(demo_home.city, Look(at.replace(microsecond=0), at.replace(microsecond=0)), Wanted())
    assert then["Open"] == sum(row["cases"] for row in as_it_was.values()) > 0


def test_old_data_are_called_stale_and_their_busiest_week_can_be_played(demo_home: Home, open_page: Opened) -> None:
    with clock.held(clock.now() + timedelta(days=4000)):
        app = open_page()
        assert "The newest data are of" in words(app)
        assert "Stale" in words(app)
        assert figures(app)["New today"] == 0
        assert len(app.get("vega_lite_chart")) == 1, "the whole record in place of three empty panels"
        app.button(key="overview-play").click().run()
        assert not app.exception
        assert app.query_params["speed"] == "600"
        assert figures(app)["Open"] > 0
