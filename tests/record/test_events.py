"""Events: what the chain notices, and what can be written down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import numpy as np
import pytest

from city_brain.errors import Fault
from city_brain.record.events import GENESIS, Draft, Event, as_recorded, seal

MOMENT = datetime(2026, 5, 4, 3, 2, 1, 123456, tzinfo=UTC)


def event(payload: dict[str, object] | None = None, happened_at: datetime = MOMENT, previous: str = GENESIS) -> Event:
    draft = Draft("case:T-1", "incident.reported", happened_at, {"words": "路灯不亮"} if payload is None else payload)
    return seal(draft, sequence=1, version=1, actor="system:test", recorded_at=MOMENT, key="k", previous=previous)


def test_an_event_holds_after_the_one_before_it() -> None:
    first = event()
    assert first.holds(GENESIS)
    assert not first.holds("1" * 64)
    assert event(previous=first.hash).holds(first.hash)


@pytest.mark.parametrize("field", Event._fields)
def test_every_field_is_covered_by_the_hash(field: str) -> None:
    other = {int: 7, str: "other", datetime: MOMENT + timedelta(microseconds=1)}
    sealed = event()
    assert not sealed._replace(**{field: other[type(getattr(sealed, field))]}).holds(GENESIS)


def test_a_damaged_field_of_another_type_does_not_hold() -> None:
    assert not event()._replace(payload_text=b"\x00").holds(GENESIS)  # type: ignore[arg-type]
    assert not event()._replace(version=2**70).holds(GENESIS)
    assert not event()._replace(actor="\ud800").holds(GENESIS)


def test_times_are_kept_as_utc() -> None:
    sealed = event(happened_at=MOMENT.astimezone(timezone(timedelta(hours=8))))
    assert sealed.happened_at == MOMENT
    assert sealed.happened_at.tzinfo is UTC
    assert sealed.hash == event().hash


def test_the_same_payload_is_the_same_text_whatever_its_order() -> None:
    assert event({"b": 1, "a": 2}).payload_text == event({"a": 2, "b": 1}).payload_text == '{"a":2,"b":1}'


def test_a_payload_comes_back_as_it_is_recorded() -> None:
    class Colour(StrEnum):
        RED = "red"

    payload = {"at": MOMENT, "colour": Colour.RED, "lon": np.float64(114.25), "of": (1, None)}
    written = {"at": "2026-05-04T03:02:01.123456Z", "colour": "red", "lon": 114.25, "of": [1, None]}
    assert event(payload).payload == as_recorded(payload) == written


@pytest.mark.parametrize("payload", [{"words": "half a pair \ud83d"}, {"number": 2**70}, {"thing": object()}])
def test_what_cannot_be_written_down_is_refused_with_a_fault(payload: dict[str, object]) -> None:
    with pytest.raises(Fault, match="unrecordable"):
        event(payload)
