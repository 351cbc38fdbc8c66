"""How often people sent another team than was proposed, by whom and why; and what the next proposals say of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from city_brain.cases.model import Look
from city_brain.dispatch import queries
from city_brain.storage.city import City
from city_brain.ui import cached
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import linked

DAYS = 30
"""Days that are looked back at."""
ROWS = 15
COARSE_S = 60


def preferred(city: City, viewer: Viewer, case: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """Teams that people have preferred for the function and district of a case: how often, of how many times they sent another one."""
    liked, _ = _read(city, city.number, cached.coarse(viewer, COARSE_S), viewer.look)
    here = liked[(liked["function"] == case["function"]) & (liked["district"] == case["district"])]
    return {str(row["team_id"]): (int(row["times"]), int(row["overrules"])) for row in here.to_dict("records")}


@st.cache_data(ttl=COARSE_S, max_entries=16, show_spinner=False)
def _read(_city: City, key: int, minute: Look, _look: Look) -> tuple[pd.DataFrame, pd.DataFrame]:
    since = _look.moment - timedelta(days=DAYS)
    return queries.preferred(_city, _look, since), queries.overrules(_city, _look, since)


def show(city: City, viewer: Viewer, labels: Labels, fleet: pd.DataFrame) -> None:
    """How often, and behind it who sent whom instead of whom, and why; nothing where it never was."""
    text, (_, found) = viewer.text, _read(city, city.number, cached.coarse(viewer, COARSE_S), viewer.look)
    if found.empty:
        return
    names = {row["team_id"]: text.pick(row["name_zh"], row["name_en"]) for row in fleet.to_dict("records")}
    count = text("overruled.count", times=int(found["times"].sum()), proposals=int(found["proposals"].iloc[0]), days=DAYS)
    with st.popover(count, type="tertiary", key="dispatch-overruled"):
        columns = [
            *(linked.column(text(f"overruled.column.{name}")) for name in ("proposed", "sent")),
            linked.column(text("overruled.column.times"), "right"),
            *(linked.column(text(f"overruled.column.{name}")) for name in ("why", "who")),
        ]  # fmt: skip
        rows = [
            linked.row(
                linked.cell(names.get(row["recommended"], row["recommended"]), title=row["recommended"]),
                linked.cell(names.get(row["team_id"], row["team_id"]), title=row["team_id"]), linked.cell(text.number(int(row["times"]))),
                linked.cell(row["reason"] or "—"), linked.cell(labels.actor(row["assigned_by"]), small=text.moment(row["last_at"])),
            )
            for row in found.head(ROWS).to_dict("records")
        ]  # fmt: skip
        if len(found) > ROWS:
            rows.append(linked.apart(text("overruled.more", more=text.number(len(found) - ROWS))))
        linked.draw(columns, rows, label=count, most=320)
        st.caption(text("overruled.learned", often=queries.OFTEN, mostly=text.percent(queries.MOSTLY)))
