"""The map of hazards: shape and colour say how the inspection stands, size how grave the class is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from city_brain.hazards.model import Condition, RiskClass
from city_brain.hazards.queries import NEAR_M
from city_brain.storage.city import City
from city_brain.ui import cached, icons, maps
from city_brain.ui.hazards import asked, words
from city_brain.ui.labels import Labels, shape
from city_brain.ui.session import Viewer

SIZE_PX = {RiskClass.RED: 24, RiskClass.ORANGE: 20, RiskClass.YELLOW: 16, RiskClass.BLUE: 12}
ORDER = (Condition.CLOSED, Condition.IN_TIME, Condition.DUE, Condition.OVERDUE)
"""Bottom to top."""
WORLD = {"lon": 105.0, "lat": 35.0, "zoom": 6.0}
KEY = "risk-map-deck"


def show(city: City, viewer: Viewer, labels: Labels, found: pd.DataFrame, chosen: dict[str, Any] | None, *, height: int) -> None:
    """The hazards of a list on the map, the chosen one ringed; a click chooses one."""
    layers = [_layer(found[found["condition"] == condition], condition, viewer, labels) for condition in ORDER]
    if chosen:
        layers.insert(0, maps.ring(chosen["lon"], chosen["lat"]))
    text = viewer.text
    with st.container(key="risk-map"):
        st.pydeck_chart(
            maps.deck(viewer, layers, **_view(city, viewer, found)), on_select=_clicked, key=KEY, height=height, alt=text("hazard.map_alt")
        )
        with st.container(key="risk-legend"):
            told = [
                f"{shape(words.MARKS[condition])} {text(f'hazard.condition.{condition}')}" for condition in reversed(ORDER[1:])
            ]  # fmt: skip
            st.markdown(f":small[{' &nbsp; '.join(told)} &nbsp; :gray[{text('hazard.map_size')}]]")


def _view(city: City, viewer: Viewer, found: pd.DataFrame) -> dict[str, float]:
    """The city's own view; without a city the middle of what is drawn."""
    if viewer.named and viewer.named["lon"] is not None:
        return cached.view(city)
    return {"lon": float(found["lon"].mean()), "lat": float(found["lat"].mean()), "zoom": 10.0} if len(found) else WORLD


def _layer(found: pd.DataFrame, condition: Condition, viewer: Viewer, labels: Labels) -> maps.Layer:
    lon, lat = maps.shifted(found["lon"].to_numpy(float), found["lat"].to_numpy(float))
    text, mark = viewer.text, words.MARKS[condition]
    rows = [
        {
            "p": [round(x, 5), round(y, 5)], "c": row.hazard_id, "s": SIZE_PX[RiskClass(row.risk_class)],
            "t": f"{row.name_} · {text(f'hazard.class.{row.risk_class}')} · {text(f'hazard.condition.{condition}')}",
        }
        for x, y, row in zip(lon.tolist(), lat.tolist(), found.rename(columns={"name": "name_"}).itertuples(), strict=True)
    ]  # fmt: skip
    return {
        "@@type": "IconLayer", "id": f"hazards-{condition}", "data": rows, "pickable": True, "getPosition": "@@=p",
        "getIcon": f"@@='{mark}'", "iconAtlas": icons.atlas(viewer.dark), "iconMapping": icons.MAPPING, "getSize": "@@=s",
        "sizeUnits": "pixels", "alphaCutoff": 0.01,
    }  # fmt: skip


def near(viewer: Viewer, labels: Labels, hazard: dict[str, Any], cases: pd.DataFrame, *, height: int = 220) -> None:
    """One hazard with the cases near it."""
    placed = cases.dropna(subset=["lon", "lat"]) if len(cases) else cases
    layers = [_reach(hazard)]
    if len(placed):
        points = placed.assign(state=np.where(placed["state"] == "closed", "normal", placed["state"]))
        layers += maps.case_layers(points, viewer, labels, grid=None)
    layers.append(_layer(pd.DataFrame([hazard]), Condition(hazard["condition"]), viewer, labels))
    st.pydeck_chart(
        maps.deck(viewer, layers, lon=hazard["lon"], lat=hazard["lat"], zoom=15.1), height=height, key=f"risk-near-{hazard['hazard_id']}",
        alt=viewer.text("hazard.near_alt"),
    )  # fmt: skip


def _reach(hazard: dict[str, Any]) -> maps.Layer:
    """The circle within which cases are counted as near."""
    lon, lat = (float(value[0]) for value in maps.shifted(np.array([hazard["lon"]]), np.array([hazard["lat"]])))
    return maps.ring(hazard["lon"], hazard["lat"]) | {
        "id": "reach", "data": [{"p": [lon, lat]}], "getRadius": NEAR_M, "radiusUnits": "meters", "getLineWidth": 1,
    }  # fmt: skip


def _clicked() -> None:
    objects = (st.session_state.get(KEY) or {}).get("selection", {}).get("objects", {})
    for condition in reversed(ORDER):
        for found in objects.get(f"hazards-{condition}", []):
            asked.change(hazard=str(found["c"]))
            return
