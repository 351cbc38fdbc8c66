"""A city that lives: five demo cities, and the plan of what is reported in them and what becomes of it.

`geography` knows the towns (``data/towns``), `skeleton` draws their schematic base map, `plan` gives cases with their
whole planned life in the normalised form of incidents: `plans` for days of history, `live_plans` for the present minute,
`as_of` for how a plan stands at a moment. Below them: `curves`, `mesh` (drawing), `kinds`, `places`, `days`,
`lives`, `words` (chance). Nothing here writes; what turns a plan into acts is the feed.
"""
