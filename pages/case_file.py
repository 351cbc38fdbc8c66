"""Case file (案卷): one case, its clocks, what can be done now, its whole record, its place."""

import streamlit as st

from city_brain.ui import dossier, session
from city_brain.ui.labels import Labels

viewer, city = session.viewer(), session.city()
case_id = session.chosen_case()
if case_id:
    session.choose_case(case_id)
    dossier.show(city, viewer, Labels(city, viewer.text), case_id)
else:
    st.info(viewer.text("file.none"))
    st.page_link("case_board.py", label=viewer.text("file.to_board"), icon=":material/list:")
