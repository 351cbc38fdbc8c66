"""The risk register in plain values: a list taken in from a file, and the register written as one. Command line and page ask for these."""

from __future__ import annotations

from datetime import date
from typing import Any

from city_brain import clock
from city_brain.cases.model import Look
from city_brain.errors import Fault
from city_brain.hazards import actions, exchange, queries
from city_brain.hazards.queries import Wanted
from city_brain.roles import Actor
from city_brain.storage.city import City


def take_in(city: City, text: str, actor: Actor, *, datum: str, file: str) -> dict[str, Any]:
    """Take in a list of hazards as text (CSV or GeoJSON), in the datum stated.

    Returns
    -------
    dict
        read = entered + changed + same + refused (how many); ``rows`` are the refused ones, each with line, fault, values and the row as it
        came; ``unknown`` the columns that say nothing here.

    Raises
    ------
    NotAllowed, Fault
        The role may not; the text is no list of hazards; there is no such datum.
    """
    rows, unknown = exchange.read(text, datum)
    cells, parsed, refused = dict(rows), list[tuple[int, dict[str, Any]]](), list[tuple[int, Fault]]()
    for line, row in rows:
        try:
            parsed.append((line, exchange.parsed(row, datum)))
        except Fault as fault:
            refused.append((line, fault))
    tally = actions.take_in(city, parsed, actor, source=file)
    refused = sorted([*refused, *tally.refused], key=lambda one: one[0])
    return {
        "read": len(rows), "entered": tally.entered, "changed": tally.changed, "same": tally.same, "refused": len(refused),
        "rows": [{"line": line, "fault": fault.key, "values": fault.values, "row": cells[line]} for line, fault in refused],
        "unknown": list(unknown),
    }  # fmt: skip


def written(city: City, actor: Actor, *, form: str, datum: str, purpose: str | None = None) -> dict[str, Any]:
    """The whole register as text, closed hazards too, in a form of `exchange.FORMATS`: text, and how many hazards it has.

    With a purpose names and numbers of persons are in it unmasked, and the record keeps who took them and why.
    """
    found = queries.rows(city, Look(clock.now()), Wanted(closed=True))
    if purpose is not None:
        persons = actions.disclose(city, [row["hazard_id"] for row in found], purpose, actor)
        found = [row | dict(zip(("person", "phone"), persons[row["hazard_id"]], strict=True)) for row in found]
    return {"text": exchange.write(found, form, datum), "hazards": len(found)}


def listed(city: City, wanted: Wanted) -> dict[str, Any]:
    """Hazards in order of attention as plain values, persons masked, with the figures of the register."""
    look = Look(clock.now())
    found = [{name: _plain(value) for name, value in row.items()} for row in queries.rows(city, look, wanted)]
    return {"figures": queries.summary(city, look), "hazards": found}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
