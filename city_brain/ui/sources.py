"""Sources of data: how much came, what became of it, how well it is placed, and when it last arrived."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from city_brain import clock
from city_brain.incidents import queries
from city_brain.storage.city import City
from city_brain.ui import tables
from city_brain.ui.labels import escaped
from city_brain.ui.session import Viewer

LATE = timedelta(days=1)
"""A source that has been silent for longer is called late."""
NUMBERS = ("read", "taken", "known", "quarantined", "located", "in_area", "unplaced")


def show(city: City, viewer: Viewer) -> None:
    """One row per source; read = taken + known + in quarantine."""
    text, found = viewer.text, queries.sources(city)
    with st.container(key="panel-sources"):
        st.markdown(f"**{text('data.sources')}** :small[:gray[{text('data.sources_note')}]]")
        if not found:
            st.info(text("data.empty"))
            return
        shown = pd.DataFrame([_row(source, viewer) for source in found])
        columns: dict[str, Any] = {
            name: st.column_config.TextColumn(text(f"data.column.{name}")) for name in ("source", "last", "quality", "licence")
        }
        columns |= {name: st.column_config.TextColumn(text(f"data.column.{name}"), alignment="right", width=84) for name in NUMBERS}
        st.dataframe(shown, hide_index=True, row_height=tables.ROW, column_config=columns, height=min(320, 38 + tables.ROW * len(shown)))
        st.markdown(f":small[:gray[{text('data.identity', **_sum(found))}]]")


def _row(source: dict[str, Any], viewer: Viewer) -> dict[str, str]:
    text, last = viewer.text, source["last_arrival"]
    mark = "◇ " if source["simulated"] else ""
    age = clock.now() - last if last else None
    late = age is not None and age > LATE
    when = text.moment(last) if last else "—"
    return {
        "source": mark + text.pick(source["title_zh"], source["title_en"]),
        "last": f"{when} · {text('data.late', age=text.duration(age))}" if late and age else when,
        **{name: text.number(source[name]) for name in NUMBERS},
        "quality": text(
            "data.quality", share=text.percent(source["located"] / source["cases"]) if source["cases"] else "—", unmapped=source["unmapped"]
        ),
        "licence": text("frame.simulated") if source["simulated"] else source["licence"] or "—",
    }


def _sum(found: list[dict[str, Any]]) -> dict[str, int]:
    return {name: sum(source[name] for source in found) for name in ("read", "taken", "known", "quarantined")}


def batches(city: City, viewer: Viewer) -> None:
    """The newest files taken in."""
    text, found = viewer.text, queries.batches(city, 12)
    if found.empty:
        return
    with st.container(key="panel-batches"):
        st.markdown(f"**{text('data.batches')}**")
        shown = pd.DataFrame(
            {
                "file": found["file_name"],
                "loaded": [text.moment(at.to_pydatetime()) for at in found["loaded_at"]],
                **{name: [text.number(int(value)) for value in found[name]] for name in ("read", "taken", "known", "quarantined")},
            }
        )
        columns: dict[str, Any] = {name: st.column_config.TextColumn(text(f"data.column.{name}")) for name in ("file", "loaded")}
        columns |= {
            name: st.column_config.TextColumn(text(f"data.column.{name}"), alignment="right", width=76)
            for name in ("read", "taken", "known", "quarantined")
        }
        st.dataframe(shown, hide_index=True, row_height=tables.ROW, column_config=columns, height=min(300, 38 + tables.ROW * len(shown)))


def notices(city: City, viewer: Viewer) -> None:
    """What the stores did by themselves since the console started, such as a picture rebuilt after damage."""
    if not city.notices:
        return
    text = viewer.text
    with st.container(key="panel-notices"):
        st.markdown(f"**{text('data.notices')}** :small[:gray[{text('data.notices_note')}]]")
        for notice in reversed(city.notices[-8:]):
            st.markdown(f":gray[{text.moment(notice.happened_at)}] {escaped(text(f'notice.{notice.key}', **notice.values))}")
