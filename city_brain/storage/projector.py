"""Which projection takes which kind of event, and how a list of events is handed to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from city_brain.record.events import Event
from city_brain.storage.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Projection:
    """Turns events of some kinds into rows. `apply` gets a run of such events in order."""

    kinds: frozenset[str]
    apply: Callable[[Cursor, Sequence[Event]], None]
    alone: bool = False
    """Whether each event is a run of its own, because later projections build on what this one has left for them."""


def project(cursor: Cursor, projections: tuple[Projection, ...], events: Sequence[Event]) -> None:
    """Write events into the picture: the picture's copy of them, then every projection in its order."""
    _keep(cursor, events)
    for run in runs(projections, events):
        for taker in projections:
            mine = [event for event in run if event.kind in taker.kinds]
            if mine:
                taker.apply(cursor, mine)


def runs(projections: tuple[Projection, ...], events: Sequence[Event]) -> Iterator[list[Event]]:
    """Cut a list of events into runs, within which each projection may take all of its events at once.

    Kinds that share a projection are of one family, directly or through a third kind. A run holds
    events of one family: acts on cases, however interleaved, are one; a file between them ends it.
    Events that no projection takes are left out.
    """
    families, single = _families(projections), frozenset[str]().union(*(taker.kinds for taker in projections if taker.alone))
    taken = (event for event in events if event.kind in families)
    for _, run in groupby(taken, key=lambda event: event.sequence if event.kind in single else -1 - families[event.kind]):
        yield list(run)


@cache
def _families(projections: tuple[Projection, ...]) -> dict[str, int]:
    family: dict[str, int] = {}
    for number, taker in enumerate(projections):
        joined = {family[kind] for kind in taker.kinds if kind in family}
        family |= dict.fromkeys(taker.kinds, number)
        family |= {kind: number for kind, old in family.items() if old in joined}
    return family


def _keep(cursor: Cursor, events: Sequence[Event]) -> None:
    cursor.run("record.keep", given=dict(zip(Event._fields, zip(*events, strict=True), strict=True)))
