"""The teams of a demo city: where they are at home, whom a simulated dispatcher sends, how they drive and work.

All of it follows from the record and the clock, so that it needs no memory: a team that was sent an hour before the console was closed
goes on where it was. Everything goes through the actions of dispatch, like the acts of real people.
"""

from __future__ import annotations

import logging
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from city_brain.analytics.dispatch.matching import order
from city_brain.analytics.dispatch.travel import estimated
from city_brain.cases.lifecycle import Step
from city_brain.cases.model import Look
from city_brain.dispatch import actions, queries
from city_brain.dispatch.lifecycle import FREE, Stage, State
from city_brain.dispatch.model import Function, Position, Served, Team, on_shift
from city_brain.errors import Fault
from city_brain.incidents.model import Urgency
from city_brain.roles import Actor, Role
from city_brain.simulator.geography import Town
from city_brain.storage.city import City

FLEET: dict[Function, tuple[int, str, str, str, tuple[str, ...]]] = {
    Function.INSPECTION: (22, "city_management", "巡查", "inspection", ()),
    Function.ROAD_REPAIR: (12, "roads", "道路抢修", "road repair", ("road_plate",)),
    Function.DRAINAGE: (14, "water", "排水抢险", "drainage", ("pump", "manhole")),
    Function.SANITATION: (18, "sanitation", "环卫", "sanitation", ("sweeper",)),
    Function.LIGHTING: (10, "lighting", "照明抢修", "lighting", ("lift",)),
    Function.GAS: (8, "gas_heating", "燃气抢险", "gas", ("gas_detector",)),
    Function.GREENING: (10, "landscaping", "园林", "greening", ("chainsaw", "lift")),
    Function.LAW_ENFORCEMENT: (16, "law_enforcement", "执法", "law enforcement", ()),
    Function.FIRE_RESCUE: (8, "emergency", "消防救援", "fire and rescue", ("ladder", "rescue")),
    Function.MEDICAL: (6, "emergency", "医疗急救", "medical", ("ambulance",)),
    Function.COMMUNICATIONS: (4, "telecom", "通信保障", "communications", ()),
    Function.LOGISTICS: (4, "emergency", "后勤保障", "logistics", ("truck",)),
}
"""How many teams of a function a demo city has, whose they are, what they are called, what they can do besides."""
ALWAYS = (Function.DRAINAGE, Function.GAS, Function.FIRE_RESCUE, Function.MEDICAL)
"""On duty day and night; of the others seven in ten by day, the rest by night."""
DAY, NIGHT, BY_DAY = ("07:00", "19:00"), ("19:00", "07:00"), 0.7
DISPATCHER, CREW = Actor("simulator", Role.DISPATCHER), Actor("simulator", Role.SYSTEM)
PATIENCE = timedelta(minutes=2)
"""For how long a waiting case is left to the people before the screen."""
A_ROUND = 2
"""Teams that the simulated dispatcher sends at once, at most."""
KEPT_FREE = 0.35
"""Share of the teams of a function on duty that it leaves for people to send."""
TURNOUT_S, WORK_MIN = (35.0, 140.0), (8.0, 40.0)
PAST, WITH_TEAM = timedelta(days=7), 0.2
"""How far back the teams of a demo city have a history, and the share of ordinary cases that a team was sent to."""
SOON_MIN, FAR = (0.5, 6.0), timedelta(hours=1)
"""How soon after its dispatch a team is sent to an urgent case; so long before it was handled, at least, to another one."""
MOVING, STANDING = timedelta(seconds=30), timedelta(minutes=15)
"""How often a team that drives says where it is, and one that does not."""
LOG = logging.getLogger("city_brain")


def build(city: City, town: Town, seed: int, moment: datetime) -> int:
    """Enter the teams of a demo city, and what they did in the days before. Gives how many are new."""
    fleet = teams(town, seed)
    new = actions.enter(city, fleet, CREW)
    actions.remember(city, past(queries.handled(city, moment - PAST, moment), fleet, ZoneInfo(town.timezone), seed), CREW)
    return new


def past(cases: Sequence[Mapping[str, Any]], fleet: Sequence[Team], zone: ZoneInfo, seed: int) -> list[Served]:
    """Who served cases of the past: the nearest team that was on duty and free, soon after the dispatch of an urgent one, and so that its
    work was done before the case was handled. To a part of the ordinary ones alone: people settle the others without a team."""
    rng, free, found = Random(f"past {seed}"), dict[str, datetime](), list[Served]()
    wanted = [(_sent_at(case, rng), case) for case in cases if case["urgency"] == Urgency.URGENT or rng.random() < WITH_TEAM]
    for sent, case in sorted(wanted, key=lambda one: (one[0], one[1]["case_id"])):
        here, urgent = sent.astimezone(zone), case["urgency"] == Urgency.URGENT
        mine = [team for team in fleet if team.function is case["function"] and free.get(team.team_id, sent) <= sent]
        mine = [team for team in mine if on_shift(team.shift_from, team.shift_until, here.time())]
        if not mine:
            continue
        lon, lat = np.array([(team.home_lon, team.home_lat) for team in mine]).T
        metres, seconds = estimated(lon, lat, case["lon"], case["lat"], hour=here.hour, urgent=urgent)
        best = int(np.argmin(seconds))
        left = sent + timedelta(seconds=_between(TURNOUT_S, rng.random()))
        scene = left + timedelta(seconds=float(seconds[best]) * rng.uniform(0.85, 1.3))
        cleared = scene + timedelta(minutes=_between(WORK_MIN, rng.random()))
        if cleared <= case["handled_at"]:
            team = mine[best].team_id
            free[team] = cleared
            eta, away = round(float(seconds[best]), 1), round(float(metres[best]), 1)
            found.append(Served(case["case_id"], team, sent, left, scene, cleared, eta, away))
    return found


def _sent_at(case: Mapping[str, Any], rng: Random) -> datetime:
    """When a team is sent to a case of the past."""
    sent: datetime = case["dispatched_at"]
    if case["urgency"] == Urgency.URGENT:
        return sent + timedelta(minutes=rng.uniform(*SOON_MIN))
    room: timedelta = max(timedelta(0), case["handled_at"] - sent - FAR)
    return sent + rng.random() * room


def teams(town: Town, seed: int) -> list[Team]:
    """The teams of a demo city, at home near streets, more of them where more happens. The same seed places the same."""
    rng, found, numbers = Random(f"{town.slug} teams {seed}"), list[Team](), Counter[tuple[str, str]]()
    shares = [district.share for district in town.districts]
    for function, (count, department, name_zh, name_en, skills) in FLEET.items():
        for number in range(1, count + 1):
            district = rng.choices(town.districts, shares)[0]
            home = rng.choice(district.streets) if district.streets else district
            lon, lat = (home.lon, home.lat) if district.streets else (district.label_lon, district.label_lat)  # type: ignore[union-attr]
            numbers[function, district.name_zh] += 1
            of = numbers[function, district.name_zh]
            shift = (None, None) if function in ALWAYS else DAY if number <= BY_DAY * count else NIGHT
            found.append(Team(
                f"{town.prefix}-{function[:3].upper()}{number:02d}", f"{district.name_zh}{name_zh}{of}队",
                f"{district.name_en} {name_en} {of}", function, department, rng.randint(2, 8),
                round(lon + rng.uniform(-0.012, 0.012), 6), round(lat + rng.uniform(-0.01, 0.01), 6),
                skills, shift[0], shift[1], simulated=True,
            ))  # fmt: skip
    return found


def work(city: City, moment: datetime) -> int:
    """One round: teams say where they are and go on, waiting cases get somebody. Gives how many acts were taken."""
    fleet = queries.teams(city, Look(moment))
    fleet = fleet[fleet["simulated"]]
    if fleet.empty:
        return 0
    sent = queries.assignments(city, Look(moment), live=True, size=1000).set_index("assignment_id")
    return _report(city, fleet, sent, moment) + _go_on(city, fleet, sent, moment) + _send(city, fleet, moment)


def _report(city: City, fleet: pd.DataFrame, sent: pd.DataFrame, moment: datetime) -> int:
    """Positions of those that have not said theirs for so long, in one batch."""
    targets = _targets(city, fleet, sent, moment)
    positions, due = [], False
    for row in fleet.to_dict("records"):
        known = row["located_at"] if not pd.isna(row["located_at"]) else None
        target = targets.get(row["team_id"])
        age = moment - known if known is not None else STANDING
        if age < (MOVING if target else STANDING):
            continue
        due = True
        lon, lat = (row["lon"], row["lat"]) if known is not None else (row["home_lon"], row["home_lat"])
        if target:
            to_lon, to_lat, arrives = target
            left = max((arrives - (known or moment)).total_seconds(), 1.0)
            share = min(1.0, age.total_seconds() / left)
            lon, lat = lon + share * (to_lon - lon), lat + share * (to_lat - lat)
        positions.append(Position(row["team_id"], round(float(lon), 6), round(float(lat), 6), moment))
    return 1 if due and actions.locate(city, positions, CREW) else 0


def _targets(city: City, fleet: pd.DataFrame, sent: pd.DataFrame, moment: datetime) -> dict[str, tuple[float, float, datetime]]:
    """Where each team that moves is going, and when it is there."""
    found: dict[str, tuple[float, float, datetime]] = {}
    places = _places(city, list(sent["case_id"]))
    for row in fleet.to_dict("records"):
        if row["state"] == State.EN_ROUTE and row["assignment_id"] in sent.index:
            one = sent.loc[row["assignment_id"]]
            if one["case_id"] in places:
                found[row["team_id"]] = (*places[one["case_id"]], _arrives(one))
        elif row["state"] == State.CLEAR:
            found[row["team_id"]] = (row["home_lon"], row["home_lat"], row["since"] + timedelta(minutes=12))
    return found


def _places(city: City, case_ids: list[str]) -> dict[str, tuple[float, float]]:
    with city.read() as cursor:
        rows = cursor.rows("dispatch.places", case_ids=case_ids) if case_ids else []
    return {row["case_id"]: (row["lon"], row["lat"]) for row in rows}


def _arrives(assignment: Any) -> datetime:
    seconds = assignment["eta_s"] if not pd.isna(assignment["eta_s"]) else 900.0
    at: datetime = assignment["en_route_at"] + timedelta(seconds=float(seconds))
    return at


def _go_on(city: City, fleet: pd.DataFrame, sent: pd.DataFrame, moment: datetime) -> int:
    """Teams leave, arrive and end their work when their time has come."""
    acts = 0
    for row in fleet[fleet["assignment_id"].isin(sent.index)].to_dict("records"):
        stage, ends = _ends(State(row["state"]), sent.loc[row["assignment_id"]], zlib.crc32(row["assignment_id"].encode()) / 2**32)
        if ends <= moment:
            acts += _try(partial(actions.advance, city, row["assignment_id"], stage, CREW))
    return acts


def _ends(state: State, assignment: Any, chance: float) -> tuple[Stage, datetime]:
    """What comes next for a team at a case, and when."""
    if state is State.DISPATCHED:
        return Stage.EN_ROUTE, assignment["assigned_at"] + timedelta(seconds=_between(TURNOUT_S, chance))
    if state is State.EN_ROUTE:
        return Stage.ON_SCENE, _arrives(assignment)
    return Stage.CLEARED, assignment["on_scene_at"] + timedelta(minutes=_between(WORK_MIN, chance))


def _send(city: City, fleet: pd.DataFrame, moment: datetime) -> int:
    """The simulated dispatcher: the nearest free team of the right function to the cases that stand first in the queue."""
    waiting = queries.waiting(city, Look(moment), 400)
    waiting = order(waiting[(waiting["step"] == Step.HANDLE) & (waiting["reported_at"] <= moment - PATIENCE)], moment)
    on_duty, taken = fleet[fleet["on_shift"]], set[str]()
    free = on_duty[on_duty["state"].isin(FREE)]["function"].value_counts()
    kept = KEPT_FREE * on_duty["function"].value_counts()
    for case in waiting.to_dict("records"):
        function = case["function"]
        if len(taken) == A_ROUND:
            break
        if free.get(function, 0) > kept.get(function, 0):
            team = send(city, case, on_duty[~on_duty["team_id"].isin(taken)], moment)
            taken |= {team} if team else set()
            free[function] -= 1
    return len(taken)


def send(city: City, case: Mapping[Any, Any], fleet: pd.DataFrame, moment: datetime) -> str | None:
    """Send the nearest free team of the right function to a waiting case. Gives its number; None where there is none, or it was refused."""
    mine = fleet[fleet["state"].isin(FREE) & (fleet["function"] == case["function"])]
    if mine.empty:
        return None
    lon, lat = mine["lon"].fillna(mine["home_lon"]).to_numpy(), mine["lat"].fillna(mine["home_lat"]).to_numpy()
    hour, urgent = moment.astimezone(ZoneInfo(queries.timezone(city))).hour, case["urgency"] == "urgent"
    metres, seconds = estimated(lon, lat, case["lon"], case["lat"], hour=hour, urgent=urgent)
    best = int(np.argmin(seconds))
    team = str(mine["team_id"].iloc[best])
    sends = partial(actions.assign, city, case["case_id"], team, DISPATCHER, recommended=team, same_checked=True)
    return team if _try(partial(sends, eta_s=float(seconds[best]), distance_m=float(metres[best]))) else None


def _try(act: Callable[[], object]) -> int:
    try:
        act()
    except Fault as fault:  # a person was first, or the case has gone on
        LOG.debug("a simulated crew was refused: %s", fault)
        return 0
    return 1


def _between(bounds: tuple[float, float], share: float) -> float:
    least, most = bounds
    return float(least * (most / least) ** share)
