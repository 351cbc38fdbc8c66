"""Case board: cases in order of attention or finished ones, filtered, searched, paged, downloaded."""

from city_brain.ui import board, filters, session
from city_brain.ui.labels import Labels

viewer, city = session.viewer(), session.city()
labels = Labels(city, viewer.text)
filters.keep_in_url()
filters.show(city, viewer.look, viewer.text, labels)
board.show(city, viewer, labels)
