"""Tables of cases: dense rows, shape and words, the clock as time left, one selection."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Literal

import pandas as pd
import streamlit as st

from city_brain.cases.model import SHAPES, Mark
from city_brain.text import Text
from city_brain.ui import joined, session, theme
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer

ROW = 34


def in_words(cases: pd.DataFrame, viewer: Viewer, labels: Labels) -> pd.DataFrame:
    """Cases as a reader sees them: one text column per thing, in the order of `COLUMNS`; index as given."""
    text, moment = viewer.text, viewer.look.moment
    closed = cases["closed_at"] if "closed_at" in cases else pd.Series(pd.NaT, index=cases.index)
    shown = pd.DataFrame(index=cases.index)
    shown["mark"] = [SHAPES[Mark(state)] for state in cases["state"]]
    shown["case"] = cases["case_id"]
    shown["reported"] = [text.moment(at.to_pydatetime()) for at in cases["reported_at"]]
    shown["kind"] = [labels.kind(kind) for kind in cases["kind"]]
    shown["place"] = [labels.place(*where) for where in zip(cases["district"], cases["address"], strict=True)]
    if "step" in cases:
        shown["step"] = [labels.step(step) for step in cases["step"]]
    if "asked" in cases and not viewer.playback:
        shown["step"] = [" · ".join([name, *_flags(row, text)]) for name, row in zip(shown["step"], cases.itertuples(), strict=True)]
    shown["clock"] = [labels.clock(due, moment, end) for due, end in zip(cases["due_at"], closed, strict=True)]
    if "step_due_at" in cases:
        shown["clock"] = [
            labels.step_clock(due, moment) if by_step else clock
            for clock, due, by_step in zip(shown["clock"], cases["step_due_at"], _by_step(cases, moment), strict=True)
        ]
    if "holder" in cases:
        shown["holder"] = [labels.holder(holder) for holder in cases["holder"]]
    return shown


def step_late(cases: pd.DataFrame, moment: datetime) -> pd.Series:
    """Which unfinished cases have overrun the clock of their step, while their limit still runs or has not begun."""
    limit_passed = cases["due_at"].lt(moment)
    if "exempt" in cases:
        limit_passed &= ~cases["exempt"].astype(bool)
    return _running(cases) & cases["step_due_at"].lt(moment) & ~limit_passed


def _running(cases: pd.DataFrame) -> pd.Series:
    return cases["closed_at"].isna() if "closed_at" in cases else pd.Series(True, index=cases.index)


def _by_step(cases: pd.DataFrame, moment: datetime) -> pd.Series:
    """Which cases show the clock of their step: where it is over, where no other runs, and where it is nearer in a queue ordered so."""
    other = cases["due_at"].isna() | (cases["step_due_at"] < cases["due_at"] if "clock_at" in cases else False)
    return step_late(cases, moment) | (_running(cases) & cases["step_due_at"].notna() & other)


def _flags(row: Any, text: Text) -> list[str]:
    """What is special about a case, in a word or two each."""
    told = [text(f"asked.{row.asked}")] if isinstance(row.asked, str) else []
    told += [text("desk.unanswered")] if row.unanswered == row.step else []
    return told + ([text("desk.supervised")] if row.supervised else [])


def configuration(text: Text) -> dict[str, Any]:
    """Headers and widths of the columns of `in_words`."""
    return {
        "mark": st.column_config.TextColumn("", width=36, help=text("column.mark")),
        "case": st.column_config.TextColumn(text("column.case"), width=150),
        "reported": st.column_config.TextColumn(text("column.reported"), width=128),
        "kind": st.column_config.TextColumn(text("column.kind"), width=190),
        "place": st.column_config.TextColumn(text("column.place"), width=258),
        "step": st.column_config.TextColumn(text("column.step"), width=172),
        "clock": st.column_config.TextColumn(text("column.clock"), width=132, alignment="right"),
        "holder": st.column_config.TextColumn(text("column.holder"), width=184),
    }


def styled(shown: pd.DataFrame, states: pd.Series, *, chosen: pd.Series | None = None, late: pd.Series | None = None) -> object:
    """Colour the shape and the clock by mark (that of a step which is `late` as overdue), grey the number, tint the chosen row."""
    colours = theme.palette()
    tint = chosen if chosen is not None else pd.Series(False, index=shown.index)
    over = late if late is not None else pd.Series(False, index=shown.index)

    def paint(row: pd.Series) -> list[str]:
        mark = str(states.loc[row.name])
        ground = f"background-color:{colours.chosen_row};" if tint.loc[row.name] else ""
        loud = f"color:{colours.of(mark)};" if mark in (Mark.URGENT, Mark.OVERDUE, Mark.DUE) else ""
        loud = f"color:{colours.overdue};" if over.loc[row.name] else loud
        plain = {"mark": f"color:{colours.of(mark)};", "clock": loud, "case": f"color:{colours.muted};"}
        return [ground + plain.get(str(column), "") for column in row.index]

    return shown.style.apply(paint, axis=1)


def draw(
    key: str,
    shown: pd.DataFrame,
    cases: pd.DataFrame,
    *,
    columns: Mapping[str, Any],
    height: int | Literal["stretch", "content"] = "content",
    opens: bool = True,
    late: pd.Series | None = None,
) -> None:
    """Draw a table whose rows are chosen with a click (or Enter), by the case's number and never by its place.

    Parameters
    ----------
    shown, cases : DataFrame
        What is read (see `in_words`) and the cases themselves, row by row the same.
    opens : bool
        Whether a click opens the case file; else it only chooses the case on this page.
    """
    st.session_state[f"rows-{key}"] = cases["case_id"].tolist()
    chosen = cases["case_id"] == session.chosen_case() if not opens else None
    st.dataframe(
        styled(shown, cases["state"], chosen=chosen, late=late), hide_index=True, height=height, row_height=ROW, column_config=columns,
        on_select=partial(_picked, key, opens), selection_mode="single-cell", key=key,
    )  # fmt: skip
    if session.opening_file():
        st.switch_page("case_file.py", query_params={"case": session.chosen_case() or ""})


def draw_many(key: str, shown: pd.DataFrame, cases: pd.DataFrame, *, columns: Mapping[str, Any], height: int, late: pd.Series) -> list[str]:
    """Draw a table in which several rows can be chosen; gives the numbers of the chosen cases.

    The rows must stay as they are while `key` does: a table knows its choice by place.
    """
    event = st.dataframe(
        styled(shown, cases["state"], late=late), hide_index=True, height=height, row_height=ROW, column_config=columns,
        on_select="rerun", selection_mode="multi-row", key=key,
    )  # fmt: skip
    rows = event["selection"]["rows"] if event else []
    return [str(cases["case_id"].iloc[row]) for row in rows if row < len(cases)]


def _picked(key: str, opens: bool) -> None:
    cells = st.session_state[key]["selection"]["cells"]
    order = st.session_state.get(f"rows-{key}", [])
    if cells and cells[0][0] < len(order):
        session.choose_case(order[cells[0][0]], opens=opens)


def download_name(viewer: Viewer, suffix: str) -> str:
    """A file name that says what and when."""
    return joined.file_name(f"city-brain-cases-{viewer.look.moment:%Y%m%d-%H%M}.{suffix}")
