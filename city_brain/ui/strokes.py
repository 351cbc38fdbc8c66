"""What drawings are made of: lines of words, and lines with a tip, as SVG coloured by the ``--cb-…`` variables."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

Pieces = Sequence[tuple[str, str]]
"""What a line of words says: pairs of style and words. Styles: step, name, role, sign."""
APART = 7
"""Between the pieces of a line, in units of the drawing: about one pixel."""
_STYLES = {
    "step": (14.5, 'font-weight="600" fill="var(--cb-text)"'), "name": (13.5, 'font-weight="600" fill="var(--cb-text)"'),
    "role": (12.5, 'fill="var(--cb-muted)"'), "sign": (12.5, 'fill="var(--cb-accent)"'),
}  # fmt: skip
_BOLD = 1.06


def width(said: str, size: float) -> float:
    """About how wide words are, rather too much: a Chinese sign is a square, a letter about half of one."""
    return size * sum(1.0 if letter > "⺀" else 0.3 if letter in " .,:;il'()" else 0.68 if letter.isupper() else 0.55 for letter in said)


def length(pieces: Pieces) -> float:
    """About how long a line of words is."""
    words = sum(width(said, _STYLES[style][0]) * (_BOLD if "600" in _STYLES[style][1] else 1) for style, said in pieces)
    return words + APART * (len(pieces) - 1)


def said(x: float, y: float, pieces: Pieces, anchor: str = "start") -> str:
    """A line of words; every one is escaped."""
    spans = (
        f'<tspan dx="{APART if number else 0}" font-size="{_STYLES[style][0]}" {_STYLES[style][1]}>{escape(words)}</tspan>'
        for number, (style, words) in enumerate(pieces)
    )
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{"".join(spans)}</text>'


def line(path: str, *, back: bool, tip: str = "") -> str:
    """A line, dashed and grey where it leads back, with the shape of its tip."""
    ink, dashes = ("var(--cb-muted)", ' stroke-dasharray="5 4"') if back else ("var(--cb-accent)", "")
    head = f'<path d="{tip}" fill="{ink}"/>' if tip else ""
    return f'<path d="{path}" fill="none" stroke="{ink}" stroke-width="1.8"{dashes}/>{head}'


def box(x: float, y: float, wide: float, tall: float, *, ground: str = "none", edge: str = "none", round_: float = 6) -> str:
    """A box of the colours named, such as ``raised`` and ``accent``."""
    fill, stroke = (colour if colour == "none" else f"var(--cb-{colour})" for colour in (ground, edge))
    size = f'x="{x:g}" y="{y:g}" width="{wide:g}" height="{tall:g}" rx="{round_:g}"'
    return f'<rect {size} fill="{fill}" stroke="{stroke}" stroke-width="1.4"/>'


def numbered(x: float, y: float, number: int) -> str:
    """A number in a disc, by its centre."""
    words = f'font-size="13" font-weight="600" fill="var(--cb-on-accent)">{number}</text>'
    return f'<circle cx="{x:g}" cy="{y:g}" r="10.5" fill="var(--cb-accent)"/><text x="{x:g}" y="{y + 4.6:g}" text-anchor="middle" {words}'
