"""`backtest`: from a file and from a city to a table, in words and in plain values."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from city_brain import backtesting
from city_brain.__main__ import main
from city_brain.analytics.forecast.backtest import COLUMNS, EACH, MODELS
from city_brain.analytics.forecast.guards import Guard
from city_brain.analytics.forecast.scores import METRICS
from city_brain.command_line import risk
from city_brain.errors import Fault
from city_brain.intake.load import Wishes, load
from city_brain.roles import operator
from city_brain.settings import Settings
from city_brain.storage.city import City
from city_brain.text import Text

WISHES = {"profile": None, "datum": None, "timezone": "UTC"}
HALL = 60


def silent(stage: str, done: int, total: int | None) -> None:
    """Tell nobody."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Ten weeks of 15 events a day about a few busy places, and 60 on a stand-in point."""
    rng = np.random.default_rng(6)
    busy = rng.random((12, 2)) * 0.04
    count = 1_050
    away = busy[rng.choice(12, count, p=np.arange(1, 13) / 78)] + rng.normal(0, 0.002, (count, 2))
    away[:HALL] = 0.06
    when = pd.Timestamp("2026-01-05 09:00") + pd.to_timedelta(
        rng.integers(0, 70, count) * 86_400 + rng.integers(0, 36_000, count), unit="s"
    )
    rows = pd.DataFrame({
        "id": [f"N{number}" for number in range(count)], "created": when,
        "type": np.where(rng.random(count) < 0.8, "Pothole", "Street light"),
        "latitude": 42.3 + away[:, 0], "longitude": -71.1 + away[:, 1],
    })  # fmt: skip
    target = tmp_path / "calls.csv"
    rows.sort_values("created").to_csv(target, index=False)
    return target


def assessed(file: Path, settings: Settings, **given: Any) -> dict[str, Any]:
    events = backtesting.of_file(str(file), settings, WISHES, silent)
    return backtesting.assessed(events, progress=silent, **({"edge_m": 250, "horizon": 7} | given))


def test_a_file(file: Path, settings: Settings) -> None:
    told = assessed(file, settings)
    assert (told["first"], told["train_until"], told["last"], told["issues"]) == ("2026-01-05", "2026-02-23", "2026-03-15", 3)
    assert told["events"] == 1_050 - HALL and told["guards"][Guard.DEFAULT_POINT] == HALL
    assert told["guards"][Guard.SHORT_WINDOW] == 49
    assert {row["kind"] for row in told["table"]} == {"Pothole", "Street light", "", EACH}
    assert len(told["table"]) == 4 * len(MODELS) * len(METRICS) and set(told["table"][0]) == set(COLUMNS)
    gains = {row["model"]: row["value"] for row in told["table"] if row["kind"] == "" and row["metric"] == "information_gain"}
    assert gains["served"] > 0.5, "a few busy places in a wide area"
    assert not settings.home.exists(), "nothing is taken into a home"
    json.dumps(told)


def test_one_kind_and_a_day_of_ones_own(file: Path, settings: Settings) -> None:
    told = assessed(file, settings, kinds=["Street light"], train_until="2026-03-02")
    assert {row["kind"] for row in told["table"]} == {"Street light", "", EACH} and told["train_until"] == "2026-03-02"
    assert told["events"] < 300
    every = assessed(file, settings, train_until="2026-03-02")["guards"]
    mine = told["guards"].get(Guard.DEFAULT_POINT, 0)
    assert mine < every[Guard.DEFAULT_POINT] == HALL, "what was noticed in other kinds is not told of this one"


def test_the_same_cases_in_a_city_give_the_same_table(file: Path, settings: Settings, city: City) -> None:
    load(city, settings, str(file), operator("test"), Wishes(timezone="UTC", city="Somewhere"), silent)
    mine = backtesting.assessed(backtesting.of_city(city), edge_m=250, horizon=7, progress=silent)
    theirs = assessed(file, settings)
    assert (mine["events"], mine["first"], mine["train_until"], mine["last"]) == tuple(
        theirs[name] for name in ("events", "first", "train_until", "last")
    )
    for one, other in zip(mine["table"], theirs["table"], strict=True):
        if one["kind"] == "" and one["metric"] == "information_gain":
            assert one["value"] == pytest.approx(other["value"], rel=0.1), "their grids begin elsewhere"


def test_no_city(city: City) -> None:
    with pytest.raises(Fault) as fault:
        backtesting.of_city(city)
    assert fault.value.key == "backtest_no_city"


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"kinds": ["Fire"]}, "backtest_no_kind"), ({"train_until": "soon"}, "backtest_day"),
        ({"train_until": "2026-01-08"}, "backtest_too_little"), ({"train_until": "2026-03-14"}, "backtest_nothing_held_out"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said(file: Path, settings: Settings, given: dict[str, Any], key: str) -> None:
    with pytest.raises(Fault) as fault:
        assessed(file, settings, **given)
    assert fault.value.key == key


@pytest.mark.parametrize(("language", "word"), [("en", "Information gain"), ("zh_CN", "信息增益")])
def test_the_command(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, word: str) -> None:
    monkeypatch.setenv("CITY_BRAIN_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(risk, "TEXT", Text(language))
    asked = ["backtest", "--data", str(file), "--horizon", "7", "--timezone", "UTC", "--out", str(tmp_path / "figures")]
    told = CliRunner().invoke(main, asked)
    assert told.exit_code == 0, told.output
    assert word in told.output and "Pothole" in told.output and "2026-02-23" in told.output
    with (tmp_path / "figures" / "backtest.csv").open(encoding="utf-8-sig") as table:
        rows = list(csv.DictReader(table))
    assert tuple(rows[0]) == COLUMNS and len(rows) == 4 * len(MODELS) * len(METRICS)
    drawn = ElementTree.parse(tmp_path / "figures" / "backtest.svg").getroot()
    assert "Pothole" in " ".join(drawn.itertext())
    plain = CliRunner().invoke(main, [*asked, "--json"])
    served = [row for row in json.loads(plain.stdout)["table"] if row["model"] == "served"]
    assert len(served) == 4 * len(METRICS)


def test_the_command_says_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITY_BRAIN_HOME", str(tmp_path / "home"))
    told = CliRunner().invoke(main, ["backtest", "--data", str(tmp_path / "nowhere.csv")])
    assert told.exit_code == 1 and "nowhere.csv" in told.stderr and "Traceback" not in told.stderr


def test_portland(shared_data: Path, settings: Settings) -> None:
    """Two real months in projected feet: better than the count in nats, calibrated where it is busiest, on no kind worse."""
    file = shared_data / "portland_nij_cfs_2016_08_09" / "nij_cfs_portland_2016_08_09.csv.gz"
    wishes = {"profile": None, "datum": "epsg:2913", "timezone": "America/Los_Angeles"}
    told = backtesting.assessed(backtesting.of_file(str(file), settings, wishes, silent), edge_m=500, horizon=1, progress=silent)
    assert told["events"] == 37_818 and told["guards"][Guard.SHORT_WINDOW] == 43
    served = {(row["kind"], row["metric"]): row for row in told["table"] if row["model"] == "served"}
    assert served["", "information_gain"]["difference_low"] > 0
    assert 0.85 < served["", "top_decile_ratio"]["value"] < 1.15
    assert 0.12 < served["", "hit_rate_1"]["value"] < 0.3
    for kind in {kind for kind, _ in served}:
        assert served[kind, "information_gain"]["difference_high"] > 0
