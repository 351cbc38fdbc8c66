"""`detect`: from a file and from a city to alarms and to shares of found clusters, in plain values."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from city_brain import clock, detection
from city_brain.__main__ import main
from city_brain.analytics.clusters.ears import Rule
from city_brain.errors import Fault
from city_brain.intake.load import Wishes, load
from city_brain.roles import operator
from city_brain.settings import Settings
from city_brain.storage.city import City

CLUSTER = 14


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Five months of 8 events a day over 8 by 8 km without a zone, and fourteen more within 300 m on two days near the end."""
    rng = np.random.default_rng(4)
    day = np.concatenate([rng.integers(0, 150, 1200), rng.integers(140, 142, CLUSTER)])
    away = np.concatenate([rng.random((1200, 2)) * 0.08, [0.05, 0.03] + rng.random((CLUSTER, 2)) * 0.003])
    when = pd.Timestamp("2026-01-05 09:00") + pd.to_timedelta(day * 86_400 + rng.integers(0, 36_000, len(day)), unit="s")
    rows = {
        "id": [f"N{n}" for n in range(len(day))],
        "created": when,
        "type": "Pothole",
        "latitude": 42.3 + away[:, 0],
        "longitude": -71.1 + away[:, 1],
    }
    target = tmp_path / "calls.csv"
    pd.DataFrame(rows).sort_values("created").to_csv(target, index=False)
    return target


def test_the_cluster_in_a_file_is_found_with_its_events(file: Path, settings: Settings) -> None:
    told = detection.of_file(str(file), settings, detection.Asked())
    assert told["data"] == "calls.csv" and [group["group"] for group in told["groups"]] == ["all", "Pothole"]
    top = max(told["groups"][0]["alarms"], key=lambda alarm: alarm["statistic"])
    assert "2026-05-24" <= top["from_day"] <= top["until_day"] <= "2026-05-28"
    assert sum(f"N{1200 + n}" in top["events"] for n in range(CLUSTER)) >= CLUSTER - 2
    json.dumps(told)
    assert not settings.home.exists(), "nothing is taken into a home"


def test_the_same_cases_in_a_city_give_the_same_alarms(file: Path, settings: Settings, city: City) -> None:
    wishes = Wishes(timezone="UTC", city="Somewhere")
    load(city, settings, str(file), operator("test"), wishes, lambda *_: None)
    with clock.held(datetime(2026, 6, 20, tzinfo=UTC)):
        mine = detection.of_city(city, detection.Asked())
    theirs = detection.of_file(str(file), settings, detection.Asked())
    ours, others = (max(told["groups"][0]["alarms"], key=lambda alarm: alarm["statistic"]) for told in (mine, theirs))
    assert ours["statistic"] == pytest.approx(others["statistic"])
    assert {event.split("-")[-1] for event in ours["events"]} == set(others["events"])


def test_shares_by_method_and_seed(file: Path, settings: Settings) -> None:
    asked = detection.Asked(inject=(4, 12), trials=15, kind="all")
    first, again = (detection.of_file(str(file), settings, asked) for _ in range(2))
    assert first == again
    (group,) = first["groups"]
    assert [one["method"] for one in group["methods"]] == ["scan", "residuals", *(f"ears_{rule}" for rule in Rule)]
    few, many = group["methods"][0]["found"]
    assert (few["extra"], many["extra"], many["trials"]) == (4, 12, 15) and few["found"] <= many["found"] and many["share"] > 0.7
    assert detection.of_file(str(file), settings, replace(asked, seed=2))["groups"] != first["groups"]


@pytest.mark.parametrize(
    ("given", "key"), [({"kind": "Fire"}, "detect_kind"), ({"budget": 0}, "detect_value"), ({"inject": [0]}, "detect_value")]
)
def test_what_makes_no_sense_is_said(file: Path, settings: Settings, given: dict[str, object], key: str) -> None:
    with pytest.raises(Fault) as fault:
        detection.of_file(str(file), settings, detection.wished(given))
    assert fault.value.key == key


def test_a_month_is_too_short(file: Path, tmp_path: Path, settings: Settings) -> None:
    short = tmp_path / "short.csv"
    pd.read_csv(file).head(200).to_csv(short, index=False)
    with pytest.raises(Fault) as fault:
        detection.of_file(str(short), settings, detection.Asked())
    assert fault.value.key == "detect_short"


@pytest.mark.parametrize("language", ["C.UTF-8", "zh_CN.UTF-8"])
def test_the_command_says_it_in_words(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    monkeypatch.setenv("CITY_BRAIN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LC_ALL", language)
    listed = CliRunner().invoke(main, ["detect", "--data", str(file), "--kind", "all"])
    assert listed.exit_code == 0, listed.output
    assert "2026-05" in listed.output
    measured = CliRunner().invoke(main, ["detect", "--data", str(file), "--kind", "all", "--inject", "12", "--trials", "5", "--json"])
    assert json.loads(measured.output)["groups"][0]["methods"][0]["found"][0]["trials"] == 5
    assert "[" not in CliRunner().invoke(main, ["detect", "--data", str(file), "--kind", "all", "--inject", "12", "--trials", "5"]).output


def test_boston(shared_data: Path, settings: Settings) -> None:
    """A real half-year: the default point is left out, and the budget is kept to within what chance does to two expected alarms."""
    file = shared_data / "boston311_2011" / "311_service_requests_2011.zip"
    asked = detection.Asked(inject=(15,), trials=10, kind="all", thin=40)
    (group,) = detection.of_file(str(file), settings, asked)["groups"]
    assert group["days"] == 184 and group["per_day"] == pytest.approx(40, rel=0.05) and group["left_out"] < 400
    scan = group["methods"][0]
    assert scan["alarms"] <= 6 and scan["found"][0]["found"] >= 6
