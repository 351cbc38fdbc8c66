"""The commands, as plain functions: the command line runs them itself, or asks a running console to.

A command takes the home, its arguments as plain values, the actor and a way to tell its progress,
and gives plain values, so that both ways are one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from city_brain import backtesting, casework, clock, detection, dispatching, register, upkeep
from city_brain.cases import queries as case_queries
from city_brain.cases.model import Look
from city_brain.cases.standing import Standing
from city_brain.errors import Fault, NotFound
from city_brain.hazards.queries import Wanted
from city_brain.incidents import actions, queries
from city_brain.intake.exchange import mended_rows, quarantine_csv
from city_brain.intake.load import Wishes, load, mend, told
from city_brain.roles import Actor, Role
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


def _case(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    return casework.case(home.city, given["case"])


def _move(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    """A refused move is an answer too: why, and what is possible."""
    mover = Actor(actor.name, Role(given["role"]), department=given.get("department"))
    try:
        return casework.move(home.city, given["case"], given["move"], mover, given.get("fields") or {}, given.get("seen"))
    except NotFound:
        raise
    except Fault as refused:
        standing = Standing.of(case_queries.case(home.city, Look(clock.now()), given["case"]))
        return {"refused": refused.key, "values": refused.values, "possible": casework.possible(standing, clock.now())}


def _report(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    return {"case": casework.report(home.city, given["said"], actor)}


def _indicators(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    return casework.indicators(home.city, given.get("since"), given.get("until"), given.get("by"))


def _backtest(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    """Of the city's own cases; a file needs no home and is tested by the command line itself."""
    names = {kind: list(both) for kind, both in queries.names(home.city)["kind"].items()}
    return backtesting.assessed(backtesting.of_city(home.city), progress=progress, **given) | {"names": names}


def _detect(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    return detection.of_city(home.city, detection.wished(given))


def _hazards_import(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    return register.take_in(home.city, given["text"], actor, datum=given["datum"], file=given["file"])


def _hazards_export(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    return register.written(home.city, actor, form=given["form"], datum=given["datum"], purpose=given.get("purpose"))


def _hazards_list(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    classes, kinds, departments, conditions = (tuple(given[name]) for name in ("classes", "kinds", "departments", "conditions"))
    return register.listed(home.city, Wanted(classes=classes, kinds=kinds, departments=departments, conditions=conditions))


def _teams_list(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    return {"teams": dispatching.teams(home.city)}


def _teams_locate(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    return dispatching.locate(home.city, given["positions"], actor)


def _teams_import(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    return dispatching.take_in(home.city, given["text"], actor, datum=given.get("datum", "wgs84"))


def _teams_export(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    return dispatching.written(home.city, Look(clock.now()), given.get("datum", "wgs84"))


def _teams_say(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    speaker = Actor(actor.name, Role(given.get("role", "dispatcher")), department=given.get("department"))
    return dispatching.say(home.city, given["team"], given["said"], speaker, reason=given.get("reason"))


def _assign(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    sender = Actor(actor.name, Role(given["role"]))
    checked = bool(given.get("same_checked"))
    return dispatching.send(home.city, given["case"], given["team"], sender, reason=given.get("reason"), same_checked=checked)


def _response(home: Home, given: dict[str, Any], actor: Actor, progress: Progress) -> dict[str, Any]:
    return {"groups": dispatching.response(home.city, given["days"], given["by"])}


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
    "case": _case,
    "move": _move,
    "report": _report,
    "indicators": _indicators,
    "backtest": _backtest,
    "detect": _detect,
    "hazards import": _hazards_import,
    "hazards export": _hazards_export,
    "hazards list": _hazards_list,
    "teams list": _teams_list,
    "teams locate": _teams_locate,
    "teams import": _teams_import,
    "teams export": _teams_export,
    "teams say": _teams_say,
    "assign": _assign,
    "response": _response,
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
