"""A city that lives: five demo cities, the plan of what is reported in them and what becomes of it, and its staff.

`geography` knows the towns (``data/towns``), `skeleton` draws their schematic base map, `plan` gives cases with their
whole planned life in the normalised form of incidents: `plans` for days of history, `arrivals` for the present minute,
`as_of` for how a plan stands at a moment. Below them: `curves`, `mesh` (drawing), `kinds`, `places`, `days`, `limits`,
`responsible`, `ways`, `pace`, `lives`, `words` (chance). `habits` says what the simulated staff does with a case. Nothing of
this writes; what turns plans and habits into acts is the feed and the staff.
"""
