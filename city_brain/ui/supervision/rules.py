"""The rules that the clocks obey: holidays, filing rules, the ladder of reminders, limits of the steps, ways of sending back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

import pandas as pd
import streamlit as st

from city_brain.cases import actions, filing_rules, lifecycle, queries
from city_brain.cases.calendars import SLOTS
from city_brain.cases.filing_rules import FilingRule
from city_brain.cases.lifecycle import DEPARTMENT, MOVES, PLACES, UNFINISHED
from city_brain.incidents import catalogue
from city_brain.notices.rungs import RUNGS
from city_brain.roles import GRANTED, Right
from city_brain.storage.city import City
from city_brain.ui import faults, session
from city_brain.ui.labels import Labels, escaped
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import linked, words
from city_brain.ui.supervision.findings import of_years

MOST_RULES = 60
"""Filing rules shown at a time: who looks for one types a word of it."""
NAMES = {
    "元旦": "new_year",
    "春节": "spring",
    "清明": "tombs",
    "劳动节": "labour",
    "端午": "dragon",
    "中秋": "autumn",
    "国庆节": "national",
}
"""Holidays of the State Council's table → key of their name."""
SEND_BACKS = tuple(
    move for move in MOVES if move.back and move.target in UNFINISHED and all(source in UNFINISHED for source in move.sources)
)
"""The ways of sending a case back while it is worked on."""


def show(city: City, viewer: Viewer, labels: Labels) -> None:
    """The whole view."""
    left, right = st.columns([54, 46])
    with left:
        with st.container(key="panel-filing"):
            _filing(viewer, labels)
        with st.container(key="panel-back"):
            _back(viewer, labels)
    with right:
        with st.container(key="panel-holidays"):
            _holidays(city, viewer, labels)
        with st.container(key="panel-ladder"):
            _ladder(viewer)
        with st.container(key="panel-limits"):
            _limits(viewer, labels)


# -- holidays ------------------------------------------------------------------------------------


def _holidays(city: City, viewer: Viewer, labels: Labels) -> None:
    text = viewer.text
    year = viewer.look.moment.astimezone(text.zone).year
    days, sure = queries.holidays(city, date(year, 1, 1), date(year + 2, 1, 1)), queries.sure_years(city)
    slots = text("list.or").join(f"{start:%H:%M}–{end:%H:%M}" for start, end in SLOTS)
    words.head(viewer, labels, of_years((year, year + 1), sure), text("rules.holidays_note", slots=slots))
    columns = [linked.column(text(f"rules.column.{name}")) for name in ("holiday", "off", "working", "basis")]
    rows: list[dict[str, Any]] = []
    for shown in (year, year + 1):
        of_year = days[days["day"].dt.year == shown]
        known = text("rules.year_known") if shown in sure else text("rules.year_unknown")
        rows += [linked.apart(f"{shown} · {known}"), *_of_year(viewer, of_year)]
    linked.draw(columns, rows, label=text("rules.holidays"))
    if viewer.actor.role in GRANTED[Right.RULE] and not viewer.playback:
        _set_day(viewer, year)


def _of_year(viewer: Viewer, days: pd.DataFrame) -> Iterator[dict[str, Any]]:
    text = viewer.text
    for name, group in days.groupby("name", sort=False, dropna=False):
        known = NAMES.get(str(name))
        off, working = (_dates(viewer, group.loc[group["working"] == works, "day"]) for works in (False, True))
        basis = text(f"rules.basis.{group['basis'].iloc[0]}")
        told = text(f"holiday.{known}") if known else words.plain(name) or "—"
        yield linked.row(linked.cell(told), linked.cell(off), linked.cell(working), linked.cell(basis, tone="muted"))


def _dates(viewer: Viewer, days: pd.Series) -> str:
    """Days of a year, neighbours as a stretch: 02-16 – 02-20, 02-23."""
    stretches: list[list[pd.Timestamp]] = []
    for day in days:
        if stretches and day - stretches[-1][-1] <= pd.Timedelta(days=1):
            stretches[-1].append(day)
        else:
            stretches.append([day])
    told = [f"{days[0]:%m-%d}" + (f" – {days[-1]:%m-%d}" if len(days) > 1 else "") for days in stretches]
    return viewer.text("list.or").join(told) or "—"


def _set_day(viewer: Viewer, year: int) -> None:
    text = viewer.text
    with st.popover(text("rules.set_day"), icon=":material/event:"), st.form("rules-day", border=False):
        st.date_input(
            text("rules.day"),
            key="rules-day-day",
            value=None,
            min_value=date(year, 1, 1),
            max_value=date(year + 1, 12, 31),
            format="YYYY-MM-DD",
        )
        st.radio(
            text("rules.day_is"), ["off", "working"], key="rules-day-is", horizontal=True,
            format_func={"off": text("rules.day_off"), "working": text("rules.day_working")}.__getitem__,
        )  # fmt: skip
        st.text_input(text("rules.day_name"), key="rules-day-name", max_chars=60)
        st.markdown(f":small[:gray[{text('rules.set_day_note')}]]")
        st.form_submit_button(text("rules.set_day_send"), type="primary", on_click=_send_day)


@faults.told
def _send_day() -> None:
    text, day = session.words(), st.session_state.get("rules-day-day")
    if day is None:
        session.say(text("rules.day_missing"))
        return
    working, name = st.session_state["rules-day-is"] == "working", (st.session_state.get("rules-day-name") or "").strip()
    actions.set_days(session.city(), [(day, working, name)], session.viewer().actor)
    session.say(text("rules.day_set", day=f"{day:%Y-%m-%d}", what=text("rules.day_working") if working else text("rules.day_off")))


# -- filing rules --------------------------------------------------------------------------------


@cache
def _all_rules() -> tuple[tuple[str, str, str, str, FilingRule], ...]:
    """Every filing rule of a category: kind and code of it, its names, the rule; in the order of the catalogue."""
    return tuple(
        (found.kind.value, found.code, found.name_zh, found.name_en, rule)
        for found in catalogue.categories().values()
        for rule in filing_rules.rules_of(found.kind, found.code)
    )


def _filing(viewer: Viewer, labels: Labels) -> None:
    text, rules = viewer.text, _all_rules()
    own = {rule.rule for *_, rule in rules}
    words.title(viewer, text("rules.filing"), text("rules.filing_note", rules=len(own), categories=len(catalogue.categories())))
    sought = st.text_input(
        text("rules.search"), key="rules-search", placeholder=text("rules.search_hint"), label_visibility="collapsed", max_chars=60
    )
    found = [one for one in rules if _has(one, sought)]
    columns = [linked.column(text(f"rules.column.{name}"), width=width) for name, width in
               (("category", "23%"), ("condition", ""), ("limit", "17%"), ("closing", "30%"))]  # fmt: skip
    rows = []
    for kind, code, chinese, english, rule in found[:MOST_RULES]:
        condition, closing = text.pick(rule.condition_zh, rule.condition_en), text.pick(rule.closing_zh, rule.closing_en)
        number = text("rules.code", code=code, kind=text(f"rules.kind.{kind}"))
        category = linked.cell(text.pick(chinese, english), small=number)
        rows.append(linked.row(category, linked.cell(condition), linked.cell(labels.limit(rule.limit)), linked.cell(closing)))
    if not rows:
        st.info(text("rules.none_found", sought=escaped(sought)))
        return
    if len(found) > MOST_RULES:
        rows.append(linked.apart(text("rules.more", shown=MOST_RULES, all=len(found))))
    linked.draw(columns, rows, label=text("rules.filing"), most=460, tall=True)


def _has(one: tuple[str, str, str, str, FilingRule], sought: str) -> bool:
    """Whether a rule, its category or its condition has every word that is sought."""
    kind, code, chinese, english, rule = one
    told = f"{kind}-{code} {chinese} {english} {rule.condition_zh} {rule.condition_en} {rule.rule}".casefold()
    return all(word in told for word in (sought or "").casefold().split())


# -- ladder, limits, ways back -------------------------------------------------------------------


def _ladder(viewer: Viewer) -> None:
    text = viewer.text
    words.title(viewer, text("rules.ladder"), text("rules.ladder_note"))
    columns = [
        linked.column(text("rules.column.share"), "right", width="90px"),
        linked.column(text("rules.column.told")),
        linked.column(text("rules.column.means")),
    ]
    rows = []
    for rung in RUNGS:
        kind = text("rules.escalation") if rung.percent >= 100 else text("rules.reminder")
        rows.append(
            linked.row(
                linked.cell(f"{rung.percent} %", tone="strong"), linked.cell(words.told(text, rung)), linked.cell(kind, tone="muted")
            )
        )
    linked.draw(columns, rows, label=text("rules.ladder"))


def _limits(viewer: Viewer, labels: Labels) -> None:
    text = viewer.text
    words.title(viewer, text("rules.limits"), text("rules.limits_note"))
    columns = [linked.column(text(f"rules.column.{name}")) for name in ("step", "holder", "step_limit")]
    rows = []
    for place in PLACES:
        if place.holder is None:
            continue
        name = labels.step(place.step)
        beside = text("rules.beside", step=labels.step(place.of)) if place.of is not place.step else ""
        judge = text("rules.judged_by", role=text(f"role.{place.judge}")) if place.judge else ""
        holder = text("rules.department") if place.holder == DEPARTMENT else text(f"post.{place.holder}")
        limit = (
            labels.limit(place.limit)
            if place.limit
            else text("rules.own_date" if place.step is lifecycle.Step.SUSPENDED else "rules.case_limit")
        )
        rows.append(
            linked.row(
                linked.cell(name, small=beside), linked.cell(holder, small=judge), linked.cell(limit, tone="" if place.limit else "muted")
            )
        )
    linked.draw(columns, rows, label=text("rules.limits"))


def _back(viewer: Viewer, labels: Labels) -> None:
    text = viewer.text
    words.title(viewer, text("rules.back"), text("rules.back_note"))
    columns = [linked.column(text(f"rules.column.{name}")) for name in ("move", "who", "way", "kinds")]
    rows = []
    for move in SEND_BACKS:
        way = f"{text('list.or').join(labels.step(source) for source in move.sources)} → {labels.step(move.target)}" if move.target else ""
        kinds = text("list.or").join(labels.choice(kind) for kind in move.kinds) or text("rules.reason_only")
        rows.append(
            linked.row(
                linked.cell(text(f"move.{move.name}")),
                linked.cell(text(f"role.{move.role}"), tone="muted"),
                linked.cell(way),
                linked.cell(kinds),
            )
        )
    linked.draw(columns, rows, label=text("rules.back"), tall=True)
