"""Profiles: shipped ones are sound, saved ones come back as they were."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from city_brain.errors import Fault, NotFound
from city_brain.incidents import catalogue
from city_brain.intake.profiles import FIELDS, Profile, find, folded, names, recognise, save_profile
from city_brain.settings import Settings

SHIPPED = ("boston_311", "nyc_311", "open311", "pingshan", "sf_311", "simulated_city")
NYC = [
    "Unique Key",
    "Created Date",
    "Closed Date",
    "Agency",
    "Agency Name",
    "Complaint Type",
    "Descriptor",
    "Location Type",
    "Incident Zip",
    "Incident Address",
    "Street Name",
    "Cross Street 1",
    "Cross Street 2",
    "Intersection Street 1",
    "Intersection Street 2",
    "Address Type",
    "City",
    "Landmark",
    "Facility Type",
    "Status",
    "Due Date",
    "Resolution Description",
    "Resolution Action Updated Date",
    "Community Board",
    "BBL",
    "Borough",
    "X Coordinate (State Plane)",
    "Y Coordinate (State Plane)",
    "Open Data Channel Type",
    "Park Facility Name",
    "Park Borough",
    "Vehicle Type",
    "Taxi Company Borough",
    "Taxi Pick Up Location",
    "Bridge Highway Name",
    "Bridge Highway Direction",
    "Road Ramp",
    "Bridge Highway Segment",
    "Latitude",
    "Longitude",
    "Location",
]
SF_PORTAL = [
    "CaseID",
    "Opened",
    "Closed",
    "Updated",
    "Status",
    "Status Notes",
    "Responsible Agency",
    "Category",
    "Request Type",
    "Request Details",
    "Address",
    "Street",
    "Supervisor District",
    "Neighborhood",
    "Police District",
    "Latitude",
    "Longitude",
    "Point",
    "Source",
    "Media URL",
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_profiles_are_whole(settings: Settings, name: str) -> None:
    profile = find(name, settings)
    assert profile.title_zh and profile.title_en and profile.prefix and profile.recognised_by
    assert profile.generic or (profile.city_zh and profile.city_en and profile.timezone and profile.licence)
    assert {"external_id", "reported_at", "source_type"} <= set(profile.columns) <= set(FIELDS)
    assert name in catalogue.profiles()


def test_all_profiles_are_listed(settings: Settings) -> None:
    assert names(settings) == SHIPPED


def test_headers_name_the_profile(settings: Settings) -> None:
    def name(headers: list[str]) -> str | None:
        found = recognise(headers, settings)
        return found.name if found else None

    assert len(NYC) == 41
    assert name(NYC) == "nyc_311"
    assert name([folded(header) for header in NYC]) == "nyc_311"
    assert name(SF_PORTAL) == "sf_311"
    assert name([header.upper() for header in SF_PORTAL]) == "sf_311"
    assert name(["service_request_id", "requested_datetime", "status", "lat", "long"]) == "open311"
    sf_api = ["service_request_id", "requested_datetime", "service_name", "service_subtype", "agency_responsible", "lat", "long"]
    assert name(sf_api) == "sf_311"
    assert name(["编号", "上报时间"]) is None


@pytest.mark.parametrize("headers", [NYC, SF_PORTAL])
def test_every_field_of_the_profile_finds_its_column(settings: Settings, headers: list[str]) -> None:
    profile = recognise(headers, settings)
    assert profile is not None
    assert set(profile.resolved(headers)) == set(profile.columns)


def test_saved_profiles_come_back_and_go_first(settings: Settings) -> None:
    profile = Profile(
        name="我的_311", title_zh='引"号"', timezone="Asia/Shanghai", datum="gcj02", box=(113.0, 29.0, 115.0, 31.0), date_order="dmy",
        columns={"external_id": ("编号",), "reported_at": ("上报时间", "受理时间")}, constants={"district": "坪山区"},
        closed_where={"flag": ("1", "2")}, flag_where={"finished_overdue": {"late": ("1",)}}, empty=("-",),
        recognised_by=(("编号", "上报时间"),), default_points=((114.0, 30.0),), id_required=True,
    )  # fmt: skip
    save_profile(settings, profile)
    assert find(profile.name, settings) == profile
    assert recognise(["编号", "上报时间", "内容"], settings) == profile
    save_profile(settings, replace(find("boston_311", settings), title_en="Mine"))
    assert find("boston_311", settings).title_en == "Mine"
    save_profile(settings, replace(find("boston_311", settings), title_en="Mine, later"))
    assert find("boston_311", settings).title_en == "Mine, later"


@pytest.mark.parametrize("name", ["", "auto", "../evil", "a b", "a.b", "x" * 61])
def test_names_that_cannot_be(settings: Settings, name: str) -> None:
    with pytest.raises(Fault) as caught:
        save_profile(settings, Profile(name))
    assert caught.value.key == "profile_name"


def test_what_is_wrong_with_a_profile_is_said(settings: Settings) -> None:
    with pytest.raises(NotFound):
        find("nothing", settings)
    with pytest.raises(NotFound):
        find("../profiles/boston_311", settings)
    settings.profiles.mkdir()
    for text, key in {
        "title_en = ": "profile_broken",
        "columns = 5": "profile_broken",
        "colour = 'red'": "profile_field",
        "[columns]\nweight = 'x'": "profile_field",
        "date_order = 'ydm'": "profile_field",
        "timezone = 'Mars'": "timezone",
        "datum = 'mars'": "datum",
    }.items():
        (settings.profiles / f"wrong_{len(text)}.toml").write_text(text, encoding="utf-8")
        with pytest.raises(Fault) as caught:
            find(f"wrong_{len(text)}", settings)
        assert caught.value.key == key, text
