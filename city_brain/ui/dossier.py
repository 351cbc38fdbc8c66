"""The case file: header with clocks and the seven steps, moves, timeline, place and what it came from."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
import pandas as pd
import streamlit as st

from city_brain.cases import queries, timeline
from city_brain.cases.model import Mark
from city_brain.cases.timeline import Entry
from city_brain.errors import NotFound
from city_brain.incidents import queries as incidents
from city_brain.storage.city import City
from city_brain.ui import case_buttons, maps, session, tables
from city_brain.ui.labels import Labels, badge, escaped
from city_brain.ui.session import Viewer


def show(city: City, viewer: Viewer, labels: Labels, case_id: str) -> None:
    """The whole file of a case."""
    try:
        found = queries.case(city, viewer.look, case_id)
    except NotFound as fault:
        st.warning(session.fault_in_words(fault))
        st.page_link("case_board.py", label=viewer.text("file.to_board"), icon=":material/list:")
        return
    stages, acts = queries.history(city, viewer.look, case_id)
    _head(viewer, labels, found, stages)
    case_buttons.show(city, viewer, labels, found)
    left, right = st.columns([42, 58])
    with left, st.container(key="panel-timeline"):
        _timeline(viewer, labels, timeline.entries(found, stages, acts))
    with right:
        near = queries.same_place(city, viewer.look, found)
        _place(city, viewer, labels, found, near)
        _near(viewer, labels, near)
        _origin(city, viewer, found)


def _head(viewer: Viewer, labels: Labels, found: dict[str, Any], stages: Sequence[dict[str, Any]]) -> None:
    text = viewer.text
    with st.container(key="panel-head"):
        left, right = st.columns([56, 44])
        with left:
            category = (
                f" :gray-badge[{escaped(found['category_code'])} {escaped(labels.of('kind', found['kind']))}]"
                if found["category_code"]
                else ""
            )
            st.markdown(
                f"{badge(found['state'], labels.mark(found['state']))} :blue-badge[{labels.step(found['step'])}]"
                f"{category} `{found['case_id']}`"
            )
            st.markdown(f"### {escaped(labels.kind(found['kind']))} · {escaped(labels.place(found['district'], found['address']))}")
            facts = {
                "department": labels.of("department", found["department"]),
                "holder": labels.holder(found["holder"]),
                "street": labels.of("street", found["street"]),
                "community": labels.of("community", found["community"]),
                "channel": text(f"channel.{found['channel']}") if text.knows(f"channel.{found['channel']}") else found["channel"] or "—",
                "hops": text.number(found["hops"]),
                "reports": text.number(found["reports"]),
            }
            st.markdown(
                " &nbsp; ".join(
                    f":gray[{text(f'fact.{name}')}] {escaped(value)}" for name, value in facts.items() if value not in ("—", "")
                )
            )
        with right, st.container(key="clocks"):
            for column, (name, value, beside) in zip(st.columns(3), _clocks(viewer, labels, found), strict=True):
                column.metric(text(f"file.{name}"), value, delta=beside, delta_color="off", delta_arrow="off")
        st.html(_steps(viewer, labels, found, stages))


def _clocks(viewer: Viewer, labels: Labels, found: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The three clocks: to the deadline, in this step (or when it was closed), in all."""
    text, moment, closed_at = viewer.text, viewer.look.moment, found["closed_at"]
    due = text("file.due", at=text.moment(found["due_at"])) if found["due_at"] else text("file.no_due")
    whole = text.duration((closed_at or moment) - found["reported_at"])
    if found["state"] == Mark.CLOSED:
        closed = (
            "closed",
            text.moment(closed_at, "day") if closed_at else "—",
            text.moment(closed_at, "time") if closed_at else text("flag.closed_time_unknown"),
        )
    else:
        closed = ("in_step", text.duration(moment - found["step_at"]), labels.step(found["step"]))
    return [
        ("clock", labels.clock(found["due_at"], moment, closed_at), due),
        closed,
        ("whole", whole if closed_at or found["state"] != Mark.CLOSED else "—", text("file.since", at=text.moment(found["reported_at"]))),
    ]


def _steps(viewer: Viewer, labels: Labels, found: dict[str, Any], stages: Sequence[dict[str, Any]]) -> str:
    items = []
    for number, (step, when, at) in enumerate(timeline.progress(found, stages), start=1):
        told = viewer.text("file.in_progress") if when == "now" else viewer.text.moment(at) if at else ""
        items.append(f'<li class="{when}"><span>{number} {html.escape(labels.step(step))}</span><span>{html.escape(told)}</span></li>')
    return f'<ol class="cb-steps">{"".join(items)}</ol>'


def _timeline(viewer: Viewer, labels: Labels, story: Sequence[Entry]) -> None:
    text = viewer.text
    st.markdown(f"**{text('file.timeline')}** :small[:gray[{text('file.timeline_note', entries=len(story))}]]")
    items, day = [], ""
    for place, entry in enumerate(story):
        this = text.moment(entry.happened_at, "day") + " " + text.weekday(entry.happened_at)
        if this != day:
            items.append(f'<li class="day">{html.escape(this)}</li>')
            day = this
        kind = "now" if place == 0 else "back" if entry.back else ""
        title = (
            text(f"move.{entry.move}")
            if entry.move
            else labels.step(entry.why or "")
            if entry.kind == "step"
            else text(f"entry.{entry.kind}")
        )
        who = [labels.actor(entry.actor)] if entry.actor else []
        who += [text("entry.now_with", holder=labels.holder(entry.holder))] if entry.holder and entry.kind != "reported" else []
        why = entry.why if entry.kind != "step" else None
        below = " · ".join(html.escape(part) for part in (*who, why or "") if part)
        items.append(
            f'<li class="{kind}"><time>{text.moment(entry.happened_at, "time")}</time><i></i>'
            f"<div>{html.escape(title)}<small>{below}</small></div></li>"
        )
    st.html(f'<ul class="cb-line">{"".join(items)}</ul>')


def _place(city: City, viewer: Viewer, labels: Labels, found: dict[str, Any], near: pd.DataFrame) -> None:
    text = viewer.text
    if found["location"] != "point":
        with st.container(key="panel-place"):
            st.markdown(f"**{text('file.place')}** :small[:gray[{text('file.no_point', why=text('location.' + found['location']))}]]")
        return
    points = near.assign(state=near["state"].where(near["state"] != "closed", "normal"))
    own = pd.DataFrame(
        [
            {name: found[name] for name in ("case_id", "lon", "lat", "kind")}
            | {"state": found["state"] if found["state"] != "closed" else "normal"}
        ]
    )
    layers = [maps.ring(found["lon"], found["lat"]), *maps.case_layers(pd.concat([points[own.columns], own]), viewer, labels, grid=None)]
    with st.container(key="file-map"):
        st.pydeck_chart(
            maps.deck(viewer, layers, lon=found["lon"], lat=found["lat"], zoom=14.2),
            height=300,
            key=f"case-map-{found['case_id']}",
            alt=text("file.place"),
        )


def _near(viewer: Viewer, labels: Labels, near: pd.DataFrame) -> None:
    text = viewer.text
    with st.container(key="panel-near"):
        months = near[near["reported_at"] >= viewer.look.moment - timedelta(days=90)] if len(near) else near
        st.markdown(f"**{text('file.same_place')}** :small[:gray[{text('file.same_place_note', cases=len(near), recent=len(months))}]]")
        if near.empty:
            return
        rows = near.head(12)
        shown = tables.in_words(rows.assign(district=None), viewer, labels)[["mark", "case", "reported", "kind", "place"]]
        shown["place"] = [text("file.metres", metres=round(metres)) for metres in rows["distance_m"]]
        tables.draw(
            f"near-{text.language}", shown, rows, columns=tables.configuration(text), height=38 + tables.ROW * len(shown), opens=False
        )


def _origin(city: City, viewer: Viewer, found: dict[str, Any]) -> None:
    """Where the case came from, with the source's own words kept as they were."""
    text, came = viewer.text, incidents.origin(city, found["case_id"])
    with st.container(key="panel-origin"):
        source = incidents.source(city, found["source"])
        st.markdown(f"**{text('file.origin')}** :small[:gray[{escaped(text.pick(source.title_zh, source.title_en))}]]")
        if not came:
            return
        told = {"external_id": came["external_id"], "source_type": came["source_type"], "source_status": came["source_status"]}
        if came["file_name"]:
            told |= {"file": text("file.row_of", file=came["file_name"], row=came["row_number"]), "loaded": text.moment(came["loaded_at"])}
        st.markdown(" &nbsp; ".join(f":gray[{text(f'origin.{name}')}] {escaped(str(value))}" for name, value in told.items() if value))
        for flag in filter(None, (found["flags"] or "").split(",")):
            st.markdown(f":orange-badge[{text(f'flag.{flag}')}]")
        if came["parquet"] and came["row_number"]:
            raw = incidents.as_it_came(city, came["parquet"], came["row_number"])
            if raw:
                with st.expander(text("file.as_it_came")):
                    st.dataframe(
                        pd.DataFrame(list(orjson.loads(raw).items()), columns=[text("file.column"), text("file.value")]).astype(str),
                        hide_index=True,
                    )
