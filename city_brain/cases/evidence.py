"""Evidence: what a person uploads as a picture becomes a plain JPEG of its pixels, and nothing else of the file stays.

Where it was taken, by which device, and whatever else a file carries beside its picture, is dropped: what is kept is drawn anew.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from io import BytesIO
from typing import TypeVar

from PIL import Image
from PIL.ExifTags import Base
from PIL.Image import Transpose
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from city_brain.errors import Fault

SUFFIX = ".jpg"
"""What every kept picture's name ends with."""
MOST_BYTES = 12 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGER_SIDE = 1600
QUALITY = 82

_TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM, 5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_90,
}  # fmt: skip
"""What each orientation of Exif asks for (CIPA DC-008, 4.6.4 A)."""
_one_at_a_time = threading.Lock()
"""The largest picture takes some 800 MB while it is drawn anew: two people's pictures wait for each other."""
_Given = TypeVar("_Given")


def prepared(content: bytes) -> bytes:
    """The picture of an uploaded file as it is kept: upright, at most 1600 pixels on its longer side, on white, without metadata.

    Parameters
    ----------
    content : bytes
        A JPEG, a PNG or a WebP, told by what is in it. Of several pictures in a JPEG (a phone's portrait) it is the first.

    Returns
    -------
    bytes
        A JPEG; always the same for the same content.

    Raises
    ------
    Fault
        ``picture_type`` (none of the three, or animated), ``picture_size``, ``picture_pixels`` (told before anything is decoded),
        ``picture_broken`` (cut off or not to be decoded).
    """
    if len(content) > MOST_BYTES:
        raise Fault("picture_size", megabytes=_tenths_above(len(content) / 1024**2), most=MOST_BYTES // 1024**2)
    reader = _reader(content)
    if reader is WebPImageFile:
        _measure(_webp_sides(content))  # its reader makes room for the whole picture at once
    with _one_at_a_time:
        picture = _tried(lambda: reader(BytesIO(content)))  # reads the head of the file
        _measure(picture.size)
        if getattr(picture, "is_animated", False):
            raise Fault("picture_type")
        return _tried(lambda: _drawn(picture))


def _reader(content: bytes) -> type[ImageFile]:
    if content.startswith(b"\xff\xd8\xff"):
        return JpegImageFile
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PngImageFile
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WebPImageFile
    raise Fault("picture_type")


def _measure(sides: tuple[int, int]) -> None:
    pixels = sides[0] * sides[1]
    if pixels > MOST_PIXELS:
        raise Fault("picture_pixels", megapixels=_tenths_above(pixels / 1e6), most=MOST_PIXELS // 1_000_000)


def _webp_sides(content: bytes) -> tuple[int, int]:
    """Width and height that a WebP says it has (RFC 9649, 2.5 to 2.7); nothing for what its reader will refuse."""
    form, head = content[12:16], content[20:30].ljust(10, b"\0")
    if form == b"VP8X":
        return int.from_bytes(head[4:7], "little") + 1, int.from_bytes(head[7:10], "little") + 1
    if form == b"VP8L":
        sides = int.from_bytes(head[1:5], "little")
        return (sides & 0x3FFF) + 1, (sides >> 14 & 0x3FFF) + 1
    if form == b"VP8 ":
        return int.from_bytes(head[6:8], "little") & 0x3FFF, int.from_bytes(head[8:10], "little") & 0x3FFF
    return 0, 0


def _tried(work: Callable[[], _Given]) -> _Given:
    """What Pillow makes of somebody's file; whatever it raises is the file's fault."""
    try:
        return work()
    except Exception as error:  # decoders raise almost anything over a file that is not what it says
        raise Fault("picture_broken") from error


def _drawn(picture: ImageFile) -> bytes:
    picture.draft(None, (LONGER_SIDE, LONGER_SIDE))  # a JPEG much too large is decoded at a half, a quarter or an eighth
    picture.load()
    plain = _plain(picture)
    plain.thumbnail((LONGER_SIDE, LONGER_SIDE))
    sheet = Image.new("RGB", plain.size, "white")  # has nothing of the file; what is pasted are pixels
    sheet.paste(plain, mask=plain if plain.mode == "RGBA" else None)
    turn = _turn(picture)
    if turn is not None:
        sheet = sheet.transpose(turn)
    kept = BytesIO()
    sheet.save(kept, "JPEG", quality=QUALITY, optimize=True)
    return kept.getvalue()


def _plain(picture: Image.Image) -> Image.Image:
    """The picture with 8 bits a colour: RGBA where something may be transparent, else RGB."""
    if picture.mode.startswith("I"):  # grey of 16 bits
        picture = picture.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")
    wanted = "RGBA" if picture.has_transparency_data else "RGB"
    return picture if picture.mode == wanted else picture.convert(wanted)


def _turn(picture: ImageFile) -> Transpose | None:
    try:
        return _TURNS.get(picture.getexif().get(Base.Orientation, 1))
    except Exception:  # noqa: BLE001 - a picture whose Exif cannot be read is shown as it lies
        return None


def _tenths_above(value: float) -> float:
    """The value in tenths, rounded up: what is too much is never shown as the most that may be."""
    return math.ceil(value * 10) / 10
