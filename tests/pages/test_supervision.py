"""Supervision and daily report: open empty and full, every number leads to its rows, acts are for who may, nothing is markup."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from city_brain import clock
from city_brain.cases import queries as cases
from city_brain.cases.lifecycle import Step
from city_brain.cases.model import Look
from city_brain.incidents import actions as incident_actions
from city_brain.incidents import queries as incidents
from city_brain.notices import queries as notices
from city_brain.responsibility import queries as responsibility
from city_brain.roles import Actor, Role
from city_brain.simulator.feed import SYSTEM
from city_brain.start import Home
from city_brain.supervision import queries
from city_brain.text import Text
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import asked, daily, daily_html, findings, linked
from tests.pages.conftest import Opened
from tests.pages.test_cases import case_in, words

VIEWS = asked.VIEWS
MISSING = re.compile(r"\[[a-z_]+(?:\.[a-z_0-9]+)+\]")
LINK = re.compile(r'<a class="cb-go" href="([^"]+)"[^>]*>([^<]+)</a>')
NUMBER = re.compile(r"[\d,]+")


def html(app: AppTest) -> str:
    """All that the page shows as HTML, without style rules."""
    return "\n".join(element.proto.body for element in app.get("html") if "<style" not in element.proto.body)


def links(app: AppTest) -> list[tuple[str, str]]:
    """Address and text of every link in the tables."""
    return [(unescape(address), unescape(text)) for address, text in LINK.findall(html(app))]


def question(address: str) -> tuple[str, dict[str, list[str]]]:
    page, _, query = address.partition("?")
    return page, parse_qs(query)


def said(app: AppTest, name: str) -> str:
    """What the address says for a name."""
    found = app.query_params[name]
    return found if isinstance(found, str) else found[0]


def rows_behind(open_page: Opened, address: str) -> int:
    """How many rows the page that a link leads to says it has."""
    page, query = question(address)
    app = open_page(page, **query)
    told = words(app)
    found = re.search(r"\*\*([\d,]+) cases\*\*" if page == "case_board" else r"rows: ([\d,]+)", told)
    assert found, told
    return int(found[1].replace(",", ""))


def still(hours: float = 1) -> dict[str, str]:
    """A moment of the past at which nothing moves, so that numbers and rows are of the same one."""
    at = clock.now() - timedelta(hours=hours)
    return {"at": at.replace(minute=at.minute // 2 * 2, second=0).isoformat(timespec="seconds"), "speed": "0"}


def look(past: dict[str, str]) -> Look:
    at = datetime.fromisoformat(past["at"])
    return Look(at, at)


# -- opens ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh_CN"])
def test_opens_empty(empty_home: Home, open_page: Opened, lang: str) -> None:
    for view in VIEWS:
        app = open_page("supervision", view=view, lang=lang, role="manager")
        assert app.info or view in ("routing", "rules"), "an empty page says why and what to do"
        assert not app.error
        assert not MISSING.search(words(app) + html(app)), view
    assert open_page("daily_report", lang=lang).info


@pytest.mark.parametrize("lang", ["en", "zh_CN"])
def test_every_view_opens(demo_home: Home, open_page: Opened, lang: str) -> None:
    for view in VIEWS:
        app = open_page("supervision", view=view, lang=lang, role="manager")
        assert not app.error, view
        assert not app.info, view
        missing = MISSING.findall(words(app) + html(app))
        assert not missing, f"{view}: {missing}"


def test_indicators_by_every_grouping(demo_home: Home, open_page: Opened) -> None:
    for by in (*asked.GROUPS, asked.WHOLE, "post"):
        measure = "step_in_time" if by == "post" else "closed_in_time"
        app = open_page("supervision", view="indicators", by=by, measure=measure, period="30")
        assert not app.error, by
        assert 'class="chosen"' in html(app), by


def test_nonsense_in_the_address_is_no_fault(demo_home: Home, open_page: Opened) -> None:
    strange = {
        "view": "<b>",
        "period": "own",
        "from": "x",
        "to": "9999-99-99",
        "by": "' OR 1",
        "measure": "?",
        "rows": "no",
        "page": "-3",
        "steps": "a,b",
    }
    assert not open_page("supervision", **strange).error
    for sort in ("step", "overdue", "notices", "pair", "measure", "back", "passes"):
        app = open_page(
            "supervision", view="now", rows=sort, lateness="77", holder="nobody", part="x", first="<i>", percent="abc", group="zz"
        )
        assert not app.error, sort
    assert not open_page("daily_report", day="soon").error


# -- every number leads to its rows -----------------------------------------------------------------


def test_numbers_of_now_lead_to_as_many_rows(demo_home: Home, open_page: Opened) -> None:
    past = still()
    found = links(open_page("supervision", view="now", **past))
    numbers = [(address, int(text.replace(",", ""))) for address, text in found if NUMBER.fullmatch(text)]
    assert len(numbers) > 10
    assert {question(address)[0] for address, _ in numbers} == {"case_board", "supervision"}
    for address, number in numbers:
        assert rows_behind(open_page, address) == number, address


def test_other_links_of_now_open_cases(demo_home: Home, open_page: Opened) -> None:
    found = links(open_page("supervision", view="now", **still()))
    opened = [question(address)[1]["case"][0] for address, _ in found if address.startswith("case_file?")]
    assert opened
    assert cases.case(demo_home.city, Look(clock.now()), opened[0])["case_id"] == opened[0]


@pytest.mark.parametrize("by", ["whole", "district"])
def test_numbers_of_indicators_lead_to_as_many_rows(demo_home: Home, open_page: Opened, by: str) -> None:
    past = still()
    found = links(open_page("supervision", view="indicators", period="7", by=by, measure="handled_in_time", **past))
    numbers = [(address, int(text.replace(",", ""))) for address, text in found if NUMBER.fullmatch(text) and "rows=measure" in address]
    assert len(numbers) > 20
    sums = [address for address, _ in numbers if "measure=hops&part=numerator" in address]
    for address, number in numbers[:: 4 if by == "whole" else 7]:
        if address not in sums:  # the numerator of a mean is a sum over its rows
            assert rows_behind(open_page, address) == number, address


def test_a_group_that_is_chosen_narrows_every_measure(demo_home: Home, open_page: Opened) -> None:
    past = still()
    app = open_page("supervision", view="indicators", period="30", by="district", measure="closed_in_time", **past)
    names = [
        (address, text) for address, text in links(app) if "among=" in address and "rows=" not in address and not NUMBER.fullmatch(text)
    ]
    address, district = next((address, text) for address, text in names if question(address)[1]["among"] != ["-"])
    app = open_page("supervision", **question(address)[1])
    assert f"{district}" in words(app)
    name = question(address)[1]["among"][0]
    period = asked.stretch("30", look(past).moment, ZoneInfo("Asia/Shanghai"))
    expected = queries.indicators(demo_home.city, look(past), period.since, period.until, only={"district": name}, measures=["closed"])
    assert f"{expected['denominator'].iloc[0]:,}" in html(app)
    app.button(key="among-clear").click().run()
    assert "among" not in app.query_params


def test_figures_of_passing_lead_to_as_many_rows(demo_home: Home, open_page: Opened) -> None:
    past = {**still(), "period": "30"}
    app = open_page("supervision", view="passing", **past)
    period = asked.stretch("30", look(past).moment, ZoneInfo("Asia/Shanghai"))
    found = queries.passing(demo_home.city, look(past), period.since, period.until)
    assert found["passes"] > 0
    expected = {"rows=measure&measure=hops&part=numerator": "passed_on", "rows=measure&measure=hops&part=denominator": "dispatched"}
    expected |= {"rows=back": "back_and_forth", "rows=passes": "passes"}
    for query, name in expected.items():
        address = linked_address("supervision", f"view=passing&{query}", past)
        assert rows_behind(open_page, address) == found[name], name
    for address, text in links(app)[:4]:
        assert rows_behind(open_page, address) == int(text), address


def linked_address(page: str, query: str, past: dict[str, str]) -> str:
    return f"{page}?{query}&" + "&".join(f"{name}={value.replace('+', '%2B')}" for name, value in past.items())


def test_rows_can_be_turned_and_left(demo_home: Home, open_page: Opened) -> None:
    app = open_page("supervision", view="indicators", rows="measure", measure="closed", part="denominator", period="30", **still())
    assert "1 / " in words(app)
    app.button(key="rows-more").click().run()
    assert said(app, "page") == "2"
    app.button(key="rows-back").click().run()
    assert not app.exception
    assert "rows" not in app.query_params
    assert said(app, "period") == "30", "the period stays"


def test_views_and_periods_stand_in_the_address(demo_home: Home, open_page: Opened) -> None:
    app = open_page("supervision", view="indicators")
    app.segmented_control(key="period-7-en").set_value("30").run()
    assert not app.exception
    assert said(app, "period") == "30"
    app.segmented_control(key="view-indicators-en").set_value("passing").run()
    assert said(app, "view") == "passing"
    assert said(app, "period") == "30"


# -- playback ---------------------------------------------------------------------------------------


def test_in_playback_it_shows_the_past(demo_home: Home, open_page: Opened) -> None:
    past = still(24 * 9)
    app = open_page("supervision", view="now", **past)
    then = queries.funnel(demo_home.city, look(past)).groupby("of")["cases"].sum()
    shown = [
        int(text.replace(",", ""))
        for address, text in links(app)
        if "case_board?" in address and "mark=" not in address and NUMBER.fullmatch(text)
    ]
    assert sum(shown) == int(then.sum()) > 0
    assert links(app)[0][0].count("at=") == 1, "a link keeps the moment"
    manager = open_page("supervision", view="routing", role="manager", **past)
    assert not [button for button in manager.button if str(button.key).startswith("accept-")]


# -- acts -------------------------------------------------------------------------------------------


def test_a_manager_accepts_what_rulings_propose(demo_home: Home, open_page: Opened) -> None:
    proposed = responsibility.proposed(demo_home.city, Look(clock.now()))
    assert len(proposed)
    app = open_page("supervision", view="routing", role="manager")
    offered = [button for button in app.button if str(button.key).startswith("accept-")]
    assert len(offered) == len(proposed)
    offered[0].click().run()
    assert not app.exception
    assert "under way stay where they are" in words(app), "what it does is said first"
    assert responsibility.own(demo_home.city).empty
    app.button(key="routing-confirm").click().run()
    assert not app.exception
    (rule,) = responsibility.own(demo_home.city).to_dict("records")
    assert rule["lead"] == proposed["lead"].iloc[0]
    assert rule["accepted_by"].startswith("manager:")
    app.button(key=next(button.key for button in app.button if str(button.key).startswith("retire-"))).click().run()
    app.button(key="routing-cancel").click().run()
    assert responsibility.own(demo_home.city)["until_at"].isna().all(), "left as it was"
    app.button(key=next(button.key for button in app.button if str(button.key).startswith("retire-"))).click().run()
    app.button(key="routing-confirm").click().run()
    assert responsibility.own(demo_home.city)["until_at"].notna().all()


@pytest.mark.parametrize("role", [Role.WATCH_OFFICER, Role.DISPATCHER, Role.LEADER])
def test_other_roles_see_rules_and_no_buttons(demo_home: Home, open_page: Opened, role: Role) -> None:
    app = open_page("supervision", view="routing", role=role)
    assert "Changes are made by" in words(app)
    assert not [button for button in app.button if str(button.key).startswith(("accept-", "retire-"))]
    assert not [
        field for field in open_page("supervision", view="indicators", role=role).number_input if str(field.key).startswith("weight-")
    ]
    assert not open_page("supervision", view="rules", role=role).date_input


def test_a_manager_sets_the_weights(demo_home: Home, open_page: Opened) -> None:
    app = open_page("supervision", view="indicators", role="manager")
    for field in [field for field in app.number_input if str(field.key).startswith("weight-")]:
        field.set_value(50.0 if field.key in ("weight-solved", "weight-satisfied") else 0.0)
    next(button for button in app.button if "Set them" in button.label).click().run()
    assert not app.exception
    assert queries.weights(demo_home.city) == {"solved": 50.0, "satisfied": 50.0}


def test_a_manager_sets_a_day(demo_home: Home, open_page: Opened) -> None:
    app = open_page("supervision", view="rules", role="manager")
    year = clock.now().astimezone(ZoneInfo("Asia/Shanghai")).year
    day = next(found for found in (date(year + 1, 3, place) for place in range(1, 9)) if found.weekday() < 5)
    app.date_input(key="rules-day-day").set_value(day)
    app.text_input(key="rules-day-name").set_value("Flood day")
    next(button for button in app.button if button.label == "Set it").click().run()
    assert not app.exception
    set_days = cases.holidays(demo_home.city, day, day + timedelta(days=1))
    assert set_days.to_dict("records") == [{"day": pd.Timestamp(day), "working": False, "name": "Flood day", "basis": "city"}]
    assert "Flood day" in html(app)


def test_filing_rules_are_found_by_a_word(demo_home: Home, open_page: Opened) -> None:
    app = open_page("supervision", view="rules")
    app.text_input(key="rules-search").set_value("06010").run()
    assert "06010" in html(app)
    assert "01001" not in html(app)
    app.text_input(key="rules-search").set_value("no such rule <b>").run()
    assert app.info


# -- the daily report ---------------------------------------------------------------------------------


def article(app: AppTest) -> str:
    return next(element.proto.body for element in app.get("html") if "<article" in element.proto.body)


@pytest.mark.parametrize("lang", ["en", "zh_CN"])
def test_the_report_is_of_yesterday_and_its_figures_are_right(demo_home: Home, open_page: Opened, lang: str) -> None:
    app = open_page("daily_report", lang=lang)
    body = article(app)
    zone = ZoneInfo("Asia/Shanghai")
    day = clock.now().astimezone(zone).date() - timedelta(days=1)
    assert f"{day}" in body
    assert not MISSING.search(body)
    since = datetime.combine(day, datetime.min.time(), zone)
    until = since + timedelta(days=1)
    counted = cases.same_times(demo_home.city, Look(until, until), [(since, until)])
    assert f"<b>{counted['reported'].iloc[0]:,}</b>" in body
    assert ("Simulated" if lang == "en" else "模拟") in body
    app.button(key="daily-back").click().run()
    assert f"{day - timedelta(days=1)}" in article(app)


def test_nothing_in_the_report_is_markup(demo_home: Home, open_page: Opened) -> None:
    source = incidents.source(demo_home.city, "simulated_wuhan")
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    moment = clock.now() - timedelta(hours=1)
    matter = {"external_id": "evil", "reported_at": moment - timedelta(days=60), "source_type": evil, "district": evil, "address": evil}
    case_id = incident_actions.report(demo_home.city, source, matter, SYSTEM)
    with clock.held(clock.now()):
        viewer = viewer_of(demo_home)
        labels = Labels(demo_home.city, viewer.text)
        today = viewer.look.moment.astimezone(viewer.text.zone).date()
        found = daily.of(demo_home.city, viewer, today)
        file = daily_html.file(viewer, labels, found)
    assert case_id in found.longest["case_id"].tolist(), "it has to be in the report for this test to say anything"
    assert "<script" not in file
    assert "<img" not in file
    assert "&lt;img src=x onerror" in file
    assert not re.search(r"(href|src|@import|url\()\s*=?\s*[\"'(]?\s*https?:", file), "it needs nothing from elsewhere"
    assert file.startswith("<!doctype html>")
    for name in ("林晓", "何军", "He Jun", "Lin Xiao"):
        assert name not in file


def viewer_of(home: Home) -> Viewer:
    named = incidents.city(home.city)
    return Viewer(Text("en", "Asia/Shanghai"), True, Actor("t", Role.LEADER), Look(clock.now()), 1, named)


def test_tables_escape_what_comes_from_outside() -> None:
    evil = '"><script>x</script>'
    cell = linked.cell(evil, to=f"supervision?x={evil}", small=evil, title=evil, chip=(evil, "blue"))
    table = linked.html([linked.column(evil, means=evil)], [linked.row(cell), linked.apart(evil)], label=evil)
    assert "<script" not in table


# -- the inbox ------------------------------------------------------------------------------------------


def test_what_was_seen_is_not_new_any_more(demo_home: Home, open_page: Opened) -> None:
    case_id = case_in(demo_home, Step.DISPATCH)
    me = Actor("He Jun", Role.DISPATCHER)
    assert case_id in notices.news(demo_home.city, Look(clock.now()), me)["case_id"].tolist()
    with clock.held(clock.now() + timedelta(seconds=10)):
        app = open_page("supervision", view="rules", role="dispatcher")
        assert not MISSING.search(words(app))
        opened = [parse_qs(link.proto.query_string)["case"][0] for link in app.get("page_link") if "case=" in link.proto.query_string]
        assert case_id in opened
        app.button(key="inbox-seen").click().run()
        assert not app.exception
        assert notices.news(demo_home.city, Look(clock.now()), me).empty
        assert "Nothing has changed" in words(app)


# -- rules ------------------------------------------------------------------------------------------------


def test_periods_are_whole_days_of_the_city() -> None:
    zone, moment = ZoneInfo("Asia/Shanghai"), datetime(2026, 11, 22, 4, tzinfo=UTC)
    week = asked.stretch("7", moment, zone)
    assert (week.first, week.last, week.days) == (date(2026, 11, 16), date(2026, 11, 22), 7)
    assert week.until == moment
    assert week.since - week.past_since == timedelta(days=7)
    assert week.until - week.past_until == timedelta(days=7), "as far into its last day"
    own = asked.stretch("own", moment, zone, date(2026, 11, 3), date(2026, 11, 1))
    assert own.first == own.last == date(2026, 11, 1)
    assert own.until.astimezone(zone) == datetime(2026, 11, 2, tzinfo=zone)
    assert asked.stretch("own", moment, zone, None, date(2030, 1, 1)).last == date(2026, 11, 22)


def figure(value: float, low: float, high: float, denominator: int = 100) -> dict[str, float]:
    return {"value": value, "low": low, "high": high, "denominator": denominator}


@pytest.mark.parametrize(
    ("measure", "now", "past", "way"),
    [
        ("closed_in_time", figure(0.95, 0.93, 0.97), figure(0.9, 0.88, 0.92), "better"),
        ("rework", figure(0.95, 0.93, 0.97), figure(0.9, 0.88, 0.92), "worse"),
        ("rework", figure(0.95, 0.91, 0.97), figure(0.9, 0.88, 0.92), "same"),
        ("rework", figure(0.95, 0.91, 0.97, 0), figure(0.9, 0.88, 0.92), "unknown"),
    ],
)
def test_a_change_is_clear_where_intervals_do_not_touch(measure: str, now: dict[str, float], past: dict[str, float], way: str) -> None:
    assert findings.direction(measure, now, past) == way
    assert findings.direction(measure, now, None) == "unknown"


def test_few_good_cases_do_not_win() -> None:
    groups = pd.DataFrame({"group": ["few", "many", "tiny"], "denominator": [31, 3000, 3], "unknown": 0, "value": [1, 0.98, 1]})
    groups = groups.assign(low=[0.89, 0.97, 0.4], high=[1, 0.99, 1])
    ranked, apart = findings.ordered(groups, "closed_in_time")
    assert ranked["group"].tolist() == ["many", "few"]
    assert apart["group"].tolist() == ["tiny"]
    assert findings.ordered(groups, "rework")[0]["group"].tolist() == ["many", "few"]


def test_what_cannot_be_counted_is_said() -> None:
    nothing = pd.DataFrame({"denominator": [0, 0], "unknown": [7, 3]})
    assert findings.of_measures(nothing, {}).values == {"unknown": 7}
    assert findings.of_measures(nothing.assign(unknown=0), {"closed": "unknown"}).key == "changes.unknown"
    found = findings.of_measures(nothing.assign(denominator=5), {"closed": "worse", "filed": "better", "rework": "same"})
    assert found.values == {"all": 3, "better": 1, "worse": 1, "measure": "closed"}


def test_who_disputes_and_is_right() -> None:
    ruled = pd.DataFrame(
        {"department": ["a", "a", "a", "b", None], "verdict": ["reassigned", "upheld", "given_in", "upheld", "reassigned"]}
    )
    found = findings.disputers(ruled).set_index("department")
    assert found.loc["a", ["ruled", "right", "withdrawn"]].tolist() == [2, 1, 1]
    assert found.loc["b", "share"] == 0
    assert findings.of_disputers(findings.disputers(ruled)).values["department"] == "a"
