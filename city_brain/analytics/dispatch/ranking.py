"""Who can be sent to a case, in order and with reasons; and where few can, what is short, with who came nearest to fitting.

A shortfall has a type, so that it can be counted: that nobody has the skill is another trouble than that all are busy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]

MOST = 12
"""Candidates that are told."""
FAR_S = 45 * 60.0
"""Drives beyond this are too far to be proposed."""
STALE_S = 30 * 60.0
"""Positions older than this are no positions."""
ON_THE_WAY_BACK = "clear"


class Shortfall(StrEnum):
    """Why a team of the function cannot be sent. Texts ``recommend.shortfall.<type>``."""

    NO_SKILL = "no_skill"
    OUT_OF_SERVICE = "out_of_service"
    OFF_SHIFT = "off_shift"
    ALL_BUSY = "all_busy"
    POSITION_STALE = "position_stale"
    TOO_FAR = "too_far"


@dataclass(frozen=True, slots=True)
class Short:
    """How many teams lack one thing, and which of them came nearest to fitting."""

    kind: Shortfall
    teams: int
    nearest: str
    """Number of the team."""
    seconds: float
    """Its drive."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Who can be sent to a case."""

    candidates: pd.DataFrame
    """team_id, seconds, metres, coverage_lost (share of the risk), reasons (list of key and values), best first."""
    shortfalls: list[Short] = field(default_factory=list)
    """Of the teams of this function that cannot be sent; the type with the nearest team first."""


def ranked(
    teams: pd.DataFrame, metres: Floats, seconds: Floats, moment: datetime, *, function: str, skill: str | None = None,
    coverage_lost: Floats | None = None, preferred: Mapping[str, tuple[int, int]] | None = None,
) -> Ranking:  # fmt: skip
    """Rank the teams of a function for one case.

    Parameters
    ----------
    teams : pandas.DataFrame
        team_id, function, skills (lists), state, on_shift, located_at (UTC; NaT without a position: it is held to be at home).
    metres, seconds : (teams,) arrays
        To the case; NaN where that is not known.
    moment : datetime
        Now.
    function : str
        What the case calls for.
    skill : str, optional
        What else the team must have.
    coverage_lost : (teams,) array, optional
        Share of the risk that is out of reach once the team is sent (`coverage.cost_of_sending`).
    preferred : mapping, optional
        Team → how often people have sent it here against what was proposed, and of how many times they sent another one.

    Returns
    -------
    Ranking
        The soonest first; of those that arrive in the same minute the one that people have preferred, then the one whose going costs the
        least coverage. What people prefer never outweighs a minute: it is told as a reason, and they choose.
    """
    mine = teams["function"].to_numpy() == function
    lost = np.zeros(len(teams)) if coverage_lost is None else np.asarray(coverage_lost, float)
    age = (pd.Timestamp(moment) - teams["located_at"]).dt.total_seconds().to_numpy(float)
    lacking = _lacking(teams, seconds, age, skill)
    can = mine & (lacking == "")
    found = teams.loc[can, ["team_id"]].assign(
        seconds=seconds[can], metres=metres[can], coverage_lost=lost[can],
        reasons=[_reasons(row, age_s, skill) for row, age_s in zip(teams[can].to_dict("records"), age[can], strict=True)],
    )  # fmt: skip
    liked = preferred or {}
    for team, reasons in zip(found["team_id"], found["reasons"], strict=True):
        if team in liked:
            reasons.append(("chosen_here", {"times": liked[team][0], "of": liked[team][1]}))
    found = found.assign(minute=found["seconds"] // 60, other=[team not in liked for team in found["team_id"]])
    found = found.sort_values(["minute", "other", "coverage_lost", "seconds", "team_id"])
    return Ranking(found.drop(columns=["minute", "other"]).head(MOST).reset_index(drop=True), _short(teams, seconds, mine, lacking))


def fitting(teams: pd.DataFrame, moment: datetime, *, function: str, skill: str | None = None) -> npt.NDArray[np.bool_]:
    """Which teams could be sent to a case of a function, wherever it is; parameters as of `ranked`."""
    age = (pd.Timestamp(moment) - teams["located_at"]).dt.total_seconds().to_numpy(float)
    return np.asarray((teams["function"].to_numpy() == function) & (_lacking(teams, np.zeros(len(teams)), age, skill) == ""))


def _lacking(teams: pd.DataFrame, seconds: Floats, age: Floats, skill: str | None) -> npt.NDArray[np.str_]:
    """What each team lacks, the gravest first; '' nothing."""
    state = teams["state"].to_numpy()
    skilled = np.ones(len(teams), bool) if skill is None else np.array([skill in has for has in teams["skills"]], bool)
    return np.select(
        [
            ~skilled, state == "out_of_service", (state == "off_duty") | ~teams["on_shift"].to_numpy(bool),
            np.isin(state, ["dispatched", "en_route", "on_scene"]), age > STALE_S, ~(seconds <= FAR_S),
        ],
        list(map(str, Shortfall)), default="",
    )  # fmt: skip


def _reasons(row: dict[Any, Any], age_s: float, skill: str | None) -> list[tuple[str, dict[str, Any]]]:
    """Why this team: what it is, whence it comes, how sure its place is. Keys of texts ``recommend.reason.<key>``."""
    found: list[tuple[str, dict[str, Any]]] = [("function", {"function": row["function"]})]
    if skill is not None:
        found.append(("skill", {"skill": skill}))
    if row["state"] == ON_THE_WAY_BACK:
        found.append(("on_the_way_back", {}))
    if np.isnan(age_s):
        found.append(("from_home", {}))
    else:
        found.append(("position", {"minutes": max(0, round(age_s / 60))}))
    return found


def _short(teams: pd.DataFrame, seconds: Floats, mine: npt.NDArray[np.bool_], lacking: npt.NDArray[np.str_]) -> list[Short]:
    number, found = teams["team_id"].to_numpy(), list[Short]()
    for kind in Shortfall:
        places = np.flatnonzero(mine & (lacking == kind))
        if len(places):
            drives = np.where(np.isnan(seconds[places]), np.inf, seconds[places])
            at = places[int(drives.argmin())]
            found.append(Short(kind, len(places), str(number[at]), float(drives.min())))
    return sorted(found, key=lambda one: one.seconds)
