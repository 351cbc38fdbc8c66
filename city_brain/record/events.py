"""Events: what an act leaves in the record, and the chain that makes a change of it visible."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from city_brain.errors import Fault

_FORM = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z | orjson.OPT_SERIALIZE_NUMPY
GENESIS = "0" * 64
"""The hash that stands before the first event."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that has been decided and not yet recorded."""

    stream: str
    kind: str
    happened_at: datetime
    payload: Mapping[str, Any]


class Event(NamedTuple):
    """One recorded event, in the order of the journal's columns. `payload_text` is the exact text that the hash covers."""

    sequence: int
    stream: str
    version: int
    kind: str
    actor: str
    happened_at: datetime
    recorded_at: datetime
    payload_text: str
    key: str | None
    previous: str
    hash: str

    @property
    def payload(self) -> dict[str, Any]:
        """The payload as Python values; times in it are ISO 8601 text."""
        loaded: dict[str, Any] = orjson.loads(self.payload_text)
        return loaded

    def holds(self, previous: str) -> bool:
        """Whether this event follows `previous` and its own hash is right."""
        try:
            return self.previous == previous and self.hash == _hash(self[:-1])
        except TypeError:  # a damaged store may give bytes, or a number too large, where there was text
            return False


def seal(draft: Draft, *, sequence: int, version: int, actor: str, recorded_at: datetime, key: str | None, previous: str) -> Event:
    """Give a draft its place in the chain.

    Raises
    ------
    Fault
        There is something that cannot be written down, such as half a surrogate pair, or a time without a zone.
    """
    if draft.happened_at.tzinfo is None:
        raise Fault("unrecordable", stream=ascii(draft.stream), detail="a time without a zone")
    try:
        text = orjson.dumps(dict(draft.payload), option=_FORM).decode()
        happened, recorded = draft.happened_at.astimezone(UTC), recorded_at.astimezone(UTC)
        covered = (sequence, draft.stream, version, draft.kind, actor, happened, recorded, text, key, previous)
        return Event(*covered, _hash(covered))
    except orjson.JSONEncodeError as error:
        raise Fault("unrecordable", stream=ascii(draft.stream), detail=str(error)) from error


def as_recorded(payload: Mapping[str, Any]) -> dict[str, Any]:
    """A payload as the record gives it back: times become text, enumerations their values."""
    loaded: dict[str, Any] = orjson.loads(orjson.dumps(dict(payload), option=_FORM))
    return loaded


def _hash(covered: tuple[Any, ...]) -> str:
    """Of every field but the hash itself, written as one JSON list."""
    return hashlib.sha256(orjson.dumps(covered)).hexdigest()
