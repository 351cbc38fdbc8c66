"""Letters for the names on the map: the browser's map asks for them as distance fields, 256 characters at a time.

It draws Chinese characters itself; everything else it asks for here. The letters are made from the
font of the console's own pages, so map and page speak with one voice and nothing is fetched from elsewhere.

Source: the glyph format of Mapbox GL (protocol buffer `glyphs.proto`); the field is 24 pixels an em,
3 pixels of border, and 192 at the edge of the letter, 32 levels a pixel.
"""

from __future__ import annotations

import math
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from city_brain.errors import NotFound

RANGE = 256
_SIZE, _FINE, _BORDER = 24, 4, 3
_TOP = 27
"""Height of the line above the baseline: it sets letters level with the Chinese characters the browser draws."""
_WEIGHT = 400
_ABSENT = "\U0010fffd"
Font = ImageFont.FreeTypeFont


@lru_cache(maxsize=16)
def glyphs(first: int) -> bytes:
    """The characters `first` … `first + 255` as a Mapbox glyph file; those the font lacks are left out.

    Raises
    ------
    NotFound
        There is no such range: `first` is no multiple of 256 in the basic plane.
    """
    if first % RANGE or not 0 <= first < 65536:
        raise NotFound("basemap_glyphs", first=first)
    font = _font()
    absent = bytes(font.getmask(_ABSENT))
    letters = [chr(code) for code in range(first, first + RANGE)]
    drawn = b"".join(_field(3, _glyph(letter, font)) for letter in letters if _has(font, letter, absent))
    stack = _field(1, b"Source Sans Regular") + _field(2, f"{first}-{first + RANGE - 1}".encode()) + drawn
    return _field(1, stack)


def _font() -> Font:
    spec = find_spec("streamlit")
    folders = (spec.submodule_search_locations if spec else None) or ()
    found = [file for folder in folders for file in Path(folder).glob("static/static/media/SourceSansVF-Upright*.woff2")]
    if found:
        font = ImageFont.truetype(found[0], _SIZE * _FINE)
        font.set_variation_by_axes([_WEIGHT])
        return font
    plain = ImageFont.load_default(_SIZE * _FINE)
    if not isinstance(plain, Font):
        raise NotFound("basemap_glyphs", first=0)
    return plain


def _has(font: Font, letter: str, absent: bytes) -> bool:
    return letter == " " or (letter.isprintable() and bytes(font.getmask(letter)) != absent)


def _glyph(letter: str, font: Font) -> bytes:
    left, above, right, below = font.getbbox(letter, anchor="ls")
    left, top, right, bottom = math.floor(left / _FINE), math.ceil(-above / _FINE), math.ceil(right / _FINE), math.floor(-below / _FINE)
    width, height = right - left, top - bottom
    shape = b""
    if width > 0 and height > 0:
        page = Image.new("L", (width * _FINE, height * _FINE))
        ImageDraw.Draw(page).text((-left * _FINE, top * _FINE), letter, fill=255, font=font, anchor="ls")
        shape = _field(2, _distances(np.asarray(page) > 127).tobytes())
    else:
        width = height = 0
    advance = round(font.getlength(letter) / _FINE)
    numbers = (ord(letter), width, height, _signed(left), _signed(top - _TOP), advance)
    return b"".join(_varint(place << 3) + _varint(number) for place, number in zip((1, 3, 4, 5, 6, 7), numbers, strict=True)) + shape


def _distances(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """The distance of each pixel's middle to the edge of the letter, as the levels of the format."""
    room = (_BORDER + 1) * _FINE
    wide = np.pad(inside, room)
    down, across = np.nonzero(wide[1:] != wide[:-1]), np.nonzero(wide[:, 1:] != wide[:, :-1])
    level, upright = np.column_stack(down) + np.array([1.0, 0.5]), np.column_stack(across) + np.array([0.5, 1.0])
    edges = np.concatenate([level, upright]).astype(np.float32)
    rows, columns = (np.arange(_FINE, size - _FINE, _FINE) + _FINE // 2 for size in wide.shape)
    north, east = (rows[:, None] - edges[:, 0]) ** 2, (columns[:, None] - edges[:, 1]) ** 2
    apart = np.sqrt((north[:, None] + east[None]).min(axis=-1)) / _FINE
    signed = np.where(wide[np.ix_(rows, columns)], -apart, apart)
    levels: npt.NDArray[np.uint8] = np.clip(np.round(255 - 255 * (signed / 8 + 0.25)), 0, 255).astype(np.uint8)
    return levels


def _signed(number: int) -> int:
    return number * 2 if number >= 0 else -number * 2 - 1


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _field(place: int, content: bytes) -> bytes:
    return _varint(place << 3 | 2) + _varint(len(content)) + content
