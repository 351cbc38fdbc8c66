"""The witness: a note of how far the record had come."""

from __future__ import annotations

from pathlib import Path

import pytest

from city_brain.storage.witness import Witness


def test_it_knows_nothing_at_first(tmp_path: Path) -> None:
    witness = Witness(tmp_path / "witness")
    assert witness.read() is None
    witness.close()


def test_it_keeps_the_last_note(tmp_path: Path) -> None:
    witness = Witness(tmp_path / "witness")
    witness.note(123456, "a" * 64)
    witness.note(7, "b" * 64)
    witness.close()
    again = Witness(tmp_path / "witness")
    assert again.read() == (7, "b" * 64)
    again.close()


@pytest.mark.parametrize("place", range(0, 101, 9))
def test_a_damaged_note_is_no_note(tmp_path: Path, place: int) -> None:
    witness = Witness(tmp_path / "witness")
    witness.note(7, "b" * 64)
    witness.close()
    content = bytearray((tmp_path / "witness").read_bytes())
    content[place] ^= 4
    (tmp_path / "witness").write_bytes(content)
    again = Witness(tmp_path / "witness")
    assert again.read() is None
    again.close()
