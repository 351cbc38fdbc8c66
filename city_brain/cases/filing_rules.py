"""Filing rules (立案条件): under which condition a matter is filed, how long handling may take, when it may be closed.

``data/filing_rules.csv`` has several rules for most categories, because the same matter differs in danger and size: a
missing cover is a matter of hours, a sunken frame one of days. The first rule of a category is the ordinary one. A
category without rules of its own takes the default of its major class, anything outside the catalogue the general one.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from city_brain.cases.calendars import Limit
from city_brain.errors import Fault
from city_brain.incidents import catalogue
from city_brain.incidents.catalogue import DATA

FILE = DATA / "filing_rules.csv"
GENERAL = "general-0"
"""The rule for what the catalogue does not know, such as a source's own type without a counterpart."""


@dataclass(frozen=True, slots=True)
class FilingRule:
    """One condition of filing."""

    rule: str
    """Its name, stable: ``m06010-1`` is the first of matter 06010, ``m06-0`` the default of class 06."""
    kind: str | None
    code: str | None
    """Five digits of a category, or two of a major class."""
    condition_zh: str
    condition_en: str
    limit: Limit
    """For handling, from dispatch."""
    closing_zh: str
    closing_en: str
    """What must be so for the case to be closed."""


def rules_of(kind: str | None, code: str | None) -> tuple[FilingRule, ...]:
    """The rules to choose from for a category, the ordinary one first; never empty.

    Parameters
    ----------
    kind : str or None
        ``component`` or ``matter``.
    code : str or None
        Five digits. A code the catalogue does not have, such as a city's own, takes the default of the class it begins with.

    Returns
    -------
    tuple of FilingRule
        The category's own, else the default of its class, else the general rule.
    """
    found = _by_category()
    return found.get((kind, code)) or found.get((kind, code[:2] if code else None)) or found[None, None]


def ordinary(kind: str | None, code: str | None) -> FilingRule:
    """The rule that holds where nobody chose one."""
    return rules_of(kind, code)[0]


def rule(name: str) -> FilingRule | None:
    """The rule of this name."""
    return _by_name().get(name)


def faults(file: Path = FILE) -> list[str]:
    """Everything wrong with the table, one line each; nothing of it may reach a release.

    Returns
    -------
    list of str
        Empty when every rule has a name of its own, a category or class of the catalogue, a readable limit and no empty
        text, and every category has a rule, every major class a default, and the general rule is there.
    """
    rows = _rows(file)
    classes = {(of.kind.value, of.major) for of in catalogue.categories().values()}
    categories = {(kind.value, code) for kind, code in catalogue.categories()}
    seen: Counter[str] = Counter()
    found = []
    for number, row in enumerate(rows, start=2):
        seen[row["rule"]] += 1
        known = classes | categories if row["rule"] != GENERAL else {("", "")}
        found += [f"{file.name}:{number}: {fault}" for fault in _of_row(row, known)]
        if seen[row["rule"]] > 1:
            found.append(f"{file.name}:{number}: rule {row['rule']!r} is listed twice")
    given = {(row["kind"], row["code"]) for row in rows}
    found += [f"{file.name}: {kind} {code} has no default" for kind, code in sorted(classes - given)]
    ruled = given | {category for category in categories if (category[0], category[1][:2]) in given}
    found += [f"{file.name}: {kind} {code} has no rule" for kind, code in sorted(categories - ruled)]
    return found if GENERAL in seen else [*found, f"{file.name}: the rule {GENERAL} is missing"]


Row = dict[str, str]
SURPLUS = "surplus"
"""Where cells go that have no column, such as the rest of a text with an unquoted comma."""


def _of_row(row: Row, known: set[tuple[str, str]]) -> Iterator[str]:
    if (row["kind"], row["code"]) not in known:
        yield f"unknown category {row['kind']} {row['code']}"
    try:
        Limit.parse(_limit(row))
    except Fault:
        yield f"limit is {_limit(row)!r}"
    if SURPLUS in row:
        yield "more cells than columns"
    filled = ("rule", "condition_zh", "condition_en", "closing_zh", "closing_en")
    yield from (f"{column} is empty" for column in filled if not row[column].strip())


@cache
def _by_name() -> Mapping[str, FilingRule]:
    return {row["rule"]: _filing_rule(row) for row in _rows(FILE)}


@cache
def _by_category() -> Mapping[tuple[str | None, str | None], tuple[FilingRule, ...]]:
    found: dict[tuple[str | None, str | None], tuple[FilingRule, ...]] = {}
    for one in _by_name().values():
        found[one.kind, one.code] = (*found.get((one.kind, one.code), ()), one)
    return found


def _filing_rule(row: Row) -> FilingRule:
    return FilingRule(
        rule=row["rule"],
        kind=row["kind"] or None,
        code=row["code"] or None,
        condition_zh=row["condition_zh"],
        condition_en=row["condition_en"],
        limit=Limit.parse(_limit(row)),
        closing_zh=row["closing_zh"],
        closing_en=row["closing_en"],
    )


def _limit(row: Row) -> str:
    return f"{row['limit']} {row['unit']}"


def _rows(file: Path) -> list[Row]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, restkey=SURPLUS, restval=""))
