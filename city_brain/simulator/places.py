"""Where the demo city's cases happen: a pool of addresses, a part of them in hot spots.

The pool is drawn once per town and seed: every address lies on dry land, well inside its district,
and belongs to the nearest street of that district and the nearest community of that street.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely
from shapely.geometry import shape

from city_brain.simulator.curves import Floats
from city_brain.simulator.geography import District, Town
from city_brain.simulator.kinds import kinds
from city_brain.simulator.skeleton import road, water

BACKGROUND = 9_000
HOT_SPOTS = 40
HOT_ADDRESSES = 48
"""Addresses in one hot spot."""
MARGIN_M = 90.0
"""Addresses keep this far from district boundaries, so that a case may stand a little off its address."""
_CORE_M = 9_000.0
_NEAR_ROAD_M = 320.0
_COMMUNITIES = (5, 12)
_STEMS = (
    "东升", "和平", "新建", "花园", "建设", "友谊", "民主", "胜利", "春晖", "锦绣", "惠民", "长青", "光明", "红星", "团结", "文化",
    "金桥", "临江", "湖滨", "阳光", "翠园", "桃源", "永安", "福星", "天顺", "丰华", "百步亭", "南苑", "北苑", "东苑", "西苑", "新城",
    "向阳", "联盟", "前进", "学府", "康乐", "怡景", "世纪", "中心", "绿洲", "青年", "工农", "朝晖", "双桥", "兴业", "紫荆", "梅园",
)  # fmt: skip

Ints = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Pool:
    """Addresses of a town. The first `BACKGROUND` are spread over the city; then come the hot spots, `HOT_ADDRESSES` each."""

    town_key: int
    """The town's part in the seed of everything drawn from this pool."""
    lon: Floats
    lat: Floats
    districts: tuple[str, ...]
    """The town's districts; `district_of` counts in them."""
    district_of: Ints
    district: pa.StringArray
    street: pa.StringArray
    community: pa.StringArray
    address: pa.StringArray
    """District, road and number."""
    spot: pa.StringArray
    """How people name the place: a landmark, or road and number."""
    hot_weight: Floats
    """How much happens in a hot spot, (spots,)."""
    hot_themes: npt.NDArray[np.bool_]
    """Which themes a hot spot has, (themes, spots)."""
    hot_wave: Floats
    """Period in days and phase in radians of a hot spot's rise and fall, (spots, 2)."""


@cache
def pool(drawn: Town, seed: int) -> Pool:
    """The pool of a town and seed."""
    town_key = zlib.crc32(drawn.slug.encode())
    rng = np.random.default_rng(np.random.SeedSequence([seed, town_key]))
    centres, weight, spread = _streets(drawn)
    themes = [theme.name for theme in kinds().themes]
    spots, spot_names, hot_themes = _hot_spots(drawn, centres, weight, themes, rng)
    ground = _Ground(drawn)
    background = ground.sample(centres, weight, spread, BACKGROUND, rng)
    hot = [ground.sample(spot[None], np.ones(1), rng.uniform(120, 400, 1), HOT_ADDRESSES, rng) for spot in spots]
    points = np.concatenate([background, *hot])
    names = [None] * BACKGROUND + [name for name in spot_names for _ in range(HOT_ADDRESSES)]
    district, street, community = ground.areas(points)
    address, spot_words = _addresses(drawn, points, district, names)
    lonlat = drawn.plane.degrees(points)
    return Pool(
        town_key, lonlat[:, 0], lonlat[:, 1],
        districts=tuple(one.name_zh for one in drawn.districts), district_of=district,
        district=pa.array([drawn.districts[place].name_zh for place in district]),
        street=pa.array(street), community=pa.array(community), address=pa.array(address), spot=pa.array(spot_words),
        hot_weight=rng.lognormal(0.0, 0.55, HOT_SPOTS), hot_themes=hot_themes,
        hot_wave=np.column_stack([rng.uniform(24, 75, HOT_SPOTS), rng.uniform(0, 2 * np.pi, HOT_SPOTS)]),
    )  # fmt: skip


def _streets(drawn: Town) -> tuple[Floats, Floats, Floats]:
    """Centres of all streets in metres, their weight, and how far their addresses spread."""
    centres = drawn.plane.metres(np.array([(street.lon, street.lat) for one in drawn.districts for street in one.streets]))
    core = 0.06 + np.exp(-((np.hypot(*centres.T) / _CORE_M) ** 2) / 2)
    weight, first = np.empty(len(centres)), 0
    for one in drawn.districts:
        part = slice(first, first + len(one.streets))
        weight[part] = one.share * core[part] / core[part].sum()
        first = part.stop
    away = np.hypot(*(centres[:, None] - centres[None]).transpose(2, 0, 1))
    np.fill_diagonal(away, np.inf)
    return centres, weight / weight.sum(), np.clip(away.min(axis=1) * 0.5, 380.0, 1_500.0)


def _hot_spots(
    drawn: Town, centres: Floats, weight: Floats, themes: list[str], rng: np.random.Generator
) -> tuple[Floats, list[str | None], npt.NDArray[np.bool_]]:
    """Centres, names (none for places without one) and themes: the landmarks first, then seeded ones."""
    known = drawn.plane.metres(np.array([(place.lon, place.lat) for place in drawn.landmarks]))
    more = HOT_SPOTS - len(known)
    seeded = centres[rng.choice(len(centres), more, p=weight)] + rng.normal(0, 450, (more, 2))
    has = np.zeros((len(themes), HOT_SPOTS), dtype=bool)
    for place, landmark in enumerate(drawn.landmarks):
        has[[themes.index(theme) for theme in landmark.themes], place] = True
    for place in range(len(known), HOT_SPOTS):
        has[rng.choice(len(themes), 2, replace=False), place] = True
        has[place % len(themes), place] = True
    names: list[str | None] = [landmark.name for landmark in drawn.landmarks]
    return np.concatenate([known, seeded]), names + [None] * more, has


class _Ground:
    """The dry land of a town's districts, in metres."""

    def __init__(self, drawn: Town) -> None:
        self._town = drawn
        plane = drawn.plane
        outlines = [shapely.transform(shape(one.outline), plane.metres) for one in drawn.districts]
        self._inner = shapely.buffer(outlines, -MARGIN_M, quad_segs=2)
        self._districts = shapely.STRtree(self._inner)
        self._water = shapely.buffer(water(drawn), 25.0, quad_segs=2)
        shapely.prepare(self._water)
        shapely.prepare(self._inner)

    def sample(self, centres: Floats, weight: Floats, spread: Floats, size: int, rng: np.random.Generator) -> Floats:
        """Points scattered around centres, on dry land inside a district; (size, 2) metres."""
        found = np.empty((0, 2))
        widen = 1.0
        while len(found) < size:
            chosen = rng.choice(len(centres), size * 2, p=weight / weight.sum())
            points = centres[chosen] + rng.normal(0, 1, (size * 2, 2)) * spread[chosen, None] * widen
            dry = points[~shapely.contains_xy(self._water, points)]
            inside = np.unique(self._districts.query(shapely.points(dry), predicate="within")[0])
            found = np.concatenate([found, dry[inside]])
            widen *= 1.3
        return found[:size]

    def areas(self, points: Floats) -> tuple[Ints, list[str], list[str]]:
        """District (index), street and community of points."""
        place, district_of = self._districts.query(shapely.points(points), predicate="within")
        district = np.zeros(len(points), dtype=np.intp)
        district[place] = district_of
        streets, communities = [""] * len(points), [""] * len(points)
        for index, one in enumerate(self._town.districts):
            rows = np.flatnonzero(district == index)
            centres = self._town.plane.metres(np.array([(street.lon, street.lat) for street in one.streets]))
            nearest = _nearest(points[rows], centres)
            for number, street in enumerate(one.streets):
                within = rows[nearest == number]
                names = _communities(street.name)
                around = np.random.default_rng(zlib.crc32(street.name.encode())).normal(0, 600, (len(names), 2))
                of_street = _nearest(points[within], centres[number] + around)
                for row, community in zip(within.tolist(), of_street.tolist(), strict=True):
                    streets[row], communities[row] = street.name, names[community]
        return district, streets, communities


def _nearest(points: Floats, centres: Floats) -> Ints:
    return np.asarray(((points[:, None] - centres[None]) ** 2).sum(axis=-1).argmin(axis=1))


def _communities(street: str) -> list[str]:
    """Names of the communities of a street or town, made up in the manner of real ones."""
    stem = street.removesuffix("街道").removesuffix("镇").removesuffix("乡")
    rng = np.random.default_rng(zlib.crc32(street.encode()))
    others = rng.choice(len(_STEMS), int(rng.integers(_COMMUNITIES[0] - 1, _COMMUNITIES[1])), replace=False)
    return [f"{stem}社区"] + [f"{_STEMS[other]}社区" for other in others if _STEMS[other] != stem]


def _addresses(drawn: Town, points: Floats, district: Ints, names: list[str | None]) -> tuple[list[str], list[str]]:
    """Full address (district, road, number) and the words for the spot (landmark, or road and number)."""
    lines = [line for line in drawn.lines if line.kind == "road_main"]
    shapes = shapely.STRtree([road(line, drawn.plane) for line in lines])
    (rows, found), _ = shapes.query_nearest(shapely.points(points), max_distance=_NEAR_ROAD_M, return_distance=True, all_matches=False)
    beside = dict(zip(rows.tolist(), found.tolist(), strict=True))
    known = {name for line in lines for name in line.name_zh.split("—")}
    others = [tuple(name for name in one.roads if name not in known) or one.roads for one in drawn.districts]
    blocks = np.floor(points / 700.0).astype(int) @ np.array([73_856_093, 19_349_663])
    numbers = np.abs(points @ np.array([0.31, 0.57])).astype(int) % 1_480 + 1
    addresses, spots = [], []
    for row, (block, number, name) in enumerate(zip(blocks.tolist(), numbers.tolist(), names, strict=True)):
        one, unplaced = drawn.districts[district[row]], others[district[row]]
        chosen = _beside(one, lines[beside[row]].name_zh) if row in beside else None
        place = f"{chosen or unplaced[block % len(unplaced)]}{number}号"
        addresses.append(f"{one.name_zh}{place}" + (f"（{name}）" if name else "附近"))
        spots.append(f"{name or place}附近")
    return addresses, spots


def _beside(one: District, name: str) -> str | None:
    """The drawn road a point stands at, by the name it has in this district."""
    return next((part for part in name.split("—") if part in one.roads), None)
