"""Scenarios of drills: what happens in a city, when, where and what it sets off. Read from ``data/scenarios/*.toml``, checked word by word.

`read` gives one scenario or says which word of which file cannot be; `events` draws it for a town: the same seed gives the same reports.
Nothing here knows a city, a clock or a case. The form of a file is told in ``docs/drills.md``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from city_brain.errors import Fault, NotFound
from city_brain.incidents.catalogue import Kind, category
from city_brain.incidents.model import Urgency
from city_brain.simulator.geography import DATA
from city_brain.simulator.kinds import CHANNELS

FOLDER = DATA / "scenarios"
LONGEST_MIN, FASTEST, MOST_REPORTS, MOST_SPREAD_M = 480, 60.0, 200, 5_000.0
PLACES = ("district", "theme", "name", "near")
"""What a place is told by: a district or a landmark's theme by its number (the busiest is 1), a name of the town, another happening."""


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something happens: told by one of `PLACES`."""

    by: str
    of: str
    """The number of the district, the theme, the name, or the other happening."""
    number: int = 1
    """Which of the landmarks of a theme."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something extra that is reported."""

    name: str
    minute: float | None
    """Of the scenario; None for what only a link sets off."""
    kind: str
    code: str
    spot: Spot
    count: int
    over: float
    """Minutes over which its reports come in."""
    spread_m: float
    urgency: str
    channel: str
    text: Words


@dataclass(frozen=True, slots=True)
class Link:
    """What sets off what: after how many minutes, and how likely."""

    source: str
    target: str
    after: tuple[float, float]
    probability: float


@dataclass(frozen=True, slots=True)
class Watch:
    """What to look at, and on which page."""

    page: str
    text: Words


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario."""

    slug: str
    name: Words
    lead: Words
    minutes: int
    speed: float
    """Minutes of the scenario in one on the wall clock; crews are so much quicker too."""
    arrivals: float
    """How many times the usual reports come in besides."""
    happenings: tuple[Happening, ...]
    links: tuple[Link, ...]
    watch: tuple[Watch, ...]
    listed: bool = True
    """Whether it is offered by itself; the demonstration's own is not."""

    @property
    def reports(self) -> int:
        """How many extra reports there are if everything happens."""
        return sum(one.count for one in self.happenings)


@cache
def slugs() -> tuple[str, ...]:
    """The scenarios there are, in the order of their files' names."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.toml")))


@cache
def scenario(slug: str) -> Scenario:
    """A scenario of the project by its slug.

    Raises
    ------
    NotFound
        There is none of this name.
    Fault
        Its file cannot be used.
    """
    if slug not in slugs():
        raise NotFound("scenario_none", scenario=slug, allowed=", ".join(slugs()))
    return read(FOLDER / f"{slug}.toml")


def read(file: Path) -> Scenario:
    """Read and check a file.

    Raises
    ------
    Fault
        Something in it cannot be; the values name the file and the place in it, such as ``event[2].minute``.
    """
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Fault("scenario_unreadable", file=file.name, detail=str(error)) from error
    top = _Part(file.name, "", raw)
    top.only("name", "lead", "listed", "minutes", "speed", "arrivals", "event", "link", "watch")
    minutes = int(top.number("minutes", 5, LONGEST_MIN))
    happenings = tuple(_happening(part, minutes) for part in top.parts("event"))
    names = [one.name for one in happenings]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise Fault("scenario_twice", file=file.name, at=f"event[{place + 1}].id", value=name)
    links = tuple(_link(part, names) for part in top.parts("link"))
    found = Scenario(
        file.stem, top.both("name"), top.both("lead"), minutes, top.number("speed", 1, FASTEST), top.number("arrivals", 0, 20, usual=1.0),
        happenings, links, tuple(_watch(part) for part in top.parts("watch")), top.flag("listed", usual=True),
    )  # fmt: skip
    _check_order(file.name, found)
    return found


def _happening(part: _Part, minutes: int) -> Happening:
    part.only("id", "minute", "kind", "code", "place", "count", "over", "spread_m", "urgency", "channel", "text")
    kind = part.one("kind", tuple(map(str, Kind)), usual=str(Kind.MATTER))
    code = part.line("code")
    known = category(kind, code)
    if known is None:
        raise part.wrong("code", code, f"{kind} 01001 … (data/categories.csv)")
    usual = Urgency.URGENT if known.urgent else Urgency.NORMAL
    return Happening(
        part.line("id"), part.number("minute", 0, minutes) if "minute" in part.raw else None, kind, code, _spot(part.inner("place")),
        int(part.number("count", 1, MOST_REPORTS, usual=1)), part.number("over", 0, minutes, usual=0),
        part.number("spread_m", 0, MOST_SPREAD_M, usual=0), part.one("urgency", tuple(map(str, Urgency)), usual=str(usual)),
        part.one("channel", CHANNELS, usual=CHANNELS[0]), part.both("text"),
    )  # fmt: skip


def _spot(part: _Part) -> Spot:
    part.only(*PLACES, "number")
    told = [name for name in PLACES if name in part.raw]
    if len(told) != 1:
        raise part.wrong("", ", ".join(told) or "—", " | ".join(PLACES))
    by = told[0]
    of = str(int(part.number(by, 1, 40))) if by == "district" else part.line(by)
    return Spot(by, of, int(part.number("number", 1, 40, usual=1)))


def _link(part: _Part, names: list[str]) -> Link:
    part.only("from", "to", "after", "probability")
    after = part.raw.get("after")
    if not (isinstance(after, list) and len(after) == 2 and all(isinstance(one, int | float) for one in after)):
        raise part.wrong("after", after, "[5, 15]")
    least, most = map(float, after)
    if not 0 <= least <= most <= LONGEST_MIN:
        raise part.wrong("after", after, f"0 ≤ a ≤ b ≤ {LONGEST_MIN}")
    return Link(part.one("from", tuple(names)), part.one("to", tuple(names)), (least, most), part.number("probability", 0, 1, usual=1.0))


def _watch(part: _Part) -> Watch:
    part.only("page", "text")
    return Watch(part.line("page"), part.both("text"))


def _check_order(file: str, found: Scenario) -> None:
    """Whatever happens is begun by a minute or a link, links lead in no circle, and a place near another knows that one."""
    named, begun = {one.name: one for one in found.happenings}, {one.name for one in found.happenings if one.minute is not None}
    for place, link in enumerate(found.links, start=1):
        if link.target in _led_from(link.target, found.links):
            raise Fault("scenario_circle", file=file, at=f"link[{place}]", value=link.target)
    for place, one in enumerate(found.happenings, start=1):
        if one.name not in begun and not any(link.target == one.name for link in found.links):
            raise Fault("scenario_lacks", file=file, at=f"event[{place}].minute")
        beside, seen = one, {one.name}
        while beside.spot.by == "near":
            if beside.spot.of not in named or beside.spot.of in seen:
                raise Fault("scenario_unknown", file=file, at=f"event[{place}].place.near", value=beside.spot.of, allowed=", ".join(named))
            beside = named[beside.spot.of]
            seen.add(beside.name)


def _led_from(name: str, links: tuple[Link, ...]) -> set[str]:
    """Everything that links lead to from one happening."""
    found, waiting = set[str](), [name]
    while waiting:
        for target in (link.target for link in links if link.source == waiting[-1]):
            if target not in found:
                found.add(target)
                waiting.insert(0, target)
        waiting.pop()
    return found


@dataclass(frozen=True, slots=True)
class _Part:
    """A table of a file with the place where it stands, so that a mistake is told by both."""

    file: str
    at: str
    raw: Mapping[str, Any]

    def only(self, *names: str) -> None:
        for name in self.raw:
            if name not in names:
                raise Fault("scenario_unknown", file=self.file, at=self._place(name), value=name, allowed=", ".join(names))

    def line(self, name: str) -> str:
        value = self._needed(name)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(name, value, '"…"')
        return value.strip()

    def one(self, name: str, allowed: tuple[str, ...], usual: str | None = None) -> str:
        if usual is not None and name not in self.raw:
            return usual
        value = self.line(name)
        if value not in allowed:
            raise Fault("scenario_unknown", file=self.file, at=self._place(name), value=value, allowed=", ".join(allowed))
        return value

    def number(self, name: str, least: float, most: float, usual: float | None = None) -> float:
        if usual is not None and name not in self.raw:
            return usual
        value = self._needed(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise self.wrong(name, value, f"{least:g} … {most:g}")
        return float(value)

    def flag(self, name: str, usual: bool) -> bool:
        value = self.raw.get(name, usual)
        if not isinstance(value, bool):
            raise self.wrong(name, value, "true | false")
        return value

    def both(self, name: str) -> Words:
        inner = self.inner(name)
        inner.only("zh", "en")
        return Words(inner.line("zh"), inner.line("en"))

    def inner(self, name: str) -> _Part:
        value = self._needed(name)
        if not isinstance(value, dict):
            raise self.wrong(name, value, "{ … }")
        return _Part(self.file, self._place(name), value)

    def parts(self, name: str) -> Iterator[_Part]:
        rows = self.raw.get(name, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self.wrong(name, type(rows).__name__, f"[[{name}]]")
        yield from (_Part(self.file, f"{name}[{place}]", row) for place, row in enumerate(rows, start=1))

    def wrong(self, name: str, value: object, wanted: str) -> Fault:
        return Fault("scenario_wrong", file=self.file, at=self._place(name), value=str(value)[:60], wanted=wanted)

    def _needed(self, name: str) -> Any:
        if name not in self.raw:
            raise Fault("scenario_lacks", file=self.file, at=self._place(name))
        return self.raw[name]

    def _place(self, name: str) -> str:
        return ".".join(part for part in (self.at, name) if part)
