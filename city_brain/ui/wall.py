"""The wall: one dark screen without chrome for everyone in the room. Large type, few figures, no personal data, no hover."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import quote

import streamlit as st

from city_brain.cases import findings, funnel, queries
from city_brain.cases.model import OPEN_MARKS, SHAPES, Mark
from city_brain.incidents import queries as incidents
from city_brain.service import basemap
from city_brain.storage.city import City
from city_brain.ui import cached, faults, finding_words, first_screen, joined, session, theme, wall_map
from city_brain.ui.cached import Summary
from city_brain.ui.drills import banner
from city_brain.ui.finding_words import against_usual, against_week
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer
from city_brain.ui.wall_views import day, heat, loop, response, turning

FIGURES, MAP, CASES = 28, 42, 30
"""Widths of the three parts, in percent."""
PRESSING = 5


def head() -> None:
    """City, marks and the clock: drawn again every second."""
    banner.back_when_over()
    with faults.shown():
        viewer = session.viewer()
        text, moment, named = viewer.text, viewer.look.moment, viewer.named
        name = text.pick(named["name_zh"], named["name_en"]) if named else text("product")
        day = f"{text.moment(moment, 'day')}<br>{escape(text.weekday(moment))}"
        clock = f"{moment.astimezone(text.zone):%H:%M}<small>:{moment.astimezone(text.zone):%S}</small>"
        title = f"<h1>{escape(name)}</h1><span>{escape(text(f'wall.view.{turning.view()}'))}</span>"
        state = " past" if viewer.playback else ""
        st.html(f"<div class='cb-whead{state}'>{title}{_state(viewer)}<i></i><div>{day}</div><time>{clock}</time></div>")


def _state(viewer: Viewer) -> str:
    """Simulated, playback, live or stale, as marks."""
    text, marks = viewer.text, []
    if joined.number():
        marks.append(f"<b class=drill>{banner.MARK}</b>")
    if viewer.simulated:
        marks.append(f"<b class=sim>◇ {escape(text('frame.simulated'))}</b>")
    if viewer.playback:
        speed = f"×{viewer.speed}" if viewer.speed else text("playback.pause")
        marks.append(f"<b class=past>{escape(text('frame.playback'))} {escape(speed)}</b>")
    elif viewer.named and not joined.number():
        stale = first_screen.is_stale(session.city(), viewer)
        words = f"○ {first_screen.stale_in_words(session.city(), viewer)}" if stale else f"● {text('frame.live')}"
        marks.append(f"<b class={'stale' if stale else 'live'}>{escape(words)}</b>")
    return "".join(marks)


def screen() -> None:
    """One refresh of the view that is on. The map keeps its place under every one of them, so that none has to build it anew."""
    with faults.shown():
        city, viewer = session.city(), session.viewer()
        found = cached.summary(city, viewer)
        if viewer.named is None or found.first is None:
            st.html(f"<div class='cb-wempty'>{escape(viewer.text('wall.empty'))}</div>")
            return
        labels, view = Labels(city, viewer.text), turning.view()
        risk = heat.seen_of(city, viewer) if view == "heat" else None
        with st.container(key="wall-cover"):  # first, so that it is there before the map has drawn itself below it
            cover = _cover(city, viewer, labels, found, view, plain=risk is None)
            st.html(f"<div class='{'cb-wcover' if cover else 'cb-wnone'}'>{cover}</div>")
        left, middle, right = st.columns([FIGURES, MAP, CASES])
        with left:
            st.html(heat.figures(viewer, risk) if risk else _figures(viewer, found))
        with middle, st.container(key="wall-map"):
            wall_map.show(city, viewer, heat.layers(viewer, risk) if risk else wall_map.cases(city, viewer, labels))
            st.html(heat.legend(viewer, risk) if risk else _legend(viewer, labels, found))
        with right:
            st.html(heat.places(viewer, labels, risk) if risk else _funnel(viewer, labels, found) + _pressing(city, viewer, labels))
        st.html(_foot(city, viewer, found, mapped=not cover))


def _cover(city: City, viewer: Viewer, labels: Labels, found: Summary, view: str, *, plain: bool) -> str:
    """What lies over map and figures: the views that have no map, and a forecast that is not there yet."""
    if view == "loop":
        return loop.panels(city, viewer, labels, found)
    if view == "response":
        return response.panels(city, viewer)
    if view == "day":
        return day.panels(city, viewer, labels, found)
    return f"<div class=cb-wempty>{escape(viewer.text('wall.no_forecast'))}</div>" if view == "heat" and plain else ""


def _figures(viewer: Viewer, found: Summary) -> str:
    text, overdue = viewer.text, found.marks.get(Mark.OVERDUE, 0)
    stocks, hours, days = found.stocks.iloc[1:], found.hours, found.days
    figures = [
        ("open", "", found.open, against_week(found, "open", found.open, text), stocks["open"]),
        ("new", "", int(days["reported"].iloc[0]), against_usual(found, "reported", text), hours["reported"]),
        ("overdue", "⊗ ", overdue, against_week(found, "overdue", overdue, text), stocks["overdue"]),
        ("closed", "", int(days["closed"].iloc[0]), against_usual(found, "closed", text), hours["closed"]),
    ]
    cells = [
        f"<section class={key}><h2>{shape}{escape(text(f'overview.{key}'))} <small>{escape(text('wall.unit'))}</small></h2>"
        f"<strong>{text.number(value)}</strong>{sparkline(trend.tolist())}<p>{escape(beside)}</p></section>"
        for key, shape, value, beside, trend in figures
    ]
    return f"<div class=cb-wfigures>{''.join(cells)}</div>"


def sparkline(values: Sequence[float]) -> str:
    """A line over the last 24 hours as a picture, from its lowest to its highest value; the words stand beside it."""
    if len(values) < 2:
        return ""
    least, most = min(values), max(values)
    span = (most - least) or 1
    points = " ".join(f"{100 * place / (len(values) - 1):.1f},{36 - 32 * (value - least) / span:.1f}" for place, value in enumerate(values))
    ink = theme.palette().muted
    drawn = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 100 40' preserveAspectRatio='none'>"
        f"<polygon points='0,40 {points} 100,40' fill='{ink}' opacity='.14'/>"
        f"<polyline points='{points}' fill='none' stroke='{ink}' stroke-width='2' vector-effect='non-scaling-stroke'/></svg>"
    )
    return f'<img alt="" src="data:image/svg+xml,{quote(drawn)}">'


def _legend(viewer: Viewer, labels: Labels, found: Summary) -> str:
    number = viewer.text.number
    cells = (
        f"<span class={mark}>{SHAPES[mark]}</span> {escape(labels.mark(mark))} <b>{number(found.marks.get(mark, 0))}</b>"
        for mark in OPEN_MARKS
    )
    return f"<div class=cb-wlegend>{''.join(f'<span>{cell}</span>' for cell in cells)}</div>"


def _funnel(viewer: Viewer, labels: Labels, found: Summary) -> str:
    """The seven steps: a bar for the cases in each, the overdue ones beside."""
    text, seven = viewer.text, funnel.of_seven(found.steps)
    title = finding_words.said(findings.of_steps(funnel.unfinished(seven)), text, labels)
    most = max(row["cases"] for row in seven.values()) or 1
    rows = []
    for step, row in seven.items():
        overdue = f"⊗ {text.number(row['overdue'])}" if row["overdue"] else ""
        share = f"<i class={'some' if row['cases'] else 'none'} style='width:{100 * row['cases'] / most:.1f}%'></i>"
        rows.append(f"<li><span>{escape(labels.step(step))}</span><em>{share}</em><b>{text.number(row['cases'])}</b><u>{overdue}</u></li>")
    return f"<section class=cb-wsteps><h3>{escape(title)}</h3><ul>{''.join(rows)}</ul></section>"


def _pressing(city: City, viewer: Viewer, labels: Labels) -> str:
    """The newest urgent and overdue cases: kind, district, step and clock. Never an address or a word of the report."""
    text, rows = viewer.text, []
    for _, case in queries.pressing(city, viewer.look, PRESSING).iterrows():
        mark, where = Mark(case["state"]), [labels.of("district", case["district"]), labels.step(case["step"])]
        clock, place = labels.clock(case["due_at"], viewer.look.moment), " · ".join(part for part in where if part != "—")
        rows.append(
            f"<li class={mark}><span>{SHAPES[mark]}</span><b>{escape(labels.kind(case['kind']))}</b>"
            f"<small>{escape(place)}</small><time>{escape(clock)}</time></li>"
        )
    body = f"<ul>{''.join(rows)}</ul>" if rows else f"<p>{escape(text('wall.nothing_pressing'))}</p>"
    return f"<section class=cb-wcases><h3>{escape(text('wall.pressing'))}</h3>{body}</section>"


def _foot(city: City, viewer: Viewer, found: Summary, *, mapped: bool) -> str:
    """Of when and whence the figures are; where a map is shown, what it lacks and whose it is."""
    text = viewer.text
    names = (text.pick(row["title_zh"], row["title_en"]) or row["source"] for row in incidents.sources(city))
    parts = [
        f"{text('frame.as_of')} {text.moment(found.moment)}",
        text("wall.source", sources=text("list.or").join(names)),
        text("wall.no_personal_data"),
    ]
    if not mapped:
        return _told(parts)
    if found.unplaced:
        parts.append(text("wall.unplaced", cases=found.unplaced))
    settings = session.settings()
    if basemap.is_schematic(settings):
        parts.append(text("map.schematic") if viewer.simulated else "")
    else:
        parts.append(basemap.attribution(settings))
    return _told(parts)


def _told(parts: Iterable[str]) -> str:
    return f"<div class=cb-wfoot>{' · '.join(escape(part) for part in parts if part)}</div>"


def way_back(viewer: Viewer) -> None:
    """A small link back to the overview."""
    with st.container(key="wall-back"):
        st.page_link("overview.py", label=viewer.text("page.overview"), icon=":material/arrow_back:")
