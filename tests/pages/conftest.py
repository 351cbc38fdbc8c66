"""Pages under AppTest, through the frame, on a real (small, simulated, seeded) city."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from city_brain import start
from city_brain.settings import Settings
from city_brain.simulator import feed
from city_brain.start import Home

FRAME = Path(__file__).resolve().parents[2] / "pages" / "_frame.py"
Opened = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def _as_tests_need_it() -> None:
    """AppTest keeps format functions in the session state: the rule against that holds in the browser tests alone."""
    config.get_config_options()
    config.set_option("runner.enforceSerializableSessionState", False)
    config.set_option("client.showErrorDetails", "full")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a small simulated Wuhan (30 days, about 1,500 cases), closed again: to be copied."""
    home = Home(Settings(home=tmp_path_factory.mktemp("built") / "home", demo_cases=1500, demo_days=30))
    feed.build(home.open("test"), home.settings, home.tell)
    home.close()
    return home.settings.home


@pytest.fixture
def demo_home(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home of its own with the small simulated city."""
    shutil.copytree(built, tmp_path / "home")
    monkeypatch.setenv("CITY_BRAIN_HOME", str(tmp_path / "home"))
    home = start.home()
    home.open("test")
    home.tell("ready")
    yield home
    home.close()


@pytest.fixture
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home without any data, demo switched off."""
    monkeypatch.setenv("CITY_BRAIN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CITY_BRAIN_DEMO", "off")
    home = start.home()
    home.open("test")
    home.tell("ready")
    yield home
    home.close()


@pytest.fixture
def open_page() -> Opened:
    """Open a page through the frame: ``open_page("live_map", role="dispatcher", lang="en", case="WH-…")``."""

    def opened(path: str = "", **query: str) -> AppTest:
        app = AppTest.from_file(str(FRAME), default_timeout=30)
        for name, value in ({"lang": "en"} | query).items():
            app.query_params[name] = value
        app.run()
        if path:
            for name, value in ({"lang": "en"} | query).items():
                app.query_params[name] = value
            app.switch_page(f"{path}.py").run()
        assert not app.exception, app.exception
        return app

    return opened
