"""The timeline of a case file: every act, who, why, what it did to the deadline, with its pictures."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import datetime

import streamlit as st

from city_brain.cases.evidence import SUFFIX
from city_brain.cases.lifecycle import MOVES
from city_brain.cases.timeline import Entry
from city_brain.errors import Fault
from city_brain.storage.city import City
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer

_STAYS = {move.name for move in MOVES if move.target is None}
_ANSWERS = ("reached", "solved", "satisfied", "grade")
_WORDS = ("reason", "outcome", "note", "answer")


def show(city: City, viewer: Viewer, labels: Labels, story: Sequence[Entry], pictures: Mapping[int, Sequence[str]]) -> None:
    """The story, newest first, with a line for each day; pictures stand below their act."""
    text = viewer.text
    st.markdown(f"**{text('file.timeline')}** :small[:gray[{text('file.timeline_note', entries=len(story))}]]")
    items, day = [], ""
    for place, entry in enumerate(story):
        this = text.moment(entry.happened_at, "day") + " " + text.weekday(entry.happened_at)
        if this != day:
            items.append(f'<li class="day">{html.escape(this)}</li>')
            day = this
        items.append(_item(viewer, labels, entry, newest=place == 0))
        if entry.sequence is not None and entry.sequence in pictures:
            _written(items)
            items = []
            _pictures(city, viewer, entry, pictures[entry.sequence])
    _written(items)


def _written(items: Sequence[str]) -> None:
    if items:
        st.html(f'<ul class="cb-line">{"".join(items)}</ul>')


def _item(viewer: Viewer, labels: Labels, entry: Entry, *, newest: bool) -> str:
    told = [who for who in (labels.actor(entry.actor) if entry.actor else "", _now_with(viewer, labels, entry)) if who]
    below = " · ".join(map(html.escape, told))
    lines = "".join(f"<small>{line}</small>" for line in [below, *_why(viewer, labels, entry)] if line)
    kind = "now" if newest else "back" if entry.back else "told" if entry.kind == "notice" else ""
    return (
        f'<li class="{kind}"><time>{viewer.text.moment(entry.happened_at, "time")}</time><i></i>'
        f"<div>{html.escape(_title(viewer, labels, entry))}{lines}</div></li>"
    )


def _title(viewer: Viewer, labels: Labels, entry: Entry) -> str:
    text = viewer.text
    if entry.kind == "notice":
        clock = text("entry.clock_case" if entry.detail == "case" else "entry.clock_step")
        return text("entry.notice", clock=clock, percent=text.percent((entry.percent or 0) / 100))
    if entry.move:
        kind = f" · {labels.choice(entry.detail)}" if entry.detail else ""
        return text(f"move.{entry.move}") + kind
    return labels.step(entry.why or "") if entry.kind == "step" else text(f"entry.{entry.kind}")


def _now_with(viewer: Viewer, labels: Labels, entry: Entry) -> str:
    """Who has the case after the act, where it changed hands; who is told, where it is a reminder."""
    if not entry.holder or entry.kind == "reported":
        return ""
    if entry.kind == "notice":
        return viewer.text("entry.told", holder=labels.holder(entry.holder))
    return "" if entry.move in _STAYS else viewer.text("entry.now_with", holder=labels.holder(entry.holder))


def _why(viewer: Viewer, labels: Labels, entry: Entry) -> list[str]:
    """What was said and given, a line each: free words as they were written, the rest by its name."""
    text, fields = viewer.text, entry.fields
    lines = [f"{_named(text(f'field.{name}'))} {html.escape(fields[name])}" for name in _WORDS if name in fields]
    if not lines and entry.why and entry.kind != "step":
        lines = [_named(text("entry.from_case")) + " " + html.escape(entry.why)] if entry.move == "join" else [html.escape(entry.why)]
    given = [f"{text(f'field.{name}')} {labels.choice(fields[name])}" for name in _ANSWERS if name in fields]
    given += [f"{text(f'field.{name}')} {labels.of('department', fields[name])}" for name in ("instead",) if name in fields]
    given += [f"{text(f'field.{name}')} {fields[name]}" for name in ("into", "until") if name in fields]
    lines += [html.escape(" · ".join(given))] if given else []
    return [*lines, *_clock(viewer, entry)]


def _named(label: str) -> str:
    return f"<em>{html.escape(label)}</em>"


def _clock(viewer: Viewer, entry: Entry) -> list[str]:
    """What the act did to the deadline of the case."""
    told = deadline(viewer, entry.due_was, entry.due_at) if entry.clock_moved else ""
    return [f"<b>{html.escape(told)}</b>"] if told else []


def deadline(viewer: Viewer, due_was: datetime | None, due_at: datetime | None) -> str:
    """How a deadline changed, such as "deadline 2026-11-22 12:00 → 15:00"; empty where it did not."""
    text = viewer.text
    if due_was == due_at:
        return ""
    if due_was is None or due_at is None:
        return text("entry.due_set", at=text.moment(due_at)) if due_at else text("entry.due_stopped")
    same_day = text.moment(due_was, "day") == text.moment(due_at, "day")
    return text("entry.due_moved", was=text.moment(due_was), at=text.moment(due_at, "time" if same_day else "minute"))


def _pictures(city: City, viewer: Viewer, entry: Entry, checksums: Sequence[str]) -> None:
    text = viewer.text
    act = text(f"move.{entry.move or 'report'}")
    with st.container(horizontal=True, gap="small", key=f"pictures-{entry.sequence}"):
        for number, checksum in enumerate(checksums, start=1):
            alt = text("entry.picture", number=number, act=act, at=text.moment(entry.happened_at))
            try:
                st.image(city.kept(checksum, SUFFIX), width=132, alt=alt)
            except Fault as fault:
                st.caption(text.fault(fault))
