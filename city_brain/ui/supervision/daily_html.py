"""The daily report as HTML: on the page and as a file of its own, in light colours, for paper. Everything in it is escaped.

It names cases by number, kind and district, departments and posts, and nobody by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from city_brain.cases.findings import Finding
from city_brain.notices.rungs import RUNGS
from city_brain.supervision.measures import LATENESS_H, MEASURE, MEASURES, UNTOLD
from city_brain.text import Text
from city_brain.ui import finding_words, joined
from city_brain.ui.drills import banner
from city_brain.ui.labels import Labels
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import findings, measured, words
from city_brain.ui.supervision.daily import Daily

CASE_NUMBER = re.compile(r"[A-Z]{2,}-\S+")
"""What looks like the number of a case, which no line may break."""
MOST_HOLDERS, MOST_PAIRS, MOST_DISPUTES = 10, 5, 5
STYLE = Path(__file__).resolve().parents[1] / "report.css"


def file(viewer: Viewer, labels: Labels, found: Daily) -> str:
    """The report as a file that needs nothing else."""
    title = f"{viewer.text('daily.title')} {found.day:%Y-%m-%d}"
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{rules()}body{{margin:0;background:#eef2f6}}</style>'
    language = viewer.text.language.replace("_", "-")
    return f'<!doctype html><html lang="{language}"><head>{head}</head><body>{article(viewer, labels, found)}</body></html>'


@cache
def rules() -> str:
    """The style rules of the report, for page, paper and file."""
    return STYLE.read_text(encoding="utf-8")


def article(viewer: Viewer, labels: Labels, found: Daily) -> str:
    """The report itself."""
    left = _part(viewer, "measures", _measures(viewer, found))
    right = _part(viewer, "overdue_by", _overdue(viewer, labels, found)) + _part(viewer, "pairs", _pairs(viewer, labels, found))
    longest = _part(viewer, "longest", _longest(viewer, labels, found))
    lower = _part(viewer, "disputes", _disputes(viewer, labels, found))
    lowest = _part(viewer, "escalated", _escalated(viewer, labels, found)) + _part(viewer, "data", _data(viewer, found))
    body = f"{_two(left, right)}{longest}{_two(lower, lowest)}"
    return f"<article class=cb-report>{_head(viewer, found)}{_figures(viewer, found)}{_points(viewer, labels, found)}{body}</article>"


def _two(left: str, right: str) -> str:
    return f"<div class=cb-two><div>{left}</div><div>{right}</div></div>"


def _part(viewer: Viewer, name: str, inside: str) -> str:
    return f"<section><h2>{escape(viewer.text(f'daily.{name}'))}</h2>{inside}</section>"


def _head(viewer: Viewer, found: Daily) -> str:
    text, named = viewer.text, viewer.named or {}
    city = text.pick(named.get("name_zh"), named.get("name_en"))
    marks = [text("frame.simulated")] if viewer.simulated else []
    marks += [banner.MARK] if joined.number() else []
    marks += [] if found.over else [text("daily.not_over")]
    told = text("daily.period", since=text.moment(found.since), until=text.moment(found.until), zone=str(text.zone))
    name = f"{escape(city)} {escape(text('daily.title'))}"
    shown = "".join(f"<b>◇ {escape(mark)}</b>" for mark in marks)
    day = f"{found.day:%Y-%m-%d} {escape(text.weekday(found.since))}"
    return f"<header><h1>{name}</h1><p class=cb-day>{day} {shown}</p><p>{escape(told)}</p></header>"


def _figures(viewer: Viewer, found: Daily) -> str:
    text, weekday = viewer.text, viewer.text.weekday(found.since)
    tiles = []
    for name, frame in (("reported", found.counted), ("closed", found.counted), ("open", found.stocks), ("overdue", found.stocks)):
        values = [int(value) for value in frame[name]]
        beside = [
            text(f"daily.{against}", difference=finding_words.signed(text, values[0] - values[place]), weekday=weekday)
            for place, against in ((1, "against_day"), (2, "against_week")) if place < len(values)
        ]  # fmt: skip
        lines = "".join(f"<small>{escape(line)}</small>" for line in beside)
        tiles.append(f"<div><span>{escape(text(f'daily.{name}'))}</span><b>{text.number(values[0]) if values else '—'}</b>{lines}</div>")
    return f"<div class=cb-figures>{''.join(tiles)}</div>"


def _points(viewer: Viewer, labels: Labels, found: Daily) -> str:
    """What stands out, each a finding of a rule."""
    past = {row["measure"]: row for row in found.before.to_dict("records")}
    ways = {row["measure"]: findings.direction(row["measure"], row, past.get(row["measure"])) for row in found.measures.to_dict("records")}
    said: list[Finding] = [findings.of_measures(found.measures, ways), findings.of_overdue(found.overdue)]
    said += [findings.of_passing(found.passing), findings.of_pairs(found.pairs)]
    lines = "".join(f"<li>{escape(words.said(finding, viewer.text, labels))}</li>" for finding in said)
    return f"<ul class=cb-points>{lines}</ul>"


# -- tables ---------------------------------------------------------------------------------------


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = (), first: int = 0) -> str:
    """A table of escaped texts; `right` are the places of columns of numbers, `first` the least width of the first one in percent."""

    known = next((place for place, text in enumerate(rows[0]) if CASE_NUMBER.fullmatch(text)), None) if rows else None

    def line(cells: Sequence[str], tag: str) -> str:
        return "".join(
            f"<{tag}{' class=cb-n' if place in right else ' class=cb-id' if place == known else ''}>{escape(text)}</{tag}>"
            for place, text in enumerate(cells)
        )

    body = "".join(f"<tr>{line(cells, 'td')}</tr>" for cells in rows)
    wide = f'<colgroup><col style="width:{first}%"></colgroup>' if first else ""
    return f"<table>{wide}<thead><tr>{line(heads, 'th')}</tr></thead><tbody>{body}</tbody></table>"


def _none(viewer: Viewer) -> str:
    return f"<p class=cb-none>{escape(viewer.text('daily.nothing'))}</p>"


def _heads(text: Text, *names: str) -> list[str]:
    return [text(f"daily.column.{name}") for name in names]


def _measures(viewer: Viewer, found: Daily) -> str:
    text = viewer.text
    now, past = ({row["measure"]: row for row in frame.to_dict("records")} for frame in (found.measures, found.before))
    rows = []
    for measure in MEASURES:
        row = now.get(measure.key)
        if row is not None:
            rows.append(_measure(viewer, row, past.get(measure.key)))
    rows += [[text(f"measure.{key}"), "—", text(f"untold.{key}"), "—", "—"] for key in UNTOLD]
    return _table(_heads(text, "measure", "value", "n", "interval", "before"), rows, (1, 2, 3, 4))


def _measure(viewer: Viewer, row: Mapping[str, Any], past: Mapping[str, Any] | None) -> list[str]:
    text, key = viewer.text, row["measure"]
    count = f"{text.number(int(row['numerator']))} / {text.number(int(row['denominator']))}"
    known = row["low"] == row["low"]
    bounds = "–".join(measured.value_of(viewer, key, row[name]).removesuffix(" %") for name in ("low", "high")) if known else "—"
    unit = " %" if known and MEASURE[key].unit == "share" else ""
    before = measured.value_of(viewer, key, past["value"]) if past is not None else "—"
    return [text(f"measure.{key}"), measured.value_of(viewer, key, row["value"]), count, bounds + unit, before]


def _overdue(viewer: Viewer, labels: Labels, found: Daily) -> str:
    text, late, classes = viewer.text, found.overdue, range(len(LATENESS_H) + 1)
    if late.empty:
        return _none(viewer)
    table = late.pivot_table(index="holder", columns="lateness", values="cases", aggfunc="sum", fill_value=0)
    table = table.reindex(columns=list(classes), fill_value=0)
    table = table.assign(all=table.sum(axis=1)).sort_values("all", ascending=False, kind="stable")
    rows = [_late(text, words.holder(text, labels, str(holder)), row) for holder, row in table.head(MOST_HOLDERS).iterrows()]
    if len(table) > MOST_HOLDERS:
        rows.append(_late(text, text("daily.others", others=len(table) - MOST_HOLDERS), table.iloc[MOST_HOLDERS:].sum()))
    rows.append(_late(text, text("now.everybody"), table.sum()))
    heads = [*_heads(text, "holder", "all"), *(text(f"lateness.{place}") for place in classes)]
    return _table(heads, rows, range(1, len(heads)), first=42)


def _late(text: Text, name: str, row: pd.Series) -> list[str]:
    return [
        name,
        text.number(int(row["all"])),
        *(text.number(int(row[place])) if row[place] else "·" for place in range(len(LATENESS_H) + 1)),
    ]


def _pairs(viewer: Viewer, labels: Labels, found: Daily) -> str:
    text = viewer.text
    if found.pairs.empty:
        return _none(viewer)
    rows = [
        [words.holder(text, labels, row["from_department"]), words.holder(text, labels, row["to_department"]), text.number(row["passes"]),
         text.number(row["comes_back"]), words.duration(text, row["lost_s"])]
        for row in found.pairs.head(MOST_PAIRS).to_dict("records")
    ]  # fmt: skip
    return _table(_heads(text, "first", "second", "passes", "back", "lost"), rows, (2, 3, 4))


def _case(labels: Labels, row: Mapping[str, Any]) -> str:
    return f"{labels.kind(row['kind'])} · {labels.of('district', row['district'])}"


def _longest(viewer: Viewer, labels: Labels, found: Daily) -> str:
    text = viewer.text
    if found.longest.empty:
        return _none(viewer)
    rows = [
        [row["case_id"], _case(labels, row), labels.step(row["step"]), words.holder(text, labels, words.plain(row["holder"])),
         labels.clock(row["due_at"], found.until), words.duration(text, row["waiting_s"])]
        for row in found.longest.to_dict("records")
    ]  # fmt: skip
    return _table(_heads(text, "number", "case", "step", "holder", "clock", "waits"), rows, (4, 5))


def _disputes(viewer: Viewer, labels: Labels, found: Daily) -> str:
    text = viewer.text
    verdicts = found.ruled["verdict"].value_counts().to_dict() if len(found.ruled) else {}
    told = text(
        "daily.disputes_told", open=len(found.disputes), ruled=len(found.ruled), right=int(verdicts.get("reassigned", 0)),
        upheld=int(verdicts.get("upheld", 0)),
    )  # fmt: skip
    rows = [
        [row["case_id"], _case(labels, row), words.holder(text, labels, words.plain(row["department"]))]
        for row in found.disputes.head(MOST_DISPUTES).to_dict("records")
    ]
    return f"<p>{escape(told)}</p>" + (_table(_heads(text, "number", "case", "department"), rows) if rows else "")


def _escalated(viewer: Viewer, labels: Labels, found: Daily) -> str:
    text, counts = viewer.text, found.notices
    told = [
        text(
            "daily.rung",
            percent=rung.percent,
            told=words.told(text, rung),
            notices=int(counts.loc[counts["percent"] == rung.percent, "notices"].sum()),
        )
        for rung in reversed(RUNGS)
    ]
    rows = [
        [
            text.moment(row["noticed_at"].to_pydatetime(), "time"),
            row["case_id"],
            _case(labels, row),
            f"{row['percent']} %",
            labels.holder(row["addressee"]),
        ]
        for row in found.escalated.to_dict("records")
    ]
    shown = _table(_heads(text, "at", "number", "case", "rung", "told"), rows, (3,)) if rows else ""
    return f"<p>{escape(text('list.or').join(told))}</p>{shown}"


def _data(viewer: Viewer, found: Daily) -> str:
    """Where the figures come from, how fresh they are, and what they cannot say."""
    text = viewer.text
    lines = []
    for source in found.sources:
        name = text.pick(source["title_zh"], source["title_en"])
        kind = text("frame.simulated") if source["simulated"] else source["licence"] or text("daily.no_licence")
        last = text.moment(source["last_arrival"]) if source["last_arrival"] else "—"
        lines.append(text("daily.source", name=name, kind=kind, cases=source["cases"], quarantined=source["quarantined"], last=last))
    lines.append(text("daily.fresh", at=text.moment(found.freshness)))
    unknown = found.measures[found.measures["unknown"] > 0]
    if len(unknown):
        lines.append(text("daily.unknown", most=int(unknown["unknown"].max()), measures=len(unknown), all=len(found.measures)))
    lines.append(text("daily.method"))
    return "<ul class=cb-notes>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"
