"""Every key this room uses has words in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from city_brain import intake
from city_brain.geo import coordinates
from city_brain.intake.profiles import FIELDS
from city_brain.intake.reading.rows import FLAGS, REASONS
from city_brain.text import LANGUAGES, messages

ROOM = Path(intake.__file__).parent
FILES = [
    *(ROOM / name for name in ("files.py", "normalise.py", "profiles.py", "recognise.py")),
    *(ROOM / "formats").glob("*.py"), *(ROOM / "reading").glob("*.py"), Path(coordinates.__file__),
]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_words(language: str) -> None:
    code = "\n".join(file.read_text(encoding="utf-8") for file in FILES)
    keys = {f"fault.{key}" for key in re.findall(r"(?:Fault|NotFound)\(\s*\"(\w+)\"", code)}
    keys |= {f"auto.why.{key}" for key in re.findall(r"Why\(\s*\"(\w+)\"", code)}
    keys |= {f"field.{field}" for field in FIELDS} | {f"flag.{flag}" for flag in (*FLAGS, "finished_overdue")}
    keys |= {f"quarantine.{reason}" for reason in REASONS}
    assert len(keys) > 80
    assert keys <= set(messages(language))


def test_both_languages_name_the_same_places() -> None:
    chinese, english = messages("zh_CN"), messages("en")
    for key in english:
        if key.startswith(("fault.", "flag.", "quarantine.", "auto.why.")) and key in chinese:
            assert set(re.findall(r"{(\w+)", chinese[key])) == set(re.findall(r"{(\w+)", english[key])), key
