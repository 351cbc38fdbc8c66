"""The teams of one case, in its file: who was sent, by whom, and when each stage began."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from city_brain.dispatch import queries
from city_brain.dispatch.lifecycle import Stage
from city_brain.storage.city import City
from city_brain.ui.labels import Labels, escaped
from city_brain.ui.session import Viewer
from city_brain.ui.supervision import linked

STAGES = (Stage.EN_ROUTE, Stage.ON_SCENE)


def show(city: City, viewer: Viewer, labels: Labels, case_id: str) -> None:
    """A line per team, the last sent first; nothing where none was."""
    sent = queries.assignments(city, viewer.look, case_id=case_id)
    if sent.empty:
        return
    text, names = viewer.text, queries.teams(city, viewer.look).set_index("team_id")
    with st.container(key="panel-case-teams"):
        st.markdown(f"**{text('dispatch.teams_sent')}** :small[:gray[{text('dispatch.teams_sent_note', teams=len(sent))}]]")
        for row in sent.to_dict("records"):
            known = row["team_id"] in names.index
            name = text.pick(names.at[row["team_id"], "name_zh"], names.at[row["team_id"], "name_en"]) if known else row["team_id"]
            moments = [(text("assignment.sent"), row["assigned_at"])]
            moments += [(text(f"assignment.stage.{stage}"), row[f"{stage}_at"]) for stage in STAGES]
            moments += [(text(f"assignment.stage.{row['ended']}"), row["ended_at"])] if isinstance(row["ended"], str) else []
            told = " → ".join(f"{what} {text.moment(at, 'time')}" for what, at in moments if not pd.isna(at))
            who = labels.actor(row["assigned_by"])
            here = linked.to("dispatch_desk", {"view": "teams", "team": row["team_id"]})
            st.markdown(f"[{escaped(name)}]({here}) :gray[{escaped(row['team_id'])} · {escaped(who)}]  \n:small[{escaped(told)}]")
