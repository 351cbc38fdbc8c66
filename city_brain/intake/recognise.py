"""Files nobody has described yet: a mapping is proposed from the headers and from the values.

Both are asked: a header may name a field without its column holding such values (then it is not
taken), and values may speak for themselves (points, identifiers, times) under any header. What is
proposed says how sure it is and why, and a person can correct it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from city_brain.intake.profiles import CLOSED_WORDS, FIELDS, NOTHING, TIME_FIELDS, Profile
from city_brain.intake.reading.header_words import is_chinese, match
from city_brain.intake.reading.places import numbers, points
from city_brain.intake.reading.times import evidence

LEAST = 0.3
"""Below this a column is not proposed."""
_FEW = {
    "status": 40,
    "source_type": 2_000,
    "district": 200,
    "street": 1_000,
    "community": 8_000,
    "department": 2_000,
    "channel": 60,
    "urgency": 20,
}
"""Different values a field of a city may have; more of them speak against it."""


@dataclass(frozen=True, slots=True)
class Why:
    """A reason as a message key (``auto.why.<key>``) and its values."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Guess:
    """The column proposed for a field, if any."""

    field: str
    column: str | None
    confidence: float
    why: tuple[Why, ...] = ()
    alternatives: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping for a file, field by field."""

    name: str
    guesses: tuple[Guess, ...]
    timezone: str | None = None
    """Only for Chinese files, and then only assumed."""
    datum: str | None = None
    """Where the size of the numbers names a projection."""
    swapped: bool = False
    """The column called longitude holds latitudes, and the other way round."""

    def profile(self, *, datum: str | None = None, timezone: str | None = None) -> Profile:
        """The proposal as a profile, to be corrected, used and saved."""
        columns = {guess.field: (guess.column,) for guess in self.guesses if guess.column is not None}
        headers = tuple(dict.fromkeys(column for (column,) in columns.values()))
        return Profile(
            name=self.name, timezone=timezone or self.timezone, datum=datum or self.datum, columns=columns,
            recognised_by=(headers,) if len(headers) > 2 else (),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the values of a column are like."""

    filled: float
    different: int
    unique: float
    """Different values among the filled ones."""
    length: float
    times: float
    plain_numbers: bool
    number: float | None
    """Median of the numbers, where the column is numbers."""
    decimals: bool
    point: float
    closes: bool
    """Some values are words for closed."""


def propose(headers: Sequence[str], sample: pa.Table, *, name: str = "file") -> Proposal:
    """Propose a mapping.

    Parameters
    ----------
    headers : sequence of str
    sample : table of strings
        The first rows of the file.
    name : str
        What the profile is to be called.

    Returns
    -------
    Proposal
        One guess per field, in the order of `profiles.FIELDS`; a field without a fitting column has
        none. No column is proposed for two fields.
    """
    facts = {header: _facts(sample.column(header).combine_chunks()) for header in headers}
    scores: dict[tuple[str, str], tuple[float, tuple[Why, ...]]] = {}
    for header in headers:
        for one in FIELDS:
            found = _score(one, header, facts[header])
            if found[0] >= LEAST:
                scores[one, header] = found
    chosen = _assigned(scores, headers, facts)
    swapped = _looks_swapped(chosen, facts)
    chosen, datum, north_first = _projection(chosen, facts)
    guesses = tuple(_guess(one, chosen.get(one), scores, north_first) for one in FIELDS)
    chinese = any(is_chinese(header) for header in headers)
    return Proposal(name, guesses, "Asia/Shanghai" if chinese else None, datum, swapped)


def _facts(column: pa.Array) -> _Facts:
    cells = pc.utf8_trim_whitespace(column.drop_null())
    cells = cells.filter(pc.invert(pc.is_in(cells, pa.array(["", "-", *NOTHING]))))
    count = len(cells)
    if not count:
        return _Facts(0, 0, 0, 0, 0, False, None, False, 0, False)
    different = pc.count_distinct(cells).as_py()
    read = numbers(cells)
    numeric = np.isfinite(read)
    digits = float(numeric.mean())
    points_read = points(cells) if digits < 0.5 else (np.array([np.nan]),) * 2
    distinct = pc.unique(cells).slice(0, 60).to_pylist()
    return _Facts(
        filled=count / max(len(column), 1),
        different=different,
        unique=different / count,
        length=float(np.mean(np.asarray(pc.utf8_length(cells)))),
        times=evidence(cells).read / count,
        plain_numbers=digits > 0.9,
        number=float(np.median(read[numeric])) if digits > 0.8 else None,
        decimals=bool(pc.mean(pc.cast(pc.match_substring_regex(cells, r"\.\d{3,}"), pa.float64())).as_py() > 0.5),
        point=float((np.isfinite(points_read[0]) & np.isfinite(points_read[1])).mean()),
        closes=any(str(word).casefold() in CLOSED_WORDS for word in distinct),
    )


def _score(one: str, header: str, facts: _Facts) -> tuple[float, tuple[Why, ...]]:
    clarity, word = match(header, one)
    if not facts.filled:
        return 0.0, ()
    fit, why = _fit(one, facts, clarity)
    if fit <= 0:
        return 0.0, ()
    if not clarity:
        return fit * _ALONE.get(one, 0.0), (why,) if why else ()
    said = Why("header", {"header": header, "word": word})
    return 0.7 * clarity + 0.3 * fit, (said, why) if why else (said,)


_SAID_TIMES = 0.5
"""A column whose header says that it is a time may hold this share of other things: those rows go to quarantine."""
_ALONE = {"reported_at": 0.4, "external_id": 0.35, "point": 0.5, "lon": 0.35, "lat": 0.35, "status": 0.35}
"""How much the values alone can say for a field whose header says nothing."""


def _fit(one: str, facts: _Facts, clarity: float) -> tuple[float, Why | None]:
    """How well the values suit a field: 0 rules it out."""
    if one in TIME_FIELDS:
        if facts.times < (_SAID_TIMES if clarity else 0.8) or (facts.plain_numbers and not clarity):
            return 0.0, None
        always = facts.filled if one == "reported_at" else 1.0
        return facts.times * max(always, 0.1), Why("times", {"share": round(100 * facts.times)})
    if one == "external_id":
        if facts.unique < 0.9 or facts.different < 2 or facts.length > 64 or facts.times > 0.8 or facts.decimals:
            return 0.0, None  # an identifier that comes back is that of something else, such as a person or a chain of events
        if facts.unique < 1:
            return (0.5, Why("nearly_unique", {"share": round(100 * facts.unique)})) if clarity else (0.0, None)
        return facts.filled, Why("unique")
    if one in ("lon", "lat"):
        return _fit_degree(one, facts, clarity)
    if one == "point":
        return (facts.point, Why("points", {"share": round(100 * facts.point)})) if facts.point > 0.8 else (0.0, None)
    return _fit_words(one, facts, clarity)


def _fit_degree(one: str, facts: _Facts, clarity: float) -> tuple[float, Why | None]:
    if facts.number is None:
        return 0.0, None
    size = abs(facts.number)
    if size <= (180 if one == "lon" or clarity else 90):
        if not clarity and not (facts.decimals and ((one == "lon") == (size > 65))):
            return 0.0, None
        return 1.0, Why("degrees", {"middle": round(facts.number, 4)})
    return (0.8, Why("projected", {"middle": round(facts.number)})) if clarity and 10_000 < size < 60_000_000 else (0.0, None)


def _fit_words(one: str, facts: _Facts, clarity: float) -> tuple[float, Why | None]:
    if facts.times > 0.8 and not facts.plain_numbers:
        return 0.0, None
    if one in _FEW:
        if one == "status" and not clarity:
            return (1.0, Why("closes")) if facts.closes and facts.different <= _FEW[one] else (0.0, None)
        few = facts.different <= _FEW[one]
        fit = (0.3 if facts.plain_numbers else 1.0) if few and facts.unique < 0.9 else 0.2
        return fit, Why("few", {"different": facts.different})
    if facts.plain_numbers or facts.point > 0.8:
        return 0.0, None
    wanted = {"description": 12, "address": 4, "title": 2, "outcome": 4}[one]
    return (1.0 if facts.length >= wanted else 0.4), Why("text", {"length": round(facts.length)})


def _assigned(
    scores: Mapping[tuple[str, str], tuple[float, tuple[Why, ...]]], headers: Sequence[str], facts: Mapping[str, _Facts]
) -> dict[str, str]:
    """The best pairs first; of equals the better filled column, then the one further left."""
    places = {header: place for place, header in enumerate(headers)}
    ranked = sorted(
        scores, key=lambda pair: (-round(scores[pair][0], 3), -round(facts[pair[1]].filled, 2), places[pair[1]], FIELDS.index(pair[0]))
    )
    chosen: dict[str, str] = {}
    for one, header in ranked:
        if one not in chosen and header not in chosen.values():
            chosen[one] = header
    if ("lon" in chosen) != ("lat" in chosen):
        chosen.pop("lon", None)
        chosen.pop("lat", None)
    return chosen


def _looks_swapped(chosen: Mapping[str, str], facts: Mapping[str, _Facts]) -> bool:
    lon, lat = (facts[chosen[one]].number if one in chosen else None for one in ("lon", "lat"))
    if lon is None or lat is None or max(abs(lon), abs(lat)) > 180:
        return False
    return not -56 <= lat <= 75 and -56 <= lon <= 75


def _projection(chosen: dict[str, str], facts: Mapping[str, _Facts]) -> tuple[dict[str, str], str | None, bool]:
    """CGCS2000 in three-degree Gauss-Krüger zones names its zone in the millions of the east value; many
    Chinese sources call north x."""
    lon, lat = (facts[chosen[one]].number if one in chosen else None for one in ("lon", "lat"))
    if lon is None or lat is None:
        return chosen, None, False
    north_first = 1_800_000 < lon < 6_000_000 and 25_000_000 < lat < 46_000_000
    if north_first:
        chosen = chosen | {"lon": chosen["lat"], "lat": chosen["lon"]}
        lon, lat = lat, lon
    zoned = 25_000_000 < lon < 46_000_000 and 1_800_000 < lat < 6_000_000
    return chosen, f"epsg:{4513 + int(lon // 1_000_000) - 25}" if zoned else None, north_first


def _guess(one: str, column: str | None, scores: Mapping[tuple[str, str], tuple[float, tuple[Why, ...]]], north_first: bool) -> Guess:
    others = sorted(
        ((header, score) for (name, header), (score, _) in scores.items() if name == one and header != column), key=lambda pair: -pair[1]
    )
    alternatives = tuple((header, round(score, 2)) for header, score in others[:3])
    if column is None:
        return Guess(one, None, 0.0, (), alternatives)
    score, why = scores.get((one, column), (LEAST, ()))
    if north_first and one in ("lon", "lat"):
        why = (*why, Why("north_first"))
    close = bool(others) and others[0][1] > score - 0.1
    return Guess(one, column, round(max(0.05, score - 0.15 * close), 2), why, alternatives)
