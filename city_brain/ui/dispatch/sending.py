"""Who is proposed for the chosen case, why, and what that costs; one click sends. Another team than the first needs a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from city_brain.analytics.dispatch.ranking import Ranking
from city_brain.dispatch import actions, queries
from city_brain.dispatch.lifecycle import DESK
from city_brain.errors import Fault
from city_brain.roads import Travel, Way
from city_brain.storage.city import City
from city_brain.ui import session
from city_brain.ui.dispatch import asked, escalating, keyboard, overruled, pinning, since
from city_brain.ui.labels import Labels, escaped
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import linked

RECORDED = {Way.ESTIMATE: "straight", Way.OSRM: "osrm"}
"""What the record says of how the way was known."""
TEAMS = ("team", "recommended")
"""Values of faults that are numbers of teams."""
PROPOSED = 4
"""Teams of which one can be sent by a click."""


def show(
    city: City, viewer: Viewer, labels: Labels, fleet: pd.DataFrame, case: Mapping[str, Any], ranking: Ranking, travel: Travel, *,
    gone: str | None = None,
) -> None:  # fmt: skip
    """The panel of the chosen case. Where it took the place of one that has `gone` by itself, no key sends."""
    text = viewer.text
    with st.container(key="panel-dispatch-proposal"):
        where = case["address"] if isinstance(case["address"], str) else labels.of("district", case["district"])
        told = text("dispatch.wanted", function=text(f"team.function.{case['function']}"))
        if case["skill"]:
            told += " · " + text(f"team.skill.{case['skill']}")
        file = f"[{escaped(case['case_id'])}]({linked.to('case_file', {'case': case['case_id']})})"
        st.markdown(f"**{escaped(labels.kind(case['kind']))}** · {escaped(where)} · {file} :gray[{escaped(told)}]")
        if gone:
            st.info(escaped(text("dispatch.went_on", case=gone)), icon=":material/low_priority:")
        fault = st.session_state.get("dispatch-fault")
        if fault:
            st.error(escaped(fault))
        _alike(city, viewer, case)
        may = viewer.actor.role in DESK and not viewer.playback
        first = str(ranking.candidates["team_id"].iloc[0]) if len(ranking.candidates) else ""
        by_road = set(fleet["team_id"].to_numpy()[travel.by_road])
        for place, row in enumerate(ranking.candidates.head(PROPOSED).to_dict("records")):
            way = Way.OSRM if row["team_id"] in by_road else Way.ESTIMATE
            if way is not travel.way:
                row["reasons"] = [*row["reasons"], ("by_estimate", {})]
            _candidate(viewer, fleet, case, row, first, place, way, may=may, key=keyboard.SEND if place == 0 and not gone else None)
        if may and len(ranking.candidates) > 1:
            st.text_input(text("dispatch.reason"), key="dispatch-reason", max_chars=200, placeholder=text("dispatch.reason_hint"))
        _shortfalls(viewer, fleet, ranking)
        st.caption(escaped(_way(viewer, travel)))
        with st.container(horizontal=True, vertical_alignment="center"):
            escalating.button(viewer, case)
            pinning.show(viewer, case)
            overruled.show(city, viewer, labels, fleet)
        escalating.form(city, viewer, labels, case)


def _way(viewer: Viewer, travel: Travel) -> str:
    """How the travel times are known; a server that does not help is named, with since when."""
    text = viewer.text
    if travel.silent is None:
        return text(f"roads.{travel.way}")
    why = text(f"roads.silent.{travel.silent}")
    if travel.since is None:
        return text("roads.fell_back_here", why=why)
    return text("roads.fell_back", why=why, since=text.moment(travel.since, "time"))


def _alike(city: City, viewer: Viewer, case: Mapping[str, Any]) -> None:
    """The same matter may have been reported twice: asked before anybody is sent."""
    found = [one for one in queries.alike(city, viewer.look, case["case_id"]) if one["team_id"]]
    if found:
        one = found[0]
        told = viewer.text("dispatch.alike", case=one["case_id"], metres=round(one["distance_m"]), team=one["team_id"])
        st.checkbox(told, key=f"dispatch-other-{case['case_id']}")


def _candidate(
    viewer: Viewer, fleet: pd.DataFrame, case: Mapping[str, Any], row: Mapping[Any, Any], first: str, place: int, way: Way, *, may: bool,
    key: str | None,
) -> None:  # fmt: skip
    text, team = viewer.text, fleet.set_index("team_id").loc[row["team_id"]]
    told = [text(f"recommend.reason.{key}", **_in_words(text, values)) for key, values in row["reasons"]]
    if row["coverage_lost"] >= 0.0005:
        told.append(text("recommend.costs", share=text.percent(row["coverage_lost"], 1)))
    arrival = text("dispatch.arrival", time=text.duration(timedelta(seconds=row["seconds"])), km=text.number(row["metres"] / 1000, 1))
    with st.container(horizontal=True, vertical_alignment="center", key=f"dispatch-candidate-{place}"):
        name = text.pick(team["name_zh"], team["name_en"])
        if may:
            given = (case["case_id"], row["team_id"], name, first, float(row["seconds"]), float(row["metres"]), way, int(case["sequence"]))
            kind: Any = "primary" if place == 0 else "secondary"
            button = f"dispatch-send-{place}-{case['case_id']}"  # of this case alone: a key pressed twice is not meant for the next one
            st.button(text("dispatch.send"), key=button, type=kind, on_click=_send, args=given, shortcut=key)
        st.markdown(f"**{escaped(name)}** {escaped(arrival)}  \n:small[:gray[{escaped(' · '.join(told))}]]")


def _in_words(text: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    words = {name: text(f"team.function.{value}") for name, value in values.items() if name == "function"}
    return {**values, **words, **{name: text(f"team.skill.{value}") for name, value in values.items() if name == "skill"}}


def _send(case_id: str, team_id: str, name: str, first: str, seconds: float, metres: float, way: Way, sequence: int) -> None:
    """Send the team; what was written stays where it is refused."""
    since.acted()
    kept, viewer = st.session_state, session.viewer()
    try:
        actions.assign(
            session.city(), case_id, team_id, viewer.actor, recommended=first, reason=kept.get("dispatch-reason"), eta_s=seconds,
            distance_m=metres, travel=RECORDED[way], seen=sequence, same_checked=bool(kept.get(f"dispatch-other-{case_id}")), alone=True,
        )  # fmt: skip
    except Fault as fault:
        again = fault.key == "team_taken" and (fault.values["case"], fault.values["by"]) == (case_id, viewer.actor.signature)
        if not again:  # a second press for what the first has done is no fault
            kept["dispatch-fault"] = viewer.text.fault(_in_names(viewer, fault))
        return
    kept.pop("dispatch-fault", None)
    kept["dispatch-reason"] = ""
    asked.after(case_id)
    session.say(viewer.text("dispatch.sent", team=name, case=case_id))


def _in_names(viewer: Viewer, fault: Fault) -> Fault:
    """The same fault with teams and people by their names."""
    city = session.city()
    fleet, labels = queries.teams(city, viewer.look).set_index("team_id"), Labels(city, viewer.text)
    names: dict[str, str] = fleet[viewer.text.pick("name_zh", "name_en")].to_dict()
    told = {name: names.get(str(value), value) if name in TEAMS else value for name, value in fault.values.items()}
    return Fault(fault.key, **told | ({"by": labels.actor(str(told["by"]))} if "by" in told else {}))


def _shortfalls(viewer: Viewer, fleet: pd.DataFrame, ranking: Ranking) -> None:
    """What is short, and who came nearest to fitting."""
    text, names = viewer.text, fleet.set_index("team_id")
    if ranking.candidates.empty and not ranking.shortfalls:
        st.warning(text("recommend.nobody"))
        return
    for short in ranking.shortfalls:
        near = names.loc[short.nearest]
        name = text.pick(near["name_zh"], near["name_en"])
        minutes = text.number(short.seconds / 60, 0) if short.seconds != float("inf") else "—"
        told = text(f"recommend.shortfall.{short.kind}", teams=short.teams)
        st.markdown(f":small[:gray[{escaped(told)} {escaped(text('recommend.nearest', team=name, minutes=minutes))}]]")
