"""The inbox: what changed for the reader since they last looked, each line the way to its case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import streamlit as st

from city_brain.notices import actions
from city_brain.notices.rungs import RUNGS
from city_brain.storage.city import City
from city_brain.ui import cached, faults, session
from city_brain.ui.labels import Labels, escaped
from city_brain.ui.session import Viewer

SHOWN = 12
"""Lines of the popover; the rest is in the reader's own queue."""
MOST = 50
SIGNS = {
    "arrived": ":blue[→]", "sent_back": ":orange[↩]", "taken": ":orange[←]", "asked": ":orange[?]", "answered": ":blue[✓]",
    "noticed": ":violet[!]",
}  # fmt: skip


def show(city: City, viewer: Viewer, labels: Labels) -> None:
    """The popover: how much is new, what it is, and the button that says it was seen."""
    text, news = viewer.text, cached.news(city, viewer, MOST)
    count = f"{MOST}+" if len(news) >= MOST else text.number(len(news))
    label = text("inbox.some", count=count) if len(news) else text("inbox.nothing_new")
    with st.popover(label, icon=":material/notifications:", type="tertiary", key="inbox", help=text("inbox.help")):
        if news.empty:
            st.markdown(f":gray[{text('inbox.nothing')}]")
            return
        with st.container(key="inbox-lines", gap=None, width=520):
            for row in news.head(SHOWN).to_dict("records"):
                _line(viewer, labels, row)
        if len(news) > SHOWN:
            key = "inbox.more" if len(news) < MOST else "inbox.at_least"
            st.markdown(f":small[:gray[{text(key, more=len(news) - SHOWN)}]]")
        if viewer.playback:
            st.markdown(f":small[:gray[{text('inbox.playback')}]]")
            return
        until = news["happened_at"].iloc[0].to_pydatetime()
        st.button(text("inbox.seen"), key="inbox-seen", icon=":material/done_all:", on_click=_seen, args=(until,))


def _line(viewer: Viewer, labels: Labels, row: dict[str, Any]) -> None:
    text = viewer.text
    at = row["happened_at"].to_pydatetime()
    when = text.moment(at, "time") if at >= cached.today(viewer) else text.moment(at)
    what = f"{escaped(labels.kind(row['kind']))} · {escaped(labels.of('district', row['district']))}"
    told = f":small[:gray[{escaped(when)}]] {SIGNS[row['what']]} **{what}** :small[:gray[{escaped(_told(viewer, labels, row))}]]"
    st.page_link("case_file.py", label=told, query_params={"case": row["case_id"]}, width="stretch")


def _told(viewer: Viewer, labels: Labels, row: dict[str, Any]) -> str:
    """What happened, in words: who did what, or which rung of the ladder was reached."""
    text = viewer.text
    if row["what"] == "noticed":
        percent = int(row["percent"])
        return text("inbox.noticed_over" if percent >= RUNGS[2].percent else "inbox.noticed", percent=percent)
    return text(f"inbox.{row['what']}", move=text(f"move.{row['move']}"), actor=labels.actor(row["actor"]))


@faults.told
def _seen(until: datetime) -> None:
    """What is on the screen was seen; what came since then stays new."""
    viewer = session.viewer()
    actions.saw(session.city(), viewer.actor, until)
