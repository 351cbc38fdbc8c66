"""The case board: one table, paged in the database, so that its size does not matter."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from city_brain.cases import exports, queries
from city_brain.cases.model import Wanted
from city_brain.storage.city import City
from city_brain.ui import filters, tables
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer

PAGE = 50


FINISHED = {"open": False, "done": True, "all": None}


def show(city: City, viewer: Viewer, labels: Labels) -> None:
    """The board of the filter in the URL."""
    text, wanted, which, spans = viewer.text, filters.wanted(viewer), filters.which(), filters.spans(viewer)
    total = queries.count(city, viewer.look, wanted, finished=FINISHED[which], **spans)
    with st.container(key="panel-board"):
        with st.container(horizontal=True, vertical_alignment="center", key="board-head"):
            st.segmented_control(
                text("board.which"),
                list(FINISHED),
                default=which,
                key=f"board-which-{which}",
                required=True,
                label_visibility="collapsed",
                format_func=lambda which: text(f"board.{which}"),
                on_change=_which,
                args=(which,),
            )
            order = text("board.order" if which == "open" else "board.order_done")
            st.markdown(f"**{text('board.count', cases=total)}** :small[:gray[{order}]]")
            for name in filters.asked_spans():
                st.button(
                    text(f"board.{name}"),
                    key=f"board-{name}",
                    icon=":material/close:",
                    on_click=filters.show_which,
                    args=(which,),
                    help=text("board.drop"),
                )
            page = _pager(viewer, total)
            _downloads(city, viewer, wanted, which, spans)
        if not total:
            st.info(text("board.empty"))
            return
        cases = queries.board(city, viewer.look, wanted, finished=FINISHED[which], size=PAGE, skip=(page - 1) * PAGE, **spans)
        _table(viewer, labels, cases)


def _table(viewer: Viewer, labels: Labels, cases: pd.DataFrame) -> None:
    shown = tables.in_words(cases, viewer, labels)
    height = min(720, 38 + tables.ROW * len(cases))
    tables.draw(f"board-rows-{viewer.text.language}", shown, cases, columns=tables.configuration(viewer.text), height=height)
    st.markdown(f":small[:gray[{viewer.text('board.open_hint')}]]")


def _which(shown: str) -> None:
    filters.show_which(st.session_state[f"board-which-{shown}"])
    st.query_params.pop("page", None)


def _pager(viewer: Viewer, total: int) -> int:
    pages = max(1, -(-total // PAGE))
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
