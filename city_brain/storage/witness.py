"""The witness: a note, beside the two stores, of how far the record had come.

Nothing is ever restored from it. It only lets a start notice that both stores lost the same tail,
which neither could tell from the other.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


class Witness:
    """Sequence and hash of the last recorded event, in a file of one line."""

    def __init__(self, file: Path) -> None:
        self._line = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)

    def read(self) -> tuple[int, str] | None:
        """What was noted last; None when nothing was or the note is damaged."""
        words = os.pread(self._line, 200, 0).decode("ascii", "replace").split()
        if len(words) != 3 or words[2] != _seal(words[0], words[1]) or not words[0].isdecimal():
            return None
        return int(words[0]), words[1]

    def note(self, sequence: int, at_head: str) -> None:
        """Note the head of the record. A killed process keeps the note; after a power cut it may be an older one."""
        number = f"{sequence:019}"
        os.pwrite(self._line, f"{number} {at_head} {_seal(number, at_head)}\n".encode(), 0)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._line)


def _seal(number: str, at_head: str) -> str:
    return hashlib.sha256(f"{number} {at_head}".encode()).hexdigest()[:16]
