"""Cases as files to take away: CSV that no spreadsheet executes, Parquet as it is."""

from __future__ import annotations

import io

import pandas as pd

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these is a formula to a spreadsheet."""


def as_csv(cases: pd.DataFrame) -> bytes:
    """UTF-8 with BOM; a text that a spreadsheet would execute is quoted with an apostrophe."""
    safe = cases.copy()
    for name in safe.select_dtypes(include=["object", "string"]).columns:
        safe[name] = safe[name].map(harmless)
    text: str = safe.to_csv(index=False)
    return text.encode("utf-8-sig")


def harmless(value: object) -> object:
    """A text that is no formula any more; anything else as it is."""
    if isinstance(value, str) and value.lstrip(" ").startswith(DANGEROUS):
        return "'" + value
    return value


def as_parquet(cases: pd.DataFrame) -> bytes:
    """Parquet, zstd."""
    file = io.BytesIO()
    cases.to_parquet(file, index=False, compression="zstd")
    return file.getvalue()
