"""The guided demonstration from start to end, one key a step, in both languages: a case is followed from its report to its evaluation."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from city_brain.drills.led import SCENES
from city_brain.settings import ROOT
from city_brain.text import Text
from tests.e2e.conftest import Console, settled

SHOTS = ROOT / "var" / "screenshots"
MAPS = ("live_map", "dispatch_desk", "risk_grid")
"""Pages whose map takes a while to be painted without a graphics card."""


@pytest.mark.parametrize(("locale", "language", "theme"), [("zh-CN", "zh_CN", "dark"), ("en-US", "en", "light")])
def test_the_guided_demonstration(console: Console, open_page: Callable[..., Page], locale: str, language: str, theme: str) -> None:
    text, page = Text(language), open_page("drills?role=manager", language=locale, theme=theme, size=(1600, 900))
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.locator(".st-key-tour-begin button").click()
    for place, scene in enumerate(SCENES):
        bar = page.locator(".cb-tour")
        expect(bar).to_contain_text(text(f"tour.{scene.name}"), timeout=30_000)
        expect(bar).to_contain_text(f"{place + 1}/{len(SCENES)}")
        expect(page.locator(".cb-drill")).to_contain_text("演练 DRILL")
        assert scene.page in page.url or scene.page == "overview"
        settled(page)
        assert not page.get_by_test_id("stException").count(), page.get_by_test_id("stException").first.inner_text()
        page.wait_for_timeout(3000 if scene.page in MAPS else 800)
        page.screenshot(path=SHOTS / f"demonstration_{place + 1:02d}_{scene.name}_{language}_{theme}.png", timeout=60_000)
        if scene.page == "case_file":
            assert "DRILL-" in page.locator("section.stMain, [data-testid=stMain]").first.inner_text()
        if place + 1 < len(SCENES):
            _on(page, f"{place + 2}/{len(SCENES)}")
    page.keyboard.press("Escape")
    expect(page.locator(".cb-drill")).to_have_count(0, timeout=30_000)
    expect(page.locator(".cb-tour")).to_have_count(0)
    settled(page)
    assert "drill=" not in page.url and "DRILL-" not in page.locator("[data-testid=stMain]").first.inner_text()
    _nothing_is_left(console)


def _on(page: Page, count: str) -> None:
    """Press the key; again, as a person would, where it fell between two pages."""
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        try:
            return expect(page.locator(".cb-tour")).to_contain_text(count, timeout=10_000)
        except AssertionError:
            settled(page)
    raise AssertionError(count)


def _nothing_is_left(console: Console) -> None:
    """The live record has heard nothing of it, and the copy goes away."""
    with sqlite3.connect(f"file:{console.home / 'journal.sqlite'}?mode=ro", uri=True) as journal:
        tables = [name for (name,) in journal.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = [row for table in tables for row in journal.execute(f'SELECT * FROM "{table}"') if "DRILL-" in str(row)]
    assert not found
    until = time.monotonic() + 30
    while any((console.home / "drills").glob("*")):
        assert time.monotonic() < until, list((console.home / "drills").glob("*"))
        time.sleep(0.5)
