"""The frame of the console: order of pages, identity, language, theme. The underscore says "not a page"."""

import streamlit as st

from city_brain.ui import frame, session

text = session.words()
st.set_page_config(page_title=text("product"), page_icon="pages/static/icon.png", layout="wide", initial_sidebar_state="collapsed")
pages = [
    st.Page("overview.py", title=text("page.overview"), default=True),
    st.Page("live_map.py", title=text("page.live_map"), url_path="live_map"),
    st.Page("case_board.py", title=text("page.case_board"), url_path="case_board"),
    st.Page("case_file.py", title=text("page.case_file"), url_path="case_file"),
    st.Page("supervision.py", title=text("page.supervision"), url_path="supervision"),
    st.Page("risk_grid.py", title=text("page.risk_grid"), url_path="risk_grid"),
    st.Page("risk_register.py", title=text("page.risk_register"), url_path="risk_register"),
    st.Page("daily_report.py", title=text("page.daily_report"), url_path="daily_report"),
    st.Page("dispatch_desk.py", title=text("page.dispatch_desk"), url_path="dispatch_desk"),
    st.Page("alert_desk.py", title=text("page.alert_desk"), url_path="alert_desk"),
    st.Page("drills.py", title=text("page.drills"), url_path="drills"),
    st.Page("data.py", title=text("page.data"), url_path="data"),
    st.Page("about.py", title=text("page.about"), url_path="about"),
]
wall = st.Page("wall.py", title=text("page.wall"), url_path="wall", visibility="hidden")
page = st.navigation([*pages, wall], position="top")
if frame.surround(wall=page is wall):
    page.run()
