"""What has changed on the desk since its reader last did something there: told in a line, with the rows behind it.

Whoever comes back after a pause is told what happened from the moment they had left off, and goes on being told until they say that they
have seen it. A page that refreshes by itself is no look.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd
import streamlit as st

from city_brain import clock
from city_brain.dispatch import queries
from city_brain.storage.city import City
from city_brain.ui.dispatch import asked
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import linked

PAUSE = timedelta(minutes=2)
"""Acts further apart than this are two looks."""
ROWS = 12
"""Rows of each sort behind the line."""
SORTS = ("new", "overdue", "sent", "arrived", "ended")
"""What is told, in this order. Texts ``dispatch.news.<sort>``."""
_KEPT, _ACTED = "dispatch-news", "dispatch-acted"


@dataclass(frozen=True, slots=True)
class News:
    """What has changed since a moment."""

    since: datetime
    rows: dict[str, pd.DataFrame]
    """By each of `SORTS`: case_id, team_id (None for cases), at; the latest first."""


def acted() -> None:
    """The reader has done something, or opened the page."""
    now, kept = clock.now(), st.session_state.get(_KEPT)
    begins = now if kept is None else kept[1] if now - kept[1] > PAUSE else kept[0]
    st.session_state[_KEPT] = (begins, now)
    st.session_state[_ACTED] = True


def has_acted() -> bool:
    """Whether something was done since this was asked last."""
    return bool(st.session_state.pop(_ACTED, False))


def seen() -> None:
    """The reader has seen what was told: from here on anew."""
    acted()
    st.session_state[_KEPT] = (clock.now(), clock.now())


def news(city: City, viewer: Viewer, waiting: pd.DataFrame) -> News | None:
    """What has changed, among the cases that wait and with the teams; None in playback.

    Parameters
    ----------
    waiting : pandas.DataFrame
        The queue, as of `seen.queue`.
    """
    kept = st.session_state.get(_KEPT)
    if viewer.playback or kept is None:
        return None
    begins, moment = kept[0], viewer.look.moment
    happened = queries.news(city, viewer.look, begins)
    came = waiting[["reported_at", "step_at"]].max(axis=1)
    found = {
        "new": waiting.assign(at=came)[came > begins],
        "overdue": waiting.assign(at=waiting["due_at"])[(waiting["due_at"] > begins) & (waiting["due_at"] <= moment)],
        **{sort: happened.assign(at=happened[clock_])[happened[clock_] > begins]
           for sort, clock_ in (("sent", "assigned_at"), ("arrived", "on_scene_at"), ("ended", "ended_at"))},
    }  # fmt: skip
    columns = ["case_id", "team_id", "at"]
    return News(begins, {sort: rows.reindex(columns=columns).sort_values("at", ascending=False) for sort, rows in found.items()})


def show(viewer: Viewer, labels: Labels, told: News, waiting: pd.DataFrame, fleet: pd.DataFrame) -> None:
    """The line, and behind it the rows."""
    text, begins = viewer.text, viewer.text.moment(told.since, "time")
    counts = [text(f"dispatch.news.{sort}", n=len(told.rows[sort])) for sort in SORTS if len(told.rows[sort])]
    line = text("dispatch.news.line", at=begins, told=" · ".join(counts) or text("dispatch.news.nothing"))
    with st.container(key="dispatch-news"):
        if not counts:
            st.markdown(f":small[:gray[{line}]]")
            return
        with st.popover(line, type="tertiary", width="stretch", key="dispatch-news-rows"):
            _rows(viewer, labels, told, waiting, fleet)
            st.button(text("dispatch.news.seen"), key="dispatch-news-seen", icon=":material/done_all:", on_click=seen)


def _rows(viewer: Viewer, labels: Labels, told: News, waiting: pd.DataFrame, fleet: pd.DataFrame) -> None:
    text, names, kinds = viewer.text, fleet.set_index("team_id"), waiting["kind"]
    lines = []
    for sort in SORTS:
        rows = told.rows[sort]
        if rows.empty:
            continue
        lines.append(linked.apart(text(f"dispatch.news.{sort}", n=len(rows))))
        for row in rows.head(ROWS).to_dict("records"):
            team, case = row["team_id"], row["case_id"]
            of_team = text.pick(names.at[team, "name_zh"], names.at[team, "name_en"]) if team in names.index else team
            what = labels.kind(kinds[case]) if not isinstance(team, str) else of_team
            page = asked.PAGE if case in kinds.index else "case_file"
            lines.append(linked.row(
                linked.cell(text.moment(row["at"], "time"), tone="muted"), linked.cell(what),
                linked.cell(case, to=linked.to(page, {"case": case})),
            ))  # fmt: skip
        if len(rows) > ROWS:
            lines.append(linked.apart(text("dispatch.more", more=text.number(len(rows) - ROWS))))
    heads = [linked.column(text(f"dispatch.column.{name}")) for name in ("at", "what", "case")]
    linked.draw(heads, lines, label=text("dispatch.news.seen"), most=340)
