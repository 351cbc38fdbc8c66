"""The case file: head, moves, timeline, place, path, neighbours and what it came from."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pandas as pd
import streamlit as st

from city_brain.cases import queries, timeline
from city_brain.cases.model import Mark
from city_brain.errors import NotFound
from city_brain.incidents import queries as incidents
from city_brain.notices import queries as notices
from city_brain.storage.city import City
from city_brain.ui import case_buttons, case_head, case_story, maps, session, tables
from city_brain.ui.alerts import detail as alert
from city_brain.ui.dispatch.told import of_case
from city_brain.ui.hazards import beside
from city_brain.ui.labels import Labels, escaped
from city_brain.ui.session import Viewer


def show(city: City, viewer: Viewer, labels: Labels, case_id: str) -> None:
    """The whole file of a case."""
    try:
        found = timeline.as_known(queries.case(city, viewer.look, case_id), viewer.look.moment)
    except NotFound as fault:
        st.warning(session.fault_in_words(fault))
        st.page_link("case_board.py", label=viewer.text("file.to_board"), icon=":material/list:")
        return
    stages, acts = queries.history(city, viewer.look, case_id)
    passings, merged, pictures = queries.path(city, viewer.look, case_id)
    case_head.show(viewer, labels, found, stages, queries.calendar(city))
    case_buttons.show(city, viewer, labels, found, acts)
    left, right = st.columns([42, 58])
    with left, st.container(key="panel-timeline"):
        told = notices.of_case(city, viewer.look, case_id)
        case_story.show(city, viewer, labels, timeline.entries(found, stages, acts, told), pictures)
    with right:
        near = queries.same_place(city, viewer.look, found)
        _place(city, viewer, labels, found, near)
        of_case.show(city, viewer, labels, case_id)
        case_head.path(viewer, labels, found, passings, merged)
        alert.of_case(city, viewer, labels, case_id)
        _near(viewer, labels, found, near)
        _origin(city, viewer, found)


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


def _near(viewer: Viewer, labels: Labels, found: dict[str, Any], near: pd.DataFrame) -> None:
    """Other cases at the place; unfinished ones of the same kind may be the same matter and come first."""
    text = viewer.text
    with st.container(key="panel-near"):
        months = near[near["reported_at"] >= viewer.look.moment - timedelta(days=90)] if len(near) else near
        st.markdown(f"**{text('file.same_place')}** :small[:gray[{text('file.same_place_note', cases=len(near), recent=len(months))}]]")
        if near.empty:
            return
        twin = (near["kind"] == found["kind"]) & near["closed_at"].isna()
        if found["state"] != Mark.CLOSED and twin.any():
            st.markdown(f":orange-badge[≈ {text('file.duplicates', cases=int(twin.sum()))}]")
        rows = near.assign(twin=twin).sort_values("twin", ascending=False, kind="stable").head(12)
        shown = tables.in_words(rows.assign(district=None), viewer, labels)[["mark", "case", "reported", "kind", "step", "place"]]
        shown["kind"] = [f"≈ {name}" if same else name for name, same in zip(shown["kind"], rows["twin"], strict=True)]
        shown["place"] = [text("file.metres", metres=round(metres)) for metres in rows["distance_m"]]
        columns = tables.configuration(text) | {"kind": st.column_config.TextColumn(text("column.kind"), help=text("file.duplicate_mark"))}
        tables.draw(f"near-{text.language}", shown, rows, columns=columns, height=38 + tables.ROW * len(shown), opens=False)


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
        beside.show(city, viewer, found["case_id"])
        if came["parquet"] and came["row_number"]:
            raw = incidents.as_it_came(city, came["parquet"], came["row_number"])
            if raw:
                with st.expander(text("file.as_it_came")):
                    st.dataframe(
                        pd.DataFrame(list(orjson.loads(raw).items()), columns=[text("file.column"), text("file.value")]).astype(str),
                        hide_index=True,
                    )
