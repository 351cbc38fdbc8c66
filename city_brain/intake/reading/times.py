"""Times as sources write them, column by column, to UTC.

Understood: ISO 8601 with and without a zone, ``2011年7月1日 上午8:05``, ``2011/7/1 8:05``,
``07/01/2011 08:05:00 AM``, ``1 Jul 2011``, ``20110701080533``, epoch seconds and milliseconds and
Excel's day numbers. Whether ``01/02/2011`` is January or February is decided over the whole
column: any value above 12 in either place decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from city_brain.errors import Fault

Moments = npt.NDArray[np.datetime64]
Mask = npt.NDArray[np.bool_]

_CLOCK = (
    r"(?:[T\s,]*(?P<noon>上午|下午|中午|凌晨|早上|晚上)?\s*(?P<h>\d{1,2})(?:[:：时点]|(?P<bare>\s*[AaPp]))(?:(?P<mi>\d{1,2})(?:[:：分](?P<s>\d{1,2})秒?"
    r"(?:[.,](?P<f>\d{1,9}))?|分)?)?)?\s*(?P<half>[AaPp]?\.?[Mm]?\.?)\s*(?P<z>Z|z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?$"
)
_YEAR_FIRST = r"^(?P<y>\d{4})\s*[-/.年]\s*(?P<mo>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})日?" + _CLOCK
_YEAR_LAST = r"^(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{4}|\d{2})" + _CLOCK
_NAMED_MONTH = (
    r"^(?:[A-Za-z]{3,9},?\s+)?(?:(?P<d>\d{1,2})[\s-](?P<mon>[A-Za-z]{3})[a-z]*\.?|(?P<mon2>[A-Za-z]{3})[a-z]*\.?\s+(?P<d2>\d{1,2}))(?:,?[\s-])\s*(?P<y>\d{4})"
    + _CLOCK
)
_DIGITS = r"^(?P<y>(?:19|20)\d{2})(?P<mo>[01]\d)(?P<d>[0-3]\d)(?P<h>[0-2]\d)?(?P<mi>[0-5]\d)?(?P<s>[0-5]\d)?$"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_EXCEL_START = np.datetime64("1899-12-30", "us")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a column says about how it is written; evidence of chunks is added up."""

    filled: int = 0
    read: int = 0
    naive: int = 0
    day_first: int = 0
    """Year-last dates whose first number is above 12."""
    month_first: int = 0
    """Year-last dates whose second number is above 12."""
    either: int = 0
    """Year-last dates that could be both."""

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    def order(self, default: str = "mdy") -> tuple[str, bool]:
        """`dmy` or `mdy`, and whether it had to be assumed."""
        if self.day_first == self.month_first:
            return default, self.either + self.day_first > 0
        return ("dmy" if self.day_first > self.month_first else "mdy"), False


@dataclass(frozen=True, slots=True)
class Times:
    """A column of times: UTC microseconds (NaT where empty or unreadable)."""

    moments: Moments
    unreadable: Mask
    """There is text, but no time in it."""
    naive: Mask
    """The text names no zone; the source's was used."""
    date_only: Mask
    """The text has a date and no time of day."""


@dataclass(slots=True)
class _Local:
    """Local or absolute moments being collected."""

    moments: Moments
    absolute: Mask
    date_only: Mask
    evidence: Evidence


def zone(name: str) -> str:
    """The zone, if there is one of this name.

    Raises
    ------
    Fault
        ``timezone``: unknown.
    """
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Fault("timezone", timezone=name) from None


def evidence(column: pa.Array) -> Evidence:
    """What a column of text says about itself; see `Evidence`."""
    return _read(column, "mdy").evidence


def parse(column: pa.Array, *, order: str = "mdy", timezone: str | None = None) -> Times:
    """Read a column of text.

    Parameters
    ----------
    column : string array
        Empty cells are null.
    order : str
        `mdy` or `dmy`, for dates that end in the year.
    timezone : str, optional
        Zone of times that name none (IANA). At the autumn change the earlier of the two moments is
        meant; times the spring change skips move to its end.

    Returns
    -------
    Times
        Aligned with the column.

    Raises
    ------
    Fault
        ``timezone_missing``: some times name no zone and none is given.
    """
    column = column.cast(pa.string())
    local = _read(column, order)
    known = ~np.isnat(local.moments)
    filled = np.asarray(pc.fill_null(pc.match_substring_regex(column, r"\S"), False))
    naive = known & ~local.absolute
    moments = local.moments
    if naive.any():
        if timezone is None:
            raise Fault("timezone_missing")
        stated = pa.array(np.where(naive, moments, np.datetime64("NaT", "us")), pa.timestamp("us"))
        there = pc.assume_timezone(stated, zone(timezone), ambiguous="earliest", nonexistent="latest")
        moments = np.where(naive, there.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False), moments)
    return Times(moments, filled & ~known, naive, local.date_only & known)


def _read(column: pa.Array, order: str) -> _Local:
    column = pc.utf8_trim_whitespace(column.cast(pa.string()))
    size = len(column)
    filled = np.asarray(pc.fill_null(pc.greater(pc.utf8_length(column), 0), False))
    state = _Local(np.full(size, np.datetime64("NaT", "us")), np.zeros(size, bool), np.zeros(size, bool), Evidence())
    _quickly(column, filled, state)
    both = _Tally()
    for pattern in (_YEAR_FIRST, _YEAR_LAST, _DIGITS, _NAMED_MONTH):
        left = np.flatnonzero(filled & np.isnat(state.moments))
        if len(left):
            _match(column, left, pattern, order, state, both)
    left = np.flatnonzero(filled & np.isnat(state.moments))
    if len(left):
        _numbers(column, left, state)
    known = ~np.isnat(state.moments)
    state.evidence = Evidence(
        int(filled.sum()), int(known.sum()), int((known & ~state.absolute).sum()), both.day_first, both.month_first, both.either
    )
    return state


def _quickly(column: pa.Array, filled: Mask, state: _Local) -> None:
    """The plain ``YYYY-MM-DD HH:MM:SS`` most columns hold, if all cells of that length are valid."""
    usual = filled & np.asarray(pc.fill_null(pc.equal(pc.utf8_length(column), 19), False))
    if usual.any():
        try:
            state.moments[usual] = column.filter(pa.array(usual)).cast(pa.timestamp("us")).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            return  # another way of writing: the patterns below tell which cells are times


@dataclass(slots=True)
class _Tally:
    day_first: int = 0
    month_first: int = 0
    either: int = 0


def _match(column: pa.Array, left: npt.NDArray[np.int64], pattern: str, order: str, state: _Local, tally: _Tally) -> None:
    found = pc.extract_regex(column.take(pa.array(left)), pattern)
    hit = np.asarray(found.is_valid())
    if not hit.any():
        return
    rows, found = left[hit], found.filter(pa.array(hit))
    names = {field.name for field in found.type}
    part = {name: found.field(name) for name in names}
    year = _whole(part["y"])
    year = np.where(year < 100, np.where(year < 70, 2000, 1900) + year, year)
    if "a" in names:
        first, second = _whole(part["a"]), _whole(part["b"])
        tally.day_first += int(((first > 12) & (second <= 12)).sum())
        tally.month_first += int(((second > 12) & (first <= 12)).sum())
        tally.either += int(((first <= 12) & (second <= 12) & (first != second)).sum())
        month, day = (second, first) if order == "dmy" else (first, second)
    elif "mon" in names:
        names_of = pc.utf8_lower(pc.binary_join_element_wise(part["mon"], part["mon2"], ""))
        month = np.asarray(pc.fill_null(pc.index_in(names_of, pa.array(_MONTHS)), -1)) + 1
        day = np.maximum(_whole(part["d"]), _whole(part["d2"]))
    else:
        month, day = _whole(part["mo"]), _whole(part["d"])
    moments, date_only = _assemble(year, month, day, part)
    state.moments[rows] = moments
    state.date_only[rows] = date_only
    if "z" in part:
        offset, stated = _offset(part["z"])
        state.moments[rows] = state.moments[rows] - offset
        state.absolute[rows] = stated & ~np.isnat(moments)


def _assemble(
    year: npt.NDArray[np.int64], month: npt.NDArray[np.int64], day: npt.NDArray[np.int64], part: dict[str, pa.Array]
) -> tuple[Moments, Mask]:
    hour, minute, second = (_whole(part[name]) for name in ("h", "mi", "s"))
    date_only = np.asarray(pc.equal(part["h"], ""))
    if "half" in part:
        mark = pc.utf8_lower(pc.binary_join_element_wise(part["bare"], part["half"], ""))
        late = np.asarray(pc.match_substring(mark, "p")) | np.asarray(pc.is_in(part["noon"], pa.array(["下午", "晚上", "中午"])))
        early = np.asarray(pc.match_substring(mark, "a")) | np.asarray(pc.is_in(part["noon"], pa.array(["上午", "凌晨", "早上"])))
        noon = np.asarray(pc.equal(part["noon"], "中午"))
        hour = np.where(late & (hour < 12) & ~(noon & (hour >= 10)), hour + 12, np.where(early & (hour == 12), 0, hour))
    fraction = np.zeros(len(hour), np.int64)
    if "f" in part:
        fraction = _whole(pc.utf8_slice_codeunits(pc.utf8_rpad(part["f"], 6, "0"), 0, 6))
    midnight = (hour == 24) & (minute == 0) & (second == 0)
    possible = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31) & ((hour < 24) | midnight) & (minute < 60) & (second < 61)
    months = (np.clip(year, 1, 9999) - 1970) * 12 + np.clip(month, 1, 12) - 1
    start = months.astype("datetime64[M]")
    days = start.astype("datetime64[D]") + (np.clip(day, 1, 31) - 1)
    possible &= days.astype("datetime64[M]") == start
    clock = ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction
    moments = days.astype("datetime64[us]") + clock.astype("timedelta64[us]")
    return np.where(possible, moments, np.datetime64("NaT", "us")), date_only


def _offset(column: pa.Array) -> tuple[npt.NDArray[np.timedelta64], Mask]:
    stated = np.asarray(pc.not_equal(column, ""))
    digits = pc.replace_substring_regex(column, "[^0-9]", "")
    minutes = _whole(pc.utf8_slice_codeunits(digits, 0, 2)) * 60 + _whole(pc.utf8_slice_codeunits(digits, 2, 4))
    sign = np.where(np.asarray(pc.starts_with(column, "-")), -1, 1)
    return (sign * minutes * 60_000_000).astype("timedelta64[us]"), stated


def _numbers(column: pa.Array, left: npt.NDArray[np.int64], state: _Local) -> None:
    """Epoch seconds and milliseconds, and the day numbers of Excel (local time)."""
    cells = column.take(pa.array(left))
    plain = np.asarray(pc.match_substring_regex(cells, r"^\d{5}(?:\.\d+)?$|^\d{9,10}(?:\.\d+)?$|^\d{12,13}$"))
    value = np.zeros(len(left))
    value[plain] = pc.cast(cells.filter(pa.array(plain)), pa.float64()).to_numpy()
    # 1990 to 2100 in each: narrower than the numbers people give to cases and postcodes.
    excel = plain & (value >= 32_874) & (value < 73_051)
    seconds = plain & (value >= 631_152_000) & (value < 4_102_444_800)
    thousandths = plain & (value >= 631_152_000_000) & (value < 4_102_444_800_000)
    days = np.round(np.where(excel, value, 0) * 86_400) * 1_000_000
    epoch = np.round(np.where(seconds, value, np.where(thousandths, value / 1000, 0)) * 1_000_000)
    moments = np.where(excel, _EXCEL_START + days.astype("timedelta64[us]"), epoch.astype("datetime64[us]"))
    hit = excel | seconds | thousandths
    state.moments[left[hit]] = moments[hit]
    state.absolute[left[seconds | thousandths]] = True
    state.date_only[left[excel & (value == np.floor(value))]] = True


def _whole(column: pa.Array) -> npt.NDArray[np.int64]:
    """Digits as integers; the empty text counts as 0."""
    padded = pc.if_else(pc.equal(column, ""), "0", column)
    return np.asarray(pc.cast(padded, pa.int64()))


def common_order(found: Iterable[Evidence], default: str) -> tuple[str, bool]:
    """One order for all time columns of a file: they were written by one program."""
    total = Evidence()
    for one in found:
        total = total + one
    return total.order(default)
