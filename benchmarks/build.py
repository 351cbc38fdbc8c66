"""Builds a city of a given size: picture only, by SQL, kept for the next run."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from city_brain.settings import Settings
from city_brain.start import open_city
from city_brain.storage import database

FOLDER = Path(__file__).parent
END = datetime(2026, 6, 1, 8, tzinfo=UTC)
"""The present moment of every built city."""
CENTRE = {"lon": 114.3, "lat": 30.59}
STRETCH = 250_000
"""Cases drawn at once: bounds the memory."""


def city_of(cases: int, folder: Path) -> tuple[Settings, float | None]:
    """The settings of a home that holds a city of so many cases, and how long building took (None when it was there)."""
    settings = Settings(home=folder / f"city-{cases}", demo="off")
    done = settings.home / "complete"
    if done.exists():
        return settings, None
    if settings.home.exists():
        database.remove(settings.picture_file)
    open_city(settings).close()  # migrations and reference tables
    began = time.perf_counter()
    _draw(settings, cases)
    done.touch()
    return settings, time.perf_counter() - began


def _draw(settings: Settings, cases: int) -> None:
    connection = database.connect(settings.picture_file)
    try:
        for first in range(0, cases, STRETCH):
            given = {"first": first, "last": min(first + STRETCH, cases), "cases": cases, "end": END, **CENTRE}
            _run(connection, FOLDER / "draw.sql", given)
        _run(connection, FOLDER / "names.sql", {"end": END, **CENTRE})
    finally:
        connection.close()


def _run(connection: Any, file: Path, given: dict[str, Any]) -> None:
    for statement in connection.extract_statements(file.read_text(encoding="utf-8")):
        connection.execute(statement, {name: given[name] for name in statement.named_parameters})
