"""Figures: each with label, value, unit, comparison, and one click to its rows."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st


def tile(
    key: str,
    label: str,
    value: str,
    *,
    beside: str | None = None,
    page: str | None = None,
    query: dict[str, str | list[str]] | None = None,
    link: str = "",
    trend: Sequence[float] | None = None,
    big: bool = False,
) -> None:
    """One figure.

    Parameters
    ----------
    label, value, beside : str
        What it is (Markdown), the number, and what it is compared with.
    page, query, link
        Where its rows are; the whole tile is the link, `link` its accessible name.
    trend : sequence of float, optional
        A small line under the figure.
    """
    with st.container(key=f"tile-{'big-' if big else ''}{key}"):
        st.metric(label, value, delta=beside, delta_color="off", delta_arrow="off", chart_data=trend, chart_type="area")
        if page:
            st.page_link(page, label=link or label, query_params=query or {})


def row(key: str, cells: Sequence[str], *, page: str, query: dict[str, str | list[str]], link: str, loud: int | None = None) -> None:
    """One row of a small table in plain text, as a whole the link that `link` names; the cell `loud` has the colour of overdue."""
    shown = "".join(f"<span{' class=loud' if place == loud else ''}>{escape(cell)}</span>" for place, cell in enumerate(cells))
    with st.container(key=f"row-{key}"):
        st.html(f"<div class=cb-row>{shown}</div>")
        st.page_link(page, label=link, query_params=query)


def heading(cells: Sequence[str]) -> None:
    """The heading of rows."""
    st.html(f"<div class='cb-row cb-head'>{''.join(f'<span>{escape(cell)}</span>' for cell in cells)}</div>")
