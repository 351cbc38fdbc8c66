"""Risk on the wall: where the next cases are expected, how many cells call for something, and which districts come first."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import pandas as pd

from city_brain.risk.model import CLASSES, HORIZONS, RiskClass
from city_brain.risk.queries import ALL
from city_brain.storage.city import City
from city_brain.ui import maps
from city_brain.ui.labels import Labels
from city_brain.ui.risk import heat, ranking, seen, words
from city_brain.ui.risk.asked import Asked
from city_brain.ui.risk.seen import Seen
from city_brain.ui.session import Viewer

DAYS = HORIZONS[-1]
QUESTION = Asked("map", ALL, DAYS, "forecast", 7, "district", None, None)
"""What the wall asks: all kinds together, the days to come."""
MOST_CELLS, MOST_PLACES = 6_000, 10
CALLS_FOR = (RiskClass.RED, RiskClass.ORANGE, RiskClass.YELLOW)


@dataclass(frozen=True, slots=True)
class Risk:
    """The forecast in force with its cells, the most expected first."""

    forecast: Seen
    cells: pd.DataFrame


def seen_of(city: City, viewer: Viewer) -> Risk | None:
    """The forecast in force; None before the first, or where the city has no place."""
    forecast = seen.forecast(city, viewer)
    if forecast is None or viewer.named is None or viewer.named["lon"] is None:
        return None
    return Risk(forecast, seen.cells(city, forecast, QUESTION))


def layers(viewer: Viewer, risk: Risk) -> list[maps.Layer]:
    """The cells in classes; places alone, for nobody can ask the wall anything."""
    lows = heat.bounds(risk.cells["value"].to_numpy(float))
    cells = risk.cells[risk.cells["value"] >= lows[0]].head(MOST_CELLS) if lows else risk.cells.head(0)
    drawn, _ = heat.layers(cells.assign(says=""), lows, seen.grid(viewer), shown=QUESTION.shown)
    return [layer | {"id": f"wall-{layer['id']}", "pickable": False, "data": [{"p": row["p"]} for row in layer["data"]]} for layer in drawn]


def legend(viewer: Viewer, risk: Risk) -> str:
    """The colours, each with the cases from which it begins."""
    text, lows = viewer.text, heat.bounds(risk.cells["value"].to_numpy(float))
    _, scale = heat.layers(risk.cells.head(1).assign(says=""), lows, seen.grid(viewer), shown=QUESTION.shown)
    cells = "".join(f"<span><i style='background:{colour}'></i> {escape(text.number(low))}</span>" for colour, low in scale)
    return f"<div class='cb-wlegend cb-wheat'><span>{escape(text('wall.heat.from'))}</span>{cells}</div>"


def figures(viewer: Viewer, risk: Risk) -> str:
    """How much is expected in all, and how many cells are of each class that calls for something."""
    text, forecast, counts = viewer.text, risk.forecast, seen.counts(risk.cells)
    first, last = forecast.days(DAYS)
    whole = forecast.choice(ALL, DAYS)
    days = text("wall.heat.days", first=f"{first:%m-%d}", last=f"{last:%m-%d}")
    sections = [
        f"<section><h2>{escape(text('wall.heat.expected'))} <small>{escape(text('wall.unit'))}</small></h2>"
        f"<strong>{escape(words.amount(text, round(float(whole['expected']))))}</strong><p>{escape(days)}</p></section>"
    ]
    for name in CALLS_FOR:
        least = words.amount(text, forecast.leasts[name])
        label = f"{words.SHAPES[name]} {text(f'hazard.class.{name}')}"
        sections.append(
            f"<section class=risk-{name}><h2><b>{escape(label)}</b> <small>{escape(text('heat.from', least=least))}</small></h2>"
            f"<strong>{text.number(counts[name])}</strong><em>{escape(text('wall.heat.cells'))}</em>"
            f"<p>{escape(text(f'heat.treatment.{name}'))}</p></section>"
        )
    return f"<div class='cb-wfigures cb-wrisk'>{''.join(sections)}</div>"


def places(viewer: Viewer, labels: Labels, risk: Risk) -> str:
    """The districts by what is expected in them, and how the forecast in force was made."""
    text, sums = viewer.text, ranking.rolled(risk.cells, "district")
    sums = sums[sums["expected"] > 0].sort_values("expected", ascending=False).head(MOST_PLACES)
    most = float(sums["expected"].max()) if len(sums) else 1.0
    rows = "".join(
        f"<li><span>{escape(words.place(text, labels, {'street': None} | row))}</span>"
        f"<em><i class=some style='width:{100 * row['expected'] / most:.1f}%'></i></em>"
        f"<b>{escape(words.amount(text, round(row['expected'])))}</b><u>{_grave(viewer, int(row['grave']))}</u></li>"
        for row in sums.to_dict("records")
    )
    issue = risk.forecast.issue
    made = text("wall.heat.made", issued=text.moment(issue["issued_at"]), gained=words.gained(text, risk.forecast.choice(ALL, DAYS)))
    return (
        f"<section class='cb-wsteps cb-wplaces'><h3>{escape(text('wall.heat.places'))}</h3><ul>{rows}</ul><p>{escape(made)}</p></section>"
    )


def _grave(viewer: Viewer, cells: int) -> str:
    """How many cells of a district are of the two highest classes."""
    return f"{words.SHAPES[CLASSES[-1]]} {viewer.text.number(cells)}" if cells else ""
