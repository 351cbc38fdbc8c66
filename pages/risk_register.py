"""Risk register (风险源): what stands in the city and may harm it, its inspections, what closed cases propose to change."""

from city_brain.ui import faults
from city_brain.ui.hazards import page, words
from city_brain.ui.supervision import linked

linked.style()
words.style()
with faults.shown():
    page.show()
