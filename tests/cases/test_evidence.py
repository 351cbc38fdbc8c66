"""Evidence: of an uploaded file only the pixels stay, and whatever is no picture is refused in words."""

from __future__ import annotations

import random
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from io import BytesIO
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageDraw
from PIL.PngImagePlugin import PngInfo

from city_brain.cases.evidence import LONGER_SIDE, MOST_BYTES, MOST_PIXELS, prepared
from city_brain.errors import Fault
from city_brain.settings import ROOT
from city_brain.text import LANGUAGES, Text

RED, BLUE, GREEN, BLACK = (200, 30, 30), (30, 30, 200), (30, 160, 30), (0, 0, 0)
SECRET = b"Lin's telephone"
HTML = b"<html><script>alert('" + SECRET + b"')</script></html>"


def photo(width: int = 120, height: int = 80) -> Image.Image:
    """Upright: red at the top left, blue at the top right, green below left, black below right."""
    picture = Image.new("RGB", (width, height), RED)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((width // 2, 0, width, height // 2), BLUE)
    draw.rectangle((0, height // 2, width // 2, height), GREEN)
    draw.rectangle((width // 2, height // 2, width, height), BLACK)
    return picture


def file(picture: Image.Image, form: str = "JPEG", **more: Any) -> bytes:
    out = BytesIO()
    picture.save(out, form, **({"quality": 95} if form == "JPEG" else {}) | more)
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    """What was kept, after making sure that it has nothing but pixels."""
    picture = Image.open(BytesIO(content))
    assert (picture.format, picture.mode) == ("JPEG", "RGB")
    assert picture.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert not picture.getexif()
    assert SECRET not in content
    assert content.endswith(b"\xff\xd9")
    assert max(picture.size) <= LONGER_SIDE
    return picture


def corners(picture: Image.Image) -> list[tuple[int, int, int]]:
    """Top left, top right, below left, below right: the nearest of the four colours of `photo`, or white."""
    near: list[tuple[int, int, int]] = []
    for down, across in product((0.25, 0.75), (0.25, 0.75)):
        found = picture.getpixel((int(picture.width * across), int(picture.height * down)))
        assert isinstance(found, tuple)
        known = (RED, BLUE, GREEN, BLACK, (255, 255, 255))
        near.append(min(known, key=lambda colour: sum(abs(one - other) for one, other in zip(colour, found, strict=True))))
    return near


UPRIGHT = [RED, BLUE, GREEN, BLACK]


def refused(content: bytes) -> Fault:
    with pytest.raises(Fault) as caught:
        prepared(content)
    for language in LANGUAGES:
        said = Text(language).fault(caught.value)
        assert "[" not in said
        assert "{" not in said
    return caught.value


def with_exif(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 35.0, 24.0), 3: "E", 4: (114.0, 18.0, 36.0)})
    return exif


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_kept(form: str) -> None:
    kept = opened(prepared(file(photo(), form)))
    assert kept.size == (120, 80)
    assert corners(kept) == UPRIGHT


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_place_device_words_and_colours_profile_are_gone(form: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    more: dict[str, Any] = {"exif": with_exif(1), "icc_profile": profile}
    if form == "JPEG":
        more |= {"comment": SECRET, "xmp": b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>", "dpi": (300, 300)}
    if form == "PNG":
        words = PngInfo()
        words.add_text("Author", SECRET.decode())
        words.add_itxt("XML:com.adobe.xmp", SECRET.decode(), zip=True)
        more |= {"pnginfo": words, "dpi": (300, 300)}
    if form == "WEBP":
        more |= {"xmp": SECRET}
    content = file(photo(), form, **more)
    assert Image.open(BytesIO(content)).getexif().get_ifd(0x8825)[1] == "N"
    kept = prepared(content)
    opened(kept)
    for left in (b"Exif", b"http", b"xmp", b"ICC_PROFILE", b"\xff\xe1", b"\xff\xe2", b"\xff\xed", b"\xff\xfe"):
        assert left not in kept[: kept.index(b"\xff\xda")], left


LIES: dict[int, list[Image.Transpose]] = {
    1: [],
    2: [Image.Transpose.FLIP_LEFT_RIGHT],
    3: [Image.Transpose.ROTATE_180],
    4: [Image.Transpose.FLIP_TOP_BOTTOM],
    5: [Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_90],
    6: [Image.Transpose.ROTATE_90],
    7: [Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_270],
    8: [Image.Transpose.ROTATE_270],
}
"""How a device that writes this orientation has stored an upright picture."""


@pytest.mark.parametrize(("form", "orientation"), list(product(["JPEG", "PNG", "WEBP"], LIES)))
def test_a_picture_stands_upright(form: str, orientation: int) -> None:
    stored = photo()
    for turn in LIES[orientation]:
        stored = stored.transpose(turn)
    kept = opened(prepared(file(stored, form, exif=with_exif(orientation))))
    assert kept.size == (120, 80)
    assert corners(kept) == UPRIGHT


def test_an_orientation_that_is_none_changes_nothing() -> None:
    assert corners(opened(prepared(file(photo(), exif=with_exif(77))))) == UPRIGHT


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data", "ignore:Tag data larger than file")
def test_a_picture_whose_exif_is_broken_is_kept_as_it_lies() -> None:
    broken = file(photo(), exif=b"Exif\0\0MM\0*" + b"\xff" * 40)
    assert corners(opened(prepared(broken))) == UPRIGHT


@pytest.mark.parametrize("size", [(4032, 3024), (1601, 20), (20, 5000), (3200, 3200)])
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_large_pictures_shrink_and_keep_their_shape(size: tuple[int, int], form: str) -> None:
    kept = opened(prepared(file(photo(*size), form)))
    assert max(kept.size) == LONGER_SIDE
    assert abs(kept.height - LONGER_SIDE * size[1] / max(size)) <= 1
    assert abs(kept.width - LONGER_SIDE * size[0] / max(size)) <= 1
    assert corners(kept) == UPRIGHT


def test_small_pictures_stay_as_large_as_they_are() -> None:
    assert opened(prepared(file(photo(1, 1), "PNG"))).size == (1, 1)
    assert opened(prepared(file(photo(1600, 9)))).size == (1600, 9)


# -- kinds of pictures ---------------------------------------------------------------------------


def see_through(mode: str) -> Image.Image:
    """The right half of the photo is transparent."""
    picture = photo().convert("RGBA" if mode == "RGBA" else "LA")
    picture.paste(Image.new(picture.mode, (60, 80)), (60, 0))
    return picture


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_what_is_transparent_becomes_white(form: str) -> None:
    white = (255, 255, 255)
    assert corners(opened(prepared(file(see_through("RGBA"), form, **({"lossless": True} if form == "WEBP" else {}))))) == [
        RED, white, GREEN, white,
    ]  # fmt: skip


def test_transparency_of_grey_and_palette_pictures_becomes_white() -> None:
    for picture, more in (
        (see_through("LA"), {}),
        (photo().convert("L").point(lambda grey: 0 if grey < 60 else grey), {"transparency": 0}),
        (photo().quantize(4), {"transparency": photo().quantize(4).getpixel((119, 79))}),
        (photo(), {"transparency": BLACK}),
    ):
        kept = opened(prepared(file(picture, "PNG", **more)))
        assert corners(kept)[3] == (255, 255, 255)
        assert corners(kept)[2] != (255, 255, 255)


@pytest.mark.parametrize("mode", ["P", "L", "1", "RGBA"])
def test_every_kind_of_png_is_kept(mode: str) -> None:
    assert opened(prepared(file(photo().convert(mode), "PNG"))).size == (120, 80)


def test_grey_of_sixteen_bits_keeps_its_shades() -> None:
    shades = Image.new("I;16", (256, 4))
    shades.putdata([column * 257 for column in range(256)] * 4)
    kept = opened(prepared(file(shades, "PNG")))
    for column in (2, 64, 128, 253):
        found = kept.getpixel((column, 2))
        assert isinstance(found, tuple)
        assert all(abs(part - column) < 6 for part in found)


def test_colours_of_sixteen_bits_are_kept() -> None:
    row = b"\0" + b"\xc8\x11\x1e\x22\x1e\x33" * 30
    kept = opened(prepared(png(30, 20, zlib.compress(row * 20), depth=16)))
    assert corners(kept) == [RED] * 4


@pytest.mark.parametrize("mode", ["CMYK", "L"])
def test_a_jpeg_of_a_printing_house_or_in_grey_is_kept(mode: str) -> None:
    kept = opened(prepared(file(photo().convert(mode))))
    assert kept.size == (120, 80)
    if mode == "CMYK":
        assert corners(kept) == UPRIGHT


def test_of_two_pictures_in_a_jpeg_the_first_is_kept() -> None:
    content = file(photo(), "MPO", save_all=True, append_images=[Image.new("RGB", (120, 80), "white")])
    assert corners(opened(prepared(content))) == UPRIGHT


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_what_moves_is_refused(form: str) -> None:
    content = file(photo(), form, save_all=True, append_images=[Image.new("RGB", (120, 80), "white")], duration=100)
    assert refused(content).key == "picture_type"


# -- files that are something else ----------------------------------------------------------------


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF", "PDF", "ICO"])
def test_other_pictures_are_refused(form: str) -> None:
    assert refused(file(photo(), form)).key == "picture_type"


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8", HTML, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"RIFF\0\0\0\0WAVEfmt ", b"PK\3\4"]
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    assert refused(content).key == "picture_type"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_nothing_that_hangs_on_a_picture_is_kept(form: str) -> None:
    content = file(photo(), form)
    assert prepared(content + HTML) == prepared(content)


def test_nothing_between_the_parts_of_a_jpeg_is_kept() -> None:
    content = file(photo())
    segment = b"\xff\xee" + struct.pack(">H", len(HTML) + 2) + HTML
    assert prepared(content[:2] + segment + content[2:]) == prepared(content)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_file_that_is_cut_off_is_refused(form: str, share: float) -> None:
    noise = Image.frombytes("RGB", (200, 200), random.Random(1).randbytes(120_000))
    content = file(noise, form)
    assert refused(content[: int(len(content) * share)]).key == "picture_broken"


@pytest.mark.parametrize("head", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"RIFF\0\0\0\0WEBPVP8X"])
def test_a_head_alone_is_no_picture(head: bytes) -> None:
    assert refused(head).key == "picture_broken"


# -- files that are too large ---------------------------------------------------------------------


def png(width: int, height: int, pixels: bytes = b"", depth: int = 8) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def webps(width: int, height: int) -> Iterator[bytes]:
    sides = struct.pack("<I", (width - 1) & 0x3FFF | (height - 1) << 14)
    yield b"VP8L" + struct.pack("<I", 5) + b"\x2f" + sides
    yield b"VP8 " + struct.pack("<I", 10) + b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height)
    yield b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")


def jpeg(width: int, height: int) -> bytes:
    content = file(photo())
    sizes = content.index(b"\xff\xc0") + 5
    return content[:sizes] + struct.pack(">HH", height, width) + content[sizes + 4 :]


BOMBS = [png(30_000, 30_000), jpeg(30_000, 30_000), *(b"RIFF" + struct.pack("<I", 999) + b"WEBP" + form for form in webps(16_000, 16_000))]


@pytest.mark.parametrize("content", BOMBS, ids=["png", "jpeg", "VP8L", "VP8", "VP8X"])
def test_too_many_pixels_are_refused_before_any_is_decoded(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def decoded(*given: object) -> None:
        raise AssertionError("the picture was decoded")

    monkeypatch.setattr("city_brain.cases.evidence._drawn", decoded)
    fault = refused(content)
    assert fault.key == "picture_pixels"
    assert fault.values["most"] == 50
    assert fault.values["megapixels"] in (900.0, 256.0)


def test_refusing_a_bomb_takes_no_memory() -> None:
    program = """
import resource, sys
from city_brain.cases.evidence import prepared
from city_brain.errors import Fault
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for content in sys.stdin.read().split():
    try:
        prepared(bytes.fromhex(content))
    except Fault as fault:
        assert fault.key == "picture_pixels", fault
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    told = " ".join(content.hex() for content in BOMBS)
    ran = subprocess.run([sys.executable, "-c", program], input=told, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert int(ran.stdout) < 20_000  # KB


def test_the_most_pixels_are_told_from_one_more() -> None:
    assert refused(png(10_000, MOST_PIXELS // 10_000)).key == "picture_broken"  # small enough, and empty
    fault = refused(png(1, MOST_PIXELS + 1))
    assert fault.values == {"megapixels": 50.1, "most": 50}


def test_too_many_bytes_are_refused() -> None:
    content = file(photo())
    assert prepared(content.ljust(MOST_BYTES, b"\0")) == prepared(content)
    fault = refused(content.ljust(MOST_BYTES + 1, b"\0"))
    assert (fault.key, fault.values) == ("picture_size", {"megabytes": 12.1, "most": 12})


def test_words_of_a_picture_that_unpack_to_much_are_refused() -> None:
    packed = zlib.compress(b"x" * 80_000_000, 9)
    words = b"words\0\0" + packed
    chunk = struct.pack(">I", len(words)) + b"zTXt" + words + struct.pack(">I", zlib.crc32(b"zTXt" + words))
    content = file(photo(), "PNG")
    assert refused(content[:33] + chunk + content[33:]).key == "picture_broken"


# -- every file -----------------------------------------------------------------------------------

WHOLE = [
    file(photo(40, 30), form, **more)
    for form, more in (
        ("JPEG", {"exif": with_exif(6)}), ("JPEG", {"progressive": True}), ("PNG", {"exif": with_exif(3)}),
        ("WEBP", {"exif": with_exif(8)}), ("WEBP", {"lossless": True}),
    )
]  # fmt: skip


@pytest.mark.parametrize("content", WHOLE)
def test_the_same_file_gives_the_same_picture(content: bytes) -> None:
    first = prepared(content)
    assert all(prepared(bytes(content)) == first for _ in range(3))


def kept_or_refused(content: bytes) -> None:
    try:
        kept = prepared(content)
    except Fault:
        return
    opened(kept).load()


@settings(deadline=None, max_examples=150)
@given(st.sampled_from([b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\0\0\0WEBPVP8 ", b"RIFF\x40\0\0\0WEBPVP8X"]), st.binary())
def test_any_bytes_are_a_picture_or_a_fault(head: bytes, rest: bytes) -> None:
    kept_or_refused(head + rest)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(WHOLE), st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=8), st.integers(0, 5000))
def test_any_harm_to_a_file_makes_it_a_picture_or_a_fault(whole: bytes, harm: list[tuple[int, int]], end: int) -> None:
    content = bytearray(whole)
    for place, value in harm:
        content[place % len(content)] = value
    kept_or_refused(bytes(content[:end] if end % 3 == 0 else content))
