"""Charts: transparent, labelled directly, the same colour for the same thing. Frames in, charts out; words come with the frame.

Times are drawn on the city's clock: a chart gets local times marked as UTC and a UTC scale, so that
the browser's own zone does not matter. Every layer carries the same explicit scale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from city_brain.ui import session
from city_brain.ui.theme import DARK, LIGHT, Palette

FONT = "Source Sans, Noto Sans CJK SC, Source Han Sans SC, PingFang SC, Microsoft YaHei, sans-serif"
PICKED = "picked"
"""Name of the selection of a ranking; its value is a list of ``{"key": …}``."""


def draw(
    kind: str, rows: pd.DataFrame, words: Mapping[str, str], *, key: str, alt_text: str, selects: bool = False, **more: float
) -> list[dict[str, Any]]:
    """Draw a chart of this module in the colours of the session.

    Parameters
    ----------
    kind : str
        trend, record, ranking, bars or series: the function that makes it; `rows`, `words` and `more` are its arguments.
    alt_text : str
        What it is, for those who cannot see it.
    selects : bool
        Whether a click chooses.

    Returns
    -------
    list of dict
        What is chosen: ``[{"key": …}]`` or nothing.
    """
    spec = _spec(kind, rows, dict(words), session.dark(), more)
    if not selects:
        st.vega_lite_chart(spec=spec, theme=None, key=key, alt=alt_text)
        return []
    event: Any = st.vega_lite_chart(spec=spec, theme=None, key=key, alt=alt_text, on_select="rerun")
    return list(event["selection"].get(PICKED) or [])


@st.cache_data(ttl=3600, max_entries=64, show_spinner=False)
def _spec(kind: str, rows: pd.DataFrame, words: dict[str, str], dark: bool, more: dict[str, float]) -> dict[str, Any]:
    """The description of a chart, made once for all who see the same: altair takes 60 ms to make one."""
    makers: dict[str, Any] = {"trend": trend, "record": record, "ranking": ranking, "bars": bars, "series": series}
    made: dict[str, Any] = makers[kind](rows, words, DARK if dark else LIGHT, **more).to_dict()
    return made


def trend(hours: pd.DataFrame, words: Mapping[str, str], colours: Palette, *, height: int) -> alt.LayerChart:
    """New and closed cases by the hour over what is usual.

    Parameters
    ----------
    hours : pandas.DataFrame
        hour (local time marked as UTC), reported, closed, usual, low, high (NaN where nothing is usual), span (the hour in words).
    words : mapping
        reported, closed, usual, low, high, span: their names; hour: how an hour is written on the axis (a d3 pattern).
    height : int
        Pixels.
    """
    end = hours["hour"].max()
    across = alt.Scale(type="utc", domain=[_stamp(hours["hour"].min()), _stamp(end + pd.Timedelta(hours=3.6))])
    top = float(max(hours[["reported", "closed", "high"]].max().max(), 4)) * 1.06
    up = alt.Scale(domain=[0, top], nice=False, zero=True)
    ticks = [_stamp(at) for at in pd.date_range(hours["hour"].min().ceil("3h"), end, freq="3h")]
    axis = alt.Axis(values=ticks, labelExpr=f"utcFormat(datum.value, '{words['hour']}')", grid=False, title=None, labelFlush=False)
    x = alt.X("hour:T", scale=across, axis=axis)
    base = alt.Chart(hours)

    def y(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", scale=up, axis=alt.Axis(tickCount=4, title=None, format=",d", tickMinStep=1))

    def line(name: str, colour: str, width: float, dash: Sequence[int] = (1, 0)) -> Any:
        return base.mark_line(color=colour, strokeWidth=width, strokeDash=list(dash), interpolate="monotone").encode(x=x, y=y(name))

    inks = {"reported": colours.accent, "closed": colours.done, "usual": colours.muted}
    known = [name for name in inks if name != "usual" or bool(hours["usual"].notna().any())]
    layers: list[alt.Chart] = []
    if "usual" in known:
        layers.append(
            base.mark_area(color=colours.muted, opacity=0.16, interpolate="monotone").encode(x=x, y=y("low"), y2=alt.Y2("high:Q"))
        )
        layers.append(line("usual", colours.muted, 1.3, (4, 3)))
    layers += [line("closed", colours.done, 1.8), line("reported", colours.accent, 2.6)]
    last = hours.iloc[[-1]]
    layers.append(alt.Chart(last).mark_point(color=colours.accent, filled=True, size=46, opacity=1).encode(x=x, y=y("reported")))
    places = apart({name: float(last[name].iloc[0]) for name in known}, least=top * 17 / max(height - 30, 1), low=top * 0.03, high=top)
    ends = pd.DataFrame({
        "hour": end, "place": list(places.values()), "ink": [inks[name] for name in places],
        "said": [f"{words[name]} {last[name].iloc[0]:,.0f}" for name in places],
    })  # fmt: skip
    said = alt.Chart(ends).mark_text(align="left", dx=9, fontSize=12.5, fontWeight=600)
    layers.append(said.encode(x=x, y=y("place"), text="said:N", color=alt.Color("ink:N", scale=None)))
    tips = [alt.Tooltip("span:N", title=words["span"])]
    told = ("reported", "closed", *(("usual", "low", "high") if "usual" in known else ()))
    tips += [alt.Tooltip(f"{name}:Q", title=words[name], format=",.0f") for name in told]
    layers.append(base.mark_bar(opacity=0, width=20).encode(x=x, y=alt.YDatum(0, scale=up), y2=alt.Y2Datum(top), tooltip=tips))
    return configured(alt.layer(*layers).properties(height=height), colours)


def record(weeks: pd.DataFrame, words: Mapping[str, str], colours: Palette, *, height: int) -> alt.LayerChart:
    """New cases by the week over a whole record, its busiest week marked.

    Parameters
    ----------
    weeks : pandas.DataFrame
        week (UTC), reported.
    words : mapping
        week, reported: titles of the tooltip; month: how a month is written on the axis (a d3 pattern).
    """
    axis = alt.Axis(labelExpr=f"utcFormat(datum.value, '{words['month']}')", grid=False, title=None, tickCount=8, labelFlush=True)
    x = alt.X("week:T", scale=alt.Scale(type="utc", nice=False), axis=axis)
    y = alt.Y(
        "reported:Q",
        scale=alt.Scale(zero=True, domain=[0, float(weeks["reported"].max()) * 1.15]),
        axis=alt.Axis(tickCount=4, title=None, format=",d"),
    )
    base, busiest = alt.Chart(weeks), alt.Chart(weeks.loc[[weeks["reported"].idxmax()]])
    tips = [alt.Tooltip("yearmonthdate(week):T", title=words["week"]), alt.Tooltip("reported:Q", title=words["reported"], format=",d")]
    layers = [
        base.mark_area(color=colours.accent, opacity=0.16, interpolate="monotone").encode(x=x, y=y),
        base.mark_line(color=colours.accent, strokeWidth=2, interpolate="monotone").encode(x=x, y=y),
        busiest.mark_point(color=colours.accent, filled=True, size=60, opacity=1).encode(x=x, y=y),
        busiest.mark_text(color=colours.accent, dy=-12, fontSize=12.5, fontWeight=600).encode(
            x=x, y=y, text=alt.Text("reported:Q", format=",d")
        ),
        base.mark_bar(opacity=0, width=8).encode(x=x, y=alt.YDatum(0), y2=alt.Y2Datum(float(weeks["reported"].max()) * 1.15), tooltip=tips),
    ]
    return configured(alt.layer(*layers).properties(height=height), colours)


def apart(places: Mapping[str, float], *, least: float, low: float, high: float) -> dict[str, float]:
    """Labels at these heights, moved so that neighbours are `least` apart and all lie between `low` and `high`; in rising order."""
    order = sorted(places, key=lambda name: places[name])
    found: list[float] = []
    for name in order:
        found.append(max(places[name], low, found[-1] + least if found else low))
    for place in range(len(found) - 1, -1, -1):
        limit = high if place == len(found) - 1 else found[place + 1] - least
        found[place] = min(found[place], limit)
    return dict(zip(order, found, strict=True))


def ranking(
    rows: pd.DataFrame, words: Mapping[str, str], colours: Palette, *, target: float, height: int, names_px: int = 96
) -> alt.LayerChart:
    """Shares against a target: a dot and its distance from the target, then value and count. A click gives the row's `key`.

    Parameters
    ----------
    rows : pandas.DataFrame
        Best first: key, name, share (0–1), below (the target), value and count (in words).
    words : mapping
        name, share, count: titles of the tooltip.
    target : float
        Share (0–1) at the rule.
    names_px : int
        Width for the names, pixels; longer ones are cut and told in the tooltip.
    """
    shares = rows["share"]
    margin = max(0.01, (max(shares.max(), target) - min(shares.min(), target)) * 0.06)
    across = alt.Scale(
        domain=[min(shares.min(), target) - margin, min(max(shares.max(), target) + margin, 1 + margin)],
        range=[0, {"expr": "width - 112"}],
        nice=False,
        zero=False,
    )
    y = alt.Y("key:N", sort=rows["key"].tolist(), axis=None)
    x = alt.X("share:Q", scale=across, axis=None)
    ink = alt.Color("ink:N", scale=None)
    base = alt.Chart(rows.assign(ink=rows["below"].map({True: colours.overdue, False: colours.accent}), target=target))
    size = 12.5 if height / max(len(rows), 1) >= 16 else 11.5
    layers = [
        alt.Chart(pd.DataFrame({"target": [target]}))
        .mark_rule(color=colours.muted, strokeDash=[3, 3])
        .encode(x=alt.X("target:Q", scale=across, axis=None)),
        base.mark_rule(strokeWidth=3, opacity=0.6).encode(y=y, x=x, x2="target:Q", color=ink),
        base.mark_point(filled=True, size=62, opacity=1).encode(y=y, x=x, color=ink),
        base.mark_text(align="right", fontSize=size, fontWeight=600, color=colours.text).encode(y=y, x=_right(52), text="value:N"),
        base.mark_text(align="right", fontSize=size, color=colours.muted).encode(y=y, x=_right(4), text="count:N"),
        base.mark_text(align="right", fontSize=size, color=colours.text, limit=names_px, dx=-10).encode(y=y, x=alt.value(0), text="name:N"),
    ]
    return _pickable(layers, base, y, words, colours, height=height, left=names_px + 12)


def bars(rows: pd.DataFrame, words: Mapping[str, str], colours: Palette, *, height: int, names_px: int = 132) -> alt.LayerChart:
    """Counts as bars from zero, with count and change in words. A click gives the row's `key`.

    Parameters
    ----------
    rows : pandas.DataFrame
        Largest first: key, name, cases, before, value and count (change and count in words), loud (whether the change stands out).
    words : mapping
        name, share (the change) and count: titles of the tooltip.
    """
    across = alt.Scale(domain=[0, float(max(rows["cases"].max(), rows["before"].max(), 1))], range=[0, {"expr": "width - 104"}], nice=False)
    y = alt.Y("key:N", sort=rows["key"].tolist(), axis=None, scale=alt.Scale(paddingInner=0.45, paddingOuter=0.25))
    base = alt.Chart(rows)
    layers = [
        base.mark_bar(color=colours.accent, opacity=0.75, cornerRadiusEnd=2).encode(y=y, x=alt.X("cases:Q", scale=across, axis=None)),
        base.transform_filter("datum.before > 0")
        .mark_tick(color=colours.text, thickness=2)
        .encode(y=y, x=alt.X("before:Q", scale=across, axis=None)),
        base.mark_text(align="right", fontSize=12.5, fontWeight=600, color=colours.text).encode(y=y, x=_right(56), text="count:N"),
        base.mark_text(align="right", fontSize=12.5).encode(
            y=y, x=_right(2), text="value:N", color=alt.condition("datum.loud", alt.value(colours.text), alt.value(colours.muted))
        ),
        base.mark_text(align="right", fontSize=12.5, color=colours.text, limit=names_px, dx=-8).encode(y=y, x=alt.value(0), text="name:N"),
    ]
    return _pickable(layers, base, y, words, colours, height=height, left=names_px + 10)


def _right(margin: int) -> Any:
    """So many pixels from the right end."""
    return alt.value({"expr": f"width - {margin}"})


def _pickable(
    layers: Sequence[alt.Chart], base: alt.Chart, y: alt.Y, words: Mapping[str, str], colours: Palette, *, height: int, left: int
) -> alt.LayerChart:
    """The layers under one clear strip for each row, which has the tooltip and takes the click."""
    tips = [alt.Tooltip(f"{field}:N", title=words[name]) for field, name in (("name", "name"), ("value", "share"), ("count", "count"))]
    strip = base.mark_bar(opacity=0, cursor="pointer", height={"band": 1}).encode(y=y, x=alt.value(-left), x2=_right(0), tooltip=tips)
    strip = strip.add_params(alt.selection_point(name=PICKED, fields=["key"], on="click", empty=False))
    made = alt.layer(*layers, strip).resolve_scale(x="shared").properties(height=height)
    return configured(made, colours)


def configured(chart: Any, colours: Palette) -> alt.LayerChart:
    """A chart in the look of the console: no frame, no ticks, quiet grid."""
    axis: dict[str, Any] = {
        "domain": False,
        "ticks": False,
        "labelColor": colours.muted,
        "labelFontSize": 12,
        "gridColor": colours.grid,
        "labelPadding": 6,
    }
    flush = {"left": 0, "right": 0, "top": 0, "bottom": 0}  # Streamlit would leave 20 pixels below
    chart = chart.properties(background="transparent", padding=flush).configure(font=FONT).configure_view(stroke=None)
    made: alt.LayerChart = chart.configure_axis(**axis).configure_legend(disable=True)
    return made


def _stamp(at: pd.Timestamp) -> str:
    return str(at.isoformat())


def series(rows: pd.DataFrame, words: Mapping[str, str], colours: Palette, *, height: int, share: float) -> alt.LayerChart:
    """A measure by day, week or month with its interval; a stretch that is not over yet has a hollow point.

    Parameters
    ----------
    rows : pandas.DataFrame
        In order of time: at (local start of the stretch marked as UTC), value, low, high (NaN where nothing counts), running (not over
        yet), span, said and count (the stretch, the value with its interval and how many it is of, in words).
    words : mapping
        span, value, count: titles of the tooltip; day: how a stretch is written on the axis (a d3 pattern); last: what the last value is.
    share : float
        1 where values are shares (0–1), which are written as percentages; 0 where they are plain numbers.
    """
    known, length = rows.dropna(subset=["value"]), rows["at"].max() - rows["at"].min()
    across = alt.Scale(type="utc", domain=[_stamp(rows["at"].min()), _stamp(rows["at"].max() + length * 0.09)])
    low, high = float(known[["value", "low"]].min().min()), float(known[["value", "high"]].max().max())
    margin = max((high - low) * 0.12, 0.01 if share else 0.1)
    floor, top = max(0.0, low - margin), min(1.02, high + margin) if share else high + margin
    up = alt.Scale(domain=[floor, top], nice=False, zero=False)
    starts = [_stamp(at) for at in rows["at"].iloc[:: max(1, -(-len(rows) // 8))]]
    axis = alt.Axis(values=starts, labelExpr=f"utcFormat(datum.value, '{words['day']}')", grid=False, title=None, labelFlush=False)
    written = ",.2~f" if not share else ".0%" if top - floor > 0.05 else ".1%"
    x, y = alt.X("at:T", scale=across, axis=axis), alt.Y("value:Q", scale=up, axis=alt.Axis(tickCount=4, title=None, format=written))
    base = alt.Chart(known)
    point: dict[str, Any] = {"size": 40, "opacity": 1, "stroke": colours.accent, "strokeWidth": 1.5}
    tips = [alt.Tooltip(f"{field}:N", title=words[name]) for field, name in (("span", "span"), ("said", "value"), ("count", "count"))]
    layers = [
        base.mark_area(color=colours.accent, opacity=0.16).encode(x=x, y=alt.Y("low:Q", scale=up), y2=alt.Y2("high:Q")),
        base.mark_line(color=colours.accent, strokeWidth=2).encode(x=x, y=y),
        alt.Chart(known[~known["running"]]).mark_point(fill=colours.accent, **point).encode(x=x, y=y),
        alt.Chart(known[known["running"]]).mark_point(fill=colours.panel, **point).encode(x=x, y=y),
        alt.Chart(known.tail(1).assign(last=words["last"]))
        .mark_text(align="left", dx=9, fontSize=12.5, fontWeight=600, color=colours.accent)
        .encode(x=x, y=y, text="last:N"),
        base.mark_bar(opacity=0, width=14).encode(x=x, y=alt.YDatum(floor, scale=up), y2=alt.Y2Datum(top), tooltip=tips),
    ]
    return configured(alt.layer(*layers).properties(height=height), colours)
