"""A scenario unfolds in a town: which of it happens, when, and where each report stands. Pure, and the same for the same seed."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from city_brain.errors import Fault
from city_brain.simulator.curves import Floats
from city_brain.simulator.geography import Town
from city_brain.simulator.places import Pool, pool
from city_brain.simulator.scenarios import Happening, Scenario, Spot

OFF_ADDRESS_M = 30.0
"""A report stands at most so far from the address it names, either way."""


@dataclass(frozen=True, slots=True)
class Report:
    """One report of a scenario."""

    minute: float
    """Of the scenario."""
    happening: str
    because: str | None
    """The happening that set it off, if one did."""
    matter: dict[str, Any]
    """As `incidents.actions.report` takes it, without identifier and time."""


def events(scenario: Scenario, town: Town, seed: int, *, addresses: int = 0) -> tuple[Report, ...]:
    """The timed reports of a scenario in a town, in their order; those after its end are left out.

    Parameters
    ----------
    addresses : int
        Seed of the town's addresses: those of a demo city are drawn by its own.

    Raises
    ------
    Fault
        The town has no such district, landmark or name.
    """
    begun = _begun(scenario, seed)
    reports = []
    centres = _centres(scenario, town)
    ground = pool(town, addresses) if all(one.outline for one in town.districts) else None
    for one in scenario.happenings:
        if one.name not in begun:
            continue
        at, because = begun[one.name]
        chance = _chance(scenario, seed, town.slug, one.name)
        for minute, matter in _drawn(one, at, centres[one.name], town, ground, chance):
            if minute <= scenario.minutes:
                reports.append(Report(round(minute, 3), one.name, because, matter))
    return tuple(sorted(reports, key=lambda report: (report.minute, report.happening)))


def _chance(scenario: Scenario, *of: object) -> Random:
    return Random(zlib.crc32("/".join(map(str, (scenario.slug, *of))).encode()))


def _begun(scenario: Scenario, seed: int) -> dict[str, tuple[float, str | None]]:
    """When each happening begins and what set it off; the earliest counts, and what no link chose to set off does not begin."""
    found: dict[str, tuple[float, str | None]] = {one.name: (one.minute, None) for one in scenario.happenings if one.minute is not None}
    for _ in scenario.happenings:  # links lead in no circle: after so many rounds nothing changes any more
        for place, link in enumerate(scenario.links):
            chance = _chance(scenario, seed, "link", place)
            happens, share = chance.random() < link.probability, chance.random()
            if not happens or link.source not in found:
                continue
            at = found[link.source][0] + link.after[0] + (link.after[1] - link.after[0]) * share
            if link.target not in found or at < found[link.target][0]:
                found[link.target] = (at, link.source)
    return found


def _drawn(
    one: Happening, at: float, centre: Floats, town: Town, ground: Pool | None, chance: Random
) -> list[tuple[float, dict[str, Any]]]:
    rows, taken = [], set[int]()
    for number in range(one.count):
        minute = at + (one.over * (number + chance.random()) / one.count if one.over else 0.0)
        target = centre + np.array([chance.gauss(0, 1), chance.gauss(0, 1)]) * one.spread_m
        matter: dict[str, Any] = {
            "category_kind": one.kind, "category_code": one.code, "urgency": one.urgency, "channel": one.channel,
            "description": f"{one.text.zh}（演练） / {one.text.en} (drill)",
        }  # fmt: skip
        matter |= _at(target, town, ground, taken, chance)
        rows.append((minute, matter))
    return rows


def _at(target: Floats, town: Town, ground: Pool | None, taken: set[int], chance: Random) -> dict[str, Any]:
    """The free address nearest to a point, or the point itself in a town whose addresses nobody knows."""
    if ground is None:
        lon, lat = town.plane.degrees(target[None])[0]
        nearest = min(town.districts, key=lambda one: (one.label_lon - lon) ** 2 + (one.label_lat - lat) ** 2)
        return {"lon": round(float(lon), 6), "lat": round(float(lat), 6), "district": nearest.name_zh, "address": nearest.name_zh}
    points = town.plane.metres(np.column_stack([ground.lon, ground.lat]))
    order = np.argsort(((points - target) ** 2).sum(axis=1))[:40].tolist()
    place = next((row for row in order if row not in taken), order[0])
    taken.add(place)
    off = (np.array([chance.random(), chance.random()]) * 2 - 1) * OFF_ADDRESS_M
    lon, lat = town.plane.degrees((points[place] + off)[None])[0]
    names = {name: getattr(ground, name)[place].as_py() for name in ("district", "street", "community", "address")}
    return {"lon": round(float(lon), 6), "lat": round(float(lat), 6), **names}


def _centres(scenario: Scenario, town: Town) -> dict[str, Floats]:
    """Where each happening has its middle, in metres of the town's plane."""
    named = {one.name: one for one in scenario.happenings}
    found = {}
    for place, one in enumerate(scenario.happenings, start=1):
        spot = one.spot
        while spot.by == "near":
            spot = named[spot.of].spot
        found[one.name] = town.plane.metres(np.array([_located(spot, town, scenario, f"event[{place}].place")]))[0]
    return found


def _located(spot: Spot, town: Town, scenario: Scenario, at: str) -> tuple[float, float]:
    """Degrees of a place of the town. A town without landmarks of a theme takes its busiest districts instead."""
    if spot.by == "name":
        places = {landmark.name: (landmark.lon, landmark.lat) for landmark in town.landmarks}
        for one in town.districts:
            places |= dict.fromkeys((one.name_zh, one.name_en), (one.label_lon, one.label_lat))
            places |= {street.name: (street.lon, street.lat) for street in one.streets}
        if spot.of not in places:
            raise Fault("scenario_place", scenario=scenario.slug, at=at, value=spot.of, town=town.name_en)
        return places[spot.of]
    number = spot.number
    if spot.by == "theme":
        of_theme = [landmark for landmark in town.landmarks if spot.of in landmark.themes]
        if of_theme:
            landmark = of_theme[(number - 1) % len(of_theme)]
            return landmark.lon, landmark.lat
    else:
        number = int(spot.of)
    busiest = sorted(town.districts, key=lambda one: -one.share)
    if not busiest:
        return town.lon, town.lat
    one = busiest[(number - 1) % len(busiest)]
    return one.label_lon, one.label_lat
