"""Pages under AppTest, through the frame, on a real (small, simulated, seeded) city."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from city_brain import start
from city_brain.simulator import feed
from city_brain.start import Home

FRAME = Path(__file__).resolve().parents[2] / "pages" / "_frame.py"
Opened = Callable[..., AppTest]


@pytest.fixture
def demo_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home with a small simulated Wuhan: 30 days, about 1,500 cases."""
    for name, value in {"HOME": str(tmp_path / "home"), "DEMO_CASES": "1500", "DEMO_DAYS": "30"}.items():
        monkeypatch.setenv(f"CITY_BRAIN_{name}", value)
    home = start.home()
    feed.build(home.open("test"), home.settings, home.tell)
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
