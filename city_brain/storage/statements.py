"""Named SQL: ``sql/queries/<area>.sql`` holds ``-- name: thing`` blocks, called ``area.thing``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "sql"
_PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")
_COMMENT = re.compile(r"--[^\n]*")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, the parameters it takes and the comment that says what a row is."""

    name: str
    sql: str
    parameters: frozenset[str]
    says: str


@cache
def statements() -> dict[str, Statement]:
    """Every named statement."""
    found: dict[str, Statement] = {}
    for file in sorted((FOLDER / "queries").glob("*.sql")):
        for block in re.split(r"^-- name: ", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            short, _, sql = block.partition("\n")
            name = f"{file.stem}.{short.strip()}"
            if name in found:
                raise ValueError(f"{file}: {name} is defined twice")
            says = " ".join(line.removeprefix("--").strip() for line in sql.splitlines() if line.startswith("--"))
            parameters = frozenset(_PARAMETER.findall(_COMMENT.sub("", sql)))
            found[name] = Statement(name, sql.strip().rstrip(";"), parameters, says)
    return found


@cache
def migrations() -> tuple[tuple[int, str], ...]:
    """Numbered migrations of the picture, in order: (number, SQL)."""
    files = sorted((FOLDER / "migrations").glob("*.sql"))
    return tuple((int(file.name.split("_")[0]), file.read_text(encoding="utf-8")) for file in files)
