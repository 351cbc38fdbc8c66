"""Acts of supervision: a manager sets what counts how much in the composite score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from city_brain import clock
from city_brain.record.events import Draft
from city_brain.roles import Actor, Right, require
from city_brain.storage.city import Act, City
from city_brain.storage.cursor import Cursor
from city_brain.supervision.score import check


def set_weights(city: City, weights: Mapping[str, float], actor: Actor) -> int:
    """Say what counts how much in the composite score from now on: weight by measure. Returns the sequence of the act.

    Raises
    ------
    NotAllowed, Fault
        The role may not; a measure is unknown, a weight negative, or all are nothing.
    """
    require(actor, Right.RULE)
    given = {measure: float(weight) for measure, weight in weights.items() if weight}
    check(given)

    def decide(cursor: Cursor) -> Sequence[Draft]:
        return [Draft("score", "score.weighted", clock.now(), {"weights": given})]

    return city.record(Act(actor.signature, decide, about="score"))
