"""The case board: one table, paged in the database, so that its size does not matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from city_brain.cases import exports, queries
from city_brain.cases.model import Wanted
from city_brain.storage.city import City
from city_brain.ui import bulk, filters, report_form, tables
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer

PAGE = 50


FINISHED = {"mine": False, "open": False, "done": True, "all": None}
_ORDER = {"mine": "board.order_mine", "open": "board.order", "done": "board.order_done", "all": "board.order_done"}


def show(city: City, viewer: Viewer, labels: Labels) -> None:
    """The board of the filter in the URL; whose queue it is stays said while filters change."""
    text, which, spans = viewer.text, filters.which(viewer), filters.spans(viewer)
    if which == "mine":
        filters.keep("done", filters.VIEWS[which])
    wanted = replace(filters.wanted(viewer), mine=filters.mine(viewer) if which == "mine" else None)
    total = queries.count(city, viewer.look, wanted, finished=FINISHED[which], **spans)
    several = bulk.is_on(viewer)
    with st.container(key="panel-board"):
        with st.container(horizontal=True, vertical_alignment="center", key="board-head"):
            _choice(viewer, which)
            st.markdown(f"**{text('board.count', cases=total)}** :small[:gray[{text(_ORDER[which])}]]")
            for name in filters.asked_spans():
                st.button(
                    text(f"board.{name}"),
                    key=f"board-{name}",
                    icon=":material/close:",
                    on_click=filters.show_which,
                    args=(which,),
                    help=text("board.drop"),
                )
            report_form.show(city, viewer)
            bulk.switch(viewer)
            size = bulk.MOST if several else PAGE
            page = _pager(viewer, total, size)
            _downloads(city, viewer, wanted, which, spans)
        bulk.results(viewer)
        if not total:
            st.info(_nothing(viewer, which))
            return

        def rows() -> pd.DataFrame:
            return queries.board(city, viewer.look, wanted, finished=FINISHED[which], size=size, skip=(page - 1) * size, **spans)

        if several:
            bulk.show(city, viewer, labels, f"{which} {page} {filters.signature()}", rows)
        else:
            _table(viewer, labels, rows())


def _choice(viewer: Viewer, which: str) -> None:
    """Which cases: the reader's own queue first."""
    key = f"board-which-{which}"
    st.segmented_control(
        viewer.text("board.which"), filters.views(viewer), default=which, key=key, required=True, label_visibility="collapsed",
        format_func=lambda view: viewer.text(f"board.{view}"), on_change=_which, args=(which,),
    )  # fmt: skip


def _nothing(viewer: Viewer, which: str) -> str:
    return viewer.text("board.nothing_waits" if which == "mine" and not filters.narrows() else "board.empty")


def _table(viewer: Viewer, labels: Labels, cases: pd.DataFrame) -> None:
    shown = tables.in_words(cases, viewer, labels)
    late = tables.step_late(cases, viewer.look.moment)
    height = min(720, 38 + tables.ROW * len(cases))
    columns = tables.configuration(viewer.text)
    tables.draw(f"board-rows-{viewer.text.language}", shown, cases, columns=columns, height=height, late=late)
    st.markdown(f":small[:gray[{viewer.text('board.open_hint')}]]")


def _which(shown: str) -> None:
    filters.show_which(st.session_state[f"board-which-{shown}"])
    st.query_params.pop("page", None)


def _pager(viewer: Viewer, total: int, size: int) -> int:
    pages = max(1, -(-total // size))
    asked = st.query_params.get("page", "1")
    page = min(max(1, int(asked)) if asked.isdigit() else 1, pages)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content"):
        st.button("‹", key="board-back", disabled=page <= 1, on_click=_turn, args=(page - 1,), help=viewer.text("board.back"))
        st.markdown(viewer.text("board.page", page=page, pages=pages))
        st.button("›", key="board-on", disabled=page >= pages, on_click=_turn, args=(page + 1,), help=viewer.text("board.on"))
    return page


def _turn(page: int) -> None:
    st.query_params["page"] = str(page)


def _downloads(city: City, viewer: Viewer, wanted: Wanted, which: str, spans: dict[str, Any]) -> None:
    def frame() -> pd.DataFrame:
        return queries.export(city, viewer.look, wanted, finished=FINISHED[which], **spans)

    kinds: dict[str, tuple[Callable[[pd.DataFrame], bytes], str]] = {
        "csv": (exports.as_csv, "text/csv"),
        "parquet": (exports.as_parquet, "application/vnd.apache.parquet"),
    }
    for suffix, (write, mime) in kinds.items():
        st.download_button(
            suffix.upper() if suffix == "csv" else "Parquet",
            partial(_written, write, frame),
            tables.download_name(viewer, suffix),
            mime,
            key=f"board-{suffix}",
            on_click="ignore",
            icon=":material/download:",
            help=viewer.text("board.download"),
        )


def _written(write: Callable[[pd.DataFrame], bytes], frame: Callable[[], pd.DataFrame]) -> bytes:
    """The file, made only when somebody asks for it."""
    return write(frame())
