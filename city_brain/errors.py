"""Faults: errors that are safe and useful to show to a person.

A fault carries a message key and values, never a sentence; `city_brain.text` turns
both into the reader's language at the edge (page, route or command line). The text
key is ``fault.<key>``; a second text ``fault.<key>.hint`` says what to do next.
Anything that is not a `Fault` is a bug and goes to the log.
"""

from __future__ import annotations


class Fault(Exception):
    """Something a person can understand and mend: bad input, an illegal move, a missing right."""

    status = 422

    def __init__(self, key: str, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(key, values)

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return f"{self.key} ({told})" if told else self.key


class NotFound(Fault):
    """What was asked for does not exist."""

    status = 404


class NotAllowed(Fault):
    """The role of the person does not include this act."""

    status = 403


class Stale(Fault):
    """Somebody else was first; the values say who, when and what."""

    status = 409


class Damaged(Fault):
    """A store does not hold what it held when it was written; the values name the first bad event."""

    status = 503
