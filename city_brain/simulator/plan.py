"""The plan of the demo city: cases with their whole life ahead, in the normalised form of incidents.

`plans` gives days of them, `as_of` shows a plan as it stands at a moment, `arrivals` gives the reports of one minute.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from city_brain.cases.lifecycle import Step
from city_brain.incidents.model import SCHEMA, Location, Urgency
from city_brain.simulator import ways
from city_brain.simulator.curves import Floats
from city_brain.simulator.days import Draws, drawn_day, drawn_minute, joined
from city_brain.simulator.geography import Town
from city_brain.simulator.kinds import KIND
from city_brain.simulator.limits import limits, rules, urgent, working_days
from city_brain.simulator.lives import Lives, channels, lives
from city_brain.simulator.places import Pool, pool
from city_brain.simulator.responsible import department_names
from city_brain.simulator.words import coded_words, outcome_words, reported_words

AREA_SHARE = 0.015
"""Part of the cases that have an area and no point."""
_OFF_ADDRESS_M = 40.0
_TIME = pa.timestamp("us", tz="UTC")
_LIMITED = ("due_at", "time_limit", "extensions")
"""What a case has once it is sent to a department."""
_ANSWERED = ("reached", "solved", "satisfied")
"""What a case has once the reporter was called back: when it is archived."""


def plans(town: Town, *, seed: int, start: datetime, end: datetime, per_day: float) -> pa.Table:
    """Cases reported from `start` up to, not including, `end`, each with its whole planned life.

    Parameters
    ----------
    town : Town
    seed : int
        The same seed gives the same day on every machine.
    start, end : datetime
        Aware.
    per_day : float
        Mean number of cases of a day; weekday, season and weather move it.

    Returns
    -------
    pyarrow.Table
        Schema `incidents.model.SCHEMA`, ordered by `reported_at`. `row_number` counts within the table; everything else of a
        row depends on seed, town, `per_day` and its own day alone. `steps` ends with ``archived`` or ``rejected``, which
        has no end. `closed_at` is the beginning of ``evaluate`` or ``rejected``. `due_at` is `time_limit` in the working time of
        the town, from the first dispatch, with extensions and suspension. Points are WGS-84 degrees.
    """
    zone = ZoneInfo(town.timezone)
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
    places = pool(town, seed)
    draws = joined([drawn_day(places, day, seed=seed, per_day=per_day, zone=zone) for day in days])
    draws = draws.rows((draws.reported >= start.timestamp()) & (draws.reported < end.timestamp()))
    numbers = [f"-{number:04d}" for number in range(int(draws.number.max(initial=0)) + 1)]
    stamps = [f"{date.fromordinal(day.toordinal()):%Y%m%d}" for day in days]
    ids = pc.binary_join_element_wise(
        pa.array(stamps).take(pa.array(draws.day - days[0].toordinal())), pa.array(numbers).take(pa.array(draws.number)), ""
    )
    return _planned(town, places, draws, lives(draws, places, working_days(town.timezone)), ids)


def arrivals(town: Town, *, seed: int, minute: datetime, mean_gap_s: float) -> pa.Table:
    """Cases that arrive within the UTC minute of `minute` (aware), as they are reported: what becomes of them nobody has planned.

    Returns
    -------
    pyarrow.Table
        As `plans`, open and without steps, deadline or department; `external_id` is ``L``, the minute on the city's clock
        (yymmddHHMM) and a letter or number.
    """
    zone = ZoneInfo(town.timezone)
    places = pool(town, seed)
    draws = drawn_minute(places, minute, seed=seed, mean_gap_s=mean_gap_s, zone=zone)
    stamp = f"L{minute.astimezone(zone):%y%m%d%H%M}"
    ids = [stamp + (chr(64 + number) if number <= 26 else str(number)) for number in draws.number.tolist()]
    return _filled(_reported(town, places, draws, pa.array(ids, pa.string()), channels(draws), urgent(draws, limits(draws))))


def as_of(table: pa.Table, moment: datetime) -> pa.Table:
    """The plans as they stand at a moment: what is reported by then, with the steps begun by then.

    Parameters
    ----------
    table : pyarrow.Table
        From `plans` or this function.
    moment : datetime
        Aware.

    Returns
    -------
    pyarrow.Table
        Same schema. Rows reported later are left out; the present step has no end; a case that is not closed yet has status
        open, no `closed_at` and no `outcome`; `department` is who was last sent it, if anyone; before the first dispatch there
        is no deadline, before the archive no call-back; `updated_at` is the beginning of the present step.
        ``as_of(as_of(t, late), early)`` equals ``as_of(t, early)``.
    """
    cut = pa.scalar(moment.astimezone(UTC), _TIME)
    known = pc.less_equal(table["reported_at"], cut)
    table = (table if pc.all(known).as_py() else table.filter(known)).combine_chunks()
    if not table.num_rows:
        return table
    steps = table["steps"].chunk(0)
    flat, lengths = steps.flatten(), pc.list_value_length(steps).to_numpy(zero_copy_only=False)
    begun = pc.less_equal(flat.field("from_at"), cut).to_numpy(zero_copy_only=False)
    row = np.repeat(np.arange(len(lengths)), lengths)
    kept = np.bincount(row[begun], minlength=len(lengths))
    flat = flat.filter(pa.array(begun))
    ends = pc.if_else(pc.less_equal(flat.field("to_at"), cut), flat.field("to_at"), pa.scalar(None, _TIME))
    step = flat.field("step")
    handled, archived = (_last(step, name, row[begun], len(lengths)) for name in (Step.HANDLE, Step.ARCHIVED))
    sent, settled = pa.array(handled >= 0), pa.array(archived >= 0)
    closed = pc.fill_null(pc.less_equal(table["closed_at"], cut), False)
    changed = {
        "steps": _lists(kept, step, flat.field("holder"), flat.field("from_at"), ends),
        "updated_at": flat.field("from_at").take(pa.array(np.cumsum(kept) - 1)),
        "department": flat.field("holder").take(pa.array(handled, mask=handled < 0)),
        "closed_at": pc.if_else(closed, table["closed_at"], pa.scalar(None, _TIME)),
        "outcome": pc.if_else(closed, table["outcome"], pa.scalar(None, pa.string())),
        "status": pc.if_else(closed, "closed", "open"),
        **{name: _only(table[name], sent) for name in _LIMITED},
        **{name: _only(table[name], settled) for name in _ANSWERED},
    }
    return pa.Table.from_arrays([changed.get(name, table[name]) for name in SCHEMA.names], schema=SCHEMA)


def _planned(town: Town, places: Pool, draws: Draws, planned: Lives, ids: pa.Array) -> pa.Table:
    """Reports with the whole of their lives."""
    step, holder, begin, end = _flat_steps(planned)
    lengths, sent, answers = ways.LENGTHS[planned.way], pa.array(planned.sent), planned.answers
    said = pa.array(answers.reached)
    columns = _reported(town, places, draws, ids, planned.channel, planned.urgent) | {
        "updated_at": begin.take(pa.array(np.cumsum(lengths) - 1)),
        "due_at": _times(planned.due, missing=~planned.sent),
        "closed_at": _times(planned.closed),
        "status": pa.repeat("closed", len(lengths)),
        "department": _only(pa.array(department_names()).take(pa.array(planned.department)), sent),
        "outcome": outcome_words(draws, ways.passing(Step.REJECTED)[planned.way]),
        "steps": _lists(lengths, step, holder, begin, end),
        "time_limit": _only(rules().texts.take(pa.array(planned.limits.rule)), sent),
        "extensions": _only(pa.array(planned.extensions, pa.int32()), sent),
        "reached": _only(said, pa.array(answers.called)),
        "solved": _only(pa.array(answers.solved), said),
        "satisfied": _only(pa.array(answers.satisfied), said),
    }
    return _filled(columns)


def _reported(
    town: Town, places: Pool, draws: Draws, ids: pa.Array, channel: npt.NDArray[np.int64], pressing: npt.NDArray[np.bool_]
) -> dict[str, pa.Array]:
    """The columns of what is reported."""
    size, here = len(draws.day), pa.array(draws.place)
    lon, lat, placed = _points(town, places, draws)
    return {
        "row_number": pa.array(np.arange(1, size + 1)),
        "external_id": ids,
        "reported_at": _times(draws.reported),
        "status": pa.repeat("open", size),
        "category_kind": pa.repeat(KIND, size),
        "description": reported_words(draws, channel, places.spot.take(here)),
        "address": places.address.take(here),
        "district": places.district.take(here),
        "street": places.street.take(here),
        "community": places.community.take(here),
        "lon": pa.array(lon, mask=~placed),
        "lat": pa.array(lat, mask=~placed),
        "location_quality": pc.if_else(pa.array(placed), str(Location.POINT), str(Location.AREA)),
        "urgency": pc.if_else(pa.array(pressing), str(Urgency.URGENT), str(Urgency.NORMAL)),
        **coded_words(draws, channel),
    }


def _filled(columns: dict[str, pa.Array]) -> pa.Table:
    """The columns as a table of the normalised form; the others are empty."""
    size = len(columns["external_id"])
    return pa.Table.from_arrays(
        [columns[field.name] if field.name in columns else pa.nulls(size, field.type) for field in SCHEMA], schema=SCHEMA
    )


def _only(values: pa.Array, where: pa.Array) -> pa.Array:
    """The values where something is so, and none elsewhere."""
    return pc.if_else(where, values, pa.scalar(None, values.type))


def _points(town: Town, places: Pool, draws: Draws) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """A point a few steps from the address, WGS-84 degrees with 6 decimals; and whether there is one."""
    away = (np.column_stack([draws.chance("east"), draws.chance("north")]) * 2 - 1) * _OFF_ADDRESS_M
    shift = town.plane.degrees(away) - (town.lon, town.lat)
    placed = draws.chance("placed") >= AREA_SHARE
    return np.round(places.lon[draws.place] + shift[:, 0], 6), np.round(places.lat[draws.place] + shift[:, 1], 6), placed


def _flat_steps(planned: Lives) -> tuple[pa.Array, pa.Array, pa.Array, pa.Array]:
    """All steps of all rows one after the other: step, holder, beginning, end."""
    used = np.arange(ways.WIDEST) < ways.LENGTHS[planned.way][:, None]
    codes, holds = ways.CODES[planned.way][used], ways.HOLDS[planned.way]
    departments = len(department_names())
    named = [planned.department[:, None], planned.other[:, None]]
    holder = np.select([holds == ways.RIGHT, holds == ways.OTHER], named, departments + holds)[used]
    rests = (holds == ways.NOBODY)[used]
    following = np.concatenate([planned.begins[:, 1:], planned.begins[:, -1:]], axis=1)
    return (
        pa.array([str(step) for step in ways.STEPS]).take(pa.array(codes)),
        pa.array([*department_names(), *ways.POSTS]).take(pa.array(holder, mask=rests)),
        _times(planned.begins[used]),
        _times(following[used], missing=rests),
    )


def _last(step: pa.Array, wanted: Step, row: npt.NDArray[np.int64], rows: int) -> npt.NDArray[np.int64]:
    """Where each row has its last stay in a step, -1 where it has none."""
    found = np.flatnonzero(pc.equal(step, str(wanted)).to_numpy(zero_copy_only=False))
    last = np.full(rows, -1, dtype=np.int64)
    last[row[found]] = found
    return last


def _lists(lengths: npt.NDArray[np.int64], step: pa.Array, holder: pa.Array, begin: pa.Array, end: pa.Array) -> pa.ListArray:
    kind = SCHEMA.field("steps").type
    structs = pa.StructArray.from_arrays([step, holder, begin, end], fields=list(kind.value_type))
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), structs, type=kind)


def _times(seconds: npt.NDArray[np.int64], missing: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    return pa.array(seconds * 1_000_000, pa.int64(), mask=missing).cast(_TIME)
