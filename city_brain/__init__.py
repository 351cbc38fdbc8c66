"""City brain: one shared, live picture of a city.

The rooms, from the ground up: `analytics`, `geo` (pure numbers, places) · `record` (the journal) ·
`storage` (the picture in DuckDB) · `incidents` (what was reported) · `cases` (what is done about it) ·
`responsibility`, `notices`, `supervision` (who leads, who is told, how it goes) ·
`intake` (files), `simulator` (a city that lives) · `start` (opens a home) · `upkeep`, `casework`, `commands`,
`command_line`, `service` (what runs beside the pages) · `ui` (Streamlit components). Pages lie beside the package.
"""

__version__ = "0.2.0"
