"""How often the desk was called in ten minutes, against what one person can take (EEMUA 191, ISA-18.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from city_brain.alerts.queries import ACCEPTABLE, FLOOD
from city_brain.ui import charts
from city_brain.ui.session import Viewer
from city_brain.ui.theme import Palette, palette

HOURS = 24
HEIGHT = 118


def show(viewer: Viewer, called: pd.DataFrame) -> None:
    """The finding, and a bar for each ten minutes of the last day."""
    text = viewer.text
    most = int(called["calls"].max()) if len(called) else 0
    floods = int((called["calls"] >= FLOOD).sum()) if len(called) else 0
    finding = text("load.floods", floods=floods, most=most) if floods else text("load.calm", most=most)
    st.markdown(f"**{finding}**  \n:small[:gray[{text('load.note', acceptable=ACCEPTABLE, flood=FLOOD)}]]")
    named = {name: text(f"load.{name}") for name in ("time", "calls", "acceptable", "flood")}
    spec = drawn(buckets(viewer, called), named | {"hour": "%H:%M"}, palette()).to_dict()
    st.vega_lite_chart(spec=spec, theme=None, key="alerts-load", alt=finding)


def buckets(viewer: Viewer, called: pd.DataFrame) -> pd.DataFrame:
    """Every ten minutes of the last day: bucket (local time marked as UTC), calls, span (the ten minutes in words)."""
    end = pd.Timestamp(viewer.look.moment).floor("10min")
    whole = pd.date_range(end - pd.Timedelta(hours=HOURS), end, freq="10min")
    counted = called.set_index("bucket")["calls"] if len(called) else pd.Series(dtype=int)
    local = whole.tz_convert(viewer.text.zone).tz_localize(None).tz_localize("UTC")
    span = [f"{at:%H:%M}–{at + pd.Timedelta(minutes=10):%H:%M}" for at in local]
    return pd.DataFrame({"bucket": local, "calls": counted.reindex(whole, fill_value=0).to_numpy(int), "span": span})


def drawn(rows: pd.DataFrame, named: Mapping[str, str], colours: Palette) -> alt.LayerChart:
    """The chart. A flood has its own colour and is taller than its line; the two limits are named on the right."""
    first, last = rows["bucket"].min(), rows["bucket"].max()
    across = alt.Scale(type="utc", domain=[first.isoformat(), (last + pd.Timedelta(hours=3.2)).isoformat()])
    top = float(max(rows["calls"].max(), FLOOD)) * 1.18
    up = alt.Scale(domain=[0, top], nice=False)
    ticks = [at.isoformat() for at in pd.date_range(first.ceil("4h"), last, freq="4h")]
    axis = alt.Axis(values=ticks, labelExpr=f"utcFormat(datum.value, '{named['hour']}')", grid=False, title=None)
    x = alt.X("bucket:T", scale=across, axis=axis)
    y = alt.Y("calls:Q", scale=up, axis=alt.Axis(values=[0, 5, FLOOD], title=None, grid=True))
    ink = rows["calls"].map(lambda calls: colours.urgent if calls >= FLOOD else colours.due if calls > ACCEPTABLE else colours.accent)
    base = alt.Chart(rows.assign(ink=ink))
    lines = {"calls": [ACCEPTABLE, FLOOD], "said": [named["acceptable"], named["flood"]], "end": [last + pd.Timedelta(minutes=12)] * 2}
    limits = alt.Chart(pd.DataFrame(lines))
    tips: list[Any] = [alt.Tooltip("span:N", title=named["time"]), alt.Tooltip("calls:Q", title=named["calls"])]
    layers = [
        limits.mark_rule(color=colours.muted, strokeDash=[3, 3]).encode(y=alt.Y("calls:Q", scale=up)),
        base.transform_filter("datum.calls > 0").mark_bar(width=4).encode(x=x, y=y, color=alt.Color("ink:N", scale=None)),
        limits.mark_text(align="left", dy=-8, fontSize=12, color=colours.muted).encode(
            x=alt.X("end:T", scale=across, axis=axis), y=alt.Y("calls:Q", scale=up), text="said:N"
        ),
        base.mark_bar(opacity=0, width=5).encode(x=x, y=alt.YDatum(0, scale=up), y2=alt.Y2Datum(top), tooltip=tips),
    ]
    return charts.configured(alt.layer(*layers).properties(height=HEIGHT), colours)
