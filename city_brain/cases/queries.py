"""Reads about cases. Each takes the city and the moment looked at; frames carry UTC times and WGS-84 degrees."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from city_brain.cases import reading
from city_brain.cases.calendars import Calendar
from city_brain.cases.model import Look, Wanted
from city_brain.errors import NotFound
from city_brain.geo.grid import LEVELS
from city_brain.storage.city import City

MOST_POINTS = 5000
"""Points the live map draws; the most pressing ones when there are more, and the page says so."""
MOST_EXPORTED = 1_000_000
_WHICH = {False: "open", True: "closed", None: "all"}


def totals(city: City) -> dict[str, Any]:
    """How many cases there are (cases), unfinished (open), and when data last came in (last_arrival, UTC or None)."""
    with city.read() as cursor:
        return cursor.one("cases.totals") or {}


def points(city: City, look: Look, wanted: Wanted, size: int = MOST_POINTS) -> pd.DataFrame:
    """Unfinished cases with a point: case_id, lon, lat, state (mark), kind, step, rank. Most pressing last."""
    with city.read(look.as_of) as cursor:
        return cursor.frame("cases.points", **wanted.parameters(look.moment), size=size)


def marks(city: City, look: Look, wanted: Wanted) -> dict[str, dict[str, Any]]:
    """By mark: cases, unplaced (without a point), first_due, oldest."""
    with city.read(look.as_of) as cursor:
        return {row["state"]: row for row in cursor.rows("cases.marks", **wanted.parameters(look.moment))}


def queue(city: City, look: Look, wanted: Wanted, size: int = 60) -> pd.DataFrame:
    """The most pressing unfinished cases in order of attention: urgent, overdue, due soon, then by deadline."""
    with city.read(look.as_of) as cursor:
        return cursor.frame("cases.queue", **wanted.parameters(look.moment), size=size)


def board(
    city: City, look: Look, wanted: Wanted, *, finished: bool | None, size: int, skip: int,
    closed_since: datetime | None = None, judged_since: datetime | None = None,
) -> pd.DataFrame:  # fmt: skip
    """A page of the board: unfinished cases overdue first, finished ones or (`finished` None) both newest first.

    `closed_since` narrows finished cases, `judged_since` both together: due or closed since then, as `district_closing` counts.
    With `wanted.mine` unfinished means somebody's own queue, nearest clock first; what is asked of them of a finished case belongs to it.
    """
    with city.read(look.as_of) as cursor:
        given = wanted.parameters(look.moment) | {"size": size, "skip": skip, "closed_since": closed_since, "judged_since": judged_since}
        return cursor.frame(f"cases.board_{_which(wanted, finished)}", **given)


def count(
    city: City, look: Look, wanted: Wanted, *, finished: bool | None,
    closed_since: datetime | None = None, judged_since: datetime | None = None,
) -> int:  # fmt: skip
    """How many cases pass the filter."""
    with city.read(look.as_of) as cursor:
        given = wanted.parameters(look.moment) | {"closed_since": closed_since, "judged_since": judged_since}
        return int(cursor.value(f"cases.count_{_which(wanted, finished)}", **given))


def export(
    city: City, look: Look, wanted: Wanted, *, finished: bool | None,
    closed_since: datetime | None = None, judged_since: datetime | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Every column of the cases that pass the filter, at most a million, newest first."""
    with city.read(look.as_of) as cursor:
        given = wanted.parameters(look.moment) | {"size": MOST_EXPORTED, "closed_since": closed_since, "judged_since": judged_since}
        return cursor.frame(f"cases.export_{_which(wanted, finished)}", **given)


def _which(wanted: Wanted, finished: bool | None) -> str:
    return "mine" if wanted.mine is not None and finished is False else _WHICH[finished]


def choices(city: City, look: Look) -> dict[str, list[tuple[str, int]]]:
    """What the filters offer: for kind, department and district each value with its count of unfinished cases."""
    found: dict[str, list[tuple[str, int]]] = {"kind": [], "department": [], "district": []}
    with city.read(look.as_of) as cursor:
        for row in cursor.rows("cases.choices"):
            found[row["field"]].append((row["value"], row["cases"]))
    return found


def cells(city: City, look: Look, wanted: Wanted, *, days: float, edge_m: int = 500) -> pd.DataFrame:
    """Cases reported in the last `days` by cell: cell_x, cell_y (indices at `edge_m` metres), cases."""
    with city.read(look.as_of) as cursor:
        given = wanted.parameters(look.moment) | {"since": look.moment - timedelta(days=days)}
        return cursor.frame("cases.cells", **given, shift=LEVELS[edge_m])


def case(city: City, look: Look, case_id: str) -> dict[str, Any]:
    """One case, every column, with its `state` (mark or closed).

    Raises
    ------
    NotFound
        There is no such case (at that moment).
    """
    with city.read(look.as_of) as cursor:
        found = cursor.one("cases.case", case_id=case_id, moment=look.moment)
    if found is None:
        raise NotFound("no_case", case=case_id)
    return found


def history(city: City, look: Look, case_id: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The ended stays of a case and the acts on it, both in order."""
    with city.read(look.as_of) as cursor:
        return cursor.rows("cases.stages", case_id=case_id), cursor.rows("cases.acts", case_id=case_id)


def same_place(city: City, look: Look, found: dict[str, Any], *, radius_m: float = 150, size: int = 30) -> pd.DataFrame:
    """Other cases within `radius_m` metres of a case, newest first, with distance_m. Empty without a point."""
    given = {name: found[name] for name in ("case_id", "lon", "lat", "cell_x", "cell_y")}
    with city.read(look.as_of) as cursor:
        return cursor.frame("cases.same_place", **given, moment=look.moment, radius_m=radius_m, size=size)


def unfinished_near(city: City, look: Look, found: dict[str, Any], *, radius_m: float = 300, size: int = 20) -> pd.DataFrame:
    """Other unfinished cases a case may be merged into, those of its kind first, then the nearest: within `radius_m`, or at its address.

    Returns
    -------
    pandas.DataFrame
        case_id, kind, address, step, reported_at, distance_m (NaN without points).
    """
    given = {name: found[name] for name in ("case_id", "kind", "address", "lon", "lat", "cell_x", "cell_y")}
    with city.read(look.as_of) as cursor:
        return cursor.frame("desk.unfinished_near", **given, moment=look.moment, radius_m=radius_m, size=size)


def path(city: City, look: Look, case_id: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[int, list[str]]]:
    """What a case went through beside its steps: who passed it to whom, in order (from_department, to_department, received_at, passed_at,
    lost_s, ruled, comes_back); the cases merged into it (case_id, kind, reported_at); checksums of pictures by the sequence of their act.
    """
    with city.read(look.as_of) as cursor:
        pictures: dict[int, list[str]] = {}
        for row in cursor.rows("desk.pictures", case_id=case_id):
            pictures.setdefault(row["sequence"], []).append(row["checksum"])
        return cursor.rows("desk.passings", case_id=case_id, moment=look.moment), cursor.rows("desk.merged", case_id=case_id), pictures


def loads(city: City, steps: tuple[str, ...]) -> dict[str, int]:
    """How many unfinished cases lie with each holder in some steps, most first."""
    with city.read() as cursor:
        return {row["holder"]: row["cases"] for row in cursor.rows("desk.loads", steps=list(steps))}


def calendar(city: City) -> Calendar:
    """The working days of the city."""
    with city.read() as cursor:
        found = reading.calendar(cursor)
        _ = found.years  # it reads what it needs when first asked, and outlives the cursor
        return found


def steps(city: City, look: Look) -> dict[str, dict[str, Any]]:
    """By step that is not at rest: cases, overdue (unfinished ones alone), waiting_s (median seconds in the step so far)."""
    with city.read(look.as_of) as cursor:
        return {row["step"]: row for row in cursor.rows("cases.steps", moment=look.moment)}


def hours(city: City, look: Look, since: datetime) -> pd.DataFrame:
    """Cases reported and closed in each hour (hour: UTC start)."""
    with city.read(look.as_of) as cursor:
        return cursor.frame("cases.hours", since=since, moment=look.moment)


def between(city: City, look: Look, since: datetime, until: datetime) -> dict[str, Any]:
    """Cases reported, closed and closed late between two moments."""
    with city.read(look.as_of) as cursor:
        return cursor.one("cases.between", since=since, until=until) or {}


def stocks(city: City, look: Look, moments: list[datetime]) -> pd.DataFrame:
    """Open and overdue cases at each moment: at_moment, open, overdue."""
    with city.read(look.as_of) as cursor:
        return cursor.frame("cases.stocks", moments=moments)


def top_kinds(city: City, look: Look, since: datetime, size: int = 8) -> pd.DataFrame:
    """The kinds reported most since a moment, with the same stretch a week before: kind, cases, before."""
    with city.read(look.as_of) as cursor:
        return cursor.frame("cases.top_kinds", since=since, moment=look.moment, size=size)


def district_closing(city: City, look: Look, days: int = 7, least: int = 10) -> pd.DataFrame:
    """Closed in time by district: district, cases (due or closed in the period), in_time. Below `least` cases left out."""
    with city.read(look.as_of) as cursor:
        return cursor.frame("cases.district_closing", since=look.moment - timedelta(days=days), moment=look.moment, least=least)


def newest(city: City, look: Look, size: int = 10) -> pd.DataFrame:
    """The unfinished cases reported last."""
    with city.read(look.as_of) as cursor:
        return cursor.frame("cases.newest", moment=look.moment, size=size)


def weeks(city: City, look: Look) -> pd.DataFrame:
    """Cases reported in each week of the record: week (its Monday, UTC), reported; weeks without any are missing."""
    with city.read(look.as_of) as cursor:
        return cursor.frame("cases.weeks")


def same_times(city: City, look: Look, stretches: list[tuple[datetime, datetime]]) -> pd.DataFrame:
    """Cases reported and closed in each stretch of time (from, to): place (its index), reported, closed; one row for each."""
    sinces, untils = [since for since, _ in stretches], [until for _, until in stretches]
    with city.read(look.as_of) as cursor:
        return cursor.frame("cases.same_times", places=list(range(len(stretches))), sinces=sinces, untils=untils)


def freshness(city: City, look: Look) -> datetime | None:
    """The last moment of which the data speak (report, closing or act; UTC), None without cases."""
    with city.read(look.as_of) as cursor:
        found: datetime | None = cursor.value("cases.freshness", moment=look.moment)
        return found


def pressing(city: City, look: Look, size: int = 6) -> pd.DataFrame:
    """Urgent and overdue cases, newest first within each: case_id, kind, district, state, step, due_at, reported_at. No free text."""
    with city.read(look.as_of) as cursor:
        return cursor.frame("cases.pressing", moment=look.moment, size=size)


def period(city: City) -> dict[str, Any]:
    """The busiest week (its first day) and the first and last report of the record."""
    with city.read() as cursor:
        return cursor.one("cases.busiest_week") or {}


def open_for_staff(city: City) -> list[dict[str, Any]]:
    """Simulated cases that somebody has to move, unfinished ones and those to be evaluated, the longest waiting first.

    Beside what a standing has: case_id, version, sequence, acted_at, district, channel, urgency, kind, category_kind, category_code, and
    `twin` (an earlier unfinished case of the same kind within 150 m and two hours, for cases just reported).
    """
    with city.read() as cursor:
        return cursor.rows("cases.open_for_staff")


def holidays(city: City, since: date, until: date) -> pd.DataFrame:
    """Days from `since` to before `until` that are not as their weekday says and count in this city, in order.

    Returns
    -------
    pandas.DataFrame
        day (midnight, no zone), working, name (in Chinese where the State Council's table says it), basis (state_council or city).
    """
    with city.read() as cursor:
        found, said = cursor.frame("cases.holidays", since=since, until=until), cursor.one("cases.calendar") or {}
    counted = pd.to_datetime(pd.Series(said.get("days") or [], dtype="object"))
    return found[found["day"].isin(counted)].reset_index(drop=True)


def sure_years(city: City) -> frozenset[int]:
    """The years whose holidays are known in this city; in others working time counts Monday to Friday."""
    with city.read() as cursor:
        said = cursor.one("cases.calendar") or {}
    return frozenset(said.get("years") or ())
