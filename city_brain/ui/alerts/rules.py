"""The rules in force: what each watches, from when it speaks, how often it was right; a manager sets them, with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from city_brain.alerts import actions, queries
from city_brain.alerts.rules import RULE, Rule, Severity
from city_brain.errors import Fault
from city_brain.roles import GRANTED, Right
from city_brain.storage.city import City
from city_brain.ui import finding_words, session
from city_brain.ui.alerts import words
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import linked
from city_brain.ui.supervision import words as said

LEAST = 10
"""Judged alerts below which the interval is told and no percentage."""
MOST_SETTINGS = 20
WIDTHS = {"rule": "39%", "threshold": "10%", "times": "8%", "severity": "9%", "raised": "7%", "right": "8%", "interval": "19%"}


def show(city: City, viewer: Viewer) -> None:
    """The whole view."""
    rules = queries.rules_in_force(city)
    with st.container(key="panel-alert-rules"):
        said.title(viewer, viewer.text("alert_rules.title"), viewer.text("alert_rules.note", days=queries.JUDGED.days))
        _table(city, viewer, rules)
        if viewer.actor.role in GRANTED[Right.RULE] and not viewer.playback:
            _form(viewer, rules)
        else:
            st.markdown(f":small[:gray[{viewer.text('alert_rules.who')}]]")
    with st.container(key="panel-alert-settings"):
        _settings(city, viewer)


def _table(city: City, viewer: Viewer, rules: Mapping[str, Rule]) -> None:
    text, right = viewer.text, {"threshold", "times", "raised", "right"}
    watches, found = queries.watches(city, viewer.look.moment), queries.precision(city, viewer.look).set_index("rule")
    columns = [
        linked.column(
            text(f"alert_rules.column.{name}"), "right" if name in right else "left", width=width,
            means=text(f"alert_rules.help.{name}") if name in ("times", "right", "interval") else "",
        )
        for name, width in WIDTHS.items()
    ]  # fmt: skip
    rows = [_row(viewer, rules[name], found.loc[name], watches[name]) for name in RULE]
    linked.draw(columns, rows, label=text("alert_rules.title"), tall=True)


def _row(viewer: Viewer, rule: Rule, found: Any, watches: bool) -> dict[str, Any]:
    text, judged, correct = viewer.text, int(found["judged"]), int(found["correct"])
    means = text(f"rule_means.{rule.name}")
    if not rule.enabled:
        means = f"{text('alert_rules.off')} {means}"
    elif not watches:
        means = f"{text('alert_rules.no_sensor' if rule.name == 'reading' else 'alert_rules.no_forecast')} {means}"
    low, high = (finding_words.share(text, found[bound]) for bound in ("low", "high")) if judged else ("", "")
    told = text("indicators.from_to", low=low, high=high) if judged else ""
    span = {"low": found["low"], "high": found["high"], "at": found["share"] if judged >= LEAST else None, "says": told} if judged else None
    return linked.row(
        linked.cell(text(f"rule.{rule.name}"), small=means, tone="strong"),
        linked.cell(words.amount(text, rule.threshold, rule.unit)),
        linked.cell(text("now.times", times=text.number(rule.times)) if rule.times else "—", tone="" if rule.times else "muted"),
        linked.cell(f"{words.SHAPES[rule.severity]} {text(f'severity.{rule.severity}')}"),
        linked.cell(text.number(int(found["raised"])), tone="" if found["raised"] else "muted"),
        linked.cell(text("alert_rules.of", correct=correct, judged=judged) if judged else "—", tone="strong" if judged else "muted"),
        linked.cell(span=span, small=told) if judged else linked.cell(text("alert_rules.not_judged"), tone="muted"),
        tone="" if rule.enabled else "quiet",
    )


def _form(viewer: Viewer, rules: Mapping[str, Rule]) -> None:
    text = viewer.text
    with st.popover(text("alert_rules.set"), icon=":material/tune:", key="alert-rule-open"):
        name = st.selectbox(text("alert_rules.which"), list(RULE), key="alert-rule-which", format_func=lambda name: text(f"rule.{name}"))
        rule = rules[name]
        with st.form(f"alert-rule-{name}", border=False, width=420):
            fault = st.session_state.get("alert-rule-fault")
            if fault:
                st.error(fault)
            key, unit = f"alert-rule-{name}", text(f"alert_unit_name.{rule.unit}")
            threshold = text("alert_rules.threshold", unit=unit)
            st.number_input(threshold, value=float(rule.threshold), step=1.0, format="%.1f", key=f"{key}-threshold")
            if RULE[name].times:
                st.number_input(text("alert_rules.times"), value=float(rule.times), step=0.5, format="%.1f", key=f"{key}-times")
            st.selectbox(
                text("alert_rules.severity"), [str(one) for one in Severity], index=list(Severity).index(rule.severity),
                key=f"{key}-severity", format_func=lambda one: f"{words.SHAPES[one]} {text(f'severity.{one}')}",
            )  # fmt: skip
            st.toggle(text("alert_rules.enabled"), value=rule.enabled, key=f"{key}-enabled")
            st.text_input(text("alert_field.reason"), key=f"{key}-reason", max_chars=200)
            st.form_submit_button(text("alert_rules.send"), type="primary", key=f"{key}-do", on_click=_send, args=(name,))


def _send(name: str) -> None:
    """Set the rule; what was written stays in the form when it is refused."""
    kept, viewer, key = st.session_state, session.viewer(), f"alert-rule-{name}"
    try:
        actions.set_rule(
            session.city(), name, viewer.actor, threshold=kept[f"{key}-threshold"], times=kept.get(f"{key}-times", 0.0),
            severity=kept[f"{key}-severity"], enabled=kept[f"{key}-enabled"], reason=kept[f"{key}-reason"] or "",
        )  # fmt: skip
    except Fault as fault:
        kept["alert-rule-fault"] = viewer.text.fault(fault)
        return
    kept.pop("alert-rule-fault", None)
    session.say(viewer.text("alert_rules.done", rule=viewer.text(f"rule.{name}")))


def _settings(city: City, viewer: Viewer) -> None:
    """Who changed what, when and why."""
    text, labels = viewer.text, Labels(city, viewer.text)
    rows = queries.settings(city)[::-1][:MOST_SETTINGS]
    said.title(viewer, text("alert_rules.settings"))
    if not rows:
        st.markdown(f":gray[{text('alert_rules.as_shipped')}]")
        return
    names = ("at", "rule", "threshold", "times", "severity", "by", "reason")
    columns = [linked.column(text(f"alert_rules.column.{name}")) for name in names]
    shown = []
    for row in rows:
        unit = RULE[row["rule"]].unit if row["rule"] in RULE else ""
        off = "" if row["enabled"] else text("alert_rules.off")
        shown.append(
            linked.row(
                linked.cell(text.moment(row["set_at"]), tone="muted"), linked.cell(text(f"rule.{row['rule']}"), small=off),
                linked.cell(words.amount(text, row["threshold"], unit) if unit else text.number(row["threshold"])),
                linked.cell(text.number(row["times"]) if row["times"] else "—"), linked.cell(text(f"severity.{row['severity']}")),
                linked.cell(labels.actor(row["set_by"])), linked.cell(row["reason"], tone="muted"),
            )
        )  # fmt: skip
    linked.draw(columns, shown, label=text("alert_rules.settings"))
