"""What waits on the desk: four figures, the alerts in their order, how often the desk was called. Reads for itself: it is the live half."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any

import streamlit as st

from city_brain.alerts import queries
from city_brain.alerts.lifecycle import UNRESOLVED, State
from city_brain.storage.city import City
from city_brain.ui import session, tiles
from city_brain.ui.alerts import asked, load, words
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer

SECTIONS: dict[str, tuple[State, ...]] = {
    "raised": (State.RAISED,), "acknowledged": (State.ACKNOWLEDGED,), "shelved": (State.SHELVED,),
    "done": tuple(state for state in State if state not in UNRESOLVED),
}  # fmt: skip
"""Parts of the list, in order. Texts ``alerts.section.<name>``."""
MOST_DONE = 30
"""Decided alerts that are listed."""
_HELD = "alert-desk-until"


def hold(viewer: Viewer) -> None:
    """From now on what comes anew waits above the list until somebody asks for it: a row must not move under the pointer."""
    st.session_state[_HELD] = viewer.look.moment.isoformat()


def show() -> None:
    """The live half of the desk."""
    city, viewer = session.city(), session.viewer()
    labels, counts = Labels(city, viewer.text), queries.counts(city, viewer.look)
    _figures(viewer, counts)
    with st.container(key="panel-alert-list"):
        if counts["all"]:
            _list(city, viewer, labels, queries.desk(city, viewer.look).to_dict("records"))
        else:
            st.markdown(f"**{viewer.text('alerts.empty')}**  \n:gray[{viewer.text('alerts.empty_note')}]")
    with st.container(key="panel-alert-load"):
        load.show(viewer, queries.load(city, viewer.look))


def _figures(viewer: Viewer, counts: dict[str, Any]) -> None:
    text, moment = viewer.text, viewer.look.moment
    oldest = text("alerts.oldest", time=text.duration(moment - counts["oldest"])) if counts["oldest"] else text("alerts.none_waits")
    answered = counts["answered_s"]
    told = text("alerts.answered", time=words.amount(text, answered / 60, "minutes")) if answered is not None else text("alerts.no_answers")
    calls = "alerts.flood" if counts["calls"] >= queries.FLOOD else "alerts.busy" if counts["calls"] > queries.ACCEPTABLE else "alerts.calm"
    shown = (
        ("raised", counts["raised"], oldest),
        ("acknowledged", counts["acknowledged"], text("alerts.beside_shelved", shelved=counts["shelved"])),
        ("calls", counts["calls"], text(calls)),
        ("lately", counts["lately"], told),
    )
    for column, (name, value, beside) in zip(st.columns(4), shown, strict=True):
        with column:
            tiles.tile(f"alerts-{name}", text(f"alerts.tile.{name}"), text.number(value), beside=beside)


def _list(city: City, viewer: Viewer, labels: Labels, alerts: Sequence[dict[str, Any]]) -> None:
    shown, fresh = kept_still(alerts, datetime.fromisoformat(st.session_state[_HELD]))
    text = viewer.text
    if fresh:
        loudest = min(fresh, key=lambda alert: list(words.SHAPES).index(alert["severity"]))
        st.button(
            f"{words.SHAPES[loudest['severity']]} {text('alerts.fresh', alerts=len(fresh))}", key="alerts-fresh", type="primary",
            icon=":material/arrow_upward:", width="stretch",
        )  # fmt: skip
    chosen = asked.alert() or first(shown)
    parts = []
    for name, states in SECTIONS.items():
        found = heads([alert for alert in shown if alert["state"] in states])
        if found:
            parts.append(f"<h4>{escape(text(f'alerts.section.{name}'))} <small>{text.number(len(found))}</small></h4>")
            listed = found[:MOST_DONE] if name == "done" else found
            parts += [_row(city, viewer, labels, alert, chosen=alert["alert_id"] == chosen) for alert in listed]
    if not any(alert["state"] in UNRESOLVED for alert in shown):
        parts.insert(0, f"<p>{escape(text('alerts.all_answered'))}</p>")
    st.html(f'<nav class="cba" aria-label="{escape(text("alerts.list"))}">{"".join(parts)}</nav>')


def kept_still(alerts: Sequence[dict[str, Any]], until: datetime) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What is listed and what has come since; while nothing waits on the desk there is nothing that could move."""
    listed = [alert for alert in alerts if alert["raised_at"] <= until]
    if not any(alert["state"] in UNRESOLVED for alert in listed):
        return list(alerts), []
    return listed, [alert for alert in alerts if alert["raised_at"] > until]


def heads(alerts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One alert for each group: the first in the order of the desk."""
    found: dict[str, dict[str, Any]] = {}
    for alert in alerts:
        found.setdefault(alert["group_id"], alert)
    return list(found.values())


def first(alerts: Sequence[dict[str, Any]]) -> str | None:
    """The alert that is shown where none is asked for."""
    return alerts[0]["alert_id"] if alerts else None


def _row(city: City, viewer: Viewer, labels: Labels, alert: dict[str, Any], *, chosen: bool) -> str:
    text, severity, waits = viewer.text, alert["severity"], alert["state"] in UNRESOLVED
    said = words.says(city, text, labels, alert)
    below = [words.place(city, text, labels, alert), text(f"rule.{alert['rule']}") if text.knows(f"rule.{alert['rule']}") else ""]
    below += [text("alerts.repeats", times=int(alert["repeats"]))] if alert["repeats"] > 1 else []
    below += [text("alerts.nearby", alerts=int(alert["others"]))] if waits and alert["others"] > 0 else []
    if alert["state"] == State.SHELVED:
        right = text("alerts.until", at=text.moment(alert["shelved_until"].to_pydatetime(), "time"))
    else:
        right = words.ago(text, alert["raised_at"].to_pydatetime(), viewer.look.moment)
    verdict = words.plain(alert["verdict"])
    state = text(f"judgement.{verdict}") if verdict and not waits else text(f"alert_state.{alert['state']}")
    tone = " ".join(filter(None, ("chosen" if chosen else "", alert["state"], f"was-{verdict}" if verdict and not waits else "")))
    current = ' aria-current="true"' if chosen else ""
    return (
        f'<a class="cb-go {tone}" href="{escape(asked.to_alert(alert["alert_id"]))}"{current}>'
        f'<i class="{severity}" title="{escape(text(f"severity.{severity}"))}">{words.SHAPES[severity]}</i>'
        f"<span><b>{escape(said)}</b><small>{escape(' · '.join(filter(None, below)))}</small></span>"
        f"<em>{escape(state)}</em><time>{escape(right)}</time></a>"
    )
