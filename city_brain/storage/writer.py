"""The one writer: a group of acts is decided and projected, the journal is on disk, then they are answered."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

import duckdb

from city_brain import clock
from city_brain.errors import Damaged, Fault
from city_brain.record.events import Draft, Event, seal
from city_brain.storage import database
from city_brain.storage.cursor import Cursor
from city_brain.storage.projector import project
from city_brain.storage.stores import Progress, Stores

GROUP = 256
"""Acts that share one commit when they arrive together."""


@dataclass(frozen=True, slots=True)
class Act:
    """One act: `decide` looks at the present state and gives the events, or raises a Fault."""

    actor: str
    decide: Callable[[Cursor], Sequence[Draft]]
    key: str | None = None
    """Idempotency key: a second act with it has no effect, and the answer of the first."""
    about: str | None = None
    """The one stream that the decision looks at and writes to, so that a group's events can be projected together.
    An act that names none sees, and is seen by, every other."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """An act, or other work for which nothing may be written meanwhile, and who waits for it."""

    what: Act | Callable[[], None]
    future: Future[int]


class Writer:
    """The thread that writes."""

    def __init__(self, stores: Stores, progress: Progress) -> None:
        self._stores, self._progress = stores, progress
        self._waiting: deque[_Asked] = deque()
        self._bell = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="city-writer", daemon=True)
        self._thread.start()

    def submit(self, what: Act | Callable[[], None]) -> Future[int]:
        """Queue an act (the future gives the sequence of its last event, or raises) or work to do while nothing is written."""
        asked = _Asked(what, Future())
        with self._bell:
            if self._closing:
                raise Fault("closing")
            self._waiting.append(asked)
            self._bell.notify()
        return asked.future

    def close(self) -> None:
        """Finish what is queued; whatever comes later is refused."""
        with self._bell:
            self._closing = True
            self._bell.notify()
        self._thread.join()

    def _run(self) -> None:
        while taken := self._take():
            asked = [one for one in taken if one.future.set_running_or_notify_cancel()]
            failed = _attempt(partial(self._do, asked))
            for one in asked:
                if not one.future.done():  # a bug of the writer itself: nobody may wait for ever
                    _answer(one.future, failed)

    def _do(self, asked: Sequence[_Asked]) -> None:
        acts = [(one.what, one.future) for one in asked if isinstance(one.what, Act)]
        if acts and not self._record(acts):
            for single in acts:
                self._record([single], last=True)
        for one in asked:
            if not isinstance(one.what, Act):
                _answer(one.future, _attempt(one.what))

    def _take(self) -> list[_Asked]:
        """The acts at the head of the queue, at most a group, or the one piece of work that stands there; empty at the end."""
        with self._bell:
            self._bell.wait_for(lambda: self._waiting or self._closing)
            taken: list[_Asked] = []
            while self._waiting and len(taken) < GROUP and (not taken or isinstance(self._waiting[0].what, Act)):
                taken.append(self._waiting.popleft())
                if not isinstance(taken[-1].what, Act):
                    break
            return taken

    def _record(self, acts: list[tuple[Act, Future[int]]], *, last: bool = False) -> bool:
        """Record a group with one commit and answer. False when nothing of it was recorded and it must be tried one by one."""
        stores = self._stores
        group = _Group(stores)
        try:
            if stores.reached != stores.head[0]:
                stores.catch_up(self._progress)
            with stores.plan.cursor(stores.root) as cursor:
                cursor.begin()
                group.take(cursor, [act for act, _ in acts])
                if group.sealed:
                    self._write_down(group.sealed)
                self._show(cursor)
            if stores.reached != stores.head[0]:
                _attempt(lambda: stores.catch_up(self._progress))
        except Exception as error:  # noqa: BLE001 - what an act or a projection raises belongs to its caller, not to this thread
            if isinstance(error, duckdb.Error) and database.is_damage(error):
                _attempt(lambda: stores.renew(self._progress))
            elif len(acts) == 1:
                last = True
            if last:
                _answer(acts[0][1], error)
            return last
        for (_, future), answer in zip(acts, group.answers, strict=True):
            _answer(future, answer)
        return True

    def _write_down(self, sealed: Sequence[Event]) -> None:
        """The journal takes the group. Should it raise although it has it, the group is recorded."""
        try:
            self._stores.journal.append(sealed)
        except Fault:
            if not self._is_on_disk(sealed[-1]):
                raise
        self._stores.advance((sealed[-1].sequence, sealed[-1].hash))

    def _is_on_disk(self, event: Event) -> bool:
        try:
            return self._stores.journal.hash_at(event.sequence) == event.hash
        except Damaged:
            return False

    def _show(self, cursor: Cursor) -> None:
        """Commit the picture. The journal has the acts already: should this fail, the picture follows."""
        try:
            cursor.commit()
            self._stores.reached = self._stores.head[0]
        except duckdb.Error as error:
            self._stores.tell("picture_behind", detail=str(error).splitlines()[0])


class _Group:
    """Acts decided one after the other, each seeing what those before it did."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self.sealed: list[Event] = []
        self.answers: list[int | Fault] = []
        self._projected = 0
        self._touched: set[str] = set()

    def take(self, cursor: Cursor, acts: Sequence[Act]) -> None:
        """Decide and project; `answers` has for each act the sequence of its last event, or why it is refused."""
        self._cursor = cursor
        self._keys = self._stores.journal.keyed([act.key for act in acts if act.key is not None])
        self._versions = dict.fromkeys((act.about for act in acts if act.about is not None), 0)
        self._versions |= self._stores.journal.versions(list(self._versions))
        for act in acts:
            self.answers.append(self._one(act))
        self._project()

    def _one(self, act: Act) -> int | Fault:
        if act.key is not None and act.key in self._keys:
            return self._keys[act.key]
        if act.about is None or act.about in self._touched:
            self._project()
        try:
            events = self._seal(act, act.decide(self._cursor))
        except Fault as refused:
            return refused
        self.sealed += events
        self._touched |= {event.stream for event in events}
        self._versions |= {event.stream: event.version for event in events}
        if act.key is not None and events:
            self._keys[act.key] = events[-1].sequence
        if any(event.stream != act.about for event in events):
            self._project()
        return self.sealed[-1].sequence if self.sealed else self._stores.head[0]

    def _seal(self, act: Act, drafts: Sequence[Draft]) -> list[Event]:
        events: list[Event] = []
        sequence, previous = (self.sealed[-1].sequence, self.sealed[-1].hash) if self.sealed else self._stores.head
        versions, recorded_at, key = dict[str, int](), clock.now(), act.key
        for draft in drafts:
            if draft.stream not in versions:
                versions[draft.stream] = self._version(draft.stream)
            versions[draft.stream] += 1
            sequence += 1
            event = seal(
                draft, sequence=sequence, version=versions[draft.stream], actor=act.actor, recorded_at=recorded_at,
                key=key, previous=previous,
            )  # fmt: skip
            events.append(event)
            previous, key = event.hash, None  # the key stands on the act's first event
        return events

    def _version(self, stream: str) -> int:
        if stream not in self._versions:
            self._versions |= {stream: 0} | self._stores.journal.versions([stream])
        return self._versions[stream]

    def _project(self) -> None:
        if len(self.sealed) > self._projected:
            project(self._cursor, self._stores.plan.projections, self.sealed[self._projected :])
        self._projected = len(self.sealed)
        self._touched.clear()


def _attempt(work: Callable[[], None]) -> int | BaseException:
    try:
        work()
    except Exception as error:  # noqa: BLE001 - it belongs to the caller who waits, not to the writer's thread
        return error
    return 0


def _answer(future: Future[int], answer: int | BaseException) -> None:
    if isinstance(answer, BaseException):
        future.set_exception(answer)
    else:
        future.set_result(answer)
