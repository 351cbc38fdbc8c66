"""The icons of the map: one small atlas per theme, drawn once, with its own halo."""

from __future__ import annotations

import base64
import io
from functools import cache

from PIL import Image, ImageDraw

from city_brain.cases.model import Mark
from city_brain.ui.theme import DARK, LIGHT

SIDE = 96
ORDER = (Mark.NORMAL, Mark.DUE, Mark.OVERDUE, Mark.URGENT, Mark.CLOSED)
MAPPING = {str(mark): {"x": place * SIDE, "y": 0, "width": SIDE, "height": SIDE, "mask": False} for place, mark in enumerate(ORDER)}
SIZE_PX = {Mark.NORMAL: 13, Mark.DUE: 19, Mark.OVERDUE: 22, Mark.URGENT: 25, Mark.CLOSED: 12}
"""Size on the map in pixels: the more pressing, the larger."""


@cache
def atlas(dark: bool) -> str:
    """The atlas of a theme as a data URI (PNG, one row of squares in the order of `ORDER`)."""
    colours = DARK if dark else LIGHT
    image = Image.new("RGBA", (SIDE * len(ORDER), SIDE))
    pen = ImageDraw.Draw(image)
    fills = {
        Mark.NORMAL: colours.dot,
        Mark.DUE: colours.due,
        Mark.OVERDUE: colours.overdue,
        Mark.URGENT: colours.urgent,
        Mark.CLOSED: colours.done,
    }
    for place, mark in enumerate(ORDER):
        left = place * SIDE
        for fill, margin in ((colours.ground, 6), (fills[mark], 14)):
            _shape(pen, mark, left + margin, margin, SIDE - 2 * margin, fill, colours.ground)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def _shape(pen: ImageDraw.ImageDraw, mark: Mark, x: int, y: int, side: int, fill: str, ground: str) -> None:
    right, bottom, middle = x + side, y + side, side / 2
    if mark is Mark.URGENT:
        pen.polygon([(x + middle, y), (right, y + middle), (x + middle, bottom), (x, y + middle)], fill=fill)
    elif mark is Mark.DUE:
        pen.polygon([(x + middle, y + side * 0.06), (right, bottom - side * 0.08), (x, bottom - side * 0.08)], fill=fill)
    else:
        pen.ellipse([x, y, right, bottom], fill=fill)
    if fill != ground and mark in (Mark.OVERDUE, Mark.CLOSED):
        ring = side * 0.13
        pen.ellipse([x + ring, y + ring, right - ring, bottom - ring], fill=ground)
    if fill != ground and mark is Mark.OVERDUE:
        inset = side * 0.28
        for start, end in (
            ((x + inset, y + inset), (right - inset, bottom - inset)),
            ((right - inset, y + inset), (x + inset, bottom - inset)),
        ):
            pen.line([start, end], fill=fill, width=int(side * 0.13))
