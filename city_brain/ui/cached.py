"""Every cached read. The key is what the answer depends on; nothing is ever cleared, and little is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from city_brain import clock
from city_brain.analytics import usual
from city_brain.cases import queries as cases
from city_brain.cases.model import Look, Wanted
from city_brain.errors import NotFound
from city_brain.incidents import queries as incidents
from city_brain.notices import queries as notices
from city_brain.notices.desks import desk
from city_brain.responsibility import queries as responsibility
from city_brain.roles import Actor
from city_brain.storage.city import City
from city_brain.supervision import queries as supervision
from city_brain.supervision.figures import Every
from city_brain.supervision.measures import OF_POSTS
from city_brain.ui.session import Viewer


def today(viewer: Viewer) -> datetime:
    """Midnight of the day looked at, in the city's zone."""
    zone = ZoneInfo(viewer.named["timezone"]) if viewer.named else ZoneInfo("UTC")
    return viewer.look.moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def figures(city: City, viewer: Viewer) -> dict[str, Any]:
    """Figures of the strip: steps, today, usual_today (mean of the same weekday, up to now, four weeks), open and overdue a day ago."""
    return _figures(
        city,
        city.number,
        viewer.look.moment.replace(second=viewer.look.moment.second // 5 * 5, microsecond=0),
        viewer.playback,
        today(viewer),
    )


@st.cache_data(ttl=10, max_entries=32, show_spinner=False)
def _figures(_city: City, key: int, moment: datetime, playback: bool, midnight: datetime) -> dict[str, Any]:
    look = Look(moment, moment if playback else None)
    before = cases.stocks(_city, look, [moment - timedelta(days=1)])
    weeks = [timedelta(days=7 * week) for week in range(1, 5)]
    earlier = [cases.between(_city, look, midnight - week, moment - week)["reported"] for week in weeks]
    seen = [count for count in earlier if count]
    return {
        "steps": cases.steps(_city, look),
        "today": cases.between(_city, look, midnight, moment)["reported"],
        "usual_today": sum(seen) / len(seen) if seen else 0,
        "open_before": int(before["open"].iloc[0]) if len(before) else 0,
        "overdue_before": int(before["overdue"].iloc[0]) if len(before) else 0,
    }


@dataclass(frozen=True, slots=True)
class Summary:
    """What the overview and the wall show of one moment. Times are aware."""

    moment: datetime
    first: datetime | None
    """The first report of the record, None while there is none."""
    latest: datetime | None
    """The last moment of which the data speak."""
    marks: dict[str, int]
    """Unfinished cases by mark."""
    unplaced: int
    """Unfinished cases without a point of their own, which no map shows."""
    steps: dict[str, dict[str, Any]]
    """By step: cases, overdue, waiting_s."""
    days: pd.DataFrame
    """reported, closed: today so far, then the same stretch of the same weekday before, as far as the record reaches."""
    stocks: pd.DataFrame
    """open, overdue: a week ago, then 24 hours ago to now by the hour."""
    hours: pd.DataFrame
    """The last 24 full hours: hour, reported, closed, usual, low, high, weeks."""
    kinds: pd.DataFrame
    """kind, cases, before: the last seven days and the seven before (0 where the record does not reach)."""
    districts: pd.DataFrame
    """district, cases, in_time: due or closed in the last seven days."""

    @property
    def open(self) -> int:
        """Unfinished cases."""
        return sum(self.marks.values())


def summary(city: City, viewer: Viewer) -> Summary:
    """The figures of overview and wall at the moment looked at, five seconds coarse, shared by everyone who looks at it."""
    moment = viewer.look.moment.replace(second=viewer.look.moment.second // 5 * 5, microsecond=0)
    return _summary(city, city.number, moment, viewer.playback, today(viewer))


@st.cache_data(ttl=10, max_entries=32, show_spinner=False)
def _summary(_city: City, key: int, moment: datetime, playback: bool, midnight: datetime) -> Summary:
    look, week, zone = Look(moment, moment if playback else None), timedelta(days=7), ZoneInfo(str(midnight.tzinfo))
    first = _period(_city, key).get("first")
    hours = usual.full_hours(moment, 24)
    counts = cases.hours(_city, look, (hours[0] - usual.WEEKS * week - timedelta(hours=2)).to_pydatetime())
    counts = counts.assign(hour=pd.to_datetime(counts["hour"], utc=True)).set_index("hour")
    lately = counts.reindex(hours, fill_value=0)[["reported", "closed"]]
    kinds, marks = cases.top_kinds(_city, look, moment - week), cases.marks(_city, look, Wanted())
    return Summary(
        moment=moment,
        first=first,
        latest=cases.freshness(_city, look),
        marks={mark: row["cases"] for mark, row in marks.items()},
        unplaced=sum(row["unplaced"] for row in marks.values()),
        steps=cases.steps(_city, look),
        days=cases.same_times(_city, look, usual.same_day_before(midnight, moment, first=first)),
        stocks=cases.stocks(_city, look, [moment - week, *(moment - timedelta(hours=back) for back in range(24, -1, -1))]),
        hours=usual.usual_hours(counts["reported"], hours, zone, first=first).assign(**{name: lately[name].to_numpy() for name in lately}),
        kinds=kinds if first and first <= moment - 2 * week else kinds.assign(before=0),
        districts=cases.district_closing(_city, look, least=1),
    )


@st.cache_data(ttl=60, max_entries=4, show_spinner=False)
def _period(_city: City, key: int) -> dict[str, Any]:
    return cases.period(_city)


def period(city: City) -> dict[str, Any]:
    """The busiest week (its first day) and the first and last report of the record."""
    return _period(city, city.number)


@st.cache_data(ttl=60, max_entries=4, show_spinner=False)
def _weeks(_city: City, key: int) -> pd.DataFrame:
    return cases.weeks(_city, Look(clock.now()))


def weeks(city: City) -> pd.DataFrame:
    """Cases reported in each week of the whole record."""
    return _weeks(city, city.number)


@st.cache_data(ttl=10, max_entries=4, show_spinner=False)
def _latest(_city: City, key: int) -> datetime | None:
    return cases.freshness(_city, Look(clock.now()))


def age(city: City) -> timedelta | None:
    """How old the newest data are, None without any: a live city whose age is over a day is stale."""
    latest = _latest(city, city.number)
    return None if latest is None else clock.now() - latest


def case(city: City, viewer: Viewer, case_id: str) -> dict[str, Any] | None:
    """One case, None when there is none at that moment."""
    try:
        return cases.case(city, viewer.look, case_id)
    except NotFound:
        return None


@st.cache_data(ttl=60, max_entries=4, show_spinner=False)
def _districts(_city: City, key: int) -> pd.DataFrame:
    return incidents.areas(_city)[["name", "name_zh", "name_en", "label_lon", "label_lat"]].dropna(subset=["label_lon", "label_lat"])


def districts(city: City) -> pd.DataFrame:
    """Districts that have a label point: name, name_zh, name_en, label_lon, label_lat (WGS-84)."""
    return _districts(city, city.number)


def view(city: City) -> dict[str, float]:
    """The map's first view: constant for a city, so that no refresh moves it."""
    named = incidents.city(city) or {}
    return {"lon": named["lon"], "lat": named["lat"], "zoom": named["zoom"]}


# -- supervision ---------------------------------------------------------------------------------

Narrowed = tuple[tuple[str, str], ...]
"""What figures are narrowed to: (what cases are grouped by, the group)."""


def coarse(viewer: Viewer, seconds: int = 30) -> Look:
    """The moment looked at, so many seconds coarse: a number and the rows behind it are read at the same one, by all readers together."""
    at = viewer.look.moment
    moment = datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, tz=at.tzinfo)
    return Look(moment, moment if viewer.playback else None)


@dataclass(frozen=True, slots=True)
class Oversight:
    """What supervision shows of one moment: frames of `supervision.queries` and `notices.queries`."""

    moment: datetime
    funnel: pd.DataFrame
    overdue: pd.DataFrame
    stuck: pd.DataFrame
    notices: pd.DataFrame
    """Counts of the last 24 hours by rung and addressee."""
    lately: pd.DataFrame
    """The last escalations of them."""


def oversight(city: City, viewer: Viewer) -> Oversight:
    """Where cases are, where they are late and stuck, who was reminded; thirty seconds coarse."""
    return _oversight(city, city.number, coarse(viewer))


@st.cache_data(ttl=40, max_entries=16, show_spinner=False)
def _oversight(_city: City, key: int, look: Look) -> Oversight:
    since = look.moment - timedelta(days=1)
    return Oversight(
        look.moment, supervision.funnel(_city, look), supervision.overdue(_city, look), supervision.stuck(_city, look, 12),
        notices.counts(_city, look, since), notices.lately(_city, look, since),
    )  # fmt: skip


def indicators(city: City, look: Look, since: datetime, until: datetime, *, by: str | None = None, only: Narrowed = ()) -> pd.DataFrame:
    """Measures of a period (see `supervision.queries.indicators`); of cases and, where nothing else is asked, of posts."""
    return _indicators(city, city.number, look, since, until, by, only)


@st.cache_data(ttl=300, max_entries=64, show_spinner=False)
def _indicators(_city: City, key: int, look: Look, since: datetime, until: datetime, by: str | None, only: Narrowed) -> pd.DataFrame:
    found = [supervision.indicators(_city, look, since, until, by=by, only=dict(only))]
    if by != "post":
        found.append(supervision.indicators(_city, look, since, until, by=by, only=dict(only), measures=OF_POSTS))
    return pd.concat([frame for frame in found if len(frame)] or found[:1], ignore_index=True)


def series(
    city: City, look: Look, since: datetime, until: datetime, *, every: Every, zone: ZoneInfo, measure: str, only: Narrowed = ()
) -> pd.DataFrame:
    """One measure by day, week or month (see `supervision.queries.series`)."""
    return _series(city, city.number, look, since, until, every, str(zone), measure, only)


@st.cache_data(ttl=300, max_entries=64, show_spinner=False)
def _series(
    _city: City, key: int, look: Look, since: datetime, until: datetime, every: Every, zone: str, measure: str, only: Narrowed
) -> pd.DataFrame:
    return supervision.series(_city, look, since, until, every=every, zone=ZoneInfo(zone), only=dict(only), measures=[measure])


def passing(city: City, look: Look, since: datetime, until: datetime) -> tuple[dict[str, Any], pd.DataFrame]:
    """How much was passed on in a period, and who passed what to whom."""
    return _passing(city, city.number, look, since, until)


@st.cache_data(ttl=300, max_entries=32, show_spinner=False)
def _passing(_city: City, key: int, look: Look, since: datetime, until: datetime) -> tuple[dict[str, Any], pd.DataFrame]:
    return supervision.passing(_city, look, since, until), supervision.pairs(_city, look, since, until)


def _rules_stamp(city: City) -> str:
    """Changes whenever somebody changes who is responsible."""
    own = responsibility.own(city)
    return f"{len(own)} {own['since_at'].max()} {own['until_at'].max()}" if len(own) else "0"


def proposed_rules(city: City, viewer: Viewer) -> pd.DataFrame:
    """What rulings propose to change (see `responsibility.queries.proposed`)."""
    return _proposed_rules(city, city.number, coarse(viewer), _rules_stamp(city))


@st.cache_data(ttl=40, max_entries=8, show_spinner=False)
def _proposed_rules(_city: City, key: int, look: Look, stamp: str) -> pd.DataFrame:
    return responsibility.proposed(_city, look)


def rule_effects(city: City, viewer: Viewer, days: int) -> pd.DataFrame:
    """What the city's own rules have done (see `responsibility.queries.effects`)."""
    return _rule_effects(city, city.number, coarse(viewer), days, _rules_stamp(city))


@st.cache_data(ttl=40, max_entries=8, show_spinner=False)
def _rule_effects(_city: City, key: int, look: Look, days: int, stamp: str) -> pd.DataFrame:
    return responsibility.effects(_city, look, days)


def gaps(city: City) -> pd.DataFrame:
    """Kinds and districts that have cases and nobody responsible, as they are now."""
    return _gaps(city, city.number, _rules_stamp(city))


@st.cache_data(ttl=60, max_entries=4, show_spinner=False)
def _gaps(_city: City, key: int, stamp: str) -> pd.DataFrame:
    return responsibility.gaps(_city)


def news(city: City, viewer: Viewer, size: int) -> pd.DataFrame:
    """What changed for the reader since they last looked; read for everybody who sits at the same desk, five seconds coarse."""
    seen = notices.seen_at(city, viewer.actor, coarse(viewer, 3600).moment)
    return _news(city, city.number, coarse(viewer, 5), desk(viewer.actor), seen, size, viewer.actor)


@st.cache_data(ttl=10, max_entries=64, show_spinner=False)
def _news(_city: City, key: int, look: Look, sits: str, seen: datetime, size: int, _actor: Actor) -> pd.DataFrame:
    return notices.news(_city, look, _actor, size)
