"""Drills (演练): scenarios on a copy of the city, the one that runs, and what came of those that are over."""

from city_brain.ui import faults, session
from city_brain.ui.drills import banner, page

banner.style_page()
with faults.shown():
    page.show(session.viewer())
