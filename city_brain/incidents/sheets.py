"""Lists as people keep them in spreadsheets: read with their lines, columns and values understood by code or by name, written safely."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from city_brain.errors import Fault
from city_brain.incidents import catalogue
from city_brain.text import LANGUAGES, messages

LINE, WHY = "_line", "_why"
"""Columns of refused rows, beside their own; read back, they are passed over."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def decoded(content: bytes) -> str:
    """The text of a file: UTF-8, or GB18030 where it is not.

    Raises
    ------
    Fault
        It is neither.
    """
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Fault("no_text")


def rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of CSV text that say anything: (line of the file, column → cell).

    Raises
    ------
    csv.Error
        It is no CSV.
    """
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""), restkey="_more", restval="")
    for row in reader:
        cells = {name: _unquoted(value) for name, value in row.items() if name and isinstance(value, str)}
        if any(cells.values()):
            yield reader.line_num, cells


def written(columns: Sequence[str], told: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV text. What a spreadsheet would execute has an apostrophe before it, and so has text that begins with one."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _quoted(value) for name, value in row.items()} for row in told)
    return text.getvalue()


def refused(told: Sequence[Mapping[str, Any]]) -> str:
    """Refused rows (line, why, row) as CSV text, each as it came with its line and why it was not taken: to be mended and read again."""
    columns = list(dict.fromkeys(name for one in told for name in one["row"]))
    return written((LINE, WHY, *columns), [{LINE: one["line"], WHY: one["why"], **one["row"]} for one in told])


def folded(text: str) -> str:
    """How a name is compared: without the case of its letters, blanks as underscores."""
    return text.strip().casefold().replace(" ", "_")


def named(family: str, codes: Iterable[str]) -> dict[str, str]:
    """What each code may be called, folded → the code: the code itself, or its text ``<family>.<code>`` in any language."""
    known = list(map(str, codes))
    return {folded(messages(language)[f"{family}.{code}"]): code for language in LANGUAGES for code in known} | {
        code: code for code in known
    }


@cache
def departments() -> dict[str, str]:
    """What a department of the catalogue may be called, folded → its key."""
    found = catalogue.departments().values()
    return {folded(name): row.department for row in found for name in (row.department, row.name_zh, row.name_en)}


def _quoted(value: object) -> object:
    return "'" + value if isinstance(value, str) and (value.lstrip(" ").startswith(_FORMULA) or value.startswith("'")) else value


def _unquoted(value: str) -> str:
    return value[1:] if value.startswith("'") and _quoted(value[1:]) != value[1:] else value
