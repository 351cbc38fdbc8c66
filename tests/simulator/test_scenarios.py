"""Scenarios: every shipped one unfolds in every town, the same for the same seed; every mistake in a file is told by its place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from city_brain.errors import Fault, NotFound
from city_brain.incidents.catalogue import category
from city_brain.settings import DEMO_CITIES, ROOT
from city_brain.simulator import geography, scenarios
from city_brain.simulator.unfolding import events
from city_brain.text import LANGUAGES, Text

PAGES = {file.stem for file in (ROOT / "pages").glob("*.py") if not file.stem.startswith("_")}
GOOD = """
name = { zh = "甲", en = "A" }
lead = { zh = "乙", en = "B" }
minutes = 60
speed = 5
[[event]]
id = "rain"
minute = 2
code = "01004"
place = { district = 1 }
text = { zh = "雨", en = "rain" }
[[event]]
id = "water"
code = "01003"
place = { near = "rain" }
count = 3
text = { zh = "水", en = "water" }
[[link]]
from = "rain"
to = "water"
after = [5, 9]
"""


@pytest.mark.parametrize("slug", scenarios.slugs())
def test_every_scenario_says_what_to_watch_and_where(slug: str) -> None:
    found = scenarios.scenario(slug)
    assert found.watch
    assert {watch.page for watch in found.watch} <= PAGES
    assert found.happenings
    assert all(category(one.kind, one.code) for one in found.happenings)


def test_the_five_of_them_are_there() -> None:
    assert scenarios.slugs() == ("big_event", "gas_leak", "guided", "heat_wave", "ordinary_tuesday", "rainstorm")
    assert [slug for slug in scenarios.slugs() if not scenarios.scenario(slug).listed] == ["guided"]


@pytest.mark.parametrize("slug", scenarios.slugs())
@pytest.mark.parametrize("name", DEMO_CITIES)
def test_it_unfolds_in_every_town(name: str, slug: str) -> None:
    town, found = geography.town(name), scenarios.scenario(slug)
    reports = events(found, town, 1)
    assert reports == events(found, town, 1)
    assert [report.minute for report in reports] == sorted(report.minute for report in reports)
    assert 0 < len(reports) <= found.reports
    assert all(0 <= report.minute <= found.minutes for report in reports)
    districts = {one.name_zh for one in town.districts}
    for report in reports:
        assert report.matter["district"] in districts
        assert report.matter["address"]


def test_the_chain_of_the_rainstorm_is_in_order_and_not_always_the_same() -> None:
    town, rain = geography.town("wuhan"), scenarios.scenario("rainstorm")
    began: dict[str, set[float]] = {}
    for seed in range(40):
        first: dict[str, float] = {}
        for report in events(rain, town, seed):
            first.setdefault(report.happening, report.minute)
        chain = [first[name] for name in ("rain", "ponding", "traffic", "power", "hospital") if name in first]
        assert chain == sorted(chain)
        if "hospital" in first:
            assert "power" in first
            assert "traffic" in first
        for name, minute in first.items():
            began.setdefault(name, set()).add(minute)
    assert len(began["ponding"]) > 30, "a seed of its own gives minutes of its own"
    assert 10 < len(began["hospital"]) < 40, "links of a chain fail now and then"


def test_reports_of_one_happening_stand_near_each_other() -> None:
    town = geography.town("wuhan")
    water = [report.matter for report in events(scenarios.scenario("rainstorm"), town, 3) if report.happening == "ponding"]
    place = next(landmark for landmark in town.landmarks if "drainage" in landmark.themes)
    points = town.plane.metres(np.array([(row["lon"], row["lat"]) for row in water]))
    here = town.plane.metres(np.array([(place.lon, place.lat)]))
    assert np.hypot(*(points - here).T).max() < 2_000


def test_a_link_of_probability_one_always_holds_and_zero_never(tmp_path: Path) -> None:
    town = geography.town("wuhan")
    for probability, count in (("1.0", 4), ("0.0", 1)):
        file = tmp_path / f"p{count}.toml"
        file.write_text(GOOD + f"probability = {probability}\n", encoding="utf-8")
        assert {len(events(scenarios.read(file), town, seed)) for seed in range(8)} == {count}


def test_there_is_none_of_this_name() -> None:
    with pytest.raises(NotFound) as told:
        scenarios.scenario("earthquake")
    assert "rainstorm" in str(told.value)


@pytest.mark.parametrize(
    ("old", "new", "key", "at"),
    [
        ("minutes = 60", "minutes = [", "scenario_unreadable", None),
        ("minutes = 60", "", "scenario_lacks", "minutes"),
        ("minutes = 60", "minutes = 9999", "scenario_wrong", "minutes"),
        ("minutes = 60", 'minutes = "60"', "scenario_wrong", "minutes"),
        ("speed = 5", "speed = 5\nlisted = 1", "scenario_wrong", "listed"),
        ("speed = 5", "speed = 5\nspead = 6", "scenario_unknown", "spead"),
        ('lead = { zh = "乙", en = "B" }', 'lead = { zh = "乙" }', "scenario_lacks", "lead.en"),
        ('lead = { zh = "乙", en = "B" }', 'lead = "B"', "scenario_wrong", "lead"),
        ('code = "01004"', 'code = "99999"', "scenario_wrong", "event[1].code"),
        ("minute = 2", "minute = 61", "scenario_wrong", "event[1].minute"),
        ("minute = 2\n", "", "scenario_lacks", "event[1].minute"),
        ("place = { district = 1 }", "place = { district = 1, theme = 'waste' }", "scenario_wrong", "event[1].place"),
        ("place = { district = 1 }", "place = { distrikt = 1 }", "scenario_unknown", "event[1].place.distrikt"),
        ('near = "rain"', 'near = "snow"', "scenario_unknown", "event[2].place.near"),
        ('near = "rain"', 'near = "water"', "scenario_unknown", "event[2].place.near"),
        ("count = 3", "count = 0", "scenario_wrong", "event[2].count"),
        ("count = 3", 'urgency = "very"', "scenario_unknown", "event[2].urgency"),
        ('id = "water"', 'id = "rain"', "scenario_twice", "event[2].id"),
        ('to = "water"', 'to = "snow"', "scenario_unknown", "link[1].to"),
        ('to = "water"', 'to = "rain"', "scenario_circle", "link[1]"),
        ("after = [5, 9]", "after = [9, 5]", "scenario_wrong", "link[1].after"),
        ("after = [5, 9]", "after = 5", "scenario_wrong", "link[1].after"),
    ],
)
def test_every_mistake_is_told_by_its_place(tmp_path: Path, old: str, new: str, key: str, at: str | None) -> None:
    assert old in GOOD
    file = tmp_path / "mine.toml"
    file.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Fault) as told:
        scenarios.read(file)
    assert told.value.key == key
    assert told.value.values["file"] == "mine.toml"
    assert told.value.values.get("at") == at
    for language in LANGUAGES:
        assert "mine.toml" in Text(language).fault(told.value)


def test_a_place_the_town_does_not_have_is_told(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD.replace("{ district = 1 }", '{ name = "户部巷" }'), encoding="utf-8")
    found = scenarios.read(file)
    assert events(found, geography.town("wuhan"), 1)
    with pytest.raises(Fault) as told:
        events(found, geography.town("beijing"), 1)
    assert told.value.values["town"] == "Beijing"
