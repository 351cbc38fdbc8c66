"""Proposed standby points: where the free teams should stand to reach more of the risk in time, how much that is, who goes where.

Solved when somebody asks for it, and kept for all who ask the same: of the same issue of the forecast, teams and places.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd
import streamlit as st

from city_brain.analytics.dispatch import standby
from city_brain.analytics.dispatch.travel import estimated
from city_brain.risk import queries as risk
from city_brain.storage.city import City
from city_brain.ui import cached, joined, maps
from city_brain.ui.dispatch import asked, seen, since
from city_brain.ui.dispatch.overlays import layers
from city_brain.ui.dispatch.overlays.uncovered import Uncovered
from city_brain.ui.labels import Labels
from city_brain.ui.risk import seen as risk_seen
from city_brain.ui.risk import words
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import linked

ROWS = 12
_KEPT, _ASKED = "dispatch-standby", "dispatch-standby-asked"


Question = tuple[str | None, float, int, int, datetime | None]
"""The function, the time, the issue of the forecast, the city (a drill is another one), the moment that is played back."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A proposal as it was made."""

    question: Question
    at: datetime
    found: standby.Standby
    moves: pd.DataFrame
    """team_id, name, minutes (drive), lon, lat (where it should stand), from_lon, from_lat, place, alone (share of the risk that nobody
    else would reach); the most of it first."""


def ask(viewer: Viewer, told: Uncovered) -> None:
    """The button under the switch."""
    st.button(
        viewer.text("standby.ask"), key="dispatch-standby-ask", type="tertiary", icon=":material/where_to_vote:",
        disabled=told.free.empty, on_click=_ask,
    )  # fmt: skip


def _ask() -> None:
    since.acted()
    st.session_state[_ASKED] = True


def proposal(city: City, viewer: Viewer, labels: Labels, told: Uncovered | None, where: seen.Risk | None) -> Kept | None:
    """The proposal for what is shown, made where it was asked for; None where none was."""
    if told is None or where is None:
        return None
    question = (asked.function(), told.within_s, where.sequence, city.number, viewer.look.as_of)
    kept: Kept | None = st.session_state.get(_KEPT)
    if st.session_state.pop(_ASKED, False):
        with st.spinner(viewer.text("standby.working", seconds=round(standby.LIMIT_S)), show_time=True):
            kept = _made(city, viewer, labels, told, where, question)
        st.session_state[_KEPT] = kept
    return kept if kept and kept.question == question else None


def _made(
    city: City, viewer: Viewer, labels: Labels, told: Uncovered, where: seen.Risk, question: Question
) -> Kept:  # fmt: skip
    free, text = told.free.reset_index(drop=True), viewer.text
    hour = viewer.look.moment.astimezone(text.zone).hour
    found = _solved(where, city.number, where.sequence, told.within_s, hour, tuple(zip(free["at_lon"], free["at_lat"], strict=True)))
    sites, teams = found.moves["site"].astype(int).to_numpy(), free.iloc[found.moves["team"].astype(int)]
    numbers = where.places.iloc[sites][["cell_x", "cell_y"]] * seen.COARSE + seen.COARSE // 2
    areas = risk.placed(numbers.reset_index(drop=True), risk_seen.areas(city, cached.coarse(viewer, risk_seen.COARSE_S)))
    moves = pd.DataFrame({
        "team_id": teams["team_id"].to_numpy(),
        "name": [text.pick(*pair) for pair in zip(teams["name_zh"], teams["name_en"], strict=True)],
        "minutes": (found.moves["seconds"] / 60).round(1).to_numpy(), "lon": where.lon[sites].round(6), "lat": where.lat[sites].round(6),
        "from_lon": teams["at_lon"].to_numpy(), "from_lat": teams["at_lat"].to_numpy(),
        "place": [words.place(text, labels, row) for row in areas.to_dict("records")],
        "alone": found.moves["alone"].round(5).to_numpy(),
    })  # fmt: skip
    return Kept(question, viewer.look.moment, found, moves)


@st.cache_data(ttl=3600, max_entries=16, show_spinner=False)
def _solved(
    _where: seen.Risk, key: int, sequence: int, within_s: float, hour: int, places: tuple[tuple[float, float], ...]
) -> standby.Standby:  # fmt: skip
    """From the middle of each place of the forecast to each other one, with right of way, as the coverage is counted."""
    at = pd.DataFrame(list(places), columns=["lon", "lat"]).to_numpy(float)
    to = estimated(at[:, :1], at[:, 1:], _where.lon, _where.lat, hour=hour, urgent=True)[1]
    between = estimated(_where.lon[:, None], _where.lat[:, None], _where.lon, _where.lat, hour=hour, urgent=True)[1]
    return standby.proposed(to, to, between, _where.weights, within_s)


def drawn(viewer: Viewer, kept: Kept | None) -> list[maps.Layer]:
    """The points, and the way of each team to its own."""
    if kept is None or kept.moves.empty:
        return []
    moves = kept.moves
    says = [f"{name} → {place}" for name, place in zip(moves["name"], moves["place"], strict=True)]
    ways = layers.lines("standby-ways", (moves["from_lon"], moves["from_lat"]), (moves["lon"], moves["lat"]), width=1)
    return [ways, *layers.points("standby", moves["lon"], moves["lat"], says)]


def show(viewer: Viewer, kept: Kept) -> None:
    """The panel: from how much to how much, how good that is, who goes where, and the list as a file."""
    text, found = viewer.text, kept.found
    with st.container(key="panel-dispatch-standby"):
        st.markdown(f"**{text('standby.title')}** :small[:gray[{text('batch.as_of', at=text.moment(kept.at, 'time'))}]]")
        if kept.moves.empty:
            st.markdown(text("standby.stay", share=text.percent(found.before, 1)))
            return
        proof = text("standby.optimal") if found.optimal else text("standby.gap", gap=text.percent(found.bound - found.after, 2))
        rises = text(
            "standby.rises", before=text.percent(found.before, 1), after=text.percent(found.after, 1), minutes=round(kept.question[1] / 60)
        )
        st.markdown(f"{rises} :small[:gray[{proof} · {text('standby.moves', teams=len(kept.moves))}]]")
        columns = [
            linked.column(text("dispatch.column.team"), width="35%"), linked.column(text("standby.column.place"), width="33%"),
            linked.column(text("standby.column.drive"), "right", width="16%"),
            linked.column(text("standby.column.alone"), "right", width="16%", means=text("standby.alone_means")),
        ]  # fmt: skip
        rows = [
            linked.row(
                linked.cell(row["name"], title=row["team_id"]), linked.cell(row["place"]),
                linked.cell(text.duration(timedelta(minutes=row["minutes"]))), linked.cell(text.percent(row["alone"], 1)),
            )
            for row in kept.moves.head(ROWS).to_dict("records")
        ]  # fmt: skip
        if len(kept.moves) > ROWS:
            rows.append(linked.apart(text("standby.more", more=text.number(len(kept.moves) - ROWS))))
        linked.draw(columns, rows, label=text("standby.title"))
        file = kept.moves.to_csv(index=False).encode("utf-8-sig")
        st.download_button(
            text("standby.file"),
            file,
            joined.file_name("standby_points.csv"),
            "text/csv",
            key="dispatch-standby-file",
            icon=":material/download:",
        )
