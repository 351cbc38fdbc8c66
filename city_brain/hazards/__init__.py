"""Hazards (风险源): the city's risk register, its periodic inspections, and what closed cases propose to change in it."""
