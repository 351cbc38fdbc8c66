"""Live map, case board and case file: open empty, open full, show and do what the role may."""

from __future__ import annotations

import io
import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from city_brain import clock
from city_brain.cases import lifecycle, queries
from city_brain.cases.actions import advance
from city_brain.cases.lifecycle import DEPARTMENT, MOVES, PLACE, Step, moves_from
from city_brain.cases.model import Look, Mine, Wanted
from city_brain.cases.standing import Standing, unmet
from city_brain.incidents import actions
from city_brain.incidents import queries as incidents
from city_brain.responsibility import queries as responsibility
from city_brain.roles import Actor, Role
from city_brain.simulator.feed import SYSTEM
from city_brain.start import Home
from city_brain.text import Text
from tests.pages.conftest import Opened

PEOPLE = [role for role in Role if role is not Role.SYSTEM]
OURS = "city_management"
FILLED = {
    "department": OURS, "reason": "x", "outcome": "mended", "note": "seen", "instead": "roads", "grade": "good", "answer": "done",
    "reached": "yes", "until": (date.today() + timedelta(days=30)).isoformat(),  # noqa: DTZ011 - any day ahead will do
}  # fmt: skip
ROUTES = {
    Step.COLLECT: "", Step.CONFIRM: "ask_confirm", Step.FILE: "accept", Step.DISPATCH: "accept file", Step.REJECTED: "reject",
    Step.HANDLE: "accept file dispatch", Step.DISPUTE: "accept file dispatch dispute", Step.REPORT_BACK: "accept file dispatch finish",
    Step.SUSPENDED: "accept file dispatch ask_suspension grant_suspension", Step.VERIFY: "accept file dispatch finish report_back",
    Step.EVALUATE: "accept file dispatch finish report_back close",
    Step.ARCHIVED: "accept file dispatch finish report_back close evaluate",
}  # fmt: skip
MOVE = {move.name: move for move in MOVES}


def words(app: AppTest) -> str:
    """All Markdown and messages of a page."""
    return "\n".join(element.value for kind in ("markdown", "info", "warning", "error") for element in getattr(app, kind))


def take(home: Home, case_id: str, *names: str, **fields: str) -> None:
    """Take moves with a case, each by somebody of its role."""
    for name in names:
        move, found = MOVE[name], queries.case(home.city, Look(clock.now()), case_id)
        given = {"kind": move.kinds[0]} if move.kinds else {}
        asked = lifecycle.required(move, unanswered=found["unanswered"] == found["step"])
        given |= {field: FILLED[field] for field in asked if field in FILLED} | fields
        advance(home.city, case_id, name, Actor("test", move.role, department=found["department"]), given)


def reported(home: Home, **matter: Any) -> str:
    """A new case of illegal posters in Jianghan."""
    plain = {
        "external_id": f"T-{home.city.version}", "reported_at": clock.now(), "lon": 114.3, "lat": 30.58, "category_kind": "matter",
        "category_code": "06010",
    }  # fmt: skip
    return actions.report(home.city, incidents.source(home.city, "simulated_wuhan"), plain | matter, SYSTEM)


def case_in(home: Home, step: Step) -> str:
    """A new case, walked by its moves to a step."""
    case_id = reported(home)
    take(home, case_id, *ROUTES[step].split())
    assert queries.case(home.city, Look(clock.now()), case_id)["step"] == step
    return case_id


def offered(app: AppTest, case_id: str) -> set[str]:
    """The moves that a case file offers, in its line and its menus."""
    shown = {button.key.removeprefix(f"case-{case_id}-") for button in app.button if (button.key or "").startswith(f"case-{case_id}-")}
    labels = {Text("en")(f"move.{move.name}"): move.name for move in MOVES}
    return shown & MOVE.keys() | {labels[option.removesuffix("…")] for menu in app.get("menu_button") for option in menu.options}


def expected(home: Home, case_id: str, role: Role, department: str | None = None) -> set[str]:
    """The moves of the table for a role, as a case stands."""
    standing = Standing.of(queries.case(home.city, Look(clock.now()), case_id))
    whose = standing.holder if PLACE[standing.step].holder == DEPARTMENT else standing.department
    if role is Role.DEPARTMENT and department != whose:
        return set()
    missing = unmet(standing, clock.now())
    return {move.name for move in moves_from(standing.step, role) if missing.isdisjoint(move.needs)}


def opened_form(app: AppTest, case_id: str, move: str) -> AppTest:
    """The page with the form of a move."""
    app.session_state["move-open"] = (case_id, move)
    return app.run()


def deck(app: AppTest) -> dict[str, object]:
    """The description of the map on the page."""
    return dict(json.loads(app.get("deck_gl_json_chart")[0].proto.json))


@pytest.mark.parametrize("path", ["live_map", "case_board", "case_file"])
@pytest.mark.parametrize("lang", ["en", "zh_CN"])
def test_opens_empty(empty_home: Home, open_page: Opened, path: str, lang: str) -> None:
    app = open_page(path, lang=lang)
    assert app.info, "an empty page says why and what to do"


def test_live_map_draws_the_open_cases(demo_home: Home, open_page: Opened) -> None:
    app = open_page("live_map")
    layers = {layer["id"]: layer for layer in deck(app)["layers"]}  # type: ignore[attr-defined]
    drawn = sum(len(layer["data"]) for name, layer in layers.items() if name.startswith("cases-"))
    assert drawn == len(queries.points(demo_home.city, Look(clock.now()), Wanted()))
    assert len(app.get("deck_gl_json_chart")[0].proto.json) < 500_000


def test_live_map_keeps_its_view_whatever_is_filtered(demo_home: Home, open_page: Opened) -> None:
    every, some = deck(open_page("live_map")), deck(open_page("live_map", mark="overdue"))
    assert every["initialViewState"] == some["initialViewState"]
    assert every["mapStyle"] == some["mapStyle"]


def test_a_link_brings_filter_and_case(demo_home: Home, open_page: Opened) -> None:
    case_id = case_in(demo_home, Step.HANDLE)
    app = open_page("live_map", case=case_id, step="handle")
    assert f"`{case_id}`" in words(app)


def test_nonsense_in_the_url_is_no_fault(demo_home: Home, open_page: Opened) -> None:
    app = open_page(
        "case_board", step="<script>", mark="nope", days="x", page="-3", at="never", speed="1e9", role="emperor", kind="' OR 1=1 --",
        dept="<b>", done="7",
    )  # fmt: skip
    assert "0 cases" in words(app)


def test_board_counts_what_the_query_counts(demo_home: Home, open_page: Opened) -> None:
    total = queries.count(demo_home.city, Look(clock.now()), Wanted(), finished=False)
    assert f"**{total:,} cases**" in words(open_page("case_board", done="0"))


# -- whose case it is ----------------------------------------------------------------------------


def test_a_department_is_chosen_with_the_identity(demo_home: Home, open_page: Opened) -> None:
    busiest = next(iter(queries.loads(demo_home.city, lifecycle.queue(Role.DEPARTMENT))))
    app = open_page("case_board", role="department")
    assert app.query_params["dept"] in (busiest, [busiest])
    choice = app.selectbox(key="department-choice-en")
    choice.set_value("police").run()
    assert app.query_params["dept"] in ("police", ["police"])
    assert app.session_state["department"] == "police"
    assert not app.exception


@pytest.mark.parametrize("role", [role for role in PEOPLE if lifecycle.queue(role)])
def test_the_board_begins_with_the_roles_own_queue(demo_home: Home, open_page: Opened, role: Role) -> None:
    for step in (Step.COLLECT, Step.CONFIRM, Step.DISPATCH, Step.HANDLE, Step.DISPUTE, Step.SUSPENDED):
        case_in(demo_home, step)
    take(demo_home, case_in(demo_home, Step.HANDLE), "ask_extension")
    holders = (OURS,) if role is Role.DEPARTMENT else None
    mine = Mine(lifecycle.queue(role), holders, lifecycle.asked_of(role))
    total = queries.count(demo_home.city, Look(clock.now()), Wanted(mine=mine), finished=False)
    app = open_page("case_board", role=role, dept=OURS)
    assert f"**{total:,} cases** :small[:gray[nearest clock first]]" in words(app)
    assert total, "somebody has something to do"
    rows = queries.board(demo_home.city, Look(clock.now()), Wanted(mine=mine), finished=False, size=500, skip=0)
    assert len(rows) == total
    assert (rows["step"].isin(lifecycle.queue(role)) | rows["asked"].isin(lifecycle.asked_of(role))).all()
    assert role is not Role.DEPARTMENT or set(rows["holder"]) == {OURS}
    assert rows["clock_at"].dropna().is_monotonic_increasing
    export = queries.export(demo_home.city, Look(clock.now()), Wanted(mine=mine), finished=False)
    assert sorted(export["case_id"]) == sorted(rows["case_id"])


def test_an_appeal_of_a_finished_case_waits_for_the_manager(demo_home: Home, open_page: Opened) -> None:
    case_id = reported(demo_home, due_at=clock.now() - timedelta(hours=1))
    take(demo_home, case_id, *ROUTES[Step.EVALUATE].split(), "ask_appeal")
    mine = Mine(lifecycle.queue(Role.MANAGER), None, lifecycle.asked_of(Role.MANAGER))
    rows = queries.board(demo_home.city, Look(clock.now()), Wanted(mine=mine), finished=False, size=500, skip=0)
    assert case_id in set(rows["case_id"])
    app = open_page("case_file", case=case_id, role="manager")
    assert {"grant_appeal", "refuse_appeal"} <= offered(app, case_id)
    assert "appeals" in words(app)


@pytest.mark.parametrize(
    ("query", "finished"), [({"done": "0"}, False), ({"done": "1"}, True), ({"done": "any"}, None), ({"mark": "normal"}, False)]
)
def test_links_that_ask_for_something_show_the_cases_of_everybody(
    demo_home: Home, open_page: Opened, query: dict[str, str], finished: bool | None
) -> None:
    wanted = Wanted(marks=(query["mark"],) if "mark" in query else ())
    total = queries.count(demo_home.city, Look(clock.now()), wanted, finished=finished)
    assert f"**{total:,} cases**" in words(open_page("case_board", **query))


def test_a_leader_has_no_queue(demo_home: Home, open_page: Opened) -> None:
    total = queries.count(demo_home.city, Look(clock.now()), Wanted(), finished=False)
    app = open_page("case_board", role="leader", done="mine")
    assert f"**{total:,} cases**" in words(app)
    assert not [toggle for toggle in app.toggle if toggle.key == "bulk-on"]


# -- the moves of a case ---------------------------------------------------------------------------


@pytest.mark.parametrize("step", [Step.COLLECT, Step.FILE, Step.HANDLE, Step.DISPUTE, Step.SUSPENDED, Step.EVALUATE, Step.REJECTED])
def test_a_file_offers_each_role_the_moves_of_the_table(demo_home: Home, open_page: Opened, step: Step) -> None:
    case_id = case_in(demo_home, step)
    app = open_page("case_file", case=case_id, role="leader", dept=OURS)
    for role in PEOPLE:
        app.session_state["identity"] = str(role)
        app.run()
        assert not app.exception
        assert offered(app, case_id) == expected(demo_home, case_id, role, OURS), role
        if not offered(app, case_id):
            assert "next act is with" in words(app), role


def test_a_department_moves_its_own_cases_alone(demo_home: Home, open_page: Opened) -> None:
    case_id = case_in(demo_home, Step.HANDLE)
    ours = open_page("case_file", case=case_id, role="department", dept=OURS)
    assert offered(ours, case_id) == {"finish", "send_back", "dispute", "ask_extension", "ask_suspension"}
    theirs = open_page("case_file", case=case_id, role="department", dept="police")
    assert offered(theirs, case_id) == set()
    assert "not with your department" in words(theirs)


def test_what_was_asked_can_be_granted_and_not_asked_again(demo_home: Home, open_page: Opened) -> None:
    case_id = case_in(demo_home, Step.HANDLE)
    take(demo_home, case_id, "ask_extension", reason="spare part is missing")
    app = open_page("case_file", case=case_id, role="dispatcher")
    assert {"grant_extension", "refuse_extension"} <= offered(app, case_id)
    assert "asks for an extension" in words(app)
    assert "spare part is missing" in words(app)
    app = opened_form(app, case_id, "grant_extension")
    assert "deadline" in words(app), "what it does to the clock is said before"
    app.button(key=f"case-{case_id}-grant_extension-do").click().run()
    assert queries.case(demo_home.city, Look(clock.now()), case_id)["extensions"] == 1
    department = open_page("case_file", case=case_id, role="department", dept=OURS)
    assert "ask_extension" in offered(department, case_id)
    assert "extended 1 of 2 times" in words(department)


def test_watch_officer_accepts_a_case(demo_home: Home, open_page: Opened) -> None:
    case_id = case_in(demo_home, Step.COLLECT)
    app = open_page("case_file", case=case_id)
    app.button(key=f"case-{case_id}-accept").click().run()
    assert not app.exception
    assert queries.case(demo_home.city, Look(clock.now()), case_id)["step"] == Step.FILE


def test_of_two_who_act_one_is_told_who_was_first(demo_home: Home, open_page: Opened) -> None:
    case_id = case_in(demo_home, Step.COLLECT)
    first, second = open_page("case_file", case=case_id), open_page("case_file", case=case_id)
    first.button(key=f"case-{case_id}-accept").click().run()
    second.button(key=f"case-{case_id}-accept").click().run()
    assert any("Lin Xiao was first" in toast.value for toast in second.toast)
    assert queries.case(demo_home.city, Look(clock.now()), case_id)["version"] == 2, "reported, accepted once"


def test_a_menu_opens_the_form_of_its_move(demo_home: Home, open_page: Opened) -> None:
    case_id = case_in(demo_home, Step.COLLECT)
    app = open_page("case_file", case=case_id)
    menu = next(menu for menu in app.get("menu_button") if menu.key == f"case-{case_id}-back")
    menu.click("reject").run()
    assert app.text_area(key=f"case-{case_id}-reject-reason").label.endswith("\\*")
    app.button(key=f"case-{case_id}-reject-cancel").click().run()
    assert not [area for area in app.text_area if area.key == f"case-{case_id}-reject-reason"]


def test_a_form_says_what_is_missing_and_keeps_what_was_written(demo_home: Home, open_page: Opened) -> None:
    case_id = case_in(demo_home, Step.DISPATCH)
    app = opened_form(open_page("case_file", case=case_id, role="dispatcher"), case_id, "return_to_filing")
    app.text_area(key=f"case-{case_id}-return_to_filing-reason").set_value("no such street")
    app.button(key=f"case-{case_id}-return_to_filing-do").click().run()
    assert '"Kind of send-back" must be filled for "Return to filing".' in words(app)
    assert app.text_area(key=f"case-{case_id}-return_to_filing-reason").value == "no such street"
    app.get("button_group")[-1].set_value("unclear_place")
    app.button(key=f"case-{case_id}-return_to_filing-do").click().run()
    found = queries.case(demo_home.city, Look(clock.now()), case_id)
    assert (found["step"], found["unanswered"]) == (Step.FILE, Step.FILE)


def test_a_send_back_says_who_and_why_and_asks_for_its_answer(demo_home: Home, open_page: Opened) -> None:
    case_id = case_in(demo_home, Step.DISPATCH)
    take(demo_home, case_id, "return_to_filing", reason="which of the two bridges?")
    app = open_page("case_file", case=case_id)
    assert re.search(r"Sent back, answer due.*Filed wrongly.*which of the two bridges\\\?|bridges\?", words(app))
    app = opened_form(app, case_id, "file")
    app.button(key=f"case-{case_id}-file-do").click().run()
    assert '"Answer to the send-back" must be filled' in words(app)
    app.text_area(key=f"case-{case_id}-file-answer").set_value("the northern one")
    app.button(key=f"case-{case_id}-file-do").click().run()
    assert queries.case(demo_home.city, Look(clock.now()), case_id)["step"] == Step.DISPATCH
    assert any("the northern one" in html.proto.body for html in app.get("html"))


def test_the_proposed_department_is_chosen_already_and_says_why(demo_home: Home, open_page: Opened) -> None:
    case_id = case_in(demo_home, Step.DISPATCH)
    proposal, _ = responsibility.proposal(demo_home.city, queries.case(demo_home.city, Look(clock.now()), case_id))
    app = opened_form(open_page("case_file", case=case_id, role="dispatcher"), case_id, "dispatch")
    assert app.selectbox(key=f"case-{case_id}-dispatch-department").value == proposal.department
    assert "responsible for this category" in words(app)


def test_a_filing_rule_brings_its_limit(demo_home: Home, open_page: Opened) -> None:
    case_id = case_in(demo_home, Step.FILE)
    app = opened_form(open_page("case_file", case=case_id), case_id, "file")
    rules = app.radio(key=f"case-{case_id}-file-rule")
    assert len(rules.options) > 1
    rules.set_value("m06010-2")
    app.button(key=f"case-{case_id}-file-do").click().run()
    assert queries.case(demo_home.city, Look(clock.now()), case_id)["rule"] == "m06010-2"
    assert "To be closed when" in words(app)


def test_a_duplicate_is_merged_into_its_neighbour(demo_home: Home, open_page: Opened) -> None:
    first, second = case_in(demo_home, Step.HANDLE), case_in(demo_home, Step.COLLECT)
    app = opened_form(open_page("case_file", case=second), second, "merge")
    assert "possible duplicates" in words(app)
    into = app.selectbox(key=f"case-{second}-merge-into")
    assert into.options[0].startswith(f"{first} · 0 m away · same kind")
    into.set_value(first)
    app.button(key=f"case-{second}-merge-do").click().run()
    found = queries.case(demo_home.city, Look(clock.now()), second)
    assert (found["step"], found["merged_into"]) == (Step.MERGED, first)
    assert "1 merged into this one" in words(open_page("case_file", case=first))


def test_the_path_of_a_case_is_told(demo_home: Home, open_page: Opened) -> None:
    case_id = case_in(demo_home, Step.DISPUTE)
    take(demo_home, case_id, "reassign", department="roads")
    take(demo_home, case_id, "finish", "report_back", "rework", "finish", "report_back", "close", "call_back")
    told = words(open_page("case_file", case=case_id, role="leader"))
    for part in ("Passed on 1 ×", "by ruling", "Reworks", "Called back", "Filed because"):
        assert part in told, part


def test_pictures_stand_at_their_act(demo_home: Home, open_page: Opened) -> None:
    case_id = case_in(demo_home, Step.HANDLE)
    app = opened_form(open_page("case_file", case=case_id, role="department", dept=OURS), case_id, "finish")
    app.text_area(key=f"case-{case_id}-finish-outcome").set_value("taken down")
    upload = app.file_uploader(key=f"case-{case_id}-finish-pictures")
    upload.set_value([("note.png", b"no picture", "image/png")])
    app.button(key=f"case-{case_id}-finish-do").click().run()
    assert "note.png: The file is no still picture" in words(app)
    assert app.text_area(key=f"case-{case_id}-finish-outcome").value == "taken down"
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(drawn, "PNG")
    app.file_uploader(key=f"case-{case_id}-finish-pictures").set_value([("after.png", drawn.getvalue(), "image/png")])
    app.button(key=f"case-{case_id}-finish-do").click().run()
    assert queries.case(demo_home.city, Look(clock.now()), case_id)["step"] == Step.REPORT_BACK
    assert len(app.get("image")) == 1
    assert not app.exception


def test_playback_shows_what_was_and_offers_no_act(demo_home: Home, open_page: Opened) -> None:
    then = clock.now() - timedelta(days=9)
    look = Look(then, then)
    shown = queries.queue(demo_home.city, look, Wanted())
    app = open_page("case_file", case=shown["case_id"].iloc[0], at=then.isoformat(), speed="0")
    assert "nothing can be done here" in words(app)
    assert not [button for button in app.button if button.key and button.key.startswith("case-WH")]


def test_without_identities_a_guest_may_look_and_not_act(demo_home: Home, open_page: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITY_BRAIN_IDENTITIES", "off")
    object.__setattr__(demo_home.settings, "identities", "off")
    app = open_page("case_file", case=case_in(demo_home, Step.COLLECT), role="watch_officer")
    assert "next act is with" in words(app)


@pytest.mark.parametrize("lang", ["en", "zh_CN"])
def test_no_word_is_missing(demo_home: Home, open_page: Opened, lang: str) -> None:
    """Whatever a case has been through, its file is told in words."""
    case_id = case_in(demo_home, Step.DISPUTE)
    take(demo_home, case_id, "reassign", department="roads")
    take(demo_home, case_id, "ask_suspension", "grant_suspension", "remind", "supervise", "resume", "finish", "report_back", "rework")
    for name, role in (("finish", "department"), ("send_back", "department"), ("ask_appeal", "department"), ("recall", "dispatcher")):
        app = opened_form(open_page("case_file", case=case_id, role=role, dept="roads", lang=lang), case_id, name)
        told = words(app) + "".join(html.proto.body for html in app.get("html")) + "".join(metric.delta for metric in app.metric)
        assert not re.findall(r"\[[a-z_]+(?:\.[a-z_0-9]+)+\]", told)
        assert not app.exception


# -- several cases at once -----------------------------------------------------------------------


def choosing(app: AppTest, *case_ids: str) -> AppTest:
    """The board with these rows chosen."""
    if not app.toggle(key="bulk-on").value:
        app.toggle(key="bulk-on").set_value(True).run()
    order = app.session_state["bulk-frame"][1]["case_id"].tolist()
    key = f"bulk-rows-{app.session_state['bulk-round']}-en"
    app.session_state[key] = {"selection": {"rows": [order.index(case_id) for case_id in case_ids], "columns": [], "cells": []}}
    return app.run()


def tables(app: AppTest) -> dict[str, Any]:
    """The tables of preview and results: case → row."""
    return {
        row["case"]: row for table in app.dataframe if "what" in table.value.columns for row in table.value.to_dict("records")
    }  # fmt: skip


def test_several_cases_are_previewed_and_moved_together(demo_home: Home, open_page: Opened) -> None:
    first, second, third = (case_in(demo_home, Step.COLLECT) for _ in range(3))
    app = choosing(open_page("case_board"), first, second, third)
    assert "**3 chosen**" in words(app)
    options = app.selectbox(key="bulk-move-en").options
    assert options[0] == "Accept"
    assert not [option for option in options if option.startswith("Dispatch")]
    app.selectbox(key="bulk-move-en").set_value("accept").run()
    assert app.button(key="bulk-do").disabled, "nothing is done unseen"
    app.button(key="bulk-preview").click().run()
    assert {tables(app)[case]["what"] for case in (first, second, third)} == {"Collect → File"}
    take(demo_home, second, "accept")
    app.button(key="bulk-do").click().run()
    assert not app.exception
    told = tables(app)
    assert (told[first]["mark"], told[second]["mark"], told[third]["mark"]) == ("✓", "✕", "✓")
    assert "test was first" in told[second]["what"]
    assert "2 done" in words(app)
    assert "1 not done" in words(app)
    assert [queries.case(demo_home.city, Look(clock.now()), case)["step"] for case in (first, second, third)] == ["file"] * 3
    app.button(key="bulk-read").click().run()
    assert not tables(app)


def test_a_preview_says_why_not(demo_home: Home, open_page: Opened) -> None:
    fresh, filed = case_in(demo_home, Step.COLLECT), case_in(demo_home, Step.FILE)
    app = choosing(open_page("case_board"), fresh, filed)
    assert "Do not accept · 1 of 2" in app.selectbox(key="bulk-move-en").options
    app.selectbox(key="bulk-move-en").set_value("reject").run()
    app.button(key="bulk-preview").click().run()
    assert "must be filled" in tables(app)[fresh]["what"]
    app.text_area(key="bulk-reject-reason").set_value("no such place").run()
    assert not tables(app), "what was seen before is not what would be done now"
    app.button(key="bulk-preview").click().run()
    assert (tables(app)[fresh]["mark"], tables(app)[filed]["mark"]) == ("✓", "✕")


def test_each_case_goes_to_the_department_proposed_for_it(demo_home: Home, open_page: Opened) -> None:
    posters, cover = (reported(demo_home, category_code=code) for code in ("06010", "01002"))
    for case_id in (posters, cover):
        take(demo_home, case_id, "accept", "file")
    app = choosing(open_page("case_board", role="dispatcher"), posters, cover)
    app.selectbox(key="bulk-move-en").set_value("dispatch").run()
    app.button(key="bulk-preview").click().run()
    assert all("deadline" in tables(app)[case_id]["clock"] for case_id in (posters, cover))
    app.button(key="bulk-do").click().run()
    for case_id in (posters, cover):
        found = queries.case(demo_home.city, Look(clock.now()), case_id)
        assert found["department"] == responsibility.proposal(demo_home.city, found)[0].department
