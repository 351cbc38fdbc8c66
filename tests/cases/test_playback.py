"""The past as a read: whatever a query shows as of a moment is what was so at that moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from city_brain import clock
from city_brain.cases import queries
from city_brain.cases.actions import advance
from city_brain.cases.model import Look, Wanted
from city_brain.incidents import actions
from city_brain.intake.load import Wishes, load
from city_brain.roles import operator
from city_brain.settings import Settings
from city_brain.start import open_city
from city_brain.storage.city import City
from tests.deliveries import OFFICER, SOURCE, WAY, matter

T0 = datetime(2026, 5, 4, 8, tzinfo=UTC)


def at(moment: datetime) -> Look:
    return Look(moment, moment)


@pytest.fixture
def walked(city: City) -> City:
    """One case, walked through all its moves, one an hour from T0."""
    with clock.held(T0 + timedelta(days=3)):
        number = actions.report(city, SOURCE, matter("1", reported_at=T0, due_at=T0 + timedelta(hours=2)), OFFICER)
        for hour, (move, actor, fields) in enumerate(WAY, start=1):
            advance(city, number, move, actor, fields, happened_at=T0 + timedelta(hours=hour))
    return city


@pytest.mark.parametrize(
    ("hours", "step"),
    [(0.5, "collect"), (1.5, "file"), (2.5, "dispatch"), (3.5, "handle"), (4.5, "report_back"), (5.5, "verify")],
)
def test_a_case_is_in_the_step_it_was_in(walked: City, hours: float, step: str) -> None:
    look = at(T0 + timedelta(hours=hours))
    found = queries.case(walked, look, "H-1")
    assert found["step"] == step
    assert found["closed_at"] is None
    assert found["state"] == ("overdue" if hours > 2 else "due")
    assert (found["department"] == "city_management") == (hours > 3), "who was in charge, not who came to be"
    assert queries.steps(walked, look).keys() == {step}
    stages, acts = queries.history(walked, look, "H-1")
    assert len(stages) == int(hours)
    assert len(acts) == 1 + int(hours)


def test_before_it_was_reported_there_was_no_case(walked: City) -> None:
    assert queries.count(walked, at(T0 - timedelta(minutes=1)), Wanted(), finished=False) == 0


def test_after_it_was_closed_it_is_closed(walked: City) -> None:
    look = at(T0 + timedelta(hours=6.5))
    assert queries.case(walked, look, "H-1")["state"] == "closed"
    assert queries.count(walked, look, Wanted(), finished=True) == 1


@pytest.fixture(scope="module")
def boston(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Half a year of a real city."""
    settings = Settings(home=tmp_path_factory.mktemp("boston"), demo="off")
    opened = open_city(settings)
    file = shared_data / "boston311_2011" / "311_service_requests_2011.zip"
    loaded = load(opened, settings, str(file), operator("tester"), Wishes(), lambda stage, done, total: None)
    assert loaded[0].tally.read == loaded[0].tally.taken == 58_251
    yield opened
    opened.close()


def test_boston_in_october_is_as_its_file_says(boston: City) -> None:
    every = pd.concat([queries.export(boston, Look(clock.now()), Wanted(), finished=done) for done in (False, True)])
    for day in np.random.default_rng(7).integers(0, 180, 12):
        look = at(datetime(2011, 7, 2, 15, tzinfo=UTC) + timedelta(days=int(day)))
        moment = pd.Timestamp(look.moment)
        then = every[(every["reported_at"] <= moment) & ((every["closed_at"] > moment) | every["closed_at"].isna())]
        assert queries.count(boston, look, Wanted(), finished=False) == len(then)
        assert sum(row["cases"] for row in queries.marks(boston, look, Wanted()).values()) == len(then)
        assert len(queries.points(boston, look, Wanted(), size=100_000)) == (then["location"] == "point").sum()
        overdue = queries.marks(boston, look, Wanted()).get("overdue", {}).get("cases", 0)
        assert overdue == (then["due_at"] < moment).sum()


def test_october_2011_is_alive(boston: City) -> None:
    """Over an hour of playback something arrives and something is closed."""
    look = at(datetime(2011, 10, 5, 16, tzinfo=UTC))
    hour = queries.between(boston, look, look.moment - timedelta(hours=1), look.moment)
    assert hour["reported"] > 5
    assert hour["closed"] > 5


def test_the_board_pages_without_gap_or_repeat(boston: City) -> None:
    look = at(datetime(2011, 10, 5, 16, tzinfo=UTC))
    pages = [queries.board(boston, look, Wanted(), finished=False, size=500, skip=skip)["case_id"] for skip in range(0, 8000, 500)]
    listed = pd.concat(pages)
    assert listed.is_unique
    assert len(listed) == queries.count(boston, look, Wanted(), finished=False)


@pytest.mark.parametrize("words", ["pothole", "BOS-101000295613", "blue hill", "' OR 1=1 --", "%", "路灯"])
def test_search_finds_what_holds_the_words_and_nothing_else(boston: City, words: str) -> None:
    found = queries.export(boston, Look(clock.now()), Wanted(words=words), finished=True)
    texts = found[["case_id", "kind", "title", "description", "address"]].fillna("").itertuples(index=False)
    assert all(words.lower() in " ".join(row).lower() for row in texts)
    assert (len(found) > 0) == (words in ("pothole", "BOS-101000295613", "blue hill"))
