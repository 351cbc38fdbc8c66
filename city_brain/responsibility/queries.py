"""Reads about who is responsible: the rules in force, how often they are right, gaps, what rulings propose, what changes have done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pandas as pd

from city_brain.cases import routing
from city_brain.cases.model import Look
from city_brain.cases.routing import Proposal, Responsibility
from city_brain.storage.city import City

LOOKED_BACK = timedelta(days=180)
"""Over how long it is counted how often a rule was right."""
LEAST_RULINGS = 2
"""Rulings that say the same before a change is proposed."""


def in_force(city: City) -> tuple[Responsibility, ...]:
    """The rules of the city itself and the shipped ones, in no order: `routing.propose` finds the one that counts."""
    with city.read() as cursor:
        own = cursor.rows("responsibility.own_in_force")
    accepted = tuple(
        Responsibility(
            row["kind"], row["code"], row["source_type"], row["area"], row["lead"], tuple((row["helpers"] or "").split()), "ruling"
        )
        for row in own
    )
    return (*accepted, *routing.shipped())


def proposal(city: City, case: dict[str, Any]) -> tuple[Proposal, dict[str, int]]:
    """Who should be sent a case, why, and how often that was right: finished cases of its kind and district that were theirs, of all."""
    found = routing.propose(
        in_force(city), kind=case["category_kind"], code=case["category_code"], source_type=_own_type(case), district=case["district"]
    )
    with city.read() as cursor:
        counted = cursor.one(
            "responsibility.accuracy",
            kind=case["kind"],
            district=case["district"],
            lead=found.department,
            since=case["reported_at"] - LOOKED_BACK,
        )
    return found, counted or {"right": 0, "of": 0}


def _own_type(case: Mapping[str, Any]) -> str | None:
    return None if case["category_code"] else case["kind"]


def _lead(rules: tuple[Responsibility, ...], row: Mapping[str, Any], district: object) -> str | None:
    """Who leads by the rules, for a row of a frame: what is not known there is no text."""
    case = {name: _text(row[name]) for name in ("category_kind", "category_code", "kind")}
    return routing.propose(
        rules, kind=case["category_kind"], code=case["category_code"], source_type=_own_type(case), district=_text(district)
    ).department


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def own(city: City) -> pd.DataFrame:
    """The city's own rules, newest first: kind, code, source_type, area, lead, helpers, since_at, until_at, accepted_by."""
    with city.read() as cursor:
        return cursor.frame("responsibility.own_rules")


def gaps(city: City) -> pd.DataFrame:
    """Combinations of kind and district that have cases and no owner: category_kind, category_code, kind, district, cases, open."""
    with city.read() as cursor:
        seen = cursor.frame("responsibility.combinations")
    rules = in_force(city)
    lacking = [_lead(rules, row._asdict(), row.district) is None for row in seen.itertuples(index=False)]
    return seen[lacking].reset_index(drop=True) if len(seen) else seen


def proposed(city: City, look: Look) -> pd.DataFrame:
    """What rulings propose to change: kinds that were ruled to another department than the one responsible now, at least twice alike.

    Returns
    -------
    pandas.DataFrame
        category_kind, category_code, kind, area (district, or None where several districts were ruled alike), lead (proposed), now
        (responsible at present), rulings (that say so), of (rulings for this kind and area), first_at, last_at. Most rulings first.
    """
    with city.read(look.as_of) as cursor:
        ruled = cursor.frame("responsibility.rulings", moment=look.moment, least=LEAST_RULINGS)
    rules = in_force(city)
    ruled["now"] = [_lead(rules, row._asdict(), row.area) for row in ruled.itertuples(index=False)]
    return ruled[ruled["now"] != ruled["lead"]].reset_index(drop=True)


def effects(city: City, look: Look, days: int = 30) -> pd.DataFrame:
    """What each rule of the city has done: hops of the cases dispatched `days` before it and since then.

    Returns
    -------
    pandas.DataFrame
        kind, code, source_type, area, lead, since_at, cases_before, hops_before (mean), cases_after, hops_after.
    """
    with city.read(look.as_of) as cursor:
        return cursor.frame("responsibility.effects", moment=look.moment, days=days)
