"""What lies between the city and the process that forecasts: the matters and the request that go there, the answer that comes back.

A folder holds them all, so that the process neither opens the home nor needs the console: `EVENTS` (Parquet: day, kind, lon, lat, patrol),
`REQUEST` (JSON, `Request`), then `CELLS` (Parquet) and `ANSWER` (JSON).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

EVENTS, REQUEST, CELLS, ANSWER, LOG = "events.parquet", "request.json", "cells.parquet", "answer.json", "log.txt"


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be forecast."""

    end: int
    """First day that is forecast, counted from 1970-01-01: nothing of that day or later is known."""
    lon: float
    lat: float
    """Centre of the city's grid, WGS-84."""
    holidays: tuple[int, ...]
    """Days without work, counted alike; future ones among them."""
    horizons: tuple[int, ...]
    seed: int
    aside: dict[str, int]
    """Matters without a point of their own, which no cell has: how many, by `incidents.model.Location`."""


def ask(folder: Path, events: pd.DataFrame, request: Request) -> None:
    """Lay a request down."""
    events.to_parquet(folder / EVENTS, index=False)
    (folder / REQUEST).write_bytes(orjson.dumps(asdict(request)))


def asked(folder: Path) -> tuple[pd.DataFrame, Request]:
    """Take the request up."""
    told = orjson.loads((folder / REQUEST).read_bytes())
    lists = {name: tuple(told[name]) for name in ("holidays", "horizons")}
    return pd.read_parquet(folder / EVENTS), Request(**told | lists)


def answer(folder: Path, cells: pd.DataFrame, told: dict[str, Any]) -> None:
    """Lay the answer down, the cells first: who finds the answer finds both."""
    short = cells.astype(dict.fromkeys(cells.select_dtypes("float64").columns, "float32"))  # a file a day is kept for good
    short.to_parquet(folder / CELLS, index=False, compression="zstd", compression_level=9)
    (folder / ANSWER).write_bytes(orjson.dumps(told, option=orjson.OPT_SERIALIZE_NUMPY))


def answered(folder: Path) -> tuple[bytes, dict[str, Any]]:
    """Take the answer up: the Parquet of the cells, and what is told of them."""
    return (folder / CELLS).read_bytes(), orjson.loads((folder / ANSWER).read_bytes())
