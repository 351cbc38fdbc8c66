"""The dispatch desk: the queue that holds still, who is proposed, one click that sends, and another choice that needs a reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import orjson
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from city_brain import clock
from city_brain.cases import queries as cases
from city_brain.cases.model import Look
from city_brain.dispatch import actions, queries
from city_brain.geo.grid import Grid
from city_brain.incidents import queries as incidents
from city_brain.risk.actions import issue
from city_brain.roads import Silent
from city_brain.roles import Actor, Role
from city_brain.start import Home
from city_brain.text import LANGUAGES, Text
from tests.foreseen import cell, made
from tests.pages.conftest import Opened
from tests.pages.test_cases import words
from tests.pages.test_supervision import MISSING, html, links, question
from tests.road_server import Server

PAGE = "dispatch_desk"
DISPATCHER = Actor("He Jun", Role.DISPATCHER)


def everything(app: AppTest) -> str:
    tiles = [f"{metric.label} {metric.value} {metric.delta}" for metric in app.metric]
    return "\n".join([words(app), html(app), *tiles, *(button.label for button in app.button)])


def send(app: AppTest, place: int) -> Button:
    """The button that sends the team in this place."""
    return next(button for button in app.button if (button.key or "").startswith(f"dispatch-send-{place}-"))


def queue(app: AppTest) -> list[str]:
    """The cases of the queue in their order."""
    return [question(to)[1]["case"][0] for to, _ in links(app) if to.startswith(PAGE) and "case" in question(to)[1]]


def asked(app: AppTest) -> str:
    """The case that the address names."""
    found = app.query_params["case"]
    return found if isinstance(found, str) else found[0]


def live(home: Home) -> dict[str, str]:
    """Team by case."""
    found = queries.assignments(home.city, Look(clock.now()), live=True)
    return dict(zip(found["case_id"], found["team_id"], strict=True))


def a_case(home: Home) -> str:
    """A case that is with a department, and for whose function teams are on duty."""
    teams = queries.teams(home.city, Look(clock.now()))
    free = teams[teams["on_shift"]]["function"].value_counts()
    waiting = queries.waiting(home.city, Look(clock.now()))
    fits = waiting[(waiting["step"] == "handle") & waiting["function"].isin(free.index[free > 2])]
    return str(fits["case_id"].iloc[0])


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("query", [{}, {"function": "drainage"}, {"function": "<u>", "case": "nobody"}])
def test_it_opens_in_both_languages(demo_home: Home, open_page: Opened, lang: str, query: dict[str, str]) -> None:
    told = everything(open_page(PAGE, lang=lang, role="dispatcher", **query))
    assert not MISSING.search(told), MISSING.findall(told)
    assert Text(lang)("dispatch.queue") in told and "<u>" not in told


def test_a_city_without_teams_says_what_it_needs(empty_home: Home, open_page: Opened) -> None:
    assert Text("en")("dispatch.no_teams_lead") in words(open_page(PAGE))


def test_one_click_sends_the_team_that_is_proposed(demo_home: Home, open_page: Opened) -> None:
    case = a_case(demo_home)
    app = open_page(PAGE, role="dispatcher", case=case)
    assert any(question(to)[1].get("case") == [case] for to, _ in links(app))
    order = queue(app)
    assert any("estimated" in caption.value for caption in app.caption)
    send(app, 0).click().run()
    assert not app.exception and list(live(demo_home)) == [case]
    (told,) = queries.assignments(demo_home.city, Look(clock.now()), case_id=case).to_dict("records")
    assert told["recommended"] == told["team_id"] and told["eta_s"] > 0 and told["assigned_by"].startswith("dispatcher:")
    assert asked(app) == order[order.index(case) + 1], "it goes on with the next one, not from the top"
    assert "Under way" in words(app)


def captions(app: AppTest) -> list[str]:
    """As they are read: without the marks that keep Markdown away."""
    return [caption.value.replace("\\", "") for caption in app.caption]


@pytest.fixture
def road_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A road server, which the settings name before the home is opened."""
    found = Server()
    monkeypatch.setenv("CITY_BRAIN_OSRM", found.url)
    yield found
    found.close()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_desk_says_how_travel_is_known_and_the_record_keeps_it(
    road_server: Server, demo_home: Home, open_page: Opened, lang: str
) -> None:
    case, text = a_case(demo_home), Text(lang)
    app = open_page(PAGE, lang=lang, role="dispatcher", case=case)
    assert road_server.asked and text("roads.osrm") in captions(app)
    road_server.answer = lambda *_: (400, b'{"code": "NoSegment"}')
    app.run()
    assert text("roads.fell_back_here", why=text(f"roads.silent.{Silent.NO_ROAD}")) in captions(app)
    road_server.answer = lambda *_: (500, b"")
    app.run()
    refuses = text("roads.fell_back", why=text(f"roads.silent.{Silent.REFUSES}"), since="|").split("|")[0]
    assert not app.exception and any(told.startswith(refuses) for told in captions(app))
    send(app, 0).click().run()
    (told,) = queries.assignments(demo_home.city, Look(clock.now()), case_id=case).to_dict("records")
    assert told["travel"] == "straight"


def test_a_team_sent_by_road_is_recorded_so(road_server: Server, demo_home: Home, open_page: Opened) -> None:
    case = a_case(demo_home)
    send(open_page(PAGE, role="dispatcher", case=case), 0).click().run()
    (told,) = queries.assignments(demo_home.city, Look(clock.now()), case_id=case).to_dict("records")
    assert told["travel"] == "osrm" and told["eta_s"] > 60 and told["distance_m"] % 1000 == 0


def test_another_team_needs_a_reason_and_what_was_done_stays(demo_home: Home, open_page: Opened) -> None:
    case = a_case(demo_home)
    app = open_page(PAGE, role="dispatcher", case=case)
    send(app, 1).click().run()
    assert any("another team" in error.value for error in app.error) and live(demo_home) == {}
    app.text_input(key="dispatch-reason").input("knows the place").run()
    send(app, 1).click().run()
    assert not app.exception and list(live(demo_home)) == [case] and not app.error


def test_the_loser_is_told_who_was_first(demo_home: Home, open_page: Opened) -> None:
    case = a_case(demo_home)
    app = open_page(PAGE, role="dispatcher", case=case)
    other = next(one for one in queries.waiting(demo_home.city, Look(clock.now()))["case_id"] if one != case)
    shown = queries.teams(demo_home.city, Look(clock.now()))
    for team in shown[shown["on_shift"]]["team_id"]:
        actions.assign(demo_home.city, other, team, DISPATCHER, reason="all hands", same_checked=True)
    before = live(demo_home)
    send(app, 0).click().run()
    assert live(demo_home) == before and any("already" in error.value for error in app.error)


def test_a_case_is_pinned_with_a_reason_and_let_go(demo_home: Home, open_page: Opened) -> None:
    case = list(queries.waiting(demo_home.city, Look(clock.now()))["case_id"])[30]
    app = open_page(PAGE, role="dispatcher", case=case)
    app.button(key=f"dispatch-pin-do-{case}").click().run()
    assert any(Text("en")("fault.dispatch_reason") in error.value for error in app.error), "a reason is needed"
    app.text_input(key=f"dispatch-pin-reason-{case}").set_value("the mayor's road").run()
    app.button(key=f"dispatch-pin-do-{case}").click().run()
    first = queries.waiting(demo_home.city, Look(clock.now())).iloc[0]
    assert not app.exception and (first["case_id"], first["pin_reason"]) == (case, "the mayor's road")
    app.button(key="dispatch-unpin").click().run()
    assert queries.waiting(demo_home.city, Look(clock.now()))["pin_reason"].isna().all()


def test_an_address_of_a_case_that_waits_for_nobody_says_so(demo_home: Home, open_page: Opened) -> None:
    app = open_page(PAGE, role="dispatcher", case="WH-0")
    assert not app.exception and any("WH-0" in info.value for info in app.info)


@pytest.mark.parametrize("role", ["leader", "inspector", "department"])
def test_who_may_not_send_has_no_button(demo_home: Home, open_page: Opened, role: str) -> None:
    app = open_page(PAGE, role=role)
    assert not [button for button in app.button if (button.key or "").startswith("dispatch-send")]


def test_playback_shows_the_desk_and_sends_nobody(demo_home: Home, open_page: Opened) -> None:
    app = open_page(PAGE, role="dispatcher", at="2020-01-01T00:00:00", speed="0")
    assert not app.exception and not [button for button in app.button if (button.key or "").startswith("dispatch-send")]


def test_the_queue_holds_still_until_it_is_sorted_anew(demo_home: Home, open_page: Opened) -> None:
    app = open_page(PAGE, role="dispatcher")

    before = queue(app)
    last = str(queries.waiting(demo_home.city, Look(clock.now()))["case_id"].iloc[-1])
    actions.pin(demo_home.city, last, DISPATCHER, reason="a school")
    app.run()
    assert queue(app) == before, "what is pinned comes first only when the list is taken anew"
    app.session_state["dispatch-order"] = [one for one in app.session_state["dispatch-order"] if one != last]
    app.run()
    app.button(key="dispatch-sort").click().run()
    assert queue(app)[0] == last and "Pinned" in html(app)


def test_the_keys_go_through_the_queue_and_end_at_its_ends(demo_home: Home, open_page: Opened) -> None:
    app = open_page(PAGE, role="dispatcher")
    order = queue(app)
    app.button(key="dispatch-previous").click().run()
    assert asked(app) == order[0]
    for _ in range(2):
        app.button(key="dispatch-next").click().run()
    assert asked(app) == order[2]
    app = open_page(PAGE, role="dispatcher", case=a_case(demo_home))
    assert send(app, 0).proto.shortcut.upper() == "D" and not send(app, 1).proto.shortcut


def test_a_case_is_escalated_with_the_form_of_its_file(demo_home: Home, open_page: Opened) -> None:
    app = open_page(PAGE, role="dispatcher")
    case = queue(app)[0]
    app.button(key=f"dispatch-escalate-open-{case}").click().run()
    app.text_area(key=f"case-{case}-remind-note").input("the school is out at five")
    app.button(key=f"case-{case}-remind-do").click().run()
    assert not app.exception and case_acts(demo_home, case)[-1] == "remind"
    leader = open_page(PAGE, role="leader")
    assert not [button for button in leader.button if (button.key or "").startswith("dispatch-escalate-open")]


def case_acts(home: Home, case: str) -> list[str]:
    return [str(act["move"]) for act in cases.history(home.city, Look(clock.now()), case)[1]]


def looked(chosen: str, acted: bool) -> None:
    import streamlit as st

    from city_brain.ui.dispatch import asked

    st.text(asked.went_on(chosen, acted=acted))


def test_a_case_that_came_up_by_itself_is_told_until_the_reader_acts() -> None:
    seen, kept = [], None
    for chosen, acted in [("A", False), ("A", False), ("B", False), ("B", False), ("B", True), ("B", False), ("C", True)]:
        app = AppTest.from_function(looked, kwargs={"chosen": chosen, "acted": acted})
        app.session_state["dispatch-looked-at"] = kept
        seen.append(app.run().text[0].value)
        kept = app.session_state["dispatch-looked-at"]
    assert seen == ["None", "None", "A", "A", "None", "None", "None"]


def test_what_has_changed_since_the_last_look_is_told_until_it_is_seen(demo_home: Home, open_page: Opened) -> None:
    app = open_page(PAGE, role="dispatcher")
    assert "nothing new" in words(app)
    case = a_case(demo_home)
    team = str(queries.teams(demo_home.city, Look(clock.now())).query("on_shift")["team_id"].iloc[0])
    sent = actions.assign(demo_home.city, case, team, DISPATCHER, same_checked=True)
    for stage in ("en_route", "on_scene"):
        actions.advance(demo_home.city, sent, stage, DISPATCHER)
    app.run()
    told = everything(app)
    assert "1 arrived" in told and "1 sent" in told and case in html(app)
    app.button(key="dispatch-news-seen").click().run()
    assert "nothing new" in words(app)


def test_many_are_sent_at_once_and_whoever_was_faster_is_named(demo_home: Home, open_page: Opened) -> None:
    app = open_page(PAGE, role="dispatcher", function="sanitation")
    app.button(key="dispatch-batch-open").click().run()
    assert not app.exception and ("weighted minutes" in words(app) or "saves no lateness" in words(app))
    (proposed,) = (editor.value for editor in app.dataframe)
    assert len(proposed) > 1 and proposed["send"].all() and proposed["team"].is_unique
    taken = queries.teams(demo_home.city, Look(clock.now())).set_index("name_en").at[proposed["team"].iloc[0], "team_id"]
    other = next(case for case in queries.waiting(demo_home.city, Look(clock.now()))["case_id"][::-1])
    actions.assign(demo_home.city, other, taken, DISPATCHER, same_checked=True)
    app.button(key="dispatch-batch-send").click().run()
    (told,) = (frame.value for frame in app.dataframe)
    assert not app.exception and told["mark"].tolist().count("✕") >= 1 and taken in told["what"].iloc[0]
    assert len(live(demo_home)) == 1 + told["mark"].tolist().count("✓") > 1
    app.button(key="dispatch-batch-close").click().run()
    assert queue(app) and not app.exception


def test_who_may_not_send_is_offered_no_batch(demo_home: Home, open_page: Opened) -> None:
    assert not [button for button in open_page(PAGE, role="leader").button if button.key == "dispatch-batch-open"]


def foresee(home: Home) -> None:
    """A forecast: as much where a drainage team is as 45 km away, where nobody is in time."""
    teams = queries.teams(home.city, Look(clock.now()))
    team = teams[(teams["function"] == "drainage") & teams["on_shift"]].iloc[0]
    named = incidents.city(home.city)
    assert named is not None
    x, y = Grid(named["lon"], named["lat"]).metres([team["home_lon"]], [team["home_lat"]])
    near = int(x[0] // 250), int(y[0] // 250)
    issue(home.city, made(date(2026, 1, 1), cell(*near, 10.0), cell(near[0] + 180, near[1], 30.0)))


def test_uncovered_risk_and_where_teams_should_stand(demo_home: Home, open_page: Opened) -> None:
    foresee(demo_home)
    app = open_page(PAGE, role="dispatcher", function="drainage")
    app.segmented_control(key="dispatch-uncovered").set_value("10").run()
    assert not app.exception and "75.0 % uncovered, about 30 cases a week" in words(app) and "per km²" in html(app)
    (chart,) = app.get("deck_gl_json_chart")
    squares = [layer for layer in orjson.loads(chart.proto.json)["layers"] if layer["id"].startswith("heat-cells-")]
    assert sum(len(layer["data"]) for layer in squares) == 1 and squares[0]["cellSize"] == 1000
    app.button(key="dispatch-standby-ask").click().run()
    assert not app.exception and "from 25.0 % to 100.0 %" in words(app) and "proven best" in words(app)
    assert "dispatch-standby" in app.get("deck_gl_json_chart")[0].proto.json
    app.segmented_control(key="dispatch-uncovered").set_value("20").run()
    assert "proven best" not in words(app), "a proposal for another time says nothing here"


def test_overrules_are_shown_and_told_in_the_next_proposals(demo_home: Home, open_page: Opened) -> None:
    case = a_case(demo_home)
    waiting, teams = queries.waiting(demo_home.city, Look(clock.now())), queries.teams(demo_home.city, Look(clock.now()))
    mine = waiting.set_index("case_id").loc[case]
    alike = waiting[(waiting["function"] == mine["function"]) & (waiting["district"] == mine["district"])]["case_id"]
    free = teams[(teams["function"] == mine["function"]) & teams["on_shift"]]
    far = (free["home_lon"] - mine["lon"]).abs() + (free["home_lat"] - mine["lat"]).abs()
    near, other = free.loc[far.sort_values().index[:2], "team_id"]
    for number in (list(alike) * 3)[:3]:
        sent = actions.assign(demo_home.city, number, near, DISPATCHER, recommended=other, reason="knows the place", same_checked=True)
        actions.advance(demo_home.city, sent, "recalled", DISPATCHER, reason="over")
    app = open_page(PAGE, role="dispatcher", case=case)
    assert not app.exception and "knows the place" in html(app) and "chosen in 3 of 3 overrules here" in words(app)


@pytest.mark.parametrize("lang", ["en", "zh_CN"])
@pytest.mark.parametrize("by", queries.GROUPINGS)
def test_response_times_lead_to_the_assignments_behind_them(demo_home: Home, open_page: Opened, lang: str, by: str) -> None:
    now = clock.now().replace(second=0, microsecond=0)  # the page counts by the minute
    figures = queries.response(demo_home.city, Look(now), now - timedelta(days=7), by=by)
    group = str(figures["group"].iloc[0])
    behind = queries.served(demo_home.city, Look(now), now - timedelta(days=7), by=by, group=group)
    assert len(behind) == figures["n"].iloc[0]
    half = figures["total_p50"].iloc[0]
    assert pd.isna(half) if behind["total"].count() < queries.LEAST else half == pytest.approx(behind["total"].median())
    app = open_page(PAGE, role="manager", lang=lang, view="response", by=by, group=group or "*")
    assert not app.exception
    shown = html(app)
    assert Text(lang)("response.turnout") in shown and behind["case_id"].iloc[0] in shown
    app.button(key="dispatch-response-close").click().run()
    assert not app.exception and Text(lang)("dispatch.queue") in words(app)


# -- teams -----------------------------------------------------------------------------------------


def teams_shown(app: AppTest) -> list[str]:
    """The teams of the list in their order."""
    return [question(to)[1]["team"][0] for to, _ in links(app) if "view=teams" in to and "team=" in to]


def test_the_counts_of_teams_lead_to_them(demo_home: Home, open_page: Opened) -> None:
    known = queries.teams(demo_home.city, Look(clock.now()))
    app = open_page(PAGE, role="dispatcher", view="teams")
    assert sorted(teams_shown(app)) == sorted(known["team_id"]) and "CSV" in words(app)
    free = known[known["state"].isin(["available", "clear"]) & known["on_shift"]]
    app = open_page(PAGE, role="dispatcher", view="teams", state="free", function="lighting")
    assert set(teams_shown(app)) == set(free[free["function"] == "lighting"]["team_id"])
    app.button(key="dispatch-fleet-close").click().run()
    assert not app.exception and not {"view", "state", "team"} & set(app.query_params)


def test_what_a_team_says_is_recorded_from_its_panel(demo_home: Home, open_page: Opened) -> None:
    known = queries.teams(demo_home.city, Look(clock.now()))
    number = str(known[known["state"] == "available"]["team_id"].iloc[0])

    def state() -> str:
        return str(queries.teams(demo_home.city, Look(clock.now())).set_index("team_id").at[number, "state"])

    app = open_page(PAGE, role="dispatcher", view="teams", team=number)
    app.text_input(key=f"dispatch-team-reason-{number}").input("the engine will not start")
    app.button(key="dispatch-team-out_of_service").click().run()
    assert not app.exception and state() == "out_of_service"
    assert not app.text_input(key=f"dispatch-team-reason-{number}").value, "it was the reason for that, and not for what comes next"
    app.button(key="dispatch-team-available").click().run()
    case = a_case(demo_home)
    actions.assign(demo_home.city, case, number, Actor("He Jun", Role.DISPATCHER), same_checked=True)
    app = open_page(PAGE, role="dispatcher", view="teams", team=number)
    for said, becomes in (("en_route", "en_route"), ("on_scene", "on_scene")):
        app.button(key=f"dispatch-team-{said}").click().run()
        assert not app.exception and state() == becomes
    app.button(key="dispatch-team-recalled").click().run()
    assert state() == "on_scene" and "reason" in app.toast[0].value, "nobody is recalled without a reason"
    leader = open_page(PAGE, role="leader", view="teams", team=number)
    assert not [button for button in leader.button if (button.key or "").startswith("dispatch-team-")]
    assert not leader.get("file_uploader")


def test_a_list_of_teams_is_taken_in_and_what_was_refused_comes_back(demo_home: Home, open_page: Opened) -> None:
    app = open_page(PAGE, role="manager", view="teams")
    text = "编号,名称,职能,部门,驻地经度,驻地纬度\nX-1,一队,照明电力,lighting,114.3,30.6\nX-2,二队,飞行,lighting,114.3,30.6\n"
    app.file_uploader(key="teams-file").set_value(("teams.csv", text.encode("gb18030"), "text/csv")).run()
    app.button(key="teams-import-send").click().run()
    assert not app.exception
    assert "2 rows: 1 new, 0 changed, 1 refused" in words(app) and "Line 3" in words(app) and "飞行" in words(app)
    assert "X-1" in set(queries.teams(demo_home.city, Look(clock.now()))["team_id"])
    assert not open_page(PAGE, role="inspector", view="teams").get("file_uploader")
