"""The simulated city becomes acts: its history, its arrivals, the work of its staff, and its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from city_brain import clock
from city_brain.cases import queries
from city_brain.cases.calendars import Calendar, Limit, known_days, known_years
from city_brain.cases.model import Look, Wanted
from city_brain.errors import Fault
from city_brain.incidents import actions
from city_brain.incidents import queries as incidents
from city_brain.settings import Settings
from city_brain.simulator import feed
from city_brain.start import Home


@pytest.fixture
def home(settings: Settings) -> Iterator[Home]:
    home = Home(replace(settings, demo="wuhan", demo_cases=900, demo_days=20, demo_arrival_seconds=2.0))
    home.open("test")
    yield home
    home.close()


def test_history_is_there_at_once_and_labelled(home: Home) -> None:
    cases = feed.build(home.city, home.settings, home.tell)
    assert 700 < cases < 1100
    assert queries.totals(home.city)["cases"] == cases
    assert incidents.city(home.city)["simulated"]  # type: ignore[index]
    assert all(source["simulated"] for source in incidents.sources(home.city))
    assert len(incidents.areas(home.city)) == 13, "the districts of Wuhan"
    assert {feature["kind"] for feature in incidents.features(home.city)} >= {"river", "lake", "road_main"}
    assert all(feature["schematic"] for feature in incidents.features(home.city))


def test_the_same_seed_gives_the_same_city(home: Home, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = Home(replace(home.settings, home=tmp_path_factory.mktemp("other")))
    other.open("test")
    with clock.held(clock.now()):
        feed.build(home.city, home.settings, home.tell)
        feed.build(other.city, other.settings, other.tell)
        look = Look(clock.now())
        one, two = (queries.export(place.city, look, Wanted(), finished=False) for place in (home, other))
    other.close()
    assert one.equals(two)


def test_it_lives(home: Home) -> None:
    """Five minutes, told to the clock in steps: reports arrive, the staff moves them, and the record holds every act."""
    feed.build(home.city, home.settings, home.tell)
    began, before, steps = clock.now(), queries.totals(home.city)["cases"], set[str]()
    for minute in range(1, 6):
        with clock.held(began + timedelta(minutes=minute)):
            for _ in range(8):
                feed.tick(home.city, home.settings, began)
            steps |= queries.steps(home.city, Look(clock.now())).keys()
    assert queries.totals(home.city)["cases"] > before + 60
    assert steps >= {"collect", "file", "dispatch", "handle", "verify", "evaluate"}
    assert home.city.record_sequence == home.city.picture_sequence > 100


def test_what_arrives_has_no_deadline_until_it_is_dispatched(home: Home) -> None:
    feed.build(home.city, home.settings, home.tell)
    began, calm = clock.now(), replace(home.settings, demo_arrival_seconds=5.0)
    for minute in range(1, 9):
        with clock.held(began + timedelta(minutes=minute)):
            for _ in range(4):
                feed.tick(home.city, calm, began)
            cases = queries.export(home.city, Look(clock.now()), Wanted(), finished=False)
    arrived = cases[cases["case_id"].str.contains("-L")]
    sent = arrived["dispatched_at"].notna()
    assert sent.sum() > 10 and (~sent).sum() > 10
    assert (arrived["due_at"].notna() == sent).all()
    limits = {row.case_id: Limit.parse(row.time_limit) for row in arrived[sent].itertuples()}
    days = Calendar("Asia/Shanghai", known_days(), known_years())
    for row in arrived[sent & (arrived["extensions"] == 0) & (arrived["step"] != "suspended")].itertuples():
        assert row.due_at == days.after(row.dispatched_at.to_pydatetime(), limits[row.case_id])


def test_the_history_fills_every_page(home: Home) -> None:
    """Disputes ruled and open, passings, rework, call-backs: what pages of the closed loop read is there from the start."""
    feed.build(home.city, replace(home.settings, demo_cases=4_000), home.tell)
    look = Look(clock.now())
    cases = queries.export(home.city, look, Wanted(), finished=None)
    for column in ("accepted_at", "filed_at", "dispatched_at", "handled_at", "first_department", "reached"):
        assert cases[column].notna().sum() > 500, column
    for column, least in (("hops", 100), ("send_backs", 200), ("reworks", 100), ("extensions", 50)):
        assert (cases[column] > 0).sum() > least, column
    with home.city.read() as cursor:
        ruled = cursor.frame("responsibility.rulings", moment=look.moment, least=2)
    assert len(ruled), "what rulings propose to change"
    assert cases["step"].nunique() >= 7


def test_after_a_pause_it_catches_up_in_one_batch(home: Home) -> None:
    feed.build(home.city, home.settings, home.tell)
    began, before = clock.now(), queries.totals(home.city)["cases"]
    with clock.held(began + timedelta(days=2)):
        feed.tick(home.city, home.settings, began)
        hours = queries.hours(home.city, Look(clock.now()), began)
    assert queries.totals(home.city)["cases"] > before + 40
    assert hours["reported"].sum() > 40, "the days in between were lived"


def test_the_end_of_the_demo_leaves_the_record(home: Home) -> None:
    feed.build(home.city, home.settings, home.tell)
    recorded = home.city.record_sequence
    assert actions.end_demo(home.city, feed.SYSTEM)
    assert queries.totals(home.city)["cases"] == 0
    assert incidents.sources(home.city) == []
    assert home.city.record_sequence == recorded + 1
    assert not actions.end_demo(home.city, feed.SYSTEM)


def test_it_is_never_mixed_with_real_data(home: Home) -> None:
    feed.build(home.city, home.settings, home.tell)
    actions.end_demo(home.city, feed.SYSTEM)
    source = replace(feed._source(feed.geography.town("wuhan")), name="real", simulated=False)
    actions.report(home.city, source, {"external_id": "1", "reported_at": clock.now()}, feed.SYSTEM)
    with pytest.raises(Fault, match="real_data_here"):
        feed.build(home.city, home.settings, home.tell)


def test_switched_off_by_its_setting(home: Home) -> None:
    with pytest.raises(Fault, match="demo_is_off"):
        feed.build(home.city, replace(home.settings, demo="off"), home.tell)
