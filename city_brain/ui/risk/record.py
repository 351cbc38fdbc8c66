"""How good the forecast is: which model serves each kind and by how much it beat the plain count, what became of what was issued."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from city_brain.analytics.forecast.scores import LEAST_BLOCKS, METRICS
from city_brain.analytics.intervals import poisson
from city_brain.risk import queries
from city_brain.risk.model import USUAL
from city_brain.storage.city import City
from city_brain.ui.labels import Labels
from city_brain.ui.risk import words
from city_brain.ui.risk.asked import Asked
from city_brain.ui.risk.seen import Seen
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import linked
from city_brain.ui.supervision import words as said

PERCENT = ("hit_rate_1", "hit_rate_5", "hit_rate_10", "pei_1")
TRIED = ("hit_rate_1", "hit_rate_5", "hit_rate_10", "pai_1", "pei_1", "information_gain", "top_decile_ratio")
MOST_SETTINGS = 10


def show(city: City, viewer: Viewer, labels: Labels, forecast: Seen, question: Asked) -> None:
    """The whole view."""
    with st.container(key="panel-heat-choices"):
        _choices(viewer, labels, forecast, question)
    left, right = st.columns([62, 38])
    with left:
        with st.container(key="panel-heat-record"):
            _issued(city, viewer, labels, forecast, question)
        with st.container(key="panel-heat-tenths"):
            _tenths(city, viewer, labels, forecast, question)
    with right:
        with st.container(key="panel-heat-guards"):
            _guards(city, viewer, labels, forecast)
        with st.container(key="panel-heat-settings"):
            _settings(city, viewer, labels)


def _choices(viewer: Viewer, labels: Labels, forecast: Seen, question: Asked) -> None:
    """One row per kind: what serves, its gain with the interval, its metrics with those of the plain count small beside."""
    text = viewer.text
    days = text(f"heat.days.{question.horizon_days}")
    tried = forecast.choice(queries.ALL, question.horizon_days)
    said.title(viewer, text("heat.record.chosen", days=days), text("heat.record.chosen_note", windows=int(tried["windows"])))
    columns = [
        linked.column(text("heat.column.kind")), linked.column(text("heat.column.serves")),
        linked.column(text("heat.column.gain"), "right", means=text("heat.help.gain")), linked.column("", width="12%"),
        *(linked.column(text(f"heat.metric.{name}"), "right", means=text(f"heat.metric_means.{name}")) for name in TRIED),
    ]  # fmt: skip
    of = forecast.choices[forecast.choices["horizon_days"] == question.horizon_days].to_dict("records")
    top = max((abs(row[name]) for row in of for name in ("gain_low", "gain_high", "gain") if row[name] == row[name]), default=0.1) or 0.1
    rows = [_choice(viewer, labels, row, top, chosen=row["kind"] == question.kind) for row in of]
    linked.draw(columns, rows, label=text("heat.record.chosen", days=days), tall=True)


def _choice(viewer: Viewer, labels: Labels, row: Mapping[Any, Any], top: float, *, chosen: bool) -> dict[str, Any]:
    text = viewer.text
    gain = words.signed(text, row["gain"], 3) if _known(row["gain"]) else "—"
    sure = int(row["windows"]) >= LEAST_BLOCKS  # the bounds of fewer say little
    worse = sure and _known(row["gain_high"]) and row["gain_high"] < 0
    better = sure and _known(row["gain_low"]) and row["gain_low"] > 0
    return linked.row(
        linked.cell(words.kind(text, labels, row["kind"]), small=text("heat.record.cases", cases=text.number(int(row["events"])))),
        linked.cell(words.served(text, row), tone="muted"),
        linked.cell(gain, tone="good" if better else "bad" if worse else ""),
        linked.cell(span=_span(text, row["gain_low"], row["gain_high"], row["gain"], top)) if _known(row["gain_low"]) else linked.cell("—"),
        *(linked.cell(_value(viewer, name, row[name]), small=_value(viewer, name, row[f"baseline_{name}"])) for name in TRIED),
        chosen=chosen,
    )


def _span(text: Any, low: float, high: float, value: float, top: float) -> dict[str, Any]:
    """An interval on a line from −top to top, with nought marked."""

    def place(one: float) -> float:
        return min(1.0, max(0.0, (one / top + 1) / 2))

    told = text("indicators.from_to", low=words.signed(text, low, 3), high=words.signed(text, high, 3))
    return {"low": place(low), "high": place(high), "at": place(value), "mark": 0.5, "says": told}


def _value(viewer: Viewer, name: str, value: Any) -> str:
    if not _known(value):
        return "—"
    return viewer.text.percent(value, 1) if name in PERCENT else viewer.text.number(value, 2)


def _known(value: Any) -> bool:
    return value is not None and value == value


def _issued(city: City, viewer: Viewer, labels: Labels, forecast: Seen, question: Asked) -> None:
    """What became of issued forecasts of the chosen kind, once their days were over."""
    text, found = viewer.text, queries.record(city, viewer.look, horizon_days=question.horizon_days)
    mine = found[found["kind"] == question.kind]
    said.title(
        viewer, text("heat.record.issued"),
        text("heat.record.issued_note", kind=words.kind(text, labels, question.kind), issues=int(mine["issues"].max()) if len(mine) else 0),
    )  # fmt: skip
    if mine.empty:
        _, last = forecast.days(question.horizon_days)
        st.markdown(f":gray[{text('heat.record.none', day=last.isoformat())}]")
        return
    names = ("metric", "value", "interval", "plain", "difference", "difference_interval")
    columns = [linked.column(text(f"heat.column.{name}"), "left" if name == "metric" else "right") for name in names]
    rows = [_metric(viewer, row) for row in mine.to_dict("records") if row["metric"] in METRICS]
    linked.draw(columns, rows, label=text("heat.record.issued"))


def _metric(viewer: Viewer, row: Mapping[Any, Any]) -> dict[str, Any]:
    text, name = viewer.text, row["metric"]

    def interval(low: Any, high: Any) -> str:
        return text("indicators.from_to", low=_value(viewer, name, low), high=_value(viewer, name, high)) if _known(low) else "—"

    return linked.row(
        linked.cell(text(f"heat.metric.{name}"), title=text(f"heat.metric_means.{name}")),
        linked.cell(_value(viewer, name, row["value"]), tone="strong"),
        linked.cell(interval(row["low"], row["high"]), tone="muted"), linked.cell(_value(viewer, name, row["plain"]), tone="muted"),
        linked.cell(_value(viewer, name, row["difference"])),
        linked.cell(interval(row["difference_low"], row["difference_high"]), tone="muted"),
    )  # fmt: skip


def _tenths(city: City, viewer: Viewer, labels: Labels, forecast: Seen, question: Asked) -> None:
    """Reliability: how much came of each tenth that was foreseen; of issued forecasts once some are over, till then where it was tried."""
    text, issued = viewer.text, queries.reliability(city, viewer.look, horizon_days=question.horizon_days, kind=question.kind)
    choice = forecast.choice(question.kind, question.horizon_days)
    tried = pd.DataFrame({name: () if choice[name] is None else choice[name] for name in ("predicted", "observed")}, dtype=float)
    found = tried if issued.empty else issued
    told = text(f"heat.tenths.{'tried' if issued.empty else 'issued'}", kind=words.kind(text, labels, question.kind))
    said.title(viewer, text("heat.tenths"), told)
    if found.empty or not found["predicted"].sum():
        st.markdown(f":gray[{text('heat.not_tried')}]")
        return
    low, high = (bound / found["predicted"] for bound in poisson(found["observed"]))
    columns = [
        linked.column(text("heat.column.tenth"), means=text("heat.help.tenth")), linked.column(text("heat.column.predicted"), "right"),
        linked.column(text("heat.column.came"), "right"), linked.column(text("heat.column.ratio"), "right", means=text("heat.help.ratio")),
        linked.column("", width="34%"),
    ]  # fmt: skip
    rows = [
        linked.row(
            linked.cell(text("heat.tenth", number=place + 1)), linked.cell(words.amount(text, row.predicted), tone="muted"),
            linked.cell(words.amount(text, row.observed)), linked.cell(text.number(row.observed / row.predicted, 2), tone="strong"),
            linked.cell(span=_ratio(text, low[place], high[place], row.observed / row.predicted)),
        )
        for place, row in enumerate(found.itertuples())
    ]  # fmt: skip
    linked.draw(columns, rows, label=text("heat.tenths"))


def _ratio(text: Any, low: float, high: float, value: float) -> dict[str, Any]:
    """An interval of ratios on a line from none to twice as many, with as many as foreseen marked."""

    def place(one: float) -> float:
        return min(1.0, one / 2)

    told = text("indicators.from_to", low=text.number(low, 2), high=text.number(high, 2))
    return {"low": place(low), "high": place(high), "at": place(value), "mark": 0.5, "says": told}


def _guards(city: City, viewer: Viewer, labels: Labels, forecast: Seen) -> None:
    """What was noticed in the events before the forecast was made, and the addresses held back."""
    text, issue = viewer.text, forecast.issue
    events, cells, seconds = (text.number(issue[name], 0) for name in ("events", "cells", "seconds"))
    said.title(viewer, text("heat.record.made"), text("heat.record.made_note", events=events, cells=cells, seconds=seconds))
    if not issue["guards"]:
        st.markdown(f":gray[{text('heat.record.no_guards')}]")
    for guard, count in issue["guards"].items():
        st.markdown(f":small[{text('forecast.guarded', guard=text(f'forecast.guard.{guard}'), count=count)}]")
    chronic = queries.chronic(city, issue["sequence"])
    if chronic.empty:
        return
    columns = [
        linked.column(text("heat.column.kind")),
        linked.column(text("heat.column.point"), "right"),
        linked.column(text("heat.column.cases"), "right"),
    ]
    rows = [
        linked.row(linked.cell(words.kind(text, labels, row["kind"])), linked.cell(f"{row['lon']:.4f}, {row['lat']:.4f}", tone="muted"),
                   linked.cell(text.number(row["events"])))
        for row in chronic.head(10).to_dict("records")
    ]  # fmt: skip
    linked.draw(columns, rows, label=text("heat.record.chronic"))


def _settings(city: City, viewer: Viewer, labels: Labels) -> None:
    """Who set the classes, when and why."""
    text, found = viewer.text, queries.classes_set(city, viewer.look)
    said.title(viewer, text("heat.record.classes"))
    if found.empty:
        usual = " · ".join(words.amount(text, least) for least in USUAL.values())
        st.markdown(f":gray[{text('heat.record.as_shipped', leasts=usual)}]")
        return
    columns = [linked.column(text(f"heat.column.{name}")) for name in ("at", "leasts", "by", "reason")]
    rows = [
        linked.row(
            linked.cell(text.moment(pd.Timestamp(row["set_at"]).to_pydatetime()), tone="muted"),
            linked.cell(" · ".join(words.amount(text, least) for least in row["leasts"])), linked.cell(labels.actor(row["set_by"])),
            linked.cell(row["reason"], tone="muted"),
        )
        for row in found.head(MOST_SETTINGS).to_dict("records")
    ]  # fmt: skip
    linked.draw(columns, rows, label=text("heat.record.classes"))
