"""Words that headers use, in Chinese and English: ``data/header_words.toml``.

Per field three lists: a header that is exactly one of the first is almost certainly meant; one that
contains one of the second probably; the third are vague and need the values to agree.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache

from city_brain.intake.profiles import folded
from city_brain.settings import ROOT

SURE, LIKELY, VAGUE = 1.0, 0.75, 0.45


@cache
def words() -> dict[str, dict[str, list[str]]]:
    """Field → `sure`, `likely`, `vague` → words."""
    return tomllib.loads((ROOT / "data" / "header_words.toml").read_text(encoding="utf-8"))


def match(header: str, field: str) -> tuple[float, str]:
    """How clearly a header names a field (0–1), and the word that does."""
    name = folded(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", header))
    table = words()[field]
    if name in table["sure"] or name.replace("_", "") in table["sure"]:
        return SURE, header
    for strength, clarity in (("likely", LIKELY), ("vague", VAGUE)):
        found = [word for word in table[strength] if _has(name, word)]
        if found:
            return clarity, max(found, key=len)
    return 0.0, ""


def _has(name: str, word: str) -> bool:
    return bool(re.search(rf"(?:^|_){word}(?:_|$)", name)) if word.isascii() else word in name


def is_chinese(text: str) -> bool:
    """Whether a text has Chinese characters."""
    return bool(re.search(r"[\u4e00-\u9fff]", text))
