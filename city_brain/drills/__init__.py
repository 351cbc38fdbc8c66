"""Drills: a scenario is played on a copy of the city, beside the live one and never mixed with it.

`desk` begins and ends them, `playing` lets one run, `figures` says what came of it.
"""
