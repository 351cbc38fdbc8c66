"""Settings: the only reader of the environment.

Every setting is an environment variable ``CITY_BRAIN_<NAME>``; the README lists them and a
test holds the list to this file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from city_brain.errors import Fault

ROOT = Path(__file__).resolve().parent.parent
DEMO_CITIES = ("wuhan", "shanghai", "hangzhou", "beijing", "shenzhen")


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set from outside, with its default."""

    home: Path = ROOT / "var"
    """The folder of the data: journal, picture, batches, logs."""
    journal: str = ""
    """SQLAlchemy URL of the journal; empty means SQLite in the home folder."""
    demo: str = "wuhan"
    """City simulated when the database is empty, or `off`."""
    demo_seed: int = 20261122
    """Seed of the simulated city: the same seed shows the same city on every machine."""
    demo_days: int = 90
    """Days of simulated history."""
    demo_cases: int = 60_000
    """Simulated cases in that history, about."""
    demo_arrival_seconds: float = 8.0
    """Mean gap between live simulated arrivals, seconds, while the console runs."""
    alarm_budget: float = 12.0
    """Alarms a year and kind group that methods for clusters and outbreaks may ring; 0 switches them off."""
    basemap: str = ""
    """Own base map: a `.mbtiles` or `.pmtiles` file, or the URL of a style or of tiles on the intranet."""
    basemap_datum: str = "wgs84"
    """Datum of that base map: `wgs84` or `gcj02`."""
    osrm: str = ""
    """Road server on your network that speaks OSRM's protocol, such as `http://roads.intranet:5000`; without one travel is estimated."""
    identities: str = "auto"
    """Demo identity picker: `auto` (loopback only), `on` or `off`."""

    def __post_init__(self) -> None:
        if self.demo != "off" and self.demo not in DEMO_CITIES:
            raise Fault("setting", name="CITY_BRAIN_DEMO", value=self.demo, allowed=", ".join((*DEMO_CITIES, "off")))
        if self.basemap_datum not in ("wgs84", "gcj02"):
            raise Fault("setting", name="CITY_BRAIN_BASEMAP_DATUM", value=self.basemap_datum, allowed="wgs84, gcj02")
        if self.osrm and not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", self.osrm):
            raise Fault("setting", name="CITY_BRAIN_OSRM", value=self.osrm, allowed="http://host:port")
        if self.identities not in ("auto", "on", "off"):
            raise Fault("setting", name="CITY_BRAIN_IDENTITIES", value=self.identities, allowed="auto, on, off")

    @property
    def journal_url(self) -> str:
        """URL of the journal's database."""
        return self.journal or f"sqlite:///{self.home / 'journal.sqlite'}"

    @property
    def picture_file(self) -> Path:
        """The DuckDB file."""
        return self.home / "city.duckdb"

    @property
    def batches(self) -> Path:
        """Folder of the normalised Parquet of every file taken in."""
        return self.home / "batches"

    @property
    def console_file(self) -> Path:
        """Address, process and token of a running console (mode 600)."""
        return self.home / "console.json"

    @property
    def profiles(self) -> Path:
        """Folder of the profiles a person has saved."""
        return self.home / "profiles"


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    Raises
    ------
    Fault
        A value is not of the kind the setting takes.
    """
    values: dict[str, object] = {}
    for field in fields(Settings):
        name = f"CITY_BRAIN_{field.name.upper()}"
        text = environ.get(name, "").strip()
        if not text:
            continue
        try:
            if field.name == "home":
                values["home"] = Path(text).expanduser().resolve()
            elif field.type == "int":
                values[field.name] = int(text)
            elif field.type == "float":
                values[field.name] = float(text)
            else:
                values[field.name] = text
        except ValueError:
            raise Fault("setting", name=name, value=text, allowed=field.type) from None
    return Settings(**values)  # type: ignore[arg-type]
