"""Data (数据): where the data come from, how good they are, what waits to be mended, and the way in."""

import streamlit as st

from city_brain.ui import quarantine, session, sources, upload

viewer, city = session.viewer(), session.city()
sources.show(city, viewer)
left, right = st.columns([46, 54])
with left:
    upload.show(city, viewer)
with right:
    quarantine.show(city, viewer)
    sources.batches(city, viewer)
    sources.notices(city, viewer)
