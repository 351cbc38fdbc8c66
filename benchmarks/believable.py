"""How far the simulated city is like real ones: arrivals by hour and weekday, handling times, what is overdue, passed on, told twice.

python -m benchmarks.believable --days 56
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import numpy as np
import pandas as pd

from city_brain.settings import ROOT
from city_brain.simulator import plan
from city_brain.simulator.engine.life import Ended, lived
from city_brain.simulator.geography import Town, town
from city_brain.simulator.kinds import kinds
from city_brain.simulator.policies.rules import RULES

DATA = ROOT.parent / "shared" / "data"
"""Real files beside the project, if they are there."""
BOSTON = DATA / "boston311_2011" / "311_service_requests_2011.zip"
PINGSHAN = DATA / "cn_pingshan_minsheng" / "pingshan_minsheng_10000.csv"
START, SEED, PER_DAY = date(2026, 6, 1), 1, 667.0
ALIKE: Mapping[str, tuple[str, ...]] = {
    "waste": ("Sanitation",), "pavement": ("Highway Maintenance",), "light": ("Street Lights",), "green": ("Trees",),
    "advert": ("Graffiti",), "traffic": ("Signs & Signals",), "street": ("Enforcement & Abandoned Vehicles",),
}  # fmt: skip
"""Themes of the simulated city, and the reasons of Boston's requests that are most like them."""


@dataclass(frozen=True)
class Marginals:
    """What is compared of a city."""

    name: str
    cases: int
    hours: np.ndarray[tuple[int], np.dtype[np.float64]]
    """(24,) share of the reports by hour of the day."""
    week: np.ndarray[tuple[int], np.dtype[np.float64]]
    """(7,) the same by weekday, Monday first."""
    took: pd.DataFrame
    """Median and 90th percentile of the hours from report to closing, by theme; ``*`` is all."""
    overdue: float
    """Share closed, or still open, after the limit, of those with one."""
    passed: float = np.nan
    """Share that a department passed on."""
    again: float = np.nan
    """Share of reports that tell of what is known."""
    reworked: float = np.nan


def apart(one: Marginals, other: Marginals) -> tuple[float, float]:
    """Total variation between two cities, by hour and by weekday: the share of the reports that would have to come at another time."""
    return float(abs(one.hours - other.hours).sum() / 2), float(abs(one.week - other.week).sum() / 2)


def simulated(where: Town, days: int) -> Marginals:
    """The city in simulated time, in which cases wait for hands and teams."""
    found = lived(where, seed=SEED, start=START, days=days, per_day=PER_DAY, rule=RULES["urgent_first"], progress=lambda done, whole: None)
    cases = found[found["ended"] == Ended.CLOSED]
    return _marginals(
        "in simulated time", found["reported_at"].dt.tz_convert(where.timezone), cases.assign(theme=_themes(cases["code"])),
        passed=float((cases["passes"] > 0).mean()), again=float(found["again"].mean()), reworked=float((cases["reworks"] > 0).mean()),
    )  # fmt: skip


def quick(where: Town, days: int) -> Marginals:
    """The demo city's history: the same draws, planned in whole columns."""
    begins = datetime(START.year, START.month, START.day, tzinfo=ZoneInfo(where.timezone))
    table = plan.plans(where, seed=SEED, start=begins, end=begins + timedelta(days=days), per_day=PER_DAY)
    found = table.select(["reported_at", "closed_at", "due_at", "category_code"]).to_pandas()
    holders = [{step["holder"] for step in steps if step["step"] == "handle"} for steps in table["steps"].to_pylist()]
    checks = [sum(step["step"] == "verify" for step in steps) for steps in table["steps"].to_pylist()]
    sent = found["due_at"].notna().to_numpy()
    return _marginals(
        "demo history", found["reported_at"].dt.tz_convert(where.timezone), found[sent].assign(theme=_themes(found["category_code"][sent])),
        passed=float(np.mean([len(of) > 1 for of, had in zip(holders, sent, strict=True) if had])),
        reworked=float(np.mean([count > 1 for count, had in zip(checks, sent, strict=True) if had])),
    )  # fmt: skip


def boston(file: Path = BOSTON) -> Marginals:
    """Half a year of requests of 2011, on the clock there."""
    rows = pd.read_csv(file, low_memory=False, usecols=["open_dt", "target_dt", "closed_dt", "ontime", "reason"])
    reported, closed, target = (pd.to_datetime(rows[name], errors="coerce") for name in ("open_dt", "closed_dt", "target_dt"))
    themes = {reason: theme for theme, reasons in ALIKE.items() for reason in reasons}
    cases = pd.DataFrame({"reported_at": reported, "closed_at": closed, "theme": rows["reason"].map(themes)})
    overdue = float((rows["ontime"][target.notna()] == "OVERDUE").mean())
    return _marginals("Boston 2011", reported, cases, overdue=overdue)


def pingshan(file: Path = PINGSHAN) -> Marginals:
    """Ten thousand appeals of 2018; hours without those of which several have the same second, weekdays of thirteen whole weeks."""
    rows = pd.read_csv(file, usecols=["CREATE_TIME", "OVERTIME_ARCHIVE_NUM"], dtype=str)
    reported = pd.to_datetime(rows["CREATE_TIME"])
    whole = reported[(reported >= "2018-08-27") & (reported < "2018-11-26")]
    hours = _shares(reported[~reported.duplicated(keep=False)].dt.hour, 24)
    overdue = float((rows["OVERTIME_ARCHIVE_NUM"] == "1").mean())
    return Marginals("Pingshan 2018", len(rows), hours, _shares(whole.dt.day_of_week, 7), pd.DataFrame(), overdue)


def _marginals(name: str, reported: pd.Series, cases: pd.DataFrame, *, overdue: float | None = None, **others: float) -> Marginals:
    hours = (cases["closed_at"] - cases["reported_at"]).dt.total_seconds() / 3600
    groups = {"*": hours, **dict(list(hours.groupby(cases["theme"])))}
    took = pd.DataFrame({theme: {"median": of.median(), "p90": of.quantile(0.9)} for theme, of in groups.items()}).T
    late = float((cases["closed_at"] > cases["due_at"]).mean()) if overdue is None else overdue
    return Marginals(name, len(reported), _shares(reported.dt.hour, 24), _shares(reported.dt.day_of_week, 7), took, late, **others)


def _shares(values: pd.Series, length: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    counted = np.bincount(values, minlength=length)
    return counted / counted.sum()


def _themes(codes: pd.Series) -> pd.Series:
    table = kinds()
    return codes.map({kind.category.code: table.themes[kind.theme].name for kind in table.kinds})


@click.command()
@click.option("--days", default=56, show_default=True)
@click.option("--city", default="wuhan", show_default=True)
def main(days: int, city: str) -> None:
    """Print the tables of docs/simulated_city.md."""
    ours = [simulated(town(city), days), quick(town(city), days)]
    real = [read() for file, read in ((BOSTON, boston), (PINGSHAN, pingshan)) if file.exists()]
    every = ours + real
    _table(["", *(one.name for one in every)], [
        ["reports", *(f"{one.cases:,}" for one in every)],
        *([f"{first:02d}–{first + 3:02d} h", *(f"{one.hours[first : first + 3].sum():.1%}" for one in every)] for first in range(0, 24, 3)),
        ["Saturday and Sunday", *(f"{one.week[5:].sum():.1%}" for one in every)],
        ["overdue", *(f"{one.overdue:.1%}" for one in every)],
        *([what, *("—" if np.isnan(share := getattr(one, field)) else f"{share:.1%}" for one in every)]
          for what, field in (("passed on", "passed"), ("told again", "again"), ("reworked", "reworked"))),
    ])  # fmt: skip
    _table(["by hour / by weekday", *(one.name for one in real)], [
        [one.name, *("{:.2f} / {:.2f}".format(*apart(one, other)) for other in real)] for one in every
    ])  # fmt: skip
    timed = [one for one in every if len(one.took)]
    _table(["hours to closing, median / p90", *(one.name for one in timed)], [
        [theme, *(_took(one, theme) for one in timed)] for theme in ("*", *ALIKE)
    ])  # fmt: skip


def _took(one: Marginals, theme: str) -> str:
    return "{:,.1f} / {:,.1f}".format(*one.took.loc[theme]) if theme in one.took.index else "—"


def _table(head: list[str], rows: list[list[str]]) -> None:
    for row in (head, ["---"] * len(head), *rows):
        click.echo("| " + " | ".join(row) + " |")
    click.echo()


if __name__ == "__main__":
    main()
