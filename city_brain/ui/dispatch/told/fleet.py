"""The teams of the city on the desk: how each stands, the one that was chosen, and a list of teams taken in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from city_brain import dispatching
from city_brain.dispatch.lifecycle import BUSY, FREE
from city_brain.dispatch.model import STALE, Function
from city_brain.roles import GRANTED, Right
from city_brain.storage.city import City
from city_brain.ui import joined, lists, session
from city_brain.ui.dispatch import asked
from city_brain.ui.dispatch.told import team
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import linked

VIEW = "teams"
STANDS = ("all", "free", "busy", "off")
"""How teams stand, as they are counted above: free on duty, at a case, neither."""
SHOWN = 300


def is_open() -> bool:
    """Whether the address asks for the teams."""
    return st.query_params.get("view") == VIEW


def stands() -> str:
    """Which of `STANDS` the address asks for."""
    said = st.query_params.get("state", "")
    return said if said in STANDS else "all"


def address(state: str) -> dict[str, str | list[str]]:
    """What the address asks for the teams by."""
    return {"view": VIEW, "state": state}


def standing(fleet: pd.DataFrame, state: str) -> pd.DataFrame:
    """The teams that stand so."""
    free, busy = fleet["state"].isin(FREE) & fleet["on_shift"], fleet["state"].isin(BUSY)
    kept = {"free": free, "busy": busy, "off": ~free & ~busy}
    return fleet[kept[state]] if state in kept else fleet


def show(city: City, viewer: Viewer, labels: Labels, fleet: pd.DataFrame) -> None:
    """The list, and beside it the team that was clicked."""
    text, chosen = viewer.text, st.query_params.get("team")
    found = standing(fleet, stands())
    if asked.function():
        found = found[found["function"] == asked.function()]
    told = found["team_id"].tolist()
    left, side = st.columns([70, 30])
    with left, st.container(key="panel-dispatch-fleet"):
        _head(city, viewer, len(found))
        if not told:
            st.info(text("dispatch.fleet.none"))
        names = ("team", "function", "state", "shift", "position", "case")
        columns = [linked.column(text(f"dispatch.fleet.{name}")) for name in names]
        rows = [_row(viewer, row, chosen) for row in found.head(SHOWN).to_dict("records")]
        if len(found) > SHOWN:
            rows.append(linked.apart(text("dispatch.more", more=text.number(len(found) - SHOWN))))
        if rows:
            linked.draw(columns, rows, label=text("dispatch.fleet.title"), most=720)
    with side, st.container(key="side"):
        if chosen in fleet["team_id"].to_numpy():
            team.show(viewer, labels, fleet.set_index("team_id", drop=False).loc[chosen].to_dict())
        entering(viewer)


def entering(viewer: Viewer) -> None:
    """The form that takes a list of teams in, for those who may."""
    if viewer.playback or viewer.actor.role not in GRANTED[Right.TEAMS]:
        return
    text = viewer.text

    def told(taken: lists.Taken) -> str:
        return text("dispatch.fleet.taken", **{name: taken[name] for name in ("read", "new", "changed", "refused")})

    with st.container(key="panel-dispatch-entering"):
        st.markdown(f"**{text('dispatch.fleet.enter')}**")
        lists.form(viewer, "teams", text("dispatch.fleet.enter_note"), told, _take, types=("csv", "json"))


def _take(content: str, datum: str, _file: str) -> lists.Taken:
    return dispatching.take_in(session.city(), content, session.viewer().actor, datum=datum)


def _head(city: City, viewer: Viewer, count: int) -> None:
    text = viewer.text
    with st.container(horizontal=True, vertical_alignment="center", key="dispatch-fleet-head"):
        st.markdown(f"**{text('dispatch.fleet.title')}** :small[:gray[{text('dispatch.fleet.count', teams=text.number(count))}]]")
        st.space("stretch")
        key = f"dispatch-fleet-state-{text.language}"
        st.session_state[key] = stands()
        st.segmented_control(
            text("dispatch.fleet.state"), STANDS, key=key, label_visibility="collapsed", required=True, on_change=_narrowed,
            args=("state", key), format_func=lambda name: text(f"dispatch.fleet.{name}"),
        )  # fmt: skip
        key = f"dispatch-fleet-function-{text.language}"
        st.session_state[key] = asked.function()
        st.selectbox(
            text("dispatch.function"), list(map(str, Function)), key=key, placeholder=text("dispatch.every_function"), width=150,
            label_visibility="collapsed", format_func=lambda name: text(f"team.function.{name}"),
            on_change=_narrowed, args=("function", key),
        )  # fmt: skip
        file = joined.file_name(f"city-brain-teams-{viewer.look.moment:%Y%m%d-%H%M}.csv")
        st.download_button("CSV", partial(_written, city, viewer), file, "text/csv", on_click="ignore", icon=":material/download:")
        st.button(text("dispatch.to_desk"), key="dispatch-fleet-close", icon=":material/arrow_back:", on_click=_close)


def _written(city: City, viewer: Viewer) -> bytes:
    text: str = dispatching.written(city, viewer.look, "wgs84")["text"]
    return text.encode("utf-8-sig")


def _narrowed(name: str, key: str) -> None:
    value = st.session_state.get(key)
    if value:
        st.query_params[name] = str(value)
    else:
        st.query_params.pop(name, None)


def _close() -> None:
    for name in ("view", "state", "team", "function"):
        st.query_params.pop(name, None)


def _row(viewer: Viewer, row: Mapping[Any, Any], chosen: str | None) -> dict[str, Any]:
    text = viewer.text
    narrowed = {name: st.query_params[name] for name in ("state", "function") if name in st.query_params}
    here = linked.to(asked.PAGE, {"view": VIEW, "team": row["team_id"], **narrowed})
    shift = text("dispatch.fleet.always") if pd.isna(row["shift_from"]) else f"{row['shift_from']}–{row['shift_until']}"
    skills = " · ".join(text(f"team.skill.{skill}") for skill in row["skills"])
    case = row["case_id"] if isinstance(row["case_id"], str) else None
    return linked.row(
        linked.cell(text.pick(row["name_zh"], row["name_en"]), to=here, small=row["team_id"]),
        linked.cell(text(f"team.function.{row['function']}"), small=skills, title=skills),
        linked.cell(text(f"team.state.{row['state']}"), small=text.moment(row["since"], "time"))
        if row["on_shift"] or row["state"] not in FREE
        else linked.cell(text("dispatch.fleet.off_shift"), tone="muted"),
        linked.cell(shift, tone="" if row["on_shift"] else "muted"),
        _position(viewer, row["located_at"]),
        linked.cell(case or "—", to=linked.to("case_file", {"case": case}) if case else None),
        chosen=row["team_id"] == chosen,
    )  # fmt: skip


def _position(viewer: Viewer, at: Any) -> linked.Cell:
    """How old the last position is, marked when it says nothing any more."""
    if pd.isna(at):
        return linked.cell("—", title=viewer.text("dispatch.fleet.no_position"))
    age: timedelta = viewer.look.moment - at
    old = age > STALE
    told = viewer.text("dispatch.fleet.age", age=viewer.text.duration(age))
    return linked.cell(told, tone="due" if old else "", title=viewer.text("dispatch.fleet.stale") if old else "")
