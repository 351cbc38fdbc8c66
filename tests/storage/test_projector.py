"""How events are cut into runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from city_brain.record.events import Event
from city_brain.start import PROJECTIONS
from city_brain.storage.cursor import Cursor
from city_brain.storage.projector import Projection, runs

MOMENT = datetime(2026, 5, 4, tzinfo=UTC)


def events(*kinds: str) -> list[Event]:
    return [Event(number, "s", number, kind, "a", MOMENT, MOMENT, "{}", None, "", "") for number, kind in enumerate(kinds, start=1)]


def nothing(cursor: Cursor, events: Sequence[Event]) -> None:
    pass


def kinds(given: Sequence[Sequence[Event]]) -> list[list[str]]:
    return [[event.kind for event in run] for run in given]


@pytest.mark.parametrize(
    ("given", "cut"),
    [
        ("report move report move move", ["report move report move move"]),
        ("report batch move", ["report", "batch", "move"]),
        ("batch batch report", ["batch", "batch", "report"]),
        ("report named move named", ["report", "named", "move", "named"]),
        ("report unknown move", ["report move"]),
        ("end report end", ["end", "report", "end"]),
        ("", []),
    ],
)
def test_runs(given: str, cut: list[str]) -> None:
    projections = (
        Projection(frozenset({"batch"}), nothing, alone=True),
        Projection(frozenset({"report"}), nothing),
        Projection(frozenset({"named"}), nothing),
        Projection(frozenset({"report", "move"}), nothing),
        Projection(frozenset({"batch"}), nothing),
        Projection(frozenset({"end"}), nothing),
        Projection(frozenset({"end"}), nothing),
    )
    assert kinds(list(runs(projections, events(*given.split())))) == [run.split() for run in cut]


def test_kinds_are_of_one_family_through_a_third() -> None:
    projections = tuple(Projection(frozenset(pair), nothing) for pair in ({"a", "b"}, {"c", "d"}, {"b", "c"}))
    assert kinds(list(runs(projections, events("a", "d", "b", "c")))) == [["a", "d", "b", "c"]]


def test_acts_on_cases_are_one_run_however_interleaved() -> None:
    given = events(*["incident.reported", "case.moved"] * 50, "batch.loaded", "batch.loaded", *["case.moved", "incident.reported"] * 50)
    assert [len(run) for run in runs(PROJECTIONS, given)] == [100, 1, 1, 100]
