"""Profiles: how a source writes what we need, as a table a person can read and correct.

Profiles of known sources are TOML files under ``data/profiles``; the ones a person saves lie in
the home folder and go before those of the same name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path

import tomli_w

from city_brain.errors import Fault, NotFound
from city_brain.geo.coordinates import datum_name
from city_brain.intake.reading.places import Box
from city_brain.intake.reading.times import zone
from city_brain.settings import ROOT, Settings

SHIPPED = ROOT / "data" / "profiles"
TIME_FIELDS = ("reported_at", "updated_at", "due_at", "closed_at")
TEXT_FIELDS = (
    "status", "source_type", "title", "description", "address", "district", "street", "community", "department", "channel",
    "outcome", "urgency",
)  # fmt: skip
PLACE_FIELDS = ("lon", "lat", "point")
FIELDS = ("external_id", *TIME_FIELDS, *TEXT_FIELDS, *PLACE_FIELDS)
"""What a source's columns can be mapped to; `point` is one column that holds both coordinates."""
CLOSED_WORDS = (
    "closed", "close", "resolved", "completed", "complete", "done", "finished", "archived", "cancelled", "canceled",
    "已办结", "办结", "已结案", "结案", "已完成", "完成", "已关闭", "关闭", "已归档", "归档", "作废", "已作废", "按期结案", "超期结案",
)  # fmt: skip
URGENT_WORDS = ("urgent", "emergency", "critical", "紧急", "特急", "加急", "非常紧急", "突发")
NOTHING = ("NULL", "null", "NaN", "nan", "None", "none", "\\N", "<NULL>", "<Null>", "N/A", "n/a", "#N/A")
"""Cells that say there is nothing, in the ways programs write it."""

Where = Mapping[str, tuple[str, ...]]
"""Column → values: true of a row if any of the columns holds one of its values."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How to read one kind of file.

    `columns` names, per field of ours, the source's columns: the first that is filled counts.
    """

    name: str
    title_zh: str = ""
    title_en: str = ""
    prefix: str = ""
    city_zh: str = ""
    city_en: str = ""
    timezone: str | None = None
    """IANA zone of times that name none."""
    datum: str | None = None
    licence: str = ""
    generic: bool = False
    """Many cities write this way: the source is named after the city or the file."""
    box: Box | None = None
    date_order: str = "auto"
    """`mdy` or `dmy` for dates that end in the year; `auto` decides over the whole column."""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    closed_words: tuple[str, ...] = CLOSED_WORDS
    urgent_words: tuple[str, ...] = URGENT_WORDS
    empty: tuple[str, ...] = ()
    """Further cells that mean nothing, such as a dash."""
    closed_where: Where = field(default_factory=dict)
    flag_where: Mapping[str, Where] = field(default_factory=dict)
    id_required: bool = False
    recognised_by: tuple[tuple[str, ...], ...] = ()
    """Sets of headers; a file that has all of one set is of this profile."""
    mapping: str = ""
    """Whose table of types to use; its own name if empty."""
    default_points: tuple[tuple[float, float], ...] = ()
    """Stand-in points known of the source (lon, lat, WGS-84), found in any case when they carry enough rows."""

    def __post_init__(self) -> None:
        for name in (*self.columns, *self.constants):
            if name not in FIELDS:
                raise Fault("profile_field", profile=self.name, field=name, allowed=", ".join(FIELDS))
        if self.date_order not in ("auto", "mdy", "dmy"):
            raise Fault("profile_field", profile=self.name, field="date_order", allowed="auto, mdy, dmy")
        if self.timezone is not None:
            zone(self.timezone)
        if self.datum is not None:
            datum_name(self.datum)

    def resolved(self, headers: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Per field, the headers of a file that this profile reads, in order; fields without any are left out."""
        known = {folded(header): header for header in reversed(headers)}
        found = {
            name: tuple(known[folded(column)] for column in columns if folded(column) in known) for name, columns in self.columns.items()
        }
        return {name: columns for name, columns in found.items() if columns}


def folded(header: str) -> str:
    """A header without capitals, blanks and marks: ``Created Date`` is ``created_date``."""
    return re.sub(r"\W+|_+", "_", header.casefold()).strip("_")


def find(name: str, settings: Settings) -> Profile:
    """The profile of a name.

    Raises
    ------
    NotFound
        ``profile_missing``: there is none.
    """
    for folder in (settings.profiles, SHIPPED):
        if re.fullmatch(r"\w+", name) and (folder / f"{name}.toml").is_file():
            return _load(folder / f"{name}.toml")
    raise NotFound("profile_missing", profile=name, known=", ".join(names(settings)))


def names(settings: Settings) -> tuple[str, ...]:
    """Names of all profiles, shipped and saved."""
    return tuple(sorted({file.stem for folder in (settings.profiles, SHIPPED) for file in folder.glob("*.toml")}))


def recognise(headers: Iterable[str], settings: Settings) -> Profile | None:
    """The profile whose headers the file has; of several the one that asks for most of them."""
    present = {folded(header) for header in headers}
    best, length = None, 0
    for name in names(settings):
        profile = find(name, settings)
        for wanted in profile.recognised_by:
            if len(wanted) > length and {folded(header) for header in wanted} <= present:
                best, length = profile, len(wanted)
    return best


def save_profile(settings: Settings, profile: Profile) -> Path:
    """Keep a profile in the home folder, where it is found by its name and by its headers.

    Raises
    ------
    Fault
        ``profile_name``: the name is not letters, digits and underscores, or it is `auto`.
    """
    if not re.fullmatch(r"\w{1,60}", profile.name) or profile.name == "auto":
        raise Fault("profile_name", profile=profile.name)
    settings.profiles.mkdir(parents=True, exist_ok=True)
    file = settings.profiles / f"{profile.name}.toml"
    file.write_bytes(tomli_w.dumps(_as_table(profile), multiline_strings=False).encode("utf-8"))
    return file


def _as_table(profile: Profile) -> dict[str, object]:
    plain = {one.name: getattr(profile, one.name) for one in fields(Profile)}
    usual = {one.name: getattr(replace(Profile(profile.name)), one.name) for one in fields(Profile)}
    table = {name: value for name, value in plain.items() if name == "name" or (value != usual[name] and value is not None)}
    simple = {name: value for name, value in table.items() if not isinstance(value, Mapping)}
    return simple | {name: _plain(value) for name, value in table.items() if isinstance(value, Mapping)}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _load(file: Path) -> Profile:
    return _parsed(file, file.stat().st_mtime_ns)


@cache
def _parsed(file: Path, changed: int) -> Profile:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise Fault("profile_broken", file=file.name, problem=str(problem)) from problem
    known = {one.name for one in fields(Profile)}
    if strange := set(table) - known:
        raise Fault("profile_field", profile=file.stem, field=sorted(strange)[0], allowed=", ".join(sorted(known)))
    try:
        values = {"name": file.stem} | {name: _frozen(name, value) for name, value in table.items()}
        return Profile(**values)  # type: ignore[arg-type]
    except (TypeError, ValueError) as problem:
        raise Fault("profile_broken", file=file.name, problem=str(problem)) from problem


def _frozen(name: str, value: object) -> object:
    if name in ("columns", "closed_where") and isinstance(value, dict):
        return {key: (one,) if isinstance(one, str) else tuple(one) for key, one in value.items()}
    if name == "flag_where" and isinstance(value, dict):
        return {flag: _frozen("closed_where", where) for flag, where in value.items()}
    if isinstance(value, list):
        return tuple(tuple(one) if isinstance(one, list) else one for one in value)
    return value
