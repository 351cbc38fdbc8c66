"""Many cases at once: the best match of the teams that are free and the cases that wait, to be looked at, changed, and sent with one click.

The proposal stays as it was made while somebody goes through it. Everything is sent by the same act as a single team: whoever was faster
elsewhere is told, case by case.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from city_brain.analytics.dispatch import batch
from city_brain.analytics.dispatch.matching import NEXT_S
from city_brain.analytics.dispatch.travel import estimated
from city_brain.dispatch import actions
from city_brain.dispatch.lifecycle import DESK, FREE
from city_brain.errors import Fault
from city_brain.storage.city import City
from city_brain.ui import maps, tables
from city_brain.ui.dispatch import asked, since
from city_brain.ui.dispatch.overlays import layers
from city_brain.ui.labels import Labels, escaped
from city_brain.ui.session import Viewer

MOST = 400
"""So many cases are matched, the first of the queue."""
_KEPT = "dispatch-batch"
Row = dict[str, Any]


@dataclass(slots=True)
class Proposed:
    """A proposal as it was made, and what became of it."""

    number: int
    city: int
    """Of which city: a drill is another one."""
    at: datetime
    of: str | None
    """The function it is narrowed to."""
    rows: list[Row] = field(default_factory=list)
    """A match each: case_id, team_id, sequence, seconds, metres, later_min, and kind, place, name in plain values; places of both ends."""
    gain_min: float = 0.0
    results: list[tuple[str, str, str]] = field(default_factory=list)
    """Case, team, and what was refused ('' where it was sent)."""


def is_open(viewer: Viewer) -> bool:
    """Whether a proposal stands on the desk; what is played back has none."""
    return _KEPT in st.session_state and not viewer.playback


def offer(viewer: Viewer, waiting: pd.DataFrame, fleet: pd.DataFrame) -> None:
    """The button, for those who may send; where more wait than are free, it says so."""
    text = viewer.text
    if viewer.actor.role not in DESK or viewer.playback or waiting.empty:
        return
    free = int((fleet["state"].isin(FREE) & fleet["on_shift"] & fleet["function"].isin(set(waiting["function"]))).sum())
    short = text("batch.short", waiting=len(waiting), free=free) if len(waiting) > free else None
    st.button(text("batch.open"), key="dispatch-batch-open", icon=":material/join_inner:", help=short, on_click=_open)


def _open() -> None:
    since.acted()
    st.session_state[_KEPT] = None


def _close() -> None:
    since.acted()
    st.session_state.pop(_KEPT, None)


def proposal(city: City, viewer: Viewer, labels: Labels, waiting: pd.DataFrame, fleet: pd.DataFrame) -> Proposed:
    """The proposal that stands, made anew where it is asked for or the queue is narrowed to something else."""
    kept: Proposed | None = st.session_state[_KEPT]
    if kept is None or (kept.city, kept.of) != (city.number, asked.function()):
        kept = _made(city, viewer, labels, waiting.head(MOST), fleet)
        st.session_state[_KEPT] = kept
    return kept


def _made(city: City, viewer: Viewer, labels: Labels, waiting: pd.DataFrame, fleet: pd.DataFrame) -> Proposed:
    moment = viewer.look.moment
    ends = waiting["lon"].to_numpy(float)[:, None], waiting["lat"].to_numpy(float)[:, None]
    urgent = waiting["urgency"].eq("urgent").to_numpy()[:, None]
    hour = moment.astimezone(viewer.text.zone).hour
    metres, seconds = estimated(fleet["at_lon"].to_numpy(float), fleet["at_lat"].to_numpy(float), *ends, hour=hour, urgent=urgent)
    found = batch.matched(waiting, seconds, batch.allowed(waiting, fleet, seconds, moment), moment)
    rows = []
    for match in found.matches.to_dict("records"):
        case, team = waiting.iloc[int(match["case"])], fleet.iloc[int(match["team"])]
        rows.append({
            "case_id": str(case["case_id"]), "team_id": str(team["team_id"]), "sequence": int(case["sequence"]),
            "seconds": float(match["seconds"]), "metres": float(metres[int(match["case"]), int(match["team"])]),
            "later_min": float(match["later_min"]), "kind": labels.kind(case["kind"]),
            "place": case["address"] if isinstance(case["address"], str) else labels.of("district", case["district"]),
            "name": viewer.text.pick(team["name_zh"], team["name_en"]),
            "start": (float(team["at_lon"]), float(team["at_lat"])), "end": (float(case["lon"]), float(case["lat"])),
        })  # fmt: skip
    number = st.session_state.get("dispatch-batch-number", 0) + 1
    st.session_state["dispatch-batch-number"] = number
    return Proposed(number, city.number, moment, asked.function(), rows, found.gain_min)


def ways(told: Proposed) -> list[maps.Layer]:
    """The ways of all matches, for the map."""
    start, end = ([row[name] for row in told.rows] for name in ("start", "end"))
    return [layers.lines("batch", tuple(zip(*start, strict=True)), tuple(zip(*end, strict=True)))] if start else []  # type: ignore[arg-type]


def show(city: City, viewer: Viewer, told: Proposed) -> None:
    """The panel: what it gains, the matches of which any can be left out, one button that sends the others, what became of each."""
    text = viewer.text
    with st.container(key="panel-dispatch-batch"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{text('batch.title')}** :small[:gray[{text('batch.as_of', at=text.moment(told.at, 'second'))}]]")
            st.space("stretch")
            st.button(text("batch.again"), key="dispatch-batch-again", type="tertiary", icon=":material/refresh:", on_click=_open)
            st.button(text("batch.close"), key="dispatch-batch-close", type="tertiary", icon=":material/close:", on_click=_close)
        if told.results:
            _results(viewer, told)
            return
        if not told.rows:
            st.info(text("batch.nobody"))
            return
        gain = round(told.gain_min)
        worth = text("batch.gains", minutes=gain, wait=round(NEXT_S / 60)) if gain > 0 else text("batch.gains_nothing")
        st.markdown(f"{text('batch.matches', cases=len(told.rows))} {escaped(worth)}")
        send = _table(viewer, told)
        go = text("batch.send", cases=int(send.sum()))
        if st.button(go, key="dispatch-batch-send", type="primary", icon=":material/send:", disabled=not send.any()):
            since.acted()
            _send(city, viewer, told, [row for row, chosen in zip(told.rows, send, strict=True) if chosen])
            st.rerun()


def _table(viewer: Viewer, told: Proposed) -> pd.Series[bool]:
    """The matches; gives which are to be sent."""
    text = viewer.text
    shown = pd.DataFrame({
        "send": True, "case": [f"{row['kind']} · {row['place']}" for row in told.rows], "team": [row["name"] for row in told.rows],
        "arrival": [text.duration(timedelta(seconds=row["seconds"])) for row in told.rows],
        "late": [text.duration(timedelta(minutes=row["later_min"])) if row["later_min"] >= 1 else "—" for row in told.rows],
    })  # fmt: skip
    columns = {
        "send": st.column_config.CheckboxColumn(text("dispatch.send"), width=72),
        "case": st.column_config.TextColumn(text("dispatch.column.case"), width=200),
        "team": st.column_config.TextColumn(text("dispatch.column.team"), width=140),
        "arrival": st.column_config.TextColumn(text("batch.column.arrival"), width=80),
        "late": st.column_config.TextColumn(
            text("batch.column.late"), width=110, help=text("batch.column.late_means", wait=round(NEXT_S / 60))
        ),
    }
    height = min(460, 38 + tables.ROW * len(shown))
    edited = st.data_editor(
        shown, key=f"dispatch-batch-rows-{told.number}-{text.language}", hide_index=True, height=height, row_height=tables.ROW,
        column_config=columns, disabled=["case", "team", "arrival", "late"],
    )  # fmt: skip
    return edited["send"].astype(bool)


def _send(city: City, viewer: Viewer, told: Proposed, rows: list[Row]) -> None:
    """Send one after the other, each by an act of its own: what is refused holds up nothing else."""
    bar = st.progress(0.0)
    for done, row in enumerate(rows, start=1):
        refused = ""
        try:
            actions.assign(
                city, row["case_id"], row["team_id"], viewer.actor, recommended=row["team_id"], eta_s=row["seconds"],
                distance_m=row["metres"], seen=row["sequence"], alone=True,
            )  # fmt: skip
        except Fault as fault:
            refused = viewer.text.fault(fault)
        told.results.append((row["case_id"], row["name"], refused))
        bar.progress(done / len(rows), text=viewer.text("batch.progress", done=done, cases=len(rows)))


def _results(viewer: Viewer, told: Proposed) -> None:
    """What became of each, what was refused first."""
    text, sent = viewer.text, sum(not refused for *_, refused in told.results)
    refused = len(told.results) - sent
    st.markdown(
        f":green-badge[✓ {text('batch.sent', cases=sent)}]"
        + (f" :orange-badge[✕ {text('batch.refused', cases=refused)}]" if refused else "")
    )
    rows = sorted(told.results, key=lambda one: not one[2])
    shown = pd.DataFrame({
        "mark": ["✕" if why else "✓" for *_, why in rows], "case": [case for case, *_ in rows], "team": [team for _, team, _ in rows],
        "what": [why for *_, why in rows],
    })  # fmt: skip
    columns = {
        "mark": st.column_config.TextColumn("", width=36),
        "case": st.column_config.TextColumn(text("dispatch.column.case"), width=150),
        "team": st.column_config.TextColumn(text("dispatch.column.team"), width=140),
        "what": st.column_config.TextColumn(text("bulk.what"), width=300),
    }
    height = min(460, 38 + tables.ROW * len(shown))
    st.dataframe(shown, hide_index=True, row_height=tables.ROW, height=height, column_config=columns)
