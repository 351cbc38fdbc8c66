"""Live map, case board and case file: open empty, open full, show and do what the role may."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from city_brain import clock
from city_brain.cases import queries
from city_brain.cases.actions import advance
from city_brain.cases.lifecycle import Step, moves_from
from city_brain.cases.model import Look, Wanted
from city_brain.incidents import actions
from city_brain.incidents import queries as incidents
from city_brain.roles import Actor, Role
from city_brain.simulator.feed import SYSTEM
from city_brain.start import Home
from tests.pages.conftest import Opened


def words(app: AppTest) -> str:
    """All Markdown and messages of a page."""
    return "\n".join(element.value for kind in ("markdown", "info", "warning", "error") for element in getattr(app, kind))


FILLED = {"department": "city_management", "reason": "x", "outcome": "mended"}


def case_in(home: Home, step: Step) -> str:
    """A new case, walked by its own moves to a step."""
    source = incidents.source(home.city, "simulated_wuhan")
    number = f"{step}-{home.city.version}"
    matter = {
        "external_id": number,
        "reported_at": clock.now(),
        "lon": 114.3,
        "lat": 30.58,
        "category_kind": "matter",
        "category_code": "06010",
    }
    case_id = actions.report(home.city, source, matter, SYSTEM)
    here = Step.COLLECT
    while here is not step:
        move = next(move for move in moves_from(here) if not move.back)
        advance(home.city, case_id, move.name, Actor("test", move.role), {name: FILLED[name] for name in move.requires})
        here = move.target
    return case_id


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
        "case_board", step="<script>", mark="nope", days="x", page="-3", at="never", speed="1e9", role="emperor", kind="' OR 1=1 --"
    )
    assert "0 cases" in words(app)


def test_board_counts_what_the_query_counts(demo_home: Home, open_page: Opened) -> None:
    total = queries.count(demo_home.city, Look(clock.now()), Wanted(), finished=False)
    assert f"**{total:,} cases**" in words(open_page("case_board"))


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM])
def test_buttons_are_the_moves_of_the_role(demo_home: Home, open_page: Opened, role: Role) -> None:
    step = {Role.DEPARTMENT: Step.HANDLE, Role.INSPECTOR: Step.VERIFY}.get(role, Step.COLLECT)
    case_id = case_in(demo_home, step)
    app = open_page("case_file", case=case_id, role=role)
    shown = {button.key.split("-")[-1] for button in app.button if button.key and button.key.startswith(f"case-{case_id}-")}
    simple = {move.name for move in moves_from(step, role) if not move.requires}
    assert shown & {move.name for move in moves_from(step)} >= simple
    assert not simple or shown
    if not moves_from(step, role):
        assert "next act is with" in words(app)


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
