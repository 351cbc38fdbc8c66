"""The rows behind a number: exactly the cases it counts, each the way to its file, and all of them to take away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from city_brain.cases import exports
from city_brain.cases.model import Look
from city_brain.notices import queries as notices
from city_brain.storage.city import City
from city_brain.supervision import queries
from city_brain.supervision.measures import MEASURE
from city_brain.ui import cached, joined, tables
from city_brain.ui.labels import Labels, escaped
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import asked, linked, now, present, words

PAGE = 50
MOST = 1_000_000
WIDTHS = {"case": 136, "reported": 124, "kind": 146, "place": 210, "step": 104, "clock": 112, "holder": 146}
STAY_HIDES = ("step", "clock", "holder")
"""Columns of the case that say nothing of one of its stays."""
NUMBERS = ("amount", "lost", "waiting")
PARTS = ("numerator", "denominator", "unknown")


@dataclass(frozen=True, slots=True)
class Behind:
    """What is behind a number."""

    title: str
    count: int
    page: Callable[[int, int], pd.DataFrame]
    """So many rows, after so many."""
    more: dict[str, Callable[[pd.Series], str]] = field(default_factory=dict)
    """Columns beside those of every case: text key ``rows.column.<name>`` → what a row says in it."""
    note: str = ""
    told: bool = False
    """Whether the rows are notices and not cases."""


def show(city: City, viewer: Viewer, labels: Labels) -> None:
    """The panel in place of the view that the number stands in."""
    behind = _behind(city, viewer, labels)
    with st.container(key="panel-rows"):
        page = _head(viewer, behind)
        if not behind.count:
            st.info(viewer.text("rows.empty"))
            return
        if behind.told:
            told = behind.page(PAGE, (page - 1) * PAGE)
            linked.draw(*now.listed(viewer, labels, told), label=behind.title)
            return
        found = behind.page(PAGE, (page - 1) * PAGE).reset_index(drop=True)
        if "exempt" not in found:
            found = found.assign(exempt=False)
        shown = tables.in_words(found, viewer, labels)
        shown = shown.drop(columns=[name for name in STAY_HIDES if "post" in behind.more and name in shown])
        columns = _columns(viewer)
        for name, said in behind.more.items():
            shown[name] = [said(row) for _, row in found.iterrows()]
            label, number = viewer.text(f"rows.column.{name}"), name in NUMBERS
            columns[name] = st.column_config.TextColumn(label, width=112, alignment="right" if number else "left")
        height = min(640, 38 + tables.ROW * len(found))
        tables.draw(f"supervision-rows-{viewer.text.language}-{page}", shown, found, columns=columns, height=height)
        st.markdown(f":small[:gray[{viewer.text('board.open_hint')}]]")


def _columns(viewer: Viewer) -> dict[str, Any]:
    """The columns of the board, as wide as leaves room for those of a number on a narrow screen."""
    text, columns = viewer.text, tables.configuration(viewer.text)
    for name, width in WIDTHS.items():
        columns[name] = st.column_config.TextColumn(text(f"column.{name}"), width=width, alignment="right" if name == "clock" else None)
    return columns


def _head(viewer: Viewer, behind: Behind) -> int:
    """The way back, what the rows are, pages and downloads; gives the page."""
    text = viewer.text
    pages = max(1, -(-behind.count // PAGE))
    page = min(asked.page(), pages)
    with st.container(horizontal=True, vertical_alignment="center", key="rows-head"):
        st.button(text("rows.back"), key="rows-back", icon=":material/arrow_back:", on_click=_leave)
        told = f"  \n:small[:gray[{escaped(behind.note)}]]" if behind.note else ""
        st.markdown(f"**{escaped(behind.title)}** · {text('rows.count', rows=behind.count)}{told}", width="stretch")
        if pages > 1:
            st.button("‹", key="rows-less", disabled=page <= 1, on_click=_turn, args=(page - 1,), help=text("board.back"))
            st.markdown(text("board.page", page=page, pages=pages))
            st.button("›", key="rows-more", disabled=page >= pages, on_click=_turn, args=(page + 1,), help=text("board.on"))
        if behind.count:
            downloads(viewer, "rows", partial(behind.page, MOST, 0))
    return page


def downloads(viewer: Viewer, key: str, frame: Callable[[], pd.DataFrame]) -> None:
    """A frame as CSV and as Parquet, made only when somebody asks for it."""
    for suffix, name, write, mime in (
        ("csv", "CSV", exports.as_csv, "text/csv"),
        ("parquet", "Parquet", exports.as_parquet, "application/vnd.apache.parquet"),
    ):
        file = joined.file_name(f"city-brain-{key}-{viewer.look.moment:%Y%m%d-%H%M}.{suffix}")
        st.download_button(
            name, partial(_written, write, frame), file, mime, key=f"{key}-{suffix}", on_click="ignore", icon=":material/download:"
        )


def _written(write: Callable[[pd.DataFrame], bytes], frame: Callable[[], pd.DataFrame]) -> bytes:
    return write(frame())


def _leave() -> None:
    asked.change()


def _turn(page: int) -> None:
    st.query_params["page"] = str(page)


# -- what a number counts -------------------------------------------------------------------------


def _behind(city: City, viewer: Viewer, labels: Labels) -> Behind:
    sort = asked.value("rows")
    makers = {
        "notices": _of_notices,
        "measure": _of_measure,
        "pair": _of_pair,
        "back": _of_back,
        "passes": _of_back,
        "step": _of_step,
        "overdue": _of_overdue,
    }
    return makers[sort if sort in makers else "measure"](city, viewer, labels)


def _of_measure(city: City, viewer: Viewer, labels: Labels) -> Behind:
    text, period, look = viewer.text, asked.period(viewer), asked.look(viewer)
    measure = MEASURE[asked.one_of("measure", tuple(MEASURE))]
    part = asked.one_of("part", PARTS)
    by, group = asked.grouping(measure.key), asked.value("group")
    narrowed = {"by": by, "group": "" if group == asked.NOT_STATED else group} if group and by else {}
    given = {"measure": measure.key, "part": part, **narrowed}
    where = words.group(text, labels, by, narrowed["group"]) if narrowed and by else text("supervision.whole")
    title = text("rows.of_measure", measure=text(f"measure.{measure.key}"), part=text(f"rows.part.{part}"), where=where)
    more: dict[str, Callable[[pd.Series], str]] = {}
    if measure.counted == "stays":
        more = {
            "post": lambda row: labels.holder(row["post"]), "stay": lambda row: labels.step(row["stay_step"]),
            "stay_from": lambda row: text.moment(row["stay_from_at"].to_pydatetime()),
            "stay_to": lambda row: text.moment(row["stay_to_at"].to_pydatetime()),
        }  # fmt: skip
    elif measure.unit == "mean" and part == "numerator":
        more = {"amount": lambda row: text.number(int(row["amount"]))}
    count = queries.rows_count(city, look, period.since, period.until, **given)  # type: ignore[arg-type]
    page = partial(_page_of_measure, city, look, period, given)
    notes = [words.period(text, period), text(f"count.{getattr(measure, part)}"), text("rows.mean_note") if "amount" in more else ""]
    return Behind(title, count, page, more, " · ".join(filter(None, notes)))


def _page_of_measure(city: City, look: Look, period: asked.Period, given: dict[str, str], size: int, skip: int) -> pd.DataFrame:
    return queries.rows(city, look, period.since, period.until, **given, size=size, skip=skip)  # type: ignore[arg-type]


def _of_pair(city: City, viewer: Viewer, labels: Labels) -> Behind:
    text, period = viewer.text, asked.period(viewer)
    first, second = asked.value("first") or "", asked.value("second") or ""
    found = queries.pair_rows(city, asked.look(viewer), period.since, period.until, first, second, MOST)
    title = text("rows.of_pair", first=words.holder(text, labels, first), second=words.holder(text, labels, second))
    return _of_passes(viewer, title, found, period)


def _of_back(city: City, viewer: Viewer, labels: Labels) -> Behind:
    """All that was passed on in the period, or of it what came back to a department that had had it: the last time for each case."""
    text, period, look = viewer.text, asked.period(viewer), asked.look(viewer)
    back = asked.value("rows") == "back"
    _, pairs = cached.passing(city, look, period.since, period.until)
    wanted = pairs[pairs["comes_back"] > 0] if back else pairs
    found = [
        queries.pair_rows(city, look, period.since, period.until, row.from_department, row.to_department, MOST)
        for row in wanted.itertuples()
    ]
    every = pd.concat(found, ignore_index=True) if found else pd.DataFrame()
    if back and len(every):
        every = every[every["comes_back"]].sort_values("passed_at", ascending=False).drop_duplicates("case_id")
    elif len(every):
        every = every.sort_values(["lost_s", "case_id"], ascending=[False, True])
    return _of_passes(viewer, text("rows.of_back" if back else "rows.of_passes"), every, period)


def _of_passes(viewer: Viewer, title: str, found: pd.DataFrame, period: asked.Period) -> Behind:
    text = viewer.text
    more: dict[str, Callable[[pd.Series], str]] = {
        "passed_at": lambda row: text.moment(row["passed_at"].to_pydatetime()),
        "lost": lambda row: words.duration(text, row["lost_s"]),
    }
    return Behind(title, len(found), _kept(found), more, words.period(text, period))


def _of_step(city: City, viewer: Viewer, labels: Labels) -> Behind:
    text = viewer.text
    steps, late = present.steps(asked.value("steps")), asked.value("what") == "late"
    found = present.waiting(city, cached.coarse(viewer), steps, late=late)
    names = text("list.or").join(labels.step(step) for step in steps)
    more: dict[str, Callable[[pd.Series], str]] = {"waiting": lambda row: words.duration(text, row["waiting_s"])}
    return Behind(
        text("rows.of_late" if late else "rows.of_waiting", steps=names), len(found), _kept(found), more, text("rows.longest_first")
    )


def _of_overdue(city: City, viewer: Viewer, labels: Labels) -> Behind:
    text = viewer.text
    holder, lateness = asked.value("holder"), present.lateness(asked.value("lateness"))
    found = present.overdue(city, cached.coarse(viewer), holder="" if holder == asked.NOT_STATED else holder, lateness=lateness)
    who = words.holder(text, labels, "" if holder == asked.NOT_STATED else holder) if holder else text("supervision.everybody")
    title = (
        text("rows.of_overdue", holder=who)
        if lateness is None
        else text("rows.of_lateness", holder=who, lateness=text(f"lateness.{lateness}"))
    )
    return Behind(title, len(found), _kept(found), {}, text("rows.latest_first"))


def _of_notices(city: City, viewer: Viewer, labels: Labels) -> Behind:
    look, percent = cached.coarse(viewer), asked.value("percent") or ""
    found = notices.lately(city, look, look.moment - timedelta(days=1), MOST)
    found = found[found["percent"].astype(str) == percent] if percent else found
    return Behind(
        viewer.text("rows.of_notices", percent=percent), len(found), _kept(found), {}, viewer.text("rows.newest_first"), told=True
    )


def _kept(found: pd.DataFrame) -> Callable[[int, int], pd.DataFrame]:
    return lambda size, skip: found.iloc[skip : skip + size]
