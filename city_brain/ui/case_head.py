"""The head of a case file: what it is, its clocks, the seven steps, and what it has gone through."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import streamlit as st

from city_brain.cases import filing_rules, lifecycle, timeline
from city_brain.cases.calendars import Calendar, Limit
from city_brain.cases.lifecycle import PLACE, Step
from city_brain.cases.model import Mark
from city_brain.ui.labels import Labels, badge, escaped
from city_brain.ui.session import Viewer

Row = Mapping[str, Any]


def show(viewer: Viewer, labels: Labels, found: Row, stages: Sequence[Row], calendar: Calendar) -> None:
    """Badges, title and facts on the left, the clocks on the right, the seven steps below."""
    with st.container(key="panel-head"):
        left, right = st.columns([54, 46])
        with left:
            st.markdown(_badges(viewer, labels, found))
            st.markdown(f"### {escaped(labels.kind(found['kind']))} · {escaped(labels.place(found['district'], found['address']))}")
            st.markdown(_facts(viewer, labels, found))
        with right, st.container(key="clocks"):
            for column, (name, value, beside) in zip(st.columns(3), clocks(viewer, labels, found), strict=True):
                column.metric(name, value, delta=beside, delta_color="off", delta_arrow="off")
        notes = _clock_notes(viewer, labels, found, calendar)
        if notes:
            st.markdown(" ".join(notes))
        st.html(_steps(viewer, labels, found, stages))


def _badges(viewer: Viewer, labels: Labels, found: Row) -> str:
    text = viewer.text
    parts = [badge(found["state"], labels.mark(found["state"])), f":blue-badge[{labels.step(found['step'])}]"]
    if found["supervised"]:
        parts.append(f":red-badge[{text('desk.supervised')}]")
    if found["category_code"]:
        parts.append(f":gray-badge[{escaped(found['category_code'])} {escaped(labels.of('kind', found['kind']))}]")
    return " ".join([*parts, f"`{found['case_id']}`"])


def _facts(viewer: Viewer, labels: Labels, found: Row) -> str:
    text, channel = viewer.text, found["channel"]
    facts = {
        "department": labels.of("department", found["department"]),
        "holder": labels.holder(found["holder"]) if found["holder"] != found["department"] else "—",
        "street": labels.of("street", found["street"]),
        "community": labels.of("community", found["community"]),
        "channel": text(f"channel.{channel}") if text.knows(f"channel.{channel}") else channel or "—",
        "reports": text.number(found["reports"]),
    }
    return " &nbsp; ".join(f":gray[{text(f'fact.{name}')}] {escaped(value)}" for name, value in facts.items() if value not in ("—", ""))


def clocks(viewer: Viewer, labels: Labels, found: Row) -> list[tuple[str, str, str]]:
    """Label, value and what stands beside of three clocks: the limit of the case, this step's (or when it was closed), in all."""
    text, moment, closed_at = viewer.text, viewer.look.moment, found["closed_at"]
    whole = text.duration((closed_at or moment) - found["reported_at"])
    known = closed_at or found["state"] != Mark.CLOSED
    since = text("file.since", at=text.moment(found["reported_at"]))
    return [_limit_clock(viewer, labels, found), _step_clock(viewer, labels, found), (text("file.whole"), whole if known else "—", since)]


def _limit_clock(viewer: Viewer, labels: Labels, found: Row) -> tuple[str, str, str]:
    text, moment, limit = viewer.text, viewer.look.moment, found["time_limit"]
    if found["due_at"]:
        value = labels.clock(found["due_at"], moment, found["closed_at"])
        return text("file.clock"), value, text("file.due", at=text.moment(found["due_at"]))
    if found["left_s"] is not None:
        key = "file.left_working" if limit and Limit.parse(limit).works else "file.left"
        return text("file.clock"), text("file.paused"), text(key, time=text.duration(timedelta(seconds=abs(found["left_s"]))))
    if limit or Step(found["step"]) in _BEFORE_DISPATCH:
        rule = filing_rules.ordinary(found["category_kind"], found["category_code"])
        return text("file.limit"), labels.limit(limit or rule.limit), text("file.from_dispatch" if limit else "file.usual_from_dispatch")
    return text("file.clock"), "—", text("file.no_due")


_BEFORE_DISPATCH = (Step.COLLECT, Step.CONFIRM, Step.FILE, Step.DISPATCH)


def _step_clock(viewer: Viewer, labels: Labels, found: Row) -> tuple[str, str, str]:
    text, moment, closed_at, step = viewer.text, viewer.look.moment, found["closed_at"], Step(found["step"])
    if found["state"] == Mark.CLOSED:
        beside = text.moment(closed_at, "time") if closed_at else text("flag.closed_time_unknown")
        return text("file.closed"), text.moment(closed_at, "day") if closed_at else "—", beside
    limit = PLACE[step].limit
    if found["step_due_at"] and limit:
        told = f"{labels.step(step)} · {labels.limit(limit)}"
        return text("file.step_clock"), labels.clock(found["step_due_at"], moment), told
    return text("file.in_step"), text.duration(moment - found["step_at"]), labels.step(step)


def _clock_notes(viewer: Viewer, labels: Labels, found: Row, calendar: Calendar) -> list[str]:
    """What the clocks alone do not tell: whose limit, extensions, suspension, appeal, unknown holidays."""
    text, notes = viewer.text, list[str]()
    if found["time_limit"] and found["due_at"]:
        notes.append(f":gray-badge[{text('file.limit_runs', limit=labels.limit(found['time_limit']))}]")
    if found["extensions"]:
        notes.append(f":gray-badge[{text('file.extended', times=found['extensions'], most=lifecycle.MOST_EXTENSIONS)}]")
    if found["step"] == Step.SUSPENDED and found["suspended_until"]:
        notes.append(f":orange-badge[{text('file.suspended_until', day=text.moment(found['suspended_until'], 'day'))}]")
    elif found["suspended_until"]:
        notes.append(f":gray-badge[{text('file.was_suspended')}]")
    if found["exempt"]:
        notes.append(f":green-badge[{text('file.exempt')}]")
    works = found["time_limit"] is not None and Limit.parse(found["time_limit"]).works
    begin = found["dispatched_at"] or found["reported_at"]
    if found["due_at"] and works and not calendar.is_sure(begin, found["due_at"]):
        unknown = text("file.holidays_unknown", year=str(found["due_at"].astimezone(calendar.zone).year))
        notes.append(f":orange-badge[{unknown}]")
    return notes


def _steps(viewer: Viewer, labels: Labels, found: Row, stages: Sequence[Row]) -> str:
    items = []
    for number, (step, when, at) in enumerate(timeline.progress(found, stages), start=1):
        name = labels.step(step)
        if when == "now" and step != found["step"]:
            name = f"{name} · {labels.step(found['step'])}"
        told = viewer.text("file.in_progress") if when == "now" else viewer.text.moment(at) if at else ""
        items.append(f'<li class="{when}"><span>{number} {html.escape(name)}</span><span>{html.escape(told)}</span></li>')
    return f'<ol class="cb-steps">{"".join(items)}</ol>'


def path(viewer: Viewer, labels: Labels, found: Row, passings: Sequence[Row], merged: Sequence[Row]) -> None:
    """How it was filed, when it may be closed, whom it went through, what came of it."""
    text, lines = viewer.text, list[str]()
    rule = filing_rules.rule(found["rule"]) if found["rule"] else None
    if rule:
        condition, closing = text.pick(rule.condition_zh, rule.condition_en), text.pick(rule.closing_zh, rule.closing_en)
        lines += [f":gray[{text('path.rule')}] {escaped(condition)} · **{labels.limit(rule.limit)}**"]
        lines += [f":gray[{text('path.closing')}] {escaped(closing)}"]
    if passings:
        lines.append(_chain(viewer, labels, passings))
    elif found["first_department"]:
        lines.append(f":gray[{text('path.first')}] {escaped(labels.of('department', found['first_department']))}")
    counts = {name: found[name] for name in ("send_backs", "reworks", "reopenings") if found[name]}
    if counts:
        lines.append(" &nbsp; ".join(f":gray[{text(f'path.{name}')}] {text.number(count)}" for name, count in counts.items()))
    lines += [_called(viewer, labels, found)] if found["called_at"] else []
    if found["grade"]:
        lines.append(f":gray[{text('field.grade')}] **{labels.choice(found['grade'])}**")
    if found["self_handled"]:
        lines.append(text("path.self_handled"))
    if not lines and not merged and not found["merged_into"]:
        return
    with st.container(key="panel-path"):
        st.markdown(f"**{text('path.title')}**")
        st.markdown("  \n".join(lines)) if lines else None
        if found["merged_into"]:
            _links(text("path.merged_into"), [found["merged_into"]])
        if merged:
            _links(text("path.merged", cases=len(merged)), [row["case_id"] for row in merged])


def _chain(viewer: Viewer, labels: Labels, passings: Sequence[Row]) -> str:
    """A → B → A: each department, how long it had the case before it went on, and whether it came back."""
    text = viewer.text
    told = f":gray[{text('path.passed', times=len(passings))}] {escaped(labels.of('department', passings[0]['from_department']))}"
    for passing in passings:
        how = [text.duration(timedelta(seconds=passing["lost_s"]))]
        how += [text("path.ruled")] if passing["ruled"] else []
        name = escaped(labels.of("department", passing["to_department"]))
        back = f" :orange[{text('path.comes_back')}]" if passing["comes_back"] else ""
        told += f" :gray[—{', '.join(how)}→] {name}{back}"
    lost = sum(passing["lost_s"] for passing in passings)
    return f"{told} · {text('path.lost', time=text.duration(timedelta(seconds=lost)))}"


def _called(viewer: Viewer, labels: Labels, found: Row) -> str:
    text = viewer.text
    answers = [
        f"{text(f'field.{name}')} {labels.choice('yes' if found[name] else 'no')}"
        for name in ("reached", "solved", "satisfied") if found[name] is not None
    ]  # fmt: skip
    return f":gray[{text('path.called')}] {' · '.join(answers)} :gray[{text.moment(found['called_at'])}]"


def _links(label: str, case_ids: Sequence[str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":gray[{label}]")
        for case_id in case_ids[:12]:
            st.page_link("case_file.py", label=case_id, query_params={"case": case_id})
