"""The inspections of the next thirty days on a calendar, and the cycles they follow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from html import escape
from typing import Any

import streamlit as st

from city_brain.cases import queries as cases
from city_brain.hazards import actions, queries
from city_brain.hazards.model import CYCLES, LONGEST_CYCLE, RiskClass
from city_brain.hazards.queries import Wanted
from city_brain.roles import GRANTED, Right
from city_brain.storage.city import City
from city_brain.text import Text
from city_brain.ui import faults, session
from city_brain.ui.hazards import asked, words
from city_brain.ui.labels import Labels, escaped
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import linked

DAYS = 30
MOST_OVERDUE = 12


def show(city: City, viewer: Viewer, labels: Labels) -> None:
    """The whole view."""
    today = queries.today(city, viewer.look)
    left, right = st.columns([66, 34])
    with left, st.container(key="panel-risk-calendar"):
        _calendar(city, viewer, today)
    with right:
        with st.container(key="panel-risk-overdue"):
            _overdue(city, viewer, labels, today)
        with st.container(key="panel-risk-cycles"):
            cycles(city, viewer, changeable=True)


# -- calendar --------------------------------------------------------------------------------------


def _calendar(city: City, viewer: Viewer, today: date) -> None:
    text, found = viewer.text, queries.days(city, viewer.look, DAYS)
    counts: dict[date, dict[str, int]] = {}
    for row in found.itertuples():
        counts.setdefault(words.day_of(row.day), {})[row.risk_class] = int(row.hazards)
    busiest = max(counts, key=lambda day: (sum(counts[day].values()), day), default=None)
    said = text("hazard.busiest", day=busiest.isoformat(), hazards=sum(counts[busiest].values())) if busiest else text("hazard.nothing_due")
    total = sum(sum(of_day.values()) for of_day in counts.values())
    st.markdown(f"**{escaped(said)}**  \n:small[:gray[{escaped(text('hazard.calendar_note', hazards=total, days=DAYS))}]]")
    off = cases.holidays(city, today, today + timedelta(days=DAYS))
    rest = {words.day_of(row.day): bool(row.working) for row in off.itertuples()}
    st.html(f'<div class="cb-month">{"".join(_month(text, counts, rest, today))}</div>')


def _month(text: Text, counts: dict[date, dict[str, int]], holidays: dict[date, bool], today: date) -> Iterator[str]:
    """Weekdays, then the days from the Monday of this week to the last of the thirty."""
    monday = today - timedelta(days=today.weekday())
    yield from (f"<span>{escape(text(f'hazard.weekday.{day}'))}</span>" for day in range(7))
    for day in (monday + timedelta(days=number) for number in range((today - monday).days + DAYS)):
        if day < today:
            yield '<div class="rest"></div>'
            continue
        works = holidays.get(day, day.weekday() < 5)
        tone = " ".join(filter(None, ("today" if day == today else "", "" if works else "rest")))
        label = f"{day.month}-{day.day:02d}" if day.day == 1 or day == today else str(day.day)
        yield _day(text, day, label, counts.get(day, {}), tone)


def _day(text: Text, day: date, label: str, of_day: dict[str, int], tone: str) -> str:
    if not of_day:
        return f'<div class="{tone}"><em>{label}</em></div>'
    total = sum(of_day.values())
    chips = "".join(
        f'<b class="chip risk-{name}" title="{escape(text(f"hazard.class.{name}"))}">{of_day[name]}</b>'
        for name in RiskClass
        if name in of_day
    )
    says = escape(text("hazard.day", day=day.isoformat(), hazards=total))
    to = escape(asked.here(view="register", day=day.isoformat()))
    return f'<a class="cb-go {tone}" href="{to}" aria-label="{says}"><em>{label}</em><i><strong>{total}</strong>{chips}</i></a>'


def _overdue(city: City, viewer: Viewer, labels: Labels, today: date) -> None:
    """What should have been inspected by now, with the case that it raised."""
    text = viewer.text
    late = queries.rows(city, viewer.look, Wanted(conditions=("overdue",)))
    st.markdown(f"**{text('hazard.overdue_now', hazards=len(late))}**")
    columns = [
        linked.column(""),
        linked.column(text("field.hazard.name")),
        linked.column(text("hazard.left"), "right"),
        linked.column(text("hazard.its_case")),
    ]
    rows = [
        linked.row(
            linked.cell(chip=words.risk(text, row["risk_class"])),
            linked.cell(row["name"], to=asked.here(view="register", hazard=row["hazard_id"])),
            words.cell(text, row, today),
            _its_case(text, row["case_id"]),
        )
        for row in late[:MOST_OVERDUE]
    ]
    if len(late) > MOST_OVERDUE:
        rows.append(linked.apart(text("rules.more", shown=MOST_OVERDUE, all=len(late))))
    if rows:
        linked.draw(columns, rows, label=text("hazard.condition.overdue"), most=330)


def _its_case(text: Text, case_id: str | None) -> linked.Cell:
    return linked.cell(text("hazard.open_case"), to=linked.to("case_file", {"case": case_id})) if case_id else linked.cell("—")


# -- cycles ----------------------------------------------------------------------------------------


def cycles(city: City, viewer: Viewer, *, changeable: bool) -> None:
    """How many days lie between two inspections of each class; a manager may set them."""
    text, found = viewer.text, queries.cycles(city)
    st.markdown(f"**{text('hazard.cycles')}** :small[:gray[{escaped(text('hazard.cycles_note'))}]]")
    columns = [
        linked.column(text("field.hazard.risk_class")),
        linked.column(text("hazard.cycle"), "right"),
        linked.column(text("hazard.usual"), "right"),
    ]
    rows = [
        linked.row(
            linked.cell(chip=words.risk(text, name)), linked.cell(text("hazard.days", days=found[name]), tone="strong"),
            linked.cell(text("hazard.days", days=CYCLES[name]), tone="muted"),
        )
        for name in RiskClass
    ]  # fmt: skip
    linked.draw(columns, rows, label=text("hazard.cycles"))
    if changeable and viewer.actor.role in GRANTED[Right.RULE] and not viewer.playback:
        _form(viewer, found)


def _form(viewer: Viewer, found: dict[str, Any]) -> None:
    text = viewer.text
    with st.form("risk-cycles", border=False):
        for column, name in zip(st.columns(len(RiskClass)), RiskClass, strict=True):
            column.number_input(
                text(f"hazard.class.{name}"), min_value=1, max_value=LONGEST_CYCLE, value=found[name], step=1, key=f"risk-cycle-{name}"
            )
        st.form_submit_button(text("hazard.cycles_send"), on_click=_send)


@faults.told
def _send() -> None:
    days = {str(name): int(st.session_state[f"risk-cycle-{name}"]) for name in RiskClass}
    actions.set_cycles(session.city(), days, session.viewer().actor)
    session.say(session.words()("hazard.done.cycles"))
