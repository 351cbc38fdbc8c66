"""What every room's tests share: the folder of shared data, settings of an empty home, a real city in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from city_brain.settings import ROOT, Settings
from city_brain.start import open_city
from city_brain.storage.city import City


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the project; tests that need it are skipped where it is not."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no shared data beside the project ({folder})")
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an empty home, with the simulated city switched off."""
    return Settings(home=tmp_path / "home", demo="off")


@pytest.fixture
def city(settings: Settings) -> Iterator[City]:
    """An open, empty city."""
    opened = open_city(settings)
    yield opened
    opened.close()


SLOW = ("storage", "pages", "simulator")
"""Folders whose tests build whole cities, stores or pages: with the browser's, they are left out of the quick part."""


BROWSER = "e2e"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Mark what is slow by the folder it lies in, and keep together what several processes share out among them.

    A file stays in one process, for its fixtures' sake; all that needs the browser stays in one too and comes first: it takes longest, and
    two browsers that draw maps at once leave nothing to the rest.
    """
    for item in items:
        folder = item.path.parent.name
        if folder in SLOW:
            item.add_marker(pytest.mark.slow)
        item.add_marker(pytest.mark.xdist_group(BROWSER if folder == BROWSER else str(item.path.relative_to(ROOT))))
    yield  # the groups are read and the order is drawn here
    items.sort(key=lambda item: item.path.parent.name != BROWSER)
