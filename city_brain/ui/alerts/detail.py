"""One alert: what, where, why, what can be done now, what has been done."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from city_brain.alerts import queries
from city_brain.alerts.lifecycle import State
from city_brain.errors import NotFound
from city_brain.geo.grid import CELL_M, Grid
from city_brain.storage.city import City
from city_brain.ui import maps, session, theme
from city_brain.ui.alerts import asked, desk, forms, words
from city_brain.ui.labels import Labels, escaped
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import linked

MAP_PX = 260
Row = Mapping[str, Any]


def show(city: City, viewer: Viewer) -> None:
    """The alert that is asked for, else the first of the desk."""
    text, labels = viewer.text, Labels(city, viewer.text)
    alert_id = asked.alert() or desk.first(queries.desk(city, viewer.look, 1).to_dict("records"))
    if alert_id is None:
        with st.container(key="panel-alert"):
            st.markdown(f"**{text('alerts.none_chosen')}**  \n:gray[{text('alerts.none_chosen_note')}]")
        return
    try:
        alert = queries.one(city, viewer.look, alert_id)
    except NotFound as fault:
        st.warning(session.fault_in_words(fault))
        return
    with st.container(key="panel-alert"):
        _head(city, viewer, labels, alert)
        forms.show(city, viewer, labels, alert)
    _where(city, viewer, labels, alert)
    left, right = st.columns([56, 44])
    with left, st.container(key="panel-alert-history"):
        _history(city, viewer, labels, alert)
    with right, st.container(key="panel-alert-group"):
        _group(city, viewer, labels, alert)


def _head(city: City, viewer: Viewer, labels: Labels, alert: Row) -> None:
    text, severity = viewer.text, alert["severity"]
    marks = [f":{words.COLOURS[severity]}-badge[{words.SHAPES[severity]} {text(f'severity.{severity}')}]"]
    marks += [f":blue-badge[{text('alert_state.' + alert['state'])}]"]
    marks += [f":green-badge[{text('judgement.true')}]"] if alert["verdict"] == "true" else []
    marks += [f":gray-badge[{text('judgement.false')}]"] if alert["verdict"] == "false" else []
    marks += [f":gray-badge[{text('alerts.over')}]"] if alert["over_at"] and alert["state"] != State.CLEARED else []
    st.markdown(" ".join([*marks, f"`{alert['alert_id']}`"]))
    st.markdown(f"### {escaped(words.says(city, text, labels, alert))}")
    facts = _facts(city, viewer, labels, alert)
    st.html(f'<dl class="cba-facts">{"".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)}</dl>')
    if alert["note"]:
        st.markdown(f":gray[{text('alerts.note')}] {escaped(alert['note'])}")
    if alert["case_id"]:
        step = labels.step(alert["case_step"]) if alert["case_step"] else "—"
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.page_link(
                "case_file.py", label=text("alerts.to_case", case=alert["case_id"]), icon=":material/folder_open:",
                query_params={"case": alert["case_id"]},
            )  # fmt: skip
            st.markdown(f":blue-badge[{step}]")


def _facts(city: City, viewer: Viewer, labels: Labels, alert: Row) -> list[tuple[str, str]]:
    """What is told beside the sentence, as name and value."""
    text, unit = viewer.text, alert["unit"]
    where = words.place(city, text, labels, alert)
    if alert["edge_m"]:
        _, _, edge_m = _square(alert)
        where = text("alerts.cell", place=where, edge=text.number(edge_m / 1000))
    rule = text(f"rule.{alert['rule']}") if text.knows(f"rule.{alert['rule']}") else alert["rule"]
    facts = [("where", where), ("rule", rule)]
    facts += [("observed", words.amount(text, alert["observed"], unit)), ("limit", words.amount(text, alert["threshold"], unit))]
    last = text("alerts.last", at=text.moment(alert["last_at"]), times=alert["repeats"])
    facts += [("first", text.moment(alert["raised_at"])), ("last", last)]
    if alert["held_by"]:
        facts.append(("held", labels.actor(alert["held_by"])))
    if alert["state"] == State.SHELVED:
        facts.append(("shelved", text.moment(alert["shelved_until"])))
    return [(text(f"alerts.fact.{name}"), str(value)) for name, value in facts]


# -- where and why --------------------------------------------------------------------------------


def _where(city: City, viewer: Viewer, labels: Labels, alert: dict[str, Any]) -> None:
    """The place with the cases behind the alert, and those cases, each the way to its file."""
    behind = queries.behind(city, viewer.look, alert)
    if alert["lon"] is None and behind.empty:
        return
    left, right = st.columns([48, 52]) if len(behind) else (st.container(), None)
    with left, st.container(key="alert-map"):
        _map(viewer, labels, alert, behind)
    if right is not None:
        with right, st.container(key="panel-alert-behind", height=MAP_PX + 2):
            _behind(viewer, labels, behind)


def _map(viewer: Viewer, labels: Labels, alert: Row, behind: pd.DataFrame) -> None:
    layers = []
    if alert["edge_m"] and viewer.named:
        x, y, edge_m = _square(alert)
        cell = pd.DataFrame({"cell_x": [x], "cell_y": [y], "cases": [max(1, int(alert["observed"]))]})
        drawn, _ = maps.cell_layer(cell, Grid(viewer.named["lon"], viewer.named["lat"]), viewer, edge_m=edge_m)
        layers.append(drawn | _box())
    view = {"lon": alert["lon"], "lat": alert["lat"], "zoom": 13.4}
    if len(behind):
        points = behind[behind["lon"].notna()].assign(state=behind["state"].where(behind["state"] != "closed", "normal"))
        layers += maps.case_layers(points, viewer, labels, grid=None)
        if alert["lon"] is None:  # of a district: its cases say where to look
            view = {"lon": float(points["lon"].mean()), "lat": float(points["lat"].mean()), "zoom": 11.2}
    else:
        layers.append(maps.ring(alert["lon"], alert["lat"]))
    st.pydeck_chart(maps.deck(viewer, layers, **view), height=MAP_PX, key=f"alert-map-{alert['alert_id']}", alt=viewer.text("alerts.map"))


def _square(alert: Row) -> tuple[float, float, int]:
    """Column, row and edge (metres) of what is drawn: the square that was found, or the cell; columns and rows are counted in edges."""
    if alert["box"] is not None:
        x, y, cells = alert["box"]
        return x / cells, y / cells, cells * CELL_M
    return alert["cell_x"], alert["cell_y"], alert["edge_m"]


def _box() -> maps.Layer:
    """How the cell of an alert is drawn: an outline in the accent, hardly filled, so that its cases are seen."""
    accent = [int(theme.palette().accent[place : place + 2], 16) for place in (1, 3, 5)]
    line = {"stroked": True, "getLineColor": [*accent, 255], "lineWidthUnits": "pixels", "getLineWidth": 1.5}
    return line | {"getFillColor": [*accent, 28], "pickable": False}


def _behind(viewer: Viewer, labels: Labels, behind: pd.DataFrame) -> None:
    text = viewer.text
    st.markdown(f"**{text('alerts.behind', cases=int(behind['all'].iloc[0]))}**")
    widths = {"at": "27%", "case": "49%", "step": "24%"}
    columns = [linked.column(text(f"alerts.column.{name}"), width=width) for name, width in widths.items()]
    rows = []
    for row in behind.to_dict("records"):
        address = row["address"] if isinstance(row["address"], str) else None
        to = linked.to("case_file", {"case": row["case_id"]})
        rows.append(
            linked.row(
                linked.cell(text.moment(row["reported_at"].to_pydatetime())[5:], tone="muted"),
                linked.cell(labels.place(None, address) if address else row["case_id"], to=to, title=row["case_id"]),
                linked.cell(labels.step(row["step"]), tone="muted"),
            )
        )
    linked.draw(columns, rows, label=text("alerts.behind_table"), most=MAP_PX - 58)


# -- what was done ----------------------------------------------------------------------------------


def _history(city: City, viewer: Viewer, labels: Labels, alert: Row) -> None:
    text = viewer.text
    story = queries.history(city, viewer.look, alert["alert_id"])[::-1]
    st.markdown(f"**{text('alerts.history')}** :small[:gray[{text('file.timeline_note', entries=len(story))}]]")
    items, day = [], ""
    for number, row in enumerate(story):
        this = text.moment(row["happened_at"], "day")
        items += [f'<li class="day">{escape(this)}</li>'] if this != day else []
        day = this
        lines = [labels.actor(row["actor"]), _told(viewer, alert, row)]
        below = "".join(f"<small>{escape(line)}</small>" for line in lines if line)
        items.append(
            f'<li class="{"" if number else "now"}"><time>{text.moment(row["happened_at"], "time")}</time><i></i>'
            f"<div>{escape(text('alert_move.' + row['move']))}{below}</div></li>"
        )
    st.html(f'<ul class="cb-line">{"".join(items)}</ul>')


def _told(viewer: Viewer, alert: Row, row: Row) -> str:
    """What was said or measured with it."""
    text, parts = viewer.text, []
    parts += [words.amount(text, row["observed"], alert["unit"])] if row["observed"] is not None else []
    parts += [text(f"judgement.{row['judgement']}")] if row["judgement"] else []
    parts += [text("alerts.until", at=text.moment(row["until"]))] if row["until"] else []
    parts += [row["case_id"]] if row["case_id"] else []
    return " · ".join([*parts, *([row["reason"]] if row["reason"] else [])])


def _group(city: City, viewer: Viewer, labels: Labels, alert: dict[str, Any]) -> None:
    """Others of the same matter nearby."""
    text, others = viewer.text, queries.group(city, viewer.look, alert)
    st.markdown(f"**{text('alerts.group')}**")
    if not others:
        st.markdown(f":gray[{text('alerts.group_none')}]")
        return
    for row in others:
        shape = f":{words.COLOURS[row['severity']]}[{words.SHAPES[row['severity']]}]"
        rule = text(f"rule.{row['rule']}") if text.knows(f"rule.{row['rule']}") else row["rule"]
        place, state = escaped(labels.of("district", row["district"])), text(f"alert_state.{row['state']}")
        label = f"{shape} {place} · {rule} :small[:gray[{text.moment(row['raised_at'])} {state}]]"
        st.page_link("alert_desk.py", label=label, query_params={"alert": row["alert_id"]})


def of_case(city: City, viewer: Viewer, labels: Labels, case_id: str) -> None:
    """On the file of a case: the alert of which it was made; nothing where there is none."""
    alert = queries.of_case(city, viewer.look, case_id)
    if alert is None:
        return
    text, severity = viewer.text, alert["severity"]
    with st.container(key="panel-raised"):
        shape = f":{words.COLOURS[severity]}[{words.SHAPES[severity]}]"
        st.markdown(f"**{text('alerts.of_case')}** {shape} {escaped(words.says(city, text, labels, alert))}")
        at = text.moment(alert["raised_at"])
        st.page_link(
            "alert_desk.py", label=text("alerts.to_alert", alert=alert["alert_id"], at=at), icon=":material/notifications:",
            query_params={"alert": alert["alert_id"]},
        )  # fmt: skip
