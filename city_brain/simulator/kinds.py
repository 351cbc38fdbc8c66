"""What the demo cities report: kinds of matters with their theme, rhythm, channels and words.

The table is ``data/demo_kinds.toml``; names, urgency and departments come from the catalogue, limits from the filing rules.
"""

from __future__ import annotations

import tomllib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from city_brain.incidents.catalogue import Category, category
from city_brain.simulator.geography import DATA

CHANNELS = ("hotline", "app", "inspector", "video", "sensor", "superior")
PUBLIC = ("hotline", "app")
"""The channels of people whom the centre calls back."""
KIND = "matter"
"""Every demo case is a matter of the catalogue, never a component."""

CONTESTED_IN = 5
"""A contested kind is another department's in one of so many districts."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Theme:
    """What kinds have in common that are reported at the same hours and by the same people."""

    name: str
    hours: Floats
    """Share of the day's reports in each of 24 hours; sums to 1."""
    week: Floats
    """Factor Monday to Sunday."""
    rain: float
    """What a day of full rain adds to the number of reports; 1 doubles it."""
    channels: Floats
    """Shares of `CHANNELS`; sums to 1."""
    outcomes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportedKind:
    """One kind of matter as the demo reports it."""

    category: Category
    theme: int
    """Index into `Kinds.themes`."""
    weight: float
    months: frozenset[int]
    says: tuple[str, ...]
    contested: str | None = None
    """The department that in some districts is responsible in truth, whatever the table of responsibilities says."""

    def truly(self, district: str | None) -> str | None:
        """The department that is responsible in a district against the table, or None where the table is right."""
        here = self.contested is not None and district is not None
        return self.contested if here and zlib.crc32(f"{self.category.code}/{district}".encode()) % CONTESTED_IN == 0 else None


@dataclass(frozen=True, slots=True)
class Kinds:
    """The whole table."""

    themes: tuple[Theme, ...]
    kinds: tuple[ReportedKind, ...]
    lateness: Mapping[str, float]
    """How often a department is late; 1 is usual, and where none is given."""
    phrases: Mapping[str, tuple[str, ...]]
    """What the simulated staff says, by what it is said for."""

    def kind(self, code: str | None) -> ReportedKind | None:
        """One kind by its code, None for what the demo never reports."""
        return next((kind for kind in self.kinds if kind.category.code == code), None)

    @property
    def theme_of(self) -> npt.NDArray[np.intp]:
        """Index of the theme of each kind."""
        return np.array([kind.theme for kind in self.kinds])

    def weights(self, weekday: int, month: int, rain: float) -> Floats:
        """How common each kind is on such a day; 1 in all is an ordinary day.

        Parameters
        ----------
        weekday : int
            0 is Monday.
        month : int
            1 to 12.
        rain : float
            0 dry to 1 a day of heavy rain.
        """
        factors = np.array([theme.week[weekday] * (1 + theme.rain * rain) for theme in self.themes])
        weight = np.array([kind.weight if month in kind.months else 0.0 for kind in self.kinds])
        usual = sum(kind.weight for kind in self.kinds)
        return np.asarray(weight * factors[self.theme_of] / usual)


def public(channel: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether reports came from somebody whom the centre calls back; `channel` are indices into `CHANNELS`."""
    return np.isin(channel, [CHANNELS.index(name) for name in PUBLIC])


@cache
def kinds() -> Kinds:
    """The table, read once.

    Raises
    ------
    KeyError
        A kind is not in the catalogue, or its theme or rhythm not in the table: a mistake in the data.
    """
    with (DATA / "demo_kinds.toml").open("rb") as file:
        raw = tomllib.load(file)
    themes = tuple(_theme(name, row, raw["rhythms"]) for name, row in raw["themes"].items())
    places = {theme.name: place for place, theme in enumerate(themes)}
    phrases = {name: tuple(texts) for name, texts in raw["phrases"].items()}
    return Kinds(themes, tuple(_kind(row, places) for row in raw["kind"]), raw["lateness"], phrases)


def _theme(name: str, row: dict[str, Any], rhythms: dict[str, list[float]]) -> Theme:
    hours, channels = np.array(rhythms[row["rhythm"]], dtype=float), np.array(row["channels"], dtype=float)
    return Theme(name, hours / hours.sum(), np.array(row["week"]), row["rain"], channels / channels.sum(), tuple(row["outcomes"]))


def _kind(row: dict[str, Any], themes: dict[str, int]) -> ReportedKind:
    found = category(KIND, row["code"])
    if found is None:
        raise KeyError(row["code"])
    months = frozenset(row.get("months", range(1, 13)))
    return ReportedKind(found, themes[row["theme"]], float(row["weight"]), months, tuple(row["says"]), row.get("contested"))
