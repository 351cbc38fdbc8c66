"""The map of the desk: teams by state, the cases that wait, the chosen one, and the ways of those that are proposed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from city_brain.analytics.dispatch.ranking import Ranking
from city_brain.dispatch.lifecycle import BUSY, FREE
from city_brain.storage.city import City
from city_brain.ui import cached, maps, theme
from city_brain.ui.session import Viewer

HEIGHT = 600
WAYS = 3
"""So many of the proposed teams have their way drawn."""
LETTERS = {"inspection": "I", "road_repair": "R", "drainage": "D", "sanitation": "S", "lighting": "P", "gas": "G", "greening": "T",
           "law_enforcement": "L", "fire_rescue": "F", "medical": "M", "communications": "C", "logistics": "O"}  # fmt: skip
"""A letter for each function: colour says how a team stands, never alone."""


def show(
    city: City, viewer: Viewer, fleet: pd.DataFrame, waiting: pd.DataFrame, case: dict[str, Any] | None, ranking: Ranking | None,
    more: Sequence[maps.Layer] = (),
) -> None:  # fmt: skip
    """The map, with its legend; `more` lies below everything else."""
    text, colours = viewer.text, theme.palette()
    on_duty = fleet[fleet["on_shift"] & ~fleet["state"].isin(["off_duty", "out_of_service"])]
    free, busy = on_duty[on_duty["state"].isin(FREE)], on_duty[on_duty["state"].isin(BUSY)]
    layers = [
        *more,
        _dots("waiting", waiting["lon"], waiting["lat"], list(waiting["case_id"]), colours.due, radius=3.5, filled=True),
        *(_ways(fleet, case, ranking) if case and ranking else ()),
        *_teams("busy", busy, viewer, colours.muted, filled=False), *_teams("free", free, viewer, colours.accent, filled=True),
        *([maps.ring(case["lon"], case["lat"])] if case else ()),
    ]  # fmt: skip
    deck = maps.deck(viewer, layers, **cached.view(city))
    st.pydeck_chart(deck, key="dispatch-map-deck", height=HEIGHT, alt=text("dispatch.map_alt"))
    with st.container(key="legend"):
        told = f"⬤ {text('dispatch.legend.free')} &nbsp; ◯ {text('dispatch.legend.busy')} &nbsp; · {text('dispatch.legend.waiting')}"
        letters = " ".join(f"{letter} {text(f'team.function.{name}')}" for name, letter in LETTERS.items())
        st.markdown(f":small[{told}]  \n:small[:gray[{letters}]]")


def _places(lon: Any, lat: Any) -> list[list[float]]:
    x, y = maps.shifted(np.asarray(lon, float), np.asarray(lat, float))
    return np.stack([x.round(5), y.round(5)], axis=1).tolist()  # type: ignore[no-any-return]


def _dots(name: str, lon: Any, lat: Any, says: list[str], colour: str, *, radius: float, filled: bool) -> maps.Layer:
    rows = [{"p": place, "t": told} for place, told in zip(_places(lon, lat), says, strict=True)]
    return {
        "@@type": "ScatterplotLayer", "id": f"dispatch-{name}", "data": rows, "pickable": True, "getPosition": "@@=p", "getRadius": radius,
        "radiusUnits": "pixels", "filled": filled, "stroked": True, "getFillColor": [*maps.rgb(colour), 230],
        "getLineColor": [*maps.rgb(colour), 255], "lineWidthUnits": "pixels", "getLineWidth": 1.5,
    }  # fmt: skip


def _teams(name: str, fleet: pd.DataFrame, viewer: Viewer, colour: str, *, filled: bool) -> list[maps.Layer]:
    """Discs with the letter of the function: full ones can be sent, hollow ones are at a case."""
    text, colours = viewer.text, theme.palette()
    says = [
        f"{text.pick(row.name_zh, row.name_en)} · {text(f'team.state.{row.state}')}" for row in fleet.itertuples()
    ]  # fmt: skip
    discs = _dots(name, fleet["at_lon"], fleet["at_lat"], says, colour, radius=8.5, filled=True)
    if not filled:
        discs |= {"getFillColor": [*maps.rgb(colours.panel), 200]}
    letters = [{"p": place, "n": LETTERS[function]} for place, function in zip(discs["data"], fleet["function"], strict=True)]
    return [
        discs,
        {
            "@@type": "TextLayer", "id": f"dispatch-{name}-letters", "data": [{"p": row["p"]["p"], "n": row["n"]} for row in letters],
            "getPosition": "@@=p", "getText": "@@=n", "getSize": 11, "fontFamily": maps.FONT, "fontWeight": 700, "characterSet": "auto",
            "getColor": [*maps.rgb(colours.on_accent if filled else colour), 255],
        },
    ]  # fmt: skip


def _ways(fleet: pd.DataFrame, case: dict[str, Any], ranking: Ranking) -> list[maps.Layer]:
    """Straight lines from the first of those proposed to the case; no road network is known."""
    mine = fleet.set_index("team_id").loc[list(ranking.candidates["team_id"].head(WAYS))]
    ends = _places([case["lon"]], [case["lat"]])[0]
    rows = [{"a": place, "b": ends, "w": 3 if number == 0 else 1.2} for number, place in enumerate(_places(mine["at_lon"], mine["at_lat"]))]
    return [{
        "@@type": "LineLayer", "id": "dispatch-ways", "data": rows, "getSourcePosition": "@@=a", "getTargetPosition": "@@=b",
        "getColor": [*maps.rgb(theme.palette().accent), 190], "getWidth": "@@=w", "widthUnits": "pixels",
    }]  # fmt: skip
