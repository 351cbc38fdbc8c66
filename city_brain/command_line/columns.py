"""Tables on the screen of a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import east_asian_width

import click


def columns(rows: Sequence[Sequence[str]]) -> None:
    """Rows under each other; a Chinese character takes two places."""
    widths = [max(width(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        click.echo("  ".join(cell + " " * (wide - width(cell)) for cell, wide in zip(row, widths, strict=True)).rstrip())


def width(text: str) -> int:
    """Places that a text takes."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
