"""A table whose numbers are links to exactly their rows.

The links are anchors with an address of their own: a new tab, copying and the keyboard work, and a plain click stays in the
session instead of loading the page anew (`guide`). Whatever is in a table is escaped: nothing in it can be markup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import streamlit as st

from city_brain.ui import session, theme

PAGES = ("supervision", "case_board", "case_file", "daily_report", "alert_desk", "risk_register", "risk_grid", "dispatch_desk")
"""Where a link may lead."""
KEPT = ("lang", "role", "dept", "at", "speed")
"""What a link takes along, so that a new tab shows the same moment to the same reader."""
DARK_INK_FROM = 0.195
"""Luminance of a ground from which dark ink has more contrast on it than white."""
SHADES = {"dark": ("#4CD3AB", "#F2B632", "#35202D", "#14304A"), "light": ("#00694F", "#7F5600", "#F7E6F0", "#E1EFF9")}
"""Text of what is good and what is due, grounds of violet and blue chips: values of config.toml that no variable carries."""
LONG = 12
"""Letters from which a text may be cut off by its column, and is told in full when pointed at."""
Cell = dict[str, Any]
Query = Mapping[str, str | Sequence[str]]
_FOLDER = Path(__file__).parent


def style() -> None:
    """The style rules of the tables, once on a page, and what keeps their links in the session."""
    names = ("good", "due", "violet", "blue")
    values = "".join(f"--cbt-{name}:{value};" for name, value in zip(names, SHADES["dark" if session.dark() else "light"], strict=True))
    st.html(f"<style>:root{{{values}}}{_rules()}</style>")
    with st.container(key="guide"):
        clicked = _guide()(key="guide-clicked", default=None)
    if clicked and clicked["at"] != st.session_state.get("guided"):
        st.session_state["guided"] = clicked["at"]
        _follow(clicked["to"])


def _follow(address: str) -> None:
    """Go where a link leads, when it leads to a page of the console."""
    page, _, asked = address.partition("?")
    if page in PAGES:
        st.switch_page(f"{page}.py", query_params=parse_qs(asked))


@cache
def _rules() -> str:
    return (_FOLDER / "linked.css").read_text(encoding="utf-8")


@cache
def _guide() -> Any:
    return st.components.v1.declare_component("city_brain_guide", path=str(_FOLDER / "guide"))


def to(page: str, query: Query) -> str:
    """The address of a page with a question."""
    kept = {name: st.query_params[name] for name in KEPT if name in st.query_params}
    asked = {name: value for name, value in query.items() if value}
    return f"{page}?{urlencode({**kept, **asked}, doseq=True)}"


def cell(text: str = "", **more: Any) -> Cell:
    """One cell.

    Parameters
    ----------
    text : str
        What it says.
    **more
        to (an address of `to`), says (the link's accessible name), small (grey, behind it), tone (loud, good, bad, due, muted, strong,
        plain), heat (class of the ramp), bar (0–1), span (an interval: low, high, at, mark from 0 to 1, says), chip (text, colour), title.
    """
    return {"text": text} | {name: value for name, value in more.items() if value is not None and value != ""}


def column(name: str, align: str = "left", *, width: str = "", means: str = "") -> dict[str, str]:
    """One column: its heading, where it stands, its width (CSS) and what it means. Where every column has a width, none is wider."""
    return {"name": name, "align": align, "width": width, "means": means}


def row(*cells: Cell, chosen: bool = False, tone: str = "") -> dict[str, Any]:
    """One row; `chosen` is tinted, `tone` is sum or quiet."""
    return {"cells": cells, "tone": " ".join(filter(None, (tone, "chosen" if chosen else "")))}


def apart(text: str) -> dict[str, Any]:
    """A line over the rows that follow, such as "Too few cases to rank"."""
    return {"apart": text}


def draw(
    columns: Sequence[Mapping[str, str]], rows: Sequence[Mapping[str, Any]], *, label: str, most: int = 0, tall: bool = False
) -> None:  # fmt: skip
    """Draw a table.

    Parameters
    ----------
    label : str
        What the table is, for those who cannot see it.
    most : int
        Pixels from which it scrolls in itself; 0 never.
    tall : bool
        Whether texts may take several lines.
    """
    st.html(html(columns, rows, label=label, most=most, tall=tall))


def html(
    columns: Sequence[Mapping[str, str]], rows: Sequence[Mapping[str, Any]], *, label: str, most: int = 0, tall: bool = False
) -> str:  # fmt: skip
    """The table as HTML."""
    heads = "".join(_head(found) for found in columns)
    body = "".join(_row(found, columns) for found in rows)
    high = f' style="max-height:{most}px"' if most else ""
    fixed = ' class="fixed"' if all(found["width"] for found in columns) else ""
    table = f'<table aria-label="{escape(label)}"{fixed}><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="cbt{" tall" if tall else ""}"{high}>{table}</div>'


def _head(column: Mapping[str, str]) -> str:
    means = f' title="{escape(column["means"])}"' if column["means"] else ""
    wide = f' style="width:{column["width"]}"' if column["width"] else ""
    return f'<th scope="col" class="{column["align"]}"{means}{wide}>{escape(column["name"])}</th>'


def _row(row: Mapping[str, Any], columns: Sequence[Mapping[str, str]]) -> str:
    if "apart" in row:
        return f'<tr class="apart"><td colspan="{len(columns)}">{escape(row["apart"])}</td></tr>'
    cells = "".join(_cell(given, column["align"]) for given, column in zip(row["cells"], columns, strict=True))
    return f'<tr class="{row["tone"]}">{cells}</tr>'


def _cell(given: Cell, align: str) -> str:
    parts = []
    if "bar" in given:
        parts.append(f'<span class="bar"><i style="width:{_percent(given["bar"])}"></i></span>')
    if "chip" in given:
        parts.append(f'<b class="chip {given["chip"][1]}">{escape(given["chip"][0])}</b>')
    if given["text"]:
        parts.append(_link(given) if "to" in given else f"<span>{escape(given['text'])}</span>")
    if "span" in given:
        parts.append(_interval(given["span"]))
    if "small" in given:
        parts.append(f"<small>{escape(given['small'])}</small>")
    heat = theme.palette().heat[given["heat"]] if "heat" in given else ""
    inked = f' style="background:{heat};color:{"#0D1520" if _light(heat) > DARK_INK_FROM else "#FFFFFF"}"' if heat else ""
    told = given.get("title") or (given["text"] if len(given["text"]) > LONG else "")
    title = f' title="{escape(told)}"' if told else ""
    return f'<td class="{align} {given.get("tone", "")}{" heat" if heat else ""}"{inked}{title}>{"".join(parts)}</td>'


def _link(given: Cell) -> str:
    says = f' aria-label="{escape(given["says"])}"' if "says" in given else ""
    return f'<a class="cb-go" href="{escape(given["to"])}"{says}>{escape(given["text"])}</a>'


def _interval(span: Mapping[str, Any]) -> str:
    left, wide = _percent(span["low"]), _percent(span["high"] - span["low"])
    marks = "".join(f'<i class="{name}" style="left:{_percent(span[name])}"></i>' for name in ("mark", "at") if span.get(name) is not None)
    return f'<span class="span" title="{escape(span["says"])}"><i class="band" style="left:{left};width:{wide}"></i>{marks}</span>'


def _percent(share: float) -> str:
    return f"{min(1.0, max(0.0, share)) * 100:.2f}%"


def _light(colour: str) -> float:
    """Relative luminance of a hex colour (WCAG)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
