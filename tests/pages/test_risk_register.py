"""The page of the risk register: what stands on it leads to its rows; acts are for who may; nothing is markup, nothing personal."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from city_brain import clock
from city_brain.cases.model import Look
from city_brain.hazards import actions, queries, rounds
from city_brain.hazards.model import CYCLES, RiskClass
from city_brain.hazards.queries import Wanted
from city_brain.roles import Actor, Role
from city_brain.simulator.feed import SYSTEM
from city_brain.start import Home
from city_brain.text import LANGUAGES, Text
from tests.pages.conftest import Opened
from tests.pages.test_cases import words
from tests.pages.test_supervision import MISSING, html, links, question, said

MANAGER = Actor("test", Role.MANAGER)
PAGE = "risk_register"
VIEWS = ("register", "calendar", "proposals")
SPOT = {"hazard_id": "T-1", "name": "<b>*Underpass*</b>", "kind": "ponding", "risk_class": "red", "lon": 114.31, "lat": 30.59,
        "department": "water", "person": "王芳", "phone": "13812345678"}  # fmt: skip


def look() -> Look:
    return Look(clock.now())


def overdue(home: Home) -> list[str]:
    return [row["hazard_id"] for row in queries.rows(home.city, look(), Wanted(conditions=("overdue",)))]


def everything(app: AppTest) -> str:
    tiles = [f"{metric.label} {metric.value}" for metric in app.metric]
    return "\n".join([words(app), html(app), *tiles, *(button.label for button in app.button)])


def figure(app: AppTest, label: str) -> int:
    return next(int(metric.value.replace(",", "")) for metric in app.metric if label in metric.label)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_empty_register_says_how_to_begin(empty_home: Home, open_page: Opened, lang: str) -> None:
    app = open_page(PAGE, lang=lang, role="manager")
    assert Text(lang)("hazard.empty") in words(app)
    assert "hazards import" in app.code[0].value
    assert not MISSING.search(everything(app))


def test_the_first_hazard_of_an_empty_home_is_entered_by_the_form(empty_home: Home, open_page: Opened) -> None:
    app = open_page(PAGE, role="manager")
    app.text_input(key="risk-entry-name").input("Old bridge")
    app.selectbox(key="risk-entry-kind").select("bridge")
    app.selectbox(key="risk-entry-department").select("roads")
    app.number_input(key="risk-entry-lon").set_value(114.31)
    app.number_input(key="risk-entry-lat").set_value(30.59)
    next(button for button in app.button if button.label == "Enter").click().run()
    assert not app.exception
    (row,) = queries.rows(empty_home.city, look())
    assert (row["name"], row["kind"], row["risk_class"], row["department"]) == ("Old bridge", "bridge", "yellow", "roads")
    assert said(app, "hazard") == row["hazard_id"] and "Old bridge" in html(app)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_view_opens_in_both_languages(demo_home: Home, open_page: Opened, view: str, lang: str) -> None:
    rounds.propose(demo_home.city)
    app = open_page(PAGE, lang=lang, role="manager", view=view)
    told = everything(app)
    assert not MISSING.search(told), MISSING.findall(told)
    figures = queries.summary(demo_home.city, look())
    for name in ("in_force", "overdue", "due", "grave", "proposed"):
        assert figure(app, Text(lang)(f"hazard.figure.{name}")) == figures[name]
    assert figures["in_force"] > 200 and figures["overdue"]


def test_a_figure_leads_to_exactly_its_rows(demo_home: Home, open_page: Opened) -> None:
    app = open_page(PAGE)
    for label, query in (
        ("overdue", {"condition": "overdue"}),
        ("Major and high", {"class": ["red", "orange"]}),
        ("treatment", {"state": "under_treatment"}),
    ):
        told = open_page(PAGE, **query)
        assert f"**{figure(app, label)} hazards**" in words(told)


def test_filters_stand_in_the_address(demo_home: Home, open_page: Opened) -> None:
    app = open_page(PAGE)
    app.multiselect(key="risk-kind--en").select("bridge").run()
    assert said(app, "kind") == "bridge"
    expected = len(queries.rows(demo_home.city, look(), Wanted(kinds=("bridge",))))
    assert f"**{expected} hazards**" in words(app)
    app.text_input(key="risk-q-").input("no such place").run()
    assert Text("en")("hazard.none_found") in words(app)
    app.button(key="risk-clear").click().run()
    assert f"**{queries.summary(demo_home.city, look())['in_force']} hazards**" in words(app)


def test_a_link_opens_a_hazard_and_the_filter_stays(demo_home: Home, open_page: Opened) -> None:
    app = open_page(PAGE, condition="overdue")
    address = next(address for address, _ in links(app) if "hazard=" in address)
    page, query = question(address)
    assert (page, query["condition"], query["hazard"][0] in overdue(demo_home)) == (PAGE, ["overdue"], True)
    assert query["hazard"][0] in html(open_page(page, **{name: values[0] for name, values in query.items()}))


def test_a_hazard_shows_its_history_its_case_and_the_way_back_from_the_case(demo_home: Home, open_page: Opened) -> None:
    rounds.raise_missed(demo_home.city)
    number = next(name for name in overdue(demo_home) if queries.links(demo_home.city, name))
    case_id = queries.links(demo_home.city, number)[0]["case_id"]
    app = open_page(PAGE, hazard=number)
    assert ("case_file", {"case": [case_id], "lang": ["en"]}) in [question(address) for address, _ in links(app)]
    assert Text("en")("hazard.event.raised") in html(app)
    file = open_page("case_file", case=case_id)
    named = queries.hazard(demo_home.city, look(), number)["name"]
    assert any(named in link.proto.label for link in file.get("page_link"))


def test_an_inspection_is_recorded_by_the_buttons(demo_home: Home, open_page: Opened) -> None:
    number = overdue(demo_home)[0]
    app = open_page(PAGE, role="inspector", hazard=number)
    app.button(key="risk-inspect").click().run()
    app.segmented_control(key="risk-result").set_value("findings")
    app.text_area(key="risk-findings").input("railing loose")
    next(button for button in app.button if button.label == "Send").click().run()
    assert not app.exception
    found = queries.hazard(demo_home.city, look(), number)
    assert found["last_result"] == "findings" and found["condition"] != "overdue"
    assert "railing loose" in html(app)
    assert [row["why"] for row in queries.links(demo_home.city, number)] == ["findings"]


def test_a_manager_changes_and_closes(demo_home: Home, open_page: Opened) -> None:
    number = overdue(demo_home)[0]
    phone = actions.disclose(demo_home.city, [number], "test", SYSTEM)[number][1]
    app = open_page(PAGE, role="manager", hazard=number)
    app.button(key="risk-change").click().run()
    app.selectbox(key="risk-change-state").select("under_treatment")
    app.text_input(key="risk-change-notes").input("scaffold up")
    next(button for button in app.button if button.label == "Send").click().run()
    found = queries.hazard(demo_home.city, look(), number)
    assert (found["state"], found["notes"]) == ("under_treatment", "scaffold up")
    assert actions.disclose(demo_home.city, [number], "test", SYSTEM)[number][1] == phone, "an empty field of a person changes nothing"
    app.button(key="risk-close").click().run()
    next(button for button in app.button if button.label == "Send").click().run()
    assert queries.hazard(demo_home.city, look(), number)["state"] == "under_treatment", "a reason is needed"
    app.text_area(key="risk-close-reason").input("rebuilt")
    next(button for button in app.button if button.label == "Send").click().run()
    assert queries.hazard(demo_home.city, look(), number)["state"] == "closed"
    assert Text("en")("hazard.no_more") in words(app)


def test_a_contact_is_masked_until_somebody_says_what_for(demo_home: Home, open_page: Opened) -> None:
    actions.enter(demo_home.city, SPOT, MANAGER)
    app = open_page(PAGE, role="inspector", hazard="T-1")
    assert "王* 138****5678" in html(app) and "13812345678" not in everything(app)
    app.button(key="risk-contact").click().run()
    app.text_input(key="risk-purpose").input("flood call-out")
    next(button for button in app.button if button.label == "Send").click().run()
    assert "王芳 13812345678" in html(app)
    assert queries.history(demo_home.city, "T-1")[0]["told"]["purpose"] == "flood call-out"
    assert "13812345678" not in everything(open_page(PAGE, role="inspector", hazard="T-1"))


@pytest.mark.parametrize(
    ("role", "offered"), [("leader", set()), ("inspector", {"inspect", "contact"}), ("manager", {"inspect", "change", "close", "contact"})]
)
def test_only_what_a_role_may_is_offered(demo_home: Home, open_page: Opened, role: str, offered: set[str]) -> None:
    app = open_page(PAGE, role=role, hazard=overdue(demo_home)[0])
    keys = {button.key for button in app.button}
    assert {act for act in ("inspect", "change", "close", "contact") if f"risk-{act}" in keys} == offered


def test_nothing_can_be_done_in_playback(demo_home: Home, open_page: Opened) -> None:
    app = open_page(PAGE, role="manager", hazard=overdue(demo_home)[0], at=(clock.now() - timedelta(hours=2)).isoformat(), speed="0")
    assert Text("en")("hazard.playback") in words(app)
    assert not {"risk-inspect", "risk-change", "risk-close"} & {button.key for button in app.button}


def test_text_from_outside_is_text(demo_home: Home, open_page: Opened) -> None:
    actions.enter(demo_home.city, SPOT | {"notes": "<script>x</script>"}, MANAGER)
    told = html(open_page(PAGE, hazard="T-1", q="underpass"))
    assert "&lt;b&gt;*Underpass*&lt;/b&gt;" in told and "&lt;script&gt;" in told
    assert "<b>*Underpass" not in told and "<script>x" not in told


@pytest.mark.parametrize("query", [{"hazard": "nowhere"}, {"view": "x", "class": "purple", "day": "soon", "page": "-1"}])
def test_an_address_that_asks_for_nonsense_is_passed_over(demo_home: Home, open_page: Opened, query: dict[str, str]) -> None:
    assert f"**{queries.summary(demo_home.city, look())['in_force']} hazards**" in words(open_page(PAGE, **query))


def test_a_day_of_the_calendar_opens_its_list(demo_home: Home, open_page: Opened) -> None:
    app = open_page(PAGE, view="calendar")
    days = re.findall(r'<a class="cb-go [^"]*" href="([^"]+)" aria-label="(\d{4}-\d\d-\d\d): (\d+) due"', html(app))
    assert sum(int(count) for *_, count in days) == int(queries.days(demo_home.city, look())["hazards"].sum())
    address, day, count = max(days, key=lambda found: int(found[2]))
    _, query = question(address.replace("&amp;", "&"))
    assert query["day"] == [day]
    assert f"**{count} hazards**" in words(open_page(PAGE, day=day))


def test_a_manager_sets_the_cycles(demo_home: Home, open_page: Opened) -> None:
    assert "risk-cycle-red" not in {number.key for number in open_page(PAGE, view="calendar", role="inspector").number_input}
    app = open_page(PAGE, view="calendar", role="manager")
    app.number_input(key="risk-cycle-yellow").set_value(60)
    next(button for button in app.button if button.label == Text("en")("hazard.cycles_send")).click().run()
    assert queries.cycles(demo_home.city) == {str(name): days for name, days in CYCLES.items()} | {str(RiskClass.YELLOW): 60}


def test_proposals_are_ruled_on_with_a_reason(demo_home: Home, open_page: Opened) -> None:
    rounds.propose(demo_home.city)
    first, second = (row["proposal_id"] for row in queries.proposals(demo_home.city, ruled=False)[:2])
    assert f"risk-accept-{first}" not in {button.key for button in open_page(PAGE, view="proposals", role="inspector").button}
    app = open_page(PAGE, view="proposals", role="manager")
    for number, act, send in ((first, "accept", "hazard.accept_send"), (second, "decline", "hazard.decline_send")):
        app.button(key=f"risk-{act}-{number}").click().run()
        app.text_input(key=f"risk-reason-{number}").input("seen on site")
        next(button for button in app.button if button.label == Text("en")(send)).click().run()
        assert not app.exception
    ruled = {row["proposal_id"]: (row["verdict"], row["reason"]) for row in queries.proposals(demo_home.city, ruled=True)}
    assert ruled == {first: ("accepted", "seen on site"), second: ("declined", "seen on site")}
    assert "seen on site" in html(app)
