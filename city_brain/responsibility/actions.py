"""Acts on who is responsible: a manager accepts what rulings propose, sets a rule by hand, or takes one back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from city_brain import clock
from city_brain.errors import Fault
from city_brain.incidents import catalogue
from city_brain.record.events import Draft
from city_brain.roles import Actor, Right, require
from city_brain.storage.city import Act, City
from city_brain.storage.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Matter:
    """What a rule is about: a category (kind and code) or, where there is none, a source's own type; in a district or the whole city."""

    kind: str | None
    code: str | None
    source_type: str | None
    area: str | None = None


def assign(city: City, matter: Matter, lead: str, actor: Actor, *, helpers: Sequence[str] = ()) -> int:
    """Make a department responsible from now on. An earlier rule of the city for the same ends.

    Raises
    ------
    NotAllowed, Fault
        The role may not; there is no such department; the matter says nothing.
    """
    require(actor, Right.RULE)
    if not (matter.kind and matter.code) and not matter.source_type:
        raise Fault("matter_empty")

    def decide(cursor: Cursor) -> Sequence[Draft]:
        for name in (lead, *helpers):
            if name not in catalogue.departments() and not cursor.value("incidents.has_department", department=name):
                raise Fault("no_department", department=name)
        payload = asdict(matter) | {"lead": lead, "helpers": list(helpers)}
        return [Draft("responsibility", "routing.changed", clock.now(), payload)]

    return city.record(Act(actor.signature, decide, about="responsibility"))


def retire(city: City, matter: Matter, actor: Actor) -> int:
    """Take a rule of the city back: what the catalogue says counts again."""
    require(actor, Right.RULE)

    def decide(cursor: Cursor) -> Sequence[Draft]:
        if not cursor.rows("responsibility.own", **asdict(matter)):
            raise Fault("no_routing_rule")
        return [Draft("responsibility", "routing.changed", clock.now(), asdict(matter) | {"lead": None, "helpers": []})]

    return city.record(Act(actor.signature, decide, about="responsibility"))
