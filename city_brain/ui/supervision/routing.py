"""Who is responsible: what rulings propose, the city's own rules and what they did, and what nobody owns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from city_brain.cases import lifecycle, queries
from city_brain.cases.lifecycle import PHASES, Phase
from city_brain.cases.model import Wanted
from city_brain.responsibility import actions
from city_brain.responsibility import queries as responsibility
from city_brain.responsibility.actions import Matter
from city_brain.roles import GRANTED, Right
from city_brain.storage.city import City
from city_brain.text import Text
from city_brain.ui import cached, faults, session
from city_brain.ui.labels import Labels, escaped
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import linked, words
from city_brain.ui.supervision.findings import of_effects, of_gaps, of_proposals

OPEN = "routing-open"
"""The change that is looked at before it is made."""
MOST_GAPS = 12
EFFECT_DAYS = 30
LEAST_FOR_MEAN = 5
"""Cases below which a mean says nothing."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of who is responsible, before somebody confirms it. `lead` None takes the city's own rule back."""

    matter: Matter
    lead: str | None
    now: str | None

    @property
    def key(self) -> str:
        """What stands in the keys of its widgets."""
        return "-".join(part or "any" for part in (self.matter.kind, self.matter.code, self.matter.source_type, self.matter.area))


def may(viewer: Viewer) -> bool:
    """Whether this reader may change who is responsible, now."""
    return viewer.actor.role in GRANTED[Right.RULE] and not viewer.playback


def show(city: City, viewer: Viewer, labels: Labels) -> None:
    """The whole view."""
    own = responsibility.own(city)
    opened = st.session_state.get(OPEN)
    if opened is not None and may(viewer):
        _confirm(city, viewer, labels, opened)
    if not may(viewer):
        roles = viewer.text("list.or").join(viewer.text(f"role.{role}") for role in sorted(GRANTED[Right.RULE]))
        st.markdown(f":small[:gray[{viewer.text('moves.playback') if viewer.playback else viewer.text('routing.not_you', roles=roles)}]]")
    left, right = st.columns([54, 46])
    with left:
        with st.container(key="panel-proposed"):
            _proposed(city, viewer, labels)
        with st.container(key="panel-gaps"):
            _gaps(city, viewer, labels)
    with right:
        with st.container(key="panel-own"):
            _own(viewer, labels, own)
        with st.container(key="panel-effects"):
            _effects(city, viewer, labels)


# -- the step between wish and act ----------------------------------------------------------------


def _confirm(city: City, viewer: Viewer, labels: Labels, change: Change) -> None:
    """What a change will do, and the button that does it."""
    text = viewer.text
    with st.container(key="panel-routing-confirm"):
        what = said(labels, text, change.matter)
        key = "routing.will_retire" if change.lead is None else "routing.will_change" if change.now else "routing.will_assign"
        told = text(key, matter=what, lead=labels.of("department", change.lead), now=labels.of("department", change.now))
        st.markdown(f"**{escaped(told)}**  \n:small[:gray[{escaped(_consequence(city, viewer, change))}]]")
        with st.container(horizontal=True):
            st.button(text("routing.confirm"), key="routing-confirm", type="primary", on_click=_act, args=(change,))
            st.button(text("routing.cancel"), key="routing-cancel", on_click=_close)


def _consequence(city: City, viewer: Viewer, change: Change) -> str:
    kind = change.matter.source_type or f"{change.matter.kind}-{change.matter.code}"
    where = (change.matter.area,) if change.matter.area else ()
    steps = {
        phase: tuple(map(str, (step for step in lifecycle.UNFINISHED if PHASES[step] is phase))) for phase in (Phase.OPEN, Phase.WORKING)
    }
    waiting, working = (
        queries.count(city, viewer.look, Wanted(kinds=(kind,), districts=where, steps=steps[phase]), finished=False) for phase in steps
    )
    return viewer.text("routing.consequence", waiting=waiting, working=working)


@faults.told
def _act(change: Change) -> None:
    text, city, viewer = session.words(), session.city(), session.viewer()
    st.session_state.pop(OPEN, None)
    if change.lead is None:
        actions.retire(city, change.matter, viewer.actor)
        session.say(text("routing.retired"))
    else:
        actions.assign(city, change.matter, change.lead, viewer.actor)
        session.say(text("routing.changed", lead=Labels(city, text).of("department", change.lead)))


def _open(change: Change) -> None:
    st.session_state[OPEN] = change


def _close() -> None:
    st.session_state.pop(OPEN, None)


# -- what rulings propose -------------------------------------------------------------------------


def _proposed(city: City, viewer: Viewer, labels: Labels) -> None:
    text, found = viewer.text, cached.proposed_rules(city, viewer)
    words.head(viewer, labels, of_proposals(found), text("routing.proposed_note"))
    with st.container(key="lines-proposed"):
        for row in found.to_dict("records"):
            _proposal(viewer, labels, row)


def _proposal(viewer: Viewer, labels: Labels, row: dict[str, Any]) -> None:
    text, change = viewer.text, _change_of(row)
    with st.container(key=f"line-proposal-{change.key}"):
        what, turn, basis, act = st.columns([29, 39, 18, 14], vertical_alignment="center")
        what.markdown(f"**{escaped(said(labels, text, change.matter))}**")
        now, lead = (escaped(labels.of("department", name)) for name in (change.now, change.lead))
        turn.markdown(f":gray[{now}] → **{lead}**")
        basis.markdown(f":small[:gray[{text('routing.rulings', rulings=row['rulings'], of=row['of'])}]]")
        if may(viewer):
            act.button(text("routing.accept"), key=f"accept-{change.key}", on_click=_open, args=(change,), width="stretch")


def _change_of(row: dict[str, Any]) -> Change:
    code = words.plain(row["category_code"])
    kind = words.plain(row["category_kind"]) if code else None
    matter = Matter(kind, code, None if code else row["kind"], words.plain(row["area"]))
    return Change(matter, row["lead"], words.plain(row["now"]))


# -- the city's own rules -------------------------------------------------------------------------


def _own(viewer: Viewer, labels: Labels, own: pd.DataFrame) -> None:
    text = viewer.text
    in_force = own[own["until_at"].isna()]
    words.title(viewer, text("routing.own", rules=len(in_force)), text("routing.own_note"))
    if own.empty:
        st.markdown(f":gray[{text('routing.none')}]")
    with st.container(key="lines-own"):
        for row in in_force.to_dict("records"):
            _own_rule(viewer, labels, row)
    ended = own[own["until_at"].notna()]
    if len(ended):
        with st.expander(text("routing.ended", rules=len(ended))):
            for row in ended.to_dict("records"):
                since, until = (text.moment(row[name].to_pydatetime(), "day") for name in ("since_at", "until_at"))
                lead = escaped(labels.of("department", row["lead"]))
                span = text("routing.from_to", since=since, until=until)
                st.markdown(f"{escaped(said(labels, text, _matter(row)))} → {lead} :small[:gray[{span}]]")


def _own_rule(viewer: Viewer, labels: Labels, row: dict[str, Any]) -> None:
    text, change = viewer.text, Change(_matter(row), None, row["lead"])
    with st.container(key=f"line-own-{change.key}"):
        rule, act = st.columns([80, 20], vertical_alignment="center")
        who = labels.actor(row["accepted_by"]) if words.plain(row["accepted_by"]) else "—"
        told = escaped(text("routing.since", at=text.moment(row["since_at"].to_pydatetime()), who=who))
        lead = escaped(labels.of("department", row["lead"]))
        rule.markdown(f"**{escaped(said(labels, text, change.matter))}** → {lead}  \n:small[:gray[{told}]]")
        if may(viewer):
            act.button(text("routing.retire"), key=f"retire-{change.key}", on_click=_open, args=(change,), width="stretch")


def _matter(row: dict[str, Any]) -> Matter:
    return Matter(*(words.plain(row[name]) for name in ("kind", "code", "source_type", "area")))


def said(labels: Labels, text: Text, matter: Matter) -> str:
    """What a rule is about: a kind of matter, in a district or everywhere."""
    subject = labels.kind(matter.source_type or f"{matter.kind}-{matter.code}")
    return f"{subject} · {labels.of('district', matter.area) if matter.area else text('routing.everywhere')}"


def _effects(city: City, viewer: Viewer, labels: Labels) -> None:
    text, found = viewer.text, cached.rule_effects(city, viewer, EFFECT_DAYS)
    words.head(viewer, labels, of_effects(found, LEAST_FOR_MEAN), text("routing.effects_note", days=EFFECT_DAYS))
    if found.empty:
        return
    columns = [linked.column(text(f"routing.column.{name}"), "left" if name == "rule" else "right") for name in ("rule", "before", "after")]
    rows = []
    for row in found.to_dict("records"):
        what = said(labels, text, _matter(row))
        before, after = (
            linked.cell(
                text.number(row[f"hops_{when}"], 2) if row[f"cases_{when}"] else "—",
                small=text("routing.cases", cases=row[f"cases_{when}"]),
            )
            for when in ("before", "after")
        )
        rows.append(linked.row(linked.cell(what, small=f"→ {labels.of('department', row['lead'])}"), before, after))
    linked.draw(columns, rows, label=text("routing.effects"))


# -- what nobody owns -----------------------------------------------------------------------------


def _gaps(city: City, viewer: Viewer, labels: Labels) -> None:
    text, found = viewer.text, cached.gaps(city)
    words.head(viewer, labels, of_gaps(found), text("routing.gaps_note"))
    if found.empty:
        return
    columns = [linked.column(text(f"routing.column.{name}")) for name in ("kind", "district")]
    columns += [linked.column(text(f"routing.column.{name}"), "right") for name in ("open", "cases")]
    rows = []
    for row in found.head(MOST_GAPS).to_dict("records"):
        kind, district = words.plain(row["kind"]), words.plain(row["district"])
        query = {"kind": kind or "", "district": district or ""}
        rows.append(
            linked.row(
                linked.cell(labels.kind(kind)), linked.cell(labels.of("district", district)),
                linked.cell(text.number(row["open"]), to=linked.to("case_board", query | {"done": "0"}) if kind and district else None),
                linked.cell(text.number(row["cases"]), to=linked.to("case_board", query | {"done": "any"}) if kind and district else None),
            )
        )  # fmt: skip
    linked.draw(columns, rows, label=text("routing.gaps"))
    if len(found) > MOST_GAPS:
        st.markdown(f":small[:gray[{text('routing.gaps_more', more=len(found) - MOST_GAPS)}]]")
    if may(viewer):
        _assign(viewer, labels, found)


def _gap(viewer: Viewer, labels: Labels, row: dict[str, Any]) -> str:
    return f"{labels.kind(row['kind'])} · {labels.of('district', words.plain(row['district']))} ({viewer.text.number(row['cases'])})"


def _assign(viewer: Viewer, labels: Labels, found: pd.DataFrame) -> None:
    text = viewer.text
    rows = [row for row in found.to_dict("records") if words.plain(row["kind"])]
    with st.form("routing-gap", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        place = st.selectbox(
            text("routing.gap"), range(len(rows)), key="routing-gap-which", index=None, placeholder=text("routing.gap_hint"),
            format_func=lambda at: _gap(viewer, labels, rows[at]),
        )  # fmt: skip
        lead = st.selectbox(
            text("routing.lead"), labels.departments(), key="routing-gap-lead", index=None, placeholder=text("routing.lead_hint"),
            format_func=lambda name: labels.of("department", name),
        )  # fmt: skip
        everywhere = st.checkbox(text("routing.whole_city"), key="routing-gap-whole")
        if st.form_submit_button(text("routing.assign")) and place is not None and lead:
            row = rows[place]
            code = words.plain(row["category_code"])
            area = None if everywhere else words.plain(row["district"])
            _open(
                Change(Matter(words.plain(row["category_kind"]) if code else None, code, None if code else row["kind"], area), lead, None)
            )
            st.rerun()
