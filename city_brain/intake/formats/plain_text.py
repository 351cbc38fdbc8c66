"""Bytes to text: UTF-8, UTF-16 with its mark, or GB18030, tried strictly in that order.

Whatever the encoding, what is read on is UTF-8. Bytes that are no text in an otherwise readable
file become `UNREADABLE`, so that only their rows are set aside.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from city_brain.errors import Fault
from city_brain.intake.formats.table import UNREADABLE

_BLOCK = 4 << 20
_SAMPLE_LINES = 20_000
_RULER = "city_brain.unreadable"


def _mark(problem: UnicodeError) -> tuple[str, int]:
    if not isinstance(problem, UnicodeDecodeError):
        raise problem
    return UNREADABLE, problem.end


codecs.register_error(_RULER, _mark)


@dataclass(frozen=True, slots=True)
class Text:
    """A file of UTF-8 text without a mark at its start, or with it (`skip` bytes)."""

    path: Path
    encoding: str
    """What the file was written in."""
    suspect: bool
    """Whether it holds NUL or `UNREADABLE`."""
    skip: int = 0


@contextmanager
def readable(path: Path, folder: Path, name: str) -> Iterator[Text]:
    """The file as UTF-8 text: itself where it is, else a temporary copy in `folder`.

    Raises
    ------
    Fault
        ``encoding``: not text in any of the three, or text that would come out as nonsense.
    """
    encoding, damaged, nul = _encoding_of(path, name)
    if encoding in ("utf-8", "utf-8-sig") and not damaged:
        yield Text(path, "utf-8", nul, len(codecs.BOM_UTF8) if encoding == "utf-8-sig" else 0)
        return
    with NamedTemporaryFile(dir=folder, prefix="intake-", suffix=".tmp") as target:
        decoder = codecs.getincrementaldecoder(encoding)(errors=_RULER)
        with path.open("rb") as source:
            while block := source.read(_BLOCK):
                target.write(decoder.decode(block).encode("utf-8"))
            target.write(decoder.decode(b"", final=True).encode("utf-8"))
        target.flush()
        yield Text(Path(target.name), encoding, damaged or nul)


def _encoding_of(path: Path, name: str) -> tuple[str, bool, bool]:
    """Encoding, whether some bytes are no text, whether there is a NUL."""
    with path.open("rb") as file:
        start = file.read(4)
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16", True, False
    encoding = "utf-8-sig" if start[:3] == codecs.BOM_UTF8 else "utf-8"
    whole, nul = _is_strictly(path, "utf-8")
    if whole:
        return encoding, False, nul
    utf8, gb, lines, chinese = _tally(path)
    if utf8 >= 0.5 * lines:
        return encoding, True, nul
    if gb >= 0.9 * lines and chinese >= 0.5:
        return "gb18030", gb < lines or not _is_strictly(path, "gb18030")[0], nul
    raise Fault("encoding", name=name)


def _is_strictly(path: Path, encoding: str) -> tuple[bool, bool]:
    decoder = codecs.getincrementaldecoder(encoding)()
    nul = False
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                nul = nul or b"\x00" in block
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False, True
    return True, nul


def _tally(path: Path) -> tuple[int, int, int, float]:
    """Of the first lines beyond ASCII: how many are UTF-8, how many GB18030, how many there are, and the
    share of everyday Chinese (GB 2312) among the characters GB18030 would give. Latin-1 read as GB18030
    gives rare characters: it is refused rather than kept as nonsense."""
    utf8 = gb = lines = common = characters = 0
    with path.open("rb") as file:
        for line in file:
            if line.isascii():
                continue
            lines += 1
            utf8 += _decodes(line, "utf-8") is not None
            text = _decodes(line, "gb18030")
            if text is not None:
                gb += 1
                foreign = [character for character in text if ord(character) > 127]
                characters += len(foreign)
                common += sum(_is_common(character) for character in foreign)
            if lines >= _SAMPLE_LINES:
                break
    return utf8, gb, lines, common / max(characters, 1)


def _decodes(line: bytes, encoding: str) -> str | None:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_common(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
