"""What closed cases propose to change in the register: each with its reason and its rows; a manager accepts or declines it."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st

from city_brain.hazards import actions, queries
from city_brain.hazards.model import MATCHED_M
from city_brain.hazards.proposals import ENTER_FROM, LOOKED_BACK, ONE_PLACE_M, RAISE_FROM, Change
from city_brain.roles import GRANTED, Right
from city_brain.storage.city import City
from city_brain.ui import faults, session
from city_brain.ui.hazards import asked, words
from city_brain.ui.labels import Labels, escaped
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import linked

OPEN = "risk-proposal"
"""The proposal that is being ruled on, and whether it is accepted."""
MOST_CASES = 6


def may(viewer: Viewer) -> bool:
    """Whether this reader may rule on proposals, now."""
    return viewer.actor.role in GRANTED[Right.RULE] and not viewer.playback


def show(city: City, viewer: Viewer, labels: Labels) -> None:
    """The whole view."""
    text, waiting = viewer.text, queries.proposals(city, ruled=False)
    with st.container(key="panel-risk-proposals"):
        st.markdown(f"**{text('hazard.proposals', proposals=len(waiting))}**  \n:small[:gray[{escaped(_rules(viewer))}]]")
        if not waiting:
            st.info(text("hazard.no_proposals"))
        elif not may(viewer):
            roles = text("list.or").join(text(f"role.{role}") for role in sorted(GRANTED[Right.RULE]))
            st.markdown(f":small[:gray[{text('moves.playback') if viewer.playback else text('hazard.ruled_by', roles=roles)}]]")
        for row in waiting:
            _proposal(viewer, labels, row)
    ruled = queries.proposals(city, ruled=True)
    if ruled:
        with st.container(key="panel-risk-ruled"):
            _ruled(viewer, labels, ruled)


def _rules(viewer: Viewer) -> str:
    limits = {"metres": int(MATCHED_M), "raise_from": RAISE_FROM, "place": int(ONE_PLACE_M), "enter_from": ENTER_FROM}
    return viewer.text("hazard.proposals_note", days=LOOKED_BACK.days, **limits)


def title(viewer: Viewer, labels: Labels, row: dict[str, Any]) -> str:
    """What a proposal asks for, as one line."""
    text = viewer.text
    if row["change"] == Change.ENTER:
        return text("hazard.propose.enter", kind=text(f"hazard.kind.{row['kind']}"), place=words.place(labels, row))
    was, to = (text(f"hazard.class.{row[name]}") for name in ("present_class", "risk_class"))
    return text(f"hazard.propose.{row['change']}", name=row["hazard_name"] or row["hazard_id"], was=was, to=to)


def _proposal(viewer: Viewer, labels: Labels, row: dict[str, Any]) -> None:
    text, number = viewer.text, row["proposal_id"]
    with st.container(key=f"line-proposal-{number}"):
        what, act = st.columns([76, 24], vertical_alignment="center")
        with what:
            st.markdown(f"**{escaped(title(viewer, labels, row))}**  \n:small[:gray[{escaped(_why(viewer, row))}]]")
            st.html(_links(viewer, row))
        if may(viewer):
            with act, st.container(horizontal=True, horizontal_alignment="right"):
                st.button(text("hazard.accept"), key=f"risk-accept-{number}", on_click=_open, args=(number, True))
                st.button(text("hazard.decline"), key=f"risk-decline-{number}", type="tertiary", on_click=_open, args=(number, False))
        if may(viewer) and (st.session_state.get(OPEN) or [None])[0] == number:
            _confirm(viewer, number, st.session_state[OPEN][1])


def _why(viewer: Viewer, row: dict[str, Any]) -> str:
    text = viewer.text
    metres = int(ONE_PLACE_M if row["change"] == Change.ENTER else MATCHED_M)
    told = {"cases": len(row["cases"]), "metres": metres, "days": LOOKED_BACK.days, "at": text.moment(row["proposed_at"])}
    return text(f"hazard.because.{row['change']}", **told)


def _links(viewer: Viewer, row: dict[str, Any]) -> str:
    """The hazard, and the cases that speak for the change: each a link."""
    text = viewer.text
    cells = [words.link(text("hazard.open"), asked.here(view="register", hazard=row["hazard_id"]))] if row["hazard_id"] else []
    cells += [words.link(case_id, linked.to("case_file", {"case": case_id})) for case_id in row["cases"][:MOST_CASES]]
    if len(row["cases"]) > MOST_CASES:
        cells.append(f"<small>{escape(text('hazard.more_cases', more=len(row['cases']) - MOST_CASES))}</small>")
    return f'<div class="cb-links">{" ".join(cells)}</div>'


def _confirm(viewer: Viewer, number: str, accepted: bool) -> None:
    text = viewer.text
    with st.form(f"risk-rule-{number}", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(text("hazard.rule_reason"), key=f"risk-reason-{number}", max_chars=300)
        key = "hazard.accept_send" if accepted else "hazard.decline_send"
        st.form_submit_button(text(key), type="primary", on_click=_rule, args=(number, accepted))


def _open(number: str, accepted: bool) -> None:
    st.session_state[OPEN] = [number, accepted]


@faults.told
def _rule(number: str, accepted: bool) -> None:
    text = session.words()
    made = actions.rule(session.city(), number, accepted, st.session_state.get(f"risk-reason-{number}") or "", session.viewer().actor)
    st.session_state.pop(OPEN, None)
    session.say(text("hazard.done.accepted", hazard=made) if made else text("hazard.done.declined"))


def _ruled(viewer: Viewer, labels: Labels, ruled: list[dict[str, Any]]) -> None:
    text = viewer.text
    st.markdown(f"**{text('hazard.ruled', proposals=len(ruled))}**")
    columns = [linked.column(text(f"hazard.column.{name}")) for name in ("ruled_at", "what", "verdict", "reason", "who")]
    rows = [
        linked.row(
            linked.cell(text.moment(row["ruled_at"]), tone="muted"), linked.cell(title(viewer, labels, row)),
            linked.cell(chip=(text(f"hazard.verdict.{row['verdict']}"), "blue" if row["verdict"] == "accepted" else "gray")),
            linked.cell(row["reason"]), linked.cell(labels.actor(row["ruled_by"]), tone="muted"),
        )
        for row in ruled
    ]  # fmt: skip
    linked.draw(columns, rows, label=text("hazard.ruled_table"), most=360)
