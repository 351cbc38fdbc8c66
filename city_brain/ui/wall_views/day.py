"""The day on the wall: how quickly it was filed, sent out, handled and closed, what people say of it, what came and went by the hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from html import escape
from typing import Any

import pandas as pd

from city_brain.storage.city import City
from city_brain.ui import cached, finding_words
from city_brain.ui.cached import Summary
from city_brain.ui.finding_words import against_usual
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer

LARGE = ("filed_in_time", "dispatched_in_time", "handled_in_time", "closed_in_time")
BESIDE = ("dispatch_right", "send_back", "rework", "reached", "solved", "satisfied")
COARSE_S = 300
BEFORE = timedelta(days=7)
"""What the day is compared with: the days before it, up to its midnight."""


def panels(city: City, viewer: Viewer, labels: Labels, found: Summary) -> str:
    """The four large shares, the hours, and the list beside them."""
    look, midnight = cached.coarse(viewer, COARSE_S), cached.today(viewer)
    until = max(look.moment, midnight + timedelta(seconds=1))
    now = _by_measure(cached.indicators(city, look, midnight, until))
    past = _by_measure(cached.indicators(city, look, midnight - BEFORE, midnight))
    tiles = "".join(_tile(viewer, name, now[name], past[name]) for name in LARGE)
    rows = "".join(_row(viewer, name, now[name], past[name]) for name in BESIDE)
    text = viewer.text
    title = text("wall.day.beside", time=text.moment(until, "time"))
    beside = f"<section class=cb-wday><h3>{escape(title)}</h3><ul>{rows}</ul></section>"
    return f"<div class=cb-wgrid>{tiles}{_hours(viewer, found)}{beside}</div>"


def _by_measure(figures: pd.DataFrame) -> dict[str, dict[str, Any]]:
    found = figures[figures["group"].isna()] if len(figures) else figures
    return {str(row["measure"]): row for row in found.to_dict("records")}


def _share(viewer: Viewer, row: Mapping[str, Any]) -> str:
    return finding_words.share(viewer.text, row["value"]) if row["denominator"] else "—"


def _tile(viewer: Viewer, name: str, row: Mapping[str, Any], past: Mapping[str, Any]) -> str:
    text = viewer.text
    of = text("wall.day.of", some=int(row["numerator"]), all=int(row["denominator"])) if row["denominator"] else text("wall.day.none")
    before = text("wall.day.before", share=_share(viewer, past))
    return (
        f"<section><h2>{escape(text(f'measure.{name}'))}</h2><strong>{escape(_share(viewer, row))}</strong>"
        f"<p>{escape(of)}</p><p>{escape(before)}</p></section>"
    )


def _row(viewer: Viewer, name: str, row: Mapping[str, Any], past: Mapping[str, Any]) -> str:
    text = viewer.text
    return (
        f"<li><span>{escape(text(f'measure.{name}'))}</span><b>{escape(_share(viewer, row))}</b>"
        f"<time>{escape(text('wall.day.before', share=_share(viewer, past)))}</time></li>"
    )


def _hours(viewer: Viewer, found: Summary) -> str:
    """Reported and closed by the hour, as bars side by side: the darker one is what was closed."""
    text, hours = viewer.text, found.hours
    title = f"{text('wall.day.reported', cases=int(found.days['reported'].iloc[0]), beside=against_usual(found, 'reported', text))}"
    said = f"{text('wall.day.closed', cases=int(found.days['closed'].iloc[0]), beside=against_usual(found, 'closed', text))}"
    starts = [text.moment(at, "hour") for at in pd.to_datetime(hours["hour"], utc=True).dt.to_pydatetime()]
    body = _bars(starts, hours["reported"].tolist(), hours["closed"].tolist())
    top = text.number(int(max(hours["reported"].max(), hours["closed"].max(), 0)))
    return (
        f"<section class=cb-whours><h3><i class=came></i>{escape(title)}</h3><h3><i class=went></i>{escape(said)}</h3>"
        f"<div class=plot><small>{escape(text('wall.day.most', cases=top))}</small>{body}</div></section>"
    )


def _bars(starts: Sequence[str], came: Sequence[float], went: Sequence[float]) -> str:
    most = max(*came, *went, 1)
    bars = "".join(
        f"<div><i class=came style='height:{100 * a / most:.1f}%'></i><i class=went style='height:{100 * b / most:.1f}%'></i></div>"
        for a, b in zip(came, went, strict=True)
    )
    marks = "".join(f"<span>{escape(start)}</span>" for start in starts[::6])
    return f"<div class=bars>{bars}</div><div class=axis>{marks}</div>"
