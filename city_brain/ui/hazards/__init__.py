"""The page of the risk register: list and map, one hazard, the calendar of inspections, what closed cases propose."""
