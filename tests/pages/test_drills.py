"""Drills on the screen: begun, joined, left and ended; every page of a joined session says so, no other session does."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

from city_brain import casework, clock
from city_brain.cases.model import Look
from city_brain.dispatch import queries
from city_brain.drills import desk as drills
from city_brain.drills.desk import Desk
from city_brain.drills.led import SCENES
from city_brain.drills.playing import Drill
from city_brain.errors import Fault
from city_brain.roles import Actor, Role
from city_brain.start import Home
from city_brain.text import Text
from city_brain.ui import session
from city_brain.ui.drills.banner import MARK
from tests.pages.conftest import Opened

MANAGER = Actor("Wu Lan", Role.MANAGER)
PAGES = ("", "live_map", "case_board", "case_file", "supervision", "risk_grid", "risk_register", "daily_report", "alert_desk",
         "drills", "data", "about", "wall")  # fmt: skip


@pytest.fixture
def desk(demo_home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The desk of the home, whose drills stand still."""
    monkeypatch.setattr(drills, "GRACE_S", 0.0)
    monkeypatch.setattr(Drill, "run", lambda self, over: None)
    found = drills.of(demo_home)
    yield found
    found.close()


def html(app: AppTest) -> str:
    return unescape("\n".join(element.proto.body for element in app.get("html")))


def is_marked(app: AppTest) -> bool:
    return f"<b>{MARK}</b>" in html(app) or f"<b class=drill>{MARK}</b>" in html(app)


@pytest.mark.parametrize("lang", ["en", "zh_CN"])
def test_the_cards_say_what_it_is_and_what_to_watch(desk: Desk, open_page: Opened, lang: str) -> None:
    app = open_page("drills", lang=lang, role="manager")
    shown = html(app)
    for story in drills.stories():
        assert Text(lang).pick(story.name.zh, story.name.en) in shown
        assert Text(lang).pick(story.lead.zh, story.lead.en) in shown
        assert not app.button(key=f"drill-begin-{story.slug}").disabled
    assert not is_marked(app)


def test_who_may_not_begin_is_told_who_may(desk: Desk, open_page: Opened) -> None:
    app = open_page("drills", role="dispatcher")
    assert app.button(key="drill-begin-rainstorm").disabled
    assert any("administrator" in info.value for info in app.info)


def test_begun_joined_left_and_ended(demo_home: Home, desk: Desk, open_page: Opened) -> None:
    before = demo_home.city.journal.head()
    app = open_page("drills", role="manager")
    app.button(key="drill-begin-rainstorm").click().run()
    assert not app.exception
    assert desk.running is not None
    assert app.session_state["drill"] == desk.running.number
    assert is_marked(app)
    assert not is_marked(open_page("drills")), "another session sees the live city"
    app.button(key="drill-leave").click().run()
    assert not is_marked(app)
    assert "drill" not in app.session_state
    app.button(key="drill-join").click().run()
    assert is_marked(app)
    app.button(key="drill-end").click().run()
    assert not app.exception
    assert not is_marked(app)
    assert desk.running is None
    assert "Wu Lan" in html(app), "what came of it is listed"
    assert demo_home.city.journal.head() == before


@pytest.mark.parametrize("path", PAGES)
def test_every_page_of_a_joined_session_says_so(desk: Desk, open_page: Opened, path: str) -> None:
    drill = desk.begin("gas_leak", MANAGER, seed=1)
    app = open_page(path, drill=drill.number)
    assert is_marked(app), path
    assert ".stApp::after" in html(app), "the stripes"


def test_a_drill_that_is_over_lets_nobody_act_on_the_live_city(
    demo_home: Home, desk: Desk, open_page: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    drill = desk.begin("gas_leak", MANAGER, seed=1)
    app = open_page("drills", drill=drill.number, role="manager")
    assert is_marked(app)
    desk.end(drill.number, MANAGER)
    before = demo_home.city.journal.head()
    app.button(key="drill-end").click().run()  # the page still showed the drill
    assert demo_home.city.journal.head() == before
    assert not is_marked(app)
    assert "drill" not in app.session_state
    app.run()
    assert not app.exception


def test_while_a_page_still_shows_it_the_session_has_no_city(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("city_brain.ui.joined.number", lambda: "gone")
    with pytest.raises(Fault, match="drill_over"):
        session.city()
    with pytest.raises(Fault, match="drill_over"):
        session.settings()


def test_an_address_of_a_drill_that_never_was_shows_the_live_city(desk: Desk, open_page: Opened) -> None:
    app = open_page("", drill="nonsense")
    assert not is_marked(app)


def test_the_demonstration_follows_a_case_to_its_evaluation_and_puts_everything_back(
    demo_home: Home, desk: Desk, open_page: Opened
) -> None:
    before = demo_home.city.journal.head()
    app = open_page("drills", role="manager")
    app.button(key="tour-begin").click().run()
    assert desk.running is not None
    steps, led = list[str](), ""
    for place, scene in enumerate(SCENES):
        assert not app.exception, scene
        assert is_marked(app)
        assert f"<b>{place + 1}/{len(SCENES)}</b>" in html(app)
        assert Text("en")(f"tour.{scene.name}") in html(app)
        if place:
            (led,) = desk.running.led
            steps.append(casework.case(desk.running.city, led)["step"])
        if place + 1 < len(SCENES):
            app.button(key="tour-on").click().run()
    assert app.button(key="tour-on").disabled
    app.button(key="tour-back").click().run()
    assert Text("en")(f"tour.{SCENES[-2].name}") in html(app)
    assert steps == ["collect", "collect", "dispatch", "dispatch", "handle", *["evaluate"], *["archived"] * 3]
    told = casework.case(desk.running.city, led)
    moves = [event["move"] for event in told["events"]]
    assert [*dict.fromkeys(moves)] == [
        "report", "accept", "file", "dispatch", "finish", "report_back", "close", "call_back", "evaluate"
    ]  # fmt: skip
    (sent,) = queries.assignments(desk.running.city, Look(clock.now()), case_id=led).to_dict("records")
    assert sent["ended"] == "cleared" and sent["en_route_at"] <= sent["on_scene_at"] <= sent["cleared_at"]
    app.button(key="tour-end").click().run()
    assert not app.exception
    assert not is_marked(app)
    assert "class=cb-tour" not in html(app)
    assert desk.running is None
    assert demo_home.city.journal.head() == before


def test_what_is_taken_away_from_a_drill_says_so(desk: Desk, open_page: Opened) -> None:
    drill = desk.begin("rainstorm", MANAGER, seed=1)
    for asked in ({"drill": drill.number}, {}):
        app = open_page("daily_report", role="manager", **asked)
        assert not app.exception and html(app).count(MARK) == (2 if asked else 0), "the bar, and the head of the report"
    desk.end(drill.number, MANAGER)


@pytest.mark.parametrize(("drill", "name"), [("7", "drill-cases.csv"), (None, "cases.csv")])
def test_the_name_of_a_file_says_that_it_is_of_a_drill(drill: str | None, name: str) -> None:
    def named() -> None:
        import streamlit as st

        from city_brain.ui import joined

        st.text(joined.file_name("cases.csv"))

    app = AppTest.from_function(named)
    if drill:
        app.session_state["drill"] = drill
    assert app.run().text[0].value == name


def test_what_was_matched_in_a_drill_is_not_sent_in_the_live_city(desk: Desk, open_page: Opened) -> None:
    drill = desk.begin("gas_leak", MANAGER, seed=1)
    app = open_page("dispatch_desk", drill=drill.number, role="dispatcher")
    app.button(key="dispatch-batch-open").click().run()
    assert not app.exception and "dispatch-batch" in app.session_state
    app.button(key="drill-leave").click().run()
    assert not app.exception and "dispatch-batch" not in app.session_state
    assert not [button for button in app.button if button.key == "dispatch-batch-send"]
