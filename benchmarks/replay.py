"""How fast the picture is derived from the record, and how fast a real file is taken in."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.build import CENTRE, END
from city_brain.cases.calendars import Calendar, known_days, known_years
from city_brain.cases.filing_rules import ordinary
from city_brain.cases.lifecycle import Step, holder, moves_from
from city_brain.cases.standing import Standing, moved
from city_brain.incidents.model import Place, Source
from city_brain.intake.load import Wishes, load
from city_brain.record.events import GENESIS, Draft, Event, seal
from city_brain.record.journal import Journal
from city_brain.roles import Actor, Role
from city_brain.settings import Settings
from city_brain.start import open_city

SOURCE = Source("benchmark", "基准", "Benchmark", "BEN", "benchmark", "Asia/Shanghai", "wgs84")
PAGE = 10_000
CALENDAR = Calendar("Asia/Shanghai", known_days(), known_years())
RULE = ordinary("matter", "01037")


def replayed(events: int, folder: Path) -> float:
    """Events a second from a record of so many acts, cases interleaved as in a working city, to a whole picture."""
    settings = Settings(home=folder / "replay", demo="off")
    shutil.rmtree(settings.home, ignore_errors=True)
    settings.home.mkdir(parents=True)
    try:
        journal = Journal.holding(settings.journal_url, _pages(events))
        journal.close()
        began = time.perf_counter()
        city = open_city(settings)
        taken = time.perf_counter() - began
        city.close()
    finally:
        shutil.rmtree(settings.home, ignore_errors=True)
    return events / taken


def loaded(file: Path, folder: Path) -> tuple[int, float]:
    """Rows of a file, and the seconds from the command to the picture."""
    settings = Settings(home=folder / "load", demo="off")
    shutil.rmtree(settings.home, ignore_errors=True)
    city = open_city(settings)
    try:
        began = time.perf_counter()
        reports = load(city, settings, str(file), Actor("benchmark", Role.SYSTEM), Wishes(), lambda stage, done, total: None)
        taken = time.perf_counter() - began
    finally:
        city.close()
        shutil.rmtree(settings.home, ignore_errors=True)
    return sum(report.tally.read for report in reports), taken


def _pages(events: int) -> Iterator[list[Event]]:
    page, previous = list[Event](), GENESIS
    versions: dict[str, int] = {}
    for sequence, draft in enumerate(_drafts(events), start=1):
        versions[draft.stream] = versions.get(draft.stream, 0) + 1
        version, at = versions[draft.stream], draft.happened_at
        event = seal(draft, sequence=sequence, version=version, actor="system:benchmark", recorded_at=at, key=None, previous=previous)
        previous = event.hash
        page.append(event)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


def _drafts(events: int) -> Iterator[Draft]:
    place = Place("基准城", "Benchmark city", "Asia/Shanghai", CENTRE["lon"], CENTRE["lat"], 11)
    yield Draft("city", "city.named", END, asdict(place))
    made, number, alive = 1, 0, list[dict[str, Any]]()
    while made < events:
        at = END + timedelta(seconds=made)
        if len(alive) < 500:
            number += 1
            case = {"case_id": f"BEN-{number}", "step": Step.COLLECT, "holder": holder(Step.COLLECT, None), "at": at}
            alive.append(case)
            payload = {"case_id": case["case_id"], "source": asdict(SOURCE), "matter": _matter(number, at)}
            yield Draft(f"case:{case['case_id']}", "incident.reported", at, payload)
        else:
            case = alive.pop(made % 7)
            move = next(move for move in moves_from(case["step"]) if move.target and not move.back and move.role is not Role.SYSTEM)
            yield Draft(f"case:{case['case_id']}", "case.moved", at, _move(case, move, at))
            if move.target is not Step.ARCHIVED:
                alive.append(case)
        made += 1


def _matter(number: int, at: Any) -> dict[str, Any]:
    return {
        "external_id": str(number), "reported_at": at, "category_kind": "matter", "category_code": "01037", "description": "路灯不亮",
        "location": "point", "urgency": "normal", "district": "d1", "lon": 114.3 + number % 100 / 1000, "lat": 30.6,
        "due_at": at + timedelta(days=1),
    }  # fmt: skip


def _move(case: dict[str, Any], move: Any, at: Any) -> dict[str, Any]:
    stay = {"holder": case["holder"], "from_at": case["at"], "due_at": None}
    fields, source, before = dict.fromkeys(move.requires, "water"), case["step"], case.get("standing") or Standing(case["step"], case["at"])
    after = moved(before, move, fields, at, CALENDAR, RULE)
    case.update(step=after.step, holder=after.holder, at=at, standing=after)
    return {
        "case_id": case["case_id"], "move": move.name, "from": source, "to": after.step, "holder": after.holder, "fields": fields,
        "stay": stay, "due_was": before.due_at, "after": after.kept(),
    }  # fmt: skip
