"""What the address asks of the alert desk: the view and the alert. The only place that knows these names."""

from __future__ import annotations

import streamlit as st

from city_brain.ui.supervision import linked

PAGE = "alert_desk"
VIEWS = ("desk", "rules")
LONGEST = 40
"""Letters of the number of an alert, at most."""


def view() -> str:
    """The view that is asked for."""
    asked = st.query_params.get("view", "")
    return asked if asked in VIEWS else VIEWS[0]


def show_view(name: str) -> None:
    """Ask for a view."""
    st.query_params["view"] = name


def alert() -> str | None:
    """The alert that is asked for."""
    return st.query_params.get("alert", "")[:LONGEST] or None


def to_alert(alert_id: str) -> str:
    """The address of an alert."""
    return linked.to(PAGE, {"alert": alert_id})
