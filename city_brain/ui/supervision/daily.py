"""What the daily report says of a day, as it was known when the day was over: a report of yesterday is the same tomorrow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from city_brain.cases import queries as cases
from city_brain.cases.model import Look, Mark, Wanted
from city_brain.incidents import queries as incidents
from city_brain.notices import queries as notices
from city_brain.storage.city import City
from city_brain.supervision import queries
from city_brain.ui import cached
from city_brain.ui.session import Viewer

LONGEST, ESCALATED, MOST_NOTICES = 7, 5, 5000


@dataclass(frozen=True, slots=True)
class Daily:
    """One day. Frames are those of the queries they come from."""

    day: date
    since: datetime
    until: datetime
    """The end of the day, or the moment looked at where it is not over."""
    over: bool
    counted: pd.DataFrame
    """reported, closed: of the day, of the day before and of the same weekday before, each up to the same time."""
    stocks: pd.DataFrame
    """open, overdue: at the end of each of them, as it stood then."""
    measures: pd.DataFrame
    before: pd.DataFrame
    """The measures of the day before."""
    overdue: pd.DataFrame
    longest: pd.DataFrame
    disputes: pd.DataFrame
    """Open at the end."""
    ruled: pd.DataFrame
    passing: dict[str, Any]
    pairs: pd.DataFrame
    notices: pd.DataFrame
    escalated: pd.DataFrame
    sources: list[dict[str, Any]]
    freshness: datetime | None


def of(city: City, viewer: Viewer, day: date) -> Daily:
    """The report of a day, shared by everybody who reads it."""
    now, zone = cached.coarse(viewer).moment, viewer.text.zone
    end = datetime.combine(day + timedelta(days=1), time(), zone)
    return _of(city, city.number, day, str(zone), min(end, now), end <= now, viewer.playback)


def _stock(city: City, look: Look) -> dict[str, int]:
    marks = cases.marks(city, look, Wanted())
    return {"open": sum(row["cases"] for row in marks.values()), "overdue": marks.get(Mark.OVERDUE, {"cases": 0})["cases"]}


@st.cache_data(ttl=300, max_entries=16, show_spinner=False)
def _of(_city: City, key: int, day: date, zone: str, until: datetime, over: bool, playback: bool) -> Daily:
    look = Look(until, until if over or playback else None)
    since = datetime.combine(day, time(), ZoneInfo(zone))
    backs = [timedelta(days=days) for days in (0, 1, 7)]
    told = notices.lately(_city, look, since, MOST_NOTICES)
    return Daily(
        day=day, since=since, until=until, over=over,
        counted=cases.same_times(_city, look, [(since - back, until - back) for back in backs]),
        stocks=pd.DataFrame([_stock(_city, look if not back else Look(until - back, until - back)) for back in backs]),
        measures=cached.indicators(_city, look, since, until),
        before=cached.indicators(_city, look, since - backs[1], until - backs[1]),
        overdue=queries.overdue(_city, look), longest=queries.stuck(_city, look, LONGEST, order="waiting_s"),
        disputes=queries.disputes(_city, look, ruled=False), ruled=queries.disputes(_city, look, ruled=True, since=since),
        passing=queries.passing(_city, look, since, until), pairs=queries.pairs(_city, look, since, until),
        notices=notices.counts(_city, look, since), escalated=told[told["percent"] >= 100].head(ESCALATED),
        sources=incidents.sources(_city), freshness=cases.freshness(_city, look),
    )  # fmt: skip
