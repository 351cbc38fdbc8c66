"""The loop on the wall: the seven steps with what waits and what is late, and who has the overdue cases."""

from __future__ import annotations

from html import escape

import pandas as pd

from city_brain.cases import findings, funnel
from city_brain.cases.model import SHAPES, Mark
from city_brain.storage.city import City
from city_brain.supervision.measures import LATENESS_H
from city_brain.ui import cached, finding_words
from city_brain.ui.cached import Summary
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import words
from city_brain.ui.supervision.findings import of_overdue

MOST_HOLDERS = 9


def panels(city: City, viewer: Viewer, labels: Labels, found: Summary) -> str:
    """Both panels of the view."""
    return f"<div class=cb-wpair>{_steps(viewer, labels, found)}{_overdue(city, viewer, labels)}</div>"


def _steps(viewer: Viewer, labels: Labels, found: Summary) -> str:
    text, seven = viewer.text, funnel.of_seven(found.steps)
    title = finding_words.said(findings.of_steps(funnel.unfinished(seven)), text, labels)
    most = max(row["cases"] for row in seven.values()) or 1
    shape, rows = SHAPES[Mark.OVERDUE], []
    for step, row in seven.items():
        late = f"{shape} {text.number(row['overdue'])}" if row["overdue"] else ""
        bar = "" if not row["cases"] else (
            f"<i class=some style='width:{100 * (row['cases'] - row['overdue']) / most:.2f}%'></i>"
            f"<i class=late style='width:{100 * row['overdue'] / most:.2f}%'></i>"
        )  # fmt: skip
        rows.append(
            f"<li><span>{escape(labels.step(step))}</span><em>{bar}</em><b>{text.number(row['cases'])}</b><u>{late}</u>"
            f"<time>{escape(words.duration(text, row['waiting_s']))}</time></li>"
        )
    head = (
        f"<li class=head><span></span><em></em><b>{escape(text('wall.unit'))}</b><u>{escape(labels.mark(Mark.OVERDUE))}</u>"
        f"<time>{escape(text('wall.loop.waiting'))}</time></li>"
    )
    return f"<section class=cb-wloop><h3>{escape(title)}</h3><ul>{head}{''.join(rows)}</ul></section>"


def _overdue(city: City, viewer: Viewer, labels: Labels) -> str:
    """Overdue cases by who has them, the longest overdue at the left of each bar."""
    text, late = viewer.text, cached.oversight(city, viewer).overdue
    title = words.said(of_overdue(late), text, labels)
    classes = range(len(LATENESS_H), -1, -1)
    table = (
        late.pivot_table(index="holder", columns="lateness", values="cases", aggfunc="sum", fill_value=0) if len(late) else pd.DataFrame()
    )
    table = table.reindex(columns=list(classes), fill_value=0)
    order = table.sum(axis=1).sort_values(ascending=False, kind="stable")
    most = float(order.max()) if len(order) else 1.0
    rows = []
    for holder in order.head(MOST_HOLDERS).index:
        bar = "".join(f"<i class=late{place} style='width:{100 * table.loc[holder, place] / most:.2f}%'></i>" for place in classes)
        name = escape(words.holder(text, labels, str(holder)))
        rows.append(f"<li><span>{name}</span><em>{bar}</em><b>{text.number(int(order[holder]))}</b></li>")
    rest = order.iloc[MOST_HOLDERS:]
    if len(rest):
        rows.append(
            f"<li><span>{escape(text('wall.loop.others', others=len(rest)))}</span><em></em><b>{text.number(int(rest.sum()))}</b></li>"
        )
    legend = "".join(f"<span><i class=late{place}></i>{escape(text(f'lateness.{place}'))}</span>" for place in classes)
    body = f"<ul>{''.join(rows)}</ul><footer>{legend}</footer>" if rows else f"<p>{escape(text('wall.nothing_pressing'))}</p>"
    return f"<section class='cb-wloop cb-wlate'><h3>{escape(title)}</h3>{body}</section>"
