"""Who is responsible in the demo cities: mostly as the table says, in some districts otherwise, and who gets it by mistake."""

from __future__ import annotations

from functools import cache

import numpy as np

from city_brain.cases import routing
from city_brain.incidents.catalogue import departments
from city_brain.simulator.days import Draws, Ints
from city_brain.simulator.kinds import KIND, kinds
from city_brain.simulator.limits import Flags
from city_brain.simulator.places import Pool

ALL_ROUND = "city_management"
"""Whom a dispatcher sends what nobody owns."""
_USUAL = (ALL_ROUND, "law_enforcement", "roads")


@cache
def department_names() -> tuple[str, ...]:
    """Every department that can hold a case."""
    return tuple(departments())


def mistaken(code: str | None, right: str) -> tuple[str, ...]:
    """Departments that get a matter by mistake: those that usually help with it, and those that are sent the most."""
    helpers = routing.propose(routing.shipped(), kind=KIND, code=code, source_type=None, district=None).helpers
    return tuple(dict.fromkeys(name for name in (*helpers, *_USUAL) if name != right))


def truly(code: str | None, district: str | None, proposed: str) -> str:
    """The department that is responsible in truth for a matter in a district, whatever is proposed."""
    kind = kinds().kind(code)
    return (kind and kind.truly(district)) or proposed


def held(draws: Draws, places: Pool) -> tuple[Ints, Ints, Flags]:
    """The right department of each report, one that may get it by mistake (indices into `department_names()`), and whether
    the table of responsibilities names another one than the right one."""
    tables = _tables(places.districts)
    district = places.district_of[draws.place]
    right, contested = tables.right[draws.kind, district], tables.contested[draws.kind, district]
    first, count = tables.first[draws.kind], tables.count[draws.kind]
    usual = tables.mistaken[first + (draws.chance("other") * count).astype(np.int64)]
    spare = tables.mistaken[first + ((draws.chance("other") * count).astype(np.int64) + 1) % count]
    other = np.where(contested, tables.proposed[draws.kind], np.where(usual == right, spare, usual))
    return right, other, contested


class _Tables:
    """The same for whole columns."""

    def __init__(self, districts: tuple[str, ...]) -> None:
        names, table = department_names().index, kinds().kinds
        rows = routing.shipped()
        found = [routing.propose(rows, kind=KIND, code=one.category.code, source_type=None, district=None) for one in table]
        said = [proposal.department or ALL_ROUND for proposal in found]
        wrong = [mistaken(one.category.code, right) for one, right in zip(table, said, strict=True)]
        self.proposed = np.array([names(name) for name in said])
        self.right = np.array(
            [[names(one.truly(district) or right) for district in districts] for one, right in zip(table, said, strict=True)]
        )
        self.contested = self.right != self.proposed[:, None]
        self.count = np.array([len(found) for found in wrong])
        self.first = np.cumsum(self.count) - self.count
        self.mistaken = np.array([names(name) for found in wrong for name in found])


_tables = cache(_Tables)
