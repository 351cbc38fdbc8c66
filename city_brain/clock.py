"""The one clock of the process: UTC, aware, always live.

Playback never turns this clock back: it belongs to one browser session and is a read
"as of" a moment. Tests hold the clock still with `held`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

_held: datetime | None = None


def now() -> datetime:
    """The present moment, UTC and aware."""
    return _held or datetime.now(UTC)


@contextmanager
def held(moment: datetime) -> Iterator[None]:
    """Hold the clock still at `moment` (aware) for the length of a test."""
    global _held
    before, _held = _held, moment.astimezone(UTC)
    try:
        yield
    finally:
        _held = before
