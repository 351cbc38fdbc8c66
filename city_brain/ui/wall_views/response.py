"""Response on the wall: how long teams took from the report to the end of their work, and by function; who is free now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from html import escape
from typing import Any

import pandas as pd

from city_brain.dispatch import queries
from city_brain.dispatch.lifecycle import BUSY, FREE
from city_brain.dispatch.queries import CLOCKS, LEAST
from city_brain.incidents.model import Urgency
from city_brain.storage.city import City
from city_brain.ui import cached
from city_brain.ui.session import Viewer

COARSE_S = 60
BEFORE = timedelta(days=7)
MOST = 12
"""Functions in the list."""
TENTHS_BELOW_S = 600


def panels(city: City, viewer: Viewer) -> str:
    """Both panels of the view."""
    look = cached.coarse(viewer, COARSE_S)
    by_urgency = queries.response(city, look, look.moment - BEFORE, by="urgency").to_dict("records")
    functions = queries.response(city, look, look.moment - BEFORE, by="function").to_dict("records")
    fleet = queries.teams(city, look)
    row: Mapping[Any, Any] = next((row for row in by_urgency if row["group"] == Urgency.URGENT), {})
    return f"<div class=cb-wpair>{_clocks(viewer, row)}{_functions(viewer, functions, fleet)}</div>"


def _clocks(viewer: Viewer, row: Mapping[Any, Any]) -> str:
    """Median and nine in ten of each clock, on one scale."""
    text, most = viewer.text, max([_known(row, name, "p90") or 0.0 for name in CLOCKS] + [1.0])
    rows = []
    for name in CLOCKS:
        half, nine = (_known(row, name, share) for share in ("p50", "p90"))
        bar = "" if half is None or nine is None else (
            f"<i class=some style='width:{100 * half / most:.2f}%'></i><i class=rest style='width:{100 * (nine - half) / most:.2f}%'></i>"
        )  # fmt: skip
        told = text.number(int(row.get(f"{name}_n") or 0))
        rows.append(
            f"<li><span>{escape(text(f'response.{name}'))}</span><em>{bar}</em><b>{_minutes(viewer, half)}</b>"
            f"<u>{_minutes(viewer, nine)}</u><time>{escape(told)}</time></li>"
        )
    head = (
        f"<li class=head><span></span><em></em><b>{escape(text('wall.response.half'))}</b><u>{escape(text('wall.response.nine'))}</u>"
        f"<time>{escape(text('wall.response.teams'))}</time></li>"
    )
    total = _known(row, "total", "p90")
    title = text("wall.response.title", minutes=_minutes(viewer, total)) if total is not None else text("wall.response.few", least=LEAST)
    note = text("wall.response.note", days=BEFORE.days, least=LEAST)
    body = f"<ul>{head}{''.join(rows)}</ul><footer>{escape(note)}</footer>"
    return f"<section class='cb-wloop cb-wresponse'><h3>{escape(title)}</h3>{body}</section>"


def _functions(viewer: Viewer, rows: list[dict[Any, Any]], fleet: pd.DataFrame) -> str:
    """By function: who is free, who is out, and how long the drives took."""
    text, of = viewer.text, {row["group"]: row for row in rows}
    free = fleet[fleet["state"].isin(FREE) & fleet["on_shift"]]["function"].value_counts()
    busy, whole = fleet[fleet["state"].isin(BUSY)]["function"].value_counts(), fleet["function"].value_counts()
    told = []
    for name in sorted(whole.index, key=lambda one: (-int((of.get(one) or {}).get("n") or 0), one))[:MOST]:
        row = of.get(name) or {}
        told.append(
            f"<li><span>{escape(text(f'team.function.{name}'))}</span><b>{text.number(int(free.get(name, 0)))}</b>"
            f"<u>{text.number(int(busy.get(name, 0)))}</u><time>{_minutes(viewer, _known(row, 'travel', 'p50'))} / "
            f"{_minutes(viewer, _known(row, 'travel', 'p90'))}</time></li>"
        )
    head = (
        f"<li class=head><span></span><b>{escape(text('wall.response.free'))}</b><u>{escape(text('wall.response.busy'))}</u>"
        f"<time>{escape(text('wall.response.drive'))}</time></li>"
    )
    title = text("wall.response.now", free=text.number(int(free.sum())), busy=text.number(int(busy.sum())), teams=text.number(len(fleet)))
    return f"<section class='cb-wloop cb-wteams'><h3>{escape(title)}</h3><ul>{head}{''.join(told)}</ul></section>"


def _known(row: Mapping[Any, Any], name: str, share: str) -> float | None:
    found = row.get(f"{name}_{share}")
    return None if found is None or pd.isna(found) else float(found)


def _minutes(viewer: Viewer, seconds: float | None) -> str:
    if seconds is None:
        return "—"
    return escape(viewer.text("dispatch.minutes", minutes=viewer.text.number(seconds / 60, 1 if seconds < TENTHS_BELOW_S else 0)))
