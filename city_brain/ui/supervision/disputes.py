"""Disputes over who is responsible (派单异议): those that wait, those ruled lately, who disputes and how often they are right."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from city_brain.cases.lifecycle import PLACE, Step
from city_brain.cases.queries import calendar
from city_brain.storage.city import City
from city_brain.supervision import queries
from city_brain.ui import cached, finding_words
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import linked, words
from city_brain.ui.supervision.findings import disputers, of_disputers, of_open_disputes

LATELY_DAYS = 30
MOST_RULED, MOST_OPEN = 200, 300
VERDICTS = {"reassigned": "blue", "upheld": "gray", "given_in": "gray"}
"""How a dispute can end → the colour of its chip. Texts ``verdict.<key>``."""


def show(city: City, viewer: Viewer, labels: Labels) -> None:
    """The whole view."""
    look = cached.coarse(viewer)
    waiting = _with_clock(city, queries.disputes(city, look, ruled=False))
    ruled = queries.disputes(city, look, ruled=True, since=look.moment - timedelta(days=LATELY_DAYS))
    with st.container(key="panel-disputes-open"):
        _open(viewer, labels, waiting)
    left, right = st.columns([58, 42])
    with left, st.container(key="panel-disputes-ruled", height="stretch"):
        _ruled(viewer, labels, ruled)
    with right, st.container(key="panel-disputers", height="stretch"):
        _disputers(viewer, labels, ruled)


def _with_clock(city: City, found: pd.DataFrame) -> pd.DataFrame:
    """Disputes that a file brought have no time for a ruling of their own: it is counted from when they were asked. Late ones first."""
    limit, days = PLACE[Step.DISPUTE].limit, calendar(city)
    if limit is None or found.empty:
        return found
    due = [
        days.after(asked.to_pydatetime(), limit) if pd.isna(due) else due.to_pydatetime()
        for asked, due in zip(found["asked_at"], found["due_at"], strict=True)
    ]
    return found.assign(due_at=pd.to_datetime(pd.Series(due, index=found.index), utc=True)).sort_values(
        ["due_at", "case_id"], ignore_index=True
    )


def _open(viewer: Viewer, labels: Labels, found: pd.DataFrame) -> None:
    text, moment = viewer.text, viewer.look.moment
    limit = PLACE[Step.DISPUTE].limit
    note = text("disputes.open_note", limit=labels.limit(limit) if limit else "—")
    words.head(viewer, labels, of_open_disputes(found["due_at"].lt(moment).tolist()), note)
    if found.empty:
        return
    columns, rows = table(viewer, labels, found.head(MOST_OPEN).to_dict("records"))
    linked.draw(columns, rows, label=text("disputes.open"), most=400)


def table(viewer: Viewer, labels: Labels, found: list[dict[str, Any]]) -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
    """Open disputes as columns and rows: the clock first, each opens its case."""
    text, moment = viewer.text, viewer.look.moment
    names = ("clock", "case", "department", "instead", "reason", "asked")
    widths = ("11%", "22%", "17%", "17%", "21%", "12%")
    columns = [
        linked.column(text(f"disputes.column.{name}"), "right" if name == "asked" else "left", width=width)
        for name, width in zip(names, widths, strict=True)
    ]
    rows = []
    for row in found:
        late = row["due_at"] == row["due_at"] and row["due_at"] is not None and row["due_at"] < moment
        reason = words.plain(row["reason"]) or "—"
        clock = linked.cell(labels.clock(row["due_at"], moment), tone="loud" if late else "", chip=("⊗", "violet") if late else None)
        department = words.holder(text, labels, words.plain(row["department"]))
        rows.append(
            linked.row(
                clock, _case(labels, row), linked.cell(department), linked.cell(labels.of("department", words.plain(row["instead"]))),
                linked.cell(reason, tone="muted", title=reason), linked.cell(text.moment(row["asked_at"].to_pydatetime()), tone="muted"),
            )
        )  # fmt: skip
    return columns, rows


def _case(labels: Labels, row: dict[str, Any]) -> linked.Cell:
    what = f"{labels.kind(row['kind'])} · {labels.of('district', row['district'])}"
    return linked.cell(what, to=linked.to("case_file", {"case": row["case_id"]}), title=row["case_id"])


def _ruled(viewer: Viewer, labels: Labels, found: pd.DataFrame) -> None:
    text = viewer.text
    words.title(viewer, text("disputes.ruled", ruled=len(found)), text("disputes.ruled_note", days=LATELY_DAYS))
    if found.empty:
        st.markdown(f":gray[{text('disputes.none_ruled')}]")
        return
    columns, rows = verdicts(viewer, labels, found.head(MOST_RULED).to_dict("records"))
    if len(found) > MOST_RULED:
        rows.append(linked.apart(text("rules.more", shown=MOST_RULED, all=len(found))))
    linked.draw(columns, rows, label=text("disputes.ruled_table"), most=520)


def verdicts(viewer: Viewer, labels: Labels, found: list[dict[str, Any]]) -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
    """Ruled disputes as columns and rows: what was ruled, for whom, why."""
    text = viewer.text
    widths = {"ruled_at": "19%", "case": "27%", "verdict": "14%", "department": "20%", "for": "20%"}
    columns = [linked.column(text(f"disputes.column.{name}"), width=width) for name, width in widths.items()]
    rows = []
    for row in found:
        verdict = row["verdict"] if row["verdict"] in VERDICTS else "upheld"
        chip = (text(f"verdict.{verdict}"), VERDICTS[verdict])
        rows.append(
            linked.row(
                linked.cell(text.moment(row["ruled_at"].to_pydatetime()), tone="muted"), _case(labels, row), linked.cell("", chip=chip),
                linked.cell(words.holder(text, labels, words.plain(row["department"]))),
                linked.cell(words.holder(text, labels, words.plain(row["ruled_department"]) or words.plain(row["department"]))),
            )
        )  # fmt: skip
    return columns, rows


def _disputers(viewer: Viewer, labels: Labels, ruled: pd.DataFrame) -> None:
    text, found = viewer.text, disputers(ruled)
    words.head(viewer, labels, of_disputers(found), text("disputes.disputers_note", days=LATELY_DAYS))
    if found.empty:
        return
    columns = [
        linked.column(text("disputes.column.department")),
        linked.column(text("disputes.column.right"), "right", means=text("disputes.help.right")),
    ]
    columns += [
        linked.column(text("disputes.column.interval"), width="30%"),
        linked.column(text("disputes.column.n"), "right", means=text("disputes.help.n")),
    ]
    columns.append(linked.column(text("disputes.column.withdrawn"), "right"))
    rows = []
    for row in found.to_dict("records"):
        known = row["ruled"] > 0
        told = (
            text("indicators.from_to", low=finding_words.share(text, row["low"]), high=finding_words.share(text, row["high"]))
            if known
            else ""
        )
        span = {"low": row["low"], "high": row["high"], "at": row["share"], "says": told} if known else None
        rows.append(
            linked.row(
                linked.cell(words.holder(text, labels, row["department"])),
                linked.cell(text.percent(row["share"]) if known else "—", tone="strong"),
                linked.cell(span=span),
                linked.cell(text.number(int(row["ruled"]))),
                linked.cell(text.number(int(row["withdrawn"])), tone="muted"),
            )
        )
    linked.draw(columns, rows, label=text("disputes.disputers"))
