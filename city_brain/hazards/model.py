"""The risk register in plain values: kinds, classes with their cycles, states, results, and what an entry must say.

A hazard (风险源, 隐患) is something that stands in the city and may harm it. Its class says how grave that would be (红橙黄蓝), and
so how often it is inspected (巡查); when it is gone it is closed (销号), never deleted.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from city_brain.errors import Fault


class HazardKind(StrEnum):
    """What a hazard is. Texts ``hazard.kind.<kind>``."""

    PONDING = "ponding"
    GAS_PIPE = "gas_pipe"
    AGEING_BUILDING = "ageing_building"
    SLOPE = "slope"
    DANGEROUS_GOODS = "dangerous_goods"
    ELEVATOR = "elevator"
    CONSTRUCTION = "construction"
    CROWDED_PLACE = "crowded_place"
    BRIDGE = "bridge"
    UNDERGROUND = "underground"
    OUTDOOR_SIGN = "outdoor_sign"
    ROAD_COLLAPSE = "road_collapse"
    OVERHEAD_LINE = "overhead_line"


class RiskClass(StrEnum):
    """How grave a hazard is (重大, 较大, 一般, 低), the gravest first. Texts ``hazard.class.<class>``."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    BLUE = "blue"


class State(StrEnum):
    """Whether a hazard is there. Texts ``hazard.state.<state>``."""

    IN_FORCE = "in_force"
    UNDER_TREATMENT = "under_treatment"
    CLOSED = "closed"


class Result(StrEnum):
    """What an inspection found. Texts ``hazard.result.<result>``."""

    CLEAR = "clear"
    FINDINGS = "findings"


class Condition(StrEnum):
    """How the inspection of a hazard stands, the most pressing first; SQL macro ``condition``. Texts ``hazard.condition.<condition>``."""

    OVERDUE = "overdue"
    DUE = "due"
    IN_TIME = "in_time"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Inspection:
    """What somebody saw at a hazard."""

    result: Result
    findings: str = ""
    inspector: str = ""
    """Who was there; whoever records it, where nothing is said."""
    inspected_on: date | None = None
    """A day of the city; today, where nothing is said."""


@dataclass(frozen=True, slots=True)
class Sort:
    """What goes with a kind of hazard."""

    kind: HazardKind
    owner: str
    """The department that usually answers for it (``data/departments.csv``)."""
    codes: tuple[str, ...]
    """Codes of the catalogue (GB/T 47678.5, matters and components alike) that tell of such a hazard. The first is what a case of it is
    reported as; a code of several kinds belongs to the first of them where a new hazard is proposed."""


SORTS: tuple[Sort, ...] = (
    Sort(HazardKind.PONDING, "water", ("01004", "01002", "01003")),
    Sort(HazardKind.GAS_PIPE, "gas_heating", ("01057", "01011", "01021", "01049")),
    Sort(HazardKind.AGEING_BUILDING, "housing", ("06004", "06005")),
    Sort(HazardKind.SLOPE, "roads", ("06048", "06023", "01071")),
    Sort(HazardKind.DANGEROUS_GOODS, "emergency", ("01013",)),
    Sort(HazardKind.ELEVATOR, "market", ("01076",)),
    Sort(HazardKind.CONSTRUCTION, "housing", ("08007", "08004", "08013", "08014")),
    Sort(HazardKind.CROWDED_PLACE, "emergency", ("09012", "01013")),
    Sort(HazardKind.BRIDGE, "roads", ("02009", "02006", "02008", "09017")),
    Sort(HazardKind.UNDERGROUND, "housing", ("02007", "02044", "05002")),
    Sort(HazardKind.OUTDOOR_SIGN, "city_management", ("03006", "07003", "06043")),
    Sort(HazardKind.ROAD_COLLAPSE, "roads", ("06013",)),
    Sort(HazardKind.OVERHEAD_LINE, "power", ("10002",)),
)
SORT: dict[HazardKind, Sort] = {sort.kind: sort for sort in SORTS}
CYCLES: dict[RiskClass, int] = {RiskClass.RED: 7, RiskClass.ORANGE: 30, RiskClass.YELLOW: 90, RiskClass.BLUE: 180}
"""Days from one inspection to the next, while no manager has set others."""
LONGEST_CYCLE = 730
DUE_DAYS = 7
"""An inspection within so many days is due soon."""
MATCHED_M = 100.0
"""How near a case lies to a hazard that it tells of, metres."""

FIELDS = (
    "hazard_id", "name", "kind", "risk_class", "state", "lon", "lat", "district", "street", "address", "department", "person", "phone",
    "last_on", "next_on", "notes", "source",
)  # fmt: skip
"""What the register says of a hazard, in the order of an export. Labels ``field.hazard.<field>``."""
EDITABLE = ("name", "kind", "risk_class", "state", "lon", "lat", "address", "department", "person", "phone", "next_on", "notes")
OWNERS_OWN = frozenset({"name", "address", "state", "person", "phone", "notes"})
"""What a department may change of its own hazards; the class, the owner and closing are the manager's."""
NEEDED = ("name", "kind", "risk_class", "lon", "lat", "department")
LONGEST = 500
"""Letters of one text, at most."""
FARTHEST_KM = 100.0
_KM_PER_DEGREE = 111.2
_DOUBLE_SURNAMES = ("欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "夏侯")


def number(hazard: Mapping[str, Any]) -> str:
    """The number of a hazard that has none: of its kind, name and place, so that the same list twice makes the same."""
    told = "|".join(str(hazard.get(name) or "") for name in ("kind", "name", "lon", "lat"))
    return f"F-{hashlib.sha256(told.encode()).hexdigest()[:10].upper()}"


def degrees(said: object) -> float:
    """A coordinate to look areas up with; one that cannot be lies nowhere, and is refused when the entry is checked."""
    return float(said) if isinstance(said, int | float) and math.isfinite(said) else 0.0


def turned(risk_class: str, steps: int) -> RiskClass | None:
    """The class so many steps graver (below 0: less grave); None where there is none."""
    place = list(RiskClass).index(RiskClass(risk_class)) - steps
    return list(RiskClass)[place] if 0 <= place < len(RiskClass) else None


def next_after(day: date, risk_class: str, cycles: Mapping[str, int]) -> date:
    """The day of the inspection that follows one, by the cycle of the class."""
    return day + timedelta(days=cycles[risk_class])


def brought_forward(last_on: date | None, next_on: date, risk_class: str, cycles: Mapping[str, int], today: date) -> date:
    """The day of the next inspection under another class or cycle.

    It is counted from the last inspection (from today where there was none), and is today at the soonest: nobody is late because a rule
    has changed. What was overdue stays so.
    """
    return next_on if next_on < today else max(next_after(last_on or today, risk_class, cycles), today)


def check(hazard: Mapping[str, Any], today: date, centre: tuple[float, float] | None) -> None:
    """Whether an entry says what it must, and nothing that cannot be.

    Parameters
    ----------
    hazard : mapping
        Of `FIELDS`; degrees in WGS-84, `last_on` and `next_on` days of the city.
    centre : (lon, lat), optional
        Of the city in which the point has to lie, WGS-84 degrees.

    Raises
    ------
    Fault
        The first thing that is wrong; `field` names it.
    """
    for field in NEEDED:
        if hazard.get(field) in (None, ""):
            raise _refused("missing", field)
    for field, allowed in (("kind", HazardKind), ("risk_class", RiskClass), ("state", State)):
        if hazard[field] not in list(allowed):
            raise _refused("unknown", field, value=str(hazard[field]), allowed=", ".join(allowed))
    _check_place(hazard["lon"], hazard["lat"], centre)
    for field, value in hazard.items():
        if isinstance(value, str) and len(value) > LONGEST:
            raise _refused("long", field, most=LONGEST)
    if hazard.get("last_on") and hazard["last_on"] > today:
        raise _refused("future", "last_on", value=hazard["last_on"].isoformat())


def _check_place(lon: float, lat: float, centre: tuple[float, float] | None) -> None:
    """A point that can be, and lies in the city; where it only would the other way round, that is said."""
    away = _km(lon, lat, *centre) if centre else 0.0
    if centre and away > FARTHEST_KM and _km(lat, lon, *centre) <= FARTHEST_KM:
        raise _refused("swapped", "lon")
    for field, value, most in (("lon", lon, 180.0), ("lat", lat, 90.0)):
        if not math.isfinite(value) or abs(value) > most:
            raise _refused("range", field, value=str(value))
    if away > FARTHEST_KM:
        raise _refused("far", "lon", km=round(away))


def _km(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    east = (lon - to_lon) * math.cos(math.radians(to_lat))
    return math.hypot(east, lat - to_lat) * _KM_PER_DEGREE


def _refused(why: str, field: str, **values: object) -> Fault:
    return Fault(f"hazard_{why}", field=f"hazard.{field}", **values)


def masked_person(name: str | None) -> str | None:
    """A name as it is shown: the surname, then an asterisk (张*, 欧阳*, S*)."""
    if not name:
        return name
    return (name[:2] if name.startswith(_DOUBLE_SURNAMES) and len(name) > 2 else name[:1]) + "*"


def masked_phone(phone: str | None) -> str | None:
    """A number as it is shown: the first three and last four digits (138****1234); of a short one the last two."""
    if not phone:
        return phone
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 10 else f"****{phone[-2:]}" if len(phone) > 4 else "****"


MASKS = {"person": masked_person, "phone": masked_phone}
"""Personal data of an entry, and how each is shown."""


def masked(hazard: Mapping[str, Any]) -> dict[str, Any]:
    """An entry with its personal data masked."""
    return {name: MASKS[name](value) if name in MASKS else value for name, value in hazard.items()}
