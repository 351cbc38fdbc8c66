"""The commands, as plain functions: the command line runs them itself, or asks a running console to.

A command takes the home, its arguments as plain values, the actor and a way to tell its progress,
and gives plain values, so that both ways are one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from city_brain import upkeep
from city_brain.cases import queries as case_queries
from city_brain.errors import Fault
from city_brain.incidents import actions, queries
from city_brain.intake.exchange import mended_rows, quarantine_csv
from city_brain.intake.load import Wishes, load, mend, told
from city_brain.roles import Actor
from city_brain.simulator import feed
from city_brain.start import Home

Progress = Callable[[str, int, int | None], None]
Command = Callable[[Home, dict[str, Any], Actor, Progress], dict[str, Any]]


def _load(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    wishes = Wishes(**{name: given.get(name) for name in Wishes.__dataclass_fields__})
    loaded = [told(one) for one in load(home.city, home.settings, given["target"], actor, wishes, progress)]
    week = case_queries.period(home.city).get("week")
    return {"loaded": loaded, "busiest_week": week.isoformat() if week else None}


def _status(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    return upkeep.status(home.city)


def _verify(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    return upkeep.verify(home, progress)


def _rebuild(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    home.city.rebuild(progress)
    return {"events": home.city.version}


def _backup(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    return upkeep.backup(home, Path(given["file"]))


def _restore(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    return upkeep.restore(home, Path(given["file"]))


def _quarantine_list(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    return {"reasons": queries.quarantine_reasons(home.city)}


def _quarantine_export(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    rows = queries.quarantine(home.city, source=given.get("source"), reason=given.get("reason"))
    return {"csv": quarantine_csv(rows), "rows": len(rows)}


def _quarantine_retry(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    if given.get("csv"):
        rows = mended_rows(given["csv"])
    else:
        waiting = queries.quarantine(home.city, source=given.get("source"), reason=given.get("reason"), ids=given.get("ids"))
        rows = [(entry["quarantine_id"], json.loads(entry["row"]) | (given.get("set") or {})) for entry in waiting]
    return {"loaded": [told(one) for one in mend(home.city, home.settings, rows, actor)] if rows else []}


def _demo(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    ended = actions.end_demo(home.city, actor)
    if given["do"] == "off":
        return {"ended": ended}
    return {"ended": ended, "cases": feed.build(home.city, home.settings, progress)}


COMMANDS: dict[str, Command] = {
    "load": _load,
    "status": _status,
    "verify": _verify,
    "rebuild": _rebuild,
    "backup": _backup,
    "restore": _restore,
    "quarantine list": _quarantine_list,
    "quarantine export": _quarantine_export,
    "quarantine retry": _quarantine_retry,
    "demo": _demo,
}
def run(home: Home, name: str, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    """Run one command.

    Raises
    ------
    Fault
        There is no such command, or the command says why it cannot be done.
    """
    if name not in COMMANDS:
        raise Fault("no_command", name=name)
    return COMMANDS[name](home, given, actor, progress)
