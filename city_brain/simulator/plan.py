"""The plan of the demo city: cases with their whole life ahead, in the normalised form of incidents.

`plans` gives days of them, `live_plans` the arrivals of one minute, `as_of` shows a plan as it stands at a moment.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from city_brain.cases.lifecycle import HOLDERS, PHASES, Phase, Step
from city_brain.incidents.model import SCHEMA, Location, Urgency
from city_brain.simulator.curves import Floats
from city_brain.simulator.days import Draws, drawn_day, drawn_minute, joined
from city_brain.simulator.geography import Town
from city_brain.simulator.kinds import KIND
from city_brain.simulator.lives import LENGTHS, PATHS, Lives, department_names, lives
from city_brain.simulator.places import Pool, pool
from city_brain.simulator.words import coded_words, outcome_words, reported_words

AREA_SHARE = 0.015
"""Part of the cases that have an area and no point."""
_OFF_ADDRESS_M = 40.0
_TIME = pa.timestamp("us", tz="UTC")
_STEPS = list(Step)


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
        has no end. `closed_at` is the beginning of ``evaluate`` or ``rejected``. Points are WGS-84 degrees.
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
    return _table(town, places, draws, lives(draws), ids)


def live_plans(town: Town, *, seed: int, minute: datetime, mean_gap_s: float) -> pa.Table:
    """Cases that arrive within the UTC minute of `minute` (aware), with quick lives.

    Returns
    -------
    pyarrow.Table
        As `plans`; `external_id` is ``L``, the minute on the city's clock (yymmddHHMM) and a letter or number.
    """
    zone = ZoneInfo(town.timezone)
    places = pool(town, seed)
    draws = drawn_minute(places, minute, seed=seed, mean_gap_s=mean_gap_s, zone=zone)
    stamp = f"L{minute.astimezone(zone):%y%m%d%H%M}"
    ids = [stamp + (chr(64 + number) if number <= 26 else str(number)) for number in draws.number.tolist()]
    return _table(town, places, draws, lives(draws, live=True), pa.array(ids, pa.string()))


def as_of(table: pa.Table, moment: datetime) -> pa.Table:
    """The plans as they stand at a moment: what is reported by then, with the steps begun by then.

    Parameters
    ----------
    table : pyarrow.Table
        From `plans`, `live_plans` or this function.
    moment : datetime
        Aware.

    Returns
    -------
    pyarrow.Table
        Same schema. Rows reported later are left out; the present step has no end; a case that is not closed yet has status
        open, no `closed_at` and no `outcome`; `department` is who was last sent it, if anyone; `updated_at` is the
        beginning of the present step. ``as_of(as_of(t, late), early)`` equals ``as_of(t, early)``.
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
    department = _last_handler(flat.field("step"), flat.field("holder"), row[begun], len(lengths))
    closed = pc.fill_null(pc.less_equal(table["closed_at"], cut), False)
    changed = {
        "steps": _lists(kept, flat.field("step"), flat.field("holder"), flat.field("from_at"), ends),
        "updated_at": flat.field("from_at").take(pa.array(np.cumsum(kept) - 1)),
        "department": department,
        "closed_at": pc.if_else(closed, table["closed_at"], pa.scalar(None, _TIME)),
        "outcome": pc.if_else(closed, table["outcome"], pa.scalar(None, pa.string())),
        "status": pc.if_else(closed, "closed", "open"),
    }
    return pa.Table.from_arrays([changed.get(name, table[name]) for name in SCHEMA.names], schema=SCHEMA)


def _table(town: Town, places: Pool, draws: Draws, planned: Lives, ids: pa.Array) -> pa.Table:
    size = len(draws.day)
    here = pa.array(draws.place)
    lon, lat, placed = _points(town, places, draws)
    step, holder, begin, end = _flat_steps(planned)
    names = pa.array(department_names())
    accepted = pa.array(planned.path > 0)
    columns: dict[str, pa.Array] = {
        "row_number": pa.array(np.arange(1, size + 1)),
        "external_id": ids,
        "reported_at": _times(draws.reported),
        "updated_at": begin.take(pa.array(np.cumsum(LENGTHS[planned.path]) - 1)),
        "due_at": _times(planned.due),
        "closed_at": _times(planned.closed),
        "status": pa.repeat("closed", size),
        "category_kind": pa.repeat(KIND, size),
        "description": reported_words(draws, planned.channel, places.spot.take(here)),
        "address": places.address.take(here),
        "district": places.district.take(here),
        "street": places.street.take(here),
        "community": places.community.take(here),
        "department": pc.if_else(accepted, names.take(pa.array(planned.department)), pa.scalar(None, pa.string())),
        "lon": pa.array(lon, mask=~placed),
        "lat": pa.array(lat, mask=~placed),
        "location_quality": pc.if_else(pa.array(placed), str(Location.POINT), str(Location.AREA)),
        "urgency": pc.if_else(pa.array(planned.urgent), str(Urgency.URGENT), str(Urgency.NORMAL)),
        "outcome": outcome_words(draws, planned.path == 0),
        "steps": _lists(LENGTHS[planned.path], step, holder, begin, end),
    }
    columns |= coded_words(draws, planned.channel)
    return pa.Table.from_arrays(
        [columns[field.name] if field.name in columns else pa.nulls(size, field.type) for field in SCHEMA], schema=SCHEMA
    )


def _points(town: Town, places: Pool, draws: Draws) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """A point a few steps from the address, WGS-84 degrees with 6 decimals; and whether there is one."""
    away = (draws.uniform[:, 18:20] * 2 - 1) * _OFF_ADDRESS_M
    shift = town.plane.degrees(away) - (town.lon, town.lat)
    placed = draws.uniform[:, 20] >= AREA_SHARE
    return np.round(places.lon[draws.place] + shift[:, 0], 6), np.round(places.lat[draws.place] + shift[:, 1], 6), placed


def _flat_steps(planned: Lives) -> tuple[pa.Array, pa.Array, pa.Array, pa.Array]:
    """All steps of all rows one after the other: step, holder, beginning, end."""
    widest = int(LENGTHS.max())
    used = np.arange(widest) < LENGTHS[planned.path][:, None]
    codes = np.array([[_STEPS.index(step) for step in path] + [0] * (widest - len(path)) for path in PATHS])[planned.path]
    fixed = len(department_names())
    posts = sorted(set(HOLDERS.values()))
    of_step = np.array([fixed + posts.index(HOLDERS[step]) if step in HOLDERS else -1 for step in _STEPS])
    holder = of_step[codes]
    by_department = (holder < 0) & used
    wrong = _wrongly_held(planned.path, widest)
    holder = np.where(by_department, np.where(wrong, planned.other[:, None], planned.department[:, None]), holder)
    rests = np.array([PHASES[step] is Phase.DONE and step is not Step.EVALUATE for step in _STEPS])[codes]
    held = pa.array(holder[used], mask=rests[used])
    following = np.concatenate([planned.begins[:, 1:], planned.begins[:, -1:]], axis=1)
    return (
        pa.array([str(step) for step in _STEPS]).take(pa.array(codes[used])),
        pa.array([*department_names(), *posts]).take(held),
        _times(planned.begins[used]),
        _times(following[used], missing=rests[used]),
    )


def _wrongly_held(path: npt.NDArray[np.int64], widest: int) -> npt.NDArray[np.bool_]:
    """Where a step is with the department that sends the case back: the first handling, or the middle one of three."""
    table = np.zeros((len(PATHS), widest), dtype=bool)
    for index, steps in enumerate(PATHS):
        handled = [place for place, step in enumerate(steps) if step is Step.HANDLE]
        returns = [place for place in handled if steps[place + 1] is Step.DISPATCH]
        if returns:
            table[index, returns[-1]] = True
    return table[path]


def _last_handler(step: pa.Array, holder: pa.Array, row: npt.NDArray[np.int64], rows: int) -> pa.Array:
    handled = np.flatnonzero(pc.equal(step, str(Step.HANDLE)).to_numpy(zero_copy_only=False))
    last = np.full(rows, -1, dtype=np.int64)
    last[row[handled]] = handled
    return holder.take(pa.array(last, mask=last < 0))


def _lists(lengths: npt.NDArray[np.int64], step: pa.Array, holder: pa.Array, begin: pa.Array, end: pa.Array) -> pa.ListArray:
    kind = SCHEMA.field("steps").type
    structs = pa.StructArray.from_arrays([step, holder, begin, end], fields=list(kind.value_type))
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), structs, type=kind)


def _times(seconds: npt.NDArray[np.int64], missing: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    return pa.array(seconds * 1_000_000, pa.int64(), mask=missing).cast(_TIME)
