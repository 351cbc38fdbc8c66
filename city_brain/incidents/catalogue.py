"""The catalogue of matters: what a case can be about, who answers for it, what other cities call it.

Three kinds of tables under ``data/`` are read when first asked for and kept:

* ``categories.csv``: the 153 components and 250 matters of GB/T 47678.5-2026. Both kinds count
  from 01001, so a category is known by kind **and** code; matter 01037 is a fault of component 01037.
* ``departments.csv``: the bureaus that answer by default.
* ``mappings/<profile>.csv``: a source's own types and their counterparts. A type without an honest
  counterpart has no code; it keeps its name in both languages all the same.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "data"


class Kind(StrEnum):
    """The two halves of the catalogue."""

    COMPONENT = "component"
    """A thing the city keeps: a manhole cover, a street tree."""
    MATTER = "matter"
    """Something to be dealt with: a fault of a component, exposed rubbish."""


SIZES = {Kind.COMPONENT: 153, Kind.MATTER: 250}
"""How many categories of each kind GB/T 47678.5-2026 has."""

CategoryKey = tuple[Kind, str]


@dataclass(frozen=True, slots=True)
class Category:
    """One category of GB/T 47678.5-2026."""

    kind: Kind
    code: str
    """Five digits: two of the major class, three of the minor."""
    major: str
    major_zh: str
    major_en: str
    name_zh: str
    name_en: str
    urgent: bool
    """Whether it is by its nature a danger to life or traffic."""
    limit_hours: int
    """Default limit for handling, clock hours from dispatch; a city's filing rules go before it."""
    department: str
    """Responsible by default."""


@dataclass(frozen=True, slots=True)
class Department:
    """A bureau or company that handles cases."""

    department: str
    """Its key: lower-case words joined by underscores."""
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class TypeMapping:
    """What one of a source's own types is called, and its counterpart in the catalogue if there is one."""

    source_type: str
    kind: Kind | None
    code: str | None
    urgent: bool | None
    """Set where the type says more than its category; `None` takes the category's."""
    name_zh: str
    name_en: str


@cache
def categories() -> Mapping[CategoryKey, Category]:
    """Every category by (kind, code), in the order of the standard."""
    return {(found.kind, found.code): found for found in map(_category, _rows(DATA / "categories.csv"))}


def category(kind: str | None, code: str | None) -> Category | None:
    """The category of a kind (``component`` or ``matter``) and a five-digit code, or `None`."""
    if kind not in set(Kind) or code is None:
        return None
    return categories().get((Kind(kind), code))


@cache
def departments() -> dict[str, Department]:
    """Every department by its key."""
    return {row["department"]: Department(**row) for row in _rows(DATA / "departments.csv")}


@cache
def profiles() -> tuple[str, ...]:
    """Names of the sources whose types are mapped."""
    return tuple(sorted(file.stem for file in (DATA / "mappings").glob("*.csv")))


@cache
def mapping(profile: str) -> dict[str, TypeMapping]:
    """The types of a source by their folded name (see `folded`); empty for an unknown source."""
    if profile not in profiles():
        return {}
    return {folded(found.source_type): found for found in map(_type_mapping, _rows(DATA / "mappings" / f"{profile}.csv"))}


def mapped(profile: str, source_type: str | None) -> TypeMapping | None:
    """What is known of a source's type, whatever its capitals and blanks; `None` for a type not listed."""
    return mapping(profile).get(folded(source_type)) if source_type else None


def is_urgent(found: TypeMapping) -> bool:
    """Whether cases of a mapped type are urgent: as the mapping says, else as its category says."""
    if found.urgent is not None:
        return found.urgent
    counterpart = category(found.kind, found.code)
    return counterpart is not None and counterpart.urgent


def folded(source_type: str) -> str:
    """A type's name without capitals and superfluous blanks, as it is looked up."""
    return " ".join(source_type.split()).casefold()


def faults(folder: Path = DATA) -> list[str]:
    """Everything wrong with the tables, one line each; nothing of it may reach a release.

    Parameters
    ----------
    folder : Path
        Where ``categories.csv``, ``departments.csv`` and ``mappings/`` are.

    Returns
    -------
    list of str
        Empty when the tables agree: every key once, every department and code known, no empty
        name, English names distinct within a kind where the Chinese are, flags and hours readable,
        153 components and 250 matters.
    """
    category_rows = _rows(folder / "categories.csv")
    department_rows = _rows(folder / "departments.csv")
    codes = {(row["kind"], row["code"]) for row in category_rows}
    found = [
        *_of_rows("departments.csv", department_rows, "department", ("department", "name_zh", "name_en"), lambda row: ()),
        *_of_categories(category_rows, {row["department"] for row in department_rows}),
    ]
    for file in sorted((folder / "mappings").glob("*.csv")):
        found += _of_mapping(file.name, _rows(file), codes)
    return found


Row = dict[str, str]
SURPLUS = "surplus"
"""Where cells go that have no column, such as the rest of a name with an unquoted comma."""


def _rows(file: Path) -> list[Row]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, restkey=SURPLUS, restval=""))


def _category(row: Row) -> Category:
    urgent, hours, kind = row["urgent"] == "true", int(row["limit_hours"]), Kind(row["kind"])
    rest = {name: text for name, text in row.items() if name not in ("kind", "urgent", "limit_hours")}
    return Category(kind=kind, urgent=urgent, limit_hours=hours, **rest)


def _type_mapping(row: Row) -> TypeMapping:
    return TypeMapping(
        source_type=row["source_type"],
        kind=Kind(row["kind"]) if row["kind"] else None,
        code=row["code"] or None,
        urgent=row["urgent"] == "true" if row["urgent"] else None,
        name_zh=row["name_zh"] or row["source_type"],
        name_en=row["name_en"] or row["source_type"],
    )


def _of_rows(file: str, rows: list[Row], key: str, filled: tuple[str, ...], check: Callable[[Row], Iterable[str]]) -> Iterator[str]:
    """Faults every table can have (a key twice, an empty cell, a cell too many), and those of `check`.

    `key` names its columns with blanks between; `filled` are the columns that may not be empty.
    """
    seen: Counter[str] = Counter()
    for number, row in enumerate(rows, start=2):
        name = folded(" ".join(row[column] for column in key.split()))
        seen[name] += 1
        if seen[name] > 1:
            yield f"{file}:{number}: {name} is listed twice"
        if SURPLUS in row:
            yield f"{file}:{number}: more cells than columns"
        yield from (f"{file}:{number}: {column} is empty" for column in filled if not row[column].strip())
        yield from (f"{file}:{number}: {fault}" for fault in check(row))


def _of_categories(rows: list[Row], known: set[str]) -> Iterator[str]:
    def check(row: Row) -> Iterator[str]:
        if row["kind"] not in set(Kind):
            yield f"unknown kind {row['kind']!r}"
        if not (len(row["code"]) == 5 and row["code"].isdecimal() and row["code"].startswith(row["major"])):
            yield f"code {row['code']!r} is not five digits of major {row['major']!r}"
        if row["urgent"] not in ("true", "false"):
            yield f"urgent is {row['urgent']!r}"
        if not (row["limit_hours"].isdecimal() and int(row["limit_hours"])):
            yield f"limit_hours is {row['limit_hours']!r}"
        if row["department"] not in known:
            yield f"unknown department {row['department']!r}"

    file = "categories.csv"
    yield from _of_rows(file, rows, "kind code", ("major", "major_zh", "major_en", "name_zh", "name_en"), check)
    for kind, size in SIZES.items():
        of_kind = [row for row in rows if row["kind"] == kind]
        if len(of_kind) != size:
            yield f"{file}: {len(of_kind)} of kind {kind}, not {size}"
        pairs = Counter(name_en for _, name_en in {(row["name_zh"], row["name_en"]) for row in of_kind})
        yield from (f"{file}: {name!r} names more than one {kind}" for name, times in pairs.items() if times > 1)


def _of_mapping(file: str, rows: list[Row], codes: set[tuple[str, str]]) -> Iterator[str]:
    def check(row: Row) -> Iterator[str]:
        if (row["kind"] or row["code"]) and (row["kind"], row["code"]) not in codes:
            yield f"unknown category {row['kind']} {row['code']}"
        if row["urgent"] not in ("true", "false", ""):
            yield f"urgent is {row['urgent']!r}"
        if not (row["name_zh"].strip() or row["name_en"].strip()):
            yield "no name in another language"

    yield from _of_rows(f"mappings/{file}", rows, "source_type", ("source_type",), check)
