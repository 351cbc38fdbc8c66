"""The gate of the picture: many read at once, or one exchanges the file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from city_brain.errors import Fault

PATIENCE_S = 30.0
"""How long an exchange waits for the readers who are in."""


class Gate:
    """Counts who reads, so that the picture's file can be exchanged when nobody does."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._inside = 0
        self._shut = False
        self._mine = threading.local()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read. Whoever reads already may begin another read although somebody waits to exchange."""
        depth = getattr(self._mine, "depth", 0)
        with self._condition:
            self._condition.wait_for(lambda: not self._shut or depth > 0)
            self._inside += 1
        self._mine.depth = depth + 1
        try:
            yield
        finally:
            self._mine.depth = depth
            with self._condition:
                self._inside -= 1
                self._condition.notify_all()

    @contextmanager
    def alone(self, patience_s: float = PATIENCE_S) -> Iterator[None]:
        """Be the only one.

        Raises
        ------
        Fault
            Somebody reads on and on.
        """
        with self._condition:
            self._condition.wait_for(lambda: not self._shut)
            self._shut = True
            free = self._condition.wait_for(lambda: self._inside == 0, patience_s)
        try:
            if not free:
                raise Fault("readers_busy")
            yield
        finally:
            with self._condition:
                self._shut = False
                self._condition.notify_all()
