"""Response figures on the desk: how long teams took, by what, and the assignments behind each figure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from city_brain.cases import exports
from city_brain.dispatch import queries
from city_brain.dispatch.queries import CLOCKS, GROUPINGS, LEAST
from city_brain.storage.city import City
from city_brain.ui import cached, joined
from city_brain.ui.dispatch import asked
from city_brain.ui.labels import Labels, escaped
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import linked

VIEW = "response"
DAYS = (1, 7, 30)
COARSE_S = 60
WHOLE, NONE = "*", "~"
"""In the address: the one group of all, and the group of those without a kind, a district or a team."""
GROUPS, BEHIND = 40, 200
"""Groups, and assignments behind one of them, that are shown."""


def is_open() -> bool:
    """Whether the address asks for the figures."""
    return st.query_params.get("view") == VIEW


def days() -> int:
    """How many days the figures look back."""
    said = st.query_params.get("days", "")
    return int(said) if said in map(str, DAYS) else 7


def by() -> str:
    """By what they are told."""
    said = st.query_params.get("by", "")
    return said if said in GROUPINGS else "urgency"


def show(city: City, viewer: Viewer, labels: Labels, fleet: pd.DataFrame) -> None:
    """The figures, and beside them the assignments of the group that was clicked."""
    text, look = viewer.text, cached.coarse(viewer, COARSE_S)
    since, grouped, chosen = look.moment - timedelta(days=days()), by(), st.query_params.get("group")
    figures = queries.response(city, look, since, by=grouped)
    names = fleet.set_index("team_id")
    with st.container(key="panel-dispatch-response"):
        _head(viewer, figures)
        if figures.empty:
            st.info(text("dispatch.response.none", days=days()))
            return
        columns = [linked.column(text(f"dispatch.by.{grouped}")), linked.column(text("dispatch.response.n"), "right")]
        columns += [linked.column(text(f"response.{name}"), "right", means=text("dispatch.response.means", least=LEAST)) for name in CLOCKS]
        rows = [
            linked.row(
                linked.cell(_name(viewer, labels, names, grouped, row["group"]), title=str(row["group"])),
                linked.cell(text.number(int(row["n"])), to=linked.to(asked.PAGE, _query(group=_key(row["group"])))),
                *(linked.cell(_both(viewer, row, name)) for name in CLOCKS), chosen=chosen == _key(row["group"]),
            )
            for row in figures.head(GROUPS).to_dict("records")
        ]  # fmt: skip
        if len(figures) > GROUPS:
            rows.append(linked.apart(text("dispatch.more", more=text.number(len(figures) - GROUPS))))
        linked.draw(columns, rows, label=text("dispatch.response.title", days=days()))
    if chosen is not None:
        group = {WHOLE: "", NONE: None}.get(chosen, chosen)
        _behind(
            viewer, labels, names, queries.served(city, look, since, by=grouped, group=group), _name(viewer, labels, names, grouped, group)
        )


def _key(group: Any) -> str:
    """How the address names a group."""
    return NONE if pd.isna(group) else str(group) or WHOLE


def _head(viewer: Viewer, figures: pd.DataFrame) -> None:
    text = viewer.text
    with st.container(horizontal=True, vertical_alignment="center", key="dispatch-response-head"):
        st.markdown(f"**{text('dispatch.response.title', days=days())}** :small[:gray[{text('dispatch.response.note', least=LEAST)}]]")
        st.space("stretch")
        for name, choices, now in (("by", GROUPINGS, by()), ("days", tuple(map(str, DAYS)), str(days()))):
            key = f"dispatch-response-{name}-{text.language}"
            st.session_state[key] = now
            st.segmented_control(
                text(f"dispatch.response.{name}"), choices, key=key, label_visibility="collapsed", required=True, on_change=_asked,
                args=(name, key), format_func=partial(_choice, viewer, name),
            )  # fmt: skip
        file = joined.file_name(f"city-brain-response-{by()}-{viewer.look.moment:%Y%m%d-%H%M}.csv")
        st.download_button("CSV", partial(exports.as_csv, figures), file, "text/csv", on_click="ignore", icon=":material/download:")
        st.button(text("dispatch.to_desk"), key="dispatch-response-close", icon=":material/arrow_back:", on_click=_close)


def _choice(viewer: Viewer, name: str, value: str) -> str:
    return viewer.text(f"dispatch.by.{value}") if name == "by" else viewer.text("dispatch.response.of_days", days=value)


def _asked(name: str, key: str) -> None:
    st.query_params[name] = str(st.session_state[key])
    st.query_params.pop("group", None)


def _close() -> None:
    for name in ("view", "by", "days", "group"):
        st.query_params.pop(name, None)


def _query(**more: str) -> dict[str, str]:
    return {"view": VIEW, "by": by(), "days": str(days())} | more


def address() -> dict[str, str | list[str]]:
    """What the address asks for the figures by."""
    return {"view": VIEW}


def _behind(viewer: Viewer, labels: Labels, names: pd.DataFrame, behind: pd.DataFrame, group: str) -> None:
    """The assignments of one group, the last sent first."""
    text = viewer.text
    with st.container(key="panel-dispatch-behind"):
        title = text("dispatch.response.behind", group=group, teams=text.number(len(behind)))
        st.markdown(f"**{escaped(title)}**")
        columns = [linked.column(text(f"dispatch.column.{name}")) for name in ("case", "team")]
        columns += [linked.column(text("dispatch.response.sent")), *(linked.column(text(f"response.{name}"), "right") for name in CLOCKS)]
        rows = [
            linked.row(
                linked.cell(labels.kind(row["kind"]), to=linked.to("case_file", {"case": row["case_id"]}), small=row["case_id"]),
                linked.cell(_team(viewer, names, row["team_id"]), title=row["team_id"]), linked.cell(text.moment(row["assigned_at"])),
                *(linked.cell(_time(viewer, row[name])) for name in CLOCKS),
            )
            for row in behind.head(BEHIND).to_dict("records")
        ]  # fmt: skip
        if len(behind) > BEHIND:
            rows.append(linked.apart(text("dispatch.more", more=text.number(len(behind) - BEHIND))))
        linked.draw(columns, rows, label=title, most=420)


def _name(viewer: Viewer, labels: Labels, names: pd.DataFrame, grouped: str, group: Any) -> str:
    """What a group is called."""
    text = viewer.text
    if grouped == "whole":
        return text("dispatch.by.whole")
    if not isinstance(group, str) or not group:
        return "—"
    if grouped in ("kind", "district"):
        return labels.of(grouped, group)
    if grouped == "team":
        return _team(viewer, names, group)
    return text(f"team.function.{group}") if grouped == "function" else text(f"dispatch.urgency.{group}")


def _team(viewer: Viewer, names: pd.DataFrame, number: str) -> str:
    return viewer.text.pick(names.at[number, "name_zh"], names.at[number, "name_en"]) if number in names.index else number


def _both(viewer: Viewer, row: Mapping[Any, Any], name: str) -> str:
    half, nine = row[f"{name}_p50"], row[f"{name}_p90"]
    return "—" if pd.isna(half) else f"{_time(viewer, half)} / {_time(viewer, nine)}"


def _time(viewer: Viewer, seconds: Any) -> str:
    return "—" if pd.isna(seconds) else viewer.text.duration(timedelta(seconds=float(seconds)))
