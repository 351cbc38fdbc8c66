"""What the address asks of the page of supervision: the view, the period, the measure, the rows behind a number.

The only place that knows these names. Whatever stands in the address that cannot be is passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from city_brain.cases.model import Look
from city_brain.supervision.measures import MEASURE
from city_brain.ui import cached
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import linked

VIEWS = ("now", "indicators", "passing", "disputes", "routing", "rules")
PERIODS = ("today", "7", "30", "month", "own")
USUAL_PERIOD = "7"
WHOLE = "whole"
NOT_STATED = "-"
"""How the address says the group of what has no known value."""
GROUPS = ("department", "district", "street", "kind", "channel")
LONGEST_DAYS = 3660
COARSE_S = 30
STAYING = ("view", "period", "from", "to", "by", "measure", "among", "every")
"""What the address says of a view."""
PASSING = ("rows", "part", "group", "first", "second", "what", "steps", "holder", "lateness", "percent", "page")
"""What it says of the rows behind one of its numbers."""
_STATE = "supervision-asked"


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days of the city. Times are aware; `until` is not in it."""

    name: str
    first: date
    last: date
    """Both in it."""
    since: datetime
    until: datetime
    """Now, where the last day is not over."""
    past_since: datetime
    past_until: datetime
    """The same stretch as many days before, as far into its last day."""

    @property
    def days(self) -> int:
        """How many days it touches."""
        return (self.last - self.first).days + 1


def stretch(name: str, moment: datetime, zone: ZoneInfo, first: date | None = None, last: date | None = None) -> Period:
    """The period of a name as it is at a moment; `first` and `last` say the days of ``own``."""
    today = moment.astimezone(zone).date()
    end = min(last or today, today) if name == "own" else today
    begin = {"today": end, "30": end - timedelta(days=29), "month": end.replace(day=1)}.get(name, end - timedelta(days=6))
    if name == "own" and first:
        begin = max(min(first, end), end - timedelta(days=LONGEST_DAYS))
    back = timedelta(days=(end - begin).days + 1)
    since, until = (datetime.combine(day, time(), zone) for day in (begin, end + timedelta(days=1)))
    past_since, past_until = (datetime.combine(day - back, time(), zone) for day in (begin, end + timedelta(days=1)))
    if until > moment:
        past_until -= until - moment
        until = moment
    return Period(name, begin, end, since, until, past_since, past_until)


def restore() -> None:
    """Ask again what was asked last, where the address says nothing: after a case file all of it, from the menu the view and its period."""
    asked = {name: st.query_params[name] for name in (*STAYING, *PASSING) if name in st.query_params}
    if asked:
        st.session_state[_STATE] = asked
        return
    names = (*STAYING, *PASSING) if "case" in st.query_params else STAYING
    st.query_params.update({name: said for name, said in st.session_state.get(_STATE, {}).items() if name in names})


def view() -> str:
    """The view that is asked for."""
    return one_of("view", VIEWS)


def one_of(name: str, allowed: tuple[str, ...], usual: str | None = None) -> str:
    """What the address says for a name, where it is one of these; else `usual`, or the first."""
    asked = st.query_params.get(name, "")
    return asked if asked in allowed else usual or allowed[0]


def value(name: str) -> str | None:
    """What the address says for a name."""
    return (st.query_params.get(name) or "")[:200] or None


def page() -> int:
    """Which page of rows, from 1."""
    asked = st.query_params.get("page", "1")
    return max(1, int(asked)) if asked.isdigit() and len(asked) < 8 else 1


def period(viewer: Viewer) -> Period:
    """The period that is asked for."""
    return stretch(one_of("period", PERIODS, USUAL_PERIOD), look(viewer).moment, viewer.text.zone, day("from"), day("to"))


def look(viewer: Viewer) -> Look:
    """The moment at which a period, its figures and their rows are read: coarser than that of now, because there is more to count."""
    return cached.coarse(viewer, COARSE_S)


def day(name: str) -> date | None:
    """A day that the address names."""
    try:
        return date.fromisoformat(st.query_params.get(name, ""))
    except ValueError:
        return None


def said_period() -> dict[str, str]:
    """The period as it stands in the address, to be taken along."""
    return {name: st.query_params[name] for name in ("period", "from", "to") if name in st.query_params}


def here(**query: str) -> str:
    """The address of this page with a question; the period is taken along."""
    return linked.to("supervision", said_period() | query)


def change(**given: str | None) -> None:
    """Change what the address asks; nothing takes a name out. Rows that were looked at are left behind."""
    for name, wanted in {**dict.fromkeys(PASSING), **given}.items():
        if wanted:
            st.query_params[name] = wanted
        else:
            st.query_params.pop(name, None)


def grouping(measure: str) -> str | None:
    """What cases are grouped by, as far as that goes with the measure; None for the whole."""
    allowed = groupings(measure)
    found = one_of("by", allowed, allowed[1])
    return None if found == WHOLE else found


def groupings(measure: str) -> tuple[str, ...]:
    """What a measure can be grouped by: posts belong to the stays in steps alone."""
    return (WHOLE, "post", *GROUPS) if MEASURE[measure].counted == "stays" else (WHOLE, *GROUPS)
