"""Maps as data: what is drawn, in which order, and that nothing but data changes."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from city_brain.cases.model import Mark
from city_brain.ui import icons, maps
from city_brain.ui.labels import badge, escaped
from city_brain.ui.theme import DARK, LIGHT, Palette


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [DARK, LIGHT])
def test_text_and_marks_can_be_read(palette: Palette) -> None:
    assert contrast(palette.text, palette.panel) >= 4.5
    assert contrast(palette.muted, palette.panel) >= 4.5
    assert contrast(palette.on_accent, palette.accent) >= 4.5
    for mark in (Mark.URGENT, Mark.OVERDUE, Mark.DUE, Mark.NORMAL, Mark.CLOSED):
        assert contrast(palette.of(mark), palette.panel) >= 3


@pytest.mark.parametrize("dark", [True, False])
def test_the_atlas_has_a_picture_for_every_mark(dark: bool) -> None:
    image = Image.open(io.BytesIO(base64.b64decode(icons.atlas(dark).split(",")[1])))
    assert image.size == (icons.SIDE * len(icons.ORDER), icons.SIDE)
    seen = [image.crop((box["x"], 0, box["x"] + icons.SIDE, icons.SIDE)).tobytes() for box in icons.MAPPING.values()]
    assert len(set(seen)) == len(Mark)


def test_a_click_is_read_by_the_number_of_the_case() -> None:
    assert maps.chosen({"selection": {"objects": {"cases-urgent": [{"c": "WH-1", "t": "x"}]}}}) == "WH-1"
    assert maps.chosen({"selection": {"objects": {"cells": [{"g": []}]}}}) is None
    assert maps.chosen(None) is None


def test_classes_of_cells_rise_and_cover_all() -> None:
    counts = np.random.default_rng(1).poisson(4, 2000) + 1
    bounds = maps.classes(counts)
    assert bounds == sorted(set(bounds))
    assert bounds[0] == 1
    assert 3 <= len(bounds) <= 6
    assert maps.classes(np.array([])) == []
    assert maps.classes(np.array([1, 1])) == [1]


def test_text_from_outside_is_never_markup() -> None:
    assert escaped("<b>[x](http://evil)</b> :red[y] `z` **q**") == r"\<b\>\[x\]\(http\://evil\)\</b\> \:red\[y\] \`z\` \*\*q\*\*"
    assert badge("overdue", "Overdue") == ":violet-badge[⊗ Overdue]"
