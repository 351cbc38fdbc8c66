"""The alert desk through the frame: opens empty and full in both languages, and whatever can be clicked does what it says."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from city_brain import clock
from city_brain.alerts import actions, queries
from city_brain.alerts.lifecycle import State
from city_brain.alerts.model import Raised, Scope
from city_brain.cases.exports import as_csv
from city_brain.cases.model import Look
from city_brain.cases.queries import case
from city_brain.start import Home
from city_brain.ui.alerts import desk
from tests.pages.conftest import Opened
from tests.pages.test_cases import words
from tests.pages.test_supervision import MISSING, html, question

CLUSTER = Raised(
    "cluster", 9, Scope.CELL, "1000:0:-2", "matter-06010", expected=2.5, district="江岸区", lon=114.31, lat=30.59,
    cell_x=0, cell_y=-2, edge_m=1000, window_s=86400, note="p = 0.004 <b>",
)  # fmt: skip
ROW = re.compile(r'<a class="cb-go ([^"]*)" href="([^"]+)"')


@pytest.fixture
def alerted(demo_home: Home) -> tuple[Home, str]:
    """The small demo city with a raised alert of a cell and one of a post; gives the number of the first."""
    now = clock.now()
    actions.raise_alert(demo_home.city, Raised("queue", 80, Scope.POST, "dispatcher"), moment=now - timedelta(minutes=9))
    actions.raise_alert(demo_home.city, CLUSTER, moment=now - timedelta(minutes=5))
    return demo_home, str(queries.desk(demo_home.city, Look(now))["alert_id"].iloc[0])


def state(home: Home, number: str) -> State:
    return State(queries.one(home.city, Look(clock.now()), number)["state"])


def listed(app: AppTest) -> list[tuple[str, str]]:
    """Tone and number of every row of the list, in its order."""
    return [(tone, question(unescape(address))[1]["alert"][0]) for tone, address in ROW.findall(html(app)) if "alert=" in address]


def fill(app: AppTest, **values: Any) -> None:
    for widget in (*app.text_area, *app.text_input, *app.selectbox, *app.radio, *app.number_input, *app.toggle):
        name = str(widget.key).rsplit("-", 1)[-1]
        if name in values:
            widget.set_value(values[name])


@pytest.mark.parametrize("lang", ["en", "zh_CN"])
@pytest.mark.parametrize("view", ["desk", "rules"])
def test_opens_empty(empty_home: Home, open_page: Opened, lang: str, view: str) -> None:
    app = open_page("alert_desk", lang=lang, role="manager", view=view)
    assert not app.error
    assert not MISSING.search(words(app) + html(app))
    assert view == "rules" or ("No alerts yet" if lang == "en" else "还没有预警") in words(app)


@pytest.mark.parametrize("lang", ["en", "zh_CN"])
def test_opens_full(alerted: tuple[Home, str], open_page: Opened, lang: str) -> None:
    _, number = alerted
    app = open_page("alert_desk", lang=lang, role="watch_officer")
    shown = words(app) + html(app)
    assert not app.error and not MISSING.search(shown), MISSING.findall(shown)
    assert listed(app)[0][1] == number and "chosen" in listed(app)[0][0], "newest first, and it is shown"
    assert "&lt;b&gt;" in shown or "\\<b\\>" in shown, "what a method says is plain text"
    rules = open_page("alert_desk", lang=lang, role="watch_officer", view="rules")
    assert not rules.error and not MISSING.search(words(rules) + html(rules))
    assert not [widget for widget in rules.button if widget.key and "alert-rule" in widget.key], "only who may sets rules"


def test_the_desk_can_be_taken_away(alerted: tuple[Home, str]) -> None:
    home, number = alerted
    lines = as_csv(queries.desk(home.city, Look(clock.now()))).decode("utf-8-sig").splitlines()
    assert len(lines) == 3 and number in lines[1] and lines[0].startswith("alert_id,")


def test_a_link_shows_its_alert(alerted: tuple[Home, str], open_page: Opened) -> None:
    home, _ = alerted
    queue = next(row for row in queries.desk(home.city, Look(clock.now())).to_dict("records") if row["rule"] == "queue")
    app = open_page("alert_desk", alert=queue["alert_id"])
    assert "80 cases wait" in words(app)
    assert [number for tone, number in listed(app) if "chosen" in tone] == [queue["alert_id"]]
    assert open_page("alert_desk", alert="<script>").warning


def test_acknowledge(alerted: tuple[Home, str], open_page: Opened) -> None:
    home, number = alerted
    app = open_page("alert_desk", role="dispatcher", alert=number)
    app.button(key=f"alert-{number}-acknowledge").click().run()
    assert not app.exception and state(home, number) is State.ACKNOWLEDGED
    assert "Dispatcher He Jun" in words(app) + html(app)


def test_shelve_and_take_off_the_shelf(alerted: tuple[Home, str], open_page: Opened) -> None:
    home, number = alerted
    app = open_page("alert_desk", role="watch_officer", alert=number)
    app.button(key=f"alert-{number}-shelve-do").click().run()
    assert state(home, number) is State.RAISED and "Reason" in app.error[0].value, "what is missing is said in the form"
    fill(app, reason="street works")
    app.button(key=f"alert-{number}-shelve-do").click().run()
    assert state(home, number) is State.SHELVED
    assert "street works" in html(app)
    app.button(key=f"alert-{number}-unshelve").click().run()
    assert state(home, number) is State.ACKNOWLEDGED


def test_dismiss_with_a_judgement(alerted: tuple[Home, str], open_page: Opened) -> None:
    home, number = alerted
    app = open_page("alert_desk", role="manager", alert=number)
    fill(app, judgement="false", reason="nothing there")
    app.button(key=f"alert-{number}-dismiss-do").click().run()
    found = queries.one(home.city, Look(clock.now()), number)
    assert (found["state"], found["verdict"], found["reason"]) == ("dismissed", "false", "nothing there")
    rules = open_page("alert_desk", role="manager", view="rules")
    assert "0 of 1" in html(rules) and "0 % to 79.3 %" in html(rules), "never a bare percentage"


def test_make_a_case_and_find_the_way_back(alerted: tuple[Home, str], open_page: Opened) -> None:
    home, number = alerted
    app = open_page("alert_desk", role="watch_officer", alert=number)
    assert app.selectbox(key=f"alert-{number}-make_case-department").value, "a department is proposed"
    app.button(key=f"alert-{number}-make_case-do").click().run()
    assert not app.exception and state(home, number) is State.CASE_MADE
    case_id = queries.one(home.city, Look(clock.now()), number)["case_id"]
    found = case(home.city, Look(clock.now()), case_id)
    assert found["kind"] == "matter-06010" and found["department"] and "cluster" in found["description"]
    file = open_page("case_file", case=case_id)
    assert "Made of an alert" in words(file) and any(number in str(link.proto) for link in file.get("page_link")), "the file leads back"


def test_others_see_who_answers(alerted: tuple[Home, str], open_page: Opened) -> None:
    _, number = alerted
    app = open_page("alert_desk", role="leader", alert=number)
    assert not [widget for widget in app.button if widget.key and number in widget.key]
    assert "Watch officer" in words(app)


def test_a_row_does_not_move_under_the_pointer(alerted: tuple[Home, str], open_page: Opened) -> None:
    home, number = alerted
    app = open_page("alert_desk", role="watch_officer", alert=number)
    before = listed(app)
    held = datetime.fromisoformat(app.session_state["alert-desk-until"])
    later = Raised("ears", 4, Scope.DISTRICT, "武昌区", "matter-06011")
    actions.raise_alert(home.city, later)
    rows = queries.desk(home.city, Look(clock.now())).to_dict("records")
    still, fresh = desk.kept_still(rows, held)
    assert [row["alert_id"] for row in still] == [found for _, found in before] and len(fresh) == 1
    assert desk.kept_still([row for row in rows if row["rule"] == "ears"], held)[1] == []
    app.run()
    assert len(listed(app)) == len(before) + 1


def test_a_manager_sets_a_rule(demo_home: Home, open_page: Opened) -> None:
    app = open_page("alert_desk", role="manager", view="rules")
    fill(app, threshold=0.0, reason="summer")
    app.button(key="alert-rule-surge-do").click().run()
    assert "must be above 0" in app.error[0].value
    fill(app, threshold=9.0, times=4.0, severity="high", enabled=False, reason="summer")
    app.button(key="alert-rule-surge-do").click().run()
    rule = queries.rules_in_force(demo_home.city)["surge"]
    assert (rule.threshold, rule.times, rule.severity, rule.enabled) == (9, 4, "high", False)
    assert "summer" in html(app) and "Switched off." in html(app)


def test_the_past_is_looked_at_and_left_alone(alerted: tuple[Home, str], open_page: Opened) -> None:
    _, number = alerted
    past = (clock.now() - timedelta(minutes=7)).isoformat()
    app = open_page("alert_desk", role="manager", at=past, speed="0")
    assert [found for _, found in listed(app)] != [] and number not in [found for _, found in listed(app)]
    assert not [widget for widget in app.button if widget.key and str(widget.key).startswith("alert-")]
