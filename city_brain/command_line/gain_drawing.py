"""A drawing of differences with their intervals, one line a kind: a small SVG that needs nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import numpy as np

Line = tuple[str, float | None, float | None, float | None]
"""Name, value, low, high; what is not known is None."""

_LEFT, _RIGHT, _TOP, _STEP, _WIDTH = 260, 30, 64, 26, 860
_INK, _PALE, _GOOD, _BAD, _EVEN = "#1f2933", "#c3ccd5", "#1a7f5a", "#b42318", "#5b6b7a"


def drawing(title: str, unit: str, lines: Sequence[Line]) -> str:
    """Dots with intervals about zero: green where all of the interval is above it, red where all is below."""
    known = [line for line in lines if line[1] is not None]
    ends = [value for line in known for value in line[1:] if value is not None] + [0.0]
    low, high = min(ends), max(ends)
    room = 0.05 * (high - low or 1.0)
    low, high, height = low - room, high + room, _TOP + _STEP * len(known) + 46
    foot = _TOP + _STEP * len(known)

    def across(value: float) -> float:
        return _LEFT + (value - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)

    marks = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="system-ui, sans-serif" font-size="13">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="16" y="30" font-size="16" font-weight="600" fill="{_INK}">{escape(title)}</text>',
    ]
    for tick in _ticks(low, high):
        shade = _INK if tick == 0 else _PALE
        marks.append(f'<line x1="{across(tick):.1f}" x2="{across(tick):.1f}" y1="{_TOP - 12}" y2="{foot}" stroke="{shade}"/>')
        marks.append(f'<text x="{across(tick):.1f}" y="{foot + 18}" text-anchor="middle" fill="{_EVEN}">{tick:g}</text>')
    marks.append(f'<text x="{_WIDTH - _RIGHT}" y="{foot + 38}" text-anchor="end" fill="{_EVEN}">{escape(unit)}</text>')
    for place, (name, value, least, most) in enumerate(known):
        marks += _line(name, across, _TOP + _STEP * place, float(value or 0), least, most)
    return "\n".join([*marks, "</svg>\n"])


def _line(name: str, across: Callable[[float], float], y: int, value: float, least: float | None, most: float | None) -> list[str]:
    colour = _EVEN if least is None or most is None or least <= 0 <= most else _GOOD if least > 0 else _BAD
    shown = name if len(name) <= 36 else name[:35] + "…"
    found = [f'<text x="{_LEFT - 14}" y="{y + 5}" text-anchor="end" fill="{_INK}">{escape(shown)}</text>']
    if least is not None and most is not None:
        found.append(f'<line x1="{across(least):.1f}" x2="{across(most):.1f}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="3"/>')
    return [*found, f'<circle cx="{across(value):.1f}" cy="{y}" r="5" fill="{colour}"/>']


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers, zero among them, about five."""
    rough = (high - low) / 5
    size = 10.0 ** np.floor(np.log10(rough))
    step = next(size * times for times in (1, 2, 5, 10) if size * times >= rough)
    return [round(number * step, 10) for number in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1)]
