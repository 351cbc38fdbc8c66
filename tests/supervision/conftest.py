"""Two small cities to count in: a simulated one in which people have gone every way there is, and one of files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from city_brain import clock
from city_brain.cases.actions import advance
from city_brain.cases.model import Look
from city_brain.incidents import actions as incidents
from city_brain.incidents import queries as known
from city_brain.roles import Actor, Role
from city_brain.settings import Settings
from city_brain.simulator import feed
from city_brain.start import open_city
from city_brain.storage.city import City
from city_brain.supervision import queries
from tests.deliveries import DISPATCHER, INSPECTOR, MANAGER, OFFICER, PLACE, SOURCE, delivery, matter, row

NOW = datetime(2026, 5, 20, 6, tzinfo=UTC)
"""A Wednesday, two in the afternoon in Wuhan."""
START = NOW - timedelta(days=6)
CLOCK = Actor("clock", Role.SYSTEM)
WHO = {"o": OFFICER, "d": DISPATCHER, "i": INSPECTOR, "m": MANAGER, "c": CLOCK}
Step = tuple[float, str, str, Mapping[str, str]]
"""Hours after the report, who (a post, or a department), move, fields."""

FILED: tuple[Step, ...] = ((0.2, "o", "accept", {}), (0.4, "o", "file", {}))
SENT: tuple[Step, ...] = (*FILED, (0.6, "d", "dispatch", {"department": "roads"}))
DONE = {"outcome": "done"}
SLEEP: tuple[Step, ...] = (
    (1, "roads", "ask_suspension", {"until": "2026-06-20", "reason": "rain"}), (2, "m", "grant_suspension", {}),
)  # fmt: skip
NOT_OURS: Step = (2, "roads", "dispute", {"instead": "water", "reason": "pipes"})
REPORTED_BACK: tuple[Step, ...] = (*SENT, (5, "roads", "finish", DONE), (5.5, "d", "report_back", {}))
END: tuple[Step, ...] = (*REPORTED_BACK, (7, "i", "close", {"note": "seen"}))

WAYS: dict[str, tuple[Step, ...]] = {
    "straight": (*END, (9, "o", "call_back", {"reached": "yes", "solved": "yes", "satisfied": "no"}),
                 (20, "m", "evaluate", {"grade": "good"})),
    "slow filing": ((0.1, "o", "accept", {}), (3, "o", "file", {}), (5, "d", "dispatch", {"department": "water"})),
    "confirmed": ((0.2, "o", "ask_confirm", {}), (1, "i", "confirm", {"note": "so"}), (1.2, "o", "file", {})),
    "denied": ((0.2, "o", "ask_confirm", {}), (4, "i", "deny", {"reason": "nothing there"})),
    "rejected": ((0.3, "o", "reject", {"reason": "no matter"}),),
    "refused": ((0.2, "o", "accept", {}), (0.5, "o", "refuse", {"reason": "private"})),
    "taken up again": ((0.3, "o", "reject", {"reason": "no"}), (3, "o", "reconsider", {"reason": "yes"}), (3.2, "o", "accept", {})),
    "merged": ((0.2, "o", "accept", {}), (0.5, "o", "merge", {"into": "H-in hand"})),
    "in hand": SENT,
    "settled": ((0.2, "o", "accept", {}), (1, "i", "self_handle", DONE)),
    "settled at once": ((0.7, "i", "self_handle", DONE),),
    "withdrawn": (*SENT, (30, "o", "withdraw", {"reason": "asked"})),
    "recalled": (*SENT, (2, "d", "recall", {"reason": "wrong"}), (2.1, "d", "dispatch", {"department": "water"})),
    "misfiled": (*FILED, (0.6, "d", "return_to_filing", {"kind": "misfiled", "reason": "class"}), (1, "o", "file", {"answer": "yes"}),
                 (1.2, "d", "dispatch", {"department": "roads"})),
    "there and back": (*SENT, (2, "roads", "send_back", {"kind": "unclear_matter", "reason": "?"}),
                       (2.5, "d", "dispatch", {"department": "water", "answer": "pipes"}),
                       (6, "water", "send_back", {"kind": "beyond_means", "reason": "road"}),
                       (7, "d", "dispatch", {"department": "roads", "answer": "dig"}), (26, "roads", "finish", DONE)),
    "disputed": (*SENT, NOT_OURS, (4, "m", "reassign", {"department": "water", "reason": "so"}),
                 (6, "water", "finish", DONE), (6.5, "d", "report_back", {}),
                 (7, "i", "rework", {"kind": "poor_quality", "reason": "loose"}),
                 (28, "water", "finish", {"outcome": "again", "answer": "tight"}), (28.5, "d", "report_back", {}),
                 (30, "i", "close", {"note": "well"}), (31, "o", "call_back", {"reached": "no"})),
    "in dispute": (*SENT, NOT_OURS),
    "sent back to work": (*SENT, (3, "roads", "finish", DONE), (3.5, "d", "return_work", {"kind": "no_evidence", "reason": "no picture"}),
                          (60, "roads", "finish", {"outcome": "with picture", "answer": "here"})),
    "longer": (*SENT, (1, "roads", "ask_extension", {"reason": "parts"}), (1.2, "d", "grant_extension", {}), (30, "roads", "finish", DONE)),
    "not longer": (*SENT, (1, "roads", "ask_extension", {"reason": "parts"}), (1.2, "d", "refuse_extension", {"reason": "no"})),
    "asleep": (*SENT, *SLEEP),
    "slept": (*SENT, *SLEEP, (50, "roads", "resume", {})),
    "overdue": SENT,
    "done too late": (*SENT, (60, "roads", "finish", DONE), (60.5, "d", "report_back", {}), (61, "i", "close", {"note": "late"})),
    "exempt": (*SENT, (60, "roads", "finish", DONE), (60.5, "d", "report_back", {}), (61, "i", "close", {"note": "late"}),
               (62, "roads", "ask_appeal", {"reason": "flood"}), (90, "m", "grant_appeal", {})),
    "exempt and open": (*SENT, (60, "roads", "ask_appeal", {"reason": "flood"}), (61, "m", "grant_appeal", {})),
    "reopened": (*END, (9, "o", "reopen", {"reason": "again"}), (9.5, "d", "dispatch", {"department": "water"}),
                 (50, "water", "finish", DONE)),
    "checked again": (*END, (9, "i", "recheck", {"reason": "doubt"}), (20, "i", "close", {"note": "fine"})),
    "new": (),
}  # fmt: skip
DUE_H = {"overdue": 48, "done too late": 48, "exempt": 48, "exempt and open": 48, "straight": 48, "disputed": 24}
"""Hours in which some have to be handled; the others by the rule they are filed under."""


@dataclass(frozen=True)
class Walked:
    """A city, and what its figures were while it was walked: moment → figures."""

    city: City
    told: dict[datetime, pd.DataFrame]

    @staticmethod
    def reported(name: str) -> datetime:
        """When the case of a way was reported."""
        return next(at for at, found, step in moves() if found == name and step is None)


def moves() -> list[tuple[datetime, str, Step | None]]:
    """Every report and move in the order of time: when, which case, what (None for its report)."""
    found: list[tuple[datetime, str, Step | None]] = []
    for place, (name, way) in enumerate(WAYS.items()):
        reported = START + timedelta(minutes=7 * place)
        found += [(reported, name, None), *((reported + timedelta(hours=step[0], minutes=1), name, step) for step in way)]
    return sorted(found, key=lambda one: one[0])


def walk(city: City, source: known.Source = SOURCE, checks: tuple[float, ...] = (0.5, 2.2, 3.1, 7.6, 9.4, 27, 60.2, 61.5, 100)) -> Walked:
    """Go all the ways, and keep the figures at some hours after the start."""
    told: dict[datetime, pd.DataFrame] = {}
    waiting = [START + timedelta(hours=hours) for hours in checks]
    numbers: dict[str, str] = {}
    for at, name, step in moves():
        while waiting and waiting[0] < at:
            told[waiting[0]] = at_that_time(city, Look(waiting[0]))
            waiting.pop(0)
        with clock.held(at):
            if step is None:
                numbers[name] = incidents.report(city, source, reported(name, at), OFFICER)
            else:
                _, who, move, fields = step
                actor = WHO.get(who) or Actor("crew", Role.DEPARTMENT, department=who)
                given = {key: numbers[value.removeprefix("H-")] if key == "into" else value for key, value in fields.items()}
                advance(city, numbers[name], move, actor, given)
    return Walked(city, told | {moment: at_that_time(city, Look(moment)) for moment in waiting})


def reported(name: str, at: datetime) -> dict[str, object]:
    due = {"due_at": at + timedelta(hours=DUE_H[name])} if name in DUE_H else {}
    channel = "inspector" if name.startswith("settled") else "hotline"
    place = {"district": "a" if "o" in name else "b", "address": f"Road {len(name) % 4}"}
    return matter(name.replace(" ", "-"), reported_at=at, channel=channel) | place | due


def at_that_time(city: City, look: Look) -> pd.DataFrame:
    """Every figure by department, since long ago."""
    return queries.indicators(city, look, START - timedelta(days=40), look.moment + timedelta(days=1), by="department")


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walked]:
    """A small simulated city, in which every way has been gone besides."""
    settings = Settings(home=tmp_path_factory.mktemp("simulated"), demo_cases=900, demo_days=30)
    city = open_city(settings)
    with clock.held(START - timedelta(hours=1)):
        feed.build(city, settings, lambda stage, done, total: None)
    source = known.source(city, known.sources(city)[0]["source"])
    yield walk(city, source)
    city.close()


@pytest.fixture(scope="session")
def filed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A city of a file that does not tell its steps, with the faults that files have; some cases were then acted upon."""
    settings = Settings(home=tmp_path_factory.mktemp("filed"), demo="off")
    city = open_city(settings)
    hour = timedelta(hours=1)
    rows = [
        closed(1, after=5, due=10), closed(2, after=30, due=10), closed(3, after=5, due=None), closed(4, after=-3, due=10),
        closed(5, after=5, due=-2), closed(6, after=None, due=10),
        row(7, reported_at=START, due_at=START + 9 * hour, department="roads", address="Road 1"),
        row(8, reported_at=START, due_at=None, department="roads"), row(9, reported_at=START, due_at=NOW + hour, department=None),
        closed(10, after=72, due=80) | {"reached": True, "solved": True}, closed(11, after=1, due=3) | {"reached": False},
        row(12, reported_at=START, department="roads", due_at=START + 40 * hour),
        closed(13, after=-200, due=-300) | {"reached": True, "solved": False},
        *(closed(20 + place, after=3 * place, due=40) for place in range(30)),
    ]  # fmt: skip
    with clock.held(NOW - timedelta(days=2)):
        incidents.take_delivery(city, delivery(settings.batches, rows), MANAGER, place=PLACE)
        crew = Actor("crew", Role.DEPARTMENT, department="roads")
        advance(city, "H-12", "finish", crew, DONE)
    yield city
    city.close()


def closed(number: int, *, after: float | None, due: float | None) -> dict[str, object]:
    """A closed row of a file, closed and due so many hours after its report; `after` None says that it is closed, but not when."""
    reported_at = START + timedelta(hours=number)
    times = {
        name: None if hours is None else reported_at + timedelta(hours=hours) for name, hours in {"closed_at": after, "due_at": due}.items()
    }
    return row(
        number, status="closed", reported_at=reported_at, department=("roads", "water", None)[number % 3], district="ab"[number % 2],
        address=f"Road {number % 5}" if number % 4 else None, channel=("phone", "app", "sensor")[number % 3], **times,
    )  # fmt: skip
