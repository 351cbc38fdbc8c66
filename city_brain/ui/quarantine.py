"""Quarantine: rows that could not be used, by reason; to be mended in place, replayed, dropped or taken away."""

from __future__ import annotations

from typing import Any

import orjson
import pandas as pd
import streamlit as st

from city_brain.errors import Fault
from city_brain.incidents import actions, queries
from city_brain.intake.exchange import mended_rows, quarantine_csv
from city_brain.intake.load import mend
from city_brain.roles import GRANTED, Right
from city_brain.storage.city import City
from city_brain.ui import faults, joined, session, tables
from city_brain.ui.session import Viewer
from city_brain.ui.upload import session_report

TICK = "✓"
MOST_ROWS = 200
"""Rows shown for mending at a time; an export has them all."""


def show(city: City, viewer: Viewer) -> None:
    """What waits, and the means to mend it."""
    text, waiting = viewer.text, queries.quarantine_reasons(city)
    with st.container(key="panel-quarantine"):
        total = sum(row["rows"] for row in waiting)
        st.markdown(f"**{text('quarantine.title')}** :small[:gray[{text('quarantine.note', rows=total)}]]")
        if not waiting:
            st.markdown(f":green[●] {text('cli.quarantine_empty')}")
            return
        labels = {
            f"{row['source']}/{row['reason']}": text(
                "quarantine.choice", rows=row["rows"], reason=text(f"reason.{row['reason']}"), source=row["source"]
            )
            for row in waiting
        }
        chosen = st.pills(
            text("quarantine.which"),
            list(labels),
            default=next(iter(labels)),
            key="quarantine-which",
            format_func=labels.__getitem__,
            required=True,
            label_visibility="collapsed",
        )
        source, reason = str(chosen).split("/", 1)
        rows = queries.quarantine(city, source=source, reason=reason, size=MOST_ROWS)
        _mend(viewer, rows, may=not viewer.playback and viewer.actor.role in GRANTED[Right.MEND])
        _take_away(city, viewer, source, reason)


def _mend(viewer: Viewer, rows: list[dict[str, Any]], *, may: bool) -> None:
    text = viewer.text
    st.markdown(
        f":small[:gray[{text('quarantine.' + rows[0]['reason'], **orjson.loads(rows[0]['reason_values'] or '{}'))}]]" if rows else ""
    )
    own = [orjson.loads(entry["row"]) for entry in rows]
    columns = list(dict.fromkeys(name for row in own for name in row))
    numbers = [entry["quarantine_id"] for entry in rows]
    frame = pd.DataFrame([{name: row.get(name) for name in columns} for row in own], index=numbers).astype("string").fillna("")
    if not may:
        st.dataframe(frame, hide_index=True, height=220)
        st.markdown(f":gray[{text('quarantine.not_you')}]")
        return
    key = f"quarantine-rows-{hash(tuple(numbers))}"
    frame.insert(0, TICK, value=False)
    st.data_editor(frame, key=key, hide_index=True, height=min(300, 38 + tables.ROW * len(frame)), row_height=tables.ROW, num_rows="fixed")
    st.session_state["quarantine-frame"] = {"numbers": numbers, "rows": [{name: row.get(name) for name in columns} for row in own]}
    with st.container(horizontal=True):
        if rows and rows[0]["reason"] != "conflict":  # what a person did since stays: a conflict can only be dropped
            st.button(
                text("quarantine.retry"),
                key="quarantine-retry",
                type="primary",
                on_click=_replay,
                args=(key,),
                help=text("quarantine.retry_help"),
            )
        with st.popover(text("quarantine.drop")):
            ticked = _ticked(key)
            st.markdown(text("quarantine.drop_note", rows=len(ticked) or len(numbers)))
            label = text("quarantine.drop_all", rows=len(ticked) or len(numbers))
            st.button(label, key="quarantine-drop", on_click=_drop, args=([numbers[place] for place in ticked] or numbers,))


@faults.told
def _replay(key: str) -> None:
    """Replay the rows that were edited or ticked; all of the shown ones when none was."""
    held, edited = st.session_state["quarantine-frame"], st.session_state[key]["edited_rows"]
    places = sorted(int(place) for place in edited) or range(len(held["numbers"]))
    _mended(
        [
            (
                held["numbers"][place],
                held["rows"][place] | {name: value or None for name, value in edited.get(place, {}).items() if name != TICK},
            )
            for place in places
        ]
    )


def _ticked(key: str) -> list[int]:
    edited = st.session_state.get(key, {}).get("edited_rows", {})
    return sorted(int(place) for place, cells in edited.items() if cells.get(TICK))


def _mended(rows: list[tuple[str, dict[str, Any]]]) -> None:
    viewer = session.viewer()
    for loaded in mend(session.city(), session.settings(), rows, viewer.actor):
        session_report(loaded)
        session.say(viewer.text("quarantine.mended", taken=loaded.tally.taken + loaded.tally.known, rejected=loaded.tally.quarantined))


@faults.told
def _drop(numbers: list[str]) -> None:
    viewer = session.viewer()
    actions.settle(session.city(), numbers, viewer.actor)
    session.say(viewer.text("quarantine.dropped", rows=len(numbers)))


def _take_away(city: City, viewer: Viewer, source: str, reason: str) -> None:
    text = viewer.text
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.download_button(
            text("quarantine.export"), lambda: quarantine_csv(queries.quarantine(city, source=source, reason=reason)).encode("utf-8-sig"),
            joined.file_name(f"quarantine-{source}-{reason}.csv"), "text/csv", key="quarantine-export",
            on_click="ignore", icon=":material/download:",
        )  # fmt: skip
        with st.popover(text("quarantine.import")):
            st.file_uploader(text("quarantine.import_note"), type=["csv"], key="quarantine-file", on_change=_imported)


@faults.told
def _imported() -> None:
    given = st.session_state["quarantine-file"]
    if given is None:
        return
    try:
        rows = mended_rows(_text(given.getvalue()))
    except UnicodeDecodeError:
        raise Fault("no_export") from None
    _mended(rows)


def _text(content: bytes) -> str:
    """A spreadsheet saves in UTF-8 or, in China, in GB18030."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")
