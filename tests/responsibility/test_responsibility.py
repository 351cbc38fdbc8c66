"""Who is responsible on a real city: rules in force, what rulings propose, what a change has done."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from city_brain import clock
from city_brain.cases import queries as cases
from city_brain.cases.actions import advance
from city_brain.cases.model import Look
from city_brain.cases.routing import propose
from city_brain.errors import Fault, NotAllowed
from city_brain.incidents.actions import report, take_delivery
from city_brain.responsibility import queries
from city_brain.responsibility.actions import Matter, assign, retire
from city_brain.roles import Actor, Role, operator
from city_brain.settings import Settings
from city_brain.storage.city import City
from tests.deliveries import DISPATCHER, MANAGER, OFFICER, PLACE, SOURCE, delivery, matter, row

MONDAY = datetime(2026, 5, 11, 8, tzinfo=ZoneInfo("Asia/Shanghai"))
COVER = Matter("matter", "01002", None)


@pytest.fixture
def here(city: City, settings: Settings) -> City:
    take_delivery(city, delivery(settings.batches, [row(900, district="North End")]), operator("test"), place=PLACE)
    return city


def disputed(city: City, number: int, at: datetime, district: str = "江岸区") -> str:
    """A broken cover that goes to the roads, who say it is the water's, and are right."""
    with clock.held(at):
        said = matter(number, reported_at=at, category_code="01002", district=district)
        case = report(city, SOURCE, said, operator("test"))
    roads = Actor("Wu", Role.DEPARTMENT, department="roads")
    way = (
        ("accept", OFFICER, {}), ("file", OFFICER, {}), ("dispatch", DISPATCHER, {"department": "roads"}),
        ("dispute", roads, {"instead": "landscaping", "reason": "not a road"}),
        ("reassign", MANAGER, {"department": "landscaping", "reason": "theirs"}),
    )  # fmt: skip
    for minutes, (move, actor, fields) in enumerate(way, start=1):
        with clock.held(at + timedelta(minutes=minutes)):
            advance(city, case, move, actor, fields)
    return case


def responsible(city: City, district: str | None = None) -> tuple[str | None, str]:
    found = propose(queries.in_force(city), kind="matter", code="01002", source_type=None, district=district)
    return found.department, found.reason


def test_the_catalogue_says_who_until_the_city_does(here: City) -> None:
    assert responsible(here) == ("water", "category")
    assign(here, COVER, "roads", MANAGER)
    assert responsible(here) == ("roads", "ruled")
    assign(here, Matter("matter", "01002", None, "江岸区"), "landscaping", MANAGER)
    assert responsible(here, "江岸区") == ("landscaping", "ruled_area")
    assert responsible(here, "武昌区") == ("roads", "ruled")
    assign(here, COVER, "sanitation", MANAGER)
    assert responsible(here) == ("sanitation", "ruled")
    retire(here, COVER, MANAGER)
    assert responsible(here) == ("water", "category")
    assert queries.own(here)["until_at"].notna().sum() == 2, "rules that ended stay on record"
    here.rebuild()
    assert responsible(here, "江岸区") == ("landscaping", "ruled_area")


def test_only_a_manager_changes_who_is_responsible(here: City) -> None:
    for actor in (DISPATCHER, OFFICER, Actor("clock", Role.SYSTEM)):
        with pytest.raises(NotAllowed, match="right"):
            assign(here, COVER, "roads", actor)
    with pytest.raises(Fault, match="no_department"):
        assign(here, COVER, "the moon", MANAGER)
    with pytest.raises(Fault, match="matter_empty"):
        assign(here, Matter(None, None, None), "roads", MANAGER)
    with pytest.raises(Fault, match="no_routing_rule"):
        retire(here, COVER, MANAGER)


def test_two_rulings_alike_propose_a_change_and_its_effect_is_measured(here: City) -> None:
    disputed(here, 1, MONDAY)
    assert queries.proposed(here, Look(MONDAY + timedelta(days=1))).empty, "one ruling proposes nothing"
    disputed(here, 2, MONDAY + timedelta(hours=1))
    proposed = queries.proposed(here, Look(MONDAY + timedelta(days=1)))
    assert proposed[["kind", "area", "lead", "now", "rulings", "of"]].values.tolist() == [
        ["matter-01002", "江岸区", "landscaping", "water", 2, 2]
    ]
    at = MONDAY + timedelta(days=1)
    with clock.held(at):
        assign(here, Matter("matter", "01002", None, "江岸区"), "landscaping", MANAGER)
    assert queries.proposed(here, Look(at)).empty
    with clock.held(at + timedelta(hours=1)):
        case = report(here, SOURCE, matter(3, reported_at=at, category_code="01002", district="江岸区"), operator("test"))
        for move, actor, fields in (
            ("accept", OFFICER, {}),
            ("file", OFFICER, {}),
            ("dispatch", DISPATCHER, {"department": "landscaping"}),
        ):
            advance(here, case, move, actor, fields)
    (effect,) = queries.effects(here, Look(at + timedelta(days=1))).to_dict("records")
    assert (effect["cases_before"], effect["hops_before"], effect["cases_after"], effect["hops_after"]) == (2, 1.0, 1, 0.0)


def test_a_proposal_says_how_often_it_was_right(here: City, settings: Settings) -> None:
    closed = [
        row(
            n,
            source_type=None,
            category_kind="matter",
            category_code="01002",
            district="江岸区",
            status="closed",
            closed_at=MONDAY,
            department=name,
        )
        for n, name in enumerate(("water", "water", "roads"), start=1)
    ]
    take_delivery(here, delivery(settings.batches, closed), operator("test"))
    with clock.held(MONDAY):
        case = report(here, SOURCE, matter("x", reported_at=MONDAY, category_code="01002", district="江岸区"), operator("test"))
    proposal, counted = queries.proposal(here, cases.case(here, Look(MONDAY), case))
    assert (proposal.department, counted) == ("water", {"right": 2, "of": 3})


def test_gaps_are_listed_and_never_called_other(here: City, settings: Settings) -> None:
    known = row(901, source_type=None, category_kind="matter", category_code="01002")  # some have a category, some have none
    take_delivery(here, delivery(settings.batches, [known, row(902, district=None, source_type=None)]), operator("test"))
    gaps = queries.gaps(here)
    assert ["Street Light", "North End", 1] in gaps[["kind", "district", "cases"]].values.tolist()
    assert "matter-01002" not in set(gaps["kind"])
    assign(here, Matter(None, None, "Street Light"), "roads", MANAGER)
    assert "Street Light" not in set(queries.gaps(here)["kind"])
