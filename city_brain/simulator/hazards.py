"""The risk register of a demo city: a plausible list of hazards with their past inspections, and the staff that goes on inspecting.

Nothing here is surveyed: places are drawn from the addresses of the demo's cases, names and persons are made up.
"""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any

from city_brain.cases.model import Look
from city_brain.errors import Fault
from city_brain.hazards import actions, queries, rounds
from city_brain.hazards.model import CYCLES, SORT, HazardKind, Inspection, Result, RiskClass, State
from city_brain.roles import Actor, Role
from city_brain.simulator.geography import Town
from city_brain.simulator.places import BACKGROUND, Pool, pool
from city_brain.storage.city import City

HISTORY = timedelta(days=100)
"""How long ago the register was taken in."""
SAYS: dict[HazardKind, tuple[int, tuple[str, ...], tuple[str, ...]]] = {
    HazardKind.PONDING: (34, ("{road}易积水点", "{road}下穿段积水点"), ("雨水口被落叶堵住", "泵站水位尺看不清", "路面低洼处有余水")),
    HazardKind.GAS_PIPE: (22, ("{road}中压燃气管段", "{road}老旧燃气管段"), ("阀井内有积水", "警示桩缺失", "管位上方堆放杂物")),
    HazardKind.AGEING_BUILDING: (28, ("{community}老旧住宅楼", "{community}自建房"), ("外墙空鼓约两平方米", "楼道裂缝有发展")),
    HazardKind.SLOPE: (12, ("{road}挡土墙", "{street}边坡"), ("泄水孔堵塞", "坡面有浅层溜塌", "坡顶排水沟开裂")),
    HazardKind.DANGEROUS_GOODS: (10, ("{road}加油站", "{street}液化气供应站"), ("灭火器临近有效期", "静电接地松动")),
    HazardKind.ELEVATOR: (24, ("{community}住宅电梯", "{road}商场自动扶梯"), ("轿厢应急电话无人应答", "层门门锁磨损", "检验标志过期")),
    HazardKind.CONSTRUCTION: (18, ("{road}地块工地", "{road}管线改造工地"), ("基坑临边防护缺失", "围挡倾斜", "塔吊限位需复核")),
    HazardKind.CROWDED_PLACE: (20, ("{spot}人员密集区", "{road}农贸市场"), ("疏散通道堆放货物", "应急照明不亮")),
    HazardKind.BRIDGE: (14, ("{road}桥", "{road}人行天桥"), ("伸缩缝堵塞", "栏杆锈蚀", "桥面铺装开裂")),
    HazardKind.UNDERGROUND: (12, ("{road}地下通道", "{community}地下车库"), ("排水泵一台停用", "防汛沙袋不足")),
    HazardKind.OUTDOOR_SIGN: (16, ("{road}楼顶广告牌", "{road}沿街店招"), ("固定螺栓锈蚀", "面板局部脱开")),
    HazardKind.ROAD_COLLAPSE: (10, ("{road}塌陷风险路段",), ("路面沉降约三厘米", "雷达探测有疏松体")),
    HazardKind.OVERHEAD_LINE: (8, ("{road}架空线缆",), ("线缆下垂，离地不足四米", "线杆倾斜")),
}  # fmt: skip
"""By kind: how many, what they are called, what an inspection may find."""
GRAVITY = {RiskClass.RED: 6, RiskClass.ORANGE: 18, RiskClass.YELLOW: 44, RiskClass.BLUE: 32}
"""Shares of the classes, percent."""
TREATED, FOUND = 0.07, 0.14
"""Shares: hazards under treatment, inspections with findings."""
LEFT_ONE_IN = 14
"""One hazard in so many the simulated staff leaves alone: its missed inspections wait for the people before the screen."""
_SURNAMES, _GIVEN = "王李张刘陈杨黄赵吴周徐孙", ("伟", "芳", "建国", "敏", "志强", "丽娟", "军", "海燕", "文斌", "晓东")
INSPECTOR = Actor("simulator", Role.INSPECTOR)
OPENS, MINUTES = time(0, 30), 9 * 60
"""When the working day begins over which the simulated inspections are spread (UTC: the demo cities are in China), and how long it is."""


def build(city: City, town: Town, seed: int, moment: datetime, actor: Actor) -> int:
    """Take the register of a demo city in, with its inspections up to now. Returns how many hazards it has."""
    rows, inspected = plan(town, seed, moment)
    tally = actions.take_in(
        city, list(enumerate(rows, start=1)), actor, source=f"simulated_{town.slug}", simulated=True, inspected=inspected,
        moment=moment - HISTORY,
    )  # fmt: skip
    return tally.entered


def plan(town: Town, seed: int, moment: datetime) -> tuple[list[dict[str, Any]], dict[str, list[tuple[datetime, Inspection]]]]:
    """The hazards of a demo city, and by number the inspections of each in order, up to a moment. The same seed plans the same."""
    drawn, rng = pool(town, seed), Random(f"{town.slug} {seed}")
    kinds = [kind for kind, (count, *_) in SAYS.items() for _ in range(count)]
    rows = [_hazard(town, drawn, kind, number, rng) for number, kind in enumerate(kinds, start=1)]
    return rows, {row["hazard_id"]: _inspections(row, moment, rng) for row in rows}


def _hazard(town: Town, drawn: Pool, kind: HazardKind, number: int, rng: Random) -> dict[str, Any]:
    at = rng.randrange(BACKGROUND) if rng.random() < 0.7 else rng.randrange(BACKGROUND, len(drawn.lon))
    address, spot = drawn.address[at].as_py(), drawn.spot[at].as_py()
    road = address.removeprefix(drawn.district[at].as_py()).rstrip("0123456789号")
    names = {"road": road, "street": drawn.street[at].as_py(), "community": drawn.community[at].as_py(), "spot": spot}
    return {
        "hazard_id": f"{town.prefix}-F{number:04d}", "name": rng.choice(SAYS[kind][1]).format(**names), "kind": kind,
        "risk_class": rng.choices(list(GRAVITY), list(GRAVITY.values()))[0],
        "state": State.UNDER_TREATMENT if rng.random() < TREATED else State.IN_FORCE,
        "lon": round(float(drawn.lon[at]), 6), "lat": round(float(drawn.lat[at]), 6), "district": drawn.district[at].as_py(),
        "street": names["street"], "address": address, "department": SORT[kind].owner,
        "person": rng.choice(_SURNAMES) + rng.choice(_GIVEN), "phone": f"1990000{rng.randrange(10_000):04d}",
    }  # fmt: skip


def _inspections(row: dict[str, Any], moment: datetime, rng: Random) -> list[tuple[datetime, Inspection]]:
    """One a cycle, most of them in time, until now; the last of a few is missing."""
    cycle = CYCLES[row["risk_class"]]
    at, found = moment - HISTORY + timedelta(days=rng.uniform(0, min(cycle, HISTORY.days))), []
    while at < moment:
        clear = rng.random() >= FOUND
        says = "" if clear else rng.choice(SAYS[row["kind"]][2])
        found.append((at, Inspection(Result.CLEAR if clear else Result.FINDINGS, says, rng.choice(_SURNAMES) + rng.choice(_GIVEN))))
        at += timedelta(days=cycle * rng.uniform(0.8, 0.98))
    return found[:-1] if _is_left(row["hazard_id"]) else found


def _is_left(hazard_id: str) -> bool:
    return zlib.crc32(hazard_id.encode()) % LEFT_ONE_IN == 0


def work(city: City, moment: datetime) -> int:
    """The next simulated inspection whose hour has come, if there is one. Returns how many were recorded: 1 or 0."""
    with city.read() as cursor:
        due = cursor.rows("hazards.due_simulated", today=queries.today(city, Look(moment)))
    for row in due:
        chance = zlib.crc32(f"{row['hazard_id']} {row['next_on']}".encode())
        hour = datetime.combine(row["next_on"], OPENS, tzinfo=UTC) + timedelta(minutes=chance % MINUTES)
        if hour <= moment and not _is_left(row["hazard_id"]):
            return _inspect(city, row["hazard_id"], clear=chance % 7 > 0)
    return 0


def _inspect(city: City, hazard_id: str, *, clear: bool) -> int:
    inspection = Inspection(Result.CLEAR if clear else Result.FINDINGS, "" if clear else "现场发现问题，已告知责任单位")
    try:
        rounds.inspect(city, hazard_id, inspection, INSPECTOR, raises=not clear)
    except Fault:  # a person was first
        return 0
    return 1
