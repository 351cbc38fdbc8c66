"""Now: where cases wait, what is overdue with whom, what is stuck, who was reminded."""

from __future__ import annotations

from collections.abc import Sequence
from math import log1p
from typing import Any

import pandas as pd
import streamlit as st

from city_brain.cases.lifecycle import SEVEN, Step
from city_brain.notices.rungs import RUNGS
from city_brain.storage.city import City
from city_brain.supervision.measures import LATENESS_H
from city_brain.ui import cached
from city_brain.ui.cached import Oversight
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import asked, linked, words
from city_brain.ui.supervision.findings import ESCALATES_FROM, of_funnel, of_notices, of_overdue, of_stuck

LEFT, RIGHT = 54, 46
STUCK, LATELY, MOST_NAMED = 8, 4, 2
HEAT = 6
"""Classes of heat. They grow by orders up to the largest cell, so that one case is seen and a hundred stand out."""


def show(city: City, viewer: Viewer, labels: Labels) -> None:
    """The whole view."""
    found = cached.oversight(city, viewer)
    left, right = st.columns([LEFT, RIGHT])
    with left:
        with st.container(key="panel-funnel"):
            _funnel(viewer, labels, found)
        with st.container(key="panel-overdue"):
            _overdue(viewer, labels, found)
    with right:
        with st.container(key="panel-notices"):
            _notices(viewer, labels, found)
        with st.container(key="panel-stuck"):
            _stuck(viewer, labels, found)


# -- the seven steps ------------------------------------------------------------------------------


def seven(funnel: pd.DataFrame) -> pd.DataFrame:
    """The funnel by the seven steps: the places beside a step count with it; median of the step itself, longest of all of them."""
    rows = []
    for step in SEVEN:
        places = funnel[funnel["of"] == step]
        own = places[places["step"] == step]
        rows.append(
            {
                "step": step, "places": places.loc[places["cases"] > 0, "step"].tolist(), "steps": places["step"].tolist(),
                **{name: int(places[name].sum()) for name in ("cases", "late", "overdue")},
                "waiting_s": float(own["waiting_s"].iloc[0]) if len(own) else float("nan"), "longest_s": float(places["longest_s"].max()),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _funnel(viewer: Viewer, labels: Labels, found: Oversight) -> None:
    text, steps = viewer.text, seven(found.funnel)
    words.head(viewer, labels, of_funnel(steps), text("now.funnel_note", time=text.moment(found.moment, "time")))
    heads = ("step", "cases", "late", "overdue", "median", "longest")
    columns = [linked.column(text(f"now.column.{heads[0]}"), width="27%"), linked.column(text("now.column.cases"), "left", width="25%")]
    columns += [linked.column(text(f"now.column.{name}"), "right", means=text(f"now.help.{name}")) for name in heads[2:]]
    most, of = max(1, int(steps["cases"].max())), found.funnel.set_index("step")["cases"].to_dict()
    linked.draw(columns, [_step(viewer, labels, row, most, of) for row in steps.to_dict("records")], label=text("now.funnel"))


def _step(viewer: Viewer, labels: Labels, row: dict[str, Any], most: int, of: dict[str, int]) -> dict[str, Any]:
    text, step, rated = viewer.text, row["step"], row["step"] == Step.EVALUATE
    done = "1" if rated else "0"
    beside = [f"{labels.step(place)} {text.number(of[place])}" for place in row["places"] if place != step]
    every = ",".join(row["steps"])
    board = linked.to("case_board", {"step": row["steps"], "done": done})
    overdue = linked.to("case_board", {"step": row["steps"], "mark": "overdue", "done": "0"})
    late, longest = (asked.here(view="now", rows="step", what=what, steps=every) for what in ("late", "waiting"))
    return linked.row(
        linked.cell(labels.step(step), small=text("list.or").join(beside), tone="strong"),
        linked.cell(
            text.number(row["cases"]),
            bar=row["cases"] / most if row["cases"] else None,
            to=board if row["cases"] else None,
            says=text("overview.rows", name=labels.step(step)),
        ),
        _count(viewer, row["late"], late, "due"),
        linked.cell("—", tone="muted") if rated else _count(viewer, row["overdue"], overdue, "loud"),
        linked.cell(words.duration(text, row["waiting_s"]), tone="muted"),
        linked.cell(words.duration(text, row["longest_s"]), to=longest if row["cases"] else None, tone="plain"),
    )


def _count(viewer: Viewer, count: int, to: str, tone: str) -> linked.Cell:
    return linked.cell(viewer.text.number(count), to=to if count else None, tone=tone if count else "muted")


# -- reminders and escalations --------------------------------------------------------------------


def _notices(viewer: Viewer, labels: Labels, found: Oversight) -> None:
    text, counts = viewer.text, found.notices
    words.head(viewer, labels, of_notices(counts), text("now.notices_note"))
    columns = [
        linked.column(text("now.column.rung"), width="92px"),
        linked.column(text("now.column.told")),
        linked.column(text("now.column.notices"), "right"),
    ]
    rows = []
    for rung in reversed(RUNGS):
        of_rung = counts[counts["percent"] == rung.percent]
        total = int(of_rung["notices"].sum())
        named = of_rung.groupby("addressee")["notices"].sum().sort_values(ascending=False).head(MOST_NAMED)
        who = [f"{labels.holder(name)} {text.number(int(given))}" for name, given in named.items()] if len(of_rung) > 1 else []
        colour = "violet" if rung.percent >= ESCALATES_FROM else "gray"
        to = asked.here(view="now", rows="notices", percent=str(rung.percent))
        rows.append(
            linked.row(
                linked.cell("", chip=(f"{rung.percent} %", colour)),
                linked.cell(words.told(viewer.text, rung), small=text("list.or").join(who)),
                linked.cell(text.number(total), to=to if total else None, tone="" if total else "muted"),
            )
        )
    linked.draw(columns, rows, label=text("now.notices"))
    lately = found.lately[found.lately["percent"] >= ESCALATES_FROM].head(LATELY) if len(found.lately) else found.lately
    if len(lately):
        words.title(viewer, text("now.lately"))
        linked.draw(*listed(viewer, labels, lately), label=text("now.lately"))


def listed(viewer: Viewer, labels: Labels, notices: pd.DataFrame) -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
    """Notices as columns and rows of a table: when, which case, who was told; each opens its case."""
    text, today = viewer.text, cached.today(viewer)
    widths = {"at": "12%", "case": "38%", "rung": "32%", "told": "18%"}
    columns = [linked.column(text(f"now.column.{name}"), width=width) for name, width in widths.items()]
    rows = []
    for row in notices.to_dict("records"):
        at = row["noticed_at"].to_pydatetime()
        what = f"{labels.kind(row['kind'])} · {labels.of('district', row['district'])}"
        colour = "violet" if row["percent"] >= ESCALATES_FROM else "gray"
        clock = text("now.clock_step" if row["clock"] == "step" else "now.clock_case")
        rows.append(
            linked.row(
                linked.cell(text.moment(at, "time" if at >= today else "minute"), tone="muted"),
                linked.cell(what, to=linked.to("case_file", {"case": row["case_id"]}), title=row["case_id"]),
                linked.cell("", chip=(f"{row['percent']} %", colour), small=clock),
                linked.cell(labels.holder(row["addressee"])),
            )
        )
    return columns, rows


# -- overdue --------------------------------------------------------------------------------------


def _overdue(viewer: Viewer, labels: Labels, found: Oversight) -> None:
    text, late = viewer.text, found.overdue
    words.head(viewer, labels, of_overdue(late), text("now.overdue_note"))
    if late.empty:
        return
    columns, rows = heat(viewer, labels, late)
    linked.draw(columns, rows, label=text("now.overdue"))


def heat(viewer: Viewer, labels: Labels, late: pd.DataFrame) -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
    """Overdue cases by who has them and how late: columns and rows, each number with its cases."""
    text, classes = viewer.text, range(len(LATENESS_H) + 1)
    columns = [linked.column(text("now.column.holder"), width="30%"), linked.column(text("now.column.all"), "right")]
    columns += [linked.column(text(f"lateness.{place}"), "center", width="12%") for place in classes]
    table = late.pivot_table(index="holder", columns="lateness", values="cases", aggfunc="sum", fill_value=0).reindex(
        columns=list(classes), fill_value=0
    )
    table = table.assign(all=table.sum(axis=1)).sort_values(["all"], ascending=False, kind="stable")
    rows, most = [], int(table[list(classes)].to_numpy().max())
    for holder, row in table.iterrows():
        key = str(holder) or asked.NOT_STATED
        cells = [_late(viewer, int(row[place]), key, place, most) for place in classes]
        total = linked.cell(text.number(int(row["all"])), to=asked.here(view="now", rows="overdue", holder=key), tone="strong")
        rows.append(linked.row(linked.cell(words.holder(text, labels, str(holder))), total, *cells))
    sums = [
        linked.cell(text.number(int(table[place].sum())), to=asked.here(view="now", rows="overdue", lateness=str(place)))
        for place in classes
    ]
    whole = linked.cell(text.number(int(table["all"].sum())), to=linked.to("case_board", {"mark": "overdue", "done": "0"}))
    rows.append(linked.row(linked.cell(text("now.everybody")), whole, *sums, tone="sum"))
    return columns, rows


def _late(viewer: Viewer, cases: int, holder: str, place: int, most: int) -> linked.Cell:
    if not cases:
        return linked.cell("·", tone="muted")
    to = asked.here(view="now", rows="overdue", holder=holder, lateness=str(place))
    return linked.cell(viewer.text.number(cases), to=to, heat=min(HEAT - 1, int(HEAT * log1p(cases) / log1p(most + 1))))


# -- stuck ----------------------------------------------------------------------------------------


def _stuck(viewer: Viewer, labels: Labels, found: Oversight) -> None:
    text = viewer.text
    words.head(viewer, labels, of_stuck(found.stuck), text("now.stuck_note"))
    if found.stuck.empty:
        return
    columns, rows = stuck_table(viewer, labels, found.stuck.head(STUCK).to_dict("records"))
    linked.draw(columns, rows, label=text("now.stuck"), tall=True)


def stuck_table(viewer: Viewer, labels: Labels, cases: Sequence[dict[str, Any]]) -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
    """Cases that wait, as columns and rows of a table: each opens its case."""
    text = viewer.text
    columns = [
        linked.column(text("now.column.case"), width="64%"),
        linked.column(text("now.column.waits"), "right", width="18%"),
        linked.column(text("now.column.ratio"), "right", width="18%", means=text("now.help.ratio")),
    ]
    rows = []
    for row in cases:
        ratio = "—" if row["ratio"] != row["ratio"] or row["ratio"] is None else text("now.times", times=text.number(row["ratio"], 1))
        what = f"{labels.kind(row['kind'])} · {labels.of('district', row['district'])}"
        who = f"{labels.step(row['step'])} · {words.holder(text, labels, words.plain(row['holder']))}"
        usual = text("now.usual", time=words.duration(text, row["usual_s"]))
        rows.append(
            linked.row(
                linked.cell(what, to=linked.to("case_file", {"case": row["case_id"]}), small=who, title=row["case_id"]),
                linked.cell(words.duration(text, row["waiting_s"]), small=usual),
                linked.cell(ratio, tone="strong"),
            )
        )
    return columns, rows
