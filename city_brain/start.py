"""The composition root: opens a home, registers every area's projection, keeps the one city of the process."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from city_brain import clock
from city_brain.alerts import projection as alert_rows
from city_brain.cases import projection as case_rows
from city_brain.dispatch import projection as dispatch_rows
from city_brain.errors import Fault
from city_brain.hazards import projection as hazard_rows
from city_brain.incidents import projection as incident_rows
from city_brain.notices import projection as notice_rows
from city_brain.responsibility import projection as responsibility_rows
from city_brain.risk import projection as risk_rows
from city_brain.settings import Settings, from_environment
from city_brain.storage.city import City
from city_brain.storage.cursor import Cursor
from city_brain.supervision import projection as supervision_rows

PROJECTIONS = (
    *incident_rows.PROJECTIONS,
    *case_rows.PROJECTIONS,
    *responsibility_rows.PROJECTIONS,
    *notice_rows.PROJECTIONS,
    *supervision_rows.PROJECTIONS,
    *risk_rows.PROJECTIONS,
    *alert_rows.PROJECTIONS,
    *hazard_rows.PROJECTIONS,
    *dispatch_rows.PROJECTIONS,
    *incident_rows.ENDINGS,
)
LOG = logging.getLogger("city_brain")
Progress = Callable[[str, int, int | None], None]


def write_reference(cursor: Cursor) -> None:
    """Write every area's reference tables."""
    incident_rows.write_reference(cursor)
    case_rows.write_reference(cursor)
    responsibility_rows.write_reference(cursor)
    hazard_rows.write_reference(cursor)


def open_city(settings: Settings, progress: Progress | None = None) -> City:
    """Open the two stores of a home and let them agree.

    Raises
    ------
    Damaged
        An event is lost; the values name it.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    return City(
        journal_url=settings.journal_url,
        picture=settings.picture_file,
        batches=settings.batches,
        projections=PROJECTIONS,
        reference=write_reference,
        progress=progress,
    )


@dataclass(frozen=True, slots=True)
class Stage:
    """How far opening (or rebuilding) is: text key ``stage.<key>``."""

    key: str
    done: int = 0
    total: int | None = None


class Home:
    """A home folder and the city in it: one process holds it at a time, and the others are told who does."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stage = Stage("opening")
        self.fault: Fault | None = None
        self._city: City | None = None
        self._lock = FileLock(settings.home / "city.lock")
        self._opening = threading.Lock()

    @property
    def city(self) -> City:
        """The open city.

        Raises
        ------
        Fault
            It is still being opened, or could not be.
        """
        if self.fault is not None:
            raise self.fault
        if self._city is None:
            raise Fault("opening")
        return self._city

    @property
    def ready(self) -> bool:
        """Whether the city is open."""
        return self._city is not None

    def open(self, doing: str, *, wait: bool = False) -> City:
        """Take the lock and open the city.

        Parameters
        ----------
        doing : str
            What this process does, told to whoever finds the home locked.
        wait : bool
            Wait for another process (the console does) instead of refusing (a command does).

        Raises
        ------
        Fault
            Another process holds the home.
        """
        with self._opening:
            if self._city is None:
                self._acquire(doing, wait)
                try:
                    self._open()
                except BaseException:
                    self._lock.release()
                    raise
            return self.city

    def tell(self, key: str, done: int = 0, total: int | None = None) -> None:
        """Note how far a long piece of work is."""
        self.stage = Stage(key, done, total)

    def exchange(self, work: Callable[[], None]) -> None:
        """Close the city, run `work` on its files and open it again.

        Raises
        ------
        Damaged
            What is there now cannot be opened.
        """
        with self._opening:
            self._let_go()
            try:
                work()
            finally:
                self._open()
            self.tell("ready")

    def close(self) -> None:
        """Close the city and let go of the home."""
        with self._opening:
            self._let_go()
            if self._lock.is_locked:
                self._lock.release()

    def _open(self) -> None:
        self.tell("opening")
        self.fault = None
        try:
            self._city = open_city(self.settings, self.tell)
        except Fault as fault:
            self.fault = fault
            raise

    def _let_go(self) -> None:
        city, self._city = self._city, None
        if city is not None:
            city.close()

    def _acquire(self, doing: str, wait: bool) -> None:
        self.settings.home.mkdir(parents=True, exist_ok=True)
        holder = self.settings.home / "city.lock.holder"
        while True:
            try:
                self._lock.acquire(timeout=1)
                break
            except Timeout:
                told = _read(holder)
                if not wait:
                    raise Fault("home_locked", doing=told.get("doing", "?"), process=str(told.get("process", "?"))) from None
                self.tell("waiting")
                LOG.warning("waiting for process %s (%s)", told.get("process"), told.get("doing"))
        holder.write_text(json.dumps({"process": os.getpid(), "doing": doing, "since": clock.now().isoformat()}))


def _read(file: Path) -> dict[str, object]:
    try:
        told: dict[str, object] = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return told


_homes: dict[Path, Home] = {}
_homes_lock = threading.Lock()


def home() -> Home:
    """The one home of this process, as the environment names it; opened by whoever serves it."""
    settings = from_environment()
    with _homes_lock:
        if settings.home not in _homes:
            _homes[settings.home] = Home(settings)
        return _homes[settings.home]
