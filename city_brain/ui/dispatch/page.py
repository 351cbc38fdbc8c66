"""The dispatch desk: how the teams stand, the queue with its reasons, the map, who is proposed, who is under way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from city_brain.dispatch import queries
from city_brain.dispatch.lifecycle import BUSY, DESK
from city_brain.dispatch.model import Function
from city_brain.incidents.model import Urgency
from city_brain.storage.city import City
from city_brain.ui import session, tiles
from city_brain.ui.dispatch import asked, batch, escalating, keyboard, overruled, picture, seen, sending, since
from city_brain.ui.dispatch.overlays import standby, uncovered
from city_brain.ui.dispatch.told import fleet as roster
from city_brain.ui.dispatch.told import response
from city_brain.ui.labels import Labels, escaped
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import linked

UNDER_WAY = 40
DAYS = 7
"""Response figures of the strip are of so many days."""
QUEUE, STAGE, SIDE = 29, 41, 30


def opened() -> None:
    """The page has been opened, or a link on it followed: its style rules, and a look by its reader."""
    since.acted()
    linked.style()
    st.html(f"<style>{_rules()}</style>")


@cache
def _rules() -> str:
    return Path(__file__).with_name("desk.css").read_text(encoding="utf-8")


def show() -> None:
    """One refresh of the whole desk."""
    city, viewer = session.city(), session.viewer()
    labels, fleet = Labels(city, viewer.text), seen.teams(city, viewer)
    if fleet.empty:
        with st.container(key="first", horizontal_alignment="center"), st.container(key="panel-dispatch-empty", width=760):
            past = "_then" if viewer.playback else ""
            st.markdown(f"### {viewer.text(f'dispatch.no_teams{past}')}")
            st.markdown(f":gray[{viewer.text(f'dispatch.no_teams{past}_lead')}]")
            roster.entering(viewer)
        return
    said = session.said()
    if said:
        st.toast(said, icon=":material/info:", duration="long")
    where = seen.forecast(city, viewer)
    waiting = seen.queue(city, viewer, asked.function())
    best, new = asked.kept(list(waiting["case_id"]))
    waiting = waiting.set_index("case_id", drop=False).loc[best]
    chosen = asked.case() if asked.case() in waiting.index else (best[0] if best else None)
    gone = asked.went_on(chosen, acted=since.has_acted())
    _strip(city, viewer, fleet, waiting, where)
    if response.is_open():
        response.show(city, viewer, labels, fleet)
        return
    if roster.is_open():
        roster.show(city, viewer, labels, fleet)
        return
    if batch.is_open(viewer):
        _many(city, viewer, labels, fleet, waiting)
        return
    case = {str(name): value for name, value in waiting.loc[chosen].items()} if chosen else None
    ranking, travel = seen.proposal(fleet, case, where, viewer, overruled.preferred(city, viewer, case)) if case else (None, None)
    left, stage, side = st.columns([QUEUE, STAGE, SIDE])
    with left, st.container(key="dispatch-left"):
        _queue(viewer, labels, waiting, chosen, new, told=since.news(city, viewer, waiting), fleet=fleet)
    bare = uncovered.chosen(viewer, fleet, where)
    with stage, st.container(key="stage"):
        points = _note(city, viewer, labels, bare, where)
        below = [*(bare.layers if bare else ()), *standby.drawn(viewer, points)]
        picture.show(city, viewer, fleet, waiting, case, ranking, below)
    with side, st.container(key="side"):
        if asked.elsewhere(chosen) and not gone:
            _not_waiting(viewer, str(asked.case()))
        if case and ranking and travel:
            sending.show(city, viewer, labels, fleet, case, ranking, travel, gone=gone)
        if points:
            standby.show(viewer, points)
        _under_way(city, viewer, labels, fleet)
    keyboard.listen(chosen, form=escalating.is_open(viewer, chosen), sends=not gone)


def _not_waiting(viewer: Viewer, case_id: str) -> None:
    """The address asks for a case that no team is looked for: said, with the way to its file, before another one is shown."""
    file = f"[{escaped(viewer.text('page.case_file'))}]({linked.to('case_file', {'case': case_id})})"
    st.info(f"{escaped(viewer.text('dispatch.not_waiting', case=case_id))} {file}", icon=":material/info:")


def _note(
    city: City, viewer: Viewer, labels: Labels, bare: uncovered.Uncovered | None, where: seen.Risk | None
) -> standby.Kept | None:  # fmt: skip
    """What can be laid over the map, at its corner; gives the standby points that are shown."""
    if where is None:
        return None
    with st.container(key="mapnote"):
        uncovered.switch(viewer, bare, where)
        if bare:
            standby.ask(viewer, bare)
        return standby.proposal(city, viewer, labels, bare, where)


def _many(city: City, viewer: Viewer, labels: Labels, fleet: pd.DataFrame, waiting: pd.DataFrame) -> None:
    """The desk while many cases are matched at once: the matches, and the map with all their ways."""
    told = batch.proposal(city, viewer, labels, waiting, fleet)
    left, stage = st.columns([QUEUE + SIDE - 10, STAGE + 10])
    with left, st.container(key="dispatch-left"):
        batch.show(city, viewer, told)
    with stage, st.container(key="stage"):
        picture.show(city, viewer, fleet, waiting, None, None, batch.ways(told))


def _strip(city: City, viewer: Viewer, fleet: pd.DataFrame, waiting: pd.DataFrame, where: seen.Risk | None) -> None:
    text = viewer.text
    free, busy, off = (len(roster.standing(fleet, state)) for state in ("free", "busy", "off"))
    reached = seen.coverage(fleet, where, viewer)
    times = queries.response(city, viewer.look, viewer.look.moment - timedelta(days=DAYS), by="urgency").set_index("group")
    pressing = times.loc[Urgency.URGENT].to_dict() if Urgency.URGENT in times.index else {}
    with st.container(key="strip"):
        columns = st.columns(5)
        urgent = int((waiting["urgency"] == "urgent").sum())
        figures = [
            ("waiting", text.number(len(waiting)), text("dispatch.urgent", urgent=text.number(urgent))),
            ("free", text.number(free), text("dispatch.of_teams", teams=text.number(len(fleet)))),
            ("busy", text.number(busy), text("dispatch.off", off=text.number(off))),
            ("covered", text.percent(reached[0].share) if reached else "—",
             text("dispatch.covered_20", share=text.percent(reached[1].share)) if reached else text("dispatch.no_forecast")),
            ("arrival", _minutes(viewer, pressing.get("total_p50")),
             text("dispatch.p90", minutes=_minutes(viewer, pressing.get("total_p90")), n=text.number(int(pressing.get("total_n") or 0)))),
        ]  # fmt: skip
        for column, (name, value, beside) in zip(columns, figures, strict=True):
            with column:
                query = {"arrival": response.address(), "free": roster.address("free"), "busy": roster.address("busy")}.get(name)
                page = "dispatch_desk.py" if query else None
                tiles.tile(f"dispatch-{name}", text(f"dispatch.figure.{name}"), value, beside=beside, page=page, query=query)


def _minutes(viewer: Viewer, seconds: Any) -> str:
    return "—" if seconds is None or pd.isna(seconds) else viewer.text("dispatch.minutes", minutes=viewer.text.number(seconds / 60, 0))


def _queue(
    viewer: Viewer, labels: Labels, waiting: pd.DataFrame, chosen: str | None, new: int, *, told: since.News | None, fleet: pd.DataFrame
) -> None:  # fmt: skip
    """The queue in an order that holds still; what is new is told, and taken into its place by a click."""
    text = viewer.text
    with st.container(key="panel-dispatch-queue"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{text('dispatch.queue')}**")
            st.space("stretch")
            batch.offer(viewer, waiting, fleet)
            key = f"dispatch-function-{text.language}"
            st.session_state[key] = asked.function()
            st.selectbox(
                text("dispatch.function"), list(map(str, Function)), key=key, placeholder=text("dispatch.every_function"), width=140,
                label_visibility="collapsed", format_func=lambda name: text(f"team.function.{name}"),
                on_change=_did, args=(asked.narrowed, key),
            )  # fmt: skip
        pressing = escalating.move(viewer)
        keyboard.bar(viewer, may=viewer.actor.role in DESK and not viewer.playback, move=pressing.name if pressing else None)
        with st.container(key="dispatch-changed", horizontal=True, vertical_alignment="center"):  # always as high: nothing moves
            if told:
                since.show(viewer, labels, told, waiting, fleet)
            if new:
                sort = text("dispatch.sort_anew", new=new)
                st.button(sort, key="dispatch-sort", type="tertiary", on_click=_did, args=(asked.sort_anew,))
        if waiting.empty:
            st.info(text("dispatch.nobody_waits"))
            return
        columns = [
            linked.column(text("dispatch.column.case"), width="47%"), linked.column(text("dispatch.column.why"), width="21%"),
            linked.column(text("dispatch.column.left"), "right", width="32%"),
        ]  # fmt: skip
        shown = waiting.head(asked.SHOWN)
        short = seen.short(fleet, shown, viewer)
        rows = [_waits(viewer, labels, row, chosen, short) for row in shown.to_dict("records")]
        if len(waiting) > asked.SHOWN:
            rows.append(linked.apart(text("dispatch.more", more=text.number(len(waiting) - asked.SHOWN))))
        linked.draw(columns, rows, label=text("dispatch.queue"))


def _did(what: Callable[..., None], *given: str) -> None:
    """Something the reader has done."""
    since.acted()
    what(*given)


def _waits(viewer: Viewer, labels: Labels, row: Mapping[Any, Any], chosen: str | None, short: set[str]) -> dict[str, Any]:
    text, left = viewer.text, row["left_s"]
    told = "—" if pd.isna(left) else ("−" if left < 0 else "") + text.duration(timedelta(seconds=abs(left)))
    query = {"case": row["case_id"]} | ({"function": asked.function() or ""} if asked.function() else {})
    place = row["address"] if isinstance(row["address"], str) else labels.of("district", row["district"])
    return linked.row(
        linked.cell(labels.kind(row["kind"]), to=linked.to(asked.PAGE, query), small=place, title=row["case_id"]),
        linked.cell(
            text(f"dispatch.why.{row['reason']}"), small=text("dispatch.nobody_free") if row["case_id"] in short else "",
            title=row["pin_reason"] if isinstance(row["pin_reason"], str) else "",
        ),
        linked.cell(told, tone="bad" if not pd.isna(left) and left < 0 else "muted"), chosen=row["case_id"] == chosen,
    )  # fmt: skip


def _under_way(city: City, viewer: Viewer, labels: Labels, fleet: pd.DataFrame) -> None:
    """Teams at a case, the last sent first."""
    text, live = viewer.text, queries.assignments(city, viewer.look, live=True, size=UNDER_WAY)
    names = fleet.set_index("team_id")
    with st.container(key="panel-dispatch-live"):
        st.markdown(f"**{escaped(text('dispatch.under_way', teams=text.number(int(fleet['state'].isin(BUSY).sum()))))}**")
        wide = {"team": "40%", "state": "23%", "case": "37%"}
        columns = [linked.column(text(f"dispatch.column.{name}"), width=width) for name, width in wide.items()]
        rows = [
            linked.row(
                linked.cell(
                    text.pick(names.at[row["team_id"], "name_zh"], names.at[row["team_id"], "name_en"]), title=row["team_id"],
                    to=linked.to(asked.PAGE, {**roster.address("busy"), "team": row["team_id"]}),
                ),
                linked.cell(
                    text(f"team.state.{names.at[row['team_id'], 'state']}"), small=text.moment(row["assigned_at"], "time"),
                    title=labels.actor(row["assigned_by"]),
                ),
                linked.cell(row["case_id"], to=linked.to("case_file", {"case": row["case_id"]})),
            )
            for row in live.to_dict("records")
            if row["team_id"] in names.index
        ]  # fmt: skip
        busy = int(fleet["state"].isin(BUSY).sum())
        if len(rows) < busy:
            rows.append(linked.apart(text("dispatch.more", more=text.number(busy - len(rows)))))
        if rows:
            linked.draw(columns, rows, label=text("dispatch.column.team"))
