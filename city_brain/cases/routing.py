"""Who gets a case: the table of responsibilities, what it proposes, and where it has no answer.

``data/responsibilities.csv`` says who leads and who usually helps, for every category and, for a city's own codes, every
major class. A city's accepted rulings go before it. Where nobody owns a combination the proposal is empty and says so;
it is never given to some "other" department.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

from city_brain.incidents import catalogue
from city_brain.incidents.catalogue import DATA, folded

FILE = DATA / "responsibilities.csv"


class Basis(StrEnum):
    """Why a responsibility is as it is."""

    CATALOGUE = "catalogue"
    """The department that `categories.csv` names."""
    CLASS = "class"
    """A default for what is in a major class without a row of its own."""
    RULING = "ruling"
    """Somebody in the city decided it and it was accepted."""


class Reason(StrEnum):
    """Why a department is proposed, from the most to the least specific."""

    RULED_AREA = "ruled_area"
    RULED = "ruled"
    AREA = "area"
    CATEGORY = "category"
    CLASS = "class"
    GAP = "gap"
    """Nobody owns it."""


@dataclass(frozen=True, slots=True)
class Responsibility:
    """Who answers for what, where."""

    kind: str | None
    code: str | None
    """Five digits of a category, or two of a major class."""
    source_type: str | None
    """A source's own type; with a category it holds for cases of both."""
    area: str | None
    """A district in the city's own word; `None` is the whole city."""
    lead: str
    helpers: tuple[str, ...]
    basis: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """To whom a case should go."""

    department: str | None
    """`None` where nobody owns it."""
    helpers: tuple[str, ...]
    reason: Reason
    basis: Responsibility | None


Combination = tuple[str | None, str | None, str | None, str | None]
"""Kind, code, source type and district of cases."""

_Subject = tuple[str | None, str | None, str | None]
_Index = Mapping[tuple[bool, str | None, _Subject], Responsibility]


@cache
def shipped() -> tuple[Responsibility, ...]:
    """The responsibilities that every installation starts from, in the order of the catalogue."""
    return tuple(_responsibility(row) for row in _rows(FILE))


def propose(
    responsibilities: Sequence[Responsibility], *, kind: str | None, code: str | None, source_type: str | None, district: str | None
) -> Proposal:
    """The department for a case: the most specific row wins.

    Parameters
    ----------
    responsibilities : sequence of Responsibility
        All that hold: rulings of the city and `shipped`. Of two rows for the same the later one holds.
    kind, code, source_type, district : str or None
        What and where the case is, as far as known. Capitals and superfluous blanks of the type do not matter.

    Notes
    -----
    Rulings for the district, rulings for the city, shipped rows for the district, shipped rows for the city; in each of them
    type and category together, the type (several types share a category), the category, its major class.
    Proposing for many cases, hand in the same tuple each time: its index is then made once.
    """
    index = _index(_Same(tuple(responsibilities)))
    subjects = list(_subjects(kind, code, folded(source_type) if source_type else None))
    for ruled in (True, False):
        for area in (district, None) if district else (None,):
            for subject in subjects:
                if found := index.get((ruled, area, subject)):
                    return Proposal(found.lead, found.helpers, _reason(found), found)
    return Proposal(None, (), Reason.GAP, None)


def gaps(combinations: Iterable[Combination], responsibilities: Sequence[Responsibility]) -> list[Combination]:
    """The combinations nobody owns, each once, in their order."""
    held = tuple(responsibilities)

    def owned(one: Combination) -> bool:
        kind, code, source_type, district = one
        return propose(held, kind=kind, code=code, source_type=source_type, district=district).department is not None

    return [one for one in dict.fromkeys(combinations) if not owned(one)]


def hops(departments: Sequence[str]) -> int:
    """How often a case changed its department after the first had it."""
    return sum(before != after for before, after in pairwise(departments))


def returns(departments: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs (A, B) where A passed a case to B and got it straight back, in the order it happened."""
    stays = [after for before, after in pairwise([None, *departments]) if after is not None and after != before]
    return [(first, second) for first, second, third in zip(stays, stays[1:], stays[2:], strict=False) if first == third]


def faults(file: Path = FILE) -> list[str]:
    """Everything wrong with the table, one line each; nothing of it may reach a release.

    Returns
    -------
    list of str
        Empty when every row has a known category or class, known departments and basis, no row is there twice, and every
        category has a row for the whole city, led by the department that the catalogue names.
    """
    rows = _rows(file)
    leads = {(kind.value, code): of.department for (kind, code), of in catalogue.categories().items()}
    known = leads.keys() | {(kind, code[:2]) for kind, code in leads}
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    for number, row in enumerate(rows, start=2):
        key = row["kind"], row["code"], row["area"]
        seen[key] += 1
        found += [f"{file.name}:{number}: {fault}" for fault in _of_row(row, known)]
        if seen[key] > 1:
            found.append(f"{file.name}:{number}: {' '.join(key).strip()} is listed twice")
        if row["basis"] == Basis.CATALOGUE and row["lead"] != leads.get((row["kind"], row["code"]), row["lead"]):
            found.append(f"{file.name}:{number}: the catalogue names {leads[row['kind'], row['code']]}, not {row['lead']}")
    led = {(row["kind"], row["code"]) for row in rows if row["lead"] and not row["area"]}
    return found + [f"{file.name}: {kind} {code} has no lead" for kind, code in leads if (kind, code) not in led]


Row = dict[str, str]
SURPLUS = "surplus"
"""Where cells go that have no column."""


def _of_row(row: Row, known: set[tuple[str, str]]) -> Iterator[str]:
    if (row["kind"], row["code"]) not in known:
        yield f"unknown category {row['kind']} {row['code']}"
    helpers = row["helpers"].split()
    yield from (f"unknown department {one!r}" for one in (row["lead"], *helpers) if one not in catalogue.departments())
    if len({row["lead"], *helpers}) <= len(helpers):
        yield "a department is named twice"
    expected = Basis.CLASS if len(row["code"]) == 2 else Basis.CATALOGUE
    if row["basis"] != expected:
        yield f"basis is {row['basis']!r}, not {expected}"
    if SURPLUS in row:
        yield "more cells than columns"


class _Same:
    """A tuple known by its identity: to hash its hundreds of rows for every case would take longer than all the rest."""

    __slots__ = ("rows",)

    def __init__(self, rows: tuple[Responsibility, ...]) -> None:
        self.rows = rows

    def __hash__(self) -> int:
        return id(self.rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.rows is other.rows


@lru_cache(maxsize=8)
def _index(held: _Same) -> _Index:
    return {
        (row.basis == Basis.RULING, row.area or None, (row.kind, row.code, folded(row.source_type) if row.source_type else None)): row
        for row in held.rows
    }


def _subjects(kind: str | None, code: str | None, source_type: str | None) -> Iterator[_Subject]:
    """What a row may be about to fit, the most specific first."""
    if kind and code and source_type:
        yield kind, code, source_type
    if source_type:
        yield None, None, source_type
    if kind and code:
        yield kind, code, None
        yield kind, code[:2], None


def _reason(found: Responsibility) -> Reason:
    if found.basis == Basis.RULING:
        return Reason.RULED_AREA if found.area else Reason.RULED
    if found.area:
        return Reason.AREA
    return Reason.CLASS if found.code and len(found.code) == 2 else Reason.CATEGORY


def _responsibility(row: Row) -> Responsibility:
    helpers = tuple(row["helpers"].split())
    return Responsibility(row["kind"], row["code"], None, row["area"] or None, row["lead"], helpers, Basis(row["basis"]))


def _rows(file: Path) -> list[Row]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, restkey=SURPLUS, restval=""))
