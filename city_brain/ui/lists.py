"""Taking a list in from a file: the form, what became of it, and the refused rows as a file to be mended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from city_brain.errors import Fault
from city_brain.incidents import sheets
from city_brain.ui import faults, joined, session
from city_brain.ui.labels import escaped
from city_brain.ui.session import Viewer

DATUMS = ("wgs84", "gcj02", "bd09")
MEGABYTES = 20
SHOWN = 5
"""Refused rows that are told at once; the file has all."""
Taken = dict[str, Any]
Take = Callable[[str, str, str], Taken]
"""Takes text, datum and the name of the file in; gives counts, with the refused ones as ``rows`` (line, fault, values, row)."""


def form(viewer: Viewer, room: str, note: str, told: Callable[[Taken], str], take: Take, *, types: Sequence[str]) -> None:
    """The form of one list.

    Parameters
    ----------
    room : str
        What the keys of its fields begin with.
    note : str
        What the file may be, Markdown.
    told : callable
        Says in a sentence what became of the list that was taken in last.
    """
    text = viewer.text
    st.markdown(f":small[:gray[{note}]]")
    st.segmented_control(
        text("list.datum"), DATUMS, default="wgs84", required=True, key=f"{room}-datum", format_func=lambda name: text(f"list.datum.{name}")
    )
    st.file_uploader(
        text("list.file", types=", ".join(map(str.upper, types))), type=list(types), key=f"{room}-file", max_upload_size=MEGABYTES
    )
    nothing = not st.session_state.get(f"{room}-file")
    st.button(text("list.send"), key=f"{room}-import-send", type="primary", disabled=nothing, on_click=_take, args=(room, take))
    taken: Taken | None = st.session_state.get(f"{room}-taken")
    if not taken:
        return
    st.markdown(told(taken))
    for row in taken["rows"][:SHOWN]:
        st.markdown(f":small[:orange[{escaped(text('list.line', line=str(row['line']), why=row['why']))}]]")
    if taken["rows"]:
        st.download_button(
            text("list.refused"), sheets.refused(taken["rows"]).encode("utf-8-sig"), joined.file_name("refused.csv"), "text/csv",
            key=f"{room}-refused", icon=":material/download:", on_click="ignore",
        )  # fmt: skip


@faults.told
def _take(room: str, take: Take) -> None:
    file = st.session_state.get(f"{room}-file")
    if file is None:
        return
    text = session.words()
    taken = take(sheets.decoded(file.getvalue()), st.session_state[f"{room}-datum"], file.name)
    rows = [row | {"why": text.fault(Fault(row["fault"], **row["values"]))} for row in taken["rows"]]
    st.session_state[f"{room}-taken"] = {**taken, "rows": [{name: row[name] for name in ("line", "why", "row")} for row in rows]}
