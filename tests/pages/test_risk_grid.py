"""The page of risk: empty, and with a forecast: the map's question in the address, why a cell is hot, the record, the classes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import orjson
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from city_brain import clock, start
from city_brain.cases.model import Look
from city_brain.risk import queries
from city_brain.risk.model import USUAL, classed
from city_brain.settings import Settings
from city_brain.start import Home
from city_brain.text import LANGUAGES, Text
from city_brain.ui.risk.ranking import rolled
from tests.forecasting.conftest import issued
from tests.pages.conftest import Opened
from tests.pages.test_cases import words
from tests.pages.test_supervision import MISSING, html, links, question, said

PAGE = "risk_grid"


@pytest.fixture(scope="module")
def foreseen_home(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small simulated city with the forecast of today."""
    folder = tmp_path_factory.mktemp("foreseen")
    shutil.copytree(built, folder / "home")
    home = Home(Settings(home=folder / "home"))
    issued(home.open("test"), folder / "made", clock.now())
    home.close()
    return folder / "home"


@pytest.fixture
def hot_home(foreseen_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home of its own with that forecast."""
    shutil.copytree(foreseen_home, tmp_path / "home")
    monkeypatch.setenv("CITY_BRAIN_HOME", str(tmp_path / "home"))
    home = start.home()
    home.open("test")
    home.tell("ready")
    yield home
    home.close()


def everything(app: AppTest) -> str:
    tiles = [f"{metric.label} {metric.value} {metric.delta}" for metric in app.metric]
    return "\n".join([words(app), html(app), *tiles, *(button.label for button in app.button)])


def cells(home: Home, kind: str = "", days: int = 7) -> pd.DataFrame:
    issue = queries.issue(home.city, Look(clock.now()))
    assert issue is not None
    return queries.foreseen(home.city, issue["sequence"], horizon_days=days, kind=kind)


def layers(app: AppTest) -> list[dict]:  # type: ignore[type-arg]
    """The layers of cells on the map."""
    (chart,) = app.get("deck_gl_json_chart")
    return [layer for layer in orjson.loads(chart.proto.json)["layers"] if layer["id"].startswith("heat-cells-")]


def figure(app: AppTest, label: str) -> str:
    return next(metric.value for metric in app.metric if label in metric.label)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_before_the_first_forecast_the_page_says_so(demo_home: Home, open_page: Opened, lang: str) -> None:
    app = open_page(PAGE, lang=lang)
    assert Text(lang)("heat.empty") in words(app) and not MISSING.search(everything(app))


def test_an_empty_home_has_no_heat(empty_home: Home, open_page: Opened) -> None:
    assert Text("en")("heat.empty_needs") in words(open_page(PAGE))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "query",
    [
        {},
        {"show": "observed", "window": "90"},
        {"show": "difference", "days": "1"},
        {"view": "record"},
        {"by": "street"},
        {"by": "district"},
    ],
)
def test_every_question_opens_in_both_languages(hot_home: Home, open_page: Opened, lang: str, query: dict[str, str]) -> None:
    app = open_page(PAGE, lang=lang, role="manager", **query)
    told = everything(app)
    assert not MISSING.search(told), MISSING.findall(told)
    assert len(html(app)) > 500


def test_the_classes_count_the_cells_and_lead_to_them(hot_home: Home, open_page: Opened) -> None:
    app, found = open_page(PAGE), cells(hot_home)
    counts = pd.Series(classed(found["expected"], 7, USUAL)).value_counts()
    for place, name in enumerate(("Low", "Medium", "High", "Major")):
        assert int(figure(app, name).replace(",", "")) == counts.get(place, 0)
    yellow = open_page(PAGE, **{"class": "yellow"})
    assert sum(question(to)[1].keys() >= {"cell"} for to, _ in links(yellow)) == min(60, counts.get(1, 0))


def test_the_map_draws_the_cells_of_the_question_and_its_legend_has_their_amounts(hot_home: Home, open_page: Opened) -> None:
    app = open_page(PAGE)
    rows = [row for layer in layers(app) for row in layer["data"]]
    found = cells(hot_home)
    first = found.iloc[0]
    assert [int(first["cell_x"]), int(first["cell_y"])] in [row["k"] for row in rows]
    assert len(rows) <= len(found) and "cases expected, next week" in rows[0]["t"]
    assert "cbr-legend" in html(app)
    one = open_page(PAGE, kind="matter-01037") if "matter-01037" in set(_kinds(hot_home)) else open_page(PAGE, kind="other")
    assert {row["t"] for layer in layers(one) for row in layer["data"]} != {row["t"] for row in rows}


def _kinds(home: Home) -> list[str]:
    issue = queries.issue(home.city, Look(clock.now()))
    assert issue is not None
    return list(queries.choices(home.city, issue["sequence"])["kind"])


def test_a_cell_says_why_it_is_hot_and_which_cases_made_it_so(hot_home: Home, open_page: Opened) -> None:
    top = cells(hot_home).iloc[0]
    cell = f"{int(top['cell_x'])}_{int(top['cell_y'])}"
    overview = open_page(PAGE)
    assert any(question(to)[1].get("cell") == [cell] for to, _ in links(overview)), "the list leads to the cell"
    app = open_page(PAGE, cell=cell)
    told = words(app) + html(app)
    parts = ("own_long", "near_long", "own_recent", "near_recent", "other_kinds", "background")
    for name in parts:
        assert Text("en")(f"heat.part.{name}") in told
    assert "Of what is expected" in told and "Last cases here" in told
    cases = [to for to, _ in links(app) if to.startswith("case_file")]
    mine = queries.cases_of_cell(hot_home.city, Look(clock.now()), (int(top["cell_x"]), int(top["cell_y"])))
    assert [question(to)[1]["case"][0] for to in cases] == list(mine["case_id"])[: len(cases)] and cases
    app.button(key="heat-leave").click().run()
    assert not app.exception and "cell" not in app.query_params


def test_what_is_chosen_stands_in_the_address(hot_home: Home, open_page: Opened) -> None:
    app = open_page(PAGE)
    app.button_group(key="heat-days-en").set_value(1).run()
    assert said(app, "days") == "1"
    app.selectbox(key="heat-kind-en").select("other").run()
    assert said(app, "kind") == "other" and not app.exception
    assert "Other kinds" in words(app)


@pytest.mark.parametrize("kind", ["other", "unknown", ""])
def test_kinds_that_are_not_told_apart_are_observed_together(hot_home: Home, open_page: Opened, kind: str) -> None:
    if kind not in ("", *_kinds(hot_home)):
        pytest.skip(f"no case of kind {kind!r} in this city")
    app, look = open_page(PAGE, kind=kind, show="observed", window="90", by="district"), Look(clock.now())
    apart = set(_kinds(hot_home)) - {"", "other"}
    came = queries.came(hot_home.city, look.moment - timedelta(days=90), look.moment)
    told = came["kind"].where(came["kind"] != "", "unknown")
    mine = came["events"][(told.where(told.isin(apart), "other") == kind) | (kind == "")]
    assert mine.sum() and sum(observed(app)) == mine.sum()


def observed(app: AppTest) -> list[int]:
    """The column of what was observed in the table of areas."""
    (table,) = (part for part in html(app).split("<table") if "grave" in part or ">Came" in part)
    return [int(row.split("</td>")[2].rsplit("<span>")[-1].split("<")[0].replace(",", "")) for row in table.split("<tr")[2:]]


def test_nonsense_in_the_address_is_passed_over(hot_home: Home, open_page: Opened) -> None:
    app = open_page(PAGE, kind="<u>x</u>", days="x", show="1", window="-3", cell="a_b", by="planet", view="?", **{"class": "pink"})
    assert not MISSING.search(everything(app)) and "<u>" not in everything(app)


def test_streets_and_districts_are_sums_of_their_cells(hot_home: Home, open_page: Opened) -> None:
    found = cells(hot_home).assign(observed=0.0, value=0.0)
    joined = queries.placed(found, queries.districts(hot_home.city, Look(clock.now())))
    joined["class"] = classed(joined["expected"], 7, USUAL)
    for by in ("district", "street"):
        sums = rolled(joined, by)
        assert sums["expected"].sum() == pytest.approx(found["expected"].sum()) and sums["cells"].sum() == len(found)
        assert sums["expected"].is_monotonic_decreasing


def test_a_manager_sets_the_classes_and_others_only_see_them(hot_home: Home, open_page: Opened) -> None:
    app = open_page(PAGE, role="manager")
    app.number_input(key="heat-least-red").set_value(6.0)
    next(button for button in app.button if button.label == "Set").click().run()
    assert any("why" in error.value for error in app.error), "a reason is asked for, and nothing is set"
    assert queries.classes_set(hot_home.city, Look(clock.now())).empty
    app.text_input(key="heat-classes-reason").input("two crews more")
    next(button for button in app.button if button.label == "Set").click().run()
    assert not app.exception
    assert queries.classes(hot_home.city, Look(clock.now()))["red"] == 6.0
    assert "from 6 a week" in everything(open_page(PAGE))
    assert "two crews more" in html(open_page(PAGE, view="record"))
    assert not list(open_page(PAGE, role="dispatcher").number_input)


def test_the_record_tells_what_serves_and_what_it_beats(hot_home: Home, open_page: Opened) -> None:
    app = open_page(PAGE, view="record")
    issue = queries.issue(hot_home.city, Look(clock.now()))
    assert issue is not None
    of = queries.choices(hot_home.city, issue["sequence"])
    assert html(app).count("<tr") > len(of[of["horizon_days"] == 7])
    assert "None is over yet" in words(app)
    assert html(app).count("10. tenth") == 1 and "where the model was tried" in words(app)
    assert f"{issue['events']:,}" in words(app)


def test_a_playback_of_before_the_forecast_has_none(hot_home: Home, open_page: Opened) -> None:
    app = open_page(PAGE, at="2020-01-01T00:00:00", speed="0")
    assert Text("en")("heat.empty_playback") in words(app) and Text("en")("heat.empty_lead") not in words(app), "and none is promised"


def test_the_wall_shows_the_forecast_without_anything_to_ask(hot_home: Home, open_page: Opened) -> None:
    app = open_page("wall", view="heat")
    assert "cb-wcover" not in html(app)
    assert "cb-wplaces" in html(app)
    layers = orjson.loads(app.get("deck_gl_json_chart")[0].proto.json)["layers"]
    cells = [layer for layer in layers if layer["@@type"] == "GridCellLayer"]
    assert cells
    assert all(set(row) == {"p"} and not layer["pickable"] for layer in cells for row in layer["data"])
