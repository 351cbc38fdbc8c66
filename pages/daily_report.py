"""Daily report (日报): one day on a page to print or to send."""

from city_brain.ui import faults, session
from city_brain.ui.labels import Labels
from city_brain.ui.supervision import daily_page, linked

viewer, city = session.viewer(), session.city()
linked.style()
with faults.shown():
    daily_page.show(city, viewer, Labels(city, viewer.text))
