"""What every room's tests share: the folder of shared data, settings of an empty home, a real city in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

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


BROWSER = "tests/e2e/"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow by the folder it lies in; what needs the browser takes longest and comes first."""
    for item in items:
        if item.path.parent.name in SLOW:
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: not item.nodeid.startswith(BROWSER))


class Shares(LoadScopeScheduling):  # type: ignore[misc]
    """What several processes share out among them: whole files, for their fixtures' sake.

    All that needs the browser is one share: two browsers that draw maps at once leave nothing to the rest.
    """

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER if nodeid.startswith(BROWSER) else nodeid.split("::", 1)[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Shares:
    """How tests are shared out with ``-n``."""
    return Shares(config, log)
