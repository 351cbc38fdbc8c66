"""Findings, figures and matters of supervision in the reader's words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from city_brain.cases.findings import Finding
from city_brain.notices.rungs import Rung
from city_brain.text import Text
from city_brain.ui import finding_words
from city_brain.ui.labels import Labels, escaped
from city_brain.ui.session import Viewer
from city_brain.ui.supervision.asked import Period


def head(viewer: Viewer, labels: Labels, finding: Finding, note: str = "") -> None:
    """The head of a panel: its finding in bold, then what is counted, in small grey."""
    below = f"  \n:small[:gray[{escaped(note)}]]" if note else ""
    st.markdown(f"**{escaped(said(finding, viewer.text, labels))}**{below}")


def title(viewer: Viewer, words: str, note: str = "") -> None:
    """The head of a panel that finds nothing, because it only lists."""
    st.markdown(f"**{escaped(words)}**" + (f" :small[:gray[{escaped(note)}]]" if note else ""))


def said(finding: Finding, text: Text, labels: Labels) -> str:
    """A finding as one plain sentence (no Markdown; names in it come from the data)."""
    return text(f"finding.{finding.key}", **{name: _value(name, value, text, labels) for name, value in finding.values.items()})


def _value(name: str, value: Any, text: Text, labels: Labels) -> Any:
    if name.endswith("_s"):
        return duration(text, value)
    if isinstance(value, datetime):
        return text.moment(value)
    if name in ("department", "first", "second"):
        return holder(text, labels, value)
    if name == "group":
        return group(text, labels, *value)
    if name in ("kind", "district", "step"):
        return labels.step(value) if name == "step" else labels.of(name, value)
    if name == "steps":
        return text("list.or").join(labels.step(step) for step in value)
    if name == "measure":
        return text(f"measure.{value}")
    if name in ("share", "low", "high"):
        return finding_words.share(text, value)
    if name in ("ratio", "hops"):
        return text.number(value, 1)
    return value


def holder(text: Text, labels: Labels, key: str | None) -> str:
    """Who has a case: a post or a department; nobody where that is not known."""
    return labels.holder(key) if key else text("supervision.nobody")


def told(text: Text, rung: Rung) -> str:
    """Whom a rung of the ladder tells: a post by its name, else who it is to the case."""
    post = f"post.{rung.level}"
    return text(post) if text.knows(post) else text(f"notice_level.{rung.level}")


def group(text: Text, labels: Labels, by: str, key: str | None) -> str:
    """The name of a group of cases, by what they are grouped by."""
    if not key:
        return text("supervision.not_stated")
    if by == "channel":
        return text(f"channel.{key}") if text.knows(f"channel.{key}") else key
    return labels.holder(key) if by in ("post", "department") else labels.of(by, key)


def duration(text: Text, seconds: float | None) -> str:
    """A length of time in seconds; a dash where it is not known."""
    return "—" if seconds is None or seconds != seconds else text.duration(timedelta(seconds=float(seconds)))


def period(text: Text, asked: Period) -> str:
    """A period in words: its days, and until when where the last of them is not over."""
    first, last = f"{asked.first:%Y-%m-%d}", f"{asked.last:%Y-%m-%d}"
    days = first if first == last else text("supervision.days", first=first, last=last)
    over = asked.until.astimezone(text.zone)
    return days if over.time() == datetime.min.time() else text("supervision.until", days=days, time=text.moment(over, "time"))


def plain(value: object) -> str | None:
    """A text of a frame, None where there is none (pandas says NaN or NA)."""
    return value if isinstance(value, str) and value else None
